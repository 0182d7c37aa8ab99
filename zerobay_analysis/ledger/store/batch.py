"""One import: the rows that it added to a ledger, and who brought them when from which file.

Rows are text as in a CSV file, so that a folder and a database hold the same thing and reading
either checks the same way. Nothing here needs pandas.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from zerobay_analysis.errors import StoreMoved

__all__ = ["Batch", "Store", "import_id", "made_of", "moved"]


def import_id(number: int) -> str:
    """Identifier of the import with this number, e.g. ``"000007"``."""
    return f"{number:06d}"


@dataclass(frozen=True)
class Batch:
    """What one import added.

    Attributes
    ----------
    number : int
        1 for the first import, then without a gap. Whoever holds the next number holds the only
        right to add: that is what makes two imports at once safe.
    imported_at : str
        ISO time with time zone.
    operator : str
    reporter_option : str
        The reporter named at the import for rows that name none.
    file_name, file_sha256 : str
    rows : tuple of mappings
        Cells by column, columns of :data:`zerobay_analysis.ledger.fields.ROW_FIELDS`; an empty cell may
        be left out. At least one row.
    """

    number: int
    imported_at: str
    operator: str
    reporter_option: str
    file_name: str
    file_sha256: str
    rows: tuple[Mapping[str, str], ...]

    @property
    def import_id(self) -> str:
        """Identifier, e.g. ``"000007"``."""
        return import_id(self.number)

    @cached_property
    def known_from(self) -> str:
        """Last day from which one of the rows is known, as ISO text; empty where none says."""
        return max((row.get("known_from", "") for row in self.rows), default="")

    @property
    def header(self) -> dict[str, str]:
        """Cells that are the same in every row, columns of ``IMPORT_FIELDS``."""
        return {
            "import_id": self.import_id,
            "imported_at": self.imported_at,
            "operator": self.operator,
            "reporter_option": self.reporter_option,
            "file_name": self.file_name,
            "file_sha256": self.file_sha256,
            "rows_in_import": str(len(self.rows)),
            "rows_sha256": self.digest,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the rows say; a column that is empty everywhere does not count."""
        # The JSON of the list of all rows, a row at a time: that of a large import would fill the memory.
        found = hashlib.sha256(b"[")
        encode = json.JSONEncoder(ensure_ascii=False).encode
        for number, row in enumerate(self.rows):
            filled = sorted((name, cell) for name, cell in row.items() if cell)
            found.update(((", " if number else "") + encode(filled)).encode("utf-8"))
        found.update(b"]")
        return found.hexdigest()


def made_of(number: int, header: Mapping[str, str], rows: Iterable[Mapping[str, str]]) -> Batch:
    """The import of which a store holds the header, columns of ``IMPORT_FIELDS``, and the rows."""
    return Batch(
        number=number,
        imported_at=header.get("imported_at", ""),
        operator=header.get("operator", ""),
        reporter_option=header.get("reporter_option", ""),
        file_name=header.get("file_name", ""),
        file_sha256=header.get("file_sha256", ""),
        rows=tuple(rows),
    )


def moved(batch: Batch) -> StoreMoved:
    """What is raised where another import has taken the batch's number."""
    return StoreMoved(
        f"另一次导入刚刚完成（第 {batch.import_id} 批），本次没有写入任何内容；请重新运行 / "
        f"another import has just landed ({batch.import_id}); nothing was written, please run it again"
    )


class Store(Protocol):
    """A place for imports that can only be added to."""

    @property
    def name(self) -> str:
        """How messages and manifests name it; never with a password."""
        ...

    def exists(self) -> bool:
        """Whether there is a ledger at this place (it may be empty)."""
        ...

    def read(self) -> tuple[Batch, ...]:
        """Every import in order.

        Raises
        ------
        DataError
            When an import is damaged or missing.
        StoreUnusable
            When the place cannot be read.
        """
        ...

    def append(self, batch: Batch) -> None:
        """Add one import: all of it or, whatever happens, nothing.

        Raises
        ------
        StoreMoved
            When ``batch.number`` is not the next one; nothing was added.
        StoreUnusable
            When the place cannot be written.
        """
        ...
