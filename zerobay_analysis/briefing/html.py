"""The page that a reader opens first: ``index.html``."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS
from zerobay_analysis.briefing.tables import (
    earlier_table,
    reasons_table,
    requests_table,
    targets_table,
)
from zerobay_analysis.briefing.webfont import font_face
from zerobay_analysis.language import SYNTHETIC, say

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Template

    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.manifest import Manifest

__all__ = ["headline", "render_index"]

_FONT_PLACE = "/* font */"


def headline(study: Study) -> str:
    """One sentence: of all targets, how many have which verdict."""
    targets = [target for outlook in study.outlooks for target in outlook.targets]
    counts = Counter(target.verdict.key for target in targets)
    parts = [
        f"{v.symbol} {v.word(study.lang)} {counts[v.key]}" for v in (*VERDICTS, NO_VERDICT) if counts[v.key]
    ]
    total = len(targets)
    return say(study.lang, f"{total} 个年度目标：", f"{total} yearly targets: ") + " · ".join(parts)


def render_index(study: Study, manifest: Manifest) -> str:
    """The page as text; every value that came from a file is escaped."""
    sources = study.ledger.as_of(study.as_of).sources
    page = _template().render(
        study=study,
        manifest=manifest,
        lang=study.lang,
        say=lambda zh, en: say(study.lang, zh, en),
        headline=headline(study),
        synthetic=say(study.lang, *SYNTHETIC) if study.synthetic else "",
        targets_table=lambda outlook: _html(targets_table(outlook, study.lang)),
        reasons=_html(reasons_table(study)),
        requests=_html(requests_table(study)),
        earlier=_html(earlier_table(study), index=False),
        pages={step.parameters.get("indicator"): step for step in manifest.steps if step.html},
        sources=sources.sort_values("source").to_dict("records"),
    )
    return page.replace(_FONT_PLACE, font_face(page), 1)


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


def _html(table: pd.DataFrame, *, index: bool = True) -> Any:
    from markupsafe import Markup

    plain = table.reset_index() if index else table
    return Markup(plain.to_html(index=False, border=0, escape=True, na_rep="—"))
