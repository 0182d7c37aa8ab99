"""The page that a reader opens first: ``index.html``, one file that needs nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.outlook import OPEN, VERDICT_RANGES, VERDICTS
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.fonts import font_face
from zerobay_analysis.briefing.writers import unit_files
from zerobay_analysis.charts.style import INK
from zerobay_analysis.language import in_language

if TYPE_CHECKING:
    from jinja2 import Template

    from zerobay_analysis.briefing.changes import Standing
    from zerobay_analysis.briefing.tables import Column
    from zerobay_analysis.briefing.writers import FormTask


_FONT_PLACE = "/* font */"
LONG = 34
"""Share of the width from which a column is kept wide."""


def make(task: FormTask) -> list[bytes]:
    """The file."""
    return [render_index(task).encode("utf-8")]


def render_index(task: FormTask) -> str:
    """The page as text; every value that came from a file is escaped."""
    briefing, pictures, manifest = task.briefing, task.pictures, task.manifest
    assert manifest is not None
    owners = {unit for line in briefing.indicators for unit in line.outlook.indicator.owners}
    said = {target.outlook.said for target in briefing.targets}
    page = _template().render(
        briefing=briefing,
        study=briefing.study,
        manifest=manifest,
        files=task.files,
        lang=briefing.lang,
        s=briefing.say,
        text=text,
        units=[in_language(page.unit, briefing.lang) for page in briefing.pages if page.unit in owners],
        saids=[answer for answer in (*VERDICTS, *OPEN) if answer in said],
        tables=tables,
        charts={line.number: _drawn(*pictures.page_svg(line.number)) for line in briefing.indicators},
        multiples=_drawn(*pictures.multiples_svg()),
        steps={number: _steps(past) for number, past in briefing.history.items()},
        bands=[
            (f"{v.symbol} {v.word(briefing.lang)}", v.colour, *map(_height, edges))
            for v, edges in VERDICT_RANGES.items()
        ],
        style_of=_style,
        unit_files=unit_files,
        css_class=_class,
        href=lambda link: link if "://" in link else f"#{link}",
        pages={step.parameters.get("indicator"): step for step in manifest.notebooks if step.html},
    )
    return page.replace(_FONT_PLACE, font_face(page), 1)


def inline_svg(name: str, svg: bytes) -> str:
    """SVG to stand inside a page: no prologue, no fixed size, identifiers of its own."""
    drawn = svg.decode("utf-8")
    drawn = drawn[drawn.index("<svg ") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    mark = re.sub(r"\W", "-", name)
    seen: Counter[str] = Counter()

    def own(found: re.Match[str]) -> str:
        seen[found[1]] += 1  # a group of the chart may occur in every panel; nothing refers to it
        again = f"-{seen[found[1]]}" if seen[found[1]] > 1 else ""
        return f'id="{mark}-{found[1]}{again}"'

    drawn = re.sub(r'\bid="([^"]+)"', own, drawn)
    drawn = re.sub(r'(href="#|url\(#)', rf"\1{mark}-", drawn)
    labels = re.search(r'aria-labelledby="([^"]+)"', drawn)
    if labels is not None:
        names = " ".join(f"{mark}-{name}" for name in labels[1].split())
        drawn = drawn.replace(labels[0], f'aria-labelledby="{names}"', 1)
    for side in ("height", "width"):
        drawn = re.sub(rf'(<svg [^>]*?) {side}="[^"]+"', r"\1", drawn, count=1)
    return drawn


def _drawn(name: str, svg: bytes) -> Any:
    from markupsafe import Markup

    return Markup(inline_svg(name, svg))  # drawn by the chart module, which escapes its texts


@dataclass(frozen=True)
class StepLine:
    """The probability of one target over the runs, in the coordinates of the page's drawing.

    Attributes
    ----------
    year : int
    path : str
        Of an SVG ``path``; broken where a run gave no probability.
    points : tuple of (int, float, float)
        Row of the table, and place, of each run that said something else.
    label : str
        What the latest run says, or the last one with a probability.
    label_y : float
        Height of the label, clear of the others'.
    """

    year: int
    path: str
    points: tuple[tuple[int, float, float], ...]
    label: str
    label_y: float = 0.0


LEFT, RIGHT, TOP, BOTTOM, LABEL = 96.0, 560.0, 8.0, 138.0, 15.0
"""Edges of the field in which the lines are drawn, and the height of a label."""


def _height(probability: float) -> float:
    return BOTTOM - probability * (BOTTOM - TOP)


def _steps(past: Sequence[Standing]) -> tuple[list[StepLine], list[tuple[float, str]]]:
    """Step lines of an indicator's targets, and the days on the axis."""
    days = [date.fromisoformat(one.as_of).toordinal() for one in past]
    span = max(days[-1] - days[0], 1)
    across = [LEFT + 8 + (day - days[0]) / span * (RIGHT - LEFT - 16) for day in days]
    lines = []
    for year in past[-1].chances:
        points, path, before = [], "", None
        for row, (x, one) in enumerate(zip(across, past, strict=True)):
            chance = one.chances.get(year)
            path += f"H{x:.1f}" * (before is not None)
            if chance is not None:
                path += f"{'M' + format(x, '.1f') + ' ' if before is None else 'V'}{_height(chance):.1f}"
                points.append((row, x, _height(chance)))
            before = chance
        if points:
            path += f"H{RIGHT:.1f}" * (before is not None)
            lines.append(StepLine(year, path, tuple(points), past[points[-1][0]].labels[year]))
    at = TOP
    placed = []
    for line in sorted(lines, key=lambda line: line.points[-1][2]):
        at = max(at, line.points[-1][2] + 4)
        placed.append(replace(line, label_y=at))
        at += LABEL
    shown: list[tuple[float, str]] = []
    for x, one in zip(across, past, strict=True):
        if not shown or x - shown[-1][0] > 84:
            shown.append((x, one.as_of))
    return sorted(placed, key=lambda line: line.year), shown


def _style(cell: tables.Cell) -> str:
    """Colours of a verdict or a light, for a style attribute; none without either."""
    return f"background:{cell.fill};color:{cell.ink or INK}" if cell.fill else ""


def _class(column: Column) -> str:
    """``n`` for numbers, ``d`` for what stays on one line, ``long`` for texts."""
    if column.align == "right":
        return "n"
    return "d" if column.kind in ("short", "day", "mark") else "long" if column.share >= LONG else ""


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.j2")
