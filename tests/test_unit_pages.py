"""One page per responsible unit of the plan."""

from __future__ import annotations

import pytest

from zerobay_analysis.briefing.unit_pages import UnitPage, unit_page, unit_pages
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.study import Study

KEYS = ["targets", "commitments", "tasks", "owed", "upcoming"]


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.open("demo", "2026-11-22")


@pytest.fixture(scope="module")
def pages(study: Study) -> tuple[UnitPage, ...]:
    return unit_pages(study)


def test_every_unit_of_the_plan_has_a_page_of_its_own(study: Study, pages: tuple[UnitPage, ...]) -> None:
    plan = study.plan
    named = {unit for indicator in plan.indicators for unit in indicator.owners}
    for column in (plan.tasks["owners"], plan.commitments["owners"]):
        named |= {unit for owners in column for unit in str(owners).split(";") if unit}
    assert {page.unit for page in pages} == named
    assert len({page.anchor for page in pages}) == len(pages) == 27


def test_a_page_has_the_same_tables_in_the_same_order(pages: tuple[UnitPage, ...]) -> None:
    for page in pages:
        assert [table.key for table in page.tables] == KEYS
        for table in page.tables:
            assert all(len(row) == len(table.headings) for row in table.rows)
            assert all(cell.text for row in table.rows for cell in row)
            assert len(table.frame()) == max(1, len(table.rows))


def test_a_unit_with_tasks_only_gets_its_page_of_these(pages: tuple[UnitPage, ...]) -> None:
    water = next(page for page in pages if page.unit == "区水务局")
    assert not water.table("targets").rows
    assert water.table("targets").frame().iloc[0, 0] == water.table("targets").empty
    assert [row[0].link for row in water.table("tasks").rows] == ["T12"]


def test_a_target_carries_its_verdict_and_its_partners(pages: tuple[UnitPage, ...]) -> None:
    group = next(page for page in pages if page.unit == "大零号湾集团")
    rows = group.table("targets").rows
    assert len(rows) == 9
    assert all(row[1].text == "紫竹高新区" for row in rows)
    assert all(row[4].verdict is not None and row[4].verdict.word() in row[4].text for row in rows)


def test_progress_stands_against_the_time_that_has_passed(pages: tuple[UnitPage, ...]) -> None:
    science = next(page for page in pages if page.unit == "区科委")
    rows = {row[0].link: row for row in science.table("commitments").rows}
    assert rows["C01"][4].text.endswith("%")
    assert rows["C01"][5].text.endswith("%")
    assert "没有数字" in rows["C03"][6].text
    assert rows["C03"][4].text == "—"


def test_the_points_name_targets_at_risk_and_what_is_behind(pages: tuple[UnitPage, ...]) -> None:
    science = next(page for page in pages if page.unit == "区科委")
    risky = {target.indicator.short() for target in science.outlook.at_risk}
    assert risky
    assert all(any(text.startswith(name) for text in science.points) for name in risky)
    late = [item for item in (*science.outlook.commitments, *science.outlook.tasks) if item.behind]
    assert len(science.points) == len(risky) + len(late)


def test_one_unit_alone_has_the_page_that_it_has_among_all(study: Study, pages: tuple[UnitPage, ...]) -> None:
    assert unit_page(study, "吴泾镇") == next(page for page in pages if page.unit == "吴泾镇")
    with pytest.raises(ParameterError, match="区水务局"):
        unit_page(study, "区火星委")


def test_pages_are_in_the_readers_language() -> None:
    page = unit_page(Study.open("public", "2026-11-22", lang="en"), "闵金投公司")
    words = " ".join(heading for table in page.tables for heading in table.headings) + page.points[0]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in words)
