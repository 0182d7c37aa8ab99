"""Whether the record and the plan speak of the same thing: the pace needed against the plan's own step.

Whoever set targets of 310, 325 and 340 knew the figure that they start from. A record from which the
first target is five steps away is most likely of another definition (METHODOLOGY.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerobay_analysis.assessment import text
from zerobay_analysis.language import NOTHING, Text
from zerobay_analysis.plan import Indicator, Plan
from zerobay_analysis.series import Evidence

MAX_RATIO = 3.0
"""Needed pace over the plan's step beyond which, or below whose inverse, record and plan disagree. The
cut is ours: three public plans show first steps of 0.94, 1.33 and 2.8 times their second."""
PASSED_STEPS = 2.0
"""A target passed by more of the plan's own steps than these disagrees as well."""
MIN_YEARS_AHEAD = 0.5
"""The pace is taken to the first target at least this far ahead: what is left of a year says little."""


@dataclass(frozen=True)
class Consistency:
    """How the record compares with the plan's own step.

    Attributes
    ----------
    step : float
        Change a year that the plan itself asks for, in the unit.
    needed : float
        Change a year that the record needs to the target of ``year``.
    passed : float
        How many of the plan's steps the record lies beyond that target; negative before it.
    base, base_year
        The plan's own line a year before its first target: an assumption, never a figure.
    """

    indicator: Indicator
    year: int
    step: float
    needed: float
    passed: float
    base: float
    base_year: int

    @property
    def ratio(self) -> float:
        """Needed pace over the plan's step."""
        return self.needed / self.step

    @property
    def agrees(self) -> bool:
        """Whether the record can be of the plan's definition."""
        if self.passed > 0:
            return self.passed <= PASSED_STEPS
        return 1 / MAX_RATIO <= self.ratio <= MAX_RATIO

    @property
    def finding(self) -> Text:
        """What does not fit, with the figures; empty where record and plan agree."""
        if self.agrees:
            return NOTHING
        unit = Text(self.indicator.unit_zh, self.indicator.unit_en)
        how = text.both("PASSED" if self.passed > 0 else "TOO_FAR", of=self, unit=unit)
        return text.both("DISAGREE", of=self, unit=unit, how=how, digits=self.indicator.decimals)


def targets_of(plan: Plan, indicator: Indicator) -> Mapping[int, float]:
    """Targets of one indicator by year, in order."""
    rows = plan.targets[plan.targets["indicator"] == indicator.id].sort_values("year")
    return dict(zip(rows["year"].astype(int), rows["target"].astype(float), strict=True))


def plan_base(targets: Mapping[int, float]) -> tuple[int, float] | None:
    """Year before the first target and where the plan's own line stands then; ``None`` without a step."""
    years = sorted(targets)
    if len(years) < 2:
        return None
    step = (targets[years[1]] - targets[years[0]]) / (years[1] - years[0])
    return (years[0] - 1, targets[years[0]] - step) if step else None


def consistency(plan: Plan, evidence: Evidence) -> Consistency | None:
    """Compare an indicator's latest figure with the plan's own step.

    Returns
    -------
    Consistency or None
        ``None`` where the question has no meaning: no figure, a rate or a yearly flow, a plan whose
        targets stay level, or no target far enough ahead.
    """
    indicator, latest = evidence.indicator, evidence.latest
    if latest is None or evidence.yearly:
        return None
    targets = targets_of(plan, indicator)
    base = plan_base(targets)
    ahead = [year for year in targets if year - latest.time >= MIN_YEARS_AHEAD]
    if base is None or not ahead:
        return None
    year, (base_year, value) = ahead[0], base
    step = targets[min(targets)] - value
    needed = (targets[year] - latest.reported) / (year - latest.time)
    passed = (latest.reported - targets[year]) / step
    return Consistency(indicator, year, step, needed, passed, value, base_year)
