"""Weather symbols: how far the target is missed if the last five years' mean change goes on.

German sustainable development strategy, indicator reports of the Federal Statistical Office
(Destatis): mean of the last five annual changes (six data points) carried to the target year;
missed by less than 5 % of the distance from the current value to the target: sun; 5 to 20 %:
sun and cloud; more: cloud; not moving in the wanted direction: thunderstorm.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.method import (
    OWN_UNIT,
    Category,
    Method,
    Number,
    Outcome,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import TREND_YEARS, Situation
from zerobay_analysis.plan import Kind

__all__ = ["CLOUD_BEYOND", "METHOD", "SUN_BELOW", "weather"]

SUN_BELOW = 0.05
CLOUD_BEYOND = 0.20
"""Miss as a share of the distance from the current value to the target."""

_TINY = 1e-9


def weather(latest: float, target: float, change: float, years: float, direction: int) -> tuple[str, float]:
    """Key of the symbol and the miss as a share of the remaining distance (0 when reached).

    Parameters
    ----------
    change : float
        Mean change a year.
    years : float
        From the latest figure to the target.

    Raises
    ------
    MethodRefused
        The target year is over and the target is missed: nothing is left to extend.
    """
    expected = latest + years * change
    if direction * (expected - target) >= 0:
        return "sun", 0.0
    if years <= 0:
        raise MethodRefused("目标年已结束且未达标，没有剩余时间可推算", "the target year is over: missed")
    distance = abs(target - latest)
    miss = direction * (target - expected) / distance if distance else float("inf")
    if direction * change <= 0:
        return "storm", miss
    if miss < SUN_BELOW - _TINY:
        return "sun", miss
    return ("cloud" if miss > CLOUD_BEYOND + _TINY else "sun_cloud"), miss


def _judge(given: Situation) -> Outcome:
    latest = given.latest
    key, miss = weather(
        latest.value,
        given.target,
        given.recent_change,
        given.year - latest.time,
        given.indicator.direction,
    )
    changes = len(given.recent) - 1
    notes = (
        ()
        if changes >= TREND_YEARS
        else ((f"只有 {changes} 个变动，原方法用 5 个", f"{changes} changes; the method takes 5"),)
    )
    return Outcome(
        category=key,
        numbers=(
            Number("预计缺口占剩余路程", "miss as a share of the remaining distance", 100 * miss, "%"),
            Number("近年平均每年变动", "mean change a year", given.recent_change, OWN_UNIT),
            Number("照此推算的数", "value if it goes on", given.projection, OWN_UNIT),
        ),
        base=given.trend_base,
        latest=latest,
        notes=notes,
    )


METHOD = Method(
    id="dns_weather",
    name_zh="德国可持续战略天气符号",
    name_en="German strategy's weather symbols",
    question=Question.WHERE_TO,
    kinds=frozenset(Kind) - {Kind.FLOW},
    least_points=2,
    rule_zh="近 5 年平均变动推至目标年，缺口占剩余路程：<5% 晴，5–20% 多云间晴，>20% 阴，反向雷雨",
    rule_en="Miss if the mean of 5 changes goes on: <5 % sun, 5-20 % sun and cloud, >20 % cloud; else storm",
    source="Destatis, indicator reports on the German Sustainable Development Strategy",
    categories=(
        Category("sun", "晴", "sun", "▲", Status.ON_TRACK),
        Category("sun_cloud", "多云间晴", "sun and cloud", "△", Status.BEHIND),
        Category("cloud", "阴", "cloud", "▽", Status.BEHIND),
        Category("storm", "雷雨", "thunderstorm", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
