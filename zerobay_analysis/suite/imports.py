"""Importing Jupyter's libraries in a third of the time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quick_imports"]

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import papermill, nbformat or nbconvert inside ``with``.

    They import ``jsonschema``, which compiles a grammar of international web addresses (2 s) if it
    finds one, for a check of the format ``iri`` that no schema of a notebook asks for. Inside
    ``with`` it does not find it, which it allows for. Afterwards the grammar can be imported again.
    """
    if _GRAMMAR in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_GRAMMAR]
