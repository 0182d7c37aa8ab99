"""One indicator's evidence: right figures, right times, right uncertainty, no peeking."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import Evidence, Precision, Role, evidence

TODAY = date(2026, 11, 22)
PLAN = load_plan()
PUBLIC = load_ledger("public")


def public(indicator: int, day: date = TODAY) -> Evidence:
    return evidence(PUBLIC, PLAN, indicator, day)


def own(folder: Path, text: str, indicator: int, day: date = TODAY) -> Evidence:
    (folder / "mine.csv").write_text(text, encoding="utf-8")
    return evidence(load_ledger(folder / "mine.csv", today=TODAY), PLAN, indicator, day)


def test_the_funds_evidence_reads_as_its_sources_do() -> None:
    first, second = public(9).with_role(Role.DOUBTFUL)
    assert (first.time, first.reported, first.precision) == (2023, 150, Precision.ABOUT)
    assert second.time == pytest.approx(2023 + 5 / 12)
    assert second.label == "超200亿元"
    assert (second.reported, second.lower, second.upper, second.value) == (200, 200, 250, 225)
    assert second.sd == pytest.approx(50 / 12**0.5)
    assert first.group == second.group == "基金联盟"
    assert first.role is second.role is Role.DOUBTFUL
    assert PUBLIC.sources.set_index("source").loc[second.source, "publisher"].startswith("新华社")


def test_evidence_of_an_earlier_day_holds_only_what_was_published() -> None:
    assert [point.reported for point in public(7, date(2024, 4, 5)).points] == []
    assert [point.reported for point in public(7, date(2024, 4, 6)).points] == [112]
    assert [point.reported for point in public(7, date(2024, 5, 26)).points] == [112, 137]


def test_an_outlier_is_kept_with_its_reason() -> None:
    outlier = public(4).with_role(Role.OUTLIER)[0]
    assert outlier.label == "逾50%"
    assert outlier.caveat
    assert outlier.through == pytest.approx(11 / 12)
    assert outlier.time == 2023


@given(st.integers(1, 11), st.dates(date(2020, 1, 1), TODAY))
@settings(max_examples=40, deadline=None)
def test_points_are_ordered_bounded_and_known(indicator: int, day: date) -> None:
    points = public(indicator, day).points
    keys = [(point.time, point.published or date.max) for point in points]
    assert all(a <= b for a, b in pairwise(keys))
    for point in points:
        assert point.published is not None
        assert point.published <= day
        assert point.lower <= point.reported <= point.upper
        assert point.lower <= point.value <= point.upper
        assert 0 < point.through <= 1
        assert (point.group == "") == (point.role is Role.OWN)


def test_points_say_what_their_sources_say() -> None:
    points = public(11).points
    assert [point.label for point in points] == ["965人", "千余名", "1500人"]
    assert {point.role for point in points} == {Role.PROXY}


def test_a_year_to_date_rate_stands_at_its_year(tmp_path: Path) -> None:
    text = (
        "indicator,period,value,unit,period_type\n4,2025,6.5,%,\n4,2026Q3,7.2,%,本年累计\n4,2026Q3,8,%,当期\n"
    )
    points = own(tmp_path, text, 4).points
    assert [(p.time, p.through, p.role) for p in points] == [
        (2025, 1, Role.OWN),
        (2026, 0.75, Role.OWN),
        (2026, 0.75, Role.CONTEXT),
    ]


def test_a_flow_of_a_year_stands_at_the_year_and_a_stock_at_its_day(tmp_path: Path) -> None:
    text = "indicator,period,value,unit\n5,2025,98,家\n7,2026-06-30,140,家\n"
    assert [(p.time, p.through) for p in own(tmp_path, text, 5).points] == [(2025, 1)]
    assert [(p.time, p.through) for p in own(tmp_path, text, 7).points] == [(2025.5, 0.5)]


def test_a_page_lists_the_latest_of_many_figures_those_that_count_first(tmp_path: Path) -> None:
    own_rows = [
        f"7,{year}-{month:02d},{year - 1900},家,direct" for year in (2022, 2023) for month in range(1, 13)
    ]
    others = [f"7,{2000 + n // 12}-{n % 12 + 1:02d},{n + 1},家,context" for n in range(280)]
    text = "\n".join(["indicator,period,value,unit,comparability", *own_rows, *others]) + "\n"
    found = own(tmp_path, text, 7)
    assert len(found.points) == 304
    listed = [p.role for p in found.listed]
    assert (listed.count(Role.OWN), listed.count(Role.CONTEXT)) == (20, 20)
    assert max(p.time for p in found.points) in {p.time for p in found.listed}
    every = found.newest(len(found.points), 45)  # all that count, and the context that is left room for
    assert [p.role for p in every].count(Role.OWN) == len(found.with_role(Role.OWN))
    assert len(every) == max(45, len(found.with_role(Role.OWN)))
    assert len(own(tmp_path, "\n".join(text.split("\n")[:30]) + "\n", 7).listed) == 29


def test_the_latest_vintage_of_the_day_counts(tmp_path: Path) -> None:
    text = "indicator,period,value,unit,published\n7,2025,139,家,2026-02-01\n7,2025,141,家,2026-07-01\n"
    assert [p.reported for p in own(tmp_path, text, 7, date(2026, 6, 30)).points] == [139]
    assert [p.reported for p in own(tmp_path, text, 7, date(2026, 7, 1)).points] == [141]


def test_synthetic_evidence_says_so_indicator_by_indicator(tmp_path: Path) -> None:
    text = "indicator,period,value,unit,synthetic\n7,2025,139,家,true\n9,2025,360,亿元,false\n"
    assert own(tmp_path, text, 7).synthetic
    assert not own(tmp_path, text, 9).synthetic
    assert not public(9).synthetic


def test_an_unknown_indicator_is_refused() -> None:
    with pytest.raises(ParameterError):
        public(12)
