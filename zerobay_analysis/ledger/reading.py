"""Reading a ledger, whatever it is kept in, with everything that is wrong with it.

A ledger is

- a folder with ``observations.csv`` and, optionally, ``sources.csv``; with ``imports/``, where
  ``zerobay import`` adds; or with both,
- a single file of observations: CSV, Excel workbook or Parquet,
- a database, by its address (``sqlite:///ledger.db``, ``postgresql://host/name``).

The least a department sends is::

    indicator,period,value,unit
    7,2024,131,家
    7,2025,139,家

Columns and their defaults are in :data:`zerobay_analysis.ledger.fields.OBSERVATION_FIELDS`, the rules for
files in :mod:`zerobay_analysis.files.tables`. A row is one vintage of one figure: the same figure
published again later is a revision, one with the status 撤回 takes the figure back, and all rows
stay. A row without a publication date counts as published on the day the file is read, the latest
day possible, so that no view of an earlier day can contain it by mistake; for the same reason an
imported row is not seen before the day of its import.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import DataError, Problem
from zerobay_analysis.files.cells import Known, visible
from zerobay_analysis.files.csv import Document, Sheet
from zerobay_analysis.files.disk import data_dir, readable
from zerobay_analysis.files.problems import MAX_SHOWN, Refused, message
from zerobay_analysis.files.tables import (
    Field,
    Table,
    duplicates,
    read_table,
    table_of,
    typed_frame,
    uncollected,
)
from zerobay_analysis.ledger.fields import KEY, OBSERVATION_FIELDS, SOURCE_FIELDS
from zerobay_analysis.ledger.ledger import Ledger
from zerobay_analysis.ledger.observations import Preparation, complete
from zerobay_analysis.ledger.readers import read_document
from zerobay_analysis.ledger.store import Batch, Store, is_url, open_store
from zerobay_analysis.ledger.store.folder import FolderStore
from zerobay_analysis.plan import Plan, load_plan

DAYS_APART = 2
"""Time zones lie up to 26 hours apart, so that a day two dates ahead may have begun somewhere."""

OBSERVATIONS, SOURCES = "observations.csv", "sources.csv"
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
MAX_NAMED = 20
"""Files of a folder that a message names."""

Row = dict[str, Any]
Headings = Mapping[tuple[str, str], str]
"""A file's own names of columns, by sheet and column."""


@cache
def shipped() -> Mapping[str, date | None]:
    """Ledgers that come with the project, and the day on which each was collected, if it was."""
    package = json.loads((data_dir() / "datapackage.json").read_text(encoding="utf-8"))
    ledgers = {Path(found["path"]): found.get("collected") for found in package["resources"]}
    return {
        path.parent.name: date.fromisoformat(day) if day else None
        for path, day in ledgers.items()
        if path.name == OBSERVATIONS
    }


def headed(problems: Collection[Problem], headings: Headings) -> tuple[Problem, ...]:
    """Problems with what the file itself calls their columns, or would in its language."""
    chinese = any(not heading.isascii() for heading in headings.values())
    names = {spec.name: spec.aliases[0] for spec in OBSERVATION_FIELDS if spec.aliases and chinese}

    def heading(column: str, sheet: str) -> str:
        return "、".join(filter(None, (headings.get((sheet, c)) or names.get(c) for c in column.split("+"))))

    return tuple(replace(p, heading=heading(p.column or "", p.sheet)) for p in problems)


def anywhere(today: date) -> date:
    """The last day that may have begun in any time zone while it is ``today`` here."""
    return today + timedelta(days=DAYS_APART)


