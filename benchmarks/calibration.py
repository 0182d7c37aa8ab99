"""The calibration that ships with the package, made from a benchmark run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import probabilities
from benchmarks.standing import target_table
from zerobay_analysis.assessment.outlook import VERDICT_RANGES
from zerobay_analysis.evaluation import metrics
from zerobay_analysis.forecast.prior import PRIOR_FILE

__all__ = ["build_calibration", "prior_sha256"]

WORD_EDGES = {verdict.key: edges for verdict, edges in VERDICT_RANGES.items()}


def prior_sha256() -> str:
    """Hash of the shipped prior: ties a measured calibration to the forecaster it was measured on."""
    return hashlib.sha256(Path(PRIOR_FILE).read_bytes()).hexdigest()


def build_calibration(forecasts: pd.DataFrame, targets: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Calibration table of a benchmark run, sets pooled; columns as ``calibration_table()``."""
    parts = [
        metric(forecasts, models, ("n",)).melt("n", list(models), "model", name).set_index(["model", "n"])
        for name, metric in (
            ("answered", probabilities.answered),
            ("coverage80", metrics.coverage80),
            ("coverage95", metrics.coverage95),
        )
    ]
    parts.append(target_table(targets, models).set_index(["model", "n"])[["brier", "ece"]])
    parts.append(_words(targets, models))
    lengths = sorted(int(n) for n in forecasts["n"].unique())
    table = pd.concat(parts, axis=1).reindex(pd.MultiIndex.from_product([models, lengths]))
    table.index.names = ["model", "n"]
    table = table.reset_index()
    counts = [f"count_{name}" for name in WORD_EDGES]
    table[counts] = table[counts].fillna(0).astype(int)
    series = forecasts.groupby("n")["unique_id"].nunique()
    table.insert(2, "series", table["n"].map(series))
    return table


def _words(targets: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    edges = sorted({edge for pair in WORD_EDGES.values() for edge in pair})
    bins = probabilities.reliability_table(targets, models, ("n",), edges=edges)
    word = {lower: name for name, (lower, _) in WORD_EDGES.items()}
    bins["word"] = bins["lower"].map(word)
    wide = bins.pivot_table(index=["model", "n"], columns="word", values=["observed", "count"])
    wide.columns = wide.columns.map("_".join)
    for name in WORD_EDGES:
        for column, empty in ((f"observed_{name}", np.nan), (f"count_{name}", 0)):
            if column not in wide:
                wide[column] = empty
    return wide[[f"{measure}_{name}" for name in WORD_EDGES for measure in ("observed", "count")]]
