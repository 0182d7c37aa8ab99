"""The record of a run, kept true from its first moment to its last; the list of all runs; both as tables."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import site
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distributions
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zerobay_analysis.errors import ParameterError, RunFailed, RunInterrupted, message
from zerobay_analysis.files.disk import write_atomically

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.plan import Plan

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "INTERRUPTED", "KILLED"]

FILE = "manifest.json"
RUNS_SEARCHED = 10
"""Runs that are looked at for steps to reuse, the latest first."""
RESERVE = 512 * 1024
"""Bytes of a hidden file that is removed before the last record is written, so that a run on a full
disk can still say so; a record of a hundred steps with long errors is half of it."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PACKAGES = (
    *("zerobay-analysis", "jupyterlab", "matplotlib", "nbconvert", "numpy", "pandas", "papermill"),
    *("scipy", "seaborn", "statsmodels"),
)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Version of Python and of every package that can change a number or a picture."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        found[package] = next((one.version for one in distributions(name=package)), "not installed")
    return found


def this_process() -> dict[str, object]:
    """What tells, later and elsewhere, whether the process of a run is still there."""
    return {"host": platform.node(), "pid": os.getpid(), **_birth(os.getpid())}


def _birth(pid: int) -> dict[str, object]:
    """When a process began: by the clock and, for when somebody sets that, since the machine started.

    Linux derives the one, macOS and Windows the other from a clock that may be set.
    """
    import psutil

    created = psutil.Process(pid).create_time()
    return {"created": created, "uptime": round(created - psutil.boot_time(), 1)}


def still_runs(process: Mapping[str, object]) -> bool:
    """Whether the process that :func:`this_process` described still runs, as far as can be told.

    A process of another machine cannot be seen, and counts as running.
    """
    import psutil

    if process.get("host") != platform.node():
        return bool(process)
    try:
        return any(process.get(name) == moment for name, moment in _birth(int(str(process["pid"]))).items())
    except (psutil.Error, KeyError):
        return False


@dataclass(frozen=True)
class InputFile:
    """A file that went into the run."""

    name: str
    sha256: str


@dataclass
class StepRecord:
    """One thing that a run makes, and how that went.

    Attributes
    ----------
    kind : {"notebook", "chart", "form", "file"}
    parameters : dict
        Those of a notebook.
    seconds : float or None
        Wall-clock time; ``None`` until the step ended.
    files : dict of str to str
        SHA-256 of every file made, by its path in the run's folder.
    error : str
        Last line of the traceback where the step failed.
    attempts : int
        Kernels started for it; more than one only where a kernel did not start.
    key : str
        Digest of everything the step's output depends on (see ``suite.reuse``); empty where it is
        never reused.
    reused_from : str
        The run whose output was taken because its key was the same; empty if the step was run.
    place : str
        Machine where it ran and, on a cluster, the worker; empty if it did not run.
    """

    name: str
    title: str
    kind: str = "notebook"
    parameters: dict[str, object] = field(default_factory=dict)
    status: Status = "PENDING"
    seconds: float | None = None
    files: dict[str, str] = field(default_factory=dict)
    error: str = ""
    attempts: int = 0
    key: str = ""
    reused_from: str = ""
    place: str = ""

    @property
    def html(self) -> str:
        """Path of the step's page in the run's folder; empty without one."""
        return next((name for name in self.files if name.endswith(".html")), "")


