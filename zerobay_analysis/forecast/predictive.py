"""A forecast: the distribution of each year, sample paths over years, the probability of a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.plan import Indicator, Kind

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.forecast.gaussians import Marginal
    from zerobay_analysis.series import Evidence


DECIMALS = 6
"""Decimals of a probability; what lies beyond is the rounding of a processor."""
_SAME = 1e-9
"""A value this close to a target, relative to the target, has reached it."""


@dataclass(frozen=True)
class YearDistribution:
    """Distribution of one year's value, the constraints of the indicator's kind applied.

    What the constraints do to a value they do to the distribution: mass below a floor moves onto
    it, a count of 169.5 or more is 170.

    Attributes
    ----------
    free : Marginal
        Before the constraints.
    indicator : Indicator
    floor, ceiling : float
        What own figures allow a cumulative total at least and at most.
    """

    free: Marginal
    indicator: Indicator
    floor: float = -np.inf
    ceiling: float = np.inf

    def met(self, target: float, direction: int) -> float:
        """Probability that the value is at least ``target`` (``direction`` 1) or at most (-1)."""
        least, most = sorted(direction * self.constrained(np.array([-np.inf, np.inf])))
        needed = direction * target - _SAME * abs(target)  # mirrored where less is better
        if needed <= least:
            return 1.0
        if needed > most:
            return 0.0
        needed = np.ceil(needed) - 0.5 if self.indicator.whole_number else needed
        above = float(self.free.at_least(np.array([direction * needed]))[0])
        return above if direction > 0 else 1.0 - above

    def quantiles(self, probabilities: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles at ``probabilities``, in the indicator's unit."""
        return self.constrained(self.free.quantiles(np.asarray(probabilities, dtype=np.float64)))

    def constrained(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the constraints make of ``values``; same shape (n,)."""
        return apply_constraints(values[:, None], self.indicator, self.floor, self.ceiling)[:, 0]


@dataclass(frozen=True)
class Forecast:
    """One indicator in the years to come: each year's distribution, and joint sample paths.

    Attributes
    ----------
    model : str
        Registered name of the model that made it.
    years : ndarray of int, shape (n_years,)
        Strictly increasing; the value of year ``Y`` is the year-end level, the year's flow or
        the year's rate.
    paths : ndarray of float, shape (n_paths, n_years)
        In the indicator's unit, constraints of its kind already applied (whole numbers for
        counts, never falling for ``cumulative``, within bounds).
    n_points : int
        Number of figures that carried weight.
    notes : tuple of str
        What the model wants its reader to know, in Chinese.
    distributions : tuple of YearDistribution
        One per year, or empty for a model that only samples: the paths answer then.
    unmoved : ndarray of float or None
        Paths before something moved them, row by row (:meth:`moved`). The distributions are of
        these; what moved the paths is added as the difference between the two samples.
    """

    model: str
    years: NDArray[np.int64]
    paths: NDArray[np.float64]
    n_points: int
    notes: tuple[str, ...] = field(default=())
    distributions: tuple[YearDistribution, ...] = field(default=())
    unmoved: NDArray[np.float64] | None = None

    def moved(self, paths: NDArray[np.float64]) -> Forecast:
        """The forecast with each of its paths moved, e.g. under a scenario."""
        return replace(self, paths=paths, unmoved=self.paths if self.unmoved is None else self.unmoved)

    def values(self, year: int) -> NDArray[np.float64]:
        """Sampled values of ``year``; shape (n_paths,). Raises ``KeyError`` for another year."""
        return self.paths[:, self._column(year)]

    def quantile(self, q: float, year: int) -> float:
        """Quantile ``q`` (0 to 1) of the value of ``year``."""
        return float(self.quantiles((q,), year)[0])

    def quantiles(self, probabilities: Sequence[float], year: int) -> NDArray[np.float64]:
        """Quantiles at ``probabilities`` of the value of ``year``."""
        column = self._column(year)
        if not self.distributions:
            return np.asarray(np.quantile(self.paths[:, column], probabilities))
        distribution = self.distributions[column]
        exact = distribution.quantiles(probabilities)
        if self.unmoved is None:
            return exact
        before, after = np.quantile(
            np.column_stack([self.unmoved[:, column], self.paths[:, column]]), probabilities, axis=0
        ).T
        return distribution.constrained(exact + after - before)

    def prob_at_least(self, target: float, year: int) -> float:
        """Probability that the value of ``year`` is at least ``target``."""
        return self.prob_met(target, year, 1)

    def prob_at_most(self, target: float, year: int) -> float:
        """Probability that the value of ``year`` is at most ``target``."""
        return self.prob_met(target, year, -1)

    def prob_met(self, target: float, year: int, direction: int) -> float:
        """Probability that ``target`` is met: at least it where more is better, else at most."""
        column, sign = self._column(year), 1 if direction > 0 else -1

        def share(paths: NDArray[np.float64]) -> float:
            return float((sign * paths[:, column] >= sign * target).mean())

        if not self.distributions:
            return share(self.paths)
        met = self.distributions[column].met(target, sign)
        if self.unmoved is not None:
            met = min(max(met + share(self.paths) - share(self.unmoved), 0.0), 1.0)
        return round(met, DECIMALS)

    def frame(self, quantiles: Sequence[float] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)) -> pd.DataFrame:
        """Columns ``year``, ``mean`` (of the paths) and one ``q0.05``-style column per quantile."""
        import pandas as pd

        found = np.array([self.quantiles(quantiles, int(year)) for year in self.years])
        columns = {f"q{q:g}": found[:, k] for k, q in enumerate(quantiles)}
        return pd.DataFrame({"year": self.years, "mean": self.paths.mean(axis=0), **columns})

    def __repr__(self) -> str:
        return f"<Forecast by {self.model} of {self.years[0]}-{self.years[-1]} from {self.n_points} figures>"

    def _repr_html_(self) -> str:
        """The quantiles of each year as a table, in whole units; what Jupyter shows."""
        table = self.frame((0.1, 0.25, 0.5, 0.75, 0.9)).drop(columns="mean")
        return str(table.to_html(index=False, border=0, float_format="{:,.5g}".format))

    def _column(self, year: int) -> int:
        index = np.flatnonzero(self.years == year)
        if index.size == 0:
            raise KeyError(year)
        return int(index[0])


class Forecaster(Protocol):
    """What every model offers; register it in ``zerobay_analysis.forecast``."""

    name: str
    """Registered name, e.g. ``"reference_class"``."""
    name_zh: str
    """Name shown to users."""
    min_points: int
    """Least number of usable figures; below it the model declines."""

    def forecast(
        self, evidence: Evidence, years: Sequence[int], *, n_paths: int = 20_000, seed: int = 0
    ) -> Forecast:
        """Forecast ``years`` from ``evidence``.

        Raises
        ------
        ForecastDeclined
            With the reason in words, when the evidence is below ``min_points`` or does not
            determine the level.
        """
        ...


def increasing(years: Sequence[int]) -> NDArray[np.int64]:
    """Years of a forecast; a ``ParameterError`` where there are none or they are not in order."""
    wanted = np.asarray(list(years), dtype=np.int64)
    if wanted.size == 0 or (np.diff(wanted) <= 0).any():
        raise ParameterError(message("years_in_order", years=list(years)))
    return wanted


def apply_constraints(
    paths: NDArray[np.float64],
    indicator: Indicator,
    floor: float | NDArray[np.float64] | None = None,
    ceiling: float | NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Sample paths that respect the kind of ``indicator``; pure, ``paths`` stays as it is.

    Parameters
    ----------
    paths : ndarray, shape (n_paths, n_years)
        In the indicator's unit, years in order.
    indicator : Indicator
    floor, ceiling : float or ndarray, shape (n_years,), optional
        What own figures up to each year, and from each year on, allow a ``cumulative`` path at
        least and at most, in the indicator's unit. Where they cross, the floor holds. Ignored
        for the other kinds.

    Returns
    -------
    ndarray, shape (n_paths, n_years)
        ``cumulative``: the running maximum from ``floor``; a ``flow`` is not negative; every
        kind is held within the indicator's bounds. Counts are rounded to the nearest whole
        number (halves up), so "at least 170" on a path means 169.5 or more before rounding.
    """
    constrained = np.array(paths, dtype=float)
    if indicator.kind is Kind.CUMULATIVE:
        if ceiling is not None:
            constrained = np.minimum(constrained, ceiling)
        if floor is not None:
            constrained = np.maximum(constrained, floor)
        constrained = np.maximum.accumulate(constrained, axis=1)
    if indicator.kind is Kind.FLOW:
        constrained = np.maximum(constrained, 0.0)
    if indicator.whole_number:
        constrained = np.floor(constrained + 0.5)
    if indicator.lower is not None or indicator.upper is not None:
        constrained = np.clip(constrained, indicator.lower, indicator.upper)
    return constrained
