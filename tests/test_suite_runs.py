"""A run ends well, or says what happened and leaves the last good report as it was.

These runs are real: small notebooks, real kernels, real signals, a real full disk.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from rich.console import Console

from tests.conftest import NotebookMaker
from tests.small_report import PARAMETERS, shrink
from zerobay_analysis.errors import ParameterError, RunFailed, RunInterrupted
from zerobay_analysis.suite import report
from zerobay_analysis.suite.manifest import (
    Manifest,
    StepRecord,
    find_cached,
    hash_file,
    read_runs,
    run_record,
    run_tables,
    runs_table,
    still_runs,
    this_process,
)
from zerobay_analysis.suite.notebook import NotebookTask, run_notebook
from zerobay_analysis.suite.pool import Step, StepResult, attempt
from zerobay_analysis.suite.report import PartTask, Progress, ReportOptions, run_report

ROOT = Path(__file__).parent.parent
linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux mounts and signals")

SLEEP = "import os, pathlib, time; pathlib.Path(r'{}').write_text(str(os.getpid())); time.sleep(90)"
Book = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary folder of these tests' own, and a server that imports only what runs notebooks."""
    tmp_path_factory.getbasetemp()  # neither pytest's own folder must come to be inside it
    get_temp_dir()  # nor that of the server's socket
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="t") as folder:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("ZEROBAY_PRELOAD", "ipykernel.ipkernel")
        yield


@pytest.fixture
def book(make_notebook: NotebookMaker, tmp_path: Path) -> Book:
    """Write one of the report's notebooks."""

    def make(name: str, code: str = "print('done')") -> Path:
        path = make_notebook(name, PARAMETERS, code)
        folder = tmp_path / "notebooks"
        folder.mkdir(exist_ok=True)
        return path.replace(folder / path.name)

    return make


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Manifest, Path]]:
    """Make a report of the notebooks written so far, in this process."""

    def make(out: Path = tmp_path / "out", progress: Progress | None = None, **options: object) -> object:
        shrink(tmp_path / "notebooks", monkeypatch.setattr)
        return run_report(ReportOptions(out=out, **options), progress)  # type: ignore[arg-type]

    return make  # type: ignore[return-value]


