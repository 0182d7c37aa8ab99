"""Print how long a panel forecast takes, against the peers in the same process.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/speed_panel.py [PEER_SERIES]

Series of 8 years, horizons 1-3. Peers need the ``bench`` extra and are timed on PEER_SERIES
(200) of the same series; without the extra only the panel is timed. Processor seconds are the
figure to compare: the clock depends on what else the machine does.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings

import numpy as np

from zerobay_analysis.evaluation.speed import POINTS, simulated_panel, speed_table

COUNTS = (100, 1_000, 10_000, 100_000)
HORIZON = 3


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
