"""The workbook that responsible units fill in: one sheet a unit, a row an indicator and period.

Everything but the grey cells may be written in; the grey ones are protected without a password,
so that nobody changes them by accident and anybody can on purpose. Whoever fills it in as it says
has a file without problems: its columns are those of ``columns.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.problems import message
from zerobay_analysis.files.sheets import Column, book_bytes, head, new_book, new_sheet, print_setup, put
from zerobay_analysis.ledger.fields import FORM, FORM_COLUMNS, OBSERVATION_FIELDS
from zerobay_analysis.plan import Indicator, Kind, Plan

GUIDE = "填报说明"
HISTORY_YEARS = 5
EMPTY_ROWS = 20
"""Rows for further periods, corrections and withdrawals."""
HEADER_ROW = 3
MAX_LIST = 255
"""Characters that Excel takes in a drop-down list; a longer one would make it repair the file."""
LOCKED = "EFEFEF"
"""Fill of a cell that is filled in already."""

WIDE = 20
"""Width from which the text of a column is not centred."""


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
    known = units_of(plan)
    if any(unit not in known for unit in units):
        unknown = "、".join(unit for unit in units if unit not in known)
        raise ParameterError(message("no_such_unit", unknown=unknown, known="、".join(known)))
    if not 2000 <= year <= 2100:
        raise ParameterError(message("no_such_year", year=year))
    if path.exists():
        raise ParameterError(message("file_exists", path=path))
    book = new_book(f"{plan.name.zh}指标填报表 {year}")
    _guide(new_sheet(book, GUIDE), plan, year)
    for unit in units or known:
        own = [indicator for indicator in plan.indicators if unit in indicator.owners]
        _unit_sheet(new_sheet(book, unit), unit, own, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, book_bytes(book))
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
    put(sheet, 1, 1, f"{unit}　{year} 年填报表", size=14, bold=True, wrap=False)
    put(sheet, 2, 1, FORM["note"], color="666666", wrap=False)
    head(sheet, HEADER_ROW, [Column(column.title, column.width) for column in FORM_COLUMNS])
    row = HEADER_ROW
    for indicator in indicators:
        for count, (period, kind) in enumerate(periods(indicator, year)):
            row += 1
            given = [indicator.id, indicator.name_zh, period, kind, None, indicator.unit_zh]
            _body_row(sheet, row, given, "#,##0" if indicator.whole_number else "", first=not count)
    for number in range(row + 1, row + EMPTY_ROWS + 1):
        _body_row(sheet, number)
    _validate(sheet, indicators, row + 1, row + EMPTY_ROWS)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 5)
    sheet.protection.sheet = True
    for name in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(sheet.protection, name, False)  # False leaves it allowed
    print_setup(sheet, HEADER_ROW, footer="&A　第 &P 页，共 &N 页")


def _body_row(
    sheet: Any, row: int, given: Sequence[Any] = (), figures: str = "", *, first: bool = False
) -> None:
    """One row; what is given is grey and protected, and the ``first`` of an indicator set off."""
    from openpyxl.styles import Alignment, Protection

    for place, column in enumerate(FORM_COLUMNS, start=1):
        value = given[place - 1] if place <= len(given) else None
        form = column.format or (figures if column.title == "数值" else "")
        cell = put(sheet, row, place, value, form, fill=LOCKED if value is not None else "", wrap=False)
        cell.alignment = Alignment(vertical="center", horizontal=None if column.width > WIDE else "center")
        cell.border = _border(first=first)
        cell.protection = Protection(locked=value is not None)


def _border(*, first: bool = False) -> Any:
    """Thin lines, a heavier one above the ``first`` row of an indicator."""
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color="BFBFBF")
    top = Side(style="medium", color="1F4E5F") if first else side
    return Border(left=side, right=side, top=top, bottom=side)


def _validate(sheet: Any, indicators: Sequence[Indicator], first_empty: int, last: int) -> None:
    """Drop-downs and checks at the moment of typing; the import checks everything again."""
    from openpyxl.utils import get_column_letter

    first = HEADER_ROW + 1
    given: dict[str, list[str]] = {
        "指标序号": [str(indicator.id) for indicator in indicators],
        "指标名称": [indicator.name_zh for indicator in indicators],
        "单位": list(dict.fromkeys(indicator.unit_zh for indicator in indicators)),
    }
    for column in FORM_COLUMNS:
        letter, words = get_column_letter(column.place), ",".join(given.get(column.title, column.choices))
        begin = first_empty if column.title.startswith("指标") else first  # given in the rows above
        cells = f"{letter}{begin}:{letter}{last}"
        if words and len(words) <= MAX_LIST:
            _rule(sheet, cells, "请从下拉表选择", column.wrong, type="list", formula1=f'"{words}"')
        elif column.title == "报送日期":
            bounds = {"formula1": "DATE(2000,1,1)", "formula2": "DATE(2100,12,31)"}
            _rule(sheet, cells, "不是日期", column.wrong, type="date", **bounds)
    count = HISTORY_YEARS + 4
    for place, indicator in enumerate(indicators):
        row = first + place * count
        _figures(sheet, f"E{row}:E{row + count - 1}", indicator)


def _figures(sheet: Any, cells: str, indicator: Indicator) -> None:
    """A hint beside the cell, and a warning (not a refusal: 1.89千 is text) for what is unusual."""
    whole, unit = indicator.whole_number, indicator.unit_zh
    percent = "15% 写 15 或 15%。" if unit == "%" else ""
    _rule(
        sheet,
        cells,
        "请核对数值",
        f"{indicator.name_zh}：{'整数' if whole else '数字'}，单位 {unit}",
        type="whole" if whole else "decimal",
        formula1=f"{-1e9 if indicator.lower is None else indicator.lower:.15g}",
        formula2=f"{1e9 if indicator.upper is None else indicator.upper:.15g}",
        errorStyle="warning",
        showInputMessage=True,
        promptTitle=f"{indicator.short_zh}（{unit}）",
        prompt=f"{percent}没有的数留空；约数在限定词栏选。",
    )


def _rule(sheet: Any, cells: str, title: str, message: str, **options: Any) -> None:
    """What may be typed into cells, and what is said about anything else."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(
        **{"operator": "between", "allow_blank": True, "showErrorMessage": True, "errorStyle": "stop"}
        | options
    )
    rule.errorTitle, rule.error = title, message
    rule.add(cells)
    sheet.add_data_validation(rule)


