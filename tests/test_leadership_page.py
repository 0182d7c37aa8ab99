"""The page for leadership is one page at every date of the plan, in a row of half-yearly reports too."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.briefing_cases import manifest, tight
from zerobay_analysis import study as study_module
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
        worst = briefing.at_risk[0]
        for fact in (words.overview(study.outlooks, lang), worst.short, briefing.method.trust_short):
            assert tight(fact) in text, day
        assert (briefing.earlier is None) == (earlier is None)
        earlier = folder


@pytest.mark.parametrize("room", [1, 0])
def test_where_there_is_no_room_numbers_stand_for_names(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    briefing = make_briefing_of("demo")
    asked: list[bool] = []

    def fits(_: object, count: int, *, brief: bool, spare: int) -> bool:
        asked.append(brief)
        return brief and count <= room and (spare == 0 or room > 0)

    monkeypatch.setattr(paper, "_fits", fits)
    blocks = paper.leadership(briefing)
    text = "".join(block.text for block in blocks)
    assert asked[0] is False
    assert "判断有变化的目标" in text
    assert (f"一是{briefing.at_risk[0].short}" in text) == (room > 0)
    assert "见报告全文" in text


def make_briefing_of(data: str) -> Briefing:
    return Briefing(Study.open(data, "2026-11-22"), "x")
