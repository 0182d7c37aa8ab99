"""The demo ledger is made up, says so, can be made again, and exercises what the suite can do."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from zerobay_analysis.assessment.outlook import Grade, grade
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.ledger import Ledger, load_ledger
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.series import Role, evidence

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "make_demo.py"
DAY = date(2026, 11, 22)
QUARTERS = ["2026-03-31", "2026-06-30", "2026-09-30"]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return load_ledger("demo")


def of(ledger: Ledger, indicator: int, basis: str = "") -> pd.DataFrame:
    frame = ledger.as_of(DAY).frame
    mine = frame[(frame["indicator"] == indicator) & frame["basis"].str.contains(basis)]
    return mine.assign(end=mine["period_end"].dt.strftime("%Y-%m-%d"))


def unix(path: Path) -> bytes:
    """Bytes of a text file; a checkout on Windows may have changed its line ends."""
    return path.read_bytes().replace(b"\r\n", b"\n")


@pytest.mark.parametrize("name", ["observations.csv", "sources.csv"])
def test_the_script_makes_the_committed_files_byte_for_byte(tmp_path: Path, name: str) -> None:
    runpy.run_path(str(SCRIPT))["main"](tmp_path)
    assert (tmp_path / name).read_bytes() == unix(data_dir() / "demo" / name)


def test_every_figure_is_marked_as_made_up(ledger: Ledger) -> None:
    assert ledger.synthetic
    assert ledger.frame["synthetic"].all()
    assert ledger.frame["caveat"].str.contains("演示").all()
    assert ledger.sources["publisher"].str.contains("演示").all()


def test_it_reads_without_a_note_and_nothing_is_later_than_its_day(ledger: Ledger) -> None:
    assert ledger.notes == ()
    assert ledger.frame["published"].max() <= pd.Timestamp(DAY)
    assert (ledger.frame["published"] > ledger.frame["period_end"]).all()


@pytest.mark.parametrize("number", range(1, 12))
def test_every_indicator_has_five_years_and_this_years_quarters(ledger: Ledger, number: int) -> None:
    rows = of(ledger, number)
    assert {f"{year}-12-31" for year in range(2021, 2026)} <= set(rows["end"])
    assert set(QUARTERS) <= set(rows["end"])
    if load_plan().indicator(number).kind in (Kind.FLOW, Kind.RATE):
        assert set(of(ledger, number, "ytd")["end"]) >= {*QUARTERS, "2021-03-31", "2025-09-30"}


def test_two_figures_were_revised(ledger: Ledger) -> None:
    revised = ledger.revisions()
    assert sorted(revised["indicator"]) == [2, 4]
    assert (revised["days"] > 30).all()
    assert (revised["change"] != 0).all()


def test_one_conflict_between_two_units_keeps_both_figures(ledger: Ledger) -> None:
    rows = of(ledger, 7)
    rows = rows[rows["conflict"] != ""]
    assert rows["end"].tolist() == ["2025-12-31", "2025-12-31"]
    assert rows["reporter"].nunique() == 2
    assert rows["value"].nunique() == 2


def test_one_annual_figure_came_months_late(ledger: Ledger) -> None:
    official = ledger.frame[ledger.frame["comparability"] == "direct"]
    first = official.sort_values("published").drop_duplicates(["indicator", "period_end", "reporter"])
    days = (first["published"] - first["period_end"]).dt.days
    assert first[days > 90][["indicator", "period"]].values.tolist() == [[10, "2025"]]


def test_grades_roles_and_wordings_of_every_kind_occur(ledger: Ledger) -> None:
    known = {i.id: evidence(ledger, load_plan(), i.id, DAY) for i in load_plan().indicators}
    grades = {number: grade(one) for number, one in known.items()}
    assert grades == {number: Grade.B if number == 11 else Grade.A for number in range(1, 12)}
    roles = {point.role for one in known.values() for point in one.points}
    assert roles == {Role.OWN, Role.DOUBTFUL, Role.PROXY, Role.OUTLIER}
    assert (ledger.frame["role"] == Role.CONTEXT).any()
    precisions = {str(p.precision) for one in known.values() for p in one.points}
    assert {"exact", "about", "at_least", "just_under"} <= precisions


def test_a_cumulative_total_never_falls_but_for_a_change_of_area(ledger: Ledger) -> None:
    for indicator in load_plan().indicators:
        if indicator.kind is Kind.CUMULATIVE:
            rows = of(ledger, indicator.id)
            own = rows[rows["role"] == "own"].sort_values("period_end")
            assert own["value"].is_monotonic_increasing, indicator.id


def test_a_year_to_date_count_never_falls_within_its_year(ledger: Ledger) -> None:
    rows = of(ledger, 5).sort_values("period_end")
    for _, year in rows.groupby(rows["period_end"].dt.year):
        assert year["value"].is_monotonic_increasing


def test_a_chart_shows_the_latest_year_to_date_and_the_same_months_of_the_year_before() -> None:
    from zerobay_analysis.charts.marks import drawn
    from zerobay_analysis.study import Study

    outlook = Study.open("demo", DAY.isoformat()).outlook(5)
    partial = [point for point in drawn(outlook) if point.through < 1]
    assert [(point.time, round(12 * point.through)) for point in partial] == [(2025, 9), (2026, 9)]
    assert len([point for point in drawn(outlook) if point.through >= 1]) == 5
    assert len(outlook.evidence.points) == 23


@pytest.mark.parametrize(("number", "lang"), [(4, "zh"), (5, "en"), (7, "en"), (9, "zh")])
def test_its_charts_are_marked_and_no_text_on_them_collides(number: int, lang: str) -> None:
    from tests.test_charts_figures import assert_no_text_collides
    from zerobay_analysis.charts.fan import fan_figure
    from zerobay_analysis.study import Study

    figure = fan_figure(Study.open("demo", DAY.isoformat(), lang=lang).outlook(number), lang=lang)
    assert_no_text_collides(figure)
    assert {"zh": "演示数据", "en": "SYNTHETIC DATA"}[lang] in [
        text.get_text() for text in figure.axes[0].texts
    ]
