"""The workbook (.xlsx): every fact as a number that can be filtered, sorted and charted again."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.fonts import line_count
from zerobay_analysis.briefing.tables import Cell, Column, Table
from zerobay_analysis.language import Text

if TYPE_CHECKING:
    from zerobay_analysis.briefing.writers import FormTask

__all__ = ["FONT", "make", "workbook_bytes"]

HEADER_ROW = 3
"""Title above, notes below it, then the header."""
WIDEST = 170.0
"""Characters that a sheet may be wide to be printed on A4."""
FONT = "Microsoft YaHei"
INK, SOFT, WASH, ALERT = "1F2430", "5F6673", "E8EEF4", "7A1F12"
DAY = "yyyy-mm-dd"
BARS = ("C0D4E7", "6F9AC0", "1D4F7C")
"""House colours that differ in grey."""


def make(task: FormTask) -> list[bytes]:
    """The file."""
    return [workbook_bytes(task.briefing)]


def workbook_bytes(briefing: Briefing) -> bytes:
    """Bytes of the workbook."""
    book = Workbook()
    book.remove(book.active)
    targets = tables.targets(briefing)
    sheets = (
        (Text("概览", "Summary"), tables.findings(briefing)),
        (Text("前景", "Outlook"), targets.on("sheet")),
        (text.REQUIRED, targets.on("pace")),
        (text.SCENARIOS, tables.scenario_targets(briefing)),
        (Text("责任单位", "Units"), tables.units(briefing)),
        (Text("数字", "Observations"), tables.figures(briefing, every=True)),
        (text.SOURCES, tables.sources(briefing)),
        (Text("修订", "Revisions"), tables.revisions(briefing)),
        (text.OWED, tables.owed(briefing)),
        (Text("承诺", "Commitments"), tables.commitments(briefing)),
        (Text("变化", "Changes"), tables.changes(briefing)),
        (Text("校准", "Calibration"), tables.calibration(briefing)),
        (Text("假设", "Assumptions"), tables.assumptions(briefing)),
        (Text("图表", "Chart"), tables.probabilities(briefing)),
    )
    for name, table in sheets:
        sheet = _sheet(
            book, briefing, briefing.say(name), table.on("sheet") if name != text.REQUIRED else table
        )
        last = HEADER_ROW + len(table.rows)
        if name.en == "Calibration":
            for row, note in enumerate((briefing.method.trust, briefing.method.provenance), start=last + 2):
                sheet.cell(row, 1, note)
            _bars(sheet, table.title, (3, 4), last, f"A{last + 5}")
        elif name.en == "Chart":
            _bars(sheet, table.title, (2, 1 + len(briefing.years)), last, f"A{last + 2}", flat=True)
    book.properties.title = briefing.title
    book.properties.creator = "zerobay_analysis"
    book.properties.description = briefing.subtitle
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _sheet(book: Workbook, briefing: Briefing, name: str, table: Table) -> Worksheet:
    """One table with title, notes, frozen header, filter and print set-up."""
    sheet = book.create_sheet(name)
    sheet.cell(1, 1, f"{name} · {briefing.title}").font = Font(name=FONT, size=14, color=INK)
    note, alert = sheet.cell(2, 1, briefing.synthetic or briefing.subtitle), bool(briefing.synthetic)
    note.font = Font(name=FONT, size=10, bold=alert, color=ALERT if alert else SOFT)
    for place, (heading, column) in enumerate(zip(table.headings, table.columns, strict=True), start=1):
        cell = sheet.cell(HEADER_ROW, place, heading)
        cell.font = Font(name=FONT, size=10, bold=True, color=INK)
        cell.fill = PatternFill("solid", fgColor=WASH)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(bottom=Side("medium", color=INK))
        sheet.column_dimensions[get_column_letter(place)].width = column.share
    sheet.row_dimensions[HEADER_ROW].height = 32
    for place, row in enumerate(table.rows, start=HEADER_ROW + 1):
        for index, (content, column) in enumerate(zip(row, table.columns, strict=True), start=1):
            _put(sheet.cell(place, index), content, column)
        sheet.row_dimensions[place].height = _row_height(row, table.columns)
    if not table.rows:
        sheet.cell(HEADER_ROW + 1, 1, table.empty).font = Font(name=FONT, size=10, color=INK)
    last = f"{get_column_letter(len(table.columns))}{HEADER_ROW + max(len(table.rows), 1)}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}"
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    _print_setup(sheet, briefing, sum(column.share for column in table.columns))
    return sheet


def _row_height(row: Sequence[Cell], columns: Sequence[Column]) -> float:
    """Points that the longest text of a row takes, in a column of so many characters of 5.6 points."""
    lines = (
        sum(line_count(part, 0.9 * column.share * 5.6 / 10) for part in cell.full.split("\n"))
        for cell, column in zip(row, columns, strict=True)
    )
    return 14.0 * max(lines) + 3


def _put(cell: Any, content: Cell, column: Column) -> None:
    """Write one cell; text stays text even where it begins like a formula."""
    value = content.full if content.value is None else content.value
    said = isinstance(value, str) and value != "—"
    if said:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    else:
        cell.number_format = content.format or (DAY if hasattr(value, "year") else column.format) or "General"
        cell.value = None if value == "—" else value.date() if hasattr(value, "date") else value
    cell.font = Font(name=FONT, size=10, color=content.ink[1:].upper() or INK)
    cell.alignment = Alignment(wrap_text=said, vertical="top")
    if content.fill:
        cell.fill = PatternFill("solid", fgColor=content.fill[1:].upper())


def _bars(
    sheet: Worksheet, title: str, columns: tuple[int, int], last: int, anchor: str, *, flat: bool = False
) -> None:
    """Native chart of a sheet's shares: house colours, whole scale, visible axes; none without rows."""
    if last == HEADER_ROW:
        return
    chart = BarChart()
    chart.type, chart.title = ("bar" if flat else "col"), title
    first, final = columns
    data = Reference(sheet, min_col=first, max_col=final, min_row=HEADER_ROW, max_row=last)
    chart.add_data(data, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=HEADER_ROW + 1, max_row=last))
    for series, colour in zip(chart.series, BARS, strict=False):
        series.graphicalProperties.solidFill = colour
        series.graphicalProperties.line.solidFill = SOFT
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.number_format = "0%"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.width = 22
    if flat:
        chart.x_axis.scaling.orientation = "maxMin"
        chart.height = 3 + 0.8 * (last - HEADER_ROW)
        sheet.page_setup.fitToHeight = 1  # table and chart on one sheet of paper
    sheet.add_chart(chart, anchor)


def _print_setup(sheet: Worksheet, briefing: Briefing, width: float) -> None:
    """Landscape, one page wide; a sheet too wide for A4 goes on A3, where it can still be read."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4 if width <= WIDEST else sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.oddFooter.left.text = (briefing.synthetic or briefing.title).replace("&", "&&")
    sheet.oddFooter.right.text = "&P / &N"
