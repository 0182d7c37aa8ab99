"""Fan chart of one indicator: figures, forecast, targets, and how likely each is met."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, blended_transform_factory

from zerobay_analysis.assessment.outlook import ONE_FIGURE, IndicatorOutlook, TargetOutlook
from zerobay_analysis.charts import marks, style, words
from zerobay_analysis.charts.layout import (
    POINTS_PER_INCH,
    Placer,
    beside_axes,
    spread,
    text_width,
    year_ticks,
)
from zerobay_analysis.charts.marks import Limits
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text
from zerobay_analysis.language import say
from zerobay_analysis.series import Point, Role

CHIP_SIZE = 10.0
LABEL_SIZE = 9.0
LEAST_YEAR = 34.0
"""Points below which a year is too narrow for a number of its own."""
LEFT = 38.0
"""Room for the numbers of the axis, in points; the unit stands over it."""
CHIP_HEIGHT = 21.0
"""Room above the axes for the verdicts, in points."""
_AROUND = ((0, 8), (0, -8), (10, 0), (-10, 0), (7, 8), (-7, 8), (7, -8), (-7, -8), (0, 22), (0, -22))
_BESIDE_DASH = ((0, -4), (0, 4), (5, 4), (-5, 4), (5, -4), (-5, -4))
_BELOW_DASH = ((0, -18), (0, 18), (0, -32))


def fan_figure(
    outlook: IndicatorOutlook,
    *,
    publishers: Mapping[str, str] = MappingProxyType({}),
    inferred_dates: Collection[str] = (),
    lang: str = "zh",
    size: str | tuple[float, float] = "slide",
    titled: bool = True,
    note: str = "",
) -> Figure:
    """Complete fan chart with its title, key and sources.

    Parameters
    ----------
    outlook : IndicatorOutlook
    publishers : mapping of str to str
        Name of the publisher by the identifier in ``Point.source``.
    inferred_dates : collection of str
        Sources whose day of publication is only inferred; the source line says so.
    lang : str
        ``"zh"`` or ``"en"``.
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.
    titled : bool
        False where the text round the chart says what it shows, how sure it is and as of when.
    note : str
        What the reader must not miss, e.g. that levers of a scenario are pulled.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    with style.context():
        page = Page(style.new_figure(size))
        small = page.small
        if titled:
            page.head(words.finding(outlook, lang), 13.5 if small else 16.0)
            page.head(words.subtitle(outlook, lang), 8.5 if small else 9.5, style.MUTED, gap=2)
        if note:
            page.head(note, 9.5, style.TARGET, gap=2)
        if titled and outlook.forecast is None:
            page.head(words.without_probability(outlook, lang), 10.5, gap=6)
            page.head(outlook.request(lang), 9.0, style.MUTED, gap=1)
        points = marks.drawn(outlook)
        page.foot(words.sources_line(points, publishers, inferred_dates, lang), 8.0)
        banded = outlook.forecast is not None
        page.foot(words.key(points, outlook.indicator.kind, banded=banded, lang=lang), 8.5, gap=3)
        axes = page.axes(
            left=LEFT,
            right=48.0 if banded else 8.0,
            top=12.0 + (CHIP_HEIGHT if banded else 14.0),
            bottom=26.0,
        )
        fan(axes, outlook, lang=lang)
        told = f"{note} " if note else ""
        set_alt_text(page.figure, words.finding(outlook, lang), told + words.description(outlook, lang))
        return page.figure


def fan(axes: Axes, outlook: IndicatorOutlook, *, lang: str = "zh") -> Axes:
    """Draw one indicator's trajectory into ``axes``, which must already have its final place.

    The verdicts stand above the upper edge of ``axes``, the median and the bands are named to
    the right of it. Call inside ``style.context()``.
    """
    limit = marks.limits(outlook)
    axes.set_xlim(*limit.x)
    axes.set_ylim(*limit.y)
    _ticks(axes, outlook, lang)
    placer = Placer(axes.figure, axes.bbox)
    if outlook.forecast is not None:
        marks.bands(axes, outlook, outlook.forecast)
    ends = marks.pace_line(axes, outlook) if outlook.forecast is None else None
    marks.observations(axes, outlook, limit)
    marks.target_marks(axes, outlook.targets)
    _reserve(placer, axes, outlook)
    numbered = not _name_targets(placer, axes, outlook, lang)
    _name_points(placer, axes, outlook, limit, lang)
    if ends is not None:
        _name_pace(placer, axes, ends, outlook.targets[-1], lang)
    if outlook.forecast is not None:
        _verdicts(axes, outlook, lang, numbered=numbered)
        _name_bands(axes, outlook, limit, lang)
    if outlook.evidence.synthetic:
        watermark(axes)
    return axes


