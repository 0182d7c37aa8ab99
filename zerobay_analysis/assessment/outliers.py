"""Figures that do not fit what the other figures of their indicator let one expect."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from zerobay_analysis.assessment import text
from zerobay_analysis.errors import ForecastDeclined
from zerobay_analysis.forecast.panel import LONGEST_HISTORY
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Role

INTERVAL = (0.005, 0.995)
"""A figure outside the central 99 % of what the other figures let one expect is an outlier."""

MAX_CHECKED = LONGEST_HISTORY
"""Figures of one indicator that are looked at: the latest ones, which inform the forecast."""
MAX_NAMED = 3
"""Outliers named in a sentence; of more, how many there are."""
N_PATHS = 2_000
"""Quantiles come from the distribution itself; paths only tie the years of a total together."""
SEED = 20260618


@dataclass(frozen=True)
class Outlier:
    """One figure of the plan's definition and the interval that all others give for it."""

    indicator: Indicator
    point: Point
    low: float
    high: float

    def message(self, lang: str = "zh") -> str:
        """What is unusual about the figure."""
        low, high = self.indicator.format(self.low), self.indicator.format(self.high)
        return text.OUTSIDE_INTERVAL.fill(lang, low=low, high=high)

    def text(self, lang: str = "zh") -> str:
        """The same in a sentence that names indicator, figure and period."""
        name, period = self.indicator.short(lang), self.point.period(lang)
        return text.OUTLIER.fill(
            lang,
            n=self.indicator.id,
            name=name,
            label=self.point.label,
            period=period,
            what=self.message(lang),
        )


def outliers_text(found: Sequence[Outlier], lang: str = "zh") -> str:
    """All of them in one sentence, the first few by name; empty where there is none."""
    if not found:
        return ""
    named = text.SEMICOLON.get(lang).join(outlier.text(lang) for outlier in found[:MAX_NAMED])
    more = text.MORE_OUTLIERS.fill(lang, n=len(found) - MAX_NAMED) if len(found) > MAX_NAMED else ""
    return text.CHECK_FIRST.fill(lang, named=named + more)


def outliers(known: Evidence, among: Collection[str] | None = None) -> tuple[Outlier, ...]:
    """Figures of the plan's definition beyond the forecast's 99 % interval from all others.

    A figure at a date inside a year has to lie within the wider of the intervals of the two
    year-ends, a sum of the year to date below the upper end of the whole year's, a rate of the year
    to date within the interval that other years give. Another report of the same date says nothing
    here: which of the two holds is a question of its own.

    Parameters
    ----------
    known : Evidence
    among : collection of str, optional
        Identifiers of the figures to look at; all by default.
    """
    found = []
    answers: dict[object, tuple[float, float] | None] = {}
    asked = [p for p in known.with_role(Role.OWN) if among is None or p.observation in among]
    for point in asked[-MAX_CHECKED:]:
        interval = _expected(known, point, answers)
        if interval is not None and (point.upper < interval[0] or point.lower > interval[1]):
            found.append(Outlier(known.indicator, point, *interval))
    return tuple(found)


def _expected(
    known: Evidence, point: Point, answers: dict[object, tuple[float, float] | None]
) -> tuple[float, float] | None:
    """Interval of a figure given all others; ``None`` where they give none or it holds the figure for sure.

    ``answers`` keeps those found before: several months of one year can have the same.
    """
    same = {p.observation for p in (point, *known.rivals(point))}
    to_date = known.yearly and point.through < 1
    if to_date and known.indicator.kind is Kind.RATE:
        same |= {p.observation for p in known.with_role(Role.OWN) if abs(p.time - point.time) < 1e-6}
    others = tuple(other for other in known.points if other.observation not in same)
    last = math.ceil(point.time - 1e-9)
    years = [last - 1, last] if point.time < last else [last]
    to_date_flow = to_date and known.indicator.kind is Kind.FLOW
    ends = [p.value for p in _year_ends(known, years) if p.observation not in same]
    if ends and point.lower <= max(ends) and (to_date_flow or point.upper >= min(ends)):
        return None
    asked = (frozenset(same), tuple(years))
    if asked not in answers:
        answers[asked] = _interval(replace(known, points=others), years, to_date_flow)
    return answers[asked]


def _year_ends(known: Evidence, years: Sequence[int]) -> list[Point]:
    """Exact figures that settle the ends of ``years``: no forecast of them can leave out these values."""
    own = [p for p in known.measurable if p.role is Role.OWN][-LONGEST_HISTORY:]
    return [p for p in own if p.time in years and 0 < p.lower == p.upper and not known.rivals(p)]


def _interval(others: Evidence, years: list[int], to_date_flow: bool) -> tuple[float, float] | None:
    """Interval of the ends of ``years`` that ``others`` give."""
    from zerobay_analysis.forecast import forecaster

    try:
        forecast = forecaster("reference_class").forecast(others, years, n_paths=N_PATHS, seed=SEED)
    except ForecastDeclined:
        return None
    low = min(forecast.quantile(INTERVAL[0], year) for year in years)
    high = max(forecast.quantile(INTERVAL[1], year) for year in years)
    return (0.0 if to_date_flow else low), high
