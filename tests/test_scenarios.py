"""Levers on a forecast: their laws, their arithmetic, and the table they end in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.decision_cases import BY_KIND, indicator, outlook, point, with_paths
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.pace import peer_growth, share_as_fast
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind
from zerobay_analysis.scenarios.levers import (
    LEVERS,
    Attrition,
    BestPace,
    ChangePace,
    EarlierTrend,
    Halt,
    HoldPace,
    Lever,
    PeerQuarter,
    ReachTarget,
    Shock,
    Step,
)
from zerobay_analysis.scenarios.run import (
    SCENARIO_COLUMNS,
    PulledLever,
    Scenario,
    ScenarioResult,
    families,
    run_scenario,
    scenario_frame,
    try_scenarios,
)

QUICK = settings(max_examples=25, deadline=None)

YEARS = (2025, 2026, 2027, 2028)
HISTORY = {
    Kind.STOCK: [point(2021 + i, 100 + 5 * i) for i in range(5)],  # 120 at the end of 2025
    Kind.CUMULATIVE: [point(2021 + i, 200.0 + 30 * i) for i in range(5)],  # 320
    Kind.FLOW: [point(2021 + i, 80 + 5 * i) for i in range(5)],  # 100
    Kind.RATE: [point(2021 + i, 4.0 + 0.5 * i) for i in range(5)],  # 6.0
}
JANUARY_2026, JANUARY_2027 = date(2026, 1, 1), date(2027, 1, 1)


@pytest.fixture(scope="module")
def forecasts() -> Mapping[Kind, IndicatorOutlook]:
    """An assessed indicator of each kind."""
    return {kind: outlook(kind, points) for kind, points in HISTORY.items()}


def run(base: IndicatorOutlook, *levers: Lever) -> ScenarioResult:
    number = base.indicator.id
    return run_scenario(
        Scenario(Text("情景", "scenario"), tuple(PulledLever(number, x) for x in levers)), base
    )


def known(kind: Kind, paths: Sequence[Sequence[float]]) -> IndicatorOutlook:
    """An indicator with given paths over 2025 to 2028."""
    return with_paths(outlook(kind, HISTORY[kind]), YEARS, np.array(paths, dtype=float))


def values(result: ScenarioResult) -> list[list[float]]:
    return result.forecast.paths.tolist()


def medians(result: ScenarioResult) -> list[float]:
    return [float(np.median(result.forecast.values(year))) for year in YEARS]


# --- laws ---------------------------------------------------------------------------------------

NOTHING = {
    Kind.STOCK: [
        *(ChangePace(JANUARY_2027, 0), Step(date(2027, 6, 30), 0)),
        *(Attrition(JANUARY_2027, 0), Shock(date(2027, 3, 31), 0, 2)),
    ],
    Kind.CUMULATIVE: [
        ChangePace(JANUARY_2027, 0),
        Step(date(2027, 6, 30), 0),
        Shock(date(2027, 3, 31), 0, 2),
    ],
    Kind.FLOW: [ChangePace(JANUARY_2027, 0), Step(date(2027, 6, 30), 0), Shock(date(2027, 3, 31), 0, 2)],
    Kind.RATE: [Step(date(2027, 6, 30), 0), Shock(date(2027, 3, 31), 0, 2)],
}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_zero_lever_changes_nothing_to_the_last_bit(kind: Kind, forecasts: Mapping) -> None:
    base = forecasts[kind]
    for lever in NOTHING[kind]:
        assert (run(base, lever).forecast.paths == base.forecast.paths).all(), lever
    assert (run(base, *NOTHING[kind]).forecast.paths == base.forecast.paths).all()
    assert (run(base).forecast.paths == base.forecast.paths).all()


levers_of_a_stock = st.lists(
    st.one_of(
        st.builds(ChangePace, st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.floats(-100, 200)),
        st.builds(Step, st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.floats(-50, 50)),
        st.builds(Attrition, st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.floats(0, 30)),
        st.builds(
            Shock, st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.floats(-80, 20), st.floats(0.2, 4)
        ),
        st.builds(ReachTarget, st.dates(date(2026, 1, 1), date(2028, 11, 30))),
        st.builds(HoldPace, st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.floats(-20, 40)),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda lever: getattr(lever, "start", None) or lever.day,
)


@QUICK
@given(levers=levers_of_a_stock, order=st.randoms())
def test_levers_act_in_the_order_of_their_dates_not_of_the_file(
    forecasts: Mapping, levers: list[Lever], order: object
) -> None:
    base = forecasts[Kind.STOCK]
    shuffled = list(levers)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = run(base, *levers), run(base, *shuffled)
    # A day that begins and a day that ends can be the same moment; those two may swap.
    moments = [lever.when(_base(base)) for lever in levers]
    if len(set(moments)) == len(moments):
        assert (one.forecast.paths == other.forecast.paths).all()


def _base(found: IndicatorOutlook):
    from zerobay_analysis.scenarios.run import baseline_of

    return baseline_of(found)


@QUICK
@given(levers=levers_of_a_stock)
def test_paths_stay_whole_and_within_bounds_under_any_levers(forecasts: Mapping, levers: list) -> None:
    paths = run(forecasts[Kind.STOCK], *levers).forecast.paths
    assert (paths == np.round(paths)).all()
    assert (paths >= 0).all()


@pytest.mark.parametrize("kind", [Kind.STOCK, Kind.CUMULATIVE, Kind.FLOW])
@QUICK
@given(
    percents=st.tuples(st.floats(-100, 300), st.floats(-100, 300)),
    start=st.dates(date(2025, 1, 1), date(2029, 1, 1)),
)
def test_speeding_up_more_never_lowers_the_probability(
    kind: Kind, forecasts: Mapping, percents: tuple[float, float], start: date
) -> None:
    slow, fast = (run(forecasts[kind], ChangePace(start, percent)) for percent in sorted(percents))
    assert (slow.forecast.paths <= fast.forecast.paths).all()
    assert all(a.p_met <= b.p_met for a, b in zip(slow.years, fast.years, strict=True))


@pytest.mark.parametrize("kind", list(Kind))
@QUICK
@given(
    amounts=st.tuples(st.floats(0, 80), st.floats(0, 80)), day=st.dates(date(2026, 1, 1), date(2028, 12, 31))
)
def test_a_larger_step_never_lowers_the_probability(
    kind: Kind, forecasts: Mapping, amounts: tuple[float, float], day: date
) -> None:
    small, large = (run(forecasts[kind], Step(day, amount)) for amount in sorted(amounts))
    assert all(a.p_met <= b.p_met for a, b in zip(small.years, large.years, strict=True))


@QUICK
@example(shares=(86.0, 98.0))  # hardly anything is left, and some paths of the forecast fall
@given(shares=st.tuples(st.floats(0, 100), st.floats(0, 100)))
def test_more_attrition_never_raises_the_probability(forecasts: Mapping, shares: tuple) -> None:
    less, more = (run(forecasts[Kind.STOCK], Attrition(JANUARY_2027, share)) for share in sorted(shares))
    assert (less.forecast.paths >= more.forecast.paths).all()


@QUICK
@given(
    size=st.floats(-100, 0),
    recovery=st.floats(0.1, 5),
    percent=st.floats(-100, 100),
    day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_a_cumulative_total_never_falls_under_any_levers(
    forecasts: Mapping, size: float, recovery: float, percent: float, day: date
) -> None:
    base = forecasts[Kind.CUMULATIVE]
    paths = run(base, Shock(day, size, recovery), ChangePace(day, percent)).forecast.paths
    assert (np.diff(paths, axis=1) >= 0).all()
    assert (paths >= 320).all()


@pytest.mark.parametrize("kind", list(Kind))
def test_years_before_a_lever_stay_as_they_are(kind: Kind, forecasts: Mapping) -> None:
    base = forecasts[kind]
    late = date(2028, 1, 1)
    levers: list[Lever] = [Step(date(2028, 6, 30), 5), Shock(date(2028, 6, 30), -5, 1), ReachTarget(late)]
    levers += [HoldPace(late, 3.0), EarlierTrend(late, date(2021, 1, 1), date(2023, 12, 31), 1)]
    if kind is not Kind.RATE:
        levers.append(ChangePace(late, 50))
    for lever in levers:
        before = base.forecast.years < 2028
        assert (run(base, lever).forecast.paths[:, before] == base.forecast.paths[:, before]).all(), lever


def test_the_same_scenario_gives_the_same_numbers(forecasts: Mapping) -> None:
    levers = (ChangePace(JANUARY_2027, 20), Step(date(2027, 6, 30), 10))
    one, other = (run(forecasts[Kind.STOCK], *levers) for _ in range(2))
    assert (one.forecast.paths == other.forecast.paths).all()


# --- arithmetic of each lever -------------------------------------------------------------------


def test_speeding_up_multiplies_growth_since_the_date() -> None:
    # 140 at the end of 2026; +20 by 2027 and +50 by 2028 become +30 and +75 at 50 % faster.
    base = known(Kind.STOCK, [[120, 140, 160, 190], [120, 140, 130, 150]])
    assert values(run(base, ChangePace(JANUARY_2027, 50))) == [[120, 140, 170, 215], [120, 140, 130, 155]]
    # From the middle of 2027: half of that year's growth, (160 - 150) * 1.5 + 150 = 165.
    assert values(run(base, ChangePace(date(2027, 7, 1), 50)))[0] == [120, 140, 165, 210]


def test_speeding_up_a_flow_counts_for_the_part_of_the_year_that_is_left() -> None:
    base = known(Kind.FLOW, [[100, 100, 100, 100]])
    assert values(run(base, ChangePace(date(2027, 7, 1), 20))) == [[100, 100, 110, 120]]


def test_what_a_year_to_date_figure_tells_cannot_be_changed() -> None:
    # 45 in the first half of 2026: speeding up from January 2026 acts from July on.
    points = [*HISTORY[Kind.FLOW], point(2026, 45, through=0.5)]
    base = with_paths(outlook(Kind.FLOW, points), YEARS, np.full((3, 4), 100.0))
    assert values(run(base, ChangePace(date(2026, 1, 1), 20)))[0] == [100, 110, 120, 120]
    with pytest.raises(ParameterError, match="not after the latest figure"):
        run(base, Step(date(2026, 3, 31), 5))
    assert values(run(base, Step(date(2026, 9, 30), 5)))[0] == [100, 105, 100, 100]


def test_a_fund_of_30_that_closes_in_the_second_quarter_of_2027_stays() -> None:
    base = known(Kind.CUMULATIVE, [[320, 350, 380, 410.5]])
    assert values(run(base, Step(date(2027, 6, 30), 30))) == [[320, 350, 410, 440.5]]


@pytest.mark.parametrize("kind", [Kind.FLOW, Kind.RATE])
def test_a_step_of_a_yearly_indicator_is_of_that_year_only(kind: Kind) -> None:
    base = known(kind, [[6, 6, 6, 6]])
    assert values(run(base, Step(date(2027, 12, 31), 2))) == [[6, 6, 8, 6]]


def test_attrition_takes_its_share_of_what_stands_every_year() -> None:
    # 10 % a year from 2027: 2027 loses 10 % of 100 = 10; 2028 keeps 9 of that loss and loses
    # 10 % of the 200 standing at the end of 2027: 9 + 20 = 29.
    base = known(Kind.STOCK, [[120, 100, 200, 300]])
    assert values(run(base, Attrition(JANUARY_2027, 10))) == [[120, 100, 190, 271]]


def test_a_shock_hits_a_stock_and_fades_along_a_line() -> None:
    # -20 % at the end of 2026, gone in 2 years: -20 %, -10 %, 0.
    base = known(Kind.STOCK, [[120, 200, 200, 200]])
    assert values(run(base, Shock(date(2026, 12, 31), -20, 2))) == [[120, 160, 180, 200]]


def test_a_shock_to_a_cumulative_total_lowers_what_is_added() -> None:
    # -50 % at the end of 2026, gone in 2 years: on average -37.5 % in 2027 and -12.5 % in 2028.
    base = known(Kind.CUMULATIVE, [[320, 360, 440, 520]])
    assert values(run(base, Shock(date(2026, 12, 31), -50, 2))) == [[320, 360, 410, 480]]


def test_a_shock_to_a_rate_is_in_points() -> None:
    base = known(Kind.RATE, [[6, 6, 6, 6]])
    assert values(run(base, Shock(date(2026, 12, 31), -4, 2))) == [[6, 6, 3, 5]]


def test_holding_the_recent_pace_moves_the_median_and_keeps_the_spread() -> None:
    # 5 a year from 120 at the end of 2025: 125, 130, 135.
    base = known(Kind.STOCK, [[120, 140, 160, 180], [120, 142, 165, 190], [120, 138, 155, 170]])
    result = run(base, HoldPace(JANUARY_2026))
    assert medians(result) == [120, 125, 130, 135]
    assert [f.value for f in result.findings] == [5]
    assert (np.ptp(result.forecast.paths, axis=0) == np.ptp(base.forecast.paths, axis=0)).all()
    assert medians(run(base, HoldPace(JANUARY_2026, 10))) == [120, 130, 140, 150]


def test_a_yearly_indicator_that_holds_its_pace_repeats_its_latest_year() -> None:
    base = known(Kind.FLOW, [[100, 120, 130, 140]])
    assert medians(run(base, HoldPace(JANUARY_2027))) == [100, 120, 100, 100]


def test_reaching_the_target_reports_the_pace_and_puts_the_median_there() -> None:
    # From 120 to 170 in 3 years: 50 / 3 a year.
    base = known(Kind.STOCK, [[120, 121, 122, 123], [120, 125, 128, 133], [120, 117, 116, 113]])
    result = run(base, ReachTarget(JANUARY_2026, 2028))
    assert medians(result)[-1] == 170
    assert [f.value for f in result.findings] == [pytest.approx(50 / 3)]
    assert result.years[-1].p_met == pytest.approx(2 / 3)
    # Through every target: 140, 155, 170.
    result = run(base, ReachTarget(JANUARY_2026))
    assert medians(result) == [120, 140, 155, 170]
    assert [f.value for f in result.findings] == [20, 15, 15]


def test_a_lever_without_a_date_begins_today_and_leaves_the_past_alone() -> None:
    # The median is 130 in the middle of 2026; from there to 170 in two and a half years.
    base = known(Kind.STOCK, [[120, 140, 141, 142]])
    result = run(base, ReachTarget(year=2028))
    assert [f.value for f in result.findings] == [pytest.approx(40 / 2.5)]
    assert values(result) == [[120, 138, 154, 170]]


def test_a_yearly_indicator_reaches_its_target_in_the_year_asked_for() -> None:
    base = known(Kind.RATE, [[6, 5, 5, 5]])
    assert values(run(base, ReachTarget(year=2027))) == [[6, 5, 7, 5]]


def test_returning_to_an_earlier_trend_goes_back_to_its_line() -> None:
    # 2021 to 2023: 100 to 110, 5 a year, so 110 + 5 * 5 = 135 in 2028; half of the way in 2027:
    # the line is at 130 there, the median at 160: 145.
    base = known(Kind.STOCK, [[120, 140, 160, 190]])
    lever = EarlierTrend(JANUARY_2027, date(2021, 1, 1), date(2023, 12, 31), 2)
    result = run(base, lever)
    assert values(result) == [[120, 140, 145, 135]]
    assert [f.value for f in result.findings] == [5]


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lever", "words"),
    [
        (Kind.RATE, ChangePace(JANUARY_2027, 20), "ambiguous"),
        (Kind.CUMULATIVE, Attrition(JANUARY_2027, 5), "does not fall"),
        (Kind.FLOW, Attrition(JANUARY_2027, 5), "no stock"),
        (Kind.CUMULATIVE, Step(date(2027, 6, 30), -5), "cannot fall"),
        (Kind.STOCK, Step(date(2025, 6, 30), 5), "not after the latest figure"),
        (Kind.STOCK, Shock(date(2025, 6, 30), -5, 1), "not after the latest figure"),
        (Kind.STOCK, ReachTarget(year=2030), "no target"),
        (Kind.STOCK, EarlierTrend(JANUARY_2027, date(2010, 1, 1), date(2012, 1, 1), 1), "fewer than 2"),
    ],
)
def test_a_lever_that_makes_no_sense_is_refused(
    kind: Kind, lever: Lever, words: str, forecasts: Mapping
) -> None:
    with pytest.raises(ParameterError, match=words):
        run(forecasts[kind], lever)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ChangePace(JANUARY_2027, -101),
        lambda: Attrition(JANUARY_2027, 101),
        lambda: Shock(JANUARY_2027, -10, 0),
        lambda: EarlierTrend(JANUARY_2027, date(2023, 1, 1), date(2022, 1, 1), 1),
    ],
)
def test_a_size_out_of_range_is_refused_where_it_is_given(make: object) -> None:
    with pytest.raises(ParameterError):
        make()  # type: ignore[operator]


def test_without_a_forecast_there_is_nothing_to_move() -> None:
    with pytest.raises(ForecastDeclined, match="no probability can be given"):
        run(outlook(Kind.STOCK, []), ChangePace(JANUARY_2027, 20))


def test_the_recent_pace_needs_figures_of_the_plans_definition() -> None:
    base = outlook(Kind.STOCK, [point(2023, 112, role="doubtful"), point(2024, 137, role="doubtful")])
    with pytest.raises(ParameterError, match="give per_year"):
        run(base, HoldPace())
    assert run(base, HoldPace(per_year=5)).findings[0].value == 5


def test_a_scenario_names_the_indicator_that_is_not_assessed(forecasts: Mapping) -> None:
    scenario = Scenario(Text("甲", "a"), (PulledLever(1, ChangePace(JANUARY_2027, 20)),))
    with pytest.raises(ParameterError, match="indicator 1"):
        try_scenarios([scenario], forecasts.values())


def test_one_that_cannot_be_run_is_told_and_the_others_go_on(forecasts: Mapping) -> None:
    silent = outlook(Kind.RATE, [])
    known = [forecasts[Kind.STOCK], silent]
    rate, stock = silent.indicator.id, BY_KIND[Kind.STOCK]
    past = Step(date(2020, 6, 30), 1)
    levers = (
        PulledLever(rate, HoldPace()),
        PulledLever(stock, past),
    )
    first = Scenario(Text("甲", "a"), levers)
    second = Scenario(Text("乙", "b"), (PulledLever(stock, ChangePace(JANUARY_2027, 20)),))
    results, refused = try_scenarios([first, second], known)
    assert [result.scenario.name.en for result in results] == ["b"]
    assert [(refusal.scenario.name.en, refusal.indicator) for refusal in refused] == [
        ("a", rate),
        ("a", stock),
    ]
    assert "no probability" in refused[0].reason.en
    assert "不晚于最新数字" in refused[1].reason.zh


# --- results ------------------------------------------------------------------------------------


def pulled(kind: Kind, lever: Lever) -> PulledLever:
    return PulledLever(BY_KIND[kind], lever)


def test_scenarios_stand_side_by_side_with_the_baseline(forecasts: Mapping) -> None:
    fast = Scenario(Text("提速", "faster"), (pulled(Kind.STOCK, ChangePace(JANUARY_2027, 20)),))
    fund = Scenario(Text("基金", "fund"), (pulled(Kind.CUMULATIVE, Step(date(2027, 6, 30), 30)),))
    both = Scenario(Text("提速 + 基金", "faster + fund"), fast.levers + fund.levers)
    results, _ = try_scenarios([fast, fund, both], forecasts.values())
    frame = scenario_frame(results)
    assert {column: str(kind) for column, kind in frame.dtypes.items()} == dict(SCENARIO_COLUMNS)
    assert set(frame["type"]) == {"reported", "projected"}
    stock = frame[frame["indicator"] == 7]
    assert list(dict.fromkeys(stock["scenario"])) == ["基线", "提速", "提速 + 基金"]
    assert (stock["type"] == "reported").sum() == 5
    assert stock[stock["type"] == "reported"]["observation"].str.startswith("t").all()
    assert not frame.duplicated(["scenario", "indicator", "date", "type"]).any()
    english = scenario_frame(results, "en")
    assert set(english["scenario"]) == {"baseline", "faster", "fund", "faster + fund"}


def test_a_year_over_without_a_figure_is_estimated() -> None:
    base = outlook(Kind.STOCK, HISTORY[Kind.STOCK][:4])  # up to 2024
    base = replace(base, evidence=replace(base.evidence, as_of=date(2026, 6, 30)))
    frame = scenario_frame([run(base, ChangePace(JANUARY_2027, 20))], "en")
    kinds = frame[frame["scenario"] == "baseline"].set_index("year")["type"]
    assert kinds[2024] == "reported"
    assert kinds[2025] == "estimated"
    assert kinds[2026] == "projected"


def test_outcomes_and_findings_tell_what_changed(forecasts: Mapping) -> None:
    scenario = Scenario(Text("达标", "reach"), (pulled(Kind.STOCK, ReachTarget(JANUARY_2026, 2028)),))
    results, _ = try_scenarios([scenario], forecasts.values())
    assert [year.year for year in results[0].years] == [2026, 2027, 2028]
    last = results[0].years[-1]
    assert last.q50 == 170
    assert last.p_met >= 0.5
    assert [finding.value for finding in results[0].findings] == [pytest.approx(50 / 3)]


def test_every_lever_speaks_both_languages(forecasts: Mapping) -> None:
    levers: list[Lever] = [
        *(HoldPace(), HoldPace(JANUARY_2027, 3), ReachTarget(), ReachTarget(JANUARY_2027, 2028)),
        *(ChangePace(JANUARY_2027, 20), ChangePace(JANUARY_2027, -20), Step(JANUARY_2027, 3)),
        *(Attrition(JANUARY_2027, 3), Shock(JANUARY_2027, -3, 1)),
        EarlierTrend(JANUARY_2027, date(2021, 1, 1), date(2023, 12, 31), 2),
        *(BestPace(JANUARY_2027), PeerQuarter(JANUARY_2027), Halt(JANUARY_2027)),
    ]
    assert {lever.id for lever in levers} == set(LEVERS)
    for lever in levers:
        zh, en = (lever.text(lang, forecasts[Kind.STOCK].indicator) for lang in ("zh", "en"))
        assert en.isascii()
        assert not zh.isascii()


# --- families -----------------------------------------------------------------------------------


def grown(kind: Kind = Kind.STOCK) -> IndicatorOutlook:
    """100 to 140 in five years, the best of them +16."""
    return outlook(kind, [point(2020 + i, v) for i, v in enumerate((100, 108, 112, 128, 134, 140))])


def test_the_best_own_year_is_repeated() -> None:
    result = run(grown(), BestPace(date(2027, 1, 1)))
    assert result.findings[0].value == 16
    base = result.outlook.forecast
    assert base is not None
    gained = np.median(result.forecast.values(2028)) - np.median(base.values(2026))
    assert gained == pytest.approx(32, abs=1)


def test_of_a_flow_the_best_year_is_its_largest() -> None:
    result = run(grown(Kind.FLOW), BestPace(date(2027, 1, 1)))
    assert np.median(result.forecast.values(2028)) == pytest.approx(140, abs=1)


def test_the_upper_quarter_is_what_a_quarter_of_the_class_keep_up() -> None:
    base = grown()
    growth = peer_growth(base.indicator)
    assert share_as_fast(Kind.STOCK, growth**3, 3) == pytest.approx(0.25, abs=0.01)  # its class is general
    result = run(base, PeerQuarter(date(2027, 1, 1)))
    assert base.forecast is not None
    expected = np.median(base.forecast.values(2026)) * growth**2
    assert np.median(result.forecast.values(2028)) == pytest.approx(expected, abs=1)


def test_a_halt_adds_nothing() -> None:
    base = grown()
    result = run(base, Halt(date(2027, 1, 1)))
    assert base.forecast is not None
    assert np.median(result.forecast.values(2028)) == np.median(base.forecast.values(2026))
    flow = run(grown(Kind.FLOW), Halt(date(2027, 1, 1)))
    assert flow.forecast.values(2027).max() == 0


@pytest.mark.parametrize("lever", [PeerQuarter(), Halt()])
def test_a_rate_neither_grows_like_its_peers_nor_halts(lever: Lever) -> None:
    with pytest.raises(ParameterError, match="use step"):
        lever.check(indicator(Kind.RATE))


def test_without_a_change_on_record_there_is_no_best_year() -> None:
    with pytest.raises(ParameterError, match="use hold_pace"):
        run(outlook(Kind.STOCK, [point(2025, 100)]), BestPace())


@pytest.mark.parametrize(("kind", "count"), [(Kind.STOCK, 5), (Kind.FLOW, 4), (Kind.RATE, 2)])
def test_every_family_that_makes_sense_runs_from_the_next_year_on(kind: Kind, count: int) -> None:
    base = grown(kind)
    results, refused = try_scenarios(families(base), [base])
    assert len(results) == count
    assert not refused
    for result in results:
        assert result.years[0].change == 0  # of 2026, which is under way
