"""数据缺口清单: what each responsible unit is asked to send, in what form, by when; also as .xlsx.

When it is due. A plan's folder names the days of the year by which material is closed, e.g. for
the half-yearly meeting of its leaders. Figures of past years and questions about figures already
sent are asked for by the next of these days. A figure of the current year is due twenty days
after its quarter; one that is overdue is asked for at once, at the latest by the next of these
days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.completeness import (
    ROUTINE_DAYS,
    WHOLE_YEAR,
    Cell,
    Held,
    completeness,
    period_end,
)
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.tracker import track_commitments, track_tasks
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.sheets import ALERT, SOFT, Column, book_bytes, new_book, new_sheet, put, table
from zerobay_analysis.language import SYNTHETIC, Text, Word, say
from zerobay_analysis.ledger.period import month_label
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import Point, Precision, Role

if TYPE_CHECKING:
    from openpyxl import Workbook

    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.study import Study

__all__ = [
    "Need",
    "Owed",
    "data_owed",
    "due_rule",
    "next_closing",
    "write_data_owed",
]

MIN_PROFILE_YEARS = 2
"""Earlier years with the same months that make a year to date worth scaling."""


class Need(Word):
    """Why something is asked for, the most useful first."""

    HISTORY = "history", "补历史数", "history"
    CURRENT = "current", "补当期数", "overdue figure"
    DEFINITION = "definition", "核实口径", "confirm definition"
    CONFLICT = "conflict", "核实矛盾", "settle conflict"
    EXACT = "exact", "补准确数", "exact figure"
    PROFILE = "profile", "补往年同期数", "same months of earlier years"
    COMMITMENT = "commitment", "报承诺与任务进度", "commitments and tasks"
    NEXT = "next", "下一期", "next figure"


@dataclass(frozen=True)
class Owed:
    """One thing that one unit is asked for.

    Attributes
    ----------
    unit : str
        Who is asked; empty where the plan names no unit.
    together : tuple of str
        Other units that answer for the same; each is asked, one answer is enough.
    number : str
        Of the indicator, the commitment (``C01``) or the task (``T7``).
    name : Text
    need : Need
    what : Text
        What to send.
    form : Text
        In what form.
    due : date
        By when.
    overdue : bool
        Whether its routine day has passed already.
    """

    unit: str
    together: tuple[str, ...]
    number: str
    name: Text
    need: Need
    what: Text
    form: Text
    due: date
    overdue: bool = False


def next_closing(plan: Plan, as_of: date) -> date:
    """The next day after ``as_of`` on which material is closed."""
    days = [date(as_of.year + k, month, day) for k in (0, 1) for month, day in plan.closing_days]
    return min(day for day in days if day > as_of)


def due_rule(plan: Plan, lang: str = "zh") -> str:
    """How the days were set, for the reader of the list."""
    return say(
        lang,
        f"时限：{plan.closing_reason.zh}"
        f"历史数和需核实的数在下一个截止日前报；当年各季的数在季末后{ROUTINE_DAYS}天内报，"
        "已逾期的请即报，最迟不过下一个截止日。联合负责的指标，各单位均列，报一份即可。",
        f"Days: {plan.closing_reason.en} History and questions are due by the next of these days; a "
        f"quarter's figure {ROUTINE_DAYS} days after its end, an overdue one at once, at the latest by the "
        "next of these days. Where units answer jointly each is listed and one answer is enough.",
    )


def data_owed(
    plan: Plan, ledger: Ledger, outlooks: Sequence[IndicatorOutlook], as_of: date
) -> tuple[Owed, ...]:
    """Everything that would make the answers surer, by unit in the plan's order.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The archive.
    outlooks : sequence of IndicatorOutlook
        Of the day ``as_of``.
    as_of : date

    Returns
    -------
    tuple of Owed
        Units in the order in which the plan names them, then by number and need; what concerns
        no named unit comes last.
    """
    cells, closing = completeness(outlooks, ledger), next_closing(plan, as_of)
    items: list[Owed] = []
    for outlook in outlooks:
        mine = [cell for cell in cells if cell.indicator == outlook.indicator.id]
        items += _of_indicator(outlook, mine, as_of, closing)
    items += _of_promises(plan, ledger, as_of, closing)
    units = list(dict.fromkeys(unit for outlook in outlooks for unit in outlook.indicator.owners))
    units += [unit for unit in dict.fromkeys(item.unit for item in items) if unit and unit not in units]
    place = {unit: k for k, unit in enumerate([*units, ""])}
    return tuple(sorted(items, key=lambda item: place[item.unit]))


def write_data_owed(study: Study, path: Path) -> Path:
    """Write the list as a workbook: one sheet with everything, then one for each unit.

    Text that begins with ``=``, ``+``, ``-`` or ``@`` stays text. The file appears whole or not
    at all.

    Parameters
    ----------
    study : Study
    path : Path
        Ends in ``.xlsx``; its folder must exist.

    Returns
    -------
    Path
        ``path``.
    """
    items = data_owed(study.plan, study.ledger, study.outlooks, study.as_of)
    note = say(study.lang, *SYNTHETIC) if study.synthetic else ""
    write_atomically(path, _workbook(items, due_rule(study.plan, study.lang), study.as_of, study.lang, note))
    return path


# --- what is owed -----------------------------------------------------------------------------

_YEAR_FIGURE = {
    Kind.STOCK: Text("年末数", "year-end level"),
    Kind.CUMULATIVE: Text("年末累计数", "year-end cumulative total"),
    Kind.FLOW: Text("全年新增数", "total of the year"),
    Kind.RATE: Text("全年数及其分子、分母", "value of the year, numerator and denominator"),
}
_BY_YEAR = (Kind.FLOW, Kind.RATE)
_ANSWER = Text("书面答复，或在工作簿中更正重报", "a written answer, or a corrected row in the workbook")
_PROMISE = Text(
    "数据报送工作簿或CSV，可比性写 context，口径列写编号和名称，并注明数据日期",
    "workbook or CSV, comparability context, number and name under measure, with its date",
)
_Found = tuple[Need, Text, Text, date]
"""Need, what to send, in what form, by when."""


def _to_each(owners: tuple[str, ...], number: str, name: Text, found: _Found) -> Iterator[Owed]:
    """Ask every one of the units that answer for the same."""
    need, what, form, due = found
    for unit in owners or ("",):
        together = tuple(other for other in owners if other != unit)
        yield Owed(unit, together, number, name, need, what, form, due, need in (Need.HISTORY, Need.CURRENT))


def _of_indicator(
    outlook: IndicatorOutlook, cells: Sequence[Cell], as_of: date, closing: date
) -> Iterator[Owed]:
    """Needs of one indicator, once for each of its units, need by need for each unit."""
    indicator = outlook.indicator
    name = Text(indicator.name_zh, indicator.name_en)
    found = [*_past(outlook, cells, as_of, closing), *_questions(outlook, as_of, closing)]
    found += [*_profile(outlook, closing), _next(outlook, as_of)]
    asked = [list(_to_each(indicator.owners, str(indicator.id), name, one)) for one in found]
    return (item for of_unit in zip(*asked, strict=True) for item in of_unit)


def _past(outlook: IndicatorOutlook, cells: Sequence[Cell], as_of: date, closing: date) -> Iterator[_Found]:
    """Past years of which no official figure is held; the latest overdue quarter of this year.

    Of overdue quarters only the latest is asked for: it contains the earlier ones.
    """
    lacking = [cell for cell in cells if cell.held in (Held.MISSING, Held.OTHER)]
    years = [cell.year for cell in lacking if cell.quarter == WHOLE_YEAR and cell.year < as_of.year]
    if years:
        zh, en = _YEAR_FIGURE[outlook.indicator.kind]
        what = Text(f"{_list(years, '、')}年{zh}", f"{en}, {_list(years, ', ')}")
        yield Need.HISTORY, what, _form(outlook.indicator, whole=True), closing
    held = [c.quarter for c in cells if c.year == as_of.year and c.held in (Held.EXACT, Held.INEXACT)]
    overdue = [
        cell.quarter
        for cell in lacking
        if cell.year == as_of.year
        and _routine(cell.year, cell.quarter) <= as_of
        and cell.quarter > max(held, default=0)
    ]
    if overdue:
        yield Need.CURRENT, *_period(outlook.indicator, as_of.year, overdue[-1]), closing


def _next(outlook: IndicatorOutlook, as_of: date) -> _Found:
    """The next figure that falls due in the ordinary way."""
    year, quarter = as_of.year - 1, WHOLE_YEAR
    while _routine(year, quarter) <= as_of:
        year, quarter = (year + 1, 1) if quarter == WHOLE_YEAR else (year, quarter + 1)
    return Need.NEXT, *_period(outlook.indicator, year, quarter), _routine(year, quarter)


def _questions(outlook: IndicatorOutlook, as_of: date, due: date) -> Iterator[_Found]:
    """Figures on record that need a word from the unit: definition, conflict, exact value."""
    for point in outlook.evidence.with_role(Role.DOUBTFUL):
        when, when_en = _when(point)
        reason = f"（{point.reason}）" if point.reason else ""
        what = Text(
            f"{when}的{point.label}是否为方案口径{reason}",
            f"whether {point.label} of {when_en} is of the plan's definition",
        )
        yield Need.DEFINITION, what, _ANSWER, due
    own = outlook.evidence.with_role(Role.OWN)
    for same in _conflicts(own):
        when, when_en = _when(same[0])
        what = Text(
            f"{when}的{_list([p.label for p in same], '、')}以哪个为准，差别何在",
            f"which of {_list([p.label for p in same], ', ')} of {when_en} holds, and why they differ",
        )
        yield Need.CONFLICT, what, _ANSWER, due
    vague = [p for p in own if p.precision is not Precision.EXACT and p.time > as_of.year - 6]
    if vague:
        listed = _list([f"{_when(p).zh}的{p.label}" for p in vague], "、")
        listed_en = _list([f"{p.label} of {_when(p).en}" for p in vague], ", ")
        what = Text(f"{listed}的准确数", f"exact value of {listed_en}")
        yield Need.EXACT, what, _form(outlook.indicator, whole=False), due


def _conflicts(own: Sequence[Point]) -> Iterator[list[Point]]:
    """Official figures of one date and stretch that differ."""
    groups: dict[tuple[int, int], list[Point]] = {}
    for point in own:
        groups.setdefault((round(12 * point.time), round(12 * point.through)), []).append(point)
    return (same for same in groups.values() if len({point.reported for point in same}) > 1)


def _profile(outlook: IndicatorOutlook, closing: date) -> Iterator[_Found]:
    """Same months of earlier years, where a year to date cannot be scaled for want of them."""
    own = outlook.evidence.with_role(Role.OWN)
    whole = {round(p.time) for p in own if p.through >= 1}
    part = [p for p in own if p.through < 1 and round(p.time) not in whole]
    if outlook.indicator.kind not in _BY_YEAR or not part:
        return
    latest = max(part, key=lambda p: (p.time, p.through))
    known = {round(p.time) for p in own if abs(p.through - latest.through) < 1e-6} & whole
    year, months = round(latest.time), round(12 * latest.through)
    wanted = [y for y in range(year - 3, year) if y not in known]
    what = Text(
        f"{_list(wanted, '、')}年1—{months}月累计数，用来折算全年",
        f"January to month {months} of {_list(wanted, ', ')}, to scale this year to date",
    )
    if len(known) < MIN_PROFILE_YEARS:
        yield Need.PROFILE, what, _form(outlook.indicator, whole=False), closing


def _of_promises(plan: Plan, ledger: Ledger, as_of: date, closing: date) -> Iterator[Owed]:
    """Commitments and tasks of which no figure is held."""
    commitments = [(c.id, c) for c in track_commitments(plan, ledger, as_of)]
    tasks = [(f"T{t.id}", t) for t in track_tasks(plan, ledger, as_of)]
    for number, item in (*commitments, *tasks):
        if item.owed.zh:
            found = (Need.COMMITMENT, item.owed, _PROMISE, closing)
            yield from _to_each(item.owners, number, item.name, found)


def _routine(year: int, quarter: int) -> date:
    return period_end(year, quarter) + timedelta(days=ROUTINE_DAYS)


def _period(indicator: Indicator, year: int, quarter: int) -> tuple[Text, Text]:
    """A period of this indicator in words, and the form to send it in."""
    whole, months = quarter == WHOLE_YEAR, 3 * quarter
    zh, en = _YEAR_FIGURE[indicator.kind]
    if whole:
        what = Text(f"{year}年{zh}", f"{en}, {year}")
    elif indicator.kind in _BY_YEAR:
        word = "累计数" if indicator.kind is Kind.FLOW else "数值"
        what = Text(f"{year}年1—{months}月{word}", f"January to month {months} of {year}")
    else:
        what = Text(f"{year}年{months}月末数", f"level at the end of {year}-{months:02d}")
    return what, _form(indicator, whole=whole)


def _form(indicator: Indicator, *, whole: bool) -> Text:
    """Unit, period type and where to write it."""
    kind = Text("时点", "stock")
    if indicator.kind in _BY_YEAR:
        kind = Text("全年", "annual") if whole else Text("本年累计", "ytd")
    return Text(
        f"数据报送工作簿或CSV，每期一行；单位{indicator.unit_zh}，期间类型“{kind.zh}”，方案口径，"
        "写准确数和报送日期",
        f"workbook or CSV, one row a period; unit {indicator.unit_en}, period type '{kind.en}', the plan's "
        "definition, exact, with the day of the report",
    )


def _when(point: Point) -> Text:
    """What a figure covers, in a sentence, e.g. ``2024年5月`` and ``2024-05``."""
    zh, en = point.period("zh"), point.period("en")
    return Text(f"{zh[:4]}年{int(zh[5:])}月" if zh == month_label(point.end) else zh, en)


def _list(values: Iterable[object], comma: str) -> str:
    return comma.join(str(value) for value in values)


# --- the workbook -----------------------------------------------------------------------------

COLUMNS = (
    (Text("责任单位", "Unit"), 16),
    (Text("编号", "No."), 7),
    (Text("名称", "Name"), 28),
    (Text("事项", "Need"), 16),
    (Text("请提供", "Please send"), 46),
    (Text("形式", "Form"), 46),
    (Text("时限", "Due"), 12),
    (Text("已逾期", "Overdue"), 9),
    (Text("联合负责", "Jointly with"), 20),
)
"""Headings and widths in characters."""
NO_UNIT = Text("方案未列单位", "No unit named")
HEADER_ROW = 4


def _row(item: Owed, lang: str) -> tuple[str | date, ...]:
    return (
        item.unit or say(lang, "方案未列单位", "no unit named"),
        item.number,
        item.name.get(lang),
        item.need.word(lang),
        item.what.get(lang),
        item.form.get(lang),
        item.due,
        say(lang, "是", "yes") if item.overdue else "",
        say(lang, "、", ", ").join(item.together),
    )


def _workbook(items: Sequence[Owed], rule: str, as_of: date, lang: str, note: str) -> bytes:
    book = new_book(say(lang, "数据缺口清单", "Data owed"), note)
    book.properties.created = book.properties.modified = datetime(as_of.year, as_of.month, as_of.day)
    _sheet(book, say(lang, "总表", "All"), items, rule, as_of, lang, note)
    for unit in dict.fromkeys(item.unit for item in items):
        mine = [item for item in items if item.unit == unit]
        _sheet(book, unit or NO_UNIT.get(lang), mine, rule, as_of, lang, note)
    return book_bytes(book)


def _sheet(
    book: Workbook, name: str, items: Sequence[Owed], rule: str, as_of: date, lang: str, note: str
) -> None:
    """Title, rule, note and the table."""
    sheet = new_sheet(book, name)
    title = say(lang, f"数据缺口清单 · {name} · 截至{as_of}", f"Data owed · {name} · as of {as_of}")
    put(sheet, 1, 1, title, size=14, wrap=False)
    put(sheet, 2, 1, note, bold=True, color=ALERT, wrap=False)
    put(sheet, 3, 1, rule, size=9, color=SOFT)
    sheet.merge_cells(start_row=3, end_row=3, start_column=1, end_column=len(COLUMNS))
    sheet.row_dimensions[3].height = 42
    columns = [Column(heading.get(lang), width) for heading, width in COLUMNS]
    table(sheet, HEADER_ROW, columns, [_row(item, lang) for item in items])
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.oddFooter.right.text = say(lang, "第 &P 页，共 &N 页", "Page &P of &N")
    sheet.oddHeader.right.text = note or None
