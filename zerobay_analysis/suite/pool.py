"""Where steps run: kernels and processes of this machine, forked from a warm server where possible."""

from __future__ import annotations

import multiprocessing
import os
import platform
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from zerobay_analysis.files.disk import ScratchFolder
from zerobay_analysis.suite import kernels

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger


@dataclass(frozen=True)
class StepResult:
    """How a step went; ``error`` is empty when it completed.

    Attributes
    ----------
    files : tuple of str
        What was written, as paths in the task's folder.
    attempts : int
        Kernels that were started for it.
    place : str
        The machine where it ran and, on a cluster, the worker.
    """

    name: str
    seconds: float = 0.0
    files: tuple[str, ...] = ()
    error: str = ""
    attempts: int = 0
    place: str = field(default_factory=platform.node)

    @property
    def completed(self) -> bool:
        """True when everything was made."""
        return not self.error


@dataclass(frozen=True)
class Step:
    """One call that makes one step of a run, or several that are cheaper together.

    Attributes
    ----------
    names : tuple of str
        Of the steps.
    function : callable
        At the top level of a module; takes ``task`` and returns a result for every name.
    task : dataclass
        With a ``folder`` to write to.
    process : bool
        False where the work is done in a kernel, so that a thread will do for the call.
    """

    names: tuple[str, ...]
    function: Callable[[Any], list[StepResult]]
    task: Any
    process: bool = True


def attempt(name: str, make: Callable[[], Iterable[str]]) -> StepResult:
    """Call ``make``, which returns the files that it writes, and say how that went."""
    started = time.perf_counter()
    files: tuple[str, ...] = ()
    error = ""
    try:
        files = tuple(make())
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
    return StepResult(name, time.perf_counter() - started, files, error)


def run_steps(
    steps: Iterable[Step], pool: Pool, on_start: Callable[[Step], None] = lambda step: None
) -> Iterator[StepResult]:
    """Run ``steps``, at most ``pool.jobs`` at a time; yield results as they come.

    A step that fails does not stop the others. When the caller stops iterating, or Ctrl-C is
    pressed, whatever runs is ended.

    Parameters
    ----------
    steps : iterable of Step
    pool : Pool
        Where they run.
    on_start : callable
        Receives every step when it is handed over.
    """
    waiting = deque(steps)
    running: dict[Future[list[StepResult]], Step] = {}
    try:
        while waiting or running:
            while waiting and len(running) < pool.jobs:
                step = waiting.popleft()
                running[pool.submit(step.function, step.task, process=step.process)] = step
                on_start(step)
            # The timeout lets Ctrl-C through on Windows, where a plain wait cannot be interrupted.
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                yield from _results(future, running.pop(future))
    finally:
        if running:
            pool.kill()


def _results(future: Future[list[StepResult]], step: Step) -> list[StepResult]:
    try:
        return future.result()
    except Exception as error:  # its process died
        return [StepResult(name, error=f"{type(error).__name__}: {error}", place="") for name in step.names]


def default_jobs() -> int:
    """Steps at a time: one per processor that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class Pool(ABC):
    """Runs functions of one argument elsewhere; ends everything that still runs when an error leaves it.

    A function that runs on another machine writes only into its argument's ``folder``, and reads
    only files that its argument names or that the pool has compared.

    Attributes
    ----------
    jobs : int
        Calls at a time.
    folder : Path
        Private; goes with the pool.
    """

    def __init__(self, jobs: int, *prepare: Any) -> None:
        self.jobs = jobs
        self._scratch = ScratchFolder()
        self.folder = self._scratch.path
        self._threads = ThreadPoolExecutor(jobs, "step", *prepare)

    def check(self, data: str, scenario: str, plan: str, ledger: Ledger) -> None:
        """Raise ``RunFailed`` if a step on this data would not come out elsewhere as it does here."""
        return

    def submit(self, function: Callable[[Any], Any], argument: Any, *, process: bool = True) -> Future[Any]:
        """Run ``function(argument)``; its result or exception comes through the future."""
        return self._threads.submit(self.run, function, argument, process)

    @abstractmethod
    def run(self, function: Callable[[Any], Any], argument: Any, process: bool) -> Any:
        """Run ``function(argument)`` elsewhere, or here if no ``process`` is needed, and wait for it."""

    @abstractmethod
    def kill(self) -> None:
        """End everything that still runs, at once."""

    def close(self) -> None:
        """Give back what the pool holds; nothing runs any more."""
        self._threads.shutdown(cancel_futures=True)
        self._scratch.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.kill()
        self.close()


class LocalPool(Pool):
    """Processes of this machine: a kernel for every notebook, and workers for other calls.

    Both are forked from a server that has imported everything, where that is possible; it starts
    at once. All of them end with the pool, or with this process however that ends.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self._kernels = kernels.RunningKernels()
        super().__init__(jobs or default_jobs(), kernels.current.set, (self._kernels,))
        self._processes: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        kernels.start()

    def kill(self) -> None:
        """End the kernels and the workers at once."""
        self._kernels.kill()
        with self._lock:
            workers = getattr(self._processes, "_processes", None) or {}
        for worker in tuple(workers.values()):
            worker.kill()

    def close(self) -> None:
        """End the idle workers."""
        super().close()
        if self._processes is not None:
            self._processes.shutdown()

    def run(self, function: Callable[[Any], Any], argument: Any, process: bool) -> Any:
        """Run ``function(argument)`` in a worker process, or in this thread."""
        if not process:
            return function(argument)
        with self._lock:
            future = self._hand_over(function, argument)
        return future.result()

    def _hand_over(self, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        """Hand a call to the workers; to new ones if one of them died, spawned if none can be forked."""
        for method in ("forkserver", "spawn") if kernels.supported() else ("spawn",):
            self._kernels.check()
            try:
                if self._processes is None:
                    context = multiprocessing.get_context(method)
                    self._processes = ProcessPoolExecutor(self.jobs, context, kernels.end_with_parent)
                return self._processes.submit(function, argument)
            except (OSError, EOFError, BrokenProcessPool):
                self._processes = None
        raise ChildProcessError("没有工作进程 / no process could be started")
