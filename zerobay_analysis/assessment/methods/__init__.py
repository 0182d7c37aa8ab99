"""Official progress methods: one rule per file, registered here, and what they say about a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.methods import (
    acceleration,
    cagr_ratio,
    dns_weather,
    escap_api,
    escap_csi,
    gap_share,
    healthy_people,
    plan_midterm,
    progress_score,
    schedule_light,
    un_progress_chart,
)
from zerobay_analysis.assessment.methods.method import Method, MethodResult, method_input
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import Text, say
from zerobay_analysis.plan import Kind, Plan
from zerobay_analysis.series import Evidence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "apply_methods", "methods_frame"]

_MODULES = (
    schedule_light,
    plan_midterm,
    escap_csi,
    healthy_people,
    cagr_ratio,
    progress_score,
    acceleration,
    un_progress_chart,
    escap_api,
    dns_weather,
    gap_share,
)

METHODS: Mapping[str, Method] = {module.METHOD.id: module.METHOD for module in _MODULES}
"""In the order in which they are shown: how far, how fast, where to."""

_KINDS = {
    Kind.STOCK: Text("存量", "stock"),
    Kind.CUMULATIVE: Text("累计", "cumulative"),
    Kind.FLOW: Text("年度新增", "flow"),
    Kind.RATE: Text("增速、强度", "rate"),
}


def apply_methods(
    evidence: Evidence, plan: Plan, year: int, identifiers: Iterable[str] | None = None
) -> tuple[MethodResult, ...]:
    """What the methods say about one indicator's target for ``year``.

    Parameters
    ----------
    identifiers : iterable of str, optional
        All methods by default.

    Raises
    ------
    ParameterError
        An identifier is unknown, or the plan has no target for ``year``.
    """
    given = method_input(evidence, plan, year)
    chosen = tuple(METHODS if identifiers is None else identifiers)
    for identifier in chosen:
        if identifier not in METHODS:
            known = ", ".join(METHODS)
            raise ParameterError(
                f"没有方法 {identifier!r}；可选 / no method {identifier!r}; choose from: {known}"
            )
    return tuple(METHODS[identifier].apply(given) for identifier in chosen)


def methods_frame(lang: str = "zh") -> pd.DataFrame:
    """One row per method, in ``lang``.

    Columns: ``method``, ``name``, ``question``, ``kinds``, ``min_points`` (int), ``rule``,
    ``classes``, ``confirmed`` (bool), ``source``.
    """
    import pandas as pd

    rows = [
        {
            "method": m.id,
            "name": m.name.get(lang),
            "question": m.question.word(lang),
            "kinds": say(lang, "、", ", ").join(_KINDS[k].get(lang) for k in Kind if k in m.kinds),
            "min_points": m.min_points,
            "rule": m.rule.get(lang),
            "classes": " / ".join(f"{c.symbol} {c.word.get(lang)}" for c in m.categories),
            "confirmed": m.confirmed,
            "source": m.source,
        }
        for m in METHODS.values()
    ]
    return pd.DataFrame(rows)
