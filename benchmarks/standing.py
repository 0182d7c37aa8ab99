"""How models stand to each other: scores per cell, the best peer, ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmarks import probabilities
from benchmarks.cells import OURS
from zerobay_analysis.evaluation import metrics

__all__ = ["accuracy_table", "best_peers", "geometric_mean", "target_table"]

ACCURACY_METRICS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "scaled_crps": metrics.scaled_crps,
    "msis95": metrics.msis,
    "coverage80": metrics.coverage80,
    "coverage95": metrics.coverage95,
    "mase": metrics.mase,
    "answered": probabilities.answered,
}
"""By the name in ``accuracy.csv``; each pooled over series and horizons."""
MIN_ANSWERED = 0.95
"""A peer that refuses more than 5 % of a cell cannot be the best one in it."""
SURE = 0.8
"""From here on the house says 很可能."""


def accuracy_table(forecasts: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Tidy scores: ``set, n, model, metric, value, series`` (horizons 1-3 pooled).

    A score stands over the series that the model answered; ``answered`` says how many, and a
    model that refused them all has no value.
    """
    tables = []
    for name, metric in ACCURACY_METRICS.items():
        wide = metric(forecasts, models, ("set", "n"))
        tables.append(wide.melt(["set", "n"], list(models), "model", "value").assign(metric=name))
    series = forecasts.groupby(["set", "n"])["unique_id"].nunique().rename("series")
    table = pd.concat(tables, ignore_index=True).merge(series, on=["set", "n"])
    return table[["set", "n", "model", "metric", "value", "series"]]


def best_peers(forecasts: pd.DataFrame, peers: Sequence[str], metric: str) -> pd.DataFrame:
    """Best peer of each cell and our score relative to it.

    Both means run over the rows the peer answered, so that a refusal neither helps nor
    hurts; a peer that refused more than 5 % of a cell is not considered.

    Returns
    -------
    pandas.DataFrame
        ``set, n, peer, score, ours, ratio``; one row per cell where any peer qualifies.
    """
    score = ACCURACY_METRICS[metric]
    rows = []
    for (name, n), cell in forecasts.groupby(["set", "n"]):
        for peer in peers:
            said = cell[cell[peer].notna()]
            if len(said) < MIN_ANSWERED * len(cell) or said["scale"].isna().all():
                continue
            value = score(said, [peer, OURS], ("set",)).iloc[0]
            rows.append((name, n, peer, value[peer], value[OURS], value[OURS] / value[peer]))
    table = pd.DataFrame(rows, columns=["set", "n", "peer", "score", "ours", "ratio"])
    best = table.groupby(["set", "n"])["ratio"].idxmax()
    return table.loc[best].reset_index(drop=True)


def target_table(targets: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Probability scores over all sets: ``n, model, brier, ece, hit_rate, hit_count, answered``.

    ``hit_rate`` is the share of targets met among those given :data:`SURE` or more,
    ``hit_count`` their number.
    """
    rows = []
    for n, cell in targets.groupby("n"):
        for model in models:
            said = cell[cell[f"{model}-p"].notna()].assign(all="all")
            if said.empty:
                rows.append((n, model, np.nan, np.nan, np.nan, 0, 0.0))
                continue
            sure = said.loc[said[f"{model}-p"] >= SURE, "met"]
            rows.append(
                (
                    n,
                    model,
                    probabilities.brier(said, [model], ("all",))[model].item(),
                    probabilities.expected_calibration_error(said, [model], ("all",))[model].item(),
                    sure.mean(),
                    len(sure),
                    len(said) / len(cell),
                )
            )
    columns = ["n", "model", "brier", "ece", "hit_rate", "hit_count", "answered"]
    return pd.DataFrame(rows, columns=columns)


def geometric_mean(values: pd.Series) -> float:
    """Geometric mean of positive ratios."""
    return float(np.exp(np.log(values).mean()))
