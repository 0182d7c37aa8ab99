"""Official progress methods: one rule per file, registered here, and what they say about a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import Evidence

__all__ = ["METHODS", "apply_methods"]

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
