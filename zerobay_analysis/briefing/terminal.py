"""The outlook as a table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerobay_analysis.briefing.tables import latest_text
from zerobay_analysis.charts.words import number, verdict_label
from zerobay_analysis.language import SYNTHETIC, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.assessment.outlook import TargetOutlook
    from zerobay_analysis.study import Study

__all__ = ["outlook_tables"]


def outlook_tables(study: Study) -> list[RenderableType]:
    """Parts to print in order: the outlook table, and the reasons where there is no probability."""
    from rich.text import Text

    parts: list[RenderableType] = [_table(study)]
    for outlook in study.outlooks:
        if outlook.forecast is None:
            name = f"{outlook.indicator.id} {outlook.indicator.short(study.lang)}: "
            parts.append(Text(name + outlook.targets[0].reason(study.lang), style="dim"))
    if study.synthetic:
        parts.append(Text(say(study.lang, *SYNTHETIC), style="bold red"))
    return parts


def _table(study: Study) -> RenderableType:
    from rich.table import Table

    lang = study.lang
    title = say(lang, "目标前景", "Target outlook")
    table = Table(title=f"{title} · {study.ledger.name} · {study.as_of}")
    for heading in (
        "#",
        say(lang, "指标", "indicator"),
        say(lang, "最新", "latest"),
        say(lang, "等级", "grade"),
    ):
        table.add_column(heading)
    for year in study.plan.years:
        table.add_column(str(year))
    for outlook in study.outlooks:
        indicator = outlook.indicator
        cells = [_cell(target, lang) for target in outlook.targets]
        name = f"{indicator.short(lang)} {indicator.unit(lang)}"
        table.add_row(str(indicator.id), name, latest_text(outlook, lang), outlook.grade.value, *cells)
    return table


def _cell(target: TargetOutlook, lang: str) -> str:
    goal = number(target.target, target.indicator, lang)
    return f"{goal} {verdict_label(target, lang) if target.p_met is not None else target.verdict.symbol}"
