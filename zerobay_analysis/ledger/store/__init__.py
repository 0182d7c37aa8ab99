"""Where a ledger lives: a folder, or a database for a team. Only ever added to, an import at a time.

An import is the rows that it added, and who brought them when from which file. Rows are text as in a
CSV file, so that a folder and a database hold the same thing and reading either checks the same way.
Nothing here needs pandas.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import os
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from json.encoder import encode_basestring
from pathlib import Path
from sys import intern

from zerobay_analysis.errors import DataError, ParameterError, Refused, StoreMoved, StoreUnusable, message
from zerobay_analysis.files.disk import readable
from zerobay_analysis.ledger.observations import IMPORT_FIELDS, ROW_FIELDS

Stored = tuple[int, str, Refused | tuple[Mapping[str, str], Iterable[Mapping[str, str]]]]
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
        Cells by column, columns of :data:`zerobay_analysis.ledger.observations.ROW_FIELDS`; an empty cell may
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
        problems = []
        for expected, (number, place, found) in enumerate(self.stored(), start=1):
            if number != expected:
                problems.append(Refused("import_missing", number=import_id(expected)).at(place))
                break
            if isinstance(found, Refused):
                problems.append(found.at(place))
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

    ``file_format`` is that of a folder's files; see :class:`FolderStore`.

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
        try:
            from zerobay_analysis.ledger.store.sql import SqlStore

            return SqlStore(str(source))
        except ImportError as error:
            raise StoreUnusable(message("no_database_packages", name=error.name)) from error
    return FolderStore(Path(source), file_format)


# --- a folder ---------------------------------------------------------------------------------------

IMPORTS = "imports"
"""Folder of the import files inside a ledger's folder."""

FORMATS = ("csv", "parquet")
"""What the files of a ledger can be; the first is the default."""

FORMAT = "FORMAT"
"""File inside the folder of the imports that names one of :data:`FORMATS`."""

HEADER = [spec.name for spec in (*IMPORT_FIELDS, *ROW_FIELDS)]


