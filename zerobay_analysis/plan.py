"""What a plan promises: indicators, yearly targets, commitments, tasks and their owners.

A plan is a folder: ``plan.toml`` says what it is called and where it stands, CSV files hold what it
promises, ``scenarios/`` may hold example scenarios. Every row carries the number of the
document and the section it stands in (a target row through its indicator).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import DataError, ParameterError, Problem
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.files.problems import problem
from zerobay_analysis.files.tables import Field, Table, duplicates, read_table
from zerobay_analysis.language import Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PLAN_FILE", "PLAN_TABLES", "Indicator", "Kind", "Plan", "load_plan"]


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
    levers : pandas.DataFrame
        Tasks that move an indicator, the fittest first, and why; an indicator without a row has none named.
    earlier_targets : pandas.DataFrame
        Targets of an earlier round, with sources.
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
    levers: pd.DataFrame
    earlier_targets: pd.DataFrame

    def indicator(self, number: int) -> Indicator:
        """Return indicator number ``number``; raise ``ParameterError`` if the plan has none."""
        if number in self.by_number:
            return self.by_number[number]
        known = ", ".join(str(i.id) for i in self.indicators)
        raise ParameterError(f"计划中没有指标 {number}；可选 / no indicator {number}; choose from: {known}")

    def target(self, number: int, year: int) -> float:
        """Target of indicator ``number`` for ``year`` in the indicator's unit."""
        rows = self.targets[(self.targets["indicator"] == number) & (self.targets["year"] == year)]
        if rows.empty:
            raise ParameterError(
                f"指标 {number} 没有 {year} 年目标 / indicator {number} has no target for {year}"
            )
        return float(rows["target"].iloc[0])

    @cached_property
    def by_number(self) -> Mapping[int, Indicator]:
        """Indicators by their number."""
        return {indicator.id: indicator for indicator in self.indicators}

    @cached_property
    def items(self) -> frozenset[str]:
        """Numbers of the commitments and tasks as :func:`item_number` gives them."""
        return frozenset(str(item_number(name)) for name in self.commitments["id"]) | {
            f"T{number}" for number in self.tasks["id"]
        }

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Responsible units in the order in which indicators, tasks and commitments first name them."""
        named = [*self.tasks["owners"], *self.commitments["owners"]]
        units = [unit for indicator in self.indicators for unit in indicator.owners]
        units += [unit.strip() for owners in named for unit in str(owners).split(";")]
        return tuple(unit for unit in dict.fromkeys(units) if unit and unit != "nan")

    @property
    def files(self) -> tuple[Path, ...]:
        """Files that say what the plan is, in order of their names."""
        return tuple(sorted((*self.folder.glob("*.csv"), self.folder / PLAN_FILE)))

    @property
    def years(self) -> tuple[int, ...]:
        """Target years in order."""
        return tuple(sorted({int(year) for year in self.targets["year"]}))


def item_number(measure: str) -> str | None:
    """``C1`` for ``C01 各类平台…``; ``None`` where a measure names no commitment and no task."""
    found = _ITEM.match(measure)
    return f"{found[1].upper()}{int(found[2] or found[3])}" if found else None


def _choice(*words: str) -> dict[str, str]:
    return {word: word for word in words}


_PROVENANCE = (Field("document"), Field("section"))

INDICATOR_FIELDS = (
    Field("id", "integer", minimum=1),
    Field("key"),
    Field("name_zh"),
    Field("name_en"),
    Field("short_zh"),
    Field("short_en"),
    Field("action_zh"),
    Field("kind", choices=_choice(*Kind)),
    Field("unit_zh"),
    Field("unit_en"),
    Field("direction", "integer", choices=_choice("1", "-1")),
    Field("decimals", "integer", minimum=0, maximum=6),
    Field("whole_number", "boolean"),
    Field("lower", "number", blank=True),
    Field("upper", "number", blank=True),
    Field("owners"),
    *_PROVENANCE,
    Field("reference_class", required=False, blank=True, default="general"),
    Field("arguable_classes", required=False, blank=True),
    Field("class_reason", required=False, blank=True),
)

TARGET_FIELDS = (
    Field("indicator", "integer"),
    Field("year", "integer", minimum=2000),
    Field("target", "number"),
)

COMMITMENT_FIELDS = (
    Field("id"),
    Field("text"),
    Field("text_en"),
    Field("value", "number"),
    Field("unit"),
    Field("kind", choices=_choice("target", "recurring", "condition")),
    Field("by_year", "integer", minimum=2000),
    Field("by_year_stated", "boolean"),
    Field("task", "integer", blank=True),
    Field("owners", blank=True),
    *_PROVENANCE,
    Field("note", blank=True),
)

TASK_FIELDS = (
    Field("id", "integer", minimum=1),
    Field("group"),
    Field("group_en"),
    Field("title"),
    Field("title_en"),
    Field("owners"),
    *_PROVENANCE,
)

LEVER_FIELDS = (Field("indicator", "integer"), Field("task", "integer"), Field("why"), Field("why_en"))

EARLIER_TARGET_FIELDS = (
    Field("id"),
    Field("plan"),
    Field("name"),
    Field("indicator", "integer", blank=True),
    Field("measure"),
    Field("geography"),
    Field("geography_as_stated"),
    Field("target_year", "integer", blank=True),
    Field("target", "number"),
    Field("qualifier"),
    Field("unit"),
    Field("caveat"),
    Field("source_title"),
    Field("publisher"),
    Field("published", "date"),
    Field("published_as_stated"),
    Field("published_inferred", "boolean"),
    Field("copy", blank=True),
    Field("url", blank=True),
)

PLAN_TABLES: dict[str, tuple[tuple[Field, ...], tuple[str, ...]]] = {
    "indicators": (INDICATOR_FIELDS, ("id",)),
    "targets": (TARGET_FIELDS, ("indicator", "year")),
    "commitments": (COMMITMENT_FIELDS, ("id",)),
    "tasks": (TASK_FIELDS, ("id",)),
    "levers": (LEVER_FIELDS, ("indicator", "task")),
    "earlier_targets": (EARLIER_TARGET_FIELDS, ("id",)),
}
"""The tables: fields and key."""
OPTIONAL = ("levers", "earlier_targets")
"""Tables that a plan need not have."""


PLAN_FILE = "plan.toml"
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
        raise ParameterError(f"没有计划文件夹 {folder} / no such folder of a plan: {folder}")
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
    frames = {name: table.frame.drop(columns="line") for name, table in tables.items()}
    return Plan(
        folder=root,
        name=Text(facts["name.zh"], facts["name.en"]),
        document=facts["document"],
        area=Text(facts["area.zh"], facts["area.en"]),
        closing_days=facts["closing.days"],
        closing_reason=Text(facts["closing.reason.zh"], facts["closing.reason.en"]),
        indicators=tuple(
            _indicator(row, facts["area.zh"]) for row in frames["indicators"].to_dict("records")
        ),
        targets=frames["targets"],
        commitments=frames["commitments"],
        tasks=frames["tasks"],
        levers=frames["levers"],
        earlier_targets=frames["earlier_targets"],
    )


def _table(path: Path, fields: tuple[Field, ...]) -> Table:
    """One of the plan's tables; an optional one that is not there is empty."""
    optional = path.stem in OPTIONAL and not path.exists()
    return Table(str(path), fields, []) if optional else read_table(path, fields)


