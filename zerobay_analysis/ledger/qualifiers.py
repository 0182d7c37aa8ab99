"""What the words beside a figure allow it to be: 约660, 超200亿, 近500, 4.4%左右.

The rules are assumptions about how people write, stated here once and nowhere else. They follow
from one observation: a writer names the last round number that holds. ``超200`` says that the
next round number was not reached; at 260 the same writer would have said ``超250``. Round numbers
are told at a granularity that goes with their size (M. Krifka, "Approximate interpretation of
number words", 2007). :func:`round_step` is that granularity:

- one significant digit: a fifth of the decade for 1 (100 -> 120), a half for 2 to 4 (200 -> 250),
  the whole for 5 to 9 (600 -> 700), so that a step is always 11 to 25 % of the figure;
- more significant digits: one unit of the last digit that is not zero (460 -> 470).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from zerobay_analysis.errors import ParameterError

__all__ = ["QUALIFIERS", "Precision", "allowed_range", "phrase", "precision_of", "round_step"]


class Precision(StrEnum):
    """How exact the source's own wording makes a figure."""

    EXACT = "exact"
    ABOUT = "about"  # 约, 左右
    AT_LEAST = "at_least"  # 超, 逾, 突破
    JUST_UNDER = "just_under"  # 近
    A_LITTLE_OVER = "a_little_over"  # 余, 多
    EXPECTED = "expected"  # 预计


_WORDS = {
    Precision.EXACT: ("exact", "exact (初步核算)", "准确", "初步核算"),
    Precision.ABOUT: ("约", "大约", "左右", "about", "exact-rounded"),
    Precision.AT_LEAST: ("超", "超过", "逾", "突破", "首超", "逾(超)", "突破(超)", "超(突破)", "over"),
    Precision.JUST_UNDER: ("近", "将近", "nearly"),
    Precision.A_LITTLE_OVER: ("余", "多", "多(余)", "千余名"),
    Precision.EXPECTED: ("预计", "可达", "expected"),
}
QUALIFIERS: Mapping[str, Precision] = {word: kind for kind, words in _WORDS.items() for word in words}
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
        raise ParameterError("“超 0”没有下一个整数可言 / zero has no next round number")
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
    if word.isascii():
        return f"{word} {number}{unit}"
    return f"{word}{number}{unit}"