@dataclass
class Manifest:
    """``manifest.json`` of one run, written anew and renamed after every step.

    ``finished`` is set while ``status`` is still ``RUNNING`` for the moment in which ``latest`` moves.
    """

    run_id: str
    command: str
    parameters: dict[str, object]
    synthetic: bool
    inputs: list[InputFile]
    started: str = field(default_factory=_now)
    finished: str | None = None
    status: Status = "RUNNING"
    seconds: float | None = None
    versions: dict[str, str] = field(default_factory=versions)
    steps: list[StepRecord] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    process: dict[str, object] = field(default_factory=this_process)

    @property
    def notebooks(self) -> list[StepRecord]:
        """Steps that are notebooks."""
        return [step for step in self.steps if step.kind == "notebook"]

    @property
    def completed_steps(self) -> list[StepRecord]:
        """Steps that completed, in this run or in the one they were taken from."""
        return [step for step in self.steps if step.status == "COMPLETED"]

    @property
    def complete(self) -> bool:
        """Whether every step is made."""
        return all(step.status == "COMPLETED" for step in self.steps)

    @property
    def failed_steps(self) -> list[StepRecord]:
        """Steps that did not complete."""
        return [step for step in self.steps if step.status == "FAILED"]

    def write(self, folder: Path) -> Path:
        """Write ``manifest.json`` into ``folder`` so that a reader sees the old or the new one."""
        path = folder / FILE
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        write_atomically(path, text.encode("utf-8"))
        return path

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the record of the run in ``folder``; keys of another version are left out.

        ``status`` is ``KILLED`` where the process of the run is gone without a word.

        Raises
        ------
        OSError, ValueError, TypeError, KeyError
            There is none, or it is not one.
        """
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        manifest = cls(**_known(cls, record))
        manifest.inputs = [InputFile(**entry) for entry in record["inputs"]]
        manifest.steps = [StepRecord(**_known(StepRecord, step)) for step in record["steps"]]
        if manifest.status == "RUNNING" and not still_runs(manifest.process):
            manifest.status = "KILLED"
            for step in manifest.steps:
                step.status = "KILLED" if step.status == "RUNNING" else step.status
        return manifest


def _known(cls: type[Manifest | StepRecord], record: dict[str, Any]) -> dict[str, Any]:
    return {f.name: record[f.name] for f in fields(cls) if f.name in record}


# --- all runs ---------------------------------------------------------------------------------


def read_runs(out: Path) -> list[Manifest]:
    """Every run of the output folder ``out``, the latest first."""
    found = []
    for path in out.glob(f"*/{FILE}"):
        name = path.parent.name
        if path.parent.is_symlink():
            continue
        try:
            found.append(Manifest.read(path.parent))
        except (OSError, ValueError, TypeError, KeyError) as error:
            reason = [f"{FILE}: {type(error).__name__}: {error}"]
            found.append(Manifest(name, "", {}, False, [], "", status="FAILED", versions={}, errors=reason))
    return sorted(found, key=lambda run: (run.started, run.run_id), reverse=True)


def find_run(out: Path, number: str) -> Path:
    """Folder of the run ``number``, or of the only one whose number begins so.

    Raises
    ------
    ParameterError
        There is none, or more than one.
    """
    # By name, not as a pattern or a path: nothing outside ``out`` is ever looked at.
    entries = sorted(out.iterdir()) if out.is_dir() else []
    found = [
        path
        for path in entries
        if path.name.startswith(number) and (path / FILE).is_file() and path.resolve().parent == out.resolve()
    ]
    exact = [path for path in found if path.name == number] or found
    if number and len(exact) == 1:
        return exact[0].resolve()
    names = ", ".join(p.name for p in found) or ", ".join(run.run_id for run in read_runs(out)[:5]) or "—"
    raise ParameterError(f"{out} 中没有唯一的运行“{number}” / no single run '{number}' there: {names}")


# --- what was made before ---------------------------------------------------------------------


def input_files(plan: Plan, ledger: Ledger, scenario: str) -> list[InputFile]:
    """Files of the plan, the ledger and the scenarios, with their digests."""
    from zerobay_analysis.scenarios.form import example_scenarios

    scenarios = [Path(scenario)] if scenario else example_scenarios(plan)
    paths = {f"plan/{path.name}": path for path in plan.files}
    paths |= {f"scenarios/{path.name}": path for path in scenarios}
    files = [InputFile(name, hash_file(path)) for name, path in paths.items()]
    return files + [InputFile(name, digest) for name, digest in ledger.files]


def step_key(facts: Iterable[object], inputs: Iterable[InputFile]) -> str:
    """Digest of ``facts`` about a step, of the input files, the code and the packages.

    Parameters
    ----------
    facts : iterable
        Whatever else the step's output depends on: title, parameters, digest of its notebook.
    inputs : iterable of InputFile
        Every data file of the run; a step is not asked which of them it reads.
    """
    data = sorted((entry.name, entry.sha256) for entry in inputs)
    told = [*facts, sys.version, data, code_digest(), installed_packages()]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@cache
def code_digest() -> str:
    """Digest of this package's files: code, templates, the learned prior."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and not {"__pycache__", "_project"} & {*path.parts}:
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {hash_file(path)}\n".encode())
    return digest.hexdigest()


