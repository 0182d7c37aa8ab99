"""A ledger in a folder: ``imports/000001.csv`` and so on, one file an import, never changed.

The files are CSV, or Parquet where the first import asked for it; a ledger keeps to one of the
two, which ``imports/FORMAT`` names, so that there is one file name to compete for.

An import is written to a temporary file, under a name that nobody reads, flushed to the disk, and then given
its number in one step that fails if the number is taken (a hard link; on Windows a rename, which
never replaces there). So

- killed at any point, the import is wholly there or not at all, and nothing has to be repaired;
- of two imports at once, one gets the number and the other is told to look again;
- there is no lock, so none can be left behind by a killed process or go stale on a shared drive;
- the temporary file of a killed import is cleared away once its number is taken, when it cannot land
  any more; no clock is asked, as those of two machines on a shared drive may differ by days.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from zerobay_analysis.errors import DataError, ParameterError, StoreUnusable
from zerobay_analysis.files.csv import read_rows
from zerobay_analysis.files.disk import readable
from zerobay_analysis.files.problems import Refused, message
from zerobay_analysis.ledger.fields import IMPORT_FIELDS, ROW_FIELDS
from zerobay_analysis.ledger.store import Batch, Store, Stored, moved

IMPORTS = "imports"
"""Folder of the import files inside a ledger's folder."""

FORMATS = ("csv", "parquet")
"""What the files of a ledger can be; the first is the default."""

FORMAT = "FORMAT"
"""File inside the folder of the imports that names one of :data:`FORMATS`."""

HEADER = [spec.name for spec in (*IMPORT_FIELDS, *ROW_FIELDS)]


class FolderStore(Store):
    """A folder of imports.

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
            began = next(iter(self._paths(FORMATS[0])), None)
            return FORMATS[0] if began else self.wanted or FORMATS[0]
        if named not in FORMATS:
            raise DataError([Refused("unknown_format").at(str(self.imports / FORMAT), 1, None, named)])
        return named

    def paths(self) -> list[Path]:
        """Files of the imports, in order."""
        return self._paths(self.file_format)

    def files(self) -> list[Path]:
        """Every file that belongs to the store."""
        return [self.imports / FORMAT, *self.paths()]

    def _paths(self, file_format: str) -> list[Path]:
        if not self.imports.is_dir():
            return []
        name = re.compile(rf"\d{{6,}}\.{file_format}")
        return sorted(path for path in self.imports.iterdir() if name.fullmatch(path.name))

    def stored(self) -> Iterator[Stored]:
        """Content of every file of the ledger; see :class:`zerobay_analysis.ledger.store.Store`."""
        for path in self.paths():
            try:
                yield int(path.stem), str(path), _content(path)
            except DataError as error:
                yield int(path.stem), str(path), error.problems[0]

    def append(self, batch: Batch) -> None:
        """Add one import; see :class:`zerobay_analysis.ledger.store.Store`."""
        try:
            self.imports.mkdir(parents=True, exist_ok=True)
            file_format = self._settled()
            if len(self.paths()) + 1 != batch.number:
                raise moved(batch)
            write = _csv if file_format == "csv" else _parquet
            temporary = self._temporary(batch.import_id, write(batch))
            try:
                _give_name(temporary, self.imports / f"{batch.import_id}.{file_format}")
            except FileExistsError:
                raise moved(batch) from None
            finally:
                temporary.unlink(missing_ok=True)
                self._clear_left_over()
            _flush_folder(self.imports)
            _flush_folder(self.folder)
        except OSError as error:
            facts = {"folder": self.imports, "reason": error.strerror}
            raise StoreUnusable(message("folder_unusable", **facts)) from error

    def _settled(self) -> str:
        """Format of this ledger's files, written down once and for all before the first of them."""
        if not (self.imports / FORMAT).exists() and not self.paths():
            temporary = self._temporary(FORMAT, f"{self.file_format}\n".encode())
            try:
                with contextlib.suppress(FileExistsError):  # another first import was faster
                    _give_name(temporary, self.imports / FORMAT)
            finally:
                temporary.unlink(missing_ok=True)
        self._agree()
        return self.file_format

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


def _full_rows(batch: Batch) -> Iterator[list[str]]:
    """Cells of every row, columns of :data:`HEADER`: those of the import first."""
    header = [batch.header.get(spec.name, "") for spec in IMPORT_FIELDS]
    return (header + [row.get(spec.name, "") for spec in ROW_FIELDS] for row in batch.rows)


def _csv(batch: Batch) -> bytes:
    """A batch as a CSV file."""
    stream = io.BytesIO()
    text = io.TextIOWrapper(stream, "utf-8", newline="")  # as bytes at once: text takes four times as much
    writer = csv.writer(text, lineterminator="\r\n")  # so that a lone \r is quoted
    writer.writerow(HEADER)
    writer.writerows(_full_rows(batch))
    text.flush()
    return stream.getvalue()


def _parquet(batch: Batch) -> bytes:
    """The same as Parquet, every column text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [pa.array(column, pa.string()) for column in zip(*_full_rows(batch), strict=True)]
    stream = io.BytesIO()
    pq.write_table(pa.table(columns, names=HEADER), stream)
    return stream.getvalue()


def _give_name(temporary: Path, name: Path) -> None:
    """Give a finished file its name in one step; raise ``FileExistsError`` if it is taken."""
    try:
        if os.name == "nt":
            temporary.rename(name)
        else:
            name.hardlink_to(temporary)
    except FileNotFoundError:
        if name.exists():  # who took it has cleared ours away
            raise FileExistsError(name) from None
        raise


def _flush_folder(folder: Path) -> None:
    """Make a new name survive a power cut; Windows has no such call and does it by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _content(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Header and rows of an import's file, nothing of a damaged one; raise ``DataError`` for no file."""
    try:
        columns, rows = _read_csv(path) if path.suffix == ".csv" else _read_parquet(path)
        by_name = dict(zip(columns, zip(*rows, strict=True), strict=True))
        stated = [spec.name for spec in IMPORT_FIELDS if spec.name in columns]
        (header,) = set(zip(*(by_name.pop(name) for name in stated), strict=True))
        used = {name: cells for name, cells in by_name.items() if any(cells)}
        filled = [
            {name: cell for name, cell in zip(used, row, strict=True) if cell}
            for row in zip(*used.values(), strict=True)
        ]
    except DataError:
        raise
    except (ValueError, TypeError, LookupError, NotImplementedError, OSError):  # as pyarrow's are
        return {}, []
    return dict(zip(stated, header, strict=True)), filled


_Rows = tuple[list[str], Sequence[Sequence[str]]]
"""Columns of a file and the cells of its rows."""


def _read_csv(path: Path) -> _Rows:
    content = read_rows(path, raw=True)
    if content.problems:
        raise DataError(content.problems)
    columns, *rows = [cells for _, cells in content.rows]
    return columns, rows


def _read_parquet(path: Path) -> _Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read()
    if any(field.type != pa.string() for field in table.schema):
        return [], []
    seen: dict[str | None, str] = {None: ""}  # one copy of each text, as of a CSV file
    columns = [[seen.setdefault(cell, cell) for cell in column.to_pylist()] for column in table.columns]
    return table.column_names, list(zip(*columns, strict=True))
