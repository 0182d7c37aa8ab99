"""Small workbooks that say far more than they weigh, built as XML."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEADER = "".join(
    f'<c r="{chr(65 + place)}1" t="inlineStr"><is><t>{name}</t></is></c>'
    for place, name in enumerate(("指标序号", "期间", "数值", "单位", "说明"))
)
FIGURE = '<c r="A2"><v>7</v></c><c r="B2"><v>2025</v></c><c r="C2"><v>139</v></c>'
ROW = f'<row r="2">{FIGURE}<c r="D2" t="inlineStr"><is><t>家</t></is></c></row>'


def bomb(
    path: Path, *, rows: str = ROW, after: str = "", strings: str = "", styles: str = "", head: str = ""
) -> Path:
    """A workbook with one sheet: its rows, what follows them, and whole tables beside it."""
    parts = {
        "xl/worksheets/sheet1.xml": f"{head}<worksheet {MAIN} xmlns:r='{OFFICE}'><sheetData>"
        f'<row r="1">{HEADER}</row>{rows}</sheetData>{after}</worksheet>',
        "xl/workbook.xml": f"<workbook {MAIN} xmlns:r='{OFFICE}'><sheets>"
        '<sheet name="大零号湾集团" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "_rels/.rels": _rels([("officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _rels(
            [
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ]
        ),
        "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles or STYLES}</styleSheet>",
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHEET_TYPE}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/></Types>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


STYLES = (
    '<fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs>'
)


def _rels(targets: list[tuple[str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'
