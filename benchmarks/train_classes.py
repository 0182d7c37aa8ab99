"""Learn the reference classes that ship with the package.

    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    python -m benchmarks.train_classes --bench DIR --refclass DIR [--out DIR] [--work DIR]

``--bench`` holds ``m4_yearly.parquet`` (only rows of split ``train`` are read), ``--refclass`` the files
``train.parquet``, ``china_province_st_half.parquet`` and ``train_signed_growth_rates.parquet``.
METHODOLOGY.md explains the steps; what every window says under every component stays in ``--work`` for
:mod:`benchmarks.classes`, which scores the result, and for a run that is resumed. Same files, same machine,
one thread: same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr

from zerobay_analysis.forecast import posterior as bayes
from zerobay_analysis.forecast.panel import COUNT_FIGURES, SMALL_COUNT
from zerobay_analysis.forecast.prior import (
    COMPONENT_FIELDS,
    GENERAL,
    PARTS,
    PRIOR_FILE,
    Components,
    Learned,
    Prior,
    unit_variogram,
)

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.int64]

SEED = 20261127
NBS, CHINA = "china_provinces_nbs", "china_province_st"
"""Sources of Chinese provinces."""
HORIZON = 3
HISTORIES = (1, 2, 3, 5, 8, 12)
"""Numbers of figures with weights of their own."""
LENGTHS = (4, 7, 10, 14)
"""Lengths of the windows that the components are chosen on."""
SHORTLIST, FINAL = 1500, 240
"""Components kept after the first and after the last round of EM."""
JUMP_RATE = 0.04
LEAST_NOISE = 1e-4
"""Reading error of every shape, as a share of its yearly variance: no covariance is singular."""
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Targets in mean steps a year, as in the benchmark."""
SPREAD = (0.01, 0.04, 0.1, 0.18, 0.26, 0.34, 0.42, 0.5, 0.58, 0.66, 0.74, 0.82, 0.9, 0.96, 0.99)
"""Quantiles of the even mixture at which the CRPS is summed."""
LOG_SCORE = 0.3
"""Weight of the log score beside the scaled CRPS."""
ROUNDS = 60
"""Rounds of the search for weights."""
CAP = 10.0
"""Greatest scaled distance that counts."""


@dataclass(frozen=True)
class Series:
    """One yearly record."""

    name: str
    cell: str
    source: str
    place: str
    kind: str
    y: Array
    last_year: int


CHINA_THEMES = {
    "RDPatentAccept": "patents",
    "RDPatentAuthority": "patents",
    "RDPatentValid": "patents",
    "RDPaperInternational": "papers",
    "MarketPull": "market",
    "MarketPush": "market",
    "IndustryOperation": "industry",
    "PublicBudget": "budget",
}
"""Theme by table of the Chinese provincial records; all others are research."""


def read_series(bench: Path, refclass: Path) -> list[Series]:
    """Every record to learn from, in order of cells and names; a cell is a category of a source."""
    m4 = pd.read_parquet(bench / "m4_yearly.parquet")
    m4 = m4[m4["split"] == "train"].drop(columns="year").rename(columns={"t": "year"})
    m4["cell"], m4["source"], m4["kind"], m4["place"] = "m4:" + m4["category"], "m4", "", ""
    ref = pd.read_parquet(refclass / "train.parquet")
    ref["cell"], ref["place"] = "ref:" + ref["category"], ref["series_id"].str.rsplit("|", n=1).str[-1]
    china = pd.read_parquet(refclass / "china_province_st_half.parquet")
    theme = china["table"].map(CHINA_THEMES).fillna("research")
    theme[china["series_id"].str.contains("_qyzl_")] = "patents"
    china["cell"], china["kind"] = "china:" + theme, ""
    china["place"] = china["series_id"].str.rsplit("|", n=1).str[-1]
    columns = ["cell", "series_id", "source", "place", "kind", "year", "y"]
    table = pd.concat([m4[columns], ref[columns], china[columns]]).sort_values(["cell", "series_id", "year"])
    found = []
    for (cell, name), rows in table.groupby(["cell", "series_id"], sort=True):
        first = rows.iloc[0]
        found.append(
            Series(
                str(name),
                str(cell),
                first["source"],
                first["place"],
                first["kind"],
                rows["y"].to_numpy(dtype=np.float64),
                int(rows["year"].iloc[-1]),
            )
        )
    return found


def fold(series: Series) -> int:
    """Fifth of the data that a series belongs to; of the Chinese provinces a province is in one fold."""
    key = series.place if series.cell.startswith("china:") else series.name
    return int(hashlib.sha1(key.encode()).hexdigest(), 16) % 5


def noise_shapes() -> list[tuple[float, ...]]:
    """Shares of walk, slope, level and noise, before scaling to a yearly variance of one."""
    return [
        (1, 0, 0.5, 0, 0.5, 0),
        (1, 0, 0.5, 0, 0.5, 0.25),
        (1, 0, 0.5, 0, 0.5, 1),
        *((0, 0, 0.5, 1, decay, 0) for decay in (0.2, 0.5, 0.8)),
        (0, 0, 0.5, 0, 0.5, 1),
        *((0, 1, decay, 0, 0.5, 0) for decay in (0.2, 0.5, 0.8)),
        *((1, 1, decay, 0, 0.5, 0) for decay in (0.5, 0.8, 0.95)),
        *((0, 1, decay, 0, 0.5, 0.5) for decay in (0.8, 0.95)),
        (0.3, 0, 0.5, 1, 0.5, 0),
    ]


