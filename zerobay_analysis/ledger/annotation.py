"""A copy of a workbook with everything that is wrong marked where it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.ledger.readers import WORKBOOK_SUFFIXES
from zerobay_analysis.ledger.readers.excel import open_for_marks

__all__ = ["CHECKED", "annotate", "checked_path"]

CHECKED = ".checked.xlsx"
RESULT_SHEET = "检查结果"
HEADING_ROW = 2
LINE_HEIGHT = 16
"""Points of one line of text; heights are set because not every program fits them on opening."""
MAX_DIGITS = 15
HEADINGS = ("序号", "工作表", "单元格", "值", "问题", "办法")
WIDTHS = (6, 16, 10, 24, 60, 60)
WRONG = "FFC7CE"
"""Fill of a marked cell, the pink that Excel itself uses for bad."""
HEADING = "DDE7EE"


def checked_path(path: Path) -> Path:
    """Where the marked copy of a workbook goes: ``报表.xlsx`` to ``报表.checked.xlsx``."""
    return path.with_name(path.stem + CHECKED)


def annotate(path: Path, problems: Sequence[Problem]) -> Path | None:
    """Write the marked copy beside a workbook; the workbook itself is only read.

    Parameters
    ----------
    path : Path
    problems : sequence of Problem
        Those that name a cell are marked there; all are listed on a first sheet of their own.

    Returns
    -------
    Path or None
        The copy; ``None`` for a file that is no workbook that can be opened.
    """
    if path.suffix.lower() not in WORKBOOK_SUFFIXES:
        return None
    workbook = open_for_marks(path)
    if workbook is None:
        return None
    for problem in problems:
        if problem.sheet in workbook.sheetnames:
            _mark(workbook[problem.sheet], problem)
    _list(workbook, problems)
    target = checked_path(path)
    beside = target.with_name(f".{target.name}.tmp")
    try:
        workbook.save(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def _mark(worksheet: Any, problem: Problem) -> None:
    """Fill the cell and say beside it what is wrong."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = worksheet[problem.cell or f"A{problem.row or 1}"]
    for area in worksheet.merged_cells.ranges:
        if cell.coordinate in area:
            cell = worksheet.cell(area.min_row, area.min_col)
    if isinstance(cell.value, int) and len(str(cell.value)) > MAX_DIGITS:  # openpyxl cannot write it
        cell.value = str(cell.value)
    cell.fill = PatternFill("solid", start_color=WRONG, end_color=WRONG)
    earlier = f"{cell.comment.text}\n" if cell.comment else ""
    comment = Comment(f"{earlier}{problem.message}\n→ {problem.cure}", "zerobay")
    comment.width, comment.height = 320, 60 + 20 * comment.text.count("\n") + len(comment.text) // 2
    cell.comment = comment


def _list(workbook: Any, problems: Sequence[Problem]) -> None:
    """A first sheet with all problems, each with a link to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    if RESULT_SHEET in workbook.sheetnames:
        del workbook[RESULT_SHEET]
    sheet = workbook.create_sheet(RESULT_SHEET, 0)
    count = len(problems)
    sheet.append([f"共 {count} 处问题 / {count} problems" if count else "无问题 / no problem"])
    sheet.append(HEADINGS)
    for number, problem in enumerate(problems, start=1):
        place = problem.cell or (f"第{problem.row}行" if problem.row else "")
        row = number + HEADING_ROW
        sheet.cell(row, 1, number)
        texts = (problem.sheet, place, problem.value, problem.message, problem.cure)
        for position, text in enumerate(texts, start=2):
            _write_text(sheet.cell(row, position), text)
        sheet.row_dimensions[row].height = LINE_HEIGHT * max(
            math.ceil(_width(text) / width) for text, width in zip(texts, WIDTHS[1:], strict=True)
        )
        if place and problem.sheet in workbook.sheetnames:
            cell = sheet.cell(row, 3)
            quoted = problem.sheet.replace("'", "''")
            cell.hyperlink = f"#'{quoted}'!{problem.cell or f'A{problem.row or 1}'}"
            cell.font = Font(color="0563C1", underline="single")
    for position, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
        heading = sheet.cell(HEADING_ROW, position)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", start_color=HEADING, end_color=HEADING)
    for cells in sheet.iter_rows(min_row=HEADING_ROW + 1):
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
    sheet.freeze_panes = sheet.cell(HEADING_ROW + 1, 1)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    workbook.active = 0
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is sheet


def _write_text(cell: Any, text: str) -> None:
    """Write ``text`` as text, also where it looks like a formula or an error."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"


def _width(text: str) -> int:
    """Width in characters of a column; a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text) or 1
