"""Where the project's own files are, files written whole or not at all, and private temporary folders."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

PREFIX = "zb-"
OWNER = "owner"
"""File that is locked as long as the owner lives. The lock ends with the process, however that ends."""


def _project_dir() -> Path:
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent
    return checkout if (checkout / "data" / "plan").is_dir() else package / "_project"


def data_dir() -> Path:
    """Folder with ``plan/``, ``public/`` and the other shipped data."""
    return _project_dir() / "data"


def notebooks_dir() -> Path:
    """Folder with the numbered notebooks."""
    return _project_dir() / "notebooks"


def file_name(text: str) -> str:
    """``text`` as a name that a file may have on any system."""
    return re.sub(r'[\[\]\\/:*?"<>|]', "_", text)


def readable(path: Path | str) -> str:
    """``path`` in characters that can be written to a file.

    A name from an archive made on a Chinese Windows is GBK; where it is not UTF-8 each part is read
    as that, or else its bytes are shown.
    """
    return "/".join(_readable_part(part) for part in str(path).split("/"))


def _readable_part(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        try:
            found = os.fsencode(text).decode("gb18030")
        except UnicodeError:
            return text.encode("utf-8", "backslashreplace").decode("utf-8")
        return found if found.isprintable() else ascii(text)[1:-1]
    return text


def write_atomically(path: Path, content: bytes) -> None:
    """Write a temporary file and rename it, so that no reader ever sees a part of it."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


class ScratchFolder:
    """A new temporary folder that only its owner can enter; leftovers of killed owners are removed.

    Use it as a context manager, which yields the path, or call :meth:`remove` at the end.

    Parameters
    ----------
    base : Path, optional
        Where the folder is made; by default the system's temporary folder.

    Attributes
    ----------
    path : Path
        The folder. Whoever is to clean up after the owner, such as a server, may remove it too.

    Raises
    ------
    OSError
        No folder can be made there.
    """

    def __init__(self, base: Path | None = None) -> None:
        base = base or Path(tempfile.gettempdir())
        _remove_leftovers(base)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            (self.path / OWNER).touch()
            lock = _lock(self.path)
            if lock is not None and (self.path / OWNER).exists():
                break
            if lock is not None:  # another run took the folder for a leftover before it was locked
                lock.close()
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock = lock

    def remove(self) -> None:
        """Remove the folder with all that is in it; more than once does no harm."""
        self._lock.close()  # first, as Windows does not remove a file that is open
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def _remove_leftovers(base: Path) -> None:
    """Remove every folder of this user in ``base`` whose owner is gone."""
    for path in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            facts = path.lstat()
            mine = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
            ours = mine and stat.S_ISDIR(facts.st_mode) and (path / OWNER).is_file()
            if ours and (lock := _lock(path)):
                if os.name == "nt":  # where an open file cannot be removed
                    lock.close()
                shutil.rmtree(path, ignore_errors=True)
                lock.close()


def _lock(folder: Path) -> sqlite3.Connection | None:
    """Lock the folder as its owner does; ``None`` if the owner lives.

    An empty database serves as the lock, as SQLite locks files on every system. No clock and no
    process number is asked, so neither a clock that is set nor a number that is used again deceives.
    """
    lock = None
    try:
        uri = f"{(folder / OWNER).absolute().as_uri()}?mode=rw"
        lock = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        if lock is not None:
            lock.close()
        return None
    return lock
