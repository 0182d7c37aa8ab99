"""What a warm server imports before it forks, and what it does once so that no fork has to."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import time
from collections.abc import Callable, Iterator

from zerobay_analysis.suite.imports import quick_imports

__all__ = ["THIRD_PARTY", "preload"]

THIRD_PARTY = (
    *("numpy", "pandas", "pandas.io.formats.html", "pandas.io.formats.string", "pandas.io.formats.style"),
    *("pyarrow", "openpyxl", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.stats"),
    *("statsmodels.tsa.api", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
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
    *("study", "suite.export", "suite.kernels.iopub", "suite.runner"),
)
"""This package's own modules, with those inside them."""


def preload(log: Callable[[str], None]) -> None:
    """Import everything, draw one figure, then move all of it out of the garbage collector's sight.

    ``ZEROBAY_PRELOAD`` names other modules, with commas between them, to import instead.

    ``matplotlib_inline`` is not imported: it ties itself to the IPython shell while it is being
    imported, so that must happen in the kernel.
    """
    started = time.perf_counter()
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
    """Draw a figure and export a page, so that fonts, caches and late imports are there.

    Leaves no figure, file or setting behind.
    """
    from io import BytesIO

    try:
        import nbformat
        from matplotlib.figure import Figure

        from zerobay_analysis.charts.style import context, register_fonts
        from zerobay_analysis.suite.export import html_of

        register_fonts()
        with context():
            figure = Figure()
            figure.add_subplot().set_title("大零号湾")
            figure.savefig(BytesIO(), format="png")
        html_of(nbformat.v4.new_notebook(), "")
    except Exception as error:
        log(f"not rehearsed: {type(error).__name__}: {error}")
