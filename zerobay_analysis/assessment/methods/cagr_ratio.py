"""Observed growth a year against the growth a year that the target needs.

Eurostat, monitoring report on progress towards the SDGs (indicators with a quantitative
target); the five classes with their cuts are Statistics Canada's method as built into Open SDG
(docs/progress-methodology.md). Unlike Open SDG, a zero is refused and not replaced by 0.001.
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
from zerobay_analysis.assessment.methods.situation import Reading, Situation

__all__ = [
    "ACCELERATE_FROM",
    "CATEGORIES",
    "LARGEST_FACTOR",
    "METHOD",
    "ON_TRACK_FROM",
    "cagr",
    "growth_ratio",
    "ratio_class",
]

ON_TRACK_FROM = 0.95
ACCELERATE_FROM = 0.60
"""Least ratio of observed to required growth for the class."""
LARGEST_FACTOR = 1e6
"""Values further apart than this are a slip of the unit, not growth."""

CATEGORIES = (
    Category("achieved", "已达标", "target achieved", "★", Status.ON_TRACK),
    Category("on_track", "跟得上", "on track", "▲", Status.ON_TRACK),
    Category("accelerate", "有进展，须加快", "progress made, acceleration needed", "△", Status.BEHIND),
    Category("limited", "进展有限", "limited progress", "▽", Status.BEHIND),
    Category("deterioration", "倒退", "deterioration", "▼", Status.BEHIND),
)


def cagr(first: float, last: float, years: float) -> float:
    """Compound annual growth rate from ``first`` to ``last``.

    Raises
    ------
    MethodRefused
        A value is zero or negative, the signs differ, no time lies between, or the values are
        :data:`LARGEST_FACTOR` times apart.
    """
    if first == 0 or last == 0:
        raise MethodRefused("基期、最新数或目标为零，不能计算增长率", "a value of zero has no growth rate")
    if first * last < 0:
        raise MethodRefused("正负号发生变化，无法评价", "the sign changes: unable to assess")
    if first < 0:
        raise MethodRefused("数值为负，不能计算增长率", "negative values have no growth rate here")
    if years <= 0:
        raise MethodRefused("基期与最新一期是同一个数", "base and latest are the same figure")
    factor = last / first
    if not 1 / LARGEST_FACTOR <= factor <= LARGEST_FACTOR:
        raise MethodRefused(
            f"两数相差超过 {LARGEST_FACTOR:g} 倍，增长率没有意义",
            f"values more than {LARGEST_FACTOR:g} times apart: their growth rate means nothing",
        )
    return float(factor ** (1 / years) - 1)


def growth_ratio(base: Reading, latest: Reading, target: float, year: int, direction: int) -> float:
    """``R``: observed growth in the wanted direction over the size of the required growth.

    Raises
    ------
    MethodRefused
        As :func:`cagr`; or the target equals the base, so that no growth is required.
    """
    observed = cagr(base.value, latest.value, latest.time - base.time)
    required = cagr(base.value, target, year - base.time)
    if required == 0:
        raise MethodRefused(
            "目标等于基期数，没有要求增长", "the target equals the base: no growth is required"
        )
    return direction * observed / abs(required)


def ratio_class(ratio: float) -> str:
    """Key of the class for a ratio, the target not being achieved."""
    if ratio >= ON_TRACK_FROM:
        return "on_track"
    if ratio >= ACCELERATE_FROM:
        return "accelerate"
    return "limited" if ratio >= 0 else "deterioration"


def _judge(given: Situation) -> Outcome:
    base, latest = given.trend_base, given.latest
    if given.achieved:
        distance = Number("最新数与目标之差", "latest less target", latest.value - given.target)
        return Outcome("achieved", (distance,), base, latest)
    ratio = growth_ratio(base, latest, given.target, given.year, given.indicator.direction)
    return Outcome(
        category=ratio_class(ratio),
        numbers=(
            Number("实际增速与所需增速之比 R", "R, observed over required growth", ratio),
            Number(
                "实际年均增速",
                "observed growth a year",
                100 * cagr(base.value, latest.value, latest.time - base.time),
                "%",
            ),
            Number(
                "所需年均增速",
                "required growth a year",
                100 * cagr(base.value, given.target, given.year - base.time),
                "%",
            ),
        ),
        base=base,
        latest=latest,
    )


METHOD = Method(
    id="cagr_ratio",
    name_zh="实际与所需年均增速之比",
    name_en="Observed over required growth",
    question=Question.HOW_FAST,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="R≥0.95 跟得上；0.60–0.95 须加快；0–0.60 进展有限；<0 倒退；已达标另列",
    rule_en="R>=0.95 on track; 0.60-0.95 accelerate; 0-0.60 limited; <0 deterioration; or achieved",
    source="Eurostat SDG monitoring; Statistics Canada's method in Open SDG (docs/progress-methodology.md)",
    categories=CATEGORIES,
    judge=_judge,
)
