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

__all__ = ["METHODS", "apply_methods", "methods_frame", "results_frame"]

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


def results_frame(results: Iterable[MethodResult], lang: str = "zh") -> pd.DataFrame:
    """One row per result.

    Returns
    -------
    pandas.DataFrame
        ``indicator``, ``year`` (int), ``method``, ``name``, ``question``, ``category`` (key, empty
        where refused), ``word``, ``symbol``, ``status`` (key), ``number_name`` and ``number`` (the
        deciding number), ``base_value``, ``base_time``, ``latest_value``, ``latest_time`` (float,
        missing where there is none), ``confirmed`` (bool), ``note``, ``reason``.
    """
    import pandas as pd

    numbers = ("number", "base_value", "base_time", "latest_value", "latest_time")
    return pd.DataFrame([_row(result, lang) for result in results]).astype(dict.fromkeys(numbers, "float64"))


def _row(result: MethodResult, lang: str) -> dict[str, object]:
    used, base, latest = result.method, result.base, result.latest
    first = result.numbers[0] if result.numbers else None
    return {
        "indicator": result.given.indicator.id,
        "year": result.given.year,
        "method": used.id,
        "name": used.name.get(lang),
        "question": used.question.word(lang),
        "category": "" if result.category is None else result.category.key,
        "word": result.word(lang),
        "symbol": "—" if result.category is None else result.category.symbol,
        "status": str(result.status),
        "number_name": "" if first is None else first.name.get(lang),
        "number": None if first is None else first.value,
        "base_value": None if base is None else base.value,
        "base_time": None if base is None else base.time,
        "latest_value": None if latest is None else latest.value,
        "latest_time": None if latest is None else latest.time,
        "confirmed": used.confirmed,
        "note": result.note(lang),
        "reason": result.reason.get(lang),
    }
