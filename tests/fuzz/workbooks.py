"""Excel workbooks: cells and their formats, sheets and their structure, damaged bytes, filled forms."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from xml.etree import ElementTree

from tests.fuzz.cells import CELLS, dated
from tests.fuzz.figures import HEADINGS, Figure, figures
from tests.fuzz.judging import ACCEPTED, PLAN, Expected, Fault, Place, judge
from tests.fuzz.sheets import MAIN, Book, Cell, Page, packed
from tests.fuzz.structures import STRUCTURES
from tests.fuzz.texts import damaged
from zerobay_analysis.ledger.template import FORM_COLUMNS, HEADER_ROW, write_template

__all__ = ["filled_template", "xlsx_bytes", "xlsx_cells", "xlsx_structure"]

INDICATOR, PERIOD, VALUE, UNIT, NOTE = range(1, 6)


def xlsx_cells(random: Random, folder: Path) -> str:
    """A sheet of figures in cells of every kind, type and format."""
    book, page, rows, sent = _sound(random, odd=random.choice((0.0, 0.1)))
    certain = all(f.plain for f in sent)
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        certain = False
        number = random.choice(list(rows))[1]
        figure = sent[number - min(row for _, row in rows)]
        before = rows[page.name, number]
        if random.random() < 0.25:
            page.rows[number][PERIOD], made = dated(random, figure)
            rows[page.name, number] = replace(before, ends=made.ends)
        else:
            page.rows[number][VALUE], made = random.choice(CELLS)(random, book, figure)
            rows[page.name, number] = replace(before, values=made.values)
    path = folder / random.choice(("a.xlsx", "a.xlsx", "a.xlsm", "A.XLSX"))
    path.write_bytes(packed(book.files()))
    return judge(path, rows, certain=certain, import_to=folder / "ledger")


def xlsx_structure(random: Random, folder: Path) -> str:
    """A sound sheet in a workbook of which the structure is odd."""
    book, _, rows, sent = _sound(random, odd=0.0)
    book.files()
    changes = [random.choice(STRUCTURES) for _ in range(random.choice((0, 1, 1, 1, 2)))]
    sound = [change(random, book, rows) for change in changes]
    path = folder / "a.xlsx"
    method = random.choice(
        (zipfile.ZIP_DEFLATED,) * 5 + (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    )
    path.write_bytes(packed(book.files(), method))
    certain = (
        method in {zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED}
        and all(sound)
        and all(f.plain for f in sent)
        and len(changes) < 2
    )
    return judge(path, rows, certain=certain, import_to=folder / "ledger")


def xlsx_bytes(random: Random, folder: Path) -> str:
    """Damaged bytes: of a part before it is packed, of the zip file, or of its headers."""
    book, page, _, _ = _sound(random, odd=0.0)
    files = book.files()
    if random.random() < 0.5:
        name = random.choice((*files, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"))
        files[name] = (
            _damaged_xml(random, files[name]) if random.random() < 0.5 else damaged(random, files[name], 2)
        )
        data = packed(files)
    else:
        data = packed(files, random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
        data = _damaged_zip(random, data) if random.random() < 0.6 else damaged(random, data)
    path = folder / "a.xlsx"
    path.write_bytes(data)
    return judge(path, _seen(data, page.name))


def filled_template(random: Random, folder: Path) -> str:
    """The form of a unit, filled in by hand, checked and imported."""
    import openpyxl

    unit = random.choice(sorted({owner for of in PLAN.indicators for owner in of.owners}))
    place = {column.heading: column.place - 1 for column in FORM_COLUMNS}
    book = openpyxl.load_workbook(io.BytesIO(_form(unit)))
    rows: dict[Place, Expected] = {}
    for cells in book[unit].iter_rows(min_row=HEADER_ROW + 1):
        number, _, period, _, value, *_ = cells
        if (
            not str(number.value or "").isdigit()
            or "2026年末" in str(period.value)
            or period.value == "2026年"
            or random.random() < 0.3
        ):
            continue
        indicator = PLAN.indicator(number.value)
        amount: float = random.randint(1, 90) if indicator.whole_number else random.randint(10, 900) / 10
        value.value, form = random.choice(_BY_HAND)(amount, indicator.unit_zh)
        value.number_format = form
        cells[place["限定词"]].value = random.choice((None, None, "约", "初步核算"))
        cells[place["报送日期"]].value = random.choice(
            (None, date(2026, 10, 15), "2026-10-15", "2026年10月15日")
        )
        cells[place["说明"]].value = random.choice(
            (None, None, "区级年报", "第一行\n第二行", "=1" if random.random() < 0.05 else None)
        )
        rows[unit, value.row] = Expected(frozenset({float(amount)}), None, int(indicator.id))
    path = folder / "报表.xlsx"
    book.save(path)
    if not rows:
        return judge(path, None)
    found = judge(path, rows, import_to=folder / "ledger")
    formulas = any(c.data_type == "f" for row in book[unit].iter_rows() for c in row)
    if found != ACCEPTED and not formulas:
        raise Fault("a form filled in as it says is refused")
    return found


@cache
def _form(unit: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        return write_template(Path(place) / "form.xlsx", PLAN, 2026, (unit,)).read_bytes()


_BY_HAND: tuple[Callable[[float, str], tuple[object, str]], ...] = (
    lambda amount, unit: (amount, "General"),
    lambda amount, unit: (f"{amount}", "@"),
    lambda amount, unit: (f" {amount:,} ", "@"),
    lambda amount, unit: (amount, "0.0"),
    lambda amount, unit: (f"{amount}%" if unit == "%" else amount, "General"),
    lambda amount, unit: (round(amount / 100, 6), "0.0%") if unit == "%" else (amount, "#,##0.0"),
    lambda amount, unit: ("".join(chr(ord(c) + 0xFEE0) for c in str(amount)), "General"),
)
"""Ways of writing a figure into the form, each with its number format."""


# --- a sound workbook ---------------------------------------------------------------------------------


def _sound(random: Random, odd: float) -> tuple[Book, Page, dict[Place, Expected], list[Figure]]:
    sent = figures(random, random.randint(1, 8), odd=odd)
    name = random.choice(("区科委", "区人才局", "紫竹高新区 2", "Sheet1", "a'b&c", "数据!1"))
    header = random.choice((1, 1, 1, 3))
    columns = ("indicator", "period", "value", "unit", "caveat")
    heads = {n: Cell.text(random.choice(HEADINGS[column])) for n, column in enumerate(columns, start=1)}
    rows: dict[int, dict[int, Cell]] = {header: heads}
    if header > 1:
        rows = {1: {1: Cell.text("指标填报表")}, header: heads}
    expected: dict[Place, Expected] = {}
    for number, figure in enumerate(sent, start=header + 1):
        rows[number] = _cells(random, figure)
        expected[name, number] = figure.expected
    page = Page(name, rows)
    return Book([page]), page, expected, sent


def _cells(random: Random, figure: Figure) -> dict[int, Cell]:
    plain = figure.value == f"{figure.number:.0f}"
    value = Cell.number(figure.value) if plain and random.random() < 0.8 else _text_cell(figure.value)
    number = figure.indicator.isascii() and figure.indicator.isdigit()
    indicator = Cell.number(figure.indicator) if number else _text_cell(figure.indicator)
    year = (
        Cell.number(figure.period) if re.fullmatch("[0-9]{4}", figure.period) else _text_cell(figure.period)
    )
    return {
        INDICATOR: indicator,
        PERIOD: year,
        VALUE: value,
        UNIT: Cell.text(figure.unit),
        NOTE: Cell.text(random.choice(("", "区级年报"))),
    }


def _text_cell(text: str) -> Cell:
    return Cell.text(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "?", text))


# --- bytes -------------------------------------------------------------------------------------------


def _damaged_xml(random: Random, data: bytes) -> bytes:
    """XML with attributes, names and text changed for others of its kind."""
    text = data.decode("utf-8")
    for _ in range(random.choice((1, 1, 2, 4))):
        found = list(re.finditer(r'"([^"]*)"|>([^<>]+)<|</?([\w:]+)', text))
        if not found:
            break
        one = random.choice(found)
        group = next(n for n in (1, 2, 3) if one[n] is not None)
        new = random.choice(
            (
                "",
                "0",
                "-1",
                "1",
                "x",
                "99999999999999999999",
                "1e400",
                "&#x41;",
                "&#0;",
                "&#xFFFF;",
                "&lt;",
                "&a;",
                "rId1",
                "NaN",
                "C2",
                "true",
                "c",
                "v",
                "\u202e",
                "0" * 5000,
            )
        )
        text = text[: one.start(group)] + new + text[one.end(group) :]
    return text.encode()


def _damaged_zip(random: Random, data: bytes) -> bytes:
    """Headers of the zip file that say something else: versions, methods, flags, sizes, offsets, names."""
    whole = bytearray(data)
    for _ in range(random.choice((1, 1, 2))):
        local, central = (
            [m.start() for m in re.finditer(re.escape(mark), data)] for mark in (b"PK\x03\x04", b"PK\x01\x02")
        )
        start = random.choice([*local, *central, data.rindex(b"PK\x05\x06")])
        at = start + random.randrange(4, 46)
        if at + 4 > len(whole):
            continue
        match random.randrange(3):
            case 0:
                whole[at] = random.randrange(256)
            case 1:
                struct.pack_into(
                    "<H", whole, at, random.choice((0, 1, 9, 12, 14, 93, 95, 99, 255, 0x0800, 0xFFFF))
                )
            case _:
                struct.pack_into(
                    "<I", whole, at, random.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 2_000_000_000))
                )
    return bytes(whole)


def _seen(data: bytes, name: str) -> dict[Place, Expected] | None:
    """Rows below the header with something in the column of values, as a plain reader finds them."""
    import openpyxl

    with (
        contextlib.suppress(Exception),
        warnings.catch_warnings(),
    ):  # of what a damaged file raises there is no list
        warnings.simplefilter("ignore")
        name = openpyxl.load_workbook(io.BytesIO(data)).sheetnames[0]  # damaged too, perhaps
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").replace(b"&#xFFFF;", b"")  # expat takes none
            root = ElementTree.fromstring(sheet)  # our own, damaged
    except Exception:  # of what a damaged file raises there is no list
        return {}
    rows: dict[Place, Expected] = {}
    for row in root.iter(f"{{{MAIN[7:-1]}}}row"):
        cells = [cell.get("r", "") for cell in row if _says(cell)]
        number = "".join(filter(str.isdigit, cells[0])) if cells else ""  # a cell's own place comes first
        if number.isascii() and number.isdigit():
            rows[name, int(number)] = Expected()
    rows.pop((name, min((r for _, r in rows), default=0)), None)  # the header
    return rows


def _says(cell: ElementTree.Element) -> bool:
    return cell.get("r", "").startswith("C") and any(
        (part.text or "").strip() for part in cell.iter() if part is not cell
    )
