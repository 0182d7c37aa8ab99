"""Whether a step was made before from the very same things, and taking over its output."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import site
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zerobay_analysis.suite.journal import read_runs
from zerobay_analysis.suite.manifest import InputFile, Manifest, StepRecord, hash_file
from zerobay_analysis.suite.runner import Step

__all__ = ["Earlier", "code_digest", "find_earlier", "step_key", "take_over"]

RUNS_SEARCHED = 10
"""Earlier runs looked at, the latest first."""

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Earlier:
    """A completed step of an earlier run.

    Attributes
    ----------
    folder : Path
        Of that run.
    record : StepRecord
    """

    folder: Path
    record: StepRecord


def step_key(step: Step, inputs: Iterable[InputFile]) -> str:
    """Digest of the step's notebook, parameters and title, the input files, the code and the packages.

    Parameters
    ----------
    step : Step
    inputs : iterable of InputFile
        Every data file of the run; a step is not asked which of them it reads.
    """
    facts: list[object] = [step.title, hash_file(step.notebook), step.parameters, sys.version]
    facts += sorted((entry.name, entry.sha256) for entry in inputs if not entry.name.startswith("notebooks/"))
    facts += [code_digest(), _packages()]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def find_earlier(out: Path, keys: Iterable[str]) -> dict[str, Earlier]:
    """Completed steps of earlier runs by key, whose files are still as they were written.

    Parameters
    ----------
    out : Path
        The output folder.
    keys : iterable of str
        The keys that are looked for.
    """
    wanted = set(keys)
    found: dict[str, Earlier] = {}
    for run in read_runs(out)[:RUNS_SEARCHED]:
        folder = out / run.run_id
        for record in _completed(folder):
            if record.key in wanted and record.key not in found and _untouched(folder, record):
                found[record.key] = Earlier(folder, record)
    return found


def take_over(earlier: Earlier, record: StepRecord, folder: Path) -> None:
    """Copy the earlier step's files into the run in ``folder`` and say so in ``record``."""
    for name in (earlier.record.output, earlier.record.html):
        if (earlier.folder / name).resolve() != (folder / name).resolve():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(earlier.folder / name, folder / name)
    record.status, record.seconds, record.attempts = "COMPLETED", 0.0, 0
    record.output, record.html, record.sha256 = (
        earlier.record.output,
        earlier.record.html,
        earlier.record.sha256,
    )
    record.reused_from = earlier.record.reused_from or earlier.folder.name


def _completed(folder: Path) -> Iterator[StepRecord]:
    try:
        manifest = Manifest.read(folder)
    except (OSError, ValueError, TypeError, KeyError):
        return
    yield from (step for step in manifest.steps if step.status == "COMPLETED" and step.key)


def _untouched(folder: Path, record: StepRecord) -> bool:
    output = folder / record.output
    return output.is_file() and hash_file(output) == record.sha256 and (folder / record.html).is_file()


@cache
def code_digest() -> str:
    """Digest of this package's files: code, templates, the learned prior."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and "_project" not in path.parts:
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {hash_file(path)}\n".encode())
    return digest.hexdigest()


@cache
def _packages() -> str:
    """Name and version of every installed distribution, from the names of their folders."""
    names: set[str] = set()
    for folder in (*site.getsitepackages(), site.getusersitepackages()):
        if Path(folder).is_dir():
            names |= {entry.name for entry in os.scandir(folder) if entry.name.endswith(".dist-info")}
    return " ".join(sorted(names))
