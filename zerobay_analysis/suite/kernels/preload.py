"""What a warm server imports before it forks, and what it does once so that no fork has to."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from zerobay_analysis.suite.imports import quick_imports

__all__ = ["THIRD_PARTY", "preload"]

THIRD_PARTY = (
    *("numpy", "pandas", "pandas.io.formats.html", "pandas.io.formats.string", "pandas.io.formats.style"),
    *("pyarrow", "openpyxl", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.stats"),
    *("matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger"),
    *("IPython.core.magics", "IPython.core.oinspect", "IPython.core.pylabtools"),
    *("IPython.extensions.storemagic", "pygments.formatters.terminal256", "sqlite3", "stack_data"),
    *("ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell"),
    *("ipykernel_launcher", "comm", "faulthandler", "pdb", "psutil", "tornado.platform.asyncio"),
    *("nbconvert.exporters.html", "papermill"),
)
"""Used by notebooks, or by the process that runs one; a missing one is left to its importer."""

OWN = (
    *("assessment", "briefing", "charts", "evaluation", "forecast", "ledger", "notebook", "plan", "series"),
    *("study", "suite.engine", "suite.export", "suite.kernels.iopub", "suite.runner"),
)
"""This package's own modules, with those inside them."""

_LASTING = tuple(
    f"zerobay_analysis.{name}" for name in ("charts", "forecast", "briefing.measure", "suite.export")
)
"""Modules whose caches depend on this package's own files only."""


def preload(log: Callable[[str], None]) -> None:
    """Import everything, draw one figure, then move all of it out of the garbage collector's sight.

    ``ZEROBAY_PRELOAD`` names other modules, with commas between them, to import instead.

    ``matplotlib_inline`` is not imported: it ties itself to the IPython shell while it is being
    imported, so that must happen in the kernel.
    """
    started = time.perf_counter()
    gc.disable()  # next to nothing of this is garbage, and looking for it takes a tenth of the time
    chosen = os.environ.get("ZEROBAY_PRELOAD")
    with quick_imports():
        for name in (*THIRD_PARTY, *_own_modules()) if chosen is None else chosen.split(","):
            try:
                importlib.import_module(name)
            except Exception as error:  # a module that cannot be imported is the notebook's to report
                log(f"{name} is not preloaded: {type(error).__name__}: {error}")
    if chosen is None:
        _rehearse(log)
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, every page
    gc.enable()
    log(f"ready after {time.perf_counter() - started:.1f} s")


def _own_modules() -> Iterator[str]:
    for name in OWN:
        full = f"zerobay_analysis.{name}"
        yield full
        with contextlib.suppress(Exception):
            package = importlib.import_module(full)
            for found in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{full}."):
                yield found.name


def _rehearse(log: Callable[[str], None]) -> None:
    """Do once what every notebook does: libraries import and compile much at their first use.

    Leaves no figure, file or setting behind, and nothing read from a data file.
    """
    for part in (_rehearse_analysis, _rehearse_export):
        try:
            part()
        except Exception as error:
            log(f"{part.__name__}: {type(error).__name__}: {error}")
    for cached in _caches():
        cached.cache_clear()


def _rehearse_analysis() -> None:
    from io import BytesIO

    from zerobay_analysis.briefing import figures, tables
    from zerobay_analysis.charts.style import register_fonts
    from zerobay_analysis.study import Study

    register_fonts()
    study = Study.open("public", "today")
    for outlook in study.outlooks[-3:]:
        tables.targets_table(outlook, study.lang)
        figures.fan(outlook, study).savefig(BytesIO(), format="png")


def _rehearse_export() -> None:
    import nbformat

    from zerobay_analysis.suite.export import html_of

    html_of(nbformat.v4.new_notebook(), "")


def _caches() -> Iterator[Any]:
    """Caches of this package that may hold what stands in a data file, which can change meanwhile."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("zerobay_analysis.") and not name.startswith(_LASTING):
            yield from (value for value in vars(module).values() if hasattr(value, "cache_clear"))
