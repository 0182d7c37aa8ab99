"""What came, was revised or went since an earlier run."""

from __future__ import annotations

from io import StringIO

import pandas as pd

from tests.decision_cases import outlook, point, to_date
from zerobay_analysis.assessment.evidence_changes import (
    FIGURE_COLUMNS,
    EvidenceChanges,
    evidence_changes,
    figures_frame,
)
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.plan import Kind

YEARS = [point(2023, 100, label="100家"), point(2024, 110, label="110家")]


def left_behind(earlier: IndicatorOutlook) -> list[dict[str, object]]:
    """Rows as they come back from the file that the earlier run wrote."""
    text = figures_frame([earlier]).to_csv(index=False)
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]


def news_of(before: list[dict[str, object]], now: IndicatorOutlook) -> EvidenceChanges:
    return evidence_changes(before, figures_frame([now]).to_dict("records"), now.indicator.id)  # type: ignore[arg-type]


def test_the_same_figures_are_no_news() -> None:
    now = outlook(Kind.STOCK, YEARS)
    assert list(figures_frame([now]).columns) == list(FIGURE_COLUMNS)
    news = news_of(left_behind(now), now)
    assert not news
    assert news.text() == ""


def test_a_new_figure_is_named_with_its_date() -> None:
    before = left_behind(outlook(Kind.STOCK, YEARS))
    news = news_of(before, outlook(Kind.STOCK, [*YEARS, point(2025, 121, label="121家")]))
    assert news.text() == "新增数字：121家（2025-12）"
    assert news.text("en") == "new: 121家 (2025-12)"


def test_a_revision_is_told_as_one_even_when_its_row_has_another_number() -> None:
    before = left_behind(outlook(Kind.STOCK, YEARS))
    revised = point(2024, 112, label="112家", observation="D999")
    news = news_of(before, outlook(Kind.STOCK, [YEARS[0], revised]))
    assert (news.added, news.gone) == ((), ())
    assert news.text() == "修订：110家（2024-12） → 112家"


def test_a_figure_that_went_is_told() -> None:
    news = news_of(left_behind(outlook(Kind.STOCK, YEARS)), outlook(Kind.STOCK, YEARS[1:]))
    assert news.text() == "不再采用：100家（2023-12）"


def test_months_of_a_year_to_date_are_figures_of_their_own() -> None:
    first = [*YEARS, to_date(2025, 6, 40, label="40家")]
    before = left_behind(outlook(Kind.FLOW, first))
    news = news_of(before, outlook(Kind.FLOW, [*first, to_date(2025, 9, 70, label="70家")]))
    assert news.text() == "新增数字：70家（2025年1—9月）"
    assert news.text("en") == "new: 70家 (2025 to month 9)"


def test_many_figures_are_counted_and_the_last_ones_named() -> None:
    news = news_of([], outlook(Kind.STOCK, [point(2019 + i, 100 + i, label=f"{i}家") for i in range(6)]))
    assert len(news.added) == 6
    assert news.text().endswith("5家（2024-12）等 6 个")
    assert news.text("en").endswith("and 3 more")


def test_figures_of_another_indicator_are_passed_over() -> None:
    other = left_behind(outlook(Kind.CUMULATIVE, [point(2024, 5, label="5亿元")]))
    assert not news_of([*left_behind(outlook(Kind.STOCK, YEARS)), *other], outlook(Kind.STOCK, YEARS))
