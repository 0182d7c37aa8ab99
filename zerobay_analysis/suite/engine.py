"""papermill's engine, but for writing the notebook at most once a second while it runs.

papermill writes it before and after every cell, which takes a quarter of the time of a short one.
Imported by name, as its base classes take a second to import.
"""

from __future__ import annotations

import time
from typing import Any

from zerobay_analysis.suite.imports import quick_imports

with quick_imports():
    from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

__all__ = ["ENGINE"]

ENGINE = "zerobay"
"""Name under which papermill knows it once this module is imported."""

SECONDS = 1.0
"""Least time between two states of a running notebook on disk."""


class _Manager(NotebookExecutionManager):  # type: ignore[misc]
    """Keeps the state of a notebook; on disk at the start, every second or so, and at the end."""

    _written = float("-inf")
    _complete = False

    def save(self, **kwargs: Any) -> None:
        """Write the notebook, unless it was just written and is not complete."""
        if self._complete or time.monotonic() - self._written >= SECONDS:
            super().save(**kwargs)
            self._written = time.monotonic()

    def notebook_complete(self, **kwargs: Any) -> None:
        """Write the last state in any case, also after an error."""
        self._complete = True
        super().notebook_complete(**kwargs)


class _Engine(NBClientEngine):  # type: ignore[misc]
    """As papermill's own, with another manager."""

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Run the cells of ``nb``; returns it with its outputs."""
        manager = _Manager(nb, output_path=output_path, progress_bar=progress_bar)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **kwargs)
        finally:
            manager.notebook_complete()
        return manager.nb


papermill_engines.register(ENGINE, _Engine)
