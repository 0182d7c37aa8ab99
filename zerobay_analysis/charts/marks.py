"""What a trajectory is drawn with: bands, observations, targets, the pace required, the day.

What a year is decides how a forecast is drawn. A level or a running total (stock, cumulative) has
a value on every day, and its law is known at the ends of years: a monotone curve joins these, which
never overshoots them, and dots on the median say where the law is known. A flow or a rate belongs
to its whole year: each year is a step of its own, and nothing is drawn between two of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from zerobay_analysis.assessment.outlook import (
    DISAGREES,
    ONE_FIGURE,
    IndicatorOutlook,
    TargetOutlook,
    Verdict,
)
from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.layout import value_range
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.ledger.notation import years_of
from zerobay_analysis.series import ASSUMED, Point, Role

HALF_DASH = 0.3
"""Half the length of a target's mark, in years."""
HALF_STEP = 0.42
"""Half the width of a year's step, in years."""
TODAY = "today."
TREND = "trend"
"""Group id of the median and of what ties a year to date to the year before, which labels keep off."""
BETWEEN = 16
"""Points of a curve between the ends of two years."""

MANY = 24
"""More figures than these are drawn small, and only the last of each year gets its number written."""
_SAME = 1e-6


@dataclass(frozen=True)
class Limits:
    """Ranges of the two axes."""

    x: style.Pair
    y: style.Pair

    def holds(self, value: float) -> bool:
        """Whether ``value`` can be shown at its place."""
        return self.y[0] <= value <= self.y[1]

    def held(self, value: float) -> float:
        """``value``, or the edge nearest to it."""
        return min(max(value, self.y[0]), self.y[1])


def place(outlook: IndicatorOutlook, point: Point) -> float:
    """Where a figure stands on the time axis: a flow or a rate at its year, however much of it is told."""
    return float(math.ceil(point.time - _SAME)) if outlook.evidence.yearly else point.end


def partial(outlook: IndicatorOutlook, point: Point) -> bool:
    """Whether a figure tells the first months of its year only, and so is no more than a part of it."""
    return outlook.evidence.yearly and point.through < 1 - _SAME


def drawn(outlook: IndicatorOutlook) -> tuple[Point, ...]:
    """Figures that a chart shows, in order of time.

    Mere context is left out. Of a flow or a rate a year shows its whole figure or, where none is
    held, its latest year to date, and the same months of the year before.
    """
    points = outlook.evidence.with_role(*words.MARKERS)
    if not outlook.evidence.yearly:
        return points
    most: dict[tuple[Role, str, float], float] = {}
    for p in points:
        most[p.role, p.group, p.time] = max(p.through, most.get((p.role, p.group, p.time), 0.0))
    shown = {id(p) for p in points if p.through == most[p.role, p.group, p.time]}
    shown |= {id(before) for p in points if id(p) in shown and (before := year_before(outlook, p))}
    return tuple(p for p in points if id(p) in shown)


def year_before(outlook: IndicatorOutlook, point: Point) -> Point | None:
    """The same months of the year before, which a year to date is to be read against."""
    if not partial(outlook, point):
        return None
    same = (
        p
        for p in reversed(outlook.evidence.with_role(point.role))
        if p.group == point.group
        and abs(p.time + 1 - point.time) < _SAME
        and abs(p.through - point.through) < _SAME
    )
    return next(same, None)


def limits(*outlooks: IndicatorOutlook) -> Limits:
    """Choose the ranges of the axes, which hold all of ``outlooks``.

    The official figures, the targets and the 80 % interval always fit. Figures of another
    definition fit unless they would flatten everything else; the 95 % interval is cut off at the
    edge, where its label says how far it goes.
    """
    core, wide, times, ends = [], [], [], []
    for outlook in outlooks:
        points, targets, forecast = drawn(outlook), outlook.targets, outlook.forecast
        own = [point for point in points if point.role in (Role.OWN, Role.DOUBTFUL)]
        core += [target.target for target in targets]
        core += [value for point in own for value in (point.lower, point.upper, point.reported)]
        if forecast is not None:
            core += [q for year in forecast.years for q in forecast.quantiles((0.1, 0.9), int(year))]
        elif not own:
            core.append(0.0)  # nothing is known of the level: zero keeps the targets' steps in proportion
        wide += [point.reported for point in points]
        times += [place(outlook, point) for point in points]
        times += [outlook.evidence.as_of.year - 1.0, targets[0].year - 1.0]
        ends += [targets[-1].year + (0.5 if outlook.evidence.yearly else HALF_DASH + 0.12), today(outlook)]
    low, high = min(core), max(core)
    reach = 1.5 * max(high - low, abs(high) / 2, 1e-9)
    core += [value for value in wide if low - reach <= value <= high + reach]
    return Limits(x=(min(times) - 0.45, max(ends)), y=value_range(min(core), max(core)))


