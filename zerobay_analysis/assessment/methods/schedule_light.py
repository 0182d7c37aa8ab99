"""序时进度: the share of the way that is done against the share of the time that is gone.

Rule and cuts: 银川市发展和改革委员会, 2025-03, 重点项目“红黄绿灯”推进机制: 完成序时进度 green, 低于序时进度
10 to 30 percentage points (both included) yellow, more than 30 red. A lag of less than 10 points
has no light there; it is called green (基本符合) here and the result says so.
"""

from __future__ import annotations

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.plan import Kind

YELLOW_FROM = 10.0
"""Percentage points behind schedule from which the light is yellow (included)."""
RED_BEYOND = 30.0
"""Percentage points behind schedule beyond which the light is red (not included)."""


def shares(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> tuple[float, float]:
    """Share of the way done and share of the time gone.

    For a flow the way is the year's target, starting from zero, and the time is the year.

    Raises
    ------
    MethodRefused
        The base meets the target already, so that there is no way to measure.
    """
    way = given.target - base.value
    if given.indicator.kind is Kind.FLOW:
        m.refuse(way <= 0, "ZERO_TARGET")
        return latest.value / way, latest.through
    elapsed = (latest.time - base.time) / (given.year - base.time)
    met = given.indicator.direction * way <= 0
    if met and given.achieved:
        return 1.0, elapsed
    m.refuse(met, "FELL_BACK")
    return (latest.value - base.value) / way, elapsed


def lag_points(done: float, elapsed: float) -> float:
    """Percentage points behind schedule; negative when ahead."""
    return 100 * (elapsed - done)


def light(lag: float) -> str:
    """Key of the light for a lag in percentage points."""
    if lag > RED_BEYOND + m.TINY:
        return "red"
    return "yellow" if lag >= YELLOW_FROM - m.TINY else "green"


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    done, elapsed = shares(given, base, latest)
    lag = lag_points(done, elapsed)
    ours = text.both("GREEN_IS_OURS", lag=f"{lag:.1f}")
    notes = (ours,) if m.TINY < lag < YELLOW_FROM - m.TINY else ()
    return m.Outcome(light(lag), {"behind": lag, "done": 100 * done, "elapsed": 100 * elapsed}, notes)
