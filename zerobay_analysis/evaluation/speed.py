"""How the default forecaster's time grows with the number of series."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from zerobay_analysis.evaluation.cells import HORIZON

__all__ = ["simulated_panel", "speed_table"]

POINTS = 8


def simulated_panel(count: int, seed: int = 0) -> pd.DataFrame:
    """``count`` growing series of eight years, as :func:`~zerobay_analysis.forecast.forecast_panel` takes."""
    rng = np.random.default_rng(seed)
    values = 100 * np.exp(np.cumsum(rng.normal(0.05, 0.1, (count, POINTS)), axis=1))
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(count), POINTS),
            "ds": np.tile(np.arange(2018, 2018 + POINTS), count),
            "y": values.ravel(),
        }
    )


def speed_table(counts: Sequence[int]) -> pd.DataFrame:
    """Seconds for panels of several sizes, horizons 1-3, the prior already loaded.

    Returns
    -------
    pandas.DataFrame
        ``series, seconds`` (on the clock), ``processor_seconds`` and
        ``processor_ms_per_series``.
    """
    from zerobay_analysis.forecast.panel import forecast_panel

    forecast_panel(simulated_panel(2), HORIZON)
    rows = []
    for count in counts:
        panel = simulated_panel(count)
        clock, processor = time.perf_counter(), time.process_time()
        forecast_panel(panel, HORIZON)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        rows.append((count, clock, processor, 1000 * processor / count))
    return pd.DataFrame(rows, columns=["series", "seconds", "processor_seconds", "processor_ms_per_series"])
