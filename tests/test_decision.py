"""Tables for decisions: full in both languages, on thin and on full evidence."""

from __future__ import annotations

import pandas as pd
import pytest

from zerobay_analysis.briefing import decision
from zerobay_analysis.study import Study

DAY = "2026-11-22"


@pytest.fixture(scope="module", params=[("public", "zh"), ("public", "en"), ("demo", "zh"), ("demo", "en")])
def study(request: pytest.FixtureRequest) -> Study:
    data, lang = request.param
    return Study.open(data, DAY, lang=lang)


def tables(study: Study) -> dict[str, pd.DataFrame]:
    results, refused = decision.scenario_runs(study)
    return {
        "methods": decision.methods_table(study.lang),
        "agreement": decision.agreement_table(study),
        "results": decision.method_results_table(study.outlooks[8], study, 2028),
        "pace": decision.pace_table(study),
        "joint": decision.joint_table(study),
        "distribution": decision.joint_distribution_table(study),
        "units": decision.units_table(study),
        "commitments": decision.commitments_table(study),
        "tasks": decision.tasks_table(study),
        "scenarios": decision.scenarios_table(results, study.lang),
        "levers": decision.levers_table(results, study.lang),
        "refused": refused,
    }


def test_every_table_has_rows_and_no_missing_cell(study: Study) -> None:
    for name, table in tables(study).items():
        assert len(table) > 0, name
        assert not table.isna().any(axis=None), name


def test_headings_are_in_the_readers_language(study: Study) -> None:
    for name, table in tables(study).items():
        chinese = any("\u4e00" <= c <= "\u9fff" for c in " ".join(map(str, table.columns)))
        assert chinese == (study.lang == "zh"), name


def test_every_target_has_a_pace_and_every_task_an_owner(study: Study) -> None:
    assert len(decision.pace_table(study)) == 33
    assert len(decision.tasks_table(study)) == 12
    assert len(decision.agreement_table(study)) == 33


def test_scenarios_that_cannot_be_run_are_told_and_stop_nothing() -> None:
    results, refused = decision.scenario_runs(Study.open("public", "2023-06-30", lang="en"))
    assert results == ()
    assert len(refused) == 5
    assert refused["why"].str.contains("no figure").all()


def test_a_probability_comes_with_the_calibration_of_its_model(study: Study) -> None:
    from zerobay_analysis.briefing import figures, tables

    given = tables.calibration_note(study.outlooks[8], study)
    assert "80" in given and "%" in given
    panels = figures.reliability(study).axes
    assert len(panels) == 3
    assert all(panel.collections for panel in panels)
