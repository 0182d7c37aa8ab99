"""The paper as a Word file (.docx), from a template that a unit can replace by its own.

``python -m zerobay_analysis.briefing.writers.docx FOLDER`` writes a fresh ``paper.docx`` to edit: letterhead,
typefaces, sizes and margins are the unit's to change; the tags in braces are where the text goes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from jinja2 import TemplateError

from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers.pdf import TEMPLATES, Block, papers
from zerobay_analysis.errors import ParameterError

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

    from zerobay_analysis.briefing.tables import Table
    from zerobay_analysis.briefing.writers import FormTask


NAME = "paper.docx"
SHORT = 14
"""Rows of a table that stays on one page, as in the PDF."""
WIDTH = 156 / 25.4 * 72
"""Width of the text block in points."""
ENGLISH = (("公文标题", 20.0), *((f"公文{part}", 12.0) for part in ("一级标题", "二级标题", "正文", "附件")))
"""Sizes of an English paper in points, as in the PDF: size 3 is made for Chinese characters."""
ENGLISH_PITCH = 225 / 35 / 25.4 * 72
"""Distance of its baselines in points: 35 lines on a page."""


def make(task: FormTask) -> list[bytes]:
    """The two files."""
    return [docx_bytes(task.briefing, blocks, task.templates) for blocks in papers(task)]


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
        "as_of": briefing.study.as_of.isoformat(),
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
    from docxtpl import InlineImage, RichText

    found: dict[str, Any] = {n: getattr(block, n) for n in ("kind", "text", "caption")}
    found["mark"] = f"block{index}"
    if block.picture is not None:
        found["image"] = InlineImage(template, BytesIO(block.picture.png), width=Pt(WIDTH))
    if block.table is not None:
        found["headings"] = block.table.headings
        found["rows"] = [
            [
                {"text": RichText(cell.full, color=cell.ink[1:] or None), "fill": cell.fill[1:] or "auto"}
                for cell in row
            ]
            for row in block.table.rows
        ]
    return found


def _finish(document: Any, blocks: Sequence[Block], briefing: Briefing) -> None:
    """What a template cannot say: widths and sizes of tables and notes, text alternatives, language."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    marked = {f"block{index}": block for index, block in enumerate(blocks) if block.table is not None}
    for laid in document.tables:
        caption = laid._tbl.tblPr.find(qn("w:tblCaption"))
        block = None if caption is None else marked.get(caption.get(qn("w:val")))
        if block is not None and block.table is not None:
            laid._tbl.tblPr.remove(caption)
            _lay_out(laid, block.table, block.size)
    notes = {block.text: block.size for block in blocks if block.kind == "note"}
    for paragraph in document.paragraphs:
        if size := notes.get(paragraph.text):
            paragraph.paragraph_format.line_spacing = Pt(1.3 * size)
            for run in paragraph.runs:
                run.font.size = Pt(size)
    texts = [block.text for block in blocks if block.kind == "picture"]
    for properties, alternative in zip(document.element.body.iter(qn("wp:docPr")), texts, strict=False):
        properties.set("descr", alternative)
    document.core_properties.title = briefing.title
    document.core_properties.language = "zh-CN" if briefing.lang == "zh" else "en-GB"


def _set_smaller(document: Any) -> None:
    from docx.shared import Pt

    for name, size in ENGLISH:
        style = document.styles[name]
        style.font.size = Pt(size)
        if name != "公文标题":
            style.paragraph_format.line_spacing = Pt(ENGLISH_PITCH)


def _lay_out(laid: Any, table: Table, size: float) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    whole = sum(column.share for column in table.columns)
    widths = [Pt(WIDTH * column.share / whole) for column in table.columns]
    laid.autofit = False
    grid = laid._tbl.tblGrid
    for old in list(grid):
        grid.remove(old)
    for width in widths:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), str(round(width.pt * 20)))
        grid.append(column)
    aligns = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
    together = len(table.rows) <= SHORT
    for place, row in enumerate(laid.rows):
        for cell, width, column in zip(row.cells, widths, table.columns, strict=True):
            cell.width = width
            for paragraph in cell.paragraphs:
                paragraph.alignment = aligns.get(column.align)
                paragraph.paragraph_format.keep_with_next = together and place < len(table.rows)
                paragraph.paragraph_format.line_spacing = Pt(1.3 * size)  # the same in every font
                for run in paragraph.runs:
                    run.font.size = Pt(size)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TEMPLATES / NAME, Path(sys.argv[1]) / NAME)
