"""The workbook that responsible units fill in: a sheet a unit, a row an indicator or item and period.

Everything but the grey cells may be written in; the grey ones are protected without a password,
so that nobody changes them by accident and anybody can on purpose. Whoever fills it in as it says
has a file without problems: its columns are those of ``columns.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.files import sheets
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.sheets import LINE_HEIGHT, Column, dress, head, print_setup, put
from zerobay_analysis.ledger.notation import STAGE_UNIT, STAGES
from zerobay_analysis.ledger.observations import FORM, FORM_COLUMNS, OBSERVATION_FIELDS, FormColumn
from zerobay_analysis.plan import Indicator, Item, Kind, Plan

GUIDE = "填报说明"
HISTORY_YEARS = 5
EMPTY_ROWS = 20
"""Rows for further periods, corrections and withdrawals."""
HEADER_ROW = 3
MAX_LIST = 255
"""Characters that Excel takes in a drop-down list; a longer one would make it repair the file."""
LOCKED = "EFEFEF"
"""Fill of a cell that is filled in already."""

ASKED = "FFF6DD"
"""Fill of a figure that is asked for now."""
WIDE = 20
"""Width from which the text of a column is not centred."""


Asked = tuple[str, str, str, str, str]
"""Unit (empty where the plan names none), number, period, period type, and what is asked in words."""


def write_template(
    path: Path, plan: Plan, year: int, units: Sequence[str] = (), asked: Sequence[Asked] = ()
) -> Path:
    """Write the workbook.

    Parameters
    ----------
    path : Path
        Where to; an existing file is not overwritten.
    plan : Plan
    year : int
        The running year: its quarters, and the five years before it.
    units : sequence of str
        Only these responsible units; all by default, and ``""`` for what no unit is named for.
    asked : sequence of Asked
        What is asked for now: marked, with the request's words, and added where no row is there.

    Returns
    -------
    Path

    Raises
    ------
    ParameterError
        For a unit that the plan does not name, a year out of range, or a file that exists.
    """
    if path.exists():
        raise ParameterError(message("file_exists", path=path))
    made = template_bytes(plan, year, units, asked)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, made)
    return path


def template_bytes(plan: Plan, year: int, units: Sequence[str] = (), asked: Sequence[Asked] = ()) -> bytes:
    """Bytes of the workbook that :func:`write_template` writes."""
    known = plan.units
    if unknown := "、".join(unit for unit in units if unit and unit not in known):
        raise ParameterError(message("no_such_unit", unknown=unknown, known="、".join(known)))
    if not 2000 <= year <= 2100:
        raise ParameterError(message("no_such_year", year=year))
    book = sheets.new_book(f"{plan.name.zh}指标填报表 {year}")
    _guide(sheets.new_sheet(book, GUIDE), plan, year)
    nobodys = ("",) if any(not item.owners for item in plan.items.values()) else ()
    for unit in units or (*known, *nobodys):
        groups = [*_groups(plan, unit, year, asked)]
        _unit_sheet(sheets.new_sheet(book, unit or FORM["nobody"]), unit, groups, year)
    return sheets.book_bytes(book)


def periods(indicator: Indicator, year: int) -> list[tuple[str, str]]:
    """Periods to report, each with its type: five years, then the quarters of ``year``."""
    past = [(before, 4) for before in range(year - HISTORY_YEARS, year)]
    now = [(year, quarter) for quarter in (1, 2, 3, 4)]
    return [form_period(indicator, *period) for period in (*past, *now)]


def form_period(indicator: Indicator, year: int, quarter: int) -> tuple[str, str]:
    """A year up to the end of a quarter as its row in the form says it, with the period type."""
    month = 3 * quarter
    if indicator.kind in {Kind.STOCK, Kind.CUMULATIVE}:
        return (f"{year}年末" if quarter == 4 else f"{year}年{month}月末"), "时点"
    return (f"{year}年", "全年") if quarter == 4 else (f"{year}年1-{month}月", "本年累计")


# --- a unit's sheet ------------------------------------------------------------------------------

REPORTER = FormColumn("报送单位", 18)
"""On the sheet of what no unit is named for."""
REQUEST = FormColumn("备注（所请事项）", 40)
"""What is asked for, where it is; a column that begins like this is not read."""
FRACTION: tuple[str, ...] = ("分子", "分母")


@dataclass(frozen=True)
class _Group:
    """The rows of an indicator, a commitment or a task: periods, their types and what is asked."""

    number: int | str
    name: str
    unit: str
    rows: Sequence[tuple[str, str, str | None]]
    locked: tuple[str, ...]
    """Columns that are not for it."""
    whole: bool = False
    lower: float | None = 0
    upper: float | None = None


def _groups(plan: Plan, unit: str, year: int, asked: Iterable[Asked]) -> Iterator[_Group]:
    """What a unit answers for, with every period of the form and whatever else it is asked for."""
    wanted: dict[str, dict[str, tuple[str, str]]] = {}
    for who, number, period, kind, what in asked:
        if who == unit:
            wanted.setdefault(number, {}).setdefault(period, (kind, what))

    def rows(of: Indicator | Item, every: Iterable[tuple[str, str]]) -> list[tuple[str, str, str | None]]:
        mine, kinds = wanted.get(str(of.id), {}), dict(every)
        kinds |= {period: kind for period, (kind, _) in mine.items() if period not in kinds}
        return [(p, kind, mine[p][1] if p in mine else None) for p, kind in kinds.items()]

    for i in plan.indicators:
        if unit in i.owners or not (unit or i.owners):
            locked = () if i.kind is Kind.RATE else FRACTION
            bounds = i.whole_number, i.lower, i.upper
            yield _Group(i.id, i.name_zh, i.unit_zh, rows(i, periods(i, year)), locked, *bounds)
    halves = [(f"{year}年6月末", "时点"), (f"{year}年末", "时点")]
    for item in plan.items.values():
        if item.counted and (unit in item.owners or not (unit or item.owners)):
            locked = FRACTION if item.unit else (*FRACTION, "限定词")
            yield _Group(item.id, item.name.zh, item.unit or STAGE_UNIT, rows(item, halves), locked)


def _unit_sheet(sheet: Any, unit: str, groups: Sequence[_Group], year: int) -> None:
    asked = any(what for group in groups for *_, what in group.rows)
    columns = [*FORM_COLUMNS, *([] if unit else [REPORTER]), *([REQUEST] if asked else [])]
    put(sheet, 1, 1, f"{unit or FORM['nobody']}　{year} 年填报表", size=14, bold=True, wrap=False)
    put(sheet, 2, 1, FORM["note"], color="666666", wrap=False)
    head(sheet, HEADER_ROW, columns)
    titles = ("指标序号", "指标名称", "期间", "期间类型", "单位", REQUEST.heading)
    row = HEADER_ROW
    for group in groups:
        _figures(sheet, f"E{row + 1}:E{row + len(group.rows)}", group)
        for count, (period, kind, what) in enumerate(group.rows):
            row += 1
            given = dict(zip(titles, (group.number, group.name, period, kind, group.unit, what), strict=True))
            _body_row(sheet, row, columns, given, group, first=not count)
            sheet.row_dimensions[row].height = LINE_HEIGHT * max(1, ceil(2 * len(what or "") / REQUEST.width))
    for number in range(row + 1, row + EMPTY_ROWS + 1):
        _body_row(sheet, number, columns, {}, _Group("", "", "", (), ()), first=False)
    _validate(sheet, groups, row + 1, row + EMPTY_ROWS)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 5)
    sheet.protection.sheet = True
    for name in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(sheet.protection, name, False)  # False leaves it allowed
    print_setup(sheet, HEADER_ROW, footer="&A　第 &P 页，共 &N 页")


def _body_row(
    sheet: Any,
    row: int,
    columns: Iterable[FormColumn],
    given: Mapping[str, Any],
    of: _Group,
    *,
    first: bool,
) -> None:
    """One row; what is given is grey and protected, and the ``first`` of a group set off."""
    for place, column in enumerate(columns, start=1):
        value, figure = given.get(column.heading), column.heading == "数值"
        form = column.format or ("#,##0" if of.whole and figure else "")
        locked = value is not None or column.heading in of.locked
        fill = LOCKED if locked else ASKED if figure and given.get(REQUEST.heading) else ""
        cell = put(sheet, row, place, value, form, fill=fill, wrap=False)
        look = (column.width > WIDE, column is REQUEST, first, locked)
        dress(cell, look, partial(_look, *look))


def _look(wide: bool, request: bool, first: bool, locked: bool) -> dict[str, Any]:
    from openpyxl.styles import Alignment, Protection

    side = None if wide else "center"
    return {
        "alignment": Alignment(vertical="center", horizontal=side, wrap_text=request),
        "border": _border(first=first),
        "protection": Protection(locked=locked),
    }


def _border(*, first: bool = False) -> Any:
    """Thin lines, a heavier one above the ``first`` row of a group."""
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color="BFBFBF")
    top = Side(style="medium", color="1F4E5F") if first else side
    return Border(left=side, right=side, top=top, bottom=side)


def _validate(sheet: Any, groups: Sequence[_Group], first_empty: int, last: int) -> None:
    """Drop-downs and checks at the moment of typing; the import checks everything again."""
    from openpyxl.utils import get_column_letter

    given: dict[str, list[str]] = {
        "指标序号": [str(group.number) for group in groups],
        "指标名称": [group.name for group in groups],
        "单位": list(dict.fromkeys(group.unit for group in groups)),
    }
    for column in FORM_COLUMNS:
        letter, words = get_column_letter(column.place), ",".join(given.get(column.heading, column.choices))
        given_above = column.heading.startswith("指标")
        begin = first_empty if given_above else HEADER_ROW + 1
        cells = f"{letter}{begin}:{letter}{last}"
        if words and len(words) <= MAX_LIST:
            _rule(sheet, cells, "请从下拉表选择", column.wrong, type="list", formula1=f'"{words}"')
        elif column.heading == "报送日期":
            bounds = {"formula1": "DATE(2000,1,1)", "formula2": "DATE(2100,12,31)"}
            _rule(sheet, cells, "不是日期", column.wrong, type="date", **bounds)


def _figures(sheet: Any, cells: str, group: _Group) -> None:
    """A hint beside the cell, and a warning (not a refusal: 1.89千 is text) for what is unusual."""
    hint = {"showInputMessage": True, "promptTitle": f"{group.number}（{group.unit}）"}
    if group.unit == STAGE_UNIT:
        words = f'"{",".join(STAGES)}"'
        _rule(sheet, cells, "请从下拉表选择", "选一个进展", type="list", formula1=words, **hint)
        return
    _rule(
        sheet,
        cells,
        "请核对数值",
        f"{group.name}：{'整数' if group.whole else '数字'}，单位 {group.unit}",
        type="whole" if group.whole else "decimal",
        formula1=f"{-1e9 if group.lower is None else group.lower:.15g}",
        formula2=f"{1e9 if group.upper is None else group.upper:.15g}",
        errorStyle="warning",
        prompt=f"{'15% 写 15 或 15%。' * (group.unit == '%')}没有的数留空；约数在限定词栏选。",
        **hint,
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
    needed = {c.heading: "必填" if c.heading in required else "可空" for c in FORM_COLUMNS}
    columns = [(c.heading, needed[c.heading], c.guide, c.example) for c in FORM_COLUMNS]
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
