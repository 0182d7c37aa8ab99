"""规划中期评估: the words of the 14th Five-Year Plan's mid-term evaluation.

The report on the mid-term evaluation (2023-12-26) sorts indicators into 提前实现, 快于预期, 基本符合预期
and 相对滞后 and gives no numeric cut. The band of 10 percentage points is borrowed from
``schedule_light``; the result is therefore marked unconfirmed.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import Category, Method, Number, Outcome, Question, Status
from zerobay_analysis.assessment.methods.schedule_light import lag_points, shares
from zerobay_analysis.assessment.methods.situation import Situation
from zerobay_analysis.plan import Kind

__all__ = ["AS_EXPECTED_WITHIN", "METHOD", "standing"]

AS_EXPECTED_WITHIN = 10.0
"""Percentage points either side of the schedule that still count as 基本符合预期 (ours)."""

_TINY = 1e-9


def standing(done: float, elapsed: float) -> str:
    """Key of the class for a share done and a share of time gone."""
    if done >= 1 - _TINY:
        return "achieved"
    lag = lag_points(done, elapsed)
    if lag > AS_EXPECTED_WITHIN + _TINY:
        return "lagging"
    return "faster" if lag < -AS_EXPECTED_WITHIN - _TINY else "as_expected"


def _judge(given: Situation) -> Outcome:
    done, elapsed, base, latest = shares(given)
    return Outcome(
        category=standing(done, elapsed),
        numbers=(
            Number("完成比例", "share done", 100 * done, "%"),
            Number("时间比例", "share of time", 100 * elapsed, "%"),
        ),
        base=base,
        latest=latest,
        since_plan=True,
    )


METHOD = Method(
    id="plan_midterm",
    name_zh="规划中期评估用语",
    name_en="Mid-term evaluation wording",
    question=Question.HOW_FAR,
    kinds=frozenset(Kind) - {Kind.RATE},
    least_points=2,
    rule_zh="完成比例与时间比例相比；原文没有数字界线，此处以正负 10 个百分点为“基本符合预期”",
    rule_en="Share done against share of time; no official cut, here within 10 points is as expected",
    source="《国民经济和社会发展第十四个五年规划和2035年远景目标纲要》实施中期评估报告（2023-12-26）",
    categories=(
        Category("achieved", "提前实现", "achieved early", "★", Status.ON_TRACK),
        Category("faster", "快于预期", "faster than expected", "▲", Status.ON_TRACK),
        Category("as_expected", "基本符合预期", "broadly as expected", "△", Status.ON_TRACK),
        Category("lagging", "相对滞后", "lagging", "▼", Status.BEHIND),
    ),
    judge=_judge,
    confirmed=False,
)
