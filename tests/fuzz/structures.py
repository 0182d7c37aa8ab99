"""What a workbook is made of, changed: parts, rows, merged areas, entities, sizes, sheets."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.judging import Expected, Place
from tests.fuzz.sheets import DECLARED, MAIN, Book, Cell, Page

__all__ = ["STRUCTURES"]

VALUE, NOTE, OWN = 3, 5, 6


Rows = dict[Place, Expected]


def _page(book: Book) -> Page:
    return book.pages[0]


def _first(rows: Rows) -> int:
    return min(row for _, row in rows)


def _harmless(random: Random, book: Book, rows: Rows) -> bool:
    page = _page(book)
    match random.randrange(9):
        case 0:
            page.before += '<dimension ref="A1:XFD1048576"/>'
        case 1:
            page.after += '<legacyDrawing r:id="rId99"/>'
            return False
        case 2:
            page.state = random.choice(("hidden", "veryHidden")) if len(book.pages) > 1 else ""
        case 3:
            page.row_marks[_first(rows)] = ' hidden="1" ht="0" customHeight="1"'
        case 4:
            page.before += '<cols><col min="1" max="16384" width="0" hidden="1"/></cols>'
        case 5:
            filters = '<filterColumn colId="0"><filters><filter val="9"/></filters></filterColumn>'
            page.after += f'<autoFilter ref="A1:E9">{filters}</autoFilter>'
        case 6:
            rule = (
                '<dataValidation type="list" sqref="A1:XFD1048576"><formula1>"x"</formula1></dataValidation>'
            )
            page.after += f'<dataValidations count="1">{rule}</dataValidations>'
        case 7:
            rule = '<cfRule type="cellIs" priority="1" operator="lessThan"><formula>5</formula></cfRule>'
            page.after += f'<conditionalFormatting sqref="C1:C9">{rule}</conditionalFormatting>'
        case _:
            book.properties += '<workbookPr date1904="1"/>'
    return True


def _merged(random: Random, book: Book, rows: Rows) -> bool:
    first = _first(rows)
    area = random.choice(
        (
            f"A{first}:A{first + 1}",
            f"C{first}:C{first + 1}",
            f"A{first}:E{first}",
            f"B{first}:B1048576",
            "A1:XFD1048576",
            "C1",
            "x",
            f"D{first}:D{first}",
            f"E{first}:E{first + 40000}",
        )
    )
    _page(book).after += f'<mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
    for place, expected in rows.items():  # a merged cell covers what stands beneath it
        rows[place] = Expected(None if area.startswith("C") else expected.values)
    return False


def _same_row(random: Random, book: Book, rows: Rows) -> bool:
    """Two rows, or two cells, of one address: whoever keeps one of them drops the other."""
    if not _page(book).addressed:
        return False
    files = book.files()
    name = "xl/worksheets/sheet1.xml"
    text = files[name].decode("utf-8")
    first, last = _first(rows), max(row for _, row in rows)
    if random.random() < 0.5 and last > first:
        text = text.replace(f'<row r="{last}"', f'<row r="{first}"').replace(f'{last}"', f'{first}"')
        del rows[_page(book).name, last]
        rows[_page(book).name, first] = Expected(frozenset())
    else:
        text = re.sub(rf'(<c r="C{first}".*?</c>)', rf'\1<c r="C{first}"><v>77777</v></c>', text)
        rows[_page(book).name, first] = Expected(frozenset())
    book.parts[name] = text.encode()
    return False


def _unaddressed(random: Random, book: Book, rows: Rows) -> bool:
    """Rows and cells without addresses follow one another."""
    page, first = _page(book), _first(rows)
    if min(page.rows) != 1 or first != 2:
        return False
    page.addressed = False
    if random.random() < 0.5:
        return True
    page.rows[1][OWN], page.rows[first][OWN] = Cell.text("x_own"), Cell.number(55_555)
    page.rows[first][VALUE] = Cell("")
    rows[page.name, first] = Expected(frozenset())
    return False


def _far_cell(random: Random, book: Book, rows: Rows) -> bool:
    text = book.files()["xl/worksheets/sheet1.xml"].decode("utf-8")
    address = random.choice(
        (
            "XFD1048576",
            "A1048576",
            "XFE1",
            "A1048577",
            "A0",
            "a9",
            "C2C",
            "1",
            "",
            "A-1",
            "AAAA1",
            "A99999999999",
            "Z50",
        )
    )
    row = re.sub("[^0-9]", "", address) or "9"
    extra = f'<row r="{row}"><c r="{address}"><v>5</v></c></row>'
    book.parts["xl/worksheets/sheet1.xml"] = text.replace("</sheetData>", extra + "</sheetData>").encode()
    if int(row) > _first(rows):
        rows[_page(book).name, int(row)] = Expected(frozenset())
    return False


def _parts(random: Random, book: Book, rows: Rows) -> bool:
    """Parts missing, given twice, of another kind, or pointing elsewhere."""
    files = book.files()
    name = random.choice(list(files))
    match random.randrange(7):
        case 0:
            book.parts[name] = b""
        case 1:
            book.parts[name] = b"<x/>"
        case 2:
            book.parts[name] = files[name].replace(
                b"sheet1.xml",
                random.choice(
                    (
                        b"sheet9.xml",
                        b"../../etc/passwd",
                        b"/xl/worksheets/sheet1.xml",
                        b"http://127.0.0.1:9/x",
                        b"styles.xml",
                    )
                ),
            )
        case 3:
            book.parts[name] = files[name].decode("utf-8").replace("UTF-8", "UTF-16").encode("utf-16")
        case 4:
            book.parts[name] = files[name].replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            )
        case 5:
            book.parts[name.upper()] = files[name]
        case _:
            book.parts[
                random.choice(
                    (
                        "xl/comments1.xml",
                        "xl/vbaProject.bin",
                        "../x",
                        "xl/drawings/drawing1.xml",
                        "docProps/custom.xml",
                    )
                )
            ] = random.randbytes(50)
    for place in rows:
        rows[place] = Expected()
    return False


def _declarations(random: Random, book: Book, rows: Rows) -> bool:
    """Entities that unfold, that read files, that loop; elements without end."""
    name = random.choice(
        ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml")
    )
    text = book.files()[name].decode("utf-8").removeprefix(DECLARED)
    root = text[1 : text.index(" ")]
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, random.choice((3, 10))))
    entities = random.choice(
        (
            f'<!ENTITY l0 "9">{lols}',
            '<!ENTITY l1 SYSTEM "file:///etc/passwd">',
            '<!ENTITY l1 SYSTEM "http://127.0.0.1:9/">',
            '<!ENTITY l1 "&l2;"><!ENTITY l2 "&l1;">',
            f'<!ENTITY l1 "{"9" * 300_000}">',
        )
    )
    used = f"<x>&l{random.choice((1, 9))};</x>" * random.choice((1, 2000))
    if random.random() < 0.3:
        deep = random.choice((500, 100_000))
        book.parts[name] = text.replace("><", "><x>" + "<x>" * deep + "</x>" * deep + "</x><", 1).encode()
    else:
        book.parts[name] = (f"<!DOCTYPE {root} [{entities}]>" + text.replace("><", f">{used}<", 1)).encode()
    for place in rows:
        rows[place] = Expected()
    return False


def _bulk(random: Random, book: Book, rows: Rows) -> bool:
    """More of something than any form has: strings, styles, rows, cells, merged areas, columns, sheets."""
    page, first = _page(book), _first(rows)
    files = book.files()
    many = random.choice((3000, 3000, 60_000, 400_000))
    name = "xl/worksheets/sheet1.xml"
    text = files[name].decode("utf-8")
    match random.randrange(10):
        case 0:
            book.parts["xl/sharedStrings.xml"] = f"<sst {MAIN}>{'<si><t>x</t></si>' * many}</sst>".encode()
        case 1:
            book.parts["xl/sharedStrings.xml"] = (
                f"<sst {MAIN}><si><t>{'x' * many * 20}</t></si></sst>".encode()
            )
        case 2:
            book.parts["xl/styles.xml"] = files["xl/styles.xml"].replace(
                b"</cellXfs>", b'<xf numFmtId="0"/>' * many + b"</cellXfs>"
            )
        case 3:
            empty = "".join(f'<row r="{n}" s="1" customFormat="1"/>' for n in range(900, 900 + many))
            book.parts[name] = text.replace("</sheetData>", empty + "</sheetData>").encode()
        case 4:
            book.parts[name] = text.replace(
                "</sheetData>",
                "".join(f'<row r="{n}"><c r="J{n}"><v>1</v></c></row>' for n in range(900, 900 + many))
                + "</sheetData>",
            ).encode()
            rows |= {(page.name, n): Expected(frozenset()) for n in range(900, 900 + many)}
        case 5:
            areas = "".join(f'<mergeCell ref="G{n}:G{n + 1_000_000}"/>' for n in range(1, many // 1000 + 2))
            page.after += f"<mergeCells>{areas}</mergeCells>"
        case 6:
            page.before += "<cols>" + '<col min="1" max="16384" width="9"/>' * min(many, 60_000) + "</cols>"
        case 7:
            page.rows[first][NOTE] = Cell.text("长" * min(many, 60_000))
            rows[page.name, first] = Expected()
        case 8:
            book.pages += [Page(f"说明{n}", {1: {1: Cell.text("x")}}) for n in range(min(many // 30, 300))]
        case _:
            book.parts["xl/media/image1.png"] = b"\x00" * (many * 300)
    return False


def _more_sheets(random: Random, book: Book, rows: Rows) -> bool:
    """The same figures for other units, empty sheets, sheets without a table, sheets of one name."""
    page = _page(book)
    other = random.choice(("区经委", page.name, "说明", "汇总", "x" * 40, "\u202e区", "Sheet[1]", "a/b", ""))
    state = random.choice(("", "", "hidden", "veryHidden"))
    cells = random.choice(({}, {1: {1: Cell.text("只是文字")}}, {1: {1: Cell.text("一"), 2: Cell.number(5)}}))
    book.pages.append(Page(other, cells, state=state))
    if other == page.name:
        for place in rows:
            rows[place] = Expected()
    return False


STRUCTURES: tuple[Callable[[Random, Book, Rows], bool], ...] = (
    _harmless,
    _harmless,
    _merged,
    _same_row,
    _unaddressed,
    _far_cell,
    _parts,
    _declarations,
    _bulk,
    _bulk,
    _more_sheets,
)
