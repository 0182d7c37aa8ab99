"""The reference class as data: Gaussian components, their variograms and learned weights."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMPONENT_FIELDS", "Components", "unit_variogram"]

Array = NDArray[np.float64]


def unit_variogram(shapes: Array, lags: Array) -> Array:
    """Variance of ``Y(t) - Y(u)`` around its drift, for components of scale 1.

    Parameters
    ----------
    shapes : ndarray, shape (n_shapes, 7)
        One row per shape; columns ``walk, slope_variance, slope_decay, level_variance, level_decay,
        noise, trend_variance``, defined in METHODOLOGY.md.
    lags : ndarray of float, any shape
        ``t - u`` in years; the sign does not matter.

    Returns
    -------
    ndarray, shape (n_shapes, *lags.shape)
        Sum of a random walk, an integrated Ornstein-Uhlenbeck slope, an Ornstein-Uhlenbeck
        level, a reading error of each date, and a slope that is constant but unknown.
    """
    lag = np.abs(np.asarray(lags, dtype=np.float64))
    column = (slice(None),) + (None,) * lag.ndim
    walk, slope, slope_decay, level, level_decay, noise, trend = (row[column] for row in shapes.T)
    rate = -np.log(slope_decay)
    smooth = 2.0 * (rate * lag + np.expm1(-rate * lag)) / rate**2
    reverting = -2.0 * np.expm1(np.log(level_decay) * lag)
    return np.asarray(
        walk * lag + slope * smooth + level * reverting + 2.0 * noise * (lag > 1e-9) + trend * lag**2
    )


@dataclass(frozen=True)
class Components:
    """A mixture of Gaussian processes with stationary increments.

    Component ``k`` has drift ``drift[k]`` a year and variogram
    ``scale[k] ** 2 * unit_variogram(shapes[shape[k]])`` on its own scale of measurement.

    Attributes
    ----------
    shapes : ndarray, shape (n_shapes, 7)
        Columns as :func:`unit_variogram` takes them; the one-year variogram without the trend column is 1.
    shape : ndarray of int, shape (n_components,)
        Row of ``shapes``.
    scale : ndarray, shape (n_components,)
        Standard deviation of a year's change.
    drift : ndarray, shape (n_components,)
        Mean change a year.
    plain : ndarray of bool, shape (n_components,)
        True on the plain scale, False on the log scale.
    log_weight : ndarray, shape (n_components,)
        Log of the learned prior weight.
    jump : ndarray, shape (n_components,)
        Standard deviation of a lasting jump of the level, as a multiple of ``scale``; 0 where the
        component has none.
    jump_rate : ndarray, shape (n_components,)
        Probability of a jump in any one year; at most one in the past and one ahead count.
    """

    shapes: Array
    shape: NDArray[np.int64]
    scale: Array
    drift: Array
    plain: NDArray[np.bool_]
    log_weight: Array
    jump: Array
    jump_rate: Array

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.scale)

    def take(self, rows: NDArray[np.int64]) -> Components:
        """Some of the components, their weights as they are."""
        return replace(
            self, **{name: getattr(self, name)[rows] for name in COMPONENT_FIELDS if name != "shapes"}
        )


COMPONENT_FIELDS = tuple(field.name for field in fields(Components))
