"""What each target would take: gap, change a year, how unusual that is, and when the median gets there.

Comparable series are the learned prior of the default forecaster (METHODOLOGY.md): what it expects
of a new short yearly series of which only the starting figure is known; for a rate, whatever its
starting figure was. Growth is of figures as reported, reading error of both ends included; jumps of
the level, rare, are left out. Exact: no sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.mixture import Mixture
from zerobay_analysis.forecast.prior import GENERAL, as_shares, load_prior, unit_variogram
from zerobay_analysis.ledger.notation import years_of
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Role

BEYOND = 10
"""Years after the last target in which the first year at the median is still looked for."""
BEYOND_PATHS = 4_000
"""Sample paths for those years; only their median is used."""
MIN_SPACING = 0.9
"""Years between two own figures whose change counts as a year's (year-ends may be dated early)."""

PEER_SHARE, PEER_YEARS = 0.25, 3.0
"""The upper quarter of a class, over the length of the plan."""
RECENT_YEARS = 5.0
"""Longest look back for the recent pace."""

_TINY = 1e-9


@dataclass(frozen=True)
class TargetPace:
    """What one target would take.

    Attributes
    ----------
    latest : Point or None
        Last figure that a change can be measured from; of a flow or a rate one of a whole year.
    gap : float or None
        Still to go in the wanted direction, in the unit; zero or less when reached.
    years_left : float or None
        From the latest figure to the target.
    per_year : float or None
        Change a year that the target needs, in the unit (points for a rate).
    growth_per_year : float or None
        The same as compound growth in percent; ``None`` for a rate.
    from_plan : bool
        True where there is no figure and ``per_year`` is the plan's own step.
    own : tuple of float
        The indicator's own changes per year, oldest first (:func:`own_changes`).
    own_as_fast : int
        How many of them were at least as fast.
    reference_share : float or None
        Share of comparable series that kept this pace as long; ``None`` without a pace.
    median_year : int or None
        First year in which the median of the forecast reaches the target (of a flow or a rate not
        before this year); ``None`` without a forecast or where it is beyond ``last_year_tried``.
    last_year_tried : int or None
    under_way : bool
        Whether the target's year is under way: what is left of it is told, not a change a year.
    """

    indicator: Indicator
    year: int
    latest: Point | None
    gap: float | None
    years_left: float | None
    per_year: float | None
    growth_per_year: float | None
    from_plan: bool
    own: tuple[float, ...]
    own_as_fast: int
    reference_share: float | None
    median_year: int | None
    last_year_tried: int | None
    under_way: bool

    @property
    def reached(self) -> bool:
        """Whether the latest figure meets the target already."""
        return self.gap is not None and self.gap <= 0

    def reference_text(self, lang: str = "zh") -> str:
        """How many comparable series kept this pace as long."""
        if self.reference_share is None:
            return "—"
        said = text.PLAN_STEP_SHARE if self.from_plan else text.REFERENCE_SHARE
        years = 1.0 if self.years_left is None else self.years_left
        return said.fill(lang, share=one_in(self.reference_share, lang), years=f"{years:.2g}")

    def median_text(self, lang: str = "zh") -> str:
        """When the median gets there."""
        if self.last_year_tried is None:
            return text.NO_FORECAST.get(lang)
        if self.median_year is None:
            return text.NOT_BY.fill(lang, year=self.last_year_tried)
        return text.MEDIAN_YEAR.fill(lang, year=self.median_year)

    def own_text(self, lang: str = "zh") -> str:
        """How often the indicator itself was as fast."""
        if not self.own:
            return text.NO_OWN_CHANGE.get(lang)
        said = text.OWN_AS_FAST if self.own_as_fast <= 1 else text.OWN_AS_FAST_MANY
        return said.fill(lang, n=len(self.own), k=self.own_as_fast, none=self.own_as_fast or "none")


def one_in(share: float, lang: str = "zh") -> str:
    """A share as people say it: 每 8 个约有 1 个 / ``1 in 8``; from 0.4 on in percent."""
    if share >= 0.4:
        return text.ABOUT_PERCENT.fill(lang, percent=min(99, round(100 * share)))
    if share < 0.005:
        return text.VERY_FEW.get(lang)
    return text.ONE_IN.fill(lang, count=round(1 / share))


def own_figures(evidence: Evidence) -> tuple[tuple[float, float], ...]:
    """Times and values of the figures of the plan's definition that a change is measured from, in order."""
    return tuple((p.time, p.reported) for p in evidence.measurable if p.role is Role.OWN)


def own_changes(evidence: Evidence) -> tuple[float, ...]:
    """Changes per year between figures of the plan's definition at least about a year apart."""
    figures = own_figures(evidence)
    if not figures:
        return ()
    (end, value), *earlier = reversed(figures)
    changes: list[float] = []
    for time, before in earlier:
        if end - time >= MIN_SPACING:
            changes.append((value - before) / (end - time))
            end, value = time, before
    return tuple(reversed(changes))


def mean_change(points: Sequence[tuple[float, float]], *, level: bool) -> float | None:
    """Recent pace of figures given as time and value, in order of time.

    Returns
    -------
    float or None
        Of a level the mean change a year over the last :data:`RECENT_YEARS` years; of a flow or a rate
        its latest value. ``None`` where there are too few figures.
    """
    recent = [(t, v) for t, v in points if t >= points[-1][0] - RECENT_YEARS - _TINY]
    if not level or len(recent) < 2:
        return recent[-1][1] if recent and not level else None
    return (recent[-1][1] - recent[0][1]) / (recent[-1][0] - recent[0][0])


def recent_pace(evidence: Evidence) -> float | None:
    """The indicator's own recent pace, see :func:`mean_change`."""
    return mean_change(own_figures(evidence), level=is_level(evidence.indicator))


