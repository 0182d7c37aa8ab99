"""The share of the starting gap that is on course to be closed by the deadline.

J. W. McArthur and K. Rasmussen, "Classifying Sustainable Development Goal trajectories: A
country-level methodology", World Development (2019): on course to succeed, to cover at least
half of the starting gap, to cover less than half, or moving backwards.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import (
    ALL_LEVELS,
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

__all__ = ["HALF", "METHOD", "gap_class"]

HALF = 0.5
"""Share of the starting gap that divides the middle classes."""

_TINY = 1e-9


def gap_class(share: float) -> str:
    """Key of the class for the share of the starting gap closed at the deadline."""
    if share >= 1 - _TINY:
        return "met"
    if share >= HALF - _TINY:
        return "half"
    return "less_than_half" if share >= 0 else "backwards"


def _judge(given: Situation) -> Outcome:
    base, latest = given.plan_base, given.latest
    expected = Number("照此推算的数", "value if it goes on", given.projection, OWN_UNIT)
    gap = given.indicator.direction * (given.target - base.value)
    if gap <= 0:
        if given.meets(given.projection):
            return Outcome("met", (expected,), base, latest, since_plan=True)
        raise MethodRefused("基期已达标，没有起始差距", "the base met the target: there is no starting gap")
    share = given.indicator.direction * (given.projection - base.value) / gap
    return Outcome(
        gap_class(share),
        (Number("可弥合的起始差距", "share of the starting gap closed", 100 * share, "%"), expected),
        base,
        latest,
        since_plan=True,
    )


METHOD = Method(
    id="gap_share",
    name_zh="弥合差距比例",
    name_en="Share of the gap closed",
    question=Question.WHERE_TO,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="近年趋势推至目标年，弥合起始差距：全部达标，≥50%，<50%，倒退",
    rule_en="Share of the starting gap closed on trend: all, >=50 %, <50 %, backwards",
    source="McArthur and Rasmussen, World Development (2019); Brookings",
    categories=(
        Category("met", "可达标", "on course to succeed", "▲", Status.ON_TRACK),
        Category("half", "弥合一半以上", "at least half of the gap", "△", Status.BEHIND),
        Category("less_than_half", "弥合不到一半", "less than half of the gap", "▽", Status.BEHIND),
        Category("backwards", "倒退", "moving backwards", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
