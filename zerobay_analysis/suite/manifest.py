"""The record of a run: what went in, what was done, what came out."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

__all__ = ["InputFile", "Manifest", "Status", "StepRecord", "hash_file", "now", "versions"]

Status = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED"]

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

    @property
    def failed_steps(self) -> list[StepRecord]:
        """Steps that did not complete."""
        return [step for step in self.steps if step.status == "FAILED"]

    def write(self, folder: Path) -> Path:
        """Write ``manifest.json`` into ``folder`` so that a reader sees the old or the new one."""
        path = folder / "manifest.json"
        beside = folder / ".manifest.json.new"
        beside.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)
        return path
