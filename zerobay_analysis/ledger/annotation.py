"""A copy of a workbook with everything that is wrong marked where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.sheets import Column, book_bytes, put, table
from zerobay_analysis.ledger.readers import WORKBOOK_SUFFIXES
from zerobay_analysis.ledger.readers.excel import open_for_marks

__all__ = ["CHECKED", "annotate", "checked_path"]

CHECKED = ".checked.xlsx"
RESULT_SHEET = "检查结果"
HEADING_ROW = 2
MAX_DIGITS = 15
COLUMNS = (
    Column("序号", 6), Column("工作表", 16), Column("单元格", 10),
    Column("值", 24), Column("问题", 60), Column("办法", 60),
)  # fmt: skip
WRONG = "FFC7CE"
"""Fill of a marked cell, the pink that Excel itself uses for bad."""


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
    workbook = open_for_marks(path) if path.suffix.lower() in WORKBOOK_SUFFIXES else None
    if workbook is None:
        return None
    for problem in problems:
        if problem.sheet in workbook.sheetnames:
            _mark(workbook[problem.sheet], problem)
    _list(workbook, problems)
    write_atomically(checked_path(path), book_bytes(workbook))
    return checked_path(path)


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
    if RESULT_SHEET in workbook.sheetnames:
        del workbook[RESULT_SHEET]
    sheet = workbook.create_sheet(RESULT_SHEET, 0)
    count = len(problems)
    put(sheet, 1, 1, f"共 {count} 处问题 / {count} problems" if count else "无问题 / no problem", wrap=False)
    places = [problem.cell or (f"第{problem.row}行" if problem.row else "") for problem in problems]
    rows = [
        (number, problem.sheet, place, problem.value, problem.message, problem.cure)
        for number, (problem, place) in enumerate(zip(problems, places, strict=True), start=1)
    ]
    table(sheet, HEADING_ROW, COLUMNS, rows)
    for row, (problem, place) in enumerate(zip(problems, places, strict=True), start=HEADING_ROW + 1):
        if place and problem.sheet in workbook.sheetnames:
            cell = put(sheet, row, 3, place, color="0563C1")
            quoted = problem.sheet.replace("'", "''")
            cell.hyperlink = f"#'{quoted}'!{problem.cell or f'A{problem.row or 1}'}"
    workbook.active = 0
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is sheet
