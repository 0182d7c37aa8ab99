"""The deck (.pptx): what leadership is shown, in measured text and native tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pptx
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing, IndicatorLine
from zerobay_analysis.briefing.figures import SLIDE, Pictures
from zerobay_analysis.briefing.fonts import line_count
from zerobay_analysis.briefing.fonts import width as advance
from zerobay_analysis.briefing.tables import Cell, Table
from zerobay_analysis.charts import style
from zerobay_analysis.charts.layout import pieces
from zerobay_analysis.charts.words import span
from zerobay_analysis.language import CHINESE

if TYPE_CHECKING:
    from pptx.slide import Slide

    from zerobay_analysis.briefing.writers import FormTask


LATIN, EAST_ASIAN = "Arial", "微软雅黑"
ALERT = "#7a1f12"
WIDTH, HEIGHT = 13.333, 7.5
LEFT, TOP, BOTTOM = 0.6, 1.35, 0.55
"""Margins in inches; the title stands above ``TOP``, the foot below ``BOTTOM``."""
ROOM, ACROSS = HEIGHT - TOP - BOTTOM - 0.05, WIDTH - 2 * LEFT
"""Height between title and foot, and width, in inches."""
LINE = 1.35
"""Distance of baselines over the size of the type, set exactly, so that no font overflows."""
PAD = 0.06
"""Inches between a cell's edge and its text."""
SAFETY, LATIN_SAFETY = 0.92, 0.86
"""Share of a line's width that is filled: another font may run wider, most of all in Latin letters."""
SIZES = tuple(half / 2 for half in range(30, 16, -1))
"""Sizes of type that a text tries, in points, largest first: 15 to 8.5."""
MIN_SIZE = 9.0
"""Smallest type of a table that stands alone, in points."""
NOTE, EVIDENCE = 0.55, 0.5
"""Heights in inches of the note below a table and of the line of evidence below a fan."""


@dataclass(frozen=True)
class Box:
    """Place on a slide, in inches."""

    x: float
    y: float
    width: float
    height: float

    @property
    def place(self) -> tuple[Any, Any, Any, Any]:
        """Left, top, width and height as the file has them."""
        return Inches(self.x), Inches(self.y), Inches(self.width), Inches(self.height)


@dataclass(frozen=True)
class Grid:
    """A table measured at one size of type; widths and heights in inches."""

    table: Table
    size: float
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def cells(self) -> list[Sequence[Cell]]:
        """Heading and rows."""
        return [tuple(map(Cell, self.table.headings)), *self.rows]

    @cached_property
    def heights(self) -> list[float]:
        """Of the heading and of every row."""
        return [
            max(_height([cell.full], width, self.size) for cell, width in zip(row, self.widths, strict=True))
            for row in self.cells
        ]

    def pages(self, room: float) -> list[tuple[tuple[Cell, ...], ...]]:
        """Share rows evenly among as few tables of at most ``room`` inches as hold them."""
        head, *heights = self.heights
        most = room - head
        fewest = len(_filled(heights, most))
        even = sum(heights) / fewest
        while even < most and len(_filled(heights, even)) > fewest:
            even += 0.05
        ends = [0, *_filled(heights, min(even, most))]
        return [self.rows[start:end] for start, end in pairwise(ends)]


def _grid(table: Table, size: float, width: float = ACROSS) -> Grid:
    """A table whose columns share a width, none narrower than its longest word if there is room for that."""
    columns = zip(*(tuple(map(Cell, table.headings)), *table.rows), strict=True)
    words = [[piece.rstrip() for cell in column for piece in pieces(cell.full)] for column in columns]
    least = [max(advance(one) / _filled_share(one) for one in of) * size / 72 + 2 * PAD for of in words]
    shares = [column.share for column in table.columns]
    widths = [width * share / sum(shares) for share in shares]
    while sum(least) < width and any(a < b - 1e-9 for a, b in zip(widths, least, strict=True)):
        short = [a < b + 1e-9 for a, b in zip(widths, least, strict=True)]
        free = width - sum(b for b, of in zip(least, short, strict=True) if of)
        rest = sum(share for share, of in zip(shares, short, strict=True) if not of)
        widths = [b if of else free * s / rest for b, s, of in zip(least, shares, short, strict=True)]
    return Grid(table, size, tuple(widths), table.rows)