@dataclass(frozen=True)
class CheckReport:
    """What a check of a file or folder found.

    Attributes
    ----------
    path : str
    rows : int
        Rows of figures read.
    counts : tuple of (int, int)
        Indicator number and its rows; indicators without a row are not in it.
    problems : tuple of Problem
        Empty when the file can be used.
    notes : tuple of str
        Not wrong, but good to know.
    ledger : Ledger or None
        What was read, usable where there are no problems.
    questions : tuple of Problem
        Not wrong, but to be confirmed by a person.
    headings : mapping
        The file's own names of columns, by sheet and column.
    marked : Path or None
        Copy of a workbook with its problems marked.
    unmarked : str
        Why there is no marked copy although there should be one.
    """

    path: str
    rows: int = 0
    counts: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    ledger: Ledger | None = None
    questions: tuple[Problem, ...] = ()
    headings: Headings = field(default_factory=dict)
    marked: Path | None = None
    unmarked: str = ""

    @property
    def ok(self) -> bool:
        """Whether the data can be used as it is."""
        return not self.problems


def load_ledger(source: str | Path, *, plan: Plan | None = None, today: date | None = None) -> Ledger:
    """Read and check a ledger.

    Parameters
    ----------
    source : str or Path
        ``"public"``, ``"demo"``, a file (CSV, Excel, Parquet), a folder, or a database's address.
    plan : Plan, optional
        Whose indicators and units the rows must match; the shipped plan by default.
    today : date, optional
        Later dates are errors. By default the machine's date, and for a shipped ledger the day
        it was collected.

    Raises
    ------
    DataError
        With every problem of every file at once.
    ParameterError, StoreUnusable
        For a database's address that cannot be used.
    """
    reading = read_source(source, plan or load_plan(), today)
    if reading.problems:
        raise DataError(reading.problems)
    return reading.ledger


def check_path(source: str | Path, today: date | None = None, *, plan: Plan | None = None) -> CheckReport:
    """Check a file or folder without using it; never raises for what is in the data."""
    reading = read_source(source, plan or load_plan(), today)
    numbers = Counter(int(number) for number in reading.ledger.frame["indicator"].dropna())
    return CheckReport(
        path=str(source),
        rows=len(reading.rows),
        counts=tuple(sorted(numbers.items())),
        problems=DataError(reading.problems).problems,
        notes=reading.ledger.notes,
        ledger=reading.ledger,
        headings=reading.headings,
    )


@dataclass(frozen=True)
class Reading:
    """A ledger that may be wrong, its rows, what is wrong with it, and the imports it is made of."""

    ledger: Ledger
    rows: list[Row]
    problems: tuple[Problem, ...]
    batches: tuple[Batch, ...] = ()
    headings: Headings = field(default_factory=dict)


@dataclass
class _Part:
    """One table of a ledger on its way in: its sources, its problems, what is known of it.

    Attributes
    ----------
    table : Table
    origins : list of dict
        Its sources.
    files : list of (str, str)
    sheet : str
    listed : bool
        Whether every source of the table must be in ``origins``.
    stored : bool
        Rows that were checked when they were imported; the same figure may come again.
    kept : bool
        A ledger, which somebody in another time zone may have written; not a file just sent in.
    reporter : str
        Who reports the rows that do not say.
    """

    table: Table
    origins: list[Row]
    files: list[tuple[str, str]] = field(default_factory=list)
    sheet: str = ""
    listed: bool = False
    stored: bool = False
    kept: bool = False
    reporter: str = ""
    batch: Batch | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cell(self, line: int, column: str) -> str:
        """Address of a cell on the sheet, empty for a column that the sheet has not."""
        from openpyxl.utils import get_column_letter

        place = self.table.positions.get(column)
        return "" if place is None else f"{get_column_letter(place + 1)}{line}"

    def on_sheet(self, found: Problem) -> Problem:
        """A problem with its sheet and, where one is meant, its cell."""
        if not self.sheet:
            return found
        cell = "" if found.row is None else self.cell(found.row, (found.column or "").partition("+")[0])
        return replace(found, sheet=self.sheet, cell=cell)


