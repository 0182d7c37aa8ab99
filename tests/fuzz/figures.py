"""Figures and periods as people write them, each with what a reader understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from random import Random

from tests.fuzz.judging import PLAN, Expected

__all__ = ["HEADINGS", "NASTY", "Figure", "figures", "read_as"]

UNITS = {i.id: i.unit_zh for i in PLAN.indicators}
COUNTS = (1, 2, 6, 7, 10, 11)
"""Indicators that count whole things, from zero up, at one day."""

HEADINGS = {
    "indicator": ("指标序号", "指标", "indicator", "INDICATOR", " 指标 "),
    "period": ("期间", "时间", "period", "Period"),
    "value": ("数值", "值", "value", "ｖａｌｕｅ"),
    "unit": ("单位", "unit"),
    "caveat": ("说明", "caveat"),
}

NASTY = (
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200f",
    "\ufeff",
    "\u00ad",
    "\u2028",
    "\u0085",
    "\x0b",
    "\x00",
    "\x1b",
    "\ufffd",
    "\uffff",
    "\U0001fffe",
    "\ue000",
    "\u0301",
    "\u3000",
    "\u00a0",
    "\U0001f600",
    "é",
    "㊣",
    "ǅ",
    "ß",
)
"""Characters that are not what they look like."""

EXACT = "{n}"
SPELLINGS: tuple[tuple[str, float | None], ...] = (
    # How it is written, and the factor between the number and what is understood; None: no reading.
    ("{n}", 1),
    ("{n}.0", 1),
    ("{n}.", 1),
    ("+{n}", 1),
    ("0{n}", 1),
    (" {n} ", 1),
    ("\t{n}", 1),
    ("\u3000{n}", 1),
    ("\u00a0{n}", 1),
    ("{wide}", 1),
    ("{comma}", 1),
    ("{widecomma}", 1),
    ("{thousand}千", 1),
    ("{n}千", 1000),
    ("{n}万", 10000),
    ("'{n}", 1),
    ("{n}e0", 1),
    ("{n}E1", 10),
    ("{n}\u200b", 1),
    ("\ufeff{n}", 1),
    ("{arabic}", 1),
    ("{deva}", 1),
    ("{bold}", 1),
    ("{circled}", 1),
    ("{n}²", None),
    ("{n}⁶", None),
    ("{n}₂", None),
    ("¹{n}", None),
    ("{n}½", None),
    ("½", 0),
    ("{n}①", None),
    ("⒈{n}", None),
    ("⑴{n}", None),
    ("{n}㋀", None),
    ("{n}㏠", None),
    ("{n}℃", None),
    ("Ⅶ", None),
    ("\u202e{n}", None),
    ("{n}\u202e1", None),
    ("\u2067{n}\u2069", 1),
    ("\u200f{n}", 1),
    ("-{n}", -1),
    ("\u2212{n}", -1),
    ("–{n}", -1),
    ("({n})", -1),
    ("−{n}", -1),
    ("{n}-", -1),
    ("{n}%", 0.01),
    ("约{n}", None),
    ("{n}余", None),
    ("{n}家", 1),
    ("{n}/2", 0.5),
    ("{n} 1", None),
    ("{n},5", None),
    ("{n},", 1),
    (",{n}", None),
    ("{n}.5.5", None),
    ("0x{n}", None),
    ("{n}_0", None),
    ("1_{n}", None),
    ("nan", None),
    ("inf", None),
    ("-inf", None),
    ("NULL", None),
    ("#N/A", None),
    ("#DIV/0!", None),
    ("—", None),
    ("={n}", 1),
    ("=1+{n}", None),
    ("@{n}", None),
    ("{n}{huge}", None),
    ("1e400", None),
    ("{n}.{huge}", None),
    ("一百三十九", None),
    ("〇", 0),
    ("{n}\u0301", None),
    ("{n}\u20e3", None),
    ("{n}\ufe0f", None),
    ("{n}。5", None),
    ("{n}·5", None),
    ("{n}٫5", None),
    ("{n}’000", None),
    ("𝟣{n}", None),
    ("{n}\u0660", None),
    ("三{n}", None),
    ("{n}\n1", None),
    ("{n}\r", 1),
    ("{n}\u00a01", None),
    ("０", 0),
)


@dataclass(frozen=True)
class Figure:
    """One row of a file, as text, and what it says.

    Attributes
    ----------
    indicator, period, value, unit : str
    number : float
        What the plain spelling would be.
    plain : bool
        Nothing is odd about it, so that it must be accepted.
    expected : Expected
    """

    indicator: str
    period: str
    value: str
    unit: str
    number: float
    plain: bool
    expected: Expected

    @property
    def cells(self) -> dict[str, str]:
        return {"indicator": self.indicator, "period": self.period, "value": self.value, "unit": self.unit}


def figures(random: Random, count: int, *, odd: float = 0.3) -> list[Figure]:
    """Up to ``count`` figures of different indicators or years; a share of them written oddly."""
    keys = [(i, year) for i in COUNTS for year in range(2016, 2026)]
    random.shuffle(keys)
    return [_figure(random, i, year, odd) for i, year in keys[:count]]


def _figure(random: Random, indicator: int, year: int, odd: float) -> Figure:
    number = random.choice((random.randint(1, 999), random.randint(1000, 99_999), random.randint(0, 9)))
    text, values = EXACT.format(n=number), frozenset({float(number)})
    plain = True
    if random.random() < odd:
        form, factor = random.choice(SPELLINGS)
        text, plain = _spelt(form, number), False
        values = frozenset() if factor is None else frozenset({number * factor if "{" in form else factor})
        if form == "½":
            values = frozenset({0.5})
    period, end, usual = _period(random, year, odd)
    name = str(indicator)
    expected = Expected(values, frozenset({end}), indicator)
    if random.random() < odd / 6:
        name = random.choice(
            (f"{indicator}.0", f"{indicator}²", f"０{indicator}", f"{indicator}\u200b", "⑦", "1e1")
        )
        expected = Expected(
            values, frozenset({end}), 7 if name == "⑦" else None if name == "1e1" else indicator
        )
        plain = False
    return Figure(name, period, text, UNITS[indicator], number, plain and usual, expected)


def _spelt(form: str, number: int) -> str:
    digits = str(number)

    def shifted(first: int) -> str:
        return "".join(chr(first + int(d)) for d in digits)

    return form.format(
        n=digits,
        wide=shifted(0xFF10),
        comma=f"{number:,}",
        widecomma=f"{number:,}".replace(",", "，"),
        thousand=f"{number / 1000:.3f}",
        arabic=shifted(0x0660),
        deva=shifted(0x0966),
        bold=shifted(0x1D7CE),
        circled="".join("⓪①②③④⑤⑥⑦⑧⑨"[int(d)] for d in digits),
        huge="9" * 400,
    )


def _period(random: Random, year: int, odds: float) -> tuple[str, date, bool]:
    last = date(year, 12, 31)
    month = date(year, 6, 30)
    usual = ((f"{year}", last), (f"{year}年", last), (f"{year}-12-31", last), (f"{year}年末", last))
    odd = (
        (f"{year}-06", month),
        (f"{year}年6月", month),
        (f"{year}/6/30", month),
        (f"{year}Q2", month),
        (f"{year}H1", month),
        (f"{year}年上半年", month),
        (f"{year}.6.30", month),
        (f"{year}.06", month),
        (f"{year}.6", month),
        (f"{year}²", None),
        (f"{year}⑥", None),
        (f"{year}-06-31", None),
        (f"{year}.0", last),
        (f"{year}㋅", month),
        (f"{year}㏒", None),
        (f"{year}-6-30 00:00:00", month),
        (f"{year}0630", month),
        (f"06/30/{year}", month),
        (f"{year}-13", None),
        (f"{year}-00", None),
        (f"２{str(year)[1:]}", last),
        (f"{year}\u200b", last),
        (f"\u202e{year}", None),
        (f"{year}年6月30日", month),
        (f"{year % 100}年", last),
        (f"{year}年1-6月", month),
        (f"{year}—{year + 1}", None),
        (f"民国{year - 1911}年", last),
        ("", None),
        (f"{year}Q２", month),
        (f"{year}年第二季度", month),
        (f"{year}Ⅱ", None),
        (f"{year}年６月", month),
    )
    if random.random() >= odds / 2:
        text, end = random.choice(usual)
        return text, end, True
    text, when = random.choice(odd)
    return text, when or date(1, 1, 1), False


def read_as(text: str) -> frozenset[float] | None:
    """What a cell of digits says; ``None`` for any other cell."""
    return frozenset({float(text)}) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) else None
