"""The list of all runs: ``runs.jsonl``, one line when a run begins and one when it ends.

Lines are only ever added. A run without a second line either still runs or was killed; which of
the two, its process number tells.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.suite.manifest import Manifest, still_runs

__all__ = ["JOURNAL", "Run", "find_run", "note_end", "note_start", "read_runs"]

JOURNAL = "runs.jsonl"


@dataclass(frozen=True)
class Run:
    """One run as the journal knows it.

    Attributes
    ----------
    status : str
        ``COMPLETED``, ``FAILED``, ``INTERRUPTED``, ``RUNNING``, or ``KILLED`` for a run whose process
        is gone without a word.
    seconds : float or None
        ``None`` where the run has not ended.
    finished : str
        When it ended, in UTC; empty where it has not.
    """

    run_id: str
    status: str
    started: str
    command: str
    seconds: float | None
    steps: int
    completed: int
    errors: tuple[str, ...]
    finished: str = ""


def note_start(out: Path, manifest: Manifest) -> None:
    """Add the line of a run that begins, or goes on after an interruption."""
    line = {"run_id": manifest.run_id, "event": "started", "at": manifest.started}
    _add(out, {**line, "command": manifest.command, "process": manifest.process})


def note_end(out: Path, manifest: Manifest) -> None:
    """Add the line of a run that ended, well or not."""
    errors = [*manifest.errors, *(f"{s.name}: {s.error}" for s in manifest.failed_steps)]
    line = {"run_id": manifest.run_id, "event": "ended", "at": manifest.finished}
    done = sum(step.status == "COMPLETED" for step in manifest.steps)
    figures = {"seconds": manifest.seconds, "steps": len(manifest.steps), "completed": done}
    _add(out, {**line, "status": manifest.status, **figures, "errors": [e[:300] for e in errors[:20]]})


def read_runs(out: Path) -> list[Run]:
    """Every run of the output folder ``out``, the latest first."""
    path = out / JOURNAL
    if not path.is_file():
        return []
    starts: dict[str, dict[str, Any]] = {}
    ends: dict[str, dict[str, Any]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:  # cut off when the disk was full
            continue
        number = line["run_id"]
        if line["event"] == "started":
            starts[number] = {**line, "at": starts.get(number, line)["at"]}
            ends.pop(number, None)
        else:
            ends[number] = line
    runs = [_run(start, ends.get(number)) for number, start in starts.items()]
    return sorted(runs, key=lambda run: (run.started, run.run_id), reverse=True)


def find_run(out: Path, number: str) -> Path:
    """Folder of the run ``number``, or of the only one whose number begins so.

    Raises
    ------
    ParameterError
        There is none, or more than one.
    """
    # By name, not as a pattern or a path: nothing outside ``out`` is ever looked at.
    entries = sorted(out.iterdir()) if out.is_dir() else []
    found = [
        path
        for path in entries
        if path.name.startswith(number)
        and (path / "manifest.json").is_file()
        and path.resolve().parent == out.resolve()
    ]
    exact = [p for p in found if p.name == number]
    if number and len(exact or found) == 1:
        return (exact or found)[0].resolve()
    names = ", ".join(p.name for p in found) or ", ".join(run.run_id for run in read_runs(out)[:5]) or "—"
    raise ParameterError(f"{out} 中没有唯一的运行“{number}” / no single run '{number}' there: {names}")


def _run(start: dict[str, Any], end: dict[str, Any] | None) -> Run:
    if end is None:
        status = "RUNNING" if still_runs(start.get("process", {})) else "KILLED"
        end = {"status": status, "seconds": None, "steps": 0, "completed": 0, "errors": []}
    return Run(
        run_id=start["run_id"],
        status=end["status"],
        started=start["at"],
        command=start.get("command", ""),
        seconds=end["seconds"],
        steps=end["steps"],
        completed=end["completed"],
        errors=tuple(end["errors"]),
        finished=end.get("at", ""),
    )


def _add(out: Path, line: dict[str, Any]) -> None:
    """Add one line in one write, so that two runs' lines do not mix."""
    text = json.dumps(line, ensure_ascii=False) + "\n"
    with (out / JOURNAL).open("ab", buffering=0) as journal:
        journal.write(text.encode("utf-8"))
        os.fsync(journal.fileno())
