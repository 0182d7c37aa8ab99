"""Workbooks written as XML, cell by cell, so that anything can stand in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

__all__ = ["DECLARED", "MAIN", "Book", "Cell", "Page", "packed"]

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
BUILT_IN = {
    "General": 0,
    "0": 1,
    "0.00": 2,
    "#,##0": 3,
    "0%": 9,
    "0.00%": 10,
    "0.00E+00": 11,
    "# ?/?": 12,
    "@": 49,
}


@dataclass
class Cell:
    """One cell: ``body`` is what stands within ``<c>``, ``kind`` its ``t``, ``form`` its number format."""

    body: str
    kind: str = ""
    form: str = "General"

    @staticmethod
    def text(text: str) -> Cell:
        return Cell(f'<is><t xml:space="preserve">{escape(text)}</t></is>', "inlineStr") if text else Cell("")

    @staticmethod
    def number(text: object, form: str = "General") -> Cell:
        return Cell(f"<v>{text}</v>", "", form)


@dataclass
class Page:
    """One sheet: rows by number, cells by column; ``before`` and ``after`` stand around ``sheetData``."""

    name: str
    rows: dict[int, dict[int, Cell]]
    before: str = ""
    after: str = ""
    state: str = ""
    row_marks: dict[int, str] = field(default_factory=dict)
    addressed: bool = True


@dataclass
class Book:
    """Sheets and what they share; ``parts`` are added to the file, or stand for the usual ones."""

    pages: list[Page]
    shared: list[str] = field(default_factory=list)
    properties: str = ""
    parts: dict[str, bytes] = field(default_factory=dict)
    format_numbers: dict[str, int] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Every part by its name."""
        formats = dict.fromkeys(c.form for p in self.pages for row in p.rows.values() for c in row.values())
        numbers = {form: BUILT_IN.get(form, 164 + n) for n, form in enumerate(formats)} | self.format_numbers
        styles = {form: n for n, form in enumerate({"General": 0} | dict.fromkeys(formats, 0))}
        files = {
            "[Content_Types].xml": _types(len(self.pages)),
            "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": self._workbook(),
            "xl/_rels/workbook.xml.rels": _relations(
                [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(self.pages) + 1)]
                + [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
            ),
            "xl/styles.xml": _styles(styles, numbers),
            "xl/sharedStrings.xml": f"<sst {MAIN}>{''.join(f'<si>{one}</si>' for one in self.shared)}</sst>",
        }
        files |= {
            f"xl/worksheets/sheet{n}.xml": _sheet(page, styles) for n, page in enumerate(self.pages, start=1)
        }
        return {
            name: (DECLARED + text).encode("utf-8", "surrogatepass") for name, text in files.items()
        } | self.parts

    def _workbook(self) -> str:
        sheets = ""
        for n, page in enumerate(self.pages, start=1):
            state = f' state="{page.state}"' if page.state else ""
            sheets += f'<sheet name={quoteattr(page.name)} sheetId="{n}" r:id="rId{n}"{state}/>'
        return f'<workbook {MAIN} xmlns:r="{RELATIONS}">{self.properties}<sheets>{sheets}</sheets></workbook>'


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def _types(count: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{sheets}'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'


def _styles(styles: Mapping[str, int], numbers: Mapping[str, int]) -> str:
    own = "".join(
        f'<numFmt numFmtId="{numbers[form]}" formatCode="{escape(form, {chr(34): "&quot;"})}"/>'
        for form in styles
        if numbers.get(form, 0) >= 164
    )
    cells = "".join(
        f'<xf numFmtId="{numbers.get(form, 0)}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>'
        for form in styles
    )
    return (
        f'<styleSheet {MAIN}><numFmts count="{own.count("<numFmt ")}">{own}</numFmts>'
        '<fonts count="1"><font><sz val="11"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="{len(styles)}">{cells}</cellXfs></styleSheet>'
    )


def _sheet(page: Page, styles: Mapping[str, int]) -> str:
    rows = []
    for number, cells in page.rows.items():
        inner = "".join(_cell(number, column, cell, styles, page.addressed) for column, cell in cells.items())
        address = f' r="{number}"' if page.addressed else ""
        rows.append(f"<row{address}{page.row_marks.get(number, '')}>{inner}</row>")
    data = f"<sheetData>{''.join(rows)}</sheetData>"
    return f'<worksheet {MAIN} xmlns:r="{RELATIONS}">{page.before}{data}{page.after}</worksheet>'


def _cell(row: int, column: int, cell: Cell, styles: Mapping[str, int], addressed: bool) -> str:
    address = f' r="{chr(64 + column)}{row}"' if addressed else ""
    kind = f' t="{cell.kind}"' if cell.kind else ""
    style = f' s="{styles[cell.form]}"' if cell.form != "General" else ""
    return f"<c{address}{style}{kind}>{cell.body}</c>"
