"""What is asked for can be sent in with the form, is read, and shows up where it was missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from zerobay_analysis.assessment.data_owed import form_rows, next_closing, owed_of
from zerobay_analysis.assessment.tracker import TrackStatus, track_commitments, track_tasks
from zerobay_analysis.briefing.writers.docx import write_letters
from zerobay_analysis.errors import DataError
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.imports import apply_import, plan_import
from zerobay_analysis.ledger.template import HEADER_ROW, write_template
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import evidence
from zerobay_analysis.study import Study

PLAN = load_plan()
LATER = datetime(2027, 1, 15, 9).astimezone()
DAY = date(2026, 11, 22)


@pytest.fixture(scope="module", params=["public", "demo"])
def study(request: pytest.FixtureRequest) -> Study:
    return Study.open(request.param, DAY.isoformat())


def rows(sheet: Any) -> Iterator[dict[str, Any]]:
    """Cells of a unit's sheet by the headings, row by row."""
    titles = [cell.value for cell in sheet[HEADER_ROW]]
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        yield dict(zip(titles, row, strict=True))


def filled(tmp_path: Path, **cells: Mapping[str, Any]) -> Path:
    """A form in which the rows named by number and period have these cells."""
    book = openpyxl.load_workbook(write_template(tmp_path / "form.xlsx", PLAN, 2026, ("区科委",)))
    for row in rows(book["区科委"]):
        for column, value in cells.get(f"{row['指标序号'].value}@{row['期间'].value}", {}).items():
            row[column].value = value
    book.save(tmp_path / "filled.xlsx")
    return tmp_path / "filled.xlsx"


def test_every_line_of_every_request_has_its_row_in_the_form(study: Study, tmp_path: Path) -> None:
    path = write_template(tmp_path / "form.xlsx", PLAN, 2026, asked=form_rows(owed_of(study)))
    book = openpyxl.load_workbook(path)
    for item in owed_of(study):
        sheet = book[item.unit or "牵头单位"]
        there = {(str(r["指标序号"].value), r["期间"].value, r["期间类型"].value): r for r in rows(sheet)}
        assert item.rows
        for row in item.rows:
            found = there[item.number, *row]
            assert not found["数值"].protection.locked
            assert found["备注（所请事项）"].value


def test_what_is_sent_in_shows_up_where_it_was_missing(tmp_path: Path) -> None:
    sent = filled(
        tmp_path,
        **{
            "C01@2026年末": {"数值": 128, "说明": "含校区外平台"},
            "T01@2026年末": {"数值": "受阻", "说明": "待市级立项"},
            "3@2025年": {"分子": 123.5, "分母": "823.3", "说明": "规上工业和服务业"},
        },
    )
    target = str(tmp_path / "ledger")
    assert apply_import(plan_import(sent, target, now=LATER), target) is not None
    ledger = load_ledger(target, today=LATER.date())
    commitment = next(c for c in track_commitments(PLAN, ledger, LATER.date()) if c.id == "C01")
    assert commitment.figure_text() == "128次（2026-12-31）；含校区外平台"
    task = track_tasks(PLAN, ledger, LATER.date())[0]
    assert (task.status, task.figure_text()) == (TrackStatus.BLOCKED, "受阻（2026-12-31）；待市级立项")
    (rate,) = evidence(ledger, PLAN, 3, LATER.date()).points
    assert rate.reported == 15.0
    assert rate.caveat == "规上工业和服务业\n123.5 ÷ 823.3"


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"数值": 14.2, "分子": 123.5, "分母": 823.3}, "算得 15%"),
        ({"分子": 123.5}, "须都填"),
        ({"分子": 123.5, "分母": 0}, "大于零"),
    ],
)
def test_a_rate_that_its_two_figures_do_not_give_is_refused(
    tmp_path: Path, cells: dict[str, Any], word: str
) -> None:
    with pytest.raises(DataError) as caught:
        plan_import(filled(tmp_path, **{"3@2025年": cells}), str(tmp_path / "ledger"), now=LATER)
    (found,) = caught.value.problems
    assert word in found.message
    assert (found.sheet, found.heading) == ("区科委", "数值")


def test_a_stated_rate_that_agrees_is_kept_as_stated(tmp_path: Path) -> None:
    cells = {"数值": 15.0, "分子": 123.5, "分母": 823.3}
    planned = plan_import(filled(tmp_path, **{"3@2025年": cells}), str(tmp_path / "ledger"), now=LATER)
    (change,) = planned.added
    assert (change.row["value"], change.row["written"]) == (15, "123.5 ÷ 823.3")


def test_progress_that_is_no_stage_is_refused_with_the_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="未启动、推进中、受阻、已完成"):
        plan_import(filled(tmp_path, **{"T01@2026年末": {"数值": "40%"}}), str(tmp_path / "l"), now=LATER)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_unit_gets_a_letter_and_the_form_that_answers_it(lang: str, tmp_path: Path) -> None:
    study = Study.open("public", DAY.isoformat(), lang=lang)
    letter, form = write_letters(study, tmp_path / "letters", units=("区市场局",))
    assert (letter.name, form.name) == ("区市场局.docx", "区市场局.xlsx")
    document = docx.Document(str(letter))
    told = "\n".join(paragraph.text for paragraph in document.paragraphs)
    due = next_closing(study.plan, DAY)
    said = ("关于报送", "区市场局：", f"{due.year}年{due.month}月{due.day}日前", "最长44周", "2026年11月22日")
    english = ("Request for figures", "To 区市场局", f"by {due}", "by 44 weeks", "2026-11-22")
    assert all(text in told for text in (said if lang == "zh" else english))
    assert "2026-09" in document.tables[0].rows[1].cells[1].text or lang == "zh"
    assert openpyxl.load_workbook(form).sheetnames == ["填报说明", "区市场局"]
