"""Each official rule does what its source says, on examples worked by hand."""

from __future__ import annotations

import pytest

from tests.decision_cases import method_input
from zerobay_analysis.assessment.methods import METHODS
from zerobay_analysis.assessment.methods.acceleration import acceleration_class
from zerobay_analysis.assessment.methods.cagr_ratio import cagr, growth_ratio, ratio_class
from zerobay_analysis.assessment.methods.dns_weather import weather
from zerobay_analysis.assessment.methods.escap_api import anticipated_class, weighted_line
from zerobay_analysis.assessment.methods.escap_csi import status_index
from zerobay_analysis.assessment.methods.gap_share import gap_class
from zerobay_analysis.assessment.methods.healthy_people import targeted_change
from zerobay_analysis.assessment.methods.method import DataPoint
from zerobay_analysis.assessment.methods.plan_midterm import standing
from zerobay_analysis.assessment.methods.progress_score import score, score_class
from zerobay_analysis.assessment.methods.schedule_light import lag_points, light
from zerobay_analysis.assessment.methods.un_progress_chart import chart_class, compound_projection
from zerobay_analysis.plan import Kind


def judged(method: str, **given: object) -> tuple[str, float]:
    """Class and deciding number of one method."""
    result = METHODS[method].apply(method_input(**given))  # type: ignore[arg-type]
    assert result.category is not None, result.reason.en
    return result.category.key, result.numbers[0].value


# --- 序时进度 -----------------------------------------------------------------------------------


def test_schedule_light_compares_the_way_done_with_the_time_gone() -> None:
    # From 110 (end of 2025) to 170 (end of 2028) is 60; at the end of 2026 there are 125:
    # done 15/60 = 25 %, time 1/3 = 33.3 %, behind by 8.33 points: green, but behind.
    key, lag = judged("schedule_light", values={2025: 110, 2026: 125}, target=170, year=2028)
    assert (key, lag) == ("green", pytest.approx(100 / 3 - 25))


@pytest.mark.parametrize(
    ("lag", "key"),
    [(-5, "green"), (9.99, "green"), (10, "yellow"), (30, "yellow"), (30.01, "red")],
)
def test_schedule_light_changes_at_10_and_beyond_30_points(lag: float, key: str) -> None:
    # 银川: 低于序时进度10~30个百分点（含10~30个百分点）黄灯，超过30个百分点红灯.
    assert light(lag) == key


def test_schedule_light_says_that_a_lag_below_10_points_is_our_green() -> None:
    result = METHODS["schedule_light"].apply(method_input({2025: 110, 2026: 125}, 170, 2028))
    assert "基本符合" in result.note("zh")
    assert "open" in result.note("en")


def test_schedule_light_of_a_flow_compares_the_year_to_date_with_the_months() -> None:
    # 45 of 100 by the end of June: done 45 %, time 6/12 = 50 %, behind by 5 points.
    half = DataPoint(2026, 45, through=0.5)
    key, lag = judged("schedule_light", values={}, target=100, year=2026, kind=Kind.FLOW, within_year=half)
    assert (key, lag) == ("green", pytest.approx(5))


def test_plan_midterm_uses_the_words_of_the_national_evaluation() -> None:
    assert standing(1.0, 0.4) == "achieved"
    assert standing(0.6, 0.4) == "faster"  # 20 points ahead
    assert standing(0.35, 0.4) == "as_expected"  # 5 points behind
    assert standing(0.25, 0.4) == "lagging"  # 15 points behind
    assert lag_points(0.25, 0.4) == pytest.approx(15)


# --- growth -------------------------------------------------------------------------------------


def test_cagr_ratio_relates_observed_to_required_growth() -> None:
    # 100 -> 121 in 2 years: 10 % a year. 100 -> 200 in 5 years: 2^(1/5) - 1 = 14.87 % a year.
    # R = 0.10 / 0.1487 = 0.6725: acceleration needed.
    base, latest = DataPoint(2023, 100), DataPoint(2025, 121)
    ratio = growth_ratio(base, latest, 200, 2028, 1)
    assert cagr(100, 121, 2) == pytest.approx(0.10)
    assert ratio == pytest.approx(0.10 / (2**0.2 - 1))
    assert ratio == pytest.approx(0.6725, abs=1e-4)
    key, number = judged("cagr_ratio", values={2023: 100, 2025: 121}, target=200, year=2028)
    assert (key, number) == ("accelerate", pytest.approx(ratio))


