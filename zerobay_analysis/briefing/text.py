"""Every word and sentence of the briefing, in both languages, from ``text.toml``.

``text.STOP`` is the :class:`~zerobay_analysis.language.Text` of that name. One word for one concept: a
heading that several tables share stands there once. Words of verdicts and their limits stand in
``assessment.outlook.VERDICTS``, number forms in ``charts.words``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Precision, Role

__all__ = ["DATA", "KIND_OF", "QUALIFIER", "ROLE", "TEXTS", "WHOLE_OR_END"]

TEXTS: Mapping[str, Text] = {
    name: Text(*both)
    for name, both in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}


def __getattr__(name: str) -> Text:
    """The text of that name."""
    try:
        return TEXTS[name]
    except KeyError:
        raise AttributeError(f"no such text in text.toml: {name}") from None


ROLE = {role: TEXTS[f"ROLE_{role.name}"] for role in Role}
QUALIFIER = {precision: TEXTS[f"QUALIFIER_{precision.name}"] for precision in Precision}
KIND_OF = {kind: TEXTS[f"KIND_{kind.name}"] for kind in Kind}
WHOLE_OR_END = {kind: TEXTS[f"WHOLE_OR_END_{kind.name}"] for kind in Kind}
DATA = {"public": TEXTS["DATA_PUBLIC"], "demo": TEXTS["DATA_DEMO"]}
