"""Where a ledger lives: a folder, or a database for a team. Only ever added to."""

from __future__ import annotations

from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.problems import message
from zerobay_analysis.ledger.store.batch import Batch, Store, import_id
from zerobay_analysis.ledger.store.folder import FolderStore

__all__ = ["Batch", "FolderStore", "Store", "absolute", "import_id", "is_url", "open_store"]


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
        from zerobay_analysis.ledger.store.sql import SqlStore

        return SqlStore(str(source))
    return FolderStore(Path(source), file_format)
