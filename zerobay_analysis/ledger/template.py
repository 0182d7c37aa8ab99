"""The workbook that responsible units fill in: one sheet a unit, a row an indicator and period.

Everything but the grey cells may be written in; the grey ones are protected without a password,
so that nobody changes them by accident and anybody can on purpose. Whoever fills it in as it says
has a file without problems: the names of its columns are those of ``OBSERVATION_FIELDS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.plan import Indicator, Kind, Plan

__all__ = ["COLUMNS", "GUIDE", "units_of", "write_template"]

GUIDE = "填报说明"
HISTORY_YEARS = 5
EMPTY_ROWS = 20
"""Rows for further periods, corrections and withdrawals."""
HEADER_ROW = 3
PAPER_A4 = 9
LONGEST_LIST = 255
"""Characters that Excel takes in a drop-down list; a longer one would make it repair the file."""

HEADING_FILL = "1F4E5F"
LOCKED_FILL = "EFEFEF"
FONT = "Microsoft YaHei"

KIND_ZH = {
    Kind.STOCK: "时点数",
    Kind.CUMULATIVE: "历年累计",
    Kind.FLOW: "当年新增",
    Kind.RATE: "当年比率",
}
PERIOD_WORDS = ("全年", "时点", "本年累计", "当期")
QUALIFIER_WORDS = ("约", "超", "近", "余", "左右", "初步核算")
STATUS_WORDS = ("有效", "撤回")


@dataclass(frozen=True)
class Column:
    """One column of a unit's sheet.

    Attributes
    ----------
    title : str
    width : float
        In characters.
    guide : str
        How to fill it in.
    example : str
    required : bool
    """

    title: str
    width: float
    guide: str
    example: str
    required: bool = False


COLUMNS = (
    Column("指标序号", 9, "方案中的序号；已填好，补充行从下拉表选", "7", required=True),
    Column("指标名称", 26, "与序号核对，可不填", "估值过亿元企业"),
    Column(
        "期间",
        15,
        "2025年、2026年6月、2026年6月末、2026年三季度、2026年1-9月、2026年上半年、2026-06-30",
        "2026年6月末",
        required=True,
    ),
    Column(
        "期间类型",
        11,
        "全年：整年的数；时点：期末存量或历年累计；本年累计：1月至本期；当期：只是本季或本月",
        "时点",
    ),
    Column(
        "数值",
        14,
        "只写数字。15% 写 15 或 15%（0.15 会被退回）；1.89千、1.2万、3.5亿可以写，单位栏则不再写千、万、亿",
        "139",
        required=True,
    ),
    Column("单位", 9, "与指标的单位一致；已填好，补充行从下拉表选", "家", required=True),
    Column("限定词", 10, "准确的数留空；约数选：约、超、近、余、左右；统计初步数选：初步核算", "约"),
    Column("状态", 9, "留空即有效；撤回：此前报的这个数不再算数（数值可空）", "有效"),
    Column("报送日期", 13, "本单位确认这个数的日期；留空则按导入日", "2026-07-10"),
    Column("说明", 36, "口径、数据来源、修订原因；口径与方案不同的，写明不同在哪里", "区级年报"),
)
"""Columns of a unit's sheet, from A on."""


def units_of(plan: Plan) -> tuple[str, ...]:
    """Responsible units, in the order in which the plan first names them."""
    return tuple(dict.fromkeys(owner for indicator in plan.indicators for owner in indicator.owners))


