"""Parts of a slide: measured text, tables that break over slides, charts that can be edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from zerobay_analysis.briefing.measure import line_count
from zerobay_analysis.charts import style

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

__all__ = ["LATIN", "Box", "Cell", "Column", "Deck", "table_pages"]

LATIN, EAST_ASIAN = "Arial", "微软雅黑"
WIDTH, HEIGHT = 13.333, 7.5
LEFT, TOP, BOTTOM = 0.6, 1.35, 0.55
"""Margins in inches; the title stands above ``TOP``, the foot below ``BOTTOM``."""
LINE = 1.35
"""Distance of baselines over the size of the type, set exactly, so that no font overflows."""
PAD = 0.06
"""Inches between a cell's edge and its text."""
SAFETY = 0.92
"""Share of a line's width that is filled; another font of the same size may run wider."""


@dataclass(frozen=True)
class Box:
    """Place on a slide, in inches."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Cell:
    """One cell of a table: text, and its colours where they carry meaning."""

    text: str
    fill: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table: heading, width in inches, alignment."""

    heading: str
    width: float
    align: str = "left"


def lines(text: str, width: float, size: float) -> int:
    """Lines that ``text`` takes at ``size`` points in ``width`` inches."""
    return sum(line_count(part, width * 72 * SAFETY / size) for part in text.split("\n"))


def fitting(texts: Sequence[str], box: Box, sizes: Sequence[float], gap: float = 0.0) -> float:
    """Largest of ``sizes`` at which paragraphs ``texts`` fit ``box``; the smallest if none does."""
    for size in sizes:
        needed = sum(lines(text, box.width - 2 * PAD, size) for text in texts) * size * LINE
        if needed + gap * (len(texts) - 1) <= (box.height - 2 * PAD) * 72:
            return size
    return sizes[-1]


def row_height(cells: Sequence[Cell], columns: Sequence[Column], size: float) -> float:
    """Height in inches that a row of a table takes."""
    most = max(lines(c.text, col.width - 2 * PAD, size) for c, col in zip(cells, columns, strict=True))
    return most * size * LINE / 72 + 2 * PAD


def table_pages(
    rows: Sequence[Sequence[Cell]], columns: Sequence[Column], height: float, size: float
) -> list[list[Sequence[Cell]]]:
    """Share rows evenly among as few tables of at most ``height`` inches, header included, as hold them."""
    head = row_height([Cell(column.heading) for column in columns], columns, size)
    heights = [row_height(row, columns, size) for row in rows]
    room = height - head
    least = _filled(heights, room)
    even = sum(heights) / len(least) if least else room
    while even < room and len(_filled(heights, even)) > len(least):
        even += 0.05
    ends = [0, *_filled(heights, min(even, room))]
    return [list(rows[start:end]) for start, end in pairwise(ends)]


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


