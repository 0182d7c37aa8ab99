"""What was reported, by whom and when: every vintage of every figure, and a day's view of it.

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

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import DataError, ParameterError, Problem
from zerobay_analysis.files.csv import read_rows
from zerobay_analysis.files.disk import data_dir, readable
from zerobay_analysis.files.tables import Table, duplicates, problem, read_table, table_of, visible
from zerobay_analysis.ledger.fields import KEY, OBSERVATION_FIELDS, SOURCE_FIELDS, Status
from zerobay_analysis.ledger.observations import Preparation, complete, records
from zerobay_analysis.ledger.readers.document import WORKBOOK_SUFFIXES, Document, Sheet
from zerobay_analysis.ledger.store import Batch, FolderStore, Store, is_url, open_store
from zerobay_analysis.plan import Plan, load_plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SHIPPED",
    "CheckReport",
    "Ledger",
    "Reading",
    "anywhere",
    "check_path",
    "check_report",
    "empty_reading",
    "frame_of",
    "load_ledger",
    "read_source",
]

DAYS_APART = 2
"""Time zones lie up to 26 hours apart, so that a day two dates ahead may have begun somewhere."""

SHIPPED: Mapping[str, date | None] = {"public": date(2026, 11, 22), "demo": None}
"""Ledgers that come with the project, and the day on which each was collected."""


def anywhere(today: date) -> date:
    """The last day that may have begun in any time zone while it is ``today`` here."""
    return today + timedelta(days=DAYS_APART)


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
            raise ParameterError(
                f"这是 {self.day} 的视图，看不到 {day} 的情况；请用整个账本 / "
                f"a view of {self.day} cannot tell what was known on {day}; use the whole ledger"
            )
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
        """One row per figure that was published more than once; see :func:`figures_revised`."""
        from zerobay_analysis.ledger.revisions import figures_revised

        return figures_revised(self.frame)


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
    """

    path: str
    rows: int
    counts: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

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
    return check_report(source, read_source(source, plan or load_plan(), today))


def check_report(source: str | Path, reading: Reading) -> CheckReport:
    """What a reading found, as a check reports it."""
    frame = reading.ledger.frame
    numbers = [int(number) for number in frame["indicator"].dropna()]
    return CheckReport(
        path=str(source),
        rows=len(frame),
        counts=tuple(sorted(Counter(numbers).items())),
        problems=DataError(reading.problems).problems,
        notes=reading.ledger.notes,
    )


@dataclass(frozen=True)
class Reading:
    """A ledger that may be wrong, what is wrong with it, and the imports it is made of."""

    ledger: Ledger
    problems: tuple[Problem, ...]
    batches: tuple[Batch, ...] = ()


