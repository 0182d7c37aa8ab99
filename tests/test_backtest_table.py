"""Backtests as tables: scores where they can be had, a reason everywhere else."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.briefing_cases import study as opened
from zerobay_analysis.cli import app
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.evaluation.backtest import backtest_indicator, backtest_tables
from zerobay_analysis.forecast import forecaster

DAY = "2026-11-22"


def test_the_demo_ledger_is_scored_as_the_backtest_scores_it() -> None:
    study = opened("demo", "zh")
    tables = backtest_tables(study, [2])
    models = [forecaster("reference_class"), forecaster("ols_linear")]
    result = backtest_indicator(study.ledger, study.plan, 2, models, as_of=study.as_of, seed=study.seed)
    assert tables.declined.empty
    assert tables.scores["模型"].tolist() == ["参照类模型", "线性趋势"]
    assert np.allclose(tables.scores["CRPS"], result.scores["scaled_crps"], atol=0.005)
    assert tables.scores["预测数"].tolist() == result.scores["forecasts"].tolist()
    # The line declined the early origins; on the same questions both have one score each.
    assert np.allclose(tables.scores["同题 CRPS"], result.shared_scores["scaled_crps"], atol=0.005)


def test_every_indicator_of_the_public_record_is_refused_with_its_reason() -> None:
    study = opened("public", "zh")
    tables = backtest_tables(study)
    assert tables.scores.empty
    assert tables.declined["#"].tolist() == [one.id for one in study.plan.indicators]
    assert tables.declined["为什么不能"].str.contains("至少需要").all()


def test_tables_speak_english_when_asked() -> None:
    tables = backtest_tables(opened("public", "en"), [9])
    assert "needs" in tables.declined["why not"].iloc[0]
    assert not any("一" <= letter <= "鿿" for letter in tables.declined["why not"].iloc[0])


def test_an_assumed_delay_is_stated_beside_the_scores() -> None:
    tables = backtest_tables(opened("demo", "zh"), [2], publication_lag=45)
    assert tables.notes[0].startswith("2: ")
    assert "45 天" in tables.notes[0]


def test_a_number_that_the_plan_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError):
        backtest_tables(opened("demo", "zh"), [99])


def test_the_command_shows_scores_and_says_that_the_data_are_made_up() -> None:
    done = CliRunner().invoke(app, ["backtest", "--data", "demo", "--indicator", "2", "--as-of", DAY])
    assert done.exit_code == 0
    assert "参照类模型" in done.stdout and "线性趋势" in done.stdout
    assert "演示数据" in done.stdout


def test_the_command_names_the_reason_where_nothing_can_be_scored() -> None:
    done = CliRunner().invoke(app, ["backtest", "--indicator", "9", "--as-of", DAY])
    assert done.exit_code == 0
    assert "回测至少需要两个年度值" in done.stdout
