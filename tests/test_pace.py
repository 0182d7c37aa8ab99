"""Gap, required pace, how unusual it is, and when the median gets there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decision_cases import evidence, indicator, outlook, point
from zerobay_analysis.assessment.pace import (
    one_in,
    own_changes,
    paces,
    share_as_fast,
)
from zerobay_analysis.briefing.content import required_text
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Evidence

QUICK = settings(max_examples=50, deadline=None)

STEADY = [point(2022 + i, 100 + 10 * i) for i in range(5)]  # 100 in 2022 to 140 at the end of 2026


# --- comparable series --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.STOCK])
@pytest.mark.parametrize("years", [1, 3])
def test_the_share_of_comparable_series_is_what_the_forecaster_simulates(kind: Kind, years: int) -> None:
    # A fresh series is a series of which one exact figure is known: simulate it and count.
    # Not so for rates: the forecaster draws a rate to where rates lie, so the starting figure
    # tells it something, while the share is over comparable series whatever they started from.
    free = replace(indicator(kind), whole_number=False, lower=None, upper=None)
    known = Evidence(free, (point(2020, 10.0),), date(2021, 1, 31))
    forecast = ReferenceClass().forecast(known, [2020 + years], n_paths=40_000, seed=3)
    for change in (0.95, 1.0, 1.05, 1.2) if kind is Kind.STOCK else (-1.0, 0.0, 0.5, 3.0):
        end = 10 * change if kind is Kind.STOCK else 10 + change
        simulated = forecast.prob_at_least(end, 2020 + years)
        assert share_as_fast(kind, change, years) == pytest.approx(simulated, abs=0.01)


@QUICK
@given(
    kind=st.sampled_from(list(Kind)),
    changes=st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)),
    years=st.floats(0.1, 8),
)
def test_fewer_series_grow_faster_and_the_two_directions_add_up(
    kind: Kind, changes: tuple[float, float], years: float
) -> None:
    slow, fast = sorted(changes)
    assert share_as_fast(kind, fast, years) <= share_as_fast(kind, slow, years) + 1e-6
    both = share_as_fast(kind, slow, years) + share_as_fast(kind, slow, years, -1)
    assert both == pytest.approx(1, abs=1e-6)


def test_growth_over_no_time_is_refused() -> None:
    with pytest.raises(ParameterError, match="positive"):
        share_as_fast(Kind.STOCK, 1.1, 0)


def test_shares_are_said_in_words() -> None:
    assert one_in(0.125) == "每 8 个约有 1 个"
    assert one_in(0.125, "en") == "1 in 8"
    assert one_in(0.62, "en") == "about 62% of"
    assert one_in(0.001) == "不到 1/200 "


# --- required pace ------------------------------------------------------------------------------


def test_the_required_pace_is_the_gap_over_the_years_left() -> None:
    # 140 at the end of 2026; 170 for 2028: 30 in 2 years, 15 a year, (170/140)^(1/2) - 1 = 10.2 %.
    pace = paces(outlook(Kind.STOCK, STEADY))[-1]
    assert (pace.gap, pace.years_left, pace.per_year) == (30, 2, 15)
    assert pace.growth_per_year == pytest.approx(100 * ((170 / 140) ** 0.5 - 1))
    assert not pace.reached
    assert pace.reference_share == pytest.approx(share_as_fast(Kind.STOCK, 169.5 / 140, 2))


def test_own_history_counts_the_years_that_were_as_fast() -> None:
    leaps = [point(2022, 100), point(2023, 118), point(2024, 120), point(2025, 140), point(2026, 140)]
    pace = paces(outlook(Kind.STOCK, leaps))[-1]  # 15 a year needed; 18, 2, 20, 0 so far
    assert pace.own == (18, 2, 20, 0)
    assert pace.own_as_fast == 2


def test_own_changes_are_per_year_and_skip_figures_a_few_months_apart() -> None:
    points = [point(2022, 100), point(2024, 120), point(2024.5, 126, through=0.5), point(2025.5, 130)]
    changes = own_changes(evidence(Kind.STOCK, points))
    # 2025.5 back to 2024.5 is a year (+4); 2024 is too close to 2024.5; 2022 to 2024.5: 26 / 2.5.
    assert changes == (10.4, 4)


def test_doubtful_figures_measure_the_gap_but_are_no_history() -> None:
    points = [point(2023, 112, role="doubtful"), point(2024.4, 137, role="doubtful", through=0.4)]
    pace = paces(outlook(Kind.STOCK, points))[-1]
    assert pace.gap == 33
    assert pace.own == ()
    assert "没有自身" in pace.own_text("zh")


def test_without_a_figure_the_pace_is_the_plans_own_step() -> None:
    first, second, _ = paces(outlook(Kind.STOCK, []))
    assert first.per_year is None
    assert (second.per_year, second.from_plan) == (15, True)  # 140 to 155
    assert second.reference_share == pytest.approx(share_as_fast(Kind.STOCK, 154.5 / 140, 1))
    assert "方案自身" in second.reference_text("zh")
    assert second.median_text("en") == "no forecast"


def test_a_rate_is_measured_in_points() -> None:
    pace = paces(outlook(Kind.RATE, [point(2024, 5.0), point(2025, 6.0)]))[-1]
    assert pace.per_year == pytest.approx(1 / 3)
    assert pace.growth_per_year is None
    assert pace.reference_share == pytest.approx(share_as_fast(Kind.RATE, 1.0, 3))


def test_half_a_year_of_a_flow_is_not_a_years_figure() -> None:
    half = point(2026, 45, through=0.5)
    pace = paces(outlook(Kind.FLOW, [point(2024, 80), point(2025, 90), half]))[0]
    assert pace.latest is not None
    assert pace.latest.time == 2025


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "under_way"), [((2025, 12, 31), False), ((2026, 11, 22), True)])
def test_what_is_left_of_a_year_under_way_is_no_pace_a_year(
    day: tuple[int, int, int], under_way: bool
) -> None:
    known = outlook(Kind.STOCK, [point(2025, 100)])
    known = replace(known, evidence=replace(known.evidence, as_of=date(*day)))
    first, second, _ = paces(known, beyond=0)
    assert first.under_way is under_way
    assert not second.under_way
    assert ("年底前 +40" in required_text(first, "zh")) is under_way
    assert required_text(second, "zh").startswith("每年")


def test_the_first_year_at_the_median_is_looked_for_beyond_the_plan() -> None:
    slow = [point(2020 + i, 100 + i) for i in range(6)]  # about 1 a year: 140 is decades away
    pace = paces(outlook(Kind.STOCK, slow, {2026: 107, 2027: 110, 2028: 120}))
    assert pace[0].median_year is not None
    assert pace[-1].median_year is None or pace[-1].median_year > 2028
    assert pace[-1].last_year_tried == 2038
