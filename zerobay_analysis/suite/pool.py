"""Where steps run: in processes forked from a warm server, or in ordinary ones."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from zerobay_analysis.suite.call import prepare_call
from zerobay_analysis.suite.kernels.rendezvous import supported

if TYPE_CHECKING:
    from zerobay_analysis.suite.kernels.client import ForkedProcess
    from zerobay_analysis.suite.surroundings import Surroundings

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

    def check(self, expected: Surroundings) -> None:
        """Raise ``RunFailed`` if a call would not come out elsewhere as it does here."""

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Run ``function(argument)``; its result or exception comes through the future."""

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
    """
    pool = _new_pool(jobs, scheduler)
    try:
        yield pool
    except BaseException:
        pool.kill()
        raise
    finally:
        pool.close()


def _new_pool(jobs: int | None, scheduler: str) -> Pool:
    if scheduler:
        from zerobay_analysis.suite.cluster import ClusterPool

        return ClusterPool(scheduler, jobs)
    return WarmPool(jobs or default_jobs()) if supported() else ProcessPool(jobs or default_jobs())


class ProcessPool:
    """Processes of the standard library, each with its own imports."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.folder = Path(tempfile.mkdtemp(prefix="zb-"))
        context = multiprocessing.get_context("spawn")
        self._others = set(multiprocessing.active_children())
        self._executor = ProcessPoolExecutor(jobs, context, initializer=_ignore_interrupts)

    def check(self, expected: Surroundings) -> None:
        """Nothing differs on the same machine."""

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Run ``function(argument)`` in a worker."""
        return self._executor.submit(function, argument)

    def kill(self) -> None:
        """End the workers; their kernels notice within a second and end too."""
        for process in set(multiprocessing.active_children()) - self._others:
            process.terminate()

    def close(self) -> None:
        """End the idle workers."""
        self._executor.shutdown(cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class WarmPool:
    """Processes forked from a server that belongs to this pool, one per call.

    The server and everything forked from it end with the pool, or with this process however that
    ends. A call that cannot be forked is made in an ordinary process.
    """

    def __init__(self, jobs: int) -> None:
        from zerobay_analysis.suite.kernels import fingerprint as marks
        from zerobay_analysis.suite.kernels.client import start_server

        self.jobs = jobs
        self.folder = Path(tempfile.mkdtemp(prefix="zb-"))
        self._socket = self.folder / "server.sock"
        self._numbers = count(1)
        self._running: set[ForkedProcess] = set()
        self._killed = False
        self._ordinary: ProcessPool | None = None
        env = marks.start_environment(os.environ)
        self._env = {**env, marks.SERVER_VARIABLE: str(self._socket)}
        self._env[marks.INSTALLED_VARIABLE] = marks.installed(env)
        self._server = start_server(self._socket, marks.fingerprint(self._env), env)
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="step")

    def check(self, expected: Surroundings) -> None:
        """Nothing differs on the same machine."""

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Run ``function(argument)`` in a fork."""
        return self._threads.submit(self._call, function, argument)

    def kill(self) -> None:
        """End every fork at once, and with it the kernel that it runs."""
        self._killed = True
        for process in tuple(self._running):
            process.kill()
        if self._ordinary is not None:
            self._ordinary.kill()

    def close(self) -> None:
        """End the server."""
        self._threads.shutdown(cancel_futures=True)
        if self._ordinary is not None:
            self._ordinary.close()
        if self._server.stdin is not None:
            self._server.stdin.close()
        self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, function: Callable[[A], R], argument: A) -> R:
        from zerobay_analysis.suite.kernels.client import Declined

        try:
            call = prepare_call(function, argument, self.folder / str(next(self._numbers)))
            process = call.fork(self._env, self._socket)
        except (Declined, OSError):
            return self._call_ordinary(function, argument)
        self._running.add(process)
        if self._killed:
            process.kill()
        status = process.wait()
        self._running.discard(process)
        return cast(R, call.outcome(status))

    def _call_ordinary(self, function: Callable[[A], R], argument: A) -> R:
        if self._killed:
            raise ChildProcessError("the run was stopped")
        if self._ordinary is None:
            self._ordinary = ProcessPool(self.jobs)
        return self._ordinary.submit(function, argument).result()


def _ignore_interrupts(*_: Any) -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the one that leads the run."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