@uncollected()
def read_source(
    source: str | Path, plan: Plan, today: date | None = None, *, reporter: str = "", new: bool = False
) -> Reading:
    """Read whatever a ledger can be, with everything that is wrong with it.

    Parameters
    ----------
    source, plan, today
        As in :func:`load_ledger`.
    reporter : str
        Who reports the rows that do not say.
    new : bool
        There is nothing at ``source`` yet.
    """
    today = today or shipped().get(str(source)) or date.today()
    problems: list[Problem] = []
    parts: list[_Part] = []
    try:
        parts = [] if new else _parts(source, plan, reporter)
    except DataError as error:
        problems += error.problems
    for part in parts:
        _complete(part, plan, today)
        problems += part.problems
    problems += _repeated(parts)
    rows = [row for part in parts for row in part.table.rows]
    notes = [note for part in parts for note in part.notes] + _dated(rows, today)
    origins = {row["source"]: row for part in reversed(parts) for row in reversed(part.origins)}
    named = list(dict.fromkeys(row["source"] for part in parts for row in part.origins))
    ledger = Ledger(
        name=readable(source),
        frame=typed_frame(rows, (*OBSERVATION_FIELDS, Field("precision"))),
        sources=typed_frame([origins[name] for name in named], SOURCE_FIELDS).drop(columns="line"),
        synthetic=any(row["synthetic"] for row in rows),
        files=tuple(dict.fromkeys(file for part in parts for file in part.files)),
        notes=tuple(notes),
    )
    headings = {(part.sheet, name): text for part in parts for name, text in part.headings.items()}
    batches = tuple(part.batch for part in parts if part.batch is not None)
    return Reading(ledger, rows, headed(problems, headings), batches, headings)


# --- what a source is made of --------------------------------------------------------------------


def _parts(source: str | Path, plan: Plan, reporter: str) -> list[_Part]:
    """Tables of a source; raise ``DataError`` where there is none."""
    if is_url(source):
        store = open_store(source)
        if not store.exists():
            raise DataError([Refused("no_database_yet").at(store.name)])
        return _stored(store)
    root = data_dir() / str(source) if str(source) in shipped() else Path(source)
    if not root.exists():
        raise DataError([Refused("no_such_source").at(str(source))])
    if not root.is_dir():
        return _sent(read_document(root), plan, reporter)
    parts: list[_Part] = []
    if (root / OBSERVATIONS).is_file():
        parts.append(_plain(root, plan))
    store = FolderStore(root)
    if store.exists():
        parts += _stored(store)
    elif not parts:
        there = "、".join(sorted(path.name for path in root.glob("*.*"))[:MAX_NAMED]) or "空 / nothing"
        raise DataError([Refused("no_ledger_here", there=there).at(str(source))])
    unread = _unread(root, store)
    if unread:
        names = "、".join(unread[:MAX_NAMED]) + ("…" if len(unread) > MAX_NAMED else "")
        parts[0].notes.append(message("not_read_here", names=names))
    return parts


def _unread(root: Path, store: FolderStore) -> list[str]:
    """What lies in a ledger's folder and is no part of the ledger."""
    listed = (root / OBSERVATIONS).is_file()
    known = {root / OBSERVATIONS, *([root / SOURCES] if listed else []), store.imports, *store.files()}
    inside = [*root.iterdir(), *(store.imports.iterdir() if store.imports.is_dir() else ())]
    return sorted(
        readable(path.relative_to(root))
        for path in inside
        if path not in known
        and not path.name.startswith((".", "~$"))
        and path.name.lower() not in SYSTEM_FILES
        and path.stem.lower() != "readme"
    )


def _plain(root: Path, plan: Plan) -> _Part:
    """``observations.csv`` of a folder with its ``sources.csv``, if there is one."""
    listing = root / SOURCES
    (part,) = _sent(read_document(root / OBSERVATIONS), plan, "")
    part.kept = True
    if listing.is_file():
        sources = read_table(listing, SOURCE_FIELDS)
        part.origins, part.listed = sources.rows, True
        part.problems += [*sources.problems, *duplicates(sources.file, sources.rows, ["source"])]
        part.files.append((listing.name, sources.sha256))
    return part


