"""Steps on the workers of a dask cluster (extra ``cluster``).

What a worker needs: this package, of the same version and with the same packages, and the data
under the same name, which is checked before anything is sent. The notebook, the study and the
results travel as bytes, so that no folder need be shared.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.scratch import ScratchFolder
from zerobay_analysis.suite.failure import RunFailed
from zerobay_analysis.suite.parcel import Delivery, pack, run_parcel, stop_run, unpack
from zerobay_analysis.suite.surroundings import Surroundings, differences

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as Remote

__all__ = ["ClusterPool"]

A = TypeVar("A")
R = TypeVar("R")

_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://[^/\s]+:\d+")

CONNECT_SECONDS = 5
"""Patience with a scheduler that does not answer, and with a cluster that has no worker yet."""
_LOOK_ROUND = 2
"""Seconds between looks at whether the scheduler is still there."""
STOP_SECONDS = 5
"""Patience with workers that are told to stop."""


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
    ParameterError
        The extra is not installed.
    RunFailed
        No scheduler answers there, or it has no workers.
    """

    def __init__(self, scheduler: str, jobs: int | None = None) -> None:
        self._client = _connect(scheduler)
        self._run = uuid.uuid4().hex
        self._expected: Surroundings | None = None
        self._remote: set[Remote[Any]] = set()
        try:
            threads = _threads(self._client, scheduler)
        except BaseException:
            self._client.close(timeout=STOP_SECONDS)
            raise
        self.jobs = jobs or threads
        self._scratch = ScratchFolder()
        self.folder = self._scratch.path
        self._threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="step")

    def check(self, expected: Surroundings) -> None:
        """Ask every worker whether steps come out there as they would here.

        Raises
        ------
        RunFailed
            A worker has other code, packages or data; all of them are named.
        """
        self._expected = expected
        answers = self._client.run(differences, expected, on_error="return")
        wrong = [f"{worker}: {_words(answer)}" for worker, answer in sorted(answers.items()) if answer]
        if wrong:
            raise RunFailed(
                "集群的工作进程与本机不一致，请装成同一版本后重启 / workers are not like this machine; "
                "install the same and restart them:\n  " + "\n  ".join(wrong)
            )

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Run ``function(argument)`` on a worker; without an ``argument.folder``, in a thread here."""
        if not is_dataclass(argument) or not hasattr(argument, "folder"):
            return self._threads.submit(function, argument)
        return self._threads.submit(self._call, function, argument)

    def kill(self) -> None:
        """End everything that still runs for this pool, on every worker."""

        def stop() -> None:
            with suppress(Exception):
                self._client.cancel(list(self._remote), force=True)
                self._client.run(stop_run, self._run, on_error="ignore")

        thread = threading.Thread(target=stop, daemon=True)
        thread.start()
        thread.join(STOP_SECONDS)  # a scheduler that is gone does not answer

    def close(self) -> None:
        """Leave the cluster; it goes on without this pool."""
        self._threads.shutdown(cancel_futures=True)
        self._client.close(timeout=STOP_SECONDS)
        self._scratch.remove()

    def _call(self, function: Callable[[Any], Any], argument: Any) -> Any:
        if self._expected is None:
            raise RuntimeError("the workers were not checked")
        parcel = pack(self._run, self._expected, function, argument)
        key = f"{function.__name__}-{uuid.uuid4()}"
        self._live()
        remote = self._client.submit(run_parcel, parcel, pure=False, key=key)
        self._remote.add(remote)
        try:
            delivery = self._await(remote)
        finally:
            self._remote.discard(remote)
        result = unpack(delivery, argument.folder)
        return replace(result, place=delivery.place) if hasattr(result, "place") else result

    def _await(self, remote: Remote[Any]) -> Delivery:
        """Wait for a result as long as there is a scheduler that can bring it."""
        while True:
            try:
                return cast(Delivery, remote.result(timeout=_LOOK_ROUND))
            except TimeoutError:
                self._live()
            except CancelledError:
                self._live()
                raise

    def _live(self) -> None:
        if self._client.status != "running":
            raise RunFailed("调度器不见了 / the scheduler is gone")


def _connect(scheduler: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError(
            "集群需要另装 / clusters need the extra: pip install 'zerobay_analysis[cluster]'"
        ) from None
    if not _ADDRESS.fullmatch(scheduler):
        raise ParameterError(
            f"调度器地址应写成 tcp://主机:端口，得到“{scheduler}” / write the address as tcp://host:port"
        )
    for name in ("distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters comes as an error
    try:
        # Asked first, as a client that cannot connect takes half a minute to give up.
        asyncio.run(asyncio.wait_for(_ask(scheduler), CONNECT_SECONDS))
        return Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False, name="zerobay")
    except Exception as error:  # whatever else listens there may answer anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunFailed(f"连不上调度器 {scheduler} / no scheduler answers there: {reason}") from error


async def _ask(scheduler: str) -> None:
    """Whether what listens at the address is a scheduler."""
    from distributed import rpc

    async with rpc(scheduler, timeout=CONNECT_SECONDS) as remote:
        found = await remote.identity()
    if found.get("type") != "Scheduler":
        raise ConnectionError(f"a {found.get('type')} listens there")


def _threads(client: Client, scheduler: str) -> int:
    """Threads of all workers, as soon as there is one."""
    with suppress(TimeoutError):
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    threads = int(sum(client.nthreads().values()))
    if not threads:
        raise RunFailed(f"调度器 {scheduler} 没有工作进程 / that scheduler has no workers")
    return threads


def _words(answer: object) -> str:
    if isinstance(answer, ModuleNotFoundError):
        return f"没有安装 / not installed: {answer.name}"
    return "; ".join(answer) if isinstance(answer, tuple) else repr(answer)
