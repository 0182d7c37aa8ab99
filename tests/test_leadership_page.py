"""The page for leadership is one page at every date of the plan, in a row of half-yearly reports too."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.briefing_cases import manifest, tight
from zerobay_analysis import study as study_module
from zerobay_analysis.briefing import tables
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers import make_briefing
from zerobay_analysis.briefing.writers import pdf as paper
from zerobay_analysis.charts import words
from zerobay_analysis.study import Study
from zerobay_analysis.suite.report import write_outlook

DAYS = ("2026-03-31", "2026-11-22", "2027-06-30", "2028-12-31", "2029-01-31")


@pytest.fixture(autouse=True)
def any_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let days that are still to come be asked for."""
    monkeypatch.setattr(study_module, "parse_day", date.fromisoformat)


@pytest.mark.parametrize("data", ["public", "demo"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_one_page_at_every_date(data: str, lang: str, tmp_path: Path) -> None:
    earlier = None
    for day in DAYS:
        study = Study.open(data, day, lang=lang)
        record = manifest(study, f"{day.replace('-', '')}-090000-{data}")
        record.parameters["as_of"] = day
        folder = tmp_path / record.run_id
        folder.mkdir()
        write_outlook(study, folder)
        record.write(folder)
        briefing = make_briefing(study, record, folder, earlier)
        pages = PdfReader(BytesIO(paper.pdf_bytes(briefing, paper.leadership(briefing)))).pages
        assert len(pages) == 1, day
        text = tight(pages[0].extract_text())
        facts = [briefing.method.trust_short, briefing.method.grades]
        for year, _ in briefing.headlines:
            facts += [words.year_finding(study.outlooks, year, lang, most=0), briefing.urgent(year)]
        for i, standing in zip(briefing.indicators, briefing.year_lines, strict=True):
            facts += [i.short, i.owners, standing.problem, standing.step, standing.target.target]
        for fact in facts:
            assert tight(fact) in text, (day, fact)
        assert (briefing.earlier is None) == (earlier is None)
        earlier = folder


@pytest.mark.parametrize("room", [8, 1])
def test_where_there_is_no_room_the_rows_of_the_lowest_probabilities_stay(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    briefing = make_briefing_of("demo")
    monkeypatch.setattr(paper, "_fits", lambda _, count, **__: count <= room)
    blocks = paper.leadership(briefing)
    (shown,) = (block.table for block in blocks if block.table is not None)
    left = [
        one for one in zip(briefing.indicators, briefing.year_lines, strict=True) if one not in shown.records
    ]
    assert len(shown.rows) == room and len(left) == 11 - room
    chances = [standing.target.outlook.p_met for _, standing in shown.records]
    assert max(chances, default=0.0) <= min(standing.target.outlook.p_met for _, standing in left)
    assert f"另有 {11 - room} 项，见报告全文" in "".join(block.text for block in blocks)


def test_the_most_urgent_are_those_whose_shown_figures_are_worst() -> None:
    briefing = make_briefing_of("public")
    for year in (2026, 2028):
        named = [i.number for i in briefing.indicators if i.short in briefing.urgent(year)]
        shown = {i.number: line.verdict for i in briefing.indicators for line in i.lines if line.year == year}
        chance = {n: float(re.findall(r"(\d+)%", told)[0]) for n, told in shown.items() if "%" in told}
        assert sorted(named) == sorted(sorted(chance, key=lambda n: chance[n])[:2]), year


def test_every_indicator_stands_against_the_official_schedule_or_says_why_not() -> None:
    briefing = make_briefing_of("demo")
    found = {
        i.number: (s.done, s.gone, s.problem)
        for i, s in zip(briefing.indicators, briefing.year_lines, strict=True)
    }
    assert found[1] == ("17%", "75%", "落后58个百分点")  # 61 at the end of 2025, 62 in September, 67 to reach
    assert found[5][:2] == ("45%", "75%")  # 45 of 100 within the year
    assert found[3][:2] == ("-1.2点", "75%")  # a rate: its distance to the target
    rows = {row[0].text.split()[0]: row for row in tables.schedule(briefing).rows}
    assert rows["1"][6].text == "▼ 红灯" and rows["1"][6].fill == tables.LIGHTS["red"]
    assert rows["3"][6].text == "不亮灯" and not rows["3"][6].fill
    assert rows["5"][3].text == "41"  # the first nine months of 2025
    assert "银川市" in tables.schedule(briefing).notes[0]


def test_a_figure_of_an_earlier_year_lights_no_lamp_and_what_is_missing_is_said() -> None:
    briefing = make_briefing_of("public")
    for i, standing in zip(briefing.indicators, briefing.year_lines, strict=True):
        assert standing.light is None
        assert "1月20日前" in standing.step and standing.problem != "无"
        row = tables.schedule(briefing).rows[i.number - 1]
        assert [cell.text for cell in row[3:7]] == ["—"] * 4, "no figure of the year"
        assert all(cell.text not in ("", "—") for cell in (*row[:3], *row[7:])), i.number


def make_briefing_of(data: str) -> Briefing:
    return Briefing(Study.open(data, "2026-11-22"), "x")
