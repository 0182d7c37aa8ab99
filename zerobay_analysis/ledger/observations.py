"""The rows of a ledger: their columns, what their cells may say, and what follows from them.

A department needs four columns, ``indicator, period, value, unit``; everything else has a
default that follows from the indicator. The public record fills more of them by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import Problem, Refused
from zerobay_analysis.files.sheets import Column
from zerobay_analysis.files.tables import Field, beyond, each_language, fields_of, normal, parse_integer, word
from zerobay_analysis.ledger import notation
from zerobay_analysis.ledger.notation import STAGE_UNIT, STAGES, Period, Precision
from zerobay_analysis.plan import Indicator, Kind, Plan, item_number

if TYPE_CHECKING:
    import pandas as pd


KEY = ("indicator", "measure", "geography", "period_end", "basis", "comparability", "reporter")
"""What makes two rows vintages of the same figure."""


class Role(StrEnum):
    """What a figure may tell a model about the official series."""

    OWN = "own"
    """Official definition and geography: informs level and growth."""
    DOUBTFUL = "doubtful"
    """Wording matches, but a change of definition is possible: as likely to carry an
    unknown constant offset as not."""
    PROXY = "proxy"
    """Other definition or geography: unknown constant offset, informs growth only."""
    OUTLIER = "outlier"
    """Kept and shown; no weight in any model, for the reason in ``caveat``."""
    CONTEXT = "context"
    """Shown beside the indicator, no weight in any model: another unit or another kind of
    count (a stock where the indicator is a flow, a figure per head)."""


class Comparability(StrEnum):
    """How a figure relates to the plan's indicator."""

    DIRECT = "direct"
    OTHER_DEFINITION = "other_definition"
    OTHER_GEOGRAPHY = "other_geography"
    CONTEXT = "context"


class Status(StrEnum):
    """Whether a vintage says what a figure is, or takes it back."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """What stretch of time a figure covers."""

    STOCK = "stock"
    CUMULATIVE = "cumulative"
    FLOW = "flow"
    RATE = "rate"
    SHARE = "share"
    YTD_FLOW = "ytd_flow"
    YTD_RATE = "ytd_rate"
    PART_FLOW = "part_flow"
    """Sum over a part of the year that does not begin in January, or of one batch."""
    PART_RATE = "part_rate"


BASES: Mapping[Kind, frozenset[Basis]] = {
    Kind.STOCK: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.CUMULATIVE: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.FLOW: frozenset({Basis.FLOW, Basis.YTD_FLOW}),
    Kind.RATE: frozenset({Basis.RATE, Basis.YTD_RATE}),
}
"""Bases that a model of each kind can use."""

COUNT_UNITS = frozenset({"个", "家"})
"""Measure words for institutions: a change of one for the other is no change of scale."""


@dataclass(frozen=True)
class FormColumn(Column):
    """One column of the workbook that units fill in; as text, a sheet does not turn 2026-09 into a date.

    Attributes
    ----------
    place : int
        The first column being 1.
    guide : str
        How to fill it in.
    example : str
    choices : sequence of str
        Words of its drop-down list.
    wrong : str
        What is said about anything else.
    """

    place: int = 0
    guide: str = ""
    example: str = ""
    choices: Sequence[str] = ()
    wrong: str = ""


_COLUMNS = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))

PERIOD_TYPES = {word: kind for kind, words in _COLUMNS["periods"].items() for word in words}
"""What a row may say about its period, and what each means."""

FORM = _COLUMNS["form"]
"""Texts of the workbook that units fill in."""

_WORDS: Mapping[str, Iterable[str]] = {
    "status": Status,
    "comparability": Comparability,
    "basis": Basis,
    "role": Role,
    "qualifier": notation.QUALIFIERS,
}
"""What a cell of an observation may say and is stored as, besides the words of ``columns.toml``."""


def _fields(table: str) -> tuple[Field, ...]:
    """Columns of a table, of which most may be left out or empty."""
    columns = {}
    for name, column in _COLUMNS[table].items():
        known = _WORDS.get(name, ()) if table == "observation" else ()
        words = {str(word): str(word) for word in known} | column.get("choices", {})
        own = {key: value for key, value in column.items() if key not in {"form", "note"}}
        columns[name] = own | {"choices": words}
    return fields_of(columns, required=False, blank=True)


OBSERVATION_FIELDS = _fields("observation")
"""Columns of ``observations.csv``; only the first four must be there."""

IMPORT_FIELDS = _fields("import")
"""What is known about an import, besides its rows."""

SOURCE_FIELDS = _fields("source")
"""Columns of ``sources.csv``."""

SENT_ONLY = frozenset({"indicator_name", "numerator", "denominator"})
"""Columns of a sender's file that are checked or turned into others, and not kept."""

