"""The roll-up by responsible unit."""

from __future__ import annotations

from datetime import date

import pytest

from tests.decision_cases import outlook, point
from zerobay_analysis.assessment.data_owed import Need
from zerobay_analysis.assessment.outlook import AT_RISK_BELOW, at_risk
from zerobay_analysis.assessment.owners import unit_outlook, units_of
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.study import Study

GROWING = [point(2020 + i, 100 + 10 * i) for i in range(6)]  # 150 at the end of 2025


@pytest.fixture(scope="module")
def units() -> tuple:
    """A stock that grows, a rate without evidence, and the public record's empty tracker."""
    known = [outlook(Kind.STOCK, GROWING), outlook(Kind.RATE, []), outlook(Kind.CUMULATIVE, [])]
    study = Study(load_plan(), load_ledger("public"), date(2026, 11, 22))
    study.__dict__["outlooks"] = tuple(known)  # as if assessed
    return units_of(study)


def test_every_unit_of_the_plan_appears_once_in_the_plans_order(units: tuple) -> None:
    names = [unit.unit for unit in units]
    assert len(set(names)) == len(names)
    assert tuple(names) == load_plan().units
    assert names[0] == "区科委"
    assert {"上海交大", "区水务局", "吴泾镇"} <= set(names)


def test_joint_responsibility_is_shown_as_such_and_counts_in_full(units: tuple) -> None:
    group, park = unit_outlook(units, "大零号湾集团"), unit_outlook(units, "紫竹高新区")
    fund = unit_outlook(units, "闵金投公司")
    assert [o.outlook.indicator.id for o in group.indicators] == [7, 4]
    assert park.indicators[0].outlook.indicator.owners == ("大零号湾集团", "紫竹高新区")
    assert len(group.targets) == len(park.targets) == 6
    assert "其中共同负责 2 项" in group.text("zh")
    assert "其中共同负责 0 项" in fund.text("zh")


def test_a_target_is_on_course_at_risk_or_open(units: tuple) -> None:
    for unit in units:
        parts = (unit.on_course, unit.at_risk, unit.open)
        assert sum(map(len, parts)) == len(unit.targets)
    group = unit_outlook(units, "大零号湾集团")
    assert len(group.open) == 3  # the rate
    assert AT_RISK_BELOW == 0.6
    risky = {"uncertain", "unlikely", "very_unlikely"}
    assert all(at_risk(t) == (t.verdict.key in risky) for unit in units for t in unit.targets)


def test_data_owed_covers_indicators_commitments_and_tasks(units: tuple) -> None:
    fund = unit_outlook(units, "闵金投公司")
    assert fund.owed[0].name.zh == "累计集聚基金规模"
    assert any(item.number == "T07" for item in fund.owed)
    committed = unit_outlook(units, "上海交大")
    assert not committed.indicators
    assert {item.id for item in committed.commitments} >= {"C01", "C04"}


def test_what_is_asked_for_now_and_the_next_figure_are_kept_apart(units: tuple) -> None:
    fund = unit_outlook(units, "闵金投公司")
    assert fund.upcoming
    assert {item.need for item in fund.upcoming} == {Need.NEXT}
    assert Need.NEXT not in {item.need for item in fund.owed}


def test_a_unit_without_an_indicator_says_so_in_its_sentence(units: tuple) -> None:
    committed = unit_outlook(units, "区水务局")
    assert "没有牵头的指标" in committed.text("zh")
    assert "no indicator" in committed.text("en")
    assert "任务 1 项" in committed.text("zh")


def test_an_unknown_unit_is_refused_with_the_list(units: tuple) -> None:
    with pytest.raises(ParameterError, match="闵金投公司"):
        unit_outlook(units, "区发改委")
