"""Past days give one outlook whatever today's date is, and today can be any day of the plan and after."""

from __future__ import annotations

from datetime import date

import pytest

from zerobay_analysis import study as study_module
from zerobay_analysis.ledger import reading as ledger_module
from zerobay_analysis.study import Study, parse_day


@pytest.mark.parametrize("today", [date(2027, 6, 30), date(2029, 1, 31)])
def test_a_day_of_the_past_gives_the_same_outlook_whatever_day_it_is(
    today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(date):
        @classmethod
        def today(cls) -> date:
            return today

    before = Study.open("public", "2026-11-22").table
    monkeypatch.setattr(study_module, "date", Clock)
    monkeypatch.setattr(ledger_module, "date", Clock)
    assert parse_day("today") == today
    assert Study.open("public", "2026-11-22").table.equals(before)
    assert len(Study.open("public", "today").table) == len(before)
