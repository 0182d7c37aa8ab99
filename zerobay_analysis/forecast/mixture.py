"""Mixtures of Gaussians on two scales: distribution function, quantiles, central mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

_GRID = np.sinh(np.linspace(-3.6, 3.6, 33))  # stretched: dense in the middle, reaching 18 sd
_TINY = 1e-12
_TOLERANCE = 2e-3  # error of a quantile's probability, in standard deviations of the event
_LOGIT = np.array(
    [1.42500515e-06, -3.66934362e-05, -8.78265952e-05, 3.63922863e-02, 7.97869712e-01], np.float32
)


def _normal_cdf(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normal distribution function, off by at most 2e-6; overwrites ``z``.

    Half the logit of the normal distribution function is nearly an odd polynomial; numpy's
    hyperbolic tangent is several times faster than scipy's exact function.
    """
    np.clip(z, -20.0, 20.0, out=z)
    square = z * z
    polynomial = np.full_like(square, _LOGIT[0])
    for coefficient in _LOGIT[1:]:
        polynomial *= square
        polynomial += coefficient
    z *= polynomial
    np.tanh(z, out=z)
    z += 1.0
    z *= 0.5
    return z


@dataclass(frozen=True)
class Mixture:
    """One mixture per row, over positive or real values.

    Attributes
    ----------
    weight, mean, sd : ndarray, shape (n_rows, n_components)
        Weights sum to one in each row; ``mean`` and ``sd`` are of ``log(y / unit)`` where
        ``plain`` is False and of ``y / unit`` where it is True.
    plain : ndarray of bool, shape (n_rows, n_components)
    unit : ndarray, shape (n_rows,)
        What a value of 1 stands for.
    positive : bool
        True when the quantity is known to be positive: the mixture is conditioned on it.
    """

    weight: Array
    mean: Array
    sd: Array
    plain: NDArray[np.bool_]
    unit: Array
    positive: bool

    def _raw(self, x: Array) -> Array:
        """Distribution function of ``y / unit`` before conditioning; x has shape (n_rows, m)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            log_x = np.log(np.maximum(x, 0.0))
        slope = (1.0 / self.sd).astype(np.float32)[:, None, :]
        shift = (self.mean / self.sd).astype(np.float32)[:, None, :]
        low = np.float32(-1e4)  # the log of zero, low enough for any component and finite
        logs = np.maximum(log_x.astype(np.float32), low)[:, :, None]
        place = np.where(self.plain[:, None, :], x.astype(np.float32)[:, :, None], logs)
        place *= slope
        place -= shift
        below = np.matmul(_normal_cdf(place), self.weight.astype(np.float32)[:, :, None])
        return np.asarray(np.clip(below[:, :, 0].astype(np.float64), 0.0, 1.0))

    def _exact(self, x: Array) -> Array:
        """The same in double precision: what is printed may not depend on the processor."""
        with np.errstate(divide="ignore"):
            log_x = np.log(np.maximum(x, 0.0))
        place = np.where(self.plain[:, None, :], x[:, :, None], log_x[:, :, None])
        place -= self.mean[:, None, :]
        place /= self.sd[:, None, :]
        return np.asarray((ndtr(place, out=place) * self.weight[:, None, :]).sum(axis=2))

    def _below_zero(self) -> Array:
        """Mass at or below zero before conditioning; shape (n_rows,)."""
        if not self.positive:
            return np.zeros(len(self.unit))
        mass = np.where(self.plain, ndtr(-self.mean / self.sd), 0.0)
        return np.asarray((mass * self.weight).sum(axis=1))

    def cdf(self, y: Array) -> Array:
        """P(Y <= y) for ``y`` of shape (n_rows, m)."""
        below = self._below_zero()[:, None]
        raw = self._exact(np.asarray(y, dtype=np.float64) / self.unit[:, None])
        if not self.positive:
            return np.clip(raw, 0.0, 1.0)
        inside = (raw - below) / np.maximum(1.0 - below, _TINY)
        return np.where(np.asarray(y) > 0, np.clip(inside, 0.0, 1.0), 0.0)

    def _grid(self) -> Array:
        """Points that span each row's mixture, dense around its centre."""
        with np.errstate(over="ignore"):
            level = np.where(self.plain, self.mean, np.exp(np.clip(self.mean, -30, 30)))
        spread = np.where(self.plain, self.sd, level * self.sd)
        centre = (self.weight * level).sum(axis=1)
        width = np.exp((self.weight * np.log(np.maximum(spread, _TINY))).sum(axis=1))
        return np.asarray(centre[:, None] + width[:, None] * _GRID)

    def quantiles(self, probabilities: Array) -> tuple[Array, Array]:
        """Quantiles and the mean of the central 99 %.

        Parameters
        ----------
        probabilities : ndarray, shape (m,)

        Returns
        -------
        quantiles : ndarray, shape (n_rows, m)
        mean : ndarray, shape (n_rows,)
            Mean of the distribution without its outer half percents: the plain mean of a
            log-scale mixture is ruled by its least likely components.
        """
        x = self._grid()
        below = self._below_zero()[:, None]
        wanted = np.concatenate([np.asarray(probabilities, dtype=np.float64), _CENTRAL])
        q = below + (1.0 - below) * wanted[None, :]
        raw = np.maximum.accumulate(self._raw(x), axis=1)
        found, error = self._polished(_cells(raw, x, q), q)
        rest = np.asarray((error > _TOLERANCE).any(axis=1))
        if rest.any():
            found[rest] = self._rows(rest)._bisected(q[rest])
        if self.positive:
            found = np.maximum(found, 0.0)
        found, ends = found[:, : -len(_CENTRAL)], found[:, -len(_CENTRAL) :]
        mean = self._mean_between(ends) / ((1.0 - below[:, 0]) * (_CENTRAL[1] - _CENTRAL[0]))
        # The place of each probability among them in ascending order, the same in every row.
        rank = np.argsort(np.argsort(q[0, : found.shape[1]], kind="stable"), kind="stable")
        return np.sort(found, axis=1)[:, rank] * self.unit[:, None], mean * self.unit

    def _mean_between(self, ends: Array) -> Array:
        """Integral of ``y / unit`` between two values; ``ends`` has shape (n_rows, 2)."""
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(ends, 0.0))
        place = np.where(self.plain[:, None, :], ends[:, :, None], logs[:, :, None])
        z = (place - self.mean[:, None, :]) / self.sd[:, None, :]
        on_log = np.exp(np.clip(self.mean + self.sd**2 / 2, -700, 700))
        on_log = on_log * np.diff(ndtr(z - self.sd[:, None, :]), axis=1)[:, 0]
        density = np.exp(-0.5 * np.minimum(z**2, 1400.0)) / np.sqrt(2 * np.pi)
        flat = self.mean * np.diff(ndtr(z), axis=1)[:, 0] - self.sd * np.diff(density, axis=1)[:, 0]
        return np.asarray((self.weight * np.where(self.plain, flat, on_log)).sum(axis=1))

    def _rows(self, rows: NDArray[np.bool_]) -> Mixture:
        """The same for some rows."""
        parts = ("weight", "mean", "sd", "plain", "unit")
        return replace(self, **{name: getattr(self, name)[rows] for name in parts})

    def _polished(self, cells: tuple[Array, ...], q: Array) -> tuple[Array, Array]:
        """Solve ``F(x) = q`` inside the cells by false position in normal scores; also the error.

        The last steps are in double precision, so that the one before them leaves no trace.
        """
        x, low, high, s_low, s_high = cells
        wanted = _score(q)
        for distribution in (self._raw, self._exact):
            s = _score(distribution(x))
            left = s < wanted
            low, s_low = np.where(left, x, low), np.where(left, s, s_low)
            high, s_high = np.where(left, high, x), np.where(left, s_high, s)
            gap = s_high - s_low
            with np.errstate(divide="ignore", invalid="ignore"):
                x = np.where(gap > 1e-6, low + (wanted - s_low) * (high - low) / gap, x)
            x = np.clip(x, low, high)
        f = self._exact(x)
        s = _score(f)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(gap > 1e-6, (high - low) / gap, 0.0)
        return np.clip(x + (wanted - s) * slope, low, high), np.abs(f - q) / np.sqrt(q * (1 - q))

    def _bisected(self, q: Array) -> Array:
        """Solve ``F(x) = q`` between the least and the greatest quantile of the components."""
        z = ndtri(np.clip(q, 1e-12, 1 - 1e-12))[:, :, None]
        own = self.mean[:, None, :] + self.sd[:, None, :] * z
        own = np.where(self.plain[:, None, :], own, np.exp(np.clip(own, -700, 700)))
        low, high = own.min(axis=2), own.max(axis=2)
        for _ in range(45):
            middle = np.where((low > 0) & (high > 4 * low), np.sqrt(np.abs(low * high)), (low + high) / 2)
            less = self._exact(middle) < q
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return np.asarray((low + high) / 2)


_CENTRAL = np.array([0.005, 0.995])


def _score(p: Array) -> Array:
    """Normal score of probabilities; finite at 0 and 1."""
    return np.asarray(ndtri(np.clip(p, 1e-9, 1 - 1e-9)))


def _cells(cdf: Array, x: Array, q: Array) -> tuple[Array, ...]:
    """Cells of a grid that hold each row's quantiles.

    Returns
    -------
    start, low, high, s_low, s_high : ndarray
        A first guess inside each, on a straight line in normal scores; its ends; the normal scores of
        the distribution function there.
    """
    right = (cdf[:, None, :] < q[:, :, None]).sum(axis=2).clip(1, x.shape[1] - 1)
    rows = np.arange(len(x))[:, None]
    low, high = x[rows, right - 1], x[rows, right]
    s_low, s_high = _score(cdf[rows, right - 1]), _score(cdf[rows, right])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(s_high > s_low, (_score(q) - s_low) / (s_high - s_low), 0.5)
    return low + np.clip(share, 0.0, 1.0) * (high - low), low, high, s_low, s_high
