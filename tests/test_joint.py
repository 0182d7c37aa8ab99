"""The number of targets met together."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from tests.decision_cases import outlook, point, with_paths
from zerobay_analysis.assessment.joint import (
    RHOS,
    joint_outlooks,
    number_met,
    years_together,
)
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.plan import Kind

QUICK = settings(max_examples=60, deadline=None)

chances = st.lists(st.floats(0, 1), min_size=1, max_size=11)
strengths = st.floats(0, 0.95)


def test_independent_targets_are_the_poisson_binomial() -> None:
    # Two coins of 0.5 and one of 0.2: P(0) = 0.5*0.5*0.8 = 0.2, P(1) = 2*0.25*0.8 + 0.25*0.2 = 0.45,
    # P(2) = 0.25*0.8 + 2*0.25*0.2 = 0.3, P(3) = 0.05.
    assert number_met([0.5, 0.5, 0.2], 0) == pytest.approx([0.2, 0.45, 0.3, 0.05])


@QUICK
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_independence_agrees_with_listing_every_outcome(p: list[float]) -> None:
    law = np.zeros(len(p) + 1)
    for outcome in product((0, 1), repeat=len(p)):
        law[sum(outcome)] += prod(x if met else 1 - x for met, x in zip(outcome, p, strict=True))
    assert number_met(p, 0) == pytest.approx(law)


def test_two_dependent_targets_are_the_bivariate_normal() -> None:
    p, rho = (0.3, 0.6), 0.6
    both = multivariate_normal(cov=[[1, rho], [rho, 1]]).cdf(norm.ppf(p))
    assert number_met(p, rho)[2] == pytest.approx(both, abs=1e-6)


def test_the_factor_is_integrated_out_to_the_last_digits() -> None:
    p, rho = np.array([0.02, 0.4, 0.97, 0.5]), 0.6

    def all_met(z: float) -> float:
        given = norm.cdf((norm.ppf(p) - np.sqrt(rho) * z) / np.sqrt(1 - rho))
        return float(given.prod() * norm.pdf(z))

    assert number_met(list(p), rho)[-1] == pytest.approx(quad(all_met, -9, 9, epsabs=1e-13)[0], abs=1e-11)


@QUICK
@given(chances, strengths)
def test_the_expected_number_does_not_depend_on_rho(p: list[float], rho: float) -> None:
    law = number_met(p, rho)
    assert law.sum() == pytest.approx(1)
    assert (law >= -1e-15).all()
    assert np.arange(len(law)) @ law == pytest.approx(sum(p), abs=1e-7)


@QUICK
@given(chances, strengths, strengths)
def test_all_met_becomes_more_likely_with_dependence_up_to_the_weakest(
    p: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    weak, strong = number_met(p, low)[-1], number_met(p, high)[-1]
    assert weak <= strong + 1e-9
    assert prod(p) - 1e-9 <= weak
    assert strong <= min(p) + 1e-9


@QUICK
@given(chances, strengths)
def test_none_met_is_all_missed(p: list[float], rho: float) -> None:
    missed = number_met([1 - x for x in p], rho)
    assert number_met(p, rho) == pytest.approx(missed[::-1], abs=1e-9)


@QUICK
@given(chances, strengths)
def test_the_same_question_gets_the_same_answer(p: list[float], rho: float) -> None:
    assert (number_met(p, rho) == number_met(p, rho)).all()


@pytest.mark.parametrize(("p", "rho"), [([0.5], 1.0), ([0.5], -0.1), ([1.5], 0.3), ([float("nan")], 0.3)])
def test_numbers_out_of_range_are_refused(p: list[float], rho: float) -> None:
    with pytest.raises(ParameterError):
        number_met(p, rho)


PATHS = np.array([[100, 140, 155, 170], [100, 140, 150, 170], [100, 130, 150, 160], [100, 150, 160, 165]])


def known() -> list:
    """One stock with four known paths, one rate without evidence."""
    stock = with_paths(outlook(Kind.STOCK, [point(2025, 100)]), [2025, 2026, 2027, 2028], PATHS)
    return [stock, outlook(Kind.RATE, [])]


def test_years_are_joined_on_the_sample_paths() -> None:
    # Targets 140, 155, 170: path 1 meets 3, path 2 meets 2 (not 2027), path 3 none, path 4 two.
    found = years_together(known()[0])
    assert found == (0.25, 0, 0.5, 0.25)
    assert years_together(known()[1]) == ()


def test_indicators_without_a_probability_are_left_out_and_named() -> None:
    found = joint_outlooks(known())
    assert len(found) == 4 * len(RHOS)
    assert all(joint.indicators == (7,) and joint.left_out == (4,) for joint in found)
    by_year = {joint.year: joint.p_all for joint in found if joint.rho == 0}
    assert by_year == {2026: 0.75, 2027: 0.5, 2028: 0.5, None: 0.25}
    assert all(sum(joint.distribution) == pytest.approx(1) for joint in found)


def test_nothing_is_said_when_nothing_is_known() -> None:
    found = joint_outlooks([outlook(Kind.RATE, [])])
    assert all(joint.p_all is None for joint in found)
    assert not any(joint.indicators for joint in found)


def test_quantiles_cover_what_they_say() -> None:
    joint = joint_outlooks(known())[0]
    assert (joint.quantile(0.1), joint.quantile(0.25), joint.quantile(0.5)) == (0, 0, 1)
