"""What the intake says in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import message
from zerobay_analysis.files.tables import plain_text
from zerobay_analysis.ledger.imports import Change, ChangeKind, ImportPlan
from zerobay_analysis.ledger.notation import STAGE_UNIT, STAGES
from zerobay_analysis.ledger.reading import CheckReport
from zerobay_analysis.ledger.store import is_url
from zerobay_analysis.plan import Plan

if TYPE_CHECKING:
    from rich.console import Console

    from zerobay_analysis.errors import Problem


MAX_ROWS = 40
"""Rows of a table that is printed whole; of a longer one, so many at its beginning and its end:"""
FIRST_ROWS = 10
LAST_ROWS = 5

PROBLEM_HEADINGS = ("文件 file", "位置 place", "列 column", "值 value", "问题 problem", "办法 cure")
FIGURES = ("原值 before", "新值 after", "变化 change")
CHANGE_HEADINGS = ("", "指标 indicator", "期间 period", "报送单位 reporter", "位置 place", *FIGURES)

Row = tuple[str, ...]


def print_problems(
    console: Console, problems: Sequence[Problem], title: str = "问题清单 / problems", near: str = ""
) -> None:
    """One row a problem: file, place in it, column, value, what is wrong, what to do.

    Parameters
    ----------
    near : str
        The file that a list too long for a terminal is written beside; by default that of the problems.
    """
    rows = [(p.file, p.place, p.heading or p.column or "", p.value, p.message, p.cure) for p in problems]
    near = near or (problems[0].file if problems else "")
    _print_table(console, title, PROBLEM_HEADINGS, rows, near, "problems")


def print_reports(console: Console, reports: Sequence[CheckReport], plan: Plan) -> None:
    """Problems of every file, or what is in it; then the notes."""
    for report in reports:
        if report.problems:
            print_problems(console, report.problems, near=report.path)
            _say(console, f"✗ {report.path}: {len(report.problems)} 处问题 / problems", style="red")
        else:
            _say(console, f"✓ {report.path}: {report.rows} 行，无问题 / {report.rows} rows, no problem")
            for number, count in report.counts:
                _say(console, f"    {number:>2} {plan.indicator(number).name_zh}: {count} 行 / rows")
        if report.questions:
            print_problems(console, report.questions, "需要核对 / to be confirmed", report.path)
        for note in report.notes:
            _say(console, f"  · {note}")
        if report.marked is not None:
            _say(console, f"  → 标注副本 / marked copy: {report.marked}")
        if report.unmarked:
            _say(console, f"  ✗ 没能写标注副本 / no marked copy: {report.unmarked}", style="red")


def _say(console: Console, text: str, style: str = "") -> None:
    """Print a line as it is."""
    console.print(text, style=style, highlight=False, markup=False)


def print_import_plan(console: Console, planned: ImportPlan, plan: Plan, near: str) -> None:
    """What an import would change, what has to be confirmed, and what else to know.

    Lists too long for a terminal are written beside the file ``near``.
    """
    if planned.repeats is not None:
        batch = planned.repeats
        facts = {"number": batch.import_id, "time": batch.imported_at, "operator": batch.operator}
        _say(console, message("imported_before", **facts))
        return
    if planned.added:
        rows = [_change_row(change, plan) for change in planned.added]
        _print_table(
            console, "将写入账本 / to be added to the ledger", CHANGE_HEADINGS, rows, near, "changes"
        )
    _say(console, "，".join(f"{' '.join(kind.text)} {count}" for kind, count in planned.counts.items()))
    if planned.warnings:
        print_problems(console, planned.warnings, "需要确认 / to be confirmed", near)
    for note in planned.notes:
        _say(console, f"  · {note}")


def _change_row(change: Change, plan: Plan) -> Row:
    row, number, difference = change.row, change.row["indicator"], change.difference
    name = row["measure"] if number is None else f"{number} {plan.indicator(number).short_zh}"
    before = "" if change.before is None else _said(change.before)
    after = "—" if change.kind is ChangeKind.WITHDRAWN else f"{_said(row)} {row['unit']}"
    moved = "" if difference is None else f"{'+' if difference > 0 else ''}{_figure(difference)}"
    kind = " ".join(change.kind.text)
    return kind, name, row["period"], row["reporter"], row["place"], before, after, moved


def _print_table(
    console: Console, title: str, headings: Row, rows: Sequence[Row], near: str, name: str
) -> None:
    """Print the rows; of many the first and last, the whole list going into a file."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold", justify="right" if heading in FIGURES else "left")
    shown = [*rows]
    if len(rows) > MAX_ROWS:
        left = len(rows) - FIRST_ROWS - LAST_ROWS
        shown = [*rows[:FIRST_ROWS], ("…", f"其余 {left} 行", f"{left} more"), *rows[-LAST_ROWS:]]
    for row in shown:
        table.add_row(*(escape(text) for text in row))
    console.print(table)
    if len(rows) > MAX_ROWS:
        path = _write_beside(near, name, [headings, *rows])
        where = f"完整清单 / the whole list: {path}" if path else "清单没能写出 / it could not be written"
        _say(console, f"  共 {len(rows)} 行 / {len(rows)} rows; {where}")


def _write_beside(near: str, name: str, rows: Sequence[Row]) -> Path | None:
    """Write a list beside a file, or else in the current folder, under a name that is not taken."""
    given = Path(near) if near and not is_url(near) else Path("ledger")
    # Text, which no check of a folder takes for data and no spreadsheet for formulas.
    names = [f"{given.stem}.{name}{suffix}.txt" for suffix in ("", *(f"-{n}" for n in range(2, 1000)))]
    for folder in (given.parent, Path()):
        for candidate in names:
            try:
                with (folder / candidate).open("x", encoding="utf-8-sig") as file:
                    file.writelines("\t".join(" ".join(c.split()) for c in row) + "\n" for row in rows)
            except FileExistsError:
                continue
            except OSError:
                break
            return folder / candidate
    return None


def _said(row: Mapping[str, Any]) -> str:
    """The figure of a row, or the word for how far a task is."""
    value = row["value"]
    return STAGES[int(value)] if value is not None and row["unit"] == STAGE_UNIT else _figure(value)


def _figure(value: float | None) -> str:
    return "—" if value is None else plain_text(float(value))
