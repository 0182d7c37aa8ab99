"""One page per responsible unit: what it answers for, what is behind, what it is asked to send.

Every unit that the plan names has a page, those with tasks and commitments only as well. A page is
a headline and tables of words; the HTML report and the notebook of the units print them as they
stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.data_owed import Owed
from zerobay_analysis.assessment.outlook import Verdict, at_risk
from zerobay_analysis.assessment.owners import UnitOutlook, unit_outlook, units_of
from zerobay_analysis.assessment.pace import DeadlineStatus
from zerobay_analysis.assessment.tracker import CommitmentProgress, TaskProgress
from zerobay_analysis.briefing.words import required_text
from zerobay_analysis.charts.words import number, verdict_label
from zerobay_analysis.language import say

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.study import Study

__all__ = ["PageTable", "UnitCell", "UnitPage", "unit_page", "unit_pages"]

Pair = tuple[str, str]


@dataclass(frozen=True)
class UnitCell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    verdict : Verdict or None
        Of a target: its colour may stand behind the text, which has word and symbol already.
    link : str
        What the row is about: number of the indicator, ``C01`` or ``T7``; empty in other cells.
    """

    text: str
    verdict: Verdict | None = None
    link: str = ""


@dataclass(frozen=True)
class PageTable:
    """One table of a page.

    Attributes
    ----------
    key : str
        ``targets``, ``commitments``, ``tasks``, ``owed`` or ``upcoming``.
    title : str
    headings : tuple of str
    numeric : tuple of int
        Columns that stand on the right.
    rows : tuple of tuple of UnitCell
    empty : str
        What to say where there is no row.
    """

    key: str
    title: str
    headings: tuple[str, ...]
    numeric: tuple[int, ...]
    rows: tuple[tuple[UnitCell, ...], ...]
    empty: str

    def frame(self) -> pd.DataFrame:
        """The table for a notebook; without rows one cell that says so."""
        import pandas as pd

        if not self.rows:
            return pd.DataFrame({self.title: [self.empty]})
        rows = [[cell.text for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=list(self.headings))


@dataclass(frozen=True)
class UnitPage:
    """What one unit's page shows, in the reader's language.

    Attributes
    ----------
    unit : str
        As the plan writes it.
    anchor : str
        ``unit-01`` and so on, in the plan's order; unique within the report.
    headline : str
        The unit in one sentence.
    points : tuple of str
        What needs its attention first, one sentence each: targets at risk with the pace that they
        take, commitments and tasks behind schedule. Empty where nothing does.
    tables : tuple of PageTable
        Always the same five, in the order of ``key`` above.
    outlook : UnitOutlook
        Where everything comes from.
    """

    unit: str
    anchor: str
    headline: str
    points: tuple[str, ...]
    tables: tuple[PageTable, ...]
    outlook: UnitOutlook

    def table(self, key: str) -> PageTable:
        """One table by its key."""
        return next(table for table in self.tables if table.key == key)


def unit_pages(study: Study, units: Iterable[UnitOutlook] | None = None) -> tuple[UnitPage, ...]:
    """The page of every unit, in the order in which the plan first names them.

    Parameters
    ----------
    study : Study
    units : iterable of UnitOutlook, optional
        Those of the study, where they are at hand already (``briefing.units``).
    """
    found = units_of(study) if units is None else units
    return tuple(_page(unit, f"unit-{k:02d}", study.lang) for k, unit in enumerate(found, start=1))


def unit_page(study: Study, name: str) -> UnitPage:
    """The page of one unit.

    Raises
    ------
    ParameterError
        The plan gives nothing to such a unit; the message lists those it names.
    """
    units = units_of(study)
    mine = unit_outlook(units, name)
    return _page(mine, f"unit-{units.index(mine) + 1:02d}", study.lang)


def _page(unit: UnitOutlook, anchor: str, lang: str) -> UnitPage:
    return UnitPage(
        unit=unit.unit,
        anchor=anchor,
        headline=unit.text(lang) + say(lang, "。", "."),
        points=tuple(_points(unit, lang)),
        tables=(
            _targets(unit, lang),
            _commitments(unit, lang),
            _tasks(unit, lang),
            _requests("owed", unit.owed, lang),
            _requests("upcoming", unit.upcoming, lang),
        ),
        outlook=unit,
    )


def _points(unit: UnitOutlook, lang: str) -> Iterable[str]:
    """Indicators at risk by their last target at risk, then what is behind schedule."""
    for owned in unit.indicators:
        risky = [pair for pair in zip(owned.outlook.targets, owned.paces, strict=True) if at_risk(pair[0])]
        if not risky:
            continue
        target, pace = risky[-1]
        goal = f"{number(target.target, target.indicator, lang)} {target.indicator.unit(lang)}"
        parts = [
            say(lang, f"{target.year} 年目标 {goal}", f"target {goal} for {target.year}"),
            verdict_label(target, lang),
            say(lang, "需要的速度：", "required: ") + required_text(pace, lang),
        ]
        if pace.deadline.status is not DeadlineStatus.UNDEFINED:
            parts.append(pace.deadline.text(lang))
        name = target.indicator.short(lang) + say(lang, "：", ": ")
        yield name + say(lang, "；", "; ").join(parts) + say(lang, "。", ".")
    promised: tuple[CommitmentProgress | TaskProgress, ...] = (*unit.commitments, *unit.tasks)
    for item in promised:
        if item.behind:
            yield item.text(lang) + say(lang, "：", ": ") + item.progress_text(lang) + say(lang, "。", ".")


def _targets(unit: UnitOutlook, lang: str) -> PageTable:
    rows = [
        (
            UnitCell(f"{target.indicator.id} {target.indicator.short(lang)}", link=str(target.indicator.id)),
            UnitCell(_joined(owned.partners)),
            UnitCell(str(target.year)),
            UnitCell(f"{number(target.target, target.indicator, lang)} {target.indicator.unit(lang)}"),
            UnitCell(verdict_label(target, lang), verdict=target.verdict),
            UnitCell(target.grade.value),
            UnitCell(required_text(pace, lang)),
            UnitCell(pace.reference_text(lang)),
            UnitCell(pace.deadline.text(lang)),
        )
        for owned in unit.indicators
        for target, pace in zip(owned.outlook.targets, owned.paces, strict=True)
    ]
    headings: Sequence[Pair] = (
        ("指标", "indicator"),
        ("共同责任", "shared with"),
        ("年份", "year"),
        ("目标", "target"),
        ("前景", "outlook"),
        ("等级", "grade"),
        ("需要的速度", "required pace"),
        ("可比序列", "comparable series"),
        ("最迟何时提速", "latest day to speed up"),
    )
    nothing = ("方案没有指标由本单位负责", "no indicator of the plan is this unit's")
    return _table("targets", ("指标与目标", "Indicators and targets"), headings, rows, nothing, lang, (3,))


_PROGRESS: Sequence[Pair] = (
    ("共同责任", "shared with"),
    ("最新数字", "latest figure"),
    ("完成", "done"),
    ("时间过去", "time passed"),
    ("进度", "progress"),
)


def _commitments(unit: UnitOutlook, lang: str) -> PageTable:
    rows = [
        (
            UnitCell(f"{item.id} {item.text(lang)}", link=item.id),
            UnitCell(item.goal_text(lang)),
            *_progress(item, unit.unit, lang),
        )
        for item in unit.commitments
    ]
    headings = (
        ("承诺", "commitment"),
        ("应达到（* 期限为计划期末，原文未写）", "promised (* the plan states no year; its last is taken)"),
        *_PROGRESS,
    )
    nothing = ("方案没有量化承诺由本单位负责", "no quantified commitment is this unit's")
    title = ("量化承诺", "Quantified commitments")
    return _table("commitments", title, headings, rows, nothing, lang, (4, 5))


def _tasks(unit: UnitOutlook, lang: str) -> PageTable:
    rows = [
        (UnitCell(f"{task.id} {task.title(lang)}", link=f"T{task.id}"), *_progress(task, unit.unit, lang))
        for task in unit.tasks
    ]
    nothing = ("方案没有任务由本单位负责", "no task of the plan is this unit's")
    headings = (("任务", "task"), *_PROGRESS)
    return _table("tasks", ("任务", "Tasks"), headings, rows, nothing, lang, (3, 4))


def _progress(item: CommitmentProgress | TaskProgress, unit: str, lang: str) -> tuple[UnitCell, ...]:
    schedule = item.schedule
    return (
        UnitCell(_joined(other for other in item.owners if other != unit)),
        UnitCell(item.figure_text(lang)),
        UnitCell("—" if schedule is None else f"{schedule.done:.0%}"),
        UnitCell("—" if schedule is None else f"{schedule.elapsed:.0%}"),
        UnitCell(item.status_text(lang)),
    )


def _requests(key: str, items: Sequence[Owed], lang: str) -> PageTable:
    rows = [
        (
            UnitCell(f"{item.number} {item.name.get(lang)}", link=item.number),
            UnitCell(item.need.word(lang)),
            UnitCell(item.what.get(lang)),
            UnitCell(item.form.get(lang)),
            UnitCell(item.due.isoformat()),
            UnitCell(_joined(item.together)),
        )
        for item in items
    ]
    headings: Sequence[Pair] = (
        ("名称", "item"),
        ("事项", "need"),
        ("请提供", "please send"),
        ("形式", "form"),
        ("时限", "due"),
        ("报一份即可", "one answer is enough with"),
    )
    title = ("现在请提供", "Asked for now") if key == "owed" else ("下一期", "Next figures")
    nothing = ("没有欠报的数据", "nothing is owed") if key == "owed" else ("无", "none")
    return _table(key, title, headings, rows, nothing, lang, ())


def _table(
    key: str,
    title: Pair,
    headings: Sequence[Pair],
    rows: Sequence[tuple[UnitCell, ...]],
    nothing: Pair,
    lang: str,
    numeric: tuple[int, ...],
) -> PageTable:
    words = tuple(say(lang, *pair) for pair in headings)
    return PageTable(key, say(lang, *title), words, numeric, tuple(rows), say(lang, *nothing))


def _joined(units: Iterable[str]) -> str:
    return "、".join(units) or "—"
