"""Noisy series without a trend, where the default forecaster must let the data say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.cells import HORIZON, OURS, run_cell
from benchmarks.peers import PEERS
from benchmarks.public_series import YearlySeries
from zerobay_analysis.evaluation import metrics

__all__ = ["NOISE_LEVELS", "has_no_trend", "simulated_noise", "trendless_table"]

LEAST_YEARS = 12
GREATEST_T = 1.0
"""A public series counts as trendless when abs(t) of its log-linear slope stays below this."""
NOISE_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.15, 0.4)
LENGTHS: tuple[int, ...] = (5, 8, 12)


def has_no_trend(train: NDArray[np.float64]) -> bool:
    """Whether the training part alone shows no trend.

    At least 12 points, all positive, not constant, and a t statistic of the log-linear slope
    between -1 and 1 over the whole training part. The test part plays no role.
    """
    if len(train) < LEAST_YEARS or train.min() <= 0 or np.ptp(train) == 0:
        return False
    time = np.arange(len(train)) - (len(train) - 1) / 2
    logs = np.log(train)
    slope = time @ logs / (time @ time)
    residual = logs - logs.mean() - slope * time
    error = np.sqrt(residual @ residual / (len(train) - 2) / (time @ time))
    return bool(abs(slope) < GREATEST_T * error)


def simulated_noise(level: float, count: int, seed: int = 0) -> tuple[YearlySeries, ...]:
    """Independent lognormal noise around a constant, standard deviation ``level`` of the log."""
    rng = np.random.default_rng([seed, round(level * 1000)])
    values = 100 * np.exp(level * rng.standard_normal((count, 20 + HORIZON)))
    return tuple(
        YearlySeries(f"noise{level:g}-{i}", row[:-HORIZON], row[-HORIZON:]) for i, row in enumerate(values)
    )


def trendless_table(
    public: Sequence[YearlySeries],
    count: int = 500,
    *,
    seed: int = 0,
    levels: Sequence[float] = NOISE_LEVELS,
    lengths: Sequence[int] = LENGTHS,
) -> pd.DataFrame:
    """Ours against Naive and the random walk with drift where there is no trend.

    Parameters
    ----------
    public : sequence of YearlySeries
        All public series; those that pass :func:`has_no_trend` are used.
    count : int
        Simulated series per noise level.
    seed : int
        Of the simulated series.
    levels : sequence of float
        Standard deviations of the simulated noise, on the log scale.
    lengths : sequence of int
        Numbers of figures that the forecasts are made from.

    Returns
    -------
    pandas.DataFrame
        ``group, n, series``, scaled CRPS of ``reference_class``, ``Naive`` and
        ``RandomWalkWithDrift``, ``ratio_to_naive`` and coverage of our 95 % interval.
    """
    groups = {f"simulated, noise {level:.0%}": simulated_noise(level, count, seed) for level in levels}
    groups["public, no slope"] = tuple(one for one in public if has_no_trend(one.train))
    rivals = [peer for peer in PEERS if peer.name in ("Naive", "RandomWalkWithDrift")]
    models = [OURS, *(peer.name for peer in rivals)]
    rows = []
    for group, series in groups.items():
        for n in lengths if series else ():
            forecasts = run_cell(group, n, series, rivals).forecasts
            scores = metrics.scaled_crps(forecasts, models, ("set",)).iloc[0]
            covered = metrics.coverage95(forecasts, [OURS], ("set",)).iloc[0]
            rows.append(
                {
                    "group": group,
                    "n": n,
                    "series": forecasts["unique_id"].nunique(),
                    **{model: scores[model] for model in models},
                    "ratio_to_naive": scores[OURS] / scores["Naive"],
                    "coverage95": covered[OURS],
                }
            )
    return pd.DataFrame(rows)
