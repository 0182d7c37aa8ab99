"""Bayes' rule for many short exact histories that share the same dates, as matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.forecast.components import Components, unit_variogram
from zerobay_analysis.forecast.mixture import Mixture

__all__ = ["Posterior", "posterior"]

Array = NDArray[np.float64]

KEPT = 192
"""Components kept per series; the rest together carry a negligible weight."""


@dataclass(frozen=True)
class _Maps:
    """Linear maps from the changes between dates to likelihood and predictions, per shape."""

    whiten: Array  # (n_shapes, m, m): changes -> independent unit normals
    log_det: Array  # (n_shapes,)
    gain: Array  # (n_shapes, n_future, m)
    variance: Array  # (n_shapes, n_future)
    drift: Array  # (m,): years between dates
    drift_ahead: Array  # (n_shapes, n_future)


@lru_cache(maxsize=256)
def _maps(shapes_key: bytes, n_shapes: int, times: tuple[float, ...], ahead: tuple[float, ...]) -> _Maps:
    shapes = np.frombuffer(shapes_key).reshape(n_shapes, -1)
    t = np.asarray(times + ahead, dtype=np.float64)
    n, last = len(times), len(times) - 1
    contrast = np.zeros((len(t) - 1, len(t)))
    steps = np.arange(last)
    contrast[steps, steps + 1], contrast[steps, steps] = 1.0, -1.0
    future = np.arange(len(ahead))
    contrast[last + future, n + future], contrast[last + future, last] = 1.0, -1.0
    covariance = -0.5 * contrast @ unit_variogram(shapes, t[:, None] - t[None, :]) @ contrast.T
    past, cross, later = covariance[:, :last, :last], covariance[:, last:, :last], covariance[:, last:, last:]
    lower = np.linalg.cholesky(past)
    whiten = np.linalg.inv(lower)
    gain = cross @ np.swapaxes(whiten, 1, 2) @ whiten
    explained = np.einsum("jab,jab->ja", gain, cross)
    variance = np.einsum("jaa->ja", later) - explained
    drift = np.diff(t[:n])
    return _Maps(
        whiten=whiten,
        log_det=2.0 * np.log(np.einsum("jaa->ja", lower)).sum(axis=1),
        gain=gain,
        variance=np.maximum(variance, 1e-10),
        drift=drift,
        drift_ahead=(t[n:] - t[last])[None, :] - gain @ drift,
    )


@dataclass(frozen=True)
class Posterior:
    """Component weights of every series and their Gaussian predictions.

    Attributes
    ----------
    weight : ndarray, shape (n_series, n_kept)
    mean, sd : ndarray, shape (n_series, n_kept, n_future)
        On the scale of ``log(y / unit)``, or of ``y / unit`` where ``plain``.
    plain : ndarray of bool, shape (n_series, n_kept)
    unit : ndarray, shape (n_series,)
    positive : bool
    """

    weight: Array
    mean: Array
    sd: Array
    plain: NDArray[np.bool_]
    unit: Array
    positive: bool

    def select(self, rows: NDArray[np.int64]) -> Posterior:
        """The same for some rows, in the order given; a row may stand several times."""
        return Posterior(
            self.weight[rows],
            self.mean[rows],
            self.sd[rows],
            self.plain[rows],
            self.unit[rows],
            self.positive,
        )

    def mixture(self, step: int) -> Mixture:
        """Distribution of future date number ``step`` of each series."""
        return Mixture(
            self.weight, self.mean[:, :, step], self.sd[:, :, step], self.plain, self.unit, self.positive
        )


def _log_likelihood(components: Components, maps: _Maps, changes: tuple[Array, Array]) -> Array:
    """Log density of each series' changes under each component; (n_series, n_components)."""
    n_series, m = changes[0].shape
    result = np.zeros((n_series, components.count))
    if m == 0:
        return result
    ones = maps.whiten @ maps.drift  # (n_shapes, m)
    drift_square = (ones**2).sum(axis=1)
    stacked = maps.whiten.reshape(-1, m)
    for on_plain in (False, True):
        part = np.flatnonzero(components.plain == on_plain)
        if part.size == 0:
            continue
        white = (changes[int(on_plain)] @ stacked.T).reshape(n_series, -1, m)
        square = np.einsum("ija,ija->ij", white, white)
        cross = np.einsum("ija,ja->ij", white, ones)
        shape, drift = components.shape[part], components.drift[part]
        precision = components.scale[part] ** -2.0
        constant = -0.5 * (
            maps.log_det[shape] - m * np.log(precision) + drift_square[shape] * drift**2 * precision
        )
        result[:, part] = (
            square[:, shape] * (-0.5 * precision) + cross[:, shape] * (drift * precision) + constant
        )
    return result


def posterior(
    components: Components,
    times: tuple[float, ...],
    values: Array,
    ahead: tuple[float, ...],
    *,
    positive: bool,
    unit: Array,
) -> Posterior:
    """Condition every component on each row of ``values``.

    Parameters
    ----------
    times : tuple of float
        Dates of the columns of ``values``, increasing, in years.
    values : ndarray, shape (n_series, n_times)
        Strictly positive unless every component is on the plain scale.
    ahead : tuple of float
        Dates wanted, all after the last of ``times``.
    positive : bool
        Whether predictions are conditioned on being positive.
    unit : ndarray, shape (n_series,)
        Each series is divided by its unit first. With the geometric mean of the series as unit,
        likelihoods on the two scales compare directly: the Jacobian of the log is one
        (Box and Cox 1964).
    """
    scaled = values / unit[:, None]
    plain_changes = np.diff(scaled, axis=1)
    logs = np.zeros_like(scaled) if components.plain.all() else np.log(scaled)
    changes = (np.diff(logs, axis=1), plain_changes)
    maps = _maps(components.shapes.tobytes(), len(components.shapes), times, ahead)
    log_posterior = _log_likelihood(components, maps, changes) + components.log_weight
    kept = min(KEPT, components.count)
    index = np.argpartition(-log_posterior, kept - 1, axis=1)[:, :kept]
    top = np.take_along_axis(log_posterior, index, axis=1)
    weight = np.exp(top - top.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    shape, plain = components.shape[index], components.plain[index]
    rows = np.arange(len(values))[:, None]
    response = np.stack([np.einsum("jhm,im->ijh", maps.gain, change) for change in changes])
    last = np.where(plain, scaled[:, -1:], logs[:, -1:])
    mean = (
        last[:, :, None]
        + response[plain.astype(np.int64), rows, shape]
        + components.drift[index][:, :, None] * maps.drift_ahead[shape]
    )
    sd = components.scale[index][:, :, None] * np.sqrt(maps.variance[shape])
    return Posterior(weight, mean, sd, plain, unit, positive)
