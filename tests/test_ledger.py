"""A department's file is read right or refused with everything that is wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zerobay_analysis.errors import DataError, Problem
from zerobay_analysis.ledger import CheckReport, Ledger, check_path, load_ledger

TODAY = date(2026, 11, 22)
PUBLIC = load_ledger("public")
GOOD = "indicator,period,value,unit\n7,2024,131,家\n7,2025,139,家\n9,2025Q2,351.5,亿元\n"


def write(folder: Path, text: str | bytes, encoding: str = "utf-8", name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def load(folder: Path, text: str) -> Ledger:
    return load_ledger(write(folder, text), today=TODAY)


def problems(folder: Path, text: str | bytes, encoding: str = "utf-8") -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        load_ledger(write(folder, text, encoding), today=TODAY)
    return caught.value.problems


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(p) for p in found]
    problem = found[0]
    assert problem.message
    assert problem.cure
    assert " / " in problem.message
    assert " / " in problem.cure
    return problem


# --- reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_the_encodings_of_chinese_offices_are_read_alike(tmp_path: Path, encoding: str) -> None:
    ledger = load_ledger(write(tmp_path, GOOD, encoding), today=TODAY)
    assert list(ledger.frame["value"]) == [131, 139, 351.5]
    assert list(ledger.frame["unit"]) == ["家", "家", "亿元"]
    assert [d.date() for d in ledger.frame["period_end"]] == [
        date(2024, 12, 31),
        date(2025, 12, 31),
        date(2025, 6, 30),
    ]


def test_chinese_headers_full_width_digits_and_separators_are_read(tmp_path: Path) -> None:
    ledger = load(
        tmp_path, '指标,期间,数值,单位,备注\n１１,２０２５年,"１，８９０",人,年报\n2,2025年6月,"8,750",件,\n'
    )
    assert list(ledger.frame["indicator"]) == [11, 2]
    assert list(ledger.frame["value"]) == [1890, 8750]
    assert list(ledger.frame["caveat"]) == ["年报", ""]


def test_what_a_row_does_not_say_follows_from_its_indicator(tmp_path: Path) -> None:
    frame = load(tmp_path, GOOD).frame
    assert list(frame["basis"]) == ["stock", "stock", "cumulative"]
    assert set(frame["role"]) == {"own"}
    assert set(frame["precision"]) == {"exact"}
    assert set(frame["geography"]) == {"大零号湾"}
    assert list(frame["observation"]) == ["row2", "row3", "row4"]


def test_blank_lines_and_trailing_commas_are_not_rows(tmp_path: Path) -> None:
    ledger = load(tmp_path, "indicator,period,value,unit,\n\n7,2024,131,家,\n,,,,\n7,2025,139,家,,\n\n")
    assert list(ledger.frame["line"]) == [3, 5]


def test_own_columns_are_left_alone(tmp_path: Path) -> None:
    ledger = load(tmp_path, "x_id,indicator,period,value,unit,备注2\nA,7,2024,131,家,甲\n")
    assert "x_id" not in ledger.frame
    assert len(ledger.frame) == 1


def test_the_hash_of_every_file_is_kept(tmp_path: Path) -> None:
    write(
        tmp_path,
        "observation,indicator,period,value,unit,source\nA,7,2024,131,家,S1\n",
        name="observations.csv",
    )
    write(tmp_path, "source,publisher,published\nS1,大零号湾集团,2025-02-01\n", name="sources.csv")
    ledger = load_ledger(tmp_path, today=TODAY)
    assert [name for name, _ in ledger.files] == ["observations.csv", "sources.csv"]
    assert all(len(digest) == 64 for _, digest in ledger.files)
    assert ledger.frame["published"].iloc[0].date() == date(2025, 2, 1)
    assert ledger.frame["reporter"].iloc[0] == "大零号湾集团"


def test_synthetic_rows_mark_the_ledger(tmp_path: Path) -> None:
    assert load(tmp_path, "indicator,period,value,unit,synthetic\n7,2024,131,家,是\n").synthetic
    assert not load(tmp_path, GOOD).synthetic


# --- the list of problems --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("7,2024,131,个人,,,,", "unit", "个人"),
        ("12,2024,131,家,,,,", "indicator", "12"),
        ("七,2024,131,家,,,,", "indicator", "七"),
        (",2024,131,家,,,,", "indicator", ""),
        ("7,2024,131家,家,,,,", "value", "131家"),
        ("7,2024,约131,家,,,,", "value", "约131"),
        ("7,2024,1e3,家,,,,", "value", "1e3"),
        ("7,2024,nan,家,,,,", "value", "nan"),
        ("7,2024,,家,,,,", "value", ""),
        ("7,2024,131.5,家,,,,", "value", "131.5"),
        ("7,2024,-3,家,,,,", "value", "-3.0"),
        ("3,2024,150,%,,,,", "value", "150.0"),
        ("7,2024,131,,,,,", "unit", ""),
        ("7,,131,家,,,,", "period", ""),
        ("7,去年,131,家,,,,", "period", "去年"),
        ("7,2025-13,131,家,,,,", "period", "2025-13"),
        ("7,2026,131,家,,,,", "period", "2026"),
        ("7,2027-03-31,131,家,,,,", "period", "2027-03-31"),
        ("7,2026,150,家,预计,,,", "period", "2026"),
        ("7,2024,131,家,大概,,,", "qualifier", "大概"),
        ("7,2024,131,家,,2025-2-30,,", "published", "2025-2-30"),
        ("7,2024,131,家,,2025-02,,", "published", "2025-02"),
        ("7,2024,131,家,,2027-01-05,,", "published", "2027-01-05"),
        ("7,2024,131,家,,2023-12-05,,", "published", "2023-12-05"),
        ("7,2024,131,家,,,same,", "comparability", "same"),
        ("4,2025Q3,7,%,,,,", "period_type", ""),
        ("4,2025,7,%,,,,时点", "period_type", "时点"),
        ("4,2025Q3,7,%,,,,全年", "period_type", "全年"),
        ("4,2025Q3,7,%,,,,累积", "period_type", "累积"),
        ("7,2025Q3,137,家,,,,本年累计", "period_type", "本年累计"),
        ("4,2024,0,%,约,,,", "qualifier", "约"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_column_and_value(
    tmp_path: Path, row: str, column: str, value: str
) -> None:
    header = "indicator,period,value,unit,qualifier,published,comparability,period_type"
    problem = only(problems(tmp_path, f"{header}\n9,2024,330,亿元,,,,\n{row}\n"))
    assert (problem.row, problem.column, problem.value) == (3, column, value)
    assert problem.file.endswith("mine.csv")


def test_all_problems_come_in_one_list(tmp_path: Path) -> None:
    text = (
        "indicator,period,value,unit\n"
        "7,2024,131,人\n"
        "12,2024,many,家\n"
        "9,2031,450,亿元\n"
        "7,2023,112,家\n"
        "7,2023,112,家\n"
        "7,2022,家\n"
    )
    found = [(p.row, p.column) for p in problems(tmp_path, text)]
    assert found == [
        (2, "unit"),
        (3, "indicator"),
        (3, "value"),
        (4, "period"),
        (6, "indicator+period"),
        (7, None),
    ]


def test_a_level_of_the_running_month_may_be_known_but_not_a_sum(tmp_path: Path) -> None:
    assert len(load(tmp_path, "indicator,period,value,unit\n7,2026-11,140,家\n").frame) == 1
    text = "indicator,period,value,unit,period_type\n4,2026-11,7,%,本年累计\n"
    assert only(problems(tmp_path, text)).column == "period"


def test_the_same_figure_twice_is_refused_and_names_the_first(tmp_path: Path) -> None:
    problem = only(problems(tmp_path, GOOD + "7,2024年末,131,家\n"))
    assert problem.row == 5
    assert "2" in problem.message


def test_an_identifier_is_used_once(tmp_path: Path) -> None:
    text = "observation,indicator,period,value,unit\nA,7,2024,131,家\nA,7,2025,139,家\n"
    problem = only(problems(tmp_path, text))
    assert (problem.row, problem.column, problem.value) == (3, "observation", "A")


def test_two_reporters_may_disagree(tmp_path: Path) -> None:
    text = "indicator,period,value,unit,reporter\n7,2025,139,家,大零号湾集团\n7,2025,141,家,紫竹高新区\n"
    assert len(load(tmp_path, text).as_of(TODAY).frame) == 2


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("indicator,period,value", "unit"),
        ("indicator,period,value,unit,publised", "publised"),
        ("indicator,period,value,unit,value", "value"),
    ],
)
def test_a_missing_unknown_or_double_column_is_named(tmp_path: Path, header: str, column: str) -> None:
    cells = ["7", "2024", "131", "家", "131"][: header.count(",") + 1]
    problem = only(problems(tmp_path, f"{header}\n{','.join(cells)}\n"))
    assert (problem.row, problem.column) == (1, column)


@pytest.mark.parametrize("row", ["7,2024,131", "7,2024,131,家,1,2", '7,2024,"131,家'])
def test_a_ragged_row_is_named(tmp_path: Path, row: str) -> None:
    problem = only(problems(tmp_path, f"indicator,period,value,unit\n9,2024,330,亿元\n{row}\n"))
    assert problem.row == 3


def test_line_numbers_hold_after_a_quoted_line_break(tmp_path: Path) -> None:
    text = 'indicator,period,value,unit,note\n7,2024,131,家,"两\n行"\n7,2025,x,家,\n'
    assert only(problems(tmp_path, text)).row == 4


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"\n\n", "空"),
        (b"indicator,period,value,unit\n", "没有数据"),
        (b"PK\x03\x04rest of a workbook", "Excel"),
        ("indicator,period,value,unit\n7,2024,131,家\n".encode("utf-16"), "编码"),
        (b"indicator,period,value,unit\n7,2024,131\x00,\xe5\xae\xb6\n", "空字节"),
        (b"indicator,period,value,unit\n7,2024,131,\xff\xff\n", "编码"),
        ("indicator,period,value,unit\n7,2024,131,家家家家".encode()[:-1], "编码"),
        (b"just some words\nand more\n", "表头"),
        (b"indicator;period;value;unit\n7;2024;131;5\n", "表头"),
        (b"\x89PNG\r\n\x1a\n\x01\x02,\x03", ""),
    ],
)
def test_what_is_no_csv_is_refused_in_one_sentence(tmp_path: Path, data: bytes, word: str) -> None:
    assert word in only(problems(tmp_path, data)).message


def test_a_source_that_is_not_listed_is_named(tmp_path: Path) -> None:
    write(tmp_path, "indicator,period,value,unit,source\n7,2024,131,家,S2\n", name="observations.csv")
    write(tmp_path, "source,publisher\nS1,甲\nS1,乙\n", name="sources.csv")
    with pytest.raises(DataError) as caught:
        load_ledger(tmp_path, today=TODAY)
    assert {(Path(p.file).name, p.row, p.column) for p in caught.value.problems} == {
        ("observations.csv", 2, "source"),
        ("sources.csv", 3, "source"),
    }


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_path_without_data_is_a_problem_not_a_traceback(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError):
        load_ledger(tmp_path / name, today=TODAY)
    assert not check_path(tmp_path / name, TODAY).ok


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
)
def test_no_bytes_cause_a_traceback(tmp_path: Path, data: bytes) -> None:
    for content in (data, b"indicator,period,value,unit\n7,2024," + data):
        report = check_path(write(tmp_path, content), TODAY)
        assert isinstance(report, CheckReport)
        assert report.ok or all(p.message and p.cure for p in report.problems)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=3, max_size=30))
def test_a_note_in_gbk_reads_as_it_was_written(tmp_path: Path, note: str) -> None:
    text = f"indicator,period,value,unit,note\n7,2024,131,家,{note}\n"
    ledger = load_ledger(write(tmp_path, text, "gb18030"), today=TODAY)
    assert list(ledger.frame["caveat"]) == [note]


CELL = st.sampled_from(
    ["", "7", "9", "4", "2024", "2025Q3", "131", "-5", "0", "家", "%", "约", "超", "context", "x"]
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[CELL] * 7), min_size=1, max_size=6))
def test_every_row_is_either_in_the_ledger_or_named(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    lines = ["indicator,period,value,unit,qualifier,comparability,measure", *[",".join(r) for r in rows]]
    report = check_path(write(tmp_path, "\n".join(lines)), TODAY)
    filled = sum(any(row) for row in rows)
    assert report.rows == filled or any(p.column is None for p in report.problems) or filled == 0
    if report.ok:
        assert report.rows == filled


# --- vintages ----------------------------------------------------------------------------------

REVISED = (
    "indicator,period,value,unit,published\n"
    "7,2024,131,家,2025-02-10\n"
    "7,2024,128,家,2025-07-01\n"
    "7,2025,139,家,2026-02-12\n"
)


def test_a_later_publication_is_a_revision_and_both_are_kept(tmp_path: Path) -> None:
    ledger = load(tmp_path, REVISED)
    assert len(ledger.frame) == 3
    assert list(ledger.as_of(date(2025, 3, 1)).frame["value"]) == [131]
    assert list(ledger.as_of(date(2025, 7, 1)).frame["value"]) == [128]
    assert list(ledger.as_of(TODAY).frame["value"]) == [128, 139]
    assert ledger.as_of(date(2025, 1, 1)).frame.empty


def test_revisions_say_how_far_and_how_late(tmp_path: Path) -> None:
    table = load(tmp_path, REVISED).revisions()
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["vintages"], row["first_value"], row["last_value"], row["change"]) == (2, 131, 128, -3)
    assert row["days"] == 141


@given(day=st.dates(date(2010, 1, 1), TODAY), later=st.integers(0, 2000))
@settings(max_examples=25, deadline=None)
def test_a_view_never_holds_what_was_published_later(day: date, later: int) -> None:
    ledger = PUBLIC
    view = ledger.as_of(day)
    assert (view.frame["published"].dt.date <= day).all()
    wider = ledger.as_of(date.fromordinal(min(day.toordinal() + later, TODAY.toordinal())))
    assert set(view.frame["observation"]) <= set(wider.frame["observation"])
    assert set(view.sources["source"]) == set(view.frame["source"])


def test_an_undated_row_counts_from_the_day_it_was_read_and_says_so(tmp_path: Path) -> None:
    ledger = load(tmp_path, GOOD)
    assert ledger.as_of(date(2026, 11, 21)).frame.empty
    assert len(ledger.as_of(TODAY).frame) == 3
    assert "3 行没有发布日期" in ledger.notes[0]


# --- roles -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ("7,2024,131,家,direct,", "own"),
        ("7,2024,310,家,other_geography,", "proxy"),
        ("1,2024,32,家,other_definition,", "proxy"),
        ("2,2024,10.2,万件,other_geography,", "context"),
        ("7,2024,310,家,context,", "context"),
        ("4,2025Q3,7,%,direct,本年累计", "own"),
        ("4,2025Q3,7,%,direct,当期", "context"),
    ],
)
def test_the_role_follows_from_comparability_unit_and_period(tmp_path: Path, row: str, role: str) -> None:
    frame = load(tmp_path, f"indicator,period,value,unit,comparability,period_type\n{row}\n").frame
    assert frame["role"].iloc[0] == role
    assert (frame["group"].iloc[0] == "") == (role == "own")


def test_a_role_that_contradicts_the_row_is_refused(tmp_path: Path) -> None:
    header = "indicator,period,value,unit,comparability,role"
    found = problems(
        tmp_path, f"{header}\n7,2024,131,家,direct,proxy\n7,2023,99,万家,other_geography,proxy\n"
    )
    assert [(p.row, p.column) for p in found] == [(2, "role"), (3, "role")]


def test_a_check_counts_rows_per_indicator(tmp_path: Path) -> None:
    report = check_path(write(tmp_path, GOOD), TODAY)
    assert report.ok
    assert report.rows == 3
    assert report.counts == ((7, 2), (9, 1))


def test_files_of_a_ledgers_folder_that_are_no_part_of_it_are_named(tmp_path: Path) -> None:
    write(tmp_path, GOOD).rename(tmp_path / "observations.csv")
    for name in ("更正.xlsx", "README.md", ".hidden", "Thumbs.db"):
        (tmp_path / name).touch()
    (note,) = [note for note in check_path(tmp_path, TODAY).notes if "没有读" in note]
    assert "更正.xlsx" in note
    assert not any(name in note for name in ("README", "hidden", "Thumbs", "observations"))
