"""One notebook: its typed parameters, its run by papermill in a kernel of its own, its HTML page."""

from __future__ import annotations

import ast
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.briefing.fonts import write_beside
from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.files.disk import notebooks_dir, readable, write_atomically
from zerobay_analysis.plan import Plan, load_plan
from zerobay_analysis.study import CACHE_VARIABLE
from zerobay_analysis.suite import kernels
from zerobay_analysis.suite.manifest import claim
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
INJECTED = "injected-parameters"
"""Tag and name of the cell with the parameters of a run, as papermill calls it."""

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
        Already checked (see :func:`check_parameters`).
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
    started = time.perf_counter()
    output = task.folder / "notebooks" / f"{task.name}.ipynb"
    output.parent.mkdir(exist_ok=True)
    attempts, kernel_started, error = 0, False, ""
    while not kernel_started and attempts < ATTEMPTS:
        error, kernel_started = _execute(task, output)
        attempts += 1
    files = [path.relative_to(task.folder).as_posix() for path in (output, export_html(output, task.title))]
    return [StepResult(task.name, time.perf_counter() - started, tuple(files), error, attempts)]


def _execute(task: NotebookTask, output: Path) -> tuple[str, bool]:
    """Run the notebook into ``output``; return the error, if any, and whether its kernel started at all."""
    with kernels.quick_imports():
        import nbformat
        import papermill
        from nbclient.exceptions import CellTimeoutError

    run, error = _Run(nbformat.read(task.notebook, as_version=4)), ""
    env = kernels.one_thread(os.environ)
    if task.study is not None:
        env[CACHE_VARIABLE] = str(task.study)
    try:
        papermill.execute_notebook(
            task.notebook,
            None,  # written below, once: papermill writes it before and after every cell
            parameters=task.parameters,
            kernel_name=task.kernel or _kernel_name(),
            engine_name=_engine(),
            progress_bar=False,
            coalesce_streams=True,  # where the kernel happens to flush must not show
            startup_timeout=START_TIMEOUT,
            timeout_func=lambda cell: max(0.1, run.ready + task.timeout - time.monotonic()),
            shutdown_kernel="immediate",  # a polite farewell takes half a second
            run=run,
            env=env,
            name=output.name,
        )
    except papermill.PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}"
    except Exception as failure:
        name, reason = type(failure).__name__, str(failure)
        if isinstance(failure, CellTimeoutError):
            name, reason = "TimeoutError", f"超过 {task.timeout:g} 秒 / took longer than {task.timeout:g} s"
        error = f"{name}: {reason}"
        begun = [cell for cell in run.notebook.cells if cell.metadata.get("papermill", {}).get("start_time")]
        if begun:  # its kernel was ended before it could say so itself
            told = nbformat.v4.new_output("error", ename=name, evalue=reason, traceback=[error])
            begun[-1].setdefault("outputs", []).append(told)
    nbformat.write(run.notebook, output)
    return error, bool(run.ready)


@dataclass
class _Run:
    """What is known of a run however it ends: its notebook, and when its kernel was ready."""

    notebook: nbformat.NotebookNode
    ready: float = 0.0


@cache
def _engine() -> str:
    """Name of papermill's own engine but for kernels that end with the run."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    from zerobay_analysis.suite.kernels.provisioner import QuickClient

    logging.getLogger("papermill").setLevel(logging.CRITICAL)

    class Client(PapermillNotebookClient):  # type: ignore[misc]
        def papermill_execute_cells(self) -> None:
            self.others.check()
            self.run.ready = time.monotonic()
            super().papermill_execute_cells()

        def create_kernel_manager(self) -> Any:
            manager = super().create_kernel_manager()
            manager.client_factory = QuickClient
            return manager

    class OfRun(Engine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, run: _Run, env: dict[str, str], name: str, **options: Any
        ) -> None:
            run.notebook = nb_man.nb
            nb_man.nb.metadata.papermill.update(input_path="", output_path=name)  # no path of this machine
            named_the_same(nb_man.nb)
            known = {key: value for key, value in options.items() if key in Client.class_trait_names()}
            client = Client(nb_man, kernel_name=kernel_name, **known)
            client.run = run
            client.others = kernels.current.get() or kernels.RunningKernels()
            with client.others.running(client):
                client.execute(env=env)

    papermill_engines.register("zerobay", OfRun)
    return "zerobay"


def named_the_same(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give papermill's cell of parameters one name, so that equal runs leave equal notebooks."""
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", ()) and "id" in cell:
            cell["id"] = INJECTED
    return notebook


def with_parameters(notebook: Path, parameters: Mapping[str, object]) -> nbformat.NotebookNode:
    """Read a notebook and set its parameters, already checked, in a cell below that of their defaults."""
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    return named_the_same(parameterize_notebook(load_notebook_node(str(notebook)), dict(parameters)))


def _kernel_name() -> str:
    from jupyter_client.kernelspec import KernelSpecManager

    known = KernelSpecManager().find_kernel_specs()
    return kernels.KERNEL_NAME if kernels.KERNEL_NAME in known else "python3"


def export_html(notebook: Path, title: str) -> Path:
    """Write ``<notebook>.html`` next to an executed notebook: one page, without code, for no network."""
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
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    options = {
        "exclude_input": True,
        "embed_images": True,
        "template_name": "zerobay",
        "extra_template_basedirs": [str(Path(__file__).parent / "templates")],
    }
    return HTMLExporter(config=Config({"HTMLExporter": options}))


# --- parameters -------------------------------------------------------------------------------

