"""Whether the indicator has moved towards its target at all.

Healthy People 2030 (CDC, National Center for Health Statistics), progress toward target
attainment, rules for figures without a standard error: 10 % of the targeted change counts as
improving; moving away counts as worse from 10 % of the base value.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import (
    OWN_UNIT,
    Category,
    Method,
    Number,
    Outcome,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import Situation
from zerobay_analysis.plan import Kind

__all__ = ["IMPROVING_FROM", "METHOD", "WORSE_FROM", "targeted_change"]

IMPROVING_FROM = 10.0
"""Percentage of the targeted change."""
WORSE_FROM = 10.0
"""Percentage of the base value, away from the target."""

_TINY = 1e-9


def targeted_change(base: float, latest: float, target: float) -> float:
    """Percentage of the targeted change that is achieved.

    Raises
    ------
    MethodRefused
        The target equals the base.
    """
    if target == base:
        raise MethodRefused(
            "目标等于基期数，没有要求变动", "the target equals the base: no change is targeted"
        )
    return 100 * (latest - base) / (target - base)


def _judge(given: Situation) -> Outcome:
    base, latest, direction = given.plan_base, given.latest, given.indicator.direction
    if latest.time - base.time < _TINY:
        raise MethodRefused("基期与最新一期是同一个数", "base and latest are the same figure")
    change = Number("自基期变动", "change since the base", latest.value - base.value, OWN_UNIT)
    if given.achieved:
        return Outcome("met", (change,), base, latest, since_plan=True)
    if direction * (latest.value - base.value) > 0:
        achieved = targeted_change(base.value, latest.value, given.target)
        key = "improving" if achieved >= IMPROVING_FROM - _TINY else "little_change"
        share = Number("完成应有变动的", "percentage of targeted change", achieved, "%")
        return Outcome(key, (share, change), base, latest, since_plan=True)
    if base.value == 0:
        raise MethodRefused("基期为零，不能按比例比较", "a base of zero has no percentage change")
    away = 100 * abs(latest.value - base.value) / abs(base.value)
    key = "worse" if away >= WORSE_FROM - _TINY else "little_change"
    share = Number("背离基期", "away from the base", away, "%")
    return Outcome(key, (share, change), base, latest, since_plan=True)


METHOD = Method(
    id="healthy_people",
    name_zh="健康国民 2030 进展分类",
    name_en="Healthy People 2030 progress",
    question=Question.HOW_FAR,
    kinds=frozenset(Kind) - {Kind.FLOW},
    least_points=2,
    rule_zh="完成应有变动 ≥10% 改善，不足则变化很小；背离基期 ≥10% 恶化；只说有没有动，不说来不来得及",
    rule_en=">=10 % of the targeted change: improving; >=10 % of the base away: worse; not whether in time",
    source="CDC/NCHS, Healthy People 2030 methods; Healthy People 2020 Final Progress Table, status rules",
    categories=(
        Category("met", "已达标", "target met or exceeded", "★", Status.ON_TRACK),
        Category("improving", "改善", "improving", "▲", Status.CANNOT_SAY),
        Category("little_change", "变化很小", "little or no change", "◇", Status.BEHIND),
        Category("worse", "恶化", "getting worse", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
