"""The gap that would remain at the target year on a trend in which recent years weigh more.

UN ESCAP, Anticipated Progress Index, used by all five UN regional commissions (UNECE, technical
notes on the progress assessment: "time-weighted linear regression … gives more importance to
more recent data"). The cuts of 10 and 100 % and the weights are recalled, not read: unconfirmed.
"""

from __future__ import annotations

from collections.abc import Sequence

from zerobay_analysis.assessment.methods import method as m

MAINTAIN_UP_TO = 0.10
ACCELERATE_UP_TO = 1.00
"""Largest anticipated gap, as a share of the whole way, for the class (unconfirmed)."""


def weighted_line(points: Sequence[m.DataPoint], time: float) -> float:
    """Value at ``time`` of the weighted least-squares line through ``points``.

    The weight of a point grows linearly from the first (1) by one a year (unconfirmed).
    """
    first = points[0].time
    weighted = [(1 + point.time - first, point) for point in points]
    total = sum(w for w, _ in weighted)
    mean_time = sum(w * p.time for w, p in weighted) / total
    mean_value = sum(w * p.value for w, p in weighted) / total
    cross = sum(w * (p.time - mean_time) * (p.value - mean_value) for w, p in weighted)
    square = sum(w * (p.time - mean_time) ** 2 for w, p in weighted)
    return mean_value + cross / square * (time - mean_time)


def anticipated_class(gap: float) -> str:
    """Key of the class for an anticipated gap as a share of the whole way."""
    if gap <= MAINTAIN_UP_TO:
        return "maintain"
    return "accelerate" if gap <= ACCELERATE_UP_TO else "reverse"


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    expected = weighted_line(given.points, float(given.year))
    gap = 0.0
    if not given.meets(expected):
        m.refuse(given.target == base.value, "NO_WAY")
        gap = abs(given.target - expected) / abs(given.target - base.value)
    return m.Outcome(anticipated_class(gap), {"gap": 100 * gap, "expected": expected})
