"""Every change of a verdict's word from run to run, with its reason."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from zerobay_analysis.assessment.outlook import verdict
from zerobay_analysis.briefing.changes import (
    VERDICTS_FILE,
    Change,
    Reason,
    earlier_changes,
    earlier_runs,
    history,
    write_changes,
)
from zerobay_analysis.plan import load_plan
from zerobay_analysis.study import Study

FIGURE = {"indicator": "7", "group": "", "when": "2025-12", "reporter": "", "label": "130家"}


def run(
    root: Path,
    day: int,
    chances: dict[tuple[int, int], float | None],
    *,
    figures: tuple[dict[str, str], ...] = (FIGURE,),
    as_of: str = "",
    target: float = 170,
    **record: object,
) -> Path:
    """A completed run of a day of January 2027, with these probabilities."""
    folder = root / f"run{day:02d}"
    folder.mkdir(parents=True)
    rows = [
        {
            "indicator": number,
            "year": year,
            "target": target,
            "grade": "C",
            "latest_value": 130,
            "latest_date": "2025-12",
            "n_obs": 1,
            "p_met": p,
            "verdict": "none" if p is None else verdict(p).key,
        }
        for (number, year), p in chances.items()
    ]
    for name, table in (("outlook.csv", rows), ("figures.csv", figures)):
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
    manifest = {
        "run_id": folder.name,
        "status": "COMPLETED",
        "finished": f"2027-01-{day:02d}",
        "parameters": {"data": "public", "as_of": as_of or f"2027-01-{day:02d}", "model": "reference_class"},
    }
    (folder / "manifest.json").write_text(json.dumps({**manifest, **record}), encoding="utf-8")
    return folder


def log(last: Path, lang: str = "zh") -> tuple[Change, ...]:
    return earlier_changes(earlier_runs(last), load_plan().indicators, lang)


def test_a_move_within_a_word_is_no_change(tmp_path: Path) -> None:
    run(tmp_path, 1, {(7, 2028): 0.41})
    assert log(run(tmp_path, 2, {(7, 2028): 0.59})) == ()


def test_all_runs_are_compared_the_latest_first_and_the_largest_move_leads(tmp_path: Path) -> None:
    run(tmp_path, 1, {(7, 2027): 0.85, (7, 2028): 0.61})
    run(tmp_path, 2, {(7, 2027): 0.75, (7, 2028): 0.30})
    last = run(tmp_path, 3, {(7, 2027): 0.75, (7, 2028): 0.45})
    found = log(last)
    assert [(change.run_id, change.year) for change in found] == [
        ("run03", 2028),
        ("run02", 2028),
        ("run02", 2027),
    ]
    assert (found[1].before, found[1].after) == ("△ 较可能 61%", "▽ 较难 30%")


def test_runs_after_the_one_compared_with_and_of_other_data_do_not_count(tmp_path: Path) -> None:
    first = run(tmp_path, 1, {(7, 2028): 0.85})
    run(tmp_path, 2, {(7, 2028): 0.1})
    assert log(first) == ()
    run(tmp_path / "b", 1, {(7, 2028): 0.85}, parameters={"data": "demo", "as_of": "2027-01-01"})
    assert log(run(tmp_path / "b", 2, {(7, 2028): 0.1})) == ()


def test_runs_of_another_plan_do_not_count(tmp_path: Path) -> None:
    other = {"data": "public", "plan": "/elsewhere", "as_of": "2027-01-01"}
    run(tmp_path, 1, {(7, 2028): 0.85}, parameters=other)
    assert log(run(tmp_path, 2, {(7, 2028): 0.1})) == ()


def test_the_history_keeps_each_different_answer_in_the_order_of_its_day(tmp_path: Path) -> None:
    study = Study.open("public", "2026-11-22")
    run(tmp_path, 1, {(9, 2028): 0.5}, as_of="2026-10-01")
    run(tmp_path, 2, {(9, 2028): 0.5}, as_of="2026-10-02")
    run(tmp_path, 3, {(9, 2028): 0.3}, as_of="2026-09-01")  # a day looked back at
    run(tmp_path, 4, {(9, 2028): 0.9}, as_of="2026-11-23")  # not known yet on the study's day
    last = run(tmp_path, 5, {(9, 2028): None}, as_of="2026-11-01")
    first, same, without, now = history(earlier_runs(last), [study.outlook(9)], "zh")[9]
    assert (first.as_of, first.labels, first.cause) == ("2026-09-01", {2028: "▽ 较难 30%"}, "")
    assert (same.as_of, same.runs, same.chances) == ("2026-10-01", 2, {2028: 0.5})
    assert "2026-09-01 → 2026-10-01" in same.cause
    assert without.chances == {2028: None} and now.as_of == "2026-11-22" and len(now.chances) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"figures": (FIGURE, {**FIGURE, "when": "2026-12", "label": "150家"})}, Reason.FIGURE),
        ({"figures": ({**FIGURE, "label": "128家"},)}, Reason.REVISED),
        ({"target": 180}, Reason.TARGET),
        ({}, Reason.TIME),
        ({"as_of": "2027-01-01"}, Reason.MODEL),
    ],
)
def test_every_change_has_its_reason(tmp_path: Path, changes: dict, reason: Reason) -> None:
    run(tmp_path, 1, {(7, 2028): 0.85})
    (change,) = log(run(tmp_path, 2, {(7, 2028): 0.5}, **changes))
    assert change.reason is reason
    assert change.cause


def test_a_run_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    run(tmp_path, 1, {(7, 2028): 0.85})
    (run(tmp_path, 2, {(7, 2028): 0.5}) / "outlook.csv").write_text("x\n1\n", encoding="utf-8")
    (change,) = log(run(tmp_path, 3, {(7, 2028): 0.1}))
    assert change.before == "▲ 很可能 85%"


def test_the_log_is_a_file_of_the_run(tmp_path: Path) -> None:
    run(tmp_path, 1, {(7, 2028): 0.85})
    found = log(run(tmp_path, 2, {(7, 2028): 0.5}), "en")
    write_changes(found, (), tmp_path)
    with (tmp_path / VERDICTS_FILE).open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["run_id"], row["indicator"], row["reason"]) == ("run02", "7", "time_passed")
    assert row["after"] == "◇ toss-up 50%"