def paces(outlook: IndicatorOutlook, beyond: int = BEYOND) -> tuple[TargetPace, ...]:
    """What every target of one indicator would take.

    Parameters
    ----------
    outlook : IndicatorOutlook
    beyond : int
        Years after the last target in which the median may still get there; they take a forecast
        of their own, so who does not show that year asks for none.
    """
    medians = _medians(outlook, beyond)
    return tuple(_pace(outlook, target, medians) for target in outlook.targets)


def _pace(outlook: IndicatorOutlook, target: TargetOutlook, medians: Mapping[int, float]) -> TargetPace:
    indicator, latest, goal = outlook.indicator, outlook.evidence.latest, target.target
    per_year, from_plan, left = target.required_per_year, target.pace_from_plan, None
    if latest is not None:
        left = target.year - latest.time
    start, years = (goal - per_year, 1.0) if from_plan and per_year is not None else (None, None)
    if latest is not None and left is not None and left > _TINY:
        start, years = latest.reported, left
    own, direction, today = own_changes(outlook.evidence), indicator.direction, outlook.evidence.as_of
    fast = [c for c in own if per_year is not None and direction * (c - per_year) >= -_TINY]
    growth, share = _unusual(indicator, start, goal, years)
    tried = (year for year in sorted(medians) if is_level(indicator) or year >= today.year)
    return TargetPace(
        indicator=indicator,
        year=target.year,
        latest=latest,
        gap=None if latest is None else direction * (goal - latest.reported),
        years_left=left,
        per_year=per_year,
        growth_per_year=growth,
        from_plan=from_plan,
        own=own,
        own_as_fast=len(fast),
        reference_share=share,
        median_year=next((year for year in tried if direction * (medians[year] - goal) >= 0), None),
        last_year_tried=max(medians, default=None),
        under_way=0 < target.year - years_of(today) < 1,
    )


def is_level(indicator: Indicator) -> bool:
    """Whether a year's value stands on that of the year before; a flow and a rate begin anew."""
    return indicator.kind in (Kind.STOCK, Kind.CUMULATIVE)


def _unusual(
    indicator: Indicator, start: float | None, target: float, years: float | None
) -> tuple[float | None, float | None]:
    """Compound growth in percent from ``start`` to ``target``, and the share of comparable series as fast.

    A count reaches 170 from 169.5 on, as in the forecast.
    """
    if start is None or years is None:
        return None, None
    kind, direction = indicator.kind, indicator.direction
    least = target - 0.5 * direction if indicator.whole_number else target
    if kind is Kind.RATE:
        return None, share_as_fast(kind, least - start, years, direction)
    if start <= 0:
        return None, None
    growth = 100 * float((target / start) ** (1 / years) - 1) if target > 0 else None
    return growth, share_as_fast(kind, least / start, years, direction)


def _medians(outlook: IndicatorOutlook, beyond: int) -> dict[int, float]:
    """Median of every forecast year, and of some years after the last target."""
    from zerobay_analysis.forecast import forecaster, forecaster_names

    forecast = outlook.forecast
    if forecast is None:
        return {}
    years = [int(year) for year in forecast.years]
    medians = {year: forecast.quantile(0.5, year) for year in years}
    if beyond and forecast.model in forecaster_names():
        later = range(years[0], years[-1] + beyond + 1)
        longer = forecaster(forecast.model).forecast(outlook.evidence, later, n_paths=BEYOND_PATHS)
        medians |= {year: longer.quantile(0.5, year) for year in later if year > years[-1]}
    return medians


def _growth(kind: Kind, years: float, reference_class: str = GENERAL) -> Mixture:
    """Distribution of a fresh series of a class ``years`` after a figure of 1 (of 0 for a rate)."""
    if years <= 0:
        raise ParameterError(f"年数须为正 / years must be positive, not {years!r}")
    positive = kind is not Kind.RATE
    learned = load_prior().quantity if positive else load_prior().rate
    components = learned.at(1, as_shares(reference_class))
    spread = np.sqrt(unit_variogram(components.shapes, np.array([years]))[:, 0])
    start = np.where(components.plain, 1.0, 0.0) if positive else np.zeros(components.count)
    return Mixture(
        weight=np.exp(components.log_weight)[None, :],
        mean=(start + components.drift * years)[None, :],
        sd=(components.scale * spread[components.shape])[None, :],
        plain=components.plain[None, :],
        unit=np.ones(1),
        positive=positive,
    )


def peer_growth(indicator: Indicator) -> float:
    """Factor a year that only the better :data:`PEER_SHARE` of an indicator's class keep up.

    Of comparable series of which one figure is known, over :data:`PEER_YEARS` years; not for a rate.
    """
    wanted = 1 - PEER_SHARE if indicator.direction > 0 else PEER_SHARE
    after = _growth(indicator.kind, PEER_YEARS, indicator.reference_class)
    return float(after.quantiles(np.array([wanted]))[0][0, 0] ** (1 / PEER_YEARS))


def share_as_fast(kind: Kind, change: float, years: float, direction: int = 1) -> float:
    """Share of comparable series that change at least this much in ``years``.

    Parameters
    ----------
    kind : Kind
        Decides the reference class: levels and flows, or rates.
    change : float
        Last value over first value; for a rate last less first, in percentage points.
    years : float
        Positive.
    direction : int
        ``1``: at least ``change``; ``-1``: at most.

    Raises
    ------
    ParameterError
        When ``years`` is not positive.
    """
    below = float(_growth(kind, years).cdf(np.array([[change]]))[0, 0])
    return min(1.0, max(0.0, 1.0 - below if direction > 0 else below))
