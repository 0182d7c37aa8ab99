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
    Verdict,
)
from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, text_width, wrap
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text
from zerobay_analysis.language import say

__all__ = ["heat", "heat_figure"]

TEXT_SIZE = 9.5
NOTE_SIZE = 8.0
LEAST_SIZE = 6.5
LINE_STEP = 1.3
GAP = 2.0
"""White between two cells, in points."""
HEAD, KEY_GAP, KEY_STEP, SWATCH = 36.0, 10.0, 15.0, 12.0
"""Heights of the header, of the gap before the key and of a line of it; width of its boxes."""
TARGET_SHARE = 0.3
"""Share of a cell's width before the verdict; the target's number stands there."""


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
        page.head(title, 13.5 if page.small else 16.0)
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
    scale = axes.figure.dpi / POINTS_PER_INCH
    width, height = axes.bbox.width / scale, axes.bbox.height / scale
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    key = _key_lines(width, lang)
    row = (height - HEAD - KEY_GAP - KEY_STEP * len(key)) / len(outlooks)
    columns = _columns(width, len(outlooks[0].targets), lang)
    _header(axes, columns, [target.year for target in outlooks[0].targets], lang)
    _names(axes, outlooks, columns, row, lang)
    for index, outlook in enumerate(outlooks):
        top = HEAD + index * row
        if index:
            axes.plot([0, width], [top, top], color=style.GRID, linewidth=0.7, zorder=0)
        for target, place in zip(outlook.targets, columns.cells, strict=True):
            _cell(axes, target, place, top, row, lang)
        x, middle = columns.grade[0] + columns.grade[1] / 2, top + row / 2
        _write(axes, x, middle, outlook.grade.value, TEXT_SIZE + 1.0, style.INK, "center")
    _key(axes, key, HEAD + len(outlooks) * row + KEY_GAP)
    if any(outlook.evidence.synthetic for outlook in outlooks):
        watermark(axes)
    return axes


def _columns(width: float, years: int, lang: str) -> _Columns:
    """Share ``width`` among name, one column a year, grade and owners."""
    grade = 30.0
    name = 0.25 * width
    owners = max(64.0, 0.16 * width)
    cell = (width - name - grade - owners) / years
    return _Columns(
        name=(22.0, name - 26.0),
        cells=tuple((name + index * cell, cell) for index in range(years)),
        grade=(name + years * cell, grade),
        owners=(name + years * cell + grade + 4, owners - 4),
    )


def _header(axes: Axes, columns: _Columns, years: Sequence[int], lang: str) -> None:
    size, y = NOTE_SIZE + 0.5, HEAD - 8
    _write(axes, 0.0, y, say(lang, "指标（单位）", "Indicator (unit)"), size, style.MUTED)
    for (left, width), year in zip(columns.cells, years, strict=True):
        _write(
            axes, left + TARGET_SHARE * width, y - 13, say(lang, f"{year}年", str(year)), TEXT_SIZE, style.INK
        )
        _write(
            axes,
            left + (TARGET_SHARE - 0.06) * width,
            y,
            say(lang, "目标", "target"),
            size - 0.5,
            style.MUTED,
            "right",
        )
        _write(axes, left + TARGET_SHARE * width, y, say(lang, "达标概率", "chance"), size - 0.5, style.MUTED)
    grade = columns.grade[0] + columns.grade[1] / 2
    _write(axes, grade, y, say(lang, "等级", "Grade"), size, style.MUTED, "center")
    _write(axes, columns.owners[0], y, say(lang, "责任单位", "Owner"), size, style.MUTED)
    end = columns.owners[0] + columns.owners[1]
    axes.plot([0, end], [HEAD, HEAD], color=style.MUTED, linewidth=0.8)


def _names(
    axes: Axes, outlooks: Sequence[IndicatorOutlook], columns: _Columns, row: float, lang: str
) -> None:
    """Number, name with unit, and owners of every row, each column in one size of type."""
    left, width = columns.name
    names = [words.named(o.indicator, lang) for o in outlooks]
    if any(len(wrap(name, width, TEXT_SIZE - 1, style.font_family())) > 1 for name in names):
        names = [words.named(o.indicator, lang, short=True) for o in outlooks]
    comma = say(lang, "、", ", ")
    owners = [
        [f"{unit}{comma}" for unit in o.indicator.owners[:-1]] + [o.indicator.owners[-1]] for o in outlooks
    ]
    for index, outlook in enumerate(outlooks):
        middle = HEAD + (index + 0.5) * row
        _write(axes, left - 8, middle, str(outlook.indicator.id), TEXT_SIZE, style.MUTED, "right")
    _column(axes, names, left, width, row, TEXT_SIZE, style.INK)
    _column(axes, owners, *columns.owners, row, NOTE_SIZE + 0.5, style.MUTED)


