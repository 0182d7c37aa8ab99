"""Whether a step was made before from the very same things; reusing what it made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import site
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.scenarios.form import example_scenarios
from zerobay_analysis.suite.manifest import InputFile, StepRecord, hash_file, read_runs

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.plan import Plan


RUNS_SEARCHED = 10
"""Runs looked at, the latest first."""

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class CachedStep:
    """A completed step of the run in ``folder``."""

    folder: Path
    record: StepRecord


def input_files(plan: Plan, ledger: Ledger, scenario: str) -> list[InputFile]:
    """Files of the plan, the ledger and the scenarios, with their digests."""
    inputs = [InputFile(f"plan/{path.name}", hash_file(path)) for path in plan.files]
    inputs += [InputFile(name, digest) for name, digest in ledger.files]
    scenarios = [Path(scenario)] if scenario else list(example_scenarios(plan))
    return inputs + [InputFile(f"scenarios/{path.name}", hash_file(path)) for path in scenarios]


def step_key(facts: Iterable[object], inputs: Iterable[InputFile]) -> str:
    """Digest of ``facts`` about a step, of the input files, the code and the packages.

    Parameters
    ----------
    facts : iterable
        Whatever else the step's output depends on: title, parameters, digest of its notebook.
    inputs : iterable of InputFile
        Every data file of the run; a step is not asked which of them it reads.
    """
    data = sorted((entry.name, entry.sha256) for entry in inputs)
    text = json.dumps(
        [*facts, sys.version, data, code_digest(), _packages()],
        ensure_ascii=False,
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def find_cached(out: Path, keys: Iterable[str]) -> dict[str, CachedStep]:
    """Completed steps of the runs in ``out`` by key, whose files are still as they were written."""
    wanted = set(keys) - {""}
    found: dict[str, CachedStep] = {}
    for run in read_runs(out)[:RUNS_SEARCHED]:
        for record in run.completed_steps:
            folder = out / run.run_id
            if record.key in wanted - set(found) and record.files and _untouched(folder, record):
                found[record.key] = CachedStep(folder, record)
    return found


def reuse(cached: CachedStep, record: StepRecord, folder: Path) -> None:
    """Copy the cached step's files into the run in ``folder`` and say so in ``record``."""
    for name in cached.record.files:
        if (cached.folder / name).resolve() != (folder / name).resolve():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(cached.folder / name, folder / name)
    record.status, record.seconds, record.attempts = "COMPLETED", 0.0, 0
    record.files = cached.record.files
    record.reused_from = cached.record.reused_from or cached.folder.name


def _untouched(folder: Path, record: StepRecord) -> bool:
    files = ((folder / name, digest) for name, digest in record.files.items())
    return all(path.is_file() and hash_file(path) == digest for path, digest in files)


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
