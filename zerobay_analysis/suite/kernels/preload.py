"""Imported by the server before it forks: what notebooks import, and what they do first.

Importing this module does it all. ``ZEROBAY_PRELOAD`` names other modules, with commas between
them, to import instead.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
from multiprocessing import spawn
from pathlib import Path

from zerobay_analysis.suite.kernels import one_thread, quick_imports

THIRD_PARTY = (
    *("pandas.io.formats.html", "pandas.io.formats.string", "pandas.io.formats.style", "pyarrow"),
    *("matplotlib.backends.backend_agg", "seaborn", "statsmodels.api", "faulthandler", "psutil"),
    *("IPython.core.completerlib", "IPython.core.logger", "IPython.core.oinspect", "IPython.core.pylabtools"),
    *("IPython.extensions.storemagic", "pygments.formatters.terminal256", "tornado.platform.asyncio"),
    *("ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel_launcher", "stack_data"),
)
"""Used by notebooks; a missing one is left to its importer."""

OWN = (
    *("briefing.tables", "charts.calibration", "charts.compare", "charts.completeness", "charts.heat"),
    *("charts.matrix", "charts.multiples", "evaluation.backtest", "evaluation.calibration"),
    *("forecast.trends", "ledger.inspection", "ledger.store.sql"),
)
"""This package's own modules that notebooks use, beside those that the rehearsal does; not the forms',
which take half a second to import and can do so while notebooks run."""

_HARMLESS_THREADS = {"jemalloc_bg_thd"}
"""Threads of C libraries that prepare for a fork by themselves (``pthread_atfork``)."""

_LASTING = tuple(f"zerobay_analysis.{name}" for name in ("charts", "forecast", "briefing.fonts"))
"""Modules whose caches depend on this package's own files only."""


def _preload() -> None:
    """Import everything, draw one figure, then move all of it out of the garbage collector's sight.

    ``matplotlib_inline`` is not imported: it ties itself to the IPython shell while it is being
    imported, so that must happen in the kernel.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that leads the run
    os.environ.update(one_thread(os.environ), PYDEVD_DISABLE_FILE_VALIDATION="1")
    for name in ("_fixup_main_from_name", "_fixup_main_from_path"):
        setattr(spawn, name, lambda *_: None)  # would run the script of the caller again in every fork
    gc.disable()  # next to nothing of this is garbage, and looking for it takes a tenth of the time
    chosen = os.environ.get("ZEROBAY_PRELOAD")
    usual = (*THIRD_PARTY, *(f"zerobay_analysis.{name}" for name in OWN))
    with quick_imports():
        for name in usual if chosen is None else chosen.split(","):
            try:
                importlib.import_module(name)
            except Exception as error:  # a module that cannot be imported is the notebook's to report
                _log(f"{name} is not preloaded: {type(error).__name__}: {error}")
    if chosen is None:
        _rehearse()
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, every page
    gc.enable()
    if threads := _other_threads():
        _log(f"no warm kernels: a library runs threads: {', '.join(threads)}")
        raise SystemExit(1)


def _rehearse() -> None:
    """Do once what every notebook does: libraries import and compile much at their first use.

    Leaves no figure, file or setting behind, and nothing read from a data file.
    """
    from io import BytesIO

    try:
        from zerobay_analysis.briefing import figures, tables
        from zerobay_analysis.briefing.content import Briefing
        from zerobay_analysis.charts.style import font_family
        from zerobay_analysis.study import Study

        font_family()
        study = Study.open("public", "today")
        outlook = study.outlook(study.plan.indicators[-1].id)
        briefing = Briefing(study)
        tables.targets(briefing, [briefing.line(outlook)]).frame()
        figures.fan(outlook, study).savefig(BytesIO(), format="png")
    except Exception as error:
        _log(f"no rehearsal: {type(error).__name__}: {error}")
    for name, module in tuple(sys.modules.items()):
        if name.startswith("zerobay_analysis.") and not name.startswith(_LASTING):
            for cached in vars(module).values():
                getattr(cached, "cache_clear", int)()


def _other_threads() -> list[str]:
    """Names of running threads that a fork could catch with a lock in hand."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    for task in Path("/proc/self/task").iterdir():
        name = (task / "comm").read_text(encoding="utf-8").strip()
        if task.name != str(os.getpid()) and name not in _HARMLESS_THREADS:
            names.append(name)
    return names


def _log(message: str) -> None:
    sys.stderr.write(f"zerobay-warm: {message}\n")


_preload()
