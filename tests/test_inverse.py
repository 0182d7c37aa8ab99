"""What can be counted on by when, and what 80 % would take: one statement from one base."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.briefing_cases import study as opened
from tests.decision_cases import outlook, point
from zerobay_analysis.assessment.conditional import Inverse, conditional, inverse, reachable
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.scenarios.levers import HoldPace
from zerobay_analysis.scenarios.run import PulledLever, Scenario, run_scenario

RISING = [point(2020 + i, 100 + 6 * i) for i in range(6)]  # 130 at the end of 2025
RATES = [point(2020 + i, 5 + 0.2 * (i % 3)) for i in range(6)]
BY_KIND = {
    Kind.STOCK: RISING,
    Kind.CUMULATIVE: [point(2020 + i, 250 + 25 * i) for i in range(6)],
    Kind.FLOW: [point(2020 + i, v) for i, v in enumerate((80, 104, 77, 96, 110, 95))],
    Kind.RATE: RATES,
}


def judged(known: IndicatorOutlook) -> Inverse:
    return inverse(known, conditional(load_plan(), known.evidence))


def asked(kind: Kind, day: date = date(2026, 11, 22)) -> tuple[Inverse, Kind]:
    known = outlook(kind, BY_KIND[kind])
    return judged(replace(known, evidence=replace(known.evidence, as_of=day))), kind


@pytest.mark.parametrize("kind", list(Kind))
def test_what_can_be_counted_on_is_the_best_value_that_is_that_likely(kind: Kind) -> None:
    known = outlook(kind, BY_KIND[kind])
    forecast, indicator = known.forecast, known.indicator
    assert forecast is not None
    for probability in (0.5, 0.8):
        value = reachable(forecast, indicator, probability, 2028)
        better = value + 10.0**-indicator.decimals
        assert forecast.prob_met(value, 2028, 1) >= probability
        assert forecast.prob_met(better, 2028, 1) < probability + 1e-6


@pytest.mark.parametrize("kind", list(Kind))
def test_the_addition_that_80_percent_takes_gives_80_percent_when_it_is_held(kind: Kind) -> None:
    known = outlook(kind, BY_KIND[kind])
    known = replace(known, evidence=replace(known.evidence, as_of=date(2026, 11, 22)))
    found = judged(known)
    assert found.start == 2027
    assert found.needed is not None
    lever = PulledLever(known.indicator.id, HoldPace(date(2027, 1, 1), found.needed))
    result = run_scenario(Scenario(Text("", ""), (lever,)), known)
    assert result.years[-1].p_met == pytest.approx(0.8, abs=0.03)


def test_the_pace_of_recent_years_stands_beside_it() -> None:
    found, _ = asked(Kind.STOCK)
    assert found.recent == 6
    assert "近年年均6家" in found.text("zh")
    assert "recently 6 firms a year" in found.text("en")
    assert found.supposed is None


@pytest.mark.parametrize(
    ("day", "start"), [((2026, 6, 30), 2026), ((2026, 7, 31), 2027), ((2027, 12, 31), 2028)]
)
def test_only_a_year_of_which_half_is_to_come_can_be_planned(day: tuple[int, int, int], start: int) -> None:
    assert asked(Kind.STOCK, date(*day))[0].start == start


def test_in_the_last_half_year_no_yearly_pace_is_given() -> None:
    found, _ = asked(Kind.STOCK, date(2028, 9, 30))
    assert found.needed is None
    assert "不再测算" in found.text("zh")


def test_without_a_forecast_the_base_is_the_plans_line_and_says_so() -> None:
    study = opened("public", "zh")
    found = judged(study.outlook(10))
    assert found.supposed == (2025, 290)
    assert found.text("zh").startswith("若2025年末为290家（方案线，假设）：")
    assert "hypothetical" in found.text("en")
    assert found.recent is None
    assert "按中位路径年均" in found.text("zh")


def test_a_record_that_the_plan_contradicts_is_no_base() -> None:
    briefing = Briefing(opened("public", "zh"))
    assert set(briefing.disagreeing) == {6, 7}
    found = {line.number: line.inverse for line in briefing.indicators}
    for number in briefing.disagreeing:
        assert found[number].supposed is not None
    assert found[9].supposed is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_there_is_one_statement_for_every_indicator_and_no_other_pace(lang: str) -> None:
    briefing = Briefing(opened("demo", lang))
    table = tables.targets(briefing).on("pace")
    column = table.headings.index(text.TAKES.get(lang))
    said = [row[column].text for row in table.rows if row[column].text != "—"]
    assert said == [i.inverse.needed_text(lang) for i in briefing.indicators]
    for indicator in briefing.at_risk:
        notes = dict(briefing.risk_notes(indicator))
        assert notes[text.TAKES.get(lang)].startswith(indicator.inverse.text(lang))
