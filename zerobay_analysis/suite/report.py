"""The main job: from a ledger to a folder that leadership can open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from zerobay_analysis.assessment.owners import known_units
from zerobay_analysis.briefing.changes import previous_run
from zerobay_analysis.briefing.fonts import FILE as FONT
from zerobay_analysis.briefing.fonts import write_beside
from zerobay_analysis.briefing.writers import (
    FILES,
    FORMATS,
    UNITS,
    FormTask,
    form_tasks,
    make_briefing,
    own_templates,
    write_form,
)
from zerobay_analysis.errors import ParameterError, RunFailed, message
from zerobay_analysis.files.csv import csv_bytes
from zerobay_analysis.files.disk import notebooks_dir
from zerobay_analysis.language import say
from zerobay_analysis.ledger.store import absolute
from zerobay_analysis.suite.manifest import (
    InputFile,
    Manifest,
    StepRecord,
    claim,
    complete_end,
    find_cached,
    find_run,
    hash_file,
    input_files,
    reuse,
    run_record,
    step_key,
)
from zerobay_analysis.suite.notebook import DEFAULT_TIMEOUT, NotebookTask, check_parameters
from zerobay_analysis.suite.pool import LocalPool, Pool, Step, StepResult, attempt, run_steps

if TYPE_CHECKING:
    from rich.console import Console

    from zerobay_analysis.briefing.content import Briefing
    from zerobay_analysis.study import Study


DATA_OWED, LETTERS = "data_owed.xlsx", "letters"
"""What every unit is asked to send, ready to be sent out."""

LONGEST = ("08_calibration", "03_outlook")
"""Notebooks that take several times as long as the others; begun first, so that none waits for them."""

TITLES = {
    "01_data_status": ("数据状况", "Data status"),
    "02_trajectory": ("指标走势", "Trajectory"),
    "03_outlook": ("目标前景", "Target outlook"),
    "04_methods": ("方法一致性", "Official methods"),
    "05_owners": ("责任单位", "Responsible units"),
    "06_commitments": ("承诺与任务", "Commitments and tasks"),
    "07_scenarios": ("情景推演", "Scenarios"),
    "08_calibration": ("概率可信度", "Calibration"),
}


@dataclass(frozen=True)
class ReportOptions:
    """What the user asked for; see ``zerobay report --help``."""

    data: str = "public"
    as_of: str = "today"
    lang: str = "zh"
    model: str = "reference_class"
    out: Path = Path("outputs")
    jobs: int | None = None
    command: str = "zerobay report"
    timeout: float = DEFAULT_TIMEOUT
    fresh: bool = False
    resume: str = ""
    formats: tuple[str, ...] = FORMATS
    scenario: str = ""
    scheduler: str = ""
    plan: str = ""
    units: tuple[str, ...] = ()

    @property
    def data_name(self) -> str:
        """The ledger's name from any working directory."""
        return self.data if self.data in ("public", "demo") else absolute(self.data)

    def __post_init__(self) -> None:
        """Name the plan's folder and the scenario file from any working directory."""
        for name in ("plan", "scenario"):
            path = getattr(self, name)
            object.__setattr__(self, name, str(Path(path).resolve()) if path else "")


