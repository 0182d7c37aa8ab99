"""Scores of forecasts: one signature, one row per group, one column per model.

Every metric takes ``(frame, models, by=("unique_id",))``. ``frame`` is long, one row per
forecast value or per target, with

- ``y``: what happened; ``scale``: mean absolute difference of the history (scaled metrics);
- ``{model}``: the point forecast; ``{model}-q0.05``: a quantile, see :func:`quantile_column`.

A missing forecast is a refusal: it has no score and is never filled in. Compare scores only on
the rows that both models answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError

CRPS_QUANTILES: tuple[float, ...] = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Quantiles of the pinball mean: 0.05, 0.10, ..., 0.95."""
QUANTILES: tuple[float, ...] = (0.025, *CRPS_QUANTILES, 0.975)
"""Every quantile that the metrics here ask of a model."""
CRPS_CAP = 50.0
"""A single scaled CRPS never counts for more, so that one flat history cannot decide a mean."""

_Rows = NDArray[np.float64]


def quantile_column(model: str, quantile: float) -> str:
    """Name of the column with one quantile of one model, e.g. ``"naive-q0.05"``."""
    return f"{model}-q{quantile:g}"


def naive_scale(history: _Rows) -> float:
    """Mean absolute difference of consecutive values; needs two values or more."""
    return float(np.mean(np.abs(np.diff(history))))


def mase(frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)) -> pd.DataFrame:
    """Mean absolute scaled error (Hyndman & Koehler 2006), scaled by ``scale``."""
    return per_group(
        frame, models, by, ("y", "scale"), lambda model, rows: np.abs(rows["y"] - rows[model]) / rows["scale"]
    )


def scaled_crps(
    frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)
) -> pd.DataFrame:
    """Continuous ranked probability score over ``scale``, from 19 quantiles, capped.

    Twice the mean pinball loss over :data:`CRPS_QUANTILES` (Gneiting & Raftery 2007), divided
    by ``scale``, each row capped at :data:`CRPS_CAP`; lower is better.
    """

    def score(model: str, rows: pd.DataFrame) -> _Rows:
        levels = np.array(CRPS_QUANTILES)
        quantiles = _columns(rows, [quantile_column(model, q) for q in CRPS_QUANTILES])
        error = rows["y"].to_numpy(dtype=float)[:, None] - quantiles
        pinball = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
        return np.asarray(np.minimum(2 * pinball / rows["scale"].to_numpy(dtype=float), CRPS_CAP))

    return per_group(frame, models, by, ("y", "scale"), score)


def msis(frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)) -> pd.DataFrame:
    """Mean scaled interval score of the 95 % interval (the M4 competition's MSIS)."""

    def score(model: str, rows: pd.DataFrame) -> _Rows:
        lower, upper = _columns(rows, [quantile_column(model, q) for q in (0.025, 0.975)]).T
        y = rows["y"].to_numpy(dtype=float)
        penalty = 2 / 0.05 * (np.maximum(lower - y, 0) + np.maximum(y - upper, 0))
        return np.asarray((upper - lower + penalty) / rows["scale"].to_numpy(dtype=float))

    return per_group(frame, models, by, ("y", "scale"), score)


def coverage(
    frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",), *, level: float = 0.8
) -> pd.DataFrame:
    """Share of actual values inside the central interval of probability ``level``, ends included."""

    def score(model: str, rows: pd.DataFrame) -> _Rows:
        ends = [round((1 - level) / 2, 6), round((1 + level) / 2, 6)]
        lower, upper = _columns(rows, [quantile_column(model, q) for q in ends]).T
        y = rows["y"].to_numpy(dtype=float)
        inside = ((lower <= y) & (y <= upper)).astype(float)
        return np.where(np.isnan(lower) | np.isnan(upper), np.nan, inside)

    return per_group(frame, models, by, ("y",), score)


coverage80, coverage95 = partial(coverage, level=0.8), partial(coverage, level=0.95)
"""Coverage of the 80 % and of the 95 % interval."""


def per_group(
    frame: pd.DataFrame,
    models: Sequence[str],
    by: Sequence[str],
    needs: Sequence[str],
    score: Callable[[str, pd.DataFrame], _Rows | pd.Series],
) -> pd.DataFrame:
    """Mean of a row-wise score per group; rows without an answer do not enter."""
    need(frame, [*by, *needs])
    scores = frame[list(by)].copy()
    for model in models:
        try:
            scores[model] = np.asarray(score(model, frame), dtype=float)
        except KeyError as error:
            raise ParameterError(f"缺少列 / missing column: {error.args[0]}") from error
    return scores.groupby(list(by), sort=True)[list(models)].mean().reset_index()


def _columns(frame: pd.DataFrame, names: Sequence[str]) -> _Rows:
    need(frame, names)
    return frame[list(names)].to_numpy(dtype=float)


def need(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ``ParameterError`` where a column is missing."""
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ParameterError(f"缺少列 / missing columns: {', '.join(missing)}")
