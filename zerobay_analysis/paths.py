"""Where the project's own files are, in a checkout and in an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_dir", "notebooks_dir", "readable"]


def _project_dir() -> Path:
    package = Path(__file__).resolve().parent
    checkout = package.parent
    return checkout if (checkout / "data" / "plan").is_dir() else package / "_project"


def data_dir() -> Path:
    """Folder with ``plan/``, ``public/`` and the other shipped data."""
    return _project_dir() / "data"


def notebooks_dir() -> Path:
    """Folder with the numbered notebooks."""
    return _project_dir() / "notebooks"


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
