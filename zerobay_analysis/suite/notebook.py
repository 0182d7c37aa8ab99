"""Runs one notebook with papermill in a kernel of its own, and exports it to HTML."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.briefing.fonts import write_beside
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import notebooks_dir, readable, write_atomically
from zerobay_analysis.study import CACHE_VARIABLE
from zerobay_analysis.suite import kernels
from zerobay_analysis.suite.parameters import check_parameters
from zerobay_analysis.suite.pool import Step, StepResult

if TYPE_CHECKING:
    import nbformat
    from nbconvert import HTMLExporter


DEFAULT_TIMEOUT = 600.0
"""Seconds that a notebook may take, from its kernel's readiness to its last cell."""
ATTEMPTS = 3
"""Tries to start a kernel; a notebook that has begun is never run again."""
START_TIMEOUT = 120
"""Seconds that a kernel may take to be ready."""

_one_at_a_time = threading.Lock()  # an exporter keeps its state in itself


@dataclass(frozen=True)
class NotebookTask:
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
        Gets ``notebooks/<name>.ipynb`` and ``notebooks/<name>.html``.
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

    @property
    def step(self) -> Step:
        """The step that runs it."""
        return Step((self.name,), run_notebook, self, process=False)


def run_notebook(task: NotebookTask) -> list[StepResult]:
    """Run one notebook and export it to HTML; try again only if its kernel did not start.

    A notebook that fails is kept with its error in it.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    started = time.perf_counter()
    output = task.folder / "notebooks" / f"{task.name}.ipynb"
    output.parent.mkdir(exist_ok=True)
    attempts, kernel_started, error = 0, False, ""
    while not kernel_started and attempts < ATTEMPTS:
        error, kernel_started = _execute(task, output)
        attempts += 1
    files: tuple[Path, ...] = ()
    if output.is_file():
        _forget_the_place(output)
        files = output, export_html(output, task.title)
    names = tuple(path.relative_to(task.folder).as_posix() for path in files)
    return [StepResult(task.name, time.perf_counter() - started, names, error, attempts)]


def _execute(task: NotebookTask, output: Path) -> tuple[str, bool]:
    """Run the notebook; return the error, if any, and whether its kernel started at all."""
    with kernels.quick_imports():
        import papermill
        from nbclient.exceptions import CellTimeoutError

    from zerobay_analysis.suite.engine import ENGINE

    ready: list[float] = []

    def seconds_left(cell: nbformat.NotebookNode) -> float:
        return max(0.1, ready[0] + task.timeout - time.monotonic())

    study = {} if task.study is None else {CACHE_VARIABLE: str(task.study)}
    try:
        papermill.execute_notebook(
            task.notebook,
            output,
            parameters=task.parameters,
            kernel_name=task.kernel or _kernel_name(),
            engine_name=ENGINE,
            progress_bar=False,
            coalesce_streams=True,  # where the kernel happens to flush must not show
            startup_timeout=START_TIMEOUT,
            env={**kernels.one_thread(os.environ), **study},
            timeout_func=seconds_left,
            shutdown_kernel="immediate",  # everything is on disk; a polite farewell takes half a second
            on_notebook_start=lambda **_: ready.append(time.monotonic()),
        )
    except papermill.PapermillExecutionError as failure:
        return f"{failure.ename}: {failure.evalue}", True
    except CellTimeoutError:
        name, message = "TimeoutError", f"超过 {task.timeout:g} 秒 / took longer than {task.timeout:g} s"
    except Exception as failure:
        name, message = type(failure).__name__, str(failure)
    else:
        return "", True
    _write_error(output, name, message)
    return f"{name}: {message}", bool(ready)


def _kernel_name() -> str:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        KernelSpecManager().get_kernel_spec(kernels.KERNEL_NAME)
    except NoSuchKernel:
        return "python3"
    return kernels.KERNEL_NAME


def _write_error(output: Path, name: str, message: str) -> None:
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


def export_html(notebook: Path, title: str) -> Path:
    """Write ``<notebook>.html`` next to an executed notebook: one page, without code, for no network."""
    with kernels.quick_imports():
        import nbformat
    path = notebook.with_suffix(".html")
    node = nbformat.read(notebook, as_version=4)
    with _one_at_a_time:
        body, _ = _exporter().from_notebook_node(node, {"metadata": {"name": title}})
    write_atomically(path, body.encode("utf-8"))
    return path


@cache
def _exporter() -> HTMLExporter:
    """One exporter per process: it compiles its templates once."""
    from traitlets.config import Config

    with kernels.quick_imports():
        from nbconvert import HTMLExporter
    options = {
        "exclude_input": True,
        "embed_images": True,
        "template_name": "zerobay",
        "extra_template_basedirs": [str(Path(__file__).parent / "templates")],
    }
    return HTMLExporter(config=Config({"HTMLExporter": options}))


# --- one notebook, run by hand ----------------------------------------------------------------


def find_notebook(name: Path) -> Path:
    """Return ``name`` if it is a file, else the project's notebook of that name; no path is taken for one."""
    if name.is_file() or name.name != str(name) or not name.name:
        return name
    return notebooks_dir() / name.with_suffix(".ipynb").name


def run_single(name: Path, parameters: Mapping[str, object], out: Path) -> StepResult:
    """Check ``parameters``, run the notebook into ``<out>/notebooks`` and export it to HTML.

    Raises
    ------
    ParameterError
        Before any kernel starts: no such notebook, an unusable parameter, or an unusable folder.
    """
    if kernels.supported():
        kernels.start()  # imports meanwhile
    notebook = find_notebook(name)
    checked = check_parameters(notebook, parameters)
    folder = out / "notebooks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claimed = _claim(folder, readable(notebook.stem), notebook)
    except OSError as error:
        raise ParameterError(
            f"写不进 {folder}：{error.strerror}；换一个 --out / cannot write there: choose another --out"
        ) from error
    (result,) = run_notebook(NotebookTask(claimed.stem, notebook.stem, notebook, checked, out))
    write_beside(folder)
    return result


def with_parameters(notebook: Path, parameters: Mapping[str, object], folder: Path) -> Path:
    """A copy of the notebook in ``folder`` that has other ``parameters``, checked."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    node = load_notebook_node(str(notebook))
    path = folder / notebook.name
    nbformat.write(parameterize_notebook(node, check_parameters(notebook, parameters)), path)
    return path


def _claim(folder: Path, stem: str, notebook: Path) -> Path:
    """Take a name that no other run has, also of the same second, by putting the notebook there."""
    name = f"{stem}-{datetime.now():%Y%m%d-%H%M%S}"
    for number in count(1):
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}.ipynb"
        with suppress(FileExistsError), path.open("xb") as stream:
            stream.write(notebook.read_bytes())
            return path
    raise AssertionError("unreachable")
