"""Official progress methods: one rule per file, registered here, and what they say about a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from zerobay_analysis.assessment.methods.method import DESCRIBED, Method, MethodResult, method_input
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import Evidence

__all__ = ["METHODS", "apply_methods"]

METHODS: Mapping[str, Method] = {name: import_module(f"{__name__}.{name}").METHOD for name in DESCRIBED}
"""A module each, in the order of ``methods.toml``: how far, how fast, where to."""


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
