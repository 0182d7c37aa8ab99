"""A figure is read once: one latest figure, one way to show its period, one word where reports differ."""

from __future__ import annotations

import re
from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from rich.console import Console

from tests.briefing_cases import DAY, made, study, text_of, tight
from tests.decision_cases import outlook as outlook_of
from tests.decision_cases import point, to_date
from zerobay_analysis.assessment.evidence_changes import evidence_changes, figures_frame
from zerobay_analysis.assessment.methods.method import method_input
from zerobay_analysis.assessment.outliers import ledger_questions, outliers
from zerobay_analysis.assessment.pace import paces
from zerobay_analysis.briefing import tables
from zerobay_analysis.briefing.content import Briefing, latest_text
from zerobay_analysis.briefing.writers.terminal import outlook_tables
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.run import baseline_of, scenario_frame, try_scenarios
from zerobay_analysis.series import Evidence, evidence
from zerobay_analysis.study import Study

PLAN = load_plan()
TODAY = date(2026, 11, 22)
HEAD = "indicator,period,value,unit,qualifier,published,reporter\n"
TWO_UNITS = HEAD + "".join(
    f"7,{row}\n"
    for row in (
        "2023,110,家,,2024-02-01,区科委",
        "2024,118,家,,2025-02-01,区科委",
        "2025,127,家,,2026-02-01,区科委",
        "2026-09,139,家,,2026-10-20,区科委",
        "2026-09,131,家,,2026-10-12,大零号湾集团",
    )
)
FALLEN = HEAD + "".join(
    f"9,{row}\n"
    for row in ("2023,400,亿元,,2024-02-01,", "2024,330,亿元,,2025-02-01,", "2025,351.5,亿元,,2026-02-01,")
)


def known(folder: Path, text: str, indicator: int) -> Evidence:
    (folder / "sent.csv").write_text(text, encoding="utf-8")
    return evidence(load_ledger(folder / "sent.csv", today=TODAY), PLAN, indicator, TODAY)


def opened(folder: Path, text: str, lang: str = "zh") -> Study:
    (folder / "sent.csv").write_text(text, encoding="utf-8")
    return Study(PLAN, load_ledger(folder / "sent.csv", today=TODAY), TODAY, lang=lang)


def printed(of: Study) -> str:
    console = Console(width=300, record=True, file=StringIO())
    for part in outlook_tables(of):
        console.print(part)
    return console.export_text()


# --- one latest figure -----------------------------------------------------------------------------


def test_of_two_reports_of_one_date_the_one_published_last_counts_everywhere(tmp_path: Path) -> None:
    of = opened(tmp_path, TWO_UNITS)
    outlook = of.outlook(7)
    latest = outlook.evidence.latest
    assert latest is not None
    assert latest.reported == 139
    assert of.table.query("indicator == 7")["latest_value"].tolist() == [139] * 3
    assert [pace.latest for pace in paces(outlook, beyond=0)] == [latest] * 3
    assert baseline_of(outlook).latest == (latest.time, 139)
    assert method_input(outlook.evidence, PLAN, 2027).points[-1].value == 139


def test_of_one_day_the_report_that_came_in_last_counts(tmp_path: Path) -> None:
    same_day = TWO_UNITS.replace("2026-10-12", "2026-10-20")
    latest = known(tmp_path, same_day, 7).latest
    assert latest is not None
    assert latest.reported == 131


def test_the_plans_definition_comes_before_a_later_doubtful_figure() -> None:
    later = point(2025.5, 150, role="doubtful", group="x")
    assert outlook_of(Kind.STOCK, [point(2024, 100), later]).evidence.latest == point(2024, 100)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", "139 / 131 待核对，暂以139为准 (2026-09)"),
        ("en", "139 / 131 to be reconciled, 139 counts for now (2026-09)"),
    ],
)
def test_two_standing_reports_are_both_shown_with_the_one_that_counts(
    tmp_path: Path, lang: str, words: str
) -> None:
    of = opened(tmp_path, TWO_UNITS, lang)
    assert latest_text(of.outlook(7), lang) == words
    assert words in printed(of)


def rows(of: Study) -> list[dict[str, object]]:
    """Indicator 7 as ``figures.csv`` holds it."""
    return [
        {str(key): value for key, value in row.items()}
        for row in figures_frame([of.outlook(7)]).astype(str).to_dict("records")
    ]


def test_a_second_units_report_is_new_and_no_revision(tmp_path: Path) -> None:
    one = TWO_UNITS.replace("7,2026-09,131,家,,2026-10-12,大零号湾集团\n", "")
    before = rows(opened(tmp_path, one))
    news = evidence_changes(before, rows(opened(tmp_path, TWO_UNITS)), 7)
    assert news.text() == "新增数字：131家（2026-09，大零号湾集团）"
    revised = rows(opened(tmp_path, one.replace("139", "137")))
    assert evidence_changes(before, revised, 7).text() == "修订：139家（2026-09） → 137家"


