"""The outlook and the official methods as tables in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outliers import outliers_text
from zerobay_analysis.briefing.tables import latest_text
from zerobay_analysis.charts.words import number, verdict_label
from zerobay_analysis.language import SYNTHETIC, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.assessment.outlook import TargetOutlook
    from zerobay_analysis.study import Study

__all__ = ["methods_parts", "outlook_tables"]


def outlook_tables(study: Study) -> list[RenderableType]:
    """Parts to print in order: the outlook table, and the reasons where there is no probability."""
    from rich.text import Text

    parts: list[RenderableType] = [_table(study)]
    for outlook in study.outlooks:
        if outlook.forecast is None:
            name = f"{outlook.indicator.id} {outlook.indicator.short(study.lang)}: "
            parts.append(Text(name + outlook.targets[0].reason(study.lang), style="dim"))
    if text := outliers_text(study.outliers, study.lang):
        parts.append(Text(text, style="yellow"))
    if study.synthetic:
        parts.append(Text(say(study.lang, *SYNTHETIC), style="bold red"))
    return parts


def _table(study: Study) -> RenderableType:
    from rich.table import Table

    lang = study.lang
    title = say(lang, "目标前景", "Target outlook")
    table = Table(title=f"{title} · {study.ledger.name} · {study.as_of}")
    for heading in ("#", say(lang, "指标", "indicator")):
        table.add_column(heading)
    table.add_column(say(lang, "最新", "latest"), overflow="fold")
    for heading in (say(lang, "等级", "grade"), *map(str, study.plan.years)):
        table.add_column(heading)
    for outlook in study.outlooks:
        indicator = outlook.indicator
        cells = [_cell(target, lang) for target in outlook.targets]
        name = f"{indicator.short(lang)} {indicator.unit(lang)}"
        table.add_row(str(indicator.id), name, latest_text(outlook, lang), outlook.grade.value, *cells)
    return table


def _cell(target: TargetOutlook, lang: str) -> str:
    goal = number(target.target, target.indicator, lang)
    return f"{goal} {verdict_label(target, lang) if target.p_met is not None else target.verdict.symbol}"


def methods_parts(
    lang: str, study: Study | None = None, indicator: int | None = None
) -> list[RenderableType]:
    """Parts to print: every official method with its rule, or what each says about one indicator.

    Raises
    ------
    ParameterError
        The plan has no such indicator.
    """
    if study is None or indicator is None:
        return [_methods_table(lang)]
    return _judgements(study, indicator)


def _methods_table(lang: str) -> RenderableType:
    from rich.table import Table

    from zerobay_analysis.assessment.methods import methods_frame

    table = Table(title=say(lang, "官方进度方法", "Official progress methods"), show_lines=True)
    headings = (
        ("方法", "method"),
        ("回答什么", "question"),
        ("适用", "kinds"),
        ("规则与分级", "rule and classes"),
        ("出处", "source"),
    )
    for pair in headings:
        table.add_column(say(lang, *pair), overflow="fold")
    for row in methods_frame(lang).to_dict("records"):
        doubt = "" if row["confirmed"] else say(lang, "\n界线未核实", "\ncut-offs unconfirmed")
        rule = f"{row['rule']}\n{row['classes']}"
        table.add_row(
            f"{row['name']}\n{row['method']}{doubt}", row["question"], row["kinds"], rule, row["source"]
        )
    return table


def _judgements(study: Study, indicator: int) -> list[RenderableType]:
    """One table for the indicator: a row per method, a column per target year."""
    from rich.table import Table
    from rich.text import Text

    from zerobay_analysis.assessment.methods import METHODS
    from zerobay_analysis.assessment.methods.agreement import agreement

    lang, outlook = study.lang, study.outlook(indicator)
    found = agreement(outlook, study.plan)
    title = f"{outlook.indicator.id} {outlook.indicator.name(lang)} · {study.ledger.name} · {study.as_of}"
    table = Table(title=title)
    table.add_column(say(lang, "方法", "method"))
    table.add_column(say(lang, "回答什么", "question"))
    for one in found:
        table.add_column(str(one.year), overflow="fold")
    for index, method in enumerate(METHODS.values()):
        results = [one.results[index] for one in found]
        cells = ["—" if r.category is None else f"{r.category.symbol} {r.word(lang)}" for r in results]
        table.add_row(method.name.get(lang), method.question.word(lang), *cells)
    chances = [_cell(target, lang) for target in outlook.targets]
    table.add_row(say(lang, "目标与概率", "target and probability"), "", *chances, end_section=True)
    refused: dict[str, list[str]] = {}
    for result in (r for one in found for r in one.results if r.refused):
        names = refused.setdefault(result.reason.get(lang), [])
        name = result.method.name.get(lang)
        names += [name] * (name not in names)
    comma, colon = say(lang, "、", ", "), say(lang, "：", ": ")
    reasons = [f"{comma.join(names)}{colon}{reason}" for reason, names in refused.items()]
    parts: list[RenderableType] = [table, *(Text(f"{one.year}: {one.summary(lang)}") for one in found)]
    parts += [Text(reason, style="dim") for reason in reasons]
    if study.synthetic:
        parts.append(Text(say(lang, *SYNTHETIC), style="bold red"))
    return parts
