"""Cases run one after another in processes of their own, each within its time and its memory."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

import psutil

__all__ = ["FAILED", "KINDS", "SECONDS", "Result", "case_numbers", "run_case", "run_cases"]

SECONDS = 10.0
"""Processor time of one case."""
WALL_SECONDS = 300.0
"""After this a case counts as hanging, however busy the machine is and little it does itself."""
MEGABYTES = 1000
"""Memory of one case on top of what the process has before it."""
FAILED = "failed"

KINDS: dict[str, tuple[str, int]] = {
    "csv": ("texts:csv_structure", 18),
    "csv-bytes": ("texts:csv_bytes", 9),
    "xlsx": ("workbooks:xlsx_cells", 18),
    "xlsx-structure": ("workbooks:xlsx_structure", 10),
    "xlsx-bytes": ("workbooks:xlsx_bytes", 10),
    "template": ("workbooks:filled_template", 2),
    "parquet": ("parquets:parquet_types", 8),
    "parquet-bytes": ("parquets:parquet_bytes", 4),
    "scenario": ("scenarios:scenario_yaml", 8),
    "parameters": ("parameters:notebook_parameters_cell", 7),
    "panel": ("panels:panel_frame", 6),
}
"""Kinds of cases: the function of each, which takes a generator of random numbers and an empty folder,
and its share in a hundred."""


@dataclass(frozen=True)
class Result:
    """What became of one case.

    Attributes
    ----------
    kind : str
    seed : int
    outcome : str
        What the case says of itself, or ``"failed"``.
    detail : str
        Why it failed, empty otherwise.
    seconds : float
        Of the processor.
    megabytes : float
        Peak above what the process had before; 0 where the system does not tell.
    """

    kind: str
    seed: int
    outcome: str
    detail: str
    seconds: float
    megabytes: float


def case_numbers(count: int, first: int = 0) -> list[tuple[str, int]]:
    """``count`` cases, every kind by its share and its seeds from ``first`` on."""
    cases = [(kind, first + n) for kind, (_, share) in KINDS.items() for n in range(count * share // 100)]
    Random(0).shuffle(cases)
    return cases


def run_case(kind: str, seed: int, folder: Path | None = None) -> Result:
    """Run one case; a ``folder`` that is given is left there to look at."""
    place = folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    function = _function(kind)
    before = _resident(reset=True)
    begin = time.process_time()
    outcome, detail = FAILED, ""
    try:
        with _memory_limit(), warnings.catch_warnings():
            warnings.simplefilter("error")
            outcome = function(Random(f"{kind}:{seed}"), place)
    except BaseException as error:  # whatever is not the project's own error is what we look for
        if isinstance(error, KeyboardInterrupt):
            raise
        detail = _told(error)
    seconds = time.process_time() - begin
    megabytes = max(0.0, _resident() - before)
    if not detail and seconds > SECONDS:
        outcome, detail = FAILED, f"took {seconds:.1f} s"
    if not detail and megabytes > MEGABYTES:
        outcome, detail = FAILED, f"took {megabytes:.0f} MB"
    if folder is None:
        shutil.rmtree(place, ignore_errors=True)
    return Result(kind, seed, outcome, detail, seconds, megabytes)


def run_cases(cases: Iterable[tuple[str, int]], processes: int) -> Iterator[Result]:
    """Results in the order in which they come; a process that dies or hangs is a failed case."""
    waiting = iter(cases)
    workers = [_Worker() for _ in range(processes)]
    try:
        busy = [worker for worker in workers if worker.give(next(waiting, None))]
        while busy:
            wait([worker.pipe for worker in busy], timeout=1.0)
            for worker in list(busy):
                result = worker.result()
                if result is not None:
                    yield result
                    if not worker.give(next(waiting, None)):
                        busy.remove(worker)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that runs one case at a time, begun anew when one ends it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.pipe.recv()  # its libraries are loaded
        self.case: tuple[str, int] = ("", 0)
        self.since, self.used_before = time.monotonic(), 0.0

    def give(self, case: tuple[str, int] | None) -> bool:
        if case is None:
            return False
        self.case, self.since, self.used_before = case, time.monotonic(), self._used()
        self.pipe.send(case)
        return True

    def result(self) -> Result | None:
        """The case's result, ``None`` while it runs."""
        try:
            if self.pipe.poll():
                found: Result = self.pipe.recv()
                return found
        except (EOFError, OSError):
            self.process.join()
            return self._anew(f"ended the process ({self.process.exitcode})")
        if self._used() - self.used_before > 1.5 * SECONDS:
            return self._anew(f"no end after {1.5 * SECONDS:.0f} s")
        if time.monotonic() - self.since > WALL_SECONDS:
            return self._anew(f"no end after {WALL_SECONDS:.0f} s by the clock")
        return None

    def _used(self) -> float:
        """Processor seconds of the process since it began."""
        with contextlib.suppress(psutil.Error):
            times = psutil.Process(self.process.pid).cpu_times()
            return float(times.user + times.system)
        return 0.0

    def _anew(self, why: str) -> Result:
        kind, seed = self.case
        seconds = time.monotonic() - self.since
        self.end()
        self._begin()
        return Result(kind, seed, FAILED, why, seconds, 0.0)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(pipe: Connection) -> None:
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others reserve more than a case may have
    for kind in KINDS:
        _function(kind)
    pipe.send("ready")
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send(run_case(*pipe.recv()))


def _function(kind: str) -> Callable[[Random, Path], str]:
    module, _, name = KINDS[kind][0].partition(":")
    found: Callable[[Random, Path], str] = getattr(import_module(f"tests.fuzz.{module}"), name)
    return found


def _told(error: BaseException) -> str:
    """The error and the last place of the project that it passed."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "zerobay_analysis" in f.filename]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {str(error)[:300]}{place}"


# --- memory, where the system tells and limits it ----------------------------------------------------


@contextlib.contextmanager
def _memory_limit() -> Iterator[None]:
    """No more address space than the case may take: it fails, the machine does not."""
    resource: Any = None if sys.platform == "win32" else import_module("resource")
    used = _status("VmSize")
    if resource is None or not used:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (int((used + 1.5 * MEGABYTES) * 1e6), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _resident(*, reset: bool = False) -> float:
    """Megabytes in memory now (after ``reset``), or at most since the last reset."""
    if reset:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    return _status("VmHWM")


def _status(name: str) -> float:
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return next(float(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith(name))
