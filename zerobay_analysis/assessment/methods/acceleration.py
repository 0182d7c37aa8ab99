"""The factor by which the recent change a year must grow.

State of Climate Action (Systems Change Lab, World Resources Institute), methodology notes:
acceleration factor = required average annual change over recent average annual change.
"""

from __future__ import annotations

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import method as m

ON_TRACK_UP_TO = 1.0
OFF_TRACK_UP_TO = 2.0
"""Largest acceleration factor for the class."""


def acceleration_class(factor: float) -> str:
    """Key of the class for an acceleration factor (infinite when nothing moves)."""
    if factor < 0:
        return "wrong_direction"
    if factor <= ON_TRACK_UP_TO + m.TINY:
        return "on_track"
    return "off_track" if factor <= OFF_TRACK_UP_TO + m.TINY else "well_off_track"


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    recent = given.recent_change
    if given.achieved:
        return m.Outcome("on_track", {"recent": recent}, (text.ACHIEVED,))
    years = given.year - latest.time
    m.refuse(years <= 0, "OVER")
    required = (given.target - latest.value) / years
    factor = required / recent if recent else float("inf")
    return m.Outcome(acceleration_class(factor), {"factor": factor, "required": required, "recent": recent})