ROW_FIELDS = tuple(spec for spec in OBSERVATION_FIELDS if spec.name not in {*SENT_ONLY, "import_id"})
"""What a store keeps of every row."""

_FORM_COLUMNS = [FormColumn(**c["form"]) for c in _COLUMNS["observation"].values() if "form" in c]
FORM_COLUMNS = tuple(sorted(_FORM_COLUMNS, key=lambda column: column.place))
"""Columns of a unit's sheet, from A on."""


GIVEN = ("value", "status", "qualifier", "numerator", "denominator")
"""Columns of a form of which one at least is filled in where the row is."""
WHOLE = {"value", "unit"}


@dataclass
class Preparer:
    """What a sender's rows need before their cells are checked: conversions, and gaps in a form.

    Called with a row of text and its line (:data:`zerobay_analysis.files.tables.Prepare`).

    Attributes
    ----------
    file : str
        Named in problems.
    plan : Plan
    form : bool
        Rows without a value may stand there because nobody has filled them in yet.
    unfilled : dict of int to str
        Their lines, after the calls, and the remark on each.
    """

    file: str
    plan: Plan
    form: bool = False
    unfilled: dict[int, str] = field(default_factory=dict)

    def __call__(self, row: dict[str, str], line: int) -> list[Problem] | None:
        """Leave out what is not filled in; bring indicator, value and unit to the plan's."""
        if self.form and not any(row.get(name) for name in GIVEN):
            self.unfilled[line] = row.get("caveat", "")
            return None
        problems: list[Problem] = []
        if (number := item_number(row.get("indicator", ""))) is not None and not self._item(row, number):
            return [Refused("no_stage", words="、".join(STAGES)).at(self.file, line, "value", row["value"])]
        name = normal(row.get("indicator_name", ""))
        numbers = [str(i.id) for i in self.plan.indicators if name in {i.name_zh, i.short_zh, i.name_en}]
        if numbers and not row.get("indicator", "?"):
            row["indicator"] = numbers[0]
        try:
            indicator = self.plan.by_number[parse_integer(row.get("indicator", ""))]
        except (ValueError, KeyError):
            return problems
        if name and str(indicator.id) not in numbers:
            reason = Refused("name_of_another", number=indicator.id, name=indicator.name_zh)
            problems.append(reason.at(self.file, line, "indicator_name", row["indicator_name"]))
        try:
            self._fraction(row, indicator)
            direct = word(row.get("comparability", "")) in {"", "direct", "直接"}
            whole = direct and {*row} >= WHOLE
            read = notation.read_quantity(row["value"], row["unit"], indicator) if whole else None
        except Refused as doubt:
            return [*problems, doubt.at(self.file, line, "value", row["value"])]
        if read is not None:
            row["value"], written = read
            row["unit"], row["written"] = indicator.unit_zh, row.get("written") or written
        return problems

    def _item(self, row: dict[str, str], number: str) -> bool:
        """Make a row of a form about a commitment or a task one of the ledger; whether its value can be."""
        item, said = self.plan.items.get(number), row["indicator"]
        row["measure"] = f"{item.id} {item.name.zh}" if item else said
        row["indicator"], row["comparability"] = "", str(Comparability.CONTEXT)
        if (value := normal(row.get("value", ""))) in STAGES:
            row |= {"written": value, "value": str(STAGES.index(value)), "unit": STAGE_UNIT}
        return value in STAGES or not value or row.get("unit") not in {"", STAGE_UNIT}

    def _fraction(self, row: dict[str, str], indicator: Indicator) -> None:
        """Compute a rate of its two figures, or check the one that is stated."""
        parts = [row.get(name, "") for name in ("numerator", "denominator")]
        if any(parts) and indicator.kind is not Kind.RATE:
            raise Refused("fraction_of_no_rate", number=indicator.id)
        if any(parts) and "value" in row and (rate := notation.read_fraction(row["value"], *parts)):
            row["value"], row["unit"] = row["value"] or rate, row.get("unit") or indicator.unit_zh
            row["written"] = row.get("written") or f"{parts[0]} ÷ {parts[1]}"


