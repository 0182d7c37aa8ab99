"""Scenarios as an analyst writes them, right and wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerobay_analysis.errors import DataError
from zerobay_analysis.language import Text
from zerobay_analysis.scenarios.form import (
    KEYS,
    check_scenarios,
    example_scenarios,
    load_scenarios,
    parse_scenarios,
    report_scenarios,
    scenario_text,
)
from zerobay_analysis.scenarios.levers import (
    Attrition,
    BestPace,
    ChangePace,
    EarlierTrend,
    Halt,
    HoldPace,
    PeerQuarter,
    ReachTarget,
    Shock,
    Step,
)
from zerobay_analysis.scenarios.run import PulledLever, Scenario

QUICK = settings(max_examples=60, deadline=None)

GOOD = """\
name: 基金关账
indicator: 9
levers:
  - lever: step
    date: 2027Q2
    amount: 30
    unit: 亿元
"""


def problems(text: str) -> list[tuple[int | None, str | None, str, str]]:
    with pytest.raises(DataError) as caught:
        parse_scenarios(text, "s.yaml")
    return [(p.row, p.column, p.message, p.cure) for p in caught.value.problems]


def test_an_example_of_a_report_is_called_one_and_a_file_of_ones_own_is_not(tmp_path: Path) -> None:
    assert all(one.name.zh.startswith("示例：") for one in report_scenarios())
    assert all(one.name.en.startswith("example: ") for one in report_scenarios())
    (tmp_path / "own.yaml").write_text(GOOD, encoding="utf-8")
    assert [one.name.zh for one in report_scenarios(str(tmp_path))] == ["基金关账"]


def test_a_step_in_a_quarter_is_counted_by_its_end() -> None:
    (scenario,) = parse_scenarios(GOOD)
    assert scenario.name.zh == "基金关账"
    assert scenario.levers == (PulledLever(9, Step(date(2027, 6, 30), 30.0)),)


@pytest.mark.parametrize(
    ("written", "lever"),
    [
        ("{lever: pace, from: 2027, percent: 20}", ChangePace(date(2027, 1, 1), 20)),
        ("{lever: best_pace, from: 2027}", BestPace(date(2027, 1, 1))),
        ("{lever: 同类前四分之一}", PeerQuarter()),
        ("{lever: 停滞, from: 2027Q3}", Halt(date(2027, 7, 1))),
        ("{lever: 提速或减速, from: 2027Q3, percent: -12.5}", ChangePace(date(2027, 7, 1), -12.5)),
        ("{lever: hold_pace}", HoldPace()),
        ("{lever: hold_pace, from: 2027-04-01, per_year: 12}", HoldPace(date(2027, 4, 1), 12)),
        ("{lever: reach_target, year: 2028}", ReachTarget(None, 2028)),
        ("{lever: attrition, from: 2027, percent_per_year: 3}", Attrition(date(2027, 1, 1), 3)),
        ("{lever: shock, date: 2027-03, size: -10, recovery_years: 1.5}", Shock(date(2027, 3, 31), -10, 1.5)),
        (
            "{lever: earlier_trend, from: 2027, trend_from: 2021, trend_to: 2023, over_years: 2}",
            EarlierTrend(date(2027, 1, 1), date(2021, 1, 1), date(2023, 12, 31), 2),
        ),
    ],
)
def test_every_lever_is_read(written: str, lever: object) -> None:
    (scenario,) = parse_scenarios(f"name: x\nindicator: firms_over_100m\nlevers:\n  - {written}\n")
    assert scenario.levers == (PulledLever(7, lever),)  # type: ignore[arg-type]


def test_a_package_names_an_indicator_per_lever() -> None:
    text = "name: x\nlevers:\n- {lever: hold_pace, indicator: 7}\n- {lever: hold_pace, indicator: 基金规模}\n"
    assert parse_scenarios(text)[0].indicators == (7, 9)


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "said", "cure"),
    [
        ("amount: 30", "amount: 三十", 6, "amount", "not understood", "只写数字"),
        ("date: 2027Q2", "date: 明年", 5, "date", "not understood", "2027Q2"),
        ("    date: 2027Q2\n", "", 4, "date", "missing", "date:"),
        ("amount: 30", "ammount: 30", 6, None, "unknown key", "amount"),
        ("amount: 30", "amount: 30\n    amount: 31", 7, None, "twice", "只留一个"),
        ("lever: step", "lever: jump", 4, "lever", "unknown lever", "step"),
        ("lever: step\n    date", "date", 4, "lever", "which lever", "step"),
        ("indicator: 9", "indicator: 12", 2, "indicator", "no such indicator", "9"),
        ("unit: 亿元", "unit: 万元", 7, "unit", "not the indicator's unit", "亿元"),
        ("amount: 30", "amount: -30", 4, "step", "cannot fall", "改正"),
        ("name: 基金关账\n", "", 1, "name", "missing", "name:"),
        ("indicator: 9\n", "", 3, "indicator", "no indicator", "indicator:"),
        ("amount: 30", "amount: [30]", 6, "amount", "single value", "amount: "),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_cure(
    old: str, new: str, line: int, column: str | None, said: str, cure: str
) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new))
    places = {(row, name) for row, name, _, _ in found}
    assert (line, column) in places, found
    message, hint = next((m, c) for row, name, m, c in found if (row, name) == (line, column))
    assert said in message
    assert cure in hint


def test_every_mistake_is_told_at_once() -> None:
    text = GOOD.replace("amount: 30", "amount: x").replace("2027Q2", "y").replace("亿元", "万元")
    text += "  - lever: jump\n"
    assert [row for row, *_ in problems(text)] == [5, 6, 8]  # the unit is asked of a readable lever


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: x\nlevers:\n\t- lever: step\n", 3),
        ("name: 'x\nlevers: []\n", 3),
        ("name: x: y\n", 1),
        ("levers: [\n", 2),
    ],
)
def test_broken_yaml_is_told_by_line(text: str, line: int) -> None:
    row, _, message, cure = problems(text)[0]
    assert row == line
    assert "YAML" in message
    assert "缩进" in cure


@pytest.mark.parametrize("text", ["", "# nothing\n", "just words\n", "- a\n- b\n", "name: x\nlevers: 3\n"])
def test_a_file_that_is_no_scenario_is_refused(text: str) -> None:
    assert problems(text)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="打不开"):
        load_scenarios([tmp_path / "none.yaml"])
    gbk = tmp_path / "gbk.yaml"
    gbk.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(DataError, match="UTF-8"):
        load_scenarios([gbk])


def test_a_path_too_long_for_any_file_cannot_be_opened() -> None:
    with pytest.raises(DataError, match="打不开"):
        load_scenarios([Path("1" * 5000)])


def test_problems_of_several_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("30", "x"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("2027Q2", "x"), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_scenarios([tmp_path])
    assert {Path(p.file).name for p in caught.value.problems} == {"a.yaml", "b.yaml"}


def test_the_shipped_examples_are_right_and_written_back_as_they_are() -> None:
    assert len(example_scenarios()) >= 4
    for scenario in load_scenarios(example_scenarios()):
        assert parse_scenarios(scenario_text(scenario)) == (scenario,)


days = st.dates(date(2026, 1, 1), date(2029, 12, 31))
sizes = st.floats(-100, 100, allow_nan=False)
names = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)


@QUICK
@given(
    name=names,
    levers=st.lists(
        st.one_of(
            st.builds(ChangePace, days, sizes),
            st.builds(Step, days, sizes),
            st.builds(Attrition, days, st.floats(0, 100)),
            st.builds(Shock, days, sizes, st.floats(0.1, 10)),
            st.builds(HoldPace, st.none() | days, st.none() | sizes),
            st.builds(ReachTarget, st.none() | days, st.none() | st.integers(2026, 2028)),
        ),
        min_size=1,
        max_size=4,
    ),
    numbers=st.lists(st.sampled_from([1, 2, 7]), min_size=4, max_size=4),
)
def test_what_the_explorer_writes_reads_back_to_the_same_scenario(
    name: str, levers: list, numbers: list[int]
) -> None:
    levers = [_rounded(lever) for lever in levers]
    pulled = tuple(PulledLever(number, lever) for number, lever in zip(numbers, levers, strict=False))
    scenario = Scenario(Text(name, name), pulled)
    assert parse_scenarios(scenario_text(scenario)) == (scenario,)


def _rounded(lever):
    """The same with sizes that a person would write."""
    from dataclasses import fields, replace

    values = {field.name: getattr(lever, field.name) for field in fields(lever)}
    return replace(lever, **{k: round(v, 2) for k, v in values.items() if isinstance(v, float)})


def test_every_lever_has_its_keys() -> None:
    from dataclasses import fields

    from zerobay_analysis.scenarios.levers import LEVERS

    assert set(KEYS) == set(LEVERS)
    for name, lever in LEVERS.items():
        assert {spec.attribute for spec in KEYS[name].values()} == {f.name for f in fields(lever)}  # type: ignore[arg-type]


def test_one_file_may_hold_several_scenarios_side_by_side() -> None:
    one = "name: 甲\nindicator: 7\nlevers:\n  - lever: pace\n    from: 2027\n    percent: 20\n"
    two = "name: 乙\nindicator: 9\nlevers:\n  - lever: step\n    date: 2027Q2\n    amount: 30\n"
    found = parse_scenarios(f"{one}---\n{two}")
    assert [scenario.name.zh for scenario in found] == ["甲", "乙"]


def test_a_problem_in_the_second_scenario_is_named_with_its_line_in_the_file() -> None:
    one = "name: 甲\nindicator: 7\nlevers:\n  - lever: pace\n    from: 2027\n    percent: 20\n"
    with pytest.raises(DataError) as caught:
        parse_scenarios(f"{one}---\nname: 乙\nindicator: 77\nlevers:\n  - lever: reach_target\n")
    assert [problem.row for problem in caught.value.problems] == [9]


def test_a_check_tells_what_a_scenario_says_or_all_that_is_wrong(tmp_path: Path) -> None:
    good = check_scenarios(tmp_path / "none.yaml")
    assert not good.ok
    shipped = check_scenarios(example_scenarios()[0].parent)
    assert shipped.ok
    assert shipped.rows == sum(len(one.levers) for one in load_scenarios(example_scenarios()))
    assert any("30亿元基金" in note for note in shipped.notes)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: x\nlevers: " + "[" * 5000 + "\n", 2),
        ("name: x\nlevers: " + "{a: " * 500 + "1" + "}" * 500 + "\n", 2),
        ("".join(" " * n + "a:\n" for n in range(900)), 21),
        ("- " * 3000 + "x\n", 1),
    ],
)
def test_a_file_nested_too_deeply_is_a_named_problem(text: str, line: int) -> None:
    with pytest.raises(DataError) as caught:
        parse_scenarios(text, "deep.yaml")
    (found,) = caught.value.problems
    assert (found.file, found.row) == ("deep.yaml", line)
    assert "嵌套" in found.message


@pytest.mark.parametrize("number", ["nan", ".nan", "inf", "-.inf", "1e999", "[1, .nan]", "9" * 400])
def test_a_number_that_is_none_is_a_named_problem(number: str) -> None:
    text = f"name: x\nindicator: 9\nlevers:\n  - lever: step\n    date: 2027Q2\n    amount: {number}\n"
    with pytest.raises(DataError) as caught:
        parse_scenarios(text)
    assert [(found.row, found.column) for found in caught.value.problems] == [(6, "amount")]
