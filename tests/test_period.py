"""Periods as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerobay_analysis.ledger.notation import parse_period, years_of


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("２０２５年", "2025-01-01", "2025-12-31"),
        ("2025年末", "2025-01-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025年6月", "2025-06-01", "2025-06-30"),
        ("2025/6", "2025-06-01", "2025-06-30"),
        ("2025Q2", "2025-04-01", "2025-06-30"),
        ("2025-q4", "2025-10-01", "2025-12-31"),
        ("2025年三季度", "2025-07-01", "2025-09-30"),
        ("2025年第1季度", "2025-01-01", "2025-03-31"),
        ("2025年前三季度", "2025-01-01", "2025-09-30"),
        ("2025年上半年", "2025-01-01", "2025-06-30"),
        ("2025H2", "2025-07-01", "2025-12-31"),
        ("2025年1-9月", "2025-01-01", "2025-09-30"),
        ("2025-06-30", "2025-06-30", "2025-06-30"),
        ("2025年6月30日", "2025-06-30", "2025-06-30"),
    ],
)
def test_a_period_is_read(text: str, start: str, end: str) -> None:
    period = parse_period(text)
    assert (period.start, period.end) == (date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25",
        "去年",
        "2025-13",
        "2025Q5",
        "2025-02-30",
        "202506",
        "2025-6-",
        "2025年9-1月",
        "1825",
        "x2025",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_period(text)


@given(st.text(max_size=12))
def test_no_text_does_worse_than_a_value_error(text: str) -> None:
    try:
        period = parse_period(text)
    except ValueError:
        return
    assert period.start <= period.end


def test_the_end_of_a_year_is_the_year() -> None:
    assert years_of(date(2023, 12, 31)) == 2023
    assert years_of(date(2024, 5, 31)) == pytest.approx(2023 + 5 / 12)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_years_go_up_with_the_days(day: date) -> None:
    assert 0 < years_of(date.fromordinal(day.toordinal() + 1)) - years_of(day) < 0.004
