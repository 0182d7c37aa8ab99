"""Strange files of every kind: read as their sender sees them, or refused with the place and the cure."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from tests.bombs import ROW, STYLES, bomb
from tests.workbooks import rewrite, workbook
from zerobay_analysis.errors import UNFIT, Problem, Refused
from zerobay_analysis.files.csv import csv_bytes, csv_rows, literal, neutral, opened, read_records
from zerobay_analysis.files.tables import parse_number
from zerobay_analysis.ledger import check_path, load_ledger
from zerobay_analysis.ledger.inspection import inspect
from zerobay_analysis.ledger.notation import parse_period
from zerobay_analysis.ledger.readers.excel import as_shown
from zerobay_analysis.ledger.readers.xlsx import measured

TODAY = date(2026, 11, 22)
HEAD = "indicator,period,value,unit,source\n"


def problems(path: Path) -> tuple[Problem, ...]:
    report = check_path(path, TODAY)
    assert all(" / " in found.message and " / " in found.cure for found in report.problems)
    return report.problems


def only(path: Path) -> Problem:
    found = problems(path)
    assert len(found) == 1, [str(p) for p in found]
    return found[0]


def csv_file(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def one_figure(path: Path, value: Any, form: str = "General", unit: str = "家", indicator: int = 7) -> Path:
    def change(sheet: Any) -> None:
        sheet["D2"].number_format = form

    return workbook(path, [[indicator, "2025年", "", value, unit, None, ""]], change=change)


# --- characters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", ["\uffff", "\ufffe", "\x0b", "\x85", "\u202e", "\u2066", "\u200e", "\ufeff", "\ufffd"]
)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_character_that_no_form_can_carry_is_refused_with_its_cell(
    tmp_path: Path, kind: str, bad: str
) -> None:
    path, text = tmp_path / f"a.{kind}", f"标题{bad}gnp.exe"
    if kind == "csv":
        csv_file(path, f"{HEAD}7,2025,139,家,{text}\n")
    elif kind == "parquet":
        row = {"indicator": [7], "period": ["2025"], "value": [139], "unit": ["家"], "source": [text]}
        pd.DataFrame(row).to_parquet(path)
    else:
        workbook(path, [[7, "2025年", 139, "家", "qqq"]], header=("指标", "期间", "数值", "单位", "来源"))
        entity = f"_x{ord(bad):04X}_"  # what Excel writes where XML has no place for a character
        with zipfile.ZipFile(path) as archive:
            part = next(name for name in archive.namelist() if b"qqq" in archive.read(name))
        rewrite(path, part, lambda old: old.replace("qqq", f"标题{entity}gnp.exe"))
    found = only(path)
    assert (found.row, found.column) == (2, "source")
    assert f"U+{ord(bad):04X}" in found.message
    assert not UNFIT.search(found.value)


def test_a_sheet_name_that_turns_the_text_round_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[7, "2025年", "", 139, "家", None, ""]], sheet="区科委\u202ex")
    assert "工作表名" in only(path).message


def test_emoji_and_rare_characters_are_text(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", f"{HEAD}7,2025,139,家,📊👨\u200d👩\u200d👧 𠮷\n")
    assert not problems(path)


@pytest.mark.parametrize(
    "text", ["5²", "①", "Ⅳ", "½", "١٢", "१२", "1٬890", "1'890", "1 890", "–3", "﹣3", "²", "㊿", "1e3", "5​2"]
)
def test_a_digit_that_is_not_plainly_one_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "value"), [("１，８９０", 1890), ("\u22123.5", -3.5), ("－3", -3), ("２．５", 2.5)]
)
def test_full_width_figures_and_the_minus_sign_are_read(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["2025年1²月", "2025年①月", "٢٠٢٥", "2025-0６²"])
def test_a_period_with_other_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_period(text)


@pytest.mark.parametrize("text", ["3亿万", "3千百", "3万5", "5²", "十"])
def test_a_figure_whose_scale_nobody_writes_is_refused(tmp_path: Path, text: str) -> None:
    assert only(csv_file(tmp_path / "a.csv", f"{HEAD}11,2025,{text},人,\n")).column == "value"


# --- CSV --------------------------------------------------------------------------------------


def test_rows_swallowed_by_a_stray_quote_are_named_with_their_lines(tmp_path: Path) -> None:
    rows = HEAD + '5,2022,80,家,"first\n5,2023,88,家,\n5,2024,92,家,end"\n5,2025,96,家,\n'
    found = only(csv_file(tmp_path / "a.csv", rows))
    assert (found.row, found.column) == (2, "source")
    assert "3、4" in found.message


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_a_note_of_several_lines_is_a_note(tmp_path: Path, end: str) -> None:
    text = f'{HEAD}7,2024,131,家,"第一行, 快报{end}第二行：2024年, 初步"{end}7,2025,139,家,\n'
    assert not problems(csv_file(tmp_path / "a.csv", text))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (HEAD.encode("utf-16"), "编码"),
        (HEAD.encode("utf-16-le"), "空字节"),
        (f"{HEAD}7,2025,139,家,\n\ufeff7,2024,131,家,\n".encode(), "U+FEFF"),
        (f'{HEAD}7,2025,139,家,"未完\n7,2024,131,家,\n'.encode(), "引号"),
        (HEAD.replace(",", ";").encode(), "表头"),
        (HEAD.replace(",", "\t").encode(), "表头"),
        (f"{HEAD}7,2025,139\n".encode(), "字段"),
        (b"indicator,period,value,value,unit\n7,2025,1,2,x\n", "列重复"),
        (f"{HEAD}7,2025,139,家,注".encode("gb18030") + b"\xff\n", "编码"),
        (f"{HEAD}7,2025,139,家,{'长' * 40_000}\n".encode(), "32767"),
        (f"{HEAD}7,2025,{'9' * 400},家,\n".encode(), "数字"),
    ],
)
def test_a_csv_file_that_is_wrong_is_refused_in_words(tmp_path: Path, data: bytes, word: str) -> None:
    assert any(word in found.message for found in problems(csv_file(tmp_path / "a.csv", data)))


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "＝1", "'=1", "''+x", "-3.5", "plain"]
)
def test_a_cell_that_excel_would_run_is_text_and_comes_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    frame = pd.DataFrame({"indicator": [7], "value": [-1.5], "period": "2025", "unit": "家", "source": text})
    path.write_bytes(csv_bytes(frame))
    cell = path.read_text(encoding="utf-8-sig").splitlines()[1].split(",", 4)[4].strip('"')
    assert cell == "-3.5" or cell[0] not in "=+-@＝"
    assert ",-1.5," in path.read_text(encoding="utf-8-sig")
    assert read_records(path)[0]["source"] == text
    assert opened(path, csv_rows).rows[1][1][4] == text


@given(st.text())
def test_what_is_made_neutral_comes_back(text: str) -> None:
    assert literal(neutral(text)) == text


# --- number formats ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "form", "number", "suffix"),
    [
        (131, "General", "131", ""),
        (131, "G/通用格式", "131", ""),
        (1890, "#,##0", "1890", ""),
        (1890, "#,##0.00_ ;[Red]-#,##0.00 ", "1890", ""),
        (-3.5, "0.0;[红色]-0.0", "-3.5", ""),
        (-3.5, "#,##0.0_);(#,##0.0)", "-3.5", ""),
        (3.5, "+0.0;-0.0", "3.5", ""),
        (0.45, "0%", "45%", ""),
        (0.148, "0.0%", "14.8%", ""),
        (15, '0"%"', "15", "%"),
        (131, '0"家"', "131", "家"),
        (131, '[$¥-804]#,##0', "131", ""),
        (131, "0.00E+00", "131", ""),
        (131, "# ?/?", "131", ""),
        (131, "@", "131", ""),
        (351.49999999999994, "0.0", "351.5", ""),
    ],
)  # fmt: skip
def test_a_format_that_only_dresses_a_number_is_read(
    value: float, form: str, number: str, suffix: str
) -> None:
    assert as_shown(value, form) == (number, suffix)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (262.5, "0"),
        (0.4567, "0%"),
        (1310000, "0,"),
        (1310000, "0!.0,"),
        (131000000, '#,##0.0,,"百万"'),
        (13100, '0!.0000"万"'),
        (13100, "0.0,"),
        (131, '0"."0'),
        (131, "000-000"),
        (-131, "0;0"),
        (-131, "0;[Red]0"),
        (0, '0;-0;"—"'),
        (131, ";;;"),
        (131, '"约"0'),
        (131, "(0)"),
        (131, '"-"0'),
        (131, '"1"0'),
        (131, '0"00"'),
        (0.131, "0%%"),
        (131.25, "# ?/?"),
        (131456, "0.00E+00"),
        (131, "[>100]0,;0"),
        (131, "[h]:mm"),
        (131, "0*5"),
    ],
)
def test_a_format_that_shows_another_number_is_refused(value: float, form: str) -> None:
    with pytest.raises(Refused):
        as_shown(value, form, words=False)


@pytest.mark.parametrize(
    ("value", "form", "unit", "indicator", "word"),
    [
        (262.5, "0", "家", 7, "显示为 263"),
        (0.45, "0%", "家", 7, "百分数"),
        (1310000, '0!.0,"万"', "家", 7, "中间"),
        (351.5, '0.0"元"', "亿元", 9, "不是数字"),
        (131, "yyyy-mm-dd", "家", 7, "不是数字"),
        (10**400, "General", "家", 7, "太大"),
    ],
)
def test_a_cell_that_shows_another_figure_is_named(
    tmp_path: Path, value: Any, form: str, unit: str, indicator: int, word: str
) -> None:
    path = one_figure(tmp_path / "a.xlsx", 1 if value == 10**400 else value, form, unit, indicator)
    if value == 10**400:
        rewrite(path, "xl/worksheets/sheet1.xml", lambda t: t.replace("<v>1</v>", f"<v>{value}</v>"))
    found = only(path)
    assert (found.cell, found.column) == ("D2", "value")
    assert word in found.message


@pytest.mark.parametrize("code", [176, 63])
def test_an_undefined_number_format_is_named(tmp_path: Path, code: int) -> None:
    path = one_figure(tmp_path / "a.xlsx", 96, "0.000")
    found = only(
        rewrite(path, "xl/styles.xml", lambda t: t.replace('<xf numFmtId="164"', f'<xf numFmtId="{code}"'))
    )
    assert found.cell == "D2"
    assert str(code) in found.message


@pytest.mark.parametrize("code", [57, 14])
def test_a_number_that_is_no_date_in_a_date_format_is_named(tmp_path: Path, code: int) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].number_format = "0.000"

    path = workbook(tmp_path / "a.xlsx", [[5, 20250930, "", 96, "家", None, ""]], change=change)
    rewrite(path, "xl/styles.xml", lambda t: t.replace('<xf numFmtId="164"', f'<xf numFmtId="{code}"'))
    found = problems(path)[0]
    assert found.cell == "B2"
    assert "日期" in found.message


# --- sizes ------------------------------------------------------------------------------------


def _many(count: int, text: Callable[[int], str]) -> str:
    return "".join(text(number) for number in range(2, count + 2))


LONG = "<t>" + "长" * 32_000 + "</t>"
BOMBS: dict[str, tuple[dict[str, str], str]] = {
    "strings": ({"strings": "<si><t>a</t></si>" * 600_000}, "共享文字"),
    "styles": ({"styles": STYLES.replace("<xf/></cellXfs>", "<xf/>" * 100_000 + "</cellXfs>")}, "样式"),
    "rows": ({"rows": _many(100_000, lambda n: f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>')}, "20000 行"),
    "merged": ({"after": '<mergeCells><mergeCell ref="A2:A1000000"/></mergeCells>'}, "合并"),
    "links": ({"after": '<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'}, "链接"),
    "a long string": ({"strings": f"<si><t>{'a' * 1_000_000}</t></si>"}, "32767"),
    "a string of many runs": ({"strings": f"<si>{'<r><t>abcdefgh</t></r>' * 5_000}</si>"}, "32767"),
    "a long cell": ({"rows": ROW.replace("家", "家" * 33_000)}, "32767"),
    "entities": ({"head": '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'}, "实体"),
    "another encoding": ({"head": '<?xml version="1.0" encoding="gb2312"?>'}, "UTF-8"),
    "one string everywhere": (
        {
            "strings": f"<si>{LONG}</si>",
            "rows": _many(1_000, lambda n: f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>'),
        },
        "文字超过",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_workbook_that_says_more_than_it_weighs_is_refused_at_once(tmp_path: Path, name: str) -> None:
    parts, word = BOMBS[name]
    path = bomb(tmp_path / "a.xlsx", **parts)
    started = time.process_time()
    found = only(path)
    assert time.process_time() - started < 2
    assert word in found.message


def test_the_same_parts_in_moderation_are_read(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.xlsx", strings="<si><t>a</t></si>" * 1_000)
    assert list(load_ledger(path, today=TODAY).frame["value"]) == [139]


def test_strings_beyond_the_limit_take_little_memory(tmp_path: Path) -> None:
    data = bomb(tmp_path / "a.xlsx", strings="<si><t>a</t></si>" * 600_000).read_bytes()
    assert _peak(data) < 50_000_000


def test_a_size_that_lies_does_not_unpack_more(tmp_path: Path) -> None:
    data = bytearray(bomb(tmp_path / "a.xlsx", strings=f"<si><t>{'a' * 50_000_000}</t></si>").read_bytes())
    entry = data.rindex(b"xl/sharedStrings.xml")  # in the directory at the end
    data[entry - 22 : entry - 18] = (100).to_bytes(4, "little")
    assert _peak(bytes(data)) < 10_000_000


def _peak(data: bytes) -> int:
    """Memory that a refusal takes."""
    tracemalloc.start()
    with pytest.raises(Refused):
        measured(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_damaged_archive_is_refused_in_words(tmp_path: Path) -> None:
    whole = bomb(tmp_path / "a.xlsx").read_bytes()
    entry = whole.index(b"PK\x01\x02")
    body = whole.index(b"xl/worksheets/sheet1.xml") + 60
    for place, value in ((entry + 6, 98), (entry + 10, 12), (entry + 8, 1), (body, whole[body] ^ 255)):
        data = bytearray(whole)
        data[place] = value
        (tmp_path / "b.xlsx").write_bytes(data)
        assert "Excel" in only(tmp_path / "b.xlsx").cure
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as archive, pytest.warns(UserWarning):
        archive.writestr("xl/styles.xml", "<styleSheet/>")
    assert "两次" in only(tmp_path / "a.xlsx").message


# --- Parquet -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "values", "word"),
    [
        ("value", [float("inf")], "不是数字"),
        ("value", [float("nan")], "不能为空"),
        ("value", [[1, 2]], "类型"),
        ("source", [{"a": 1}], "类型"),
        ("source", [b"\xff\xfe"], "类型"),
        ("published", [datetime(2026, 2, 1, 20, tzinfo=UTC)], "时区"),
        ("source", ["长" * 200_000], "32767"),
    ],
)
def test_a_parquet_column_without_plain_cells_is_refused(
    tmp_path: Path, column: str, values: list[Any], word: str
) -> None:
    row = {"indicator": [7], "period": ["2025"], "value": [139], "unit": ["家"], column: values}
    pd.DataFrame(row).to_parquet(tmp_path / "a.parquet")
    found = only(tmp_path / "a.parquet")
    assert found.column == column
    assert word in found.message


def test_short_floats_and_decimals_are_read_at_their_own_digits(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for kind in (pa.float32(), pa.decimal128(10, 3)):
        value = pa.array([351.4], pa.float64()).cast(kind)
        columns = {"indicator": [9], "period": ["2025"], "value": value, "unit": ["亿元"]}
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        assert list(load_ledger(tmp_path / "a.parquet", today=TODAY).frame["value"]) == [351.4]


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"indicator": [7], "period": ["2025"]}).to_parquet(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for part in range(1, 8):
        (tmp_path / "a.parquet").write_bytes(whole[: len(whole) * part // 8])
        assert "Parquet" in only(tmp_path / "a.parquet").message


# --- what a cell shows besides its number ---------------------------------------------------------


@pytest.mark.parametrize("column", ["D2", "B2"])
@pytest.mark.parametrize("font", [{"vertAlign": "superscript"}, {"vertAlign": "subscript"}, {"strike": True}])
def test_a_footnote_mark_or_a_struck_out_digit_is_no_part_of_a_figure(
    tmp_path: Path, font: dict[str, Any], column: str
) -> None:
    def change(page: Any) -> None:
        page[column] = CellRichText(
            "20", TextBlock(InlineFont(b=True), "2"), TextBlock(InlineFont(**font), "1")
        )

    path = workbook(tmp_path / "a.xlsx", [[7, 2025, "", 139, "家"]], change=change)
    assert (only(path).cell, "上标" in only(path).message) == (column, True)


def test_a_figure_in_parts_of_other_fonts_is_a_figure(tmp_path: Path) -> None:
    def change(page: Any) -> None:
        page["D2"] = CellRichText("1", TextBlock(InlineFont(b=True), "39"))

    path = workbook(tmp_path / "a.xlsx", [[7, 2025, "", None, "家"]], change=change)
    assert list(load_ledger(path, today=TODAY).frame["value"]) == [139]


def test_a_day_shown_by_its_year_is_that_year(tmp_path: Path) -> None:
    def change(page: Any) -> None:
        page["B2"].number_format = "yyyy"

    path = workbook(tmp_path / "a.xlsx", [[7, date(2024, 6, 30), "", 139, "家"]], change=change)
    assert load_ledger(path, today=TODAY).frame["period_end"].iloc[0].date() == date(2024, 12, 31)


@pytest.mark.parametrize("form", ["d", "dddd", "h:mm", 'm"月"', 'yyyy"Q1"', 'yyyy"年一季度"'])
def test_a_day_shown_as_something_else_is_named(tmp_path: Path, form: str) -> None:
    def change(page: Any) -> None:
        page["B2"].number_format = form

    path = workbook(tmp_path / "a.xlsx", [[7, date(2024, 6, 30), "", 139, "家"]], change=change)
    assert "年份或月份" in only(path).message


@pytest.mark.parametrize("again", [ROW, ROW.replace('"C2"', '"B2"').replace('row r="2"', 'row r="3"')])
def test_a_row_or_a_cell_that_stands_twice_is_refused(tmp_path: Path, again: str) -> None:
    assert "出现两次" in only(bomb(tmp_path / "a.xlsx", rows=ROW + again)).message


def test_what_follows_an_empty_cell_without_an_address_stays_in_its_column(tmp_path: Path) -> None:
    cells = "<c><v>7</v></c><c/><c><v>2025</v></c>"
    found = problems(bomb(tmp_path / "a.xlsx", rows=f'<row>{cells}<c t="str"><v>家</v></c></row>'))
    assert {problem.cell for problem in found} == {"B2"}


# --- a folder --------------------------------------------------------------------------------------


def test_every_file_of_a_folder_is_read_or_named_with_the_cure(tmp_path: Path) -> None:
    good = f"{HEAD}7,2025,146,家,\n"
    for name in ("紫竹.csv", "大写.CSV", "人才局.txt", "区科委.xls", "区经委.et", "闵金投.ods", "无名"):
        csv_file(tmp_path / name, good)
    (tmp_path / "分所").mkdir()
    csv_file(tmp_path / "分所" / "坏.csv", "x")
    for name in (".hidden", "~$区科委.xlsx", "Thumbs.db", "区科委.checked.xlsx"):
        csv_file(tmp_path / name, "")
    reports = {Path(found.path).name: found for found in inspect(str(tmp_path), TODAY)}
    assert {name for name, report in reports.items() if report.ok} == {"紫竹.csv", "大写.CSV"}
    unread = {name: report.problems[0].cure for name, report in reports.items() if not report.ok}
    assert set(unread) == {"人才局.txt", "区科委.xls", "区经委.et", "闵金投.ods", "无名", "分所"}
    assert ".csv" in unread["人才局.txt"]
    assert all(".xlsx" in unread[name] for name in ("区科委.xls", "区经委.et", "闵金投.ods", "无名"))
    assert "zerobay check" in unread["分所"]


def test_a_shared_string_counted_from_the_end_is_refused(tmp_path: Path) -> None:
    header = ("indicator", "period", "value", "unit")
    path = workbook(tmp_path / "a.xlsx", [[7, "2025", "131", "家"]], header=header)
    assert not problems(path)
    part = "xl/worksheets/sheet1.xml"
    cell = '<c r="C2" t="inlineStr"><is><t>131</t></is></c>'
    rewrite(path, part, lambda text: text.replace(cell, '<c r="C2" t="s"><v>-1</v></c>'))
    assert "损坏" in only(path).message