def complete(
    file: str, row: dict[str, Any], plan: Plan, today: date, named: Container[str] = ()
) -> list[Problem]:
    """Fill what follows from a row's own cells and say what contradicts itself.

    ``period_end``, ``basis``, ``precision``, ``role``, ``group``, ``measure`` and ``geography`` are
    filled in place wherever the row allows.

    Parameters
    ----------
    file : str
        Named in problems.
    row : dict
        Cells by column, missing ones ``None`` (or ``""`` for text); ``published``,
        ``published_inferred`` and ``reporter`` already joined from the source.
    plan : Plan
    today : date
        Nothing can have happened, or been published, after it.
    named : container of str
        Columns of this row that are known to be wrong; nothing more is said about them.
    """
    check = _Completion(file, row, plan, today, named, plan.by_number.get(row["indicator"]))
    check.identity()
    period = check.period()
    if period is not None:
        check.basis(period)
        check.time(period)
    check.value()
    check.role()
    return check.problems


@dataclass
class _Completion:
    """A row on its way into the ledger: it is completed in place, problems collect."""

    file: str
    row: dict[str, Any]
    plan: Plan
    today: date
    named: Container[str]
    indicator: Indicator | None
    """The plan's indicator of this row, ``None`` for context and for an unknown number."""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, column: str, key: str, **facts: Any) -> None:
        """Note that ``column`` of this row is wrong, unless the table has named it already."""
        if column not in self.named:
            value = "" if self.row[column] is None else self.row[column]
            self.problems.append(Refused(key, **facts).at(self.file, int(self.row["line"]), column, value))

    @property
    def direct(self) -> bool:
        return bool(self.row["comparability"] == Comparability.DIRECT)

    def identity(self) -> None:
        """Check indicator, comparability, unit; fill measure and geography."""
        row, indicator, plan = self.row, self.indicator, self.plan
        context = row["comparability"] == Comparability.CONTEXT
        numbers = [i.id for i in plan.indicators]
        if row["indicator"] is None and not context:
            self.wrong("indicator", "no_indicator", first=numbers[0], last=numbers[-1])
        elif row["indicator"] is not None and indicator is None:
            self.wrong("indicator", "unknown_indicator", numbers="、".join(map(str, numbers)))
        if indicator is not None and self.direct and row["unit"]:
            zh, en = indicator.unit_zh, indicator.unit_en
            if normal(row["unit"]) not in {normal(zh), normal(en)}:
                self.wrong("unit", "unit_differs", number=indicator.id, unit_zh=zh, unit_en=en)
            row["unit"] = zh
        if indicator is None and context and not row["measure"]:
            self.wrong("measure", "no_measure")
        if indicator is None and item_number(row["measure"]) not in {None, *plan.items}:
            counts = {"commitments": len(plan.commitments), "tasks": len(plan.tasks)}
            self.wrong("measure", "unknown_item", **counts)
        row["measure"] = row["measure"] or (indicator.name_zh if indicator else "")
        row["geography"] = row["geography"] or plan.area.zh

    def period(self) -> Period | None:
        """Read the period; a row with its own ``period_end`` keeps it."""
        row = self.row
        if not row["period"]:
            return None  # named already
        try:
            period = notation.parse_period(row["period"])
        except ValueError:
            if row["period_end"] is None or not row["basis"]:
                self.wrong("period", "unknown_period")
                return None
            period = Period(row["period_end"], row["period_end"])
        row["period_end"] = row["period_end"] or period.end
        return period

    def basis(self, period: Period) -> None:
        """Fill ``basis`` from the indicator's kind, the period and its type."""
        row, indicator = self.row, self.indicator
        if row["basis"] or indicator is None:
            if not row["basis"] and row["comparability"] == Comparability.CONTEXT:
                row["basis"] = str(Basis.STOCK)
            return
        kind = PERIOD_TYPES.get(word(row["period_type"]))
        if row["period_type"] and kind is None:
            self.wrong("period_type", "unknown_period_type", **each_language(PERIOD_TYPES))
            return
        if indicator.kind in {Kind.STOCK, Kind.CUMULATIVE}:
            if kind in {"ytd", "part"} and self.direct:
                self.wrong("period_type", "level_as_sum")
            row["basis"] = str(Basis.CUMULATIVE if indicator.kind is Kind.CUMULATIVE else Basis.STOCK)
            return
        name = "flow" if indicator.kind is Kind.FLOW else "rate"
        if kind == "point":
            self.wrong("period_type", "sum_as_level")
        elif kind == "year" and not period.is_year:
            self.wrong("period_type", "no_whole_year")
        elif period.is_year:
            row["basis"] = name
        elif kind == "ytd" or (kind is None and period.from_january and period.start != period.end):
            row["basis"] = f"ytd_{name}"
        elif kind == "part":
            row["basis"] = f"part_{name}"
        else:
            self.wrong("period_type", "part_of_year")

    def time(self, period: Period) -> None:
        """Nothing lies in the future, nothing is published before its period began."""
        row, today = self.row, self.today
        level = row["basis"] in {Basis.STOCK, Basis.CUMULATIVE, Basis.SHARE}
        month = (period.start.year, period.start.month) == (period.end.year, period.end.month)
        # A level of this month may be known before the month is over; a sum or a year-end may not.
        if (period.start if level and month else row["period_end"]) > today:
            self.wrong("period", "future_period", today=today)
        published: date | None = row["published"]
        if published is not None and published > today:
            self.wrong("published", "future_publication", today=today)
        elif published is not None and published < period.start:
            self.wrong("published", "early_publication")

    def value(self) -> None:
        """Check the value against the indicator's bounds and read its precision."""
        row, indicator = self.row, self.indicator
        known = row["qualifier"] in {"", *notation.QUALIFIERS}
        row["precision"] = str(notation.precision_of(row["qualifier"])) if known else ""
        value: float | None = row["value"]
        if value is None:
            if row["status"] != Status.WITHDRAWN:
                self.wrong("value", "blank")
            return
        if indicator is None and row["unit"] == STAGE_UNIT and value not in range(len(STAGES)):
            self.wrong("value", "no_stage", words="、".join(STAGES))
        if value == 0 and row["precision"] not in {"", Precision.EXACT}:
            self.wrong("qualifier", "qualified_zero")
        if indicator is None or not self.direct:
            return
        if limits := beyond(value, indicator.lower, indicator.upper):
            self.wrong("value", "outside_bounds", number=indicator.id, limits=limits)
        if indicator.whole_number and not float(value).is_integer():
            self.wrong("value", "not_whole", number=indicator.id)

    def role(self) -> None:
        """Fill the role from comparability, basis and unit; refuse one that contradicts them."""
        row, indicator, direct = self.row, self.indicator, self.direct
        if indicator is None:
            row["role"] = row["role"] or str(Role.CONTEXT)
            return
        reason = "" if not row["basis"] else _incommensurate(row, indicator)
        usable = {Role.OWN, Role.DOUBTFUL} if direct else {Role.PROXY}
        if not row["role"]:
            follows = (Role.OWN if direct else Role.PROXY) if not reason else Role.CONTEXT
            row["role"] = str(Role.CONTEXT if row["comparability"] == Comparability.CONTEXT else follows)
            row["role_reason"] = row["role_reason"] or reason
        elif row["role"] in {Role.OWN, Role.DOUBTFUL, Role.PROXY} and (row["role"] not in usable or reason):
            self.wrong("role", "role_contradicts", reason=reason or "与可比性矛盾")
        if row["role"] == Role.OWN:
            row["group"] = ""
        elif not row["group"]:
            row["group"] = f"{row['measure']}|{row['geography']}"


def _incommensurate(row: Mapping[str, Any], indicator: Indicator) -> str:
    """Why a figure cannot enter the indicator's model, ``""`` where it can."""
    if row["basis"] not in BASES[indicator.kind]:
        return "与该指标不是同一类数（存量、流量、增速或不足年的当期数）"
    units = {normal(row["unit"]), normal(indicator.unit_zh)}
    if len(units) > 1 and not units <= COUNT_UNITS:
        return f"单位是{row['unit']}，不是{indicator.unit_zh}"
    return ""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a typed frame as Python's own values; a cell without one is ``None``."""
    days = {str(name): frame[name].dt.date for name in frame.select_dtypes("datetime")}
    plain, names = frame.assign(**days).astype(object), [str(name) for name in frame.columns]
    rows = plain.where(plain.notna(), None).itertuples(index=False, name=None)
    return [dict(zip(names, row, strict=True)) for row in rows]
