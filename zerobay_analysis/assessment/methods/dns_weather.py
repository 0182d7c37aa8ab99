"""Weather symbols: how far the target is missed if the last five years' mean change goes on.

German sustainable development strategy, indicator reports of the Federal Statistical Office
(Destatis): mean of the last five annual changes (six data points) carried to the target year;
missed by less than 5 % of the distance from the current value to the target: sun; 5 to 20 %:
sun and cloud; more: cloud; not moving in the wanted direction: thunderstorm.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.language import Text

SUN_BELOW = 0.05
CLOUD_BEYOND = 0.20
"""Miss as a share of the distance from the current value to the target."""


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
    m.refuse(years <= 0, "OVER_TO_PROJECT")
    distance = abs(target - latest)
    miss = direction * (target - expected) / distance if distance else float("inf")
    if direction * change <= 0:
        return "storm", miss
    if miss < SUN_BELOW - m.TINY:
        return "sun", miss
    return ("cloud" if miss > CLOUD_BEYOND + m.TINY else "sun_cloud"), miss


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    change, years, changes = given.recent_change, given.year - latest.time, len(given.recent) - 1
    key, miss = weather(latest.value, given.target, change, years, given.indicator.direction)
    fewer = Text(f"只有 {changes} 个变动，原方法用 5 个", f"{changes} changes; the method takes 5")
    numbers = {"miss": 100 * miss, "change": change, "projection": given.projection}
    return m.Outcome(key, numbers, () if changes >= m.TREND_YEARS else (fewer,))
