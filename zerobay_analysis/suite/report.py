"""The main job: from a ledger to a folder that leadership can open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zerobay_analysis.assessment.data_owed import write_data_owed
from zerobay_analysis.briefing.webfont import FILE as FONT
from zerobay_analysis.briefing.webfont import write_beside
from zerobay_analysis.briefing.write import (
    FORMATS,
    BriefingResult,
    FormTask,
    form_tasks,
    make_briefing,
    write_forms,
    write_page,
)
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.csv import csv_bytes
from zerobay_analysis.files.disk import notebooks_dir
from zerobay_analysis.language import say
from zerobay_analysis.ledger.store import absolute
from zerobay_analysis.suite.environment import environment, input_files
from zerobay_analysis.suite.failure import RunFailed
from zerobay_analysis.suite.journal import find_run
from zerobay_analysis.suite.manifest import InputFile, Manifest, StepRecord, hash_file, still_runs
from zerobay_analysis.suite.parameters import check_parameters
from zerobay_analysis.suite.pool import Pool, open_pool
from zerobay_analysis.suite.progress import Progress
from zerobay_analysis.suite.recording import complete_end, recorded
from zerobay_analysis.suite.reuse import Earlier, find_earlier, step_key, take_over
from zerobay_analysis.suite.runner import DEFAULT_TIMEOUT, Step, StepResult, run_steps

if TYPE_CHECKING:
    from zerobay_analysis.briefing.content import Briefing
    from zerobay_analysis.study import Study

__all__ = ["ReportOptions", "report_steps", "run_report"]

DATA_OWED = "data_owed.xlsx"
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


def run_report(
    options: ReportOptions,
    progress: Progress | None = None,
    on_study: Callable[[Study], None] = lambda study: None,
) -> tuple[Manifest, Path]:
    """Make a report.

    Parameters
    ----------
    options : ReportOptions
    progress : Progress, optional
        Told about every step.
    on_study : callable
        Gets the study of the run, assessed.

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
    RunFailed
        The output folder cannot be written to.
    RunInterrupted
        Ctrl-C or a termination signal; the record says how far the run came.
    """
    progress = progress or Progress()
    finished = _finished(options)
    if finished is not None:
        return finished
    with open_pool(options.jobs, options.scheduler) as pool:  # imports while the data is read
        options, resumed = _resume(options)
        study = _open_study(options)
        planned = report_steps(study, options, Path())
        pool.check(environment(_data_name(options.data), _scenario_name(options.scenario), study.ledger))
        folder = resumed or _new_folder(options.out, options.data)
        manifest = _new_manifest(study, options, folder.name, planned, pool.jobs)
        # Before the record of a resumed run is begun anew.
        earlier = {} if options.fresh else find_earlier(options.out, [step.key for step in manifest.steps])
        progress.start(len(planned) + 4 + len(options.formats))
        with recorded(manifest, folder, options.out):
            with _timed(manifest, "outlook", progress, "outlook.csv"):
                write_outlook(study, folder)
                on_study(study)
            # Beside the notebooks, which need none of these.
            charts = pool.submit(write_charts, PartTask(study, folder))
            owed = pool.submit(write_owed, PartTask(study, folder))
            forms = start_forms(study, options, manifest, folder, pool)
            with _timed_only(manifest, "notebooks"):
                run_notebooks(study, options, manifest, folder, earlier, progress, pool)
            font = pool.submit(write_beside, folder / "notebooks")
            with _timed(manifest, "charts", progress, "charts/"):
                manifest.timings["charts"] = charts.result()
            with _timed(manifest, "data_owed", progress, DATA_OWED):
                manifest.timings["data_owed"] = owed.result()
            finish_forms(forms, study, options, manifest, folder, progress)
            with _timed(manifest, "font", progress, f"notebooks/{FONT}"):
                font.result()
    return manifest, folder


def report_steps(study: Study, options: ReportOptions, folder: Path) -> list[Step]:
    """Every notebook of the report with its parameters, checked.

    The trajectory runs once per indicator. Every unit's page is in ``index.html``; the notebook of
    the units runs once, and for another unit by ``zerobay run 05_owners -p unit=NAME``.

    Raises
    ------
    ParameterError
        A parameter is not one of the notebook's, not of its type, or out of range.
    """
    common = {
        "data": _data_name(options.data),
        "as_of": study.as_of.isoformat(),
        "lang": study.lang,
        "model": study.model,
    }
    steps = []
    for name, titles in TITLES.items():
        notebook = notebooks_dir() / f"{name}.ipynb"
        for suffix, words, own in _variants(name, study, options):
            checked = check_parameters(notebook, {**common, **own})
            title = f"{say(study.lang, *titles)} {words}".strip()
            steps.append(Step(name + suffix, title, notebook, checked, folder, options.timeout))
    return steps


def _variants(name: str, study: Study, options: ReportOptions) -> list[tuple[str, str, dict[str, object]]]:
    """Suffix of the file, words of the title and own parameters of every run of one notebook."""
    if name == "02_trajectory":
        return [
            (f"_{i.id:02d}_{i.key}", f"{i.id} {i.short(study.lang)}", {"indicator": i.id})
            for i in study.plan.indicators
        ]
    if name == "07_scenarios" and options.scenario:
        return [("", "", {"scenario": _scenario_name(options.scenario)})]
    return [("", "", {})]


def write_outlook(study: Study, folder: Path) -> Path:
    """Write ``outlook.csv`` (UTF-8 with BOM, so that a spreadsheet shows Chinese)."""
    path = folder / "outlook.csv"
    path.write_bytes(csv_bytes(study.table))
    return path


@dataclass(frozen=True)
class PartTask:
    """What a part of the report is made of, and the run's folder."""

    study: Study
    folder: Path


