"""Figures as offices write them: 1.89千, 1.2万, 351.5亿元, 12,000万元, 15%, 0.15.

A figure of the plan's own definition is brought to the indicator's unit where only one reading is
possible, and refused where two are. What stood in the file is kept beside it, so that nobody has
to take the conversion on trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from zerobay_analysis.files.cells import normal, parse_number, plain_text
from zerobay_analysis.files.problems import Refused
from zerobay_analysis.plan import Indicator

__all__ = ["SCALES", "Quantity", "read_quantity"]

SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}

_FIGURE = re.compile(r"([+-]?[0-9,]+(?:\.[0-9]+)?)\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"((?:[十百千万]?亿|[十百千]?万|[十百千])?)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Quantity:
    """A figure in its indicator's unit.

    Attributes
    ----------
    value, unit : str
        As they would stand in a plain file.
    written : str
        What stood in the cells, empty where nothing was converted.
    """

    value: str
    unit: str
    written: str


def _scaled(unit: str) -> tuple[int, str]:
    """Factor and base of a unit: ``亿元`` is 100,000,000 and ``元``."""
    match = _UNIT.fullmatch(unit)
    assert match is not None
    factor = 1
    for character in match[1]:
        factor *= SCALES[character]
    return factor, match[2]


def read_quantity(value: str, unit: str, indicator: Indicator) -> Quantity:
    """Bring one row's value and unit to the unit of its indicator.

    Parameters
    ----------
    value, unit : str
        As they stand in the file; a cell shown as a percentage comes as ``"15%"``.
    indicator : Indicator

    Returns
    -------
    Quantity
        Unchanged where there is nothing to convert or the text is no figure at all; what is wrong
        with it then is found where every cell is checked.

    Raises
    ------
    Refused
        When the figure can be read in two ways.
    """
    match = _FIGURE.fullmatch(normal(value))
    if match is None:
        return Quantity(value, unit, "")
    number, word = match[1], normal(match[2])
    try:
        amount = Decimal(repr(parse_number(number)))
    except ValueError:
        return Quantity(value, unit, "")
    if normal(indicator.unit_zh) == "%":
        return _percent(value, unit, amount, word)
    if word == "%":
        raise Refused("percent_of_no_percent", unit=indicator.unit_zh)
    return _converted(value, unit, amount, word, indicator)


def _percent(value: str, unit: str, amount: Decimal, word: str) -> Quantity:
    plain_unit = normal(unit)
    if word == "%" and plain_unit in {"", "%"}:
        return Quantity(plain_text(amount), "%", value)
    if not word and plain_unit == "%" and 0 < abs(amount) < 1:
        percent = plain_text(amount * 100)
        raise Refused("percent_or_share", given=value, percent=percent)
    return Quantity(value, unit, "")


def _converted(value: str, unit: str, amount: Decimal, word: str, indicator: Indicator) -> Quantity:
    """Undo 千, 万, 亿 in the value or in the unit, not in both."""
    scale, base = _scaled(normal(indicator.unit_zh))
    scale_word, base_word = _scaled(word)
    scale_unit, base_unit = _scaled(normal(unit))
    if scale_word > 1 and scale_unit > 1:
        raise Refused("scale_twice", unit=indicator.unit_zh)
    given_twice = bool(base_word) and scale_word == 1
    if given_twice or scale_word * scale_unit == scale == 1 or {base_word, base_unit} - {""} != {base}:
        return Quantity(value, unit, "")  # plain, or another unit: found where every cell is checked
    if not word and scale_unit == scale:
        return Quantity(value, unit, "")
    converted = plain_text(amount * scale_word * scale_unit / scale)
    return Quantity(converted, indicator.unit_zh, f"{value}{unit}")
