"""Fan chart of one indicator: figures, forecast, targets, and how likely each is met."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, blended_transform_factory

from zerobay_analysis.assessment.outlook import ONE_FIGURE, IndicatorOutlook
from zerobay_analysis.charts import marks, style, text, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, Placer, beside_axes, spread, text_width, ticked
from zerobay_analysis.charts.marks import Limits
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text
from zerobay_analysis.series import Point, Role

CHIP_SIZE = 10.0
LABEL_SIZE = 9.0
LEFT = 38.0
"""Room for the numbers of the axis, in points; the unit stands over it."""
CHIP_HEIGHT = 21.0
"""Room above the axes for the verdicts, in points."""
_AROUND = (*((x, y) for y in (8, -8, 22, -22) for x in (0, 7, -7)), (10, 0), (-10, 0))
_BESIDE_DASH = ((0, -4), (0, 4), (5, 4), (-5, 4), (5, -4), (-5, -4))
_BELOW_DASH = ((0, -18), (0, 18), (0, -32))
BOTTOM = 37.0
"""Room for the years and, below them, the day, in points."""


@style.context()
def fan_figure(
    outlook: IndicatorOutlook,
    *,
    publishers: Mapping[str, str] = MappingProxyType({}),
    inferred_dates: Collection[str] = (),
    lang: str = "zh",
    size: style.Size = "slide",
    titled: bool = True,
    note: str = "",
    base: IndicatorOutlook | None = None,
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
    base : IndicatorOutlook, optional
        Without the levers of a scenario: its 80 % interval and median are drawn as outlines, and
        both keep to the same axes whatever the levers do.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    page = Page(size)
    if titled:
        page.head(words.finding(outlook, lang), 13.5 if page.small else 16.0)
        page.head(words.subtitle(outlook, lang), 8.5 if page.small else 9.5, style.MUTED, gap=2)
    if note:
        page.head(note, 9.5, style.TARGET, gap=2)
    if titled and outlook.forecast is None:
        page.head(words.without_probability(outlook, lang), 10.5, gap=6)
    points, limit = marks.drawn(outlook), marks.limits(*filter(None, (outlook, base)))
    page.foot(words.sources_line(points, publishers, inferred_dates, lang), 8.0)
    if paces := words.paces(outlook, lang):
        page.foot(paces, 8.5, style.TARGET, gap=3)
    key = words.key(outlook, points, from_zero=limit.y[0] <= 0, based=base is not None, lang=lang)
    page.foot(key, 8.5, gap=3)
    named, family = _bands_named(outlook, limit, lang), style.font_family()
    right, above = 8.0, 14.0
    if named:
        right, above = max(45.0, *(text_width(name, 8.5, family) for _, name, _ in named)) + 3, CHIP_HEIGHT
    fan(page.axes(left=LEFT, right=right, top=12.0 + above, bottom=BOTTOM), outlook, base=base, lang=lang)
    described = " ".join(filter(None, (note, words.description(outlook, lang))))
    told = words.told([outlook], publishers, lang)
    set_alt_text(page.figure, words.finding(outlook, lang), described, told)
    return page.figure


def fan(
    axes: Axes, outlook: IndicatorOutlook, *, base: IndicatorOutlook | None = None, lang: str = "zh"
) -> Axes:
    """Draw one indicator's trajectory into ``axes``, which must already have its final place.

    The verdicts stand above the upper edge of ``axes``, the median and the bands are named to
    the right of it. Call inside ``style.context()``.
    """
    limit = marks.limits(*filter(None, (outlook, base)))
    axes.set(xlim=limit.x, ylim=limit.y)
    _ticks(axes, outlook, lang)
    placer = Placer(axes.figure, axes.bbox)
    marks.trajectory(axes, outlook, limit)
    if base is not None and base.forecast is not None:
        marks.outline(axes, base, base.forecast)
    _reserve(placer, axes, outlook)
    points = _named(marks.drawn(outlook))[::-1]
    known = outlook.evidence.latest, outlook.evidence.year_to_date
    first = [p for p in points if p in known or not limit.holds(p.reported)]
    _name_points(placer, axes, outlook, limit, first, lang)
    numbered = not _name_targets(placer, axes, outlook, lang)
    _name_points(placer, axes, outlook, limit, [p for p in points if p not in first], lang)
    if outlook.forecast is not None:
        _verdicts(axes, outlook, lang, numbered=numbered)
        _name_bands(axes, outlook, limit, lang)
    if outlook.evidence.synthetic:
        watermark(axes, lang)
    return axes


def _ticks(axes: Axes, outlook: IndicatorOutlook, lang: str) -> None:
    """Years below and the day under them, numbers on the left with the unit over them."""
    ticked(axes, outlook.indicator, lang)
    muted: Any = {"color": style.MUTED, "fontsize": LABEL_SIZE}
    beside_axes(axes, (0, 1), (-LEFT, 6), outlook.indicator.unit(lang), va="bottom", **muted)
    x = axes.transLimits.transform((marks.today(outlook), 0))[0]
    day = text.AS_OF.fill(lang, day=f"{outlook.evidence.as_of:%Y-%m-%d}")
    beside_axes(axes, (min(max(x, 0.12), 0.9), 0), (0, -18), day, ha="center", va="top", **muted)


def _reserve(placer: Placer, axes: Axes, outlook: IndicatorOutlook) -> None:
    """Keep labels off the figures, the targets' dashes and the median."""
    to_pixels = axes.transData.transform
    for point in marks.drawn(outlook):
        x, y = to_pixels((marks.place(outlook, point), point.reported))
        placer.take(Bbox.from_extents(x, y, x, y), pad=5)
        (_, low), (_, high) = to_pixels([(0, point.lower), (0, point.upper)])
        placer.take(Bbox.from_extents(x, low, x, high), pad=2)
    for target in outlook.targets:
        ends = [(target.year + side * marks.HALF_DASH, target.target) for side in (-1, 1)]
        (x0, y), (x1, _) = to_pixels(ends)
        placer.take(Bbox.from_extents(x0, y, x1, y), pad=2)
        if outlook.forecast is not None:
            placer.take(Bbox.from_extents((x0 + x1) / 2, y, (x0 + x1) / 2, axes.bbox.y1), pad=1)
    for line in axes.get_lines():
        if line.get_gid() in (marks.TODAY, marks.TREND):
            placer.take_line(marks.corners(axes, line))


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
    crowded = None in written and outlook.forecast is not None
    for label in filter(None, written if crowded else ()):
        placer.release(label)
    return not crowded


