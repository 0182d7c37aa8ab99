"""An import shows what it would change, then adds all of it once, or nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zerobay_analysis.assessment.outliers import import_questions
from zerobay_analysis.errors import DataError, ParameterError, StoreMoved
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.imports import ChangeKind, ImportPlan, apply_import, plan_import
from zerobay_analysis.ledger.observations import KEY
from zerobay_analysis.ledger.store import Batch, open_store

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 10, 20, 9, 30, tzinfo=CHINA)
HEADER = "指标,期间,数值,单位,报送单位,报送日期,状态,期间类型"


def csv(folder: Path, rows: Iterable[str], name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def look(path: Path, target: str, now: datetime = NOW, **options: Any) -> ImportPlan:
    return plan_import(path, target, now=now, operator="张三", check=import_questions, **options)


def put(path: Path, target: str, now: datetime = NOW, **options: Any) -> Batch | None:
    return apply_import(look(path, target, now, **options), target)


def kinds(delivery: ImportPlan) -> dict[str, int]:
    return {str(kind): count for kind, count in delivery.counts.items() if count}


def values(target: str, day: date) -> list[float]:
    return list(load_ledger(target, today=day).as_of(day).frame["value"])


FIRST = ("7,2023,112,家,大零号湾集团,2024-02-10,,", "7,2024,131,家,大零号湾集团,2025-02-10,,")


def test_every_row_is_new_revised_withdrawn_or_unchanged(tmp_path: Path, store_address: str) -> None:
    target = store_address
    assert kinds(look(csv(tmp_path, FIRST), target)) == {"new": 2}
    put(csv(tmp_path, FIRST), target)
    second = csv(
        tmp_path,
        (
            "7,2023,,家,大零号湾集团,2026-07-10,撤回,",
            "7,2024,128,家,大零号湾集团,2026-07-10,,",
            "7,2025,139,家,大零号湾集团,2026-07-10,,",
            "7,2022,99,家,紫竹高新区,2026-07-10,,",
        ),
    )
    found = look(second, target)
    assert kinds(found) == {"new": 2, "revised": 1, "withdrawn": 1}
    assert [c.difference for c in found.changes] == [None, -3, None, None]
    put(second, target)
    assert sorted(values(target, NOW.date())) == [99, 128, 139]
    third = csv(tmp_path, ("7,2024,128,家,大零号湾集团,2026-08-01,,", "7,2025,140,家,大零号湾集团,,,"))
    assert kinds(look(third, target)) == {"revised": 1, "unchanged": 1}
    put(third, target)
    assert len(load_ledger(target, today=NOW.date()).frame) == 7


def test_the_same_file_twice_changes_nothing(tmp_path: Path, store_address: str) -> None:
    first = csv(tmp_path, ("7,2025,139,家,大零号湾集团,,,",))
    assert put(first, store_address) is not None
    before = open_store(store_address).read()
    again = look(first, store_address, NOW + timedelta(days=30))
    assert again.repeats is not None
    assert again.repeats.import_id == "000001"
    assert apply_import(again, store_address) is None
    assert open_store(store_address).read() == before


def test_what_was_said_again_in_another_file_adds_nothing(tmp_path: Path) -> None:
    target = str(tmp_path / "ledger")
    put(csv(tmp_path, FIRST), target)
    repeated = csv(tmp_path, [row.replace("2025-02-10", "2026-01-01") for row in FIRST], "b.csv")
    assert put(repeated, target) is None
    assert len(open_store(target).read()) == 1


def test_an_older_vintage_found_later_does_not_change_today(tmp_path: Path) -> None:
    target = str(tmp_path / "ledger")
    put(csv(tmp_path, FIRST), target)
    older = look(csv(tmp_path, ("7,2024,125,家,大零号湾集团,2025-01-15,,",), "b.csv"), target)
    assert kinds(older) == {"earlier": 1}
    apply_import(older, target)
    assert values(target, NOW.date()) == [112, 131]


def test_a_file_may_hold_several_vintages_of_a_figure(tmp_path: Path) -> None:
    target = str(tmp_path / "ledger")
    rows = ("7,2024,128,家,大零号湾集团,2025-07-10,,", *FIRST)
    found = look(csv(tmp_path, rows), target)
    assert [str(change.kind) for change in found.changes] == ["revised", "new", "new"]
    apply_import(found, target)
    assert sorted(values(target, NOW.date())) == [112, 128]
    assert kinds(look(csv(tmp_path, rows[:1], "b.csv"), target)) == {"unchanged": 1}


def test_a_figure_that_is_not_on_record_cannot_be_taken_back(tmp_path: Path) -> None:
    rows = ("7,2023,,家,大零号湾集团,,撤回,", "7,2024,,家,大零号湾集团,,撤回,")
    with pytest.raises(DataError) as caught:
        look(csv(tmp_path, rows), str(tmp_path / "ledger"))
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "status"), (3, "status")]


def test_a_value_may_be_missing_only_where_the_figure_is_taken_back(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        look(csv(tmp_path, ("7,2023,,家,大零号湾集团,,有效,",)), str(tmp_path / "ledger"))
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "value")]


def test_a_file_with_a_problem_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "ledger"
    with pytest.raises(DataError):
        put(csv(tmp_path, (*FIRST, "7,2025,139,人,大零号湾集团,,,")), str(target))
    assert not target.exists()


# --- what has to be confirmed ---------------------------------------------------------------------------


HISTORY = [
    f"5,{year},{value},家,区科委,{year + 1}-02-10,,"
    for year, value in zip(range(2021, 2025), (80, 95, 90, 99), strict=True)
]


@pytest.mark.parametrize(("value", "jump"), [(98, False), (110, False), (980, True), (9, True)])
def test_a_jump_beyond_the_forecast_has_to_be_confirmed(tmp_path: Path, value: int, jump: bool) -> None:
    target = str(tmp_path / "ledger")
    put(csv(tmp_path, HISTORY), target)
    found = look(csv(tmp_path, (f"5,2025,{value},家,区科委,,,",), "b.csv"), target)
    assert [(w.row, w.column) for w in found.warnings] == ([(2, "value")] if jump else [])
    assert all("99%" in w.message for w in found.warnings)


def test_a_slip_is_also_seen_among_the_rows_of_one_file(tmp_path: Path) -> None:
    found = look(csv(tmp_path, [*HISTORY, "5,2025,1080,家,区科委,2026-02-10,,"]), str(tmp_path / "ledger"))
    assert [w.row for w in found.warnings] == [6]


@pytest.mark.parametrize(("value", "jump"), [(40, False), (0, False), (700, True)])
def test_a_year_to_date_sum_may_be_small_but_not_beyond_the_year(
    tmp_path: Path, value: int, jump: bool
) -> None:
    target = str(tmp_path / "ledger")
    put(csv(tmp_path, [*HISTORY, "5,2025,98,家,区科委,2026-02-10,,"]), target)
    found = look(csv(tmp_path, (f"5,2026年1-6月,{value},家,区科委,,,本年累计",), "b.csv"), target)
    assert bool(found.warnings) == jump


def test_a_mid_year_level_is_set_against_both_year_ends(tmp_path: Path) -> None:
    target = str(tmp_path / "ledger")
    put(csv(tmp_path, (*FIRST, "7,2025,139,家,大零号湾集团,2026-02-10,,")), target)
    for value, jump in ((145, False), (14, True)):
        found = look(csv(tmp_path, (f"7,2026-06,{value},家,大零号湾集团,,,",), "b.csv"), target)
        assert bool(found.warnings) == jump


def test_a_figure_of_another_units_indicator_has_to_be_confirmed(tmp_path: Path) -> None:
    found = look(csv(tmp_path, ("9,2025,351.5,亿元,区科委,,,",)), str(tmp_path / "ledger"))
    assert [w.column for w in found.warnings] == ["reporter"]
    assert "闵金投公司" in found.warnings[0].message


def test_somebody_has_to_be_named_as_the_reporter(tmp_path: Path) -> None:
    path = csv(tmp_path, ("9,2025,351.5,亿元,,,,",))
    with pytest.raises(DataError) as caught:
        look(path, str(tmp_path / "ledger"))
    assert "加一列“报送单位”" in caught.value.problems[0].cure
    found = look(path, str(tmp_path / "ledger"), reporter="闵金投公司")
    assert [c.row["reporter"] for c in found.changes] == ["闵金投公司"]


@pytest.mark.parametrize("target", ["public", "demo", "FILE"])
def test_shipped_data_and_single_files_are_not_added_to(tmp_path: Path, target: str) -> None:
    path = csv(tmp_path, FIRST)
    with pytest.raises(ParameterError):
        look(path, str(path) if target == "FILE" else target)


# --- two at once ----------------------------------------------------------------------------------------


def test_another_import_in_between_is_looked_at_again(tmp_path: Path, store_address: str) -> None:
    mine = look(csv(tmp_path, FIRST), store_address)
    put(csv(tmp_path, ("5,2025,98,家,区科委,,,",), "b.csv"), store_address)
    landed = apply_import(mine, store_address)
    assert landed is not None
    assert landed.import_id == "000002"


def test_another_import_that_changes_the_outcome_is_told(tmp_path: Path, store_address: str) -> None:
    mine = look(csv(tmp_path, FIRST), store_address)
    put(csv(tmp_path, ("7,2024,130,家,大零号湾集团,2025-01-10,,",), "b.csv"), store_address)
    with pytest.raises(StoreMoved, match="重新运行"):
        apply_import(mine, store_address)
    assert len(open_store(store_address).read()) == 1


IMPORTER = """
import sys
from datetime import datetime
from pathlib import Path
from zerobay_analysis.assessment.outliers import import_questions
from zerobay_analysis.errors import StoreMoved
from zerobay_analysis.ledger.imports import apply_import, plan_import
from zerobay_analysis.ledger import load_ledger
folder, target, name, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
load_ledger("public")  # what has to be loaded first takes longer than an import
print("ready", flush=True)
sys.stdin.readline()
for n in range(count):
    while True:
        try:
            apply_import(plan_import(folder / f"{name}{n}.csv", target), target)
            break
        except StoreMoved:
            pass
