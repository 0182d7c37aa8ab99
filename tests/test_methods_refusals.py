"""A method that does not apply says so, and why, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decision_cases import evidence, method_input, plan_with, point
from zerobay_analysis.assessment.methods import METHODS, apply_methods
from zerobay_analysis.assessment.methods.cagr_ratio import cagr
from zerobay_analysis.assessment.methods.method import MethodRefused, MethodResult, Status
from zerobay_analysis.plan import Kind, Plan, load_plan
from zerobay_analysis.series import Evidence

QUICK = settings(max_examples=100, deadline=None)


def said_by(method: str, known: Evidence, plan: Plan, year: int) -> list[MethodResult]:
    """What one method says of a target."""
    return [result for result in apply_methods(known, plan, year) if result.method.id == method]


GROWTH = ("cagr_ratio", "progress_score", "un_progress_chart")
FROM_PLAN = ("schedule_light", "plan_midterm", "escap_csi")


def reason(method: str, *args: object, **kwargs: object) -> str:
    result = METHODS[method].apply(method_input(*args, **kwargs))  # type: ignore[arg-type]
    assert result.refused
    assert result.status is Status.CANNOT_SAY
    assert result.reason.zh
    assert result.reason.zh != result.reason.en
    return result.reason.en


@pytest.mark.parametrize("method", GROWTH)
def test_a_zero_base_is_refused_and_not_replaced(method: str) -> None:
    assert "zero" in reason(method, {2024: 0, 2025: 5}, 10, 2028)


@pytest.mark.parametrize("method", ["cagr_ratio", "progress_score"])
def test_a_zero_target_is_refused_and_not_replaced(method: str) -> None:
    assert "zero" in reason(method, {2024: 10, 2025: 5}, 0, 2028, direction=-1)


@pytest.mark.parametrize("method", GROWTH)
def test_a_change_of_sign_is_unable_to_assess(method: str) -> None:
    assert "unable to assess" in reason(method, {2024: -2, 2025: 5}, 10, 2028)


@pytest.mark.parametrize("method", GROWTH)
def test_a_slip_of_the_unit_is_no_growth(method: str) -> None:
    assert "means nothing" in reason(method, {2024: 1e-7, 2025: 5}, 10, 2028)


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("schedule_light", "plan_midterm")])
def test_a_flow_is_only_compared_within_its_year(method: str) -> None:
    assert "within the year" in reason(method, {2024: 80, 2025: 90}, 100, 2026, kind=Kind.FLOW)


def test_a_flow_without_a_figure_of_its_year_is_refused() -> None:
    assert "no figure of 2026" in reason("schedule_light", {2025: 90}, 100, 2026, kind=Kind.FLOW)


@pytest.mark.parametrize("method", [m for m in METHODS if Kind.RATE not in METHODS[m].kinds])
def test_growth_of_a_growth_rate_is_refused(method: str) -> None:
    assert "growth of a growth rate" in reason(method, {2024: 5, 2025: 6}, 7, 2028, kind=Kind.RATE)


def test_rates_are_left_to_three_methods() -> None:
    assert {m.id for m in METHODS.values() if Kind.RATE in m.kinds} == {
        "dns_weather",
        "healthy_people",
        "schedule_light",
    }


@pytest.mark.parametrize("method", list(METHODS))
def test_direction_is_mandatory(method: str) -> None:
    assert "no direction" in reason(method, {2024: 5, 2025: 6}, 7, 2028, direction=0)


@pytest.mark.parametrize("method", list(METHODS))
def test_one_figure_is_not_enough(method: str) -> None:
    assert "2 are needed" in reason(method, {2025: 6}, 7, 2028)


@pytest.mark.parametrize("method", FROM_PLAN)
def test_no_way_can_be_measured_from_a_base_that_met_the_target(method: str) -> None:
    result = METHODS[method].apply(method_input({2025: 180, 2026: 160}, 170, 2028))
    assert result.refused or result.status is Status.BEHIND


def test_the_target_equal_to_the_base_leaves_no_growth_to_require() -> None:
    assert "no growth is required" in reason("cagr_ratio", {2025: 170, 2026: 160}, 170, 2028)


def test_a_missed_target_whose_year_is_over_has_no_acceleration() -> None:
    assert "over" in reason("acceleration", {2027: 160, 2028: 165}, 170, 2028)
    assert "over" in reason("dns_weather", {2027: 160, 2028: 165}, 170, 2028)


def test_base_and_latest_must_differ() -> None:
    with pytest.raises(MethodRefused, match="same figure"):
        cagr(5, 6, 0)


def test_only_figures_of_the_plans_definition_are_used() -> None:
    points = [point(2024, 112, role="doubtful"), point(2025, 137, role="doubtful")]
    results = apply_methods(evidence(Kind.STOCK, points), load_plan(), 2028)
    assert all(r.refused for r in results)
    assert all("0 figures" in r.reason.en for r in results)


def test_a_part_year_rate_is_not_taken_for_the_year() -> None:
    points = [point(2024, 5.0), point(2025, 6.0), point(2026, 40.0, through=0.25)]
    results = said_by("dns_weather", evidence(Kind.RATE, points), load_plan(), 2028)
    assert results[0].latest is not None
    assert results[0].latest.value == 6.0


def test_a_rate_of_another_year_is_named_as_such() -> None:
    points = [point(2024, 7.5), point(2025, 8.0)]
    result = said_by("healthy_people", evidence(Kind.RATE, points), load_plan(), 2028)[0]
    assert "最新是 2025 年的数，不等于 2028 年的数" in result.note("zh")


def test_figures_after_the_target_year_do_not_count_for_it() -> None:
    plan = plan_with(7, {2025: 150, 2028: 170})
    points = [point(2023, 100), point(2024, 120), point(2026, 200)]
    result = said_by("cagr_ratio", evidence(Kind.STOCK, points), plan, 2025)[0]
    assert result.latest is not None
    assert result.latest.time == 2024


def test_an_inexact_figure_is_taken_as_printed_and_noted() -> None:
    from zerobay_analysis.ledger.notation import Precision

    about = replace(point(2025, 140), precision=Precision.ABOUT)
    result = said_by("cagr_ratio", evidence(Kind.STOCK, [point(2024, 130), about]), load_plan(), 2028)
    assert "约数" in result[0].note("zh")


def test_a_base_before_the_plan_is_named() -> None:
    points = [point(2023, 130), point(2025, 140)]
    result = said_by("schedule_light", evidence(Kind.STOCK, points), load_plan(), 2028)[0]
    assert result.base is not None
    assert result.base.time == 2023
    assert "2025 年末之后尚无数字" in result.note("zh")


def test_unconfirmed_cuts_are_printed_as_such() -> None:
    unconfirmed = {m.id for m in METHODS.values() if not m.confirmed}
    assert unconfirmed == {"plan_midterm", "escap_api"}
    result = METHODS["escap_api"].apply(method_input({2025: 100, 2026: 110}, 140, 2028))
    assert "未核实" in result.word("zh")
    assert "unconfirmed" in result.word("en")


@QUICK
@given(
    kind=st.sampled_from([Kind.STOCK, Kind.CUMULATIVE, Kind.RATE]),
    values=st.dictionaries(
        st.sampled_from([2020.0, 2022.0, 2023.0, 2024.0, 2025.0, 2025.5, 2026.0]),
        st.floats(-50, 500),
        max_size=5,
    ),
    target=st.floats(-50, 500),
    direction=st.sampled_from([1, -1]),
)
def test_every_method_answers_or_refuses_with_a_reason(
    kind: Kind, values: dict[float, float], target: float, direction: int
) -> None:
    for method in METHODS.values():
        result = method.apply(method_input(values, target, 2028, kind=kind, direction=direction))
        assert result.refused == bool(result.reason.zh) == bool(result.reason.en)
        assert result.refused or result.category in method.categories


@QUICK
@given(
    values=st.lists(st.floats(1, 500), min_size=3, max_size=3),
    target=st.floats(1, 500),
    kind=st.sampled_from([Kind.STOCK, Kind.RATE]),
)
def test_a_latest_figure_at_the_target_is_never_called_behind_by_how_far_methods(
    values: list[float], target: float, kind: Kind
) -> None:
    readings = dict(zip((2024.0, 2025.0, 2026.0), [*values[:2], max(values[2], target)], strict=True))
    for name in ("schedule_light", "plan_midterm", "escap_csi", "healthy_people", "cagr_ratio"):
        result = METHODS[name].apply(method_input(readings, target, 2028, kind=kind))
        assert result.status is not Status.BEHIND
