"""Readers of the files that a unit sends in: each makes sheets of text of one kind of file.

A kind of file is one module with a function of the file's name and bytes, and a line in
:data:`READERS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from zerobay_analysis.files.csv import file_bytes, rows_of
from zerobay_analysis.files.problems import Refused
from zerobay_analysis.ledger.readers.document import Content, Document, Sheet
from zerobay_analysis.ledger.readers.excel import read_workbook
from zerobay_analysis.ledger.readers.parquet import read_parquet

__all__ = ["READERS", "WORKBOOK_SUFFIXES", "Document", "Sheet", "read_document"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")


def read_csv(file: str, data: bytes) -> Content:
    """The rows of a CSV file, up to the first place that cannot be read."""
    content = rows_of(file, data)
    return Content((Sheet("", content.rows),), content.problems)


READERS: Mapping[str, Callable[[str, bytes], Content]] = {
    **dict.fromkeys(WORKBOOK_SUFFIXES, read_workbook),
    ".csv": read_csv,
    ".parquet": read_parquet,
}
"""How files are read, by their suffix; anything else is taken for CSV and refused as such."""


def read_document(path: Path) -> Document:
    """Read a file by its kind."""
    file, sha256 = str(path), ""
    try:
        data = file_bytes(path)
        sha256 = hashlib.sha256(data).hexdigest()
        content = READERS.get(path.suffix.lower(), read_csv)(file, data)
    except Refused as refusal:
        content = Content(problems=(refusal.at(file),))
    return Document(content.sheets, content.problems, content.notes, file, sha256)