@dataclass
class _Part:
    """One table of a ledger on its way in: its sources, its problems, its completed rows.

    Attributes
    ----------
    table : Table
    sources : Table
    files : list of (str, str)
    sheet : str
    listed : bool
        Whether every source of the table must be in ``sources``.
    stored : bool
        Rows that were checked when they were imported; the same figure may come again.
    kept : bool
        A ledger, which somebody in another time zone may have written; not a file just sent in.
    """

    table: Table
    sources: Table
    files: list[tuple[str, str]]
    sheet: str = ""
    listed: bool = False
    stored: bool = False
    kept: bool = False
    reporter: str = ""
    batches: tuple[Batch, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def place(self, line: int) -> str:
        """Where a row stands in what was sent in."""
        letter = _letter(self.table.positions.get("value", 0))
        return f"{self.sheet}!{letter}{line}" if self.sheet else f"第{line}行"


def read_source(source: str | Path, plan: Plan, today: date | None = None, *, reporter: str = "") -> Reading:
    """Read whatever a ledger can be, with everything that is wrong with it.

    Parameters
    ----------
    source, plan, today
        As in :func:`load_ledger`.
    reporter : str
        Who reports the rows that do not say.
    """
    today = today or SHIPPED.get(str(source)) or date.today()
    try:
        parts = _parts(source, plan, reporter)
    except DataError as error:
        return empty_reading(source, error.problems)
    for part in parts:
        _complete(part, plan, today)
    problems = [found for part in parts for found in part.problems]
    frame, notes = frame_of([row for part in parts for row in part.rows], today)
    problems += _repeated(parts)
    sources = _sources(parts)
    ledger = Ledger(
        name=readable(source),
        frame=frame,
        sources=sources,
        synthetic=bool(frame["synthetic"].any()),
        files=tuple(dict.fromkeys(file for part in parts for file in part.files)),
        notes=tuple(note for part in parts for note in part.notes) + notes,
    )
    return Reading(ledger, tuple(problems), tuple(batch for part in parts for batch in part.batches))


def empty_reading(source: str | Path, problems: tuple[Problem, ...] = ()) -> Reading:
    """A ledger without a row."""
    frame, _ = frame_of([], date.today())
    sources = _source_table(str(source), []).frame.drop(columns="line")
    return Reading(Ledger(str(source), frame, sources, False, ()), problems)


# --- what a source is made of --------------------------------------------------------------------


def _parts(source: str | Path, plan: Plan, reporter: str) -> list[_Part]:
    """Tables of a source; raise ``DataError`` where there is none."""
    if is_url(source):
        store = open_store(source)
        if not store.exists():
            message = ("数据库里还没有账本", "no ledger in the database yet")
            cure = ("先用 zerobay import 导入", "import a file first")
            raise DataError([problem(store.name, None, None, "", message, cure)])
        return _stored(store)
    root = data_dir() / str(source) if str(source) in SHIPPED else Path(source)
    if not root.exists():
        message = ("没有这个文件或文件夹", "no such file or folder")
        cure = ("核对路径；自带数据写 public 或 demo", "check the path; shipped data: public, demo")
        raise DataError([problem(str(source), None, None, "", message, cure)])
    if not root.is_dir():
        return _sent(_read_document(root), plan, reporter)
    parts: list[_Part] = []
    if (root / "observations.csv").is_file():
        parts.append(_plain(root, plan))
    store = FolderStore(root)
    if store.exists():
        parts += _stored(store)
    elif not parts:
        there = "、".join(sorted(path.name for path in root.glob("*.*"))[:20]) or "空 / nothing"
        message = (
            "文件夹里没有 observations.csv，也没有 imports",
            "neither observations.csv nor imports in the folder",
        )
        cure = (f"改名或直接给出文件路径；现有：{there}", "rename it or give the file's path")
        raise DataError([problem(str(source), None, None, "", message, cure)])
    return parts


def _plain(root: Path, plan: Plan) -> _Part:
    """``observations.csv`` of a folder with its ``sources.csv``, if there is one."""
    path, listing = root / "observations.csv", root / "sources.csv"
    document = _read_document(path)
    part = _sheet_part(document, document.sheets[0], plan, "")
    part.kept = True
    part.problems += document.problems
    part.files.append((path.name, document.sha256))
    if listing.is_file():
        part.sources = read_table(listing, SOURCE_FIELDS)
        part.listed = True
        part.problems += [*part.sources.problems, *duplicates(part.sources, ["source"])]
        part.files.append((listing.name, part.sources.sha256))
    return part


def _read_document(path: Path) -> Document:
    """Read a file by its kind."""
    suffix = path.suffix.lower()
    if suffix in WORKBOOK_SUFFIXES:
        from zerobay_analysis.ledger.readers.excel import read_workbook

        return read_workbook(path, OBSERVATION_FIELDS)
    if suffix == ".parquet":
        from zerobay_analysis.ledger.readers.parquet import read_parquet

        return read_parquet(path)
    content = read_rows(path)
    return Document(content.file, (Sheet("", content.rows),), content.problems, (), content.sha256)


def _sent(document: Document, plan: Plan, reporter: str) -> list[_Part]:
    """Tables of a file that a unit has sent in."""
    parts = [_sheet_part(document, sheet, plan, reporter) for sheet in document.sheets]
    if not parts:
        raise DataError(document.problems)
    parts[0].problems += document.problems
    parts[0].notes += document.notes
    parts[0].files.append((readable(Path(document.file).name), document.sha256))
    _say_unfilled(document, parts)
    return parts


def _sheet_part(document: Document, sheet: Sheet, plan: Plan, reporter: str) -> _Part:
    """One sheet as a checked table; what the reader has named already is not named twice."""
    prepare = Preparation(document.file, plan, sheet.form)
    read = sheet.rows or not document.problems  # a file that is no CSV has no header to complain about
    table = table_of(document.file, sheet.rows, OBSERVATION_FIELDS, prepare)
    part = _Part(table, _own_sources(table), [], sheet.name)
    here = [found for found in document.problems if found.sheet == sheet.name]
    named = {(found.row, found.column) for found in here}
    fresh = [found for found in table.problems if (found.row, found.column) not in named]
    part.problems += [_on_sheet(found, part) for found in fresh] if read else []
    part.table = replace(table, problems=(*fresh, *here))
    if prepare.unfilled:
        count = len(prepare.unfilled)
        part.notes.append(f"{sheet.name}: {count} 行没有填数，未读入 / {count} rows not filled in, not read")
    part.reporter = reporter
    if sheet.name and "reporter" not in table.positions and not reporter:
        part.reporter = _unit_of(part, plan)
    return part


def _unit_of(part: _Part, plan: Plan) -> str:
    """The responsible unit that a sheet is named after; a misspelt one is a problem."""
    import difflib

    units = sorted({owner for indicator in plan.indicators for owner in indicator.owners})
    name = part.sheet.strip()
    named = [unit for unit in units if name.startswith(unit)]
    if named:
        return max(named, key=len)
    near = difflib.get_close_matches(name, units, n=1, cutoff=0.6)
    if near:
        message = ("工作表名不是责任单位", "the sheet is not named after a responsible unit")
        cure = (
            f"改名为 {near[0]}，或加一列“报送单位”",
            f"rename it to {near[0]} or add a column 报送单位",
        )
        part.problems.append(
            replace(problem(part.table.file, None, None, name, message, cure), sheet=part.sheet)
        )
    else:
        part.notes.append(
            f"{name}: 工作表名不是责任单位，也没有“报送单位”列 / "
            "neither the sheet's name nor a column says who reports"
        )
    return ""


def _say_unfilled(document: Document, parts: list[_Part]) -> None:
    """A form in which nobody has filled in anything is a problem."""
    if any(len(part.table.frame) or part.problems for part in parts):
        return
    message = ("没有填任何数", "nothing has been filled in")
    cure = ("填写“数值”列后重交", "fill in the column 数值")
    parts[0].problems.append(problem(document.file, None, None, "", message, cure))


def _stored(store: Store) -> list[_Part]:
    """The imports of a store as one table."""
    batches = store.read()
    names = [spec.name for spec in OBSERVATION_FIELDS if spec.name != "indicator_name"]
    rows = [(1, names)]
    homes: list[tuple[Batch, int]] = []
    seen: dict[str, str] = {"": ""}  # one visible copy of each text: most cells repeat
    for batch in batches:
        identifier = batch.import_id
        for number, row in enumerate(batch.rows, start=1):
            source = f"{identifier} {row.get('source', '')}".strip()
            own = {"import_id": identifier, "observation": f"{identifier}-{number}", "source": source}
            homes.append((batch, number))
            full = {**row, **own}
            texts = [full.get(name, "") for name in names]
            for text in texts:
                if text not in seen:
                    seen[text] = visible(text)
            rows.append((len(rows) + 1, [seen[text] for text in texts]))
    del seen
    table = table_of(store.name, rows, OBSERVATION_FIELDS)
    # An empty store has a header and no rows; that is nothing to complain about here.
    problems = [_in_batch(found, homes) for found in table.problems] if homes else []
    sources = _import_sources(table, batches)
    files = [(f"import {batch.import_id}: {batch.file_name}", batch.file_sha256) for batch in batches]
    return [_Part(table, sources, files, stored=True, kept=True, batches=batches, problems=problems)]


def _in_batch(found: Problem, homes: list[tuple[Batch, int]]) -> Problem:
    """A problem of the table of all imports, placed in its own import."""
    if found.row is None or found.row < 2:
        return found
    batch, number = homes[found.row - 2]
    return replace(found, file=f"{found.file} {batch.import_id}", row=number + 1)


def _own_sources(table: Table) -> Table:
    """Sources of a file that came without ``sources.csv``: the words it uses itself."""
    words = sorted({str(word) for word in table.frame["source"]} | {""})
    titles = [{"source": word, "publisher": word or Path(table.file).name} for word in words]
    return _source_table(table.file, titles)


def _import_sources(table: Table, batches: Iterable[Batch]) -> Table:
    """Sources of imported rows: the import, and what the row itself names."""
    known = {batch.import_id: batch for batch in batches}
    rows = []
    reporters: dict[str, set[str]] = {}
    for source, reporter in zip(table.frame["source"], table.frame["reporter"], strict=True):
        reporters.setdefault(str(source), set()).add(str(reporter))
    for source in sorted(reporters):
        number, _, stated = source.partition(" ")
        batch = known[number]
        rows.append(
            {
                "source": source,
                "publisher": stated or "、".join(sorted(reporters[source])),
                "title": batch.file_name,
                "note": f"导入 {number}，{batch.imported_at}，{batch.operator}，SHA-256 {batch.file_sha256}",
            }
        )
    return _source_table(table.file, rows)


def _source_table(file: str, rows: list[dict[str, str]]) -> Table:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=[spec.name for spec in SOURCE_FIELDS]).fillna("")
    frame["published"] = pd.to_datetime(pd.Series([None] * len(frame), dtype="object"))
    frame["published_inferred"] = False
    frame["line"] = 0
    return Table(file, frame, (), "")


