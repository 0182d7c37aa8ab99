"""What an official method is given: figures of the plan's definition, a target and a direction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import Evidence, Point, Precision, Role

__all__ = ["TREND_YEARS", "Reading", "Situation", "situation"]

TREND_YEARS = 5
"""Longest look back for a recent trend: Eurostat's short-term period, and the "last five annual
changes" of Destatis and of the State of Climate Action."""

_SAME_TIME = 1e-6


@dataclass(frozen=True)
class Reading:
    """One figure as the official methods take it: the number that was printed.

    Attributes
    ----------
    time : float
        Years, the end of year ``Y`` being ``Y`` (see :class:`zerobay_analysis.series.Point`).
    value : float
        As printed, in the indicator's unit.
    exact : bool
        False for 约, 超, 近 and the like; the methods do not know of inexact figures.
    observation : str
        Identifier of the ledger row.
    through : float
        Share of the year that the figure covers.
    """

    time: float
    value: float
    exact: bool = True
    observation: str = ""
    through: float = 1.0


@dataclass(frozen=True)
class Situation:
    """One target and what is known on the way to it.

    Attributes
    ----------
    indicator : Indicator
    year : int
        The target is for the end of this year, or for this year.
    target : float
    readings : tuple of Reading
        In order of time, none after the end of ``year``, one per date. Of a flow or a rate only
        figures of whole years.
    plan_start : float
        End of the year before the plan's first target.
    within_year : Reading or None
        Of a flow: the latest figure of ``year`` itself, year-to-date or whole.
    as_of : date
    """

    indicator: Indicator
    year: int
    target: float
    readings: tuple[Reading, ...]
    plan_start: float
    within_year: Reading | None
    as_of: date

    @property
    def latest(self) -> Reading:
        """The last reading; there is one wherever a method asks."""
        return self.readings[-1]

    @property
    def recent(self) -> tuple[Reading, ...]:
        """Readings of the last :data:`TREND_YEARS` years before the latest, and the latest."""
        first = self.latest.time - TREND_YEARS - _SAME_TIME
        return tuple(reading for reading in self.readings if reading.time >= first)

    @property
    def trend_base(self) -> Reading:
        """Where the recent trend is measured from.

        Raises
        ------
        MethodRefused
            The latest figure stands alone in its last :data:`TREND_YEARS` years.
        """
        if len(self.recent) < 2:
            raise MethodRefused(
                f"最近 {TREND_YEARS} 年内只有一个数字，看不出趋势",
                f"a single figure in the last {TREND_YEARS} years shows no trend",
            )
        return self.recent[0]

    @property
    def has_plan_base(self) -> bool:
        """Whether there is a figure of the plan's start or before, and one since."""
        times = [reading.time for reading in self.readings]
        return times[0] <= self.plan_start + _SAME_TIME < times[-1]

    @property
    def plan_base(self) -> Reading:
        """The last reading at or before the plan's start; without one, :attr:`trend_base`."""
        if not self.has_plan_base:
            return self.trend_base
        return [r for r in self.readings if r.time <= self.plan_start + _SAME_TIME][-1]

    @property
    def recent_change(self) -> float:
        """Mean change a year over :attr:`recent`, in the unit (points for a rate)."""
        base, latest = self.trend_base, self.latest
        return (latest.value - base.value) / (latest.time - base.time)

    @property
    def projection(self) -> float:
        """Value at the end of ``year`` if :attr:`recent_change` goes on."""
        return self.latest.value + (self.year - self.latest.time) * self.recent_change

    def meets(self, value: float) -> bool:
        """Whether ``value`` is at the target or better."""
        return self.indicator.direction * (value - self.target) >= 0

    @property
    def achieved(self) -> bool:
        """Whether the latest figure meets the target already."""
        return self.meets(self.latest.value)


def situation(evidence: Evidence, plan: Plan, year: int) -> Situation:
    """What the methods may know about one indicator and target year.

    Only figures of the official definition enter (``Role.OWN``): a step between two definitions
    is no progress.

    Raises
    ------
    ParameterError
        The plan has no target for ``year``.
    """
    indicator = evidence.indicator
    own = [p for p in evidence.measurable if p.role is Role.OWN and p.time <= year + _SAME_TIME]
    last = evidence.reaching(year)
    return Situation(
        indicator=indicator,
        year=year,
        target=plan.target(indicator.id, year),
        readings=tuple(_reading(point) for point in own),
        plan_start=float(plan.years[0] - 1),
        within_year=_reading(last) if last is not None and indicator.kind is Kind.FLOW else None,
        as_of=evidence.as_of,
    )


def _reading(point: Point) -> Reading:
    exact = point.precision is Precision.EXACT
    return Reading(point.time, point.reported, exact, point.observation, point.through)
