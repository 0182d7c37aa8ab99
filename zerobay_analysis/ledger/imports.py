"""One file on its way into one ledger: looked at first, then added whole or not at all."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import DataError, ParameterError, Problem, StoreMoved
from zerobay_analysis.files.cells import cell_text
from zerobay_analysis.files.disk import readable
from zerobay_analysis.ledger.changes import (
    Change,
    ChangeKind,
    changes_of,
    place_problem,
    unexpected_reporters,
)
from zerobay_analysis.ledger.fields import ROW_FIELDS
from zerobay_analysis.ledger.ledger import Ledger
from zerobay_analysis.ledger.reading import OBSERVATIONS, SHIPPED, Reading, anywhere, read_source
from zerobay_analysis.ledger.store import Batch, Store, is_url, open_store
from zerobay_analysis.plan import Plan, load_plan

__all__ = ["ImportPlan", "apply_import", "open_target", "plan_import"]

Check = Callable[[Ledger, Ledger, Sequence[Change], Plan, str, date], list[Problem]]
"""What finds figures to be confirmed: ledger, file, changes, plan, the file's name and the day in."""

RETRIES = 5
"""How often an import looks again because another one landed first, with the same outcome."""


@dataclass(frozen=True)
class ImportPlan:
    """What a file would do to a ledger.

    Attributes
    ----------
    file : Path
    sha256 : str
    reporter, operator : str
        Who reports the rows that do not say, and who imports.
    history : bool
        Rows with a publication date count from that day on, not from the day of the import.
    now : datetime
        With time zone.
    day : date
        From which the rows are known: the day of the import, and not before that of the last one.
    next_number : int
        Number that the import will take; another import may take it first.
    changes : tuple of Change
    warnings : tuple of Problem
        Not wrong, but to be confirmed by a person.
    notes : tuple of str
    repeats : Batch or None
        The import that brought this very file already, where nothing of it is to be added.
    check : callable or None
        What looked for figures to be confirmed.
    """

    file: Path
    sha256: str
    reporter: str
    operator: str
    history: bool
    now: datetime
    day: date
    next_number: int
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...]
    repeats: Batch | None = None
    check: Check | None = None

    @property
    def added(self) -> tuple[Change, ...]:
        """Changes that add a row to the ledger."""
        return tuple(change for change in self.changes if change.kind is not ChangeKind.UNCHANGED)

    @property
    def counts(self) -> Mapping[ChangeKind, int]:
        """How many rows are of each kind, every kind named."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in ChangeKind}

    def batch(self) -> Batch:
        """The rows to add, as a store keeps them."""
        return Batch(
            number=self.next_number,
            imported_at=self.now.isoformat(timespec="seconds"),
            operator=self.operator,
            reporter_option=self.reporter,
            file_name=readable(self.file.name),
            file_sha256=self.sha256,
            rows=tuple(_kept(change.row, self.day, self.history) for change in self.added),
        )


def open_target(target: str, file_format: str = "") -> Store:
    """The store to import into.

    Raises
    ------
    ParameterError
        For a ledger that comes with the project, for a file, and where ``file_format`` is not
        what the ledger's files are.
    """
    if target in SHIPPED:
        raise ParameterError(
            f"{target} 是自带数据，不能导入；用 --data 指定账本文件夹或数据库地址 / "
            f"{target} is read-only: give a folder or a database address with --data"
        )
    if not is_url(target) and Path(target).is_file():
        raise ParameterError(
            f"{target} 是文件；账本须是文件夹或数据库地址 / a file cannot be added to: give a folder"
        )
    return open_store(target, file_format)


def plan_import(
    file: Path,
    target: str,
    *,
    reporter: str = "",
    operator: str = "",
    history: bool = False,
    now: datetime | None = None,
    plan: Plan | None = None,
    check: Check | None = None,
) -> ImportPlan:
    """Check a file and compare it with a ledger; nothing is written.

    Parameters
    ----------
    check : callable, optional
        Finds figures that a person has to confirm; unexpected reporters are found anyway.

    Raises
    ------
    DataError
        With every problem of the file, or of the ledger.
    ParameterError, StoreUnusable
        When ``target`` cannot be imported into.
    """
    plan = plan or load_plan()
    now = now or datetime.now().astimezone()
    today = now.date()
    archive = _archive(target, plan, today)
    day = _day_of_import(today, archive.batches)
    sent = read_source(file, plan, today, reporter=reporter)
    problems = [*sent.problems, *_without_reporter(sent, str(file))]
    if problems:
        raise DataError(problems)
    changes, problems = changes_of(archive.rows, sent.rows, str(file))
    if problems:
        raise DataError(problems)
    sha256 = sent.ledger.files[0][1]
    repeats = [b for b in archive.batches if (b.file_sha256, b.reporter_option) == (sha256, reporter)]
    notes = sent.ledger.notes
    if repeats and any(change.kind is not ChangeKind.UNCHANGED for change in changes):
        notes += (
            f"这个文件已在第 {repeats[0].import_id} 批导入，其中的数后来修订过；再次导入即改回 / "
            f"imported before as {repeats[0].import_id} and revised since: importing it again revises back",
        )
        repeats = []
    warnings = unexpected_reporters(changes, plan, str(file))
    if check is not None:
        warnings += check(archive.ledger, sent.ledger, changes, plan, str(file), today)
    return ImportPlan(
        file=file,
        sha256=sha256,
        reporter=reporter,
        operator=operator or _user(),
        history=history,
        now=now,
        day=day,
        next_number=len(archive.batches) + 1,
        changes=changes,
        warnings=() if repeats else tuple(warnings),
        notes=notes,
        repeats=repeats[0] if repeats else None,
        check=check,
    )


def apply_import(
    planned: ImportPlan, target: str, *, plan: Plan | None = None, file_format: str = ""
) -> Batch | None:
    """Add the rows of a planned import in one step.

    When another import lands first, it is planned again; if the outcome is the same it is
    added after the other.

    Returns
    -------
    Batch or None
        What was added; ``None`` where there was nothing to add.

    Raises
    ------
    StoreMoved
        When another import changed what this one would do; nothing was added.
    """
    store = open_target(target, file_format)
    current = planned
    for attempt in range(RETRIES + 1):
        if not current.added:
            return None
        batch = current.batch()
        try:
            store.append(batch)
        except StoreMoved:
            current = _again(current, target, plan)
            if attempt == RETRIES or _outcome(current) != _outcome(planned):
                raise
        else:
            return batch
    return None


def _day_of_import(today: date, batches: Sequence[Batch]) -> date:
    """Day from which an import is known: ``today``, or that of an import before it from further east."""
    days = [batch.known_from for batch in batches if batch.known_from <= str(anywhere(today))]
    return date.fromisoformat(max([str(today), *days]))


def _again(planned: ImportPlan, target: str, plan: Plan | None) -> ImportPlan:
    again = plan_import(
        planned.file,
        target,
        reporter=planned.reporter,
        operator=planned.operator,
        history=planned.history,
        now=planned.now,
        plan=plan,
        check=planned.check,
    )
    if again.sha256 != planned.sha256:
        raise ParameterError(f"{planned.file} 在导入期间被改动 / the file changed during the import")
    return again


def _outcome(planned: ImportPlan) -> object:
    """What a person has agreed to."""
    rows = [(c.kind, c.row["place"], c.before and c.before["value"]) for c in planned.changes]
    return rows, planned.warnings, planned.repeats


def _archive(target: str, plan: Plan, today: date) -> Reading:
    """The ledger so far; an empty one where there is none yet."""
    store = open_target(target)
    begun = store.exists() or (not is_url(target) and (Path(target) / OBSERVATIONS).is_file())
    reading = read_source(target, plan, today, new=not begun)
    if reading.problems:
        raise DataError(reading.problems)
    return reading


def _without_reporter(sent: Reading, file: str) -> list[Problem]:
    """Rows of which nobody knows who reports them."""
    named = {found.sheet for found in sent.problems if found.row is None}
    missing = [row for row in sent.rows if not row["reporter"]]
    found = [place_problem(file, row, "reporter", "", "no_reporter") for row in missing]
    # One problem a sheet: it is the sheet that needs the name, unless it has been named already.
    sheets = {problem.sheet: replace(problem, row=None, cell="") for problem in found}
    return [problem for sheet, problem in sheets.items() if sheet not in named]


def _kept(row: Mapping[str, Any], today: date, history: bool) -> dict[str, str]:
    """A completed row as text, with the day from which it is known."""
    filled = ((spec.name, row[spec.name]) for spec in ROW_FIELDS if row[spec.name] not in (None, ""))
    texts = {name: text for name, value in filled if (text := cell_text(value))}
    dated = not row["published_inferred"]
    if not dated:
        texts["published"] = today.isoformat()
    texts.pop("known_from", None)
    if not (history and dated):
        texts["known_from"] = today.isoformat()
    return texts


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this account
        return ""
