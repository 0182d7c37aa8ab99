"""Where text goes: measured widths, line breaks, and places that are still free."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.style import Pair
from zerobay_analysis.plan import Indicator

POINTS_PER_INCH = 72.0
ZERO_SHARE = 0.45
"""Share of the greatest value below which the least one lets an axis start at zero."""
FAR = 20.0
"""Points from its mark beyond which a thin line ties a label to it."""
WIDE = 0x2E80
"""First code of the scripts that break between any two characters."""
_NEVER_FIRST = " ，。、；：？！）》」』”’%％,.;:?!)]}"
_NEVER_LAST = "（《「『“‘([{"


@lru_cache(maxsize=8)
def _renderer(dpi: float) -> Any:
    renderer: Any = RendererAgg  # matplotlib leaves it untyped
    return renderer(1, 1, dpi)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, family: str) -> float:
    """Width of one line of ``text`` in points, at ``size`` points, without hinting."""
    font = FontProperties(family=family, size=size)
    with mpl.rc_context({"text.hinting": "none"}):
        width, _, _ = _renderer(POINTS_PER_INCH).get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrap(text: str | Sequence[str], width: float, size: float, family: str) -> list[str]:
    """Break ``text`` into lines of at most ``width`` points.

    Chinese breaks between any two characters except before closing and after opening
    punctuation; words of other scripts stay whole. A sequence breaks between its parts only.
    """
    whole = "".join(text).rstrip()
    if text_width(whole, size, family) <= width:  # measuring every part of it takes time
        return [whole] if whole else []
    lines, line = [], ""
    for piece in pieces(text) if isinstance(text, str) else text:
        if line and text_width((line + piece).rstrip(), size, family) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def pieces(text: str) -> list[str]:
    """Smallest parts of ``text`` that a line break may separate."""
    found: list[str] = []
    for character in text:
        last = found[-1][-1] if found else "\n"
        word = all(each != " " and ord(each) < WIDE for each in (character, last))
        if found and (word or character in _NEVER_FIRST or last in _NEVER_LAST):
            found[-1] += character
        else:
            found.append(character)
    return found


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Move centres as little as needed so that intervals of ``sizes`` do not overlap.

    Parameters
    ----------
    wanted : sequence of float
        Centres asked for, in increasing order.
    sizes : sequence of float
        Full length of each interval.
    low, high : float
        The intervals stay inside, as long as they fit.
    """
    placed: list[float] = []
    edge = low
    for centre, size in zip(wanted, sizes, strict=True):
        placed.append(max(centre, edge + size / 2))
        edge = placed[-1] + size / 2
    edge = high
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], edge - sizes[index] / 2)
        edge = placed[index] - sizes[index] / 2
    return placed


def value_range(low: float, high: float) -> Pair:
    """The one rule for the ends of a value axis, of every chart and every kind of indicator.

    The axis starts at zero where the least value shown is less than ``ZERO_SHARE`` of the greatest,
    so that zero leaves less than half of it empty; otherwise it starts under the least value, and
    the chart's key says that it does not start at zero. Where values lie on both sides of zero,
    :func:`ticked` draws the zero line.
    """
    pad = 0.09 * max(high - low, abs(high) * 0.02, 1e-9)
    return (0.0 if 0 <= low < ZERO_SHARE * high else low - pad), high + pad


def ticked(
    axes: Axes, indicator: Indicator, lang: str, *, least: float = 34.0, bins: int = 6, **look: Any
) -> None:
    """Years below, numbers on the left, a light grid, and a line at zero where it is crossed.

    Years stand at least ``least`` points apart, always with the last.
    """
    first, last = axes.get_xlim()
    step = ceil(least * (last - first) / (axes.bbox.width / axes.figure.dpi * POINTS_PER_INCH))
    years = range(int(last), ceil(first) - 1, -step)[::-1]
    axes.set_xticks(years, [str(year) for year in years], **look)
    low, high = axes.get_ylim()
    places = MaxNLocator(nbins=bins, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    values = [float(value) for value in places if low <= value <= high]
    axes.set_yticks(values, words.ticks(values, indicator, lang), **look)
    axes.grid(axis="y")
    if low < 0 < high:
        axes.axhline(0, color=style.MUTED, linewidth=0.7, zorder=0.9)


def beside_axes(axes: Axes, at: Pair, offset: Pair, text: str, **look: Any) -> Text:
    """Text at an offset in points from a point of ``axes``, given as shares of their width and height."""
    look |= {"xytext": offset, "textcoords": "offset points"}
    return axes.annotate(text, at, xycoords="axes fraction", **look)


class Placer:
    """Keeps account of the boxes taken on a figure and puts labels where there is room.

    Parameters
    ----------
    figure : Figure
    inside : Bbox
        Labels stay in this box, in pixels.
    """

    def __init__(self, figure: Figure | SubFigure, inside: Bbox) -> None:
        self._scale = figure.dpi / POINTS_PER_INCH
        self._inside = inside
        self._taken: list[Bbox] = []
        self._labels: dict[Text, Bbox] = {}

    def take(self, box: Bbox, pad: float = 0.0) -> None:
        """Mark ``box`` (pixels), widened by ``pad`` points, as taken."""
        self._taken.append(box.padded(pad * self._scale))

    def take_line(self, corners: NDArray[np.float64]) -> None:
        """Mark a line with these corners (pixels) as taken, by small boxes along it."""
        pieces = max(24 // len(corners), 2)
        for (x0, y0), (x1, y1) in pairwise(corners):
            xs, ys = np.linspace(x0, x1, pieces), np.linspace(y0, y1, pieces)
            for left, right, low, high in zip(xs[:-1], xs[1:], ys[:-1], ys[1:], strict=True):
                self.take(Bbox.from_extents(left, min(low, high), right, max(low, high)), pad=1)

    def free(self, box: Bbox) -> bool:
        """Whether ``box`` is inside and touches nothing that is taken."""
        within = self._inside
        if box.x0 < within.x0 or box.x1 > within.x1 or box.y0 < within.y0 or box.y1 > within.y1:
            return False
        return not any(box.overlaps(other) for other in (*self._taken, *self._labels.values()))

    def put(self, axes: Axes, text: str, at: Pair, places: Sequence[Pair], **look: Any) -> Text | None:
        """Write ``text`` at the first free place beside the data point ``at``.

        Parameters
        ----------
        places : sequence of (dx, dy)
            Offsets in points from the data point, best first; the text stands on that side of it.

        Returns
        -------
        Text or None
            ``None``, and nothing drawn, when no place is free.
        """
        for dx, dy in places:
            ha = "center" if not dx else "left" if dx > 0 else "right"
            va = "center" if not dy else "bottom" if dy > 0 else "top"
            offset: Any = {"xytext": (dx, dy), "textcoords": "offset points", "ha": ha, "va": va}
            label = axes.annotate(text, at, annotation_clip=False, **offset, **look)
            box = label.get_window_extent(_renderer(axes.figure.dpi)).padded(3 * self._scale, self._scale)
            if self.free(box):
                self._labels[label] = box
                if abs(dy) > FAR:
                    leader = {"arrowstyle": "-", "linewidth": 0.4, "color": style.MUTED, "shrinkB": 4}
                    axes.annotate("", at, (dx, dy), textcoords="offset points", arrowprops=leader)
                return label
            label.remove()
        return None

    def release(self, label: Text) -> None:
        """Take a label written by :meth:`put` off the figure again and free its place."""
        del self._labels[label]
        label.remove()
