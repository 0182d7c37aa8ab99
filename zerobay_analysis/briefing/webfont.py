"""Just the glyphs that a page shows, so that no reader sees boxes instead of Chinese."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["FAMILY", "FILE", "font_face", "subset", "write_beside"]

FAMILY = "Zerobay Sans SC"
"""Name of the subset on a page; its glyphs are Noto Sans SC, SIL Open Font License 1.1."""

FILE = "zerobay-sans-sc.woff"
"""Name of the subset that all pages of one folder share."""


def subset(texts: Iterable[str]) -> bytes:
    """WOFF file with the glyphs of all characters in ``texts`` (unknown ones are left out).

    Raises
    ------
    FontError
        The pinned font package is not installed or cannot be read.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, TTLibError

    from zerobay_analysis.errors import FontError

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
