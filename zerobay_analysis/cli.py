"""The command ``zerobay``.

Exit status: 0 done; 1 a run or a check failed, what failed is named; 2 wrong usage.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from zerobay_analysis.errors import Problem
    from zerobay_analysis.suite.manifest import Manifest

__all__ = ["app", "main"]

PROCESSORS = os.cpu_count() or 1

app = typer.Typer(
    name="zerobay",
    help="大零号湾行动计划目标前景：能否完成、把握多大、需要多快。 / "
    "Will the targets of the Grand neoBay action plan be met, how sure are we, what would it take?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    str, typer.Option(help="public（公开记录）、demo（演示）或文件夹/CSV 路径 / public, demo or a path")
]
AsOf = Annotated[str, typer.Option("--as-of", help="只用当日及以前发布的数字 / known by YYYY-MM-DD")]
Lang = Annotated[str, typer.Option(help="zh 或 en / zh or en")]
Model = Annotated[str, typer.Option(help="预测模型名称 / name of the forecaster")]
Jobs = Annotated[int, typer.Option(min=1, help="同时运行的笔记本数 / notebooks at a time")]
Out = Annotated[Path, typer.Option(help="输出目录 / output folder")]


@app.command()
def report(
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    model: Model = "reference_class",
    out: Out = Path("outputs"),
    jobs: Jobs = PROCESSORS,
) -> None:
    """运行全部笔记本并生成报告 / run all notebooks and write the report."""
    from zerobay_analysis.suite.progress import console_progress
    from zerobay_analysis.suite.report import ReportOptions, run_report

    command = shlex.join(["zerobay", *sys.argv[1:]])
    options = ReportOptions(data, as_of, lang, model, out, jobs, command)
    console = _console()
    with console_progress(console) as progress:
        manifest, folder = run_report(options, progress)
    _print_outlook(console, data, as_of, lang, model)
    _print_result(console, manifest, folder)
    if manifest.status != "COMPLETED":
        raise typer.Exit(1)


@app.command()
def outlook(
    data: Data = "public",
    as_of: AsOf = "today",
    lang: Lang = "zh",
    model: Model = "reference_class",
    csv: Annotated[Path | None, typer.Option(help="另存为 CSV / also write this CSV file")] = None,
) -> None:
    """在终端显示全部目标的前景 / show the outlook of every target in the terminal."""
    _print_outlook(_console(), data, as_of, lang, model, csv)


@app.command()
def run(
    notebook: Annotated[Path, typer.Argument(help="笔记本路径或名称，如 02_trajectory / path or name")],
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", help="name=value，可重复 / repeatable")
    ] = None,
    out: Out = Path("outputs"),
) -> None:
    """运行一个笔记本 / run one notebook with checked parameters."""
    from zerobay_analysis.suite.single import run_notebook

    result = run_notebook(notebook, _pairs(parameter or []), out)
    if not result.completed:
        _fail(f"{notebook.name} 失败 / failed: {result.error}\n{result.output}", status=1)
    _console().print(f"✓ {result.output}\n✓ {result.html}", highlight=False)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="CSV 文件或文件夹 / a CSV file or a folder")],
) -> None:
    """检查数据文件，一次列出全部问题 / check data files and list every problem at once."""
    from zerobay_analysis.ledger import check_path

    checked = check_path(path, date.today())
    console = _console()
    if checked.problems:
        console.print(_problem_table(checked.problems))
        _fail(f"{len(checked.problems)} 处问题 / problems", status=1)
    console.print(f"✓ {path}: {checked.rows} 行，无问题 / {checked.rows} rows, no problem", highlight=False)


@app.command()
def lab() -> NoReturn:
    """在 JupyterLab 中打开笔记本 / open the notebooks in JupyterLab."""
    from zerobay_analysis.paths import notebooks_dir

    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(notebooks_dir())]
    raise typer.Exit(subprocess.call(command))


def main() -> None:
    """Entry point of the command; turns errors into a message and an exit status."""
    from zerobay_analysis.errors import DataError, ParameterError, ZerobayError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be UTF-8
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except ParameterError as error:
        _fail(str(error), status=2)
    except DataError as error:
        _console(stderr=True).print(_problem_table(error.problems))
        _fail(f"{len(error.problems)} 处问题 / problems", status=1)
    except ZerobayError as error:
        _fail(str(error), status=1)
    except KeyboardInterrupt:
        _fail("已中断 / interrupted", status=1)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(stderr=stderr, width=width, soft_wrap=False)


def _fail(message: str, *, status: int) -> NoReturn:
    _console(stderr=True).print(f"✗ {message}", style="red", highlight=False, markup=False)
    raise SystemExit(status)


def _pairs(texts: list[str]) -> dict[str, object]:
    from zerobay_analysis.errors import ParameterError

    pairs: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"参数应写成 name=value，得到“{text}” / write name=value, got '{text}'")
        pairs[name.strip()] = value
    return pairs


def _print_outlook(
    console: Console, data: str, as_of: str, lang: str, model: str, csv: Path | None = None
) -> None:
    from zerobay_analysis.briefing.terminal import outlook_tables
    from zerobay_analysis.study import Study

    study = Study.open(data, as_of, model=model, lang=lang)
    for part in outlook_tables(study):
        console.print(part)
    if csv is not None:
        study.table.to_csv(csv, index=False, encoding="utf-8-sig")


def _print_result(console: Console, manifest: Manifest, folder: Path) -> None:
    for step in manifest.failed_steps:
        console.print(f"✗ {step.title}: {step.error}  ({folder / step.output})", style="red", markup=False)
    for error in manifest.errors:
        console.print(f"✗ {error}", style="red", markup=False)
    if manifest.status == "COMPLETED":
        console.print(
            f"✓ 完成，用时 {manifest.seconds:.0f} 秒 / done. 打开 / open: {folder / 'index.html'}",
            highlight=False,
        )
    else:
        console.print(
            f"✗ 未全部完成，latest 未改动 / not all done, latest untouched: {folder}",
            style="red",
            highlight=False,
        )


def _problem_table(problems: Sequence[Problem]) -> Table:
    from rich.table import Table

    table = Table(title="问题清单 / problems", show_lines=False)
    for heading in ("文件 file", "行 row", "列 column", "值 value", "问题 problem", "办法 cure"):
        table.add_column(heading, overflow="fold")
    for p in problems:
        row = "" if p.row is None else str(p.row)
        table.add_row(p.file, row, p.column or "", p.value, p.message, p.cure)
    return table