class Spoken(Progress):
    """Remembers what a run said."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def advance(self, message: str, *, failed: bool = False) -> None:
        self.messages.append(message)


def start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    """Make a report of the notebooks written so far, in a process that can be killed."""
    command = [sys.executable, "-m", "tests.small_report", str(tmp_path / "notebooks")]
    return subprocess.Popen(
        [*command, "--out", str(tmp_path / "out"), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size):  # made first, written later
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def latest(out: Path) -> str:
    return (out / "latest").resolve().name


def shown(out: Path) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(runs_table(out))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def scratch() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("zb-*"))


def test_unchanged_steps_are_reused_and_changed_ones_run(run, book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    book("a", "import time; print(time.time())")
    book("b", "print('first')")
    before = scratch()
    first, folder = run()
    assert (first.status, latest(tmp_path / "out")) == ("COMPLETED", folder.name)
    assert scratch() <= before, "a run leaves nothing in the temporary folder"

    book("b", "print('second')")
    said = Spoken()
    second, again = run(progress=said)
    a, b = second.notebooks
    assert (a.reused_from, b.reused_from) == (folder.name, "")
    assert all((again / name).read_bytes() == (folder / name).read_bytes() for name in a.files)
    assert any("reused" in message and folder.name in message for message in said.messages)
    assert "second" in (again / b.html).read_text(encoding="utf-8")

    third, _ = run(fresh=True)
    assert [step.reused_from for step in third.notebooks] == ["", ""]


def test_an_output_that_was_touched_is_not_reused(tmp_path: Path) -> None:
    manifest = Manifest("20260101-000000-public", "zerobay report", {}, False, [])
    record = StepRecord("a", "a", status="COMPLETED", key="k")
    folder = tmp_path / manifest.run_id
    folder.mkdir()
    for name in ("a.ipynb", "a.html"):
        (folder / name).write_text("as it was", encoding="utf-8")
        record.files[name] = hash_file(folder / name)
    manifest.steps.append(record)
    manifest.write(folder)
    assert set(find_cached(tmp_path, ["k", "another"])) == {"k"}
    (folder / "a.html").write_text("forged", encoding="utf-8")
    assert find_cached(tmp_path, ["k"]) == {}


def test_a_failed_run_keeps_its_notebook_and_leaves_latest(run, book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    book("a")
    _, good = run()
    book("b", "raise ValueError('no such figure')")
    manifest, folder = run()
    assert manifest.status == "FAILED"
    assert [step.error for step in manifest.failed_steps] == ["ValueError: no such figure"]
    assert "no such figure" in (folder / next(iter(manifest.failed_steps[0].files))).read_text(
        encoding="utf-8"
    )
    assert latest(tmp_path / "out") == good.name
    assert "no such figure" in shown(tmp_path / "out")


def test_two_runs_at_once_do_not_meet(run, book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    book("a")
    with ThreadPoolExecutor(2) as threads:
        runs = [future.result() for future in [threads.submit(run, jobs=1) for _ in range(2)]]
    assert [manifest.status for manifest, _ in runs] == ["COMPLETED"] * 2
    assert len({folder for _, folder in runs}) == 2
    assert [entry.status for entry in read_runs(tmp_path / "out")] == ["COMPLETED"] * 2
    assert latest(tmp_path / "out") in {folder.name for _, folder in runs}


def write_first(task: PartTask) -> list[StepResult]:
    """A form that is never twice the same."""
    (task.folder / "first.pdf").write_text(str(time.time()), encoding="utf-8")
    return [attempt("first", lambda: ["first.pdf"])]


def write_second(task: PartTask) -> list[StepResult]:
    """A form that fails until somebody puts paper in."""
    paper = task.folder.parent / "paper"
    return [attempt("second", lambda: [paper.read_text(encoding="utf-8")])]


def test_charts_and_forms_fail_and_resume_as_notebooks_do(run, book, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def records(study: object, options: object, folder: Path, inputs: object) -> list[StepRecord]:
        return [StepRecord(name, name, "form", key=f"{folder.name} {name}") for name in ("first", "second")]

    def steps(made: Any) -> list[Step]:
        task = PartTask(made.study, made.folder)
        return [Step(("first",), write_first, task), Step(("second",), write_second, task)]

    book("a")
    shrink(tmp_path / "notebooks", monkeypatch.setattr)
    monkeypatch.setattr(sys.modules[__name__], "shrink", lambda *_: None)
    monkeypatch.setattr(report, "part_records", records)
    monkeypatch.setattr(report, "part_steps", steps)
    manifest, folder = run()
    assert manifest.status == "FAILED"
    assert [step.status for step in manifest.steps] == ["COMPLETED"] * 3 + ["FAILED"]
    assert "FileNotFoundError" in manifest.failed_steps[0].error
    first = (folder / "first.pdf").read_bytes()

    (tmp_path / "out" / "paper").write_text("first.pdf", encoding="utf-8")
    manifest, again = run(resume=folder.name)
    assert (manifest.status, again) == ("COMPLETED", folder)
    assert [step.reused_from for step in manifest.steps] == ["", folder.name, folder.name, ""]
    assert (folder / "first.pdf").read_bytes() == first


def test_forms_without_a_briefing_fail_by_name_and_those_that_are_done_stay(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def broken(*_: object) -> None:
        raise ValueError("nothing to say")

    monkeypatch.setattr(report, "make_briefing", broken)
    steps = [StepRecord(name, name, "form") for name in ("pdf", "html")]
    steps[0].status = "COMPLETED"
    manifest = Manifest("run", "zerobay report", {}, False, [], steps=steps)
    options = ReportOptions(formats=("pdf", "html"))
    made = report._Run(None, options, manifest, tmp_path, Progress())  # type: ignore[arg-type]
    assert [step.names for step in report.part_steps(made)] == [("charts",), ("data_owed",)]
    assert [step.error for step in steps] == ["", "ValueError: nothing to say"]


@linux
def test_an_interrupted_run_says_what_is_done_and_can_be_finished(run, book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mark = tmp_path / "pid"
    book("a", "import time; print(time.time())")
    book("b", SLEEP.format(mark))
    process = start(tmp_path, "--jobs", "1")
    wait_for(mark, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "2 done, 1 left" in said.replace("\n", "")
    assert gone(int(mark.read_text(encoding="utf-8")))
    out = tmp_path / "out"
    number = read_runs(out)[0].run_id
    assert read_runs(out)[0].status == "INTERRUPTED"
    assert [s.status for s in Manifest.read(out / number).notebooks] == ["COMPLETED", "INTERRUPTED"]
    assert not (out / "latest").exists()

    done = (out / number / "notebooks" / "a.ipynb").read_bytes()
    book("b", "print('quick')")
    manifest, folder = run(resume=number[:10])
    assert (manifest.status, folder.name, latest(out)) == ("COMPLETED", number, number)
    assert (folder / "notebooks" / "a.ipynb").read_bytes() == done
    with pytest.raises(ParameterError, match="complete"):
        run(resume=number)


@linux
def test_a_killed_run_leaves_the_last_good_report_and_no_process(run, book, tmp_path) -> None:  # type: ignore[no-untyped-def]
    mark, out = tmp_path / "pid", tmp_path / "out"
    book("a")
    _, good = run()
    book("b", SLEEP.format(mark))
    before = scratch()
    process = start(tmp_path)
    wait_for(mark, process)
    kernel = psutil.Process(int(mark.read_text(encoding="utf-8")))
    server = kernel.ppid()
    with pytest.raises(ParameterError, match="still going"):
        run(resume=read_runs(out)[0].run_id)
    process.kill()
    process.communicate()
    assert gone(kernel.pid)
    assert gone(server)
    assert latest(out) == good.name
    assert read_runs(out)[0].status == "KILLED"
    assert "killed" in shown(out)
    console = Console(file=StringIO(), width=200)
    console.print(*run_tables(out, read_runs(out)[0].run_id))
    assert "killed" in console.file.getvalue()  # type: ignore[attr-defined]

    book("b", "print('quick')")
    manifest, folder = run(resume=read_runs(out)[0].run_id)
    assert (manifest.status, latest(out)) == ("COMPLETED", folder.name)
    assert scratch() <= before, "the next run removes what the killed one left"


MOMENTS = {
    "before latest": "manifest.point_latest = die",
    "while latest moves": (
        "pathlib.Path.replace = lambda self, target, move=pathlib.Path.replace: "
        "die() if self.name.startswith('.latest') else move(self, target)"
    ),
    "before the last word": (
        "manifest.point_latest = lambda *places, move=manifest.point_latest: (move(*places), die())"
    ),
}


RECORD = (
    "import os, pathlib, signal, sys; from zerobay_analysis.suite import manifest;"
    "out = pathlib.Path(sys.argv[1])\n"
    "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
    "{moment}\n"
    "(out / 'second').mkdir()\n"
    "record = manifest.Manifest('second', 'zerobay report', {{}}, False, [])\n"
    "with manifest.run_record(record, out / 'second', out): pass"
)


def record_run(out: Path, name: str) -> None:
    """Leave the record of a run that went well."""
    (out / name).mkdir(parents=True)
    with run_record(Manifest(name, "zerobay report", {}, False, []), out / name, out):
        pass


@linux
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_after_its_last_record_is_finished_by_resume(run, tmp_path, moment) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    (tmp_path / "notebooks").mkdir()
    record_run(out, "first")
    code = RECORD.format(moment=MOMENTS[moment])
    done = subprocess.run([sys.executable, "-c", code, str(out)], cwd=ROOT, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert {entry.run_id: entry.status for entry in read_runs(out)} == {
        "first": "COMPLETED",
        "second": "KILLED",
    }
    assert latest(out) == ("second" if moment == "before the last word" else "first")
    manifest, folder = run(resume="second")
    assert (manifest.status, folder.name, latest(out)) == ("COMPLETED", "second", "second")
    assert [entry.status for entry in read_runs(out)] == ["COMPLETED", "COMPLETED"]
    assert not [path.name for path in out.iterdir() if path.name.startswith((".latest", "latest.txt"))]
    with pytest.raises(ParameterError, match="complete"):
        run(resume="second")


@linux
def test_resuming_a_killed_run_does_not_take_latest_from_a_later_one(run, tmp_path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    (tmp_path / "notebooks").mkdir()
    record_run(out, "first")
    first = Manifest.read(out / "first")
    first.process |= {"created": 1.0, "uptime": 1.0}
    first.status, first.finished = "RUNNING", "2026-01-01T00:00:00+00:00"
    first.write(out / "first")
    record_run(out, "later")
    run(resume="first")
    assert {entry.status for entry in read_runs(out)} == {"COMPLETED"}
    assert latest(out) == "later"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk is not permitted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@linux
def test_a_full_or_read_only_disk_leaves_the_last_good_report_and_a_record(run, book, small_disk) -> None:  # type: ignore[no-untyped-def]
    book("a")
    _, good = run(out=small_disk)
    fill = f"handle = open(r'{small_disk}/ballast', 'wb', buffering=0)\nwhile True: handle.write(bytes(4096))"
    book("b", fill)
    manifest, folder = run(out=small_disk, jobs=1)
    assert manifest.status == "FAILED"
    assert latest(small_disk) == good.name
    assert (good / "index.html").read_text(encoding="utf-8") == "<p>page</p>"
    entry = read_runs(small_disk)[0]
    assert (entry.run_id, entry.status) == (folder.name, "FAILED")
    assert "No space left" in " ".join([*entry.errors, *(step.error for step in entry.steps)])
    with pytest.raises(RunFailed, match="No space left"):
        run(out=small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(RunFailed, match=f"{small_disk}.*cannot write"):
        run(out=small_disk)
    assert latest(small_disk) == good.name
    assert len(read_runs(small_disk)) == 2


@linux
def test_a_termination_signal_is_recorded_like_ctrl_c(tmp_path: Path) -> None:
    manifest = Manifest("run", "zerobay report", {}, False, [])
    manifest.steps.append(StepRecord("a", "a", status="RUNNING"))
    (tmp_path / "run").mkdir()
    with pytest.raises(RunInterrupted), run_record(manifest, tmp_path / "run", tmp_path):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)
    kept = Manifest.read(tmp_path / "run")
    assert (kept.status, kept.steps[0].status) == ("INTERRUPTED", "INTERRUPTED")
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["manifest.json"]


def test_only_a_kernel_that_did_not_start_is_tried_again(
    make_notebook: NotebookMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "jupyter" / "kernels" / "flaky"
    folder.mkdir(parents=True)
    launch = (
        f"import pathlib, runpy, sys\nmark = pathlib.Path(r'{tmp_path}/tried')\n"
        "if not mark.exists(): mark.touch(); sys.exit(1)\n"
        "runpy.run_module('ipykernel_launcher', run_name='__main__', alter_sys=True)"
    )
    argv = [sys.executable, "-c", launch, "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "flaky", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    good = NotebookTask("good", "", make_notebook("good", "x: int = 1"), {}, tmp_path, kernel="flaky")
    (result,) = run_notebook(good)
    assert (result.error, result.attempts) == ("", 2)
    dies = make_notebook("dies", "x: int = 1", "import os; os._exit(1)")
    (result,) = run_notebook(NotebookTask("dead", "", dies, {}, tmp_path))
    assert "died" in result.error
    assert result.attempts == 1


def test_a_notebook_over_its_time_is_ended_and_says_so(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    slow = make_notebook(
        "slow", "x: int = 1", "import os, time; print(os.getpid(), flush=True); time.sleep(90)"
    )
    (result,) = run_notebook(NotebookTask("late", "迟", slow, {}, tmp_path, timeout=2))
    assert result.error.startswith("TimeoutError")
    output, page = (tmp_path / name for name in result.files)
    kept = nbformat.read(output, as_version=4)
    outputs = kept.cells[-1].outputs
    assert outputs[-1].ename == "TimeoutError"
    assert gone(int(outputs[0].text))
    assert "2 s" in page.read_text(encoding="utf-8")


def test_a_record_of_the_version_before_steps_had_kinds_is_read(tmp_path: Path) -> None:
    record_run(tmp_path, "old")
    path = tmp_path / "old" / "manifest.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    step = {"name": "a", "title": "a", "notebook": "a.ipynb", "parameters": {}, "status": "COMPLETED"}
    record |= {"timings": {"pdf": 1.0}, "steps": [{**step, "output": "a.ipynb", "sha256": "0", "key": "k"}]}
    path.write_text(json.dumps(record), encoding="utf-8")
    (run,) = read_runs(tmp_path)
    assert [(step.name, step.status) for step in run.notebooks] == [("a", "COMPLETED")]
    assert find_cached(tmp_path, ["k"]) == {}


def test_a_record_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{", encoding="utf-8")
    assert "JSONDecodeError" in shown(tmp_path)


def test_a_process_is_known_by_more_than_its_number() -> None:
    here = this_process()
    assert still_runs(here)
    assert not still_runs({**here, "created": 1.0, "uptime": 1.0})
    assert still_runs({**here, "created": 1.0}), "somebody set the clock"
    assert still_runs({**here, "host": "another machine", "pid": 1}), "what cannot be seen may run"


def test_a_terminal_shows_what_runs_and_a_pipe_gets_lines() -> None:
    screen, pipe = StringIO(), StringIO()
    for stream, terminal in ((screen, True), (pipe, False)):
        console = Console(file=stream, force_terminal=terminal, width=100)
        progress = Progress(console)
        with progress.bar:
            progress.start(3)
            progress.running(["数据状况", "指标走势"])
            progress.advance("数据状况  1.0 s")
    assert "指标走势" in screen.getvalue()
    assert pipe.getvalue() == "[1/3] ✓ 数据状况  1.0 s\n"