def test_figures_left_by_an_earlier_version_are_compared_without_their_reporters(tmp_path: Path) -> None:
    now = rows(opened(tmp_path, TWO_UNITS))
    old = [{column: value for column, value in row.items() if column != "reporter"} for row in now]
    assert not evidence_changes(old, now, 7)


# --- a year to date --------------------------------------------------------------------------------


FLOW = [point(2024, 80), to_date(2025, 9, 41), point(2025, 87), to_date(2026, 9, 45)]


def test_a_flow_shows_this_year_last_year_and_the_share_of_the_target() -> None:
    made_up = outlook_of(Kind.FLOW, FLOW)
    assert latest_text(made_up, "zh") == "2026年1—9月45家，上年同期41家，完成45%"
    assert latest_text(made_up, "en") == "Jan-Sep 2026: 45 firms, a year before 41 firms, 45% of the target"
    assert "上年同期无数" in latest_text(outlook_of(Kind.FLOW, [point(2025, 87), FLOW[-1]]), "zh")


def test_a_rate_shows_how_far_the_target_is_and_no_share_of_it() -> None:
    made_up = outlook_of(Kind.RATE, [point(2025, 7.3), to_date(2026, 6, 6.1)])
    assert latest_text(made_up, "zh") == "2026年1—6月6.1%，上年同期无数，低于目标0.9个百分点"


def test_the_whole_year_replaces_its_first_months() -> None:
    whole = outlook_of(Kind.FLOW, [*FLOW[:3], to_date(2025, 6, 30)])
    assert whole.evidence.year_to_date is None
    assert latest_text(whole, "zh").startswith("87 (2025")


@pytest.mark.parametrize(
    ("time", "through", "zh", "en"),
    [
        (2026, 0.75, "2026年1—9月", "Jan-Sep 2026"),
        (2026, 1 / 12, "2026年1月", "Jan 2026"),
        (2023 + 5 / 12, 5 / 12, "2024-05", "2024-05"),
        (2025, 1.0, "2025-12", "2025-12"),
    ],
)
def test_a_period_is_shown_as_reported(time: float, through: float, zh: str, en: str) -> None:
    made_up = point(time, 10, through=through)
    assert (made_up.period("zh"), made_up.period("en")) == (zh, en)


# --- every form ------------------------------------------------------------------------------------

CASES = (("public", "zh"), ("demo", "en"))
FORMS = ("index.html", "report.pdf", "leadership.pdf", "deck.pptx", "report.docx", "workbook.xlsx")
MONTH = r"(20\d\d)-(\d\d)(?:-(\d\d))?"
SAID = re.compile(rf"(?:截至|截止|as\s*of|until)\W{{0,3}}{MONTH}", re.IGNORECASE)
DECEMBER = re.compile(r"2026年12月(?!\d)|Dec2026|2026-12(?![-\d])")
"""How a form would name December of the year that is under way, as ``tight`` leaves it."""


def after_the_day(text: str) -> list[str]:
    """Dates that a text calls its own as-of date and that lie after the day of the study."""
    return [m[0] for m in SAID.finditer(text) if f"{m[1]}-{m[2]}-{m[3] or '01'}" > DAY]


@pytest.mark.parametrize(("data", "lang"), CASES)
@pytest.mark.parametrize("name", FORMS)
def test_no_form_dates_a_figure_after_its_day(data: str, lang: str, name: str) -> None:
    text = text_of(made(data, lang).folder / name)
    assert after_the_day(text) == []
    assert DECEMBER.findall(text) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("data", ["public", "demo"])
def test_no_table_and_no_terminal_dates_a_figure_after_its_day(data: str, lang: str) -> None:
    of = study(data, lang)
    briefing = Briefing(of)
    shown = (tables.outlook, tables.status, tables.owed, tables.figures)
    frames: list[pd.DataFrame] = [table(briefing).frame() for table in shown]
    frames += [of.table, figures_frame(of.outlooks)]
    texts = [tight(frame.to_csv()) for frame in frames] + [tight(printed(of))]
    for text in texts:
        assert after_the_day(text) == []
        assert DECEMBER.findall(text) == []
    latest = of.table["latest_date"].dropna()
    assert (latest <= DAY[:7]).all()


@pytest.mark.parametrize("name", ["index.html", "report.docx", "report.pdf", "workbook.xlsx"])
def test_every_year_to_date_of_the_list_of_figures_has_its_months(name: str) -> None:
    run = made("demo", "en")
    points = [p for o in run.study.outlooks for p in o.evidence.points if p.through < 1 and o.evidence.yearly]
    assert len(points) > 50
    text = text_of(run.folder / name)
    for p in points:
        start = text.index(
            f"{p.observation}{tight(p.label.en)}" if name != "workbook.xlsx" else p.observation
        )
        assert tight(p.period("en")) in text[start : start + 200]