@cache
def installed_packages() -> str:
    """Name and version of every installed distribution, from the names of their folders."""
    folders = map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    return " ".join(sorted({path.name for folder in folders for path in folder.glob("*.dist-info")}))


def find_cached(out: Path, keys: Iterable[str]) -> dict[str, tuple[Path, StepRecord]]:
    """Completed steps of the runs in ``out`` and their folders, by key, if their files are as written."""
    wanted = set(keys) - {""}
    found: dict[str, tuple[Path, StepRecord]] = {}
    for run in read_runs(out)[:RUNS_SEARCHED]:
        folder = out / run.run_id
        for record in run.completed_steps:
            files = [(folder / name, digest) for name, digest in record.files.items()]
            known = record.key in wanted - set(found) and files
            if known and all(path.is_file() and hash_file(path) == digest for path, digest in files):
                found[record.key] = folder, record
    return found


def reuse(source: Path, cached: StepRecord, record: StepRecord, folder: Path) -> None:
    """Copy a step's files from the run in ``source`` to that in ``folder`` and say so in ``record``."""
    for name in cached.files:
        if (source / name).resolve() != (folder / name).resolve():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name)
    record.status, record.seconds, record.attempts = "COMPLETED", 0.0, 0
    record.files, record.reused_from = cached.files, cached.reused_from or source.name


# --- one run ----------------------------------------------------------------------------------


def claim(folder: Path, stem: str, make: Callable[[Path], object], suffix: str = "") -> Path:
    """Make ``<folder>/<stem><suffix>``, with a number where another run was first.

    Parameters
    ----------
    make : callable
        Raises ``FileExistsError`` where there is such a file or folder.
    """
    for number in count(1):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        with suppress(FileExistsError):
            make(path)
            return path
    raise AssertionError("unreachable")


@contextmanager
def run_record(manifest: Manifest, folder: Path, out: Path) -> Iterator[None]:
    """Write the record of what happens inside ``with``, and move ``latest`` only if all went well.

    Parameters
    ----------
    manifest : Manifest
        Of a run that is about to begin.
    folder : Path
        The run's own folder, already made.
    out : Path
        The output folder, with ``latest``.

    Raises
    ------
    RunFailed
        The record cannot be written, at the beginning or at the end.
    RunInterrupted
        Ctrl-C or a termination signal.
    """
    reserve = _begin(manifest, folder)
    started = time.perf_counter()
    interrupted = False
    try:
        with ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                # ``kill``, ``systemctl stop`` and a shutdown end the run as Ctrl-C does.
                before = signal.signal(signal.SIGTERM, signal.default_int_handler)
                stack.callback(signal.signal, signal.SIGTERM, before)
            yield
    except KeyboardInterrupt:
        interrupted = True
        manifest.errors.append("已中断 / interrupted")
    except Exception as error:
        manifest.errors.append(f"{type(error).__name__}: {error}")
        if not isinstance(error, OSError):
            raise
    finally:
        manifest.seconds = round(time.perf_counter() - started, 2)
        manifest.finished = _now()
        reserve.unlink(missing_ok=True)
        _end(manifest, folder, out, interrupted)
    if interrupted:
        raise RunInterrupted(_summary(manifest, out))


def point_latest(out: Path, folder: Path) -> None:
    """Make ``<out>/latest`` point to ``folder`` in one step.

    A symbolic link; where the system does not allow one (Windows without the right), a text
    file ``latest.txt`` that holds the folder's name.
    """
    temporary = out / f".latest.{folder.name}"
    temporary.unlink(missing_ok=True)  # of a run that was killed right here
    try:
        temporary.symlink_to(folder.name, target_is_directory=True)
        temporary.replace(out / "latest")
    except OSError:
        temporary.unlink(missing_ok=True)
        temporary.write_text(folder.name + "\n", encoding="utf-8")
        temporary.replace(out / "latest.txt")


def complete_end(out: Path, folder: Path, manifest: Manifest) -> bool:
    """Finish the run in ``folder`` that was killed when all but ``latest`` was done.

    ``latest`` moves to it unless a later run has it. Returns whether there was anything to finish.

    Raises
    ------
    RunFailed
        The output folder cannot be written to.
    """
    finished = manifest.finished or ""
    if manifest.status != "KILLED" or not finished or manifest.errors or not manifest.complete:
        return False
    newer = any(r.status == "COMPLETED" and str(r.finished) > finished for r in read_runs(out))
    try:
        if not newer:
            point_latest(out, folder)
        manifest.status = "COMPLETED"
        manifest.write(folder)
    except OSError as error:
        raise RunFailed(message("record_not_written", out=out, reason=error)) from error
    return True


