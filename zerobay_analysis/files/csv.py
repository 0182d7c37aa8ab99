"""A CSV file as rows of text, or the reason why it is none; and CSV files that Excel may open.

Excel takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. What is written
here has an apostrophe before such text (:func:`neutral`), and what is read loses it again
(:func:`literal`), so that a value comes back as it was.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MAX_BYTES",
    "SEND_CSV",
    "CsvFile",
    "Rows",
    "csv_bytes",
    "file_bytes",
    "literal",
    "neutral",
    "read_records",
    "read_rows",
]

Rows = list[tuple[int, list[str]]]
"""Line in the file and its cells, outer blanks removed."""

SEND_CSV = (
    "另存为“CSV UTF-8（逗号分隔）”后重交",
    "save it as CSV UTF-8 (comma separated) and send it again",
)
"""Cure of everything that is wrong with a file as a whole."""

MAX_BYTES = 100_000_000
"""A larger file is no list of figures; 200,000 rows have about 30 million."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BREAK = re.compile(r"\r\n|\r|\n")
_ROW_FIELDS, _ROW_NUMBERS = 4, 2
"""Fields, and numbers among them, that make a line inside a cell look like a row."""


def neutral(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula; a plain number stays as it is."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def literal(cell: str) -> str:
    """The text that :func:`neutral` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_bytes(frame: pd.DataFrame, float_format: str | None = None) -> bytes:
    """A table as a CSV file for Excel: UTF-8 with BOM, every text neutral."""
    written = frame.rename(columns=lambda name: neutral(str(name)))
    for position, dtype in enumerate(frame.dtypes):
        if dtype.kind not in "biufM":
            cells = [neutral(cell) if isinstance(cell, str) else cell for cell in frame.iloc[:, position]]
            written.isetitem(position, cells)
    # With both characters in the line's end, a lone one inside a cell is quoted.
    text = written.to_csv(index=False, float_format=float_format, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def read_records(path: Path) -> list[dict[str, str]]:
    """Rows of a file that :func:`csv_bytes` made, by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {literal(name): literal(cell or "") for name, cell in row.items()} for row in csv.DictReader(file)
        ]


@dataclass(frozen=True)
class CsvFile:
    """What could be read of a file.

    Attributes
    ----------
    file : str
        As the user named it.
    rows : list of (int, list of str)
        Header first; rows without any content are left out.
    problems : tuple of Problem
    sha256 : str
        Of the file's bytes; empty where it could not be opened.
    """

    file: str
    rows: Rows
    problems: tuple[Problem, ...]
    sha256: str


def read_rows(path: Path, *, raw: bool = False) -> CsvFile:
    """Read a comma-separated file in UTF-8 (with or without BOM) or GB18030.

    ``raw`` is for files of the project's own that were checked when they were written: cells as
    they stand, whatever their lines look like.
    """
    file = str(path)
    data = file_bytes(path, None if raw else MAX_BYTES)
    if isinstance(data, Problem):
        return CsvFile(file, [], (data,), "")
    sha256 = hashlib.sha256(data).hexdigest()
    text = _decode(data, file)
    if isinstance(text, Problem):
        return CsvFile(file, [], (text,), sha256)
    rows, problems = _split(text, file, raw)
    if not raw:
        rows = [(line, [literal(cell) for cell in cells]) for line, cells in rows]
    return CsvFile(file, rows, tuple(problems), sha256)


def file_bytes(path: Path, limit: int | None = MAX_BYTES) -> bytes | Problem:
    """A file's bytes, or why they cannot be had."""
    file = str(path)
    try:
        if not path.is_file() and path.exists():
            message = "不是普通文件 / not a regular file"
        elif limit is not None and path.stat().st_size > limit:
            message = f"超过 {limit // 1_000_000} MB / larger than {limit // 1_000_000} MB"
            cure = "只留指标数据后重交 / keep the rows of the indicators only"
            return Problem(file, None, None, "", message, cure)
        else:
            return path.read_bytes()
    except OSError as error:
        message = f"打不开文件 / cannot be opened ({error.strerror})"
    cure = "核对路径和权限；在 Excel 中先关闭 / check the path and the permissions; close it in Excel"
    return Problem(file, None, None, "", message, cure)


