"""The workbook (.xlsx): every fact as a number that can be filtered, sorted and charted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.outlook import TargetOutlook
from zerobay_analysis.assessment.pace import TargetPace
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.measure import line_count
from zerobay_analysis.briefing.words import PRECISION, ROLE
from zerobay_analysis.language import say

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["workbook_bytes"]

PROBABILITY = '[<0.01]"<1%";[>0.99]">99%";0%'
"""A forecast can promise neither 0 % nor 100 %."""
DAY = "yyyy-mm-dd"
HEADER_ROW = 3
"""Title above, notes below it, then the header."""
WIDEST = 170.0
"""Characters that a sheet may be wide to be printed on A4."""
FONT = "Microsoft YaHei"
INK, SOFT, WASH, ALERT = "1F2430", "5F6673", "E8EEF4", "7A1F12"

Row = Sequence[Any]


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters, number format (``""`` for text)."""

    heading: str
    width: float
    format: str = ""


def workbook_bytes(briefing: Briefing) -> bytes:
    """Bytes of the workbook."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _summary(book, briefing)
    _outlook(book, briefing)
    _pace(book, briefing)
    _scenarios(book, briefing)
    _units(book, briefing)
    _observations(book, briefing)
    _sources(book, briefing)
    _revisions(book, briefing)
    _owed(book, briefing)
    _commitments(book, briefing)
    _changes(book, briefing)
    _calibration(book, briefing)
    _assumptions(book, briefing)
    _probabilities(book, briefing)
    book.properties.title = briefing.title
    book.properties.creator = "zerobay_analysis"
    book.properties.description = briefing.subtitle
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _summary(book: Workbook, briefing: Briefing) -> None:
    rows = [[point] for point in (briefing.headline, *briefing.points)]
    rows += [[paragraph] for paragraph in briefing.method.paragraphs]
    rows.append([briefing.method.grades])
    _sheet(book, briefing, ("概览", "Summary"), [Column(briefing.say("要点", "Findings"), 110)], rows)


def _outlook(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column("#", 5, "0"),
        Column(s("指标", "Indicator"), 24),
        Column(s("单位", "Unit"), 10),
        Column(s("责任单位", "Owners"), 16),
        Column(s("证据等级", "Grade"), 8),
        Column(s("年份", "Year"), 7, "0"),
        Column(s("目标", "Target"), 10, "value"),
        Column(s("起算数", "From"), 10, "value"),
        Column(s("起算期间", "From period"), 12),
        Column(s("数字个数", "Figures"), 9, "0"),
        Column(s("达标概率", "Probability"), 11, PROBABILITY),
        Column(s("前景", "Outlook"), 18),
        Column(s("中位数", "Median"), 10, "value"),
        Column(s("80% 区间下限", "80% low"), 12, "value"),
        Column(s("80% 区间上限", "80% high"), 12, "value"),
        Column(s("依据或原因", "Evidence or reason"), 60),
        Column(s("最新数", "Latest figure"), 40),
    ]
    rows, formats = [], []
    for indicator in briefing.indicators:
        for line in indicator.lines:
            t = line.outlook
            head = [indicator.number, indicator.name, indicator.unit, indicator.owners, indicator.grade.value]
            known = [t.year, t.target, *_start(line.pace, briefing.lang), t.n_obs, t.p_met, line.verdict]
            rows.append([*head, *known, *(_trimmed(q, t) for q in (t.q50, t.q10, t.q90))])
            rows[-1] += [indicator.reason, indicator.latest]
            formats.append(_value_format(t))
    sheet = _sheet(book, briefing, ("前景", "Outlook"), columns, rows, formats)
    targets = [line.outlook for indicator in briefing.indicators for line in indicator.lines]
    for offset, target in enumerate(targets, start=1):
        _colour(sheet.cell(HEADER_ROW + offset, 12), target.verdict.colour)


def _pace(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column("#", 5, "0"),
        Column(s("指标", "Indicator"), 26),
        Column(s("单位", "Unit"), 11),
        Column(s("年份", "Year"), 7, "0"),
        Column(s("目标", "Target"), 10, "value"),
        Column(s("起算数", "From"), 10, "value"),
        Column(s("起算期间", "From period"), 11),
        Column(s("还差", "Gap"), 10, "value"),
        Column(s("剩余年数", "Years left"), 10, "0.0"),
        Column(s("每年所需", "Per year"), 11, "+#,##0.0;-#,##0.0;0"),
        Column(s("年均增速", "Growth a year"), 11, "+0.0%;-0.0%;0%"),
        Column(s("所需进度", "Required"), 30),
        Column(s("可比序列做到的比例", "Comparable series"), 14, PROBABILITY),
        Column(s("自身年度变动", "Own changes"), 34),
        Column(s("中位数何时达到", "Median reaches it"), 20),
        Column(s("最迟提速", "Latest date"), 52),
    ]
    rows, formats = [], []
    for indicator in briefing.indicators:
        for line in indicator.lines:
            p = line.pace
            rows.append(
                [
                    indicator.number,
                    indicator.name,
                    indicator.unit,
                    *_pace_cells(p, line.required, briefing.lang),
                ]
            )
            formats.append(_value_format(line.outlook))
    _sheet(book, briefing, ("所需进度", "Required pace"), columns, rows, formats)


def _pace_cells(p: TargetPace, required: str, lang: str) -> list[Any]:
    growth = None if p.growth_per_year is None else p.growth_per_year / 100
    measured = [p.year, p.target, *_start(p, lang), p.gap, p.years_left, p.per_year, growth, required]
    return [*measured, p.reference_share, p.own_text(lang), p.median_text(lang), p.deadline.text(lang)]


def _start(p: TargetPace, lang: str) -> list[Any]:
    """The figure that the pace counts from, and what it covers."""
    return [None, None] if p.latest is None else [p.latest.reported, p.latest.period(lang)]


def _scenarios(book: Workbook, briefing: Briefing) -> None:
    """Every scenario and standing question, one row per target."""
    s = briefing.say
    columns = [
        Column("#", 5, "0"),
        Column(s("指标", "Indicator"), 22),
        Column(s("情景", "Scenario"), 48),
        Column(s("假设", "Assumed"), 40),
        Column(s("年份", "Year"), 7, "0"),
        Column(s("基线概率", "Baseline"), 11, PROBABILITY),
        Column(s("情景概率", "With the levers"), 11, PROBABILITY),
        Column(s("变化（百分点）", "Change (points)"), 12, "+0;-0;0"),
        Column(s("情景中位数", "Median"), 12, "value"),
    ]
    rows, formats = [], []
    for indicator in briefing.indicators:
        for row in indicator.scenarios:
            for line, move in zip(indicator.lines, row.moves, strict=True):
                before, after = line.outlook.p_met, move.p_met
                rows.append(
                    [
                        *(indicator.number, indicator.short, row.label, row.assumed, move.year),
                        *(
                            before,
                            after,
                            move.points,
                            round(move.median, line.outlook.indicator.decimals + 1),
                        ),
                    ]
                )
                formats.append(_value_format(line.outlook))
    _sheet(book, briefing, ("情景", "Scenarios"), columns, rows, formats)


def _units(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column(s("责任单位", "Unit"), 20),
        Column(s("指标", "Indicators"), 40),
        Column(s("有望完成", "On course"), 10, "0"),
        Column(s("有风险", "At risk"), 10, "0"),
        Column(s("无概率", "No probability"), 12, "0"),
        Column(s("承诺", "Commitments"), 12, "0"),
        Column(s("任务", "Tasks"), 8, "0"),
        Column(s("待报数据", "Figures owed"), 12, "0"),
        Column(s("先看什么", "What comes first"), 80),
    ]
    rows = [
        [
            unit.unit,
            s("、", ", ").join(owned.outlook.indicator.short(briefing.lang) for owned in unit.indicators),
            *map(len, (unit.on_course, unit.at_risk, unit.without_probability)),
            *map(len, (unit.commitments, unit.tasks, unit.owed)),
            "\n".join(page.points),
        ]
        for unit, page in zip(briefing.units, briefing.pages, strict=True)
    ]
    _sheet(book, briefing, ("责任单位", "Units"), columns, rows)


def _observations(book: Workbook, briefing: Briefing) -> None:
    s, lang = briefing.say, briefing.lang
    columns = [
        Column(s("编号", "Id"), 8),
        Column("#", 5, "0"),
        Column(s("指标", "Indicator"), 22),
        Column(s("数字（原文）", "As printed"), 16),
        Column(s("数值", "Value"), 12, "General"),
        Column(s("可能下限", "Allowed from"), 12, "General"),
        Column(s("可能上限", "Allowed to"), 12, "General"),
        Column(s("期间", "Period"), 14),
        Column(s("发布日期", "Published"), 12, DAY),
        Column(s("精确度", "Precision"), 10),
        Column(s("用途", "Use"), 18),
        Column(s("来源编号", "Source"), 10),
        Column(s("发布者", "Publisher"), 26),
        Column(s("网址", "Address"), 40),
        Column(s("说明", "Caveat"), 70),
    ]
    sources = {source.id: source for source in briefing.sources}
    rows = []
    for indicator in briefing.indicators:
        for p in indicator.points:
            origin = sources.get(p.source)
            rows.append(
                [
                    p.observation,
                    indicator.number,
                    indicator.short,
                    p.label,
                    p.reported,
                    p.lower,
                    p.upper,
                    p.period(lang),
                    p.published,
                    say(lang, *PRECISION[p.precision]),
                    say(lang, *ROLE[p.role]),
                    p.source,
                    origin.publisher if origin else "",
                    origin.url if origin else "",
                    p.caveat,
                ]
            )
    _sheet(book, briefing, ("数字", "Observations"), columns, rows)


def _sources(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column(s("编号", "Id"), 8),
        Column(s("发布者", "Publisher"), 30),
        Column(s("标题", "Title"), 60),
        Column(s("日期（原文）", "Date as stated"), 20),
        Column(s("网址", "Address"), 60),
        Column(s("参与测算", "Carries weight"), 10),
    ]
    yes, no = s("是", "yes"), s("否", "no")
    rows = [
        [x.id, x.publisher, x.title, x.published, x.url, yes if x.weighted else no] for x in briefing.sources
    ]
    _sheet(book, briefing, ("来源", "Sources"), columns, rows)


def _revisions(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    names: Mapping[str, Column] = {
        "indicator": Column("#", 5, "0"),
        "measure": Column(s("统计内容", "Measure"), 26),
        "geography": Column(s("地域", "Area"), 12),
        "period_end": Column(s("时点", "Period end"), 12, DAY),
        "vintages": Column(s("发布次数", "Vintages"), 10, "0"),
        "first_value": Column(s("首次", "First"), 12, "General"),
        "last_value": Column(s("最近", "Last"), 12, "General"),
        "change": Column(s("变动", "Change"), 12, "+General;-General;0"),
        "first_published": Column(s("首次发布", "First published"), 14, DAY),
        "last_published": Column(s("最近发布", "Last published"), 14, DAY),
        "days": Column(s("相隔天数", "Days apart"), 10, "0"),
    }
    table = briefing.revisions[list(names)].astype(object)
    rows = table.where(table.notna(), None).to_numpy().tolist()
    _sheet(book, briefing, ("修订", "Revisions"), list(names.values()), rows)


def _owed(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column(s("项目", "Item"), 8),
        Column(s("责任单位", "Owners"), 40),
        Column(s("请提供", "Please send"), 110),
    ]
    rows = [[str(line.number), line.owners, line.request] for line in briefing.owed]
    rows += [
        [c.id, s("、", ", ").join(c.owners), c.missing(briefing.lang)]
        for c in briefing.commitments
        if c.missing()
    ]
    _sheet(book, briefing, ("数据缺口", "Data owed"), columns, rows)


def _commitments(book: Workbook, briefing: Briefing) -> None:
    s, lang = briefing.say, briefing.lang
    columns = [
        Column(s("编号", "Id"), 8),
        Column(s("承诺", "Commitment"), 60),
        Column(s("数量", "Number"), 10, "General"),
        Column(s("单位", "Unit"), 10),
        Column(s("年份", "Year"), 8, "0"),
        Column(s("责任单位", "Owners"), 50),
        Column(s("已报数", "Reported"), 14),
        Column(s("完成比例", "Done"), 10, "0%"),
        Column(s("时间进度", "Time gone"), 10, "0%"),
        Column(s("状态", "Status"), 24),
    ]
    rows = [
        [
            c.id,
            c.text(lang),
            c.target,
            c.unit,
            c.by_year,
            s("、", ", ").join(c.owners),
            c.figure.label if c.figure else None,
            c.schedule.done if c.schedule else None,
            c.schedule.elapsed if c.schedule else None,
            c.status.word(lang),
        ]
        for c in briefing.commitments
    ]
    _sheet(book, briefing, ("承诺", "Commitments"), columns, rows)


def _changes(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    columns = [
        Column("#", 5, "0"),
        Column(s("年份", "Year"), 8, "0"),
        Column(s("上次", "Before"), 26),
        Column(s("本次", "Now"), 26),
        Column(s("原因", "Cause"), 70),
    ]
    rows: list[Row] = [[c.indicator, c.year, c.before, c.after, c.cause] for c in briefing.changes]
    _sheet(
        book,
        briefing,
        ("变化", "Changes"),
        columns,
        rows or [[None, None, None, None, briefing.changes_text]],
    )


def _calibration(book: Workbook, briefing: Briefing) -> None:
    from openpyxl.chart import BarChart, Reference

    s = briefing.say
    columns = [
        Column(s("用词", "Word"), 18),
        Column(s("所说概率（中点）", "Said (middle)"), 16, "0%"),
        Column(s("实际达标比例", "Observed"), 16, "0%"),
        Column(s("次数", "Times said"), 12, "#,##0"),
        Column(s("范围", "Range"), 12),
    ]
    rows = [
        [f"{row.symbol} {row.word}", (row.low + row.high) / 2, row.observed, row.count, row.range]
        for row in briefing.method.rows
    ]
    sheet = _sheet(book, briefing, ("校准", "Calibration"), columns, rows)
    sheet.cell(HEADER_ROW + len(rows) + 2, 1, briefing.method.trust)
    sheet.cell(HEADER_ROW + len(rows) + 3, 1, briefing.method.provenance)
    if rows:
        chart = BarChart()
        chart.type, chart.title = "col", s("说的概率与实际达标比例", "Said and observed")
        last = HEADER_ROW + len(rows)
        chart.add_data(
            Reference(sheet, min_col=2, max_col=3, min_row=HEADER_ROW, max_row=last), titles_from_data=True
        )
        chart.set_categories(Reference(sheet, min_col=1, min_row=HEADER_ROW + 1, max_row=last))
        _finish(chart, sheet, f"A{last + 5}", percent=True)


def _assumptions(book: Workbook, briefing: Briefing) -> None:
    s = briefing.say
    rows: list[Row] = [
        [s("模型", "Model"), briefing.model],
        [s("随机种子", "Seed"), briefing.seed],
        [s("数据", "Data"), briefing.data],
        [s("数据截至", "As of"), briefing.as_of],
        [s("运行编号", "Run"), briefing.run_id],
        [s("指标间相关系数（假设）", "Correlation between indicators (assumed)"), briefing.joint[-1].rho],
        *([s("方法", "Method"), paragraph] for paragraph in briefing.method.paragraphs),
        [s("证据等级", "Grades"), briefing.method.grades],
        [s("校准来源", "Calibration"), briefing.method.provenance],
    ]
    columns = [Column(s("项目", "Item"), 34), Column(s("取值或说明", "Value or note"), 110)]
    _sheet(book, briefing, ("假设", "Assumptions"), columns, rows)


def _probabilities(book: Workbook, briefing: Briefing) -> None:
    """The probabilities side by side, and their chart."""
    from openpyxl.chart import BarChart, Reference

    judged = [indicator for indicator in briefing.indicators if indicator.judged]
    if not judged:
        return
    columns = [Column(briefing.say("指标", "Indicator"), 30)]
    columns += [Column(str(year), 12, PROBABILITY) for year in briefing.years]
    rows = [[i.short, *(line.outlook.p_met for line in i.lines)] for i in judged]
    sheet = _sheet(book, briefing, ("图表", "Chart"), columns, rows)
    last = HEADER_ROW + len(rows)
    chart = BarChart()
    chart.type, chart.title = "bar", briefing.say("达标概率", "Probability that the target is met")
    data = Reference(sheet, min_col=2, max_col=len(columns), min_row=HEADER_ROW, max_row=last)
    chart.add_data(data, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=HEADER_ROW + 1, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.height = 3 + 0.8 * len(judged)
    sheet.page_setup.fitToHeight = 1  # table and chart on one sheet of paper
    _finish(chart, sheet, f"A{last + 2}", percent=True)


def _finish(chart: Any, sheet: Worksheet, anchor: str, *, percent: bool) -> None:
    """House colours (three that differ in grey), whole scale, visible axes; put on the sheet."""
    for series, colour in zip(chart.series, ("C0D4E7", "6F9AC0", "1D4F7C"), strict=False):
        series.graphicalProperties.solidFill = colour
        series.graphicalProperties.line.solidFill = SOFT
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    if percent:
        chart.y_axis.number_format = "0%"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.width = 22
    sheet.add_chart(chart, anchor)


def _sheet(
    book: Workbook,
    briefing: Briefing,
    titles: tuple[str, str],
    columns: Sequence[Column],
    rows: Iterable[Row],
    value_formats: Sequence[str] = (),
) -> Worksheet:
    """One table with title, notes, frozen header, filter and print set-up.

    ``value_formats`` has the number format of each row's columns of format ``"value"``.
    """
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(briefing.say(*titles))
    sheet.cell(1, 1, f"{briefing.say(*titles)} · {briefing.title}").font = Font(name=FONT, size=14, color=INK)
    note = sheet.cell(2, 1, briefing.synthetic or briefing.subtitle)
    note.font = Font(
        name=FONT, size=10, bold=bool(briefing.synthetic), color=ALERT if briefing.synthetic else SOFT
    )
    _header(sheet, columns)
    count = 0
    for count, row in enumerate(rows, start=1):
        for place, (value, column) in enumerate(zip(row, columns, strict=True), start=1):
            number = value_formats[count - 1] if column.format == "value" else column.format
            _put(sheet, HEADER_ROW + count, place, value, number)
        sheet.row_dimensions[HEADER_ROW + count].height = _row_height(row, columns)
    if not count:
        _put(sheet, HEADER_ROW + 1, 1, briefing.say("没有这类记录", "None on record"))
        sheet.cell(HEADER_ROW + 1, 1).alignment = Alignment(wrap_text=False)
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + max(count, 1)}"
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    _print_setup(sheet, briefing, sum(column.width for column in columns))
    return sheet


def _row_height(row: Row, columns: Sequence[Column]) -> float:
    """Points that the longest text of a row takes, in a column of so many characters of 5.6 points."""
    texts = [(value, column) for value, column in zip(row, columns, strict=True) if isinstance(value, str)]
    lines = max(
        (
            sum(line_count(part, 0.9 * column.width * 5.6 / 10) for part in text.split("\n"))
            for text, column in texts
        ),
        default=1,
    )
    return 14.0 * lines + 3


def _header(sheet: Worksheet, columns: Sequence[Column]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(HEADER_ROW, place, column.heading)
        cell.font = Font(name=FONT, size=10, bold=True, color=INK)
        cell.fill = PatternFill("solid", fgColor=WASH)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(bottom=Side("medium", color=INK))
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.row_dimensions[HEADER_ROW].height = 32


def _put(sheet: Worksheet, row: int, column: int, value: Any, number_format: str = "") -> None:
    """Write one cell; text stays text even where it begins like a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font

    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    else:
        cell.value = value.date() if hasattr(value, "date") else value
        if isinstance(value, date):
            cell.number_format = DAY
        elif number_format:
            cell.number_format = number_format
    cell.font = Font(name=FONT, size=10, color=INK)
    cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")


def _print_setup(sheet: Worksheet, briefing: Briefing, width: float) -> None:
    """Landscape, one page wide; a sheet too wide for A4 goes on A3, where it can still be read."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4 if width <= WIDEST else sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.oddFooter.left.text = (briefing.synthetic or briefing.title).replace("&", "&&")
    sheet.oddFooter.right.text = "&P / &N"


def _colour(cell: Any, fill: str) -> None:
    """Fill a verdict's cell in its colour, with text that can be read on it."""
    from openpyxl.styles import Font, PatternFill

    from zerobay_analysis.charts.style import text_on

    cell.fill = PatternFill("solid", fgColor=fill.removeprefix("#").upper())
    cell.font = Font(name=FONT, size=10, color=text_on(fill).removeprefix("#").upper())


def _trimmed(value: float | None, target: TargetOutlook) -> float | None:
    return None if value is None else round(value, target.indicator.decimals + 1)


def _value_format(target: TargetOutlook) -> str:
    digits = target.indicator.decimals
    return "#,##0" if digits == 0 else "#,##0." + "#" * digits
