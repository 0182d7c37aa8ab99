"""A step as it travels to another machine, and what comes back: bytes, never paths."""

from __future__ import annotations

import os
import pickle
import platform
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from zerobay_analysis.suite.call import Call, Process, prepare_call
from zerobay_analysis.suite.failure import RunFailed
from zerobay_analysis.suite.kernels.fingerprint import start_environment
from zerobay_analysis.suite.kernels.rendezvous import supported
from zerobay_analysis.suite.surroundings import Surroundings, differences

__all__ = ["Delivery", "Parcel", "pack", "run_parcel", "stop_run", "unpack"]


@dataclass(frozen=True)
class Parcel:
    """A call to be made elsewhere.

    Attributes
    ----------
    run : str
        Whose it is, for :func:`stop_run`.
    expected : Surroundings
        What the other place must be like.
    function : str
        ``module:name``, of one argument.
    argument : bytes
        Pickled dataclass. ``argument.folder`` is where the function writes, and is made anew there.
    files : dict
        Content of the files that fields of the argument name, by name of the field.
    """

    run: str
    expected: Surroundings
    function: str
    argument: bytes
    files: dict[str, bytes]


@dataclass(frozen=True)
class Delivery:
    """What came of it.

    Attributes
    ----------
    result : object
        The function's value; paths in it are relative to the folder.
    files : dict
        Content of every file that the function wrote, by path relative to the folder.
    place : str
        Machine and worker where it ran.
    """

    result: Any
    files: dict[str, bytes]
    place: str


_running: dict[str, set[Process]] = defaultdict(set)
"""Processes of this worker, by the run that they belong to."""
_stopped: set[str] = set()


def pack(run: str, expected: Surroundings, function: Callable[[Any], object], argument: Any) -> Parcel:
    """Put a call and the files that it reads into one parcel."""
    files = {name: path.read_bytes() for name, path in _paths(argument) if path.is_file()}
    name = f"{function.__module__}:{function.__name__}"
    return Parcel(run, expected, name, pickle.dumps(argument), files)


def unpack(delivery: Delivery, folder: Path) -> Any:
    """Write the files into ``folder`` and return the result with its paths in there."""
    for name, content in delivery.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)
    if not is_dataclass(delivery.result) or isinstance(delivery.result, type):
        return delivery.result
    return replace(delivery.result, **{name: folder / path for name, path in _paths(delivery.result)})


def run_parcel(parcel: Parcel) -> Delivery:
    """Make the call in a process of its own on this worker.

    Raises
    ------
    RunFailed
        This worker is not like the caller's machine (it may have joined later), or the run was stopped.
    ChildProcessError, RuntimeError
        The process ended early, or the function raised.
    """
    from distributed import get_worker

    worker = get_worker()
    place = f"{platform.node()} {worker.name}".strip()
    found = differences(parcel.expected)
    if found:
        raise RunFailed(f"{place}: {'; '.join(found)}")
    with tempfile.TemporaryDirectory(prefix="zb-", dir=worker.local_directory) as scratch:
        folder = Path(scratch) / "out"
        given = Path(scratch) / "in"
        folder.mkdir()
        given.mkdir()
        argument = _here(parcel, given, folder)
        result = _call(prepare_call(parcel.function, argument, given / "call"), parcel.run)
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return Delivery(_relative(result, folder), files, place)


def stop_run(run: str) -> None:
    """End what this worker does for ``run``, and do nothing more for it."""
    _stopped.add(run)
    for process in tuple(_running.get(run, ())):
        process.kill()


def _here(parcel: Parcel, given: Path, folder: Path) -> Any:
    """The argument with its files and its folder on this worker."""
    argument = pickle.loads(parcel.argument)
    own = {"folder": folder}
    for name, content in parcel.files.items():
        own[name] = given / getattr(argument, name).name
        own[name].write_bytes(content)
    return replace(argument, **own)


def _call(call: Call, run: str) -> Any:
    process = _process(call)
    _running[run].add(process)
    if run in _stopped:
        process.kill()
    try:
        status = process.wait()
    finally:
        _running[run].discard(process)
    if run in _stopped:
        raise RunFailed("已停止 / the run was stopped")
    return call.outcome(status)


def _process(call: Call) -> Process:
    """A fork of this user's warm server on the worker's machine, else a new interpreter."""
    env = start_environment(os.environ)
    if supported():
        from zerobay_analysis.suite.kernels.client import Declined

        try:
            return call.fork(env)
        except (Declined, OSError):
            pass
    return call.start(env)


def _relative(result: Any, folder: Path) -> Any:
    if not is_dataclass(result) or isinstance(result, type):
        return result
    return replace(result, **{name: path.relative_to(folder) for name, path in _paths(result)})


def _paths(value: Any) -> Iterator[tuple[str, Path]]:
    """Fields of a dataclass that hold a path, but for the folder."""
    for field in fields(value):
        held = getattr(value, field.name)
        if isinstance(held, Path) and field.name != "folder":
            yield field.name, held
