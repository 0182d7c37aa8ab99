"""The command ``zerobay``.

Exit status: 0 done; 1 a run or a check failed, what failed is named; 2 wrong usage.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer import Argument, Option

from zerobay_analysis.errors import DataError, ParameterError, ZerobayError, message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

    from zerobay_analysis.errors import Problem
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.manifest import Manifest


HELP: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""What each option and argument is, in both languages."""
LEDGER = "ledger"
"""Folder that imports go to by default."""

app = typer.Typer(
    name="zerobay",
    help="行动计划目标前景：能否完成、把握多大、需要多快。 / "
    "Will the targets of an action plan be met, how sure are we, what would it take?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _folder(path: Path) -> Path:
    """An option that names a folder, also a new one; a file, or anything below a file, is none."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise ParameterError(f"{path}：{there} 不是文件夹 / {there} is not a folder")
    return path


def _new_file(path: Path | None) -> Path | None:
    """An option that names a file to write, in a folder that is there or can be made here."""
    if path is None:
        return None
    if path.is_dir():
        raise ParameterError(f"{path} 是文件夹，须给出文件 / this is a folder: name a file")
    if path.is_absolute() and not path.parent.is_dir():
        raise ParameterError(f"没有文件夹 {path.parent}；先建好 / no folder {path.parent}: make it first")
    _folder(path.parent).mkdir(parents=True, exist_ok=True)
    return path


Data = Annotated[str, Option(help=HELP["data"])]
AsOf = Annotated[str, Option("--as-of", help=HELP["as_of"])]
Lang = Annotated[str, Option(help=HELP["lang"])]
PlanFolder = Annotated[str, Option("--plan", help=HELP["plan"], metavar="DIR")]
Model = Annotated[str, Option(help=HELP["model"])]
Number = Annotated[int | None, Option("--indicator", help=HELP["indicator"])]
Out = Annotated[Path, Option(help=HELP["out"], callback=_folder)]
Notify = Annotated[Path | None, Option(help=HELP["notify"])]


@app.command()
def report(
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    model: Model = "reference_class",
    out: Out = Path("outputs"),
    jobs: Annotated[int | None, Option(min=1, help=HELP["jobs"])] = None,
    timeout: Annotated[float, Option(min=1, help=HELP["timeout"])] = 600.0,
    fresh: Annotated[bool, Option("--fresh", help=HELP["fresh"])] = False,
    resume: Annotated[str, Option(help=HELP["resume"], metavar="RUN")] = "",
    notify: Notify = None,
    formats: Annotated[str, Option(help=HELP["formats"])] = "html,pdf,pptx,docx,xlsx",
    scenario: Annotated[Path | None, Option(help=HELP["scenario"])] = None,
    executor: Annotated[str, Option(help=HELP["executor"])] = "local",
    scheduler: Annotated[str, Option(help=HELP["scheduler"], metavar="ADDRESS")] = "",
    plan: PlanFolder = "",
    units: Annotated[list[str] | None, Option("--unit", "--units", help=HELP["units"])] = None,
) -> None:
    """运行全部笔记本并生成报告 / run all notebooks and write the report."""
    given = dict(locals())  # every option by its name
    from zerobay_analysis.briefing.writers import parse_formats
    from zerobay_analysis.suite.report import Progress, ReportOptions, run_report
    from zerobay_analysis.suite.unattended import notifier

    del given["notify"], given["executor"]
    given |= {"command": shlex.join(["zerobay", *sys.argv[1:]]), "formats": parse_formats(formats)}
    given |= {"scenario": str(scenario or ""), "scheduler": _cluster(executor, scheduler)}
    given["units"] = tuple(units or ())
    options = ReportOptions(**given)
    studies: list[Study] = []
    progress = Progress(_console())
    with notifier(notify) as tell, progress.bar:
        manifest, folder = run_report(options, progress, studies.append)
        tell(manifest, folder)
    for study in studies:
        _show_outlook(study)
    _print_result(manifest, folder)
    if manifest.status != "COMPLETED":
        raise typer.Exit(1)


@app.command()
def outlook(
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    model: Model = "reference_class",
    reference_class: Annotated[str, Option(help=HELP["reference_class"])] = "",
    csv: Annotated[Path | None, Option("--csv", help=HELP["csv"], callback=_new_file)] = None,
    plan: PlanFolder = "",
    supposed: Annotated[list[str] | None, Option("--if", help=HELP["supposed"])] = None,
) -> None:
    """在终端显示全部目标的前景 / show the outlook of every target in the terminal."""
    from zerobay_analysis.files.csv import csv_bytes
    from zerobay_analysis.study import Study

    study = Study.open(data, as_of, model=model, lang=lang, plan=plan, reference_class=reference_class)
    if supposed:
        study = study.supposing(_figures(supposed))
    _show_outlook(study)
    if csv is not None:
        csv.write_bytes(csv_bytes(study.table))


@app.command()
def classes(data: Data = "", as_of: AsOf = "today", lang: Lang = "zh", plan: PlanFolder = "") -> None:
    """列出参照类及其表现；给出 --data 则看台账像哪一类 / list the classes, and which a ledger is like."""
    from zerobay_analysis.briefing.writers.terminal import class_listing
    from zerobay_analysis.study import Study

    _show(class_listing(lang, Study.open(data, as_of, lang=lang, plan=plan) if data else None))


@app.command()
def methods(
    indicator: Number = None,
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    plan: PlanFolder = "",
) -> None:
    """列出官方进度方法，或看它们怎么说一项指标 / list the official progress methods."""
    from zerobay_analysis.briefing.writers.terminal import methods_parts
    from zerobay_analysis.study import Study

    study = None if indicator is None else Study.open(data, as_of, lang=lang, plan=plan)
    _show(methods_parts(lang, study, indicator))


@app.command()
def run(
    notebook: Annotated[Path, Argument(help=HELP["notebook"])],
    parameter: Annotated[list[str] | None, Option("-p", "--parameter", help=HELP["parameter"])] = None,
    out: Out = Path("outputs"),
    plan: PlanFolder = "",
) -> None:
    """运行一个笔记本 / run one notebook with checked parameters."""
    from zerobay_analysis.suite.notebook import run_single

    result = run_single(notebook, _pairs(parameter or []) | ({"plan": plan} if plan else {}), out)
    made = [out / name for name in result.files]
    if not result.completed:
        _fail("\n".join([f"{notebook.name} 失败 / failed: {result.error}", *map(str, made)]), status=1)
    _say("\n".join(f"✓ {path}" for path in made))


runs = typer.Typer(help="运行记录 / the record of runs", invoke_without_command=True)
app.add_typer(runs, name="runs")


@runs.callback()
def list_runs(context: typer.Context, out: Out = Path("outputs")) -> None:
    """列出全部运行，最近的在前 / list every run, the latest first."""
    from zerobay_analysis.suite.manifest import runs_table

    if context.invoked_subcommand is None:
        _show([runs_table(out)])


@runs.command("show")
def show_run(
    number: Annotated[str, Argument(metavar="ID", help=HELP["run"])],
    out: Out = Path("outputs"),
) -> None:
    """显示一次运行的步骤、输入与错误 / show the steps, inputs and errors of a run."""
    from zerobay_analysis.suite.manifest import run_tables

    _show(run_tables(out, number))


@app.command()
def template(
    out: Annotated[Path | None, Option(help=HELP["template"], callback=_new_file)] = None,
    unit: Annotated[list[str] | None, Option(help=HELP["only_units"])] = None,
    year: Annotated[int | None, Option(help=HELP["year"])] = None,
    letters: Annotated[Path | None, Option(help=HELP["letters"])] = None,
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    plan: PlanFolder = "",
) -> None:
    """生成各责任单位的填报模板（.xlsx）或报数函 / write the workbook that responsible units fill in."""
    from zerobay_analysis.briefing.writers.docx import write_letters
    from zerobay_analysis.ledger.template import write_template
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.study import Study

    if letters is not None:
        if _folder(letters).exists():
            raise ParameterError(message("file_exists", path=letters))
        study = Study.open(data, as_of, lang=lang, plan=plan)
        for path in write_letters(study, letters, units=unit or ()):
            _say(f"✓ {path}")
        return
    year = year or date.today().year
    path = write_template(out or Path(f"template-{year}.xlsx"), load_plan(plan), year, unit or ())
    _say(f"✓ {path}")


@app.command()
def schedule(
    cadence: Annotated[str, Argument(help=HELP["cadence"])],
    data: Data = "public",
    lang: Lang = "zh",
    model: Model = "reference_class",
    out: Out = Path("outputs"),
    notify: Notify = None,
    plan: PlanFolder = "",
) -> None:
    """给出 cron、systemd、Windows 的定时任务，不安装 / print ready schedules, installing nothing."""
    from zerobay_analysis.suite.unattended import make_schedule, schedule_text

    typer.echo(schedule_text(make_schedule(cadence, data, lang, model, out, notify, plan)))


@app.command()
def check(
    path: Annotated[str, Argument(help=HELP["checked"])],
    mark: Annotated[bool, Option(help=HELP["mark"])] = True,
    plan: PlanFolder = "",
) -> None:
    """检查数据文件，一次列出全部问题 / check data files and list every problem at once."""
    from zerobay_analysis.assessment.outliers import ledger_questions
    from zerobay_analysis.ledger.inspection import inspect
    from zerobay_analysis.ledger.terminal import print_reports
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.scenarios.form import SCENARIO_SUFFIXES, check_scenarios

    promised = load_plan(plan)
    scenarios = dict.fromkeys(SCENARIO_SUFFIXES, partial(check_scenarios, plan=promised))
    reports = inspect(path, date.today(), plan=promised, mark=mark, ask=ledger_questions, other=scenarios)
    print_reports(_console(), reports, promised)
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@app.command("import")
def import_(
    file: Annotated[Path, Argument(help=HELP["sent"])],
    data: Annotated[str, Option(help=HELP["target"])] = LEDGER,
    reporter: Annotated[str, Option(help=HELP["reporter"])] = "",
    operator: Annotated[str, Option(help=HELP["operator"])] = "",
    dry_run: Annotated[bool, Option("--dry-run", help=HELP["dry_run"])] = False,
    history: Annotated[bool, Option("--history", help=HELP["history"])] = False,
    confirm: Annotated[str, Option(help=HELP["confirm"])] = "",
    yes: Annotated[bool, Option("--yes", help=HELP["yes"])] = False,
    file_format: Annotated[str, Option("--format", help=HELP["file_format"])] = "",
    plan: PlanFolder = "",
) -> None:
    """把一个单位的文件导入账本，全部写入或什么都不写 / add a unit's file to the ledger."""
    from zerobay_analysis.assessment.outliers import import_questions
    from zerobay_analysis.ledger.imports import apply_import, open_target, plan_import, unconfirmed
    from zerobay_analysis.ledger.terminal import print_import_plan
    from zerobay_analysis.plan import load_plan

    promised = load_plan(plan)
    open_target(data, file_format)  # a wrong one is said before the file is read
    asked: dict[str, Any] = {"reporter": reporter, "operator": operator, "history": history}
    found = plan_import(file, data, **asked, check=import_questions, plan=promised)
    print_import_plan(_console(), found, promised, str(file))
    if dry_run or not found.added:
        _say("未写入任何内容 / nothing was written")
        return
    left = [w for w in unconfirmed(found.warnings, confirm) if not yes and not _confirmed(w)]
    if left:
        known = ",".join(dict.fromkeys(w.place for w in left))
        _fail(message("unconfirmed", count=len(left), known=known), status=1)
    batch = apply_import(found, data, file_format=file_format)
    if batch is not None:
        _say(f"✓ 第 {batch.import_id} 批，写入 {len(batch.rows)} 行 / rows → {data}")


@app.command()
def backtest(
    data: Data = "public",
    indicator: Number = None,
    as_of: AsOf = "today",
    lang: Lang = "zh",
    model: Model = "reference_class",
    publication_lag: Annotated[int | None, Option(min=0, help=HELP["publication_lag"])] = None,
    plan: PlanFolder = "",
) -> None:
    """用自己的历史数字检验模型 / how the models would have done on one's own figures."""
    from zerobay_analysis.evaluation.backtest import backtest_parts, backtest_tables
    from zerobay_analysis.study import Study

    study = Study.open(data, as_of, model=model, lang=lang, plan=plan)
    numbers = None if indicator is None else [indicator]
    tables = backtest_tables(study, numbers, publication_lag=publication_lag)
    _show(backtest_parts(study, tables))


@app.command()
def lab() -> NoReturn:
    """在 JupyterLab 中打开笔记本 / open the notebooks in JupyterLab."""
    from zerobay_analysis.files.disk import notebooks_dir

    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(notebooks_dir())]
    raise typer.Exit(subprocess.call(command))