def _named(drawn: Sequence[Point]) -> list[Point]:
    """Figures that get their number written: where there are many, the last of each year and group."""
    if len(drawn) <= marks.MANY:
        return list(drawn)
    return list({(point.role, point.group, math.ceil(point.end - 1e-6)): point for point in drawn}.values())


def _name_points(
    placer: Placer, axes: Axes, outlook: IndicatorOutlook, limit: Limits, points: Sequence[Point], lang: str
) -> None:
    """Number of each figure, latest first; the latest of another definition says which one."""
    explained: set[str] = set()
    for point in points:
        told = words.observation(point, outlook.indicator, lang)
        x, y = marks.place(outlook, point), limit.held(point.reported)
        if not limit.holds(point.reported):
            told = f"{told} {'↑' if y < point.reported else '↓'}"
        texts = [told]
        if point.role is Role.PROXY and point.group not in explained:
            texts.insert(0, f"{told} {words.measure(point, outlook.indicator.area, lang)}".rstrip())
        colour = style.INK if point.role in (Role.OWN, Role.DOUBTFUL) else style.MUTED
        look = {"color": colour, "fontsize": LABEL_SIZE, "zorder": 6, "path_effects": style.halo()}
        if any(placer.put(axes, choice, (x, y), _AROUND, **look) for choice in texts):
            explained.add(point.group)


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
    unit = text_width(outlook.indicator.unit(lang), LABEL_SIZE, family) + 6 - LEFT
    left, right = axes.bbox.x0 + unit * scale, axes.bbox.x1 + 44 * scale
    shrunk = min(1.0, (right - left) / sum(widths))
    widths = [width * shrunk for width in widths]
    centres = spread(wanted, widths, left, right)
    down = blended_transform_factory(axes.transData, axes.transAxes)
    for target, label, centre in zip(outlook.targets, labels, centres, strict=True):
        above = axes.transAxes.inverted().transform((centre, axes.bbox.y1 + 9 * scale))
        foot = axes.transData.inverted().transform((centre, 0))[0]
        _, height = axes.transLimits.transform((target.year, target.target))
        thin: Any = {"color": style.MUTED, "linewidth": 0.5, "linestyle": (0, (1, 2)), "zorder": 2.5}
        way = [foot, target.year, target.year], [above[1], 1.0, height]
        axes.plot(*way, transform=down, clip_on=False, **thin)
        said = ONE_FIGURE if outlook.evidence.hypothetical else target.said
        look: Any = {"ha": "center", "va": "bottom", "bbox": style.chip(said), "zorder": 7}
        look |= {"color": style.ink(said), "fontsize": CHIP_SIZE * shrunk, "transform": axes.transAxes}
        axes.text(above[0], above[1], label, **look)


def _bands_named(outlook: IndicatorOutlook, limit: Limits, lang: str) -> list[tuple[float, str, str]]:
    """Height, text and colour of the names of the median and of the bands' edges, from below.

    Of a band the upper edge is named; an edge beyond the chart has an arrow and its number.
    """
    if outlook.forecast is None:
        return []

    def number(value: float) -> str:
        return words.number(float(f"{value:.3g}"), outlook.indicator, lang)

    last = int(outlook.forecast.years[-1])
    middle = outlook.forecast.quantile(0.5, last)
    told = text.MEDIAN_AT.fill(lang, value=words.number(middle, outlook.indicator, lang))
    named = [(middle, told, style.MEDIAN)]
    for width in style.BAND_COLOURS:
        low, high = outlook.forecast.quantiles((0.5 - width / 2, 0.5 + width / 2), last)
        beyond = f" ↑{number(high)}" if high > limit.y[1] else ""
        named.append((limit.held(high), f"{100 * width:.0f}%{beyond}", style.MUTED))
        if low < limit.y[0]:
            named.append((limit.y[0], f"{100 * width:.0f}% ↓{number(low)}", style.MUTED))
    return sorted(named)


def _name_bands(axes: Axes, outlook: IndicatorOutlook, limit: Limits, lang: str) -> None:
    """Name the median and the edges of the bands to the right of the last year."""
    named = _bands_named(outlook, limit, lang)
    scale = axes.figure.dpi / POINTS_PER_INCH
    wanted = [float(axes.transData.transform((0, value))[1]) for value, _, _ in named]
    centres = spread(wanted, [12 * scale] * len(named), axes.bbox.y0, axes.bbox.y1)
    for (_, told, colour), centre in zip(named, centres, strict=True):
        at = (1, float(axes.transAxes.inverted().transform((0, centre))[1]))
        beside_axes(axes, at, (3, 0), told, va="center", color=colour, fontsize=8.5)