def _ticks(axes: Axes, outlook: IndicatorOutlook, lang: str) -> None:
    """Years below, numbers on the left with the unit over them, a light grid."""
    years = year_ticks(axes, LEAST_YEAR)
    axes.set_xticks(years, [str(year) for year in years])
    low, high = axes.get_ylim()
    values = [
        v for v in MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= v <= high
    ]
    axes.set_yticks(values, words.ticks(values, outlook.indicator, lang))
    axes.grid(axis="y")
    unit = outlook.indicator.unit(lang)
    beside_axes(axes, (0, 1), (-LEFT, 6), unit, va="bottom", color=style.MUTED, fontsize=LABEL_SIZE)


def _reserve(placer: Placer, axes: Axes, outlook: IndicatorOutlook) -> None:
    """Keep labels off the figures, the targets' dashes and the median."""
    to_pixels = axes.transData.transform
    for point in marks.drawn(outlook):
        x, y = to_pixels((point.end, point.reported))
        placer.take(Bbox.from_extents(x, y, x, y), pad=5)
        (_, low), (_, high) = to_pixels([(0, point.lower), (0, point.upper)])
        placer.take(Bbox.from_extents(x, low, x, high), pad=2)
    for target in outlook.targets:
        (x0, y), (x1, _) = to_pixels(
            [(target.year - marks.HALF_DASH, target.target), (target.year + marks.HALF_DASH, target.target)]
        )
        placer.take(Bbox.from_extents(x0, y, x1, y), pad=2)
        if outlook.forecast is not None:
            placer.take(Bbox.from_extents((x0 + x1) / 2, y, (x0 + x1) / 2, axes.bbox.y1), pad=1)
    for line in axes.get_lines():
        if line.get_gid() == marks.TREND:
            placer.take_line(to_pixels(line.get_xydata()))


def _name_targets(placer: Placer, axes: Axes, outlook: IndicatorOutlook, lang: str) -> bool:
    """Write each target's number beside its dash, the first with the word for it.

    Returns
    -------
    bool
        False, and nothing written, where one of them finds no room and the verdicts above can
        carry the numbers instead.
    """
    places = _BESIDE_DASH if outlook.forecast is not None else _BESIDE_DASH + _BELOW_DASH
    written = []
    for index, target in enumerate(outlook.targets):
        number = words.number(target.target, target.indicator, lang)
        texts = [number] if index else [words.target_label(target, lang), number]
        at = (target.year, target.target)
        look = {"color": style.TARGET, "fontsize": 10.0, "zorder": 6, "path_effects": style.halo()}
        labels = (placer.put(axes, text, at, places, **look) for text in texts)
        written.append(next((label for label in labels if label is not None), None))
    if None not in written or outlook.forecast is None:
        return True
    for label in written:
        if label is not None:
            placer.release(label)
    return False


def _named(drawn: Sequence[Point]) -> list[Point]:
    """Figures that get their number written: where there are many, the last of each year and group."""
    if len(drawn) <= marks.MANY:
        return list(drawn)
    return list({(point.role, point.group, math.ceil(point.end - 1e-6)): point for point in drawn}.values())


def _name_points(placer: Placer, axes: Axes, outlook: IndicatorOutlook, limit: Limits, lang: str) -> None:
    """Number of each figure, latest first; the latest of another definition says which one."""
    explained: set[str] = set()
    for point in reversed(_named(marks.drawn(outlook))):
        text = words.observation(point, outlook.indicator, lang)
        x, y = point.end, point.reported
        if not limit.holds(y):
            text = f"{text} {'↑' if y > limit.y[1] else '↓'}"
            y = min(max(y, limit.y[0]), limit.y[1])
        texts = [text]
        if point.role is Role.PROXY and point.group not in explained:
            texts.insert(0, f"{text} {words.measure(point, outlook.indicator.area)}")
        colour = style.INK if point.role in (Role.OWN, Role.DOUBTFUL) else style.MUTED
        look = {"color": colour, "fontsize": LABEL_SIZE, "zorder": 6, "path_effects": style.halo()}
        if any(placer.put(axes, choice, (x, y), _AROUND, **look) for choice in texts):
            explained.add(point.group)


