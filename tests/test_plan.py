"""The plan as data equals the plan as published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.plan import Kind, load_plan

ANNEX_1 = {
    1: (67, 68, 69),
    2: (8750, 9000, 9300),
    3: (15, 15, 15),
    4: (7, 7, 7),
    5: (100, 100, 100),
    6: (310, 325, 340),
    7: (140, 155, 170),
    8: (25, 15, 15),
    9: (390, 420, 450),
    10: (310, 330, 350),
    11: (1890, 1990, 2090),
}


@pytest.fixture
def plan_folder(tmp_path: Path) -> Path:
    """A copy of the plan's tables that a test may spoil."""
    return Path(shutil.copytree(data_dir() / "plan", tmp_path / "plan"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_targets_equal_annex_1() -> None:
    text = (data_dir() / "plan" / "targets.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines()]
    assert rows[0] == ["indicator", "year", "target"]
    found = {(int(i), int(y)): float(t) for i, y, t in rows[1:]}
    wanted = {
        (i, year): t for i, ts in ANNEX_1.items() for year, t in zip((2026, 2027, 2028), ts, strict=True)
    }
    assert len(rows) - 1 == 33
    assert found == wanted


def test_kinds_units_and_owners_are_those_of_the_annex() -> None:
    plan = load_plan()
    kinds = {i.id: str(i.kind) for i in plan.indicators}
    assert kinds == {
        1: "stock",
        2: "stock",
        3: "rate",
        4: "rate",
        5: "flow",
        6: "cumulative",
        7: "stock",
        8: "rate",
        9: "cumulative",
        10: "cumulative",
        11: "cumulative",
    }
    units = ["个", "件", "%", "%", "家", "家", "家", "%", "亿元", "家", "人"]
    assert [i.unit_zh for i in plan.indicators] == units
    assert plan.indicator(7).owners == ("大零号湾集团", "紫竹高新区")
    assert plan.indicator(9).owners == ("闵金投公司",)
    assert all(i.direction == 1 for i in plan.indicators)
    assert all(i.document == "闵府发〔2026〕11号" and str(i.id) in i.section for i in plan.indicators)


def test_rates_have_bounds_and_counts_are_whole() -> None:
    for indicator in load_plan().indicators:
        assert indicator.whole_number == (indicator.unit_zh in {"个", "件", "家", "人"})
        assert indicator.lower == (-100 if indicator.id in {4, 8} else 0)
        assert indicator.upper == (100 if indicator.id == 3 else None)
        assert (indicator.kind is Kind.RATE) == (indicator.unit_zh == "%")


def test_short_names_fit_a_chart_label() -> None:
    shorts = [i.short_zh for i in load_plan().indicators]
    assert len(set(shorts)) == 11
    assert all(len(short) <= 6 for short in shorts)


def test_every_quantified_commitment_of_the_text_is_there() -> None:
    commitments = load_plan().commitments
    counted = {
        (float(r["value"]), str(r["unit"]), int(r["task"]))
        for _, r in commitments[commitments["kind"] == "target"].iterrows()
    }
    assert counted == {
        (500, "次", 2),
        (50, "个", 2),
        (30, "项", 2),
        (100, "家", 5),
        (60, "家", 5),
        (4, "个", 6),
    }
    conditions = commitments[commitments["kind"] == "condition"]
    assert {3.0, 1.0, 100.0} <= set(conditions["value"])
    assert not commitments["by_year_stated"].any()


def test_a_commitment_has_the_owners_of_its_task() -> None:
    plan = load_plan()
    owners = dict(zip(plan.tasks["id"], plan.tasks["owners"], strict=True))
    assert list(plan.tasks["id"]) == list(range(1, 13))
    of_tasks = plan.commitments[plan.commitments["task"].notna()]
    assert len(of_tasks) == 10
    assert all(row["owners"] == owners[row["task"]] for _, row in of_tasks.iterrows())


def test_the_earlier_round_has_nine_rows_with_sources() -> None:
    earlier = load_plan().earlier_targets
    assert len(earlier) == 9
    assert (earlier["publisher"] != "").all()
    valued = earlier[earlier["indicator"] == 7]
    assert set(zip(valued["target_year"], valued["target"], strict=True)) == {(2023, 70.0)}
    alliance = earlier[earlier["indicator"] == 9].iloc[0]
    assert alliance["target"] == 300
    assert str(alliance["target_year"]) == "<NA>"


def test_an_unknown_indicator_or_year_is_refused() -> None:
    plan = load_plan()
    assert plan.target(9, 2028) == 450
    with pytest.raises(ParameterError, match="12"):
        plan.indicator(12)
    with pytest.raises(ParameterError, match="2030"):
        plan.target(9, 2030)


def test_all_problems_of_all_tables_come_at_once(plan_folder: Path) -> None:
    spoil(plan_folder / "indicators.csv", ",1,0,true", ",0,0,true")  # no direction
    spoil(plan_folder / "targets.csv", "3,2026,15", "3,2026,150")  # beyond 100 %
    spoil(plan_folder / "targets.csv", "5,2027,100", "5,2026,100")  # twice the same year
    spoil(plan_folder / "targets.csv", "11,2028,2090", "12,2028,2090")  # no such indicator
    spoil(plan_folder / "tasks.csv", "1,强化", "一,强化")
    with pytest.raises(DataError) as caught:
        load_plan(plan_folder)
    found = {(Path(p.file).name, p.row, p.column) for p in caught.value.problems}
    assert ("indicators.csv", 2, "direction") in found
    assert ("targets.csv", 8, "target") in found
    assert ("targets.csv", 15, "indicator+year") in found
    assert ("targets.csv", 34, "indicator") in found
    assert ("tasks.csv", 2, "id") in found


def test_a_missing_table_is_named(plan_folder: Path) -> None:
    (plan_folder / "tasks.csv").unlink()
    with pytest.raises(DataError) as caught:
        load_plan(plan_folder)
    assert any(p.file.endswith("tasks.csv") for p in caught.value.problems)


def test_every_indicator_has_a_task_that_moves_it_and_a_reason() -> None:
    plan = load_plan()
    named = {(row.indicator, row.task) for row in plan.levers.itertuples()}
    assert {number for number, _ in named} == {indicator.id for indicator in plan.indicators}
    assert {(10, 7), (2, 1), (2, 3)} <= named
    assert plan.levers["why"].str.len().min() > 5
    assert not plan.levers["why_en"].str.contains("[\u4e00-\u9fff]").any()


@pytest.mark.parametrize(
    ("old", "new", "column"), [("6,6,", "6,66,", "task"), ("6,6,", "66,6,", "indicator")]
)
def test_a_lever_of_no_task_or_indicator_is_refused_with_its_line(
    plan_folder: Path, old: str, new: str, column: str
) -> None:
    spoil(plan_folder / "levers.csv", f"\n{old}", f"\n{new}")
    with pytest.raises(DataError) as caught:
        load_plan(plan_folder)
    (found,) = caught.value.problems
    assert found.file.endswith("levers.csv")
    assert (found.row, found.column) == (12, column)


def test_a_plan_need_not_name_its_levers(plan_folder: Path) -> None:
    (plan_folder / "levers.csv").unlink()
    assert load_plan(plan_folder).levers.empty
