"""How far each model's intervals and words can be believed, by number of points.

The table ships with the package, so that every notebook can print the calibration of a model
at this n beside its numbers. The public benchmark (``python -m benchmarks``) makes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from zerobay_analysis.errors import ParameterError

_FOLDER = Path(__file__).parent


def calibration_table() -> pd.DataFrame:
    """Measured calibration of every model on M1, M3 and Tourism, horizons 1-3.

    Returns
    -------
    pandas.DataFrame
        One row per ``model`` and ``n`` (points of history): ``series``, ``answered`` (share),
        ``coverage80`` and ``coverage95`` (share of actual values inside the interval),
        ``brier``, ``ece``, and for each word ``observed_{word}`` (share of targets met when the
        model's probability had that word) and ``count_{word}``.
    """
    return _read("calibration.csv").copy()


def reliability_bins() -> pd.DataFrame:
    """Observed share of targets met by bin of probability, made with :func:`calibration_table`.

    Returns
    -------
    pandas.DataFrame
        ``n, model, lower, upper, count, mean_p, observed``.
    """
    return _read("reliability.csv").copy()


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(_FOLDER / name, encoding="utf-8")


@cache
def calibration_source() -> dict[str, Any]:
    """Command, date, versions, sets and prior behind :func:`calibration_table`."""
    found: dict[str, Any] = json.loads((_FOLDER / "calibration.json").read_text(encoding="utf-8"))
    return found


def calibration_at(model: str, n_points: int) -> dict[str, Any]:
    """Row of :func:`calibration_table` for the largest measured n that is not above ``n_points``.

    Raises
    ------
    ParameterError
        When the model was not measured at that or any smaller n.
    """
    table = _read("calibration.csv")
    rows = table[(table["model"] == model) & (table["n"] <= n_points) & (table["answered"] > 0)]
    if rows.empty:
        raise ParameterError(
            f"模型 {model} 在 {n_points} 个数据点时没有校准记录 / "
            f"no measured calibration of {model} at {n_points} points"
        )
    return {str(key): value for key, value in rows.sort_values("n").iloc[-1].items()}
