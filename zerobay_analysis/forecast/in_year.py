"""What a year to date tells about its year (METHODS, section 1, In-year).

A level at a date inside the year needs nothing of this: it is an ordinary observation. A flow
of the first months bounds the year from below and, through the share of a year that these
months usually bring, reads its total on the log scale. A rate of the first months is a noisy
reading of the year's rate in percentage points.

How noisy is learned from the indicator's own years, starting from a stated prior. The prior's
constants were measured on the monthly and quarterly series of the M1 and M3 competitions
(``python -m benchmarks.in_year --learn``): around a series' own mean
profile, the log share of ``p`` of a year has a residual of ``0.77 (1 - p)`` times the standard deviation
of the series' annual log changes; the rate to date differs from the year's by ``1.04 (1 - p)``
times its mean absolute annual change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Role

Array = NDArray[np.float64]

FLOW_RESIDUAL = 0.77
RATE_RESIDUAL = 1.04
"""Residual of a year to date, over the size of annual changes, for ``p = 0`` (M1, M3)."""
USUAL_GROWTH_SD = 0.07
"""Standard deviation of annual log changes, for an indicator that has not shown its own (median)."""
USUAL_RATE_CHANGE = 7.0
"""Mean absolute annual change of a growth rate in points, likewise."""
PRIOR_YEARS = 4.0
"""Years of its own that an indicator needs before its own residual outweighs the prior's (M1, M3:
the spread of the ratio between series is that of a variance with 4 degrees of freedom)."""
GAP_CHANCE, GAP_SIZE = 0.2, 2.0
"""Before its years are seen: one rate in five ends its years away from where it stood, for good,
by a distance of about twice its residual. An assumption."""
PROFILE_WEIGHT = 4.0
"""Weight of the time-proportional prior of a profile without years of its own: a Beta law that
has seen four events. At the end of September its 10 to 90 % range is 46 to 97 % of the year, wide
enough for certifications that come in one late batch."""
MIN_GROWTH_SD, MIN_RATE_CHANGE = 0.02, 0.1
"""Floors of the size of annual changes: a flat history is luck, not certainty."""
_SAME = 1e-6
_NO_PROFILE = "没有往年同期数，只按时间折算，误差很大"


@dataclass(frozen=True)
class YearReading:
    """What a year to date says about its year.

    Attributes
    ----------
    year : int
    point : Point
        The figure as reported.
    value : float
        Reading of the whole year, in the unit.
    sd : float
        Its standard deviation in the unit (for a flow, relative deviation times ``value``).
    floor : float or None
        The year cannot be below it; only for a flow of the official definition.
    past : tuple of float
        Shares of the year (flow) or differences year minus year to date in points (rate) of
        the indicator's own earlier years at the same month.
    """

    year: int
    point: Point
    value: float
    sd: float
    floor: float | None
    past: tuple[float, ...]


@dataclass(frozen=True)
class InYear:
    """Evidence in which every year to date is a reading of its year.

    Attributes
    ----------
    evidence : Evidence
        Whole years and levels as they were; years to date replaced by ``readings`` as points
        that cover the whole year; what can say nothing is left out.
    readings : tuple of YearReading
    notes : tuple of str
        In Chinese.
    """

    evidence: Evidence
    readings: tuple[YearReading, ...]
    notes: tuple[str, ...]

    def floors(self, years: Sequence[int]) -> Array:
        """What has been counted of each year; minus infinity where nothing has."""
        known: dict[int, float] = {}
        for reading in self.readings:
            if reading.floor is not None:  # of two in conflict, the one that rules out less
                known[reading.year] = min(reading.floor, known.get(reading.year, np.inf))
        return np.array([known.get(int(year), -np.inf) for year in years])

    def conditioned(self, paths: Array, years: Sequence[int], rng: np.random.Generator) -> Array:
        """Paths that are nowhere below what has already been counted.

        Parameters
        ----------
        paths : ndarray, shape (n_paths, n_years)
            In the indicator's unit.
        years : sequence of int
        rng : numpy.random.Generator
            Draws the replacements of impossible paths from the possible ones.

        Returns
        -------
        ndarray, shape (n_paths, n_years)
        """
        floor = self.floors(years)
        possible = (paths >= floor).all(axis=1)
        if possible.all():
            return paths
        if not possible.any():
            return np.asarray(np.maximum(paths, floor))
        kept, rows = np.flatnonzero(possible), np.arange(len(paths))
        rows[~possible] = rng.choice(kept, size=len(paths) - len(kept))
        return np.asarray(paths[rows])


def share_of_year_in(evidence: Evidence, year: int) -> float:
    """How much of ``year`` the figures of the official definition cover, 0 to 1.

    A level at the end of September covers three quarters of its year; so does a flow or a rate
    of January to September.
    """
    own = evidence.with_role(Role.OWN)
    if evidence.yearly:
        shares = [p.through for p in own if abs(p.time - year) < _SAME]
    else:
        shares = [p.time - (year - 1) for p in own if year - 1 + _SAME < p.time <= year + _SAME]
    return min(max(shares, default=0.0), 1.0)


def year_readings(evidence: Evidence) -> InYear:
    """Replace every year to date by what it says about its year; pure.

    Of several figures of one year only what reaches furthest counts, because it holds the others
    (two that reach as far are in conflict and both count); a whole year's figure replaces them
    all. Evidence about a stock or a cumulative
    total comes back as it is.
    """
    if not evidence.yearly:
        return InYear(evidence, (), ())
    groups: dict[tuple[Role, str], list[Point]] = defaultdict(list)
    weighty = (Role.OWN, Role.DOUBTFUL, Role.PROXY)
    for point in evidence.with_role(*weighty):
        groups[(point.role, point.group)].append(point)
    points = [p for p in evidence.points if p.role not in weighty]
    readings: list[YearReading] = []
    for same in groups.values():
        whole = [p for p in same if p.through >= 1 - _SAME]
        points += whole
        known = {round(p.time) for p in whole}
        for year in sorted({round(p.time) for p in same} - known):
            of_year = [p for p in same if round(p.time) == year]
            furthest = max(p.through for p in of_year) - _SAME
            found = (_reading(evidence.indicator, p, same) for p in of_year if p.through >= furthest)
            readings += [reading for reading in found if reading is not None]
    points += [_as_whole_year(reading) for reading in readings]
    points.sort(key=lambda p: (p.time, p.published or evidence.as_of, p.observation))
    notes = tuple(_note(reading, evidence) for reading in readings if reading.point.role is Role.OWN)
    return InYear(replace(evidence, points=tuple(points)), tuple(readings), notes)


def _reading(indicator: Indicator, latest: Point, same: Sequence[Point]) -> YearReading | None:
    """Reading of the year of ``latest``; ``None`` where nothing counted says nothing yet."""
    years = _whole_years(same)
    to_date = {
        round(p.time): p.value
        for p in same
        if abs(p.through - latest.through) < _SAME and round(p.time) != round(latest.time)
    }
    pairs = [(years[year], to_date[year]) for year in sorted(years.keys() & to_date.keys())]
    if indicator.kind is Kind.RATE:
        return _rate(latest, list(years.values()), pairs)
    return _flow(latest, list(years.values()), pairs, counts=indicator.whole_number)


def _whole_years(points: Sequence[Point]) -> dict[int, float]:
    """Value of each whole year, the mean where figures conflict; in order of time."""
    found: dict[int, list[float]] = defaultdict(list)
    for p in points:
        if p.through >= 1 - _SAME:
            found[round(p.time)].append(p.value)
    return {year: float(np.mean(found[year])) for year in sorted(found)}


def _flow(
    latest: Point, years: Sequence[float], pairs: Sequence[tuple[float, float]], *, counts: bool
) -> YearReading | None:
    """Total of the year = year to date / share, the share learned on the log scale."""
    from scipy.special import digamma, polygamma

    if latest.value <= 0:
        return None
    through, weight = latest.through, PROFILE_WEIGHT
    logs = np.log([year for year in years if year > 0])
    growth_sd = max(_variance(np.diff(logs), USUAL_GROWTH_SD, 2) ** 0.5, MIN_GROWTH_SD)
    residual = FLOW_RESIDUAL * (1 - through) * growth_sd
    if counts:  # things that arrive one by one cannot fall more evenly than this
        residual = max(residual, ((1 - through) / latest.value) ** 0.5)
    past = np.array([to_date / year for year, to_date in pairs if to_date > 0 and year > 0])
    prior_mean = float(digamma(weight * through) - digamma(weight))
    prior_variance = float(polygamma(1, weight * through) - polygamma(1, weight))
    mean, variance = _learned(np.log(past), prior_mean, prior_variance, residual)
    value = float(latest.value * np.exp(-mean))
    sd = float((variance + (latest.sd / latest.value) ** 2) ** 0.5) * value
    floor = latest.lower if latest.role is Role.OWN else None
    return YearReading(round(latest.time), latest, value, sd, floor, tuple(past.tolist()))


def _rate(latest: Point, years: Sequence[float], pairs: Sequence[tuple[float, float]]) -> YearReading:
    """Rate of the year = rate to date plus what earlier years added to it, in points."""
    changes = np.abs(np.diff(years))
    size = float(changes.mean()) if len(changes) >= 2 else USUAL_RATE_CHANGE
    residual = RATE_RESIDUAL * (1 - latest.through) * max(size, MIN_RATE_CHANGE)
    past = np.array([year - to_date for year, to_date in pairs])
    mean, variance = _with_or_without_gap(past, residual)
    sd = float((variance + latest.sd**2) ** 0.5)
    return YearReading(round(latest.time), latest, latest.value + mean, sd, None, tuple(past.tolist()))


def _with_or_without_gap(past: Array, residual: float) -> tuple[float, float]:
    """Mean and variance of year minus year to date, weighing whether the two differ for good.

    Growth rates end as they go on (M1, M3: no lasting gap); a ratio whose parts are booked late
    in the year, like R&D intensity, ends higher every year. Earlier years decide.
    """
    gap = (GAP_SIZE * residual) ** 2
    without = _learned(past, 0.0, 1e-9 * gap, residual)
    with_gap = _learned(past, 0.0, gap, residual)
    weight = GAP_CHANCE
    if len(past):
        noise = _variance(past, residual) / len(past)
        square = float(past.mean()) ** 2
        # Log odds of a mean gap this large with against without a lasting one.
        odds = 0.5 * square * (1 / noise - 1 / (noise + gap)) - 0.5 * np.log1p(gap / noise)
        weight = float(1 / (1 + (1 - GAP_CHANCE) / GAP_CHANCE * np.exp(-odds)))
    mean = weight * with_gap[0]
    variance = weight * with_gap[1] + (1 - weight) * without[1] + weight * (1 - weight) * with_gap[0] ** 2
    return mean, variance


def _learned(past: Array, prior_mean: float, prior_variance: float, residual: float) -> tuple[float, float]:
    """Mean and variance of this year's value given those of earlier years.

    Earlier years are ``N(m, v)`` with ``m ~ N(prior_mean, prior_variance)`` and ``v`` inverse
    gamma around ``residual ** 2`` with :data:`PRIOR_YEARS` degrees of freedom. The predictive
    Student t is replaced by the normal law with the same 80 % interval.
    """
    from scipy.special import ndtri, stdtrit

    n = len(past)
    freedom = PRIOR_YEARS + max(n - 1, 0)
    variance = _variance(past, residual)
    precision = 1 / prior_variance + n / variance
    mean = (prior_mean / prior_variance + float(past.sum()) / variance) / precision
    widening = float(stdtrit(freedom, 0.9) / ndtri(0.9)) ** 2
    return mean, 1 / precision + variance * widening


def _variance(past: Array, usual: float, prior_years: float = PRIOR_YEARS) -> float:
    """Variance between years; a prior of some years of the ``usual`` deviation carries a short history."""
    squares = float(((past - past.mean()) ** 2).sum()) if len(past) else 0.0
    return (prior_years * usual**2 + squares) / (prior_years + max(len(past) - 1, 0))


def _as_whole_year(reading: YearReading) -> Point:
    """The reading as a point of its year; uniform bounds of the same standard deviation."""
    half, value = 3**0.5 * reading.sd, reading.value
    return replace(reading.point, value=value, lower=value - half, upper=value + half, through=1.0)


def _note(reading: YearReading, evidence: Evidence) -> str:
    indicator, point, past, n = evidence.indicator, reading.point, reading.past, len(reading.past)
    start = f"{reading.year}年1—{round(12 * point.through)}月{point.label}"
    if indicator.kind is Kind.RATE:
        learned = f"往年全年比同期平均{np.mean(past):+.1f}个百分点（{n}年）" if n else "没有往年同期数"
        return f"{start}：{learned}，视为全年约{reading.value:.1f}%，误差±{reading.sd:.1f}个百分点。"
    learned = f"往年同期平均占全年{100 * np.mean(past):.0f}%（{n}年）" if n else _NO_PROFILE
    return (
        f"{start}：{learned}，折算全年约{indicator.format(reading.value)}{indicator.unit_zh}，"
        f"误差±{100 * reading.sd / reading.value:.0f}%；全年不会少于{indicator.format(reading.floor or 0)}。"
    )
