"""Files of a chart: the same bytes for the same chart, with its text alternative inside."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zerobay_analysis.charts import style
from zerobay_analysis.errors import ParameterError, message

FORMATS: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "svg": dict.fromkeys(("Date", "Creator")),
    "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
}
"""What a file of each format must not tell, so that two of the same chart are alike."""
_DESCRIBED = {"png": "Description", "pdf": "Subject"}
PIXELS = 110.0
"""Dots an inch of the picture that a notebook shows where no script runs."""


def set_alt_text(figure: Figure, title: str, description: str, told: Mapping[str, str] | None = None) -> None:
    """Keep with the figure its title, its text alternative, and what each mark tells, by its group id."""
    figure.set_label(f"{title}\n{description}")
    for line in figure.findobj(Line2D) if told else ():
        line.set_label((told or {}).get(str(line.get_gid()), "_"))


def tell(axes: Axes, x: Sequence[float], y: Sequence[float], text: str, size: float = 11.0) -> None:
    """Let an unseen dot of that size in points, or a line of that width, tell ``text`` under the pointer."""
    name = f"told.{axes.figure.axes.index(axes)}-{len(axes.lines)}."
    look: Any = {"marker": "o" if len(x) == 1 else "", "markersize": size, "linewidth": size, "alpha": 0.0}
    axes.plot(x, y, gid=name, label=text, solid_capstyle="butt", clip_on=False, zorder=8, **look)


def alt_text(figure: Figure) -> tuple[str, str]:
    """Title and text alternative kept by :func:`set_alt_text`; empty strings without one."""
    title, _, description = str(figure.get_label()).partition("\n")
    return title, description


def told(figure: Figure) -> dict[str, str]:
    """What the marks of a chart tell, by their group ids; empty for a chart that has none."""
    said = {str(line.get_gid()): str(line.get_label()) for line in figure.findobj(Line2D) if line.get_gid()}
    return {mark: text for mark, text in said.items() if not text.startswith("_")}


def interactive(figure: Figure) -> str | None:
    """Chart as HTML for a notebook: its marks tell what they are, and one can zoom; ``None`` without marks.

    A picture stands in for it where no script runs, as in a notebook that is not trusted. The
    script needs no network, and keeps to its own output.
    """
    marks = told(figure)
    if not marks:
        return None
    svg = render(figure, "svg", "chart").decode("utf-8")
    svg = svg[svg.index("<svg ") :]
    for mark, text in marks.items():
        said = f'data-told="{escape(text)}" aria-label="{escape(text)}" tabindex="0" role="img"'
        svg = svg.replace(f'<g id="{mark}"', f'<g id="{mark}" {said}')
    packed = b64encode(gzip.compress(svg.encode("utf-8"), mtime=0)).decode("ascii")
    picture = b64encode(render(figure, "png", "chart", dpi=PIXELS)).decode("ascii")
    width = figure.get_figwidth() * PIXELS
    script = Path(__file__).with_name("chart.js").read_text(encoding="utf-8")
    alt = escape(" ".join(alt_text(figure)))
    image = f'<img alt="{alt}" width="{width:.0f}" src="data:image/png;base64,{picture}">'
    return f'<div data-svg="{packed}" data-width="{width:.0f}">{image}</div><script>{script}</script>'


def save(figure: Figure, path: Path, formats: Sequence[str] = ("png", "svg")) -> tuple[Path, ...]:
    """Write ``figure`` once per format beside ``path``, which has no suffix.

    Two calls with the same chart write the same bytes: no dates, no random identifiers.

    Parameters
    ----------
    path : Path
        Folder and stem, e.g. ``charts/fan_07``; the folder is made if need be.
    formats : sequence of str
        Any of ``png`` (200 dots per inch), ``svg``, ``pdf``.

    Returns
    -------
    tuple of Path
        The files written, in the order of ``formats``.

    Raises
    ------
    ParameterError
        An unknown format.
    """
    if unknown := ", ".join(sorted(set(formats) - set(FORMATS))):
        raise ParameterError(message("chart_format", unknown=unknown, known=", ".join(FORMATS)))
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {kind: path.with_name(f"{path.name}.{kind}") for kind in formats}
    for kind, file in files.items():
        file.write_bytes(render(figure, kind, path.name))
    return tuple(files.values())


def render(figure: Figure, kind: str, name: str, dpi: float = 200.0) -> bytes:
    """Bytes of the file that :func:`save` writes for one format; ``name`` makes identifiers unique."""
    title, description = alt_text(figure)
    about = {"Title": title or name, **FORMATS[kind]}
    if kind in _DESCRIBED:
        about[_DESCRIBED[kind]] = description
    quick: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
    buffer = BytesIO()
    with style.context(**{"svg.hashsalt": name, "savefig.dpi": dpi}):
        figure.savefig(buffer, format=kind, metadata=about, **quick)
    if kind != "svg":
        return buffer.getvalue()
    return _describe(buffer.getvalue().decode("utf-8"), title or name, description, name).encode("utf-8")


def _describe(svg: str, title: str, description: str, name: str) -> str:
    """Make the picture readable to a screen reader: role, title and description."""
    mark = re.sub(r"\W", "-", name)
    labelled = f'<title id="title-{mark}">{escape(title)}</title>'
    labelled += f'\n <desc id="desc-{mark}">{escape(description)}</desc>'
    svg = re.sub(r"<title>.*?</title>", lambda _: labelled, svg, count=1, flags=re.DOTALL)
    return svg.replace("<svg ", f'<svg role="img" aria-labelledby="title-{mark} desc-{mark}" ', 1)
