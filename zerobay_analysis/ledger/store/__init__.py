"""Where a ledger lives: a folder, or a database for a team. Only ever added to, an import at a time.

An import is the rows that it added, and who brought them when from which file. Rows are text as in a
CSV file, so that a folder and a database hold the same thing and reading either checks the same way.
Nothing here needs pandas.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring
from pathlib import Path

from zerobay_analysis.errors import DataError, ParameterError, Problem, StoreMoved
from zerobay_analysis.files.problems import Refused, message

Stored = tuple[int, str, Problem | tuple[Mapping[str, str], Iterable[Mapping[str, str]]]]
"""Number and place of an import, and its header and rows or why they cannot be read."""

STATED = ("imported_at", "operator", "reporter_option", "file_name", "file_sha256")
"""What an import says of itself; the rest of its header follows from its rows."""


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
        counted = {"rows_in_import": str(len(self.rows)), "rows_sha256": self.digest}
        return {"import_id": self.import_id} | {name: getattr(self, name) for name in STATED} | counted

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the rows say; a column that is empty everywhere does not count."""
        # The JSON of the list of all rows, a row at a time: that of a large import would fill the memory.
        found = hashlib.sha256(b"[")
        heads = {name: f"[{encode_basestring(name)}, " for name in sorted(set().union(*self.rows))}
        for number, row in enumerate(self.rows):
            pairs = [f"{heads[name]}{encode_basestring(row[name])}]" for name in heads if row.get(name)]
            found.update(f"{', ' if number else ''}[{', '.join(pairs)}]".encode())
        found.update(b"]")
        return found.hexdigest()


def moved(batch: Batch) -> StoreMoved:
    """What is raised where another import has taken the batch's number."""
    return StoreMoved(message("store_moved", number=batch.import_id))


class Store(ABC):
    """A place for imports that can only be added to."""

    @property
    @abstractmethod
    def name(self) -> str:
        """How messages and manifests name it; never with a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a ledger at this place (it may be empty)."""

    @abstractmethod
    def stored(self) -> Iterator[Stored]:
        """What the place holds of every import, in order and not yet checked."""

    @abstractmethod
    def append(self, batch: Batch) -> None:
        """Add one import: all of it or, whatever happens, nothing.

        Raises
        ------
        StoreMoved
            When ``batch.number`` is not the next one; nothing was added.
        StoreUnusable
            When the place cannot be written.
        """

    def read(self) -> tuple[Batch, ...]:
        """Every import in order.

        Raises
        ------
        DataError
            When an import is damaged or missing.
        StoreUnusable
            When the place cannot be read.
        """
        batches: list[Batch] = []
        problems: list[Problem] = []
        for expected, (number, place, found) in enumerate(self.stored(), start=1):
            if number != expected:
                problems.append(Refused("import_missing", number=import_id(expected)).at(place))
                break
            if isinstance(found, Problem):
                problems.append(found)
                continue
            header, rows = found
            stated = {name: header.get(name, "") for name in STATED}
            batch = Batch(number=number, rows=tuple(rows), **stated)
            # An earlier version had fewer columns, a later one has more.
            known = {name: cell for name, cell in batch.header.items() if name in header}
            if "rows_sha256" in known and all(header[name] == cell for name, cell in known.items()):
                batches.append(batch)
            else:
                problems.append(Refused("import_damaged", number=import_id(number)).at(place))
        if problems:
            raise DataError(problems)
        return tuple(batches)


def is_url(source: str | Path) -> bool:
    """Whether ``source`` is a database's address, e.g. ``sqlite:///ledger.db``."""
    return isinstance(source, str) and "://" in source


def absolute(source: str) -> str:
    """``source`` so that it means the same from any working folder."""
    if not is_url(source):
        return str(Path(source).resolve())
    scheme, _, path = source.partition(":///")
    if scheme.startswith("sqlite") and path:
        return f"{scheme}:///{Path(path).resolve().as_posix()}"
    return source


def open_store(source: str | Path, file_format: str = "") -> Store:
    """Open the store at a folder or a database URL, whether or not anything is in it yet.

    ``file_format`` is that of a folder's files; see :mod:`zerobay_analysis.ledger.store.folder`.

    Raises
    ------
    ParameterError
        For an address that cannot be one, or that carries a password.
    StoreUnusable
        When the packages for a database are not installed.
    """
    if is_url(source):
        if file_format:
            raise ParameterError(message("database_format"))
        from zerobay_analysis.ledger.store.sql import SqlStore

        return SqlStore(str(source))
    from zerobay_analysis.ledger.store.folder import FolderStore

    return FolderStore(Path(source), file_format)
