"""Titles of any length stay inside their columns and on their pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.briefing_cases import DAY
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers.pdf import annexes, pdf_bytes
from zerobay_analysis.study import Study

TITLE = "关于印发《示例区三年行动计划（2026—2028年）》年度任务分解表及考核办法的通知"


@pytest.mark.parametrize("title", [(TITLE * 3)[:81], (TITLE * 12)[:400], "https://example.org/" + "a" * 400])
def test_a_long_title_wraps_and_stays_on_the_page(tmp_path: Path, title: str) -> None:
    head = "indicator,period,value,unit,published,reporter,source,caveat\n"
    rows = (
        f"7,{year},{value},家,2026-02-01,紫竹高新区,{title},{title}"
        for year, value in ((2024, 131), (2025, 146))
    )
    (tmp_path / "a.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    briefing = Briefing(Study.open(str(tmp_path / "a.csv"), DAY), "20261122-150000-test")
    pages = PdfReader(io.BytesIO(pdf_bytes(briefing, annexes(briefing)))).pages
    places: list[tuple[float, float]] = []

    def visit(text: str, page: Any, line: Any, *_: Any) -> None:
        if text.strip():
            across, up = line[4], line[5]
            places.append(
                (across * page[0] + up * page[2] + page[4], across * page[1] + up * page[3] + page[5])
            )

    texts = [page.extract_text(visitor_text=visit) for page in pages]
    assert places
    assert all(0 < across < 595 and 0 < up < 842 for across, up in places)
    told = "".join("".join(texts).split()).replace("\u200b", "")
    assert "来源1" in told or title in told
