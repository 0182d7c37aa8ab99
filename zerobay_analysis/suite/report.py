"""The main job: from a ledger to a folder that leadership can open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.paths import data_dir, notebooks_dir
from zerobay_analysis.suite.manifest import InputFile, Manifest, StepRecord, hash_file, now
from zerobay_analysis.suite.parameters import check_parameters
from zerobay_analysis.suite.progress import Progress
from zerobay_analysis.suite.runner import Step, StepResult, default_jobs, run_steps

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

__all__ = ["ReportOptions", "report_steps", "run_report"]

TITLES = {
    "01_data_status": ("数据状况", "Data status"),
    "02_trajectory": ("指标走势", "Trajectory"),
    "03_outlook": ("目标前景", "Target outlook"),
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
    jobs: int = field(default_factory=default_jobs)
    command: str = "zerobay report"


def run_report(options: ReportOptions, progress: Progress | None = None) -> tuple[Manifest, Path]:
    """Make a report.

    Parameters
    ----------
    options : ReportOptions
    progress : Progress, optional
        Told about every step.

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
    """
    from zerobay_analysis.charts.style import register_fonts
    from zerobay_analysis.study import Study

    progress = progress or Progress()
    study = Study.open(options.data, options.as_of, model=options.model, lang=options.lang)
    planned = report_steps(study, options, Path())
    register_fonts()
    folder = _new_folder(options.out, options.data)
    manifest = _new_manifest(study, options, folder.name, planned)
    manifest.write(folder)
    started = time.perf_counter()
    progress.start(len(planned) + 3)
    try:
        with _timed(manifest, "outlook", progress, "outlook.csv"):
            write_outlook(study, folder)
        with _timed(manifest, "charts", progress, "charts/"):
            write_charts(study, folder)
        with _timed_only(manifest, "notebooks"):
            run_notebooks(study, options, manifest, folder, progress)
        with _timed(manifest, "html", progress, "index.html"):
            write_index(study, manifest, folder)
    except BaseException as error:  # also Ctrl-C: the record must say that the run did not end well
        manifest.errors.append(f"{type(error).__name__}: {error}")
        raise
    finally:
        manifest.seconds = round(time.perf_counter() - started, 2)
        manifest.finished = now()
        manifest.status = "FAILED" if manifest.failed_steps or manifest.errors else "COMPLETED"
        manifest.outputs = sorted(
            p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != "."
        )
        manifest.write(folder)
    if manifest.status == "COMPLETED":
        point_latest(options.out, folder)
    return manifest, folder


def report_steps(study: Study, options: ReportOptions, folder: Path) -> list[Step]:
    """Every notebook of the report with its parameters, checked; the trajectory once per indicator.

    Raises
    ------
    ParameterError
        A parameter is not one of the notebook's, not of its type, or out of range.
    """
    common = {
        "data": options.data if options.data in ("public", "demo") else str(Path(options.data).resolve()),
        "as_of": study.as_of.isoformat(),
        "lang": study.lang,
        "model": study.model,
    }
    steps = []
    for name, titles in TITLES.items():
        notebook = notebooks_dir() / f"{name}.ipynb"
        title = titles[0] if study.lang == "zh" else titles[1]
        if name == "02_trajectory":
            for indicator in study.plan.indicators:
                parameters = check_parameters(notebook, {**common, "indicator": indicator.id})
                step_name = f"{name}_{indicator.id:02d}_{indicator.key}"
                full = f"{title} {indicator.id} {indicator.short(study.lang)}"
                steps.append(Step(step_name, full, notebook, parameters, folder))
        else:
            steps.append(Step(name, title, notebook, check_parameters(notebook, common), folder))
    return steps


def write_outlook(study: Study, folder: Path) -> Path:
    """Write ``outlook.csv`` (UTF-8 with BOM, so that a spreadsheet shows Chinese)."""
    path = folder / "outlook.csv"
    study.table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
    return path


def write_charts(study: Study, folder: Path) -> None:
    """Draw the heat table, the small multiples and one fan per indicator into ``charts/``."""
    from zerobay_analysis.briefing.figures import save_all

    save_all(study, folder / "charts")


def run_notebooks(
    study: Study, options: ReportOptions, manifest: Manifest, folder: Path, progress: Progress
) -> None:
    """Run every notebook of the report; record each as it ends."""
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    records = {record.name: record for record in manifest.steps}
    for record in records.values():
        record.status = "RUNNING"
    for result in run_steps(report_steps(study, options, notebooks), options.jobs):
        _record(records[result.name], result, folder)
        manifest.write(folder)
        progress.advance(
            f"{records[result.name].title}  {result.seconds:.1f} s"
            + (f"  {result.error}" * bool(result.error)),
            failed=not result.completed,
        )


def write_index(study: Study, manifest: Manifest, folder: Path) -> Path:
    """Write ``index.html``, the page a reader opens first, and the font of the other pages."""
    from zerobay_analysis.briefing.html import render_index
    from zerobay_analysis.briefing.webfont import write_beside

    write_beside(folder / "notebooks")
    path = folder / "index.html"
    path.write_text(render_index(study, manifest), encoding="utf-8")
    return path


def point_latest(out: Path, folder: Path) -> None:
    """Make ``<out>/latest`` point to ``folder`` in one step.

    A symbolic link; where the system does not allow one (Windows without the right), a text
    file ``latest.txt`` that holds the folder's name.
    """
    beside = out / f".latest.{folder.name}"
    try:
        beside.symlink_to(folder.name, target_is_directory=True)
        beside.replace(out / "latest")
    except OSError:
        beside.unlink(missing_ok=True)
        beside.write_text(folder.name + "\n", encoding="utf-8")
        beside.replace(out / "latest.txt")


def _new_folder(out: Path, data: str) -> Path:
    label = data if data in ("public", "demo") else "own"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{label}"
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        folder = out / f"{stem}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(stem)


def _new_manifest(study: Study, options: ReportOptions, run_id: str, planned: list[Step]) -> Manifest:
    plan_files = sorted((data_dir() / "plan").glob("*.csv"))
    inputs = [InputFile(f"plan/{path.name}", hash_file(path)) for path in plan_files]
    inputs += [InputFile(name, digest) for name, digest in study.ledger.files]
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
            "jobs": options.jobs,
        },
        synthetic=study.synthetic,
        inputs=inputs,
        steps=[StepRecord(s.name, s.title, s.notebook.name, s.parameters) for s in planned],
    )


def _record(record: StepRecord, result: StepResult, folder: Path) -> None:
    record.status = "COMPLETED" if result.completed else "FAILED"
    record.seconds = round(result.seconds, 2)
    record.error = result.error
    if result.output.is_file():
        record.output = result.output.relative_to(folder).as_posix()
    if result.html is not None:
        record.html = result.html.relative_to(folder).as_posix()


@contextmanager
def _timed_only(manifest: Manifest, name: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        manifest.timings[name] = round(time.perf_counter() - started, 2)


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
