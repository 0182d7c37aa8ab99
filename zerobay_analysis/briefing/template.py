"""The Word template of the paper, from which a unit can make its own.

``python -m zerobay_analysis.briefing.template FOLDER`` writes a fresh ``paper.docx`` to edit: letterhead,
typefaces, sizes and margins are the unit's to change; the tags in braces are where the text goes.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

__all__ = ["NAME", "STYLES", "template_bytes"]

NAME = "paper.docx"

STYLES: dict[str, tuple[str, float, str]] = {
    "公文标题": ("方正小标宋简体", 22.0, "center"),
    "公文副题": ("楷体_GB2312", 10.5, "center"),
    "公文一级标题": ("黑体", 16.0, "both"),
    "公文二级标题": ("楷体_GB2312", 16.0, "both"),
    "公文正文": ("仿宋_GB2312", 16.0, "both"),
    "公文附注": ("仿宋_GB2312", 10.5, "both"),
    "公文附件": ("黑体", 16.0, "both"),
    "公文表格": ("仿宋_GB2312", 10.5, "left"),
    "公文间隔": ("仿宋_GB2312", 5.0, "left"),
}
"""Name, typeface, size in points and alignment of every style; those of GB/T 9704-2012."""

BODY = 16.0
"""Size 3 in points."""
PITCH = 225 / 22 / 25.4 * 72
"""Distance of baselines in points: 22 lines in 225 mm."""
INDENTED = ("公文一级标题", "公文二级标题", "公文正文")
_ALIGN = {
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
}


def template_bytes() -> bytes:
    """The template as it ships."""
    document = Document()
    _page(document)
    for name, (typeface, size, align) in STYLES.items():
        _style(document, name, typeface, size, align)
    _header_and_footer(document)
    _body(document)
    document.core_properties.title = "{{ title }}"
    document.core_properties.author = "zerobay_analysis"
    document.core_properties.comments = ""
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _page(document: Any) -> None:
    """A4 with the text block of the standard and its grid of 22 lines; styles set the 28 characters."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(20), Mm(23)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(20 * PITCH)))


def _style(document: Any, name: str, typeface: str, size: float, align: str) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.font.size, style.font.bold = Pt(size), False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for slot in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(slot), "Times New Roman")
    fonts.set(qn("w:eastAsia"), typeface)
    if size == BODY:  # 28 characters of 16 pt take 158 mm; drawn together a little they take 156 mm
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(round(20 * (156 / 28 / 25.4 * 72 - BODY))))
        style.element.get_or_add_rPr().find(qn("w:color")).addnext(spacing)
    form = style.paragraph_format
    form.alignment = _ALIGN[align]
    form.space_before = form.space_after = Pt(0)
    form.widow_control = False  # a page of an official document holds its 22 lines
    if name == "公文表格":
        form.line_spacing = 1.0
    else:
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Pt(
            {"公文标题": 34.0, "公文副题": 24.0, "公文附注": 14.0}.get(name, PITCH) if size > 6 else size
        )
    _grid_off(style)
    if name in INDENTED:
        indent = style.element.get_or_add_pPr().get_or_add_ind()
        indent.set(qn("w:firstLineChars"), "200")
        indent.set(qn("w:firstLine"), str(round(2 * size * 20)))
    if name in ("公文一级标题", "公文二级标题", "公文附件"):
        form.keep_with_next = True
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "1" if name == "公文二级标题" else "0")
        style.element.get_or_add_pPr().append(level)


def _grid_off(style: Any) -> None:
    """Leave lines as high as the style says, and no space round Latin letters: the text has its own."""
    spacing = style.element.get_or_add_pPr().find(qn("w:spacing"))
    for name in ("w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid"):
        switch = OxmlElement(name)
        switch.set(qn("w:val"), "0")
        spacing.addprevious(switch)


def _header_and_footer(document: Any) -> None:
    """Banner of made-up data above; — 1 — below, outside on either side."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run("{{ synthetic }}")
        run.font.size, run.font.color.rgb = Pt(10.5), RGBColor(0x7A, 0x1F, 0x12)
        _east_asian(run, "黑体")
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        side = "w:rightChars" if align == WD_ALIGN_PARAGRAPH.RIGHT else "w:leftChars"
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn(side), "100")
        _run(paragraph, "— ")
        _page_number(paragraph)
        _run(paragraph, " —")


def _run(paragraph: Any, text: str) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(14), "宋体"
    _east_asian(run, "宋体")
    return run


def _page_number(paragraph: Any) -> None:
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        run = _run(paragraph, "")
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._r.append(mark)


def _east_asian(run: Any, typeface: str) -> None:
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), typeface)


def _body(document: Any) -> None:
    """Tags of docxtpl: one branch per kind of block."""
    document.add_paragraph("{{ title }}", style="公文标题")
    document.add_paragraph("{{ subtitle }}", style="公文副题")
    branches = (
        ("h1", "公文一级标题"),
        ("h2", "公文二级标题"),
        ("par", "公文正文"),
        ("note", "公文附注"),
        ("annex", "公文附件"),
        ("picture", "公文附注"),
    )
    _tag(document, "{%p for block in blocks %}")
    for place, (kind, style) in enumerate(branches):
        _tag(document, f'{{%p {"elif" if place else "if"} block.kind == "{kind}" %}}')
        text = "{{ block.image }}" if kind == "picture" else "{{ block.text }}"
        paragraph = document.add_paragraph(text, style=style)
        if kind == "picture":
            paragraph.paragraph_format.line_spacing = 1.0
        if kind == "annex":
            paragraph.paragraph_format.page_break_before = True
    _tag(document, '{%p elif block.kind == "table" %}')
    before = document.add_paragraph("", style="公文间隔")
    before.paragraph_format.keep_with_next = True  # a heading stays with the table that follows it
    _table(document)
    document.add_paragraph("", style="公文间隔")
    _tag(document, "{%p endif %}")
    _tag(document, "{%p endfor %}")


def _tag(document: Any, text: str) -> None:
    document.add_paragraph(text, style="公文附注")


def _table(document: Any) -> None:
    """A table of any number of columns and rows; its header repeats on every page."""
    table = document.add_table(rows=4, cols=3)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _table_look(table)
    texts = (
        ("{%tc for heading in block.headings %}", "{{ heading }}", "{%tc endfor %}"),
        ("{%tr for row in block.rows %}", "", ""),
        (
            "{%tc for cell in row %}",
            "{% cellbg cell.fill %}{{r cell.text }}",
            "{%tc endfor %}",
        ),
        ("{%tr endfor %}", "", ""),
    )
    for row, cells in zip(table.rows, texts, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["公文表格"]
            paragraph.add_run(text)
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    for row in table.rows:
        row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


def _table_look(table: Any) -> None:
    """Rules above, below and between rows only; the block's mark as the table's description."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side, size in (("top", "8"), ("bottom", "8"), ("insideH", "4")):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", "5F6673")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties.append(borders)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "60")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(margins)
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), "{{ block.mark }}")
    properties.append(caption)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(template_bytes())
