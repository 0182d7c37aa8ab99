"""One page per responsible unit of the plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.briefing_cases import text_of, tight
from zerobay_analysis.assessment.owners import known_units
from zerobay_analysis.briefing.content import Briefing, UnitPage
from zerobay_analysis.briefing.tables import Table, unit_tables
from zerobay_analysis.briefing.writers import UNITS, FormTask, write_form
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.study import Study
from zerobay_analysis.suite.manifest import Manifest
from zerobay_analysis.suite.report import ReportOptions, _resumed, part_records

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


@pytest.mark.parametrize("unit", ["区科委", "大零号湾集团", "区水务局"])
def test_a_unit_gets_one_page_of_its_own_indicators_and_promises(
    briefing: Briefing, unit: str, tmp_path: Path
) -> None:
    files = write_form(UNITS, FormTask(briefing, (UNITS,), tmp_path, units=(unit,)))
    assert files == (f"units/{unit}.pdf", f"units/{unit}.docx")
    (page,) = PdfReader(tmp_path / files[0]).pages
    told, page_of = tight(page.extract_text()), briefing.page(unit)
    assert tight(page_of.headline) in told
    mine = {owned.outlook.indicator.id for owned in page_of.outlook.indicators}
    for indicator, standing in zip(briefing.indicators, briefing.year_lines, strict=True):
        assert (tight(f"{indicator.number} {indicator.short}") in told) == (indicator.number in mine)
        assert indicator.number not in mine or tight(standing.problem) in told
    for item in (*page_of.outlook.commitments, *page_of.outlook.tasks):
        assert not item.behind or tight(item.name.zh) in told
    assert unit in text_of(tmp_path / files[1])


def test_units_are_asked_for_by_the_plans_names() -> None:
    assert known_units(("区科委", "区经委"), ("all", "区经委")) == ("区科委", "区经委")
    assert known_units(("区科委", "区经委"), ("区经委", "区经委")) == ("区经委",)
    with pytest.raises(ParameterError, match="区科委、区经委"):
        known_units(("区科委", "区经委"), ("区火星委",))


def test_pages_of_units_are_a_step_of_the_record_that_is_resumed_with_them() -> None:
    study = Study.open("demo", "2026-11-22")
    records = part_records(study, ReportOptions(formats=("pdf", UNITS), units=("区科委",)), Path("run"), [])
    assert [(one.name, one.title, one.kind) for one in records if one.kind == "form"][1] == (
        "units",
        "units/",
        "form",
    )
    began = Manifest("run", "", {"units": ["区科委"]}, False, inputs=[], status="FAILED")
    assert _resumed(ReportOptions(), began).units == ("区科委",)


def test_pages_are_in_the_readers_language() -> None:
    briefing = Briefing(Study.open("public", "2026-11-22", lang="en"))
    tables = tables_of(briefing, "闵金投公司").values()
    words = " ".join(heading for table in tables for heading in table.headings)
    words += briefing.page("闵金投公司").points[0]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in words)
