"""Each unit is asked for what it owes, in a form and by a day; the workbook is safe to open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.decision_cases import outlook, point, to_date
from zerobay_analysis.assessment.data_owed import (
    Need,
    Owed,
    data_owed,
    due_rule,
    next_closing,
)
from zerobay_analysis.briefing.writers import xlsx as module
from zerobay_analysis.briefing.writers.xlsx import HEADER_ROW, write_data_owed
from zerobay_analysis.language import Text
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.series import Point, Precision
from zerobay_analysis.study import Study


@pytest.fixture(scope="module")
def public() -> Study:
    return Study.open("public", "2026-11-22")


@pytest.fixture(scope="module")
def demo() -> Study:
    return Study.open("demo", "2026-11-22")


def owed(study: Study) -> tuple[Owed, ...]:
    return data_owed(study.plan, study.ledger, study.outlooks, study.as_of, study.worths)


def needs(kind: Kind, points: list[Point], study: Study) -> dict[Need, Owed]:
    """What is owed of one indicator with these figures, by need; its first unit's."""
    one = outlook(kind, points)
    items = data_owed(study.plan, study.ledger, [one], one.evidence.as_of)
    mine = [item for item in items if item.number == str(one.indicator.id)]
    return {item.need: item for item in mine if item.unit == one.indicator.owners[0]}


def years(*present: int) -> list[Point]:
    return [point(float(year), 100.0 + year - 2020) for year in present]


# --- what is owed -----------------------------------------------------------------------------


def test_every_unit_of_the_annex_is_asked_and_joint_units_each(public: Study) -> None:
    items = owed(public)
    units = {unit for indicator in public.plan.indicators for unit in indicator.owners}
    assert units <= {item.unit for item in items}
    joint = [item for item in items if item.number == "7" and item.need is Need.HISTORY]
    assert {item.unit for item in joint} == {"大零号湾集团", "紫竹高新区"}
    assert {item.together for item in joint} == {("大零号湾集团",), ("紫竹高新区",)}


def test_the_public_record_lacks_the_history_of_all_eleven(public: Study) -> None:
    items = [item for item in owed(public) if item.need is Need.HISTORY]
    assert {item.number for item in items} == {str(number) for number in range(1, 12)}
    assert all("2021—2025年" in item.what.zh for item in items)
    assert {item.overdue for item in items} == {44}, "weeks since 20 January, when 2025 was due"


def test_the_demo_asks_only_for_what_was_planted_in_it(demo: Study) -> None:
    items = [i for i in owed(demo) if i.need not in (Need.NEXT, Need.COMMITMENT)]
    assert {(i.number, i.need) for i in items} == {
        ("2", Need.EXACT),
        ("6", Need.DEFINITION),
        ("7", Need.CONFLICT),
        ("9", Need.EXACT),
        ("11", Need.HISTORY),
    }
    conflict = next(i for i in items if i.need is Need.CONFLICT)
    assert "127家" in conflict.what.zh
    assert "134家" in conflict.what.zh


def test_missing_years_are_named_and_only_they(public: Study) -> None:
    found = needs(Kind.STOCK, years(2021, 2023, 2025), public)
    assert found[Need.HISTORY].what.zh == "2022、2024年年末数"
    assert Need.HISTORY not in needs(Kind.STOCK, years(2021, 2022, 2023, 2024, 2025), public)


def test_of_overdue_quarters_only_the_latest_is_asked_for(public: Study) -> None:
    late = {**needs(Kind.STOCK, years(2021, 2022, 2023, 2024, 2025), public)}
    assert late[Need.CURRENT].what.zh == "2026年3月末数"  # as of 30 June: the first quarter only
    assert late[Need.CURRENT].due == date(2026, 7, 20)
    held = [*years(2021, 2022, 2023, 2024, 2025), point(2025.25, 110, through=0.25)]
    assert Need.CURRENT not in needs(Kind.STOCK, held, public)


def test_the_next_figure_is_due_twenty_days_after_its_quarter(public: Study) -> None:
    found = needs(Kind.FLOW, years(2021, 2022, 2023, 2024, 2025), public)
    assert found[Need.NEXT].what.zh == "2026年1—6月累计数"
    assert found[Need.NEXT].due == date(2026, 7, 20)
    assert "本年累计" in found[Need.NEXT].form.zh
    assert not found[Need.NEXT].overdue


def test_a_year_to_date_that_cannot_be_scaled_asks_for_the_same_months_before(public: Study) -> None:
    alone = [*years(2024, 2025), to_date(2026, 3, 12)]
    found = needs(Kind.FLOW, alone, public)
    assert found[Need.PROFILE].what.zh.startswith("2023—2025年1—3月累计数")
    known = [*alone, to_date(2024, 3, 10), to_date(2025, 3, 11)]
    assert Need.PROFILE not in needs(Kind.FLOW, known, public)


def test_inexact_figures_are_asked_for_exactly_and_conflicts_settled(public: Study) -> None:
    vague = point(
        2025.0,
        105.0,
        observation="v",
        precision=Precision.AT_LEAST,
        lower=100.0,
        upper=110.0,
        label="超100家",
    )
    other = point(2025.0, 112.0, observation="w", reported=112.0, label="112家")
    found = needs(Kind.STOCK, [vague, other], public)
    assert "超100家" in found[Need.EXACT].what.zh
    assert "2025年12月" in found[Need.CONFLICT].what.zh


