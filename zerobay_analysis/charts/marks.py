"""What a trajectory is drawn with: bands, observations, targets, the pace required."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from zerobay_analysis.assessment.outlook import (
    DISAGREES,
    ONE_FIGURE,
    IndicatorOutlook,
    TargetOutlook,
    Verdict,
)
from zerobay_analysis.charts import style
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import ASSUMED, Point, Precision, Role

HALF_DASH = 0.3
"""Half the length of a target's mark, in years."""
TREND = "trend"
"""Group id of the median and of the required pace, which labels keep off."""

MANY = 24
"""More figures than these are drawn small, and only the last of each year gets its number written."""
_MARKERS = {Role.OWN: "o", Role.DOUBTFUL: "s", Role.PROXY: "D", Role.OUTLIER: "x"}


@dataclass(frozen=True)
class Limits:
    """Ranges of the two axes."""

    x: tuple[float, float]
    y: tuple[float, float]

    def holds(self, value: float) -> bool:
        """Whether ``value`` can be shown at its place."""
        return self.y[0] <= value <= self.y[1]


def drawn(outlook: IndicatorOutlook) -> tuple[Point, ...]:
    """Figures that a chart shows, in order of time.

    Mere context is left out, and so are the first months of a year whose whole figure is held.
    """
    points = outlook.evidence.with_role(*_MARKERS)
    if not outlook.evidence.yearly:
        return points
    whole = {(point.role, point.group, point.time) for point in points if point.through >= 1}
    return tuple(p for p in points if p.through >= 1 or (p.role, p.group, p.time) not in whole)


def limits(outlook: IndicatorOutlook) -> Limits:
    """Choose the ranges of the axes.

    The official figures, the targets and the 80 % interval always fit. The 95 % interval and
    figures of another definition fit unless they would flatten everything else.
    """
    points = drawn(outlook)
    targets = outlook.targets
    times = [point.end for point in points] + [outlook.evidence.as_of.year - 1.0]
    last = max(target.year for target in targets)
    x = (min([*times, targets[0].year - 1.0]) - 0.4, last + HALF_DASH + 0.12)

    levels = (0.025, 0.1, 0.9, 0.975)
    forecast = outlook.forecast
    fan = [] if forecast is None else [forecast.quantiles(levels, int(year)) for year in forecast.years]
    core = _core(outlook, points) + [value for row in fan for value in row[1:3]]
    low, high = min(core), max(core)
    rate = outlook.indicator.kind is Kind.RATE
    reach = 1.5 * max(high - low, abs(high) / 2, 1e-9)
    wide = [point.reported for point in points if low - reach <= point.reported <= high + reach]
    wide += [tail for row in fan for tail in row[::3] if low - reach <= tail <= high + reach]
    low, high = min([low, *wide]), max([high, *wide])
    pad = 0.09 * max(high - low, abs(high) * 0.02, 1e-9)
    bottom = low - pad
    if low >= 0 or not rate:  # from zero, unless that would press everything into the upper half
        bottom = 0.0 if low < 0.45 * high else max(bottom, 0.0)
    return Limits(x=x, y=(bottom, high + pad))


def _core(outlook: IndicatorOutlook, points: Sequence[Point]) -> list[float]:
    """Values that the chart must have room for besides the 80 % interval: targets and official figures."""
    core = [target.target for target in outlook.targets]
    for point in points:
        if point.role in (Role.OWN, Role.DOUBTFUL):
            core += [point.lower, point.upper, point.reported]
    unknown = outlook.forecast is None and len(core) == len(outlook.targets)
    if unknown and outlook.indicator.kind is not Kind.RATE:
        core.append(0.0)  # nothing is known of the level: zero keeps the targets' steps in proportion
    return core


def bands(axes: Axes, outlook: IndicatorOutlook, forecast: Forecast, linewidth: float = 1.8) -> None:
    """Draw the graded intervals and the median, from the latest figure on."""
    years = forecast.years.astype(float)
    levels = sorted({0.5, *(0.5 + s * w / 2 for w in style.BAND_COLOURS for s in (-1, 1))})
    table = np.column_stack([forecast.quantiles(levels, int(year)) for year in forecast.years])
    start = outlook.evidence.latest
    if start is not None and start.time < years[0]:
        years = np.concatenate([[start.time], years])
        table = np.column_stack([np.full(len(levels), start.reported), table])
    rows = dict(zip(levels, table, strict=True))
    for order, (width, colour) in enumerate(style.BAND_COLOURS.items()):
        low, high = rows[0.5 - width / 2], rows[0.5 + width / 2]
        axes.fill_between(years, low, high, color=colour, linewidth=0, zorder=1 + order / 10)
    if outlook.evidence.hypothetical:  # nothing supposed looks like what is known
        widest = 0.5 - max(style.BAND_COLOURS) / 2, 0.5 + max(style.BAND_COLOURS) / 2
        hatched: Any = {"facecolor": "none", "edgecolor": style.PAPER, "hatch": "////", "linewidth": 0}
        axes.fill_between(years, rows[widest[0]], rows[widest[1]], zorder=1.9, **hatched)
    look: Any = {"color": style.MEDIAN, "linewidth": linewidth, "solid_capstyle": "round", "gid": TREND}
    axes.plot(years, rows[0.5], zorder=2, **look)


