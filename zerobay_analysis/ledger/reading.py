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

Columns and their defaults are in :data:`zerobay_analysis.ledger.observations.OBSERVATION_FIELDS`, the
rules for files in :mod:`zerobay_analysis.files.tables`. A row is one vintage of one figure: the same figure
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
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import MAX_SHOWN, DataError, ParameterError, Problem, Refused, message
from zerobay_analysis.files import tables
from zerobay_analysis.files.csv import Document, Sheet
from zerobay_analysis.files.disk import data_dir, readable
from zerobay_analysis.files.tables import Field, Table, duplicates, table_of, typed_frame
from zerobay_analysis.ledger import observations
from zerobay_analysis.ledger.observations import KEY, OBSERVATION_FIELDS, SOURCE_FIELDS, Status
from zerobay_analysis.ledger.readers import read_document
from zerobay_analysis.ledger.store import Batch, FolderStore, Store, is_url, open_store
from zerobay_analysis.plan import Plan, load_plan

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ledger:
    """Validated figures with their sources.

    Attributes
    ----------
    name : str
        ``"public"``, ``"demo"`` or the path as the user gave it.
    frame : pandas.DataFrame
        One row per vintage, in the order in which they came in; columns of ``OBSERVATION_FIELDS`` plus
        ``precision`` and ``line``. ``published`` and ``period_end`` are ``datetime64[ns]`` and
        never missing; ``value`` may be missing where ``status`` is ``"withdrawn"``. Treat it as
        read-only.
    sources : pandas.DataFrame
        Columns of ``SOURCE_FIELDS``; every ``source`` of ``frame`` is in it.
    synthetic : bool
        True when any figure is made up; every output must say so.
    files : tuple of (str, str)
        Name and SHA-256 of every file read, for the manifest.
    notes : tuple of str
        What the reader should know, in Chinese and English.
    day : date or None
        ``None`` for the archive; the day for a view made by :meth:`as_of`.
    """

    name: str
    frame: pd.DataFrame
    sources: pd.DataFrame
    synthetic: bool
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    day: date | None = None

    def as_of(self, day: date) -> Ledger:
        """What was known at the end of ``day``: of every figure its latest vintage, if it stands.

        The latest is the one published last; of two of one day, the one that came in last. An
        imported row is known from the day of its import, so that the view of a past day never
        changes.

        Raises
        ------
        ParameterError
            On a view of an earlier day than this one is of: what was known before is not in it.
        """
        if self.day is not None and day < self.day:
            raise ParameterError(message("view_of_earlier_day", of=self.day, day=day))
        if day not in self._views:
            self._views[day] = self._view(day)
        return self._views[day]

    @cached_property
    def _views(self) -> dict[date, Ledger]:
        """Views made before: every indicator, unit and chart asks for that of the same day."""
        return {}

    def _view(self, day: date) -> Ledger:
        known = self.frame[self.known_from.dt.date <= day]
        latest = known.sort_values("published", kind="stable").drop_duplicates(list(KEY), keep="last")
        standing = latest[latest["status"] != str(Status.WITHDRAWN)].sort_index()
        used = self.sources[self.sources["source"].isin(standing["source"])]
        return replace(self, frame=standing, sources=used, day=day)

    @property
    def known_from(self) -> pd.Series[pd.Timestamp]:
        """Day from which each row is seen: its publication, or its import if that was later."""
        published = self.frame["published"]
        return published.where(~(self.frame["known_from"] > published), self.frame["known_from"])

    def revisions(self) -> pd.DataFrame:
        """One row per figure that was published more than once.

        Returns
        -------
        pandas.DataFrame
            The key's columns, ``vintages`` (count), ``first_value``, ``last_value``, ``change`` (in the
            unit; of the last vintage that has a value), ``first_published``, ``last_published``,
            ``days`` between the two, ``withdrawn`` (whether the last vintage takes the figure back).
        """
        ordered = self.frame.sort_values("published", kind="stable")
        ordered = ordered.assign(taken_back=ordered["status"] == str(Status.WITHDRAWN))
        ordered = ordered.assign(said=ordered["value"].where(~ordered["taken_back"]))
        groups = ordered.groupby(list(KEY), dropna=False, sort=True)
        table = groups.agg(
            vintages=("status", "size"),
            first_value=("said", "first"),
            last_value=("said", "last"),
            first_published=("published", "first"),
            last_published=("published", "last"),
            withdrawn=("taken_back", "last"),
        ).reset_index()
        table["change"] = table["last_value"] - table["first_value"]
        table["days"] = (table["last_published"] - table["first_published"]).dt.days
        return table[table["vintages"] > 1].reset_index(drop=True)


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
class Reading:
    """A ledger that may be wrong, its rows, what is wrong with it, and the imports it is made of.

    ``headings`` are the file's own names of columns, by sheet and column.
    """

    ledger: Ledger
    rows: list[Row]
    problems: tuple[Problem, ...]
    batches: tuple[Batch, ...]
    headings: Headings


