"""A target's probability, grade, pace and verdict; and why there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerobay_analysis.assessment.outlook import (
    NO_VERDICT,
    OUTLOOK_COLUMNS,
    VERDICTS,
    Grade,
    assess_indicator,
    grade,
    outlook_frame,
    required_per_year,
    verdict,
)
from zerobay_analysis.charts.words import verdict_label
from zerobay_analysis.forecast.prior import range_tested
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.ledger.reading import load_ledger
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.series import Evidence, Point, Precision, Role, evidence
from zerobay_analysis.study import Study

PLAN = load_plan()
AS_OF = date(2026, 11, 22)


def point(year: float, value: float, role: Role = Role.OWN, through: float = 1.0) -> Point:
    return Point(
        observation=f"T{year}",
        time=year,
        value=value,
        lower=value,
        upper=value,
        reported=value,
        precision=Precision.EXACT,
        role=role,
        group="" if role is Role.OWN else "other",
        through=through,
        label=f"{value:g}",
        published=AS_OF,
        source="S",
        caveat="",
        reason="别的口径" if role is not Role.OWN else "",
    )


def known(number: int, *points: Point) -> Evidence:
    return Evidence(PLAN.indicator(number), points, AS_OF)


@pytest.mark.parametrize(
    ("probability", "key"),
    [
        (1.0, "very_likely"),
        (0.80, "very_likely"),
        (0.796, "very_likely"),
        (0.79, "likely"),
        (0.60, "likely"),
        (0.40, "uncertain"),
        (0.20, "unlikely"),
        (0.19, "very_unlikely"),
        (0.0, "very_unlikely"),
        (None, "none"),
    ],
)
def test_words_begin_at_their_stated_probability(probability: float | None, key: str) -> None:
    assert verdict(probability).key == key


def test_every_verdict_differs_in_word_symbol_and_colour() -> None:
    verdicts = (*VERDICTS, NO_VERDICT)
    for field in ("word_zh", "word_en", "symbol", "colour"):
        assert len({getattr(v, field) for v in verdicts}) == len(verdicts), field


def test_grade_counts_years_of_the_official_definition() -> None:
    assert grade(known(7)) is Grade.D
    assert grade(known(7, point(2023, 112, Role.PROXY))) is Grade.C
    assert grade(known(7, point(2023, 112, Role.DOUBTFUL), point(2024, 137, Role.DOUBTFUL))) is Grade.C
    assert grade(known(7, point(2023, 112))) is Grade.C
    assert grade(known(7, point(2022, 100), point(2023, 112))) is Grade.B
    assert grade(known(7, point(2022.5, 108), point(2023, 112))) is Grade.C, "one year, two dates"
    assert grade(known(7, *(point(year, 100.0 + year - 2020) for year in range(2020, 2025)))) is Grade.A
    assert grade(known(7, point(2023, 112, Role.OUTLIER))) is Grade.D


def test_a_year_to_date_flow_is_not_yet_an_annual_figure() -> None:
    assert grade(known(5, point(2024, 90), point(2025, 60, through=0.5))) is Grade.C


def test_required_pace_is_the_gap_over_the_time_left() -> None:
    indicator = PLAN.indicator(9)
    pace, from_plan = required_per_year(indicator, 450, 2028, point(2024, 250), 420)
    assert pace == pytest.approx(50)
    assert not from_plan


def test_without_a_figure_the_pace_is_the_plans_own_step() -> None:
    assert required_per_year(PLAN.indicator(1), 69, 2028, None, 68) == (1, True)
    assert required_per_year(PLAN.indicator(1), 67, 2026, None, None) == (None, False)


def test_no_level_gives_no_probability_but_names_every_figure() -> None:
    outlook = assess_indicator(PLAN, known(1, point(2023, 20, Role.PROXY)), n_paths=100)
    assert outlook.forecast is None
    for target in outlook.targets:
        assert target.p_met is None
        assert target.verdict is NO_VERDICT
        assert "20（别的口径）" in target.why.zh


def test_less_is_better_turns_the_probability_round() -> None:
    points = tuple(point(year, 100.0 + 8 * (year - 2020)) for year in range(2020, 2026))
    more = known(7, *points)
    less = Evidence(replace(PLAN.indicator(7), direction=-1, whole_number=False), points, AS_OF)
    up = assess_indicator(PLAN, more, n_paths=4000).targets[0].p_met
    down = assess_indicator(PLAN, less, n_paths=4000).targets[0].p_met
    assert up is not None and down is not None
    assert up + down == pytest.approx(1, abs=0.06)


def test_an_outlook_row_has_the_stated_columns_and_no_probability_without_a_forecast() -> None:
    frame = outlook_frame([assess_indicator(PLAN, known(3), n_paths=100)])
    assert tuple(frame.columns) == OUTLOOK_COLUMNS
    assert list(frame["year"]) == [2026, 2027, 2028]
    assert frame["p_met"].isna().all()
    assert set(frame["grade"]) == {"D"}


@given(st.integers(1990, 2060), st.integers(1, 12))
def test_month_label_names_the_month_that_ended(year: int, month: int) -> None:
    assert month_label(year - 1 + month / 12) == f"{year}-{month:02d}"


def test_rates_need_no_growth_of_growth() -> None:
    outlook = assess_indicator(
        PLAN, known(4, point(2023, -10), point(2024, 7), point(2025, 15)), n_paths=2000
    )
    assert outlook.indicator.kind is Kind.RATE
    assert all(target.p_met is not None for target in outlook.targets)


def test_targets_of_years_gone_by_are_judged_by_what_is_known(tmp_path: Path) -> None:
    rows = ["6,2025,290,家,2026-03-01", "6,2026,305,家,2027-03-01", "6,2027,330,家,2028-03-01"]
    text = "\n".join(["indicator,period,value,unit,published", *rows, "7,2027,150,家,2028-03-01"])
    (tmp_path / "figures.csv").write_text(text + "\n", encoding="utf-8")
    day = date(2028, 6, 1)
    ledger = load_ledger(tmp_path / "figures.csv", today=day)
    plan = load_plan()
    missed, met, ahead = assess_indicator(plan, evidence(ledger, plan, 6, day)).targets
    assert (missed.p_met, missed.q50) == (0.0, 305)
    assert (met.p_met, met.q50) == (1.0, 330)
    assert ahead.p_met is not None
    assert 0 < ahead.p_met < 1
    unknown, *_ = assess_indicator(plan, evidence(ledger, plan, 7, day)).targets
    assert unknown.p_met is not None  # no figure of 2026 was sent, the later one tells something of it
    assert 0 < unknown.p_met < 1


def test_no_percentage_is_printed_beyond_what_the_class_was_tested_for() -> None:
    target = Study.open("public", "2026-11-22").outlook(9).targets[0]
    low, high = range_tested("china_output", 1)
    beyond = replace(target, reference_class="china_output", n_obs=1, p_met=low - 0.05)
    assert beyond.shown == f"<{100 * low:.0f}%" and verdict_label(beyond).endswith(beyond.shown)
    assert replace(beyond, p_met=high + 0.05).shown == f">{100 * high:.0f}%"
    assert replace(beyond, p_met=0.5).shown == "50%"