def _height(texts: Sequence[str], width: float, size: float, gap: float = 0.0) -> float:
    """Inches that paragraphs take in a box of ``width`` inches."""
    room = (width - 2 * PAD) * 72 / size
    parts = [part for paragraph in texts for part in paragraph.split("\n")]
    count = sum(line_count(part, room * _filled_share(part)) for part in parts)
    return (count * size * LINE + gap * (len(texts) - 1)) / 72 + 2 * PAD


def _filled_share(text: str) -> float:
    return SAFETY if CHINESE.search(text) else LATIN_SAFETY


def _filled(heights: Sequence[float], room: float) -> list[int]:
    """Where each page ends when rows of these heights fill one page after the other."""
    ends: list[int] = []
    used = 0.0
    for index, needed in enumerate(heights):
        if used and used + needed > room:
            ends.append(index)
            used = 0.0
        used += needed
    return [*ends, len(heights)]


def make(task: FormTask) -> list[bytes]:
    """The file."""
    return [deck_bytes(task.briefing, task.pictures)]


def deck_bytes(briefing: Briefing, pictures: Pictures) -> bytes:
    """Bytes of the deck."""
    deck = Deck(briefing)
    _title(deck, briefing)
    _summary(deck, briefing)
    schedule = tables.schedule(briefing).on("slide")
    deck.tables(schedule.title, schedule, 10.5, note=text.SPACE.get(briefing.lang).join(schedule.notes))
    outlook = tables.outlook(briefing).on("slide")
    deck.tables(
        briefing.say(text.ALL_INDICATORS), outlook, 11.5, note=f"{outlook.notes[-1]} {briefing.method.grades}"
    )
    for indicator in briefing.at_risk:
        _risk(deck, briefing, indicator, pictures)
    deck.tables(briefing.say(text.CHANGES), tables.changes(briefing).on("slide"), 11)
    deck.tables(briefing.say(text.OWED), tables.owed(briefing).on("slide"), 10, note=briefing.owed_text)
    deck.tables(
        briefing.say(text.IF_THEN), tables.if_then(briefing), 10, note=briefing.say(text.IF_THEN_NOTE)
    )
    _method(deck, briefing)
    deck.tables(briefing.say(text.TARGETS_IN_FIGURES), tables.targets(briefing).on("slide"), 9.5)
    sources = tables.sources(briefing, weighted=True).on("slide")
    others = len(briefing.sources) - len(sources.rows)
    note = briefing.say(text.WEIGHTED_SOURCES)
    note += (briefing.say(text.CONTEXT_SOURCES, n=others) if others else "") + briefing.say(text.STOP)
    deck.tables(briefing.say(text.SOURCES), sources, 10.5, note=note)
    return deck.saved()


def _title(deck: Deck, briefing: Briefing) -> None:
    slide = deck.slide(briefing.title, first=True)
    deck.text(slide, [briefing.subtitle], Box(LEFT, 3.05, ACROSS, 0.6), (16, 14, 12), style.MUTED)
    told = [sentence for _, sentence in briefing.headlines]
    deck.text(slide, told, Box(LEFT, 3.8, ACROSS, 1.9), (20, 18, 16, 15, 14, 13, 12), style.MEDIAN, gap=6)
    run = briefing.say(text.RUN, run=briefing.run_id)
    deck.text(slide, [run], Box(LEFT, 5.9, ACROSS, 0.4), (12,), style.MUTED)