@dataclass(frozen=True)
class CheckReport:
    """What a check of a file or folder found.

    Attributes
    ----------
    path : str
    rows : int
        Rows of figures read.
    problems : tuple of Problem
        Empty when the file can be used.
    notes : tuple of str
        Not wrong, but good to know.
    reading : Reading or None
        What was read, usable where there are no problems; ``None`` for a file that holds no figures.
    questions : tuple of Problem
        Not wrong, but to be confirmed by a person.
    marked : Path or None
        Copy of a workbook with its problems marked.
    unmarked : str
        Why there is no marked copy although there should be one.
    """

    path: str
    rows: int = 0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    reading: Reading | None = None
    questions: tuple[Problem, ...] = ()
    marked: Path | None = None
    unmarked: str = ""

    @property
    def ok(self) -> bool:
        """Whether the data can be used as it is."""
        return not self.problems

    @property
    def counts(self) -> tuple[tuple[int, int], ...]:
        """Indicator number and its rows; indicators without a row are not in it."""
        numbers = self.reading.ledger.frame["indicator"].dropna() if self.reading else ()
        return tuple(sorted(Counter(map(int, numbers)).items()))


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
    problems = DataError(reading.problems).problems
    return CheckReport(str(source), len(reading.rows), problems, reading.ledger.notes, reading)


@dataclass
class _Part:
    """One table of a ledger on its way in: its sources, its problems, what is known of it.

    Attributes
    ----------
    table : Table
    origins : list of dict
        Its sources.
    files : list of (str, str)
    listed : bool
        Whether every source of the table must be in ``origins``.
    kept : bool
        A ledger, which somebody in another time zone may have written; not a file just sent in.
    reporter : str
        Who reports the rows that do not say.
    batch : Batch or None
        The import that the rows were checked at; the same figure may come again.
    """

    table: Table
    origins: list[Row]
    problems: list[Problem]
    files: list[tuple[str, str]] = field(default_factory=list)
    listed: bool = False
    kept: bool = False
    reporter: str = ""
    batch: Batch | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@tables.uncollected()
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
    headings = {(part.table.sheet, name): text for part in parts for name, text in part.headings.items()}
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
        sources = tables.read_table(listing, SOURCE_FIELDS)
        part.origins, part.listed = sources.rows, True
        part.problems += [*sources.problems, *duplicates(sources.file, sources.rows, ["source"])]
        part.files.append((listing.name, sources.sha256))
    return part


def _sent(document: Document, plan: Plan, reporter: str) -> list[_Part]:
    """Tables of a file that a unit has sent in."""
    parts = [_sheet_part(document, sheet, plan, reporter) for sheet in document.sheets]
    if not parts:
        raise DataError(document.problems)
    names = {sheet.name for sheet in document.sheets}
    parts[0].problems += [found for found in document.problems if found.sheet not in names]
    parts[0].notes += document.notes
    parts[0].files.append((readable(Path(document.file).name), document.sha256))
    if not any(part.table.rows or part.problems for part in parts):
        parts[0].problems.append(Refused("nothing_filled_in").at(document.file))
    return parts


def _sheet_part(document: Document, sheet: Sheet, plan: Plan, reporter: str) -> _Part:
    """One sheet as a checked table; what the reader has named already is not named twice."""
    prepare = observations.Preparer(document.file, plan, sheet.form)
    table = table_of(document.file, sheet.rows, OBSERVATION_FIELDS, prepare, sheet.name)
    problems = [found for found in document.problems if found.sheet == sheet.name]
    named = {(found.row, found.column) for found in problems}
    if sheet.rows or not problems:  # a file that is no CSV has no header to complain about
        problems += [found for found in table.problems if (found.row, found.column) not in named]
    words = {"", *(str(row["source"]) for row in table.rows)}
    own = [_source(word, word or Path(document.file).name) for word in sorted(words)]
    part = _Part(table, own, problems, reporter=reporter)
    part.headings = {name: sheet.rows[0][1][position] for name, position in table.positions.items()}
    if prepare.unfilled:
        part.notes.append(message("rows_unfilled", sheet=sheet.name, count=len(prepare.unfilled)))
    for line, text in prepare.unfilled.items():
        if text:
            place = f"{sheet.name}!{table.cell(line, 'caveat')}"
            part.notes.append(message("remark_alone", place=place, text=text[:MAX_SHOWN]))
    if sheet.name and "reporter" not in table.positions and not reporter:
        part.reporter = _unit_of(part, plan)
    return part


