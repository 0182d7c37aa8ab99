"""Matrix of what is held: every indicator by year, the year's figure large, its quarters small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerobay_analysis.assessment.completeness import LATE_DAYS, WHOLE_YEAR, Cell, Held
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.charts import style, words
from zerobay_analysis.charts.layout import POINTS_PER_INCH, text_width
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text
from zerobay_analysis.language import say

__all__ = ["completeness_chart", "completeness_figure"]

TEXT_SIZE, NOTE_SIZE, FLAG_SIZE = 9.5, 8.0, 7.0
HEAD = 32.0
"""Height of the header, in points."""
YEAR_SIZE, QUARTER_SIZE = 8.5, 4.6
"""Sizes of the markers, in points."""
KEY_STEP, NAME_LEFT = 15.0, 22.0


@dataclass(frozen=True)
class Mark:
    """How one kind of holding is drawn; shapes differ, so that a grey print keeps them apart."""

    marker: str
    fill: str
    edge: str
    words: tuple[str, str]


MARKS: Mapping[Held, Mark] = {
    Held.EXACT: Mark("o", style.INK, style.INK, ("准确数", "exact")),
    Held.INEXACT: Mark("o", style.PAPER, style.INK, ("约、超、近等", "told in words (about, over)")),
    Held.OTHER: Mark("D", style.PAPER, style.PROXY, ("只有存疑或其他口径", "doubtful or other only")),
    Held.MISSING: Mark("x", style.TARGET, style.TARGET, ("应报未报", "due and missing")),
    Held.AWAITED: Mark("_", style.MUTED, style.MUTED, ("未到期", "not due yet")),
}
"""Nothing is drawn for a quarter that is not asked for."""


def completeness_figure(
    outlooks: Sequence[IndicatorOutlook],
    cells: Sequence[Cell],
    *,
    lang: str = "zh",
    size: str | tuple[float, float] = "slide",
) -> Figure:
    """Complete matrix with title and key.

    Parameters
    ----------
    outlooks : sequence of IndicatorOutlook
        In the order of the rows.
    cells : sequence of Cell
        From :func:`zerobay_analysis.assessment.completeness.completeness`.
    lang : str
        ``"zh"`` or ``"en"``.
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    with style.context():
        page = Page(style.new_figure(size))
        title = _finding(cells, lang)
        page.head(title, 13.5 if page.small else 16.0)
        day = outlooks[0].evidence.as_of
        subtitle = say(
            lang,
            f"截至{day}；大符号为全年或年末数，小符号依次为一、二、三季度",
            f"As of {day}; large marks: year or year-end, small ones: first three quarters",
        )
        page.head(subtitle, 9.0, style.MUTED, gap=2)
        page.foot(words.grades_note(lang), NOTE_SIZE)
        axes = page.axes(top=10.0, bottom=6.0)
        completeness_chart(axes, outlooks, cells, lang=lang)
        set_alt_text(page.figure, title, _description(outlooks, cells, lang))
        return page.figure


def completeness_chart(
    axes: Axes, outlooks: Sequence[IndicatorOutlook], cells: Sequence[Cell], *, lang: str = "zh"
) -> Axes:
    """Draw the matrix and its key into ``axes``, which must already have its final place.

    Call inside ``style.context()``.
    """
    scale = axes.figure.dpi / POINTS_PER_INCH
    width, height = axes.bbox.width / scale, axes.bbox.height / scale
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    years = sorted({cell.year for cell in cells})
    key = _key_lines(width, lang)
    row = (height - HEAD - 8 - KEY_STEP * len(key)) / len(outlooks)
    names = [words.named(outlook.indicator, lang, short=True) for outlook in outlooks]
    longest = max(text_width(text, TEXT_SIZE - 0.5, style.font_family()) for text in names)
    name, grade = max(0.24 * width, NAME_LEFT + longest + 8), 34.0
    step = (width - name - grade) / len(years)
    _header(axes, [(year, name + k * step) for k, year in enumerate(years)], step, width, grade, lang)
    left = {year: name + k * step for k, year in enumerate(years)}
    for index, outlook in enumerate(outlooks):
        middle = HEAD + (index + 0.5) * row
        if index:
            axes.plot([0, width], [middle - row / 2] * 2, color=style.GRID, linewidth=0.7, zorder=0)
        _write(axes, 14, middle, str(outlook.indicator.id), TEXT_SIZE, style.MUTED, "right")
        _write(axes, NAME_LEFT, middle, names[index], TEXT_SIZE - 0.5)
        _write(axes, width - grade / 2, middle, outlook.grade.value, TEXT_SIZE + 1, style.INK, "center")
        for cell in cells:
            if cell.indicator == outlook.indicator.id:
                _cell(axes, cell, left[cell.year], step, middle, lang)
    for edge in (*left.values(), width - grade):
        axes.plot([edge] * 2, [HEAD, HEAD + len(outlooks) * row], color=style.GRID, linewidth=0.7, zorder=0)
    _key(axes, key, HEAD + len(outlooks) * row + 8)
    if any(outlook.evidence.synthetic for outlook in outlooks):
        watermark(axes)
    return axes


