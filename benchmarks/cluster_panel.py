"""What a large panel costs, in one process and on dask workers, and how it grows.

    python benchmarks/cluster_panel.py                    # 1,000 to 100,000 series
    python benchmarks/cluster_panel.py --series 1000000   # hours of patience are not needed: minutes

Each way runs in processes of its own, from Parquet files to Parquet files, as a large panel is
kept: 5,000 series a file, 3 to 10 years each, forecast 3 years ahead with 7 quantiles. ``plain`` reads all
files, calls ``forecast_panel`` once and writes the answer; ``dask`` gives the files to separate
worker processes, which listen on the loopback interface only. Times are from the files to the
files, without the start of Python and of the workers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

SIZES = (1_000, 10_000, 100_000)
FILE = 5_000
"""Series in a file, and so in a partition."""
HORIZON = 3
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_MMAP_THRESHOLD_": "33554432"}
"""dask starts workers with a small trim threshold, so that glibc gives memory back at once; taking it
again for every array of a forecast would nearly double the time. These keep it, as in ``plain``."""


def write_panel(folder: Path, series: int) -> int:
    """Write the panel into ``folder``, each series whole in one file; return its rows."""
    import numpy as np
    import pandas as pd

    rows = 0
    for begin in range(0, series, FILE):
        rng = np.random.default_rng(begin)
        count = min(FILE, series - begin)
        lengths = rng.integers(3, 11, count)
        ids = np.repeat([f"s{number:07d}" for number in range(begin, begin + count)], lengths)
        years = np.concatenate([np.arange(2025 - length, 2025) for length in lengths])
        y = np.exp(rng.normal(3, 1, count)).repeat(lengths) * np.exp(
            rng.normal(0.03, 0.12, len(years)).cumsum() % 2
        )
        frame = pd.DataFrame({"unique_id": ids, "ds": years, "y": y})
        frame.to_parquet(folder / f"{begin:08d}.parquet", index=False)
        rows += len(frame)
    return rows


def plain(source: Path, target: Path, workers: int) -> dict[str, float]:
    """Everything in this process."""
    import pandas as pd

    from zerobay_analysis.forecast import forecast_panel

    preload()
    started = time.perf_counter()
    forecast_panel(pd.read_parquet(source), HORIZON).to_parquet(target / "answer.parquet", index=False)
    return {"seconds": time.perf_counter() - started, "peak": peak()}


def on_dask(source: Path, target: Path, workers: int) -> dict[str, float]:
    """Partition by partition on worker processes of this machine."""
    import dask
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    from zerobay_analysis.forecast.partitions import forecast_partitions

    dask.config.set({"distributed.worker.daemon": True})
    options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "memory_limit": 0}
    with (
        LocalCluster(host="127.0.0.1", dashboard_address=None, **options) as cluster,
        Client(cluster) as client,
    ):
        client.run(preload)
        started = time.perf_counter()
        forecast_partitions(dd.read_parquet(source), HORIZON).to_parquet(target, write_index=False)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "peak": max(client.run(peak).values()), "client": peak()}


def preload() -> None:
    """Import all that is used, before the clock starts."""
    import dask.dataframe  # noqa: F401
    import pandas as pd
    import pyarrow.parquet  # noqa: F401

    from zerobay_analysis.forecast import forecast_panel

    forecast_panel(pd.DataFrame({"unique_id": ["a"], "ds": [2025], "y": [1.0]}), HORIZON)


def peak() -> float:
    """Largest memory that this process has had, MB."""
    import resource

    unit = 1e6 if sys.platform == "darwin" else 1e3  # it comes in bytes there, elsewhere in kB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


WAYS = {"plain": plain, "dask": on_dask}


def measure(way: str, source: Path, workers: int) -> dict[str, float]:
    """Run one way in a fresh process; also the processor seconds of all its processes."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if way == "dask":
        env |= ALLOCATOR
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, __file__, "--way", way, str(source), target, "--workers", str(workers)]
        before = os.times()
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        after = os.times()
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-4000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "cpu": sum(after[2:4]) - sum(before[2:4])}


def lines(sizes: list[int], workers: int) -> Iterator[str]:
    """The table, a line as soon as it is known."""
    yield "| series | rows | way | s | processor s | series/s | peak MB a process | growth in s |"
    yield "|---|---|---|---|---|---|---|---|"
    last: dict[str, tuple[int, float]] = {}
    for series in sizes:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder)
            rows = write_panel(source, series)
            for way in WAYS:
                found = measure(way, source, workers)
                growth = "—"
                if way in last:
                    times = found["seconds"] / last[way][1]
                    growth = f"{times:.1f} times for {series / last[way][0]:g} times the series"
                last[way] = series, found["seconds"]
                name = way if way == "plain" else f"dask, {workers} workers"
                yield (
                    f"| {series:,} | {rows:,} | {name} | {found['seconds']:.1f} | {found['cpu']:.1f} "
                    f"| {series / found['seconds']:,.0f} | {found['peak']:,.0f} | {growth} |"
                )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, action="append", help=f"default: {SIZES}")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--way", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        way, source, target = options.way
        print(json.dumps(WAYS[way](Path(source), Path(target), options.workers)))
        return
    print(
        f"{date.today()}, {platform.system()} {platform.release()}, Python {platform.python_version()}, ",
        end="",
    )
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    for line in lines(sorted(options.series or SIZES), options.workers):
        print(line, flush=True)


if __name__ == "__main__":
    main()
