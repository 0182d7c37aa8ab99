"""Figures and periods as offices write them: 2025年1-9月, 约660, 1.89千, 15%.

What the words beside a figure allow it to be (约660, 超200亿, 近500, 4.4%左右) are assumptions about
how people write, stated here once and nowhere else. They follow from one observation: a writer
names the last round number that holds. ``超200`` says that the next round number was not reached;
at 260 the same writer would have said ``超250``. Round numbers are told at a granularity that goes
with their size (M. Krifka, "Approximate interpretation of number words", 2007).
:func:`round_step` is that granularity:

- one significant digit: a fifth of the decade for 1 (100 -> 120), a half for 2 to 4 (200 -> 250),
  the whole for 5 to 9 (600 -> 700), so that a step is always 11 to 25 % of the figure;
- more significant digits: one unit of the last digit that is not zero (460 -> 470).

A figure of the plan's own definition is brought to the indicator's unit where only one reading is
possible (1.89千, 1.2万, 351.5亿元, 12,000万元, 15%), and refused where two are. What stood in the file
is kept beside it, so that nobody has to take the conversion on trust.
"""

from __future__ import annotations

import calendar
import functools
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import ParameterError, Refused, message
from zerobay_analysis.files.tables import normal, parse_number, plain_text
from zerobay_analysis.language import Name, in_language
from zerobay_analysis.plan import Indicator

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

# --- periods ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to ``end``, both included; a single day is its own start and end."""

    start: date
    end: date

    @property
    def is_year(self) -> bool:
        """Whether the period is a calendar year."""
        return self.from_january and (self.end.month, self.end.day) == (12, 31)

    @property
    def from_january(self) -> bool:
        """Whether the period begins with its year, so that a sum over it is a year-to-date sum."""
        return (self.start.month, self.start.day) == (1, 1) and self.start.year == self.end.year


@functools.lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Read a period.

    Understands ``2025``, ``2025年末``, ``2025-06``, ``2025年6月``, ``2025Q2``, ``2025年二季度``,
    ``2025H1``, ``2025年上半年``, ``2025年1-9月`` and full dates. ``2025.1`` is refused: a sheet may
    have made it out of ``2025.10``.

    Raises
    ------
    ValueError
        For anything else; nothing is guessed.
    """
    plain = re.sub(r"\s+", "", normal(text)).upper()
    plain = re.sub("[\u2010-\u2015\u2212]", "-", plain).removeprefix("截至").removeprefix("截止")
    match = re.fullmatch(r"((?:19|20|21)[0-9]{2})(.*)", plain)
    if match is None or match[2] == ".1":  # Excel shortens 2026.10 to this
        raise ValueError(text)
    year, rest = int(match[1]), match[2]
    if found := re.fullmatch(r"[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", rest):
        day = date(year, int(found[1]), int(found[2]))
        return Period(day, day)
    for pattern, months in _WORDS["periods"]["months"]:
        if found := re.fullmatch(pattern, rest):
            first, last = map(int, found.expand(months).split("-"))
            if 1 <= first <= last <= 12:
                return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))
    raise ValueError(text)


def month_label(time: float) -> str:
    """``2024-05`` for every day of May 2024 on the scale of :func:`years_of`, whose last is its end."""
    months = math.ceil(time * 12 - 1e-6)
    return f"{(months - 1) // 12 + 1}-{(months - 1) % 12 + 1:02d}"


def years_of(day: date) -> float:
    """A day on the scale of years: the end of year ``Y`` is ``Y``, of May 2024 ``2023 + 5/12``."""
    days = calendar.monthrange(day.year, day.month)[1]
    return day.year - 1 + (day.month - 1 + day.day / days) / 12


# --- the words beside a figure ------------------------------------------------------------------


class Precision(StrEnum):
    """How exact the source's own wording makes a figure."""

    EXACT = "exact"
    ABOUT = "about"  # 约, 左右
    AT_LEAST = "at_least"  # 超, 逾, 突破
    JUST_UNDER = "just_under"  # 近
    A_LITTLE_OVER = "a_little_over"  # 余, 多
    EXPECTED = "expected"  # 预计