def test_commitments_without_a_figure_are_asked_of_their_units(public: Study) -> None:
    items = [item for item in owed(public) if item.need is Need.COMMITMENT]
    assert any(item.number.startswith("C") for item in items)
    assert any(item.number.startswith("T") for item in items)
    assert all(item.what.zh and item.form.zh for item in items)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_the_next_closing_day_is_ahead_and_at_most_half_a_year_away(day: date) -> None:
    closing = next_closing(load_plan(), day)
    assert day < closing <= day + timedelta(days=184)
    assert (closing.month, closing.day) in load_plan().closing_days


def test_nothing_is_due_in_the_past(public: Study, demo: Study) -> None:
    for study in (public, demo):
        assert all(item.due > study.as_of for item in owed(study))


def test_the_rule_of_the_days_is_stated_in_both_languages() -> None:
    assert "7月20日" in due_rule(load_plan(), "zh")
    assert "假定" in due_rule(load_plan(), "zh")
    assert "20 July" in due_rule(load_plan(), "en")


def test_a_unit_is_asked_first_for_what_would_move_the_answer_most_and_told_why(public: Study) -> None:
    worths = public.worths
    for unit in public.plan.units:
        history = [item for item in owed(public) if item.unit == unit and item.need is Need.HISTORY]
        changes = [worths[int(item.number)].change for item in history]
        assert changes == sorted(changes, reverse=True)
        for item, change in zip(history, changes, strict=True):
            assert f"平均变动约{round(100 * change)}个百分点" in item.why.zh
            assert f"about {round(100 * change)} points" in item.why.en
    assert all(not item.why.zh for item in owed(public) if item.need is not Need.HISTORY)


# --- workbook -----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_has_a_row_per_item_and_says_all_in_one_language(lang: str, tmp_path: Path) -> None:
    study = Study.open("public", "2026-11-22", lang=lang)
    sheet = load_workbook(write_data_owed(study, tmp_path / "owed.xlsx")).worksheets[0]
    heading, *rows = sheet.iter_rows(
        min_row=HEADER_ROW, max_row=HEADER_ROW + len(owed(study)), values_only=True
    )
    assert all(row[6] for row in rows), "a day by which it is due"
    if lang == "en":
        said = [dict(zip(heading, map(str, row), strict=True)) for row in rows]
        texts = "".join(one[name] for one in said for name in ("Need", "Form"))
        assert not any("一" <= c <= "鿿" for c in texts)


def test_the_workbook_has_all_and_one_sheet_for_each_unit(public: Study, tmp_path: Path) -> None:
    book = load_workbook(write_data_owed(public, tmp_path / "owed.xlsx"))
    items = owed(public)
    units = list(dict.fromkeys(item.unit for item in items if item.unit))
    assert book.sheetnames[0] == "总表"
    assert book.sheetnames[1 : 1 + len(units)] == units
    assert book["总表"].max_row == HEADER_ROW + len(items) + 2, "and the rule of the days"
    mine = book["区市场局"]
    rows = mine.iter_rows(min_row=HEADER_ROW + 1, max_row=mine.max_row - 2, values_only=True)
    assert {row[0] for row in rows} == {"区市场局"}
    assert mine.auto_filter.ref == f"A{HEADER_ROW}:I{mine.max_row - 2}"
    assert [path.name for path in tmp_path.iterdir()] == ["owed.xlsx"]


def test_every_sheet_made_from_the_demo_says_so(demo: Study, tmp_path: Path) -> None:
    book = load_workbook(write_data_owed(demo, tmp_path / "owed.xlsx"))
    assert all("演示数据" in str(sheet["A2"].value) for sheet in book)
    assert all("演示数据" in str(sheet.oddHeader.right.text) for sheet in book)
    assert "演示数据" in book.properties.description


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@cmd", '=HYPERLINK("x")', "a\x07b"])
def test_text_that_begins_like_a_formula_stays_text(
    public: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    bad = replace(
        owed(public)[0], unit="区[科]委:/?*" + "长" * 40, name=Text(text, text), what=Text(text, text)
    )
    monkeypatch.setattr(module, "owed_of", lambda *_: (bad,))
    book = load_workbook(write_data_owed(public, tmp_path / "owed.xlsx"))
    cell = book["总表"].cell(HEADER_ROW + 1, 4)
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x07", "")
    assert cell.quotePrefix == (text[0] in "=+-@")
    assert len(book.sheetnames[1]) <= 31


def test_a_failed_write_leaves_the_old_file(
    public: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "owed.xlsx"
    path.write_bytes(b"old")

    def fail(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(module, "owed_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        write_data_owed(public, path)
    assert path.read_bytes() == b"old"


# --- what the plan before this one counted --------------------------------------------------------------


@pytest.mark.parametrize("number", ["6", "9", "11"])
def test_a_unit_is_reminded_of_figures_that_the_earlier_plan_counted(public: Study, number: str) -> None:
    asked = [item.what for item in owed(public) if item.number == number and item.need is Need.HISTORY]
    assert asked
    assert all("已列同名指标，2023年起应有历年数" in what.zh for what in asked)
    assert all("figures from 2023 on" in what.en for what in asked)


def test_a_changed_definition_is_named_with_what_was_counted_before(public: Study) -> None:
    (what, *_) = [item.what for item in owed(public) if item.number == "2" and item.need is Need.HISTORY]
    assert "“有效发明专利拥有量”（由全部有效发明专利改为高价值发明专利）" in what.zh
    assert "from all valid invention patents to high-value ones" in what.en


def test_what_no_plan_counted_before_is_asked_for_without_a_reminder(public: Study) -> None:
    (what, *_) = [item.what for item in owed(public) if item.number == "7" and item.need is Need.HISTORY]
    assert "上一轮行动计划" not in what.zh
