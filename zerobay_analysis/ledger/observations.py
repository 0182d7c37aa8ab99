"""One row of a ledger: what follows from its cells, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.tables import normal, parse_integer, problem, word
from zerobay_analysis.ledger.fields import (
    BASES,
    COUNT_UNITS,
    HOME,
    PERIOD_TYPES,
    Basis,
    Comparability,
    Role,
    Status,
)
from zerobay_analysis.ledger.period import Period, parse_period
from zerobay_analysis.ledger.qualifiers import QUALIFIERS, Precision, precision_of
from zerobay_analysis.ledger.units import Ambiguous, read_quantity
from zerobay_analysis.plan import Indicator, Kind, Plan, item_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Preparation", "cells", "complete", "records"]


@dataclass
class Preparation:
    """What a sender's rows need before their cells are checked: conversions, and gaps in a form.

    Called with rows of text and their lines (:data:`zerobay_analysis.files.tables.Prepare`).

    Attributes
    ----------
    file : str
        Named in problems.
    plan : Plan
    form : bool
        Rows without a value may stand there because nobody has filled them in yet.
    unfilled : list of int
        Their lines, after the call.
    """

    file: str
    plan: Plan
    form: bool = False
    unfilled: list[int] = field(default_factory=list)
    _indicators: dict[str, Indicator | None] = field(default_factory=dict)
    """By the text of the cell: a large file has few."""

    def __call__(
        self, texts: list[dict[str, str]], lines: list[int]
    ) -> tuple[list[dict[str, str]], list[int], list[Problem]]:
        """Leave out what is not filled in; bring indicator, value and unit to the plan's."""
        kept: list[dict[str, str]] = []
        kept_lines: list[int] = []
        problems: list[Problem] = []
        for row, line in zip(texts, lines, strict=True):
            if self.form and not any(row.get(name) for name in ("value", "status", "qualifier")):
                self.unfilled.append(line)
                continue
            problems += self._named(row, line)
            problems += self._quantity(row, line)
            kept.append(row)
            kept_lines.append(line)
        return kept, kept_lines, problems

    def _named(self, row: dict[str, str], line: int) -> list[Problem]:
        """Find the number that belongs to a name; refuse a name that belongs to another number."""
        name = normal(row.get("indicator_name", ""))
        if not name:
            return []
        numbers = [str(i.id) for i in self.plan.indicators if name in {i.name_zh, i.short_zh, i.name_en}]
        if "indicator" in row and not row["indicator"] and numbers:
            row["indicator"] = numbers[0]
        indicator = self._indicator(row)
        if indicator is None or str(indicator.id) in numbers:
            return []
        message = (
            f"指标 {indicator.id} 是“{indicator.name_zh}”",
            f"indicator {indicator.id} has another name",
        )
        cure = ("核对序号和名称", "check the number and the name")
        return [problem(self.file, line, "indicator_name", row["indicator_name"], message, cure)]

    def _quantity(self, row: dict[str, str], line: int) -> list[Problem]:
        indicator = self._indicator(row)
        direct = word(row.get("comparability", "")) in {"", "direct", "直接"}
        if indicator is None or not direct or "value" not in row or "unit" not in row:
            return []
        try:
            quantity = read_quantity(row["value"], row["unit"], indicator)
        except Ambiguous as doubt:
            return [problem(self.file, line, "value", row["value"], doubt.message, doubt.cure)]
        row["value"], row["unit"] = quantity.value, quantity.unit
        row["written"] = row.get("written", "") or quantity.written
        return []

    def _indicator(self, row: Mapping[str, str]) -> Indicator | None:
        text = row.get("indicator", "")
        if text not in self._indicators:
            try:
                self._indicators[text] = self.plan.by_number.get(parse_integer(text))
            except ValueError:
                self._indicators[text] = None
        return self._indicators[text]


@dataclass
class Entry:
    """A row on its way into the ledger: ``row`` is completed in place, problems collect."""

    file: str
    row: dict[str, Any]
    plan: Plan
    today: date
    named: frozenset[str]
    problems: list[Problem]
    indicator: Indicator | None
    """The plan's indicator of this row, ``None`` for context and for an unknown number."""

    def wrong(self, column: str, message: tuple[str, str], cure: tuple[str, str], value: Any = None) -> None:
        """Note that ``column`` of this row is wrong, unless the table has named it already."""
        if column in self.named:
            return
        shown = self.row[column] if value is None else value
        self.problems.append(problem(self.file, int(self.row["line"]), column, shown, message, cure))