def _sent(document: Document, plan: Plan, reporter: str) -> list[_Part]:
    """Tables of a file that a unit has sent in."""
    parts = [_sheet_part(document, sheet, plan, reporter) for sheet in document.sheets]
    if not parts:
        raise DataError(document.problems)
    parts[0].problems += document.problems
    parts[0].notes += document.notes
    parts[0].files.append((readable(Path(document.file).name), document.sha256))
    if not any(part.table.rows or part.problems for part in parts):
        parts[0].problems.append(Refused("nothing_filled_in").at(document.file))
    return parts


def _sheet_part(document: Document, sheet: Sheet, plan: Plan, reporter: str) -> _Part:
    """One sheet as a checked table; what the reader has named already is not named twice."""
    prepare = Preparation(document.file, plan, sheet.form)
    table = table_of(document.file, sheet.rows, OBSERVATION_FIELDS, prepare)
    here = [found for found in document.problems if found.sheet == sheet.name]
    named = {(found.row, found.column) for found in here}
    fresh = [found for found in table.problems if (found.row, found.column) not in named]
    words = {"", *(str(row["source"]) for row in table.rows)}
    own = [_source(word, word or Path(document.file).name) for word in sorted(words)]
    part = _Part(replace(table, problems=(*fresh, *here)), own, sheet=sheet.name, reporter=reporter)
    part.headings = {name: sheet.rows[0][1][position] for name, position in table.positions.items()}
    if sheet.rows or not document.problems:  # a file that is no CSV has no header to complain about
        part.problems += [part.on_sheet(found) for found in fresh]
    if prepare.unfilled:
        part.notes.append(message("rows_unfilled", sheet=sheet.name, count=len(prepare.unfilled)))
    for line, text in prepare.unfilled.items():
        if text:
            place = f"{sheet.name}!{part.cell(line, 'caveat')}"
            part.notes.append(message("remark_alone", place=place, text=text[:MAX_SHOWN]))
    if sheet.name and "reporter" not in table.positions and not reporter:
        part.reporter = _unit_of(part, plan)
    return part


def _unit_of(part: _Part, plan: Plan) -> str:
    """The responsible unit that a sheet is named after; a misspelt one is a problem."""
    units, name = sorted(plan.units), part.sheet.strip()
    near = difflib.get_close_matches(name, units, n=1, cutoff=0.6)
    if named := [unit for unit in units if name.startswith(unit)]:
        return max(named, key=len)
    if near:
        reason = Refused("misspelt_unit", near=near[0])
        part.problems.append(reason.at(part.table.file, None, None, name, sheet=part.sheet))
    else:
        part.notes.append(message("sheet_of_nobody", name=name))
    return ""


def _stored(store: Store) -> list[_Part]:
    """The imports of a store, a table each."""
    parts = []
    for batch in store.read():
        filled = {"import_id", "observation", "source"}.union(*batch.rows)
        names = [spec.name for spec in OBSERVATION_FIELDS if spec.required or spec.name in filled]
        rows, shown = [(1, names)], Known(visible)
        for number, row in enumerate(batch.rows, start=1):
            own = {
                **row,
                "import_id": batch.import_id,
                "observation": f"{batch.import_id}-{number}",
                "source": f"{batch.import_id} {row.get('source', '')}".strip(),
            }
            rows.append((number + 1, [shown[own.get(name, "")] for name in names]))
        table = table_of(f"{store.name} {batch.import_id}", rows, OBSERVATION_FIELDS)
        files = [(f"import {batch.import_id}: {batch.file_name}", batch.file_sha256)]
        part = _Part(table, _import_sources(table, batch), files, stored=True, kept=True, batch=batch)
        part.problems += table.problems
        parts.append(part)
    return parts