_BOOLEANS = dict.fromkeys(("true", "1", "yes", "是"), True) | dict.fromkeys(("false", "0", "no", "否"), False)


def notebook_parameters(notebook: Path) -> dict[str, str]:
    """Names and types in the cell tagged ``parameters``, one ``name: type = default`` a line.

    Raises
    ------
    ParameterError
        The notebook does not exist, has no such cell, or a parameter has no type.
    """
    lines = _parameters_cell(notebook).splitlines()
    try:
        tree = ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines))
    except SyntaxError as error:
        facts = {"name": notebook.name, "line": error.lineno, "reason": error.msg}
        raise ParameterError(message("parameters_not_python", **facts)) from None
    found: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                found[name] = ast.unparse(kind).strip("'\"")
            case ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = ""
    untyped = [name for name, kind in found.items() if not kind]
    if untyped:
        raise ParameterError(message("parameters_untyped", name=notebook.name, untyped=", ".join(untyped)))
    return found


def _parameters_cell(notebook: Path) -> str:
    """Source of the first cell tagged ``parameters``."""
    if not notebook.is_file():
        raise ParameterError(f"找不到笔记本 {notebook} / no such notebook: {notebook}")
    with kernels.quick_imports():
        import nbformat
    try:
        cells = nbformat.read(notebook, as_version=4).cells
        tagged = [str(c.source) for c in cells if "parameters" in c.metadata.get("tags", ())]
        "".join(tagged).encode("utf-8")  # half a character is text to JSON, and to nothing else
    except Exception as error:  # whatever a file can be that is no notebook
        raise ParameterError(message("no_notebook", path=notebook, reason=type(error).__name__)) from error
    if not tagged or not tagged[0].strip():
        raise ParameterError(message("no_parameters", name=notebook.name))
    return tagged[0]


def check_parameters(notebook: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Convert ``given`` to the notebook's types; list every problem at once.

    Where ``given`` names another plan, values of that plan stand for defaults that are of the shipped one.

    Parameters
    ----------
    given : mapping
        Values as text (from a command line) or already of the right type.

    Raises
    ------
    ParameterError
        A parameter is unknown, is not of its type, or is outside its range.
    """
    known, plan = notebook_parameters(notebook), load_plan(str(given.get("plan", "")))
    problems: list[str] = []
    values: dict[str, object] = {}
    defaults: dict[str, object] = {}
    if plan is not load_plan():
        defaults = {"indicator": plan.indicators[0].id, "year": plan.years[-1], "unit": plan.units[0]}
    for name, value in {**{n: v for n, v in defaults.items() if n in known}, **given}.items():
        if name not in known:
            facts = {"notebook": notebook.name, "given": readable(name)[:60], "known": ", ".join(known)}
            problems.append(message("unknown_parameter", **facts))
            continue
        try:
            values[name] = _convert(name, known[name], value)
            _check_range(name, values[name], plan)
        except ParameterError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(problems))
    return values


def _finite(text: str) -> float:
    """A number that JSON has a word for: the record of a run is JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_KINDS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "int": ("整数 int", int),
    "float": ("有限的数 float", _finite),
    "bool": ("true 或 false", lambda text: _BOOLEANS[text.lower()]),
    "str": ("UTF-8 文字 str", lambda text: text.encode("utf-8").decode()),
}
"""What each type of a parameter is called, and how it is read."""


def _convert(name: str, kind: str, value: object) -> object:
    if kind not in _KINDS:
        raise ParameterError(f"参数“{name}”的类型 {kind} 不支持 / unsupported type {kind}")
    called, read = _KINDS[kind]
    try:
        return read(str(value).strip())
    except (ValueError, KeyError):
        facts = {"called": called, "kind": kind, "given": readable(str(value))[:60]}
        raise ParameterError(message("parameter_type", name=name, **facts)) from None


def _check_range(name: str, value: object, plan: Plan) -> None:
    """Check the parameters whose meaning is the same in every notebook."""
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.language import LANGUAGES
    from zerobay_analysis.scenarios.form import load_scenarios
    from zerobay_analysis.study import parse_day

    text = str(value)
    if name == "unit" and text not in plan.units:
        raise ParameterError(message("parameter_unit", given=text, known="、".join(plan.units)))
    if name == "lang" and text not in LANGUAGES:
        raise ParameterError(message("unknown_language", lang=text))
    checks: dict[str, Callable[[], object]] = {
        "indicator": lambda: plan.indicator(int(text)),
        "as_of": lambda: parse_day(text),
        "scenario": lambda: text and load_scenarios([Path(text)], plan),
        "model": lambda: forecaster(text),
        "reference_class": lambda: text and forecaster(reference_class=text),
    }
    if name in checks:
        checks[name]()


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
    kernels.start()  # imports meanwhile
    notebook = find_notebook(name)
    checked = check_parameters(notebook, parameters)
    folder = out / "notebooks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claimed = _claim(folder, readable(notebook.stem), notebook)
    except OSError as error:
        raise ParameterError(message("folder_not_written", folder=folder, reason=error.strerror)) from error
    (result,) = run_notebook(NotebookTask(claimed.stem, notebook.stem, notebook, checked, out))
    write_beside(folder)
    return result


def _claim(folder: Path, stem: str, notebook: Path) -> Path:
    """Take a name that no other run has, also of the same second, by putting the notebook there."""

    def put(path: Path) -> None:
        with path.open("xb") as stream:
            stream.write(notebook.read_bytes())

    return claim(folder, f"{stem}-{datetime.now():%Y%m%d-%H%M%S}", put, ".ipynb")
