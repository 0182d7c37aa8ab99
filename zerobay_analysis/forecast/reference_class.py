"""The default forecaster: a prior learned from thousands of short histories, updated by Bayes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ForecastDeclined, ParameterError, message
from zerobay_analysis.forecast.gaussians import Gaussians
from zerobay_analysis.forecast.in_year import year_readings
from zerobay_analysis.forecast.panel import law_of, unit_of
from zerobay_analysis.forecast.posterior import JUMP_WINDOW, LONG_AGO, jump_log_prior
from zerobay_analysis.forecast.predictive import Forecast, YearDistribution, apply_constraints, increasing
from zerobay_analysis.forecast.prior import (
    ClassShares,
    Components,
    Learned,
    as_shares,
    load_prior,
    unit_variogram,
)
from zerobay_analysis.forecast.readings import Readings, read
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence

Array = NDArray[np.float64]

PROXY_OFFSET_SD = {"level": 10.0, "rate": 100.0}
"""Offset of another definition or area, in log units or in own units (of a rate in percentage points): in
effect unknown."""
DOUBTFUL_OFFSET_SD = {"level": 0.4, "rate": 10.0}
"""Offset of a doubtful figure if its definition did change, likewise: a factor of about 1.5 either way."""
OFFSET_DRIFT = {"level": 0.03, "rate": 0.5}
"""How far an offset drifts from one date to another, in log units or in percentage points: no
two definitions move in exact parallel, and figures that did not would leave no model possible."""
SOURCE_SD = {"level": 0.003, "rate": 0.05}
"""How far two sources of one definition differ by rounding, in the same units: what a doubtful
figure is off when its definition did not change."""
MAX_DOUBTFUL_GROUPS = 5
"""Doubtful groups weighed both ways; of more, the earlier ones keep an offset."""
NEGLIGIBLE = 1e-7
"""Posterior weight below which a hypothesis is left out of the paths."""

UNLIKE = (0.25, 4.75)
"""Beta law of the share of indicators that are not like the class they name: a twentieth, little known."""
EVEN = 0.5
"""Dirichlet law of the classes of those that are not: so much for each class beforehand."""
ROUNDS = 50


_Scale = tuple[Array, Array]
"""Readings and their variance on one scale of measurement; each of shape (n,)."""


@dataclass(frozen=True)
class _Gaussian:
    """Components of one scale, crossed with the place of their past jump: one row each.

    Before the readings' own errors, which depend on what the doubtful groups are taken for.
    """

    components: Components  # one per row
    number: NDArray[np.int64]  # (rows,): of the component
    variance: Array  # (n,): of the readings' own errors, on this scale
    others: NDArray[np.int64]  # (m,): the readings but the anchor
    log_prior: Array  # (rows,)
    covariance: Array  # (rows, m + n_years, m + n_years), of differences from the anchor
    innovation: Array  # (rows, m): readings minus anchor minus drift
    centre: Array  # (rows, n_years): anchor plus drift


class ReferenceClass:
    """Gaussian components with weights learned from the reference class, updated exactly.

    The model and its sources are in METHODOLOGY.md. The forecast is of the figure as it will be
    reported for the end of each year (or for the year), with its own reading error.

    Parameters
    ----------
    reference_class : str or tuple of (str, float), optional
        The class to use, or several with their shares; by default the one that the indicator
        names.

    Raises
    ------
    ParameterError
        When there is no such class; the message lists those there are.
    """

    name = "reference_class"
    name_zh = "参照类模型"
    min_points = 1

    def __init__(self, reference_class: str | ClassShares | None = None) -> None:
        self.shares = None if reference_class is None else as_shares(reference_class)

    def forecast(
        self, evidence: Evidence, years: Sequence[int], *, n_paths: int = 20_000, seed: int = 0
    ) -> Forecast:
        """Forecast ``years`` from ``evidence``; see :class:`Forecaster`.

        Raises
        ------
        ForecastDeclined
            When no figure informs the level.
        ParameterError
            When ``years`` is empty or not strictly increasing, or ``n_paths`` is below 1.
        """
        wanted = increasing(years)
        if n_paths < 1:
            raise ParameterError(message("too_few_paths", given=n_paths))
        in_year = year_readings(evidence)
        readings = read(in_year.evidence)
        shares = self.shares or as_shares(evidence.indicator.reference_class)
        law = _law_of(evidence.indicator, readings)
        components = getattr(load_prior(), law).at(readings.figures, shares)
        joint, jump_sd, jump_rate = _condition(components, readings, wanted.astype(np.float64), law)
        joint = joint.with_jumps(jump_sd, jump_rate, wanted - readings.time.max())
        floor, ceiling = _limits(wanted, readings)
        counted = in_year.floors(years)
        rng = np.random.default_rng(seed)
        paths = in_year.conditioned(joint.paths(n_paths, rng), years, rng)
        free = [joint.given(counted, column) for column in range(len(wanted))]
        if evidence.indicator.kind is Kind.CUMULATIVE:
            reached = np.maximum.accumulate(np.minimum(paths, ceiling), axis=1)
            free[1:] = [
                of.greatest(own, before)
                for of, own, before in zip(free[1:], paths.T[1:], reached.T, strict=False)
            ]
        return Forecast(
            model=self.name,
            years=wanted,
            paths=apply_constraints(paths, evidence.indicator, floor, ceiling),
            n_points=len(readings.time),
            notes=(*readings.notes, *in_year.notes),
            distributions=tuple(
                YearDistribution(of, evidence.indicator, low, high)
                for of, low, high in zip(free, floor, ceiling, strict=True)
            ),
        )


def class_evidence(evidence: Evidence) -> dict[str, float]:
    """Log of how likely an indicator's figures are under each class; empty where they say nothing.

    Raises
    ------
    ForecastDeclined
        When no figure informs the level.
    """
    readings = read(year_readings(evidence).evidence)
    if readings.figures < 2:
        return {}
    law = _law_of(evidence.indicator, readings)
    part: Learned = getattr(load_prior(), law)
    flat = replace(part.components, log_weight=np.zeros(part.components.count))
    weighed, _ = _weighed(flat, readings, readings.time[-1:] + 1.0, law)
    number = np.concatenate([of.number for of, *_ in weighed])
    weight = np.concatenate([weight for *_, weight in weighed])
    likely = np.bincount(number, np.exp(weight - weight.max()), flat.count)
    return {
        name: float(np.log(np.exp(part.at(readings.figures, as_shares(name)).log_weight) @ likely))
        for name in load_prior().quantity.log_weight
    }


def pooled_shares(evidence: Iterable[Evidence]) -> dict[int, ClassShares]:
    """Shares of the classes for each indicator of one ledger, by its number.

    Each indicator is like the class it names, or one drawn from the ledger's own law of
    classes; both are learned from the likelihood of all indicators' figures under every class, by EM
    with a prior. What an indicator's own figures say of its class is left to its forecast, which
    weighs the shares by their likelihood. One thin indicator stays with the class it names.

    Raises
    ------
    ParameterError
        When an indicator names a class that there is not.
    """
    known = tuple(evidence)
    classes = list(load_prior().quantity.log_weight)
    own = np.array([classes.index(as_shares(one.indicator.reference_class)[0][0]) for one in known])
    likely = np.zeros((len(known), len(classes)))
    told = np.zeros(len(known), dtype=bool)
    for row, one in enumerate(known):
        try:
            found = class_evidence(one)
        except ForecastDeclined:
            continue
        if found:
            told[row], likely[row] = True, [found[name] for name in classes]
    likely = np.exp(likely - likely.max(axis=1, keepdims=True, initial=-np.inf))
    rows = np.flatnonzero(told)
    # From a half, which only the figures of several indicators can hold up.
    unlike, law = 0.5 if rows.size else 0.0, np.full(len(classes), 1 / len(classes))
    for _ in range(ROUNDS if rows.size else 0):
        unlike_likely = unlike * law * likely[rows]
        total = unlike_likely.sum(axis=1) + (1 - unlike) * likely[rows, own[rows]]
        part = unlike_likely / total[:, None]
        unlike = (UNLIKE[0] + part.sum()) / (sum(UNLIKE) + rows.size)
        law = (EVEN + part.sum(axis=0)) / (EVEN * len(classes) + part.sum())
    shares = {}
    for row, one in enumerate(known):
        share = unlike * law + (1 - unlike) * (np.arange(len(classes)) == own[row])
        shares[one.indicator.id] = tuple(zip(classes, share.tolist(), strict=True))
    return shares


def _law_of(indicator: Indicator, readings: Readings) -> str:
    """The part of the prior for this indicator, as :func:`~zerobay_analysis.forecast.panel.law_of`.

    A rate that can be negative is a growth rate. One that cannot is a share of something: its
    changes go with the share's own size, as for a quantity.
    """
    share = indicator.lower is not None and indicator.lower >= 0 and bool((readings.value > 0).all())
    small = indicator.whole_number and indicator.kind is not Kind.CUMULATIVE
    small = small and bool((readings.level & (readings.sd == 0)).all())
    return law_of(readings.value[None, :], rate=indicator.kind is Kind.RATE and not share, small=small)


def _with_centre(readings: Readings, law: str) -> Readings:
    """Readings of growth rates after one of long ago: where such rates lie; others as they are."""
    if law != "rate":
        return readings
    centre = load_prior().rate_centre
    long_ago = (readings.time.min() - LONG_AGO, centre, 0.0, centre, centre, 0)
    columns: dict[str, Any] = {}
    for name, first in zip(("time", "value", "sd", "low", "high", "group"), long_ago, strict=True):
        columns[name] = np.concatenate([[first], getattr(readings, name)])
    return replace(readings, **columns)


def _scales(readings: Readings, unit: float, law: str) -> tuple[_Scale, _Scale]:
    """Readings and their variance on the log scale and on the plain scale, in units of the series' own size.

    A group with an offset is measured in its own size, so that only its relative changes count.
    """
    if law != "quantity":
        scale = (readings.value / unit, (readings.sd / unit) ** 2)
        return scale, scale
    own_unit = np.full(len(readings.value), unit)
    for number in np.flatnonzero(~readings.doubtful):
        if number > 0:
            rows = readings.group == number
            own_unit[rows] = np.exp(np.log(readings.value[rows]).mean())
    relative = (readings.sd / readings.value) ** 2
    on_plain = (readings.value / own_unit, (readings.sd / own_unit) ** 2)
    return (np.log(readings.value / unit), relative), on_plain


def _condition(
    components: Components, readings: Readings, years: Array, law: str
) -> tuple[Gaussians, Array, Array]:
    """Posterior over components and over which doubtful groups carry an offset.

    Every hypothesis is weighed first; only those that :data:`NEGLIGIBLE` leaves are predicted.

    Returns
    -------
    gaussians : Gaussians
        Predictions of the years, one row per component and hypothesis.
    jump_sd, jump_rate : ndarray, shape (rows,)
        Standard deviation of a jump on the component's scale, and its probability in one year.
    """
    weighed, unit = _weighed(components, readings, years, law)
    every = np.concatenate([weight for *_, weight in weighed])
    least = every.max() + np.log(NEGLIGIBLE * np.exp(every - every.max()).sum())
    parts = [_predicted(*one, kept=np.flatnonzero(one[-1] > least)) for one in weighed]
    log_weight, mean, covariance, plain, jump_sd, jump_rate = map(np.concatenate, zip(*parts, strict=True))
    weight = np.exp(log_weight - log_weight.max())
    joint = Gaussians(weight / weight.sum(), mean, covariance, plain, unit, law == "quantity")
    return joint, jump_sd, jump_rate


def _weighed(
    components: Components, readings: Readings, years: Array, law: str
) -> tuple[list[tuple[_Gaussian, Array, Array]], float]:
    """Every Gaussian with every error of the readings and the log weights of their hypotheses; the unit."""
    unit = float(unit_of(law, readings.value[readings.level][None, :])[0])
    readings = _with_centre(readings, law)
    doubtful = np.flatnonzero(readings.doubtful)[-MAX_DOUBTFUL_GROUPS:]
    gaussians = []
    for on_plain, scale in enumerate(_scales(readings, unit, law)):
        rows = np.flatnonzero(components.plain == bool(on_plain))
        if rows.size:
            gaussians.append(_gaussian(components, rows, readings, scale, years))
    weighed = []
    for shifted in product((False, True), repeat=len(doubtful)):
        same = doubtful[~np.array(shifted, dtype=bool)]
        for of in gaussians:
            error = _reading_covariance(readings, of.variance, law, same)[np.ix_(of.others, of.others)]
            weighed.append((of, error, _log_weight(of, error)))
    return weighed, unit


def _gaussian(
    every: Components, numbers: NDArray[np.int64], readings: Readings, scale: _Scale, years: Array
) -> _Gaussian:
    """Components of one scale of measurement as Gaussian laws of the readings and the years.

    Everything is measured from one reading of the level, the anchor: with a diffuse level prior
    that is exact, and the variogram alone gives every covariance.
    """
    components, (value, variance) = every.take(numbers), scale
    anchor = int(np.flatnonzero(readings.level)[-1])
    others = np.delete(np.arange(len(readings.time)), anchor)
    dates = np.concatenate([readings.time[others], years])
    lag = dates - readings.time[anchor]
    rows, log_prior, jumped = _past_jumps(components, readings.time, dates, readings.time[anchor])
    size = components.scale[rows] ** 2
    from_anchor = unit_variogram(components.shapes, lag)
    between = unit_variogram(components.shapes, lag[:, None] - lag[None, :])
    unit_covariance = 0.5 * (from_anchor[:, :, None] + from_anchor[:, None, :] - between)
    jumped += unit_covariance[components.shape[rows]]
    jumped *= size[:, None, None]
    jumped += variance[anchor]
    drift = components.drift[rows, None] * lag
    return _Gaussian(
        components=components.take(rows),
        number=numbers[rows],
        variance=variance,
        others=others,
        log_prior=log_prior,
        covariance=jumped,
        innovation=value[others] - value[anchor] - drift[:, : len(others)],
        centre=value[anchor] + drift[:, len(others) :],
    )


def _log_weight(gaussian: _Gaussian, error: Array) -> Array:
    """Log of prior weight times likelihood, for one covariance of the readings' own errors."""
    m = len(error)
    lower = np.linalg.cholesky(gaussian.covariance[:, :m, :m] + error)
    white = np.empty((m, len(lower)))
    # Forward substitution for every hypothesis at once: a general solver would factor again.
    for i in range(m):
        explained = np.einsum("ka,ak->k", lower[:, i, :i], white[:i])
        white[i] = (gaussian.innovation[:, i] - explained) / lower[:, i, i]
    log_det = np.log(np.einsum("kaa->ka", lower)).sum(axis=1)
    return np.asarray(gaussian.log_prior - log_det - 0.5 * (white**2).sum(axis=0))


