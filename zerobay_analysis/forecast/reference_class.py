"""The default forecaster: a prior learned from thousands of short histories, updated by Bayes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.components import Components, unit_variogram
from zerobay_analysis.forecast.in_year import year_readings
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.forecast.prior import load_prior
from zerobay_analysis.forecast.readings import Readings, read
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence

__all__ = ["ReferenceClass"]

Array = NDArray[np.float64]

PROXY_OFFSET_SD = 10.0
"""Offset of another definition or area, in log units or in own units: in effect unknown."""
DOUBTFUL_OFFSET_SD = 0.4
"""Offset of a doubtful figure if its definition did change: a factor of about 1.5 either way."""
RATE_OFFSET_SD = {"proxy": 100.0, "doubtful": 10.0}
"""The same for rates, in percentage points."""
OFFSET_WANDER = {"level": 0.03, "rate": 0.5}
"""How far an offset wanders from one date to another, in log units or in percentage points: no
two definitions move in exact parallel, and figures that did not would leave no model possible."""
MOST_DOUBTFUL_GROUPS = 6
"""Doubtful groups weighed both ways; of more, only the latest."""
NEGLIGIBLE = 1e-7
"""Posterior weight below which a component is left out of the paths."""


@dataclass(frozen=True)
class _Scale:
    """Readings on one scale of measurement."""

    value: Array
    variance: Array
    proxy_variance: float
    doubtful_variance: float


@dataclass(frozen=True)
class _Answer:
    """Gaussian predictions of the future dates, one row per component and hypothesis."""

    log_weight: Array  # (rows,)
    mean: Array  # (rows, n_years), on the component's scale
    covariance: Array  # (rows, n_years, n_years)
    plain: NDArray[np.bool_]  # (rows,)


class ReferenceClass:
    """Gaussian components with weights learned from the reference class, updated exactly.

    The model and its sources are in METHODOLOGY.md. The forecast is of the figure as it will be
    reported for the end of each year (or for the year), with its own reading error.
    """

    name = "reference_class"
    name_zh = "参照类模型"
    min_points = 1

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
        wanted = _checked_years(years)
        if n_paths < 1:
            raise ParameterError(f"路径数须至少为 1 / n_paths must be at least 1, not {n_paths!r}")
        in_year = year_readings(evidence)
        readings = read(in_year.evidence)
        kind = evidence.indicator.kind
        components = load_prior().rate if kind is Kind.RATE else load_prior().level
        unit = 1.0 if kind is Kind.RATE else float(np.exp(np.log(readings.value[readings.level]).mean()))
        answer = _condition(components, readings, wanted.astype(np.float64), kind, unit)
        rng = np.random.default_rng(seed)
        paths = _sample(answer, n_paths, rng, positive=kind is not Kind.RATE) * unit
        paths = in_year.conditioned(paths, years, rng)
        return Forecast(
            model=self.name,
            years=wanted,
            paths=_constrained(paths, wanted, evidence.indicator, readings),
            n_points=len(readings.time),
            notes=(*readings.notes, *in_year.notes),
        )


def _checked_years(years: Sequence[int]) -> NDArray[np.int64]:
    wanted = np.asarray(list(years), dtype=np.int64)
    if wanted.size == 0 or (np.diff(wanted) <= 0).any():
        raise ParameterError(
            f"年份须非空且严格递增 / years must be given and strictly increasing, not {list(years)!r}"
        )
    return wanted


def _scales(readings: Readings, kind: Kind, unit: float) -> tuple[_Scale, _Scale]:
    """Readings on the log scale and on the plain scale, in units of the series' own size.

    A group with an offset is measured in its own size, so that only its relative changes count.
    """
    wander = np.where(readings.group > 0, OFFSET_WANDER["rate" if kind is Kind.RATE else "level"] ** 2, 0.0)
    if kind is Kind.RATE:
        variances = {name: sd**2 for name, sd in RATE_OFFSET_SD.items()}
        points = _Scale(readings.value, readings.sd**2 + wander, variances["proxy"], variances["doubtful"])
        return points, points
    own_unit = np.full(len(readings.value), unit)
    for number in np.flatnonzero(~readings.doubtful):
        if number > 0:
            rows = readings.group == number
            own_unit[rows] = np.exp(np.log(readings.value[rows]).mean())
    offsets = (PROXY_OFFSET_SD**2, DOUBTFUL_OFFSET_SD**2)
    relative = (readings.sd / readings.value) ** 2 + wander
    return (
        _Scale(np.log(readings.value / unit), relative, *offsets),
        _Scale(readings.value / own_unit, (readings.sd / own_unit) ** 2 + wander, *offsets),
    )


def _condition(components: Components, readings: Readings, years: Array, kind: Kind, unit: float) -> _Answer:
    """Posterior over components and over which doubtful groups carry an offset."""
    doubtful = np.flatnonzero(readings.doubtful)[-MOST_DOUBTFUL_GROUPS:]
    scales = _scales(readings, kind, unit)
    parts = []
    for shifted in product((False, True), repeat=len(doubtful)):
        same = doubtful[~np.array(shifted, dtype=bool)]
        for on_plain, scale in enumerate(scales):
            rows = np.flatnonzero(components.plain == bool(on_plain))
            if rows.size:
                parts.append(_part(components, rows, readings, scale, same, years))
    return _Answer(
        np.concatenate([part.log_weight for part in parts]),
        np.concatenate([part.mean for part in parts]),
        np.concatenate([part.covariance for part in parts]),
        np.concatenate([part.plain for part in parts]),
    )


def _part(
    components: Components,
    rows: NDArray[np.int64],
    readings: Readings,
    scale: _Scale,
    same: NDArray[np.int64],
    years: Array,
) -> _Answer:
    """Condition the components ``rows`` when the doubtful groups ``same`` have no offset.

    Everything is measured from one reading of the level, the anchor: with a diffuse level prior
    that is exact, and the variogram alone gives every covariance.
    """
    anchor = int(np.flatnonzero(readings.level)[-1])
    others = np.delete(np.arange(len(readings.time)), anchor)
    m = len(others)
    lag = np.concatenate([readings.time[others], years]) - readings.time[anchor]
    shape, size = components.shape[rows], components.scale[rows] ** 2
    from_anchor = unit_variogram(components.shapes, lag)
    between = unit_variogram(components.shapes, lag[:, None] - lag[None, :])
    unit_covariance = 0.5 * (from_anchor[:, :, None] + from_anchor[:, None, :] - between)
    covariance = size[:, None, None] * unit_covariance[shape] + scale.variance[anchor]
    covariance[:, :m, :m] += _reading_covariance(readings, scale, same)[np.ix_(others, others)]
    drift = components.drift[rows, None] * lag
    surprise = scale.value[others] - scale.value[anchor] - drift[:, :m]
    lower = np.linalg.cholesky(covariance[:, :m, :m])
    white = np.linalg.solve(lower, surprise[:, :, None])
    load = np.linalg.solve(lower, covariance[:, :m, m:])
    log_det = np.log(np.einsum("kaa->ka", lower)).sum(axis=1)
    return _Answer(
        log_weight=components.log_weight[rows] - log_det - 0.5 * (white[:, :, 0] ** 2).sum(axis=1),
        mean=scale.value[anchor] + drift[:, m:] + np.einsum("kma,km->ka", load, white[:, :, 0]),
        covariance=covariance[:, m:, m:] - np.einsum("kma,kmb->kab", load, load),
        plain=components.plain[rows],
    )


def _reading_covariance(readings: Readings, scale: _Scale, same: NDArray[np.int64]) -> Array:
    """Covariance of the readings' own errors and of the unknown offsets of their groups."""
    variance = np.where(readings.doubtful, scale.doubtful_variance, scale.proxy_variance)
    variance[0] = 0.0
    variance[same] = 0.0
    shared = (readings.group[:, None] == readings.group[None, :]) * variance[readings.group]
    return np.asarray(np.diag(scale.variance) + shared)


