"""What a plan promises: indicators, yearly targets, commitments, tasks and their owners.

A plan is a folder: ``plan.toml`` says what it is called and where it stands, CSV files hold what it
promises, ``scenarios/`` may hold example scenarios. Every row carries the number of the
document and the section it stands in (a target row through its indicator).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import DataError, ParameterError, Problem, Refused, message
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.files.tables import Field, Table, beyond, duplicates, fields_of, read_table, typed_frame
from zerobay_analysis.language import Name, Text

if TYPE_CHECKING:
    import pandas as pd


class Kind(StrEnum):
    """What a figure counts; it decides the mathematics, here and nowhere else."""

    STOCK = "stock"
    """Level at a date; may fall."""
    CUMULATIVE = "cumulative"
    """累计 total at a date; never falls."""
    FLOW = "flow"
    """Sum over the year; the target is per year."""
    RATE = "rate"
    """Percent for the year; differences in percentage points, never growth of growth."""


@dataclass(frozen=True)
class Indicator:
    """One indicator of the plan.

    Attributes
    ----------
    id : int
        Number in the plan.
    key : str
        Short identifier for file names, e.g. ``"fund_size"``.
    kind : Kind
        See :class:`Kind`.
    unit_zh, unit_en : str
        Unit of every value and target of this indicator.
    direction : int
        ``+1`` where more is better, ``-1`` where less is better.
    decimals : int
        Digits after the decimal point when a value is printed.
    whole_number : bool
        True for counts: a value is a whole number, so "at least 170" means 169.5 or more.
    lower, upper : float or None
        Bounds that the value cannot leave, ``None`` where there is none.
    owners : tuple of str
        Responsible units, in the plan's order; more than one is joint responsibility.
    document, section : str
        Where the plan says so.
    area : str
        Where the plan applies, in Chinese as in a ledger.
    reference_class : str
        What its figures are like, a name that ``zerobay classes`` lists; ``class_reason`` says why.
    arguable_classes : tuple of str
        Further classes that could be argued for.
    """

    id: int
    key: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str
    action_zh: str
    kind: Kind
    unit_zh: str
    unit_en: str
    direction: int
    decimals: int
    whole_number: bool
    lower: float | None
    upper: float | None
    owners: tuple[str, ...]
    document: str
    section: str
    area: str = ""
    reference_class: str = "general"
    arguable_classes: tuple[str, ...] = ()
    class_reason: str = ""

    def name(self, lang: str = "zh") -> str:
        """Full name in the language of the reader (``"zh"`` or ``"en"``)."""
        return self.name_zh if lang == "zh" else self.name_en

    def short(self, lang: str = "zh") -> str:
        """Short name for a chart or a table cell."""
        return self.short_zh if lang == "zh" else self.short_en

    def unit(self, lang: str = "zh") -> str:
        """Unit in the language of the reader."""
        return self.unit_zh if lang == "zh" else self.unit_en

    def format(self, value: float) -> str:
        """``value`` with this indicator's digits, without a thousands separator."""
        return f"{value:.{self.decimals}f}"


@dataclass(frozen=True)
class Item:
    """A commitment or a task of the plan.

    Attributes
    ----------
    id : str
        ``C01`` or ``T07``.
    name : Text
    unit : Name
        Of its figure; empty for a task, whose progress is told in words.
    owners : tuple of str
        Responsible units.
    counted : bool
        Whether progress is asked for: not of a condition or a definition.
    """

    id: str
    name: Text
    unit: Name
    owners: tuple[str, ...]
    counted: bool = True


_ITEM = re.compile(r"\s*([CT])\s*(?:(\d{2})(?![0-9a-z])|0*(\d{1,2})(?!\w))", re.IGNORECASE)
"""``C01 …``, ``C01…`` or ``C1 …``; ``C919`` and ``T3航站楼`` are other things."""


