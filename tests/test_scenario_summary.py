"""What scenarios and standing questions do to the chance of each target."""

from __future__ import annotations

from pathlib import Path

import pytest

from zerobay_analysis.assessment.conditional import inverse
from zerobay_analysis.assessment.outlook import at_risk, percent
from zerobay_analysis.scenarios.run import ScenarioSummary, scenario_summary
from zerobay_analysis.study import Study


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.open("demo", "2026-11-22", lang="en")


@pytest.fixture(scope="module")
def summary(study: Study) -> ScenarioSummary:
    return scenario_summary(study)


def test_given_scenarios_come_first_and_every_indicator_at_risk_is_asked(
    study: Study, summary: ScenarioSummary
) -> None:
    assert [line.given for line in summary.of(7)][:3] == [True, True, True]
    for outlook in study.outlooks:
        if any(map(at_risk, outlook.targets)):
            assert any(not line.given for line in summary.of(outlook.indicator.id))


def test_the_second_question_is_what_80_percent_takes(study: Study, summary: ScenarioSummary) -> None:
    asked = 0
    for outlook in study.outlooks:
        found = inverse(outlook, study.conditional(outlook))
        for line in summary.of(outlook.indicator.id):
            if not line.given and line.label == found.needed_text("en"):
                asked += 1
                assert line.years[-1].p_met == pytest.approx(0.8, abs=0.05)
                assert "2027-01-01" in line.levers[0]
    assert asked >= 5


def test_every_year_has_its_chance_with_what_it_gains(summary: ScenarioSummary) -> None:
    for lines in summary.lines.values():
        for line in lines:
            assert len(line.chances) == len(line.years) == 3
            for year, chance in zip(line.years, line.chances, strict=True):
                assert chance.startswith(percent(year.p_met))
                assert ("(" in chance) == (round(100 * year.change) != 0)


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    early = scenario_summary(Study.open("public", "2023-06-30", lang="en"))
    assert early.lines == {}
    assert len(early.refused) == 5
    assert early.of(7) == ()


def test_an_own_file_stands_beside_the_standing_questions(study: Study, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: 自写\nname_en: own\nindicator: 1\n"
        "levers:\n  - lever: step\n    date: 2027-06\n    amount: 3\n",
        encoding="utf-8",
    )
    lines = scenario_summary(study, str(file)).of(1)
    assert [line.name for line in lines if line.given] == ["own"]
    assert any(year.change > 0 for year in lines[0].years)
