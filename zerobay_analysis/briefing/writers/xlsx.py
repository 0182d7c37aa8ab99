"""The workbook (.xlsx): every fact as a number that can be filtered, sorted and charted again."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

from zerobay_analysis.assessment.data_owed import due_rule, owed_of
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.tables import Cell, Table
from zerobay_analysis.files import sheets
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.sheets import ALERT, INK, SOFT, book_bytes, new_book, new_sheet, put, table
from zerobay_analysis.language import Text

if TYPE_CHECKING:
    from zerobay_analysis.briefing.writers import FormTask
    from zerobay_analysis.study import Study


MAX_REVISIONS = 2000
HEADER_ROW = 3
"""Title above, notes below it, then the header."""
BARS = ("C0D4E7", "6F9AC0", "1D4F7C")
"""House colours that differ in grey."""


def make(task: FormTask) -> list[bytes]:
    """The file."""
    return [workbook_bytes(task.briefing)]


def workbook_bytes(briefing: Briefing) -> bytes:
    """Bytes of the workbook."""
    book = new_book(briefing.title, briefing.subtitle)
    targets = tables.targets(briefing)
    named = (
        (Text("概览", "Summary"), tables.findings(briefing)),
        (Text("前景", "Outlook"), targets.on("sheet")),
        (text.REQUIRED, targets.on("pace")),
        (text.SCENARIOS, tables.scenario_targets(briefing)),
        (Text("序时进度", "Schedule"), tables.schedule(briefing)),
        (Text("情景族", "Families"), tables.families(briefing)),
        (Text("责任单位", "Units"), tables.units(briefing)),
        (Text("数字", "Observations"), tables.figures(briefing, every=True)),
        (text.SOURCES, tables.sources(briefing)),
        (Text("修订", "Revisions"), tables.revisions(briefing, MAX_REVISIONS)),
        (text.OWED, tables.owed(briefing)),
        (Text("若则", "If then"), tables.if_then(briefing)),
        (Text("承诺", "Commitments"), tables.commitments(briefing)),
        (Text("变化", "Changes"), tables.changes(briefing, (*briefing.changes, *briefing.log))),
        (Text("校准", "Calibration"), tables.calibration(briefing)),
        (Text("假设", "Assumptions"), tables.assumptions(briefing)),
        (Text("图表", "Chart"), tables.probabilities(briefing)),
    )
    for name, content in named:
        sheet = _sheet(
            book, briefing, briefing.say(name), content.on("sheet") if name != text.REQUIRED else content
        )
        last = HEADER_ROW + len(content.records)
        if name.en == "Calibration":
            for row, note in enumerate((briefing.method.trust, briefing.method.provenance), start=last + 2):
                sheet.cell(row, 1, note)
            _bars(sheet, content.title, (3, 4), last, f"A{last + 5}")
        elif name.en in ("Observations", "Revisions"):
            for row, note in enumerate(content.notes, start=last + 2):
                put(sheet, row, 1, note, color=SOFT, wrap=False)
        elif name.en == "Chart":
            _bars(sheet, content.title, (2, 1 + len(briefing.years)), last, f"A{last + 2}", flat=True)
    return book_bytes(book)


def write_data_owed(study: Study, path: Path) -> Path:
    """Write what the units are asked for as a workbook, whole or not at all: a sheet of all, one of each."""
    write_atomically(path, owed_bytes(study))
    return path


def owed_bytes(study: Study) -> bytes:
    """Bytes of the workbook of what the units are asked for; text like a formula stays text."""
    briefing, items = Briefing(study), owed_of(study)
    book = new_book(text.OWED.get(study.lang), briefing.synthetic)
    book.properties.created = book.properties.modified = datetime.combine(study.as_of, time())
    each = {unit: [item for item in items if item.unit == unit] for unit in (item.unit for item in items)}
    named = {unit or text.NO_UNIT.get(study.lang): mine for unit, mine in each.items()}
    for name, mine in ({text.ALL_UNITS.get(study.lang): items} | named).items():
        content = tables.requests(briefing, mine, text.OWED, text.NO_REQUEST).on("sheet")
        sheet = _sheet(book, briefing, name, content)
        rule = due_rule(study.plan, study.lang)
        put(sheet, HEADER_ROW + len(mine) + 2, 1, rule, color=SOFT, wrap=False)
        sheet.oddHeader.right.text = briefing.synthetic or None
    return book_bytes(book)


def _sheet(book: Workbook, briefing: Briefing, name: str, content: Table) -> Worksheet:
    """One table with title and note."""
    sheet = new_sheet(book, name)
    put(sheet, 1, 1, f"{name} · {briefing.title}", size=14, wrap=False)
    colour = ALERT if briefing.synthetic else SOFT
    note = briefing.synthetic or briefing.subtitle
    put(sheet, 2, 1, note, bold=bool(briefing.synthetic), color=colour, wrap=False)
    headed = zip(content.headings, content.columns, strict=True)
    columns = [sheets.Column(heading, column.share, column.format) for heading, column in headed]
    table(sheet, HEADER_ROW, columns, [[_cell(cell) for cell in row] for row in content.rows])
    if not content.rows:
        put(sheet, HEADER_ROW + 1, 1, content.empty, wrap=False)
    sheet.oddFooter.left.text = (briefing.synthetic or briefing.title).replace("&", "&&")
    return sheet


def _cell(cell: Cell) -> sheets.Cell:
    """A cell as a sheet has it; a dash stays empty, to be sorted last."""
    value = cell.full if cell.value is None else cell.value
    value = None if isinstance(value, str) and value == "—" else value
    return sheets.Cell(value, cell.format, cell.ink[1:].upper() or INK, cell.fill[1:].upper())


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