def _facts(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Keys of ``plan.toml``, those of its tables with a dot, and what is wrong with them."""

    def wrong(key: str | None, value: object, zh: str, en: str, cure: tuple[str, str]) -> None:
        problems.append(problem(str(path), None, key, value, (zh, en), cure))

    problems: list[Problem] = []
    facts: dict[str, Any] = {}
    like = ("参照随附的 data/plan/plan.toml", "write it like the shipped data/plan/plan.toml")
    try:
        facts = _flat(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError) as error:  # none, not UTF-8, or not TOML
        wrong(None, "", "读不出", f"cannot be read: {error}", like)
        return facts, problems
    for key in (*_KEYS, "closing.days"):
        if not facts.get(key) or (key in _KEYS and not isinstance(facts[key], str)):
            wrong(key, facts.get(key, ""), "缺少，或不是文字", "missing, or no text", like)
    for key in sorted(set(facts) - {*_KEYS, "closing.days"}):
        wrong(key, facts[key], "不认识的键", "unknown key", ("删去或改名", "remove or rename it"))
    try:
        days = [date.fromisoformat(f"2000-{day}") for day in facts.get("closing.days", ())]
        facts["closing.days"] = tuple((day.month, day.day) for day in days if (day.month, day.day) != (2, 29))
    except (TypeError, ValueError):
        cure = ('写成 ["01-20", "07-20"]', 'write ["01-20", "07-20"]')
        wrong("closing.days", facts["closing.days"], "不是月和日", "no months and days", cure)
    return facts, problems


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Values of a table and of those inside it, by their dotted keys."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def _indicator(row: dict[Hashable, Any], area: str) -> Indicator:
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    values["kind"] = Kind(values["kind"])
    values["owners"] = tuple(owner.strip() for owner in values["owners"].split(";"))
    values["arguable_classes"] = tuple(
        filter(None, (name.strip() for name in values["arguable_classes"].split(";")))
    )
    for name in ("id", "direction", "decimals"):
        values[name] = int(values[name])
    for name in ("lower", "upper"):
        values[name] = None if math.isnan(values[name]) else float(values[name])
    return Indicator(**values, area=area)


def _dangling(tables: dict[str, Table]) -> list[Problem]:
    """Rows that name an indicator or a task which the plan does not have."""
    links = (
        ("targets", "indicator", "indicators"),
        ("earlier_targets", "indicator", "indicators"),
        ("commitments", "task", "tasks"),
        ("levers", "indicator", "indicators"),
        ("levers", "task", "tasks"),
    )
    problems: list[Problem] = []
    for name, column, home in links:
        known = set(tables[home].frame["id"].dropna())
        frame = tables[name].frame
        for _, row in frame[frame[column].notna() & ~frame[column].isin(known)].iterrows():
            message = (f"{home}.csv 中没有这个编号", f"no such id in {home}.csv")
            cure = ("改成已有的编号", "use an id that is there")
            problems.append(problem(tables[name].file, int(row["line"]), column, row[column], message, cure))
    return problems


def _outside(tables: dict[str, Table]) -> list[Problem]:
    """Targets that their indicator's bounds do not allow."""
    bounds = tables["indicators"].frame[["id", "lower", "upper"]].rename(columns={"id": "indicator"})
    joined = tables["targets"].frame.merge(bounds, on="indicator", how="inner")
    wrong = joined[(joined["target"] < joined["lower"]) | (joined["target"] > joined["upper"])]
    message = ("目标值超出该指标的范围", "target outside the indicator's bounds")
    cure = ("核对目标值，或改 indicators.csv 的上下限", "check the target or the indicator's bounds")
    return [
        problem(tables["targets"].file, int(row["line"]), "target", row["target"], message, cure)
        for _, row in wrong.iterrows()
    ]