def _summary(deck: Deck, briefing: Briefing) -> None:
    """What each year holds and the further findings as large as they fill the slide, and a chart."""
    slide = deck.slide(briefing.say(text.OVERALL))
    year, width = 1.1, 6.55
    size, heights = SIZES[0], [0.0]
    for size in SIZES:
        heights = [max(0.6, _height([told], width, size) + 0.1) for _, told in briefing.headlines]
        if sum(heights) + _height(briefing.points, year + width, size - 1, gap=4) <= ROOM:
            break
    y = TOP
    for (number, told), height in zip(briefing.headlines, heights, strict=True):
        deck.text(slide, [str(number)], Box(LEFT, y, year, 0.55), (26, 24), style.MEDIAN)
        deck.text(slide, [told], Box(LEFT + year, y, width, height), (size,))
        y += height
    rest = Box(LEFT, y, year + width, TOP + ROOM - y)
    deck.text(slide, briefing.points, rest, (size - 1,), style.MUTED, gap=4)
    x = LEFT + year + width + 0.2
    counts = [briefing.verdict_counts(year) for year in briefing.years]
    series = [
        (
            f"{verdict.symbol} {verdict.word(briefing.lang)}",
            [c[verdict] or None for c in counts],
            verdict.colour,
        )
        for verdict in counts[0]
        if any(c[verdict] for c in counts)
    ]
    heading = briefing.say(text.TARGETS_BY_VERDICT)
    box = Box(x, TOP, WIDTH - LEFT - x, ROOM)
    deck.bars(slide, heading, briefing.years, series, box, briefing.headline, stacked=True)


def _risk(deck: Deck, briefing: Briefing, indicator: IndicatorLine, pictures: Pictures) -> None:
    """Fan, targets, notes and scenarios of one indicator."""
    slide = deck.slide(indicator.finding)
    picture = pictures.fan(indicator.number, SLIDE, titled=False)
    label = briefing.say(text.SLIDE_LABEL, i=indicator)
    deck.text(slide, [label], Box(LEFT, TOP, 6.6, 0.38), (13, 12, 11, 10, 9), style.MUTED)
    deck.picture(slide, picture.png, Box(LEFT, TOP + 0.4, 6.6, ROOM - 0.4 - EVIDENCE), picture.description)
    x, width = LEFT + 6.75, ACROSS - 6.75
    targets = _grid(tables.targets(briefing, [indicator]).on("risk"), 10.5, width)
    used = deck.table(slide, targets, (x, TOP), indicator.finding)
    notes = [
        name + briefing.say(text.COLON) + note for name, note in briefing.risk_notes(indicator, brief=True)
    ]
    below = Box(LEFT, TOP + ROOM - EVIDENCE, 6.6, EVIDENCE)
    deck.text(slide, [notes.pop()], below, SIZES[8:], style.MUTED)
    scenarios, room = tables.scenarios(briefing, indicator).on("risk"), ROOM - used - 0.1
    grid, taken = _grid(scenarios, SIZES[9], width), 0.0
    for size, least in zip(SIZES[9:], SIZES[8:], strict=False):
        grid = _grid(scenarios, size, width)
        taken = sum(grid.heights) if scenarios.rows else 0.0
        if taken + _height(notes, width, least, gap=3) <= room:
            break
    while len(notes) > 1 and _height(notes, width, SIZES[-1], gap=3) > room - taken:
        notes.pop()  # the last matter least, and stand in the report
    deck.text(slide, notes, Box(x, TOP + used + 0.06, width, room - taken), SIZES[4:], gap=3)
    if scenarios.rows:
        deck.table(slide, grid, (x, TOP + ROOM - taken), scenarios.title)