def _unit_of(part: _Part, plan: Plan) -> str:
    """The responsible unit that a sheet is named after; a misspelt one is a problem."""
    units, sheet = sorted(plan.units), part.table.sheet
    name = sheet.strip()
    near = difflib.get_close_matches(name, units, n=1, cutoff=0.6)
    if named := [unit for unit in units if name.startswith(unit)]:
        return max(named, key=len)
    if near:
        reason = Refused("misspelt_unit", near=near[0])
        part.problems.append(reason.at(part.table.file, None, None, name, sheet=sheet))
    else:
        part.notes.append(message("sheet_of_nobody", name=name))
    return ""


def _stored(store: Store) -> list[_Part]:
    """The imports of a store, a table each."""
    parts = []
    for batch in store.read():
        filled = {"import_id", "observation", "source"}.union(*batch.rows)
        names = [spec.name for spec in OBSERVATION_FIELDS if spec.required or spec.name in filled]
        rows = [(1, names)]
        for number, row in enumerate(batch.rows, start=1):
            own = {
                **row,
                "import_id": batch.import_id,
                "observation": f"{batch.import_id}-{number}",
                "source": f"{batch.import_id} {row.get('source', '')}".strip(),
            }
            rows.append((number + 1, [tables.visible(own.get(name, "")) for name in names]))
        table = table_of(f"{store.name} {batch.import_id}", rows, OBSERVATION_FIELDS)
        files = [(f"import {batch.import_id}: {batch.file_name}", batch.file_sha256)]
        sources = _import_sources(table, batch)
        parts.append(_Part(table, sources, [*table.problems], files, kept=True, batch=batch))
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
    table, named = part.table, dict[int, set[str]]()
    own = [p for p in part.problems if (p.file, p.sheet) == (table.file, table.sheet)]
    for found in own:
        named.setdefault(found.row or 0, set()).add(found.column or "")
    first = min((row["line"] for row in table.rows), default=0)
    header = {str(p.column) for p in own if p.row and p.row < first and p.column and not p.value}
    for row in table.rows:
        line = int(row["line"])
        origin = home.get(row["source"], {})
        if part.listed and not origin:
            part.problems.append(Refused("unlisted_source").at(table.file, line, "source", row["source"]))
        _join(row, origin, part, line)
        wrong = observations.complete(table.file, row, plan, limit, header | named.get(line, set()))
        for name in ("published", "known_from"):  # begun where it was written, if not yet here
            if row[name] is not None and today < row[name] <= limit:
                row[name] = today
        part.problems += map(table.placed, wrong)


def _join(row: Row, origin: Mapping[str, Any], part: _Part, line: int) -> None:
    """Fill what a row takes from its source, its sheet and its place in the file."""
    if row["published"] is None:
        row["published_inferred"] = row["published_inferred"] or bool(origin.get("published_inferred"))
        row["published"] = origin.get("published")
    publisher = str(origin.get("publisher", "")) if part.listed else ""
    sheet = part.table.sheet
    place = f"{sheet}!{part.table.cell(line, 'value') or f'A{line}'}" if sheet else f"第{line}行"
    row["sheet"], row["place"] = sheet, row["place"] or place
    row["reporter"] = row["reporter"] or part.reporter or publisher
    row["observation"] = row["observation"] or (f"{sheet}!{line}" if sheet else f"row{line}")


def _repeated(parts: list[_Part]) -> list[Problem]:
    """Rows that repeat a figure or an identifier of the same file, also on another sheet."""
    sent = {part.table.sheet: part.table for part in parts if part.batch is None}
    rows = [row for table in sent.values() for row in table.rows]
    file = next((table.file for table in sent.values()), "")
    whole = [row for row in rows if row["period_end"] is not None and row["basis"] and row["measure"]]
    found = duplicates(file, whole, (*KEY, "published"), ("indicator", "period"))
    return [sent[p.sheet].placed(p) for p in found] + duplicates(file, rows, ("observation",))


def _dated(rows: list[Row], today: date) -> list[str]:
    """Take rows without a publication date as published ``today``, and say so."""
    undated = [row for row in rows if row["published"] is None]
    for row in undated:
        row["published"], row["published_inferred"] = today, True
    return [message("rows_undated", count=len(undated), today=today)] if undated else []
