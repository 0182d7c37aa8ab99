"""The frame round a chart: title, subtitle and notes above and below, the rest is the chart's."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from zerobay_analysis.charts import style, text
from zerobay_analysis.charts.layout import POINTS_PER_INCH, wrap

SMALL = 500.0
"""Width in points below which a figure counts as small."""
LINE_STEP = 1.45
"""Distance of baselines over the size of the type."""


class Page:
    """Fills a figure from its top and its bottom edge; all lengths in points.

    Parameters
    ----------
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.

    Attributes
    ----------
    figure : Figure
        Made inside ``style.context()``.
    small : bool
        Narrow, as in the text block of a page, which brings white of its own: less margin and
        smaller type.
    """

    def __init__(self, size: style.Size) -> None:
        self.figure = style.new_figure(size)
        self.width, self.height = (float(side) * POINTS_PER_INCH for side in self.figure.get_size_inches())
        self.small = self.width < SMALL
        self.margin = 8.0 if self.small else 20.0
        self._top = self.height - self.margin
        self._bottom = self.margin * 0.7

    def head(self, text: str, size: float, colour: str = style.INK, gap: float = 0.0) -> None:
        """Write ``text`` below what already stands at the top, broken into lines."""
        self._top -= gap
        for line in self._lines(text, size):
            self._write(line, self._top, size, colour, "top")
            self._top -= size * LINE_STEP

    def foot(self, text: str, size: float, colour: str = style.MUTED, gap: float = 0.0) -> None:
        """Write ``text`` above what already stands at the bottom, broken into lines."""
        self._bottom += gap
        for line in reversed(self._lines(text, size)):
            self._write(line, self._bottom, size, colour, "baseline")
            self._bottom += size * LINE_STEP

    def axes(self, left: float = 0.0, right: float = 0.0, top: float = 0.0, bottom: float = 0.0) -> Axes:
        """Axes in the free room, with so many points kept free on each side."""
        x0, y0, x1, y1 = self.room
        x0, y0 = x0 + left, y0 + bottom
        return self.place(x0, y0, x1 - right - x0, y1 - top - y0)

    def place(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place given in points from the lower left corner."""
        across, up = self.width, self.height
        return self.figure.add_axes((left / across, bottom / up, width / across, height / up))

    @property
    def room(self) -> tuple[float, float, float, float]:
        """Free rectangle ``(x0, y0, x1, y1)`` in points from the lower left corner."""
        return self.margin, self._bottom, self.width - self.margin, self._top

    def _lines(self, text: str, size: float) -> list[str]:
        return wrap(text, self.width - 2 * self.margin, size, style.font_family())

    def _write(self, line: str, y: float, size: float, colour: str, va: str) -> None:
        x, up = self.margin / self.width, y / self.height
        self.figure.text(x, up, line, fontsize=size, color=colour, va=va, ha="left")


def watermark(axes: Axes, lang: str, size: float = 34.0) -> None:
    """Mark made-up data on the chart itself, so that no copy loses it."""
    look: Any = {"fontsize": size, "color": style.MUTED, "alpha": 0.16, "zorder": 9, "rotation": 18}
    look |= {"ha": "center", "va": "center", "transform": axes.transAxes, "gid": "watermark"}
    axes.text(0.5, 0.5, text.WATERMARK.get(lang), **look)
