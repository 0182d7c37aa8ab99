"""Observed growth a year against the growth a year that the target needs.

Eurostat, monitoring report on progress towards the SDGs (indicators with a quantitative
target); the five classes with their cuts are Statistics Canada's method as built into Open SDG
(docs/progress-methodology.md). Unlike Open SDG, a zero is refused and not replaced by 0.001.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m

ON_TRACK_FROM = 0.95
ACCELERATE_FROM = 0.60
"""Least ratio of observed to required growth for the class."""
MAX_FACTOR = 1e6
"""Values further apart than this are a slip of the unit, not growth."""


def cagr(first: float, last: float, years: float) -> float:
    """Compound annual growth rate from ``first`` to ``last``.

    Raises
    ------
    MethodRefused
        A value is zero or negative, the signs differ, no time lies between, or the values are
        :data:`MAX_FACTOR` times apart.
    """
    m.refuse(first == 0 or last == 0, "ZERO")
    m.refuse(first * last < 0, "SIGN")
    m.refuse(first < 0, "NEGATIVE")
    m.refuse(years <= 0, "SAME_FIGURE")
    factor = last / first
    m.refuse(not 1 / MAX_FACTOR <= factor <= MAX_FACTOR, "FAR_APART", most=f"{MAX_FACTOR:g}")
    return float(factor ** (1 / years) - 1)


def growth_ratio(base: m.DataPoint, latest: m.DataPoint, target: float, year: int, direction: int) -> float:
    """``R``: observed growth in the wanted direction over the size of the required growth.

    Raises
    ------
    MethodRefused
        As :func:`cagr`; or the target equals the base, so that no growth is required.
    """
    observed = cagr(base.value, latest.value, latest.time - base.time)
    required = cagr(base.value, target, year - base.time)
    m.refuse(required == 0, "NO_GROWTH")
    return direction * observed / abs(required)


def ratio_class(ratio: float) -> str:
    """Key of the class for a ratio, the target not being achieved."""
    floors = {"on_track": ON_TRACK_FROM, "accelerate": ACCELERATE_FROM, "limited": 0.0}
    return m.by_floor(ratio, floors, "deterioration")


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    if given.achieved:
        return m.Outcome("achieved", {"beyond": latest.value - given.target})
    ratio = growth_ratio(base, latest, given.target, given.year, given.indicator.direction)
    observed = 100 * cagr(base.value, latest.value, latest.time - base.time)
    required = 100 * cagr(base.value, given.target, given.year - base.time)
    return m.Outcome(ratio_class(ratio), {"ratio": ratio, "observed": observed, "required": required})
