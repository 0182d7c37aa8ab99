"""The gap that would remain at the target year on a trend in which recent years weigh more.

UN ESCAP, Anticipated Progress Index, used by all five UN regional commissions (UNECE, technical
notes on the progress assessment: "time-weighted linear regression … gives more importance to
more recent data"). The cuts of 10 and 100 % and the weights are recalled, not read: unconfirmed.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from zerobay_analysis.assessment.methods.situation import Reading, Situation

__all__ = ["ACCELERATE_UP_TO", "MAINTAIN_UP_TO", "METHOD", "anticipated_class", "weighted_line"]

MAINTAIN_UP_TO = 0.10
ACCELERATE_UP_TO = 1.00
"""Largest anticipated gap, as a share of the whole way, for the class (unconfirmed)."""


def weighted_line(readings: Sequence[Reading], time: float) -> float:
    """Value at ``time`` of the weighted least-squares line through ``readings``.

    The weight of a reading grows linearly from the first (1) by one a year (unconfirmed).
    """
    first = readings[0].time
    weights = [1 + reading.time - first for reading in readings]
    total = sum(weights)
    mean_time = sum(w * r.time for w, r in zip(weights, readings, strict=True)) / total
    mean_value = sum(w * r.value for w, r in zip(weights, readings, strict=True)) / total
    cross = sum(
        w * (r.time - mean_time) * (r.value - mean_value) for w, r in zip(weights, readings, strict=True)
    )
    square = sum(w * (r.time - mean_time) ** 2 for w, r in zip(weights, readings, strict=True))
    return mean_value + cross / square * (time - mean_time)


def anticipated_class(gap: float) -> str:
    """Key of the class for an anticipated gap as a share of the whole way."""
    if gap <= MAINTAIN_UP_TO:
        return "maintain"
    return "accelerate" if gap <= ACCELERATE_UP_TO else "reverse"


def _judge(given: Situation) -> Outcome:
    base = given.plan_base
    expected = weighted_line(given.readings, float(given.year))
    value = Number("加权趋势的预计数", "value on the weighted trend", expected, OWN_UNIT)
    gap = 0.0
    if not given.meets(expected):
        if given.target == base.value:
            raise MethodRefused(
                "目标等于基期数，没有路程可量", "the target equals the base: no way to measure"
            )
        gap = abs(given.target - expected) / abs(given.target - base.value)
    return Outcome(
        category=anticipated_class(gap),
        numbers=(Number("预计差距", "anticipated gap", 100 * gap, "%"), value),
        base=base,
        latest=given.latest,
        since_plan=True,
    )


METHOD = Method(
    id="escap_api",
    name_zh="亚太经社会预期进展指数",
    name_en="ESCAP Anticipated Progress Index",
    question=Question.WHERE_TO,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="加权直线推至目标年，差距占全程：≤10% 保持，10–100% 加快，>100% 扭转（界线与权数未核实）",
    rule_en="Gap on a weighted line: <=10 % maintain, 10-100 % accelerate, >100 % reverse (unconfirmed)",
    source="UN ESCAP, Anticipated Progress Index; UNECE, technical notes on the progress assessment",
    categories=(
        Category("maintain", "保持", "maintain progress", "▲", Status.ON_TRACK),
        Category("accelerate", "加快", "accelerate progress", "△", Status.BEHIND),
        Category("reverse", "扭转", "reverse trend", "▼", Status.BEHIND),
    ),
    judge=_judge,
    confirmed=False,
)
