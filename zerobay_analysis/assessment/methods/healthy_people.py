"""Whether the indicator has moved towards its target at all.

Healthy People 2030 (CDC, National Center for Health Statistics), progress toward target
attainment, rules for figures without a standard error: 10 % of the targeted change counts as
improving; moving away counts as worse from 10 % of the base value.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.language import Text

__all__ = ["IMPROVING_FROM", "METHOD", "WORSE_FROM", "targeted_change"]

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
    m.refuse(
        target == base, "目标等于基期数，没有要求变动", "the target equals the base: no change is targeted"
    )
    return 100 * (latest - base) / (target - base)


def _judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    moved = latest.value - base.value
    change = m.Number(Text("自基期变动", "change since the base"), moved, m.OWN_UNIT)
    if given.achieved:
        return m.Outcome("met", (change,))
    if given.indicator.direction * moved > 0:
        achieved = targeted_change(base.value, latest.value, given.target)
        key = "improving" if achieved >= IMPROVING_FROM - m.TINY else "little_change"
        share = m.Number(Text("完成应有变动的", "percentage of targeted change"), achieved, "%")
        return m.Outcome(key, (share, change))
    m.refuse(base.value == 0, "基期为零，不能按比例比较", "a base of zero has no percentage change")
    away = 100 * abs(moved) / abs(base.value)
    key = "worse" if away >= WORSE_FROM - m.TINY else "little_change"
    return m.Outcome(key, (m.Number(Text("背离基期", "away from the base"), away, "%"), change))


METHOD = m.Method(
    id="healthy_people",
    name=Text("健康国民 2030 进展分类", "Healthy People 2030 progress"),
    question=m.Question.HOW_FAR,
    kinds=m.NOT_FLOW,
    rule=Text(
        "完成应有变动 ≥10% 改善，不足则变化很小；背离基期 ≥10% 恶化；只说有没有动，不说来不来得及",
        ">=10 % of the targeted change: improving; >=10 % of the base away: worse; not whether in time",
    ),
    source="CDC/NCHS, Healthy People 2030 methods; Healthy People 2020 Final Progress Table, status rules",
    categories=(
        m.Category("met", Text("已达标", "target met or exceeded"), "★", m.Status.ON_TRACK),
        m.Category("improving", Text("改善", "improving"), "▲", m.Status.CANNOT_SAY),
        m.Category("little_change", Text("变化很小", "little or no change"), "◇", m.Status.BEHIND),
        m.Category("worse", Text("恶化", "getting worse"), "▼", m.Status.BEHIND),
    ),
    judge=_judge,
    since_plan=True,
)
