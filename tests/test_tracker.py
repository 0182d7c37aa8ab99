"""Commitments and tasks against their schedule, through the same ledger as the indicators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from zerobay_analysis.assessment.tracker import (
    CommitmentProgress,
    TaskProgress,
    TrackStatus,
    track_commitments,
    track_tasks,
)
from zerobay_analysis.errors import DataError
from zerobay_analysis.ledger import Ledger, load_ledger
from zerobay_analysis.plan import item_number, load_plan

Maker = Callable[..., Ledger]
TODAY = date(2027, 7, 15)
HEADER = "indicator,period,value,unit,qualifier,published,comparability,measure"


@pytest.fixture
def ledger(tmp_path: Path) -> Maker:
    """Make a ledger of rows for commitments and tasks."""

    def make(*rows: str) -> Ledger:
        path = tmp_path / "ledger.csv"
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        return load_ledger(path, today=TODAY)

    return make


def one(found: tuple[CommitmentProgress, ...], number: str) -> CommitmentProgress:
    return next(item for item in found if item.id == number)


def task(found: tuple[TaskProgress, ...], number: int) -> TaskProgress:
    return next(item for item in found if item.task == number)


def track(ledger: Ledger, number: str, day: date = TODAY) -> CommitmentProgress:
    return one(track_commitments(load_plan(), ledger, day), number)


def test_a_commitment_is_compared_with_the_straight_line_from_the_plans_start(ledger: Maker) -> None:
    # C01: 500 by the end of 2028. 150 by the end of June 2027: done 30 %, time 1.5/3 = 50 %:
    # 20 points behind, yellow.
    item = track(ledger(",2027-06,150,次,,2027-07-10,context,C01 各类平台服务创新主体"), "C01")
    assert item.schedule is not None
    assert (item.schedule.done, item.schedule.elapsed) == (pytest.approx(0.3), pytest.approx(0.5))
    assert item.schedule.lag == pytest.approx(20)
    assert item.schedule.light.key == "yellow"
    assert item.status is TrackStatus.BEHIND
    assert item.missing("zh") == ""


def test_reaching_the_number_is_done(ledger: Maker) -> None:
    assert track(ledger(",2026-12,52,个,,2027-01-10,context,c2 平台孵化"), "C02").status is TrackStatus.DONE


def test_the_latest_figure_known_on_the_day_counts(ledger: Maker) -> None:
    made = ledger(
        ",2027-06,20,项,,2027-07-10,context,C03",
        ",2026-12,12,项,,2027-01-10,context,C03",
    )
    assert track(made, "C03").figure.value == 20
    assert track(made, "C03", date(2027, 3, 1)).figure.value == 12
    assert track(made, "C03", date(2026, 12, 31)).figure is None


def test_without_a_figure_it_says_what_is_missing_and_whose_it_is(ledger: Maker) -> None:
    item = track(ledger(",2027-06,20,项,,2027-07-10,context,C03"), "C04")
    assert item.status is TrackStatus.NO_FIGURE
    assert item.schedule is None
    assert "请上海交大" in item.missing("zh")
    assert "2026 年起的累计数（家）" in item.missing("zh")
    assert "C04" in item.missing("en")


def test_a_figure_from_before_the_plan_does_not_count(ledger: Maker) -> None:
    assert track(ledger(",2025-12,90,家,,2026-01-10,context,C04"), "C04").status is TrackStatus.NO_FIGURE


def test_a_figure_in_another_unit_is_named_and_not_used(ledger: Maker) -> None:
    item = track(ledger(",2027-06,1.5,百次,,2027-07-10,context,C01"), "C01")
    assert item.figure is None
    assert "1.5百次" in item.unused[0]
    assert track(ledger(",2027-06,40,个,,2027-07-10,context,C05"), "C05").figure is not None  # 家 and 个


def test_a_yearly_commitment_is_compared_within_its_year(ledger: Maker) -> None:
    # C11: two meetings a year; one by the end of June is on schedule. Last year's do not count.
    made = ledger(
        ",2026-12,2,次,,2027-01-10,context,C11 区校主要领导会商",
        ",2027-06,1,次,,2027-07-10,context,C11 区校主要领导会商",
    )
    item = track(made, "C11")
    assert item.schedule is not None
    assert (item.schedule.done, item.schedule.elapsed) == (0.5, pytest.approx(0.5))
    assert item.status is TrackStatus.ON_SCHEDULE
    assert track(made, "C11", date(2027, 2, 1)).status is TrackStatus.NO_FIGURE
    assert "牵头单位（方案未列）" in track(made, "C11", date(2027, 2, 1)).missing("zh")


def test_progress_is_told_in_one_sentence_in_both_languages(ledger: Maker) -> None:
    made = ledger(
        ",2027-06,150,次,,2027-07-10,context,C01",
        ",2027-06,55,%,,2027-07-10,context,T02 任务完成进度",
    )
    promised = track(made, "C01")
    assert promised.goal_text() == "500 次（2028* 年底前）"
    assert promised.progress_text() == "150次（2027-06-30），完成 30%，到该日时间过去 50%，△ 落后序时进度"
    assert "30% done when 50% of the time had passed, △ behind" in promised.progress_text("en")
    assert promised.behind
    second = task(track_tasks(load_plan(), made, TODAY), 2)
    assert second.text("en").startswith("Task 2, ")
    assert not second.behind
    silent = track(made, "C02")
    assert (silent.figure_text(), silent.progress_text("en")) == ("没有数字", "no figure")
    assert track(made, "C09").goal_text() == "3 年"


def test_a_condition_of_the_text_is_not_counted(ledger: Maker) -> None:
    item = track(ledger(",2027-06,2,年,,2027-07-10,context,C09"), "C09")
    assert item.status is TrackStatus.CONDITION
    assert (item.schedule, item.missing("zh")) == (None, "")


def test_a_task_is_told_in_words_the_gravest_of_the_latest_day_with_a_question(ledger: Maker) -> None:
    made = ledger(
        ",2027-03,3,进展,,2027-04-10,context,T02 任务进展",
        ",2027-06,1,进展,,2027-07-10,context,T02 任务进展",
        ",2027-06,2,进展,,2027-07-10,context,T03 任务进展",
    )
    second, third = (task(track_tasks(load_plan(), made, TODAY), number) for number in (2, 3))
    assert (second.status, second.figure_text()) == (TrackStatus.UNDER_WAY, "推进中（2027-06-30）")
    assert (third.status_text("en"), third.behind) == ("× blocked", True)
    assert third.figure_text("en") == "blocked (2027-06-30)"
    assert not second.behind


def test_units_that_tell_a_task_differently_are_asked_to_settle_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    rows = [f",2027-06,{n},进展,,2027-07-10,context,T02,{who}" for n, who in ((1, "区科委"), (2, "上海交大"))]
    path.write_text("\n".join([f"{HEADER},reporter", *rows, ""]), encoding="utf-8")
    second = task(track_tasks(load_plan(), load_ledger(path, today=TODAY), TODAY), 2)
    assert second.status is TrackStatus.BLOCKED
    assert "区科委 推进中、上海交大 受阻" in second.missing()


def test_a_stage_that_is_none_is_refused(ledger: Maker) -> None:
    with pytest.raises(DataError, match="不是任务的进展"):
        ledger(",2027-06,7,进展,,2027-07-10,context,T02")


def test_a_task_told_in_percent_is_still_read_and_shows_its_commitments(ledger: Maker) -> None:
    made = ledger(
        ",2027-06,55,%,,2027-07-10,context,T02 任务完成进度",
        ",2027-06,150,次,,2027-07-10,context,C01",
    )
    found = track_tasks(load_plan(), made, TODAY)
    assert len(found) == 12
    second = task(found, 2)
    assert second.status is TrackStatus.ON_SCHEDULE
    assert [item.id for item in second.commitments] == ["C01", "C02", "C03"]
    first = task(found, 1)
    assert first.status is TrackStatus.NO_FIGURE
    assert first.owners == ("上海交大", "华东师大", "区科委")
    assert "未启动、推进中、受阻或已完成" in first.missing("zh")


def test_a_measure_that_names_no_item_of_the_plan_is_refused(ledger: Maker) -> None:
    with pytest.raises(DataError) as caught:
        ledger(
            ",2027-06,1,个,,2027-07-10,context,C12 新的承诺",
            ",2027-06,9,%,,2027-07-10,context,T13",
            ",2027-06,3000,家,,2027-07-10,context,硬科技企业",
            ",2027-06,1,次,,2027-07-10,context,C011",
        )
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "measure"), (3, "measure")]


@pytest.mark.parametrize(
    ("measure", "number"),
    [
        ("C01 各类平台", "C1"),
        ("C01各类平台", "C1"),
        ("c1", "C1"),
        ("C011", "C11"),
        (" t 07：进度", "T7"),
        ("T12", "T12"),
        ("C919 订单", None),
        ("T3航站楼客流", None),
        ("C2C电商", None),
        ("地区生产总值", None),
    ],
)
def test_only_the_plans_way_of_numbering_is_read_as_a_number(measure: str, number: str | None) -> None:
    assert item_number(measure) == number


def test_the_public_record_holds_no_figure_of_any_commitment() -> None:
    ledger, day = load_ledger("public"), date(2026, 11, 22)
    found = track_commitments(load_plan(), ledger, day)
    assert {item.status for item in found} == {TrackStatus.NO_FIGURE, TrackStatus.CONDITION}
    assert all(item.status is TrackStatus.NO_FIGURE for item in track_tasks(load_plan(), ledger, day))
