"""A ledger in a folder: ``imports/000001.csv`` and so on, one file an import, never changed.

The files are CSV, or Parquet where the first import asked for it; a ledger keeps to one of the
two, which ``imports/FORMAT`` names, so that there is one file name to compete for.

An import is written beside under a name that nobody reads, flushed to the disk, and then given
its number in one step that fails if the number is taken (a hard link; on Windows a rename, which
never replaces there). So

- killed at any point, the import is wholly there or not at all, and nothing has to be repaired;
- of two imports at once, one gets the number and the other is told to look again;
- there is no lock, so none can be left behind by a killed process or go stale on a shared drive;
- what a killed import left beside is cleared away once its number is taken, when it cannot land
  any more; no clock is asked, as those of two machines on a shared drive may differ by days.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from zerobay_analysis.errors import DataError, ParameterError, Problem, StoreUnusable
from zerobay_analysis.files.csv import read_rows
from zerobay_analysis.files.disk import readable
from zerobay_analysis.files.problems import problem, wording
from zerobay_analysis.ledger.fields import IMPORT_FIELDS, ROW_FIELDS
from zerobay_analysis.ledger.store.batch import Batch, import_id, made_of, moved

__all__ = ["FORMATS", "IMPORTS", "FolderStore"]

IMPORTS = "imports"
"""Folder of the import files inside a ledger's folder."""

FORMATS = ("csv", "parquet")
"""What the files of a ledger can be; the first is the default."""

FORMAT = "FORMAT"
"""File inside the folder of the imports that names one of :data:`FORMATS`."""

HEADER = [spec.name for spec in (*IMPORT_FIELDS, *ROW_FIELDS)]


class FolderStore:
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
            raise ParameterError(
                f"账本文件的格式没有 {file_format}；可选 / unknown format; choose: {', '.join(FORMATS)}"
            )
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
            text = wording("unknown_format")
            raise DataError([problem(str(self.imports / FORMAT), 1, None, named, *text)])
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

    def read(self) -> tuple[Batch, ...]:
        """Every import in order; see :class:`zerobay_analysis.ledger.store.batch.Store`."""
        batches: list[Batch] = []
        problems: list[Problem] = []
        for number, path in enumerate(self.paths(), start=1):
            if path.stem != import_id(number):
                text = wording("import_missing", number=import_id(number))
                problems.append(problem(str(path), None, None, "", *text))
                break
            found = _batch(path)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                batches.append(found)
        if problems:
            raise DataError(problems)
        return tuple(batches)

    def append(self, batch: Batch) -> None:
        """Add one import; see :class:`zerobay_analysis.ledger.store.batch.Store`."""
        try:
            self.imports.mkdir(parents=True, exist_ok=True)
            file_format = self._settled()
            if len(self.paths()) + 1 != batch.number:
                raise moved(batch)
            beside = self._beside(batch.import_id, _WRITE[file_format](batch))
            try:
                _give_name(beside, self.imports / f"{batch.import_id}.{file_format}")
            except FileExistsError:
                raise moved(batch) from None
            finally:
                beside.unlink(missing_ok=True)
                self._clear_left_over()
            _flush_folder(self.imports)
            _flush_folder(self.folder)
        except OSError as error:
            raise StoreUnusable(
                f"不能写入 {self.imports}：{error.strerror}；核对权限和磁盘空间，或换一个文件夹 / "
                f"cannot write there ({error.strerror}): check permissions and space, or use another folder"
            ) from error

    def _settled(self) -> str:
        """Format of this ledger's files, written down once and for all before the first of them."""
        if not (self.imports / FORMAT).exists() and not self.paths():
            beside = self._beside(FORMAT, f"{self.file_format}\n".encode())
            try:
                with contextlib.suppress(FileExistsError):  # another first import was faster
                    _give_name(beside, self.imports / FORMAT)
            finally:
                beside.unlink(missing_ok=True)
        self._agree()
        return self.file_format

    def _beside(self, name: str, content: bytes) -> Path:
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
            raise ParameterError(
                f"{self.folder} 的账本文件是 {self.file_format}，不能改成 {self.wanted} / "
                f"this ledger's files are {self.file_format}; they cannot become {self.wanted}"
            )

    def _clear_left_over(self) -> None:
        """Remove the files beside whose name has been given away: whoever writes them has lost."""
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
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")  # so that a lone \r is quoted
    writer.writerow(HEADER)
    writer.writerows(_full_rows(batch))
    return stream.getvalue().encode("utf-8")


def _parquet(batch: Batch) -> bytes:
    """The same as Parquet, every column text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [pa.array(column, pa.string()) for column in zip(*_full_rows(batch), strict=True)]
    stream = io.BytesIO()
    pq.write_table(pa.table(columns, names=HEADER), stream)
    return stream.getvalue()


_WRITE: Mapping[str, Callable[[Batch], bytes]] = {"csv": _csv, "parquet": _parquet}


def _give_name(beside: Path, name: Path) -> None:
    """Give a finished file its name in one step; raise ``FileExistsError`` if it is taken."""
    try:
        if os.name == "nt":
            beside.rename(name)
        else:
            name.hardlink_to(beside)
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


def _damaged(path: Path) -> Problem:
    return problem(str(path), None, None, "", *wording("import_damaged", number=path.stem))


_Rows = tuple[list[str], list[Sequence[str]]]
"""Columns of a file and the cells of its rows."""


def _read_csv(path: Path) -> _Rows | Problem:
    content = read_rows(path, raw=True)
    if content.problems:
        return content.problems[0]
    header = content.rows[0][1]
    if any(len(cells) != len(header) for _, cells in content.rows):
        return _damaged(path)
    return header, [cells for _, cells in content.rows[1:]]


def _read_parquet(path: Path) -> _Rows | Problem:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError, ValueError):
        return _damaged(path)
    if any(field.type != pa.string() for field in table.schema):
        return _damaged(path)
    seen: dict[str | None, str] = {None: ""}  # one copy of each text, as of a CSV file
    columns = [[seen.setdefault(cell, cell) for cell in column.to_pylist()] for column in table.columns]
    return table.column_names, list(zip(*columns, strict=True))


_READ: Mapping[str, Callable[[Path], _Rows | Problem]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}


def _batch(path: Path) -> Batch | Problem:
    """One import, or what is wrong with its file."""
    found = _READ[path.suffix](path)
    if isinstance(found, Problem):
        return found
    columns, rows = found
    if not rows or "rows_sha256" not in columns:
        return _damaged(path)
    first = dict(zip(columns, rows[0], strict=True))
    names = {spec.name for spec in IMPORT_FIELDS}
    stated = [position for position, name in enumerate(columns) if name in names]
    own = [(position, name) for position, name in enumerate(columns) if name not in names]
    filled = ({name: row[position] for position, name in own if row[position]} for row in rows)
    batch = made_of(int(path.stem), first, filled)
    header = batch.header  # an earlier version had fewer columns, a later one has more
    expected = [header.get(columns[position], rows[0][position]) for position in stated]
    whole = all([row[position] for position in stated] == expected for row in rows)
    return batch if whole else _damaged(path)
