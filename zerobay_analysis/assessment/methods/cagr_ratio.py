"""Observed growth a year against the growth a year that the target needs.

Eurostat, monitoring report on progress towards the SDGs (indicators with a quantitative
target); the five classes with their cuts are Statistics Canada's method as built into Open SDG
(docs/progress-methodology.md). Unlike Open SDG, a zero is refused and not replaced by 0.001.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.language import Text

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
    zero = first == 0 or last == 0
    m.refuse(zero, "ZERO")
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


def ratio_number(ratio: float) -> m.Number:
    """The ratio with its name."""
    return m.Number(Text("实际增速与所需增速之比 R", "R, observed over required growth"), ratio)


def ratio_class(ratio: float) -> str:
    """Key of the class for a ratio, the target not being achieved."""
    if ratio >= ON_TRACK_FROM:
        return "on_track"
    if ratio >= ACCELERATE_FROM:
        return "accelerate"
    return "limited" if ratio >= 0 else "deterioration"


def _judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    if given.achieved:
        name = Text("最新数与目标之差", "latest less target")
        return m.Outcome("achieved", (m.Number(name, latest.value - given.target),))
    ratio = growth_ratio(base, latest, given.target, given.year, given.indicator.direction)
    observed = 100 * cagr(base.value, latest.value, latest.time - base.time)
    required = 100 * cagr(base.value, given.target, given.year - base.time)
    numbers = (
        ratio_number(ratio),
        m.Number(Text("实际年均增速", "observed growth a year"), observed, "%"),
        m.Number(Text("所需年均增速", "required growth a year"), required, "%"),
    )
    return m.Outcome(ratio_class(ratio), numbers)


METHOD = m.method("cagr_ratio", _judge)