def test_cagr_ratio_of_an_indicator_that_should_fall_counts_a_fall_as_progress() -> None:
    # 100 -> 81 in 2 years: -10 % a year. 100 -> 59.049 in 5 years needs -10 % a year. R = 1.
    base, latest = DataPoint(2023, 100), DataPoint(2025, 81)
    assert growth_ratio(base, latest, 59.049, 2028, -1) == pytest.approx(1)
    assert growth_ratio(base, DataPoint(2025, 110), 59.049, 2028, -1) < 0


@pytest.mark.parametrize(
    ("ratio", "key"),
    [
        *((0.95, "on_track"), (0.9499, "accelerate"), (0.60, "accelerate")),
        *((0.59, "limited"), (0, "limited"), (-0.01, "deterioration")),
    ],
)
def test_cagr_ratio_has_the_classes_of_open_sdg(ratio: float, key: str) -> None:
    assert ratio_class(ratio) == key


def test_an_achieved_target_is_achieved_whatever_the_trend() -> None:
    falling = {2024: 200, 2025: 180}
    assert judged("cagr_ratio", values=falling, target=170, year=2028)[0] == "achieved"
    assert judged("progress_score", values=falling, target=170, year=2028) == ("achieved", 5.0)
    assert judged("un_progress_chart", values=falling, target=170, year=2028)[0] == "on_track"


@pytest.mark.parametrize(
    ("ratio", "expected"), [(-0.6, -5), (-2, -5), (0, -2.5), (0.6, 0), (0.95, 2.5), (1.3, 5), (9, 5)]
)
def test_progress_score_has_the_published_corners(ratio: float, expected: float) -> None:
    # Open SDG: -5 at R = -60 %, -2.5 at 0, 0 at 60 %, 2.5 at 95 %, 5 at 130 %.
    assert score(ratio) == pytest.approx(expected, abs=2e-4)


def test_progress_score_of_plus_one_needs_acceleration() -> None:
    # Open SDG: "the aggregate progress status for an indicator with an overall score of +1 is
    # 'Progress made but acceleration needed'"; an upper limit belongs to the better class.
    assert score_class(1.0) == "accelerate"
    assert score_class(score(0.95)) == "on_track"
    assert score_class(score(0.60)) == "accelerate"
    assert score_class(-0.1) == "limited"
    assert score_class(-3) == "deterioration"


def test_un_progress_chart_extends_the_growth_rate() -> None:
    # 100 -> 121 in 2 years is 10 % a year; in 3 more years 121 * 1.1^3 = 161.051.
    # Of the way from 100 to 200 that is 61 %.
    base, latest = DataPoint(2023, 100), DataPoint(2025, 121)
    assert compound_projection(base, latest, 2028) == pytest.approx(161.051)
    key, share = judged("un_progress_chart", values={2023: 100, 2025: 121}, target=200, year=2028)
    assert (key, share) == ("accelerate", pytest.approx(61.051))


@pytest.mark.parametrize(
    ("share", "key"), [(0.95, "on_track"), (0.94, "accelerate"), (0.10, "accelerate"), (0.09, "stagnation")]
)
def test_un_progress_chart_changes_at_95_and_10_percent(share: float, key: str) -> None:
    assert chart_class(share) == key


# --- distance -----------------------------------------------------------------------------------


def test_escap_csi_counts_the_way_on_a_scale_of_ten() -> None:
    # From 110 to 170, now 125: 10 * 15 / 60 = 2.5; a third of the time is gone: 3.33 wanted.
    assert status_index(110, 125, 170, 1) == pytest.approx(2.5)
    key, index = judged("escap_csi", values={2025: 110, 2026: 125}, target=170, year=2028)
    assert (key, index) == ("behind", pytest.approx(2.5))
    assert judged("escap_csi", values={2025: 110, 2026: 130}, target=170, year=2028)[0] == "ahead"


def test_escap_api_weighs_recent_years_more() -> None:
    # Weights 1, 2, 3 at 2023, 2024, 2025 with values 0, 0, 3: mean time (2023 + 2*2024 + 3*2025)/6
    # = 2024 + 1/3, mean value 9/6 = 1.5. Squares: 1*(16/9) + 2*(1/9) + 3*(4/9) = 30/9; cross:
    # 1*(-4/3)(-1.5) + 2*(-1/3)(-1.5) + 3*(2/3)(1.5) = 2 + 1 + 3 = 6; slope 6 / (30/9) = 1.8.
    # At 2026: 1.5 + 1.8 * (5/3) = 4.5; plain least squares would give 4.
    readings = [DataPoint(2023, 0), DataPoint(2024, 0), DataPoint(2025, 3)]
    assert weighted_line(readings, 2026) == pytest.approx(4.5)


