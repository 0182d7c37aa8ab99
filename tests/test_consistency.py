"""A record that the plan's own steps contradict is said to be doubtful, with both answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.workbooks import workbook
from zerobay_analysis.assessment.consistency import consistency, plan_base
from zerobay_analysis.assessment.outliers import import_questions, ledger_questions
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.imports import plan_import, unconfirmed
from zerobay_analysis.ledger.inspection import inspect
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import Evidence, evidence

DAY = date(2026, 11, 22)


def public(indicator: int) -> Evidence:
    return evidence(load_ledger("public"), load_plan(), indicator, DAY)


def own(folder: Path, indicator: int, period: str, value: float, unit: str) -> Evidence:
    path = folder / "figures.csv"
    path.write_text(
        f"indicator,period,value,unit,comparability,published\n{indicator},{period},{value},{unit},direct,2026-11-01\n",
        encoding="utf-8",
    )
    return evidence(load_ledger(path, today=DAY), load_plan(), indicator, DAY)


def test_a_record_five_steps_from_its_first_target_disagrees() -> None:
    found = consistency(load_plan(), public(6))
    assert found is not None
    assert not found.agrees
    assert (found.step, found.needed, found.base, found.base_year) == (15, pytest.approx(84), 295, 2025)
    assert "口径待核实" in found.finding.zh
    assert "295" in found.finding.en


def test_a_record_within_the_cut_agrees() -> None:
    found = consistency(load_plan(), public(9))
    assert found is not None
    assert found.agrees
    assert found.finding.zh == ""


@pytest.mark.parametrize(
    ("period", "value", "agrees"),
    [
        ("2025", 295, True),  # on the plan's own line
        ("2025", 266, True),  # 44 a year, just within three steps
        ("2025", 264, False),
        ("2025", 306, False),  # needs less than a third of a step
        ("2025", 330, True),  # passed by less than two steps
        ("2025", 341, False),
        ("2026-09", 309, True),  # of a year almost over the next target counts
    ],
)
def test_the_cuts_are_where_they_are_said_to_be(
    tmp_path: Path, period: str, value: float, agrees: bool
) -> None:
    found = consistency(load_plan(), own(tmp_path, 6, period, value, "家"))
    assert found is not None
    assert found.agrees is agrees


@pytest.mark.parametrize("indicator", [3, 4, 5, 8])
def test_rates_yearly_flows_and_level_targets_are_not_asked(tmp_path: Path, indicator: int) -> None:
    unit = "家" if indicator == 5 else "%"
    assert consistency(load_plan(), own(tmp_path, indicator, "2025", 12, unit)) is None
    assert consistency(load_plan(), public(indicator)) is None


def test_the_plans_line_needs_a_step() -> None:
    assert plan_base({2026: 310, 2027: 325, 2028: 340}) == (2025, 295)
    assert plan_base({2026: 15, 2027: 15}) is None
    assert plan_base({2026: 15}) is None


# --- asked at the check and at the import ---------------------------------------------------------------


def test_the_check_of_the_public_record_asks_about_the_figure_that_the_plan_contradicts() -> None:
    (found,) = inspect("public", ask=ledger_questions)
    assert found.ok
    (asked,) = [question for question in found.questions if question.value == "198"]
    assert (asked.row, asked.column) == (15, "value")
    assert "5.6倍" in asked.message
    assert "295" in asked.message
    assert "方案口径2025年末" in asked.cure


def test_an_import_asks_about_it_in_the_words_of_the_sheet(tmp_path: Path) -> None:
    rows = [[6, "2025年末", "时点", 198, "家", None, ""], [11, "2025年末", "时点", 1800, "人", None, ""]]
    path = workbook(tmp_path / "a.xlsx", rows, sheet="区经委")
    found = plan_import(path, str(tmp_path / "ledger"), check=import_questions)
    (asked,) = [warning for warning in found.warnings if warning.column == "value"]
    assert (asked.place, asked.heading, asked.value) == ("区经委!D2", "数值", "198")
    assert "7.5倍" in asked.message
    assert unconfirmed([asked], "$D$2") == ()
    (other,) = [warning for warning in found.warnings if warning.column == "reporter"]
    assert other.heading == "报送单位"  # a column that the sheet does not have


def test_a_figure_on_the_plans_line_is_not_asked_about(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[6, "2025年末", "时点", 295, "家", None, ""]], sheet="区经委")
    assert plan_import(path, str(tmp_path / "ledger"), check=import_questions).warnings == ()
