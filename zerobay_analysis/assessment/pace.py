"""What each target would take: gap, change a year, how unusual that is, and by when.

Comparable series are the learned prior of the default forecaster (METHODOLOGY.md): what it expects
of a new short yearly series of which only the starting figure is known; for a rate, whatever its
starting figure was. Growth is of figures as reported, reading error of both ends included; jumps of
the level, rare, are left out. Exact: no sampling.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.assessment.outlook import (
    IndicatorOutlook,
    TargetOutlook,
    required_per_year,
)
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.components import unit_variogram
from zerobay_analysis.forecast.mixture import Mixture
from zerobay_analysis.forecast.prior import load_prior
from zerobay_analysis.language import say
from zerobay_analysis.ledger.period import years_of
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Role

__all__ = [
    "FAST_SHARE",
    "FAST_YEARS",
    "Deadline",
    "DeadlineStatus",
    "OwnChange",
    "TargetPace",
    "fast_pace",
    "one_in",
    "own_changes",
    "paces",
    "share_as_fast",
]

BEYOND = 10
"""Years after the last target in which the first year at the median is still looked for."""
BEYOND_PATHS = 4_000
"""Sample paths for those years; only their median is used."""
MIN_SPACING = 0.9
"""Years between two own figures whose change counts as a year's (year-ends may be dated early)."""

FAST_SHARE = 0.10
"""Share of comparable series that grow at least as fast as the "fast pace"."""
FAST_YEARS = 3.0
"""Years over which the fast pace is kept up: the length of the plan."""

_TINY = 1e-9


@dataclass(frozen=True)
class OwnChange:
    """A change of the indicator itself, per year."""

    start: float
    end: float
    per_year: float