def test_the_workbook_has_no_column_of_as_of_dates() -> None:
    book = load_workbook(made("public", "zh").folder / "workbook.xlsx")
    headings = {
        str(c.value) for sheet in book.worksheets[1:] for row in sheet.iter_rows(max_row=4) for c in row
    }
    assert not headings & {"截至", "As of"}


def test_reported_figures_of_a_scenario_table_stand_where_they_end() -> None:
    of = study("demo", "zh")
    frame = scenario_frame(try_scenarios(report_scenarios(), of.outlooks)[0])
    reported = frame[frame["type"] == "reported"]
    assert (reported["date"] <= DAY[:7]).all()


# --- a cumulative total restated downwards ---------------------------------------------------------


def test_a_total_restated_downwards_starts_from_its_latest_report(tmp_path: Path) -> None:
    outlook = opened(tmp_path, FALLEN).outlook(9)
    assert [p.reported for p in outlook.evidence.restated] == [400]
    first = outlook.targets[0]
    assert outlook.evidence.latest.reported == 351.5
    assert first.p_met is not None
    assert first.p_met < 0.5
    assert first.q10 is not None
    assert 351.5 <= first.q10 < 390
    assert "曾报400亿元（2023-12），后来下调" in first.why.zh
    assert "has fallen since" in first.why.en
    assert outlook.forecast is not None
    assert any("不再作为下限" in note for note in outlook.forecast.notes)


def test_a_total_restated_to_nothing_leaves_no_level(tmp_path: Path) -> None:
    text = "indicator,period,value,unit\n10,2016,7,家\n10,2021,0,家\n"
    outlook = opened(tmp_path, text).outlook(10)
    assert outlook.forecast is None
    assert "没有可用的水平" in outlook.targets[0].reason("zh")


def test_a_total_that_only_grew_is_not_restated(tmp_path: Path) -> None:
    grown = known(tmp_path, FALLEN.replace("400", "310"), 9)
    assert grown.restated == ()
    inexact = known(tmp_path, FALLEN.replace("9,2023,400,亿元,", "9,2023,330,亿元,约"), 9)
    assert inexact.restated == ()  # 330 lies in what 约330 allows


# --- outliers --------------------------------------------------------------------------------------

SLIP = "indicator,period,value,unit,published\n" + "".join(
    f"2,{year},{value},件,{year + 1}-02-01\n"
    for year, value in zip(range(2021, 2026), (8000, 8100, 80000, 8200, 8300), strict=True)
)


def test_one_slip_is_named_in_check_outlook_and_notebook(tmp_path: Path) -> None:
    from zerobay_analysis.ledger.inspection import inspect

    of = opened(tmp_path, SLIP)
    assert [outlier.point.reported for outlier in of.outliers] == [80000]
    (checked,) = inspect(str(tmp_path / "sent.csv"), TODAY, ask=ledger_questions)
    assert checked.ok
    (asked,) = [question for question in checked.questions if "99%" in question.message]
    assert (asked.row, asked.column, asked.value) == (4, "value", "80000")
    assert "说明栏" in asked.cure
    assert "80000件" in printed(of)
    assert any("80000件" in point for point in Briefing(of).points)


def test_one_slip_is_named_in_the_report(tmp_path: Path) -> None:
    briefing = Briefing(opened(tmp_path, SLIP), "x")
    assert any("80000件" in text for text in briefing.points)


@pytest.mark.parametrize("data", ["public", "demo"])
def test_the_shipped_ledgers_have_no_outlier(data: str) -> None:
    assert study(data, "zh").outliers == ()


def test_two_reports_of_one_date_are_no_outliers_and_neither_are_first_months(tmp_path: Path) -> None:
    assert outliers(known(tmp_path, TWO_UNITS, 7)) == ()
    years = [point(2020 + i, 7 + i % 2) for i in range(6)]
    months = [to_date(2020 + i, 6, 7.6 + i % 2) for i in range(6)]
    assert outliers(outlook_of(Kind.RATE, [*years, *months]).evidence) == ()


def test_of_many_months_only_the_one_that_is_off_is_named(tmp_path: Path) -> None:
    months = [(year, month) for year in range(2019, 2026) for month in range(1, 13)]
    slip = (2024, 5)
    rows = [
        f"7,{year}-{month:02d},{900 if (year, month) == slip else 100 + n + n // 7},家\n"
        for n, (year, month) in enumerate(months)
    ]
    of = known(tmp_path, "indicator,period,value,unit\n" + "".join(rows), 7)
    assert [outlier.point.reported for outlier in outliers(of)] == [900]
