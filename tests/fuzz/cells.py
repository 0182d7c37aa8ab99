"""Cells of a workbook, each with what its reader sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from xml.sax.saxutils import escape

from tests.fuzz.figures import NASTY, Figure
from tests.fuzz.judging import Expected
from tests.fuzz.sheets import Book, Cell

__all__ = ["CELLS", "dated"]

EPOCH = date(1899, 12, 30)

FORMS: tuple[tuple[str, float | None], ...] = (
    # A number format, and what is shown of a stored 1; None: nothing that could be read.
    ("0", 1),
    ("0.00", 1),
    ("#,##0", 1),
    ("0.00E+00", 1),
    ("@", 1),
    ("# ?/?", 1),
    ("00000000", 1),
    ("?0", 1),
    ("0_ ", 1),
    ("0 ;-0", 1),
    ("_(* #,##0_);_(* (#,##0);_(* &quot;-&quot;_)", 1),
    ("[红色]0", 1),
    ("[Red]0;[Blue]-0", 1),
    ("0;-0;;@", 1),
    ("#,##0.0_ ", 1),
    ("* 0", 1),
    ("0\\ ", 1),
    ('0"家"', 1),
    ("0,", 0.001),
    ("#,##0,,", 1e-6),
    ("0.0,", 0.001),
    ("0!.0,", 0.0001),
    ('0"万"', 10_000),
    ('0"千"', 1000),
    ("0百", 100),
    ('0"0000"', 10_000),
    ("0\\0", 10),
    ('"1"0', None),
    ('"-"0', -1),
    ("\\-0", -1),
    ("-0", -1),
    ("(0)", None),
    ('0"."0', None),
    ('0"%"', None),
    ("0%", 100),
    ("0.0%", 100),
    ("0%%", None),
    (";;;", None),
    ('""', None),
    ('"保密"', None),
    ('"约"0', None),
    ('0"余"', None),
    ("[>=10]0,;0", None),
    ('[<1000]0;0"万"', None),
    ("0;0;0", 1),
    ('[=1]"一";0', None),
    ("yyyy-mm-dd", None),
    ("yyyy", None),
    ("[h]:mm", None),
    ("mmss.0", None),
    ("[$-804]yyyy", None),
    ('yyyy"年"m"月"', None),
    ("[DBNum1]0", 1),
    ("[DBNum2]0", 1),
    ("[$-404]General", 1),
    ("General", 1),
    ('General"万"', 10_000),
    ("0.0.0", 1),
    ("\x01", None),
    ("0" * 3000, 1),
    ("[", None),
    ('"', None),
    ("$0", 1),
    ("[$¥-804]0", 1),
    ("0_x", 1),
    ("0*x", None),
    ("0/1000", None),
    ("0?/?0", 1),
    ("#", 1),
    ("0\u202e", None),
    ("0×10", None),
    ('0"×10³"', None),
    ('0"亿"', 1e8),
    ("0_);(0)", 1),
    ("0E+0", 1),
    ("0 0", 1),
)


Made = tuple[Cell, Expected]


def _value(figure: Figure, *values: float) -> Expected:
    return Expected(frozenset(values), figure.expected.ends, figure.expected.indicator)


def _formatted(random: Random, book: Book, figure: Figure) -> Made:
    """A number under a format: what is shown is what is meant."""
    form, factor = random.choice(FORMS)
    stored = random.choice((figure.number, figure.number, float(figure.number) + 0.4, -figure.number))
    cell = Cell.number(stored, form)
    if random.random() < 0.05:
        book.format_numbers[form] = random.choice((176, 9999, 2**31, 27, 57, 14, 22, 48))
        return cell, Expected()
    if factor is None or (stored < 0 and ";" in form):
        shown: frozenset[float] | None = frozenset() if factor is None else None
        return cell, Expected(shown, figure.expected.ends, figure.expected.indicator)
    exact = stored * factor
    return cell, _value(figure, exact, float(round(exact)), round(exact, 1), float(round(stored)) * factor)


def _typed(random: Random, book: Book, figure: Figure) -> Made:
    """Types that say one thing while the body says another."""
    n = f"{figure.number:.0f}"
    none, same = _value(figure), _value(figure, figure.number)
    options: tuple[Made, ...] = (
        (Cell(f"<v>{n}</v>", "str"), same),
        (Cell(f"<v>{n}</v>", "n"), same),
        (Cell("<v>1</v>", "b"), none),
        (Cell("<v>7</v>", "b"), none),
        (Cell("<v>#N/A</v>", "e"), none),
        (Cell("<v>#DIV/0!</v>", "e"), none),
        (Cell("<v>#错误</v>", "e"), none),
        (Cell(f"<v>{n}</v>", "e"), none),
        (Cell("<v>999999</v>", "s"), none),
        (Cell("<v>-1</v>", "s"), none),
        (Cell("<v>x</v>", "s"), none),
        (Cell("<v/>", "s"), none),
        (Cell(f"<v>{n}</v>", "d"), none),
        (Cell("<v>2025-12-31T00:00:00</v>", "d"), none),
        (Cell("<v>2025-13-31</v>", "d"), none),
        (Cell(f"<v>{n}</v>", "q"), Expected()),
        (Cell("<v>abc</v>"), none),
        (Cell("<v>1e400</v>"), none),
        (Cell("<v>NaN</v>"), none),
        (Cell("<v>INF</v>"), none),
        (Cell("<v>-INF</v>"), none),
        (Cell(f"<v> {n} </v>"), same),
        (Cell(f"<v>{n}</v><v>5</v>"), Expected()),
        (Cell(f"<v>{n}<x/></v>"), Expected()),
        (Cell(f"<v>{n}E0</v>"), same),
        (Cell("<v>" + "9" * 400 + "</v>"), none),
        (Cell(f"<v>{n}.000000000000001</v>"), same),
        (Cell(f"<v>{n}²</v>"), none),
        (Cell("<v>0x10</v>"), none),
        (Cell("<v>1_0</v>"), Expected()),
        (Cell("<v>１２</v>"), _value(figure, 12)),
        (Cell(f"<v>{n}</v>", "inlineStr"), Expected()),
        (Cell("<is/>", "inlineStr"), none),
        (Cell(f"<is><t>{n}</t></is>"), Expected()),
        (Cell("<v>5e-324</v>"), none),
    )
    return random.choice(options)


def _formula(random: Random, book: Book, figure: Figure) -> Made:
    n = f"{figure.number:.0f}"
    none, same = _value(figure), _value(figure, figure.number)
    options: tuple[Made, ...] = (
        (Cell(f"<f>{n}+0</f><v>{n}</v>"), same),
        (Cell(f"<f>{n}+0</f>"), none),
        (Cell(f"<f>{n}+0</f><v/>"), none),
        (Cell(f"<f>T(1)</f><v>{n}</v>", "str"), same),
        (Cell("<f>1/0</f><v>#DIV/0!</v>", "e"), none),
        (Cell("<f>1=1</f><v>1</v>", "b"), none),
        (Cell(f'<f t="shared" ref="C2:C9" si="0">{n}</f><v>{n}</v>'), same),
        (Cell(f'<f t="shared" si="7"/><v>{n}</v>'), same),
        (Cell(f'<f t="array" ref="C2:C2">{n}</f><v>{n}</v>'), same),
        (Cell(f'<f t="array" ref="C2:XFD1048576">{n}</f><v>{n}</v>'), same),
        (Cell(f'<f t="dataTable" ref="C2" dt2D="1" r1="A1"/><v>{n}</v>'), same),
        (Cell(f"<f/><v>{n}</v>"), same),
        (Cell('<f t="shared" ref="bad" si="x">1</f><v>1</v>'), Expected()),
        (Cell(f'<f t="shared" ref="C2:C9" si="0">[1]x!$A$1</f><v>{n}</v>'), same),
        (Cell(f"<f>{'(' * 3000}1{')' * 3000}</f><v>{n}</v>"), same),
        (Cell(f'<f t="odd">1</f><v>{n}</v>'), same),
        (Cell("<f>A1</f><v></v>", "str"), none),
        (Cell("<is><t>=1+1</t></is>", "inlineStr"), none),
    )
    return random.choice(options)


def _rich(random: Random, book: Book, figure: Figure) -> Made:
    """Text in runs, with superscripts and struck-out parts, with readings beside it, with escapes."""
    n = f"{figure.number:.0f}"
    none, same = _value(figure), _value(figure, figure.number)
    high = '<rPr><vertAlign val="superscript"/></rPr>'
    options: tuple[tuple[str, Expected], ...] = (
        (f"<t>{n}</t>", same),
        (f"<r><t>{n[:1]}</t></r><r><rPr><b/></rPr><t>{n[1:]}</t></r>", same),
        (f"<r><t>{n}</t></r><r>{high}<t>1</t></r>", none),
        (f"<r><t>{n}</t></r><r>{high}<t>①</t></r>", none),
        (f"<r><t>{n}</t></r><r><rPr><strike/></rPr><t>9</t></r>", _value(figure, figure.number)),
        (f"<r><rPr><strike/></rPr><t>{n}</t></r><r><t>25</t></r>", _value(figure, 25)),
        (f"<r><t>{n}</t></r><r><rPr><vertAlign val='subscript'/></rPr><t>2</t></r>", none),
        (f'<t>{n}</t><rPh sb="0" eb="1"><t>99</t></rPh><phoneticPr fontId="0"/>', same),
        (f"<t>_x{ord(n[0]):04X}_{n[1:]}</t>", same),
        ("<t>_x0000_</t>", none),
        ("<t>_xD800_</t>", none),
        (f"<t>{n}_x000D_</t>", same),
        (f"<t>{n}_xFFFF_</t>", none),
        (f"<t xml:space='preserve'>{n}\n</t>", same),
        ("<t/>", none),
        ("", none),
        (f"<t>{n}</t><t>5</t>", Expected()),
        ("<r/>" * 3000 + f"<r><t>{n}</t></r>", same),
        (f"<t>{'9' * 40_000}</t>", none),
        (f"<r><t>{n}</t><t>7</t></r>", Expected()),
        (
            f"<t>{escape(random.choice(NASTY[:9]))}{n}</t>".replace("\x00", "?")
            .replace("\x1b", "?")
            .replace("\x0b", "?"),
            Expected(),
        ),
    )
    body, expected = random.choice(options)
    if random.random() < 0.3:
        return Cell(f"<is>{body}</is>", "inlineStr"), expected
    book.shared.append(body)
    return Cell(f"<v>{len(book.shared) - 1}</v>", "s"), expected


CELLS: tuple[Callable[[Random, Book, Figure], Made], ...] = (_formatted, _formatted, _typed, _formula, _rich)


def dated(random: Random, figure: Figure) -> Made:
    """A period as a date: the day, the month or the year, whichever is shown."""
    last = next(iter(figure.expected.ends or {date(2020, 12, 31)}))
    day = random.choice((last, date(last.year, 6, 30), date(last.year, 1, 1)))
    serial: float = (day - EPOCH).days
    month_end = (date(day.year + day.month // 12, day.month % 12 + 1, 1)) - timedelta(1)
    year_end = date(day.year, 12, 31)
    options: tuple[tuple[Cell, frozenset[date] | None], ...] = (
        (Cell.number(serial, "yyyy-mm-dd"), frozenset({day})),
        (Cell.number(serial, "yyyy/m/d"), frozenset({day})),
        (Cell.number(serial, 'yyyy"年"m"月"'), frozenset({month_end})),
        (Cell.number(serial, "yyyy"), frozenset({year_end})),
        (Cell.number(serial, "mmm-yy"), frozenset({month_end})),
        (Cell.number(serial, "yyyy-mm-dd hh:mm"), frozenset({day})),
        (Cell.number(serial + 0.99999, "yyyy-mm-dd"), frozenset({day})),
        (Cell.number(day.year, "yyyy"), frozenset({date(1905, 12, 31)})),
        (Cell.number(20250930, "yyyy-mm-dd"), frozenset()),
        (Cell.number(20250930, "General"), frozenset({date(2025, 9, 30)})),
        (Cell.number(-5, "yyyy-mm-dd"), frozenset()),
        (Cell.number(60, "yyyy-mm-dd"), None),
        (Cell.number(1e300, "yyyy"), frozenset()),
        (Cell.number(serial, "General"), frozenset()),
        (Cell.number(f"{day.year}.1"), frozenset()),
        (Cell.number(f"{day.year}.06", "0.00"), frozenset({date(day.year, 6, 30)})),
        (Cell.number(serial, "[$-804]yyyy年m月d日;@"), frozenset({day})),
        (Cell.number(serial, "dddd"), frozenset()),
        (Cell.number(serial, "d"), frozenset()),
        (Cell.number(serial, 'yyyy"Q1"'), frozenset()),
        (Cell(f"<v>{day.isoformat()}</v>", "d", "yyyy-mm-dd"), frozenset({day})),
        (Cell(f"<v>{day.isoformat()}T00:00:00Z</v>", "d"), frozenset({day})),
        (Cell.number(day.year, '0"年6月"'), frozenset({date(day.year, 6, 30)})),
        (Cell.number(day.year, "0"), frozenset({year_end})),
        (Cell.number(day.year % 100, '"20"00'), frozenset({year_end})),
        (Cell.number(f"{day.year}.0"), frozenset({year_end})),
        (Cell.number(f"{day.year}.0000001"), frozenset()),
    )
    cell, ends = random.choice(options)
    return cell, Expected(figure.expected.values, ends, figure.expected.indicator)
