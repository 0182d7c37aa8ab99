"""The frame of a chart with a row for every indicator and a column for every year."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes

from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.charts import style, text, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, text_width, wrap
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.language import listed

TEXT_SIZE, NOTE_SIZE, MIN_SIZE = 9.5, 8.0, 6.5
LINE_STEP = 1.3
HEAD, KEY_GAP, KEY_STEP = 36.0, 10.0, 15.0
"""Heights of the header, of the gap before the key and of a line of it, in points."""
NAME_LEFT, GRADE, SWATCH = 22.0, 32.0, 16.0
"""Left edge of the names, width of the column of grades and of a mark in the key."""

Entry = tuple[str, Callable[[Axes, float, float], object] | None]
"""What an entry of the key says, and what draws its mark, if any, at a point of the axes."""


class Matrix:
    """A figure with title, rows, columns, header and key; lengths in points.

    The origin is the upper left corner of the axes. Call inside ``style.context()``.

    Parameters
    ----------
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.
    title, subtitle : str
    outlooks : sequence of IndicatorOutlook
        In the order of the rows.
    years : sequence of int
    key : sequence of Entry
        Set in lines under the rows.
    owners : bool
        Whether the responsible units stand in a last column.

    Attributes
    ----------
    figure : Figure
    axes : Axes
    row, step : float
        Height of a row, width of a year's column.
    left : dict of int to float
        Left edge of a year's column.
    """

    def __init__(
        self,
        size: style.Size,
        title: str,
        subtitle: str,
        outlooks: Sequence[IndicatorOutlook],
        years: Sequence[int],
        key: Sequence[Entry],
        *,
        owners: bool,
        lang: str,
    ) -> None:
        page = Page(size)
        page.head(title, 11.0 if page.small else 13.0)
        page.head(subtitle, 9.0, style.MUTED, gap=2)
        page.foot(text.GRADES.get(lang), NOTE_SIZE)
        self.figure, self.axes = page.figure, page.axes(top=10.0, bottom=6.0)
        self._outlooks, self._lang = outlooks, lang
        scale = self.figure.dpi / POINTS_PER_INCH
        self.width, height = self.axes.bbox.width / scale, self.axes.bbox.height / scale
        self.axes.set(xlim=(0, self.width), ylim=(height, 0))
        self.axes.axis("off")
        placed = self._placed(key)
        self.row = (height - HEAD - KEY_GAP - KEY_STEP * (placed[-1][0] + 1)) / len(outlooks)
        name = 0.25 * self.width
        last = max(64.0, 0.16 * self.width) if owners else 0.0
        self.step = (self.width - name - GRADE - last) / len(years)
        self.left = {year: name + k * self.step for k, year in enumerate(years)}
        self._names(name, last)
        for line, x, (told, mark) in placed:
            middle = HEAD + len(outlooks) * self.row + KEY_GAP + (line + 0.5) * KEY_STEP
            if mark is not None:
                mark(self.axes, x, middle)
            self.write(x + SWATCH * (mark is not None), middle, told, NOTE_SIZE, style.MUTED)
        if any(outlook.evidence.synthetic for outlook in outlooks):
            watermark(self.axes, lang)

    def middle(self, index: int) -> float:
        """Height of the middle of a row."""
        return HEAD + (index + 0.5) * self.row

    def head(
        self, x: float, text: str, *, up: float = 0.0, align: str = "left", strong: bool = False
    ) -> None:
        """Write into the header, ``up`` points above its last line."""
        size, colour = (TEXT_SIZE, style.INK) if strong else (NOTE_SIZE + 0.5, style.MUTED)
        self.write(x, HEAD - 9 - up, text, size, colour, align)

    def write(
        self, x: float, y: float, text: str, size: float, colour: str = style.INK, align: str = "left"
    ) -> None:
        """Write one line, centred on ``y``."""
        self.axes.text(x, y, text, fontsize=size, color=colour, ha=align, va="center_baseline")

    def column(
        self, texts: Sequence[str | Sequence[str]], left: float, width: float, size: float, colour: str
    ) -> None:
        """Write one text a row, broken into lines where it must be, in the largest size at which all fit."""
        family = style.font_family()
        while True:
            broken = [wrap(text, width, size, family) for text in texts]
            fits = all(
                len(lines) * size * LINE_STEP <= self.row
                and all(text_width(line, size, family) <= width for line in lines)
                for lines in broken
            )
            if fits or size <= MIN_SIZE:
                break
            size -= 0.5
        for index, lines in enumerate(broken):
            for place, line in enumerate(lines):
                offset = (place - (len(lines) - 1) / 2) * size * LINE_STEP
                self.write(left, self.middle(index) + offset, line, size, colour)

    def _names(self, width: float, last: float) -> None:
        """Number, name with unit, grade and owners of every row, each column in one size of type."""
        lang, right, family = self._lang, self.width - last, style.font_family()
        self.axes.plot([0, self.width], [HEAD] * 2, color=style.MUTED, linewidth=0.8)
        self.head(0, text.COLUMN_INDICATOR.get(lang))
        self.head(right - GRADE / 2, text.COLUMN_GRADE.get(lang), align="center")
        indicators, room = [outlook.indicator for outlook in self._outlooks], width - NAME_LEFT - 4
        names = [words.named(indicator, lang, short=not last) for indicator in indicators]
        if any(len(wrap(name, room, TEXT_SIZE - 1, family)) > 1 for name in names):
            names = [words.named(indicator, lang, short=True) for indicator in indicators]
        self.column(names, NAME_LEFT, room, TEXT_SIZE, style.INK)
        for index, outlook in enumerate(self._outlooks):
            middle = self.middle(index)
            if index:
                edge = [middle - self.row / 2] * 2
                self.axes.plot([0, self.width], edge, color=style.GRID, linewidth=0.7, zorder=1.5)
            self.write(NAME_LEFT - 8, middle, str(indicators[index].id), TEXT_SIZE, style.MUTED, "right")
            self.write(right - GRADE / 2, middle, outlook.grade.value, TEXT_SIZE + 1, align="center")
        if last:
            units = [indicator.owners for indicator in indicators]
            whole = [[f"{unit}、" for unit in each[:-1]] + [each[-1]] for each in units]
            owners = whole if lang == "zh" else [listed(each).en for each in units]
            self.head(right + 4, text.COLUMN_OWNER.get(lang))
            self.column(owners, right + 4, last - 4, NOTE_SIZE + 0.5, style.MUTED)

    def _placed(self, key: Sequence[Entry]) -> list[tuple[int, float, Entry]]:
        """The entries with their line and their left edge, in lines of at most the width."""
        line, x, placed = 0, 0.0, []
        for told, mark in key:
            needed = SWATCH * (mark is not None) + text_width(told, NOTE_SIZE, style.font_family())
            if x and x + needed > self.width:
                line, x = line + 1, 0.0
            placed.append((line, x, (told, mark)))
            x += needed + 16
        return placed
