"""Cells of the tables that people send in: text made comparable, read as a type, and written again."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MAX_TEXT = 32_767
"""Characters that a cell of a sheet can hold; longer text would be cut in the forms."""

UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    r"\ufeff\ufffd\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # marks of damage; no characters
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""Characters that no text may have: XML cannot carry them, or a reader would see something else."""

WIDTHS: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: " ",
    0x2212: "-",
}
"""Full-width forms of ASCII, the wide blank and the minus sign, and what they are for certain."""


class Known(dict[str, str]):
    """Answers of a function of texts, each asked for once: a large ledger repeats most of its cells."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, text: str) -> str:
        found = self.function(text)
        self[text] = found = self.setdefault(found, found)  # one copy of each
        return found


@functools.lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """``text`` with full-width letters, digits and signs made Western, and no outer blanks.

    Nothing else is made equal: NFKC would read 5² as 52, ① as 1 and Ⅳ as IV.
    """
    return text.translate(WIDTHS).strip()


def parse_number(text: str) -> float:
    """Read a plain number (``1,890``, ``１８９０``, ``-3.5``); raise ``ValueError`` otherwise."""
    plain = normal(text)
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", plain):
        raise ValueError(text)
    return float(plain)


def parse_integer(text: str) -> int:
    """Read a whole number; ``7.0`` counts as one. Raise ``ValueError`` otherwise."""
    number = parse_number(text)
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def beyond(value: float, low: float | None, high: float | None) -> str:
    """Bounds that a value is not within, e.g. ``≥ 0 ≤ 100``; empty where it is."""
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    return " ".join(f"{sign} {end:g}" for sign, end in (("≥", low), ("≤", high)) if end is not None)


def parse_date(text: str) -> date:
    """Read a full date with ``-``, ``/``, ``.`` or 年月日; raise ``ValueError`` otherwise."""
    match = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", normal(text))
    if match is None or not 1900 <= int(match[1]) <= 2200:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))


def parse_boolean(text: str) -> bool:
    """Read true/false, 是/否 or 1/0; raise ``ValueError`` otherwise."""
    words = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    if word(text) not in words:
        raise ValueError(text)
    return words[word(text)]


def plain_text(number: float | Decimal) -> str:
    """``number`` at the 15 digits that a sheet shows, without exponent or needless zeros."""
    if isinstance(number, float):
        number = Decimal(f"{number:.15g}")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@functools.lru_cache(maxsize=65_536)
def visible(text: str) -> str:
    """``text`` with a blank for every character of :data:`UNFIT`, trimmed.

    For rows taken in before such characters were refused.
    """
    return UNFIT.sub(" ", text).strip()


def cell_text(value: Any) -> str:
    """A typed value as it would stand in a file, so that reading it gives the value back."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain_text(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return visible(str(value))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "integer": parse_integer,
    "number": parse_number,
    "boolean": parse_boolean,
    "date": parse_date,
}


def word(text: str) -> str:
    """``text`` without differences of case and width."""
    return normal(text).casefold()