"""


def importer(folder: Path, target: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", IMPORTER, str(folder), target, name, str(count)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def context_files(folder: Path, name: str, count: int, rows: int) -> None:
    """Files of context figures, which no forecast is asked about."""
    for n in range(count):
        lines = [f"{name} {n},{2000 + row},{row},个,区科委,context" for row in range(rows)]
        text = "\n".join(["口径,期间,数值,单位,报送单位,可比性,指标", *[f"{line}," for line in lines]])
        (folder / f"{name}{n}.csv").write_text(text, encoding="utf-8")


def test_two_processes_that_import_at_once_both_land(tmp_path: Path, store_address: str) -> None:
    for name in "ab":
        context_files(tmp_path, name, 5, 3)
    children = [importer(tmp_path, store_address, name, 5) for name in "ab"]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    files = [batch.file_name for batch in open_store(store_address).read()]
    assert sorted(files) == sorted(f"{name}{n}.csv" for name in "ab" for n in range(5))
    assert len(load_ledger(store_address).frame) == 30


def test_an_import_killed_at_any_point_leaves_the_ledger_before_or_after(tmp_path: Path) -> None:
    target, wait = tmp_path / "ledger", random.Random(4)
    context_files(tmp_path, "a", 40, 20)
    landed: list[str] = []
    for _ in range(10):
        child = importer(tmp_path, str(target), "a", 40)
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        try:
            child.wait(wait.uniform(0.05, 0.5))
        except subprocess.TimeoutExpired:
            child.kill()
        child.communicate()
        batches = open_store(str(target)).read()
        names = [batch.file_name for batch in batches]
        assert names[: len(landed)] == landed
        assert names == [f"a{n}.csv" for n in range(len(names))]  # files that landed are not added again
        assert all(len(batch.rows) == 20 for batch in batches)
        landed = names
    assert landed


# --- vintages -------------------------------------------------------------------------------------------


ROWS = st.tuples(
    st.sampled_from([2021, 2022, 2023]),
    st.integers(50, 60),
    st.sampled_from(["", "published"]),
    st.booleans(),
    st.sampled_from(["大零号湾集团", "紫竹高新区"]),
)


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(imports=st.lists(st.tuples(st.integers(0, 3), st.lists(ROWS, max_size=4)), min_size=1, max_size=4))
def test_a_view_of_any_day_is_what_was_known_on_that_day(
    tmp_path_factory: pytest.TempPathFactory, imports: list[tuple[int, list[tuple[Any, ...]]]]
) -> None:
    folder = tmp_path_factory.mktemp("views")
    target, day, seen = str(folder / "ledger"), date(2026, 3, 1), {}
    for n, (pause, rows) in enumerate(imports):
        day += timedelta(days=pause)
        known = set() if not open_store(target).exists() else set(view(target, day))
        lines = {}
        for year, value, when, taken_back, reporter in rows:
            figure = (year, reporter)
            if taken_back and figure not in known:
                continue
            published = f"{day - timedelta(days=value - 50)}" if when and not taken_back else ""
            said = (f"{value}", "") if not taken_back else ("", "撤回")
            text = f"7,{year},{said[0]},家,{reporter},{published},{said[1]}"
            lines[figure] = f"{text},,other_geography,甲地"
        path = folder / f"{n}.csv"
        path.write_text("\n".join([f"{HEADER},可比性,地域", *lines.values()]) + "\n", encoding="utf-8")
        if lines:
            put(path, target, datetime(day.year, day.month, day.day, 9, tzinfo=CHINA))
        if open_store(target).exists():
            seen[day] = view(target, day)
    for moment, known_then in seen.items():
        assert view(target, moment) == known_then


def view(target: str, day: date) -> dict[tuple[int, str], float]:
    frame = load_ledger(target, today=date(2026, 11, 22)).as_of(day).frame
    return {(r["period_end"].year, r["reporter"]): r["value"] for r in frame.to_dict("records")}


def test_history_counts_from_its_publication_when_asked_to(tmp_path: Path) -> None:
    for name, history in (("a", False), ("b", True)):
        target = str(tmp_path / name)
        put(csv(tmp_path, (*FIRST, "7,2025,139,家,大零号湾集团,,,")), target, history=history)
        ledger = load_ledger(target, today=NOW.date())
        assert len(ledger.as_of(date(2025, 3, 1)).frame) == (2 if history else 0)
        assert len(ledger.as_of(NOW.date()).frame) == 3


def test_a_view_does_not_pretend_to_know_an_earlier_day() -> None:
    ledger = load_ledger("public")
    late = ledger.as_of(date(2025, 1, 1))
    assert list(late.as_of(date(2025, 1, 1)).frame["observation"]) == list(late.frame["observation"])
    with pytest.raises(ParameterError, match="2025-01-01"):
        late.as_of(date(2024, 1, 1))


def test_revisions_say_how_far_how_late_and_what_was_taken_back(tmp_path: Path) -> None:
    rows = (
        "7,2023,112,家,大零号湾集团,2024-02-10,,",
        "7,2023,110,家,大零号湾集团,2024-05-10,,",
        "7,2024,131,家,大零号湾集团,2025-03-01,,",
        "7,2025,139,家,大零号湾集团,2026-02-10,,",
        "7,2025,,家,大零号湾集团,2026-03-10,撤回,",
        "9,2025,351.5,亿元,闵金投公司,2026-02-10,,",
    )
    ledger = load_ledger(csv(tmp_path, rows), today=NOW.date())
    revised = ledger.revisions()
    assert list(revised["indicator"]) == [7, 7]
    assert list(revised["withdrawn"]) == [False, True]
    assert list(revised["change"]) == [-2, 0]
    assert list(revised["days"]) == [90, 28]
    assert set(KEY) <= set(revised.columns)


def test_kinds_of_change_are_all_counted(tmp_path: Path) -> None:
    assert set(look(csv(tmp_path, FIRST), str(tmp_path / "l")).counts) == set(ChangeKind)


def test_the_outlook_of_a_past_day_stays_what_it_was(tmp_path: Path) -> None:
    """`zerobay report --as-of 2026-06-30` says the same after later imports as it said then."""
    from zerobay_analysis.assessment.outlook import assess_indicator, outlook_frame
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.series import evidence

    target, then = str(tmp_path / "ledger"), datetime(2026, 6, 30, 18, tzinfo=CHINA)

    def outlook() -> Any:
        ledger = load_ledger(target, today=NOW.date())
        plan = load_plan()
        known = (evidence(ledger, plan, indicator.id, then.date()) for indicator in plan.indicators)
        return outlook_frame([assess_indicator(plan, one, n_paths=500, seed=1) for one in known])

    put(csv(tmp_path, (*FIRST, "7,2025,139,家,大零号湾集团,2026-02-10,,")), target, then)
    before = outlook()
    later = ("7,2025,135,家,大零号湾集团,2026-06-01,,", "7,2026-06,150,家,大零号湾集团,2026-06-30,,")
    put(csv(tmp_path, later, "b.csv"), target, NOW)
    assert outlook().equals(before)
    assert len(load_ledger(target, today=NOW.date()).frame) == 5


def one_figure(folder: Path, name: str, value: int, published: str = "") -> Path:
    """A file with one figure of indicator 7."""
    path = folder / f"{name}.csv"
    rows = f"indicator,period,value,unit,reporter,published\n7,2025,{value},家,大零号湾集团,{published}\n"
    path.write_text(rows, encoding="utf-8")
    return path


@pytest.mark.parametrize("published", ["", "2026-02-10"])
def test_what_a_file_said_first_is_a_revision_back_when_it_comes_again(
    tmp_path: Path, store_address: str, published: str
) -> None:
    first, second = (one_figure(tmp_path, name, value, published) for name, value in (("a", 146), ("b", 156)))
    now = datetime(2026, 6, 18, 9, tzinfo=UTC)
    for path in (first, second):
        apply_import(plan_import(path, store_address, now=now), store_address)
    back = plan_import(first, store_address, now=now)
    assert kinds(back) == {"revised": 1}
    assert back.changes[0].difference == -10
    apply_import(back, store_address)
    ledger = load_ledger(store_address, today=date(2026, 6, 18))
    assert list(ledger.frame["value"]) == [146, 156, 146]
    assert list(ledger.as_of(date(2026, 6, 18)).frame["value"]) == [146]
    assert plan_import(first, store_address, now=now).repeats is not None


EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
INSTANT = datetime(2026, 6, 18, 10, 30, tzinfo=UTC)
"""The 19th in the east of the Pacific's date line, the 17th in its west."""


