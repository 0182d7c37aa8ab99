"""How fast comparable series grow: the learned prior, asked about a series it has not seen.

The reference class is the learned prior of the default forecaster (METHODOLOGY.md): what it
expects of a new short yearly series of which only the starting figure is known; for a rate,
whatever its starting figure was. Growth is of figures as reported, reading error of both ends
included; jumps of the level, rare, are left out. Exact: no sampling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.components import unit_variogram
from zerobay_analysis.forecast.mixture import Mixture
from zerobay_analysis.forecast.prior import load_prior
from zerobay_analysis.plan import Kind

__all__ = ["FAST_SHARE", "FAST_YEARS", "fast_pace", "share_as_fast"]

FAST_SHARE = 0.10
"""Share of comparable series that grow at least as fast as the "fast pace"."""
FAST_YEARS = 3.0
"""Years over which the fast pace is kept up: the length of the plan."""


def _growth(kind: Kind, years: float) -> Mixture:
    """Distribution of a fresh series ``years`` after a figure of 1 (of 0 for a rate)."""
    if years <= 0:
        raise ParameterError(f"年数须为正 / years must be positive, not {years!r}")
    positive = kind is not Kind.RATE
    components = (load_prior().quantity if positive else load_prior().rate).at(1)
    spread = np.sqrt(unit_variogram(components.shapes, np.array([years]))[:, 0])
    start = np.where(components.plain, 1.0, 0.0) if positive else np.zeros(components.count)
    return Mixture(
        weight=np.exp(components.log_weight)[None, :],
        mean=(start + components.drift * years)[None, :],
        sd=(components.scale * spread[components.shape])[None, :],
        plain=components.plain[None, :],
        unit=np.ones(1),
        positive=positive,
    )


def share_as_fast(kind: Kind, change: float, years: float, direction: int = 1) -> float:
    """Share of comparable series that change at least this much in ``years``.

    Parameters
    ----------
    kind : Kind
        Decides the reference class: levels and flows, or rates.
    change : float
        Last value over first value; for a rate last less first, in percentage points.
    years : float
        Positive.
    direction : int
        ``1``: at least ``change``; ``-1``: at most.

    Raises
    ------
    ParameterError
        When ``years`` is not positive.
    """
    below = float(_growth(kind, years).cdf(np.array([[change]]))[0, 0])
    return min(1.0, max(0.0, 1.0 - below if direction > 0 else below))


def fast_pace(kind: Kind, direction: int = 1) -> float:
    """The change a year that only :data:`FAST_SHARE` of comparable series keep up.

    Returns
    -------
    float
        Over :data:`FAST_YEARS` years: growth a year on the log scale, or percentage points a
        year for a rate.
    """
    wanted: NDArray[np.float64] = np.array([1 - FAST_SHARE if direction > 0 else FAST_SHARE])
    end = float(_growth(kind, FAST_YEARS).quantiles(wanted)[0][0, 0])
    return (end if kind is Kind.RATE else float(np.log(end))) / FAST_YEARS