def _column(
    axes: Axes,
    texts: Sequence[str | Sequence[str]],
    left: float,
    width: float,
    row: float,
    size: float,
    colour: str,
) -> None:
    """One text a row, broken into lines where it must be, in the largest size at which all fit."""
    family = style.font_family()
    while True:
        broken = [wrap(text, width, size, family) for text in texts]
        fits = all(
            len(lines) * size * LINE_STEP <= row and all(text_width(x, size, family) <= width for x in lines)
            for lines in broken
        )
        if fits or size <= LEAST_SIZE:
            break
        size -= 0.5
    for index, lines in enumerate(broken):
        for place, line in enumerate(lines):
            offset = (place - (len(lines) - 1) / 2) * size * LINE_STEP
            _write(axes, left, HEAD + (index + 0.5) * row + offset, line, size, colour)


def _cell(
    axes: Axes, target: TargetOutlook, place: tuple[float, float], top: float, row: float, lang: str
) -> None:
    """One target: its number, then symbol, word and probability on the verdict's colour."""
    left, width = place
    fill = target.verdict.colour
    ink = style.MUTED if target.p_met is None else style.text_on(fill)
    axes.add_patch(
        Rectangle((left + GAP / 2, top + GAP / 2), width - GAP, row - GAP, facecolor=fill, edgecolor="none")
    )
    number = words.number(target.target, target.indicator, lang)
    _write(axes, left + (TARGET_SHARE - 0.06) * width, top + row / 2, number, NOTE_SIZE, ink, "right")
    label, size = words.verdict_label(target, lang), _label_size(width, lang)
    lines = [label]
    if _too_long(label, size, width):
        named = f"{target.verdict.symbol} {target.verdict.word(lang)}"
        lines = [target.verdict.symbol] if target.p_met is None else [named, words.percent(target.p_met)]
    for index, line in enumerate(lines):
        offset = (index - (len(lines) - 1) / 2) * size * LINE_STEP
        _write(axes, left + TARGET_SHARE * width, top + row / 2 + offset, line, size, ink)


def _label_size(width: float, lang: str) -> float:
    """Size at which every verdict with its probability fits a cell, so that all are alike."""
    size = TEXT_SIZE
    longest = [f"{verdict.symbol} {verdict.word(lang)} >99%" for verdict in VERDICTS]
    while size > LEAST_SIZE and any(_too_long(label, size, width) for label in longest):
        size -= 0.5
    return size


def _too_long(label: str, size: float, width: float) -> bool:
    return text_width(label, size, style.font_family()) > (1 - TARGET_SHARE) * width - 4


def _key_lines(width: float, lang: str) -> list[list[tuple[float, Verdict, str]]]:
    """The words with their ranges, set in lines of at most ``width``: left edge, verdict, text."""
    lines: list[list[tuple[float, Verdict, str]]] = [[]]
    x, ceiling = 0.0, 1.0
    for verdict in (*VERDICTS, NO_VERDICT):
        text = f"{verdict.symbol} {verdict.word(lang)}"
        if verdict.floor is not None:
            text += f" {words.span(verdict.floor, ceiling)}"
            ceiling = verdict.floor
        needed = SWATCH + 4 + text_width(text, NOTE_SIZE, style.font_family())
        if x and x + needed > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, verdict, text))
        x += needed + 16
    return lines


def _key(axes: Axes, lines: Sequence[Sequence[tuple[float, Verdict, str]]], top: float) -> None:
    for index, line in enumerate(lines):
        middle = top + (index + 0.5) * KEY_STEP
        for x, verdict, text in line:
            axes.add_patch(
                Rectangle(
                    (x, middle - 4.5),
                    SWATCH,
                    9,
                    facecolor=verdict.colour,
                    edgecolor=style.MUTED,
                    linewidth=0.4,
                )
            )
            _write(axes, x + SWATCH + 4, middle, text, NOTE_SIZE, style.MUTED)


def _write(axes: Axes, x: float, y: float, text: str, size: float, colour: str, align: str = "left") -> None:
    axes.text(x, y, text, fontsize=size, color=colour, ha=align, va="center_baseline")
