"""Scores of probabilities, and how much a model answers; signature as in ``evaluation.metrics``.

A row has besides ``met``, 0 or 1, ``{model}-p``, the probability given to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from zerobay_analysis.evaluation.metrics import need, per_group

__all__ = ["ECE_EDGES", "answered", "brier", "expected_calibration_error", "reliability_table"]

ECE_EDGES: tuple[float, ...] = tuple(round(0.1 * step, 1) for step in range(11))
"""Ten equal bins of probability."""


def brier(frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)) -> pd.DataFrame:
    """Mean squared difference of probability and outcome (Brier 1950); 0 best, 0.25 for a coin."""
    return per_group(frame, models, by, ("met",), lambda model, rows: (rows[f"{model}-p"] - rows["met"]) ** 2)


def answered(frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)) -> pd.DataFrame:
    """Share of rows with a finite point forecast; 1 minus it is the share refused."""
    return per_group(frame, models, by, (), lambda model, rows: np.isfinite(rows[model]).astype(float))


def reliability_table(
    frame: pd.DataFrame,
    models: Sequence[str],
    by: Sequence[str] = (),
    *,
    edges: Sequence[float] = ECE_EDGES,
) -> pd.DataFrame:
    """What came true when a model gave a probability between two edges.

    Returns
    -------
    pandas.DataFrame
        One row per group, model and non-empty bin: ``by`` columns, ``model``, ``lower``,
        ``upper`` (a bin holds its lower edge, the last one both), ``count``, ``mean_p``,
        ``observed`` (share met). Long, because bins are not models.
    """
    need(frame, [*by, "met", *(f"{model}-p" for model in models)])
    inner = np.asarray(edges, dtype=float)[1:-1]
    tables = []
    for model in models:
        rows = frame.loc[frame[f"{model}-p"].notna(), [*by, "met", f"{model}-p"]]
        rows = rows.rename(columns={f"{model}-p": "p"})
        rows["bin"] = np.digitize(rows["p"], inner)
        table = rows.groupby([*by, "bin"], sort=True).agg(
            count=("p", "size"), mean_p=("p", "mean"), observed=("met", "mean")
        )
        table = table.reset_index()
        table.insert(len(by), "model", model)
        table.insert(len(by) + 1, "lower", np.asarray(edges)[table["bin"]])
        table.insert(len(by) + 2, "upper", np.asarray(edges)[table["bin"] + 1])
        tables.append(table.drop(columns="bin"))
    return pd.concat(tables, ignore_index=True)


def expected_calibration_error(
    frame: pd.DataFrame, models: Sequence[str], by: Sequence[str] = ("unique_id",)
) -> pd.DataFrame:
    """Count-weighted mean of ``abs(observed - mean_p)`` over ten equal bins (Naeini et al. 2015)."""
    table = reliability_table(frame, models, by)
    table["weighted"] = table["count"] * (table["observed"] - table["mean_p"]).abs()
    sums = table.groupby([*by, "model"])[["weighted", "count"]].sum()
    sums["error"] = sums["weighted"] / sums["count"]
    wide = sums.reset_index().pivot_table(index=list(by), columns="model", values="error", dropna=False)
    return wide.reindex(columns=list(models)).rename_axis(columns=None).reset_index()
