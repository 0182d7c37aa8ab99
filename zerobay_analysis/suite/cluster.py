"""Steps on the workers of a dask cluster (extra ``cluster``).

What a worker needs: this package, of the same version and with the same packages, and the data
under the same name, which is checked before anything is sent. The notebook, the study and the
results travel as bytes, so that no folder need be shared.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import platform
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from distributed import Client, Worker, WorkerPlugin, get_worker, rpc

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import ScratchFolder, write_atomically
from zerobay_analysis.suite.environment import Environment, differences
from zerobay_analysis.suite.failure import RunFailed
from zerobay_analysis.suite.pool import LocalPool

__all__ = ["ClusterPool"]

A = TypeVar("A")
R = TypeVar("R")

TIMEOUT = 5
"""Seconds for a scheduler to answer, for a cluster to have a worker, and for workers to stop."""
POLL_SECONDS = 2
"""Between looks at whether the scheduler is still there."""


class _Plugin(WorkerPlugin):
    """What a run keeps on every worker, until it is told to go: processes like those of a local run."""

    def __init__(self, name: str, expected: Environment) -> None:
        self.name, self.expected = name, expected

    def setup(self, worker: Worker) -> None:
        """Called by dask on a worker, also on one that joins later."""
        multiprocessing.current_process().daemon = False  # a nanny's worker may have processes, too
        self.place = f"{platform.node()} {worker.name}".strip()
        self.pool = LocalPool(worker.state.nthreads)

    def teardown(self, worker: Worker) -> None:
        """Called by dask when the run is over: end what still runs."""
        self.pool.kill()
        self.pool.close()


def _run(
    plugin: str, function: Callable[[Any], Any], argument: Any, process: bool, files: dict[str, bytes]
) -> tuple[Any, dict[str, bytes], str]:
    """Make a call on a worker.

    ``argument.folder`` is made anew here, and so is every file that another field names. Returns the
    value with paths relative to the folder, the files written there, and the place.
    """
    here = cast(_Plugin, get_worker().plugins[plugin])
    found = differences(here.expected)
    if found:
        raise RunFailed(f"{here.place}: {'; '.join(found)}")
    with ScratchFolder() as scratch:
        given = {name: scratch / getattr(argument, name).name for name in files}
        for name, path in given.items():
            path.write_bytes(files[name])
        folder = scratch / "out"
        folder.mkdir()
        own = replace(argument, folder=folder, **given)
        value = here.pool.submit(function, own, process=process).result()
        made = (path for path in folder.rglob("*") if path.is_file())
        written = {path.relative_to(folder).as_posix(): path.read_bytes() for path in made}
        return _moved(value, lambda path: path.relative_to(folder)), written, here.place


class ClusterPool:
    """Workers of the cluster at ``scheduler``; a call is made again elsewhere when its worker dies.

    Parameters
    ----------
    scheduler : str
        Address such as ``tcp://10.0.0.5:8786``.
    jobs : int, optional
        Steps at a time; by default one for every thread of the workers.

    Raises
    ------
    RunFailed
        No scheduler answers there, or it has no workers.
    """

    def __init__(self, scheduler: str, jobs: int | None = None) -> None:
        self._client = _connect(scheduler)
        self._name = f"zerobay-{uuid.uuid4().hex}"
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=TIMEOUT)
        self.jobs = jobs or int(sum(self._client.nthreads().values()))
        if not self.jobs:
            self._client.close(timeout=TIMEOUT)
            raise RunFailed(f"调度器 {scheduler} 没有工作进程 / that scheduler has no workers")
        self._scratch = ScratchFolder()
        self.folder = self._scratch.path
        self._threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="step")

    def check(self, expected: Environment) -> None:
        """Ask every worker whether steps come out there as they would here; then make it ready.

        Raises
        ------
        RunFailed
            A worker has other code, packages or data; all of them are named.
        """
        answers = self._client.run(differences, expected, on_error="return")
        wrong = [
            f"{worker}: {'; '.join(answer) if isinstance(answer, tuple) else answer!r}"
            for worker, answer in sorted(answers.items())
            if answer
        ]
        if wrong:
            raise RunFailed(
                "集群的工作进程与本机不一致，请装成同一版本后重启 / workers are not like this machine; "
                "install the same and restart them:\n  " + "\n  ".join(wrong)
            )
        self._client.register_plugin(_Plugin(self._name, expected))

    def submit(self, function: Callable[[A], R], argument: A, *, process: bool = True) -> Future[R]:
        """Run ``function(argument)`` on a worker; without an ``argument.folder``, in a thread here."""
        if not is_dataclass(argument) or not hasattr(argument, "folder"):
            return self._threads.submit(function, argument)
        return self._threads.submit(self._call, function, argument, process)

    def kill(self) -> None:
        """End everything that still runs for this pool, on every worker."""
        self._threads.shutdown(wait=False, cancel_futures=True)

        def end() -> None:
            with suppress(Exception):
                self._client.unregister_worker_plugin(self._name)

        thread = threading.Thread(target=end, daemon=True)
        thread.start()
        thread.join(TIMEOUT)  # a scheduler that is gone does not answer

    def close(self) -> None:
        """Leave the cluster; it goes on without this pool."""
        self._threads.shutdown(cancel_futures=True)
        self.kill()
        self._client.close(timeout=TIMEOUT)
        self._scratch.remove()

    def _call(self, function: Callable[[Any], Any], argument: Any, process: bool) -> Any:
        files = {name: path.read_bytes() for name, path in _paths(argument) if path.is_file()}
        key = f"{function.__name__}-{uuid.uuid4()}"
        remote = self._client.submit(_run, self._name, function, argument, process, files, key=key)
        value, written, place = self._await(remote)
        for name, content in written.items():
            path = argument.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        value = _moved(value, lambda path: argument.folder / path)
        return replace(value, place=place) if hasattr(value, "place") else value

    def _await(self, remote: Any) -> tuple[Any, dict[str, bytes], str]:
        """Wait for a result as long as there is a scheduler that can bring it."""
        while True:
            try:
                return cast("tuple[Any, dict[str, bytes], str]", remote.result(timeout=POLL_SECONDS))
            except TimeoutError:
                if remote.status == "error":  # its own
                    raise
                self._require_scheduler()
            except CancelledError:
                self._require_scheduler()
                raise

    def _require_scheduler(self) -> None:
        if self._client.status != "running":
            raise RunFailed("调度器不见了 / the scheduler is gone")


def _connect(scheduler: str) -> Client:
    if not re.fullmatch(r"(tcp|tls|ws|wss|ucx)://[^/\s]+:\d+", scheduler):
        raise ParameterError(
            f"调度器地址应写成 tcp://主机:端口，得到“{scheduler}” / write the address as tcp://host:port"
        )
    for name in ("distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters comes as an error
    try:
        # Asked first, as a client that cannot connect takes half a minute to give up.
        asyncio.run(asyncio.wait_for(_ask(scheduler), TIMEOUT))
        return Client(scheduler, timeout=TIMEOUT, set_as_default=False, name="zerobay")
    except Exception as error:  # whatever else listens there may answer anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunFailed(f"连不上调度器 {scheduler} / no scheduler answers there: {reason}") from error


async def _ask(scheduler: str) -> None:
    """Whether what listens at the address is a scheduler."""
    async with rpc(scheduler, timeout=TIMEOUT) as remote:
        found = await remote.identity()
    if found.get("type") != "Scheduler":
        raise ConnectionError(f"a {found.get('type')} listens there")


def _paths(value: Any) -> Iterator[tuple[str, Path]]:
    """Fields of a dataclass that hold a path, but for the folder."""
    for field in fields(value):
        held = getattr(value, field.name)
        if isinstance(held, Path) and field.name != "folder":
            yield field.name, held


def _moved(value: Any, move: Callable[[Path], Path]) -> Any:
    """A result with its paths in another folder."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(value, **{name: move(path) for name, path in _paths(value)})