def _name_pace(
    placer: Placer,
    axes: Axes,
    ends: tuple[tuple[float, float], tuple[float, float]],
    target: TargetOutlook,
    lang: str,
) -> None:
    text = words.pace(target, lang)
    if text is None:
        return
    (x0, y0), (x1, y1) = ends
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    placer.put(axes, text, middle, _AROUND, color=style.MUTED, fontsize=LABEL_SIZE, zorder=6)


def _verdicts(axes: Axes, outlook: IndicatorOutlook, lang: str, *, numbered: bool) -> None:
    """Symbol, word and probability above each target's year, tied to it by a thin line.

    ``numbered`` puts the target's number there too, where the years are too close for it.
    """
    scale = axes.figure.dpi / POINTS_PER_INCH
    labels = [words.verdict_label(target, lang) for target in outlook.targets]
    if numbered:
        numbers = [words.number(target.target, target.indicator, lang) for target in outlook.targets]
        labels = [f"{number}  {label}" for number, label in zip(numbers, labels, strict=True)]
    family = style.font_family()
    widths = [(text_width(label, CHIP_SIZE, family) + 16) * scale for label in labels]
    wanted = [float(axes.transData.transform((target.year, 0))[0]) for target in outlook.targets]
    centres = spread(wanted, widths, axes.bbox.x0, axes.bbox.x1 + 44 * scale)
    down = blended_transform_factory(axes.transData, axes.transAxes)
    for target, label, centre in zip(outlook.targets, labels, centres, strict=True):
        above = axes.transAxes.inverted().transform((centre, axes.bbox.y1 + 9 * scale))
        foot = axes.transData.inverted().transform((centre, 0))[0]
        _, height = axes.transLimits.transform((target.year, target.target))
        axes.plot(
            [foot, target.year, target.year],
            [above[1], 1.0, height],
            transform=down,
            color=style.MUTED,
            linewidth=0.5,
            linestyle=(0, (1, 2)),
            clip_on=False,
            zorder=2.5,
        )
        said = ONE_FIGURE if outlook.evidence.hypothetical else target.said
        look: Any = {"ha": "center", "va": "bottom", "bbox": style.chip(said), "zorder": 7}
        look |= {"color": style.ink(said), "fontsize": CHIP_SIZE, "transform": axes.transAxes}
        axes.text(above[0], above[1], label, **look)


def _name_bands(axes: Axes, outlook: IndicatorOutlook, limit: Limits, lang: str) -> None:
    """Name the median and the upper edge of each band to the right of the last year.

    An arrow says that a band goes on above the chart.
    """
    forecast = outlook.forecast
    assert forecast is not None
    levels = (0.5, *(0.5 + width / 2 for width in style.BAND_COLOURS))
    middle, *edges = forecast.quantiles(levels, int(forecast.years[-1]))
    median = words.number(middle, outlook.indicator, lang)
    named = [(middle, say(lang, f"中位 {median}", f"mid {median}"), style.MEDIAN)]
    for width, edge in zip(style.BAND_COLOURS, edges, strict=True):
        arrow = "" if edge <= limit.y[1] else " ↑"
        named.append((edge, f"{100 * width:.0f}%{arrow}", style.MUTED))
    named.sort()
    scale = axes.figure.dpi / POINTS_PER_INCH
    wanted = [float(axes.transData.transform((0, min(value, limit.y[1])))[1]) for value, _, _ in named]
    centres = spread(wanted, [12 * scale] * len(named), axes.bbox.y0, axes.bbox.y1)
    for (_, text, colour), centre in zip(named, centres, strict=True):
        at = (1, float(axes.transAxes.inverted().transform((0, centre))[1]))
        beside_axes(axes, at, (3, 0), text, va="center", color=colour, fontsize=8.5)
