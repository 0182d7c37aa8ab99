"""What the record proves about the earlier round, and what it does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from zerobay_analysis.assessment.earlier_round import earlier_round
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import load_plan

TODAY = date(2026, 11, 22)


def test_the_public_record_proves_one_target_met() -> None:
    table = earlier_round(load_plan(), load_ledger("public").as_of(TODAY)).set_index("targets")
    assert dict(table["met"]) == {
        "E1;E6": "not_shown",
        "E2;E7": "met",
        "E3;E8": "not_shown",
        "E4": "not_shown",
        "E5": "not_due",
        "E9": "not_shown",
    }
    assert table.loc["E2;E7", "figure"] == "112家"
    assert table.loc["E2;E7", "source"] == "S11"
    assert "706家" in table.loc["E3;E8", "reason_zh"]
    assert table.loc["E9", "figure"] == "超200亿元"


def test_a_day_before_the_figure_was_published_does_not_know_it() -> None:
    table = earlier_round(load_plan(), load_ledger("public").as_of(date(2024, 4, 5))).set_index("targets")
    assert table.loc["E2;E7", "met"] == "not_shown"
    assert table.loc["E3;E8", "met"] == "not_due"


@pytest.mark.parametrize(
    ("value", "qualifier", "met"),
    [
        ("69", "", "not_met"),
        ("70", "", "not_met"),
        ("71", "", "met"),
        ("60", "超", "not_shown"),
        ("71", "约", "not_shown"),
        ("90", "近", "met"),
    ],
)
def test_an_inexact_figure_proves_only_what_its_words_allow(
    tmp_path: Path, value: str, qualifier: str, met: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        f"indicator,period,value,unit,measure,qualifier\n7,2023,{value},家,估值亿元以上企业,{qualifier}\n",
        encoding="utf-8",
    )
    table = earlier_round(load_plan(), load_ledger(path, today=TODAY).as_of(TODAY))
    assert list(table.loc[table["indicator"] == 7, "met"]) == [met]
