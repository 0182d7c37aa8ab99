"""Small multiples: the trajectories of all indicators side by side."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from zerobay_analysis.assessment.outlook import NO_VERDICT, IndicatorOutlook
from zerobay_analysis.charts import marks, style, text, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, Placer, beside_axes, text_width, ticked
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text

NAME_SIZE = 9.5
TEXT_SIZE = 8.0
HEAD = 40.0
"""Room above a panel's axes for its name and its verdicts, in points."""
FOOT, LEFT, BETWEEN = 20.0, 34.0, 16.0
"""Room for the years, for the numbers, and between two panels, in points."""
YEAR_FITS = 58.0
"""Points above which a verdict in a panel also names its year."""
_BESIDE = ((0, 5), (0, -5), (7, 0), (-7, 0), (-1, 5), (-1, -5), (0, 14), (0, -14))


@style.context()
def multiples_figure(
    outlooks: Sequence[IndicatorOutlook], *, lang: str = "zh", size: style.Size = "wide"
) -> Figure:
    """All indicators in the plan's order, one panel each, with a key in the last place.

    Parameters
    ----------
    outlooks : sequence of IndicatorOutlook
    lang : str
        ``"zh"`` or ``"en"``.
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches; a figure wider than high has
        four panels a row, another one three.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    page = Page(size)
    columns = 4 if page.width > page.height else 3
    title = words.overview(outlooks, lang)
    page.head(title, 15.0 if columns == 4 else 11.0)
    page.head(text.OVERVIEW.fill(lang, day=outlooks[0].evidence.as_of), 9.0, style.MUTED, gap=2)
    years = text.LIST.get(lang).join(str(target.year) for target in outlooks[0].targets)
    page.foot(text.PANELS.fill(lang, years=years), TEXT_SIZE)
    first = min(marks.limits(outlook).x[0] for outlook in outlooks)
    x0, y0, x1, y1 = page.room
    width = (x1 - x0 - (columns - 1) * BETWEEN) / columns
    height = (y1 - 8.0 - y0) / ceil((len(outlooks) + 1) / columns)
    for index, outlook in enumerate((*outlooks, None)):
        left = x0 + (index % columns) * (width + BETWEEN) + LEFT
        bottom = y1 - 8.0 - (index // columns + 1) * height + FOOT
        axes = page.place(left, bottom, width - LEFT, height - HEAD - FOOT)
        if outlook is None:
            _key(axes, outlooks, lang)
        else:
            panel(axes, outlook, first=first, lang=lang)
    told = words.told(outlooks, lang=lang)
    set_alt_text(page.figure, title, words.overview_description(outlooks, lang), told)
    return page.figure


def panel(axes: Axes, outlook: IndicatorOutlook, *, first: float, lang: str = "zh") -> None:
    """Draw one small trajectory, with time from ``first``, into ``axes``, which have their final place.

    Name, grade and verdicts stand above the upper edge. Call inside ``style.context()``.
    """
    limit = marks.limits(outlook)
    axes.set(xlim=(first, limit.x[1]), ylim=limit.y)
    ticked(axes, outlook.indicator, lang, least=30.0, bins=4, fontsize=TEXT_SIZE)
    axes.tick_params(axis="both", pad=2)
    marks.trajectory(axes, outlook, limit, small=True)
    _numbers(axes, outlook, limit, lang)
    _heading(axes, outlook, lang)
    if outlook.evidence.synthetic:
        watermark(axes, lang, size=15.0)


def _numbers(axes: Axes, outlook: IndicatorOutlook, limit: marks.Limits, lang: str) -> None:
    """Number of the last target and of the latest figure; the rest is in the fan chart."""
    scale, box = axes.figure.dpi / POINTS_PER_INCH, axes.bbox
    inside = Bbox.from_extents(box.x0, box.y0, box.x1 + BETWEEN * scale, box.y1 + 6 * scale)
    placer = Placer(axes.figure, inside)
    for line in axes.get_lines():
        corners = marks.corners(axes, line)
        placer.take(Bbox.from_extents(*corners[-1], *corners[-1]), pad=2.5)
        placer.take_line(corners)
    last, points = outlook.targets[-1], marks.drawn(outlook)
    number = words.number(last.target, last.indicator, lang)
    at = (float(last.year), last.target)
    placer.put(axes, number, at, _BESIDE, color=style.TARGET, fontsize=TEXT_SIZE, zorder=6)
    look = {"color": style.MUTED, "fontsize": TEXT_SIZE, "path_effects": style.halo()}
    for point in points:
        x, y = marks.place(outlook, point), limit.held(point.reported)
        if not limit.holds(point.reported):
            placer.put(axes, "↑" if point.reported > y else "↓", (x, y), _BESIDE, **look)
        elif point is points[-1]:
            placer.put(axes, words.observation(point, outlook.indicator, lang), (x, y), _BESIDE, **look)


def _heading(axes: Axes, outlook: IndicatorOutlook, lang: str) -> None:
    """Name and unit, grade on the right; below them one verdict a target year."""
    left = -LEFT + 2
    width = axes.bbox.width / axes.figure.dpi * POINTS_PER_INCH - left
    name = f"{outlook.indicator.id}  {words.named(outlook.indicator, lang, short=True)}"
    size = min(NAME_SIZE, NAME_SIZE * width / text_width(name, NAME_SIZE, style.font_family()))
    beside_axes(axes, (0, 1), (left, 25), name, fontsize=size)
    grade = text.PANEL_GRADE.fill(lang, grade=outlook.grade)
    muted = {"fontsize": TEXT_SIZE, "color": style.MUTED}
    beside_axes(axes, (1, 1), (0, 10), grade, ha="right", **muted)
    if outlook.targets[0].said == NO_VERDICT:
        beside_axes(axes, (0, 1), (left, 10), words.verdict_label(outlook.targets[0], lang), **muted)
        return
    step = (width - 34.0) / len(outlook.targets)
    for index, target in enumerate(outlook.targets):
        told = words.verdict_mark(target)
        told = f"{target.year} {told}" if step > YEAR_FITS else told
        look = {"bbox": style.chip(target.said), "color": style.ink(target.said)}
        beside_axes(axes, (0, 1), (left + 3 + index * step, 10), told, fontsize=TEXT_SIZE, **look)


def _key(axes: Axes, outlooks: Sequence[IndicatorOutlook], lang: str) -> None:
    """The words for probabilities and the marks, in the place of a panel."""
    width = axes.bbox.width / axes.figure.dpi * POINTS_PER_INCH
    height = axes.bbox.height / axes.figure.dpi * POINTS_PER_INCH
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    y = height + HEAD - 20.0
    names = ((None, text[f"MARK_{role.name}"].get(lang)) for role in words.MARKERS)
    entries = [*words.verdict_key(outlooks, lang), *names]
    step = min(15.0, (y + FOOT) / len(entries))
    for said, told in entries:
        if said is not None:
            marks.swatch(axes, -LEFT + 2, y, said, height=min(9.0, step - 2.0))
        x = -LEFT + (2 if said is None else 18)
        axes.text(x, y, told, fontsize=TEXT_SIZE, color=style.MUTED, va="center_baseline")
        y -= step
