"""规划中期评估: the words of the 14th Five-Year Plan's mid-term evaluation.

The report on the mid-term evaluation (2023-12-26) sorts indicators into 提前实现, 快于预期, 基本符合预期
and 相对滞后 and gives no numeric cut. The band of 10 percentage points is borrowed from
``schedule_light``; the result is therefore marked unconfirmed.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.assessment.methods.schedule_light import lag_points, share_numbers, shares
from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind

__all__ = ["AS_EXPECTED_WITHIN", "METHOD", "standing"]

AS_EXPECTED_WITHIN = 10.0
"""Percentage points either side of the schedule that still count as 基本符合预期 (ours)."""


def standing(done: float, elapsed: float) -> str:
    """Key of the class for a share done and a share of time gone."""
    if done >= 1 - m.TINY:
        return "achieved"
    lag = lag_points(done, elapsed)
    if lag > AS_EXPECTED_WITHIN + m.TINY:
        return "lagging"
    return "faster" if lag < -AS_EXPECTED_WITHIN - m.TINY else "as_expected"


def _judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    done, elapsed = shares(given, base, latest)
    return m.Outcome(standing(done, elapsed), share_numbers(done, elapsed))


METHOD = m.Method(
    id="plan_midterm",
    name=Text("规划中期评估用语", "Mid-term evaluation wording"),
    question=m.Question.HOW_FAR,
    kinds=frozenset(Kind) - {Kind.RATE},
    rule=Text(
        "完成比例与时间比例相比；原文没有数字界线，此处以正负 10 个百分点为“基本符合预期”",
        "Share done against share of time; no official cut, here within 10 points is as expected",
    ),
    source="《国民经济和社会发展第十四个五年规划和2035年远景目标纲要》实施中期评估报告（2023-12-26）",
    categories=(
        m.Category("achieved", Text("提前实现", "achieved early"), "★", m.Status.ON_TRACK),
        m.Category("faster", Text("快于预期", "faster than expected"), "▲", m.Status.ON_TRACK),
        m.Category("as_expected", Text("基本符合预期", "broadly as expected"), "△", m.Status.ON_TRACK),
        m.Category("lagging", Text("相对滞后", "lagging"), "▼", m.Status.BEHIND),
    ),
    judge=_judge,
    since_plan=True,
    confirmed=False,
)
