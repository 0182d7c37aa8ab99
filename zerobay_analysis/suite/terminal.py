"""What a run tells its user on a terminal, and runs as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.suite.manifest import Manifest, find_run, read_runs

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table


WORDS = {
    "COMPLETED": "✓ 完成 / completed",
    "FAILED": "✗ 失败 / failed",
    "INTERRUPTED": "◌ 已中断 / interrupted",
    "KILLED": "✗ 被强行结束 / killed",
    "PENDING": "· 未开始 / pending",
    "RUNNING": "… 运行中 / running",
}


class Progress:
    """Receives progress events; prints a line per finished step, above a bar where there is one.

    Parameters
    ----------
    console : Console, optional
        Nothing is printed without one.
    bar : rich.progress.Progress, optional
    """

    def __init__(self, console: Console | None = None, bar: Any = None) -> None:
        self._console, self._bar = console, bar
        self._total = self._done = 0

    def start(self, total: int) -> None:
        """``total`` steps lie ahead."""
        self._total = total
        if self._bar is not None:
            self._bar.add_task("生成报告 / making the report", total=total)

    def running(self, titles: Sequence[str]) -> None:
        """``titles`` of the steps that run now."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=" · ".join(titles))

    def advance(self, message: str, *, failed: bool = False) -> None:
        """One step is done."""
        self._done += 1
        if self._console is not None:
            line = f"[{self._done}/{self._total}] {'✗' if failed else '✓'} {message}"
            self._console.print(line, markup=False, highlight=False)
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])


@contextmanager
def console_progress(console: Console) -> Iterator[Progress]:
    """A bar where ``console`` is a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        yield Progress(console)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        yield Progress(console, bar)


def runs_table(out: Path) -> Table:
    """Every run of the output folder, the latest first."""
    headings = ("编号 run", "状态 status", "开始 started (UTC)", "秒 s", "步骤 steps", "错误 error")
    table = _table(f"运行记录 / runs: {out}", *headings)
    for run in read_runs(out):
        errors = [*run.errors, *(f"{step.name}: {step.error}" for step in run.failed_steps)]
        table.add_row(
            run.run_id,
            WORDS[run.status],
            run.started[:16].replace("T", " "),
            "" if run.seconds is None else f"{run.seconds:.0f}",
            f"{len(run.completed_steps)}/{len(run.steps)}" if run.steps else "",
            errors[0][:300] if errors else "",
        )
    return table


def run_tables(out: Path, number: str) -> tuple[RenderableType, ...]:
    """Everything about one run: summary, steps, inputs.

    Raises
    ------
    ParameterError
        There is no such run.
    """
    folder = find_run(out, number)
    manifest = Manifest.read(folder)
    summary = _table(f"{manifest.run_id}  {WORDS[manifest.status]}", "", "")
    facts = {"command": manifest.command, "started": manifest.started, "seconds": manifest.seconds}
    for name, value in {**facts, **manifest.parameters, "folder": folder}.items():
        summary.add_row(name, "" if value is None else str(value))
    for error in manifest.errors:
        summary.add_row("error", error)
    steps = _table(
        "步骤 / steps", "名称 name", "状态 status", "秒 s", "何处 where", "来源或错误 reused from / error"
    )
    for step in manifest.steps:
        seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
        steps.add_row(step.name, WORDS[step.status], seconds, step.place, step.error or step.reused_from)
    inputs = _table("输入 / inputs", "文件 file", "SHA-256")
    for entry in manifest.inputs:
        inputs.add_row(entry.name, entry.sha256[:16])
    return summary, steps, inputs


def _table(title: str, *headings: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=any(headings))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
