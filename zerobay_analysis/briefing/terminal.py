"""The outlook as a table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerobay_analysis.briefing.words import SYNTHETIC, percent

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.assessment.outlook import TargetOutlook
    from zerobay_analysis.study import Study

__all__ = ["outlook_tables"]


def outlook_tables(study: Study) -> list[RenderableType]:
    """Parts to print in order: the outlook table, and the reasons where there is no probability."""
    from rich.table import Table
    from rich.text import Text

    zh = study.lang == "zh"
    title = "目标前景" if zh else "Target outlook"
    table = Table(title=f"{title}（{study.ledger.name}，{study.as_of}）")
    for heading in (
        "#",
        "指标" if zh else "indicator",
        "最新" if zh else "latest",
        "等级" if zh else "grade",
    ):
        table.add_column(heading)
    for year in study.plan.years:
        table.add_column(str(year))
    for outlook in study.outlooks:
        first = outlook.targets[0]
        latest = "—"
        if first.latest_value is not None:
            latest = f"{outlook.indicator.format(first.latest_value)} ({first.latest_date})"
        name = f"{outlook.indicator.short(study.lang)} {outlook.indicator.unit(study.lang)}"
        cells = [_cell(target, study.lang) for target in outlook.targets]
        table.add_row(str(outlook.indicator.id), name, latest, outlook.grade.value, *cells)
    parts: list[RenderableType] = [table]
    for outlook in study.outlooks:
        if outlook.forecast is None:
            line = f"{outlook.indicator.id} {outlook.indicator.short(study.lang)}: "
            parts.append(Text(line + outlook.targets[0].reason(study.lang), style="dim"))
    if study.synthetic:
        parts.append(Text(SYNTHETIC[not zh], style="bold red"))
    return parts


def _cell(target: TargetOutlook, lang: str) -> str:
    goal = target.indicator.format(target.target)
    if target.p_met is None:
        return f"{goal} {target.verdict.symbol}"
    return f"{goal} {target.verdict.symbol} {target.verdict.word(lang)} {percent(target.p_met)}"