class DeadlineStatus(StrEnum):
    """Whether there is a latest day to speed up, and why not where there is none."""

    ON_COURSE = "on_course"
    BY = "by"
    TOO_LATE = "too_late"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Deadline:
    """The latest day on which speeding up would still do.

    Until that day the indicator follows the median of its forecast; from then on it keeps the
    fast pace, which only one in ten comparable series keep up for three years
    (:func:`fast_pace`).

    Attributes
    ----------
    day : date or None
        End of a month, where ``status`` is ``BY``.
    fast_per_year : float or None
        The fast pace as a share of the level a year.
    """

    status: DeadlineStatus
    day: date | None = None
    fast_per_year: float | None = None

    def text(self, lang: str = "zh") -> str:
        """The deadline in words."""
        if self.status is DeadlineStatus.UNDEFINED or self.fast_per_year is None:
            return say(lang, "不设最迟提速日期", "no latest date")
        fast = f"{100 * self.fast_per_year:+.1f}%"
        if self.status is DeadlineStatus.ON_COURSE:
            return say(lang, "预测中位数可达，没有最迟日期", "the median gets there: no latest day")
        if self.status is DeadlineStatus.TOO_LATE:
            return say(
                lang,
                f"即使现在起每年 {fast}（可比序列前一成的速度）也赶不上",
                f"too late even at {fast} a year, the pace of the fastest tenth of comparable series",
            )
        return say(
            lang,
            f"最迟 {self.day} 起须每年 {fast}（可比序列前一成的速度）",
            f"from {self.day} at the latest it takes {fast} a year, the pace of the fastest tenth "
            "of comparable series",
        )


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
    own : tuple of OwnChange
        The indicator's own changes, oldest first.
    own_as_fast : int
        How many of them were at least as fast.
    reference_share : float or None
        Share of comparable series that kept this pace as long; ``None`` without a pace.
    median_year : int or None
        First year in which the median of the forecast reaches the target (of a flow or a rate not
        before this year); ``None`` without a forecast or where it is beyond ``last_year_tried``.
    last_year_tried : int or None
    deadline : Deadline
    """

    indicator: Indicator
    year: int
    target: float
    latest: Point | None
    gap: float | None
    years_left: float | None
    per_year: float | None
    growth_per_year: float | None
    from_plan: bool
    own: tuple[OwnChange, ...]
    own_as_fast: int
    reference_share: float | None
    median_year: int | None
    last_year_tried: int | None
    deadline: Deadline

    @property
    def reached(self) -> bool:
        """Whether the latest figure meets the target already."""
        return self.gap is not None and self.gap <= 0

    def reference_text(self, lang: str = "zh") -> str:
        """How many comparable series kept this pace as long."""
        if self.reference_share is None:
            return "—"
        years = 1.0 if self.years_left is None else self.years_left
        share, en = one_in(self.reference_share), one_in(self.reference_share, "en")
        if self.from_plan:
            return say(
                lang,
                f"方案自身的步长：可比序列中{share}在 1 年里有这个速度",
                f"the plan's own step: {en} comparable series moved this fast in a year",
            )
        return say(
            lang,
            f"可比序列中{share}在 {years:.2g} 年里有这个速度",
            f"{en} comparable series moved this fast over {years:.2g} years",
        )

    def median_text(self, lang: str = "zh") -> str:
        """When the median gets there."""
        if self.last_year_tried is None:
            return say(lang, "没有预测", "no forecast")
        if self.median_year is None:
            return say(lang, f"{self.last_year_tried} 年以前达不到", f"not by {self.last_year_tried}")
        return say(lang, f"{self.median_year} 年", f"{self.median_year}")

    def own_text(self, lang: str = "zh") -> str:
        """How often the indicator itself was as fast."""
        if not self.own:
            return say(lang, "没有自身的年度变动可比", "no own yearly change to compare with")
        return say(
            lang,
            f"自身 {len(self.own)} 次年度变动中有 {self.own_as_fast} 次达到",
            f"{self.own_as_fast or 'none'} of its own {len(self.own)} yearly changes "
            f"{'was' if self.own_as_fast <= 1 else 'were'} as fast",
        )


def one_in(share: float, lang: str = "zh") -> str:
    """A share as people say it: 每 8 个约有 1 个 / ``1 in 8``; from 0.4 on in percent."""
    if share >= 0.4:
        percent = min(99, round(100 * share))
        return say(lang, f"约 {percent}% ", f"about {percent}% of")
    if share < 0.005:
        return say(lang, "不到 1/200 ", "fewer than 1 in 200")
    count = round(1 / share)
    return say(lang, f"每 {count} 个约有 1 个", f"1 in {count}")


def own_changes(evidence: Evidence) -> tuple[OwnChange, ...]:
    """Changes per year between figures of the plan's definition at least about a year apart."""
    points = [point for point in evidence.measurable if point.role is Role.OWN]
    changes: list[OwnChange] = []
    for point in reversed(points):
        if not changes and point is points[-1]:
            later = point
            continue
        spacing = later.time - point.time
        if spacing >= MIN_SPACING:
            changes.append(OwnChange(point.time, later.time, (later.reported - point.reported) / spacing))
            later = point
    return tuple(reversed(changes))


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
    before: dict[int, float] = {}
    found = []
    for target in outlook.targets:
        found.append(_pace(outlook, target, before.get(target.year - 1), medians))
        before[target.year] = target.target
    return tuple(found)


def _pace(
    outlook: IndicatorOutlook, target: TargetOutlook, before: float | None, medians: Mapping[int, float]
) -> TargetPace:
    indicator, latest = outlook.indicator, outlook.evidence.latest
    direction = indicator.direction
    per_year, from_plan = required_per_year(indicator, target.target, target.year, latest, before)
    start, years = (before, 1.0) if from_plan else (None, None)
    if latest is not None and target.year - latest.time > _TINY:
        start, years = latest.reported, target.year - latest.time
    own = own_changes(outlook.evidence)
    growth = _growth_percent(indicator, start, target.target, years)
    years_tried = sorted(y for y in medians if _is_level(indicator) or y >= outlook.evidence.as_of.year)
    reached = [y for y in years_tried if direction * (medians[y] - target.target) >= 0]
    return TargetPace(
        indicator=indicator,
        year=target.year,
        target=target.target,
        latest=latest,
        gap=None if latest is None else direction * (target.target - latest.reported),
        years_left=None if latest is None else target.year - latest.time,
        per_year=per_year,
        growth_per_year=growth,
        from_plan=from_plan,
        own=own,
        own_as_fast=0
        if per_year is None
        else sum(direction * (change.per_year - per_year) >= -_TINY for change in own),
        reference_share=_reference_share(indicator, start, target.target, years),
        median_year=reached[0] if reached else None,
        last_year_tried=max(medians) if medians else None,
        deadline=_deadline(outlook, target, latest, medians),
    )