def _import_sources(table: Table, batch: Batch) -> list[Row]:
    """Sources of imported rows: the import, and what the row itself names."""
    reporters: dict[str, set[str]] = {}
    for row in table.rows:
        reporters.setdefault(str(row["source"]), set()).add(str(row["reporter"]))
    number = f"导入 {batch.import_id}，{batch.imported_at}，{batch.operator}，SHA-256 {batch.file_sha256}"
    return [
        _source(source, source.partition(" ")[2] or "、".join(sorted(names)), batch.file_name, number)
        for source, names in sorted(reporters.items())
    ]


def _source(source: str, publisher: str, title: str = "", note: str = "") -> Row:
    """A row of ``sources.csv`` for a source that stands in none."""
    blank = {spec.name: spec.missing for spec in SOURCE_FIELDS}
    return blank | {"source": source, "publisher": publisher, "title": title, "note": note}


# --- rows -------------------------------------------------------------------------------------------


def _complete(part: _Part, plan: Plan, today: date) -> None:
    """Join every row with its source, fill what follows and collect what is wrong."""
    home = {str(row["source"]): row for row in part.origins}
    limit = anywhere(today) if part.kept else today
    file, rows = part.table.file, part.table.rows
    named: dict[int, set[str]] = {}
    for found in part.table.problems:
        named.setdefault(found.row or 0, set()).add(found.column or "")
    first = min((row["line"] for row in rows), default=None)
    header = {str(p.column) for p in part.table.problems if p.column and _heads(p, first)}
    for row in rows:
        line = int(row["line"])
        origin = home.get(row["source"], {})
        if part.listed and not origin:
            part.problems.append(Refused("unlisted_source").at(file, line, "source", row["source"]))
        _join(row, origin, part, line)
        wrong = complete(file, row, plan, limit, header | named.get(line, set()))
        for name in ("published", "known_from"):  # begun where it was written, if not yet here
            if row[name] is not None and today < row[name] <= limit:
                row[name] = today
        part.problems += [part.on_sheet(found) for found in wrong]


def _heads(found: Problem, first: int | None) -> bool:
    """Whether a problem is about the header and so about every row, the first being on line ``first``."""
    return found.row is not None and (first is None or found.row < first) and not found.value


def _join(row: Row, origin: Mapping[str, Any], part: _Part, line: int) -> None:
    """Fill what a row takes from its source, its sheet and its place in the file."""
    if row["published"] is None:
        row["published_inferred"] = row["published_inferred"] or bool(origin.get("published_inferred"))
        row["published"] = origin.get("published")
    publisher = str(origin.get("publisher", "")) if part.listed else ""
    sheet = part.sheet
    place = f"{sheet}!{part.cell(line, 'value') or f'A{line}'}" if sheet else f"第{line}行"
    row["sheet"], row["place"] = sheet, row["place"] or place
    row["reporter"] = row["reporter"] or part.reporter or publisher
    row["observation"] = row["observation"] or (f"{sheet}!{line}" if sheet else f"row{line}")


def _repeated(parts: list[_Part]) -> list[Problem]:
    """Rows that repeat a figure or an identifier of the same file, also on another sheet."""
    sent = {part.sheet: part for part in parts if not part.stored and part.table.rows}
    rows = [row for part in sent.values() for row in part.table.rows]
    if not rows:
        return []
    file = next(iter(sent.values())).table.file
    whole = [row for row in rows if row["period_end"] is not None and row["basis"] and row["measure"]]
    found = duplicates(file, whole, (*KEY, "published"), ("indicator", "period"))
    return [sent[p.sheet].on_sheet(p) for p in found] + duplicates(file, rows, ("observation",))


def _dated(rows: list[Row], today: date) -> list[str]:
    """Take rows without a publication date as published ``today``, and say so."""
    undated = [row for row in rows if row["published"] is None]
    for row in undated:
        row["published"], row["published_inferred"] = today, True
    return [message("rows_undated", count=len(undated), today=today)] if undated else []