def observations(axes: Axes, outlook: IndicatorOutlook, limit: Limits, size: float = 6.5) -> None:
    """Draw every figure: its shape says whose definition, its filling how exact it is.

    A figure outside the range stands at the edge; its label carries an arrow.
    """
    points = drawn(outlook)
    if len(points) > MANY:
        size /= 2
    for point in points:
        x = point.end
        colour = style.INK if point.role in (Role.OWN, Role.DOUBTFUL) else style.PROXY
        inside = limit.holds(point.reported)
        y = point.reported if inside else min(max(point.reported, limit.y[0]), limit.y[1])
        if inside and point.upper > point.lower:
            axes.plot([x, x], [point.lower, point.upper], color=colour, linewidth=1.2, zorder=3)
        hollow = point.precision is not Precision.EXACT and point.role is not Role.OUTLIER
        hollow |= point.observation == ASSUMED
        own = size * (0.85 if point.role is not Role.OWN else 1.0)
        fill, name = style.PAPER if hollow else colour, f"figure.{point.observation}."
        mark(axes, x, y, _MARKERS[point.role], own, fill, colour, 1.3, inside, name)


def mark(
    axes: Axes,
    x: float,
    y: float,
    marker: str,
    size: float,
    fill: str,
    edge: str,
    width: float,
    clipped: bool = True,
    name: str | None = None,
) -> None:
    """Draw one marker: its size and the width of its edge are in points, ``name`` is its SVG group's."""
    look: Any = {
        "markersize": size,
        "markerfacecolor": fill,
        "markeredgecolor": edge,
        "zorder": 4,
        "gid": name,
    }
    axes.plot([x], [y], linestyle="none", marker=marker, markeredgewidth=width, clip_on=clipped, **look)


def target_marks(axes: Axes, targets: Sequence[TargetOutlook], linewidth: float = 2.6) -> None:
    """Draw each target as a short dash over its year."""
    for target in targets:
        ends = [target.year - HALF_DASH, target.year + HALF_DASH]
        look: Any = {"color": style.TARGET, "linewidth": linewidth, "solid_capstyle": "butt", "zorder": 5}
        axes.plot(ends, [target.target] * 2, gid=f"target.t{target.indicator.id}-{target.year}.", **look)


def pace_line(
    axes: Axes, outlook: IndicatorOutlook, linewidth: float = 1.2
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Draw the straight way from the latest figure to the last target; return its two ends.

    ``None``, and nothing drawn, where no figure says where the indicator stands.
    """
    start, last = outlook.evidence.latest, outlook.targets[-1]
    if start is None or last.year <= start.time:
        return None
    ends = (start.time, start.reported), (float(last.year), last.target)
    look: Any = {"color": style.MUTED, "linewidth": linewidth, "linestyle": (0, (4, 3)), "gid": TREND}
    axes.plot(*zip(*ends, strict=True), zorder=2, **look)
    return ends


def swatch(axes: Axes, said: Verdict, x: float, middle: float, height: float = 9.0) -> None:
    """Draw a box of a key, from ``x`` to the right, in axes whose units are points."""
    cell(axes, said, (x, middle - height / 2), 12, height)


def cell(axes: Axes, said: Verdict, corner: tuple[float, float], width: float, height: float) -> None:
    """Draw a verdict's box; hatched where it is no word for a probability, so that no fill is evidence."""
    hatch = {DISAGREES: ("xxxx", style.DISPUTED), ONE_FIGURE: ("////", style.MUTED)}
    pattern, ink = hatch.get(said, ("", style.MUTED))
    look: Any = {"facecolor": said.colour, "edgecolor": style.MUTED, "linewidth": 0.4, "clip_on": False}
    axes.add_patch(Rectangle(corner, width, height, **look))
    if pattern:
        faint: Any = {"facecolor": "none", "edgecolor": ink, "linewidth": 0, "alpha": 0.18, "hatch": pattern}
        axes.add_patch(Rectangle(corner, width, height, zorder=1.2, **faint))