class Progress:
    """Receives progress events; prints a line per finished step, above a bar where there is a terminal.

    Parameters
    ----------
    console : Console, optional
        Nothing is printed without one.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich import progress
        from rich.console import Console

        console = console or Console(quiet=True)
        words, counted = progress.TextColumn("{task.description}"), progress.MofNCompleteColumn()
        columns = (words, progress.BarColumn(), counted, progress.TimeElapsedColumn())
        self.bar = progress.Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self.bar.add_task("生成报告 / making the report", total=None)
        self._total = self._done = 0

    def start(self, total: int) -> None:
        """``total`` steps lie ahead."""
        self._total = total
        self.bar.update(self._task, total=total)

    def running(self, titles: Sequence[str]) -> None:
        """``titles`` of the steps that run now."""
        self.bar.update(self._task, description=" · ".join(titles))

    def advance(self, message: str, *, failed: bool = False) -> None:
        """One step is done."""
        self._done += 1
        line = f"[{self._done}/{self._total}] {'✗' if failed else '✓'} {message}"
        self.bar.console.print(line, markup=False, highlight=False)
        self.bar.advance(self._task)


def run_report(
    options: ReportOptions,
    progress: Progress | None = None,
    on_study: Callable[[Study], None] = lambda study: None,
) -> tuple[Manifest, Path]:
    """Make a report.

    Parameters
    ----------
    options : ReportOptions
    progress, on_study : Progress and callable, optional
        Receives an event for every step; gets the study of the run, assessed.

    Returns
    -------
    manifest : Manifest
        ``manifest.status`` is ``"COMPLETED"``, or ``"FAILED"`` with what failed named in it.
    folder : Path
        ``<out>/<run id>``. ``<out>/latest`` points to it only if everything completed.

    Raises
    ------
    ParameterError, DataError
        Before anything is written: a parameter or the data is not usable.
    RunFailed, RunInterrupted
        The output folder cannot be written to; Ctrl-C or a termination signal: the record tells how far.
    """
    began = None
    if options.resume:
        folder = find_run(options.out, options.resume)
        began = Manifest.read(folder)
        if complete_end(options.out, folder, began):
            return began, folder
        options = _resumed(options, began)
    with open_pool(options.jobs, options.scheduler) as pool:  # imports while the data is read
        study = _open_study(options)
        units = known_units(study.plan.units, options.units)
        formats = dict.fromkeys((*options.formats, UNITS) if units else options.formats)
        options = replace(options, units=units, formats=tuple(formats))
        inputs = input_files(study.plan, study.ledger, options.scenario)
        tasks = notebook_tasks(study, options, Path())
        pool.check(options.data_name, options.scenario, options.plan, study.ledger)
        if began is None:
            folder = _new_folder(options.out, options.data)
        manifest = _new_manifest(study, options, folder, inputs, tasks, pool.jobs)
        manifest.started = manifest.started if began is None else began.started
        # Before the record of a resumed run is begun anew.
        cached = {} if options.fresh else find_cached(options.out, [step.key for step in manifest.steps])
        run = _Run(study, options, manifest, folder, progress or Progress())
        with run_record(manifest, folder, options.out):
            outlook = run.end(attempt("outlook", lambda: write_outlook(study, folder)))
            if outlook.completed:
                on_study(study)
            run.reuse(cached)
            steps = [*part_steps(run), *notebook_steps(run, tasks, pool)]
            for result in run_steps(run.left(steps), pool, run.begin):
                run.end(result)
            finish(run)
    return manifest, folder


class _Run:
    """A report that is being made: its record follows what happens to its steps.

    ``briefing`` is what the forms say, as soon as it is made.
    """

    briefing: Briefing | None = None

    def __init__(
        self, study: Study, options: ReportOptions, manifest: Manifest, folder: Path, progress: Progress
    ) -> None:
        self.study, self.options, self.manifest, self.folder = study, options, manifest, folder
        self.records = {record.name: record for record in manifest.steps}
        self._progress = progress
        progress.start(len(manifest.steps))

    def reuse(self, cached: dict[str, tuple[Path, StepRecord]]) -> None:
        """Take the steps that were made before from the very same things."""
        for record in self.manifest.steps:
            if record.key in cached:
                reuse(*cached[record.key], record, self.folder)
                told = f"{record.title}  未变，沿用 / unchanged, reused: {record.reused_from}"
                self._progress.advance(told)

    def left(self, steps: Iterable[Step]) -> list[Step]:
        """Those of ``steps`` that are still to be made."""
        return [s for s in steps if any(self.records[name].status == "PENDING" for name in s.names)]

    def begin(self, step: Step) -> None:
        """Record that a step runs."""
        for name in step.names:
            self.records[name].status = "RUNNING"
        self.manifest.write(self.folder)
        self._progress.running([r.title for r in self.manifest.steps if r.status == "RUNNING"])

    def end(self, result: StepResult) -> StepResult:
        """Record how a step went."""
        record = self.records[result.name]
        record.status = "COMPLETED" if result.completed else "FAILED"
        record.seconds = round(result.seconds, 2)
        record.error, record.attempts, record.place = result.error, result.attempts, result.place
        record.files = {name: hash_file(self.folder / name) for name in result.files}
        self.manifest.write(self.folder)
        again = f"  内核启动 {result.attempts} 次 / kernel started {result.attempts} times"
        note = again * (result.attempts > 1) + f"  {result.error}" * (not result.completed)
        self._progress.advance(f"{record.title}  {result.seconds:.1f} s{note}", failed=not result.completed)
        return result


# --- the steps of a report --------------------------------------------------------------------


def notebook_tasks(study: Study, options: ReportOptions, folder: Path) -> list[NotebookTask]:
    """Every notebook of the report with its parameters, checked.

    The trajectory runs once per indicator. Every unit's page is in ``index.html``; the notebook of
    the units runs once, and for another unit by ``zerobay run 05_owners -p unit=NAME``.

    Raises
    ------
    ParameterError
        A parameter is not one of the notebook's, not of its type, or out of range.
    """
    common = {
        "data": options.data_name,
        "as_of": study.as_of.isoformat(),
        "lang": study.lang,
        "model": study.model,
    }
    if options.plan:
        common["plan"] = options.plan
    tasks = []
    for name, titles in TITLES.items():
        notebook = notebooks_dir() / f"{name}.ipynb"
        variants: list[tuple[str, str, dict[str, object]]] = [("", "", {})]
        if name == "02_trajectory":
            variants = [
                (f"_{i.id:02d}_{i.key}", f"{i.id} {i.short(study.lang)}", {"indicator": i.id})
                for i in study.plan.indicators
            ]
        elif name == "07_scenarios" and options.scenario:
            variants = [("", "", {"scenario": options.scenario})]
        for suffix, words, own in variants:
            checked = check_parameters(notebook, {**common, **own})
            title = f"{say(study.lang, *titles)} {words}".strip()
            tasks.append(NotebookTask(name + suffix, title, notebook, checked, folder, options.timeout))
    return tasks


def notebook_steps(run: _Run, tasks: Iterable[NotebookTask], pool: Pool) -> list[Step]:
    """Steps that run the notebooks, the longest first, on a study that is saved for them."""
    study: Path | None = pool.folder / "study"
    try:
        run.study.save(run.options.data_name, pool.folder / "study", run.options.plan)
    except OSError:
        study = None  # no room for it: they read the data
    placed = [replace(task, folder=run.folder, study=study) for task in tasks]
    return [task.step for task in sorted(placed, key=lambda task: task.name not in LONGEST)]


def part_records(
    study: Study, options: ReportOptions, folder: Path, inputs: list[InputFile]
) -> list[StepRecord]:
    """Records of the charts, the forms and the files beside them.

    A form tells which run it is of and what changed since the one before, so that only a resumed run
    reuses it. What rests on other steps of its own run has no key, and is always made.
    """
    seen = (study.as_of.isoformat(), study.lang, study.model, study.seed)
    before = previous_run(folder, options.data, options.plan)
    templates = own_templates(folder)
    own = [hash_file(path) for path in sorted(templates.iterdir()) if path.is_file()] if templates else []
    told = (folder.name, before.name if before else "", options.scenario, *own)
    records = [
        StepRecord("charts", "charts/", "chart", key=step_key(["charts", *seen], inputs)),
        StepRecord("data_owed", DATA_OWED, "file", key=step_key(["data_owed", *seen, *own], inputs)),
        StepRecord("font", f"notebooks/{FONT}", "file"),
    ]
    for name in options.formats:
        key = "" if name == "html" else step_key([name, *options.units, *seen, *told], inputs)
        records.append(StepRecord(name, ", ".join(FILES.get(name, [f"{UNITS}/"])), "form", key=key))
    return records


def part_steps(run: _Run) -> list[Step]:
    """Steps that make the charts, the forms and the files beside them, but for what :func:`finish` makes."""
    task = PartTask(run.study, run.folder)
    steps = [Step((name,), partial(make_part, name), task) for name in PARTS]
    left = [name for name in run.options.formats if run.records[name].status == "PENDING"]
    try:
        run.briefing = make_briefing(run.study, run.manifest, run.folder)
    except Exception as error:
        for name in left:
            run.end(StepResult(name, error=f"{type(error).__name__}: {error}"))
        return steps
    forms = form_tasks(run.briefing, run.folder, left, run.options.units)
    return [*steps, *(Step(form.formats, make_forms, form) for form in forms)]


def finish(run: _Run) -> None:
    """Make what rests on all other steps: the notebooks' font, and the page that links to everything."""
    run.end(attempt("font", lambda: write_font(run.folder)))
    if "html" not in run.options.formats or run.briefing is None:
        return
    linked = (r for r in run.manifest.completed_steps if r.kind == "form" or r.name == "data_owed")
    files = tuple(name for record in linked for name in record.files)
    for result in make_forms(FormTask(run.briefing, ("html",), run.folder, run.manifest, files)):
        run.end(result)


