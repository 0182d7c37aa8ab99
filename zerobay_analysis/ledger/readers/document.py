"""A file that a unit sends in, as sheets of text: Excel workbook, CSV or Parquet."""

from __future__ import annotations

from dataclasses import dataclass

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.csv import Rows

__all__ = ["DOCUMENT_SUFFIXES", "WORKBOOK_SUFFIXES", "Document", "Sheet"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
DOCUMENT_SUFFIXES = (*WORKBOOK_SUFFIXES, ".csv", ".parquet")
"""What can be read; anything else is taken for CSV and refused as such."""


@dataclass(frozen=True)
class Sheet:
    """One table of a document.

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
    """What could be read of a file.

    Attributes
    ----------
    file : str
        As the user named it.
    sheets : tuple of Sheet
        Those with a table, in the file's order.
    problems : tuple of Problem
        Found on the way; what is named here need not be named again.
    notes : tuple of str
        Not wrong, but good to know.
    sha256 : str
        Of the file's bytes; empty where it could not be opened.
    """

    file: str
    sheets: tuple[Sheet, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    sha256: str
