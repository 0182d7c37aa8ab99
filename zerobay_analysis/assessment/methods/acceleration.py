"""The factor by which the recent change a year must grow.

State of Climate Action (Systems Change Lab, World Resources Institute), methodology notes:
acceleration factor = required average annual change over recent average annual change.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.language import Text

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


def _judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    recent = m.Number(Text("近年平均每年变动", "recent change a year"), given.recent_change, m.OWN_UNIT)
    if given.achieved:
        return m.Outcome("on_track", (recent,), (m.ACHIEVED,))
    years = given.year - latest.time
    m.refuse(years <= 0, "OVER")
    required = (given.target - latest.value) / years
    factor = required / given.recent_change if given.recent_change else float("inf")
    numbers = (
        m.Number(Text("须加快到几倍", "acceleration factor"), factor),
        m.Number(Text("每年须变动", "required change a year"), required, m.OWN_UNIT),
        recent,
    )
    return m.Outcome(acceleration_class(factor), numbers)


METHOD = m.method("acceleration", _judge)
