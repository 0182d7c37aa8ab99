"""The share of the starting gap that is on course to be closed by the deadline.

J. W. McArthur and K. Rasmussen, "Classifying Sustainable Development Goal trajectories: A
country-level methodology", World Development (2019): on course to succeed, to cover at least
half of the starting gap, to cover less than half, or moving backwards.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.language import Text

HALF = 0.5
"""Share of the starting gap that divides the middle classes."""


def gap_class(share: float) -> str:
    """Key of the class for the share of the starting gap closed at the deadline."""
    if share >= 1 - m.TINY:
        return "met"
    if share >= HALF - m.TINY:
        return "half"
    return "less_than_half" if share >= 0 else "backwards"


def _judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    expected = m.Number(Text("照此推算的数", "value if it goes on"), given.projection, m.OWN_UNIT)
    gap = given.indicator.direction * (given.target - base.value)
    if gap <= 0 and given.meets(given.projection):
        return m.Outcome("met", (expected,))
    m.refuse(gap <= 0, "NO_GAP")
    share = given.indicator.direction * (given.projection - base.value) / gap
    closed = m.Number(Text("可弥合的起始差距", "share of the starting gap closed"), 100 * share, "%")
    return m.Outcome(gap_class(share), (closed, expected))


METHOD = m.method("gap_share", _judge)
