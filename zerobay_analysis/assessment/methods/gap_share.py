"""The share of the starting gap that is on course to be closed by the deadline.

J. W. McArthur and K. Rasmussen, "Classifying Sustainable Development Goal trajectories: A
country-level methodology", World Development (2019): on course to succeed, to cover at least
half of the starting gap, to cover less than half, or moving backwards.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m

HALF = 0.5
"""Share of the starting gap that divides the middle classes."""


def gap_class(share: float) -> str:
    """Key of the class for the share of the starting gap closed at the deadline."""
    floors = {"met": 1 - m.TINY, "half": HALF - m.TINY, "less_than_half": 0.0}
    return m.by_floor(share, floors, "backwards")


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    gap = given.indicator.direction * (given.target - base.value)
    if gap <= 0 and given.meets(given.projection):
        return m.Outcome("met", {"projection": given.projection})
    m.refuse(gap <= 0, "NO_GAP")
    share = given.indicator.direction * (given.projection - base.value) / gap
    return m.Outcome(gap_class(share), {"closed": 100 * share, "projection": given.projection})
