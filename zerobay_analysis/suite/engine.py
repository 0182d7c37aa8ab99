"""papermill's engine, but for writing the notebook at most once a second while it runs.

papermill writes it before and after every cell, which takes a quarter of the time of a short one.
Imported by name, as its base classes take a second to import.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from zerobay_analysis.suite.kernels import current_kernels, quick_imports

with quick_imports():
    from jupyter_core.utils import run_sync
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
    from papermill.log import logger


ENGINE = "zerobay"
"""Name under which papermill knows it once this module is imported."""

SECONDS = 1.0
"""Least time between two states of a running notebook on disk."""


_OF_PAPERMILL = ("input_path", "progress_bar", "start_timeout")
"""Options that papermill passes to every engine and the client does not know."""


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


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Starts the kernel in the environment ``env``, and lets the run know of it."""

    def __init__(self, manager: Any, env: Mapping[str, str], **options: Any) -> None:
        super().__init__(manager, **options)
        self._env, self._run = dict(env), current_kernels()

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel, unless the run was stopped."""
        if self._run is not None and self._run.stopped:
            raise RuntimeError("已停止 / the run was stopped")
        await super().async_start_new_kernel(env=self._env, **kwargs)
        if self._run is not None:
            self._run.add(self.km)

    async def _async_cleanup_kernel(self) -> None:
        if self._run is not None:
            self._run.discard(self.km)
        await super()._async_cleanup_kernel()

    start_new_kernel = run_sync(async_start_new_kernel)
    _cleanup_kernel = run_sync(_async_cleanup_kernel)


class _Engine(Engine):  # type: ignore[misc]
    """As papermill's own, with another manager and another client."""

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: str | None = None, **options: Any
    ) -> Any:
        """Run the cells of ``nb``; returns it with its outputs."""
        manager = _Manager(nb, output_path=output_path, progress_bar=False)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **options)
        finally:
            manager.notebook_complete()
        return manager.nb

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the cells; ``options`` are those of the client."""
        wanted = {name: value for name, value in options.items() if name not in _OF_PAPERMILL}
        _Client(nb_man, kernel_name=kernel_name, log=logger, **wanted).execute()


papermill_engines.register(ENGINE, _Engine)
