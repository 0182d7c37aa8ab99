"""The default forecaster on single indicators."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast import DEFAULT_FORECASTER, forecaster, forecaster_names
from zerobay_analysis.forecast.panel import forecast_panel
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.forecast.readings import read
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Precision, Role

YEARS = (2026, 2027, 2028)


def indicator(kind: Kind = Kind.STOCK, **changes: object) -> Indicator:
    base = Indicator(
        id=7,
        key="firms",
        name_zh="企业",
        name_en="Firms",
        short_zh="企业",
        short_en="Firms",
        action_zh="",
        kind=kind,
        unit_zh="家",
        unit_en="firms",
        direction=1,
        decimals=0,
        whole_number=False,
        lower=None,
        upper=None,
        owners=("区科委",),
        document="doc",
        section="annex 1",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def point(
    time: float,
    value: float,
    half: float = 0.0,
    role: Role = Role.OWN,
    group: str = "",
    through: float = 1.0,
) -> Point:
    return Point(
        observation=f"{group}{time}",
        time=time,
        value=value,
        lower=value - half,
        upper=value + half,
        reported=value,
        precision=Precision.EXACT,
        role=role,
        group=group,
        through=through,
        label=f"{value:g}家",
        published=date(2026, 1, 31),
        source="s",
        caveat="",
    )


def evidence(*points: Point, of: Indicator | None = None) -> Evidence:
    ordered = tuple(sorted(points, key=lambda p: p.time))
    return Evidence(indicator=of or indicator(), points=ordered, as_of=date(2026, 6, 30))


def history(*values: float, end: int = 2025, of: Indicator | None = None) -> Evidence:
    first = end - len(values) + 1
    return evidence(*(point(first + i, v) for i, v in enumerate(values)), of=of)


def run(given: Evidence, years: tuple[int, ...] = YEARS, seed: int = 0, n_paths: int = 20_000) -> Forecast:
    return ReferenceClass().forecast(given, years, n_paths=n_paths, seed=seed)


def width(forecast: Forecast, year: int) -> float:
    return forecast.quantile(0.9, year) - forecast.quantile(0.1, year)


def fan(forecast: Forecast) -> np.ndarray:
    return np.quantile(forecast.paths, (0.1, 0.25, 0.5, 0.75, 0.9), axis=0)


def test_is_the_default_and_an_unknown_name_is_refused_with_the_list() -> None:
    assert forecaster().name == DEFAULT_FORECASTER == forecaster_names()[0]
    with pytest.raises(ParameterError, match=r"reference_class.*ols_linear"):
        forecaster("magic")


def test_exact_yearly_figures_give_what_the_panel_gives() -> None:
    values = [70.0, 81.0, 88.0, 97.0, 112.0]
    frame = pd.DataFrame({"unique_id": "a", "ds": range(2021, 2026), "y": values})
    panel = forecast_panel(frame, 3, quantiles=(0.1, 0.5, 0.9))
    single = run(history(*values), n_paths=200_000)
    for row, year in zip(panel.itertuples(index=False), YEARS, strict=True):
        got = [single.quantile(q, year) for q in (0.1, 0.5, 0.9)]
        assert got == pytest.approx(list(row[-3:]), rel=0.01)


def test_one_figure_is_enough_and_is_the_centre() -> None:
    forecast = run(history(100.0))
    assert 95 < forecast.quantile(0.5, 2026) < 110
    assert forecast.n_points == 1


def test_only_proxies_are_declined_with_a_reason_in_both_languages() -> None:
    given = evidence(
        point(2023, 500, role=Role.PROXY, group="p"), point(2024, 550, role=Role.PROXY, group="p")
    )
    with pytest.raises(ForecastDeclined, match=r"水平无法确定.*do not determine the level"):
        run(given)


def test_a_proxy_informs_growth_but_not_level() -> None:
    alone = run(history(100.0))
    proxies = [point(2018 + i, 5000 * 1.2**i, role=Role.PROXY, group="p") for i in range(8)]
    informed = run(evidence(point(2025, 100.0), *proxies))
    assert informed.quantile(0.5, 2028) > 1.2 * alone.quantile(0.5, 2028)
    assert informed.quantile(0.5, 2026) < 150


def test_of_a_group_with_its_own_offset_one_figure_is_spent_on_it() -> None:
    proxies = [point(2018 + i, 5000 * 1.2**i, role=Role.PROXY, group="p") for i in range(4)]
    assert read(evidence(point(2024, 90.0), point(2025, 100.0))).figures == 2
    assert read(evidence(point(2025, 100.0), *proxies)).figures == 4
    assert read(evidence(point(2025, 100.0), proxies[0])).figures == 1


def test_an_outlier_changes_nothing() -> None:
    base = [point(2024, 100.0), point(2025, 104.0)]
    with_outlier = evidence(*base, point(2023, 900.0, role=Role.OUTLIER))
    assert np.array_equal(run(with_outlier).paths, run(evidence(*base)).paths)


def test_only_doubtful_figures_anchor_on_the_latest_and_say_so() -> None:
    given = evidence(
        point(2023, 112, role=Role.DOUBTFUL, group="a"),
        point(2023 + 5 / 12, 137, role=Role.DOUBTFUL, group="b"),
    )
    forecast = run(given, (2024, 2025, 2026))
    assert 130 < forecast.quantile(0.5, 2024) < 165
    assert any("基准" in note for note in forecast.notes)


def test_a_doubtful_figure_is_believed_as_far_as_it_fits() -> None:
    ends = [point(2020, 90), point(2022, 100), point(2026, 121)]

    def believed(value: float) -> float:
        given_ = evidence(*ends, point(2024, value, role=Role.DOUBTFUL, group="d"))
        return float(np.mean(np.abs(run(given_, (2024,)).values(2024) - value) < 0.012 * value))

    fits, odd, absurd = believed(110), believed(125), believed(200)
    assert 0.5 < fits < 1
    assert fits > odd > absurd
    assert absurd < 0.2


def test_a_rounded_figure_widens_the_forecast() -> None:
    exact = run(evidence(point(2024, 205), point(2025, 210)))
    vague = run(evidence(point(2024, 205), point(2025, 210, half=40)))
    assert width(vague, 2026) > width(exact, 2026)


def test_a_year_already_reported_exactly_is_not_uncertain() -> None:
    forecast = run(history(90, 95, 103, 110), (2024, 2025, 2026))
    assert np.allclose(forecast.values(2025), 110, rtol=1e-6)
    assert np.allclose(forecast.values(2024), 103, rtol=1e-6)
    assert width(forecast, 2026) > 1


def test_the_same_seed_gives_the_same_paths() -> None:
    assert np.array_equal(run(history(3, 4, 5)).paths, run(history(3, 4, 5)).paths)
    assert not np.array_equal(run(history(3, 4, 5)).paths, run(history(3, 4, 5), seed=1).paths)


def as_kind(kind: Kind, values: list[float]) -> list[float]:
    """Values that a series of this kind can have."""
    return sorted(values) if kind is Kind.CUMULATIVE else values


KINDS = st.sampled_from([Kind.STOCK, Kind.CUMULATIVE, Kind.FLOW, Kind.RATE])
FIGURES = st.lists(st.floats(20.0, 500.0), min_size=1, max_size=7)


@settings(max_examples=30, deadline=None)
@given(FIGURES, KINDS, st.booleans())
def test_paths_keep_what_the_indicator_can_be(values: list[float], kind: Kind, whole: bool) -> None:
    bounds = {"lower": 10.0, "upper": 600.0}
    given_ = history(*as_kind(kind, values))
    of = indicator(kind, whole_number=whole, **bounds)
    paths = run(replace(given_, indicator=of), n_paths=2000).paths
    assert np.isfinite(paths).all()
    assert paths.min() >= 10
    assert paths.max() <= 600
    if whole:
        assert np.array_equal(paths, np.round(paths))
    if kind is Kind.CUMULATIVE:
        assert (np.diff(paths, axis=1) >= 0).all()
        assert paths.min() >= np.floor(max(values))


@settings(max_examples=20, deadline=None)
@given(FIGURES, KINDS)
def test_p_falls_as_the_target_rises(values: list[float], kind: Kind) -> None:
    forecast = run(history(*values, of=indicator(kind)), n_paths=2000)
    p = [forecast.prob_at_least(target, 2028) for target in np.linspace(0, 1000, 50)]
    assert (np.diff(p) <= 0).all()


SHARE = indicator(Kind.RATE, lower=0.0)


@settings(max_examples=20, deadline=None)
@given(
    FIGURES,
    st.sampled_from([indicator(kind) for kind in (Kind.STOCK, Kind.CUMULATIVE, Kind.FLOW)] + [SHARE]),
    st.sampled_from([1e-3, 7.3, 1e5]),
)
def test_scaling_the_figures_scales_the_paths(values: list[float], of: Indicator, factor: float) -> None:
    # Not so for growth rates: their points have a size of their own.
    values = as_kind(of.kind, values)
    scaled = fan(run(history(*(v * factor for v in values), of=of)))
    # The paths are the same to the last digits; rounding may give one of 20,000 to a neighbour.
    assert scaled == pytest.approx(factor * fan(run(history(*values, of=of))), rel=1e-3)


@settings(max_examples=20, deadline=None)
@given(FIGURES, KINDS, st.integers(-60, 60))
def test_shifting_the_years_shifts_the_forecast(values: list[float], kind: Kind, shift: int) -> None:
    values, of = as_kind(kind, values), indicator(kind)
    moved = fan(run(history(*values, end=2025 + shift, of=of), tuple(y + shift for y in YEARS)))
    assert moved == pytest.approx(fan(run(history(*values, of=of))), rel=1e-3)


def test_an_exact_figure_stays_exact_whatever_its_digits() -> None:
    rng = np.random.default_rng(0)
    values = [485.17369618979086, 61.01135693113484, *rng.uniform(1e-3, 1e6, 300)]
    assert not any(read(history(value)).sd.any() for value in values)


@pytest.mark.parametrize("kind", list(Kind))
def test_more_exact_figures_do_not_widen_the_forecast_on_average(kind: Kind) -> None:
    rng = np.random.default_rng(8)
    ratios = []
    for spread in np.geomspace(0.01, 0.08, 30):  # calm and restless ones, as in the class
        changes = 0.05 + spread * rng.standard_normal(8)
        if kind is Kind.RATE:
            values = 100 * changes
        else:
            values = 100 * np.exp(np.cumsum(np.abs(changes) if kind is Kind.CUMULATIVE else changes))
        widths = [
            width(run(history(*values[-n:], of=indicator(kind)), n_paths=4000), 2027) for n in (1, 3, 5, 8)
        ]
        ratios.append(np.array(widths[1:]) / widths[0])
    mean = np.exp(np.log(ratios).mean(axis=0))
    assert (mean < 1).all()
    assert mean[2] < mean[0]


def test_a_rate_gives_what_the_panel_gives_and_may_be_negative() -> None:
    values = [7.0, -10.0, 15.0]
    frame = pd.DataFrame({"unique_id": "a", "ds": range(2023, 2026), "y": values})
    panel = forecast_panel(frame, 3, (0.1, 0.5, 0.9), "rate")
    single = run(history(*values, of=indicator(Kind.RATE, lower=-100.0)), n_paths=200_000)
    for row, year in zip(panel.itertuples(index=False), YEARS, strict=True):
        got = [single.quantile(q, year) for q in (0.1, 0.5, 0.9)]
        assert got == pytest.approx(list(row[-3:]), abs=0.4)
    assert single.n_points == 3
    assert single.quantile(0.05, 2026) < 0


def test_a_share_moves_in_points_of_its_own_size() -> None:
    intensity = indicator(Kind.RATE, lower=0.0, upper=100.0)
    growth = indicator(Kind.RATE, lower=-100.0)
    share = run(history(14.2, of=intensity))
    assert width(share, 2026) < 0.5 * width(run(history(14.2, of=growth)), 2026)
    assert share.paths.min() >= 0


def test_at_least_170_of_a_count_means_169_and_a_half() -> None:
    counted = run(history(150, 160, of=indicator(whole_number=True)), n_paths=4000)
    exact = run(history(150, 160), n_paths=4000)
    assert counted.prob_at_least(170, 2026) == pytest.approx(exact.prob_at_least(169.5, 2026), rel=1e-6)


@pytest.mark.parametrize("whole_number", [True, False])
@pytest.mark.parametrize("target", [-5, 0, 140, 169, 1e9])
def test_at_most_is_what_at_least_leaves(whole_number: bool, target: float) -> None:
    forecast = run(history(150, 160, of=indicator(whole_number=whole_number)), n_paths=100)
    above = forecast.prob_at_least(target + (1 if whole_number else 0), 2026)
    assert forecast.prob_at_most(target, 2026) == pytest.approx(1 - above, abs=2e-6)
    assert forecast.prob_met(target, 2026, -1) == forecast.prob_at_most(target, 2026)


def test_a_total_between_two_reports_lies_between_them() -> None:
    given_ = evidence(point(2023, 100), point(2026, 160), of=indicator(Kind.CUMULATIVE))
    paths = run(given_, (2024, 2025, 2026), n_paths=4000).paths
    assert paths.min() >= 100 - 1e-9
    assert paths.max() <= 160 + 1e-9


def test_a_mid_year_figure_counts_at_its_date() -> None:
    before = [point(2021 + i, 100 * 1.05**i) for i in range(4)]
    widths = [width(run(evidence(*before, point(2024 + part, 121.5))), 2026) for part in (0.25, 0.5, 1.0)]
    assert widths == sorted(widths, reverse=True)


def test_a_doubtful_figure_of_the_same_date_as_a_sure_one_is_no_obstacle() -> None:
    same_day = evidence(point(2024, 100), point(2025, 110), point(2025, 130, role=Role.DOUBTFUL, group="d"))
    assert run(same_day, (2025,)).quantile(0.5, 2025) == pytest.approx(110, rel=0.01)


def test_two_sources_that_disagree_on_one_date_leave_doubt() -> None:
    agreed = run(evidence(point(2024, 100), point(2025, 110)), (2025,))
    disagreed = run(evidence(point(2024, 100), point(2025, 105), point(2025, 115)), (2025,))
    assert width(agreed, 2025) < 0.01
    assert 3 < width(disagreed, 2025) < 20


def test_a_jump_of_the_past_is_not_expected_every_year() -> None:
    steady = [100, 102, 104, 106, 108, 110, 112, 114]
    jumped = [100, 102, 104, 106, 158, 161, 164, 167]
    growth = [run(history(*v)).quantile(0.5, 2026) / v[-1] for v in (steady, jumped)]
    assert growth[1] - 1 < 0.06


def test_years_out_of_order_are_refused() -> None:
    for years in ((), (2027, 2026), (2026, 2026)):
        with pytest.raises(ParameterError, match="strictly increasing"):
            run(history(1.0), years)


def test_no_path_at_all_is_refused() -> None:
    with pytest.raises(ParameterError, match="n_paths"):
        run(history(1.0), n_paths=0)


def test_no_figure_at_all_is_declined() -> None:
    with pytest.raises(ForecastDeclined, match="no usable figure"):
        run(evidence())


def informative(months: tuple[Point, ...]) -> list[Point]:
    """The latest twelve, and the last of each of the twelve years before them."""
    years = {math.ceil(p.time - 1e-6): p for p in months[:-12]}
    return [*list(years.values())[-12:], *months[-12:]]


def test_of_a_long_record_the_latest_dates_inform_and_a_note_says_how_many_do_not() -> None:
    months = tuple(point(2000 + i / 12, 100 * 1.003**i) for i in range(300))
    other = tuple(point(2001 + i / 12, 50 * 1.003**i, role=Role.PROXY, group="g") for i in range(280))
    points = tuple(sorted((*months, *other), key=lambda p: p.time))
    long, short = (
        Evidence(indicator(), kept, date(2025, 6, 1))
        for kept in (points, tuple(sorted((*informative(months), *informative(other)), key=lambda p: p.time)))
    )
    assert any("另有 532 个未用" in note for note in read(long).notes)
    assert not any("未用" in note for note in read(short).notes)
    answers = [ReferenceClass().forecast(of, YEARS, n_paths=50) for of in (long, short)]
    np.testing.assert_array_equal(answers[0].paths, answers[1].paths)


def test_a_stock_with_a_zero_is_forecast_in_the_spread_of_its_counts() -> None:
    counts = indicator(whole_number=True, lower=0.0)
    forecast = run(history(0.0, 2.0, 1.0, 3.0, of=counts))
    assert forecast.n_points == 4
    assert forecast.quantile(0.05, 2026) <= 1
    assert 2 <= forecast.quantile(0.95, 2026) <= 15
    with pytest.raises(ForecastDeclined):
        run(history(0.0, 0.0, 0.0, of=counts))


def test_a_balance_that_changes_sign_is_forecast_on_both_sides() -> None:
    forecast = run(history(-3.0, 2.0, -1.0, 4.0, -2.0))
    assert forecast.quantile(0.1, 2026) < 0 < forecast.quantile(0.9, 2026)
