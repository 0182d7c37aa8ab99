"""A little disk space kept back, so that a run on a full disk can still say so."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Reserve"]

SIZE = 512 * 1024
"""Bytes; a manifest of a hundred steps with long errors is half of it."""


class Reserve:
    """A hidden file of zeros in the run's folder, removed before the last record is written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".reserve"
        self._path.write_bytes(bytes(SIZE))

    def release(self) -> None:
        """Give the space back; a second call does nothing."""
        self._path.unlink(missing_ok=True)
