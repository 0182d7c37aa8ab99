"""A file that a unit sends in, as sheets of text."""

from __future__ import annotations

from dataclasses import dataclass

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.csv import Rows

__all__ = ["Content", "Document", "Sheet"]


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
class Content:
    """What could be read of a file.

    Attributes
    ----------
    sheets : tuple of Sheet
        Those with a table, in the file's order.
    problems : tuple of Problem
        Found on the way; what is named here need not be named again.
    notes : tuple of str
        Not wrong, but good to know.
    """

    sheets: tuple[Sheet, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document(Content):
    """A file and its content; ``file`` as the user named it, ``sha256`` empty if it cannot be opened."""

    file: str = ""
    sha256: str = ""