@dataclass(frozen=True)
class PartTask:
    """What a part of the report is made of, and the run's folder."""

    study: Study
    folder: Path


def write_outlook(study: Study, folder: Path) -> list[str]:
    """Write ``outlook.csv`` (UTF-8 with BOM, so that a spreadsheet shows Chinese)."""
    (folder / "outlook.csv").write_bytes(csv_bytes(study.table))
    return ["outlook.csv"]


def write_charts(study: Study, folder: Path) -> list[str]:
    """Draw the heat table, the small multiples and one fan per indicator into ``charts/``."""
    from zerobay_analysis.briefing.figures import save_all

    save_all(study, folder / "charts")
    return sorted(f"charts/{path.name}" for path in (folder / "charts").iterdir())


def write_owed(study: Study, folder: Path) -> list[str]:
    """Write the workbook of what every unit is asked to send, and a letter with its form to each."""
    from zerobay_analysis.briefing.writers.docx import write_letters
    from zerobay_analysis.briefing.writers.xlsx import write_data_owed

    write_data_owed(study, folder / DATA_OWED)
    letters = write_letters(study, folder / LETTERS, own_templates(folder))
    return [DATA_OWED, *(f"{LETTERS}/{path.name}" for path in letters)]


PARTS = {"charts": write_charts, "data_owed": write_owed}
"""Parts of a report that need its study only."""


