"""The learned prior: its file, and its weights for a history of any length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerobay_analysis.forecast.prior import load_prior, save_prior

PRIOR = load_prior()


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    save_prior(PRIOR, tmp_path / "prior.npz")
    again = load_prior(tmp_path / "prior.npz")
    np.testing.assert_array_equal(again.lengths, PRIOR.lengths)
    np.testing.assert_array_equal(again.level_log_weight, PRIOR.level_log_weight)
    np.testing.assert_array_equal(again.level.scale, PRIOR.level.scale)
    np.testing.assert_array_equal(again.rate.log_weight, PRIOR.rate.log_weight)
    assert again.rate_centre == PRIOR.rate_centre


@given(st.integers(min_value=1, max_value=60))
def test_the_weights_for_any_number_of_figures_are_a_distribution(figures: int) -> None:
    assert np.exp(PRIOR.level_for(figures).log_weight).sum() == pytest.approx(1)


@pytest.mark.parametrize("row", range(len(PRIOR.lengths)))
def test_a_learned_length_has_its_learned_weights(row: int) -> None:
    found = PRIOR.level_for(int(PRIOR.lengths[row])).log_weight
    np.testing.assert_allclose(found, PRIOR.level_log_weight[row], atol=1e-5)


def test_between_two_lengths_the_odds_of_two_components_lie_between() -> None:
    odds = [PRIOR.level_for(n).log_weight - PRIOR.level_for(n).log_weight[0] for n in (5, 6, 8)]
    low, high = np.minimum(odds[0], odds[2]), np.maximum(odds[0], odds[2])
    assert ((odds[1] >= low - 1e-9) & (odds[1] <= high + 1e-9)).all()


def test_beyond_the_longest_length_the_weights_stay() -> None:
    longest = int(PRIOR.lengths[-1])
    np.testing.assert_array_equal(PRIOR.level_for(40).log_weight, PRIOR.level_for(longest).log_weight)
