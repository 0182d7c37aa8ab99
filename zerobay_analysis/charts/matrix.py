"""The frame of a chart with a row for every indicator and a column for every year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, text_width, wrap
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text
from zerobay_analysis.language import listed, say

TEXT_SIZE, NOTE_SIZE, MIN_SIZE = 9.5, 8.0, 6.5
LINE_STEP = 1.3
HEAD, KEY_GAP, KEY_STEP = 36.0, 10.0, 15.0
"""Heights of the header, of the gap before the key and of a line of it, in points."""
NAME_LEFT, GRADE, SWATCH = 22.0, 32.0, 16.0
"""Left edge of the names, width of the column of grades and of a mark in the key."""


@dataclass(frozen=True)
class Entry:
    """One entry of the key: a mark, if any, drawn at a point of the axes, and what it means."""

    text: str
    mark: Callable[[float, float], object] | None


class Matrix:
    """Rows, columns and header in axes that already have their final place; lengths in points.

    The origin is the upper left corner. Call inside ``style.context()``.

    Parameters
    ----------
    axes : Axes
    outlooks : sequence of IndicatorOutlook
        In the order of the rows.
    years : sequence of int
    key : sequence of Entry
        Set in lines under the rows.
    owners : bool
        Whether the responsible units stand in a last column.

    Attributes
    ----------
    axes : Axes
    row, step : float
        Height of a row, width of a year's column.
    left : dict of int to float
        Left edge of a year's column.
    """

    def __init__(
        self,
        axes: Axes,
        outlooks: Sequence[IndicatorOutlook],
        years: Sequence[int],
        key: Sequence[Entry],
        *,
        owners: bool,
        lang: str,
    ) -> None:
        self.axes, self._outlooks, self._lang = axes, outlooks, lang
        scale = axes.figure.dpi / POINTS_PER_INCH
        self.width, height = axes.bbox.width / scale, axes.bbox.height / scale
        axes.set(xlim=(0, self.width), ylim=(height, 0))
        axes.axis("off")
        lines = self._key_lines(key)
        self.row = (height - HEAD - KEY_GAP - KEY_STEP * len(lines)) / len(outlooks)
        name = 0.25 * self.width
        last = max(64.0, 0.16 * self.width) if owners else 0.0
        self.step = (self.width - name - GRADE - last) / len(years)
        self.left = {year: name + k * self.step for k, year in enumerate(years)}
        self._names(name, last)
        for index, lined in enumerate(lines):
            middle = HEAD + len(outlooks) * self.row + KEY_GAP + (index + 0.5) * KEY_STEP
            for x, entry in lined:
                if entry.mark is not None:
                    entry.mark(x, middle)
                self.write(x + SWATCH * (entry.mark is not None), middle, entry.text, NOTE_SIZE, style.MUTED)
        if any(outlook.evidence.synthetic for outlook in outlooks):
            watermark(axes, lang)

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
            self.lines(left, index, lines, size, colour)

    def lines(self, x: float, index: int, lines: Sequence[str], size: float, colour: str) -> None:
        """Write lines into a row, centred on its middle."""
        for place, line in enumerate(lines):
            offset = (place - (len(lines) - 1) / 2) * size * LINE_STEP
            self.write(x, self.middle(index) + offset, line, size, colour)

    def _names(self, width: float, last: float) -> None:
        """Number, name with unit, grade and owners of every row, each column in one size of type."""
        axes, lang, right = self.axes, self._lang, self.width - last
        axes.plot([0, self.width], [HEAD] * 2, color=style.MUTED, linewidth=0.8)
        self.head(0, say(lang, "指标（单位）", "Indicator (unit)"))
        self.head(right - GRADE / 2, say(lang, "等级", "Grade"), align="center")
        names = [words.named(outlook.indicator, lang, short=not last) for outlook in self._outlooks]
        room = width - NAME_LEFT - 4
        if any(len(wrap(name, room, TEXT_SIZE - 1, style.font_family())) > 1 for name in names):
            names = [words.named(outlook.indicator, lang, short=True) for outlook in self._outlooks]
        self.column(names, NAME_LEFT, room, TEXT_SIZE, style.INK)
        for index, outlook in enumerate(self._outlooks):
            if index:
                edge = self.middle(index) - self.row / 2
                axes.plot([0, self.width], [edge] * 2, color=style.GRID, linewidth=0.7, zorder=1.5)
            number, grade = str(outlook.indicator.id), outlook.grade.value
            self.write(NAME_LEFT - 8, self.middle(index), number, TEXT_SIZE, style.MUTED, "right")
            self.write(right - GRADE / 2, self.middle(index), grade, TEXT_SIZE + 1, style.INK, "center")
        if last:
            units = [outlook.indicator.owners for outlook in self._outlooks]
            whole = [[f"{unit}、" for unit in each[:-1]] + [each[-1]] for each in units]
            owners = whole if lang == "zh" else [listed(each).en for each in units]
            self.head(right + 4, say(lang, "责任单位", "Owner"))
            self.column(owners, right + 4, last - 4, NOTE_SIZE + 0.5, style.MUTED)

    def _key_lines(self, key: Sequence[Entry]) -> list[list[tuple[float, Entry]]]:
        """The entries with their left edges, set in lines of at most the width."""
        lines: list[list[tuple[float, Entry]]] = [[]]
        x = 0.0
        for entry in key:
            mark = SWATCH if entry.mark is not None else 0.0
            needed = mark + text_width(entry.text, NOTE_SIZE, style.font_family())
            if x and x + needed > self.width:
                lines.append([])
                x = 0.0
            lines[-1].append((x, entry))
            x += needed + 16
        return lines


def matrix_figure(
    size: str | tuple[float, float],
    title: str,
    subtitle: str,
    description: str,
    draw: Callable[[Axes], Any],
    lang: str,
) -> Figure:
    """Figure of a matrix with its title, what the grades mean, and its text alternative.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    with style.context():
        page = Page(style.new_figure(size))
        page.head(title, 11.0 if page.small else 13.0)
        page.head(subtitle, 9.0, style.MUTED, gap=2)
        page.foot(words.grades_note(lang), NOTE_SIZE)
        draw(page.axes(top=10.0, bottom=6.0))
        set_alt_text(page.figure, title, description)
        return page.figure
