"""Readers of the files that a unit sends in: each makes sheets of text of one kind of file.

A kind of file is one module with a function of the file's name and bytes, and a line in
:data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from zerobay_analysis.files.csv import Document, csv_rows, opened
from zerobay_analysis.ledger.readers.excel import read_workbook
from zerobay_analysis.ledger.readers.parquet import read_parquet

__all__ = ["READERS", "WORKBOOK_SUFFIXES", "read_document"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")

READERS: Mapping[str, Callable[[str, bytes], Document]] = {
    **dict.fromkeys(WORKBOOK_SUFFIXES, read_workbook),
    ".csv": csv_rows,
    ".parquet": read_parquet,
}
"""How files are read, by their suffix; anything else is taken for CSV and refused as such."""


def read_document(path: Path) -> Document:
    """Read a file by its kind."""
    return opened(path, READERS.get(path.suffix.lower(), csv_rows))
