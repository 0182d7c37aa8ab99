"""What a reader sees of a number under its cell's format, where that is the number stored.

Excel's formats can round, scale by thousands, hide, turn a sign off and put text around a number
(ECMA-376, 18.8.31). A format that shows another number than the one stored leaves two readings,
and the cell is refused; one that only dresses the number is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from zerobay_analysis.files.cells import plain_text
from zerobay_analysis.files.problems import Refused

__all__ = ["Shown", "as_shown"]

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_.|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<exponent>E[+-])|(?P<mark>[0#?.,%/@;])|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_DRESS = " \u00a0¥￥$€£"
"""Blanks and signs of money before or behind a number say nothing about its size."""
_FILL = " -_=."
"""What may fill a cell beside a number without being taken for a part of it."""


@dataclass(frozen=True)
class Shown:
    """A number as it is shown: ``number`` with its percent sign, and the words around it."""

    number: str
    prefix: str = ""
    suffix: str = ""


def as_shown(value: float, form: str, *, words: bool = True) -> Shown:
    """Read a number under a number format.

    Parameters
    ----------
    value : float
    form : str
        The format's code.
    words : bool
        Whether words may stand before the number.

    Raises
    ------
    Refused
        When the format rounds, scales, hides or splits the number, or drops its sign.
    """
    sections = _sections(form)
    section = sections[0]
    if len(sections) > 1 and value < 0:
        section = sections[1]
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    body = "".join(mark for mark, _ in section)
    first, last = re.search("[G0#?@]", body), len(body.rstrip("~%")) - 1
    if first is None:
        text = "".join(literal for _, literal in section)
        raise Refused("shown_as_text", text=text)
    prefix = "".join(literal for _, literal in section[: first.start()]).strip(_DRESS)
    suffix = "".join(literal for _, literal in section[last + 1 :]).strip(_DRESS)
    if any(mark == "~" and literal.strip() for mark, literal in section[first.start() : last]):
        raise Refused("split_digits")
    signed = len(sections) > 1 and value < 0
    if signed and not prefix.startswith(("-", "(", "（")):
        raise Refused("hidden_sign")
    brackets = prefix in {"(", "（"} and suffix in {")", "）"}
    prefix, suffix = ("", "") if signed and brackets else (prefix.lstrip("-" if signed else "+"), suffix)
    shown = Shown(_digits(value, body.replace("~", "")), prefix.strip(_DRESS), suffix)
    if any(character.isdigit() for character in shown.prefix + shown.suffix) or (shown.prefix and not words):
        text = f"{shown.prefix}{shown.number}{shown.suffix}"
        raise Refused("words_around", text=text)
    return shown


def _sections(form: str) -> list[list[tuple[str, str]]]:
    """Sections of a format as (mark, literal): ``G`` for General, ``~`` for a literal."""
    sections: list[list[tuple[str, str]]] = [[]]
    for found in _TOKEN.finditer(form or "General"):
        kind, text = found.lastgroup, found[found.lastgroup or 0]
        if found[0] == ";":
            sections.append([])
        elif kind == "fill":
            if text not in _FILL:
                raise Refused("filled_cell", text=text)
        elif kind == "bracket":
            if text[:1] in {"<", ">", "="} or text.lower().strip("hms") == "":
                raise Refused("conditional_format", text=text)
        elif kind in {"general", "exponent", "mark"}:
            sections[-1].append(({"general": "G", "exponent": "E"}.get(kind, text), ""))
        elif kind is not None:
            sections[-1].append(("~", text))
    return sections


def _digits(value: float, body: str) -> str:
    """The number's digits; raise where they are not those that the format shows."""
    percent = body.count("%")
    stored = Decimal(plain_text(value)) * (100 if percent else 1)
    body = body.replace("%", "")
    text = plain_text(stored) + ("%" if percent else "")
    if "G" in body or "@" in body:
        return text
    if percent > 1 or re.search(r",(?![0#?])|\..*,", body):
        raise Refused("scaled_format", stored=plain_text(value))
    mantissa, exponent, _ = body.partition("E")
    decimals = sum(mark in "0#?" for mark in mantissa.partition(".")[2])
    if exponent:
        shown = Decimal(f"{stored:.{decimals}e}")
    elif "/" in body:
        shown = stored.to_integral_value()
    else:
        shown = stored.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if shown != stored:
        seen = plain_text(shown) + ("%" if percent else "")
        raise Refused("rounded_format", seen=seen, stored=text)
    return text
