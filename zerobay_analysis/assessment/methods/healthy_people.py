"""Whether the indicator has moved towards its target at all.

Healthy People 2030 (CDC, National Center for Health Statistics), progress toward target
attainment, rules for figures without a standard error: 10 % of the targeted change counts as
improving; moving away counts as worse from 10 % of the base value.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m

IMPROVING_FROM = 10.0
"""Percentage of the targeted change."""
WORSE_FROM = 10.0
"""Percentage of the base value, away from the target."""


def targeted_change(base: float, latest: float, target: float) -> float:
    """Percentage of the targeted change that is achieved.

    Raises
    ------
    MethodRefused
        The target equals the base.
    """
    m.refuse(target == base, "NO_CHANGE")
    return 100 * (latest - base) / (target - base)


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    moved = latest.value - base.value
    if given.achieved:
        return m.Outcome("met", {"change": moved})
    if given.indicator.direction * moved > 0:
        achieved = targeted_change(base.value, latest.value, given.target)
        key = "improving" if achieved >= IMPROVING_FROM - m.TINY else "little_change"
        return m.Outcome(key, {"share": achieved, "change": moved})
    m.refuse(base.value == 0, "ZERO_BASE")
    away = 100 * abs(moved) / abs(base.value)
    key = "worse" if away >= WORSE_FROM - m.TINY else "little_change"
    return m.Outcome(key, {"away": away, "change": moved})