def write_template(path: Path, plan: Plan, year: int, units: Sequence[str] = ()) -> Path:
    """Write the workbook.

    Parameters
    ----------
    path : Path
        Where to; an existing file is not overwritten.
    plan : Plan
    year : int
        The running year: its quarters, and the five years before it.
    units : sequence of str
        Only these responsible units; all by default.

    Returns
    -------
    Path

    Raises
    ------
    ParameterError
        For a unit that the plan does not name, a year out of range, or a file that exists.
    """
    import openpyxl

    known = units_of(plan)
    unknown = [unit for unit in units if unit not in known]
    if unknown:
        raise ParameterError(
            f"不是责任单位：{'、'.join(unknown)}；可选 / "
            f"not a responsible unit; choose from: {'、'.join(known)}"
        )
    if not 2000 <= year <= 2100:
        raise ParameterError(f"年份应在 2000–2100 之间 / year out of range: {year}")
    if path.exists():
        raise ParameterError(f"{path} 已存在，请换一个名字 / {path} exists, choose another name")
    workbook = openpyxl.Workbook()
    workbook.properties.title = f"{plan.name.zh}指标填报表 {year}"
    workbook.properties.creator = "zerobay template"
    _guide(workbook.active, plan, year)
    for unit in units or known:
        own = [indicator for indicator in plan.indicators if unit in indicator.owners]
        _unit_sheet(workbook.create_sheet(unit), unit, own, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    workbook.save(beside)
    beside.rename(path)
    return path


def periods(indicator: Indicator, year: int) -> list[tuple[str, str]]:
    """Periods to report, each with its type: five years, then the quarters of ``year``."""
    level = indicator.kind in {Kind.STOCK, Kind.CUMULATIVE}
    whole = "时点" if level else "全年"
    past = [(f"{y}年末" if level else f"{y}年", whole) for y in range(year - HISTORY_YEARS, year)]
    months = [(f"{year}年{m}月末", "时点") if level else (f"{year}年1-{m}月", "本年累计") for m in (3, 6, 9)]
    return [*past, *months, (f"{year}年末" if level else f"{year}年", whole)]


# --- a unit's sheet ------------------------------------------------------------------------------


def _unit_sheet(sheet: Any, unit: str, indicators: Sequence[Indicator], year: int) -> None:
    from openpyxl.styles import Font, Protection

    sheet["A1"] = f"{unit}　{year} 年填报表"
    sheet["A1"].font = Font(name=FONT, bold=True, size=14)
    sheet["A2"] = "灰色单元格已填好。没有的数留空即可；修订时在同一行改数值和报送日期后重报，旧数自动留档。"
    sheet["A2"].font = Font(name=FONT, size=10, color="666666")
    _header(sheet)
    row = HEADER_ROW
    for indicator in indicators:
        for period, kind in periods(indicator, year):
            row += 1
            given = [indicator.id, indicator.name_zh, period, kind, None, indicator.unit_zh]
            _body_row(sheet, row, given, indicator, first=period == periods(indicator, year)[0][0])
    first_empty, last = row + 1, row + EMPTY_ROWS
    for number in range(first_empty, last + 1):
        _body_row(sheet, number, [], None)
    _validate(sheet, indicators, first_empty, last)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 5)
    sheet.protection.sheet = True
    for name in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(sheet.protection, name, False)  # False leaves it allowed
    for cell in sheet[HEADER_ROW]:
        cell.protection = Protection(locked=True)
    _page(sheet)


def _header(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for position, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(HEADER_ROW, position, column.title)
        cell.font = Font(name=FONT, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=HEADING_FILL, end_color=HEADING_FILL)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.border = _border()
        sheet.column_dimensions[get_column_letter(position)].width = column.width
    sheet.row_dimensions[HEADER_ROW].height = 22


def _border(*, first: bool = False) -> Any:
    """Thin lines, a heavier one above the ``first`` row of an indicator."""
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color="BFBFBF")
    top = Side(style="medium", color=HEADING_FILL) if first else side
    return Border(left=side, right=side, top=top, bottom=side)