def _sources(parts: list[_Part]) -> pd.DataFrame:
    import pandas as pd

    frames = [part.sources.frame.drop(columns="line") for part in parts]
    if len(frames) == 1:
        return frames[0]
    return pd.concat(frames, ignore_index=True).drop_duplicates("source", ignore_index=True)


# --- rows -------------------------------------------------------------------------------------------


def _letter(position: int) -> str:
    """Letter of a column, the first being 0: A … Z, AA …."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _on_sheet(found: Problem, part: _Part) -> Problem:
    """A problem with its sheet and, where one is meant, its cell."""
    if not part.sheet:
        return found
    position = part.table.positions.get((found.column or "").partition("+")[0])
    cell = "" if position is None or found.row is None else f"{_letter(position)}{found.row}"
    return replace(found, sheet=part.sheet, cell=cell)


def _complete(part: _Part, plan: Plan, today: date) -> None:
    """Join every row with its source, fill what follows and collect what is wrong."""
    home = {str(record["source"]): record for record in records(part.sources.frame)}
    limit = anywhere(today) if part.kept else today
    named: dict[int, set[str]] = {}
    for found in part.table.problems:
        named.setdefault(found.row or 0, set()).add(found.column or "")
    frame = part.table.frame
    first = int(frame["line"].min()) if len(frame) else None
    header = {str(p.column) for p in part.table.problems if p.column and _heads(p, first)}
    for row in records(frame):
        line = int(row["line"])
        origin = home.get(row["source"], {})
        if part.listed and not origin:
            message = ("sources.csv 中没有这个来源", "no such source in sources.csv")
            cure = ("在 sources.csv 加一行，或改正编号", "add it there or correct the identifier")
            part.problems.append(problem(part.table.file, line, "source", row["source"], message, cure))
        _join(row, origin, part, line)
        known = frozenset(header.union(named.get(line, ())))
        done, wrong = complete(part.table.file, row, plan, limit, known)
        for name in ("published", "known_from"):  # begun where it was written, if not yet here
            if done[name] is not None and today < done[name] <= limit:
                done[name] = today
        part.rows.append(done)
        part.problems += [_on_sheet(found, part) for found in wrong]


def _heads(found: Problem, first: int | None) -> bool:
    """Whether a problem is about the header and so about every row, the first being on line ``first``."""
    return found.row is not None and (first is None or found.row < first) and not found.value


def _join(row: dict[str, Any], origin: Mapping[str, Any], part: _Part, line: int) -> None:
    """Fill what a row takes from its source, its sheet and its place in the file."""
    if row["published"] is None:
        row["published_inferred"] = row["published_inferred"] or bool(origin.get("published_inferred"))
        row["published"] = origin.get("published")
    publisher = str(origin.get("publisher", "")) if part.listed else ""
    row["reporter"] = row["reporter"] or part.reporter or publisher
    row["observation"] = row["observation"] or (f"{part.sheet}!{line}" if part.sheet else f"row{line}")
    row["place"] = row["place"] or part.place(line)


def _repeated(parts: list[_Part]) -> list[Problem]:
    """Rows that repeat a figure or an identifier of the same file, also on another sheet."""
    import pandas as pd

    problems: list[Problem] = []
    sent = [part for part in parts if not part.stored and part.rows]
    if sent:
        columns = [*KEY, "published", "period", "observation", "line"]
        found_rows = [row for part in sent for row in part.rows]
        frame = pd.DataFrame({name: [row[name] for row in found_rows] for name in columns}, dtype=object)
        frame["sheet"] = [part.sheet for part in sent for _ in part.rows]
        table = replace(sent[0].table, frame=frame)
        whole = frame["period_end"].notna() & (frame["basis"] != "") & (frame["measure"] != "")
        figures = replace(table, frame=frame[whole])
        found = duplicates(figures, (*KEY, "published"), ("indicator", "period"))
        by_sheet = {part.sheet: part for part in sent}
        problems += [_on_sheet(p, by_sheet[p.sheet]) for p in found]
        problems += duplicates(table, ("observation",))
    return problems


def frame_of(rows: Iterable[dict[str, Any]], today: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Typed frame of completed rows; undated rows count as published ``today``."""
    import pandas as pd

    names = [spec.name for spec in OBSERVATION_FIELDS]
    frame = pd.DataFrame(rows, columns=[*names, "precision", "line"])
    undated = frame["published"].isna()
    frame["published_inferred"] = frame["published_inferred"].fillna(False).astype(bool) | undated
    frame["published"] = pd.to_datetime(frame["published"].where(~undated, today))
    for name in ("period_end", "known_from"):
        frame[name] = pd.to_datetime(frame[name])
    frame["indicator"] = frame["indicator"].astype("Int64")
    frame["value"] = frame["value"].astype("float64")
    if not undated.any():
        return frame, ()
    count = int(undated.sum())
    note = (
        f"{count} 行没有发布日期，按读入日 {today} 计入；要重现更早某日的情况，请补上发布日期 / "
        f"{count} rows have no publication date and count as published on {today}"
    )
    return frame, (note,)