def _sample(answer: _Answer, n_paths: int, rng: np.random.Generator, *, positive: bool) -> Array:
    """Joint paths in units of the series; conditioned on staying positive where asked."""
    weight = np.exp(answer.log_weight - answer.log_weight.max())
    kept = np.flatnonzero(weight > NEGLIGIBLE * weight.sum())
    weight = weight[kept] / weight[kept].sum()
    n_years = answer.mean.shape[1]
    jitter = 1e-14 * np.eye(n_years)
    root = _root(answer.covariance[kept] + jitter)
    found: list[Array] = []
    missing = n_paths
    for _ in range(20):
        pick = _systematic(weight, missing, rng)
        draw = rng.standard_normal((missing, n_years, 1))
        paths = answer.mean[kept[pick]] + (root[pick] @ draw)[:, :, 0]
        on_log = ~answer.plain[kept[pick]]
        if positive:
            paths[on_log] = np.exp(np.clip(paths[on_log], -700, 700))
            paths = paths[(paths > 0).all(axis=1)]
        found.append(paths)
        missing -= len(paths)
        if missing == 0:
            break
    paths = np.concatenate(found)
    if missing:
        paths = paths[rng.integers(0, len(paths), n_paths)]
    return np.asarray(rng.permutation(paths, axis=0))


def _root(covariance: Array) -> Array:
    """Square root of each matrix; a year already observed exactly has no variance left."""
    value, vector = np.linalg.eigh(covariance)
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0))[:, None, :])


def _systematic(weight: Array, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Component of each path, by systematic sampling: counts are within one of ``n * weight``."""
    ladder = (np.arange(n) + rng.random()) / n
    return np.minimum(np.searchsorted(np.cumsum(weight), ladder), len(weight) - 1)


def _constrained(paths: Array, years: NDArray[np.int64], indicator: Indicator, readings: Readings) -> Array:
    """Apply what the indicator can and cannot be (METHODOLOGY, Constraints)."""
    if indicator.lower is not None or indicator.upper is not None:
        paths = np.clip(paths, indicator.lower, indicator.upper)
    if indicator.kind is Kind.CUMULATIVE:
        for column, year in enumerate(years):
            before = readings.level & (readings.time <= year)
            after = readings.level & (readings.time >= year)
            floor = readings.low[before].max(initial=-np.inf)
            ceiling = max(readings.high[after].min(initial=np.inf), floor)
            paths[:, column] = np.clip(paths[:, column], floor, ceiling)
        paths = np.maximum.accumulate(paths, axis=1)
    return np.round(paths) if indicator.whole_number else paths