class Deck:
    """A 16:9 presentation in the house style."""

    def __init__(self, *, lang: str, title: str, foot: str, banner: str) -> None:
        import pptx

        self.presentation: Presentation = pptx.Presentation()
        self.presentation.slide_width, self.presentation.slide_height = Inches(WIDTH), Inches(HEIGHT)
        self.presentation.core_properties.title = title
        self.presentation.core_properties.author = "zerobay_analysis"
        self.presentation.core_properties.language = "zh-CN" if lang == "zh" else "en-GB"
        self._lang, self._foot, self._banner = lang, foot, banner

    def saved(self) -> bytes:
        """The file."""
        buffer = BytesIO()
        self.presentation.save(buffer)
        return buffer.getvalue()

    def slide(self, title: str, *, first: bool = False) -> Slide:
        """New slide with a title, a foot with its number, and the banner of made-up data."""
        slide: Slide = self.presentation.slides.add_slide(self.presentation.slide_layouts[5])
        if first:
            self.write(slide.shapes.title, [title], Box(LEFT, 1.7, WIDTH - 2 * LEFT, 1.2), (40, 36, 32, 28))
        else:
            box = Box(LEFT, 0.38, WIDTH - 2 * LEFT, 0.82)
            self.write(slide.shapes.title, [title], box, (26, 24, 22, 20, 18), anchor=MSO_ANCHOR.MIDDLE)
        rule = slide.shapes.add_textbox(*_place(Box(LEFT, 2.9 if first else 1.22, WIDTH - 2 * LEFT, 0.025)))
        rule.fill.solid()
        rule.fill.fore_color.rgb = RGBColor.from_string(style.MEDIAN[1:])
        _describe(rule, "")
        number = str(len(self.presentation.slides))
        y, height = HEIGHT - 0.45, 0.3
        self.text(slide, [self._foot], Box(LEFT, y, 10.6, height), (10, 9, 8), style.MUTED)
        place = Box(WIDTH - LEFT - 1.4, y, 1.4, height)
        self.text(slide, [number], place, (10,), style.MUTED, align=PP_ALIGN.RIGHT)
        if self._banner:
            shape = self.text(
                slide, [self._banner], Box(0, 0, WIDTH, 0.32), (12,), "#ffffff", align=PP_ALIGN.CENTER
            )
            shape.fill.solid()
            shape.fill.fore_color.rgb = RGBColor.from_string("7A1F12")
        return slide

    def text(
        self,
        slide: Slide,
        texts: Sequence[str],
        box: Box,
        sizes: Sequence[float],
        colour: str = style.INK,
        *,
        align: Any = PP_ALIGN.LEFT,
        gap: float = 0.0,
    ) -> Any:
        """Paragraphs in a box, in the largest size at which they fit."""
        shape = slide.shapes.add_textbox(*_place(box))
        self.write(shape, texts, box, sizes, colour, align=align, gap=gap)
        return shape

    def write(
        self,
        shape: Any,
        texts: Sequence[str],
        box: Box,
        sizes: Sequence[float],
        colour: str = style.INK,
        *,
        align: Any = PP_ALIGN.LEFT,
        anchor: Any = MSO_ANCHOR.TOP,
        gap: float = 0.0,
    ) -> None:
        """Fill a shape with paragraphs."""
        shape.left, shape.top, shape.width, shape.height = _place(box)
        size = fitting(texts, box, sizes, gap)
        frame = shape.text_frame
        frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, None, anchor
        _margins(frame)
        for index, text in enumerate(texts):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            self._paragraph(paragraph, text, size, colour, align)
            paragraph.space_after = Pt(gap if index < len(texts) - 1 else 0)

    def table(
        self,
        slide: Slide,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        at: tuple[float, float],
        size: float,
        description: str,
        *,
        row: float = 0.0,
    ) -> float:
        """Native table; return the height it takes. ``row`` is the least height of a row."""
        heading = [Cell(column.heading, style.GRID, style.INK) for column in columns]
        grid = [heading, *rows]
        heights = [max(row * (i > 0), row_height(cells, columns, size)) for i, cells in enumerate(grid)]
        box = Box(*at, sum(column.width for column in columns), sum(heights))
        frame = slide.shapes.add_table(len(grid), len(columns), *_place(box))
        _describe(frame, description)
        table = frame.table
        table.horz_banding = False
        for index, column in enumerate(columns):
            table.columns[index].width = Inches(column.width)
        for r, cells in enumerate(grid):
            table.rows[r].height = Inches(heights[r])
            for c, (cell, column) in enumerate(zip(cells, columns, strict=True)):
                self._cell(table.cell(r, c), cell, column, size)
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
        kind: Any,
        categories: Sequence[str],
        series: Sequence[tuple[str, Sequence[float | None], str]],
        box: Box,
        description: str,
        *,
        number_format: str,
        top: float | None = None,
    ) -> None:
        """Native bar chart with its numbers on the bars; series are name, values, colour."""
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_LEGEND_POSITION

        data: Any = CategoryChartData(number_format=number_format)
        data.categories = list(categories)
        for name, values, _ in series:
            data.add_series(name, list(values))
        frame: Any = slide.shapes.add_chart(kind, *_place(box), data)
        _describe(frame, description)
        chart = frame.chart
        chart.has_title = False
        chart.has_legend = True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        self._chart_font(chart)
        chart.value_axis.visible = False
        chart.value_axis.has_major_gridlines = False
        chart.value_axis.minimum_scale = 0
        if top is not None:
            chart.value_axis.maximum_scale = top
        chart.category_axis.format.line.color.rgb = RGBColor.from_string(style.MUTED[1:])
        plot = chart.plots[0]
        plot.gap_width = 55
        for drawn, (_, _, colour) in zip(plot.series, series, strict=True):
            drawn.format.fill.solid()
            drawn.format.fill.fore_color.rgb = RGBColor.from_string(colour[1:])
            drawn.format.line.color.rgb = RGBColor.from_string(style.MUTED[1:])
            labels = drawn.data_labels
            labels.show_value, labels.number_format, labels.number_format_is_linked = (
                True,
                number_format,
                False,
            )
            labels.font.size = Pt(11)
            stacked = "STACKED" in kind.name
            ink = style.text_on(colour) if stacked else style.INK
            labels.font.color.rgb = RGBColor.from_string(ink[1:])

    def _cell(self, cell: Any, content: Cell, column: Column, size: float) -> None:
        frame = cell.text_frame
        frame.word_wrap = True
        cell.margin_left = cell.margin_right = cell.margin_top = cell.margin_bottom = Inches(PAD)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string((content.fill or style.PAPER)[1:])
        align = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}[column.align]
        for index, text in enumerate(content.text.split("\n")):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            self._paragraph(paragraph, text, size, content.colour or style.INK, align)
        _underline(cell)

    def _paragraph(self, paragraph: Any, text: str, size: float, colour: str, align: Any) -> None:
        paragraph.alignment = align
        paragraph.line_spacing = Pt(size * LINE)
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold = Pt(size), False
        run.font.color.rgb = RGBColor.from_string(colour[1:])
        _typeface(run.font._rPr, self._lang)  # python-pptx offers the Latin typeface only

    def _chart_font(self, chart: Any) -> None:
        chart.font.size = Pt(11)
        chart.font.color.rgb = RGBColor.from_string(style.INK[1:])
        _typeface(chart.font._rPr, self._lang)