QUALIFIERS: Mapping[str, Precision] = {
    word: Precision(kind) for kind, words in _WORDS["qualifiers"].items() for word in words
}
"""Words that a row may carry. ``exact-rounded`` marks a round figure printed without a word,
e.g. 150 (from "15 billion yuan"); nothing written means exact."""

MIN_ABOUT, MAX_ABOUT = 0.025, 0.10
"""Half-width of 约 as a share of the figure. Below 2.5 % nobody needs the word (约660 is not
660±0.5); beyond 10 % another number would have been named (约20 is not 26)."""


def precision_of(qualifier: str) -> Precision:
    """What a source's word means; nothing written is exact. ``KeyError`` for an unknown word."""
    return QUALIFIERS[qualifier] if qualifier else Precision.EXACT


def _last_digit_unit(value: float) -> tuple[Decimal, int]:
    """Power of ten of the last digit that is not zero, and the number of digits down to it."""
    _, digits, exponent = Decimal(repr(abs(float(value)))).normalize().as_tuple()
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent), len(digits)


def round_step(value: float) -> float:
    """Distance from a round number to the next larger one that a writer would name.

    Raises
    ------
    ParameterError
        For zero, which is no round number in this sense.
    """
    if value == 0:
        raise ParameterError(message("zero_is_not_round"))
    unit, digits = _last_digit_unit(value)
    if digits > 1:
        return float(unit)
    leading = int(Decimal(repr(abs(float(value)))) / unit)
    share = Decimal("0.2") if leading == 1 else Decimal("0.5") if leading <= 4 else Decimal(1)
    return float(unit * share)


def allowed_range(value: float, precision: Precision) -> tuple[float, float]:
    """Least and greatest value that the wording allows.

    Parameters
    ----------
    value : float
        As printed.
    precision : Precision

    Returns
    -------
    lower, upper : float
        Equal to ``value`` for an exact figure. 约, 左右, 预计: half a unit of the last digit that
        is not zero, but no less than 2.5 and no more than 10 % of the figure. 超, 逾, 突破, 余, 多:
        up to the next round number. 近: half a step below it, because further down a writer
        would name the lower number. For a negative figure the words are about its size (降幅超10%).
    """
    size = abs(value)
    if precision is Precision.EXACT:
        return value, value
    step = round_step(size)
    if precision in {Precision.ABOUT, Precision.EXPECTED}:
        half = min(max(float(_last_digit_unit(size)[0]) / 2, MIN_ABOUT * size), MAX_ABOUT * size)
        low, high = size - half, size + half
    elif precision is Precision.JUST_UNDER:
        low, high = size - step / 2, size
    else:
        low, high = size, size + step
    return (low, high) if value > 0 else (-high, -low)


def phrase(value: float, qualifier: str, unit: str) -> str:
    """A figure in its source's words, e.g. ``超200亿元``, ``4000余家``, ``4.4%左右``."""
    if unit == STAGE_UNIT:
        return STAGES[int(value)]
    number = f"{value:.12g}"
    word = qualifier.partition("(")[0].strip()
    if word == "千余名":
        return word
    if precision_of(qualifier) is Precision.EXACT or word == "exact-rounded":
        return f"{number}{unit}"
    if word in {"余", "多"}:
        return f"{number}{word}{unit}"
    if word == "左右":
        return f"{number}{unit}{word}"
    return f"{word}{' ' if word.isascii() else ''}{number}{unit}"


def figure_label(row: Mapping[Any, Any], names: Mapping[str, Name]) -> Name:
    """The figure of a row in its source's words, and in English: ``超200亿元``, ``over 200 × 100m yuan``."""
    value, word, unit = float(row["value"]), str(row["qualifier"]), str(row["unit"])
    zh, en = phrase(value, word, unit), in_language(names.get(unit, unit), "en")
    if unit == STAGE_UNIT:
        return Name(zh)
    between = "" if en == "%" else " × " if en[:1].isdigit() else " "
    return Name(zh, _WORDS["english"][precision_of(word)].format(f"{value:,.12g}{between}{en}"))


