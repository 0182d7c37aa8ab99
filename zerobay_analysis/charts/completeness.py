"""Matrix of what is held: every indicator by year, the year's figure large, its quarters small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerobay_analysis.assessment.data_owed import LATE_DAYS, WHOLE_YEAR, Cell, Held
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.charts import marks, style, text
from zerobay_analysis.charts.matrix import HEAD, Entry, Matrix, matrix_figure
from zerobay_analysis.charts.save import tell

FLAG_SIZE, YEAR_SIZE, KEY_SIZE, QUARTER_SIZE = 7.0, 8.5, 6.5, 4.6
"""Sizes of the flags' letters and of the markers, in points."""
PLACES = {1: 0.15, 2: 0.31, 3: 0.47, WHOLE_YEAR: 0.73}
"""Share of a year's column before the marker of a quarter."""


@dataclass(frozen=True)
class Mark:
    """How one kind of holding is drawn; shapes differ, so that a grey print keeps them apart."""

    marker: str
    fill: str
    edge: str


MARKS: Mapping[Held, Mark] = {
    Held.EXACT: Mark("o", style.INK, style.INK),
    Held.INEXACT: Mark("o", style.PAPER, style.INK),
    Held.OTHER: Mark("D", style.PAPER, style.PROXY),
    Held.MISSING: Mark("x", style.TARGET, style.TARGET),
    Held.AWAITED: Mark("_", style.MUTED, style.MUTED),
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
        From :func:`zerobay_analysis.assessment.data_owed.completeness`.
    lang : str
        ``"zh"`` or ``"en"``.
    size : str or (float, float)
        A name in ``style.SIZES``, or width and height in inches.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    day = outlooks[0].evidence.as_of
    subtitle = text.HELD_ON.fill(lang, day=day)
    return matrix_figure(
        size,
        _finding(cells, lang),
        subtitle,
        _description(outlooks, cells, lang),
        lambda axes: completeness_chart(axes, outlooks, cells, lang=lang),
        lang,
    )


def completeness_chart(
    axes: Axes, outlooks: Sequence[IndicatorOutlook], cells: Sequence[Cell], *, lang: str = "zh"
) -> Axes:
    """Draw the matrix and its key into ``axes``, which must already have its final place.

    Call inside ``style.context()``.
    """
    years = sorted({cell.year for cell in cells})
    flags = text.FLAGS.fill(lang, days=LATE_DAYS)
    names = {held: text[f"HELD_{held.name}"].get(lang) for held in MARKS}
    key = [Entry(names[held], partial(_key_mark, axes, mark)) for held, mark in MARKS.items()]
    table = Matrix(axes, outlooks, years, [*key, Entry(flags, None)], owners=False, lang=lang)
    bottom = HEAD + len(outlooks) * table.row
    for edge in (*table.left.values(), table.left[years[-1]] + table.step):
        axes.plot([edge] * 2, [HEAD, bottom], color=style.GRID, linewidth=0.7, zorder=0)
    for year, left in table.left.items():
        table.head(left + table.step / 2, str(year), align="center", strong=True)
    short = {outlook.indicator.id: outlook.indicator.short(lang) for outlook in outlooks}
    rows = {outlook.indicator.id: table.middle(index) for index, outlook in enumerate(outlooks)}
    for cell in cells:
        if cell.held in MARKS and cell.indicator in rows:
            x, y = table.left[cell.year] + PLACES[cell.quarter] * table.step, rows[cell.indicator]
            whole = cell.quarter == WHOLE_YEAR
            size = YEAR_SIZE if whole else QUARTER_SIZE
            _mark(axes, MARKS[cell.held], x, y, size)
            place = (x + size / 2 + 1.5, y - 4.5) if whole else (x, y - 6.5)
            period = f"{cell.year}" if whole else f"{cell.year}Q{cell.quarter}"
            said = f"{short[cell.indicator]} {period}: {names[cell.held]} {_flags(cell, lang)}"
            tell(axes, (x,), (y,), said.strip(), size + 4)
            if flags := _flags(cell, lang):
                table.write(*place, flags, FLAG_SIZE, style.INK, "left" if whole else "center")
    return axes


def _flags(cell: Cell, lang: str) -> str:
    flags = ("late", "revised", "conflict")
    return "".join(text[f"FLAG_{flag}"].get(lang) for flag in flags if getattr(cell, flag))


def _key_mark(axes: Axes, mark: Mark, x: float, y: float) -> None:
    _mark(axes, mark, x + 5, y, KEY_SIZE)


def _mark(axes: Axes, mark: Mark, x: float, y: float, size: float) -> None:
    own = size * (0.85 if mark.marker == "D" else 1.0)
    marks.mark(axes, x, y, mark.marker, own, mark.fill, mark.edge, 1.2 if size > 6 else 0.9)


def _finding(cells: Sequence[Cell], lang: str) -> str:
    """The chart's message: how many annual figures are there, and how many are owed."""
    annual = [c for c in cells if c.quarter == WHOLE_YEAR and c.held is not Held.AWAITED]
    own = sum(c.held in (Held.EXACT, Held.INEXACT) for c in annual)
    missing = sum(c.held is Held.MISSING for c in cells)
    lacks = text.HELD_LACKS.fill(lang, n=missing) if missing else text.HELD_ALL.get(lang)
    return text.HELD.fill(lang, all=len(annual), own=own, lacks=lacks)


def _description(outlooks: Sequence[IndicatorOutlook], cells: Sequence[Cell], lang: str) -> str:
    """Text alternative: one line per indicator."""

    def years(number: int, *held: Held) -> str:
        found = [
            str(c.year) for c in cells if (c.indicator, c.quarter) == (number, WHOLE_YEAR) and c.held in held
        ]
        return text.LIST.get(lang).join(found) or text.NONE.get(lang)

    lines = []
    for indicator in (outlook.indicator for outlook in outlooks):
        own, missing = years(indicator.id, Held.EXACT, Held.INEXACT), years(indicator.id, Held.MISSING)
        told = text.HELD_OF.fill(lang, own=own, missing=missing)
        lines.append(f"{indicator.id} {indicator.name(lang)}: {told}")
    return "\n".join(lines)