@app.command()
def dashboard(
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    plan: PlanFolder = "",
    port: Annotated[int, Option(min=1, max=65535, help=HELP["port"])] = 8866,
    browser: Annotated[bool, Option(help=HELP["browser"])] = True,
) -> None:
    """用 Voilà 打开探索页，只在本机 / serve the explorer with Voilà, on this machine only."""
    import nbformat
    from voila.app import Voila

    from zerobay_analysis.files.disk import ScratchFolder, notebooks_dir
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.notebook import check_parameters, with_parameters
    from zerobay_analysis.suite.report import ReportOptions

    Study.open(data, as_of, lang=lang, plan=plan)  # refused here, not inside the page
    asked = ReportOptions(data=data, plan=plan)
    given = {"data": asked.data_name, "plan": asked.plan, "as_of": as_of, "lang": lang}
    options = [
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
        # It needs JupyterLab's file browser and fails with an error in a page without one.
        "--VoilaConfiguration.extension_denylist=@jupyterlab/scheduler",
    ]
    with ScratchFolder() as scratch:
        source, explorer = notebooks_dir() / "explore.ipynb", scratch / "explore.ipynb"
        nbformat.write(with_parameters(source, check_parameters(source, given)), explorer)
        # In this process, so that who ends the command ends the server.
        Voila.launch_instance([str(explorer), *options, *([] if browser else ["--no-browser"])])