def complete(
    file: str, row: dict[str, Any], plan: Plan, today: date, named: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], list[Problem]]:
    """Fill what follows from a row's own cells and say what contradicts itself.

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
    named : frozenset of str
        Columns of this row that are known to be wrong; nothing more is said about them.

    Returns
    -------
    row : dict
        With ``period_end``, ``basis``, ``precision``, ``role``, ``group``, ``measure`` and
        ``geography`` filled wherever the row allows.
    problems : list of Problem
    """
    entry = Entry(file, row, plan, today, named, [], plan.by_number.get(row["indicator"]))
    _identity(entry)
    period = _period(entry)
    if period is not None:
        _basis(entry, period)
        _time(entry, period)
    _value(entry)
    _role(entry)
    return entry.row, entry.problems


def _identity(entry: Entry) -> None:
    """Check indicator, comparability, unit; fill measure and geography."""
    row, indicator = entry.row, entry.indicator
    if row["indicator"] is None and row["comparability"] != Comparability.CONTEXT:
        message = ("没有写指标序号", "no indicator")
        entry.wrong("indicator", message, ("写 1 至 11；背景数字的可比性写 context", "give its number"), "")
    elif row["indicator"] is not None and indicator is None:
        numbers = "、".join(str(i.id) for i in entry.plan.indicators)
        message = ("计划没有这个指标", "the plan has no such indicator")
        entry.wrong("indicator", message, (f"可用：{numbers}", f"use one of: {numbers}"))
    if indicator is not None and row["comparability"] == Comparability.DIRECT and row["unit"]:
        units = {normal(indicator.unit_zh), normal(indicator.unit_en)}
        if normal(row["unit"]) not in units:
            message = (f"单位与指标 {indicator.id} 不符", f"not the unit of indicator {indicator.id}")
            cure = (f"换算成 {indicator.unit_zh}", f"convert to {indicator.unit_en}")
            entry.wrong("unit", message, cure)
        row["unit"] = indicator.unit_zh
    if indicator is None and not row["measure"] and row["comparability"] == Comparability.CONTEXT:
        message = ("背景数字没有写口径", "a context figure must say what it counts")
        entry.wrong("measure", message, ("写明数的是什么", "say what is counted"))
    if indicator is None and item_number(row["measure"]) not in {None, *entry.plan.items}:
        message = ("方案没有这个承诺或任务", "the plan has no such commitment or task")
        cure = ("承诺写 C01 至 C11，任务写 T01 至 T12", "commitments are C01 to C11, tasks T01 to T12")
        entry.wrong("measure", message, cure)
    row["measure"] = row["measure"] or (indicator.name_zh if indicator else "")
    row["geography"] = row["geography"] or HOME


def _period(entry: Entry) -> Period | None:
    """Read the period; a row with its own ``period_end`` keeps it."""
    row = entry.row
    if not row["period"]:
        return None  # named already
    try:
        period = parse_period(row["period"])
    except ValueError:
        if row["period_end"] is None or not row["basis"]:
            message = ("看不懂的期间", "period not understood")
            cure = ("写成 2025、2025-06、2025Q2 或 2025-06-30", "write 2025, 2025-06, 2025Q2 or 2025-06-30")
            entry.wrong("period", message, cure)
            return None
        period = Period(row["period_end"], row["period_end"])
    row["period_end"] = row["period_end"] or period.end
    return period


def _basis(entry: Entry, period: Period) -> None:
    """Fill ``basis`` from the indicator's kind, the period and its type."""
    row, indicator = entry.row, entry.indicator
    if row["basis"] or indicator is None:
        if not row["basis"] and row["comparability"] == Comparability.CONTEXT:
            row["basis"] = str(Basis.STOCK)
        return
    kind = PERIOD_TYPES.get(normal(row["period_type"]).casefold())
    if row["period_type"] and kind is None:
        words = "、".join(PERIOD_TYPES)
        entry.wrong(
            "period_type", ("不认识的期间类型", "unknown period type"), (f"可用：{words}", f"one of: {words}")
        )
        return
    if indicator.kind in {Kind.STOCK, Kind.CUMULATIVE}:
        if kind in {"ytd", "part"} and row["comparability"] == Comparability.DIRECT:
            message = ("该指标是时点数，不是期间数", "the indicator is a level, not a sum over a period")
            entry.wrong(
                "period_type", message, ("报期末时点数，期间类型写 时点", "report the level at the end")
            )
        row["basis"] = str(Basis.CUMULATIVE if indicator.kind is Kind.CUMULATIVE else Basis.STOCK)
        return
    name = "flow" if indicator.kind is Kind.FLOW else "rate"
    if kind == "point":
        message = ("该指标是全年数，不是时点数", "the indicator is for a year, not a level")
        entry.wrong("period_type", message, ("写 全年 或 本年累计", "write annual or ytd"))
    elif kind == "year" and not period.is_year:
        message = ("期间不是一整年", "the period is no calendar year")
        entry.wrong("period_type", message, ("期间写年份，或改写 本年累计", "give a year, or write ytd"))
    elif period.is_year:
        row["basis"] = name
    elif kind == "ytd" or (kind is None and period.from_january and period.start != period.end):
        row["basis"] = f"ytd_{name}"
    elif kind == "part":
        row["basis"] = f"part_{name}"
    else:
        message = (
            "不足一年的数没有写是本年累计还是当期",
            "part of a year: year to date, or that part alone?",
        )
        entry.wrong("period_type", message, ("写 本年累计 或 当期", "write ytd or part"))