def _header(
    axes: Axes, years: Sequence[tuple[int, float]], step: float, width: float, grade: float, lang: str
) -> None:
    _write(axes, 0, HEAD - 10, say(lang, "指标（单位）", "Indicator (unit)"), NOTE_SIZE + 0.5, style.MUTED)
    for year, left in years:
        _write(axes, left + step / 2, HEAD - 10, str(year), TEXT_SIZE, style.INK, "center")
    heading = say(lang, "等级", "Grade")
    _write(axes, width - grade / 2, HEAD - 10, heading, NOTE_SIZE + 0.5, style.MUTED, "center")
    axes.plot([0, width], [HEAD, HEAD], color=style.MUTED, linewidth=0.8)


def _offset(quarter: int, step: float) -> float:
    """Place within a year's column: three quarters, then the year's own figure."""
    return step * {1: 0.15, 2: 0.31, 3: 0.47, WHOLE_YEAR: 0.73}[quarter]


def _cell(axes: Axes, cell: Cell, left: float, step: float, middle: float, lang: str) -> None:
    mark = MARKS.get(cell.held)
    if mark is None:
        return
    whole = cell.quarter == WHOLE_YEAR
    size = YEAR_SIZE if whole else QUARTER_SIZE
    x = left + _offset(cell.quarter, step)
    _mark(axes, mark, x, middle, size)
    flags = _flags(cell, lang)
    if flags:
        place = (x + size / 2 + 1.5, middle - 4.5) if whole else (x, middle - 6.5)
        _write(axes, *place, flags, FLAG_SIZE, style.INK, "left" if whole else "center")


def _flags(cell: Cell, lang: str) -> str:
    return "".join(
        say(lang, zh, en)
        for yes, zh, en in (
            (cell.late, "迟", "L"),
            (cell.revised, "修", "R"),
            (cell.conflict, "矛", "C"),
        )
        if yes
    )


def _mark(axes: Axes, mark: Mark, x: float, y: float, size: float) -> None:
    axes.plot(
        [x],
        [y],
        linestyle="none",
        marker=mark.marker,
        markersize=size * (0.85 if mark.marker == "D" else 1.0),
        markerfacecolor=mark.fill,
        markeredgecolor=mark.edge,
        markeredgewidth=1.2 if size > 6 else 0.9,
        zorder=3,
    )


def _key_lines(width: float, lang: str) -> list[list[tuple[float, Mark | None, str]]]:
    """The marks with their meaning, set in lines of at most ``width``."""
    flags = say(
        lang,
        f"迟：期末{LATE_DAYS}天后才报  修：修订过  矛：有互相矛盾的数",
        f"L: more than {LATE_DAYS} days late  R: revised  C: figures in conflict",
    )
    entries: list[tuple[Mark | None, str]] = [(mark, say(lang, *mark.words)) for mark in MARKS.values()]
    lines: list[list[tuple[float, Mark | None, str]]] = [[]]
    x = 0.0
    for mark, text in [*entries, (None, flags)]:
        needed = (14 if mark else 0) + text_width(text, NOTE_SIZE, style.font_family())
        if x and x + needed > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, mark, text))
        x += needed + 16
    return lines


def _key(axes: Axes, lines: Sequence[Sequence[tuple[float, Mark | None, str]]], top: float) -> None:
    for index, line in enumerate(lines):
        middle = top + (index + 0.5) * KEY_STEP
        for x, mark, text in line:
            if mark is not None:
                _mark(axes, mark, x + 5, middle, 6.5)
            _write(axes, x + (14 if mark else 0), middle, text, NOTE_SIZE, style.MUTED)


def _write(
    axes: Axes, x: float, y: float, text: str, size: float, colour: str = style.INK, align: str = "left"
) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, ha=align, va="center_baseline")


def _finding(cells: Sequence[Cell], lang: str) -> str:
    """The chart's message: how many annual figures are there, and how many are owed."""
    annual = [c for c in cells if c.quarter == WHOLE_YEAR and c.held is not Held.AWAITED]
    own = sum(c.held in (Held.EXACT, Held.INEXACT) for c in annual)
    missing = sum(c.held is Held.MISSING for c in cells)
    rest = say(lang, "没有应报未报的数", "none is due and missing")
    if missing:
        rest = say(
            lang, f"连同今年各季，应报未报{missing}个", f"with this year's quarters {missing} are missing"
        )
    return say(
        lang,
        f"{len(annual)}个年度数已有{own}个；{rest}",
        f"{own} of {len(annual)} annual figures are held; {rest}",
    )


def _description(outlooks: Sequence[IndicatorOutlook], cells: Sequence[Cell], lang: str) -> str:
    """Text alternative: one line per indicator."""
    comma, lines = say(lang, "、", ", "), []
    for outlook in outlooks:
        mine = [c for c in cells if c.indicator == outlook.indicator.id and c.quarter == WHOLE_YEAR]
        held = comma.join(str(c.year) for c in mine if c.held in (Held.EXACT, Held.INEXACT))
        missing = comma.join(str(c.year) for c in mine if c.held is Held.MISSING)
        none = say(lang, "无", "none")
        lines.append(
            f"{outlook.indicator.id} {outlook.indicator.name(lang)}: "
            + say(
                lang,
                f"有{held or none}年年度数；缺{missing or none}",
                f"held {held or none}; missing {missing or none}",
            )
        )
    return "\n".join(lines)
