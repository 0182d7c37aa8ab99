"""One page per responsible unit of the plan."""

from __future__ import annotations

import pytest

from zerobay_analysis.briefing.content import Briefing, UnitPage
from zerobay_analysis.briefing.tables import Table, unit_tables
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.study import Study

KEYS = ["targets", "commitments", "tasks", "owed", "upcoming"]


@pytest.fixture(scope="module")
def briefing() -> Briefing:
    return Briefing(Study.open("demo", "2026-11-22"))


@pytest.fixture(scope="module")
def pages(briefing: Briefing) -> tuple[UnitPage, ...]:
    return briefing.pages


def tables_of(briefing: Briefing, unit: str) -> dict[str, Table]:
    return unit_tables(briefing, briefing.page(unit))


def test_every_unit_of_the_plan_has_a_page_of_its_own(
    briefing: Briefing, pages: tuple[UnitPage, ...]
) -> None:
    plan = briefing.study.plan
    named = {unit for indicator in plan.indicators for unit in indicator.owners}
    for column in (plan.tasks["owners"], plan.commitments["owners"]):
        named |= {unit for owners in column for unit in str(owners).split(";") if unit}
    assert {page.unit for page in pages} == named
    assert len({page.anchor for page in pages}) == len(pages) == 27


def test_a_page_has_the_same_tables_in_the_same_order(
    briefing: Briefing, pages: tuple[UnitPage, ...]
) -> None:
    for page in pages:
        tables = unit_tables(briefing, page)
        assert list(tables) == KEYS
        for table in tables.values():
            assert all(len(row) == len(table.headings) for row in table.rows)
            assert all(cell.text for row in table.rows for cell in row)
            assert len(table.frame()) == max(1, len(table.rows))


def test_a_unit_with_tasks_only_gets_its_page_of_these(briefing: Briefing) -> None:
    water = tables_of(briefing, "区水务局")
    assert not water["targets"].rows
    assert water["targets"].frame().iloc[0, 0] == water["targets"].empty
    assert [row[0].link for row in water["tasks"].rows] == ["T12"]


def test_a_target_carries_its_verdict_and_its_partners(briefing: Briefing) -> None:
    rows = tables_of(briefing, "大零号湾集团")["targets"].rows
    assert len(rows) == 9
    assert all(row[1].text == "紫竹高新区" for row in rows)
    verdicts = [cell for row in rows for cell in row if cell.verdict is not None]
    assert len(verdicts) == 9
    assert all(cell.verdict is not None and cell.verdict.word() in cell.text for cell in verdicts)


def test_progress_stands_against_the_time_that_has_passed(briefing: Briefing) -> None:
    rows = {row[0].link: row for row in tables_of(briefing, "区科委")["commitments"].rows}
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


def test_one_unit_alone_has_the_page_that_it_has_among_all(
    briefing: Briefing, pages: tuple[UnitPage, ...]
) -> None:
    assert briefing.page("吴泾镇") == next(page for page in pages if page.unit == "吴泾镇")
    with pytest.raises(ParameterError, match="区水务局"):
        briefing.page("区火星委")


def test_pages_are_in_the_readers_language() -> None:
    briefing = Briefing(Study.open("public", "2026-11-22", lang="en"))
    tables = tables_of(briefing, "闵金投公司").values()
    words = " ".join(heading for table in tables for heading in table.headings)
    words += briefing.page("闵金投公司").points[0]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in words)