def shape_table(trends: tuple[float, ...]) -> Array:
    """Every noise shape with every standard deviation of the unknown constant slope."""
    rows: list[Array] = []
    for shape in noise_shapes():
        row = np.array([*shape, 0.0], dtype=np.float64)
        variance = float(unit_variogram(row[None, :], np.ones(1))[0, 0])
        row[[0, 1, 3, 5]] /= variance
        row[5] = max(row[5], LEAST_NOISE)
        rows.extend(np.array([*row[:6], trend**2]) for trend in trends)
    return np.array(rows)


def grid(
    shapes: Array, scales: Array, drifts: tuple[float, ...], plain: bool, jumps: tuple[float, ...] = (0.0,)
) -> Components:
    """Components for every combination, with equal weights."""
    cells = np.meshgrid(np.arange(len(shapes)), scales, drifts, jumps, indexing="ij")
    shape, scale, drift, jump = (cell.ravel() for cell in cells)
    return Components(
        shapes=shapes,
        shape=shape.astype(np.int64),
        scale=scale,
        drift=drift,
        plain=np.full(len(shape), plain),
        log_weight=np.full(len(shape), -np.log(len(shape))),
        jump=jump,
        jump_rate=np.where(jump > 0, JUMP_RATE, 0.0),
    )


def joined(*parts: Components) -> Components:
    """Components on the same shapes, one after another, with equal weights."""
    names = ("shape", "scale", "drift", "plain", "jump", "jump_rate")
    merged = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    count = len(merged["shape"])
    return Components(shapes=parts[0].shapes, log_weight=np.full(count, -np.log(count)), **merged)


def level_grid() -> Components:
    """Candidates for quantities: log and plain scale, and jumps on the log scale."""
    shapes = shape_table((0.0, 0.5, 1.2, 2.5))
    scales = np.exp(np.linspace(np.log(0.004), np.log(1.3), 13))
    drifts = (-0.08, -0.03, 0.0, 0.03, 0.06, 0.11, 0.18)
    with_jump = np.isclose(shapes[:, 6], 0) | np.isclose(shapes[:, 6], 0.25)
    jumping = grid(shapes, scales[:11:2], (0.0, 0.06), False, (3.0, 6.0, 12.0))
    jumping = jumping.take(np.flatnonzero(with_jump[jumping.shape]))
    return joined(
        grid(shapes, scales, drifts, False), grid(shapes, scales, (-0.06, 0.0, 0.04, 0.1), True), jumping
    )


def windows(
    series: Sequence[Series], length: int, count: int, rng: np.random.Generator, at_end: float
) -> tuple[Array, Index, NDArray[np.bool_]]:
    """``count`` windows of the longer series in turn: values, number of the series, whether at its end."""
    enough = [k for k in rng.permutation(len(series)) if len(series[k].y) >= length]
    if not enough:
        return np.empty((0, length)), np.empty(0, np.int64), np.empty(0, np.bool_)
    number = np.resize(np.array(enough, dtype=np.int64), count)
    ends = rng.random(count) < at_end
    found = []
    for k, end in zip(number.tolist(), ends, strict=True):
        last = len(series[k].y) - length
        start = last if end else int(rng.integers(0, last + 1))
        found.append(series[k].y[start : start + length])
    return np.array(found), number, ends


def trendless(
    count: int, length: int, rng: np.random.Generator, scale: tuple[float, float], mix: tuple[float, ...]
) -> Array:
    """Noisy made-up histories without a trend: noise about a constant, AR(1), random walk.

    The insurance of METHODOLOGY: among the M4 series nearly everything grows.
    """
    e = rng.standard_normal((count, length))
    size = np.exp(rng.uniform(np.log(scale[0]), np.log(scale[1]), count))
    decay = rng.uniform(0.2, 0.8, count)
    reverting = e / np.sqrt(1 - decay[:, None] ** 2)
    for t in range(1, length):
        reverting[:, t] = decay * reverting[:, t - 1] + e[:, t]
    reverting *= np.sqrt((1 + decay) / 2)[:, None]
    kind = rng.choice(3, count, p=mix)[:, None]
    x = np.where(kind == 0, e / np.sqrt(2), np.where(kind == 1, reverting, np.cumsum(e, axis=1)))
    return np.asarray(1000 * np.exp(size[:, None] * x))


def geometric_unit(values: Array) -> Array:
    """Geometric mean of each history: the Jacobian between the two scales is then one."""
    return np.asarray(np.exp(np.log(values).mean(axis=1)))


Unit = Callable[[Array], Array]


def prepared(
    components: Components, histories: Array, unit: Array, centre: float | None, ahead: int
) -> tuple[bayes._Hypotheses, bayes._Maps, Array, Array]:
    """Hypotheses and maps for these dates; histories in their units on both scales, centre put first."""
    times = tuple(float(t) for t in range(histories.shape[1]))
    if centre is not None:
        times = (-bayes.LONG_AGO, *times)
        histories = np.concatenate([np.full((len(histories), 1), centre) * unit[:, None], histories], axis=1)
    flat = replace(components, log_weight=np.zeros(components.count))
    later = tuple(times[-1] + 1.0 + h for h in range(ahead))
    hypotheses, maps = bayes._prepared(bayes._Key(flat), times, later)
    scaled = histories / unit[:, None]
    logs = np.zeros_like(scaled) if components.plain.all() else np.log(scaled)
    return hypotheses, maps, logs, scaled


def log_likelihoods(components: Components, histories: Array, unit: Unit, centre: float | None) -> Single:
    """Log likelihood of every history under every component; summed over places of a jump."""
    result = np.empty((len(histories), components.count), dtype=np.float32)
    for begin in range(0, len(histories), 250):
        part = histories[begin : begin + 250]
        hypotheses, maps, logs, scaled = prepared(components, part, unit(part), centre, 1)
        order = np.argsort(hypotheses.component, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(hypotheses.component[order]) > 0])
        changes = (np.diff(logs, axis=1), np.diff(scaled, axis=1))
        found = bayes._log_likelihood(components, hypotheses, maps, changes) + hypotheses.log_prior
        found = found[:, order]
        top = found.max(axis=1, keepdims=True)
        summed = np.add.reduceat(np.exp(found - top), starts, axis=1)
        result[begin : begin + 250] = np.log(np.maximum(summed, 1e-300)) + top
    return result


