"""If the missing figure were this, the targets would be that likely; nothing of it becomes evidence."""

from __future__ import annotations

from datetime import date

import pytest

from tests.briefing_cases import study as opened
from tests.test_cli import zerobay
from zerobay_analysis.assessment.conditional import Conditional, conditional, with_figure
from zerobay_analysis.briefing import tables
from zerobay_analysis.briefing.content import Briefing, latest_text
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import ASSUMED, Role, evidence

DAY = date(2026, 11, 22)


def asked(indicator: int) -> Conditional:
    return conditional(load_plan(), evidence(load_ledger("public"), load_plan(), indicator, DAY))


@pytest.mark.parametrize("indicator", [1, 4, 5, 11])
def test_an_indicator_without_a_figure_has_an_answer_that_rises_with_the_figure(indicator: int) -> None:
    found = asked(indicator)
    assert found.line in found.table
    last = [row[2028] for row in found.table.values()]
    assert all(p is not None for p in last)
    assert last == sorted(last, key=lambda p: p or 0.0)


@pytest.mark.parametrize("indicator", [2, 3, 10])
def test_from_the_break_even_figure_on_the_target_has_that_probability(indicator: int) -> None:
    found = asked(indicator)
    even = found.break_even(0.5, 2028)
    assert even is not None
    here, below = found.probabilities(even)[2028], found.probabilities(round(even - found.precision, 6))[2028]
    assert here is not None
    assert below is not None
    assert below < 0.5 <= here


def test_a_cumulative_total_that_has_reached_its_target_keeps_it() -> None:
    assert asked(6).probabilities(310)[2026] == 1.0


def test_a_probability_that_no_figure_gives_has_no_break_even() -> None:
    assert asked(4).break_even(0.999, 2026) is None


def test_the_figure_is_the_only_one_of_the_plans_definition_and_is_marked() -> None:
    known = evidence(load_ledger("public"), load_plan(), 6, DAY)
    assumed = with_figure(known, 295, 2025)
    own = assumed.with_role(Role.OWN, Role.DOUBTFUL)
    assert [p.observation for p in own] == [ASSUMED]
    assert "假设" in own[0].label
    assert assumed.with_role(Role.PROXY) == known.with_role(Role.PROXY)
    assert ASSUMED not in {p.observation for p in known.points}


@pytest.mark.parametrize(("indicator", "figure"), [(6, 295.5), (6, -1), (3, 120)])
def test_a_figure_that_the_indicator_cannot_have_is_refused(indicator: int, figure: float) -> None:
    with pytest.raises(ParameterError, match="cannot have"):
        with_figure(evidence(load_ledger("public"), load_plan(), indicator, DAY), figure, 2025)


def test_a_supposed_figure_is_marked_everywhere_and_raises_no_grade() -> None:
    study = opened("public", "zh")
    supposed = study.supposing({6: 295, 5: 100})
    outlook = supposed.outlook(5)
    assert outlook.grade is study.outlook(5).grade
    assert outlook.targets[0].n_obs == study.outlook(5).targets[0].n_obs
    assert outlook.targets[0].p_met is not None
    assert "假设2025年" in str(supposed)
    rows = supposed.table.set_index("indicator")["hypothetical"]
    assert (rows[[5, 6]] != "").all()
    assert (rows.drop([5, 6]) == "").all()
    assert latest_text(outlook, "zh").startswith("假设100")
    assert "hypothetical" not in study.table.columns
    assert supposed.outlook(9).targets == study.outlook(9).targets


def test_a_pair_that_is_no_figure_is_told_how_to_be_written() -> None:
    done = zerobay("outlook", "--if", "6:295")
    assert done.returncode == 2
    assert "6=295" in done.stderr


def test_the_report_has_an_answer_for_every_indicator() -> None:
    briefing = Briefing(opened("public", "zh"))
    table = tables.if_then(briefing)
    assert len(table.rows) == len(briefing.indicators)
    assert all(p is not None for _, found, _ in briefing.if_then for p in found.chances.values())
    assert set(briefing.disagreeing) == {6, 7}
    assert int(briefing.owed[0].number) in briefing.disagreeing
    assert "按何口径" in tables.owed(briefing).rows[0][2].text


def test_the_curve_rises_with_the_figure_and_holds_the_short_table() -> None:
    found = asked(9)
    curve = found.curve(11)
    last = curve[curve["year"] == 2028]
    assert list(curve.columns) == ["figure", "year", "p_met"]
    assert last["p_met"].is_monotonic_increasing
    assert last["figure"].min() == min(found.table)
    assert last["p_met"].max() >= 0.8