def _body_row(
    sheet: Any, row: int, given: Sequence[Any], indicator: Indicator | None, *, first: bool = False
) -> None:
    """One row; what is given is grey and protected."""
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    for position, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(row, position)
        value = given[position - 1] if position <= len(given) else None
        cell.value = value
        cell.font = Font(name=FONT, size=10)
        cell.border = _border(first=first)
        cell.alignment = Alignment(vertical="center", horizontal=None if column.width > 20 else "center")
        cell.protection = Protection(locked=value is not None)
        if value is not None:
            cell.fill = PatternFill("solid", start_color=LOCKED_FILL, end_color=LOCKED_FILL)
        if column.title in {"期间", "指标名称", "说明"}:
            cell.number_format = "@"  # or a sheet turns 2026-09 into a date
        elif column.title == "报送日期":
            cell.number_format = "yyyy-mm-dd"
        elif column.title == "数值" and indicator is not None and indicator.whole_number:
            cell.number_format = "#,##0"


def _validate(sheet: Any, indicators: Sequence[Indicator], first_empty: int, last: int) -> None:
    """Drop-downs and checks at the moment of typing; the intake checks everything again."""
    first = HEADER_ROW + 1
    numbers = [str(indicator.id) for indicator in indicators]
    units = list(dict.fromkeys(indicator.unit_zh for indicator in indicators))
    names = [indicator.name_zh for indicator in indicators]
    _list(sheet, f"A{first_empty}:A{last}", numbers, "只能填本单位负责的指标序号")
    _list(sheet, f"B{first_empty}:B{last}", names, "请从下拉表选指标名称")
    _list(sheet, f"D{first}:D{last}", PERIOD_WORDS, "请选全年、时点、本年累计或当期")
    _list(sheet, f"F{first}:F{last}", units, "单位须与指标一致")
    _list(sheet, f"G{first}:G{last}", QUALIFIER_WORDS, "准确的数请留空")
    _list(sheet, f"H{first}:H{last}", STATUS_WORDS, "留空即有效")
    _dates(sheet, f"I{first}:I{last}")
    row = first
    for indicator in indicators:
        count = HISTORY_YEARS + 4
        _figures(sheet, f"E{row}:E{row + count - 1}", indicator)
        row += count