def test_escap_api_measures_the_gap_against_the_whole_way() -> None:
    # On a straight line from 100 (2025) over 110 (2026) the value of 2028 is 130; the target is
    # 140: the gap of 10 is a quarter of the way of 40.
    key, gap = judged("escap_api", values={2025: 100, 2026: 110}, target=140, year=2028)
    assert (key, gap) == ("accelerate", pytest.approx(25))
    assert [anticipated_class(g) for g in (0.1, 0.11, 1, 1.01)] == [
        "maintain",
        "accelerate",
        "accelerate",
        "reverse",
    ]


def test_dns_weather_carries_the_mean_change_to_the_target_year() -> None:
    # 100 -> 120 in 5 years: +4 a year; 3 more years give 132. The target 135 is missed by 3,
    # which is 20 % of the remaining 15: sun and cloud (more than 20 % would be cloud).
    values = {2020: 100, 2021: 107, 2022: 108, 2023: 112, 2024: 118, 2025: 120}
    key, miss = judged("dns_weather", values=values, target=135, year=2028)
    assert (key, miss) == ("sun_cloud", pytest.approx(20))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        *((5, "sun"), (4.8, "sun"), (4.75, "sun_cloud"), (4, "sun_cloud")),
        *((3.9, "cloud"), (0, "storm"), (-1, "storm")),
    ],
)
def test_dns_weather_has_the_limits_of_the_indicator_report(change: float, key: str) -> None:
    # 3 years to go, 15 to gain: 5 a year reaches it; 4.8 misses by 4 %, 4.75 by 5 %, 3.9 by 22 %.
    assert weather(120, 135, change, 3, 1)[0] == key


def test_dns_weather_judges_a_rate_in_points() -> None:
    # 13.0 -> 14.0 % in 2 years: +0.5 points a year; in 3 years 15.5 %, above 15 %.
    key, miss = judged("dns_weather", values={2023: 13.0, 2025: 14.0}, target=15, year=2028, kind=Kind.RATE)
    assert (key, miss) == ("sun", 0)


def test_acceleration_divides_required_by_recent_change() -> None:
    # 5 a year so far; 170 - 140 = 30 in 3 years needs 10 a year: factor 2, off track.
    key, factor = judged("acceleration", values={2023: 130, 2025: 140}, target=170, year=2028)
    assert (key, factor) == ("off_track", pytest.approx(2))
    assert [acceleration_class(f) for f in (1, 1.01, 2, 2.01, -1, float("inf"))] == [
        "on_track",
        "off_track",
        "off_track",
        "well_off_track",
        "wrong_direction",
        "well_off_track",
    ]


def test_healthy_people_counts_the_targeted_change() -> None:
    # 112 -> 118 of 112 -> 170: 6/58 = 10.3 % of the targeted change: improving.
    assert targeted_change(112, 118, 170) == pytest.approx(10.3448, abs=1e-4)
    assert judged("healthy_people", values={2025: 112, 2026: 118}, target=170, year=2028)[0] == "improving"
    # 112 -> 117: 8.6 %, little change. 112 -> 105: 6.25 % away from the base, little change.
    assert (
        judged("healthy_people", values={2025: 112, 2026: 117}, target=170, year=2028)[0] == "little_change"
    )
    assert (
        judged("healthy_people", values={2025: 112, 2026: 105}, target=170, year=2028)[0] == "little_change"
    )
    # 112 -> 100: 10.7 % away: worse.
    assert judged("healthy_people", values={2025: 112, 2026: 100}, target=170, year=2028)[0] == "worse"


def test_gap_share_is_what_the_trend_closes_of_the_starting_gap() -> None:
    # +5 a year since 2023; 140 + 3 * 5 = 155 in 2028; from 140 (end of 2025) to 170 that is a half.
    key, share = judged("gap_share", values={2023: 130, 2024: 135, 2025: 140}, target=170, year=2028)
    assert share == pytest.approx(100 * (155 - 130) / (170 - 130))  # no figure since 2025: base 2023
    assert key == "half"
    # With a figure of 2026 the gap starts at the plan's base: (157.5 - 140) / 30 = 58 %.
    values = {2023: 130, 2025: 140, 2026: 147.5}
    change = (147.5 - 130) / 3
    key, share = judged("gap_share", values=values, target=170, year=2028)
    assert share == pytest.approx(100 * (147.5 + 2 * change - 140) / 30)
    assert [gap_class(s) for s in (1, 0.5, 0.49, 0, -0.1)] == [
        "met",
        "half",
        "less_than_half",
        "less_than_half",
        "backwards",
    ]