def _refuse(file: str, line: int | None, value: str, chinese: str, english: str) -> Problem:
    return Problem(file, line, None, value, f"{chinese} / {english}", " / ".join(SEND_CSV))


def _decode(data: bytes, file: str) -> str | Problem:
    """Text of a file, or why it has none."""
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        return _refuse(file, None, "", "文件是空的", "the file is empty")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _refuse(file, None, "", "这是 Excel 工作簿，不是 CSV", "an Excel workbook, not CSV")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _refuse(file, None, "UTF-16", "编码不对", "wrong encoding")
    if b"\x00" in data:
        line = data[: data.index(b"\x00")].count(b"\n") + 1
        return _refuse(file, line, "\\x00", "含空字节，不是文本", "a NUL byte: not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    text = None if _damaged_utf8(data) else _gb18030(data)
    if text is None:
        return _refuse(file, line, "", "编码不对：此处字节无法解读", "wrong encoding: unreadable bytes here")
    return text


def _damaged_utf8(data: bytes) -> bool:
    """Whether most characters beyond ASCII are valid UTF-8; GB18030 would read them as others."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(character > "\x7f" for character in text) - broken
    return whole >= 4 * broken


def _gb18030(data: bytes) -> str | None:
    """Text in GB18030, ``None`` where it has characters that nobody writes."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return None if any(unicodedata.category(c) in {"Co", "Cn"} for c in text) else text


def _split(text: str, file: str, raw: bool) -> tuple[Rows, list[Problem]]:
    """Rows with the line each starts on, up to the first place that cannot be read."""
    rows: Rows = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}  # one copy of each text: a large ledger repeats most of its cells
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            texts = [seen.setdefault(text, text) for cell in cells for text in (cell.strip(),)]
            if any(texts):
                rows.append((start, texts))
            if not raw and reader.line_num > start:
                problems += _swallowed(cells, rows[0][1] if rows else cells, start, file)
            start = reader.line_num + 1
    except csv.Error as error:
        english = f"broken quoting or separators, or too long a cell ({error})"
        problems.append(_refuse(file, start, "", "引号或分隔符不成对，或一格过长，无法继续读", english))
    if not rows and not problems:
        problems.append(_refuse(file, None, "", "文件是空的", "no rows at all"))
    return rows, problems


def _swallowed(cells: list[str], header: list[str], line: int, file: str) -> list[Problem]:
    """Cells with line breaks whose lines look like rows: a stray quote has taken them in."""
    problems = []
    start = line
    for position, cell in enumerate(cells):
        first, *others = _BREAK.split(cell)
        taken = [number for number, text in enumerate(others, line + 1) if _like_row(text, len(header))]
        line += len(others)
        if taken:
            name = header[position] if position < len(header) else None
            places = "、".join(str(number) for number in taken)
            message = (
                f"一对引号里有换行，第 {places} 行像是数据行，被当成了一格里的文字 / "
                f"a quoted cell with line breaks, of which line {places} looks like a row of its own"
            )
            cure = "删去多余的引号；确是一格文字就去掉换行 / delete the stray quote, or the line breaks"
            problems.append(Problem(file, start, name, first[:60], message, cure))
    return problems


def _like_row(text: str, width: int) -> bool:
    """Whether a line has as many fields as the header, or four with two numbers among them."""
    fields = [field.strip().strip('"') for field in text.split(",")]
    numbers = sum(_NUMBER.fullmatch(field) is not None for field in fields)
    return len(fields) >= max(width, 2) or (len(fields) >= _ROW_FIELDS and numbers >= _ROW_NUMBERS)
