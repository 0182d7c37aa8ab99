"""Heat table: every indicator by target year, with word, symbol, probability and grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zerobay_analysis.assessment.outlook import (
    NO_VERDICT,
    VERDICTS,
    IndicatorOutlook,
    TargetOutlook,
)
from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.layout import text_width, wrap
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text

__all__ = ["heat", "heat_figure"]

TEXT_SIZE = 9.5
NOTE_SIZE = 8.0
GAP = 2.0
"""White between two cells, in points."""


@dataclass(frozen=True)
class _Columns:
    """Left edge and width of each column, in points from the left of the table."""

    name: tuple[float, float]
    cells: tuple[tuple[float, float], ...]
    grade: tuple[float, float]
    owners: tuple[float, float]


def heat_figure(
    outlooks: Sequence[IndicatorOutlook],
    *,
    lang: str = "zh",
    size: str | tuple[float, float] = "slide",
) -> Figure:
    """Complete heat table with title, key and day.

    Parameters
    ----------
    outlooks : sequence of IndicatorOutlook
        In the order of the rows; all with the same target years.
    lang : str
        ``"zh"`` or ``"en"``.
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    with style.context():
        page = Page(style.new_figure(size))
        title = words.overview(outlooks, lang)
        page.head(title, 13.5 if page.width < 500 else 16.0)
        page.head(words.overview_note(outlooks, lang), 9.0, style.MUTED, gap=2)
        page.foot(words.grades_note(lang), NOTE_SIZE)
        axes = page.axes(top=10.0, bottom=8.0)
        heat(axes, outlooks, lang=lang)
        set_alt_text(page.figure, title, words.overview_description(outlooks, lang))
        return page.figure


def heat(axes: Axes, outlooks: Sequence[IndicatorOutlook], *, lang: str = "zh") -> Axes:
    """Draw the table and its key into ``axes``, which must already have its final place.

    Call inside ``style.context()``.
    """
    scale = axes.figure.dpi / 72.0
    width, height = axes.bbox.width / scale, axes.bbox.height / scale
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    years = [target.year for target in outlooks[0].targets]
    columns = _columns(width, len(years), lang)
    head, key = 20.0, 24.0
    row = (height - head - key) / len(outlooks)
    _header(axes, columns, years, head, lang)
    for index, outlook in enumerate(outlooks):
        top = head + index * row
        _row(axes, outlook, columns, top, row, lang)
        if index:
            axes.plot([0, width], [top, top], color=style.GRID, linewidth=0.7, zorder=0)
    _key(axes, head + len(outlooks) * row, key, width, lang)
    if any(outlook.evidence.synthetic for outlook in outlooks):
        watermark(axes)
    return axes


def _columns(width: float, years: int, lang: str) -> _Columns:
    """Share ``width`` among name, one column a year, grade and owners."""
    grade = 34.0 if lang == "zh" else 40.0
    owners = 0.17 * width
    name = 0.27 * width
    cell = (width - name - grade - owners) / years
    return _Columns(
        name=(0.0, name),
        cells=tuple((name + index * cell, cell) for index in range(years)),
        grade=(name + years * cell, grade),
        owners=(name + years * cell + grade, owners),
    )


def _header(axes: Axes, columns: _Columns, years: Sequence[int], height: float, lang: str) -> None:
    zh = lang == "zh"
    named = [
        (columns.name[0], "指标（单位）" if zh else "Indicator (unit)", "left"),
        *(
            (x + width / 2, f"{year}年" if zh else str(year), "center")
            for (x, width), year in zip(columns.cells, years, strict=True)
        ),
        (columns.grade[0] + columns.grade[1] / 2, "等级" if zh else "Grade", "center"),
        (columns.owners[0] + 8, "责任单位" if zh else "Owner", "left"),
    ]
    for x, text, align in named:
        axes.text(x, height - 7, text, fontsize=NOTE_SIZE + 0.5, color=style.MUTED, ha=align, va="baseline")
    end = columns.owners[0] + columns.owners[1]
    axes.plot([0, end], [height, height], color=style.MUTED, linewidth=0.8)


