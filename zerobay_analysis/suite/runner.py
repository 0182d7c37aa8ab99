"""Runs notebooks with papermill, several at a time, each with its own kernel."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.study import CACHE_VARIABLE
from zerobay_analysis.suite.imports import quick_imports
from zerobay_analysis.suite.kernels import KERNEL_NAME, server
from zerobay_analysis.suite.pool import Pool, open_pool

if TYPE_CHECKING:
    import nbformat

__all__ = ["DEFAULT_TIMEOUT", "Step", "StepResult", "run_step", "run_steps"]

DEFAULT_TIMEOUT = 600.0
"""Seconds that a notebook may take, from its kernel's readiness to its last cell."""

ATTEMPTS = 3
"""Tries to start a kernel; a notebook that has begun is never run again."""

START_TIMEOUT = 120
"""Seconds that a kernel may take to be ready."""


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
    timeout : float
        Seconds; a notebook that takes longer fails.
    kernel : str
        Name of the kernelspec; the warm one where it is installed.
    study : Path, optional
        The study cache of the run (see ``study``).
    """

    name: str
    title: str
    notebook: Path
    parameters: dict[str, object]
    folder: Path
    timeout: float = DEFAULT_TIMEOUT
    kernel: str = ""
    study: Path | None = None


@dataclass(frozen=True)
class StepResult:
    """How a step went; ``error`` is empty when it completed.

    ``attempts`` counts the kernels that were started for it; ``place`` is the machine where it ran
    and, on a cluster, the worker.
    """

    name: str
    seconds: float
    output: Path
    html: Path | None
    error: str
    attempts: int = 1
    place: str = ""

    @property
    def completed(self) -> bool:
        """True when every cell ran."""
        return not self.error


def run_steps(
    steps: Iterable[Step],
    jobs: int,
    *,
    pool: Pool | None = None,
    on_start: Callable[[Step], None] = lambda step: None,
) -> Iterator[StepResult]:
    """Run ``steps``, at most ``jobs`` at a time; yield results as they come.

    A failing notebook does not stop the others: it is kept with its error in it. When the caller
    stops iterating, or Ctrl-C is pressed, whatever runs is ended.

    Parameters
    ----------
    steps : iterable of Step
    jobs : int
    pool : Pool, optional
        Where they run; by default a pool of their own, closed at the end.
    on_start : callable
        Told of every step when it is handed over.
    """
    waiting = deque(steps)
    running: dict[Future[StepResult], Step] = {}
    with open_pool(jobs) if pool is None else nullcontext(pool) as workers:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    step = waiting.popleft()
                    running[workers.submit(run_step, step, process=False)] = step
                    on_start(step)
                # The timeout lets Ctrl-C through on Windows, where a plain wait cannot be interrupted.
                done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    yield _result(future, running.pop(future))
        finally:
            if running:
                workers.kill()


def _result(future: Future[StepResult], step: Step) -> StepResult:
    try:
        return future.result()
    except Exception as error:  # the worker died
        output = step.folder / f"{step.name}.ipynb"
        return StepResult(step.name, 0.0, output, None, f"{type(error).__name__}: {error}")


def run_step(step: Step) -> StepResult:
    """Run one notebook and export it to HTML; try again only if its kernel did not start."""
    from zerobay_analysis.suite.export import export_html

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    started = time.perf_counter()
    output = step.folder / f"{step.name}.ipynb"
    attempts, kernel_started, error = 0, False, ""
    while not kernel_started and attempts < ATTEMPTS:
        error, kernel_started = _execute(step, output)
        attempts += 1
    html = None
    if output.is_file():
        _forget_the_place(output)
        html = export_html(output, step.title)
    seconds = time.perf_counter() - started
    return StepResult(step.name, seconds, output, html, error, attempts, platform.node())


def _execute(step: Step, output: Path) -> tuple[str, bool]:
    """Run the notebook; return the error, if any, and whether its kernel started at all."""
    with quick_imports():
        import papermill
        from nbclient.exceptions import CellTimeoutError

    from zerobay_analysis.suite.engine import ENGINE

    ready: list[float] = []

    def seconds_left(cell: nbformat.NotebookNode) -> float:
        return max(0.1, ready[0] + step.timeout - time.monotonic())

    try:
        papermill.execute_notebook(
            step.notebook,
            output,
            parameters=step.parameters,
            kernel_name=step.kernel or _kernel_name(),
            engine_name=ENGINE,
            progress_bar=False,
            coalesce_streams=True,  # where the kernel happens to flush must not show
            startup_timeout=START_TIMEOUT,
            env=_environment(step),
            timeout_func=seconds_left,
            shutdown_kernel="immediate",  # everything is on disk; a polite farewell takes half a second
            on_notebook_start=lambda **_: ready.append(time.monotonic()),
        )
    except papermill.PapermillExecutionError as failure:
        return f"{failure.ename}: {failure.evalue}", True
    except CellTimeoutError:
        message = f"超过 {step.timeout:g} 秒 / took longer than {step.timeout:g} s"
        _note_error(output, "TimeoutError", message)
        return f"TimeoutError: {message}", True
    except Exception as failure:
        _note_error(output, type(failure).__name__, str(failure))
        return f"{type(failure).__name__}: {failure}", bool(ready)
    return "", True


def _environment(step: Step) -> dict[str, str]:
    cache = {} if step.study is None else {CACHE_VARIABLE: str(step.study)}
    return {**server.one_thread(os.environ), **cache}


def _forget_the_place(output: Path) -> None:
    """Take out what papermill notes of paths and of chance, so that equal runs leave equal files."""
    notebook = json.loads(output.read_text(encoding="utf-8"))
    noted = notebook["metadata"].get("papermill", {})
    for name in ("input_path", "output_path"):
        noted[name] = Path(noted.get(name) or "").name
    for cell in notebook["cells"]:
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["id"] = "injected-parameters"
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    output.write_text(text, encoding="utf-8", newline="\n")


def _kernel_name() -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        KernelSpecManager().get_kernel_spec(KERNEL_NAME)
    except NoSuchKernel:
        return "python3"
    return KERNEL_NAME


def _note_error(output: Path, name: str, message: str) -> None:
    """Write the error into the last cell that was begun before its kernel was ended."""
    import nbformat

    if not output.is_file():
        return
    notebook = nbformat.read(output, as_version=4)
    begun = [cell for cell in notebook.cells if cell.metadata.get("papermill", {}).get("start_time")]
    if begun:
        lines = [f"{name}: {message}"]
        begun[-1].outputs.append(nbformat.v4.new_output("error", ename=name, evalue=message, traceback=lines))
    nbformat.write(notebook, output)