def _predicted(
    gaussian: _Gaussian, error: Array, log_weight: Array, kept: NDArray[np.int64]
) -> tuple[NDArray[Any], ...]:
    """Log weight, mean, covariance, scale and jumps of the hypotheses ``kept``, given the readings."""
    m, covariance = len(error), gaussian.covariance[kept]
    covariance[:, :m, :m] += error
    lower = np.linalg.cholesky(covariance[:, :m, :m])
    white = np.linalg.solve(lower, gaussian.innovation[kept][:, :, None])
    load = np.linalg.solve(lower, covariance[:, :m, m:])
    components = gaussian.components.take(kept)
    mean = gaussian.centre[kept] + np.einsum("kma,km->ka", load, white[:, :, 0])
    covariance = covariance[:, m:, m:] - np.einsum("kma,kmb->kab", load, load)
    jumps = (components.jump * components.scale, components.jump_rate)
    return log_weight[kept], mean, covariance, components.plain, *jumps


def _past_jumps(
    components: Components, times: Array, dates: Array, anchor: float
) -> tuple[NDArray[np.int64], Array, Array]:
    """Components crossed with the place of their past jump: none, or one gap between readings.

    Returns
    -------
    rows : ndarray of int, shape (n,)
        Component of each hypothesis.
    log_prior : ndarray, shape (n,)
    covariance : ndarray, shape (n, n_dates, n_dates)
        What the jump adds to the covariance of the dates as seen from the anchor, for scale 1.
    """
    distinct = np.unique(times)[-JUMP_WINDOW - 1 :]
    middle = (distinct[:-1] + distinct[1:]) / 2
    sides = (dates[None, :] > middle[:, None]).astype(np.float64) - (anchor > middle)[:, None]
    pattern = np.concatenate([np.zeros((1, len(dates))), sides])
    jumping = np.flatnonzero(components.jump > 0)
    every = np.arange(components.count)
    rows = np.concatenate([every, np.repeat(jumping, len(middle))])
    place = np.concatenate([0 * every, np.tile(np.arange(1, len(middle) + 1), len(jumping))])
    jumped = jump_log_prior(components.jump_rate, np.diff(distinct))
    log_prior = components.log_weight[rows] + jumped[rows, place]
    size = components.jump[rows] ** 2
    covariance = size[:, None, None] * (pattern[:, :, None] * pattern[:, None, :])[place]
    return rows, log_prior, covariance