def _time(entry: Entry, period: Period) -> None:
    """Nothing lies in the future, nothing is published before its period began."""
    row = entry.row
    end: date = row["period_end"]
    level = row["basis"] in {Basis.STOCK, Basis.CUMULATIVE, Basis.SHARE}
    month = (period.start.year, period.start.month) == (period.end.year, period.end.month)
    # A level of this month may be known before the month is over; a sum or a year-end may not.
    begun = period.start <= entry.today if level and month else end <= entry.today
    if not begun:
        message = (f"期间在 {entry.today} 之后才结束", f"the period ends after {entry.today}")
        entry.wrong(
            "period", message, ("核对年份；尚未发生的数不能入账", "check the year; no future figures")
        )
    published: date | None = row["published"]
    if published is not None and published > entry.today:
        message = (f"发布日期在 {entry.today} 之后", f"published after {entry.today}")
        entry.wrong("published", message, ("核对日期", "check the date"))
    elif published is not None and published < period.start:
        message = ("发布日期早于期间开始", "published before the period began")
        entry.wrong("published", message, ("核对期间和发布日期", "check the period and the date"))


def _value(entry: Entry) -> None:
    """Check the value against the indicator's bounds and read its precision."""
    row, indicator = entry.row, entry.indicator
    row["precision"] = str(precision_of(row["qualifier"])) if row["qualifier"] in {"", *QUALIFIERS} else ""
    value: float | None = row["value"]
    if value is None:
        if row["status"] != Status.WITHDRAWN:
            message = ("不能为空", "must not be empty")
            entry.wrong("value", message, ("填上，或删去这一行", "fill it or delete the row"), "")
        return
    if value == 0 and row["precision"] not in {"", Precision.EXACT}:
        message = ("零前后不能写约、超、近、余", "zero takes no qualifier")
        entry.wrong("qualifier", message, ("删去限定词", "leave it blank"))
    if indicator is None or row["comparability"] != Comparability.DIRECT:
        return
    low, high = indicator.lower, indicator.upper
    if (low is not None and value < low) or (high is not None and value > high):
        message = (f"超出指标 {indicator.id} 的范围", f"outside the bounds of indicator {indicator.id}")
        limits = f"{'' if low is None else f'≥ {low:g}'} {'' if high is None else f'≤ {high:g}'}".strip()
        entry.wrong("value", message, (f"应 {limits}", f"must be {limits}"))
    if indicator.whole_number and not float(value).is_integer():
        message = (f"指标 {indicator.id} 应为整数", f"indicator {indicator.id} counts whole things")
        entry.wrong("value", message, ("核对数值和单位", "check the value and the unit"))


def _role(entry: Entry) -> None:
    """Fill the role from comparability, basis and unit; refuse one that contradicts them."""
    row, indicator = entry.row, entry.indicator
    if indicator is None:
        row["role"] = row["role"] or str(Role.CONTEXT)
        return
    reason = "" if not row["basis"] else _incommensurate(row, indicator)
    direct = row["comparability"] == Comparability.DIRECT
    usable = {Role.OWN, Role.DOUBTFUL} if direct else {Role.PROXY}
    if not row["role"]:
        follows = (Role.OWN if direct else Role.PROXY) if not reason else Role.CONTEXT
        row["role"] = str(Role.CONTEXT if row["comparability"] == Comparability.CONTEXT else follows)
        row["role_reason"] = row["role_reason"] or reason
    elif row["role"] in {Role.OWN, Role.DOUBTFUL, Role.PROXY} and (row["role"] not in usable or reason):
        message = (reason or "与可比性矛盾", "contradicts comparability, unit or basis")
        entry.wrong("role", message, ("改为 context，或留空", "make it context, or leave it blank"))
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
    """Rows of a typed frame, each as :func:`cells` gives it; a column at a time, for large ledgers."""
    columns = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "M":
            days = {day: None if day != day else day.date() for day in column.unique()}
            columns.append([days.get(day) for day in column])
        else:
            values = column.astype(object).where(column.notna(), None)
            columns.append(values.tolist())
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def cells(record: Mapping[Any, Any]) -> dict[str, Any]:
    """A typed row of a table with ``None`` for what is missing and dates as ``date``."""
    return dict(_plain(record))


def _plain(record: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    import pandas as pd

    for name, value in record.items():
        if value is pd.NaT or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
            yield str(name), None
        elif isinstance(value, pd.Timestamp):
            yield str(name), value.date()
        else:
            yield str(name), value
