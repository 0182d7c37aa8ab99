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
from zerobay_analysis.language import say

NAME_SIZE = 9.5
TEXT_SIZE = 8.0
HEAD = 40.0
"""Room above a panel's axes for its name and its verdicts, in points."""
FOOT, LEFT, BETWEEN = 20.0, 34.0, 16.0
"""Room for the years, for the numbers, and between two panels, in points."""
YEAR_FITS = 58.0
"""Points above which a verdict in a panel also names its year."""
_BESIDE = ((0, 5), (0, -5), (7, 0), (-7, 0), (-1, 5), (-1, -5), (0, 14), (0, -14))


def multiples_figure(
    outlooks: Sequence[IndicatorOutlook],
    *,
    lang: str = "zh",
    size: str | tuple[float, float] = "wide",
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
    with style.context():
        page = Page(style.new_figure(size))
        columns = 4 if page.width > page.height else 3
        title = words.overview(outlooks, lang)
        page.head(title, 15.0 if columns == 4 else 11.0)
        page.head(text.OVERVIEW.fill(lang, day=outlooks[0].evidence.as_of), 9.0, style.MUTED, gap=2)
        years = text.LIST.get(lang).join(str(target.year) for target in outlooks[0].targets)
        page.foot(text.PANELS.fill(lang, years=years), TEXT_SIZE)
        first = min(marks.limits(outlook).x[0] for outlook in outlooks)
        places = _grid(page, len(outlooks) + 1, columns)
        for outlook, place in zip(outlooks, places, strict=False):
            panel(page.figure.add_axes(place), outlook, first=first, lang=lang)
        _key(page.figure.add_axes(places[len(outlooks)]), outlooks, lang)
        set_alt_text(
            page.figure, title, words.overview_description(outlooks, lang), words.told(outlooks, lang=lang)
        )
        return page.figure


def panel(axes: Axes, outlook: IndicatorOutlook, *, first: float | None = None, lang: str = "zh") -> Axes:
    """Draw one small trajectory into ``axes``, which must already have its final place.

    Name, grade and verdicts stand above the upper edge. Call inside ``style.context()``.

    Parameters
    ----------
    first : float, optional
        Where the time axis begins, so that all panels share it.
    """
    limit = marks.limits(outlook)
    axes.set_xlim(limit.x[0] if first is None else first, limit.x[1])
    axes.set_ylim(*limit.y)
    ticked(axes, outlook.indicator, lang, least=30.0, bins=4, fontsize=TEXT_SIZE)
    axes.tick_params(axis="both", pad=2)
    if outlook.forecast is not None:
        marks.bands(axes, outlook, outlook.forecast, linewidth=1.3)
    marks.required_paths(axes, outlook, linewidth=0.7)
    marks.today_line(axes, outlook)
    marks.observations(axes, outlook, limit, size=4.2)
    marks.target_marks(axes, outlook.targets, linewidth=2.0)
    _numbers(axes, outlook, limit, lang)
    _heading(axes, outlook, lang)
    if outlook.evidence.synthetic:
        watermark(axes, lang, size=15.0)
    return axes


def _grid(page: Page, count: int, columns: int) -> list[tuple[float, float, float, float]]:
    """Places of ``count`` axes in figure fractions, row by row."""
    x0, y0, x1, y1 = page.room
    rows = ceil(count / columns)
    width = (x1 - x0 - (columns - 1) * BETWEEN) / columns
    height = (y1 - 8.0 - y0) / rows
    return [
        (
            (x0 + (index % columns) * (width + BETWEEN) + LEFT) / page.width,
            (y1 - 8.0 - (index // columns + 1) * height + FOOT) / page.height,
            (width - LEFT) / page.width,
            (height - HEAD - FOOT) / page.height,
        )
        for index in range(count)
    ]


def _numbers(axes: Axes, outlook: IndicatorOutlook, limit: marks.Limits, lang: str) -> None:
    """Number of the last target and of the latest figure; the rest is in the fan chart."""
    scale = axes.figure.dpi / POINTS_PER_INCH
    box = axes.bbox
    placer = Placer(
        axes.figure, Bbox.from_extents(box.x0, box.y0, box.x1 + BETWEEN * scale, box.y1 + 6 * scale)
    )
    for line in axes.get_lines():
        corners = marks.corners(axes, line)
        placer.take(Bbox.from_extents(*corners[-1], *corners[-1]), pad=2.5)
        placer.take_line(corners, max(24 // len(corners), 2))
    last = outlook.targets[-1]
    number = words.number(last.target, last.indicator, lang)
    at = (float(last.year), last.target)
    placer.put(axes, number, at, _BESIDE, color=style.TARGET, fontsize=TEXT_SIZE, zorder=6)
    points = marks.drawn(outlook)
    for point in points:
        x, y = marks.place(outlook, point), point.reported
        text = words.observation(point, outlook.indicator, lang)
        if not limit.holds(y):
            text, y = ("↑", limit.y[1]) if y > limit.y[1] else ("↓", limit.y[0])
        elif point is not points[-1]:
            continue
        halo = style.halo()
        placer.put(axes, text, (x, y), _BESIDE, color=style.MUTED, fontsize=TEXT_SIZE, path_effects=halo)


def _heading(axes: Axes, outlook: IndicatorOutlook, lang: str) -> None:
    """Name and unit, grade on the right; below them one verdict a target year."""
    left = -LEFT + 2
    width = axes.bbox.width / axes.figure.dpi * POINTS_PER_INCH - left
    name = f"{outlook.indicator.id}  {words.named(outlook.indicator, lang, short=True)}"
    size = min(NAME_SIZE, NAME_SIZE * width / text_width(name, NAME_SIZE, style.font_family()))
    beside_axes(axes, (0, 1), (left, 25), name, fontsize=size)
    grade = say(lang, f"等级 {outlook.grade}", f"grade {outlook.grade}")
    muted = {"fontsize": TEXT_SIZE, "color": style.MUTED}
    beside_axes(axes, (1, 1), (0, 10), grade, ha="right", **muted)
    if outlook.targets[0].said == NO_VERDICT:
        beside_axes(axes, (0, 1), (left, 10), words.verdict_label(outlook.targets[0], lang), **muted)
        return
    step = (width - 34.0) / len(outlook.targets)
    for index, target in enumerate(outlook.targets):
        text = words.verdict_mark(target)
        if step > YEAR_FITS:
            text = f"{target.year} {text}"
        at, said = (left + 3 + index * step, 10), target.said
        look = {"bbox": style.chip(said), "color": style.ink(said)}
        beside_axes(axes, (0, 1), at, text, fontsize=TEXT_SIZE, **look)


def _key(axes: Axes, outlooks: Sequence[IndicatorOutlook], lang: str) -> None:
    """The words for probabilities and the marks, in the place of a panel."""
    width = axes.bbox.width / axes.figure.dpi * POINTS_PER_INCH
    height = axes.bbox.height / axes.figure.dpi * POINTS_PER_INCH
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")
    y = height + HEAD - 20.0
    names = ((None, text[f"MARK_{role.name}"].get(lang)) for role in words.MARKED)
    entries = [*words.verdict_key(outlooks, lang), *names]
    step = min(15.0, (y + FOOT) / len(entries))
    for said, told in entries:
        if said is not None:
            marks.swatch(axes, said, -LEFT + 2, y, height=min(9.0, step - 2.0))
        x = -LEFT + (2 if said is None else 18)
        axes.text(x, y, told, fontsize=TEXT_SIZE, color=style.MUTED, va="center_baseline")
        y -= step
