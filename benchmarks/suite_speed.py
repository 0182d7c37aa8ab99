"""How long the suite takes, three ways in one go, and where the time goes.

Run it on an otherwise idle machine::

    python benchmarks/suite_speed.py                 # public record and demo ledger
    python benchmarks/suite_speed.py --data public --notebooks 3

Every way runs in a process of its own, from a cold start, and makes the same files:

``papermill``   one notebook after the other with ordinary kernels, in one script: what people do
``parallel``    the same notebooks through the suite's runner, ordinary kernels
``warm``        the same through the runner with forked kernels, its server's imports included
``one process`` the same cells in one IPython shell that has already imported everything and opened
                the study: no overhead
``report``      the whole of ``zerobay report``: notebooks, charts, page
``kernel``      a kernel that imports pandas, seaborn and statsmodels, ordinary and warm in turn
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from zerobay_analysis.suite.notebook import NotebookTask

WAYS = ("papermill", "parallel", "warm", "one process", "report")
GOALS = {"kernel": 6.0, "speed-up": 5.0, "report": 30.0, "overhead": 0.7, "import": 0.3}


def steps_of(data: str, folder: Path, limit: int) -> list[NotebookTask]:
    """Return the report's steps, or the first ``limit`` of them."""
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.report import ReportOptions, notebook_tasks

    study = Study.open(data, "today")
    return notebook_tasks(study, ReportOptions(data=data), folder)[: limit or None]


def papermill_way(make_steps: Callable[[], list[NotebookTask]]) -> dict[str, float]:
    """Sequential, ordinary kernels."""
    import papermill

    from zerobay_analysis.suite.notebook import export_html

    for step in make_steps():
        output = step.folder / "notebooks" / f"{step.name}.ipynb"
        output.parent.mkdir(exist_ok=True)
        papermill.execute_notebook(
            step.notebook, output, parameters=step.parameters, kernel_name="python3", progress_bar=False
        )
        export_html(output, step.title)
    return {}


def runner_way(make_steps: Callable[[], list[NotebookTask]]) -> dict[str, float]:
    """Through the suite's runner; ``ZEROBAY_WARM`` decides how kernels start.

    As in a report, the pool comes first: its server imports while the steps are prepared.
    """
    from zerobay_analysis.suite.pool import LocalPool, default_jobs, run_steps
    from zerobay_analysis.suite.report import LONGEST

    jobs = int(os.environ.get("JOBS", default_jobs()))
    seconds = cells = 0.0
    with LocalPool(jobs) as pool:
        steps = [replace(step, study=keep(step, pool.folder)) for step in make_steps()]
        steps.sort(key=lambda step: step.name not in LONGEST)
        for result in run_steps([step.step for step in steps], pool):
            if not result.completed:
                sys.exit(f"{result.name}: {result.error}")
            seconds += result.seconds
            notebook = json.loads((steps[0].folder / result.files[0]).read_text(encoding="utf-8"))
            cells += sum(cell_seconds(cell["metadata"].get("execution", {})) for cell in notebook["cells"])
    return {"steps": seconds, "cells": cells}


def cell_seconds(times: dict[str, str]) -> float:
    """From the moment that a kernel begins a cell to its answer; 0 for a cell that is text."""
    if not times:
        return 0.0
    moments = (times[name] for name in ("iopub.execute_input", "shell.execute_reply"))
    began, ended = (datetime.fromisoformat(moment) for moment in moments)
    return (ended - began).total_seconds()


def kernel_way(make_steps: Callable[[], list[NotebookTask]]) -> dict[str, float]:
    """Start a kernel, import in it and end it, as the suite does; medians of five, the server being ready."""
    import asyncio

    from jupyter_client.manager import AsyncKernelManager

    from zerobay_analysis.suite.kernels.provisioner import QuickClient

    async def run(name: str) -> float:
        started = time.perf_counter()
        manager = AsyncKernelManager(kernel_name=name)
        manager.client_factory = QuickClient
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready()
        client.execute("import pandas, seaborn, statsmodels.api")
        while (reply := await client.get_shell_msg(timeout=300))["msg_type"] != "execute_reply":
            pass
        assert reply["content"]["status"] == "ok"
        taken = time.perf_counter() - started
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        return taken

    def seconds(name: str) -> float:
        return asyncio.run(run(name))

    first = seconds("zerobay-warm")
    pairs = [(seconds("python3"), seconds("zerobay-warm")) for _ in range(5)]
    ordinary, warm = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return {"ordinary": ordinary, "warm": warm, "first warm": first, "ratio": ratio}


def keep(step: NotebookTask, folder: Path) -> Path:
    """Keep the study for the notebooks, as a report does."""
    from zerobay_analysis.study import Study

    path = folder / "study"
    if not path.exists():
        data = str(step.parameters["data"])
        Study.open(data, str(step.parameters["as_of"])).save(data, path)
    return path


def one_process_way(make_steps: Callable[[], list[NotebookTask]]) -> dict[str, float]:
    """Run the cells in this process, after everything is imported; its seconds exclude the imports."""
    from IPython.core.interactiveshell import InteractiveShell

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    importlib.import_module("zerobay_analysis.suite.kernels.preload")
    shell = InteractiveShell.instance()
    steps = make_steps()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZEROBAY_STUDY"] = str(keep(steps[0], Path(folder)))
        return {"cells": run_cells(shell, steps)}


