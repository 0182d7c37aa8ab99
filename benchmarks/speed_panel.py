"""Print how long a panel forecast takes, against the peers in the same process.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m benchmarks.speed_panel [PEER_SERIES]

Series of 8 years, horizons 1-3. Peers need the ``bench`` extra and are timed on PEER_SERIES
(200) of the same series; without the extra only the panel is timed. Processor seconds are the
figure to compare: the clock depends on what else the machine does.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.cells import HORIZON

__all__ = ["simulated_panel", "speed_table"]

COUNTS = (100, 1_000, 10_000, 100_000)
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


def peer_times(series: int) -> dict[str, float]:
    """Processor milliseconds per series of each peer, compiled beforehand."""
    from statsforecast.models import AutoARIMA, AutoETS, DynamicOptimizedTheta

    values = simulated_panel(series)["y"].to_numpy().reshape(series, POINTS)
    times = {}
    for model in (
        AutoETS(season_length=1),
        DynamicOptimizedTheta(season_length=1),
        AutoARIMA(season_length=1),
    ):
        model.forecast(y=values[0], h=HORIZON, level=[80, 95])
        begin = time.process_time()
        for row in values:
            model.forecast(y=row, h=HORIZON, level=[80, 95])
        times[type(model).__name__] = 1000 * (time.process_time() - begin) / series
    return times


def main(peer_series: int) -> None:
    """Print the table and the ratios."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    table = speed_table(COUNTS)
    print(table.round(3).to_string(index=False))
    ours = float(table.loc[table["series"] == 1_000, "processor_ms_per_series"].iloc[0])
    if importlib.util.find_spec("statsforecast") is None:
        print("peers not timed: install the bench extra")
        return
    for name, milliseconds in peer_times(peer_series).items():
        ratio = ours / milliseconds
        print(f"{name}: {milliseconds:.2f} ms per series; ours is {ratio:.3f} of it (1/{1 / ratio:.0f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
