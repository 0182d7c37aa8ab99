"""Heat table: every indicator by target year, with word, symbol, probability and grade."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure

from zerobay_analysis.assessment.outlook import VERDICTS, IndicatorOutlook, TargetOutlook
from zerobay_analysis.charts import marks, style, text, words
from zerobay_analysis.charts.layout import text_width
from zerobay_analysis.charts.matrix import LINE_STEP, MIN_SIZE, NOTE_SIZE, TEXT_SIZE, Entry, Matrix
from zerobay_analysis.charts.save import set_alt_text, tell

GAP = 2.0
"""White between two cells, in points."""
TARGET_SHARE, TARGET_END = 0.26, 0.21
"""Shares of a cell's width before the verdict, and before the end of the target's number."""


@style.context()
def heat_figure(
    outlooks: Sequence[IndicatorOutlook], *, lang: str = "zh", size: style.Size = "slide"
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
    years = [target.year for target in outlooks[0].targets]
    key: list[Entry] = [
        (told, partial(marks.swatch, said=said)) for said, told in words.verdict_key(outlooks, lang)
    ]
    key.append((text.SMALL.get(lang), None))
    title, day = words.overview(outlooks, lang), text.OVERVIEW.fill(lang, day=outlooks[0].evidence.as_of)
    table = Matrix(size, title, day, outlooks, years, key, owners=True, lang=lang)
    for year, left in table.left.items():
        start = left + TARGET_SHARE * table.step
        table.head(start, text.COLUMN_YEAR.fill(lang, year=year), up=13, strong=True)
        table.head(left + TARGET_END * table.step, text.COLUMN_TARGET.get(lang), align="right")
        table.head(start, text.COLUMN_CHANCE.get(lang))
    label_size = _label_size(table.step, lang)
    for index, outlook in enumerate(outlooks):
        for target in outlook.targets:
            _cell(table, index, target, label_size, lang)
    set_alt_text(table.figure, title, words.overview_description(outlooks, lang))
    return table.figure


def _cell(table: Matrix, index: int, target: TargetOutlook, size: float, lang: str) -> None:
    """One target: its number, then symbol, word and probability on their colour, and the other answer.

    Where there is no room for all of it the small line goes first, then the word, which the key has.
    """
    left, middle, ink = table.left[target.year], table.middle(index), style.ink(target.said)
    width, height = table.step - GAP, table.row - GAP
    marks.cell(table.axes, target.said, (left, middle - table.row / 2 + GAP / 2), width, height)
    said = f"{target.indicator.short(lang)} {words.target_told(target, lang)}"
    tell(table.axes, (left, left + width), (middle, middle), said, height)
    number = words.number(target.target, target.indicator, lang)
    table.write(left + TARGET_END * table.step, middle, number, NOTE_SIZE, ink, "right")
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
    y = middle - sum(heights) / 2
    for (line, each), high in zip(lines, heights, strict=True):
        y += high
        table.write(left + TARGET_SHARE * table.step, y - high / 2, line, each, ink)


def _label_size(width: float, lang: str) -> float:
    """Size at which every verdict with its probability fits a cell, so that all are alike."""
    size = TEXT_SIZE
    longest = [f"{verdict.symbol} {verdict.word(lang)} >99%" for verdict in VERDICTS]
    while size > MIN_SIZE and any(_too_long(label, size, width) for label in longest):
        size -= 0.5
    return size


def _too_long(label: str, size: float, width: float) -> bool:
    return text_width(label, size, style.font_family()) > (1 - TARGET_SHARE) * width - 4
