"""What a file would change in a ledger, row by row."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.problems import problem, wording
from zerobay_analysis.ledger.fields import KEY, Status
from zerobay_analysis.ledger.qualifiers import Precision
from zerobay_analysis.plan import Plan

__all__ = ["Change", "ChangeKind", "changes_of", "place_problem", "unexpected_reporters"]


Row = Mapping[str, Any]


class ChangeKind(StrEnum):
    """What a row does to the figure that the ledger holds."""

    NEW = "new"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    EARLIER = "earlier"
    """A vintage published before the one on record: kept, and today's figure stays."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """One row of a file against the ledger.

    Attributes
    ----------
    kind : ChangeKind
    row : mapping
        The completed row, columns as in ``Ledger.frame``.
    before : mapping or None
        The vintage on record that it follows.
    """

    kind: ChangeKind
    row: Row
    before: Mapping[str, Any] | None

    @property
    def difference(self) -> float | None:
        """New value less the old one, ``None`` where there are not two."""
        if self.before is None or self.kind is ChangeKind.WITHDRAWN:
            return None
        old, new = self.before["value"], self.row["value"]
        return None if old is None or new is None else float(new) - float(old)


def changes_of(
    archive: Iterable[Row], sent: Sequence[Row], file: str
) -> tuple[tuple[Change, ...], list[Problem]]:
    """Compare every row of a file with the vintages on record.

    Parameters
    ----------
    archive : iterable of mappings
        Every vintage, not a view of a day.
    sent : sequence of mappings
        Rows of the file, read without problems.
    file : str
        Named in problems.

    Returns
    -------
    changes : tuple of Change
        In the file's order.
    problems : list of Problem
        Rows that take back a figure which is not on record.
    """
    known: dict[tuple[Hashable, ...], list[Row]] = {}
    for vintage in sorted(archive, key=_published):
        known.setdefault(_key(vintage), []).append(vintage)
    changes: dict[int, Change] = {}
    problems: list[Problem] = []
    for position, row in sorted(enumerate(sent), key=lambda item: _published(item[1])):
        vintages = known.setdefault(_key(row), [])
        change = _change(row, vintages)
        changes[position] = change
        if change.kind is not ChangeKind.UNCHANGED:  # a later vintage in the same file revises this one
            insort(vintages, row, key=_published)
        if change.kind is ChangeKind.WITHDRAWN and change.before is None:
            problems.append(place_problem(file, row, "status", "撤回", "nothing_to_withdraw"))
    return tuple(changes[position] for position in sorted(changes)), problems


def place_problem(file: str, row: Row, column: str, value: object, key: str, **facts: object) -> Problem:
    """A problem with a row that has been read already, at the place where it stood."""
    found = problem(file, int(row["line"]), column, value, *wording(key, **facts))
    sheet, mark, cell = str(row["place"]).rpartition("!")
    return replace(found, sheet=sheet, cell=cell) if mark else found


def _key(row: Row) -> tuple[Hashable, ...]:
    return tuple(str(row[name]) for name in KEY)


def _published(vintage: Row) -> date:
    published: date = vintage["published"]
    return published


def _change(row: Row, vintages: list[Row]) -> Change:
    """Compare a row with the vintages of its figure, which are in order of publication."""
    published: date = row["published"]
    position = bisect_right(vintages, published, key=_published)
    before = vintages[position - 1] if position else None
    withdrawn = row["status"] == Status.WITHDRAWN
    if before is not None and _content(before) == _content(row):
        return Change(ChangeKind.UNCHANGED, row, before)
    if position < len(vintages):
        return Change(ChangeKind.EARLIER, row, before)
    if withdrawn:
        return Change(ChangeKind.WITHDRAWN, row, before)
    return Change(ChangeKind.NEW if before is None else ChangeKind.REVISED, row, before)


def _content(row: Row) -> tuple[Hashable, ...]:
    """What makes a vintage say something else than the one before."""
    if row["status"] == Status.WITHDRAWN:
        return (str(row["status"]),)
    word = "" if row["precision"] == Precision.EXACT else row["qualifier"]
    return (str(row["status"]), row["value"], word, row["caveat"], row["role"], bool(row["synthetic"]))


def unexpected_reporters(changes: Iterable[Change], plan: Plan, file: str) -> list[Problem]:
    """One warning for every row whose reporter is not responsible for its indicator."""
    owners = {indicator.id: indicator.owners for indicator in plan.indicators}
    warnings = []
    for change in changes:
        row, number = change.row, change.row["indicator"]
        responsible = owners.get(number or 0, ())
        if change.kind is ChangeKind.UNCHANGED or not responsible or row["reporter"] in responsible:
            continue
        facts = {"number": number, "units": "、".join(responsible)}
        found = place_problem(file, row, "reporter", row["reporter"], "unexpected_reporter", **facts)
        warnings.append(found)
    return warnings
