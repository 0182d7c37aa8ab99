"""The factor by which the recent change a year must grow.

State of Climate Action (Systems Change Lab, World Resources Institute), methodology notes:
acceleration factor = required average annual change over recent average annual change.
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

__all__ = ["METHOD", "OFF_TRACK_UP_TO", "ON_TRACK_UP_TO", "acceleration_class"]

ON_TRACK_UP_TO = 1.0
OFF_TRACK_UP_TO = 2.0
"""Largest acceleration factor for the class."""

_TINY = 1e-9


def acceleration_class(factor: float) -> str:
    """Key of the class for an acceleration factor (infinite when nothing moves)."""
    if factor < 0:
        return "wrong_direction"
    if factor <= ON_TRACK_UP_TO + _TINY:
        return "on_track"
    return "off_track" if factor <= OFF_TRACK_UP_TO + _TINY else "well_off_track"


def _judge(given: Situation) -> Outcome:
    base, latest = given.trend_base, given.latest
    recent = Number("近年平均每年变动", "recent change a year", given.recent_change, OWN_UNIT)
    if given.achieved:
        return Outcome("on_track", (recent,), base, latest, (("最新数已达标", "achieved already"),))
    if given.year - latest.time <= 0:
        raise MethodRefused("目标年已结束且未达标，没有剩余时间", "the target year is over: missed")
    required = (given.target - latest.value) / (given.year - latest.time)
    factor = required / given.recent_change if given.recent_change else float("inf")
    numbers = (
        Number("须加快到几倍", "acceleration factor", factor),
        Number("每年须变动", "required change a year", required, OWN_UNIT),
        recent,
    )
    return Outcome(acceleration_class(factor), numbers, base, latest)


METHOD = Method(
    id="acceleration",
    name_zh="加速倍数",
    name_en="Acceleration factor",
    question=Question.HOW_FAST,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="每年须变动 ÷ 近年每年变动：≤1 跟得上，1–2 偏离，>2 严重偏离，<0 方向相反",
    rule_en="Required over recent change a year: <=1 on track, 1-2 off, >2 well off, <0 wrong direction",
    source="World Resources Institute et al., Methodology underpinning the State of Climate Action series",
    categories=(
        Category("on_track", "跟得上", "on track", "▲", Status.ON_TRACK),
        Category("off_track", "偏离", "off track", "△", Status.BEHIND),
        Category("well_off_track", "严重偏离", "well off track", "▽", Status.BEHIND),
        Category("wrong_direction", "方向相反", "wrong direction", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
