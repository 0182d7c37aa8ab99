"""The distribution of a year is what many sample paths would show, and keeps its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zerobay_analysis.forecast.gaussians import Gaussians

N = 60_000
NOTHING = np.full(3, -np.inf)


def mixture(seed: int, rows: int = 4, *, positive: bool = True, plain: bool | None = None) -> Gaussians:
    """Three years around 100 on both scales, each mixture another."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(0, 0.12, (rows, 3, 3))
    on_plain = rng.random(rows) < 0.5 if plain is None else np.full(rows, plain)
    mean = np.where(on_plain[:, None], 1.0, 0.0) + np.cumsum(rng.normal(0.05, 0.05, (rows, 3)), axis=1)
    covariance = factor @ factor.transpose(0, 2, 1) + 0.002 * np.eye(3)
    return Gaussians(rng.dirichlet(np.ones(rows)), mean, covariance, on_plain, 100.0, positive)


def sampled(of: Gaussians, seed: int = 0) -> NDArray[np.float64]:
    return of.paths(N, np.random.default_rng(seed))


def agrees(of: Gaussians, paths: NDArray[np.float64], column: int, bounds: NDArray[np.float64]) -> None:
    """The distribution given the bounds is that of the paths that keep them."""
    kept = paths[(paths >= bounds).all(axis=1), column]
    values = np.quantile(kept, (0.05, 0.3, 0.6, 0.9, 0.99))
    found = of.given(bounds, column).at_least(values)
    assert found == pytest.approx((kept[:, None] >= values).mean(axis=0), abs=4 * 0.5 / len(kept) ** 0.5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.floats(-np.inf, 130.0))
def test_quantiles_invert_the_probabilities(seed: int, positive: bool, bound: float) -> None:
    of = mixture(seed, positive=positive, plain=None if positive else True)
    year = of.given(np.array([-np.inf, bound, -np.inf]), 1)
    p = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
    found = year.quantiles(p)
    assert (np.diff(found) >= 0).all()
    assert 1 - year.at_least(found) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_year_is_distributed_as_its_paths(seed: int) -> None:
    of = mixture(seed)
    paths = sampled(of)
    for column in range(3):
        agrees(of, paths, column, NOTHING)


@pytest.mark.parametrize("seed", range(4))
def test_a_bound_in_one_year_tells_about_the_others(seed: int) -> None:
    of = mixture(seed)
    paths = sampled(of)
    bounds = np.array([112.0, -np.inf, 105.0])
    for column in range(3):
        agrees(of, paths, column, bounds)


def test_a_bound_out_of_reach_takes_all() -> None:
    year = mixture(1).given(np.array([-np.inf, 1e6, -np.inf]), 1)
    assert year.quantiles(np.array([0.01, 0.99])) == pytest.approx([1e6, 1e6])
    assert year.at_least(np.array([1e6 * (1 - 1e-9)]))[0] == pytest.approx(1.0)


def test_a_jump_ahead_comes_at_most_once_and_stays() -> None:
    one = mixture(3, rows=1, plain=True, positive=False)
    rate, size, ahead = 0.3, 5.0, np.array([-0.5, 0.5, 1.5])
    with_jump = one.with_jumps(np.array([size]), np.array([rate]), ahead)
    assert with_jump.weight.sum() == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    wait = rng.exponential(-1 / np.log1p(-rate), N)
    jumped = (ahead > wait[:, None]) * size * rng.standard_normal((N, 1)) * 100.0
    paths = sampled(one) + jumped
    for column in range(3):
        agrees(with_jump, paths, column, NOTHING)
    both = sampled(with_jump)
    assert np.corrcoef(both.T) == pytest.approx(np.corrcoef(paths.T), abs=0.02)


def test_a_known_year_is_the_same_on_every_path() -> None:
    of = mixture(2)
    known = np.array([0.0, 1.0, 1.0])
    covariance = of.covariance * known[:, None] * known[None, :]
    covariance[:, 0, 0] = 3e-17  # what rounding leaves
    of = Gaussians(
        of.weight,
        np.where(of.plain[:, None], 1.2, np.log(1.2)) * np.ones((1, 3)),
        covariance,
        of.plain,
        100.0,
        True,
    )
    paths = sampled(of)
    assert np.ptp(paths[:, 0]) < 1e-6
    assert of.given(NOTHING, 0).quantiles(np.array([0.01, 0.99])) == pytest.approx([120.0, 120.0])


@pytest.mark.parametrize("seed", range(4))
def test_what_was_reached_stays_reached(seed: int) -> None:
    of = mixture(seed)
    paths = sampled(of)
    reached = np.maximum.accumulate(paths, axis=1)
    year = of.given(NOTHING, 2).greatest(paths[:, 2], reached[:, 1])
    values = np.quantile(reached[:, 2], np.linspace(0.02, 0.98, 25))
    expected = (reached[:, 2][:, None] >= values).mean(axis=0)
    assert year.at_least(values) == pytest.approx(expected, abs=0.01)
    p = year.at_least(np.linspace(20, 400, 300))
    assert (np.diff(p) <= 0).all()
    assert (p >= of.given(NOTHING, 2).at_least(np.linspace(20, 400, 300)) - 1e-12).all()
