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
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from distributed import Client, Worker, WorkerPlugin, get_worker, rpc

from zerobay_analysis.errors import ParameterError, RunFailed, ZerobayError, message
from zerobay_analysis.files.disk import ScratchFolder, write_atomically
from zerobay_analysis.plan import load_plan
from zerobay_analysis.suite.manifest import code_digest, input_files, versions
from zerobay_analysis.suite.pool import LocalPool, Pool, StepResult

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger


TIMEOUT = 5
"""Seconds for a scheduler to answer, for a cluster to have a worker, and for workers to stop."""
Environment = tuple[tuple[str, str], ...]
"""Data, scenario and plan by their names, then the digests of the code, of plan, ledger and scenarios,
and the versions of Python and of the packages that can change a number or a picture, each with its name.
Where all of it is equal, a step comes out equal."""


def environment(data: str, scenario: str, plan: str, ledger: Ledger) -> Environment:
    """That of this process, which has loaded ``data`` as ``ledger``."""
    names = {"data": data, "scenario": scenario, "plan": plan}
    facts = names | {"代码 / code": code_digest()[:12]} | versions()
    del facts["platform"]  # the kernel of the operating system may differ; it changes no number
    files = {file.name: file.sha256[:12] for file in input_files(load_plan(plan), ledger, scenario)}
    return tuple((facts | files).items())


@lru_cache(maxsize=8)
def differences(expected: Environment) -> tuple[str, ...]:
    """What is different in this process, in words; empty if a step comes out the same here.

    Remembered per process: it reads the data once for a run, not once for a step.
    """
    from zerobay_analysis.ledger import load_ledger

    (_, data), (_, scenario), (_, plan) = expected[:3]
    try:
        here = dict(environment(data, scenario, plan, load_ledger(data, plan=load_plan(plan))))
    except (ZerobayError, OSError) as error:
        first = next(iter(str(error).splitlines()), "")
        return (f"数据读不到 / the data cannot be read there: {data} ({first})",)
    return tuple(
        f"{name} {here.get(name, '—')}（本机 / here {value}）"
        for name, value in expected
        if here.get(name) != value
    )


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
    plugin: str, function: Callable[[Any], Any], task: Any, process: bool, files: dict[str, bytes]
) -> tuple[list[StepResult], dict[str, bytes]]:
    """Run a task on a worker: its folder, and every file that another field names, are made anew here.

    Returns the results and the files written in the folder.
    """
    here = cast(_Plugin, get_worker().plugins[plugin])
    found = differences(here.expected)
    if found:
        raise RunFailed(f"{here.place}: {'; '.join(found)}")
    with ScratchFolder() as scratch:
        given = {name: scratch / getattr(task, name).name for name in files}
        for name, path in given.items():
            path.write_bytes(files[name])
        folder = scratch / "out"
        folder.mkdir()
        results = here.pool.submit(function, replace(task, folder=folder, **given), process=process).result()
        made = (path for path in folder.rglob("*") if path.is_file())
        written = {path.relative_to(folder).as_posix(): path.read_bytes() for path in made}
        return [replace(result, place=here.place) for result in results], written


class ClusterPool(Pool):
    """Workers of the cluster at ``scheduler``; a step is made again elsewhere when its worker dies.

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
        workers = sum(self._client.nthreads().values())
        if not workers:
            self._client.close(timeout=TIMEOUT)
            raise RunFailed(f"调度器 {scheduler} 没有工作进程 / that scheduler has no workers")
        super().__init__(jobs or workers)

    def check(self, data: str, scenario: str, plan: str, ledger: Ledger) -> None:
        """Ask every worker whether steps come out there as they would here; then make it ready.

        Raises
        ------
        RunFailed
            A worker has other code, packages or data; all of them are named.
        """
        expected = environment(data, scenario, plan, ledger)
        answers = self._client.run(differences, expected, on_error="return")
        wrong = [
            f"{worker}: {'; '.join(answer) if isinstance(answer, tuple) else answer!r}"
            for worker, answer in sorted(answers.items())
            if answer
        ]
        if wrong:
            raise RunFailed(message("workers_differ", found="\n  ".join(wrong)))
        self._client.register_plugin(_Plugin(self._name, expected))

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
        super().close()

    def run(self, function: Callable[[Any], Any], argument: Any, process: bool) -> Any:
        """Run ``function(argument)`` on a worker; ``RunFailed`` where the scheduler is gone meanwhile."""
        held = {f.name: getattr(argument, f.name) for f in fields(argument) if f.name != "folder"}
        paths = {name: value for name, value in held.items() if isinstance(value, Path) and value.is_file()}
        files = {name: path.read_bytes() for name, path in paths.items()}
        remote = self._client.submit(_run, self._name, function, argument, process, files, pure=False)
        try:
            results, written = remote.result()
        except CancelledError:
            if self._client.status == "running":
                raise
            raise RunFailed("调度器不见了 / the scheduler is gone") from None
        for name, content in written.items():
            path = argument.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        return results


def _connect(scheduler: str) -> Client:
    if not re.fullmatch(r"(tcp|tls|ws|wss|ucx)://[^/\s]+:\d+", scheduler):
        raise ParameterError(message("scheduler_address", given=scheduler))
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
    """Raise unless what listens at the address is a scheduler."""
    async with rpc(scheduler, timeout=TIMEOUT) as remote:
        found = await remote.identity()
    if found.get("type") != "Scheduler":
        raise ConnectionError(f"a {found.get('type')} listens there")
