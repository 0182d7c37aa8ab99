"""Files looked at before anyone imports them: one file, or everything that lies in a folder.

Of a workbook that has problems a copy is written with all of them marked where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import Problem, Refused
from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.files.sheets import Cell, Column, book_bytes, put, table
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.readers import READERS, WORKBOOK_SUFFIXES
from zerobay_analysis.ledger.readers.excel import MARKER, open_for_marks
from zerobay_analysis.ledger.reading import (
    OBSERVATIONS,
    SYSTEM_FILES,
    CheckReport,
    check_path,
    headed,
    shipped,
)
from zerobay_analysis.ledger.store import IMPORTS, is_url
from zerobay_analysis.plan import Plan, load_plan

CHECKED = ".checked.xlsx"
RESULT_SHEET = "检查结果"
HEADING_ROW = 2
MAX_DIGITS = 15
COLUMNS = (
    Column("序号", 6), Column("工作表", 16), Column("单元格", 10),
    Column("值", 24), Column("问题", 60), Column("办法", 60),
)  # fmt: skip
WRONG, LINK = "FFC7CE", "0563C1"
"""Fill of a marked cell and colour of a link, those that Excel itself uses."""

Questions = Callable[[Ledger, Plan, date], list[Problem]]

CURES = {
    "unread_workbook": (".xls", ".xlsb", ".xlt", ".et", ".ett", ".ods", ".numbers"),
    "unread_archive": (".zip", ".rar", ".7z", ".gz"),
    "unread_text": (".txt",),
    "unread_tabs": (".tsv",),
}
"""Kind of problem of a file that is not read, by its suffix; of any other:"""
UNREAD = "unread"


def inspect(
    source: str,
    today: date | None = None,
    *,
    plan: Plan | None = None,
    mark: bool = True,
    ask: Questions | None = None,
    other: Mapping[str, Callable[[Path], CheckReport]] | None = None,
) -> tuple[CheckReport, ...]:
    """Check a file, a ledger, or every file of a folder; never raises for what is in the data.

    Of a folder every file that is not read is a problem; hidden files, those of the system and
    marked copies are passed over.

    Parameters
    ----------
    source : str
        A file, a ledger's folder or address, or a folder of files that units have sent in.
    today : date, optional
    plan : Plan, optional
    mark : bool
        Write a marked copy beside every workbook that has problems.
    ask : callable, optional
        What to ask about figures without problems: ledger, plan and day in.
    other : mapping of str to callable, optional
        How files that hold no figures are checked, by their suffix.
    """
    today, other, known_plan = today or date.today(), other or {}, plan or load_plan()

    def checked(place: str) -> CheckReport:
        form = other.get(Path(place).suffix.lower())
        return form(Path(place)) if form else _checked(place, today, known_plan, mark, ask)

    files = _files(source)
    read = {f for f in files if f.is_file() and f.suffix.lower() in {*READERS, *other}}
    found = tuple(checked(str(file)) if file in read else _unread(file) for file in files)
    return found if read or any(file.is_dir() for file in files) else (checked(source), *found)


def _files(source: str) -> list[Path]:
    """What to check: the ledger as a whole, or everything that lies in a folder."""
    path = Path(source)
    ledger = (path / OBSERVATIONS).is_file() or (path / IMPORTS).is_dir()
    if is_url(source) or not path.is_dir() or ledger:
        return []
    return [
        file
        for file in sorted(path.iterdir())
        if not file.name.endswith(CHECKED)
        and not file.name.startswith(("~$", "."))
        and file.name.lower() not in SYSTEM_FILES
    ]


def _unread(file: Path) -> CheckReport:
    """Say that a file or a folder inside the folder was not read, and what to do."""
    suffix = file.suffix.lower()
    if file.is_dir():
        reason = Refused("subfolder", file=file)
    elif not file.is_file():
        reason = Refused("no_file")
    else:
        key = next((key for key, suffixes in CURES.items() if suffix in suffixes), UNREAD)
        reason = Refused(key, suffix=suffix or "没有扩展名的", english=suffix or "no suffix")
    return CheckReport(str(file), problems=(reason.at(str(file)),))


def _checked(source: str, today: date, plan: Plan, mark: bool, ask: Questions | None) -> CheckReport:
    path = Path(source)
    report = check_path(source, today, plan=plan)
    if report.ok and report.reading is not None and ask is not None:
        asked = ask(report.reading.ledger, plan, shipped().get(source) or today)
        report = replace(report, questions=headed(asked, report.reading.headings))
    stale = path.is_file() and checked_path(path).exists()
    if not mark or is_url(source) or not ((path.is_file() and report.problems) or stale):
        return report
    try:
        return replace(report, marked=annotate(path, report.problems))
    except Exception as error:  # openpyxl raises whatever it meets in a strange workbook
        reason = getattr(error, "strerror", None) or type(error).__name__
        return replace(report, unmarked=f"{checked_path(path).name}: {reason}")


# --- the marked copy --------------------------------------------------------------------------------


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
    comment = Comment(f"{earlier}{problem.message}\n→ {problem.cure}", MARKER)
    comment.width, comment.height = 320, 60 + 20 * comment.text.count("\n") + len(comment.text) // 2
    cell.comment = comment


def _list(workbook: Any, problems: Sequence[Problem]) -> None:
    """A first sheet with all problems, each with a link to its cell."""
    if RESULT_SHEET in workbook.sheetnames:
        del workbook[RESULT_SHEET]
    sheet = workbook.create_sheet(RESULT_SHEET, 0)
    count = len(problems)
    put(sheet, 1, 1, f"共 {count} 处问题 / {count} problems" if count else "无问题 / no problem", wrap=False)
    places = [Cell(p.cell or (f"第{p.row}行" if p.row else ""), color=LINK) for p in problems]
    listed = enumerate(zip(problems, places, strict=True), start=1)
    rows = [(number, p.sheet, place, p.value, p.message, p.cure) for number, (p, place) in listed]
    table(sheet, HEADING_ROW, COLUMNS, rows)
    for row, problem in enumerate(problems, start=HEADING_ROW + 1):
        if sheet.cell(row, 3).value and problem.sheet in workbook.sheetnames:
            quoted = problem.sheet.replace("'", "''")
            sheet.cell(row, 3).hyperlink = f"#'{quoted}'!{problem.cell or f'A{problem.row or 1}'}"
    workbook.active = 0
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is sheet
