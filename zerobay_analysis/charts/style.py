"""The one house style of every chart: font, sizes, colours.

Every colour is told apart by a colour-blind reader and in a black-and-white print; the tests
hold the verdict colours to that. The font has one weight, so size and colour carry emphasis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

from zerobay_analysis.assessment.outlook import DISAGREES, Verdict
from zerobay_analysis.errors import FontError, ParameterError, message

INK = "#1f2430"
MUTED = "#5f6673"
GRID = "#e3e6eb"
PAPER = "#ffffff"
MEDIAN = "#1d4f7c"
TARGET = "#8f3408"
PROXY = "#8b919c"
DISPUTED = "#6a2c91"
"""Ink of what record and plan disagree on: no colour of a probability."""

BAND_COLOURS: Mapping[float, str] = {0.95: "#e0e9f2", 0.80: "#c0d4e7", 0.50: "#93b4d3"}
"""Fill of the central interval with that probability, widest first; opaque, so that a print
shows what the screen shows."""

Pair = tuple[float, float]
"""Width and height, or the two coordinates of a point."""
Size = str | Pair
"""A name in :data:`SIZES`, or width and height in inches."""
SIZES: Mapping[str, Pair] = {
    "slide": (9.6, 5.4),
    "wide": (13.3, 7.5),
    "page": (6.3, 5.4),
    "full_page": (6.3, 8.8),
}
"""Width and height in inches: ``slide`` and ``wide`` are 16:9, ``page`` and ``full_page`` fit the
text block of an A4 page."""


@cache
def font_family() -> str:
    """Register the Chinese font of the pinned font package and return its family name.

    Raises
    ------
    FontError
        The package is not installed or its font cannot be read.
    """
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError as error:
        raise FontError(message("font_missing")) from error
    path = sans_path()
    try:
        font_manager.fontManager.addfont(path)
        return font_manager.FontProperties(fname=path).get_name()
    except (OSError, RuntimeError) as error:
        raise FontError(message("font_unreadable", path=path)) from error


_SHEET = mpl.rc_params_from_file(Path(__file__).with_name("house.mplstyle"), use_default_template=False)
_COLOURS = {
    **dict.fromkeys(("axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.facecolor", "figure.facecolor"), PAPER),
    "text.color": INK,
    "grid.color": GRID,
}


@contextmanager
def context(**overrides: Any) -> Iterator[None]:
    """Draw in the house style inside ``with``, or in a function that this decorates.

    The caller's settings come back after it.

    Raises
    ------
    FontError
        Before anything is drawn, when the Chinese font cannot be loaded.
    """
    settings: Any = {**_SHEET, **_COLOURS, "font.family": font_family(), **overrides}
    with mpl.rc_context(settings):
        yield


def new_figure(size: Size = "slide") -> Figure:
    """Empty figure of a named size or of ``(width, height)`` in inches; call inside `context`.

    Raises
    ------
    ParameterError
        A name that is not in :data:`SIZES`.
    """
    if isinstance(size, str):
        if size not in SIZES:
            raise ParameterError(message("chart_size", size=size, known=", ".join(SIZES)))
        size = SIZES[size]
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure


def halo() -> list[AbstractPathEffect]:
    """White edge that keeps a label readable where it crosses a grid line."""
    return [withStroke(linewidth=1.6, foreground=PAPER)]


def chip(said: Verdict) -> dict[str, Any]:
    """Box round a verdict, for the ``bbox`` of a text; dashed where it is no word for a probability."""
    edge, dashes = (MUTED, "-") if said.floor is not None else (ink(said), "--")
    look = {"boxstyle": "round,pad=0.3", "facecolor": said.colour, "edgecolor": edge}
    return look | {"linestyle": dashes, "linewidth": 0.5}


def ink(said: Verdict) -> str:
    """Colour of a text on a verdict's colour."""
    if said.floor is not None:
        return text_on(said.colour)
    return DISPUTED if said == DISAGREES else MUTED


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 black to 1 white (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_on(colour: str) -> str:
    """Ink or white, whichever contrasts more with the fill ``colour``."""
    fill = luminance(colour)
    darker = (fill + 0.05) / (luminance(INK) + 0.05)
    return PAPER if 1.05 / (fill + 0.05) > darker else INK
