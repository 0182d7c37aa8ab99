"""How much of the way is done on a scale of 10, against where it should be today.

UN ESCAP, Current Status Index (A. Bidarbakht Nia, Working Paper SD/WP/05, 2017; technical notes
of the Asia and the Pacific SDG Progress Report).
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import (
    ALL_LEVELS,
    Category,
    Method,
    Number,
    Outcome,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import Situation

__all__ = ["FULL_WAY", "METHOD", "status_index"]

FULL_WAY = 10.0
"""Index of a target just reached."""

_TINY = 1e-9


def status_index(base: float, latest: float, target: float, direction: int) -> float:
    """Current Status Index; negative when moving away.

    Raises
    ------
    MethodRefused
        The target equals the base.
    """
    if target == base:
        raise MethodRefused("目标等于基期数，没有路程可量", "the target equals the base: no way to measure")
    return FULL_WAY * direction * (latest - base) / abs(target - base)


def _judge(given: Situation) -> Outcome:
    base, latest = given.plan_base, given.latest
    if latest.time - base.time < _TINY:
        raise MethodRefused("基期与最新一期是同一个数", "base and latest are the same figure")
    index = status_index(base.value, latest.value, given.target, given.indicator.direction)
    wanted = FULL_WAY * (latest.time - base.time) / (given.year - base.time)
    return Outcome(
        category="ahead" if given.achieved or index >= wanted - _TINY else "behind",
        numbers=(
            Number("现状指数", "current status index", index),
            Number("此时应到", "where it should be today", wanted),
        ),
        base=base,
        latest=latest,
        since_plan=True,
    )


METHOD = Method(
    id="escap_csi",
    name_zh="亚太经社会现状指数",
    name_en="ESCAP Current Status Index",
    question=Question.HOW_FAR,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="10·完成比例，与 10·时间比例相比",
    rule_en="10 x share done against 10 x share of time",
    source="UN ESCAP, Current Status Index (SD/WP/05, 2017; SDG Progress Report, technical notes)",
    categories=(
        Category("ahead", "达到或超过此时应到", "at or ahead of where it should be", "▲", Status.ON_TRACK),
        Category("behind", "落后于此时应到", "behind where it should be", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
