"""What must hold of every file that is sent in, whatever is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.ledger import load_ledger, read_source
from zerobay_analysis.ledger.imports import apply_import, plan_import
from zerobay_analysis.ledger.inspection import annotate
from zerobay_analysis.ledger.readers import WORKBOOK_SUFFIXES
from zerobay_analysis.plan import load_plan

__all__ = ["ACCEPTED", "PLAN", "REFUSED", "TODAY", "Expected", "Fault", "Place", "judge", "speaks"]

ACCEPTED, REFUSED = "accepted", "refused"
TODAY = date(2026, 11, 22)
PLAN = load_plan()
REPORTER = "区科委"

Place = tuple[str, int]
"""Sheet (empty where there is none) and row."""


class Fault(AssertionError):  # noqa: N818 - what a case is looking for
    """The project did something that it must not do."""


@dataclass(frozen=True)
class Expected:
    """What a row may become if it is accepted; ``None`` allows anything.

    Attributes
    ----------
    values : frozenset of float or None
        The figures that a reader of the cell may understand, in the plan's unit; an empty set is
        a cell that has no reading.
    ends : frozenset of date or None
        Last day of the period.
    indicator : int or None
    """

    values: frozenset[float] | None = None
    ends: frozenset[date] | None = None
    indicator: int | None = None


def speaks(problems: tuple[Problem, ...]) -> None:
    """Every problem says what is wrong and what to do, in both languages, and can be printed."""
    for found in problems:
        if " / " not in found.message or " / " not in found.cure:
            raise Fault(f"not in two languages: {found}")
        try:
            str(found).encode("utf-8")
        except UnicodeEncodeError:
            raise Fault(f"cannot be printed: {found!r}") from None


def judge(
    path: Path, rows: Mapping[Place, Expected] | None, *, certain: bool = False, import_to: Path | None = None
) -> str:
    """Check a file as ``zerobay check`` and ``zerobay import`` do.

    Parameters
    ----------
    path : Path
    rows : mapping or None
        Every row with content below the header; ``None`` for a file that has no rows to be read.
    certain : bool
        Nothing is wrong with the file, so that it must be accepted.
    import_to : Path, optional
        Folder of a ledger, not there yet, into which an accepted file is imported.

    Raises
    ------
    Fault
    """
    reading = read_source(path, PLAN, TODAY, reporter=REPORTER)
    speaks(reading.problems)
    if path.suffix.lower() in WORKBOOK_SUFFIXES and reading.problems:
        annotate(path, reading.problems)
    found = {_place(record["observation"]): record for record in reading.ledger.frame.to_dict("records")}
    if len(found) != len(reading.ledger.frame):
        raise Fault("two rows of the ledger have one place")
    if certain and reading.problems:
        raise Fault(f"nothing is wrong with it, and it is refused: {reading.problems[0]}")
    if rows is None:
        if not reading.problems:
            raise Fault(f"has no rows that could be read, and is accepted with {len(found)}")
        return REFUSED
    _complete(rows, found, reading.problems, reading.ledger.notes)
    _faithful(rows, found, reading.problems)
    if reading.problems:
        return REFUSED
    if import_to is not None:
        _imported(path, import_to, found)
    return ACCEPTED


def _place(observation: str) -> Place:
    sheet, mark, row = observation.rpartition("!")
    return (sheet, int(row)) if mark else ("", int(observation.removeprefix("row")))


def _complete(
    rows: Mapping[Place, Expected],
    found: Mapping[Place, Any],
    problems: tuple[Problem, ...],
    notes: tuple[str, ...],
) -> None:
    """Every row is in the ledger or named; no row is in the ledger that the file has not."""
    if problems and not found:
        return  # refused as a whole
    named = {(p.sheet, p.row) for p in problems}
    sheets = {p.sheet for p in problems if p.row is None}
    stops = [p.row for p in problems if p.row is not None and p.column is None]
    unfilled = {note.rpartition(": ")[0] for note in notes if "没有填数" in note}
    for place in rows.keys() - found.keys() - named:
        sheet, line = place
        blank = sheet in unfilled and not rows[place].values  # said to be not filled in
        if {"", sheet} & sheets or any(line >= stop for stop in stops) or blank:
            continue
        raise Fault(f"row {place} is neither in the ledger nor among {len(problems)} problems")
    invented = found.keys() - rows.keys()
    if invented and not problems:
        raise Fault(f"rows that the file does not have: {sorted(invented)[:5]}")


def _faithful(
    rows: Mapping[Place, Expected], found: Mapping[Place, Any], problems: tuple[Problem, ...]
) -> None:
    """What is in the ledger without a problem is what a reader of the file sees."""
    named = {(p.sheet, p.row) for p in problems}
    first = min((line for _, line in rows), default=0)
    if any(p.row is None or p.row < first for p in problems):
        return  # the header is in doubt, and with it what every cell means
    for place, expected in rows.items():
        if place not in found or place in named:
            continue
        record = found[place]
        if expected.values is not None and not _among(record["value"], expected.values):
            raise Fault(f"{place}: {record['value']!r} is read where it says {sorted(expected.values)}")
        if expected.ends is not None and record["period_end"].date() not in expected.ends:
            raise Fault(f"{place}: ends {record['period_end'].date()}, not {sorted(map(str, expected.ends))}")
        if expected.indicator is not None and record["indicator"] != expected.indicator:
            raise Fault(f"{place}: indicator {record['indicator']}, not {expected.indicator}")


def _among(value: float, allowed: frozenset[float]) -> bool:
    return any(abs(value - one) <= 1e-12 * max(1.0, abs(one)) for one in allowed)


def _imported(path: Path, target: Path, found: Mapping[Place, Any]) -> None:
    """An accepted file is imported whole and reads back as it was checked."""
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 12).astimezone()
    batch = apply_import(
        plan_import(path, str(target), reporter=REPORTER, operator="fuzz", now=now, plan=PLAN), str(target)
    )
    stored = load_ledger(target, plan=PLAN, today=TODAY).frame
    if batch is None or len(stored) != len(found):
        raise Fault(f"{len(found)} rows were checked, {len(stored)} are in the ledger")
    names = ("indicator", "period", "period_end", "value", "unit", "qualifier", "status", "caveat")
    for before, after in zip(found.values(), stored.to_dict("records"), strict=True):
        for name in names:
            same = before[name] == after[name] or (
                before[name] != before[name] and after[name] != after[name]
            )
            if not same:
                raise Fault(f"{name}: {before[name]!r} was checked, {after[name]!r} is in the ledger")
