"""Numbers and sentences on a chart say what the outlook says, in the form their reader expects."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import charts_cases as cases
from zerobay_analysis.assessment.outlook import Grade, at_risk, verdict
from zerobay_analysis.charts import words
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.series import Precision, Role

PATENTS = load_plan().indicator(2)
FUNDS = load_plan().indicator(9)
JUDGED = next(outlook for outlook in cases.all_eleven() if outlook.forecast is not None)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (8750, "8750", "8,750"),
        (17406, "17406", "17,406"),
        (101800, "10.18万", "101,800"),
        (1_000_000, "100万", "1,000,000"),
        (250_000_000, "2.5亿", "250,000,000"),
        (-120_000, "-12万", "-120,000"),
        (0, "0", "0"),
    ],
)
def test_long_numbers_are_in_wan_and_yi_for_chinese_readers(value: float, zh: str, en: str) -> None:
    assert words.number(value, PATENTS, "zh") == zh
    assert words.number(value, PATENTS, "en") == en


def test_whole_numbers_have_no_decimals_and_others_have_the_indicators() -> None:
    tenths = dataclasses.replace(FUNDS, decimals=1)
    assert words.number(390.0, tenths) == "390"
    assert words.number(312.58, tenths) == "312.6"


@pytest.mark.parametrize(
    ("p", "text"), [(0.0, "<1%"), (0.0099, "<1%"), (0.01, "1%"), (0.5, "50%"), (0.99, "99%"), (1.0, ">99%")]
)
def test_no_probability_is_shown_as_certain(p: float, text: str) -> None:
    assert words.percent(p) == text


@given(st.floats(0.01, 0.99))
def test_a_percent_is_within_half_a_point(p: float) -> None:
    assert abs(float(words.percent(p).rstrip("%")) - 100 * p) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("precision", "zh", "en"),
    [
        (Precision.EXACT, "200", "200"),
        (Precision.ABOUT, "约200", "about 200"),
        (Precision.AT_LEAST, "超200", "over 200"),
        (Precision.JUST_UNDER, "近200", "nearly 200"),
        (Precision.A_LITTLE_OVER, "200余", "just over 200"),
        (Precision.EXPECTED, "预计200", "200 expected"),
    ],
)
def test_a_figure_keeps_its_sources_qualifier(precision: Precision, zh: str, en: str) -> None:
    point = cases.point(2024, 200, precision)
    assert words.observation(point, FUNDS, "zh") == zh
    assert words.observation(point, FUNDS, "en") == en


def test_a_year_to_date_flow_names_its_months_and_a_stock_does_not() -> None:
    flow, stock = load_plan().indicator(5), load_plan().indicator(7)
    assert flow.kind is Kind.FLOW
    point = cases.point(2026, 55, through=0.5)
    assert words.observation(point, flow) == "55（1—6月）"
    assert words.observation(point, flow, "en") == "55 (first 6 months)"
    assert words.observation(point, stock) == "55"


def test_a_proxy_names_its_area_unless_it_is_the_plans_own() -> None:
    point = cases.point(2024, 3.5, role=Role.PROXY)
    own = dataclasses.replace(point, group="国家级研发机构|大零号湾")
    other = dataclasses.replace(point, group="规上工业总产值增速|闵行区")
    assert words.measure(own, "大零号湾") == "国家级研发机构"
    assert words.measure(other, "大零号湾") == "闵行区规上工业总产值增速"


def test_the_title_groups_years_with_the_same_verdict() -> None:
    outlook = cases.outlook(
        7, (cases.point(2024, 150),), cases.paths(150, 0.0, 0.02, range(2025, 2029)), Grade.C
    )
    assert words.finding(outlook) == "估值过亿企业达到目标：2026年很可能，2027—2028年很难"
    assert words.finding(outlook, "en") == (
        "Firms over 100m: meeting the target is very likely for 2026, very unlikely for 2027–2028"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_forecast_the_title_and_the_sentence_say_so(lang: str) -> None:
    outlook = cases.outlook(5)
    assert "概率" in words.finding(outlook) and "no probability" in words.finding(outlook, "en")
    assert words.without_probability(outlook, lang).rstrip("。.") in outlook.targets[0].reason(lang)


def test_the_key_explains_only_marks_that_occur() -> None:
    exact = [cases.point(2024, 150)]
    assert words.key(cases.outlook(5), exact) == "● 方案口径"
    mixed = [*exact, cases.point(2024, 15, Precision.ABOUT, Role.PROXY)]
    text = words.key(cases.long_history(), mixed)
    assert all(part in text for part in ("●", "◆", "空心", "80%", "年末"))
    assert "■" not in text


def test_sources_are_named_once_with_their_days_and_inferred_days_say_so() -> None:
    points = [cases.point(2023, 1), cases.point(2023, 2), cases.point(2024, 3)]
    names = {"s2023": "新华社", "s2024": "SHINE"}
    line = words.sources_line(points, names, inferred={"s2024"})
    assert line == "来源：新华社（2024-04-06）；SHINE（2024-04-06，推断）"


def test_many_sources_are_counted_not_dropped_in_silence() -> None:
    points = [cases.point(2010 + i, 1) for i in range(9)]
    assert "另有3个来源" in words.sources_line(points, {})
    assert "3 more" in words.sources_line(points, {}, lang="en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_alternative_holds_every_number_of_the_chart(lang: str) -> None:
    for outlook in cases.all_eleven():
        text = words.description(outlook, lang)
        for target in outlook.targets:
            assert words.number(target.target, outlook.indicator, lang) in text
            assert words.verdict_label(target, lang) in text
        for point in outlook.evidence.points:
            assert words.observation(point, outlook.indicator, lang) in text


def test_a_year_is_counted_by_what_is_said_and_ranked_by_the_figure_shown() -> None:
    outlooks = cases.all_eleven()
    assert words.headline_years(outlooks) == (2026, 2028)
    told = words.year_finding(outlooks, 2026)
    assert told.startswith("今年（2026年）11项目标：") and "无法给出概率9项" in told
    assert words.overview(outlooks).count("11项目标") == 2
    (one,) = [cases.outlook(5)]
    assert words.year_finding([one], 2028) == "方案期末（2028年）1项目标：无法给出概率1项"
    first = outlooks[8].targets[0]
    likely = [dataclasses.replace(first, p_met=p, verdict=verdict(p)) for p in (0.61, 0.67, 0.1, 0.05)]
    many = [dataclasses.replace(outlooks[8], targets=(target,)) for target in likely]
    shown = words.year_finding(many, first.year)
    assert (
        shown.index("67%") < shown.index("61%") < shown.index("5%）".replace("）", "")) < shown.index("10%")
    )


@given(st.floats(0.0, 1.0))
def test_a_target_is_at_risk_exactly_where_less_than_sixty_percent_is_printed(p: float) -> None:
    outlook = JUDGED
    target = dataclasses.replace(outlook.targets[0], p_met=p, verdict=verdict(p))
    printed = words.percent(p)
    below = printed == "<1%" or (printed != ">99%" and int(printed.rstrip("%")) < 60)
    assert at_risk(target) == below


def test_the_words_cover_all_probabilities_without_a_gap() -> None:
    assert [words.span(0.8, 1.0), words.span(0.6, 0.8), words.span(0.0, 0.2)] == ["≥80%", "60–80%", "<20%"]


def test_ticks_of_one_axis_have_one_form() -> None:
    assert words.ticks([0, 50_000, 100_000], PATENTS) == ["0", "5万", "10万"]
    assert words.ticks([0, 5000, 10_000], PATENTS) == ["0", "5000", "10000"]
    assert words.ticks([0, 5000, 10_000], PATENTS, "en") == ["0", "5,000", "10,000"]
