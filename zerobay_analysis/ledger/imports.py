"""One file on its way into one ledger: looked at first, then added whole or not at all."""

from __future__ import annotations

import getpass
import re
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import DataError, ParameterError, Problem, Refused, StoreMoved, message
from zerobay_analysis.files.disk import readable
from zerobay_analysis.files.tables import cell_text, normal
from zerobay_analysis.language import Word
from zerobay_analysis.ledger import Ledger, Reading
from zerobay_analysis.ledger.notation import STAGE_UNIT, Precision
from zerobay_analysis.ledger.observations import KEY, ROW_FIELDS, Status
from zerobay_analysis.ledger.reading import OBSERVATIONS, anywhere, headed, read_source, shipped
from zerobay_analysis.ledger.store import Batch, Store, is_url, open_store
from zerobay_analysis.plan import Plan, item_number, load_plan

Row = Mapping[str, Any]


class ChangeKind(Word):
    """What a row does to the figure that the ledger holds."""

    NEW = "new", "＋ 新增", "new"
    REVISED = "revised", "△ 修订", "revised"
    WITHDRAWN = "withdrawn", "－ 撤回", "withdrawn"
    EARLIER = "earlier", "◁ 补录旧版", "earlier vintage"
    """A vintage published before the one on record: kept, and today's figure stays."""
    UNCHANGED = "unchanged", "＝ 不变", "unchanged"


UNCHANGED = ChangeKind.UNCHANGED


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
        if self.before is None or self.kind is ChangeKind.WITHDRAWN or self.row["unit"] == STAGE_UNIT:
            return None
        old, new = self.before["value"], self.row["value"]
        return None if old is None or new is None else float(new) - float(old)


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
    changes : tuple of Change
    warnings : tuple of Problem
        Not wrong, but to be confirmed by a person.
    notes : tuple of str
    repeats : Batch or None
        The import that brought this very file already, where nothing of it is to be added.
    batch : Batch
        The rows to add, as a store keeps them.
    again : callable
        Plans the same import anew, after another one landed.
    """

    file: Path
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...]
    repeats: Batch | None
    batch: Batch
    again: Callable[[], ImportPlan]

    @property
    def added(self) -> tuple[Change, ...]:
        """Changes that add a row to the ledger."""
        return tuple(change for change in self.changes if change.kind is not UNCHANGED)

    @property
    def counts(self) -> Mapping[ChangeKind, int]:
        """How many rows are of each kind, every kind named."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in ChangeKind}


def open_target(target: str, file_format: str = "") -> Store:
    """The store to import into.

    Raises
    ------
    ParameterError
        For a ledger that comes with the project, for a file, and where ``file_format`` is not
        what the ledger's files are.
    """
    if target in shipped():
        raise ParameterError(message("target_read_only", target=target))
    if not is_url(target) and Path(target).is_file():
        raise ParameterError(message("target_is_file", target=target))
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
    today, name = now.date(), str(file)
    with suppress(OSError, KeyError, ImportError):  # no name for this account
        operator = operator or getpass.getuser()
    begun = open_target(target).exists() or (not is_url(target) and (Path(target) / OBSERVATIONS).is_file())
    archive = read_source(target, plan, today, new=not begun)
    if archive.problems:
        raise DataError(archive.problems)
    sent = read_source(file, plan, today, reporter=reporter)
    changes, unfounded = changes_of(archive.rows, [] if sent.problems else sent.rows, name)
    if problems := [*sent.problems, *_without_reporter(sent, name)] or unfounded:
        raise DataError(headed(problems, sent.headings))
    # The day from which the rows are known: today, or that of an import before it from further east.
    days = [batch.known_from for batch in archive.batches if batch.known_from <= str(anywhere(today))]
    rows = [_kept(c.row, max([str(today), *days]), history) for c in changes if c.kind is not UNCHANGED]
    stated = now.isoformat(timespec="seconds"), operator, reporter, readable(file.name)
    batch = Batch(len(archive.batches) + 1, *stated, sent.ledger.files[0][1], tuple(rows))
    notes, this = sent.ledger.notes, (batch.file_sha256, reporter)
    repeats = next((b for b in archive.batches if (b.file_sha256, b.reporter_option) == this), None)
    if repeats and rows:
        notes += (message("revises_back", number=repeats.import_id),)
        repeats = None
    warnings = unexpected_reporters(changes, plan, name)
    if check is not None:
        warnings += check(archive.ledger, sent.ledger, changes, plan, name, today)
    asked: dict[str, Any] = {"reporter": reporter, "operator": operator, "history": history}
    again = partial(plan_import, file, target, **asked, now=now, plan=plan, check=check)
    confirm = () if repeats else headed(warnings, sent.headings)
    return ImportPlan(file, changes, confirm, notes, repeats, batch, again)