def _is_level(indicator: Indicator) -> bool:
    """Whether a year's value stands on that of the year before; a flow and a rate begin anew."""
    return indicator.kind in (Kind.STOCK, Kind.CUMULATIVE)


def _growth_percent(
    indicator: Indicator, start: float | None, target: float, years: float | None
) -> float | None:
    if indicator.kind is Kind.RATE or start is None or years is None or start <= 0 or target <= 0:
        return None
    return 100 * float((target / start) ** (1 / years) - 1)


def _reference_share(
    indicator: Indicator, start: float | None, target: float, years: float | None
) -> float | None:
    """Share of comparable series that go from ``start`` to ``target`` in ``years``.

    A count reaches 170 from 169.5 on, as in the forecast.
    """
    if start is None or years is None:
        return None
    least = target - 0.5 * indicator.direction if indicator.whole_number else target
    if indicator.kind is Kind.RATE:
        return share_as_fast(indicator.kind, least - start, years, indicator.direction)
    return share_as_fast(indicator.kind, least / start, years, indicator.direction) if start > 0 else None


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


def _deadline(
    outlook: IndicatorOutlook, target: TargetOutlook, latest: Point | None, medians: Mapping[int, float]
) -> Deadline:
    """Scan month ends backwards from the target year; see :class:`Deadline`.

    Defined for levels that should rise or fall and stay positive; a flow and a rate start anew
    every year, so no day inside a year can be named for them.
    """
    indicator, now = outlook.indicator, years_of(outlook.evidence.as_of)
    knots = {float(year): median for year, median in medians.items()}
    if latest is not None:
        knots = {latest.time: latest.reported} | {t: m for t, m in knots.items() if t > latest.time}
    usable = _is_level(indicator) and latest is not None and bool(medians) and target.target > 0
    if not usable or target.year <= now or min(knots.values()) <= 0:
        return Deadline(DeadlineStatus.UNDEFINED)
    direction = indicator.direction
    fast = fast_pace(indicator.kind, direction)
    per_year = math.expm1(fast)
    times = sorted(knots)
    for month in range(12 * target.year, math.floor(12 * now) - 1, -1):
        time = max(month / 12, now)
        reach = _log_level(times, knots, time) + fast * (target.year - time)
        if direction * (reach - math.log(target.target)) >= -_TINY:
            if month == 12 * target.year:
                return Deadline(DeadlineStatus.ON_COURSE, None, per_year)
            return Deadline(DeadlineStatus.BY, _month_end(month, outlook.evidence.as_of), per_year)
    return Deadline(DeadlineStatus.TOO_LATE, None, per_year)


def _log_level(times: Sequence[float], knots: Mapping[float, float], time: float) -> float:
    """Log of the median at ``time``, straight between known times and flat outside."""
    if time <= times[0]:
        return math.log(knots[times[0]])
    for left, right in pairwise(times):
        if time <= right:
            share = (time - left) / (right - left)
            return (1 - share) * math.log(knots[left]) + share * math.log(knots[right])
    return math.log(knots[times[-1]])


def _month_end(month: int, earliest: date) -> date:
    """Last day of month number ``month`` since year 0 (12 * 2026 is December 2026)."""
    year, number = (month - 1) // 12 + 1, (month - 1) % 12 + 1
    first_after = date(year + number // 12, number % 12 + 1, 1)
    return max(first_after - timedelta(days=1), earliest)


def _growth(kind: Kind, years: float) -> Mixture:
    """Distribution of a fresh series ``years`` after a figure of 1 (of 0 for a rate)."""
    if years <= 0:
        raise ParameterError(f"年数须为正 / years must be positive, not {years!r}")
    positive = kind is not Kind.RATE
    components = (load_prior().quantity if positive else load_prior().rate).at(1)
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


def fast_pace(kind: Kind, direction: int = 1) -> float:
    """The change a year that only :data:`FAST_SHARE` of comparable series keep up.

    Returns
    -------
    float
        Over :data:`FAST_YEARS` years: growth a year on the log scale, or percentage points a
        year for a rate.
    """
    wanted: NDArray[np.float64] = np.array([1 - FAST_SHARE if direction > 0 else FAST_SHARE])
    end = float(_growth(kind, FAST_YEARS).quantiles(wanted)[0][0, 0])
    return (end if kind is Kind.RATE else float(np.log(end))) / FAST_YEARS
