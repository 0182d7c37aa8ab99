"""A study handed from a run to its notebooks, so that each need not read and assess everything anew.

A run keeps its study in a private file and names it in the variable :data:`VARIABLE` of its
notebooks' environment. All of them then see the very same data, even if it changes meanwhile.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["VARIABLE", "keep_study", "kept_study"]

VARIABLE = "ZEROBAY_STUDY"
"""Names the file; only its owner can write there, as it is unpickled."""


def keep_study(study: object, asked: Hashable, path: Path) -> None:
    """Write the study, as the answer to ``asked``."""
    path.write_bytes(pickle.dumps((asked, study)))


def kept_study(asked: Hashable) -> object | None:
    """The study that this process's run keeps, if it answers ``asked``."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    try:
        answers, study = pickle.loads(Path(path).read_bytes())
    except Exception:  # gone with its run, or of other code: whatever it is, the data is still there
        return None
    return study if answers == asked else None
