"""A year to date informs its year: bound, profile, rate; levels inside a year as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decision_cases import evidence, indicator, outlook, point, to_date
from zerobay_analysis.forecast.in_year import InYear, YearReading, share_of_year_in, year_readings
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Evidence, Point, Role

YEARS = (2026, 2027, 2028)
TOTALS = {2021: 70.0, 2022: 76.0, 2023: 81.0, 2024: 79.0, 2025: 88.0}


def history(kind: Kind, totals: dict[int, float], share: float | None = None, months: int = 9) -> list[Point]:
    """Whole years; with ``share``, also their first months, the same share of every year."""
    points = [point(float(year), total) for year, total in totals.items()]
    if share is not None:
        points += [to_date(year, months, round(share * total, 1)) for year, total in totals.items()]
    return points


def forecast(known: Evidence, **options: int) -> Forecast:
    return ReferenceClass().forecast(known, YEARS, **{"n_paths": 4000, "seed": 1, **options})


def width(made: Forecast, year: int = 2026) -> float:
    return made.quantile(0.9, year) - made.quantile(0.1, year)


def only(found: InYear) -> YearReading:
    (reading,) = found.readings
    return reading


# --- flows ------------------------------------------------------------------------------------


def test_a_late_batch_is_not_taken_for_a_bad_year() -> None:
    known = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS, 0.45), to_date(2026, 9, 45)])
    reading = only(year_readings(known))
    assert reading.value == pytest.approx(100, rel=0.03)  # 45 / 0.45, not 45 / 0.75 = 60
    assert reading.sd < 0.12 * reading.value
    assert reading.past == pytest.approx([0.45] * 5, abs=0.01)


def test_without_earlier_years_the_share_is_time_proportional_but_wide() -> None:
    known = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS), to_date(2026, 9, 66)])
    reading = only(year_readings(known))
    assert reading.value == pytest.approx(66 / 0.75, rel=0.06)
    assert reading.sd > 0.25 * reading.value
    assert reading.past == ()


def test_the_reading_sharpens_as_the_year_goes_on() -> None:
    deviations = []
    for months in (3, 6, 9):
        points = history(Kind.FLOW, TOTALS, months / 12, months)
        reading = only(year_readings(evidence(Kind.FLOW, [*points, to_date(2026, months, 7.5 * months)])))
        deviations.append(reading.sd / reading.value)
    assert deviations == sorted(deviations, reverse=True)


@given(so_far=st.floats(1, 400), months=st.sampled_from([3, 6, 9]))
def test_no_path_of_a_flow_falls_below_what_is_already_counted(so_far: float, months: int) -> None:
    known = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS), to_date(2026, months, so_far)])
    made = forecast(known, n_paths=400)
    assert made.values(2026).min() >= np.floor(so_far)


def test_a_flow_of_another_area_sets_no_bound() -> None:
    other = {"role": "proxy", "group": "全区"}
    points = [*history(Kind.FLOW, TOTALS), *(point(float(y), 9 * v, **other) for y, v in TOTALS.items())]
    known = evidence(Kind.FLOW, [*points, to_date(2026, 6, 500, **other)])
    reading = only(year_readings(known))
    assert reading.floor is None
    assert forecast(known).quantile(0.9, 2026) < 500


def test_nothing_counted_yet_says_nothing() -> None:
    known = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS), to_date(2026, 3, 0.0)])
    found = year_readings(known)
    assert found.readings == ()
    assert [p.time for p in found.evidence.points] == sorted(TOTALS)


def test_a_year_to_date_narrows_the_year_and_the_years_after_it() -> None:
    points = history(Kind.FLOW, TOTALS, 0.6)
    before = forecast(evidence(Kind.FLOW, points))
    after = forecast(evidence(Kind.FLOW, [*points, to_date(2026, 9, 56)]))
    assert width(after) < 0.6 * width(before)
    assert width(after, 2027) < width(before, 2027)


def test_the_whole_year_replaces_its_months_and_the_latest_months_the_earlier_ones() -> None:
    points = [*history(Kind.FLOW, TOTALS, 0.6), to_date(2026, 3, 10), to_date(2026, 9, 56)]
    found = year_readings(evidence(Kind.FLOW, points))
    assert only(found).point.observation == "2026-9"
    assert [p.time for p in found.evidence.points] == [*sorted(TOTALS), 2026.0]
    whole = year_readings(evidence(Kind.FLOW, [*points, point(2026.0, 95)]))
    assert whole.readings == ()
    assert whole.evidence.points[-1].value == 95


def test_two_years_to_date_in_conflict_both_count_and_the_lower_bounds() -> None:
    other = replace(to_date(2026, 9, 64), observation="other")
    one = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS, 0.6), to_date(2026, 9, 54)])
    both = replace(one, points=(*one.points, other))
    found = year_readings(both)
    assert [r.floor for r in found.readings] == [54.0, 64.0]
    paths = np.array([[53.0], [60.0], [70.0]])
    assert found.conditioned(paths, (2026,), np.random.default_rng(0)).min() == 60.0
    assert width(forecast(both)) > width(forecast(one))


# --- rates ------------------------------------------------------------------------------------

RATES = {2021: 12.0, 2022: 12.4, 2023: 12.9, 2024: 13.1, 2025: 13.6}


def test_a_rate_that_always_ends_higher_is_read_higher() -> None:
    points = history(Kind.RATE, RATES)
    points += [to_date(year, 6, value - 0.6) for year, value in RATES.items()]
    reading = only(year_readings(evidence(Kind.RATE, [*points, to_date(2026, 6, 13.2)])))
    assert reading.value == pytest.approx(13.2 + 0.6, abs=0.15)


def test_a_rate_without_earlier_months_is_read_as_it_is_and_strays_as_its_years_do() -> None:
    calm = only(year_readings(evidence(Kind.RATE, [*history(Kind.RATE, RATES), to_date(2026, 6, 13.2)])))
    swings = {year: value + 4 * (-1) ** year for year, value in RATES.items()}
    wild = only(year_readings(evidence(Kind.RATE, [*history(Kind.RATE, swings), to_date(2026, 6, 13.2)])))
    assert calm.value == wild.value == 13.2
    assert wild.sd > 5 * calm.sd


@given(st.floats(-50, 50))
def test_adding_points_to_every_rate_adds_them_to_the_reading(shift: float) -> None:
    def read(by: float) -> YearReading:
        points = history(Kind.RATE, {year: value + by for year, value in RATES.items()})
        points += [to_date(year, 9, value + by - 0.2) for year, value in RATES.items()]
        return only(year_readings(evidence(Kind.RATE, [*points, to_date(2026, 9, 13.0 + by)])))

    assert read(shift).value - read(0).value == pytest.approx(shift)
    assert read(shift).sd == pytest.approx(read(0).sd)


# --- levels, wording, what the outlook says ---------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.STOCK, Kind.CUMULATIVE])
def test_a_level_inside_the_year_is_an_ordinary_observation(kind: Kind) -> None:
    known = evidence(kind, [point(2024.0, 100), point(2025.0, 110), point(2025.5, 117, through=0.5)])
    assert year_readings(known) == InYear(known, (), ())


def test_an_inexact_year_to_date_is_read_less_sharply() -> None:
    exact = to_date(2026, 9, 55)
    vague = replace(exact, lower=50.0, upper=60.0)
    points = history(Kind.FLOW, TOTALS, 0.6)
    sharp, blunt = (only(year_readings(evidence(Kind.FLOW, [*points, p]))) for p in (exact, vague))
    assert blunt.sd > sharp.sd
    assert blunt.floor == 50.0


@pytest.mark.parametrize(
    ("kind", "points", "share"),
    [
        (Kind.STOCK, [point(2025.0, 100), point(2025.75, 104, through=0.75)], 0.75),
        (Kind.STOCK, [point(2025.0, 100)], 0.0),
        (Kind.FLOW, [point(2025.0, 100), to_date(2026, 3, 9), to_date(2026, 6, 30)], 0.5),
        (Kind.FLOW, [point(2026.0, 100)], 1.0),
        (Kind.RATE, [to_date(2026, 9, 5), to_date(2026, 11, 50, role="outlier", group="x")], 0.75),
    ],
)
def test_how_much_of_the_year_is_in(kind: Kind, points: Sequence[Point], share: float) -> None:
    assert share_of_year_in(evidence(kind, points), 2026) == pytest.approx(share)


def test_the_outlook_names_how_much_of_the_year_is_in_and_does_not_take_it_for_the_year() -> None:
    made = outlook(Kind.FLOW, [*history(Kind.FLOW, TOTALS, 0.45), to_date(2026, 9, 45)])
    assert share_of_year_in(made.evidence, 2026) == pytest.approx(0.75)
    first = made.targets[0]
    assert "2026年的数到9月为止" in first.why.zh
    assert "75%" in first.why.zh
    assert "figures of 2026 run to the end of month 9" in first.why.en
    assert made.evidence.latest.reported == 88.0
    assert first.required_per_year == pytest.approx(12.0)
    latest = made.evidence.latest
    assert latest is not None
    assert latest.time == 2025.0


def test_a_note_says_how_the_year_was_read() -> None:
    known = evidence(Kind.FLOW, [*history(Kind.FLOW, TOTALS, 0.45), to_date(2026, 9, 45)])
    notes = forecast(known).notes
    assert any("往年同期平均占全年45%（5年）" in note and "不会少于45" in note for note in notes)
    assert not any("未用于本模型" in note for note in notes)


def test_when_no_path_is_possible_the_bound_holds_all_the_same() -> None:
    reading = YearReading(2026, to_date(2026, 9, 50), 60.0, 5.0, 50.0, ())
    stuck = InYear(Evidence(indicator(Kind.FLOW), (), date(2026, 10, 1)), (reading,), ())
    paths = np.full((10, 2), 20.0)
    made = stuck.conditioned(paths, (2026, 2027), np.random.default_rng(0))
    assert made[:, 0].tolist() == [50.0] * 10
    assert made[:, 1].tolist() == [20.0] * 10


def test_a_proxy_and_the_official_figures_need_not_move_in_exact_parallel() -> None:
    own = [point(float(y), v) for y, v in {2022: 204, 2024: 272, 2025: 333}.items()]
    other = [
        point(float(y), v, role="proxy", group="备案") for y, v in {2022: 236, 2023: 281, 2024: 342}.items()
    ]
    made = forecast(evidence(Kind.CUMULATIVE, own + other))
    assert 333 <= made.quantile(0.1, 2026) < made.quantile(0.9, 2026) < 600
    assert Role.PROXY in {p.role for p in other}
