"""The shipped Chinese font: how wide a text is set in it, and just the glyphs that a page shows."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from zerobay_analysis.charts.layout import pieces
from zerobay_analysis.errors import FontError

FAMILY = "Zerobay Sans SC"
"""Name of the subset on a page; its glyphs are Noto Sans SC, SIL Open Font License 1.1."""
FILE = "zerobay-sans-sc.woff"
"""Name of the subset that all pages of one folder share."""
BETWEEN_SCRIPTS = 0.22
"""Space that office programs put between a Chinese character and a Latin letter or digit."""


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


def subset(texts: Iterable[str]) -> bytes:
    """WOFF file with the glyphs of all characters in ``texts`` (unknown ones are left out).

    Raises
    ------
    FontError
        The pinned font package is not installed or cannot be read.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, TTLibError

    try:
        from pylopdf_fonts_zh_cn import sans_path

        font = TTFont(sans_path(), lazy=True, recalcBBoxes=False)  # those of the whole font hold too
    except (ImportError, OSError, TTLibError) as error:
        raise FontError(
            "缺少中文字体，请重新安装依赖 / no Chinese font, reinstall the requirements"
        ) from error
    options = Options(flavor="woff", layout_features=["kern"], hinting=False, notdef_outline=True)
    options.drop_tables = [*options.drop_tables, "VORG", "vhea", "vmtx"]  # for vertical text
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(set().union(*texts))))
    subsetter.subset(font)
    font.flavor = "woff"
    found = io.BytesIO()
    font.save(found)
    return found.getvalue()


def font_face(html: str) -> str:
    """CSS rule that carries the glyphs of ``html`` in itself, as :data:`FAMILY`.

    Pictures inside the page (``data:`` addresses) are not searched for characters.
    """
    encoded = base64.b64encode(subset([_visible(html)])).decode("ascii")
    return (
        f'@font-face {{ font-family: "{FAMILY}"; font-display: swap; '
        f'src: url("data:font/woff;base64,{encoded}") format("woff"); }}'
    )


def write_beside(folder: Path) -> Path | None:
    """Write :data:`FILE` with the glyphs of every page in ``folder``; ``None`` without pages."""
    pages = sorted(folder.glob("*.html"))
    if not pages:
        return None
    path = folder / FILE
    path.write_bytes(subset(_visible(page.read_text(encoding="utf-8")) for page in pages))
    return path


def _visible(html: str) -> str:
    return re.sub(r"data:[^\"')]+", "", html)