def _row(
    axes: Axes, outlook: IndicatorOutlook, columns: _Columns, top: float, height: float, lang: str
) -> None:
    middle = top + height / 2
    indicator = outlook.indicator
    axes.text(
        columns.name[0] + 14,
        middle,
        str(indicator.id),
        fontsize=TEXT_SIZE,
        color=style.MUTED,
        ha="right",
        va="center",
    )
    x = columns.name[0] + 22
    name = (
        f"{indicator.name(lang)}（{indicator.unit(lang)}）"
        if lang == "zh"
        else f"{indicator.name(lang)} ({indicator.unit(lang)})"
    )
    _fitted(axes, name, x, middle, columns.name[1] - 30, height, TEXT_SIZE, style.INK)
    for target, (left, width) in zip(outlook.targets, columns.cells, strict=True):
        _cell(axes, target, left, top, width, height, lang)
    axes.text(
        columns.grade[0] + columns.grade[1] / 2,
        middle,
        outlook.grade.value,
        fontsize=TEXT_SIZE + 1.5,
        ha="center",
        va="center",
    )
    joined = ("、" if lang == "zh" else ", ").join(indicator.owners)
    _fitted(
        axes,
        joined,
        columns.owners[0] + 8,
        middle,
        columns.owners[1] - 8,
        height,
        NOTE_SIZE + 0.5,
        style.MUTED,
    )


def _cell(
    axes: Axes, target: TargetOutlook, left: float, top: float, width: float, height: float, lang: str
) -> None:
    """One target: fill, symbol with word and probability, and the target's number."""
    fill = target.verdict.colour
    ink = style.text_on(fill)
    none = target.p_met is None
    axes.add_patch(
        Rectangle(
            (left + GAP / 2, top + GAP / 2),
            width - GAP,
            height - GAP,
            facecolor=fill,
            edgecolor="none",
        )
    )
    value = words.number(target.target, target.indicator, lang)
    small = f"目标 {value}" if lang == "zh" else f"target {value}"
    main = words.verdict_label(target, lang)
    size = TEXT_SIZE
    family = style.font_family()
    while text_width(main, size, family) > width - 10 and size > 6.5:
        size -= 0.5
    middle = top + height / 2
    axes.text(
        left + width / 2,
        middle - 1,
        main,
        fontsize=size if not none else size - 1,
        color=style.MUTED if none else ink,
        ha="center",
        va="bottom",
    )
    axes.text(
        left + width / 2,
        middle + 1.5,
        small,
        fontsize=NOTE_SIZE,
        color=style.MUTED if none else ink,
        ha="center",
        va="top",
    )


def _fitted(
    axes: Axes, text: str, x: float, middle: float, width: float, height: float, size: float, colour: str
) -> None:
    """Write ``text`` on as many lines as ``height`` allows, smaller if it must be."""
    family = style.font_family()
    lines = wrap(text, width, size, family)
    while len(lines) * size * 1.35 > height and size > 6.0:
        size -= 0.5
        lines = wrap(text, width, size, family)
    for index, line in enumerate(lines):
        offset = (index - (len(lines) - 1) / 2) * size * 1.3
        axes.text(x, middle + offset, line, fontsize=size, color=colour, ha="left", va="center")


def _key(axes: Axes, top: float, height: float, width: float, lang: str) -> None:
    """What each word means, in its own colour."""
    family = style.font_family()
    ceiling = 1.0
    x, middle = 0.0, top + height / 2 + 3
    for verdict in (*VERDICTS, NO_VERDICT):
        text = f"{verdict.symbol} {verdict.word(lang)}"
        if verdict.floor is not None:
            text += f" {words.span(verdict.floor, ceiling)}"
            ceiling = verdict.floor
        axes.add_patch(
            Rectangle((x, middle - 5), 12, 10, facecolor=verdict.colour, edgecolor=style.MUTED, linewidth=0.4)
        )
        axes.text(x + 16, middle, text, fontsize=NOTE_SIZE, color=style.MUTED, ha="left", va="center")
        x += 16 + text_width(text, NOTE_SIZE, family) + (14 if width > 500 else 7)
