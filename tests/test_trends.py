"""Trend models: what they need, what they draw, what they refuse."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast.predictive import apply_constraints
from zerobay_analysis.forecast.trends import (
    MAX_CLIMB,
    MAX_FACTOR,
    TREND_MODELS,
    TrendModel,
    _climbed,
    _UnconvergedError,
    annual_history,
    mix,
)
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Precision, Role

NOISE = np.array([0.3, -0.5, 0.1, 0.6, -0.4, -0.2, 0.5, 0.0, -0.3, 0.4, -0.1, 0.2])


def make_indicator(kind: Kind = Kind.STOCK, **changes: object) -> Indicator:
    indicator = Indicator(
        id=1,
        key="example",
        kind=kind,
        name_zh="示例",
        name_en="Example",
        short_zh="示例",
        short_en="Example",
        action_zh="",
        unit_zh="个",
        unit_en="units",
        direction=1,
        decimals=0,
        whole_number=False,
        lower=None,
        upper=None,
        owners=(),
        document="",
        section="",
    )
    return dataclasses.replace(indicator, **changes)


def make_evidence(
    values: Sequence[float],
    kind: Kind = Kind.STOCK,
    *,
    years: Sequence[float] | None = None,
    **changes: object,
) -> Evidence:
    times = years if years is not None else range(2025 - len(values) + 1, 2026)
    points = tuple(
        Point(
            observation=f"o{index}",
            time=float(time),
            value=float(value),
            lower=float(value),
            upper=float(value),
            reported=float(value),
            precision=Precision.EXACT,
            role=Role.OWN,
            group="",
            through=1.0,
            label="",
            published=None,
            source="",
            caveat="",
        )
        for index, (time, value) in enumerate(zip(times, values, strict=True))
    )
    return Evidence(indicator=make_indicator(kind, **changes), points=points, as_of=date(2026, 11, 22))


def rising(n: int) -> np.ndarray:
    return 100 + 8 * np.arange(n) + 4 * NOISE[:n]


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_below_its_minimum_a_model_declines_in_two_languages(name: str) -> None:
    model = TREND_MODELS[name]
    with pytest.raises(ForecastDeclined, match=rf"至少需要 {model.min_points} 个.*needs {model.min_points} "):
        model.forecast(make_evidence(rising(model.min_points - 1)), [2026])


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_at_its_minimum_a_model_answers(name: str) -> None:
    model = TREND_MODELS[name]
    forecast = model.forecast(make_evidence(rising(model.min_points)), [2026, 2028], n_paths=400)
    assert forecast.model == name
    assert forecast.paths.shape == (400, 2)
    assert np.all(np.isfinite(forecast.paths))
    assert forecast.n_points == model.min_points
    assert forecast.notes


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_the_same_seed_gives_the_same_paths(name: str) -> None:
    evidence = make_evidence(rising(9))
    first, again, other = (
        TREND_MODELS[name].forecast(evidence, [2026, 2027], n_paths=50, seed=seed).paths for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_a_steady_rise_is_continued(name: str) -> None:
    growth = 100 * 1.03 ** np.arange(15)
    evidence = make_evidence(growth[:12] * (1 + 0.01 * NOISE))
    forecast = TREND_MODELS[name].forecast(evidence, [2026, 2027, 2028], n_paths=4000)
    for year in (2026, 2028):
        assert forecast.quantile(0.5, year) == pytest.approx(growth[year - 2014], rel=0.06)


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_shifting_the_years_shifts_the_forecast(name: str) -> None:
    model = TREND_MODELS[name]
    now = model.forecast(make_evidence(rising(8)), [2027], n_paths=500)
    then = model.forecast(make_evidence(rising(8), years=range(1998, 2006)), [2007], n_paths=500)
    np.testing.assert_allclose(then.paths, now.paths, rtol=1e-6)


@pytest.mark.parametrize("name", ["ols_linear", "ols_log"])
@pytest.mark.parametrize("factor", [0.001, 7.0, 1e6])
def test_scaling_the_data_scales_the_least_squares_forecast(name: str, factor: float) -> None:
    model = TREND_MODELS[name]
    one = model.forecast(make_evidence(rising(6)), [2026, 2028], n_paths=200)
    other = model.forecast(make_evidence(factor * rising(6)), [2026, 2028], n_paths=200)
    np.testing.assert_allclose(other.paths, factor * one.paths, rtol=1e-6)


def test_the_linear_trend_has_the_textbook_prediction_interval() -> None:
    # y = 2, 4, 5, 4, 5 over x = 1..5: slope 0.6, intercept 2.2, residual sum of squares 2.4
    forecast = TREND_MODELS["ols_linear"].forecast(make_evidence([2, 4, 5, 4, 5]), [2026], n_paths=200_000)
    centre, sd = 2.2 + 0.6 * 6, np.sqrt(2.4 / 3 * (1 + 1 / 5 + 3**2 / 10))
    for q in (0.05, 0.5, 0.9):
        assert forecast.quantile(q, 2026) == pytest.approx(centre + sd * student.ppf(q, 3), abs=0.03)


def test_years_of_a_least_squares_path_share_their_error() -> None:
    paths = TREND_MODELS["ols_linear"].forecast(make_evidence(rising(8)), [2027, 2028], n_paths=5000).paths
    assert np.corrcoef(paths.T)[0, 1] > 0.2


@pytest.mark.parametrize("name", ["theta", "local_linear_trend", "holt_damped"])
def test_uncertainty_of_the_dynamic_models_grows_with_the_horizon(name: str) -> None:
    paths = TREND_MODELS[name].forecast(make_evidence(rising(10)), [2026, 2028], n_paths=4000).paths
    assert paths[:, 1].std() >= paths[:, 0].std()


@pytest.mark.parametrize("name", ["ols_linear", "holt_damped", "theta", "local_linear_trend", "combination"])
def test_a_rate_may_be_negative_and_moves_in_points(name: str) -> None:
    evidence = make_evidence([7, 10, -15, 4, 6, 3, 8, 5], Kind.RATE)
    paths = TREND_MODELS[name].forecast(evidence, [2026], n_paths=2000).paths
    assert paths.min() < 0 < np.median(paths) < 15


def test_a_log_trend_declines_a_rate_and_figures_that_are_not_positive() -> None:
    model = TREND_MODELS["ols_log"]
    with pytest.raises(ForecastDeclined, match="不取对数"):
        model.forecast(make_evidence([7, 8, 9, 11], Kind.RATE), [2026])
    with pytest.raises(ForecastDeclined, match="零或负值"):
        model.forecast(make_evidence([0, 8, 9, 11]), [2026])


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_a_constant_history_gives_no_false_certainty(name: str) -> None:
    model = TREND_MODELS[name]
    try:
        paths = model.forecast(make_evidence([50.0] * 8), [2026], n_paths=200).paths
    except ForecastDeclined as declined:
        assert "/" in str(declined)
    else:
        assert np.ptp(paths) > 0


def test_models_without_gaps_use_the_latest_unbroken_run() -> None:
    years = [2010, *range(2019, 2026)]
    forecast = TREND_MODELS["holt_damped"].forecast(
        make_evidence([60, *rising(7)], years=years), [2026], n_paths=50
    )
    assert forecast.n_points == 7
    assert "未使用 1 个" in "".join(forecast.notes)
    with pytest.raises(ForecastDeclined, match="连续"):
        TREND_MODELS["holt_damped"].forecast(
            make_evidence(rising(7), years=[*range(2018, 2024), 2025]), [2026]
        )


def test_the_local_linear_trend_steps_over_a_missing_year() -> None:
    years = [*range(2015, 2020), *range(2021, 2026)]
    forecast = TREND_MODELS["local_linear_trend"].forecast(
        make_evidence(rising(10), years=years), [2026], n_paths=500
    )
    assert forecast.n_points == 10


def test_only_own_annual_figures_are_used_and_the_last_one_of_a_year_counts() -> None:
    evidence = make_evidence([1, 2, 3, 4, 5, 6], years=[2022, 2023, 2023 + 5 / 12, 2024, 2024, 2025])
    half_year = dataclasses.replace(evidence.points[5], through=0.5)
    proxy = dataclasses.replace(evidence.points[0], role=Role.PROXY, group="p")
    evidence = dataclasses.replace(evidence, points=(proxy, *evidence.points[1:5], half_year))
    history = annual_history(evidence)
    assert history.years.tolist() == [2023, 2024]
    assert history.values.tolist() == [2.0, 5.0]
    assert history.unused == 3


@pytest.mark.parametrize("years", [[], [2018, 2026], [2027, 2026], [2026, 2026]])
def test_years_that_make_no_sense_are_refused(years: list[int]) -> None:
    with pytest.raises(ParameterError, match="预测年份"):
        TREND_MODELS["ols_linear"].forecast(make_evidence(rising(5)), years)


@pytest.mark.parametrize("name", list(TREND_MODELS))
def test_a_year_whose_figure_is_known_shows_that_figure(name: str) -> None:
    evidence = make_evidence(rising(8))
    vague = dataclasses.replace(evidence.points[-1], lower=150.0, upper=160.0)
    evidence = dataclasses.replace(evidence, points=(*evidence.points[:-1], vague))
    forecast = TREND_MODELS[name].forecast(evidence, [2024, 2025, 2026], n_paths=300)
    assert np.all(forecast.values(2024) == evidence.points[-2].value)
    assert 150 <= forecast.values(2025).min() < forecast.values(2025).max() <= 160
    assert np.ptp(forecast.values(2026)) > 0


def test_only_known_years_may_be_asked_for() -> None:
    forecast = TREND_MODELS["ols_linear"].forecast(make_evidence(rising(5)), [2025], n_paths=10)
    assert np.all(forecast.paths == rising(5)[-1])


def test_a_cumulative_path_never_falls_below_the_last_known_figure() -> None:
    evidence = make_evidence([90, 140, 120, 150], Kind.CUMULATIVE)
    in_year = dataclasses.replace(
        evidence.points[-1], time=2025 + 5 / 12, value=170.0, lower=168.0, upper=172.0
    )
    evidence = dataclasses.replace(evidence, points=(*evidence.points, in_year))
    paths = TREND_MODELS["ols_linear"].forecast(evidence, [2026, 2027, 2028], n_paths=500).paths
    assert paths.min() >= 168
    assert np.all(np.diff(paths, axis=1) >= 0)


def test_a_mixture_takes_whole_paths_in_turn() -> None:
    mixed = mix([np.full((5, 2), value) for value in (1.0, 2.0)])
    assert mixed.tolist() == [[1, 1], [2, 2], [1, 1], [2, 2], [1, 1]]


def test_the_combination_lies_between_its_members() -> None:
    evidence = make_evidence(rising(9))
    medians = {
        name: model.forecast(evidence, [2028], n_paths=4000).quantile(0.5, 2028)
        for name, model in TREND_MODELS.items()
    }
    combined = medians.pop("combination")
    assert min(medians.values()) <= combined <= max(medians.values())


bounded = st.lists(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3), min_size=1, max_size=8).map(
    lambda rows: np.array(rows, dtype=float)
)


@settings(max_examples=60, deadline=None)
@given(
    paths=bounded,
    kind=st.sampled_from(list(Kind)),
    whole=st.booleans(),
    floor=st.integers(0, 500),
)
def test_every_kind_keeps_its_constraint(paths: np.ndarray, kind: Kind, whole: bool, floor: int) -> None:
    before = paths.copy()
    indicator = make_indicator(kind, whole_number=whole, lower=0.0, upper=1000.0)
    kept = apply_constraints(paths, indicator, float(floor))
    assert np.array_equal(paths, before)
    assert kept.shape == paths.shape
    assert kept.min() >= 0
    assert kept.max() <= 1000
    if kind is Kind.CUMULATIVE:
        assert kept.min() >= floor
        assert np.all(np.diff(kept, axis=1) >= 0)
    if whole:
        assert np.array_equal(kept, np.round(kept))
    np.testing.assert_array_equal(apply_constraints(kept, indicator, float(floor)), kept)


def test_a_count_of_169_and_a_half_meets_170() -> None:
    paths = np.array([[169.5], [169.4]])
    kept = apply_constraints(paths, make_indicator(whole_number=True))
    assert kept.ravel().tolist() == [170.0, 169.0]


def test_without_bounds_a_rate_is_left_as_drawn() -> None:
    paths = np.array([[-3.7, 2.2]])
    assert np.array_equal(apply_constraints(paths, make_indicator(Kind.RATE), 5.0), paths)


def test_halves_of_a_count_always_go_up() -> None:
    kept = apply_constraints(np.array([[0.5, 1.5, 2.5, 168.5]]), make_indicator(whole_number=True))
    assert kept.ravel().tolist() == [1.0, 2.0, 3.0, 169.0]


def test_a_total_stays_between_what_was_reported_before_and_after_each_year() -> None:
    floor, ceiling = np.array([10.0, 10.0, 30.0]), np.array([20.0, 20.0, np.inf])
    paths = np.array([[5.0, 50.0, 40.0], [15.0, 12.0, 8.0]])
    kept = apply_constraints(paths, make_indicator(Kind.CUMULATIVE), floor, ceiling)
    assert kept.tolist() == [[10.0, 20.0, 40.0], [15.0, 15.0, 30.0]]
    stock = apply_constraints(paths, make_indicator(Kind.STOCK), floor, ceiling)
    assert np.array_equal(stock, paths)


def test_a_constant_history_is_declined_before_a_trend_is_made_up() -> None:
    for name in ("theta", "local_linear_trend", "ols_log"):
        with pytest.raises(ForecastDeclined, match=r"没有残差.*no residual"):
            TREND_MODELS[name].forecast(make_evidence([100.0] * 6), [2026, 2028])


def test_a_forecast_out_of_the_figures_size_is_declined_in_two_languages() -> None:
    def runaway(
        years: np.ndarray, figures: np.ndarray, steps: int, n_paths: int, rng: np.random.Generator
    ) -> np.ndarray:
        return figures[-1] + 1.3 * np.arange(1, steps + 1) + 0.01 * rng.standard_normal((n_paths, steps))

    theta = TREND_MODELS["theta"]
    assert isinstance(theta, TrendModel)
    broken = dataclasses.replace(theta, sampler=runaway)
    with pytest.raises(ForecastDeclined, match=f"量级（超过 {MAX_FACTOR:g} 倍）.*leaves the size"):
        broken.forecast(make_evidence([100, 101, 100, 102, 101]), [2028], n_paths=200)
    fast = make_evidence(100 * 3.7 ** np.arange(5) * (1 + 0.01 * NOISE[:5]))  # figures as fast as that
    assert broken.forecast(fast, [2028], n_paths=200).n_points == 5


def test_a_fit_that_did_not_converge_is_declined() -> None:
    class Fit:
        """A climb that stopped, and one from there that finds more."""

        mle_retvals: ClassVar = {"converged": False}
        params = 0.0

        def __init__(self, llf: float, more: float) -> None:
            self.llf, self.more = llf, more

        @property
        def model(self) -> Fit:
            return self

        def fit(self, **asked: object) -> Fit:
            return Fit(self.llf + self.more, 0.0)

    assert _climbed(Fit(1.0, MAX_CLIMB / 2)).llf == 1.0
    for more in (1.0, float("nan")):
        with pytest.raises(_UnconvergedError):
            _climbed(Fit(1.0, more))