def run_cells(shell: InteractiveShell, steps: list[NotebookTask]) -> float:
    """Run every notebook's cells in ``shell``, which shows their results; return the seconds."""
    import nbformat

    started = time.perf_counter()
    for step in steps:
        shell.reset()
        for cell in nbformat.read(step.notebook, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            result = shell.run_cell(cell.source)
            result.raise_error()
            if "parameters" in cell.metadata.get("tags", []):
                shell.push(step.parameters)
    return time.perf_counter() - started


def measure(way: str, data: str, limit: int) -> dict[str, float]:
    """Run one way in a fresh process; wall-clock and processor seconds, and what it reports itself."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # people's machines keep compiled modules
    if way in ("papermill", "parallel"):
        env["ZEROBAY_WARM"] = "0"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--way", way, "--data", data, "--notebooks", str(limit)]
        if way == "report":
            command = [sys.executable, "-m", "zerobay_analysis", "report", "--data", data, "--fresh"]
            command += ["--out", folder]
        before, started = os.times(), time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        wall, after = time.perf_counter() - started, os.times()
        if done.returncode:
            sys.exit(f"{way} on {data} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        own = json.loads(done.stdout.splitlines()[-1]) if way != "report" else timings(Path(folder))
    cpu = sum(after[2:4]) - sum(before[2:4])
    return {"wall": wall, "cpu": cpu, **own}


def timings(out: Path) -> dict[str, float]:
    """Read the seconds of the report's steps from its manifest, those of the notebooks together."""
    manifest = json.loads((out / "latest" / "manifest.json").read_text(encoding="utf-8"))
    found = {"notebooks": 0.0}
    for step in manifest["steps"]:
        name = "notebooks" if step["kind"] == "notebook" else step["name"]
        found[name] = found.get(name, 0.0) + step["seconds"]
    return found


def import_seconds() -> float:
    """``import zerobay_analysis``, from ``-X importtime``, the least of five."""
    least = 1e9
    for _ in range(5):
        command = [sys.executable, "-X", "importtime", "-c", "import zerobay_analysis"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        least = min(least, int(text.splitlines()[-1].split("|")[1]) / 1e6)
    return least


def compare(data: str, limit: int) -> bool:
    """Measure and print every way on one ledger; return whether the goals are met."""
    with tempfile.TemporaryDirectory() as folder:
        count = len(steps_of(data, Path(folder), limit))
    print(f"\n{data}: {count} notebooks, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'way':12} {'wall s':>8} {'cpu s':>8} {'s each':>8}   parts")
    found = {}
    for way in WAYS:
        found[way] = measure(way, data, limit)
        wall, cpu = found[way].pop("wall"), found[way].pop("cpu")
        parts = "  ".join(f"{name} {value:.1f}" for name, value in found[way].items())
        print(f"{way:12} {wall:8.1f} {cpu:8.1f} {wall / count:8.2f}   {parts}", flush=True)
        found[way]["wall"] = wall
    os.environ["JOBS"] = "1"
    single = measure("warm", data, limit)
    del os.environ["JOBS"]
    each, cells = single["steps"] / count, single["cells"] / count
    bare = found["one process"]["cells"] / count
    print(f"one at a time, warm: {each:.2f} s each, of which cells {cells:.2f}; start, end, papermill and")
    print(f"  HTML {each - cells:.2f}. The same cells in one process: {bare:.2f}")
    ratio = found["papermill"]["wall"] / found["warm"]["wall"]
    met = [
        verdict("warm against sequential papermill, times as fast", ratio, "speed-up", 1),
        verdict("full report, seconds", found["report"]["wall"], "report", -1),
        verdict("overhead per notebook, seconds", each - bare, "overhead", -1),
    ]
    return all(met)


def verdict(title: str, value: float, goal: str, sign: int) -> bool:
    """Print a figure beside its goal."""
    met = sign * value >= sign * GOALS[goal]
    print(f"{'✓' if met else '✗'} {title}: {value:.2f} (goal {'≥' if sign > 0 else '≤'} {GOALS[goal]:g})")
    return met


def main() -> None:
    """Measure; exit status 1 if a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", action="append", help="default: public and demo")
    parser.add_argument("--notebooks", type=int, default=0, help="only the first so many")
    parser.add_argument("--way", choices=(*WAYS, "kernel"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way is None:
        met = [compare(data, options.notebooks) for data in options.data or ("public", "demo")]
        kernel = measure("kernel", "public", 0)
        print("kernel:", "  ".join(f"{name} {value:.2f}" for name, value in kernel.items()))
        met.append(verdict("warm against ordinary kernel, times as fast", kernel["ratio"], "kernel", 1))
        met.append(verdict("import zerobay_analysis, seconds", import_seconds(), "import", -1))
        sys.exit(0 if all(met) else 1)
    ways = {"kernel": kernel_way, "papermill": papermill_way, "one process": one_process_way}
    with tempfile.TemporaryDirectory() as folder:
        way = ways.get(options.way, runner_way)
        print(json.dumps(way(lambda: steps_of(options.data[0], Path(folder), options.notebooks))))


if __name__ == "__main__":
    main()