# --- how far a task is, and rates of two figures ---------------------------------------------------------

STAGES = ("未启动", "推进中", "受阻", "已完成")
"""How far a task is; a ledger holds the place in this list, in :data:`STAGE_UNIT`."""
STAGE_UNIT = "进展"


def read_fraction(value: str, numerator: str, denominator: str) -> str:
    """A rate in percent of its two figures, with the digits that are stated or two; ``""`` without both.

    Raises
    ------
    Refused
        Only one of the two is there, a figure is none, or the stated rate is another.
    """
    if not numerator and not denominator:
        return ""
    try:
        of, by = (Decimal(repr(parse_number(text))) for text in (numerator, denominator))
    except ValueError:
        raise Refused("half_a_fraction") from None
    if by <= 0:
        raise Refused("no_denominator")
    stated = normal(value).removesuffix("%")
    try:
        digits = -int(Decimal(stated.replace(",", "")).as_tuple().exponent) if stated else 2
    except ArithmeticError:  # no figure, which is said of the value
        return ""
    rate = round(100 * of / by, max(digits, 0))
    if stated and abs(rate - Decimal(stated.replace(",", ""))) > Decimal(1).scaleb(-max(digits, 0)):
        raise Refused("other_rate", rate=plain_text(rate), stated=value)
    return plain_text(rate)


# --- figures in the units of offices ------------------------------------------------------------

SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}

_FIGURE = re.compile(r"([+-]?[0-9,]+(?:\.[0-9]+)?)\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"((?:[十百千万]?亿|[十百千]?万|[十百千])?)(.*)", re.DOTALL)


def _scaled(unit: str) -> tuple[int, str]:
    """Factor and base of a unit: ``亿元`` is 100,000,000 and ``元``."""
    match = _UNIT.fullmatch(unit)
    assert match is not None
    return math.prod(SCALES[character] for character in match[1]), match[2]


def read_quantity(value: str, unit: str, indicator: Indicator) -> tuple[str, str] | None:
    """Bring one row's value and unit to the unit of its indicator.

    Parameters
    ----------
    value, unit : str
        As they stand in the file; a cell shown as a percentage comes as ``"15%"``.
    indicator : Indicator

    Returns
    -------
    tuple of (str, str) or None
        The value as it would stand in a plain file, and what stood in the cells. ``None`` where there
        is nothing to convert or the text is no figure at all; what is wrong with it then is found
        where every cell is checked.

    Raises
    ------
    Refused
        When the figure can be read in two ways.
    """
    match = _FIGURE.fullmatch(normal(value))
    try:
        amount = Decimal(repr(parse_number(match[1] if match else "")))
    except ValueError:
        return None
    assert match is not None
    word, given, wanted = normal(match[2]), normal(unit), normal(indicator.unit_zh)
    if wanted == "%":
        if word == "%" and given in {"", "%"}:
            return plain_text(amount), value
        if not word and given == "%" and 0 < abs(amount) < 1:
            raise Refused("percent_or_share", given=value, percent=plain_text(amount * 100))
        return None
    if word == "%":
        raise Refused("percent_of_no_percent", unit=indicator.unit_zh)
    # 千, 万, 亿 may stand in the value or in the unit, not in both.
    (scale, base), (of_word, base_word), (of_unit, base_unit) = map(_scaled, (wanted, word, given))
    if of_word > 1 and of_unit > 1:
        raise Refused("scale_twice", unit=indicator.unit_zh)
    plain = of_word * of_unit == scale == 1 or (not word and of_unit == scale)
    if plain or (base_word and of_word == 1) or {base_word, base_unit} - {""} != {base}:
        return None  # plain, or another unit
    return plain_text(amount * of_word * of_unit / scale), f"{value}{unit}"
