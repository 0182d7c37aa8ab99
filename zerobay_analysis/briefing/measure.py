"""How much room a text takes, from the advance widths of the shipped font; fast enough for tables."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise

from zerobay_analysis.charts.layout import pieces

__all__ = ["line_count", "width"]


@cache
def _font() -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    from fontTools.ttLib import TTFont
    from pylopdf_fonts_zh_cn import sans_path

    font = TTFont(sans_path(), lazy=True)
    return font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm


@lru_cache(maxsize=8192)
def _advance(character: str) -> float:
    glyphs, metrics, em = _font()
    glyph = glyphs.get(ord(character))
    return 1.0 if glyph is None else metrics[glyph][0] / em


BETWEEN_SCRIPTS = 0.22
"""Space that office programs put between a Chinese character and a Latin letter or digit."""


def width(text: str) -> float:
    """Width of one line, in units of the size of the type."""
    changes = sum((ord(a) < 0x2E80) != (ord(b) < 0x2E80) for a, b in pairwise(text) if " " not in (a, b))
    return sum(map(_advance, text)) + BETWEEN_SCRIPTS * changes


@lru_cache(maxsize=8192)
def line_count(text: str, room: float) -> int:
    """Lines that ``text`` takes where each holds ``room`` times the size of the type; at least one."""
    count, used = 1, 0.0
    for piece in pieces(text):
        needed = width(piece.rstrip())
        if used and used + needed > room:
            count, used = count + 1, 0.0
        while needed > room:  # a word longer than a line is broken
            count, needed = count + 1, needed - room
        used += width(piece) if needed <= room else needed
    return count
