"""A ledger in a folder: ``imports/000001.csv`` and so on, one file an import, never changed.

An import is written beside under a name that nobody reads, flushed to the disk, and then given
its number in one step that fails if the number is taken (a hard link; on Windows a rename, which
never replaces there). So

- killed at any point, the import is wholly there or not at all, and nothing has to be repaired;
- of two imports at once, one gets the number and the other is told to look again;
- there is no lock, so none can be left behind by a killed process or go stale on a shared drive.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import time
import uuid
from pathlib import Path

from zerobay_analysis.csvfile import read_rows
from zerobay_analysis.entries import IMPORT_FIELDS, ROW_FIELDS
from zerobay_analysis.errors import DataError, Problem, StoreMoved, StoreUnusable
from zerobay_analysis.store.batch import Batch, import_id
from zerobay_analysis.tables import problem

__all__ = ["IMPORTS", "FolderStore"]

IMPORTS = "imports"
"""Folder of the import files inside a ledger's folder."""

HEADER = [spec.name for spec in (*IMPORT_FIELDS, *ROW_FIELDS)]

LEFT_OVER_SECONDS = 24 * 3600
"""Age from which a file of an import that was killed is cleared away."""

RESTORE = ("从备份恢复这个文件；账本文件不可改动", "restore this file from a backup; it must not be edited")


class FolderStore:
    """A folder of imports.

    Parameters
    ----------
    folder : Path
        The ledger's folder; made at the first import.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.imports = folder / IMPORTS

    @property
    def name(self) -> str:
        """The folder as the user named it."""
        return str(self.folder)

    def exists(self) -> bool:
        """Whether anything was ever imported here."""
        return self.imports.is_dir()

    def paths(self) -> list[Path]:
        """Files of the imports, in order."""
        if not self.imports.is_dir():
            return []
        return sorted(path for path in self.imports.iterdir() if re.fullmatch(r"\d{6,}\.csv", path.name))

    def read(self) -> tuple[Batch, ...]:
        """Every import in order; see :class:`zerobay_analysis.store.batch.Store`."""
        batches: list[Batch] = []
        problems: list[Problem] = []
        for number, path in enumerate(self.paths(), start=1):
            if path.stem != import_id(number):
                message = (f"缺少第 {import_id(number)} 批", f"import {import_id(number)} is missing")
                problems.append(problem(str(path), None, None, "", message, RESTORE))
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
        """Add one import; see :class:`zerobay_analysis.store.batch.Store`."""
        try:
            self.imports.mkdir(parents=True, exist_ok=True)
            self._clear_left_over()
            if len(self.paths()) + 1 != batch.number:
                raise _moved(batch)
            beside = self.imports / f".{batch.import_id}.{uuid.uuid4().hex}.tmp"
            try:
                _write(beside, batch)
                _give_name(beside, self.imports / f"{batch.import_id}.csv")
            except FileExistsError:
                raise _moved(batch) from None
            finally:
                beside.unlink(missing_ok=True)
            _flush_folder(self.imports)
            _flush_folder(self.folder)
        except OSError as error:
            raise StoreUnusable(
                f"不能写入 {self.imports}：{error.strerror}；核对权限和磁盘空间，或换一个文件夹 / "
                f"cannot write there ({error.strerror}): check permissions and space, or use another folder"
            ) from error

    def _clear_left_over(self) -> None:
        for path in self.imports.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS:
                    path.unlink()


def _moved(batch: Batch) -> StoreMoved:
    return StoreMoved(
        f"另一次导入刚刚完成（第 {batch.import_id} 批），本次没有写入任何内容；请重新运行 / "
        f"another import has just landed ({batch.import_id}); nothing was written, please run it again"
    )


def _write(path: Path, batch: Batch) -> None:
    """Write a batch so that it is on the disk when this returns."""
    with path.open("x", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, lineterminator="\r\n")  # so that a lone \r is quoted
        writer.writeheader()
        for row in batch.rows:
            writer.writerow({**{name: row.get(name, "") for name in HEADER}, **batch.header})
        stream.flush()
        os.fsync(stream.fileno())


def _give_name(beside: Path, name: Path) -> None:
    """Give a finished file its name in one step; raise ``FileExistsError`` if it is taken."""
    if os.name == "nt":
        beside.rename(name)
    else:
        name.hardlink_to(beside)


def _flush_folder(folder: Path) -> None:
    """Make a new name survive a power cut; Windows has no such call and does it by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _batch(path: Path) -> Batch | Problem:
    """One import, or what is wrong with its file."""
    content = read_rows(path)
    if content.problems:
        return content.problems[0]
    header = content.rows[0][1]
    rows = [dict(zip(header, cells, strict=False)) for _, cells in content.rows[1:]]
    names = {spec.name for spec in IMPORT_FIELDS}
    complete = (
        names <= set(header) and all(len(cells) == len(header) for _, cells in content.rows) and bool(rows)
    )
    message = ("这一批不完整或被改动过", "this import is incomplete or was edited")
    damaged = problem(str(path), None, None, "", message, RESTORE)
    if not complete:
        return damaged
    first = rows[0]
    batch = Batch(
        number=int(path.stem),
        imported_at=first["imported_at"],
        operator=first["operator"],
        reporter_option=first["reporter_option"],
        file_name=first["file_name"],
        file_sha256=first["file_sha256"],
        rows=tuple({name: cell for name, cell in row.items() if name not in names} for row in rows),
    )
    if any({name: row[name] for name in names} != batch.header for row in rows):
        return damaged
    return batch