@dataclass(frozen=True)
class Plan:
    """The whole plan as data.

    Attributes
    ----------
    folder : Path
    name : Text
    document : str
        Number of the document that the tables transcribe.
    area : Text
        Where the plan applies; figures that name no area are of this one.
    closing_days : tuple of (int, int)
        Month and day by which figures are asked for.
    closing_reason : Text
        Why these days.
    indicators : tuple of Indicator
        In the plan's order.
    targets : pandas.DataFrame
        ``indicator`` (int), ``year`` (int), ``target`` (float), in the indicator's unit.
    commitments : pandas.DataFrame
        Quantified commitments of the plan's text, with section and owners.
    tasks : pandas.DataFrame
        The tasks with their responsible units.
    names : mapping of str to Name
        English of units, measures, areas and publishers, by the words of plan and ledger.
    levers : pandas.DataFrame
        Tasks that move an indicator, the fittest first, and why; an indicator without a row has none named.
    earlier_targets : pandas.DataFrame
        Targets of an earlier round, with sources.
    earlier_indicators : pandas.DataFrame
        What the plan before this one counted, and what has become of each, with sources.
    """

    folder: Path
    name: Text
    document: str
    area: Text
    closing_days: tuple[tuple[int, int], ...]
    closing_reason: Text
    indicators: tuple[Indicator, ...]
    targets: pd.DataFrame
    commitments: pd.DataFrame
    tasks: pd.DataFrame
    names: Mapping[str, Name]
    levers: pd.DataFrame
    earlier_targets: pd.DataFrame
    earlier_indicators: pd.DataFrame

    def indicator(self, number: int) -> Indicator:
        """Return indicator number ``number``; raise ``ParameterError`` if the plan has none."""
        if number in self.by_number:
            return self.by_number[number]
        known = ", ".join(str(i.id) for i in self.indicators)
        raise ParameterError(message("no_such_indicator", number=number, known=known))

    def target(self, number: int, year: int) -> float:
        """Target of indicator ``number`` for ``year`` in the indicator's unit."""
        rows = self.targets[(self.targets["indicator"] == number) & (self.targets["year"] == year)]
        if rows.empty:
            raise ParameterError(message("no_such_target", number=number, year=year))
        return float(rows["target"].iloc[0])

    @cached_property
    def by_number(self) -> Mapping[int, Indicator]:
        """Indicators by their number."""
        return {indicator.id: indicator for indicator in self.indicators}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Commitments, then tasks, by their numbers as :func:`item_number` gives them."""
        commitments = self.commitments[["id", "text", "text_en", "unit", "owners", "kind"]].to_numpy()
        tasks = self.tasks[["id", "title", "title_en", "owners"]].to_numpy()
        rows = [*commitments, *((f"T{n:02d}", zh, en, "", owners, "") for n, zh, en, owners in tasks)]
        return {
            str(item_number(name)): Item(
                name, Text(zh, en), self.name_of(unit), _names(owners, self.names), kind != "condition"
            )
            for name, zh, en, unit, owners, kind in rows
        }

    def name_of(self, zh: str) -> Name:
        """A name with its English, where the plan's folder has that."""
        return self.names.get(zh) or Name(zh)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Responsible units in the order in which indicators, tasks and commitments first name them."""
        items = sorted(self.items.values(), key=lambda item: item.id[0], reverse=True)
        owners = [one.owners for one in self.indicators] + [item.owners for item in items]
        return tuple(dict.fromkeys(unit for of in owners for unit in of))

    @property
    def files(self) -> tuple[Path, ...]:
        """Files that say what the plan is, in order of their names."""
        return tuple(sorted((*self.folder.glob("*.csv"), self.folder / PLAN_FILE)))

    @property
    def years(self) -> tuple[int, ...]:
        """Target years in order."""
        return tuple(sorted({int(year) for year in self.targets["year"]}))


def _names(owners: str, known: Mapping[str, Name]) -> tuple[str, ...]:
    """Names between semicolons."""
    return tuple(known.get(name) or name for name in map(str.strip, owners.split(";")) if name)


def item_number(measure: str) -> str | None:
    """``C1`` for ``C01 各类平台…``; ``None`` where a measure names no commitment and no task."""
    found = _ITEM.match(measure)
    return f"{found[1].upper()}{int(found[2] or found[3])}" if found else None


_TABLES = tomllib.loads(Path(__file__).with_name("plan_columns.toml").read_text(encoding="utf-8"))

PLAN_TABLES: dict[str, tuple[tuple[Field, ...], tuple[str, ...]]] = {
    name: (fields_of(table["columns"]), tuple(table["key"])) for name, table in _TABLES.items()
}
"""Tables of a plan: fields and key."""

PLAN_FILE = "plan.toml"
DAYS = "closing.days"
_KEYS = ("document", "name.zh", "name.en", "area.zh", "area.en", "closing.reason.zh", "closing.reason.en")


def load_plan(folder: Path | str = "") -> Plan:
    """Read and check a plan's folder.

    Parameters
    ----------
    folder : Path or str
        Holds ``plan.toml`` and the CSV files; by default the shipped ``data/plan``.

    Returns
    -------
    Plan
        Owners in the frames stay as in the files: names separated by ``;``.

    Raises
    ------
    ParameterError
        There is no such folder.
    DataError
        With every problem of every file at once.
    """
    root = Path(folder).absolute() if str(folder) else data_dir() / "plan"
    if not root.is_dir():
        raise ParameterError(message("no_plan_folder", folder=folder))
    return _load_plan(root)


@lru_cache(maxsize=4)
def _load_plan(root: Path) -> Plan:
    facts, problems = _facts(root / PLAN_FILE)
    tables = {name: _table(root / f"{name}.csv", fields) for name, (fields, _) in PLAN_TABLES.items()}
    problems += [found for table in tables.values() for found in table.problems]
    for name, (_, key) in PLAN_TABLES.items():
        problems += duplicates(tables[name].file, tables[name].rows, key)
    problems += _dangling(tables) + _outside(tables)
    if problems:
        raise DataError(problems)
    names = {row["name"]: Name(row["name"], row["name_en"]) for row in tables.pop("names").rows}
    indicators = tables.pop("indicators").rows
    for row in indicators:
        del row["line"]
        lists = {name: _names(row[name], names) for name in ("owners", "arguable_classes")}
        row |= lists | {"kind": Kind(row["kind"])}
    frames = {name: typed_frame(of.rows, of.fields).drop(columns="line") for name, of in tables.items()}
    return Plan(
        folder=root,
        name=Text(facts["name.zh"], facts["name.en"]),
        document=facts["document"],
        area=Text(facts["area.zh"], facts["area.en"]),
        closing_days=facts[DAYS],
        closing_reason=Text(facts["closing.reason.zh"], facts["closing.reason.en"]),
        indicators=tuple(Indicator(**row, area=facts["area.zh"]) for row in indicators),
        names=names,
        **frames,
    )


def _table(path: Path, fields: tuple[Field, ...]) -> Table:
    """One of the plan's tables; an optional one that is not there is empty."""
    optional = _TABLES[path.stem].get("optional") and not path.exists()
    return Table(str(path), fields, []) if optional else read_table(path, fields)