def em(log_likelihood: Single, share: Array, rounds: int, label: str) -> Array:
    """Weights of greatest likelihood by EM (nonparametric empirical Bayes); ``share`` of each history."""
    top = log_likelihood.max(axis=1, keepdims=True)
    density = np.exp(log_likelihood - top)
    part = share.astype(np.float32)
    weight = np.full(density.shape[1], 1 / density.shape[1], dtype=np.float32)
    for round_ in range(1, rounds + 1):
        mixed = density @ weight
        weight *= density.T @ (part / mixed)
        weight /= weight.sum()
        if round_ % max(1, rounds // 4) == 0:
            mean = float((np.log(mixed) + top[:, 0]) @ part)
            print(f"  {label} EM {round_:4d}: mean log likelihood {mean:.4f}", flush=True)
    return weight.astype(np.float64)


def chosen(
    components: Components,
    samples: list[tuple[Array, Array]],
    unit: Unit,
    label: str,
    centre: float | None = None,
    final: int = FINAL,
) -> Components:
    """EM on all candidates, then on a shortlist, then on the final few: the shared components."""
    table = np.concatenate([log_likelihoods(components, values, unit, centre) for values, _ in samples])
    share = np.concatenate([of for _, of in samples])
    share = share / share.sum()
    for keep, rounds in ((SHORTLIST, 40), (final, 250), (final, 60)):
        weight = em(table, share, rounds, label)
        rows = np.sort(np.argsort(-weight, kind="stable")[: min(keep, len(weight))])
        components, table = components.take(rows), np.ascontiguousarray(table[:, rows])
        print(f"  {label}: {len(rows)} components carry {weight[rows].sum():.4f}", flush=True)
    kept = weight[rows] / weight[rows].sum()
    return replace(components, log_weight=np.log(np.maximum(kept, 1e-6)))


@dataclass(frozen=True)
class Answers:
    """What every window says under every component, so that only weights are left to learn.

    Attributes
    ----------
    series : ndarray of int, shape (n,)
        Number of the record; -1 for a made-up history.
    at_end : ndarray of bool, shape (n,)
    log_likelihood : ndarray, shape (3, n, n_components)
        Of the history, by horizon: with the probability of a positive value, for forecasts are
        conditioned on that.
    cdf : ndarray, shape (n, n_places, n_components)
        Distribution function at ``place``; columns: the CRPS grids of one and of three years
        ahead, the outcomes of one, two and three years, the targets of three years.
    place : ndarray, shape (n, n_places)
        In units of the scale of errors.
    density : ndarray, shape (2, n, n_components)
        Of the log of the outcome, one and three years ahead.
    outcome : ndarray, shape (n, 3)
        In the same units as ``place``.
    met : ndarray, shape (n, 7)
        Whether each target was met; not a number where there is none. ``rising``: its direction.
    history : ndarray, shape (n, n_figures)
        In the same units as ``place``.
    """

    series: Index
    at_end: NDArray[np.bool_]
    log_likelihood: Single
    cdf: NDArray[np.float16]
    place: Single
    density: Single
    outcome: Single
    met: Single
    rising: NDArray[np.bool_]
    history: Array

    def take(self, rows: Index) -> Answers:
        """Some of the windows."""
        first = ("series", "at_end", "cdf", "place", "outcome", "met", "rising", "history")
        return Answers(
            **{name: getattr(self, name)[rows] for name in first},
            log_likelihood=self.log_likelihood[:, rows],
            density=self.density[:, rows],
        )


M = len(SPREAD)
HORIZON_OF = np.array([0] * M + [2] * M + [0, 1, 2] + [2] * len(FACTORS))
"""Horizon of each column of :attr:`Answers.cdf`, counted from 0."""


def history_scale(past: Array, positive: bool) -> Array:
    """What errors are divided by: the mean absolute change, with a floor where there are few."""
    floor = 0.03 * np.abs(past[:, -1]) if positive else np.full(len(past), 0.5)
    if past.shape[1] == 1:
        return 5 * floor
    change = np.abs(np.diff(past, axis=1)).mean(axis=1)
    return np.asarray(np.maximum(change, floor if past.shape[1] == 2 else floor / 3))


def answers(
    components: Components,
    values: Array,
    n: int,
    series: Index,
    at_end: NDArray[np.bool_],
    unit: Unit,
    centre: float | None = None,
) -> Answers:
    """What the ``values``, histories of ``n`` with the three years after them, say."""
    past, future = values[:, :n], values[:, n:]
    positive = not components.plain.all()
    scale = history_scale(past, positive)
    step = (past[:, -1] - past[:, 0]) / max(n - 1, 1) if n > 1 else 0.05 * np.abs(past[:, -1])
    target = past[:, -1:] + HORIZON * step[:, None] * np.array(FACTORS)
    sensible = (step != 0)[:, None] & ((target > 0) | (not positive))
    rising = step > 0
    met = np.where(rising[:, None], future[:, 2:] >= target, future[:, 2:] <= target)
    times, ahead = tuple(np.arange(n) * 1.0), tuple(np.arange(n, n + HORIZON) * 1.0)
    spread = np.empty((len(values), 2, M))
    for begin in range(0, len(values), 1000):
        part = slice(begin, begin + 1000)
        answer = bayes.posterior(
            components, times, past[part], ahead, positive=positive, unit=unit(past[part]), centre=centre
        )
        for column, horizon in enumerate((0, 2)):
            spread[part, column] = answer.mixture(horizon).quantiles(np.array(SPREAD))[0]
    place = np.concatenate([spread.reshape(len(values), -1), future, target], axis=1)
    parts = [
        _component_answers(components, past[p], place[p], future[p], unit(past[p]), centre)
        for p in (slice(b, b + 100) for b in range(0, len(values), 100))
    ]
    return Answers(
        series=series,
        at_end=at_end,
        log_likelihood=np.concatenate([part[0] for part in parts], axis=1),
        cdf=np.concatenate([part[1] for part in parts]),
        density=np.concatenate([part[2] for part in parts], axis=1),
        place=(place / scale[:, None]).astype(np.float32),
        outcome=(future / scale[:, None]).astype(np.float32),
        met=np.where(sensible, met, np.nan).astype(np.float32),
        rising=rising,
        history=past / scale[:, None],
    )


def _component_answers(
    components: Components, past: Array, place: Array, future: Array, unit: Array, centre: float | None
) -> tuple[Single, NDArray[np.float16], Single]:
    hypotheses, maps, logs, scaled = prepared(components, past, unit, centre, HORIZON)
    changes = (np.diff(logs, axis=1), np.diff(scaled, axis=1))
    found = bayes._log_likelihood(components, hypotheses, maps, changes) + hypotheses.log_prior
    order = np.argsort(hypotheses.component, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(hypotheses.component[order]) > 0])
    component, variant = hypotheses.component[order], hypotheses.variant[order]
    found = found[:, order]
    top = np.maximum.reduceat(found, starts, axis=1)
    share = np.exp(found - top[:, component])
    total = np.add.reduceat(share, starts, axis=1)
    share /= total[:, component]
    log_likelihood = np.log(total) + top
    plain, scale = components.plain[component], components.scale[component]
    kinds = [np.flatnonzero(plain == on_plain) for on_plain in (False, True)]
    n, positive = len(past), not components.plain.all()
    like = np.empty((HORIZON, n, components.count), np.float32)
    cdf = np.empty((n, place.shape[1], components.count), np.float16)
    density = np.empty((2, n, components.count), np.float32)
    for h in range(HORIZON):
        columns = np.flatnonzero(h == HORIZON_OF)
        x = np.concatenate([place[:, columns] / unit[:, None], np.zeros((n, 1))], axis=1)
        y = future[:, h] / unit
        below = np.empty((n, x.shape[1], len(component)), np.float32)
        dense = np.empty((n, len(component)), np.float32)
        for on_plain, rows in enumerate(kinds):
            if rows.size == 0:
                continue
            last = (logs, scaled)[on_plain][:, -1:]
            gain = maps.gain[variant[rows], h]
            mean = last + changes[on_plain] @ gain.T
            mean += components.drift[component[rows]] * maps.drift_ahead[variant[rows], h]
            sd = scale[rows] * np.sqrt(maps.variance[variant[rows], h])
            jump = scale[rows] * components.jump[component[rows]]
            jumps = 1.0 - (1.0 - components.jump_rate[component[rows]]) ** (h + 1.0)
            at = x if on_plain else np.log(np.maximum(x, 1e-12))
            own = y if on_plain else np.log(np.maximum(y, 1e-12))
            for sd_, chance in ((sd, 1 - jumps), (np.hypot(sd, jump), jumps)):
                if not chance.any():
                    continue
                z = (at[:, :, None] - mean[:, None, :]) / sd_
                p = chance * ndtr(z.astype(np.float32))
                z_y = np.clip((own[:, None] - mean) / sd_, -30, 30)
                d = chance * np.exp(-0.5 * z_y**2) / (sd_ * np.sqrt(2 * np.pi))
                d = d * np.maximum(np.abs(y), 1e-12)[:, None] if on_plain and positive else d
                if chance is not jumps:
                    below[:, :, rows], dense[:, rows] = p, d
                else:
                    below[:, :, rows] += p.astype(np.float32)
                    dense[:, rows] += d.astype(np.float32)
        below = np.add.reduceat(below * share[:, None, :], starts, axis=2)
        zero = below[:, -1:] if positive else np.zeros_like(below[:, -1:])
        zero = np.minimum(zero, 0.9999)
        cdf[:, columns] = np.clip((below[:, :-1] - zero) / (1 - zero), 0, 1)
        like[h] = log_likelihood + np.log1p(-zero[:, 0])
        if h != 1:
            of = np.add.reduceat(dense * share, starts, axis=1) / (1 - zero[:, 0])
            density[h // 2] = of
    return like, cdf, density


@dataclass(frozen=True)
class _Costs:
    """The windows of one class, ready for the search."""

    log_likelihood: list[Single]
    cdf: list[Single]
    density: list[Single]
    over: list[Single]
    width: list[Single]
    share: Single


def _costs(data: Answers, share: Array) -> _Costs:
    over, width, cdf = [], [], []
    for i, h in enumerate((0, 2)):
        place = data.place[:, i * M : (i + 1) * M]
        half = np.diff(place, axis=1) / 2
        width.append(np.pad(half, ((0, 0), (1, 0))) + np.pad(half, ((0, 0), (0, 1))))
        over.append((data.outcome[:, h : h + 1] <= place).astype(np.float32))
        cdf.append(data.cdf[:, i * M : (i + 1) * M].astype(np.float32))
    return _Costs(
        [data.log_likelihood[0], data.log_likelihood[2]],
        cdf,
        list(data.density),
        over,
        [np.asarray(of, dtype=np.float32) for of in width],
        (share / share.sum()).astype(np.float32),
    )


def _posterior(log_weight: Array, log_likelihood: Single) -> Single:
    log = log_likelihood + log_weight.astype(np.float32)
    log -= log.max(axis=1, keepdims=True)
    np.exp(log, out=log)
    log /= log.sum(axis=1, keepdims=True)
    return log


def _loss(theta: Array, costs: _Costs, parent: Array, pull: float) -> tuple[float, Array]:
    weight = np.exp(theta - theta.max())
    weight /= weight.sum()
    total, gradient = 0.0, np.zeros_like(theta)
    for like, cdf, density, over, width in zip(
        costs.log_likelihood, costs.cdf, costs.density, costs.over, costs.width, strict=True
    ):
        post = _posterior(np.log(np.maximum(weight, 1e-30)), like)
        f = np.matmul(cdf, post[:, :, None])[:, :, 0]
        miss = f - over
        crps = (miss**2 * width).sum(axis=1)
        weigh = costs.share * np.minimum(1, CAP / np.maximum(crps, 1e-9))
        slope = 2 * miss * width * weigh[:, None]
        back = np.matmul(slope[:, None, :], cdf)[:, 0] - (slope * f).sum(axis=1, keepdims=True)
        mixed = (post * density).sum(axis=1, keepdims=True) + 1e-6
        back -= LOG_SCORE * costs.share[:, None] * (density / mixed - 1)
        gradient += (post * back).sum(axis=0, dtype=np.float64) / 2
        total += float((weigh * crps).sum() - LOG_SCORE * (costs.share * np.log(mixed[:, 0])).sum()) / 2
    total -= pull * float((parent * np.log(np.maximum(weight, 1e-30))).sum())
    gradient += pull * (weight - parent)
    return total, gradient


def class_weights(data: Answers, share: Array, parent: Array, strength: float, rounds: int = ROUNDS) -> Array:
    """Log weights whose forecasts score best on ``data``, drawn towards ``parent``.

    ``strength`` counts in windows: the pull of a Dirichlet law with the parent's weights as its mean.
    """
    costs, start = _costs(data, share), np.exp(parent)
    pull = strength / len(data.series)
    found = minimize(_loss, parent, (costs, start, pull), "L-BFGS-B", jac=True, options={"maxiter": rounds})
    return np.asarray(found.x - np.log(np.exp(found.x - found.x.max()).sum()) - found.x.max())


def distribution(log_weight: Array, data: Answers) -> Single:
    """Distribution function at every place, under the mixture with these weights."""
    f = np.empty(data.cdf.shape[:2], np.float32)
    for h in range(HORIZON):
        columns = np.flatnonzero(h == HORIZON_OF)
        post = _posterior(log_weight, data.log_likelihood[h])
        f[:, columns] = np.matmul(data.cdf[:, columns].astype(np.float32), post[:, :, None])[:, :, 0]
    return f


def rate_grid(scales: Array) -> Components:
    """Candidates on the plain scale alone: no drift; the slope constant and unknown in a part."""
    shapes = shape_table((0.0, 0.7))
    jumping = grid(shapes, scales[::2], (0.0,), True, (3.0, 6.0))
    steady = np.flatnonzero(np.isclose(shapes[:, 6], 0))
    jumping = jumping.take(np.flatnonzero(np.isin(jumping.shape, steady)))
    return joined(grid(shapes, scales, (0.0,), True), jumping)


def ones(values: Array) -> Array:
    """The unit of rates: a point."""
    return np.ones(len(values))


def mean_size(values: Array) -> Array:
    """The unit of quantities that change sign: their mean size."""
    return np.asarray(np.abs(values).mean(axis=1))


def count_spread(values: Array) -> Array:
    """The unit of counts with a zero: how far a count of their mean strays by chance (Poisson)."""
    return np.asarray(np.sqrt(values.mean(axis=1)))


def made_up_counts(count: int, length: int, n: int, rng: np.random.Generator) -> Array:
    """Counts with a zero among the first ``n``: Poisson or wider, about a mean that stays, grows or wanders.

    The only figure for n = 1 is positive.
    """
    found: list[Array] = []
    while sum(map(len, found)) < count:
        size = 4 * count
        mean = np.exp(rng.uniform(np.log(0.3), np.log(12.0), size))[:, None]
        wander = np.cumsum(
            rng.standard_normal((size, length)) * rng.choice([0, 0, 0.15, 0.35], size)[:, None], axis=1
        )
        slope = rng.choice([0, 0, 0.06, 0.15], size)[:, None] * rng.standard_normal((size, 1))
        level = mean * np.exp(np.clip(wander + slope * np.arange(length), -4, 4))
        extra = rng.choice([1e6, 1e6, 5.0, 2.0], size)[:, None]
        y = rng.poisson(level * rng.gamma(extra, 1 / extra, (size, length))).astype(np.float64)
        fits = (y[:, :n].max(axis=1) > 0) & ((y[:, :n].min(axis=1) == 0) | (n == 1))
        found.append(y[fits])
    return np.concatenate(found)[:count]


def small_counts(series: Sequence[Series]) -> Callable[..., Array]:
    """What makes :func:`made_up_counts`; up to ``COUNT_FIGURES`` figures three of four are real.

    These are public counts below ``SMALL_COUNT`` in the mean, none of the history zero, every source
    equally often.
    """
    counts = [s for s in series if s.kind == "count" and not held_out(s) and (s.y == np.round(s.y)).all()]

    def make(count: int, length: int, n: int, rng: np.random.Generator) -> Array:
        if n > COUNT_FIGURES:
            return made_up_counts(count, length, n, rng)
        values, which, _ = windows(counts, n + HORIZON, 40 * count, rng, 0.5)
        small = (values[:, :n].min(axis=1) > 0) & (values[:, :n].mean(axis=1) < SMALL_COUNT)
        values, which = values[small, :length], which[small]
        _, source, of = np.unique([counts[k].source for k in which], return_inverse=True, return_counts=True)
        even = rng.choice(len(values), 3 * count // 4, p=1 / of[source] / len(of))
        return np.concatenate([values[even], made_up_counts(count - len(even), length, n, rng)])

    return make


def made_up_signs(count: int, length: int, n: int, rng: np.random.Generator) -> Array:
    """Quantities with a value below zero among the first ``n``: noise about zero or near it, AR(1), walks."""
    found: list[Array] = []
    while sum(map(len, found)) < count:
        size = 3 * count
        heavy = rng.choice([3.0, 8.0, 1e6, 1e6], size)[:, None]
        e = rng.standard_normal((size, length)) / np.sqrt(rng.gamma(heavy / 2, 2 / heavy))
        decay = rng.choice([0.0, 0.0, 0.4, 0.8, 1.0], size)
        x = e.copy()
        x[:, 0] = np.where(decay < 1, x[:, 0] / np.sqrt(np.maximum(1 - decay**2, 1e-9)), x[:, 0])
        for t in range(1, length):
            x[:, t] = decay * x[:, t - 1] + e[:, t]
        x += rng.choice([0.0, 0.0, 0.5, 1.5], size)[:, None] * rng.standard_normal((size, 1))
        x += rng.choice([0.0, 0.0, 0.4], size)[:, None] * rng.standard_normal((size, 1)) * np.arange(length)
        found.append(x[x[:, :n].min(axis=1) < 0])
    return np.concatenate(found)[:count]


CLASSES: dict[str, tuple[str, Callable[[Series], bool]]] = {
    "china_science": (GENERAL, lambda s: s.cell.startswith("china:")),
    "china_research": ("china_science", lambda s: s.cell == "china:research"),
    "china_market": ("china_science", lambda s: s.cell in ("china:market", "china:industry", "china:budget")),
    "china_output": (GENERAL, lambda s: s.source == NBS and s.cell == "ref:output"),
    "research": (GENERAL, lambda s: s.cell in ("ref:rd", "ref:publications")),
    "patents": (GENERAL, lambda s: s.cell == "ref:patents"),
    "firms": (GENERAL, lambda s: s.cell == "ref:firms"),
    "employment": (GENERAL, lambda s: s.cell in ("ref:employment", "ref:st_personnel")),
    "shares": (GENERAL, lambda s: s.kind == "ratio"),
}
"""The classes beside the general one: what each is drawn towards, and its series."""
M4_SHARE = {1: 0.23, 2: 0.23, 3: 0.35, 5: 0.5, 8: 0.5, 12: 0.5}
"""Weight of the six categories of M4 in the general class, by length; every category equally in either
part. From one to three figures the even share, for forecasts to be wide enough elsewhere."""
CELL_WINDOWS = {"m4": 400, "ref": 170}
CLASS_CELLS = ("firms", "patents", "rd", "publications", "employment", "st_personnel")
MADE_UP = {
    5: ((0.05, (0.05, 0.6), (0.7, 0.2, 0.1)), (0.15, (0.045, 0.15), (1.0, 0.0, 0.0))),
    8: ((0.03, (0.045, 0.15), (1.0, 0.0, 0.0)),),
}
"""Made-up histories by length: for each real one of M4, sizes of a year's change, mix."""
GENERAL_PULL, CLASS_PULL = 20.0, 30.0
"""Windows that the weights drawn towards count for."""


def held_out(series: Series) -> bool:
    """Whether a series is never learned from.

    Of the Chinese records, all of few places, none is: each province is left out in turn to score them.
    """
    return fold(series) == 0 and series.source not in (NBS, CHINA)


def by_cell(series: Sequence[Series]) -> dict[str, list[int]]:
    """Numbers of the series by cell."""
    cells: dict[str, list[int]] = {}
    for number, one in enumerate(series):
        cells.setdefault("nbs:" + one.cell[4:] if one.source == NBS else one.cell, []).append(number)
    return cells


def choose_components(series: Sequence[Series]) -> Components:
    """The shared components, from windows of every cell."""
    rng = np.random.default_rng([SEED, 1])
    kept = [one for one in series if fold(one) != 0]
    cells = by_cell(kept)
    samples = []
    for length in LENGTHS:
        values, share = [], []
        for cell, numbers in cells.items():
            found, _, _ = windows(
                [kept[k] for k in numbers], length, 220 if cell.startswith("m4") else 80, rng, 0.5
            )
            values.append(found)
            share.append(np.full(len(found), (2.0 if cell.startswith("m4") else 0.8) / max(len(found), 1)))
        if length == 7:
            values.append(trendless(150, length, rng, (0.05, 0.6), (0.7, 0.2, 0.1)))
            share.append(np.full(150, 2.0 / 150))
        samples.append((np.concatenate(values), np.concatenate(share)))
    return chosen(level_grid(), samples, geometric_unit, "quantity")


def quantity_answers(components: Components, series: Sequence[Series], n: int) -> Answers:
    """Windows of every cell with a history of ``n``, and what they say."""
    rng = np.random.default_rng([SEED, 2, n])
    parts: list[tuple[Array, Index, NDArray[np.bool_]]] = []

    def add(numbers: list[int], count: int, at_end: float) -> None:
        values, which, ends = windows([series[k] for k in numbers], n + HORIZON, count, rng, at_end)
        if len(values):
            parts.append((values, np.array(numbers, dtype=np.int64)[which], ends))

    for cell, numbers in by_cell(series).items():
        enough = [k for k in numbers if len(series[k].y) >= n + HORIZON]
        learned = [k for k in enough if not held_out(series[k])]
        kept = [k for k in enough if held_out(series[k])]
        whole = cell[:4] in ("chin", "nbs:")
        close = cell[4:] in CLASS_CELLS
        count = len(enough) if whole else 500 if close else CELL_WINDOWS[cell.split(":")[0]]
        for at_end, of in ((1.0, 1), (0.0, 2)):
            add(
                learned,
                min(count, 300) // of if cell.startswith("nbs") else count // (of if whole else 2),
                at_end,
            )
            add(kept, min(len(kept), 250 if close else 60) // of, at_end)
    real = sum(len(values) for values, _, _ in parts)
    for share, size, mix in MADE_UP.get(n, ()):
        made = trendless(int(share * 2400), n + HORIZON, rng, size, mix)
        parts.append((made, np.full(len(made), -1), np.zeros(len(made), np.bool_)))
    values, which, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    moving = np.ptp(values[:, :n], axis=1) > 1e-4 * values[:, 0] if n > 1 else np.ones(len(values), np.bool_)
    print(f"  n = {n}: {real} windows", flush=True)
    return answers(components, values[moving], n, which[moving], ends[moving], geometric_unit)


def evenly(keys: NDArray[np.str_]) -> Array:
    """Weights that give every key the same sum."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[inverse])


def general_weights(components: Components, data: Answers, series: Sequence[Series], n: int) -> Array:
    """Log weights of the general class."""
    cell = np.array([*(one.cell for one in series), "made up"])[data.series]
    out = np.array([*(held_out(one) or one.source == CHINA for one in series), False])[data.series]
    rows = np.flatnonzero(~out)
    kind = np.array([name[:2] for name in cell[rows]])
    share = evenly(cell[rows])
    made_up = sum(of for of, _, _ in MADE_UP.get(n, ()))
    for name, total in (("m4", M4_SHARE[n]), ("re", 1 - M4_SHARE[n]), ("ma", made_up * M4_SHARE[n])):
        mine = kind == name
        share[mine] *= total / max(share[mine].sum(), 1e-12)
    return class_weights(data.take(rows), share, components.log_weight, GENERAL_PULL)


def members(name: str, data: Answers, series: Sequence[Series]) -> NDArray[np.bool_]:
    """Which windows are of a class."""
    return np.array([*(CLASSES[name][1](one) for one in series), False])[data.series]


def learned_class(
    name: str,
    data: Answers,
    series: Sequence[Series],
    general: Array,
    without: NDArray[np.bool_],
    rounds: int = ROUNDS,
) -> Array:
    """Log weights of a class from its windows but those ``without``, its parent's likewise."""
    parent, _ = CLASSES[name]
    start = general if parent == GENERAL else learned_class(parent, data, series, general, without, rounds)
    out = np.array([*(held_out(one) for one in series), False])[data.series] | without
    rows = np.flatnonzero(members(name, data, series) & ~out)
    if len(rows) < CLASS_PULL:
        return start
    key = np.array([*((one.cell if name == "shares" else one.source) for one in series), ""])[
        data.series[rows]
    ]
    return class_weights(data.take(rows), evenly(key) ** 0.5, start, CLASS_PULL, rounds)


T = TypeVar("T")


def kept(path: Path, make: Callable[[], T]) -> T:
    """What an earlier run left at ``path``, or what ``make`` makes, left there."""
    if path.exists():
        return pickle.loads(path.read_bytes())  # type: ignore[no-any-return]
    made = make()
    path.write_bytes(pickle.dumps(made, protocol=4))
    return made


def learn_quantity(series: Sequence[Series], work: Path) -> Learned:
    """Components and weights for quantities; what the windows say is left in ``work``."""
    components = kept(work / "components.pickle", lambda: choose_components(series))
    tables: dict[str, list[Array]] = {GENERAL: [], **{name: [] for name in CLASSES}}
    for n in HISTORIES:

        def asked(n: int = n) -> tuple[Answers, Array]:
            found = quantity_answers(components, series, n)
            return found, general_weights(components, found, series, n)

        data, general = kept(work / f"quantity{n}.pickle", asked)
        tables[GENERAL].append(general)
        nothing = np.zeros(len(data.series), np.bool_)
        for name in CLASSES:
            tables[name].append(learned_class(name, data, series, general, nothing))
        print(f"  n = {n}: weights learned", flush=True)
    return Learned(components, np.array(HISTORIES), {name: np.array(table) for name, table in tables.items()})


def rate_series(refclass: Path, series: Sequence[Series]) -> list[Series]:
    """Growth rates in percent: the signed ones, and those of quantities."""
    table = pd.read_parquet(refclass / "train_signed_growth_rates.parquet").sort_values(["series_id", "year"])
    found = [
        Series(
            str(name),
            "signed:" + rows["source"].iloc[0],
            rows["source"].iloc[0],
            "",
            "rate",
            rows["y"].to_numpy(np.float64),
            int(rows["year"].iloc[-1]),
        )
        for name, rows in table.groupby("series_id", sort=True)
    ]
    for one in series:
        if one.cell.startswith("m4") or one.cell in ("ref:output", "ref:income", "ref:firms"):
            growth = 100 * np.diff(np.log(one.y))
            if np.abs(growth).max() < 150:
                found.append(
                    replace(one, cell="nbs" if one.source == NBS else one.cell, kind="rate", y=growth)
                )
    return found


RATE_WEIGHT = {"signed:gapminder_sg": 5.0, "signed:imf_weo": 5.0, "nbs": 2.0}
"""Weight of a cell of growth rates; 1 where nothing stands."""
RATE_ENDS = 4.0
"""Weight of a window at the end of its record beside one elsewhere, for growth rates."""


def learn_rate(series: Sequence[Series], work: Path) -> tuple[Learned, float]:
    """Components, weights and centre for growth rates."""
    rng = np.random.default_rng([SEED, 3])
    cell = np.array([one.cell for one in series])
    out = np.array([held_out(one) for one in series])
    cells = {name: np.flatnonzero(cell == name) for name in dict.fromkeys(cell)}
    centre = round(float(np.median([np.median(one.y) for one in series if one.cell[:2] == "m4"])), 2)

    def sample(length: int, learned: bool, count: int) -> tuple[Array, Index, NDArray[np.bool_]]:
        parts = []
        for name, every in cells.items():
            numbers = every[~out[every]] if learned else every[out[every]]
            many = count * 4 if name[:2] in ("si", "nb") else count
            values, which, ends = windows([series[k] for k in numbers], length, many, rng, 0.5)
            parts.append((values, numbers[which], ends))
        values, which, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
        return values, which, ends

    def share(which: Index, ends: NDArray[np.bool_]) -> Array:
        weight = np.array([RATE_WEIGHT.get(name, 1.0) for name in cell[which]])
        return np.asarray(evenly(cell[which]) * weight * np.where(ends, RATE_ENDS, 1.0))

    scales = np.exp(np.linspace(np.log(0.1), np.log(60.0), 22))
    samples = []
    for length in (2, 5, 9):
        values, which, ends = sample(length, True, 150)
        samples.append((values, share(which, np.zeros_like(ends))))
    components = chosen(rate_grid(scales), samples, ones, "rate", centre, 80)
    tables: dict[str, list[Array]] = {GENERAL: [], "china_output": []}
    for n in HISTORIES:
        both = [sample(n + HORIZON, True, 150), sample(n + HORIZON, False, 40)]
        values, which, ends = (np.concatenate(column) for column in zip(*both, strict=True))
        if n > 1:
            moving = np.ptp(values[:, :n], axis=1) > 1e-3
            values, which, ends = values[moving], which[moving], ends[moving]
        data = answers(components, values, n, which, ends, ones, centre)
        rows = np.flatnonzero(~out[which])
        general = class_weights(
            data.take(rows), share(which, ends)[rows], components.log_weight, GENERAL_PULL
        )
        china = np.flatnonzero(cell[which] == "nbs")
        tables[GENERAL].append(general)
        tables["china_output"].append(
            class_weights(data.take(china), np.ones(len(china)), general, CLASS_PULL)
        )
        (work / f"rate{n}.pickle").write_bytes(pickle.dumps((data, general), protocol=4))
    return Learned(components, np.array(HISTORIES), {k: np.array(v) for k, v in tables.items()}), centre


def learn_awkward(
    make: Callable[..., Array], unit: Unit, scales: Array, label: str, *, ahead: bool
) -> Learned:
    """Components and weights for made-up series of one kind, in their own unit.

    A mean size is taken from the same few figures, which then look less uncertain than they are: so with
    ``ahead`` the components are chosen on what comes after as well, in the unit of the history.
    """
    rng = np.random.default_rng([SEED, 4])
    if ahead:
        made = [(n, make(1500, n + HORIZON, n, rng)) for n in (1, 3, 5, 9)]
        samples = [(values / unit(values[:, :n])[:, None], np.ones(1500)) for n, values in made]
    else:
        samples = [(make(2000, n, n, rng), np.ones(2000)) for n in (3, 5, 9)]
    components = chosen(rate_grid(scales), samples, ones if ahead else unit, label, None, 60)
    table = []
    for n in HISTORIES:
        values = make(2500, n + HORIZON, n, rng)
        data = answers(components, values, n, np.full(len(values), -1), np.zeros(len(values), np.bool_), unit)
        table.append(class_weights(data, np.ones(len(values)), components.log_weight, GENERAL_PULL))
    return Learned(components, np.array(HISTORIES), {GENERAL: np.array(table)})


def learn(bench: Path, refclass: Path, work: Path) -> Prior:
    """All parts of the prior."""
    series = read_series(bench, refclass)
    print(f"{len(series)} series", flush=True)
    quantity = learn_quantity(series, work)
    rate, centre = learn_rate(rate_series(refclass, series), work)
    wide = np.exp(np.linspace(np.log(0.05), np.log(40.0), 18))
    signed = learn_awkward(made_up_signs, mean_size, wide, "signed", ahead=True)
    narrow = np.exp(np.linspace(np.log(0.05), np.log(8.0), 16))
    count = learn_awkward(small_counts(series), count_spread, narrow, "count", ahead=False)
    return Prior(quantity, rate, signed, count, centre)


def save_prior(prior: Prior, path: Path) -> None:
    """Write ``prior`` as a compressed ``.npz`` in single precision."""
    arrays: dict[str, np.ndarray] = {"rate_centre": np.asarray(prior.rate_centre)}
    for part in PARTS:
        learned: Learned = getattr(prior, part)
        for field in COMPONENT_FIELDS:
            values = getattr(learned.components, field)
            narrow = {"i": np.int16, "b": np.bool_}.get(values.dtype.kind, np.float32)
            arrays[f"{part}_{field}"] = values.astype(narrow)
        arrays[f"{part}_lengths"] = learned.lengths.astype(np.int16)
        arrays[f"{part}_classes"] = np.array(list(learned.log_weight))
        arrays[f"{part}_weights"] = np.array(list(learned.log_weight.values())).astype(np.float32)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def main() -> None:
    """Learn, write, print what identifies the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--refclass", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=PRIOR_FILE)
    parser.add_argument("--work", type=Path, default=Path("outputs/classes"))
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")):
        sys.exit("set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1: threads change the order of sums")
    options.work.mkdir(parents=True, exist_ok=True)
    save_prior(learn(options.bench, options.refclass, options.work), options.out)
    digest = hashlib.sha256(options.out.read_bytes()).hexdigest()
    print(f"{options.out}: {options.out.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