def write_charts(task: PartTask) -> float:
    """Draw the heat table, the small multiples and one fan per indicator into ``charts/``.

    Returns
    -------
    float
        Seconds that it took.
    """
    from zerobay_analysis.briefing.figures import save_all

    started = time.perf_counter()
    save_all(task.study, task.folder / "charts")
    return round(time.perf_counter() - started, 2)


def write_owed(task: PartTask) -> float:
    """Write the workbook of what every unit is asked to send; return the seconds that it took."""
    started = time.perf_counter()
    write_data_owed(task.study, task.folder / DATA_OWED)
    return round(time.perf_counter() - started, 2)


def run_notebooks(
    study: Study,
    options: ReportOptions,
    manifest: Manifest,
    folder: Path,
    earlier: Mapping[str, Earlier],
    progress: Progress,
    pool: Pool,
) -> None:
    """Run every notebook of the report that is not in ``earlier``; record each as it ends."""
    (folder / "notebooks").mkdir(exist_ok=True)
    kept = _keep(study, options, pool)
    records = {record.name: record for record in manifest.steps}
    steps = []
    for step in report_steps(study, options, folder / "notebooks"):
        record = records[step.name]
        if record.key in earlier:
            take_over(earlier[record.key], record, folder)
            progress.advance(f"{step.title}  未变，沿用 / unchanged, reused: {record.reused_from}")
        else:
            steps.append(replace(step, study=kept))
    steps.sort(key=lambda step: step.name not in LONGEST)

    def note_start(step: Step) -> None:
        records[step.name].status = "RUNNING"
        manifest.write(folder)
        progress.running([r.title for r in manifest.steps if r.status == "RUNNING"])

    for result in run_steps(steps, pool.jobs, pool=pool, on_start=note_start):
        record = records[result.name]
        _record(record, result, folder)
        manifest.write(folder)
        again = f"  内核启动 {result.attempts} 次 / kernel started {result.attempts} times"
        note = again * (result.attempts > 1) + f"  {result.error}" * bool(result.error)
        progress.advance(f"{record.title}  {result.seconds:.1f} s{note}", failed=not result.completed)


@dataclass(frozen=True)
class Forms:
    """Forms that are being written, and the briefing for the page, which comes last."""

    briefing: Briefing
    tasks: tuple[FormTask, ...]
    results: tuple[Future[list[BriefingResult]], ...]


def start_forms(
    study: Study, options: ReportOptions, manifest: Manifest, folder: Path, pool: Pool
) -> Forms | str:
    """Begin to write the papers, the deck and the workbook; or say why there is no briefing."""
    try:
        with _timed_only(manifest, "briefing"):
            briefing = make_briefing(study, manifest, folder)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    tasks = form_tasks(study, briefing, folder, options.formats)
    return Forms(briefing, tasks, tuple(pool.submit(write_forms, task) for task in tasks))


def finish_forms(
    forms: Forms | str,
    study: Study,
    options: ReportOptions,
    manifest: Manifest,
    folder: Path,
    progress: Progress,
) -> None:
    """Wait for the forms, then write the page that links to them; one that fails is named."""
    if isinstance(forms, str):
        results = [BriefingResult(name, (), 0.0, forms) for name in options.formats]
    else:
        results = [
            result
            for task, future in zip(forms.tasks, forms.results, strict=True)
            for result in _form_results(task, future)
        ]
        if "html" in options.formats:
            results.append(write_page(study, manifest, forms.briefing, folder, results))
    for form in sorted(results, key=lambda result: FORMATS.index(result.format)):
        manifest.timings[form.format] = round(form.seconds, 2)
        if not form.completed:
            manifest.errors.append(f"{form.format}: {form.error}")
        progress.advance(f"{form.format}  {form.error or ', '.join(form.files)}", failed=not form.completed)


def _form_results(task: FormTask, future: Future[list[BriefingResult]]) -> list[BriefingResult]:
    try:
        return future.result()
    except Exception as error:  # its process died
        return [BriefingResult(name, (), 0.0, f"{type(error).__name__}: {error}") for name in task.formats]


