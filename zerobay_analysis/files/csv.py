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
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import Problem, Refused

if TYPE_CHECKING:
    import pandas as pd


Rows = list[tuple[int, list[str]]]
"""Line in the file and its cells, outer blanks removed."""

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
class Sheet:
    """One table of a file.

    Attributes
    ----------
    name : str
        Of the worksheet; empty for a file that has none.
    rows : list of (int, list of str)
        Row in the sheet and its cells from the first column on; the header first.
    form : bool
        Whether rows may stand there that the sender has not filled in, as in a workbook.
    """

    name: str
    rows: Rows
    form: bool = False


@dataclass(frozen=True)
class Document:
    """What could be read of a file, as text.

    Attributes
    ----------
    sheets : tuple of Sheet
        Those with a table, in the file's order.
    problems : tuple of Problem
        Found on the way; what is named here need not be named again.
    notes : tuple of str
        Not wrong, but good to know.
    file : str
        As the user named it.
    sha256 : str
        Of the file's bytes; empty where it could not be opened.
    """

    sheets: tuple[Sheet, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    file: str = ""
    sha256: str = ""

    @property
    def rows(self) -> Rows:
        """Rows of a file that has no sheets."""
        return self.sheets[0].rows if self.sheets else []


def opened(path: Path, read: Callable[[str, bytes], Document]) -> Document:
    """A file as ``read`` reads its name and bytes, or the reason why it cannot be read."""
    file, sha256 = str(path), ""
    try:
        data = _bytes(path)
        sha256 = hashlib.sha256(data).hexdigest()
        document = read(file, data)
    except Refused as refusal:
        document = Document(problems=(refusal.at(file),))
    return replace(document, file=file, sha256=sha256)


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file() and path.exists():
            raise Refused("not_a_file")
        if path.stat().st_size > MAX_BYTES:
            raise Refused("too_large", limit=MAX_BYTES // 1_000_000)
        return path.read_bytes()
    except OSError as error:
        raise Refused("cannot_open", reason=error.strerror) from error


def csv_rows(file: str, data: bytes) -> Document:
    """Rows of a comma-separated file in UTF-8 (with or without BOM) or GB18030."""
    rows, problems = _split(_decode(data), file)
    return Document((Sheet("", rows),), tuple(problems))


def _decode(data: bytes) -> str:
    """Text of a file; raise ``Refused`` where it has none."""
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise Refused("empty_file")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Refused("excel_not_csv")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("wrong_encoding", value="UTF-16")
    if b"\x00" in data:
        raise Refused("nul_byte", data[: data.index(b"\x00")].count(b"\n") + 1, value="\\x00")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    text, half = data.decode("gb18030", "replace"), data.decode("utf-8", "replace")
    # Where most characters beyond ASCII are valid UTF-8, GB18030 would read them as others.
    damaged = sum(character > "\x7f" for character in half) >= 5 * half.count("\ufffd")
    if damaged or "\ufffd" in text or any(unicodedata.category(c) in {"Co", "Cn"} for c in text):
        raise Refused("unreadable_bytes", line)
    return text


def _split(text: str, file: str) -> tuple[Rows, list[Problem]]:
    """Rows with the line each starts on, up to the first place that cannot be read."""
    rows: Rows = []
    problems: list[Problem] = []
    plain = cache(lambda cell: literal(cell.strip()))  # a large ledger repeats most of its cells
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            texts = list(map(plain, cells))
            if any(texts):
                rows.append((start, texts))
            if reader.line_num > start:
                problems += _swallowed(cells, rows[0][1] if rows else cells, start, file)
            start = reader.line_num + 1
    except csv.Error as error:
        problems.append(Refused("broken_csv", start, reason=error).at(file))
    if not rows and not problems:
        raise Refused("empty_file")
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
            reason = Refused("swallowed_rows", places="、".join(map(str, taken)))
            problems.append(reason.at(file, start, name, first))
    return problems


def _like_row(text: str, width: int) -> bool:
    """Whether a line has as many fields as the header, or four with two numbers among them."""
    fields = [field.strip().strip('"') for field in text.split(",")]
    numbers = sum(_NUMBER.fullmatch(field) is not None for field in fields)
    return len(fields) >= max(width, 2) or (len(fields) >= _ROW_FIELDS and numbers >= _ROW_NUMBERS)
