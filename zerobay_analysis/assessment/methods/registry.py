"""Every official method by its identifier, and what they say about a target."""

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
from zerobay_analysis.assessment.methods.method import Method, MethodResult
from zerobay_analysis.assessment.methods.situation import situation
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import say
from zerobay_analysis.plan import Kind, Plan
from zerobay_analysis.series import Evidence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METHODS", "apply_methods", "method", "methods_frame", "results_frame"]

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
    Kind.STOCK: ("存量", "stock"),
    Kind.CUMULATIVE: ("累计", "cumulative"),
    Kind.FLOW: ("年度新增", "flow"),
    Kind.RATE: ("增速、强度", "rate"),
}


def method(identifier: str) -> Method:
    """The method registered under ``identifier``.

    Raises
    ------
    ParameterError
        When there is none; the message lists those there are.
    """
    if identifier not in METHODS:
        known = ", ".join(METHODS)
        raise ParameterError(
            f"没有方法 {identifier!r}；可选 / no method {identifier!r}; choose from: {known}"
        )
    return METHODS[identifier]


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
    given = situation(evidence, plan, year)
    chosen = METHODS if identifiers is None else identifiers
    return tuple(method(identifier).apply(given) for identifier in chosen)


def methods_frame(lang: str = "zh") -> pd.DataFrame:
    """One row per method, in ``lang``.

    Columns: ``method``, ``name``, ``question``, ``kinds``, ``least_points`` (int), ``rule``,
    ``classes``, ``confirmed`` (bool), ``source``.
    """
    import pandas as pd

    rows = [
        {
            "method": m.id,
            "name": m.name(lang),
            "question": m.question.word(lang),
            "kinds": say(lang, "、", ", ").join(say(lang, *_KINDS[k]) for k in Kind if k in m.kinds),
            "least_points": m.least_points,
            "rule": m.rule_zh if lang == "zh" else m.rule_en,
            "classes": " / ".join(f"{c.symbol} {c.word(lang)}" for c in m.categories),
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
        where refused), ``word``, ``symbol``, ``status`` (key), ``number`` and ``number_name`` (the
        deciding number), ``base_value``, ``base_time``, ``latest_value``, ``latest_time`` (float,
        missing where there is none), ``confirmed`` (bool), ``note``, ``reason``.
    """
    import pandas as pd

    columns: dict[str, str] = dict.fromkeys(("indicator", "year"), "int64")
    columns |= dict.fromkeys(
        ("method", "name", "question", "category", "word", "symbol", "status", "number_name"), "object"
    )
    columns |= dict.fromkeys(("number", "base_value", "base_time", "latest_value", "latest_time"), "float64")
    columns |= {"confirmed": "bool", "note": "object", "reason": "object"}
    rows = [_row(result, lang) for result in results]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _row(result: MethodResult, lang: str) -> dict[str, object]:
    nan = float("nan")
    used = METHODS[result.method]
    first = result.numbers[0] if result.numbers else None
    return {
        "indicator": result.indicator,
        "year": result.year,
        "method": result.method,
        "name": used.name(lang),
        "question": used.question.word(lang),
        "category": "" if result.category is None else result.category.key,
        "word": result.word(lang),
        "symbol": "—" if result.category is None else result.category.symbol,
        "status": str(result.status),
        "number_name": "" if first is None else first.name(lang),
        "number": nan if first is None else first.value,
        "base_value": nan if result.base is None else result.base.value,
        "base_time": nan if result.base is None else result.base.time,
        "latest_value": nan if result.latest is None else result.latest.value,
        "latest_time": nan if result.latest is None else result.latest.time,
        "confirmed": result.confirmed,
        "note": result.note(lang),
        "reason": result.reason(lang),
    }
