"""The paper as a Word file (.docx), from a template that a unit can replace by its own."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from jinja2 import TemplateError

from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.paper import TEMPLATES, TEXT_HEIGHT, TEXT_WIDTH, TYPE, Block
from zerobay_analysis.briefing.template import INDENTED, NAME
from zerobay_analysis.errors import ParameterError

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

__all__ = ["docx_bytes", "own_templates"]

SHORT = 14
"""Rows of a table that stays on one page, as in the PDF."""


def docx_bytes(briefing: Briefing, blocks: Sequence[Block], templates: Path | None = None) -> bytes:
    """Fill the template with blocks.

    Parameters
    ----------
    templates : Path, optional
        Folder with a ``paper.docx`` of a unit's own; by default the one that ships.

    Raises
    ------
    FileNotFoundError
        The folder holds no ``paper.docx``.
    ParameterError
        The file is no Word file, or its tags cannot be filled.
    """
    path = (templates or TEMPLATES) / NAME
    if not path.is_file():
        raise FileNotFoundError(f"没有 Word 模板 / no Word template: {path}")
    template = _template(path)
    context = {
        "title": briefing.title,
        "subtitle": briefing.subtitle,
        "synthetic": briefing.synthetic,
        "as_of": briefing.as_of.isoformat(),
        "blocks": [_block(template, block, index) for index, block in enumerate(blocks)],
    }
    try:
        template.render(context, autoescape=True)
    except TemplateError as error:
        raise ParameterError(
            f"Word 模板中的标记有误：{error}（{path}）/ the tags of the Word template: {error}"
        ) from error
    _finish(template.docx, blocks, briefing)
    if briefing.lang == "en" and templates is None:
        _set_smaller(template.docx)
    buffer = BytesIO()
    template.docx.save(buffer)
    return buffer.getvalue()


def own_templates(folder: Path) -> Path | None:
    """``templates`` beside a run's folder, where a unit's own ``paper.docx`` is in it."""
    beside = folder.parent / "templates"
    return beside if (beside / NAME).is_file() else None


def _template(path: Path) -> DocxTemplate:
    """The template, opened at once, so that a file that is no Word file is named."""
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    template = DocxTemplate(str(path))
    try:
        template.init_docx()
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise ParameterError(
            f"Word 模板无法读取，请另存为 .docx：{path} / cannot read the Word template: {path}"
        ) from error
    return template


def _block(template: Any, block: Block, index: int) -> dict[str, Any]:
    from docx.shared import Pt
    from docxtpl import InlineImage

    found: dict[str, Any] = {"kind": block.kind, "text": block.text, "mark": f"block{index}"}
    if block.picture is not None:
        found["image"] = InlineImage(template, BytesIO(block.picture.png), width=Pt(TEXT_WIDTH))
    if block.kind == "table":
        found["headings"] = [column.heading for column in block.columns]
        found["rows"] = [[_cell(cell) for cell in row] for row in block.rows]
    return found


def _cell(cell: Any) -> dict[str, Any]:
    from docxtpl import RichText

    text = RichText()
    text.add(cell.text, color=cell.colour.removeprefix("#") or None)
    return {"text": text, "fill": cell.fill.removeprefix("#") or "auto"}


def _finish(document: Any, blocks: Sequence[Block], briefing: Briefing) -> None:
    """What a template cannot say: widths and sizes of tables, text alternatives, language."""
    from docx.oxml.ns import qn

    tables = {f"block{index}": block for index, block in enumerate(blocks) if block.kind == "table"}
    for table in document.tables:
        caption = table._tbl.tblPr.find(qn("w:tblCaption"))
        block = None if caption is None else tables.get(caption.get(qn("w:val")))
        if block is not None:
            table._tbl.tblPr.remove(caption)
            _lay_out(table, block)
    texts = [block.text for block in blocks if block.kind == "picture"]
    for properties, text in zip(document.element.body.iter(qn("wp:docPr")), texts, strict=False):
        properties.set("descr", text)
    document.core_properties.title = briefing.title
    document.core_properties.language = "zh-CN" if briefing.lang == "zh" else "en-GB"


def _set_smaller(document: Any) -> None:
    """Body of 12 pt for English, as in the PDF; size 3 is made for Chinese characters."""
    from docx.shared import Pt

    size, page = TYPE["en"]
    for name in (*INDENTED, "公文附件"):
        style = document.styles[name]
        style.font.size = Pt(size)
        style.paragraph_format.line_spacing = Pt(TEXT_HEIGHT / page)
    document.styles["公文标题"].font.size = Pt(20)


def _lay_out(table: Any, block: Block) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    whole = sum(column.share for column in block.columns)
    widths = [Pt(TEXT_WIDTH * column.share / whole) for column in block.columns]
    table.autofit = False
    grid = table._tbl.tblGrid
    for old in list(grid):
        grid.remove(old)
    for width in widths:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), str(round(width.pt * 20)))
        grid.append(column)
    aligns = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
    together = len(block.rows) <= SHORT
    for place, row in enumerate(table.rows):
        for cell, width, column in zip(row.cells, widths, block.columns, strict=True):
            cell.width = width
            for paragraph in cell.paragraphs:
                paragraph.alignment = aligns.get(column.align)
                paragraph.paragraph_format.keep_with_next = together and place < len(block.rows)
                for run in paragraph.runs:
                    run.font.size = Pt(block.size)
