"""Bayes' rule for many short exact histories that share the same dates, as matrix products."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.forecast.mixture import Mixture
from zerobay_analysis.forecast.prior import COMPONENT_FIELDS, Components, unit_variogram

Array = NDArray[np.float64]
Index = NDArray[np.int64]

KEPT = 160
"""Hypotheses kept per series; the rest together carry a negligible weight."""
KEPT_JUMPS = 64
"""Of those, how many carry their possible jump ahead as a second Gaussian."""
LONG_AGO = 1000.0
"""Years before the first figure at which the centre of the reference class is read."""
JUMP_WINDOW = 12
"""A past jump is looked for in this many of the latest changes."""


def jump_log_prior(rate: Array, gaps: Array) -> Array:
    """Log prior of no jump and of one jump in each gap between dates.

    Parameters
    ----------
    rate : ndarray, shape (n,)
        Probability of a jump in one year.
    gaps : ndarray, shape (m,)
        Years between consecutive dates.

    Returns
    -------
    ndarray, shape (n, m + 1)
        Column 0: none; column ``1 + i``: one, in gap ``i``. Two or more are left out.
    """
    gaps = np.where(gaps < LONG_AGO / 2, gaps, 0.0)  # no jump from the centre of the class
    calm = np.log1p(-rate)[:, None] * gaps
    with np.errstate(divide="ignore"):
        odds = np.log(-np.expm1(calm)) - calm
    none = np.zeros((len(rate), 1))
    return np.asarray(np.concatenate([none, odds], axis=1) + calm.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _Hypotheses:
    """Components crossed with where their past jump was, if there was one."""

    component: Index  # (n_hypotheses,)
    variant: Index  # (n_hypotheses,): row of the maps
    log_prior: Array  # (n_hypotheses,): weight of the component and of the place


@dataclass(frozen=True)
class _Maps:
    """Linear maps from the changes between dates to likelihood and predictions.

    One row per variant: a shape, with or without a jump in one of the changes.
    """

    whiten: Array  # (n_variants, m, m): changes -> independent unit normals
    log_det: Array  # (n_variants,)
    gain: Array  # (n_variants, n_future, m)
    variance: Array  # (n_variants, n_future)
    drift: Array  # (m,): years between dates
    drift_ahead: Array  # (n_variants, n_future)


class _Key:
    """Components as a key of the cache: the same object is the same prior."""

    def __init__(self, components: Components) -> None:
        self.components = components
        self._hash = hash(tuple(getattr(components, name).tobytes() for name in COMPONENT_FIELDS))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._hash == other._hash


def _hypotheses(components: Components, times: Array) -> tuple[_Hypotheses, NDArray[np.float64]]:
    """Every component without a past jump, and with one in each of the latest changes.

    Also the variants as rows ``shape, jump, change`` (change -1: none).
    """
    gaps = np.diff(times)
    first = max(0, len(gaps) - JUMP_WINDOW)
    every = np.arange(components.count)
    jumping = np.flatnonzero(components.jump > 0)
    places = np.arange(first, len(gaps))
    component = np.concatenate([every, np.repeat(jumping, len(places))])
    place = np.concatenate([np.full(len(every), -1), np.tile(places, len(jumping))])
    place_prior = jump_log_prior(components.jump_rate, gaps[first:])
    column = np.where(place < 0, 0, place - first + 1)
    size = np.where(place < 0, 0.0, components.jump[component])
    rows = np.stack([components.shape[component].astype(np.float64), size, place], axis=1)
    variants, variant = np.unique(rows, axis=0, return_inverse=True)
    log_prior = components.log_weight[component] + place_prior[component, column]
    return _Hypotheses(component, variant.reshape(-1), log_prior), variants


@lru_cache(maxsize=64)
def _prepared(key: _Key, times: tuple[float, ...], ahead: tuple[float, ...]) -> tuple[_Hypotheses, _Maps]:
    """Hypotheses and maps for one pattern of dates; kept, for the next chunk is likely to need them."""
    t = np.asarray(times + ahead, dtype=np.float64)
    n, last = len(times), len(times) - 1
    hypotheses, variants = _hypotheses(key.components, t[:n])
    contrast = np.zeros((len(t) - 1, len(t)))
    steps, future = np.arange(last), np.arange(len(ahead))
    contrast[steps, steps + 1], contrast[steps, steps] = 1.0, -1.0
    contrast[last + future, n + future], contrast[last + future, last] = 1.0, -1.0
    smooth = -0.5 * contrast @ unit_variogram(key.components.shapes, t[:, None] - t[None, :]) @ contrast.T
    covariance = smooth[variants[:, 0].astype(np.int64)]
    jumped = np.flatnonzero(variants[:, 2] >= 0)
    place = variants[jumped, 2].astype(np.int64)
    covariance[jumped, place, place] += variants[jumped, 1] ** 2
    return hypotheses, _linear_maps(covariance, np.diff(t[:n]), t[n:] - t[last])


def _linear_maps(covariance: Array, drift: Array, ahead: Array) -> _Maps:
    """Gaussian conditioning of the future on the first ``len(drift)`` changes."""
    m = len(drift)
    lower = np.linalg.cholesky(covariance[:, :m, :m])
    whiten = np.linalg.inv(lower)
    cross = covariance[:, m:, :m]
    gain = cross @ np.swapaxes(whiten, 1, 2) @ whiten
    variance = np.einsum("jaa->ja", covariance[:, m:, m:]) - np.einsum("jab,jab->ja", gain, cross)
    return _Maps(
        whiten=whiten,
        log_det=2.0 * np.log(np.einsum("jaa->ja", lower)).sum(axis=1),
        gain=gain,
        variance=np.maximum(variance, 1e-10),
        drift=drift,
        drift_ahead=ahead[None, :] - gain @ drift,
    )


@dataclass(frozen=True)
class Posterior:
    """Weights of the likeliest hypotheses of every series and their Gaussian predictions.

    Attributes
    ----------
    component : ndarray of int, shape (n_series, n_kept)
        Which component each hypothesis belongs to.
    weight : ndarray, shape (n_series, n_kept)
        Those that allow a jump ahead stand first, heaviest first.
    mean, sd : ndarray, shape (n_series, n_kept, n_future)
        On the scale of ``log(y / unit)``, or of ``y / unit`` where ``plain``; no jump ahead.
    jump_sd, jump_rate : ndarray, shape (n_series, n_kept)
        Standard deviation and yearly probability of one jump ahead.
    plain : ndarray of bool, shape (n_series, n_kept)
    unit : ndarray, shape (n_series,)
    ahead : ndarray, shape (n_future,)
        Years from the last figure.
    positive : bool
    """

    component: Index
    weight: Array
    mean: Array
    sd: Array
    jump_sd: Array
    jump_rate: Array
    plain: NDArray[np.bool_]
    unit: Array
    ahead: Array
    positive: bool

    def select(self, rows: Index) -> Posterior:
        """The same for some series, in the order given; one may stand several times."""
        names = ("component", "weight", "mean", "sd", "jump_sd", "jump_rate", "plain", "unit")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def mixture(self, step: int) -> Mixture:
        """Distribution of future date number ``step`` of each series."""
        mean, sd = self.mean[:, :, step], self.sd[:, :, step]
        kept = min(KEPT_JUMPS, self.weight.shape[1])
        jumps = 1.0 - (1.0 - self.jump_rate[:, :kept]) ** self.ahead[step]
        jumped = self.weight[:, :kept] * jumps
        weight = self.weight.copy()
        weight[:, :kept] -= jumped
        jump_sd = np.hypot(sd[:, :kept], self.jump_sd[:, :kept])
        return Mixture(
            weight=np.concatenate([weight, jumped], axis=1),
            mean=np.concatenate([mean, mean[:, :kept]], axis=1),
            sd=np.concatenate([sd, jump_sd], axis=1),
            plain=np.concatenate([self.plain, self.plain[:, :kept]], axis=1),
            unit=self.unit,
            positive=self.positive,
        )


def _log_likelihood(
    components: Components, hypotheses: _Hypotheses, maps: _Maps, changes: tuple[Array, Array]
) -> Array:
    """Log density of each series' changes under each hypothesis; (n_series, n_hypotheses)."""
    n_series, m = changes[0].shape
    result = np.zeros((n_series, len(hypotheses.component)))
    if m == 0:
        return result
    ones = maps.whiten @ maps.drift  # (n_variants, m)
    drift_square = (ones**2).sum(axis=1)
    stacked = maps.whiten.reshape(-1, m)
    plain = components.plain[hypotheses.component]
    for on_plain in (False, True):
        part = np.flatnonzero(plain == on_plain)
        if part.size == 0:
            continue
        white = (changes[int(on_plain)] @ stacked.T).reshape(n_series, -1, m)
        square = np.einsum("ija,ija->ij", white, white)
        cross = np.einsum("ija,ja->ij", white, ones)
        variant, component = hypotheses.variant[part], hypotheses.component[part]
        drift, precision = components.drift[component], components.scale[component] ** -2.0
        constant = -0.5 * (
            maps.log_det[variant] - m * np.log(precision) + drift_square[variant] * drift**2 * precision
        )
        result[:, part] = (
            square[:, variant] * (-0.5 * precision) + cross[:, variant] * (drift * precision) + constant
        )
    return result


