"""The page that a reader opens first: ``index.html``, one file that needs nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.briefing.content import WEIGHTED, Briefing, IndicatorLine, TargetLine, briefing_of
from zerobay_analysis.briefing.pictures import Pictures
from zerobay_analysis.briefing.tables import earlier_table
from zerobay_analysis.briefing.webfont import font_face
from zerobay_analysis.briefing.words import PRECISION, ROLE, unlisted
from zerobay_analysis.charts.style import text_on
from zerobay_analysis.language import say

if TYPE_CHECKING:
    from jinja2 import Template

    from zerobay_analysis.assessment.outlook import Verdict
    from zerobay_analysis.series import Point
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.manifest import Manifest

__all__ = ["inline_svg", "render_index"]

_FONT_PLACE = "/* font */"


def render_index(
    study: Study,
    manifest: Manifest,
    briefing: Briefing | None = None,
    pictures: Pictures | None = None,
    files: Mapping[str, str] | None = None,
) -> str:
    """The page as text; every value that came from a file is escaped.

    Parameters
    ----------
    briefing, pictures
        Those of the other forms; made anew where not given.
    files : mapping of str to str
        Names of the other forms' files by what they are, to link to.
    """
    briefing = briefing or briefing_of(study, manifest.run_id)
    pictures = pictures or Pictures(study)
    lang = briefing.lang
    page = _template().render(
        briefing=briefing,
        study=study,
        manifest=manifest,
        files=dict(files or {}),
        lang=lang,
        say=briefing.say,
        comma=briefing.say("、", ", "),
        charts={line.number: _drawn(*pictures.page_svg(line.number)) for line in briefing.indicators},
        multiples=_drawn(*pictures.multiples_svg()),
        chip=_chip,
        paint=_paint,
        anchor=_anchor,
        known_from=_known_from,
        evidence=lambda line: [_evidence(point, lang) for point in line.listed],
        unlisted=lambda line: unlisted(line.outlook.evidence).get(lang),
        earlier=_earlier(study),
        pages={step.parameters.get("indicator"): step for step in manifest.notebooks if step.html},
    )
    return page.replace(_FONT_PLACE, font_face(page), 1)


def inline_svg(name: str, svg: bytes) -> str:
    """SVG to stand inside a page: no prologue, no fixed size, identifiers of its own."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    mark = re.sub(r"\W", "-", name)
    seen: Counter[str] = Counter()

    def own(found: re.Match[str]) -> str:
        seen[found[1]] += 1  # a group of the chart may occur in every panel; nothing refers to it
        again = f"-{seen[found[1]]}" if seen[found[1]] > 1 else ""
        return f'id="{mark}-{found[1]}{again}"'

    text = re.sub(r'\bid="([^"]+)"', own, text)
    text = re.sub(r'(href="#|url\(#)', rf"\1{mark}-", text)
    labels = re.search(r'aria-labelledby="([^"]+)"', text)
    if labels is not None:
        names = " ".join(f"{mark}-{name}" for name in labels[1].split())
        text = text.replace(labels[0], f'aria-labelledby="{names}"', 1)
    return re.sub(
        r'(<svg [^>]*?) width="[^"]+"',
        r"\1",
        re.sub(r'(<svg [^>]*?) height="[^"]+"', r"\1", text, count=1),
        count=1,
    )


def _drawn(name: str, svg: bytes) -> Any:
    from markupsafe import Markup

    return Markup(inline_svg(name, svg))  # drawn by the chart module, which escapes its texts


def _chip(line: TargetLine) -> str:
    """Colours of a target's verdict; none without a probability."""
    return "" if line.outlook.p_met is None else _paint(line.outlook.verdict)


def _paint(verdict: Verdict) -> str:
    """Colours of a verdict, for a style attribute."""
    return f"background:{verdict.colour};color:{text_on(verdict.colour)}"


def _anchor(link: str) -> str:
    """Identifier of what a unit's row is about: an indicator's number has a letter before it."""
    return f"i{link}" if link.isdigit() else link


def _known_from(line: IndicatorLine) -> str:
    """Identifier of the observation behind the latest figure; empty without one."""
    known = line.outlook.evidence
    latest = known.year_to_date or known.latest
    return "" if latest is None else latest.observation


def _evidence(point: Point, lang: str) -> dict[str, Any]:
    return {
        "id": point.observation,
        "label": point.label,
        "period": point.period(lang),
        "published": "—" if point.published is None else point.published.isoformat(),
        "precision": say(lang, *PRECISION[point.precision]),
        "use": say(lang, *ROLE[point.role]),
        "weighted": point.role in WEIGHTED,
        "source": point.source,
        "caveat": point.caveat,
    }


def _earlier(study: Study) -> dict[str, Any]:
    table = earlier_table(study)
    return {"headings": list(table.columns), "rows": table.to_numpy().tolist()}


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.j2")