def today(outlook: IndicatorOutlook) -> float:
    """Place of the day of the outlook on its time axis; a flow's year runs about the year's own place."""
    return years_of(outlook.evidence.as_of) + 0.5 * outlook.evidence.yearly


def today_line(axes: Axes, outlook: IndicatorOutlook) -> None:
    """Draw the day up to which figures are known as an upright line."""
    axes.axvline(today(outlook), color=style.MUTED, linewidth=0.8, zorder=1.95, gid=TODAY)


def ahead(outlook: IndicatorOutlook, forecast: Forecast) -> list[int]:
    """Years that a forecast is drawn of: of a flow or a rate those whose whole figure is not held."""
    start = outlook.evidence.latest if outlook.evidence.yearly else None
    return [int(year) for year in forecast.years if start is None or year > start.time]


def path(
    outlook: IndicatorOutlook, forecast: Forecast, levels: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Way of each quantile through the years: a monotone curve of a level, a step a year of a flow.

    Returns
    -------
    (ndarray, ndarray)
        Times, shape (n,), and values, shape (n_levels, n); not a number between two steps.
    """
    start, yearly = outlook.evidence.latest, outlook.evidence.yearly
    years = np.array(ahead(outlook, forecast), dtype=float)
    table = np.column_stack([forecast.quantiles(levels, int(year)) for year in years])
    if not yearly and start is not None and start.time < years[0]:
        years = np.concatenate([[start.time], years])
        table = np.column_stack([np.full(len(levels), start.reported), table])
    if yearly or len(years) == 1:
        times = np.column_stack([years - HALF_STEP, years + HALF_STEP, np.full(len(years), np.nan)])
        return times.ravel(), np.repeat(table, 3, axis=1)
    from scipy.interpolate import PchipInterpolator

    times = np.concatenate([np.linspace(a, b, BETWEEN + 1)[1:] for a, b in pairwise(years)])
    times = np.concatenate([years[:1], times])
    return times, np.sort(PchipInterpolator(years, table, axis=1)(times), axis=0)  # quantiles stay in order


def corners(axes: Axes, line: Line2D) -> NDArray[np.float64]:
    """Corners of a drawn line in pixels; of the day's line its two ends."""
    found = np.asarray(line.get_xydata())
    if line.get_gid() == TODAY:
        found = np.column_stack([found[:, 0], axes.get_ylim()])
    return axes.transData.transform(found[~np.isnan(found).any(axis=1)])


def outline(axes: Axes, outlook: IndicatorOutlook, forecast: Forecast) -> None:
    """Draw the median and the edges of the 80 % interval as thin lines: what a scenario is held against."""
    times, rows = path(outlook, forecast, (0.1, 0.5, 0.9))
    for row, dashes in zip(rows, ((1, 1.5), (6, 2), (1, 1.5)), strict=True):
        axes.plot(times, row, color=style.INK, linewidth=1.0, linestyle=(0, dashes), zorder=2.2)


def trajectory(axes: Axes, outlook: IndicatorOutlook, limit: Limits, *, small: bool = False) -> None:
    """Draw everything that a trajectory has, thinner where ``small``."""
    median, way, size, dash = (1.3, 0.7, 4.2, 2.0) if small else (1.8, 0.9, 6.5, 2.6)
    if outlook.forecast is not None:
        bands(axes, outlook, outlook.forecast, median)
    required_paths(axes, outlook, way)
    today_line(axes, outlook)
    observations(axes, outlook, limit, size)
    target_marks(axes, outlook.targets, dash)


def bands(axes: Axes, outlook: IndicatorOutlook, forecast: Forecast, linewidth: float) -> None:
    """Draw the graded intervals and the median; see the module on what stands between two years."""
    levels = sorted({0.5, *(0.5 + s * w / 2 for w in style.BAND_COLOURS for s in (-1, 1))})
    times, table = path(outlook, forecast, levels)
    rows = dict(zip(levels, table, strict=True))
    for order, (width, colour) in enumerate(style.BAND_COLOURS.items()):
        low, high = rows[0.5 - width / 2], rows[0.5 + width / 2]
        axes.fill_between(times, low, high, color=colour, linewidth=0, zorder=1 + order / 10)
    if outlook.evidence.hypothetical:  # nothing supposed looks like what is known
        hatched: Any = {"facecolor": "none", "edgecolor": style.PAPER, "hatch": "////", "linewidth": 0}
        axes.fill_between(times, table[0], table[-1], zorder=1.9, **hatched)
    look: Any = {"color": style.MEDIAN, "linewidth": linewidth, "solid_capstyle": "butt", "gid": TREND}
    axes.plot(times, rows[0.5], zorder=2, **look)
    if not outlook.evidence.yearly:
        known = [forecast.quantile(0.5, int(year)) for year in forecast.years]
        dots: Any = {"marker": "o", "markersize": 2.2 * linewidth, "color": style.MEDIAN, "ls": "none"}
        axes.plot(forecast.years, known, zorder=2.1, **dots)


def observations(axes: Axes, outlook: IndicatorOutlook, limit: Limits, size: float = 6.5) -> None:
    """Draw every figure: its shape says whose definition, its filling how exact it is.

    A year to date is half filled, and a dotted line ties it to the same months of the year before.
    A figure outside the range stands at the edge; its label carries an arrow.
    """
    points = drawn(outlook)
    if len(points) > MANY:
        size /= 2
    for point in points:
        x, y, own = place(outlook, point), limit.held(point.reported), point.role is Role.OWN
        colour = style.INK if point.role in (Role.OWN, Role.DOUBTFUL) else style.PROXY
        look: Any = {"clip_on": limit.holds(point.reported), "mec": colour}
        if look["clip_on"] and point.upper > point.lower:
            axes.plot([x, x], [point.lower, point.upper], color=colour, linewidth=1.2, zorder=3)
        hollow = words.inexact(point) or point.observation == ASSUMED
        look |= {"mfc": style.PAPER if hollow else colour, "gid": f"figure.{point.observation}."}
        look |= {"fillstyle": "left" if partial(outlook, point) and not hollow else "full"}
        mark(axes, (x, y), words.MARKERS[point.role], size if own else 0.85 * size, 1.3, **look)
        before = year_before(outlook, point)
        if before in points and before is not None:
            tied: Any = {"color": colour, "linewidth": 0.9, "linestyle": (0, (1, 2)), "gid": TREND}
            axes.plot([place(outlook, before), x], [limit.held(before.reported), y], zorder=2.8, **tied)


def mark(axes: Axes, at: style.Pair, marker: str, size: float, width: float, **look: Any) -> None:
    """Draw one marker with its size and the width of its edge in points; ``look`` is of ``Axes.plot``."""
    look |= {"ls": "none", "markersize": size, "markeredgewidth": width, "markerfacecoloralt": style.PAPER}
    axes.plot(at[:1], at[1:], marker=marker, zorder=4, **look)


def target_marks(axes: Axes, targets: Sequence[TargetOutlook], linewidth: float = 2.6) -> None:
    """Draw each target as a short dash over its year."""
    for target in targets:
        ends = [target.year - HALF_DASH, target.year + HALF_DASH]
        look: Any = {"color": style.TARGET, "linewidth": linewidth, "solid_capstyle": "butt", "zorder": 5}
        axes.plot(ends, [target.target] * 2, gid=f"target.t{target.indicator.id}-{target.year}.", **look)


def required_paths(axes: Axes, outlook: IndicatorOutlook, linewidth: float) -> None:
    """Draw the straight way from the latest figure to each target ahead of it that it has not reached.

    Nothing is drawn where no figure says where the indicator stands.
    """
    start = outlook.evidence.latest
    if start is None:
        return
    look: Any = {"color": style.TARGET, "linewidth": linewidth, "linestyle": (0, (4, 3)), "zorder": 2.6}
    for target in outlook.targets:
        if target.year > start.time and outlook.indicator.direction * (target.target - start.reported) > 0:
            way = [place(outlook, start), target.year], [start.reported, target.target]
            axes.plot(*way, gid=f"target.t{target.indicator.id}-{target.year}.", **look)


def swatch(axes: Axes, x: float, middle: float, said: Verdict, height: float = 9.0) -> None:
    """Draw a box of a key, from ``x`` to the right, in axes whose units are points."""
    cell(axes, said, (x, middle - height / 2), 12, height)


def cell(axes: Axes, said: Verdict, corner: style.Pair, width: float, height: float) -> None:
    """Draw a verdict's box; hatched where it is no word for a probability, so that no fill is evidence."""
    look: Any = {"facecolor": said.colour, "edgecolor": style.MUTED, "linewidth": 0.4, "clip_on": False}
    axes.add_patch(Rectangle(corner, width, height, **look))
    hatch = {DISAGREES: ("xxxx", style.DISPUTED), ONE_FIGURE: ("////", style.MUTED)}
    if said in hatch:
        pattern, ink = hatch[said]
        faint: Any = {"facecolor": "none", "edgecolor": ink, "linewidth": 0, "alpha": 0.18, "hatch": pattern}
        axes.add_patch(Rectangle(corner, width, height, zorder=1.2, **faint))