def _reading_covariance(readings: Readings, own: Array, law: str, same: NDArray[np.int64]) -> Array:
    """Covariance of the readings' ``own`` errors and of the unknown offsets of their groups."""
    tables = (PROXY_OFFSET_SD, DOUBTFUL_OFFSET_SD, OFFSET_DRIFT, SOURCE_SD)
    proxy, doubtful, drift, source = (sd["rate" if law == "rate" else "level"] ** 2 for sd in tables)
    variance = np.where(readings.doubtful, doubtful, proxy)
    variance[0] = 0.0
    variance[same] = 0.0
    offset = variance[readings.group]
    residual = np.where(offset > 0, drift, np.where(readings.group > 0, source, 0.0))
    shared = (readings.group[:, None] == readings.group[None, :]) * offset
    return np.asarray(np.diag(own + residual) + shared)


def _limits(years: NDArray[np.int64], readings: Readings) -> tuple[Array, Array]:
    """What the own figures before and after each year allow a cumulative total at least and at most."""
    dated = readings.time[readings.level]
    low, high = readings.low[readings.level], readings.high[readings.level]
    floor = np.array([low[dated <= year].max(initial=-np.inf) for year in years])
    ceiling = np.array([high[dated >= year].min(initial=np.inf) for year in years])
    return floor, ceiling
