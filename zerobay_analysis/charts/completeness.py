"""Matrix of what is held: every indicator by year, the year's figure large, its quarters small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerobay_analysis.assessment.data_owed import LATE_DAYS, WHOLE_YEAR, Cell, Held
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.charts import marks, style, text
from zerobay_analysis.charts.matrix import HEAD, Entry, Matrix
from zerobay_analysis.charts.save import set_alt_text, tell
from zerobay_analysis.charts.style import Size

FLAG_SIZE, YEAR_SIZE, KEY_SIZE, QUARTER_SIZE = 7.0, 8.5, 6.5, 4.6
"""Sizes of the flags' letters and of the markers, in points."""
PLACES = {1: 0.15, 2: 0.31, 3: 0.47, WHOLE_YEAR: 0.73}
"""Share of a year's column before the marker of a quarter."""


class Mark(NamedTuple):
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


@style.context()
def completeness_figure(
    outlooks: Sequence[IndicatorOutlook], cells: Sequence[Cell], *, lang: str = "zh", size: Size = "slide"
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
    years = sorted({cell.year for cell in cells})
    names = {held: text[f"HELD_{held.name}"].get(lang) for held in MARKS}
    key: list[Entry] = [(names[held], partial(_mark, mark=mark)) for held, mark in MARKS.items()]
    key.append((text.FLAGS.fill(lang, days=LATE_DAYS), None))
    title, day = _finding(cells, lang), text.HELD_ON.fill(lang, day=outlooks[0].evidence.as_of)
    table = Matrix(size, title, day, outlooks, years, key, owners=False, lang=lang)
    bottom = HEAD + len(outlooks) * table.row
    for edge in (*table.left.values(), table.left[years[-1]] + table.step):
        table.axes.plot([edge] * 2, [HEAD, bottom], color=style.GRID, linewidth=0.7, zorder=0)
    for year, left in table.left.items():
        table.head(left + table.step / 2, str(year), align="center", strong=True)
    rows = {of.indicator.id: (table.middle(n), of.indicator.short(lang)) for n, of in enumerate(outlooks)}
    for cell in cells:
        if cell.held in MARKS and cell.indicator in rows:
            _cell(table, cell, *rows[cell.indicator], names[cell.held], lang)
    set_alt_text(table.figure, title, _description(outlooks, cells, lang))
    return table.figure


def _cell(table: Matrix, cell: Cell, y: float, of: str, held: str, lang: str) -> None:
    """One figure of a row: its mark, and letters for what is odd about it."""
    x, whole = table.left[cell.year] + PLACES[cell.quarter] * table.step, cell.quarter == WHOLE_YEAR
    size = YEAR_SIZE if whole else QUARTER_SIZE
    _mark(table.axes, x, y, MARKS[cell.held], size, right=0.0)
    flagged = (flag for flag in ("late", "revised", "conflict") if getattr(cell, flag))
    flags = "".join(text[f"FLAG_{flag}"].get(lang) for flag in flagged)
    period = f"{cell.year}" if whole else f"{cell.year}Q{cell.quarter}"
    tell(table.axes, (x,), (y,), f"{of} {period}: {held} {flags}".strip(), size + 4)
    if flags:
        place = (x + size / 2 + 1.5, y - 4.5) if whole else (x, y - 6.5)
        table.write(*place, flags, FLAG_SIZE, style.INK, "left" if whole else "center")


def _mark(axes: Axes, x: float, y: float, mark: Mark, size: float = KEY_SIZE, right: float = 5.0) -> None:
    """Draw a mark, ``right`` of ``x``; without a size that of the key."""
    own, width = size * (0.85 if mark.marker == "D" else 1.0), 1.2 if size > 6 else 0.9
    marks.mark(axes, (x + right, y), mark.marker, own, width, mfc=mark.fill, mec=mark.edge)


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