def make_part(name: str, task: PartTask) -> list[StepResult]:
    """Make one of ``PARTS``."""
    return [attempt(name, partial(PARTS[name], task.study, task.folder))]


def write_font(folder: Path) -> list[str]:
    """Write the font that the notebooks' pages share."""
    path = write_beside(folder / "notebooks")
    return [] if path is None else [f"notebooks/{path.name}"]


def make_forms(task: FormTask) -> list[StepResult]:
    """Write the forms of one task; one that fails does not stop the others."""
    return [attempt(name, partial(write_form, name, task)) for name in task.formats]


# --- beginning --------------------------------------------------------------------------------


def open_pool(jobs: int | None = None, scheduler: str = "") -> Pool:
    """Open a pool of ``jobs`` workers.

    Parameters
    ----------
    jobs : int, optional
        Calls at a time; by default one for every processor, or for every thread of the cluster.
    scheduler : str
        Address of a dask scheduler whose workers are used instead of this machine's processes.

    Raises
    ------
    ParameterError
        A scheduler is given and the extra ``cluster`` is not installed.
    """
    if not scheduler:
        return LocalPool(jobs)
    try:
        from zerobay_analysis.suite.cluster import ClusterPool
    except ModuleNotFoundError:
        cure = "pip install 'zerobay_analysis[cluster]'"
        raise ParameterError(f"集群需要另装 / clusters need the extra: {cure}") from None
    return ClusterPool(scheduler, jobs)


def _open_study(options: ReportOptions) -> Study:
    """Everything that can be wrong with the options, the data and the fonts is found here."""
    from zerobay_analysis.charts.style import font_family
    from zerobay_analysis.study import Study

    study = Study.open(options.data, options.as_of, model=options.model, lang=options.lang, plan=options.plan)
    font_family()
    return study


def _resumed(options: ReportOptions, began: Manifest) -> ReportOptions:
    """Options of the run to go on with.

    Raises
    ------
    ParameterError
        It still runs, or it is complete.
    """
    if began.status == "COMPLETED":
        raise ParameterError(f"{began.run_id} 已完成 / that run is complete")
    if began.status == "RUNNING":
        raise ParameterError(f"{began.run_id} 还在运行 / that run is still going")
    names = ("data", "as_of", "lang", "model", "scenario", "plan")
    known: dict[str, Any] = {name: str(began.parameters.get(name, "")) for name in names}
    for name in ("formats", "units"):
        known[name] = tuple(cast("list[str]", began.parameters.get(name, getattr(options, name))))
    return replace(options, **known)


def _new_folder(out: Path, data: str) -> Path:
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{data if data in ('public', 'demo') else 'own'}"
    try:
        return claim(out, stem, partial(Path.mkdir, parents=True))
    except OSError as error:
        raise RunFailed(message("output_not_written", out=out, reason=error.strerror)) from error


def _new_manifest(
    study: Study,
    options: ReportOptions,
    folder: Path,
    inputs: list[InputFile],
    tasks: list[NotebookTask],
    jobs: int,
) -> Manifest:
    hashes = {task.notebook: hash_file(task.notebook) for task in tasks}
    keys = [step_key([task.title, hashes[task.notebook], task.parameters], inputs) for task in tasks]
    notebooks = [
        StepRecord(task.name, task.title, "notebook", task.parameters, key=key)
        for task, key in zip(tasks, keys, strict=True)
    ]
    asked = {
        "data": options.data,
        "as_of": study.as_of.isoformat(),
        **{name: getattr(study, name) for name in ("lang", "model", "seed")},
        "jobs": jobs,
        "executor": "dask" if options.scheduler else "local",
        **{name: getattr(options, name) for name in ("scheduler", "scenario", "plan")},
        **{name: list(getattr(options, name)) for name in ("formats", "units")},
    }
    parts = part_records(study, options, folder, inputs)
    inputs = [*inputs, *(InputFile(f"notebooks/{path.name}", found) for path, found in hashes.items())]
    steps = [StepRecord("outlook", "outlook.csv", "file"), *notebooks, *parts]
    return Manifest(folder.name, options.command, asked, study.synthetic, inputs, steps=steps)
