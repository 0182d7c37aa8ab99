"""Runs notebooks with papermill, several at a time, each in its own process."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Step", "StepResult", "default_jobs", "run_steps"]

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Small matrices are many times slower with several BLAS threads, so a run sets these to 1."""


@dataclass(frozen=True)
class Step:
    """One notebook run to be made.

    Attributes
    ----------
    name : str
        Unique in the run; names the output files.
    title : str
        Shown to the user.
    notebook : Path
        The notebook to run; never written to.
    parameters : dict
        Already checked (see ``suite.parameters``).
    folder : Path
        Gets ``<name>.ipynb`` and ``<name>.html``.
    """

    name: str
    title: str
    notebook: Path
    parameters: dict[str, object]
    folder: Path


@dataclass(frozen=True)
class StepResult:
    """How a step went; ``error`` is empty when it completed."""

    name: str
    seconds: float
    output: Path
    html: Path | None
    error: str

    @property
    def completed(self) -> bool:
        """True when every cell ran."""
        return not self.error


def default_jobs() -> int:
    """Notebooks at a time: one per processor."""
    return os.cpu_count() or 1


def run_steps(steps: Iterable[Step], jobs: int) -> Iterator[StepResult]:
    """Run ``steps``, at most ``jobs`` at a time; yield results as they come.

    A failing notebook does not stop the others: it is kept with its error in it.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        futures = {pool.submit(run_step, step): step for step in steps}
        for future in as_completed(futures):
            step = futures[future]
            try:
                yield future.result()
            except Exception as error:  # a worker process died
                output = step.folder / f"{step.name}.ipynb"
                yield StepResult(step.name, 0.0, output, None, f"{type(error).__name__}: {error}")


def run_step(step: Step) -> StepResult:
    """Run one notebook in this process's own kernel and export it to HTML."""
    import papermill

    from zerobay_analysis.suite.export import export_html

    for name in THREAD_LIMITS:
        os.environ.setdefault(name, "1")
    logging.getLogger("papermill").setLevel(logging.ERROR)
    started = time.perf_counter()
    output = step.folder / f"{step.name}.ipynb"
    error = ""
    try:
        papermill.execute_notebook(
            step.notebook, output, parameters=step.parameters, progress_bar=False, kernel_name="python3"
        )
    except papermill.PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}"
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
    html = export_html(output, step.title) if output.is_file() else None
    return StepResult(step.name, time.perf_counter() - started, output, html, error)