def _keep(study: Study, options: ReportOptions, pool: Pool) -> Path | None:
    """The study, kept for the notebooks; ``None`` where there is no room for it: they read the data then."""
    path = pool.folder / "study"
    try:
        study.save(_data_name(options.data), path)
    except OSError:
        return None
    return path


def _open_study(options: ReportOptions) -> Study:
    """Everything that can be wrong with the options, the data and the fonts is found here."""
    from zerobay_analysis.charts.style import register_fonts
    from zerobay_analysis.study import Study

    study = Study.open(options.data, options.as_of, model=options.model, lang=options.lang)
    register_fonts()
    return study


def _finished(options: ReportOptions) -> tuple[Manifest, Path] | None:
    """The run to resume, if it was killed when all but ``latest`` and the journal was done; both are now."""
    if not options.resume:
        return None
    folder = find_run(options.out, options.resume)
    manifest = Manifest.read(folder)
    return (manifest, folder) if complete_end(options.out, folder, manifest) else None


def _resume(options: ReportOptions) -> tuple[ReportOptions, Path | None]:
    """Options of the interrupted run, and its folder; ``options`` and ``None`` for a new run.

    Raises
    ------
    ParameterError
        There is no such run, it still runs, or it is complete.
    """
    if not options.resume:
        return options, None
    folder = find_run(options.out, options.resume)
    manifest = Manifest.read(folder)
    if manifest.status == "COMPLETED":
        raise ParameterError(f"{folder.name} 已完成 / that run is complete")
    if manifest.status == "RUNNING" and still_runs(manifest.process):
        raise ParameterError(f"{folder.name} 还在运行 / that run is still going")
    data, as_of, lang, model = (str(manifest.parameters[n]) for n in ("data", "as_of", "lang", "model"))
    scenario = str(manifest.parameters.get("scenario", ""))
    formats = tuple(map(str, cast(list[object], manifest.parameters.get("formats", options.formats))))
    own = replace(options, data=data, as_of=as_of, lang=lang, model=model, scenario=scenario, formats=formats)
    return own, folder


def _data_name(data: str) -> str:
    """The ledger's name from any working directory."""
    return data if data in ("public", "demo") else absolute(data)


def _scenario_name(scenario: str) -> str:
    return str(Path(scenario).resolve()) if scenario else ""


def _new_folder(out: Path, data: str) -> Path:
    label = data if data in ("public", "demo") else "own"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{label}"
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        folder = out / f"{stem}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            message = (
                f"输出目录不可写：{out}（{error.strerror}）/ cannot write to the output folder; choose --out"
            )
            raise RunFailed(message) from error
        return folder
    raise RunFailed(f"{out / stem}: 同一秒内的运行太多 / too many runs in one second")


def _new_manifest(
    study: Study, options: ReportOptions, run_id: str, planned: list[Step], jobs: int
) -> Manifest:
    inputs = input_files(study.ledger, options.scenario)
    inputs += [InputFile(f"notebooks/{n}.ipynb", hash_file(notebooks_dir() / f"{n}.ipynb")) for n in TITLES]
    return Manifest(
        run_id=run_id,
        command=options.command,
        parameters={
            "data": options.data,
            "as_of": study.as_of.isoformat(),
            "lang": study.lang,
            "model": study.model,
            "seed": study.seed,
            "jobs": jobs,
            "executor": "dask" if options.scheduler else "local",
            "scheduler": options.scheduler,
            "formats": list(options.formats),
            "scenario": _scenario_name(options.scenario),
        },
        synthetic=study.synthetic,
        inputs=inputs,
        steps=[
            StepRecord(s.name, s.title, s.notebook.name, s.parameters, key=step_key(s, inputs))
            for s in planned
        ],
    )


def _record(record: StepRecord, result: StepResult, folder: Path) -> None:
    record.status = "COMPLETED" if result.completed else "FAILED"
    record.seconds = round(result.seconds, 2)
    record.error = result.error
    record.attempts = result.attempts
    record.place = result.place
    if result.output.is_file():
        record.output = result.output.relative_to(folder).as_posix()
        record.sha256 = hash_file(result.output)
    if result.html is not None:
        record.html = result.html.relative_to(folder).as_posix()


@contextmanager
def _timed_only(manifest: Manifest, name: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        manifest.timings.setdefault(name, round(time.perf_counter() - started, 2))


@contextmanager
def _timed(manifest: Manifest, name: str, progress: Progress, title: str) -> Iterator[None]:
    """Time a part of the run; name it in the record if it fails, and let the others go on."""
    message = title
    try:
        with _timed_only(manifest, name):
            yield
    except Exception as error:
        message = f"{title}  {type(error).__name__}: {error}"
        manifest.errors.append(message)
    progress.advance(message, failed=message != title)