def main() -> None:
    """Entry point of the command; turns errors into a message and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be UTF-8
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except DataError as error:
        from zerobay_analysis.ledger.terminal import print_problems

        print_problems(_console(stderr=True), error.problems)
        _fail(f"{len(error.problems)} 处问题 / problems", status=1)
    except ZerobayError as error:
        _fail(str(error), status=2 if isinstance(error, ParameterError) else 1)
    except OSError as error:
        if error.filename is None:
            raise
        place, reason = str(error.filename), error.strerror
        named = any(argument in place for argument in sys.argv[1:] if argument)
        _fail(f"{place}：{reason}；核对路径、权限和空间 / check the path", status=2 if named else 1)
    except KeyboardInterrupt:
        _fail("已中断 / interrupted", status=1)


def _cluster(executor: str, scheduler: str) -> str:
    """Address of the scheduler; empty for this machine."""
    if executor not in ("local", "dask"):
        raise ParameterError(f"--executor 可选 local、dask，得到“{executor}” / choose local or dask")
    if (executor == "dask") != bool(scheduler):
        raise ParameterError(message("executor_alone"))
    return scheduler


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(stderr=stderr, width=width, soft_wrap=False)


def _confirmed(warning: Problem) -> bool:
    """Ask a person about one figure, where there is one."""
    place = f"{warning.place} {warning.heading or warning.column} {warning.value}"
    return sys.stdin.isatty() and typer.confirm(f"{place}：{warning.message}\n  确认？/ confirm?")


def _say(text: str, *, stderr: bool = False) -> None:
    style = "red" if text.startswith("✗") else None
    _console(stderr=stderr).print(text, style=style, highlight=False, markup=False)


def _fail(message: str, *, status: int) -> NoReturn:
    _say(f"✗ {message}", stderr=True)
    raise SystemExit(status)


def _pairs(texts: list[str]) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"参数应写成 name=value，得到“{text}” / write name=value, got '{text}'")
        pairs[name.strip()] = value
    return pairs


def _show(parts: Iterable[RenderableType]) -> None:
    console = _console()
    for part in parts:
        console.print(part)


def _figures(texts: list[str]) -> dict[int, float]:
    """``6=295`` as a number of an indicator and a figure."""
    try:
        return {int(name): float(str(figure)) for name, figure in _pairs(texts).items()}
    except (ValueError, ParameterError):
        raise ParameterError(message("supposed_how", given="、".join(texts))) from None


def _show_outlook(study: Study) -> None:
    from zerobay_analysis.briefing.writers.terminal import outlook_tables

    _show(outlook_tables(study))


def _print_result(manifest: Manifest, folder: Path) -> None:
    for step in manifest.failed_steps:
        _say(f"✗ {step.title}: {step.error}  ({folder / next(iter(step.files), '')})")
    for error in manifest.errors:
        _say(f"✗ {error}")
    if manifest.status == "COMPLETED":
        _say(f"✓ 完成，用时 {manifest.seconds:.0f} 秒 / done. 打开 / open: {folder / 'index.html'}")
    else:
        _say(f"✗ 未全部完成，latest 未改动 / not all done, latest untouched: {folder}")
