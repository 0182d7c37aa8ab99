"""Where steps run: in processes forked from a warm server, or in ordinary ones."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import ScratchFolder
from zerobay_analysis.suite.kernels import server
from zerobay_analysis.suite.kernels.running import RunningKernels
from zerobay_analysis.suite.kernels.worker import end_with_parent

if TYPE_CHECKING:
    from zerobay_analysis.suite.environment import Environment

__all__ = ["Pool", "default_jobs", "open_pool"]

A = TypeVar("A")
R = TypeVar("R")


class Pool(Protocol):
    """Runs module-level functions of one argument elsewhere.

    A function that runs on another machine writes only into its argument's ``folder``, and reads
    only files that its argument names or that :meth:`check` has compared.
    """

    jobs: int
    """Calls at a time."""
    folder: Path
    """Private; goes with the pool."""

    def check(self, expected: Environment) -> None:
        """Raise ``RunFailed`` if a call would not come out elsewhere as it does here."""

    def submit(self, function: Callable[[A], R], argument: A, *, process: bool = True) -> Future[R]:
        """Run ``function(argument)``; its result or exception comes through the future.

        ``process=False`` says that it needs no process of its own, as its work is done in a kernel.
        """

    def kill(self) -> None:
        """End everything that still runs, at once."""

    def close(self) -> None:
        """Give back what the pool holds; nothing runs any more."""


def default_jobs() -> int:
    """Notebooks at a time: one per processor that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@contextmanager
def open_pool(jobs: int | None = None, scheduler: str = "") -> Iterator[Pool]:
    """Open a pool of ``jobs`` workers, warm where kernels can be forked.

    A warm pool starts its server at once, so that it imports while the caller prepares the run.

    Parameters
    ----------
    jobs : int, optional
        Calls at a time; by default one for every processor, or for every thread of the cluster.
    scheduler : str
        Address of a dask scheduler whose workers are used instead of this machine's processes.

    Raises
    ------
    ParameterError
        A scheduler is given and the extra ``cluster`` is not installed.
    """
    pool: Pool
    if scheduler:
        try:
            from zerobay_analysis.suite.cluster import ClusterPool
        except ModuleNotFoundError:
            cure = "pip install 'zerobay_analysis[cluster]'"
            raise ParameterError(f"集群需要另装 / clusters need the extra: {cure}") from None
        pool = ClusterPool(scheduler, jobs)
    else:
        pool = LocalPool(jobs or default_jobs())
    try:
        yield pool
    except BaseException:
        pool.kill()
        raise
    finally:
        pool.close()


class LocalPool:
    """Processes of this machine: a kernel for every step, and workers for other calls.

    Both are forked from a server that has imported everything, where that is possible. All of them
    end with the pool, or with this process however that ends.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._scratch = ScratchFolder()
        self.folder = self._scratch.path
        self._kernels = RunningKernels()
        self._threads = ThreadPoolExecutor(jobs, "step", initializer=self._kernels.use)
        self._processes: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        if server.supported():
            server.start()

    def check(self, expected: Environment) -> None:
        """Nothing differs on the same machine."""

    def submit(self, function: Callable[[A], R], argument: A, *, process: bool = True) -> Future[R]:
        """Run ``function(argument)`` in a worker process, or in a thread here."""
        if not process:
            return self._threads.submit(function, argument)
        return self._threads.submit(self._call, function, argument)

    def kill(self) -> None:
        """End the kernels and the workers at once."""
        self._kernels.kill()
        with self._lock:
            workers = getattr(self._processes, "_processes", None) or {}
        for worker in tuple(workers.values()):
            worker.kill()

    def close(self) -> None:
        """End the idle workers."""
        self._threads.shutdown(cancel_futures=True)
        if self._processes is not None:
            self._processes.shutdown()
        self._scratch.remove()

    def _call(self, function: Callable[[A], R], argument: A) -> R:
        with self._lock:
            future = self._hand_over(function, argument)
        return future.result()

    def _hand_over(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Hand a call to the workers; to new ones if one of them died, spawned if none can be forked."""
        methods = ["forkserver", "spawn"] if server.supported() else ["spawn"]
        for method in methods:
            if self._kernels.stopped:
                break
            try:
                if self._processes is None:
                    context = multiprocessing.get_context(method)
                    self._processes = ProcessPoolExecutor(self.jobs, context, end_with_parent)
                return self._processes.submit(function, argument)
            except (OSError, EOFError, BrokenProcessPool):
                self._processes = None
        raise ChildProcessError("没有工作进程 / no process could be started")
