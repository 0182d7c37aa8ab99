"""A forecast: sample paths over years, its quantiles and the probability of a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.series import Evidence

__all__ = ["Forecast", "Forecaster"]


@dataclass(frozen=True)
class Forecast:
    """Joint sample paths of one indicator.

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
    """

    model: str
    years: NDArray[np.int64]
    paths: NDArray[np.float64]
    n_points: int
    notes: tuple[str, ...] = field(default=())

    def values(self, year: int) -> NDArray[np.float64]:
        """Sampled values of ``year``; shape (n_paths,). Raises ``KeyError`` for another year."""
        index = np.flatnonzero(self.years == year)
        if index.size == 0:
            raise KeyError(year)
        return self.paths[:, int(index[0])]

    def quantile(self, q: float, year: int) -> float:
        """Quantile ``q`` (0 to 1) of the value of ``year``."""
        return float(np.quantile(self.values(year), q))

    def prob_at_least(self, target: float, year: int) -> float:
        """Probability that the value of ``year`` is at least ``target``."""
        return float(np.mean(self.values(year) >= target))

    def prob_at_most(self, target: float, year: int) -> float:
        """Probability that the value of ``year`` is at most ``target``."""
        return float(np.mean(self.values(year) <= target))

    def frame(self, quantiles: Sequence[float] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)) -> pd.DataFrame:
        """Columns ``year``, ``mean`` and one ``q0.05``-style column per quantile."""
        import pandas as pd

        table = pd.DataFrame({"year": self.years, "mean": self.paths.mean(axis=0)})
        for q in quantiles:
            table[f"q{q:g}"] = np.quantile(self.paths, q, axis=0)
        return table


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
