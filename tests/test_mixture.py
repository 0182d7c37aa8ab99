"""Gaussian mixtures on two scales."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm, norm

from zerobay_analysis.forecast.mixture import Mixture

PROBABILITIES = np.array([1e-4, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999])


def mixture(mean: float, sd: float, plain: bool, positive: bool = False, unit: float = 1.0) -> Mixture:
    one = np.ones((1, 1))
    return Mixture(one, mean * one, sd * one, np.array([[plain]]), np.array([unit]), positive)


def test_one_component_is_a_normal_or_a_lognormal() -> None:
    plain, _ = mixture(3.0, 0.5, True, unit=10.0).quantiles(PROBABILITIES)
    assert plain[0] == pytest.approx(10 * norm.ppf(PROBABILITIES, 3.0, 0.5), rel=2e-3)
    logs, _ = mixture(0.2, 0.5, False, positive=True, unit=10.0).quantiles(PROBABILITIES)
    assert logs[0] == pytest.approx(10 * lognorm.ppf(PROBABILITIES, 0.5, scale=np.exp(0.2)), rel=0.02)


def test_a_positive_quantity_is_conditioned_on_being_positive() -> None:
    one = mixture(0.5, 1.0, True, positive=True)
    found, mean = one.quantiles(PROBABILITIES)
    below = norm.cdf(-0.5)
    assert found[0] == pytest.approx(norm.ppf(below + (1 - below) * PROBABILITIES, 0.5), abs=6e-3)
    assert one.cdf(np.array([[-1.0, 0.0, 1e9]]))[0] == pytest.approx([0, 0, 1], abs=1e-5)
    assert mean[0] > 0.5


def test_the_mean_of_a_symmetric_mixture_is_its_centre() -> None:
    assert mixture(3.0, 0.5, True).quantiles(PROBABILITIES)[1][0] == pytest.approx(3.0, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_quantiles_invert_the_distribution_function(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 12))
    plain = rng.random((3, k)) < 0.5
    mean = np.where(plain, 1.0, 0.0) + rng.normal(0, 0.3, (3, k))
    sd = np.exp(rng.uniform(np.log(0.003), np.log(1.5), (3, k)))
    mixed = Mixture(rng.dirichlet(np.ones(k), 3), mean, sd, plain, np.array([1.0, 50.0, 1e5]), True)
    found, _ = mixed.quantiles(PROBABILITIES)
    assert (np.diff(found, axis=1) >= 0).all()
    assert mixed.cdf(found) == pytest.approx(np.tile(PROBABILITIES, (3, 1)), abs=2e-3)
