"""A report on a cluster comes out as on one machine, and survives the loss of a worker.

The workers are separate processes that listen on the loopback interface only.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from tests.conftest import NotebookMaker
from tests.small_report import PARAMETERS, shrink
from zerobay_analysis.errors import ParameterError, RunFailed
from zerobay_analysis.forecast import forecast_panel
from zerobay_analysis.forecast.partitions import forecast_partitions
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.suite import cluster as cluster_module
from zerobay_analysis.suite.cluster import ClusterPool
from zerobay_analysis.suite.manifest import Manifest
from zerobay_analysis.suite.report import Progress, ReportOptions, open_pool, run_report

pytest.importorskip("distributed", reason="needs the extra 'cluster'")

ROOT = Path(__file__).parent.parent
WORKERS = ("east", "west")
PRELOAD = "ipykernel.ipkernel"
unix = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
WHERE = "import os, pathlib\nmark = pathlib.Path(r'{}')\nfirst = not mark.exists()\n"
WHERE += "mark.write_text(os.environ['TEST_WORKER'] + ' ' + str(os.getpid()))\n"
"""Notes the worker and the process of the kernel."""
STALL = WHERE + "import time\nif first: time.sleep(90)\nprint('second time')"


def dask(folder: Path, *command: str, **env: str) -> subprocess.Popen[bytes]:
    """Start a part of a cluster."""
    place = {"TMPDIR": str(folder)}
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=ROOT,
            env={**os.environ, **place, "ZEROBAY_PRELOAD": PRELOAD, "PYTHONPATH": str(ROOT), **env},
            stdout=log,
            stderr=log,
        )


class Cluster:
    """A scheduler and two workers, each a process of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.file = folder / "scheduler.json"
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        command = ("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self.scheduler = self._keep(dask(folder, *command))
        wait_until(lambda: self.file.exists() and self.file.stat().st_size > 0)  # made first, written later
        self.address = str(json.loads(self.file.read_text(encoding="utf-8"))["address"])
        self.complete()

    def complete(self) -> None:
        """Start every worker that is not there."""
        for name in WORKERS:
            if name not in self.workers or self.workers[name].poll() is not None:
                options = ["--no-nanny", "--nthreads", "1", "--name", name, "--local-directory"]
                options += [str(self.folder / name), "--preload", "tests.cluster_preload"]
                started = dask(
                    self.folder, "worker", "--scheduler-file", str(self.file), *options, TEST_WORKER=name
                )
                self.workers[name] = self._keep(started)
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(WORKERS), timeout=60)

    def _keep(self, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("c"), stack)


@pytest.fixture
def cluster(running: Cluster) -> Cluster:
    running.complete()
    return running


Book = Callable[..., Path]


@pytest.fixture
def book(make_notebook: NotebookMaker, tmp_path: Path) -> Book:
    """Write one of the report's notebooks."""

    def make(name: str, code: str = "print('done')") -> Path:
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        path = make_notebook(name, PARAMETERS, code)
        return path.replace(folder / path.name)

    return make


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Manifest, Path]]:
    """Make a report of the notebooks written so far."""

    def make(out: str = "out", progress: Progress | None = None, **options: Any) -> tuple[Manifest, Path]:
        monkeypatch.setenv("ZEROBAY_PRELOAD", PRELOAD)
        shrink(tmp_path / "notebooks", monkeypatch.setattr)
        return run_report(ReportOptions(out=tmp_path / out, **options), progress)

    return make