def _begin(manifest: Manifest, folder: Path) -> Path:
    reserve = folder / ".reserve"
    try:
        reserve.write_bytes(bytes(RESERVE))
        manifest.write(folder)
    except OSError as error:
        with suppress(OSError):
            for path in folder.glob(".*"):
                path.unlink()
            folder.rmdir()
        raise RunFailed(message("run_cannot_begin", folder=folder, reason=error)) from error
    return reserve


def _end(manifest: Manifest, folder: Path, out: Path, interrupted: bool) -> None:
    """Give the run and every unfinished step their last status, and move ``latest`` before saying so."""
    for step in manifest.steps:
        if step.status == "RUNNING":
            step.status = "INTERRUPTED"
    status: Status = "FAILED" if manifest.errors or not manifest.complete else "COMPLETED"
    try:
        manifest.outputs = sorted(
            p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != "."
        )
        if status == "COMPLETED":
            manifest.write(folder)
            point_latest(out, folder)
    except OSError as error:
        status = "FAILED"
        manifest.errors.append(f"{type(error).__name__}: {error}")
    manifest.status = "INTERRUPTED" if interrupted else status
    try:
        manifest.write(folder)
    except OSError as error:
        raise RunFailed(message("record_not_written", out=out, reason=error)) from error


def _summary(manifest: Manifest, out: Path) -> str:
    done = [step.title for step in manifest.completed_steps]
    facts = {"done": len(done), "left": len(manifest.steps) - len(done), "titles": "、".join(done) or "—"}
    return message("run_interrupted", **facts, run=manifest.run_id, out=out)


# --- as tables ---------------------------------------------------------------------------------


WORDS = {
    "COMPLETED": "✓ 完成 / completed",
    "FAILED": "✗ 失败 / failed",
    "INTERRUPTED": "◌ 已中断 / interrupted",
    "KILLED": "✗ 被强行结束 / killed",
    "PENDING": "· 未开始 / pending",
    "RUNNING": "… 运行中 / running",
}


def runs_table(out: Path) -> Table:
    """Every run of the output folder, the latest first."""
    headings = ("编号 run", "状态 status", "开始 started (UTC)", "秒 s", "步骤 steps", "错误 error")
    table = _table(f"运行记录 / runs: {out}", *headings)
    for run in read_runs(out):
        errors = [*run.errors, *(f"{step.name}: {step.error}" for step in run.failed_steps)]
        table.add_row(
            run.run_id,
            WORDS[run.status],
            run.started[:16].replace("T", " "),
            "" if run.seconds is None else f"{run.seconds:.0f}",
            f"{len(run.completed_steps)}/{len(run.steps)}" if run.steps else "",
            errors[0][:300] if errors else "",
        )
    return table


def run_tables(out: Path, number: str) -> tuple[RenderableType, ...]:
    """Everything about one run: summary, steps, inputs.

    Raises
    ------
    ParameterError
        There is no such run.
    """
    folder = find_run(out, number)
    manifest = Manifest.read(folder)
    summary = _table(f"{manifest.run_id}  {WORDS[manifest.status]}", "", "")
    facts = {"command": manifest.command, "started": manifest.started, "seconds": manifest.seconds}
    for name, value in {**facts, **manifest.parameters, "folder": folder}.items():
        summary.add_row(name, "" if value is None else str(value))
    for error in manifest.errors:
        summary.add_row("error", error)
    steps = _table(
        "步骤 / steps", "名称 name", "状态 status", "秒 s", "何处 where", "来源或错误 reused from / error"
    )
    for step in manifest.steps:
        seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
        steps.add_row(step.name, WORDS[step.status], seconds, step.place, step.error or step.reused_from)
    inputs = _table("输入 / inputs", "文件 file", "SHA-256")
    for entry in manifest.inputs:
        inputs.add_row(entry.name, entry.sha256[:16])
    return summary, steps, inputs


def _table(title: str, *headings: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=any(headings))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
