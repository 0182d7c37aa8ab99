"""Heat table: every indicator by target year, with word, symbol, probability and grade."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerobay_analysis.assessment.outlook import VERDICTS, IndicatorOutlook, TargetOutlook
from zerobay_analysis.charts import marks, style, text, words
from zerobay_analysis.charts.layout import text_width
from zerobay_analysis.charts.matrix import (
    LINE_STEP,
    MIN_SIZE,
    NOTE_SIZE,
    TEXT_SIZE,
    Entry,
    Matrix,
    matrix_figure,
)
from zerobay_analysis.charts.save import tell
from zerobay_analysis.language import say

GAP = 2.0
"""White between two cells, in points."""
TARGET_SHARE, TARGET_END = 0.26, 0.21
"""Shares of a cell's width before the verdict, and before the end of the target's number."""


def heat_figure(
    outlooks: Sequence[IndicatorOutlook], *, lang: str = "zh", size: str | tuple[float, float] = "slide"
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
    return matrix_figure(
        size,
        words.overview(outlooks, lang),
        text.OVERVIEW.fill(lang, day=outlooks[0].evidence.as_of),
        words.overview_description(outlooks, lang),
        lambda axes: heat(axes, outlooks, lang=lang),
        lang,
    )


def heat(axes: Axes, outlooks: Sequence[IndicatorOutlook], *, lang: str = "zh") -> Axes:
    """Draw the table and its key into ``axes``, which must already have its final place.

    Call inside ``style.context()``.
    """
    years = [target.year for target in outlooks[0].targets]
    key = [Entry(told, partial(marks.swatch, axes, said)) for said, told in words.verdict_key(outlooks, lang)]
    small = text.SMALL.get(lang)
    table = Matrix(axes, outlooks, years, [*key, Entry(small, None)], owners=True, lang=lang)
    for year in years:
        start = table.left[year] + TARGET_SHARE * table.step
        table.head(start, say(lang, f"{year}年", str(year)), up=13, strong=True)
        table.head(table.left[year] + TARGET_END * table.step, say(lang, "目标", "target"), align="right")
        table.head(start, say(lang, "达标概率", "chance"))
    size = _label_size(table.step, lang)
    for index, outlook in enumerate(outlooks):
        for target in outlook.targets:
            _cell(table, index, target, size, lang)
    return axes


def _cell(table: Matrix, index: int, target: TargetOutlook, size: float, lang: str) -> None:
    """One target: its number, then symbol, word and probability on their colour, and the other answer.

    Where there is no room for all of it the small line goes first, then the word, which the key has.
    """
    left, ink = table.left[target.year], style.ink(target.said)
    marks.cell(
        table.axes,
        target.said,
        (left, table.middle(index) - table.row / 2 + GAP / 2),
        table.step - GAP,
        table.row - GAP,
    )
    middle, said = table.middle(index), words.target_told(target, lang)
    said = f"{target.indicator.short(lang)} {said}"
    tell(table.axes, (left, left + table.step - GAP), (middle, middle), said, table.row - GAP)
    number = words.number(target.target, target.indicator, lang)
    table.write(left + TARGET_END * table.step, table.middle(index), number, NOTE_SIZE, ink, "right")
    label, mark = words.verdict_label(target, lang), words.verdict_mark(target)
    note = words.supposed_label(target, lang) if target.disagrees else words.range_label(target, lang)
    word, _, share = label.rpartition(" ")
    smaller = (size, NOTE_SIZE, MIN_SIZE)
    tried = [
        *([(label, each), (note, MIN_SIZE)] for each in smaller if note),
        *([(label, each)] for each in smaller),
        [(word, size), (share, size)],
        [(mark, size)],
    ]
    for lines in tried:
        heights = [each * LINE_STEP for _, each in lines]
        if sum(heights) <= table.row and not any(_too_long(line, each, table.step) for line, each in lines):
            break
    y = table.middle(index) - sum(heights) / 2
    for (line, each), height in zip(lines, heights, strict=True):
        y += height
        table.write(left + TARGET_SHARE * table.step, y - height / 2, line, each, ink)


def _label_size(width: float, lang: str) -> float:
    """Size at which every verdict with its probability fits a cell, so that all are alike."""
    size = TEXT_SIZE
    longest = [f"{verdict.symbol} {verdict.word(lang)} >99%" for verdict in VERDICTS]
    while size > MIN_SIZE and any(_too_long(label, size, width) for label in longest):
        size -= 0.5
    return size


def _too_long(label: str, size: float, width: float) -> bool:
    return text_width(label, size, style.font_family()) > (1 - TARGET_SHARE) * width - 4
