"""Tables for decisions: full in both languages, on thin and on full evidence."""

from __future__ import annotations

import pandas as pd
import pytest

from zerobay_analysis.briefing import tables as t
from zerobay_analysis.briefing.content import Briefing, calibration_note
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.run import try_scenarios
from zerobay_analysis.study import Study

DAY = "2026-11-22"


@pytest.fixture(scope="module", params=[("public", "zh"), ("public", "en"), ("demo", "zh"), ("demo", "en")])
def study(request: pytest.FixtureRequest) -> Study:
    data, lang = request.param
    return Study.open(data, DAY, lang=lang)


def tables(study: Study) -> dict[str, pd.DataFrame]:
    briefing = Briefing(study)
    results, refused = try_scenarios(report_scenarios("", study.plan), study.outlooks)
    found = {
        "methods": t.methods(study.lang),
        "agreement": t.agreement(briefing),
        "results": t.method_results(briefing, study.outlooks[8], 2028),
        "judgements": t.judgements(briefing, study.outlooks[8]),
        "influence": t.influence(briefing, study.outlooks[8]),
        "targets": t.targets(briefing),
        "joint": t.joint(briefing),
        "status": t.status(briefing),
        "units": t.units(briefing),
        "commitments": t.commitments(briefing),
        "tasks": t.tasks(briefing),
        "scenarios": t.scenario_targets(briefing),
        "levers": t.levers(results, study.lang),
        "refused": t.refused(refused, study),
        "lateness": t.lateness(briefing),
        "conflicts": t.conflicts(briefing),
        "revisions": t.revisions(briefing),
        "earlier": t.earlier(briefing),
        "calibration": t.calibration(briefing),
        "words": t.calibration_words(study),
        "models": t.calibration_models(study),
    }
    frames = {name: table.frame() for name, table in found.items() if name not in ("revisions", "conflicts")}
    return frames | {"pace": t.targets(briefing).on("pace").frame()}


def test_every_table_has_rows_and_no_missing_cell(study: Study) -> None:
    for name, table in tables(study).items():
        assert len(table) > 0, name
        assert not table.isna().any(axis=None), name


def test_headings_are_in_the_readers_language(study: Study) -> None:
    for name, table in tables(study).items():
        chinese = any("\u4e00" <= c <= "\u9fff" for c in " ".join(map(str, table.columns)))
        assert chinese == (study.lang == "zh"), name


def test_every_target_has_a_pace_and_every_task_an_owner(study: Study) -> None:
    briefing = Briefing(study)
    assert len(t.targets(briefing).rows) == 33
    assert len(t.tasks(briefing).rows) == 12
    assert len(t.agreement(briefing).rows) == 33


def test_scenarios_that_cannot_be_run_are_told_and_stop_nothing() -> None:
    briefing = Briefing(Study.open("public", "2023-06-30", lang="en"))
    table = t.refused(briefing.scenarios.refused, briefing.study)
    assert not t.scenario_targets(briefing).rows
    assert len(table.rows) == 5
    assert table.frame()["Why"].str.contains("no figure").all()


def test_a_probability_comes_with_the_calibration_of_its_model(study: Study) -> None:
    from zerobay_analysis.briefing import figures

    given = calibration_note(study.outlooks[8], study)
    assert ("10次中约" if study.lang == "zh" else "times in 10") in given
    panels = figures.reliability(study).axes
    assert len(panels) == 3
    assert all(panel.collections for panel in panels)
