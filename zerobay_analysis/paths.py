"""Where the project's own files are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_dir", "notebooks_dir"]


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
