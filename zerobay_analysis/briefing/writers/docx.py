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

from zerobay_analysis.assessment.data_owed import Owed, form_rows, next_closing, owed_of
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers.pdf import SMALL, TEMPLATES, Block, papers
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import file_name, write_atomically
from zerobay_analysis.language import in_language
from zerobay_analysis.ledger.template import template_bytes

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

    from zerobay_analysis.briefing.tables import Table
    from zerobay_analysis.briefing.writers import FormTask
    from zerobay_analysis.study import Study


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


def write_letters(
    study: Study, folder: Path, templates: Path | None = None, units: Sequence[str] = ()
) -> list[Path]:
    """Write a letter, and the form to fill in, to every unit that owes something; return their files."""
    written: list[Path] = []
    year, owed = study.as_of.year, owed_of(study)
    folder.mkdir(parents=True, exist_ok=True)
    for unit in units or dict.fromkeys(item.unit for item in owed):
        name = file_name(unit or text.NO_UNIT.get(study.lang))
        form, letter = folder / f"{name}.xlsx", folder / f"{name}.docx"
        mine = [item for item in owed if item.unit == unit]
        if mine:
            write_atomically(form, template_bytes(study.plan, year, (unit,), form_rows(mine)))
            write_atomically(letter, letter_bytes(study, unit, mine, form.name, templates))
            written += [letter, form]
    return written


def letter_bytes(
    study: Study, unit: str, items: Sequence[Owed], form: str, templates: Path | None = None
) -> bytes:
    """The letter that asks a unit for what it owes: title, unit, text, items, annex, sender and day."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    briefing, lang, plan = Briefing(study), study.lang, study.plan
    late = [item.overdue for item in items if item.overdue]
    due = text.LETTER_DAY.fill(lang, day=next_closing(plan, study.as_of))
    facts = {"plan": plan.name.get(lang), "document": plan.document, "due": due, "count": len(items)}
    told = text.LETTER_LATE.fill(lang, count=len(late), weeks=max(late)) if late else ""
    body = text.LETTER_BODY.fill(lang, late=told, **facts)
    ends = [text.LETTER_SENDER.get(lang), text.LETTER_DAY.fill(lang, day=study.as_of)]
    blocks = [
        Block("par", to := text.LETTER_TO.fill(lang, unit=in_language(unit, lang) or text.NO_UNIT.get(lang))),
        *(Block("par", said) for said in (body, text.LETTER_HOW.get(lang))),
        Block("table", table=tables.letter(briefing, items, unit).on("letter"), size=SMALL),
        Block("par", annex := text.LETTER_ANNEX.fill(lang, file=form)),
        *(Block("par", end) for end in ends),
    ]
    title = text.LETTER_TITLE.fill(lang, plan=facts["plan"])
    document = Document(BytesIO(docx_bytes(briefing, blocks, templates, (title, ""))))
    for paragraph in document.paragraphs:
        if paragraph.text in (annex, ends[0]):  # the seal and the day are never alone on a page
            paragraph.paragraph_format.keep_with_next = True
        if paragraph.text in (to, *ends):
            paragraph.paragraph_format.first_line_indent = Pt(0)
        if paragraph.text in ends:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for laid in document.tables:  # it may begin on the first page and go on
        for cell in laid._cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = False
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def docx_bytes(
    briefing: Briefing,
    blocks: Sequence[Block],
    templates: Path | None = None,
    titles: tuple[str, str] | None = None,
) -> bytes:
    """Fill the template with blocks.

    Parameters
    ----------
    templates : Path, optional
        Folder with a ``paper.docx`` of a unit's own; by default the one that ships.
    titles : tuple of (str, str), optional
        Title and subtitle; by default those of the briefing.

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
    title, subtitle = titles or (briefing.title, briefing.subtitle)
    context = {
        "title": title,
        "subtitle": subtitle,
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
    _finish(template.docx, blocks, title, briefing.lang)
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


def _finish(document: Any, blocks: Sequence[Block], title: str, lang: str) -> None:
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
    document.core_properties.title = title
    document.core_properties.language = "zh-CN" if lang == "zh" else "en-GB"


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
