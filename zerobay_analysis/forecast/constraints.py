"""What a path cannot do: fall when cumulative, split a count, leave its bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.plan import Indicator, Kind

__all__ = ["apply_constraints"]


def apply_constraints(
    paths: NDArray[np.float64],
    indicator: Indicator,
    floor: float | NDArray[np.float64] | None = None,
    ceiling: float | NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Sample paths that respect the kind of ``indicator``; pure, ``paths`` stays as it is.

    Parameters
    ----------
    paths : ndarray, shape (n_paths, n_years)
        In the indicator's unit, years in order.
    indicator : Indicator
    floor, ceiling : float or ndarray, shape (n_years,), optional
        What own figures up to each year, and from each year on, allow a ``cumulative`` path at
        least and at most, in the indicator's unit. Where they cross, the floor holds. Ignored
        for the other kinds.

    Returns
    -------
    ndarray, shape (n_paths, n_years)
        ``cumulative``: the running maximum from ``floor``; a ``flow`` is not negative; every
        kind is held within the indicator's bounds. Counts are rounded to the nearest whole
        number (halves up), so "at least 170" on a path means 169.5 or more before rounding.
    """
    constrained = np.array(paths, dtype=float)
    if indicator.kind is Kind.CUMULATIVE:
        if ceiling is not None:
            constrained = np.minimum(constrained, ceiling)
        if floor is not None:
            constrained = np.maximum(constrained, floor)
        constrained = np.maximum.accumulate(constrained, axis=1)
    if indicator.kind is Kind.FLOW:
        constrained = np.maximum(constrained, 0.0)
    if indicator.whole_number:
        constrained = np.floor(constrained + 0.5)
    if indicator.lower is not None or indicator.upper is not None:
        constrained = np.clip(constrained, indicator.lower, indicator.upper)
    return constrained
