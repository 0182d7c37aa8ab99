"""How many targets are met together, so that nobody multiplies their probabilities by hand.

Indicators depend on each other through one common factor (an equicorrelated Gaussian copula,
D. X. Li, "On default correlation", 2000): indicator ``i`` is met when
``sqrt(rho) Z + sqrt(1 - rho) e_i <= ndtri(p_i)`` with ``Z`` and ``e_i`` independent standard normal.
Each probability stays as it is whatever ``rho``; given ``Z`` the indicators are independent, so
their number has a Poisson-binomial distribution, and ``Z`` is integrated out on a fixed grid.
``rho`` is an assumption, not an estimate: independence and two strengths are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.errors import ParameterError

Array = NDArray[np.float64]

RHOS = (0.0, 0.3, 0.6)
"""Correlations shown: independent, moderate, strong."""

_GRID = np.linspace(-8.5, 8.5, 1025)
_WEIGHT = np.exp(-0.5 * _GRID**2)
_WEIGHT = _WEIGHT / _WEIGHT.sum()  # trapezoid; for a smooth integrand its error falls faster than any power


def poisson_binomial(probabilities: Array) -> Array:
    """Distribution of the number of successes of independent trials.

    Parameters
    ----------
    probabilities : ndarray, shape (..., n)

    Returns
    -------
    ndarray, shape (..., n + 1)
    """
    n = probabilities.shape[-1]
    distribution = np.zeros((*probabilities.shape[:-1], n + 1))
    distribution[..., 0] = 1.0
    for i in range(n):
        p = probabilities[..., i, None]
        distribution[..., 1 : i + 2] = distribution[..., 1 : i + 2] * (1 - p) + distribution[..., : i + 1] * p
        distribution[..., 0] *= 1 - p[..., 0]
    return distribution


def number_met(probabilities: Sequence[float], rho: float) -> Array:
    """Distribution of the number of targets met.

    Parameters
    ----------
    probabilities : sequence of float
        One per indicator, 0 to 1.
    rho : float
        Correlation of the latent normal variables, 0 to less than 1.

    Returns
    -------
    ndarray, shape (n + 1,)
        Probability of 0, 1, … n targets met. Exact for ``rho = 0``; deterministic otherwise.

    Raises
    ------
    ParameterError
        A probability or ``rho`` is out of range.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if not 0 <= rho < 1:
        raise ParameterError(f"相关系数须在 0 与 1 之间 / rho must be in [0, 1), not {rho!r}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ParameterError(f"概率须在 0 与 1 之间 / probabilities must be in [0, 1], not {probabilities!r}")
    if rho == 0:
        return poisson_binomial(p)
    threshold = ndtri(p)  # minus or plus infinity for 0 and 1, which stay what they are
    given_factor = ndtr((threshold[None, :] - np.sqrt(rho) * _GRID[:, None]) / np.sqrt(1 - rho))
    return np.asarray(_WEIGHT @ poisson_binomial(given_factor))


@dataclass(frozen=True)
class JointOutlook:
    """All targets of one year together, under one strength of dependence.

    Attributes
    ----------
    year : int or None
        ``None``: every target year of an indicator must be met for it to count.
    rho : float
    indicators : tuple of int
        With a probability; the distribution is over these.
    left_out : tuple of int
        Without a probability: nothing is said about them.
    distribution : tuple of float
        Probability of 0, 1, … targets met.
    """

    year: int | None
    rho: float
    indicators: tuple[int, ...]
    left_out: tuple[int, ...]
    distribution: tuple[float, ...]

    @property
    def expected(self) -> float:
        """Expected number of targets met; the same for every ``rho``."""
        return float(sum(k * p for k, p in enumerate(self.distribution)))

    @property
    def p_all(self) -> float | None:
        """Probability that all are met; ``None`` when no indicator has a probability."""
        return self.distribution[-1] if self.indicators else None

    def quantile(self, q: float) -> int:
        """Least number that is met or undercut with probability ``q``."""
        return int(np.searchsorted(np.cumsum(self.distribution), q - 1e-12))


def years_together(outlook: IndicatorOutlook) -> tuple[float, ...]:
    """Probability that 0, 1, … of an indicator's targets are met; empty without a forecast.

    Counted on its sample paths: a path is in time with itself.
    """
    forecast, targets = outlook.forecast, outlook.targets
    if forecast is None:
        return ()
    direction, n_paths = outlook.indicator.direction, len(forecast.paths)
    met = np.zeros(n_paths, dtype=int)
    for target in targets:
        # As many paths as the year's own probability says, the best ones: together never above it.
        best = np.argsort(-direction * forecast.values(target.year), kind="stable")
        met[best[: round(n_paths * forecast.prob_met(target.target, target.year, direction))]] += 1
    return tuple((np.bincount(met, minlength=len(targets) + 1) / n_paths).tolist())


def joint_outlooks(
    outlooks: Iterable[IndicatorOutlook], rhos: Sequence[float] = RHOS
) -> tuple[JointOutlook, ...]:
    """All indicators together: each year, then all years, at each of ``rhos``.

    Raises
    ------
    ParameterError
        A ``rho`` is out of range.
    """
    known = tuple(outlooks)
    years = sorted({target.year for outlook in known for target in outlook.targets})
    cases: list[tuple[int | None, dict[int, float | None]]] = [
        (year, {t.indicator.id: t.p_met for o in known for t in o.targets if t.year == year})
        for year in years
    ]
    every = {o.indicator.id: years_together(o) for o in known}
    cases.append((None, {number: shares[-1] if shares else None for number, shares in every.items()}))
    return tuple(_joint(year, chances, rho) for year, chances in cases for rho in rhos)


def _joint(year: int | None, chances: Mapping[int, float | None], rho: float) -> JointOutlook:
    given = {number: p for number, p in chances.items() if p is not None}
    left_out = tuple(number for number in chances if number not in given)
    shares = tuple(number_met([*given.values()], rho).tolist())
    return JointOutlook(year, rho, tuple(given), left_out, shares)
