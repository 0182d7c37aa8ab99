"""Workbooks as offices send them in, built cell by cell."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

HEADER = ("指标序号", "期间", "期间类型", "数值", "单位", "报送日期", "说明")


def workbook(
    path: Path,
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str = "区科委",
    header: Sequence[str] = HEADER,
    change: Callable[[Any], None] | None = None,
) -> Path:
    """One sheet with a header and rows; ``change`` is given the worksheet before it is saved."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append(header)
    for row in rows:
        page.append(row)
    if change is not None:
        change(page)
    book.save(path)
    return path


def rewrite(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Change the XML of one part of a workbook."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == part:
                data = change(data.decode("utf-8")).encode("utf-8")
            copy.writestr(info.filename, data)
    path.write_bytes(target.getvalue())
    return path


def with_blank_rows(path: Path, count: int, cells: int = 1) -> Path:
    """Add formatted rows without content below everything, as formatting whole columns does."""

    def add(text: str) -> str:
        rows = "".join(
            f'<row r="{n}">' + "".join(f'<c r="{chr(65 + c)}{n}" s="0"/>' for c in range(cells)) + "</row>"
            for n in range(1_048_576 - count, 1_048_576)
        )
        return text.replace("</sheetData>", f"{rows}</sheetData>")

    return rewrite(path, "xl/worksheets/sheet1.xml", add)


def with_results(path: Path, results: dict[str, str]) -> Path:
    """Store a result beside the formula of each cell, as Excel does when it saves."""

    def add(text: str) -> str:
        for cell, result in results.items():
            text = re.sub(rf'(<c r="{cell}"[^>]*>.*?</f>)<v ?/?>(</v>)?', rf"\1<v>{result}</v>", text)
        return text

    return rewrite(path, "xl/worksheets/sheet1.xml", add)
