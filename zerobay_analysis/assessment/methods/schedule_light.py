"""序时进度: the share of the way that is done against the share of the time that is gone.

Rule and cuts: 银川市发展和改革委员会, 2025-03, 重点项目“红黄绿灯”推进机制: 完成序时进度 green, 低于序时进度
10 to 30 percentage points (both included) yellow, more than 30 red. A lag of less than 10 points
has no light there; it is called green (基本符合) here and the result says so.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import (
    Category,
    Method,
    Number,
    Outcome,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import Reading, Situation
from zerobay_analysis.plan import Kind

__all__ = ["METHOD", "RED_BEYOND", "YELLOW_FROM", "lag_points", "light", "shares"]

YELLOW_FROM = 10.0
"""Percentage points behind schedule from which the light is yellow (included)."""
RED_BEYOND = 30.0
"""Percentage points behind schedule beyond which the light is red (not included)."""

_TINY = 1e-9


def shares(given: Situation) -> tuple[float, float, Reading | None, Reading]:
    """Share of the way done, share of the time gone, base and latest figure.

    For a flow the way is the year's target, starting from zero, and the time is the year.

    Raises
    ------
    MethodRefused
        The year of a flow has no figure yet; base and latest are the same figure; the base
        meets the target already, so that there is no way to measure.
    """
    if given.indicator.kind is Kind.FLOW:
        return _within_year(given)
    base, latest = given.plan_base, given.latest
    if latest.time - base.time < _TINY:
        raise MethodRefused("基期与最新一期是同一个数", "base and latest are the same figure")
    elapsed = (latest.time - base.time) / (given.year - base.time)
    way = given.target - base.value
    if given.indicator.direction * way <= 0:
        if given.achieved:
            return 1.0, elapsed, base, latest
        raise MethodRefused(
            "基期已达到目标而后回落，无法计算完成比例",
            "the base met the target and the latest does not: no share of a way can be computed",
        )
    return (latest.value - base.value) / way, elapsed, base, latest


def _within_year(given: Situation) -> tuple[float, float, Reading | None, Reading]:
    latest = given.within_year
    if latest is None:
        raise MethodRefused(f"{given.year} 年还没有数字", f"no figure of {given.year} yet")
    if given.target <= 0:
        raise MethodRefused("目标为零，无法计算完成比例", "a target of zero has no share")
    return latest.value / given.target, latest.through, None, latest


def lag_points(done: float, elapsed: float) -> float:
    """Percentage points behind schedule; negative when ahead."""
    return 100 * (elapsed - done)


def light(lag: float) -> str:
    """Key of the light for a lag in percentage points."""
    if lag > RED_BEYOND + _TINY:
        return "red"
    return "yellow" if lag >= YELLOW_FROM - _TINY else "green"


def _judge(given: Situation) -> Outcome:
    done, elapsed, base, latest = shares(given)
    lag = lag_points(done, elapsed)
    notes: tuple[tuple[str, str], ...] = ()
    if _TINY < lag < YELLOW_FROM - _TINY:
        notes = (
            (
                f"落后 {lag:.1f} 个百分点；落后不足 10 个百分点原规则未定，此处记为绿灯（基本符合）",
                f"{lag:.1f} points behind; the rule leaves less than 10 open, called green here",
            ),
        )
    return Outcome(
        category=light(lag),
        numbers=(
            Number("落后序时进度", "behind schedule", lag, "pp"),
            Number("完成比例", "share done", 100 * done, "%"),
            Number("时间比例", "share of time", 100 * elapsed, "%"),
        ),
        base=base,
        latest=latest,
        notes=notes,
        since_plan=True,
    )


METHOD = Method(
    id="schedule_light",
    name_zh="序时进度红黄绿灯",
    name_en="Schedule light",
    question=Question.HOW_FAR,
    kinds=frozenset(Kind),
    least_points=2,
    rule_zh="完成比例落后时间比例：不到 10 个百分点绿灯，10 至 30 黄灯，超过 30 红灯",
    rule_en="Share done behind share of time: under 10 points green, 10 to 30 yellow, over 30 red",
    source="银川市发展和改革委员会：重点项目“红黄绿灯”推进机制（2025-03）",
    categories=(
        Category("green", "绿灯", "green", "▲", Status.ON_TRACK),
        Category("yellow", "黄灯", "yellow", "△", Status.BEHIND),
        Category("red", "红灯", "red", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
