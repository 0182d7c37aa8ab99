"""What one run of the public benchmark measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["BenchmarkResult"]


@dataclass(frozen=True)
class BenchmarkResult:
    """Everything one run measured.

    Attributes
    ----------
    folder : Path
        Where the files are.
    accuracy : pandas.DataFrame
        ``accuracy.csv``: ``set, n, model, metric, value, series``.
    best : pandas.DataFrame
        ``best_peer.csv``: ``metric, against, set, n, peer, score, ours, ratio``.
    targets : pandas.DataFrame
        ``targets.csv``: probability scores by n and model.
    reliability : pandas.DataFrame
        ``reliability.csv``: observed share by bin of probability, n and model.
    calibration : pandas.DataFrame
        ``calibration.csv``, the table that ships with the package.
    timing : pandas.DataFrame
        ``timing.csv``: processor seconds per series by set, n and model.
    trendless : pandas.DataFrame
        ``trendless.csv``.
    speed : pandas.DataFrame
        ``speed.csv``: our time by number of series.
    refusals : pandas.DataFrame
        ``refusals.csv``: who refused, in which words, how often.
    left_out : pandas.DataFrame
        ``left_out.csv``: series or targets not used, by reason.
    metadata : dict
        Command, date, versions, machine, duration.
    """

    folder: Path
    accuracy: pd.DataFrame
    best: pd.DataFrame
    targets: pd.DataFrame
    reliability: pd.DataFrame
    calibration: pd.DataFrame
    timing: pd.DataFrame
    trendless: pd.DataFrame
    speed: pd.DataFrame
    refusals: pd.DataFrame
    left_out: pd.DataFrame
    metadata: dict[str, Any] = field(default_factory=dict)
