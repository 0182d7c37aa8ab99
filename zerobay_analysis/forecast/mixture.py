"""Mixtures of Gaussians on two scales: distribution function, quantiles, central mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["Mixture"]

Array = NDArray[np.float64]

_GRID = np.sinh(np.linspace(-3.6, 3.6, 33))  # stretched: dense in the middle, reaching 18 sd
_TINY = 1e-12


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
            place = np.where(self.plain[:, None, :], x[:, :, None], log_x[:, :, None])
            z = (place - self.mean[:, None, :]) / self.sd[:, None, :]
        return np.asarray(np.matmul(ndtr(z.astype(np.float32)), self.weight[:, :, None])[:, :, 0])

    def _below_zero(self) -> Array:
        """Mass at or below zero before conditioning; shape (n_rows,)."""
        if not self.positive:
            return np.zeros(len(self.unit))
        mass = np.where(self.plain, ndtr(-self.mean / self.sd), 0.0)
        return np.asarray((mass * self.weight).sum(axis=1))

    def cdf(self, y: Array) -> Array:
        """P(Y <= y) for ``y`` of shape (n_rows, m)."""
        below = self._below_zero()[:, None]
        raw = self._raw(np.asarray(y, dtype=np.float64) / self.unit[:, None])
        if not self.positive:
            return raw
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
        q = below + (1.0 - below) * np.asarray(probabilities, dtype=np.float64)[None, :]
        raw = np.maximum.accumulate(self._raw(x), axis=1)
        start, low, high = _interpolate(raw, x, q)
        found = self._polish(start, low, high, q)
        if self.positive:
            found = np.maximum(found, 0.0)
        centre_q = below + (1.0 - below) * _CENTRAL[None, :]
        centre = _interpolate(raw, x, centre_q)[0]
        if self.positive:
            centre = np.maximum(centre, 0.0)
        return found * self.unit[:, None], centre.mean(axis=1) * self.unit

    def _polish(self, x: Array, low: Array, high: Array, q: Array) -> Array:
        """Solve ``F(x) = q`` from ``x`` inside ``[low, high]`` by regula falsi (Illinois)."""
        f_low = self._raw(low) - q
        f_high = self._raw(high) - q
        for _ in range(3):
            f = self._raw(x) - q
            left = f < 0
            low, f_low = np.where(left, x, low), np.where(left, f, f_low)
            high, f_high = np.where(left, high, x), np.where(left, f_high, f)
            gap = f_high - f_low
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(gap > _TINY, low - f_low * (high - low) / gap, x)
            x = np.clip(step, low, high)
        return x


_CENTRAL = 0.005 + 0.99 * (np.arange(33) + 0.5) / 33


def _interpolate(cdf: Array, x: Array, q: Array) -> tuple[Array, Array, Array]:
    """Invert each row by straight lines in normal scores; also the cell that holds the answer."""
    score = ndtri(np.clip(cdf, 1e-9, 1 - 1e-9))
    wanted = ndtri(np.clip(q, 1e-9, 1 - 1e-9))
    right = (cdf[:, None, :] < q[:, :, None]).sum(axis=2).clip(1, x.shape[1] - 1)
    rows = np.arange(len(x))[:, None]
    x0, x1 = x[rows, right - 1], x[rows, right]
    s0, s1 = score[rows, right - 1], score[rows, right]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(s1 > s0, (wanted - s0) / (s1 - s0), 0.5)
    return x0 + np.clip(share, 0.0, 1.0) * (x1 - x0), x0, x1
