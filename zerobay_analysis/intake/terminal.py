"""What the intake says in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zerobay_analysis.intake.comparison import Change, ChangeKind
from zerobay_analysis.intake.delivery import Delivery
from zerobay_analysis.intake.inspection import Inspection
from zerobay_analysis.plan import Plan
from zerobay_analysis.tables import plain_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from zerobay_analysis.errors import Problem

__all__ = ["print_delivery", "print_inspections", "problem_table"]

KIND_WORDS = {
    ChangeKind.NEW: "＋ 新增 new",
    ChangeKind.REVISED: "△ 修订 revised",
    ChangeKind.WITHDRAWN: "－ 撤回 withdrawn",
    ChangeKind.EARLIER: "◁ 补录旧版 earlier vintage",
    ChangeKind.UNCHANGED: "＝ 不变 unchanged",
}


def problem_table(problems: Sequence[Problem], title: str = "问题清单 / problems") -> Table:
    """One row a problem: file, place in it, column, value, what is wrong, what to do."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, show_lines=False)
    for heading in ("文件 file", "位置 place", "列 column", "值 value", "问题 problem", "办法 cure"):
        table.add_column(heading, overflow="fold")
    for p in problems:
        table.add_row(*(escape(t) for t in (p.file, p.place, p.column or "", p.value, p.message, p.cure)))
    return table


def print_inspections(console: Console, inspections: Sequence[Inspection], plan: Plan) -> None:
    """Problems of every file, or what is in it; then the notes."""
    for inspection in inspections:
        report = inspection.report
        if report.problems:
            console.print(problem_table(report.problems))
            console.print(
                f"✗ {report.path}: {len(report.problems)} 处问题 / problems", style="red", highlight=False
            )
        else:
            console.print(
                f"✓ {report.path}: {report.rows} 行，无问题 / {report.rows} rows, no problem", highlight=False
            )
            for number, count in report.counts:
                name = plan.indicator(number).name_zh
                console.print(f"    {number:>2} {name}: {count} 行 / rows", highlight=False, markup=False)
        for note in report.notes:
            console.print(f"  · {note}", highlight=False, markup=False)
        if inspection.marked is not None:
            console.print(f"  → 标注副本 / marked copy: {inspection.marked}", highlight=False, markup=False)
        if inspection.unmarked:
            console.print(
                f"  ✗ 没能写标注副本 / no marked copy: {inspection.unmarked}", style="red", markup=False
            )


def print_delivery(console: Console, delivery: Delivery, plan: Plan) -> None:
    """What an import would change, what has to be confirmed, and what else to know."""
    if delivery.repeats is not None:
        batch = delivery.repeats
        console.print(
            f"＝ 这个文件已在第 {batch.import_id} 批导入"
            f"（{batch.imported_at}，{batch.operator}），没有变化 / "
            f"this file was imported before as {batch.import_id}; nothing changes",
            highlight=False,
            markup=False,
        )
        return
    if delivery.added:
        console.print(_change_table(delivery.added, plan))
    counts = "，".join(f"{KIND_WORDS[kind]} {count}" for kind, count in delivery.counts.items())
    console.print(counts, highlight=False, markup=False)
    if delivery.warnings:
        console.print(problem_table(delivery.warnings, "需要确认 / to be confirmed"))
    for note in delivery.notes:
        console.print(f"  · {note}", highlight=False, markup=False)


def _change_table(changes: Sequence[Change], plan: Plan) -> Table:
    from rich.table import Table

    table = Table(title="将写入账本 / to be added to the ledger")
    for heading in ("", "指标 indicator", "期间 period", "报送单位 reporter", "位置 place"):
        table.add_column(heading, overflow="fold")
    for heading in ("原值 before", "新值 after", "变化 change"):
        table.add_column(heading, justify="right")
    for change in changes:
        row = change.row
        number = row["indicator"]
        name = row["measure"] if number is None else f"{number} {plan.indicator(number).short_zh}"
        before = "" if change.before is None else _figure(change.before["value"])
        difference = change.difference
        table.add_row(
            KIND_WORDS[change.kind],
            name,
            row["period"],
            row["reporter"],
            row["place"],
            before,
            "—" if change.kind is ChangeKind.WITHDRAWN else f"{_figure(row['value'])} {row['unit']}",
            "" if difference is None else f"{'+' if difference > 0 else ''}{_figure(difference)}",
        )
    return table


def _figure(value: float | None) -> str:
    return "—" if value is None else plain_text(float(value))
