"""What was reported, by whom and when: every vintage of every figure, and a day's view of it.

A ledger is a folder with ``observations.csv`` and, optionally, ``sources.csv``, or a single CSV
file of observations. The least a department sends is::

    indicator,period,value,unit
    7,2024,131,家
    7,2025,139,家

Columns and their defaults are in :data:`zerobay_analysis.entries.ENTRY_FIELDS`, the rules for
files in :mod:`zerobay_analysis.tables`. A row is one vintage of one figure: the same figure
published again later is a revision, and both rows stay. A row without a publication date counts
as published on the day the file is read, the latest day possible, so that no view of an earlier
day can contain it by mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.entries import ENTRY_FIELDS, SOURCE_FIELDS, cells, complete
from zerobay_analysis.errors import DataError, Problem
from zerobay_analysis.paths import data_dir
from zerobay_analysis.plan import Plan, load_plan
from zerobay_analysis.tables import Table, duplicates, problem, read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEY", "SHIPPED", "CheckReport", "Ledger", "check_path", "load_ledger"]

KEY = ("indicator", "measure", "geography", "period_end", "basis", "comparability", "reporter")
"""What makes two rows vintages of the same figure."""

SHIPPED: Mapping[str, date | None] = {"public": date(2026, 11, 22), "demo": date(2026, 11, 22)}
"""Ledgers that come with the project, and the day on which each was collected."""


@dataclass(frozen=True)
class Ledger:
    """Validated figures with their sources.

    Attributes
    ----------
    name : str
        ``"public"``, ``"demo"`` or the path as the user gave it.
    frame : pandas.DataFrame
        One row per vintage, ordered as in the file; columns of ``ENTRY_FIELDS`` plus
        ``precision``, ``published_inferred`` and ``line``. ``published`` and ``period_end`` are
        ``datetime64[ns]`` and never missing. Treat it as read-only.
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
        """What was known at the end of ``day``: the latest vintage of every figure published by then."""
        known = self.frame[self.frame["published"].dt.date <= day]
        latest = known.sort_values("published", kind="stable").drop_duplicates(list(KEY), keep="last")
        used = self.sources[self.sources["source"].isin(latest["source"])]
        return replace(self, frame=latest.sort_index(), sources=used, day=day)

    def revisions(self) -> pd.DataFrame:
        """One row per figure that was published more than once.

        Returns
        -------
        pandas.DataFrame
            The key's columns, ``vintages`` (count), ``first_value``, ``last_value``, ``change``
            (in the unit), ``first_published``, ``last_published``, ``days`` between the two.
        """
        ordered = self.frame.sort_values("published", kind="stable")
        groups = ordered.groupby(list(KEY), dropna=False, sort=True)
        table = groups.agg(
            vintages=("value", "size"),
            first_value=("value", "first"),
            last_value=("value", "last"),
            first_published=("published", "first"),
            last_published=("published", "last"),
        ).reset_index()
        table = table[table["vintages"] > 1].reset_index(drop=True)
        table["change"] = table["last_value"] - table["first_value"]
        table["days"] = (table["last_published"] - table["first_published"]).dt.days
        return table


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
        ``"public"``, ``"demo"``, a CSV file or a folder with ``observations.csv``.
    plan : Plan, optional
        Whose indicators and units the rows must match; the shipped plan by default.
    today : date, optional
        Later dates are errors. By default the machine's date, and for a shipped ledger the day
        it was collected.

    Raises
    ------
    DataError
        With every problem of every file at once.
    """
    reading = _read(source, plan or load_plan(), today)
    if reading.problems:
        raise DataError(reading.problems)
    return reading.ledger


def check_path(source: str | Path, today: date | None = None, *, plan: Plan | None = None) -> CheckReport:
    """Check a file or folder without using it; never raises for what is in the data."""
    reading = _read(source, plan or load_plan(), today)
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
class _Reading:
    """A ledger that may be wrong, and what is wrong with it."""

    ledger: Ledger
    problems: tuple[Problem, ...]


def _files(source: str | Path) -> tuple[Path, Path | None] | Problem:
    """Observations and sources of a ledger."""
    root = data_dir() / str(source) if str(source) in SHIPPED else Path(source)
    if root.is_dir():
        sources = root / "sources.csv"
        if (root / "observations.csv").is_file():
            return root / "observations.csv", sources if sources.is_file() else None
        there = "、".join(sorted(path.name for path in root.glob("*.csv"))) or "没有 CSV / none"
        message = ("文件夹里没有 observations.csv", "no observations.csv in the folder")
        cure = (f"改名或直接给出文件路径；现有：{there}", "rename it or give the file's path")
        return problem(str(source), None, None, "", message, cure)
    if not root.exists():
        message = ("没有这个文件或文件夹", "no such file or folder")
        cure = ("核对路径；自带数据写 public 或 demo", "check the path; shipped data: public, demo")
        return problem(str(source), None, None, "", message, cure)
    return root, None


def _read(source: str | Path, plan: Plan, today: date | None) -> _Reading:
    import pandas as pd

    paths = _files(source)
    if isinstance(paths, Problem):
        nothing = pd.DataFrame({"indicator": pd.array([], dtype="Int64")})
        return _Reading(Ledger(str(source), nothing, pd.DataFrame(), False, ()), (paths,))
    today = today or SHIPPED.get(str(source)) or date.today()
    table = read_table(paths[0], ENTRY_FIELDS)
    sources = read_table(paths[1], SOURCE_FIELDS) if paths[1] else _own_sources(table)
    problems = [*table.problems, *sources.problems, *duplicates(sources, ["source"])]
    rows, found = _complete(table, sources, plan, today, check_sources=paths[1] is not None)
    frame, notes = _frame(rows, today)
    keyed = frame[frame["period_end"].notna() & (frame["basis"] != "") & (frame["measure"] != "")]
    problems += found + duplicates(replace(table, frame=keyed), (*KEY, "published"), ("indicator", "period"))
    problems += duplicates(replace(table, frame=frame), ("observation",))
    files = tuple((Path(t.file).name, t.sha256) for t in (table, sources) if t.sha256)
    ledger = Ledger(
        name=str(source),
        frame=frame,
        sources=sources.frame.drop(columns="line"),
        synthetic=bool(frame["synthetic"].any()),
        files=files,
        notes=notes,
    )
    return _Reading(ledger, tuple(problems))


def _own_sources(table: Table) -> Table:
    """Sources of a file that came without ``sources.csv``: the words it uses itself."""
    import pandas as pd

    words = sorted({str(word) for word in table.frame["source"]} | {""})
    frame = pd.DataFrame({spec.name: [""] * len(words) for spec in SOURCE_FIELDS})
    frame["source"] = words
    frame["publisher"] = [word or Path(table.file).name for word in words]
    frame["published"] = pd.NaT
    frame["published_inferred"] = False
    frame["line"] = 0
    return Table(table.file, frame, (), "")


def _complete(
    table: Table, sources: Table, plan: Plan, today: date, *, check_sources: bool
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Join every row with its source, fill what follows and collect what is wrong."""
    home = {str(record["source"]): cells(record) for record in sources.frame.to_dict("records")}
    named: dict[int, set[str]] = {}
    for found in table.problems:
        named.setdefault(found.row or 0, set()).add(found.column or "")
    missing = {found.column for found in table.problems if found.row == 1 and found.column}
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for record in table.frame.to_dict("records"):
        row = cells(record)
        line = int(row["line"])
        origin = home.get(row["source"], {})
        if check_sources and not origin:
            message = ("sources.csv 中没有这个来源", "no such source in sources.csv")
            cure = ("在 sources.csv 加一行，或改正编号", "add it there or correct the identifier")
            problems.append(problem(table.file, line, "source", row["source"], message, cure))
        row["published_inferred"] = row["published"] is None and origin.get("published_inferred", False)
        row["published"] = row["published"] or origin.get("published")
        row["reporter"] = row["reporter"] or (str(origin.get("publisher", "")) if check_sources else "")
        row["observation"] = row["observation"] or f"row{line}"
        known = frozenset(named.get(line, set()) | {str(name) for name in missing})
        done, wrong = complete(table.file, row, plan, today, known)
        rows.append(done)
        problems += wrong
    return rows, problems


def _frame(rows: Iterable[dict[str, Any]], today: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Typed frame of completed rows; undated rows count as published ``today``."""
    import pandas as pd

    names = [spec.name for spec in ENTRY_FIELDS]
    frame = pd.DataFrame(rows, columns=[*names, "precision", "published_inferred", "line"])
    undated = frame["published"].isna()
    frame["published_inferred"] = frame["published_inferred"].fillna(False).astype(bool) | undated
    frame["published"] = pd.to_datetime(frame["published"].where(~undated, today))
    frame["period_end"] = pd.to_datetime(frame["period_end"])
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