def _list(sheet: Any, cells: str, words: Iterable[str], message: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    choices = ",".join(words)
    if len(choices) > LONGEST_LIST:
        return
    rule = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error, rule.errorStyle = "请从下拉表选择", message, "stop"
    rule.add(cells)
    sheet.add_data_validation(rule)


def _dates(sheet: Any, cells: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(type="date", operator="between", allow_blank=True, showErrorMessage=True)
    rule.formula1, rule.formula2 = "DATE(2000,1,1)", "DATE(2100,12,31)"
    rule.errorTitle, rule.error, rule.errorStyle = "不是日期", "写成 2026-07-10 的形式", "stop"
    rule.add(cells)
    sheet.add_data_validation(rule)


def _figures(sheet: Any, cells: str, indicator: Indicator) -> None:
    """A hint beside the cell, and a warning (not a refusal: 1.89千 is text) for what is unusual."""
    from openpyxl.worksheet.datavalidation import DataValidation

    low = -1_000_000_000 if indicator.lower is None else indicator.lower
    high = 1_000_000_000 if indicator.upper is None else indicator.upper
    rule = DataValidation(
        type="whole" if indicator.whole_number else "decimal",
        operator="between",
        formula1=f"{low:.15g}",
        formula2=f"{high:.15g}",
        allow_blank=True,
        showErrorMessage=True,
        showInputMessage=True,
    )
    rule.errorStyle, rule.errorTitle = "warning", "请核对数值"
    what = "整数" if indicator.whole_number else "数字"
    rule.error = f"{indicator.name_zh}：{what}，单位 {indicator.unit_zh}"
    rule.promptTitle = f"{indicator.short_zh}（{indicator.unit_zh}）"
    percent = "15% 写 15 或 15%。" if indicator.unit_zh == "%" else ""
    rule.prompt = f"{percent}没有的数留空；约数在限定词栏选。"
    rule.add(cells)
    sheet.add_data_validation(rule)


def _page(sheet: Any) -> None:
    """Print on A4 across, the header on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.oddFooter.center.text = "&A　第 &P 页，共 &N 页"


# --- the codebook -----------------------------------------------------------------------------------


def _guide(sheet: Any, plan: Plan, year: int) -> None:
    """First sheet: how to fill it in, every column, every indicator."""
    from openpyxl.styles import Font

    sheet.title = GUIDE
    sheet["A1"] = f"{plan.name.zh}指标填报说明"
    sheet["A1"].font = Font(name=FONT, bold=True, size=16)
    lines = (
        f"1. 只填本单位的工作表；{year - HISTORY_YEARS}–{year - 1} 年逐年、{year} 年逐季，没有的数留空。",
        "2. 已经报过的数有变化，改数值、写新的报送日期、在说明栏写原因后重报；旧数保留，不会被覆盖。",
        "3. 整个数作废时，状态选“撤回”。口径变了不要改旧数，在说明栏写明从哪一期起。",
        "4. 共同负责的指标，各单位都报全区数；两家不一致时都保留，并在报告中列为待核对。",
        "5. 存成 .xlsx（不加密）发回。收件人运行 zerobay check 检查，有问题的单元格会标红并写明办法。",
        "6. 灰色单元格受保护（无密码）：审阅 → 撤消工作表保护，即可修改。",
    )
    for offset, line in enumerate(lines, start=2):
        sheet.cell(offset, 1, line).font = Font(name=FONT, size=11)
    row = _guide_table(
        sheet,
        len(lines) + 3,
        ("列", "是否必填", "怎么填", "例"),
        [(c.title, "必填" if c.required else "可空", c.guide, c.example) for c in COLUMNS],
    )
    row = _guide_table(
        sheet,
        row + 1,
        ("指标", "单位", "类型、责任单位", f"目标 {'/'.join(str(y) for y in plan.years)}"),
        [_indicator_row(plan, indicator) for indicator in plan.indicators],
    )
    kinds = (
        ("时点数", "", "某一天的存量，可升可降。期间类型选“时点”", "2026年6月末"),
        ("历年累计", "", "从开始到某一天的总数，不会下降。期间类型选“时点”", "2026年6月末"),
        ("当年新增", "", "一年之内新增的数。整年选“全年”，年内选“本年累计”", "2026年1-6月"),
        ("当年比率", "", "一年的百分比。整年选“全年”，年内选“本年累计”", "2026年1-6月"),
    )
    _guide_table(sheet, row + 1, ("类型", "", "含义", "期间写法"), kinds)
    for letter, width in zip("ABCD", (30, 10, 92, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.protection.sheet = True
    sheet.sheet_view.showGridLines = False
    _page(sheet)
    sheet.print_title_rows = None


def _indicator_row(plan: Plan, indicator: Indicator) -> tuple[str, ...]:
    targets = "/".join(indicator.format(plan.target(indicator.id, year)) for year in plan.years)
    owners = "、".join(indicator.owners)
    return (
        f"{indicator.id} {indicator.name_zh}",
        indicator.unit_zh,
        f"{KIND_ZH[indicator.kind]}；{owners}",
        targets,
    )


def _guide_table(sheet: Any, row: int, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a small table from ``row`` on; return the first row below it."""
    from openpyxl.styles import Alignment, Font, PatternFill

    for position, heading in enumerate(headings, start=1):
        cell = sheet.cell(row, position, heading)
        cell.font = Font(name=FONT, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=HEADING_FILL, end_color=HEADING_FILL)
    for texts in rows:
        row += 1
        for position, text in enumerate(texts, start=1):
            cell = sheet.cell(row, position, text)
            cell.number_format = "@"
            cell.font = Font(name=FONT, size=10)
            cell.border = _border()
            cell.alignment = Alignment(wrap_text=True, vertical="center")
    return row + 1
