"""The record of a run: what went in, what was done, what came out."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from zerobay_analysis.files.disk import write_atomically

__all__ = [
    "InputFile",
    "Manifest",
    "Status",
    "StepRecord",
    "hash_file",
    "now",
    "still_runs",
    "this_process",
    "versions",
]

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "INTERRUPTED"]

_PACKAGES = (
    "zerobay-analysis",
    "jupyterlab",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "statsmodels",
)


def now() -> str:
    """Return this moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Version of Python and of every package that can change a number or a picture."""
    found = {"python": platform.python_version(), "platform": platform.platform(terse=True)}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
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
    """One notebook with its parameters, and how it went.

    Attributes
    ----------
    seconds : float or None
        Wall-clock time; ``None`` until the step ended.
    error : str
        Last line of the traceback where the step failed.
    attempts : int
        Kernels started for it; more than one only where a kernel did not start.
    key : str
        Digest of everything the step's output depends on (see ``suite.reuse``).
    sha256 : str
        Of the executed notebook.
    reused_from : str
        The run whose output was taken because its key was the same; empty if the step was run.
    place : str
        Machine where it ran and, on a cluster, the worker; empty if it did not run.
    """

    name: str
    title: str
    notebook: str
    parameters: dict[str, object]
    status: Status = "PENDING"
    seconds: float | None = None
    output: str = ""
    html: str = ""
    error: str = ""
    attempts: int = 0
    key: str = ""
    sha256: str = ""
    reused_from: str = ""
    place: str = ""


@dataclass
class Manifest:
    """``manifest.json`` of one run; written anew, beside and renamed, after every step."""

    run_id: str
    command: str
    parameters: dict[str, object]
    synthetic: bool
    inputs: list[InputFile]
    started: str = field(default_factory=now)
    finished: str | None = None
    status: Status = "RUNNING"
    seconds: float | None = None
    timings: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=versions)
    steps: list[StepRecord] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    process: dict[str, object] = field(default_factory=this_process)

    @property
    def failed_steps(self) -> list[StepRecord]:
        """Steps that did not complete."""
        return [step for step in self.steps if step.status == "FAILED"]

    def write(self, folder: Path) -> Path:
        """Write ``manifest.json`` into ``folder`` so that a reader sees the old or the new one."""
        path = folder / "manifest.json"
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        write_atomically(path, text.encode("utf-8"))
        return path

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the record of the run in ``folder``; keys of a newer version are left out.

        Raises
        ------
        OSError, ValueError, TypeError
            There is none, or it is not one.
        """
        record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = {f.name for f in fields(cls)}
        manifest = cls(**{name: value for name, value in record.items() if name in known})
        manifest.inputs = [InputFile(**entry) for entry in record["inputs"]]
        names = {f.name for f in fields(StepRecord)}
        manifest.steps = [
            StepRecord(**{name: value for name, value in step.items() if name in names})
            for step in record["steps"]
        ]
        return manifest
