"""The outlook and the official methods as tables in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as Grid
from rich.text import Text as Line

from zerobay_analysis.assessment.outliers import outliers_text
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.tables import Table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.study import Study


def grid(table: Table, place: str = "notebook", title: str = "") -> Grid:
    """A table of the briefing for a terminal."""
    shown = table.on(place)
    laid = Grid(title=title or table.title)
    for heading, column in zip(shown.headings, shown.columns, strict=True):
        laid.add_column(heading, overflow="fold", justify="right" if column.align == "right" else "left")
    for row in shown.rows:
        laid.add_row(*(Line(cell.full) for cell in row))
    return laid


def outlook_tables(study: Study) -> list[RenderableType]:
    """Parts to print in order: the outlook table, why there is no probability, and what 80 % takes."""
    briefing = Briefing(study)
    title = f"{briefing.say(text.ALL_INDICATORS)} · {study.ledger.name} · {study.as_of}"
    parts: list[RenderableType] = [grid(tables.outlook(briefing), title=title)]
    if study.supposed:
        parts.append(Line(study.supposition, style="bold yellow"))
    if briefing.disagreeing:
        parts.append(Line(briefing.disagreeing_text, style="yellow"))
    reasons = (f"{i.number} {i.short}: {i.reason}" for i in briefing.indicators if not i.judged)
    parts += [Line(reason, style="dim") for reason in reasons]
    parts += [Line(f"{i.number} {i.short}: {i.inverse.text(briefing.lang)}") for i in briefing.indicators]
    if slips := outliers_text(study.outliers, study.lang):
        parts.append(Line(slips, style="yellow"))
    return parts + _synthetic(briefing)


def class_listing(lang: str, study: Study | None = None) -> list[RenderableType]:
    """The reference classes, and with a study what its ledger as a whole says of them."""
    parts: list[RenderableType] = []
    for table in (tables.classes(lang), *([tables.pooling(study)] if study else [])):
        parts += [grid(table), *(Line(note, style="dim") for note in table.notes)]
    return parts


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
        laid = grid(tables.methods(lang), "terminal")
        laid.show_lines = True
        return [laid]
    briefing, outlook = Briefing(study), study.outlook(indicator)
    judged = tables.judgements(briefing, outlook)
    name = f"{outlook.indicator.id} {outlook.indicator.name(lang)} · {study.ledger.name} · {study.as_of}"
    return [grid(judged, title=name), *map(Line, judged.notes), *_synthetic(briefing)]


def _synthetic(briefing: Briefing) -> list[RenderableType]:
    return [Line(briefing.synthetic, style="bold red")] if briefing.synthetic else []
