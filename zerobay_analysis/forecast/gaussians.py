"""A mixture of joint Gaussian predictions over years, and its distribution in each year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

_NO_VARIANCE = 1e-14
"""Variance, in units of the series, below which only rounding is left of it: the year is known."""
_MIN_SD = 1e-11
"""Standard deviation that stands for none."""
_CERTAIN = 1e-9
"""Probability of being above a bound, short of one, that is not worth conditioning on."""
_MIN_REACH = 1e-6
"""Least probability of a bound that can be conditioned on; below it the values move to the bound."""
_HALVINGS = 50
"""Halvings of the range between the components' own quantiles: to the last digits of a double."""
_FARTHEST = 10.0
"""Standard deviations within which every quantile is looked for."""
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)
_NODES, _NODE_WEIGHTS = (_NODES + 1) / 2, _NODE_WEIGHTS / 2
_PARTS = ("weight", "mean", "covariance", "plain")
"""What :class:`Gaussians` holds of each component."""


@dataclass(frozen=True)
class Marginal:
    """Distribution of one year's value: a Gaussian mixture on two scales, cut off below.

    Everything is in double precision and follows from sums over the components: a last bit that
    differs between processors stays a last bit.

    Attributes
    ----------
    weight, mean, sd : ndarray, shape (n_components,)
        Weights sum to one; ``mean`` and ``sd`` are of ``log(y / unit)`` where ``plain`` is False
        and of ``y / unit`` where it is True.
    plain : ndarray of bool, shape (n_components,)
    unit : float
        What a value of 1 stands for.
    lower : float
        The value is known to lie above; minus infinity where nothing is known.
    earlier : tuple of (ndarray, ndarray) or None
        For the greatest value up to this year: the probability that no year before lies above a
        value if this year does not, at some values in ascending order; linear between them.
    """

    weight: Array
    mean: Array
    sd: Array
    plain: NDArray[np.bool_]
    unit: float
    lower: float
    earlier: tuple[Array, Array] | None = None

    def at_least(self, values: Array) -> Array:
        """P(Y >= value) for each of ``values``; same shape."""
        above = np.minimum(self._above(np.maximum(values, self.lower)) / self._reach, 1.0)
        if self.earlier is None:
            return above
        return 1.0 - (1.0 - above) * np.interp(values, *self.earlier, left=0.0)

    def quantiles(self, probabilities: Array) -> Array:
        """Quantiles at ``probabilities`` strictly between 0 and 1; same shape."""
        asked = np.asarray(probabilities, dtype=np.float64)
        if asked.tobytes() not in self._found:  # the same few are asked for by every table and chart
            self._found[asked.tobytes()] = self._find(1.0 - asked)
        return self._found[asked.tobytes()].copy()

    @cached_property
    def _found(self) -> dict[bytes, Array]:
        return {}

    def _find(self, above: Array) -> Array:
        own = self.mean[:, None] - self.sd[:, None] * ndtri(above * self._reach)
        top = own if self.earlier is None else self.mean[:, None] + self.sd[:, None] * _FARTHEST
        low, high = self._to_scale(own).min(axis=0), self._to_scale(top).max(axis=0) + 0.0 * above
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            short = self.at_least(self._from_scale(middle)) > above
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.maximum(self._from_scale((low + high) / 2), self.lower)

    @cached_property
    def _reach(self) -> float:
        return float(self._above(np.array([self.lower]))[0])

    def greatest(self, own: Array, before: Array) -> Marginal:
        """Distribution of the greater of this year's value and the greatest of the years before.

        Parameters
        ----------
        own, before : ndarray, shape (n_paths,)
            Sampled jointly: how the two hang together is read from them.
        """
        from scipy.optimize import isotonic_regression

        both = np.sort(np.maximum(own, before))
        values = np.unique(both[np.linspace(0, len(both) - 1, 513).astype(np.int64)])
        rank = np.maximum(np.searchsorted(np.sort(own), values, side="right"), 1)
        share = np.searchsorted(both, values, side="right") / rank
        return replace(self, earlier=(values, np.minimum(isotonic_regression(share, weights=rank).x, 1.0)))

    def held(self) -> Marginal:
        """Itself; all at ``lower`` where next to nothing lies above it."""
        if self._reach > _MIN_REACH:
            return self
        least = self.lower / self.unit
        mean = np.where(self.plain, least, np.log(max(least, 1e-300)))
        return replace(self, mean=mean, sd=np.full_like(self.sd, _MIN_SD), lower=min(self.lower, 0.0))

    def _above(self, values: Array) -> Array:
        """P(Y >= value) before the cut."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(values / self.unit, 0.0))
        place = np.where(self.plain, (values / self.unit)[..., None], logs[..., None])
        return np.asarray((ndtr((self.mean - place) / self.sd) * self.weight).sum(axis=-1))

    def _to_scale(self, own: Array) -> Array:
        """Component quantiles on the scale of the search: logs where the value is positive."""
        if self.lower < 0:
            return own
        least = max(self.lower / self.unit, 1e-300)
        logs = np.log(np.maximum(own, least))
        return np.asarray(np.maximum(np.where(self.plain[:, None], logs, own), np.log(least)))

    def _from_scale(self, place: Array) -> Array:
        return np.asarray((place if self.lower < 0 else np.exp(np.clip(place, -700, 700))) * self.unit)


@dataclass(frozen=True)
class Gaussians:
    """Joint Gaussian predictions of several years, one row per component.

    Attributes
    ----------
    weight : ndarray, shape (rows,)
        Sums to one.
    mean : ndarray, shape (rows, n_years)
        Of ``log(y / unit)`` where ``plain`` is False and of ``y / unit`` where it is True.
    covariance : ndarray, shape (rows, n_years, n_years)
    plain : ndarray of bool, shape (rows,)
    unit : float
    positive : bool
        True when every year's value is known to be positive.
    """

    weight: Array
    mean: Array
    covariance: Array
    plain: NDArray[np.bool_]
    unit: float
    positive: bool

    def with_jumps(self, sd: Array, rate: Array, ahead: Array) -> Gaussians:
        """Each component with at most one lasting jump at an unknown date after the last figure.

        Parameters
        ----------
        sd, rate : ndarray, shape (rows,)
            Standard deviation of a jump, and its probability in one year.
        ahead : ndarray, shape (n_years,)
            How far each year lies after the last figure; increasing.
        """
        calm = (1.0 - rate)[:, None] ** np.maximum(np.concatenate([[0.0], ahead]), 0.0)
        before = calm[:, :-1] - calm[:, 1:]  # probability of a jump in the time before each year
        parts = [replace(self, weight=self.weight * calm[:, -1])]
        for first in np.flatnonzero(ahead > 0):
            rows = np.flatnonzero((sd > 0) & (before[:, first] > 0))
            reached = (np.arange(len(ahead)) >= first).astype(np.float64)
            part, jump = self._take(rows), (sd[rows] ** 2)[:, None, None] * np.outer(reached, reached)
            weight, covariance = part.weight * before[rows, first], part.covariance + jump
            parts.append(replace(part, weight=weight, covariance=covariance))
        return self._joined(parts)

    def given(self, bounds: Array, column: int) -> Marginal:
        """Distribution of one year, each year's value known to be at least its bound.

        Parameters
        ----------
        bounds : ndarray, shape (n_years,)
            Minus infinity where nothing is known.
        column : int
        """
        joint = self
        for other in np.flatnonzero(bounds > -np.inf):
            if other != column:
                joint = joint._above(int(other), bounds[other])
        lower = max(bounds[column], 0.0) if self.positive else bounds[column]
        mean, sd = joint.mean[:, column], joint._sd(column)
        return Marginal(joint.weight, mean, sd, joint.plain, self.unit, lower).held()

    def _above(self, column: int, bound: float) -> Gaussians:
        """Conditioned on one year's value being at least ``bound``, for use in the other years.

        The year itself is spread over the nodes of a Gauss-Legendre rule; given its value the
        other years are Gaussian again.
        """
        with np.errstate(divide="ignore"):
            log = np.log(max(bound / self.unit, 0.0))
        sd = self._sd(column)
        reach = ndtr((self.mean[:, column] - np.where(self.plain, bound / self.unit, log)) / sd)
        if (self.weight * reach).sum() <= _MIN_REACH:
            return self
        sure = reach > 1.0 - _CERTAIN
        rows = np.flatnonzero(~sure & (self.weight * reach > 0))
        kept = self._take(np.flatnonzero(sure))
        nodes = -ndtri(reach[rows, None] * _NODES) * sd[rows, None]  # from the mean
        gain = self.covariance[rows, :, column] / sd[rows, None] ** 2
        known = gain[:, :, None] * gain[:, None, :] * (sd[rows] ** 2)[:, None, None]
        cut = self._take(np.repeat(rows, len(_NODES)))
        cut = replace(
            cut,
            weight=(self.weight[rows, None] * reach[rows, None] * _NODE_WEIGHTS).ravel(),
            mean=cut.mean + (nodes[:, :, None] * gain[:, None, :]).reshape(cut.mean.shape),
            covariance=np.repeat(self.covariance[rows] - known, len(_NODES), axis=0),
        )
        return self._joined([kept, cut])

    def paths(self, n: int, rng: np.random.Generator) -> Array:
        """Joint sample paths, conditioned on staying positive where that is known.

        Returns
        -------
        ndarray, shape (n, n_years)
            In the unit of the series, in random order.
        """
        root = _root(self.covariance)
        found: list[Array] = []
        missing = n
        for _ in range(20):
            pick = _systematic(self.weight, missing, rng)
            draw = rng.standard_normal((missing, root.shape[1]))
            paths = self.mean[pick]
            for column in range(root.shape[1]):
                paths[:, column] += (root[pick, column, : column + 1] * draw[:, : column + 1]).sum(axis=1)
            if self.positive:
                on_log = ~self.plain[pick]
                paths[on_log] = np.exp(np.clip(paths[on_log], -700, 700))
                paths = paths[(paths > 0).all(axis=1)]
            found.append(paths)
            missing -= len(paths)
            if missing == 0:
                break
        paths = np.concatenate(found)
        if missing:
            paths = paths[rng.integers(0, len(paths), n)]
        return np.asarray(rng.permutation(paths, axis=0)) * self.unit

    def _sd(self, column: int) -> Array:
        variance = self.covariance[:, column, column]
        return np.sqrt(np.where(variance > _NO_VARIANCE, variance, _MIN_SD**2))

    def _take(self, rows: NDArray[np.int64]) -> Gaussians:
        """Some of the components, their weights as they are."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _PARTS})

    def _joined(self, parts: list[Gaussians]) -> Gaussians:
        """Components of all parts, weights renormalised."""
        joined: dict[str, Any] = {of: np.concatenate([getattr(part, of) for part in parts]) for of in _PARTS}
        joined["weight"] /= joined["weight"].sum()
        return replace(self, **joined)


def _root(covariance: Array) -> Array:
    """Lower Cholesky factor of each matrix, in the order of the years.

    Unlike eigenvectors it is unique, so that paths do not depend on the processor. A year that is
    known, alone or given the years before it, has a column of zeros.
    """
    root = np.zeros_like(covariance)
    for k in range(covariance.shape[1]):
        rest = covariance[:, :, k] - (root[:, :, :k] * root[:, k : k + 1, :k]).sum(axis=2)
        left = rest[:, k] > _NO_VARIANCE
        scale = np.where(left, 1.0 / np.sqrt(np.where(left, rest[:, k], 1.0)), 0.0)
        root[:, k:, k] = rest[:, k:] * scale[:, None]
    return root


def _systematic(weight: Array, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Component of each path, by systematic sampling: counts are within one of ``n * weight``."""
    ladder = (np.arange(n) + rng.random()) / n
    return np.minimum(np.searchsorted(np.cumsum(weight), ladder), len(weight) - 1)
