"""How much of the way is done on a scale of 10, against where it should be today.

UN ESCAP, Current Status Index (A. Bidarbakht Nia, Working Paper SD/WP/05, 2017; technical notes
of the Asia and the Pacific SDG Progress Report).
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m

FULL_WAY = 10.0
"""Index of a target just reached."""


def status_index(base: float, latest: float, target: float, direction: int) -> float:
    """Current Status Index; negative when moving away.

    Raises
    ------
    MethodRefused
        The target equals the base.
    """
    m.refuse(target == base, "NO_WAY")
    return FULL_WAY * direction * (latest - base) / abs(target - base)


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    index = status_index(base.value, latest.value, given.target, given.indicator.direction)
    wanted = FULL_WAY * (latest.time - base.time) / (given.year - base.time)
    ahead = given.achieved or index >= wanted - m.TINY
    return m.Outcome("ahead" if ahead else "behind", {"index": index, "wanted": wanted})
