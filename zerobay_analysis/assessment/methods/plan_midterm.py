"""规划中期评估: the words of the 14th Five-Year Plan's mid-term evaluation.

The report on the mid-term evaluation (2023-12-26) sorts indicators into 提前实现, 快于预期, 基本符合预期
and 相对滞后 and gives no numeric cut. The band of 10 percentage points is borrowed from
``schedule_light``; the result is therefore marked unconfirmed.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.assessment.methods.schedule_light import lag_points, shares

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


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    done, elapsed = shares(given, base, latest)
    return m.Outcome(standing(done, elapsed), {"done": 100 * done, "elapsed": 100 * elapsed})
