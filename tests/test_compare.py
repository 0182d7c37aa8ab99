"""Answers side by side, and what Jupyter shows of a study, an outlook and a forecast."""

from __future__ import annotations

import pytest

from zerobay_analysis.charts.compare import compare, curve
from zerobay_analysis.charts.save import alt_text
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.run import run_scenario
from zerobay_analysis.study import Study

DAY = "2026-11-22"


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.open("public", DAY, lang="en")


def test_each_answer_says_its_probability_and_what_is_hypothetical(study: Study) -> None:
    known, supposed = study.outlook(6), study.supposing({6: 295}).outlook(6)
    told = alt_text(compare({"on record": known, "if 295": supposed}, lang="en"))[1]
    p_known, p_supposed = (round(100 * (one.targets[-1].p_met or 0)) for one in (known, supposed))
    assert f"on record: 340 by 2028 with probability {p_known}%" in told
    assert f"if 295 (hypothetical): 340 by 2028 with probability {p_supposed}%" in told


def test_a_scenario_is_hypothetical_and_a_model_that_declines_says_why(study: Study) -> None:
    outlook = study.outlook(9)
    answers = {
        "faster": run_scenario(report_scenarios()[0], outlook),
        "theta": Study.open("public", DAY, model="theta").outlook(9),
    }
    told = alt_text(compare(answers, lang="en"))[1]
    assert "faster (hypothetical): 450 by 2028 with probability" in told
    assert "Theta: no probability. theta: needs" in told


def test_none_too_many_or_different_indicators_are_refused(study: Study) -> None:
    one = study.outlook(9)
    for answers in ({}, {str(n): one for n in range(6)}, {"a": one, "b": study.outlook(6)}):
        with pytest.raises(ParameterError):
            compare(answers)


def test_jupyter_shows_tables_for_people(study: Study) -> None:
    outlook = study.outlook(9)
    assert outlook.forecast is not None
    for shown in (study._repr_html_(), outlook._repr_html_(), outlook.forecast._repr_html_()):
        assert "<table" in shown
        assert "NaN" not in shown and ".000000" not in shown
    assert "▽" in outlook._repr_html_() and "fund" in study._repr_html_()


def test_the_curve_names_the_plans_line_and_from_which_figure_on_a_target_is_likely(study: Study) -> None:
    asked = study.conditional(study.outlook(6))
    figure = curve(asked, lang="en")
    told = alt_text(figure)[1]
    assert "plan's line 295" in told and f"80% {asked.confident:.0f}" in told
    assert any("ypothetical" in text.get_text() for text in figure.texts)
    table = asked.curve()
    assert set(table["year"]) == {2026, 2027, 2028}
    assert all(group["p_met"].is_monotonic_increasing for _, group in table.groupby("year"))
