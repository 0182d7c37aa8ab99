"""The reference classes: their file, their weights for a history of any length, their scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.train_classes import save_prior
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast import forecast_panel, forecaster, prob_panel
from zerobay_analysis.forecast.prior import (
    as_shares,
    class_bins,
    class_scores,
    class_table,
    load_prior,
    range_tested,
)

PRIOR = load_prior()
QUANTITY = PRIOR.quantity
CLASSES = sorted(QUANTITY.log_weight)


def frame(rows: np.ndarray) -> pd.DataFrame:
    count, n = rows.shape
    ids, years = np.repeat(np.arange(count), n), np.tile(np.arange(2000, 2000 + n), count)
    return pd.DataFrame({"unique_id": ids, "ds": years, "y": rows.ravel()})


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    save_prior(PRIOR, tmp_path / "prior.npz")
    again = load_prior(tmp_path / "prior.npz")
    np.testing.assert_array_equal(again.quantity.lengths, QUANTITY.lengths)
    for name in CLASSES:
        np.testing.assert_array_equal(again.quantity.log_weight[name], QUANTITY.log_weight[name])
    np.testing.assert_array_equal(again.rate.components.scale, PRIOR.rate.components.scale)
    assert again.rate_centre == PRIOR.rate_centre


@given(st.integers(min_value=1, max_value=60), st.sampled_from(CLASSES))
def test_the_weights_for_any_number_of_figures_are_a_distribution(figures: int, name: str) -> None:
    for part in (QUANTITY, PRIOR.rate, PRIOR.signed, PRIOR.count):
        assert np.exp(part.at(figures, as_shares(name)).log_weight).sum() == pytest.approx(1)


@pytest.mark.parametrize("row", range(len(QUANTITY.lengths)))
def test_a_learned_length_has_its_learned_weights(row: int) -> None:
    found = QUANTITY.at(int(QUANTITY.lengths[row]), as_shares("patents")).log_weight
    learned = QUANTITY.log_weight["patents"][row]
    np.testing.assert_allclose(found, learned - np.log(np.exp(learned).sum()), atol=1e-9)


def test_between_two_lengths_the_odds_of_two_components_lie_between() -> None:
    odds = [QUANTITY.at(n).log_weight - QUANTITY.at(n).log_weight[0] for n in (5, 6, 8)]
    low, high = np.minimum(odds[0], odds[2]), np.maximum(odds[0], odds[2])
    assert ((odds[1] >= low - 1e-9) & (odds[1] <= high + 1e-9)).all()


def test_beyond_the_longest_length_the_weights_stay() -> None:
    longest = int(QUANTITY.lengths[-1])
    np.testing.assert_array_equal(QUANTITY.at(40).log_weight, QUANTITY.at(longest).log_weight)


def test_several_classes_are_mixed_by_their_shares() -> None:
    mixed = np.exp(QUANTITY.at(3, (("general", 0.25), ("patents", 0.75))).log_weight)
    parts = [np.exp(QUANTITY.at(3, as_shares(name)).log_weight) for name in ("general", "patents")]
    np.testing.assert_allclose(mixed, 0.25 * parts[0] + 0.75 * parts[1])


def test_every_class_has_a_description_and_scores() -> None:
    assert sorted(class_table()["name"]) == CLASSES
    scored = class_scores()[class_scores()["held_out"] == "series"]
    for name in CLASSES:
        assert {1, 2, 3, 5, 8} <= set(scored.loc[scored["name"] == name, "n"]) <= set(QUANTITY.lengths)


def test_no_percentage_counts_as_tested_where_it_did_not_hold() -> None:
    bins = class_bins().assign(error=lambda b: (b["observed"] - b["mean_p"]).abs())
    for name in CLASSES:
        for n in class_scores().query("held_out == 'series' and name == @name")["n"]:
            low, high = range_tested(name, n)
            mine = bins[(bins["name"] == name) & (bins["n"] == n)]
            below = (mine["upper"] <= 0.1) & (mine["lower"] >= low)
            tails = mine[below | ((mine["lower"] >= 0.9) & (mine["upper"] <= high))]
            assert (tails["error"] <= 0.05).all()
            assert (tails["count"] >= 20).all()
    assert range_tested("general", 1) == (0.01, 0.99)
    assert range_tested("china_output", 1) == (0.2, 0.9)


@pytest.mark.parametrize("ask", [lambda name: forecaster("reference_class", name), as_shares])
def test_an_unknown_class_is_refused_with_those_there_are(ask: object) -> None:
    with pytest.raises(ParameterError, match=r"china_science.*patents"):
        ask("crystals")  # type: ignore[operator]


def test_a_panel_is_forecast_by_the_class_that_is_named() -> None:
    known = frame(np.array([[100.0]]))
    general, china = (
        forecast_panel(known, 3, (0.5,), reference_class=c) for c in ("general", "china_research")
    )
    assert china["q0.5"].iloc[-1] > general["q0.5"].iloc[-1]
    asked = pd.DataFrame({"unique_id": [0], "ds": [2003], "target": [120.0]})
    p = [prob_panel(known, asked, reference_class=c)["p"][0] for c in ("general", "china_research")]
    assert p[1] > p[0]
    with pytest.raises(ParameterError, match="general"):
        forecast_panel(known, 3, reference_class="crystals")


@pytest.mark.parametrize("n", [3, 5, 8])
@pytest.mark.parametrize("kind", ["noise about zero", "counts with a zero"])
def test_intervals_hold_awkward_series(kind: str, n: int) -> None:
    rng = np.random.default_rng(n)
    if kind == "noise about zero":
        rows = rng.standard_normal((1500, n + 3)) * np.exp(rng.uniform(-3, 8, 1500))[:, None]
        rows = rows[rows[:, :n].min(axis=1) < 0]
    else:
        rows = rng.poisson(rng.choice([0.5, 1.0, 2.0, 4.0], 4000)[:, None], (4000, n + 3)).astype(float)
        rows = rows[(rows[:, :n].min(axis=1) == 0) & (rows[:, :n].max(axis=1) > 0)][:1500]
    table = forecast_panel(frame(rows[:, :n]), 3, (0.05, 0.95))
    low, high = (table[q].to_numpy().reshape(-1, 3) for q in ("q0.05", "q0.95"))
    assert ((rows[:, n:] >= low) & (rows[:, n:] <= high)).mean() >= 0.86


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("least", [1, 8])
def test_intervals_hold_small_counts_of_which_few_are_known(n: int, least: int) -> None:
    rng = np.random.default_rng(n)
    mean = np.exp(rng.uniform(np.log(least), np.log(3 * least), 3000))[:, None]
    rows = rng.poisson(mean, (3000, n + 3)).astype(float)
    rows = rows[rows[:, :n].min(axis=1) > 0][:1000]
    table = forecast_panel(frame(rows[:, :n]), 3, (0.05, 0.95))
    low, high = (table[q].to_numpy().reshape(-1, 3) for q in ("q0.05", "q0.95"))
    assert ((rows[:, n:] >= low) & (rows[:, n:] <= high)).mean() >= 0.86


def test_a_small_amount_is_no_count() -> None:
    count, amount, total = (
        forecast_panel(frame(np.array([[value]])), 1, (0.1, 0.9), kind=kind).iloc[0]
        for value, kind in ((9.0, "stock"), (9.01, "stock"), (9.0, "cumulative"))
    )
    assert count["q0.9"] - count["q0.1"] > 1.5 * (amount["q0.9"] - amount["q0.1"])
    assert total["q0.9"] == pytest.approx(amount["q0.9"], rel=0.05)


def test_priors_that_differ_in_any_part_share_nothing_kept() -> None:
    from zerobay_analysis.forecast.posterior import _Key

    components = load_prior().count.components
    other = replace(components, scale=2 * components.scale)
    assert _Key(components) == _Key(replace(components)) != _Key(other)