def _place(box: Box) -> tuple[Any, Any, Any, Any]:
    return Inches(box.x), Inches(box.y), Inches(box.width), Inches(box.height)


def _margins(frame: Any) -> None:
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Inches(PAD)


def _typeface(properties: Any, lang: str) -> None:
    """Set the Latin, the East Asian and the symbol typeface, and the language of the text."""
    properties.set("lang", "zh-CN" if lang == "zh" else "en-GB")
    properties.set("altLang", "en-US")
    for tag, name in (("a:latin", LATIN), ("a:ea", EAST_ASIAN), ("a:cs", LATIN), ("a:sym", EAST_ASIAN)):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
        element = properties.makeelement(qn(tag), {"typeface": name})
        properties.append(element)
    order = ["latin", "ea", "cs", "sym"]  # the schema's order, after fill and effects
    tail = sorted(
        (e for e in properties if e.tag.rpartition("}")[2] in order),
        key=lambda e: order.index(e.tag.rpartition("}")[2]),
    )
    for element in tail:
        properties.remove(element)
        properties.append(element)


def _describe(shape: Any, description: str) -> None:
    """Set the alternative text; an empty one marks a decoration."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", description)


def _underline(cell: Any) -> None:
    """A hair line below the cell, none at its sides."""
    properties = cell._tc.get_or_add_tcPr()
    fills = [e for e in properties if e.tag in (qn("a:solidFill"), qn("a:noFill"))]
    for tag, colour in (("a:lnL", ""), ("a:lnR", ""), ("a:lnT", ""), ("a:lnB", "C9CFD6")):
        line = properties.makeelement(qn(tag), {"w": "9525" if colour else "0"})
        if colour:
            fill = line.makeelement(qn("a:solidFill"), {})
            fill.append(fill.makeelement(qn("a:srgbClr"), {"val": colour}))
        else:
            fill = line.makeelement(qn("a:noFill"), {})
        line.append(fill)
        properties.append(line)
    for fill in fills:  # the schema wants the lines before the fill
        properties.remove(fill)
        properties.append(fill)