def test_what_was_imported_further_east_is_read_and_revised_at_once(
    tmp_path: Path, store_address: str
) -> None:
    apply_import(
        plan_import(one_figure(tmp_path, "a", 146), store_address, now=INSTANT.astimezone(EAST)),
        store_address,
    )
    west = (INSTANT + timedelta(minutes=1)).astimezone(WEST)
    assert west.date() == date(2026, 6, 17)
    assert len(load_ledger(store_address, today=west.date()).as_of(west.date()).frame) == 1
    revised = plan_import(one_figure(tmp_path, "b", 156), store_address, now=west)
    assert kinds(revised) == {"revised": 1}
    apply_import(revised, store_address)
    for day in (west.date(), date(2026, 6, 19), date(2026, 7, 1)):
        known = load_ledger(store_address, today=day).as_of(day).frame
        assert list(known["value"]) == [156], day


def test_a_day_that_has_begun_nowhere_is_still_a_problem(tmp_path: Path) -> None:
    target = str(tmp_path / "ledger")
    apply_import(plan_import(one_figure(tmp_path, "a", 146), target, now=INSTANT.astimezone(EAST)), target)
    with pytest.raises(DataError):
        load_ledger(target, today=date(2026, 6, 16))


@pytest.mark.skipif(sys.platform != "linux", reason="names on other systems are Unicode")
@pytest.mark.parametrize(
    ("name", "shown"), [("报送".encode("gb18030"), "报送.csv"), (b"\xff\xfe", r"\udcff\udcfe.csv")]
)
def test_a_name_that_is_not_utf8_is_kept_readable(tmp_path: Path, name: bytes, shown: str) -> None:
    path = tmp_path / f"{os.fsdecode(name)}.csv"
    one_figure(tmp_path, "a", 146).rename(path)
    for target in (str(tmp_path / "ledger"), f"sqlite:///{tmp_path / 'ledger.db'}"):
        apply_import(plan_import(path, target), target)
        ledger = load_ledger(target)
        assert list(ledger.sources["title"]) == [shown]
        assert ledger.files[0][0] == f"import 000001: {shown}"
    assert load_ledger(str(path)).name.endswith(shown)