# --- the codebook -----------------------------------------------------------------------------------


def _guide(sheet: Any, plan: Plan, year: int) -> None:
    """First sheet: how to fill it in, every column, every indicator."""
    put(sheet, 1, 1, f"{plan.name.zh}指标填报说明", size=16, bold=True, wrap=False)
    for row, line in enumerate(FORM["guide"], start=2):
        text = line.format(first=year - HISTORY_YEARS, last=year - 1, year=year)
        put(sheet, row, 1, text, size=11, wrap=False)
    required = {alias for spec in OBSERVATION_FIELDS if spec.required for alias in spec.aliases}
    columns = [(c.title, "必填" if c.title in required else "可空", c.guide, c.example) for c in FORM_COLUMNS]
    row = _guide_table(sheet, len(FORM["guide"]) + 3, ("列", "是否必填", "怎么填", "例"), columns)
    headings = ("指标", "单位", "类型、责任单位", f"目标 {'/'.join(str(y) for y in plan.years)}")
    row = _guide_table(sheet, row + 1, headings, [_indicator_row(plan, i) for i in plan.indicators])
    kinds = [(name, "", meaning, example) for name, meaning, example in FORM["kinds"].values()]
    _guide_table(sheet, row + 1, ("类型", "", "含义", "期间写法"), kinds)
    sheet.protection.sheet = True
    sheet.sheet_view.showGridLines = False
    print_setup(sheet, 1, footer="&A　第 &P 页，共 &N 页")
    sheet.print_title_rows = None


def _indicator_row(plan: Plan, indicator: Indicator) -> tuple[str, ...]:
    targets = "/".join(indicator.format(plan.target(indicator.id, year)) for year in plan.years)
    kind = f"{FORM['kinds'][indicator.kind][0]}；{'、'.join(indicator.owners)}"
    return f"{indicator.id} {indicator.name_zh}", indicator.unit_zh, kind, targets


def _guide_table(sheet: Any, row: int, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a small table from ``row`` on; return the first row below it."""
    head(sheet, row, [Column(*column) for column in zip(headings, (30, 10, 92, 24), strict=True)])
    for texts in rows:
        row += 1
        for place, text in enumerate(texts, start=1):
            put(sheet, row, place, text, "@").border = _border()
    return row + 1
