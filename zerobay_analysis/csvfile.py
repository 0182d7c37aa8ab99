"""A CSV file as rows of text, or the reason why it is none."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.errors import Problem

__all__ = ["SEND_CSV", "CsvFile", "Rows", "read_rows"]

Rows = list[tuple[int, list[str]]]
"""Line in the file and its cells, outer blanks removed."""

SEND_CSV = (
    "另存为“CSV UTF-8（逗号分隔）”后重交",
    "save it as CSV UTF-8 (comma separated) and send it again",
)
"""Cure of everything that is wrong with a file as a whole."""


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


def read_rows(path: Path) -> CsvFile:
    """Read a comma-separated file in UTF-8 (with or without BOM) or GB18030."""
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"打不开文件 / cannot be opened ({error.strerror})"
        cure = "核对路径和权限 / check the path and the permissions"
        return CsvFile(file, [], (Problem(file, None, None, "", message, cure),), "")
    sha256 = hashlib.sha256(data).hexdigest()
    text = _decode(data, file)
    if isinstance(text, Problem):
        return CsvFile(file, [], (text,), sha256)
    rows, problem = _split(text, file)
    return CsvFile(file, rows, () if problem is None else (problem,), sha256)


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


def _split(text: str, file: str) -> tuple[Rows, Problem | None]:
    """Rows with the line each starts on, up to the first place that cannot be read."""
    control = next((c for c in text if unicodedata.category(c) == "Cc" and c not in "\t\r\n"), None)
    if control is not None:
        line = text[: text.index(control)].count("\n") + 1
        return [], _refuse(file, line, repr(control), "含控制字符，不是 CSV", "a control character: not CSV")
    rows: Rows = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        english = f"broken quoting or separators ({error})"
        return rows, _refuse(file, start, "", "引号或分隔符不成对，无法继续读", english)
    return rows, None if rows else _refuse(file, None, "", "文件是空的", "no rows at all")
