"""Runs as tables for the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.suite.journal import find_run, read_runs
from zerobay_analysis.suite.manifest import Manifest, still_runs

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["run_tables", "runs_table"]

WORDS = {
    "COMPLETED": "✓ 完成 / completed",
    "FAILED": "✗ 失败 / failed",
    "INTERRUPTED": "◌ 已中断 / interrupted",
    "KILLED": "✗ 被强行结束 / killed",
    "PENDING": "· 未开始 / pending",
    "RUNNING": "… 运行中 / running",
}


def runs_table(out: Path) -> Table:
    """Every run of the output folder, the latest first."""
    table = _table(
        f"运行记录 / runs: {out}",
        "编号 run",
        "状态 status",
        "开始 started (UTC)",
        "秒 s",
        "步骤 steps",
        "错误 error",
    )
    for run in read_runs(out):
        seconds = "" if run.seconds is None else f"{run.seconds:.0f}"
        steps = f"{run.completed}/{run.steps}" if run.steps else ""
        error = run.errors[0] if run.errors else ""
        started = run.started[:16].replace("T", " ")
        table.add_row(run.run_id, WORDS[run.status], started, seconds, steps, error)
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
    killed = manifest.status == "RUNNING" and not still_runs(manifest.process)
    summary = _table(f"{manifest.run_id}  {WORDS['KILLED' if killed else manifest.status]}", "", "")
    facts = {"command": manifest.command, "started": manifest.started, "seconds": manifest.seconds}
    timings = "  ".join(f"{name} {seconds:g}" for name, seconds in manifest.timings.items())
    for name, value in {**facts, **manifest.parameters, "timings": timings, "folder": folder}.items():
        summary.add_row(name, "" if value is None else str(value))
    for error in manifest.errors:
        summary.add_row("error", error)
    steps = _table(
        "步骤 / steps", "名称 name", "状态 status", "秒 s", "何处 where", "来源或错误 reused from / error"
    )
    for step in manifest.steps:
        status = WORDS["KILLED" if killed and step.status == "RUNNING" else step.status]
        seconds = "" if step.seconds is None else f"{step.seconds:.1f}"
        steps.add_row(step.name, status, seconds, step.place, step.error or step.reused_from)
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