def _heaviest(log_posterior: Array, jumping: NDArray[np.bool_]) -> tuple[Index, Array]:
    """Which hypotheses are kept of each series and their relative weights, those with a jump first."""
    kept = min(KEPT, log_posterior.shape[1])
    index = np.argpartition(-log_posterior, kept - 1, axis=1)[:, :kept]
    top = np.take_along_axis(log_posterior, index, axis=1)
    weight = np.exp(top - top.max(axis=1, keepdims=True))
    order = np.argsort(-weight * jumping[index], axis=1, kind="stable")
    return np.take_along_axis(index, order, axis=1), np.take_along_axis(weight, order, axis=1)


def posterior(
    components: Components,
    times: tuple[float, ...],
    values: Array,
    ahead: tuple[float, ...],
    *,
    positive: bool,
    unit: Array,
    centre: float | None = None,
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
    centre : float, optional
        Value of the reference class, read :data:`LONG_AGO`; for rates.
    """
    if centre is not None:
        times = (times[0] - LONG_AGO, *times)
        values = np.concatenate([np.full((len(values), 1), centre), values], axis=1)
    scaled = values / unit[:, None]
    logs = np.zeros_like(scaled) if components.plain.all() else np.log(scaled)
    changes = (np.diff(logs, axis=1), np.diff(scaled, axis=1))
    hypotheses, maps = _prepared(_Key(components), times, ahead)
    log_posterior = _log_likelihood(components, hypotheses, maps, changes) + hypotheses.log_prior
    index, weight = _heaviest(log_posterior, components.jump[hypotheses.component] > 0)
    component, variant = hypotheses.component[index], hypotheses.variant[index]
    plain, scale = components.plain[component], components.scale[component]
    rows = np.arange(len(values))[:, None]
    response = np.stack([np.einsum("jhm,im->ijh", maps.gain, change) for change in changes])
    last = np.where(plain, scaled[:, -1:], logs[:, -1:])
    return Posterior(
        component=component,
        weight=weight / weight.sum(axis=1, keepdims=True),
        mean=last[:, :, None]
        + response[plain.astype(np.int64), rows, variant]
        + components.drift[component][:, :, None] * maps.drift_ahead[variant],
        sd=scale[:, :, None] * np.sqrt(maps.variance[variant]),
        jump_sd=scale * components.jump[component],
        jump_rate=components.jump_rate[component],
        plain=plain,
        unit=unit,
        ahead=np.asarray(ahead, dtype=np.float64) - times[-1],
        positive=positive,
    )