def _facts(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Keys of ``plan.toml``, those of its tables with a dot, and what is wrong with them."""
    try:
        facts = _flat(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError) as error:  # none, not UTF-8, or not TOML
        return {}, [Refused("plan_unreadable", reason=error).at(str(path))]
    wrong = [("plan_key_missing", key) for key in _KEYS if not isinstance(facts.get(key) or None, str)]
    wrong += [("plan_key_missing", DAYS)] if not facts.get(DAYS) else []
    wrong += [("plan_key_unknown", key) for key in sorted(set(facts) - {*_KEYS, DAYS})]
    try:
        days = [date.fromisoformat(f"2000-{day}") for day in facts.get(DAYS, ())]
        facts[DAYS] = tuple((day.month, day.day) for day in days if (day.month, day.day) != (2, 29))
    except (TypeError, ValueError):
        wrong.append(("no_closing_days", DAYS))
    return facts, [Refused(reason).at(str(path), None, key, facts.get(key, "")) for reason, key in wrong]


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Values of a table and of those inside it, by their dotted keys."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def _dangling(tables: dict[str, Table]) -> list[Problem]:
    """Rows that name an indicator or a task which the plan does not have."""
    problems: list[Problem] = []
    links = [(name, *link) for name in tables for link in _TABLES[name].get("links", {}).items()]
    for name, column, home in links:
        known = {row["id"] for row in tables[home].rows}
        problems += [
            Refused("no_such_id", home=home).at(tables[name].file, row["line"], column, row[column])
            for row in tables[name].rows
            if row[column] is not None and row[column] not in known
        ]
    return problems


def _outside(tables: dict[str, Table]) -> list[Problem]:
    """Targets that their indicator's bounds do not allow."""
    bounds = {row["id"]: (row["lower"], row["upper"]) for row in tables["indicators"].rows}
    file = tables["targets"].file
    return [
        Refused("target_out_of_bounds").at(file, row["line"], "target", row["target"])
        for row in tables["targets"].rows
        if row["target"] is not None and beyond(row["target"], *bounds.get(row["indicator"], (None, None)))
    ]
