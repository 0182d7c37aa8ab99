"""Worksheets for people: text that stays text, one type and colours, headings, print set-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from openpyxl import Workbook


FONT = "Microsoft YaHei"
INK, SOFT, WASH, ALERT = "1F2430", "5F6673", "E8EEF4", "7A1F12"
DAY = "yyyy-mm-dd"
LINE_HEIGHT = 15.0
"""Points of one line; heights are set because not every program fits them on opening."""
MAX_A4_WIDTH = 170.0
"""Characters that a sheet may be wide to be printed on A4; a wider one goes on A3."""
MAX_NAME = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
"""Characters that a sheet's name cannot have."""

_looks: WeakKeyDictionary[Workbook, dict[tuple[object, ...], Any]] = WeakKeyDictionary()
"""Of every book, the styles that :func:`put` has made."""


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters, number format (``""`` for text)."""

    heading: str
    width: float
    format: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell: value, number format (``""``: the column's), colours of text and ground."""

    value: Any
    format: str = ""
    color: str = INK
    fill: str = ""


def new_book(title: str, note: str = "") -> Workbook:
    """A workbook without a sheet."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.description = title, note
    book.properties.creator = "zerobay_analysis"
    return book


def new_sheet(book: Workbook, name: str) -> Any:
    """A further sheet, under a name that a sheet can have."""
    return book.create_sheet(name.translate(FORBIDDEN)[:MAX_NAME])


def book_bytes(book: Workbook) -> bytes:
    """Bytes of the workbook's file."""
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def put(
    sheet: Any,
    row: int,
    column: int,
    value: Any,
    number_format: str = "",
    *,
    size: float = 10,
    bold: bool = False,
    color: str = INK,
    fill: str = "",
    wrap: bool = True,
) -> Any:
    """Write one cell and return it; text stays text even where it begins like a formula."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font, PatternFill

    cell, quoted = sheet.cell(row, column), False
    if isinstance(value, str) and value:
        cell.value, quoted = ILLEGAL_CHARACTERS_RE.sub("", value), value[0] in "=+-@"
        cell.data_type = "s"
    elif value != "":
        cell.value = value.date() if hasattr(value, "date") else value
    number_format = DAY if isinstance(value, date) else number_format or cell.number_format
    wrap = wrap and isinstance(value, str)
    # A style takes openpyxl far longer than a value, and thousands of cells look the same.
    looks = _looks.setdefault(sheet.parent, {})
    look = (number_format, quoted, size, bold, color, fill, wrap)
    if look not in looks:
        cell.number_format, cell.quotePrefix = number_format, quoted
        cell.font = Font(name=FONT, size=size, bold=bold, color=color)
        if fill:
            cell.fill = PatternFill("solid", start_color=fill, end_color=fill)
        cell.alignment = Alignment(wrap_text=wrap, vertical="top")
        looks[look] = cell._style
    cell._style = copy(looks[look])
    return cell


def dress(cell: Any, key: object, make: Callable[[], dict[str, Any]]) -> None:
    """Give a cell further styles, which ``make`` makes once for all cells of one look and ``key``."""
    looks = _looks.setdefault(cell.parent.parent, {})
    look = (tuple(cell._style), key)
    if look not in looks:
        for name, style in make().items():
            setattr(cell, name, style)
        looks[look] = cell._style
    cell._style = copy(looks[look])


def head(sheet: Any, row: int, columns: Sequence[Column]) -> None:
    """Write the headings and set the columns' widths."""
    from openpyxl.styles import Alignment, Border, Side
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(columns, start=1):
        cell = put(sheet, row, place, column.heading, bold=True, fill=WASH)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(bottom=Side("medium", color=INK))
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.row_dimensions[row].height = 2 * LINE_HEIGHT + 2


def table(sheet: Any, row: int, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Write a table from its headings in ``row`` on, with filter and frozen headings.

    A cell is a value or a :class:`Cell`. Returns the last row.
    """
    from openpyxl.utils import get_column_letter

    head(sheet, row, columns)
    last = row
    for last, cells in enumerate(rows, start=row + 1):
        lines = 1
        for place, (given, column) in enumerate(zip(cells, columns, strict=True), start=1):
            cell = given if isinstance(given, Cell) else Cell(given)
            put(
                sheet, last, place, cell.value, cell.format or column.format, color=cell.color, fill=cell.fill
            )
            if isinstance(cell.value, str):
                parts = cell.value.split("\n")
                lines = max(lines, sum(ceil(_width(part) / (0.9 * column.width)) for part in parts))
        sheet.row_dimensions[last].height = LINE_HEIGHT * lines + 3
    sheet.auto_filter.ref = f"A{row}:{get_column_letter(len(columns))}{max(last, row + 1)}"
    sheet.freeze_panes = f"A{row + 1}"
    print_setup(sheet, row, sum(column.width for column in columns))
    return last


def _width(text: str) -> int:
    """Width in characters; a Chinese one takes two."""
    return max(1, sum(2 if east_asian_width(c) in "WF" else 1 for c in text))


def print_setup(sheet: Any, row: int, width: float = 0, footer: str = "&P / &N") -> None:
    """Print landscape, one page wide, the headings in ``row`` on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4 if width <= MAX_A4_WIDTH else sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{row}:{row}"
    sheet.oddFooter.right.text = footer