class Spoken(Progress):
    """Remembers what a run said, without the seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def start(self, total: int) -> None:
        self.messages.append(f"of {total}")

    def advance(self, message: str, *, failed: bool = False) -> None:
        self.messages.append(re.sub(r"\d+\.\d s", "", message))


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def without_times(folder: Path) -> dict[str, object]:
    """Every file of a run but for what the clock put in."""
    found: dict[str, object] = {}
    for path in folder.rglob("*.*"):
        name = path.relative_to(folder).as_posix()
        if path.suffix != ".ipynb":
            found[name] = path.read_bytes() if path.suffix in (".html", ".csv") else None
            continue
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for part in (notebook, *notebook["cells"]):
            noted = part["metadata"].get("papermill", {})
            part["metadata"]["papermill"] = {k: v for k, v in noted.items() if "time" not in k}
            part["metadata"]["papermill"].pop("duration", None)
            part["metadata"].pop("execution", None)
        found[name] = notebook
    return found


def test_a_report_on_a_cluster_is_the_report_of_one_machine(cluster, book, run) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        book(f"n{number}", f"print(data, {number})\nimport time; time.sleep(0.5)")
    said, said_there = Spoken(), Spoken()
    local, folder = run("local", said)
    there, folder_there = run("cluster", said_there, scheduler=cluster.address)
    assert [(s.name, s.error) for s in there.failed_steps] == []
    assert without_times(folder_there) == without_times(folder)
    records = [json.loads((f / "manifest.json").read_text(encoding="utf-8")) for f in (folder, folder_there)]
    assert records[0].keys() == records[1].keys()
    changing = ("seconds", "files", "place")
    steps = [[{k: v for k, v in s.items() if k not in changing} for s in r["steps"]] for r in records]
    assert steps[0] == steps[1]
    assert {step.place.split()[-1] for step in there.notebooks} == set(WORKERS)
    assert {step.place for step in local.steps} == {there.notebooks[0].place.split()[0]}
    assert (there.parameters["executor"], there.parameters["scheduler"]) == ("dask", cluster.address)
    assert sorted(said_there.messages) == sorted(said.messages)


def test_a_failing_notebook_is_kept_and_the_others_go_on(cluster, book, run) -> None:  # type: ignore[no-untyped-def]
    book("bad", "raise ValueError('no such figure')")
    book("good")
    manifest, folder = run(scheduler=cluster.address)
    assert manifest.status == "FAILED"
    assert [(s.name, s.error) for s in manifest.failed_steps] == [("bad", "ValueError: no such figure")]
    assert "no such figure" in (folder / "notebooks" / "bad.ipynb").read_text(encoding="utf-8")


@unix
def test_a_step_whose_worker_is_killed_runs_on_another(cluster, book, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mark = tmp_path / "mark"
    book("a", STALL.format(mark))
    book("b")
    found: list[Manifest] = []
    thread = threading.Thread(target=lambda: found.append(run(scheduler=cluster.address)[0]))
    thread.start()
    wait_until(lambda: mark.exists() and len(mark.read_text(encoding="utf-8").split()) == 2)
    worker, pid = mark.read_text(encoding="utf-8").split()
    cluster.workers[worker].send_signal(signal.SIGKILL)
    thread.join(120)
    assert [(s.status, s.place.split()[-1]) for s in found[0].notebooks[:1]] == [
        ("COMPLETED", next(name for name in WORKERS if name != worker))
    ]
    assert found[0].status == "COMPLETED"
    wait_until(lambda: gone(int(pid)), 10)


@unix
def test_ctrl_c_ends_what_runs_on_the_workers_and_leaves_them(cluster, book, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mark = tmp_path / "mark"
    book("a", STALL.format(mark))
    command = [sys.executable, "-m", "tests.small_report", str(tmp_path / "notebooks")]
    command += ["--executor", "dask", "--scheduler", cluster.address, "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: mark.exists() or process.poll() is not None)
    wait_until(lambda: len(mark.read_text(encoding="utf-8").split()) == 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "1 done, 1 left" in said.replace("\n", "")
    wait_until(lambda: gone(int(mark.read_text(encoding="utf-8").split()[1])), 10)
    assert all(worker.poll() is None for worker in cluster.workers.values())
    manifest, _ = run(scheduler=cluster.address)
    assert manifest.status == "COMPLETED"


def test_a_panel_is_forecast_by_the_workers(cluster) -> None:  # type: ignore[no-untyped-def]
    import dask.dataframe as dd
    from distributed import Client

    rows = [(f"park {n}", 2020 + year, 10.0 * n + year) for n in range(1, 9) for year in range(5)]
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"])
    parts = dd.from_pandas(frame.set_index("unique_id"), npartitions=4)
    with Client(cluster.address) as client:
        found = forecast_partitions(parts, 2).compute()
        places = client.run(lambda dask_worker: dask_worker.name)
    assert set(places.values()) == set(WORKERS)
    pd.testing.assert_frame_equal(
        found.astype({"unique_id": object}).reset_index(drop=True), forecast_panel(frame, 2), rtol=1e-12
    )


def test_workers_with_other_code_or_data_are_refused_before_anything_begins(  # type: ignore[no-untyped-def]
    cluster, book, run, tmp_path, monkeypatch
) -> None:
    book("a")
    monkeypatch.setattr("tests.small_report.CODE", "another version")
    with pytest.raises(RunFailed, match=r"(?s)not like this machine.*code .*code "):
        run(scheduler=cluster.address)
    assert not (tmp_path / "out").exists()


def test_what_differs_is_named() -> None:
    here = cluster_module.environment("public", "", "", load_ledger("public"))
    assert cluster_module.differences(here) == ()
    file = here[-1][0]
    other = tuple((name, "0.1" if name in ("numpy", file) else value) for name, value in here)
    words = cluster_module.differences(other)
    assert [word.split()[0] for word in words] == ["numpy", file]
    nowhere = (("data", "/no/such/ledger.csv"), *here[1:])
    assert "/no/such/ledger.csv" in cluster_module.differences(nowhere)[0]


def test_a_scheduler_that_is_not_there_is_an_error_soon() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(RunFailed, match="no scheduler answers"):
            ClusterPool(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
    with pytest.raises(ParameterError, match="tcp://host:port"):
        ClusterPool("somewhere")


def test_a_missing_extra_names_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "zerobay_analysis.suite.cluster")
    cure = r"pip install 'zerobay_analysis\[cluster\]'"
    with pytest.raises(ParameterError, match=cure), open_pool(scheduler="tcp://127.0.0.1:8786"):
        pass


@unix
def test_a_run_that_loses_its_scheduler_fails_and_says_so(cluster, book, run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mark = tmp_path / "mark"
    book("a", STALL.format(mark))
    found: list[Manifest] = []
    thread = threading.Thread(target=lambda: found.append(run(scheduler=cluster.address)[0]))
    thread.start()
    wait_until(mark.exists)
    cluster.scheduler.kill()  # so this test is the last one with the cluster
    thread.join(120)
    assert found[0].status == "FAILED"
    assert "the scheduler is gone" in found[0].notebooks[0].error
