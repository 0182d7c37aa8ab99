"""Where the present growth leads, as a share of the way from base to target.

UN DESA Statistics Division, SDG Progress Chart 2023, technical note, "indicators with explicit
numerical target": the actual growth rate from base to latest is extended to the target year.
"""

from __future__ import annotations

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.assessment.methods.cagr_ratio import cagr

ON_TRACK_FROM = 0.95
ACCELERATE_FROM = 0.10
"""Least share of the way expected at the target year for the class."""


def compound_projection(base: m.DataPoint, latest: m.DataPoint, year: int) -> float:
    """Value at the end of ``year`` if the growth rate from base to latest goes on."""
    rate = cagr(base.value, latest.value, latest.time - base.time)
    return float(latest.value * (1 + rate) ** (year - latest.time))


def chart_class(share: float) -> str:
    """Key of the class for the expected share of the way."""
    return m.by_floor(share, {"on_track": ON_TRACK_FROM, "accelerate": ACCELERATE_FROM}, "stagnation")


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    expected = compound_projection(base, latest, given.year)
    if given.achieved:
        return m.Outcome("on_track", {"expected": expected}, (text.ACHIEVED,))
    way = given.target - base.value
    m.refuse(given.indicator.direction * way <= 0, "FELL_BACK_BEFORE")
    share = (expected - base.value) / way
    return m.Outcome(chart_class(share), {"walked": 100 * share, "expected": expected})
