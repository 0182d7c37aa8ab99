"""One row of a ledger: its columns, what follows from them, and what can be wrong with it.

A department needs four columns, ``indicator, period, value, unit``; everything else has a
default that follows from the indicator. The public record fills more of them by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.period import Period, parse_period
from zerobay_analysis.plan import Indicator, Kind, Plan, item_number
from zerobay_analysis.quantity import Ambiguous, read_quantity
from zerobay_analysis.tables import Field, normal, parse_integer, problem, word
from zerobay_analysis.wording import QUALIFIERS, Precision, precision_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ENTRY_FIELDS",
    "IMPORT_FIELDS",
    "KEY",
    "ROW_FIELDS",
    "SOURCE_FIELDS",
    "Basis",
    "Comparability",
    "Preparation",
    "Role",
    "Status",
    "complete",
    "records",
]

KEY = ("indicator", "measure", "geography", "period_end", "basis", "comparability", "reporter")
"""What makes two rows vintages of the same figure."""

HOME = "大零号湾"
"""Geography of a row that does not say."""


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

PERIOD_TYPES: Mapping[str, str] = {
    "全年": "year",
    "年度": "year",
    "annual": "year",
    "时点": "point",
    "期末": "point",
    "年末": "point",
    "历年累计": "point",
    "stock": "point",
    "本年累计": "ytd",
    "年初至今": "ytd",
    "ytd": "ytd",
    "当期": "part",
    "当季": "part",
    "当月": "part",
    "part": "part",
}

COUNT_UNITS = frozenset({"个", "家"})
"""Measure words for institutions: a change of one for the other is no change of scale."""


def _choice(words: type[StrEnum], **chinese: str) -> dict[str, str]:
    return {**{str(w): str(w) for w in words}, **chinese}


ENTRY_FIELDS = (
    Field(
        "indicator",
        "integer",
        blank=True,
        aliases=("指标", "指标序号"),
        note="计划附件1的序号 / number in annex 1",
    ),
    Field("period", aliases=("期间", "时间"), note="2025, 2025-06, 2025Q2, 2025-06-30"),
    Field(
        "value",
        "number",
        blank=True,
        aliases=("数值", "值"),
        note="数字，如 1890、1,890、1.89千、15%；撤回时可空 / digits; may be blank when withdrawn",
    ),
    Field("unit", aliases=("单位",), note="与指标的单位一致 / the indicator's unit"),
    Field(
        "indicator_name",
        required=False,
        blank=True,
        aliases=("指标名称",),
        note="与序号核对 / checked against the number",
    ),
    Field(
        "status",
        required=False,
        blank=True,
        default=Status.VALID,
        choices=_choice(Status, 有效="valid", 撤回="withdrawn"),
        aliases=("状态",),
        note="空为有效；撤回：此前报的数不再算数 / blank means valid; withdrawn takes a figure back",
    ),
    Field(
        "qualifier",
        required=False,
        blank=True,
        choices={word: word for word in QUALIFIERS},
        aliases=("限定词",),
        note="约、超、近、余 …；空为准确数 / blank means exact",
    ),
    Field(
        "published", "date", required=False, blank=True, aliases=("发布日期", "报送日期"), note="YYYY-MM-DD"
    ),
    Field(
        "period_type",
        required=False,
        blank=True,
        aliases=("期间类型",),
        note="全年、时点、本年累计、当期 / annual, stock, ytd, part",
    ),
    Field(
        "comparability",
        required=False,
        blank=True,
        default="direct",
        choices=_choice(
            Comparability,
            直接="direct",
            口径不同="other_definition",
            地域不同="other_geography",
            背景="context",
        ),
        aliases=("可比性",),
        note="空为 direct：口径与地域都与计划一致 / blank means the plan's definition and area",
    ),
    Field("reporter", required=False, blank=True, aliases=("报送单位",), note="谁报的 / who reports"),
    Field(
        "source",
        required=False,
        blank=True,
        aliases=("来源",),
        note="sources.csv 的编号，或文件名 / id or title",
    ),
    Field("caveat", required=False, blank=True, aliases=("note", "备注", "说明"), note="说明 / remarks"),
    Field(
        "written",
        required=False,
        blank=True,
        aliases=("原文",),
        note="换算前的写法，如 1.89千人 / as written before conversion",
    ),
    Field("measure", required=False, blank=True, aliases=("口径",), note="数的是什么 / what is counted"),
    Field("geography", required=False, blank=True, aliases=("地域",), note="空为大零号湾 / blank: the zone"),
    Field("observation", required=False, blank=True, aliases=("编号",), note="编号 / identifier"),
    Field("period_end", "date", required=False, blank=True, note="期末日 / last day of the period"),
    Field("period_end_inferred", "boolean", required=False, blank=True, default="false"),
    Field("basis", required=False, blank=True, choices=_choice(Basis), note="由指标和期间推出 / follows"),
    Field("role", required=False, blank=True, choices=_choice(Role), note="由可比性推出 / follows"),
    Field("group", required=False, blank=True, note="同组共用一个未知偏差 / shares one unknown offset"),
    Field("role_reason", required=False, blank=True),
    Field("conflict", required=False, blank=True, note="互相矛盾的数同号 / conflicting figures share it"),
    Field("conflict_note", required=False, blank=True),
    Field("synthetic", "boolean", required=False, blank=True, default="false", note="演示数据 / made up"),
    Field(
        "published_inferred",
        "boolean",
        required=False,
        blank=True,
        default="false",
        note="发布日期是推定的 / the publication date is inferred",
    ),
    Field(
        "known_from",
        "date",
        required=False,
        blank=True,
        note="入账日：此前的视图看不到；空为发布日期 / day from which views see it; blank: published",
    ),
    Field("place", required=False, blank=True, note="在原文件中的位置 / where in the file it stood"),
    Field("import_id", required=False, blank=True, note="导入批次 / the import that brought it"),
)
"""Columns of ``observations.csv``; only the first four must be there."""

IMPORT_FIELDS = (
    Field("import_id"),
    Field("imported_at", note="导入时间（含时区） / when, with time zone"),
    Field("operator", blank=True, note="谁导入的 / who imported it"),
    Field("reporter_option", blank=True, note="导入时指定的报送单位 / reporter given at the import"),
    Field("file_name", note="文件名 / the file's name"),
    Field("file_sha256", note="文件的 SHA-256 / of the file's bytes"),
    Field("rows_in_import", "integer", note="本批行数 / rows of the import"),
    Field("rows_sha256", note="本批各行的 SHA-256，核对未被改动 / of the rows, to see that none was changed"),
)
"""What is known about an import, besides its rows."""

ROW_FIELDS = tuple(spec for spec in ENTRY_FIELDS if spec.name not in {"indicator_name", "import_id"})
"""What a store keeps of every row."""

SOURCE_FIELDS = (
    Field("source"),
    Field("publisher"),
    Field("title", required=False, blank=True),
    Field("published", "date", required=False, blank=True),
    Field("published_as_stated", required=False, blank=True),
    Field("published_inferred", "boolean", required=False, blank=True, default="false"),
    Field("source_class", required=False, blank=True),
    Field("copy", required=False, blank=True),
    Field("url", required=False, blank=True),
    Field("note", required=False, blank=True),
)
"""Columns of ``sources.csv``."""


@dataclass
class Preparation:
    """What a sender's rows need before their cells are checked: conversions, and gaps in a form.

    Called with rows of text and their lines (:data:`zerobay_analysis.tables.Prepare`).

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
