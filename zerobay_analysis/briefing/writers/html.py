"""The page that a reader opens first: ``index.html``, one file that needs nothing else."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.outlook import OPEN, VERDICTS
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.fonts import font_face

if TYPE_CHECKING:
    from jinja2 import Template

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
        units=[page.unit for page in briefing.pages if page.unit in owners],
        saids=[answer for answer in (*VERDICTS, *OPEN) if answer in said],
        tables=tables,
        charts={line.number: _drawn(*pictures.page_svg(line.number)) for line in briefing.indicators},
        multiples=_drawn(*pictures.multiples_svg()),
        style_of=_style,
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


def _style(cell: tables.Cell) -> str:
    """Colours of a verdict, for a style attribute; none without a probability."""
    return f"background:{cell.fill};color:{cell.ink}" if cell.fill else ""


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