class FolderStore(Store):
    """A folder of imports: ``imports/000001.csv`` and so on, one file an import, never changed.

    The files are CSV, or Parquet where the first import asked for it; a ledger keeps to one of the
    two, which ``imports/FORMAT`` names, so that there is one file name to compete for.

    An import is written to a temporary file, under a name that nobody reads, flushed to the disk, and
    then given its number in one step that fails if the number is taken (a hard link; on Windows a
    rename, which never replaces there). So

    - killed at any point, the import is wholly there or not at all, and nothing has to be repaired;
    - of two imports at once, one gets the number and the other is told to look again;
    - there is no lock, so none can be left behind by a killed process or go stale on a shared drive;
    - the temporary file of a killed import is cleared away once its number is taken, when it cannot
      land any more; no clock is asked, as those of two machines on a shared drive may differ by days.

    Parameters
    ----------
    folder : Path
        The ledger's folder; made at the first import.
    file_format : str
        One of :data:`FORMATS` for a ledger that begins here; empty for whatever the ledger is.
    """

    def __init__(self, folder: Path, file_format: str = "") -> None:
        if file_format not in ("", *FORMATS):
            known = ", ".join(FORMATS)
            raise ParameterError(message("no_such_format", name=file_format, known=known))
        self.folder = folder
        self.wanted = file_format
        self.imports = folder / IMPORTS
        self._agree()

    @property
    def name(self) -> str:
        """The folder as the user named it, in characters that can be written."""
        return readable(self.folder)

    def exists(self) -> bool:
        """Whether anything was ever imported here."""
        return bool(self.paths())

    @property
    def file_format(self) -> str:
        """What the files of this ledger are; of an empty one, what they are going to be."""
        try:
            named = (self.imports / FORMAT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return FORMATS[0] if self.paths(FORMATS[0]) else self.wanted or FORMATS[0]
        if named not in FORMATS:
            raise DataError([Refused("unknown_format").at(str(self.imports / FORMAT), 1, None, named)])
        return named

    def paths(self, file_format: str = "") -> list[Path]:
        """Files of the imports, in order."""
        found = self.imports.glob(f"*.{file_format or self.file_format}")
        return sorted(path for path in found if re.fullmatch(r"\d{6,}", path.stem))

    def files(self) -> list[Path]:
        """Every file that belongs to the store."""
        return [self.imports / FORMAT, *self.paths()]

    def stored(self) -> Iterator[Stored]:
        """Content of every file of the ledger; see :class:`zerobay_analysis.ledger.store.Store`."""
        return ((int(path.stem), str(path), _content(path)) for path in self.paths())

    def append(self, batch: Batch) -> None:
        """Add one import; see :class:`zerobay_analysis.ledger.store.Store`."""
        try:
            self.imports.mkdir(parents=True, exist_ok=True)
            if not (self.imports / FORMAT).exists() and not self.paths():
                with contextlib.suppress(FileExistsError):  # another first import was faster
                    self._add(FORMAT, f"{self.file_format}\n".encode())
            self._agree()
            if len(self.paths()) + 1 != batch.number:
                raise moved(batch)
            try:
                self._add(f"{batch.import_id}.{self.file_format}", _file(batch, self.file_format))
            except FileExistsError:
                raise moved(batch) from None
            finally:
                self._clear_left_over()
            for folder in (self.imports, self.folder):
                _flush_folder(folder)
        except OSError as error:
            facts = {"folder": self.imports, "reason": error.strerror}
            raise StoreUnusable(message("folder_unusable", **facts)) from error

    def _add(self, name: str, content: bytes) -> None:
        """Add a file in one step; raise ``FileExistsError`` if its name is taken."""
        temporary, path = self._temporary(name.partition(".")[0], content), self.imports / name
        try:
            if os.name == "nt":
                temporary.rename(path)
            else:
                path.hardlink_to(temporary)
        except FileNotFoundError:
            if path.exists():  # who took it has cleared ours away
                raise FileExistsError(path) from None
            raise
        finally:
            temporary.unlink(missing_ok=True)

    def _temporary(self, name: str, content: bytes) -> Path:
        """Write a file under a name that nobody reads, so that it is on the disk when this returns."""
        path = self.imports / f".{name}.{uuid.uuid4().hex}.tmp"
        try:
            with path.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path

    def _agree(self) -> None:
        if self.wanted not in ("", self.file_format):
            facts = {"folder": self.folder, "held": self.file_format, "wanted": self.wanted}
            raise ParameterError(message("other_format", **facts))

    def _clear_left_over(self) -> None:
        """Remove temporary files whose name has been given away: whoever writes them has lost."""
        taken = {path.stem for path in self.imports.iterdir() if not path.name.startswith(".")}
        for path in self.imports.glob(".*.tmp"):
            if path.name.split(".")[1] in taken:
                with contextlib.suppress(OSError):
                    path.unlink()


def _file(batch: Batch, file_format: str) -> bytes:
    """A batch as a file of columns :data:`HEADER`, every cell text, those of the import first."""
    header = [batch.header.get(spec.name, "") for spec in IMPORT_FIELDS]
    rows = (header + [row.get(spec.name, "") for spec in ROW_FIELDS] for row in batch.rows)
    stream = io.BytesIO()
    if file_format == "csv":
        text = io.TextIOWrapper(stream, "utf-8", newline="")  # bytes at once: text takes four times as much
        csv.writer(text, lineterminator="\r\n").writerows(chain([HEADER], rows))  # so a lone \r is quoted
        text.flush()
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        pq.write_table(pa.table(columns, names=HEADER), stream)
    return stream.getvalue()


def _flush_folder(folder: Path) -> None:
    """Make a new name survive a power cut; Windows has no such call and does it by itself."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _content(path: Path) -> Refused | tuple[dict[str, str], list[dict[str, str]]]:
    """Header and rows of an import's file, nothing of a damaged one, or why it cannot be opened."""
    headers: set[tuple[str, ...]] = set()
    filled: list[dict[str, str]] = []
    try:
        data = path.read_bytes()
    except OSError as error:
        return Refused("cannot_open", reason=error.strerror)
    try:
        rows = _csv_cells(data) if path.suffix == ".csv" else _parquet_cells(data)
        columns = next(rows, ())
        stated = [spec.name for spec in IMPORT_FIELDS if spec.name in columns]
        for row in rows:
            cells = dict(zip(columns, row, strict=True))
            headers.add(tuple(cells.pop(name) for name in stated))
            filled.append({name: intern(cell) for name, cell in cells.items() if cell})
        (header,) = headers
    except (ValueError, TypeError, LookupError, NotImplementedError, OSError, csv.Error):  # as pyarrow's are
        return {}, []
    return dict(zip(stated, header, strict=True)), filled


def _csv_cells(data: bytes) -> Iterator[Sequence[str]]:
    """The columns' names, then the cells of every row."""
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
    return filter(None, csv.reader(text, strict=True))


def _parquet_cells(data: bytes) -> Iterator[Sequence[str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(pa.BufferReader(data)).read()
    if any(field.type != pa.string() for field in table.schema):
        raise TypeError(table.schema)
    yield table.column_names
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