def apply_import(
    planned: ImportPlan, target: str, *, file_format: str = "", retries: int = RETRIES
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
    if not planned.added:
        return None
    try:
        open_target(target, file_format).append(planned.batch)
    except StoreMoved:
        again = planned.again()
        if again.batch.file_sha256 != planned.batch.file_sha256:
            raise ParameterError(message("file_changed", file=planned.file)) from None
        if not retries or _outcome(again) != _outcome(planned):
            raise
        return apply_import(again, target, file_format=file_format, retries=retries - 1)
    return planned.batch


def unconfirmed(warnings: Sequence[Problem], confirmed: str) -> tuple[Problem, ...]:
    """Warnings at other places than those named.

    Parameters
    ----------
    warnings : sequence of Problem
    confirmed : str
        Cells such as ``E5`` or ``区科委!E5``, of a file without sheets the rows, with commas between.

    Raises
    ------
    ParameterError
        A place is none of a warning's, or is on several sheets.
    """
    done: set[str] = set()
    for name in filter(None, map(normal, re.split(r"[,，、]", confirmed))):
        plain = name.replace("$", "").upper()
        found = {w.place for w in warnings if plain in (normal(w.place).upper(), w.cell or str(w.row))}
        if len(found) != 1:
            known = "、".join(sorted(found or {w.place for w in warnings})) or "—"
            key = "confirm_which" if found else "nothing_to_confirm"
            raise ParameterError(message(key, name=name, known=known))
        done |= found
    return tuple(warning for warning in warnings if warning.place not in done)


def _outcome(planned: ImportPlan) -> object:
    """What a person has agreed to."""
    rows = [(c.kind, c.row["place"], c.before and c.before["value"]) for c in planned.changes]
    return rows, planned.warnings, planned.repeats


def _without_reporter(sent: Reading, file: str) -> list[Problem]:
    """Rows of which nobody knows who reports them."""
    named = {found.sheet for found in sent.problems if found.row is None}
    missing = [row for row in sent.rows if not row["reporter"]]
    found = [place_problem(file, row, "reporter", "", "no_reporter") for row in missing]
    # One problem a sheet: it is the sheet that needs the name, unless it has been named already.
    sheets = {problem.sheet: replace(problem, row=None, cell="") for problem in found}
    return [problem for sheet, problem in sheets.items() if sheet not in named]


def _kept(row: Row, day: str, history: bool) -> dict[str, str]:
    """A completed row as text, with the day from which it is known."""
    texts = {spec.name: cell_text(row[spec.name]) for spec in ROW_FIELDS if spec.name != "known_from"}
    dated = not row["published_inferred"]
    if not dated:
        texts["published"] = day
    if not (history and dated):
        texts["known_from"] = day
    return {name: text for name, text in texts.items() if text}


# --- what a file changes, row by row ------------------------------------------------------------------


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
        if change.kind is not UNCHANGED:  # a later vintage in the same file revises this one
            insort(vintages, row, key=_published)
        if change.kind is ChangeKind.WITHDRAWN and change.before is None:
            problems.append(place_problem(file, row, "status", "撤回", "nothing_to_withdraw"))
    return tuple(changes[position] for position in sorted(changes)), problems


def place_problem(file: str, row: Row, column: str, value: object, key: str, **facts: Any) -> Problem:
    """A problem with a row that has been read already, at the place where it stood."""
    sheet, mark, cell = str(row["place"]).rpartition("!")
    place = {"sheet": sheet, "cell": cell} if mark else {}
    return Refused(key, **facts).at(file, int(row["line"]), column, value, **place)


_published = itemgetter("published")


def _key(row: Row) -> tuple[Hashable, ...]:
    return tuple(str(row[name]) for name in KEY)


def _change(row: Row, vintages: list[Row]) -> Change:
    """Compare a row with the vintages of its figure, which are in order of publication."""
    published: date = row["published"]
    position = bisect_right(vintages, published, key=_published)
    before = vintages[position - 1] if position else None
    withdrawn = row["status"] == Status.WITHDRAWN
    if before is not None and _content(before) == _content(row):
        return Change(UNCHANGED, row, before)
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
    owners = {str(one.id): one.owners for one in plan.indicators}
    owners |= {number: item.owners for number, item in plan.items.items()}
    warnings = []
    for change in changes:
        row, number = change.row, change.row["indicator"] or item_number(change.row["measure"])
        responsible = owners.get(str(number), ())
        if change.kind is UNCHANGED or not responsible or row["reporter"] in responsible:
            continue
        facts = {"number": number, "units": "、".join(responsible)}
        found = place_problem(file, row, "reporter", row["reporter"], "unexpected_reporter", **facts)
        warnings.append(found)
    return warnings