def _method(deck: Deck, briefing: Briefing) -> None:
    method = briefing.method
    slide = deck.slide(briefing.say(text.TRUST))
    width = 6.6 if method.rows else ACROSS
    texts = [*method.paragraphs, method.trust, method.grades, method.provenance]
    deck.text(slide, texts, Box(LEFT, TOP, width, ROOM), SIZES[2:], gap=6)
    asked = [row for row in method.rows if row.observed is not None]
    if not asked:
        return
    x = LEFT + width + 0.3
    series: list[tuple[str, list[float | None], str]] = [
        (briefing.say(text.SAID), [(row.low + row.high) / 2 for row in asked], style.BAND_COLOURS[0.80]),
        (briefing.say(text.OBSERVED), [row.observed for row in asked], style.MEDIAN),
    ]
    words = [f"{r.verdict.symbol} {r.verdict.word(briefing.lang)} {span(r.low, r.high)}" for r in asked]
    told = "; ".join(f"{word} {r.observed:.0%} (n={r.count})" for word, r in zip(words, asked, strict=True))
    heading = briefing.say(text.CALIBRATION, n=method.points)
    deck.bars(slide, heading, words, series, Box(x, TOP, WIDTH - LEFT - x, ROOM), told, stacked=False)


class Deck:
    """A 16:9 presentation in the house style."""

    def __init__(self, briefing: Briefing) -> None:
        self.presentation = pptx.Presentation()
        self.presentation.slide_width, self.presentation.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self._lang, self._foot = briefing.lang, briefing.subtitle.replace("　", " · ")
        self._language = "zh-CN" if briefing.lang == "zh" else "en-GB"
        self._banner = briefing.synthetic
        properties = self.presentation.core_properties
        properties.title, properties.author = briefing.title, "zerobay_analysis"
        properties.language = self._language

    def saved(self) -> bytes:
        """The file."""
        buffer = BytesIO()
        self.presentation.save(buffer)
        return buffer.getvalue()

    def slide(self, title: str, *, first: bool = False) -> Slide:
        """New slide with a title, a foot with its number, and the banner of made-up data."""
        slide: Slide = self.presentation.slides.add_slide(self.presentation.slide_layouts[5])
        if first:
            self._write(slide.shapes.title, [title], Box(LEFT, 1.7, ACROSS, 1.2), (40, 36, 32, 28))
        else:
            box, sizes = Box(LEFT, 0.38, ACROSS, 0.82), (26, 24, 22, 20, 18)
            self._write(slide.shapes.title, [title], box, sizes, anchor=MSO_ANCHOR.MIDDLE)
        rule = slide.shapes.add_textbox(*Box(LEFT, 2.9 if first else 1.22, ACROSS, 0.025).place)
        _fill(rule, style.MEDIAN)
        _describe(rule, "")
        number, y = str(len(self.presentation.slides)), HEIGHT - 0.45
        self.text(slide, [self._foot], Box(LEFT, y, 10.6, 0.3), (10, 9, 8), style.MUTED)
        place = Box(WIDTH - LEFT - 1.4, y, 1.4, 0.3)
        self.text(slide, [number], place, (10,), style.MUTED, align=PP_ALIGN.RIGHT)
        if self._banner:
            across = Box(0, 0, WIDTH, 0.32)
            banner = self.text(slide, [self._banner], across, (12,), style.PAPER, align=PP_ALIGN.CENTER)
            _fill(banner, ALERT)
        return slide

    def text(
        self, slide: Slide, texts: Sequence[str], box: Box, sizes: Sequence[float], *look: str, **place: Any
    ) -> Any:
        """Paragraphs in a box, in the largest size at which they fit."""
        shape = slide.shapes.add_textbox(*box.place)
        self._write(shape, texts, box, sizes, *look, **place)
        return shape

    def tables(self, title: str, table: Table, size: float, note: str = "") -> None:
        """A table over as few slides as it takes at about ``size``; none without rows."""
        if not table.rows:
            return
        room = ROOM - (NOTE if note else 0.0)
        tried = [_grid(table, size + step / 2) for step in range(4, -4, -1) if size + step / 2 >= MIN_SIZE]
        grid, pages = min(((grid, grid.pages(room)) for grid in tried), key=lambda made: len(made[1]))
        fewest = len(pages)
        for index, rows in enumerate(pages, start=1):
            slide = self.slide(title if fewest == 1 else f"{title} ({index}/{fewest})")
            page = replace(grid, rows=rows)
            head, *needed = page.heights
            spare = (room - head - sum(needed)) / len(rows)
            roomy = min(0.45, max(needed) + max(0.0, spare)) if fewest == 1 else 0.0
            if sum(max(roomy, height) for height in needed) > room - 0.3:
                roomy = 0.0
            used = self.table(slide, page, (LEFT, TOP), title, row=roomy)
            if note and index == fewest:
                below = Box(LEFT, TOP + used + 0.08, ACROSS, NOTE - 0.08)
                self.text(slide, [note], below, (11, 10, 9, 8), style.MUTED)

    def table(
        self, slide: Slide, grid: Grid, at: tuple[float, float], description: str, *, row: float = 0.0
    ) -> float:
        """Native table; return the height it takes. ``row`` is the least height of a row."""
        head, *needed = grid.heights
        heights = [head, *(max(row, height) for height in needed)]
        box = Box(*at, sum(grid.widths), sum(heights))
        frame = slide.shapes.add_table(len(heights), len(grid.widths), *box.place)
        _describe(frame, description)
        laid = frame.table
        laid.horz_banding = False
        for index, width in enumerate(grid.widths):
            laid.columns[index].width = Inches(width)
        aligns = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
        for r, cells in enumerate(grid.cells):
            laid.rows[r].height = Inches(heights[r])
            for c, (cell, column) in enumerate(zip(cells, grid.table.columns, strict=True)):
                fill = style.GRID if r == 0 else cell.fill or style.PAPER
                self._cell(laid.cell(r, c), cell, fill, aligns[column.align], grid.size)
        return box.height

    def picture(self, slide: Slide, png: bytes, box: Box, description: str) -> None:
        """Picture that fills ``box`` as far as its shape allows."""
        shape = slide.shapes.add_picture(BytesIO(png), Inches(box.x), Inches(box.y), width=Inches(box.width))
        if shape.height > Inches(box.height):
            shape.width = Emu(int(shape.width * Inches(box.height) / shape.height))
            shape.height = Inches(box.height)
        _describe(shape, description)

    def bars(
        self,
        slide: Slide,
        heading: str,
        categories: Sequence[object],
        series: Sequence[tuple[str, Sequence[float | None], str]],
        box: Box,
        told: str,
        *,
        stacked: bool,
    ) -> None:
        """Native bar chart of counts (stacked) or shares, with its numbers on the bars."""
        self.text(slide, [heading], Box(box.x, box.y, box.width, 0.4), (13, 12, 11, 10), style.MUTED)
        form = "0" if stacked else "0%"
        data: Any = CategoryChartData(number_format=form)
        data.categories = list(map(str, categories))
        for name, values, _ in series:
            data.add_series(name, list(values))
        kind = XL_CHART_TYPE.COLUMN_STACKED if stacked else XL_CHART_TYPE.COLUMN_CLUSTERED
        place = Box(box.x, box.y + 0.4, box.width, box.height - 0.4).place
        frame: Any = slide.shapes.add_chart(kind, *place, data)
        _describe(frame, f"{heading}: {told}")
        chart = frame.chart
        chart.has_title, chart.has_legend = False, True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.font.size = Pt(11)
        chart.font.color.rgb = _rgb(style.INK)
        self._typeface(chart.font._rPr)
        axis = chart.value_axis
        axis.visible = axis.has_major_gridlines = False
        axis.minimum_scale = 0
        if not stacked:
            axis.maximum_scale = 1.1
        chart.category_axis.format.line.color.rgb = _rgb(style.MUTED)
        plot = chart.plots[0]
        plot.gap_width = 55
        for drawn, (_, _, colour) in zip(plot.series, series, strict=True):
            _fill(drawn.format, colour)
            drawn.format.line.color.rgb = _rgb(style.MUTED)
            labels = drawn.data_labels
            labels.show_value, labels.number_format, labels.number_format_is_linked = True, form, False
            labels.font.size = Pt(11)
            labels.font.color.rgb = _rgb(style.text_on(colour) if stacked else style.INK)

    def _write(
        self,
        shape: Any,
        texts: Sequence[str],
        box: Box,
        sizes: Sequence[float],
        colour: str = style.INK,
        **place: Any,
    ) -> None:
        """Fill a shape with paragraphs in the largest size at which they fit, the smallest if at none.

        ``place`` may have ``align``, ``anchor`` and the ``gap`` between paragraphs in points.
        """
        gap = place.get("gap", 0.0)
        shape.left, shape.top, shape.width, shape.height = box.place
        size = next((s for s in sizes if _height(texts, box.width, s, gap) <= box.height), sizes[-1])
        frame = shape.text_frame
        frame.word_wrap, frame.auto_size = True, None
        frame.vertical_anchor = place.get("anchor", MSO_ANCHOR.TOP)
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Inches(PAD)
        self._paragraphs(frame, texts, size, colour, place.get("align", PP_ALIGN.LEFT))
        for paragraph in frame.paragraphs:
            paragraph.space_after = Pt(gap if paragraph is not frame.paragraphs[-1] else 0)

    def _cell(self, cell: Any, content: Cell, fill: str, align: Any, size: float) -> None:
        cell.text_frame.word_wrap = True
        cell.margin_left = cell.margin_right = cell.margin_top = cell.margin_bottom = Inches(PAD)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        _fill(cell, fill)
        self._paragraphs(cell.text_frame, content.full.split("\n"), size, content.ink or style.INK, align)
        _underline(cell)

    def _paragraphs(self, frame: Any, texts: Sequence[str], size: float, colour: str, align: Any) -> None:
        for index, said in enumerate(texts):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            paragraph.alignment = align
            paragraph.line_spacing = Pt(size * LINE)
            run = paragraph.add_run()
            run.text = said
            run.font.size, run.font.bold = Pt(size), False
            run.font.color.rgb = _rgb(colour)
            self._typeface(run.font._rPr)  # python-pptx offers the Latin typeface only

    def _typeface(self, properties: Any) -> None:
        """Set language and typefaces, these last, as the schema wants."""
        properties.set("lang", self._language)
        properties.set("altLang", "en-US")
        for tag, name in (("a:latin", LATIN), ("a:ea", EAST_ASIAN), ("a:cs", LATIN), ("a:sym", EAST_ASIAN)):
            for old in properties.findall(qn(tag)):
                properties.remove(old)
            properties.append(properties.makeelement(qn(tag), {"typeface": name}))


def _rgb(colour: str) -> RGBColor:
    return RGBColor(*bytes.fromhex(colour[1:]))


def _fill(shape: Any, colour: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)


def _describe(shape: Any, description: str) -> None:
    """Set the alternative text; an empty one marks a decoration."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", description)


def _underline(cell: Any) -> None:
    """A hair line below the cell, none at its sides."""
    properties = cell._tc.get_or_add_tcPr()
    fills = [e for e in properties if e.tag in (qn("a:solidFill"), qn("a:noFill"))]
    for tag, colour in (("a:lnL", ""), ("a:lnR", ""), ("a:lnT", ""), ("a:lnB", "C9CFD6")):
        line = properties.makeelement(qn(tag), {"w": "9525" if colour else "0"})
        fill = line.makeelement(qn("a:solidFill" if colour else "a:noFill"), {})
        if colour:
            fill.append(fill.makeelement(qn("a:srgbClr"), {"val": colour}))
        line.append(fill)
        properties.append(line)
    for fill in fills:  # the schema wants the lines before the fill
        properties.remove(fill)
        properties.append(fill)
