"""A workbook as an office makes it is read as its sender sees it, or refused cell by cell."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.workbooks import HEADER, rewrite, with_blank_rows, with_results, workbook
from zerobay_analysis.errors import Problem
from zerobay_analysis.ledger import check_path, load_ledger

TODAY = date(2026, 11, 22)
PUBLISHED = datetime(2026, 10, 12)
SHORT = ("指标", "期间", "数值", "单位")


def row(indicator: Any, period: Any, value: Any, unit: Any, kind: str = "", note: str = "") -> list[Any]:
    return [indicator, period, kind, value, unit, PUBLISHED, note]


def read(path: Path) -> list[dict[str, Any]]:
    frame = load_ledger(path, today=TODAY).frame
    return [{str(name): value for name, value in record.items()} for record in frame.to_dict("records")]


def one(path: Path) -> dict[str, Any]:
    rows = read(path)
    assert len(rows) == 1
    return rows[0]


def problems(path: Path) -> tuple[Problem, ...]:
    report = check_path(path, TODAY)
    assert not report.ok
    assert all(" / " in p.message and " / " in p.cure for p in report.problems)
    return report.problems


def only(path: Path) -> Problem:
    found = problems(path)
    assert len(found) == 1, [str(p) for p in found]
    return found[0]


# --- figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "value", "unit", "expected", "written"),
    [
        (11, "1,890", "人", 1890, ""),
        (11, "１８９０", "人", 1890, ""),
        (11, "1.89千", "人", 1890, "1.89千人"),
        (11, "0.189万", "人", 1890, "0.189万人"),
        (11, "1.89千人", "", 1890, "1.89千人"),
        (11, 0.189, "万人", 1890, "0.189万人"),
        (9, 3515000, "万元", 351.5, "3515000万元"),
        (9, 35150000000, "元", 351.5, "35150000000元"),
        (9, "351.5亿元", None, 351.5, "351.5亿元"),
        (9, "1.2千亿元", None, 1200, "1.2千亿元"),
        (9, 351.49999999999994, "亿元", 351.5, ""),
        (3, 15, "%", 15, ""),
        (3, "15%", "%", 15, "15%"),
        (3, "１５％", "", 15, "１５％"),
        (3, "0.5%", "%", 0.5, "0.5%"),
        (4, "-3.5%", "%", -3.5, "-3.5%"),
        (4, 0, "%", 0, ""),
    ],
)
def test_a_figure_in_words_and_units_of_offices_is_read(
    tmp_path: Path, indicator: int, value: Any, unit: Any, expected: float, written: str
) -> None:
    found = one(workbook(tmp_path / "a.xlsx", [row(indicator, "2025年", value, unit)]))
    assert found["value"] == pytest.approx(expected, rel=1e-12)
    assert found["written"] == written
    assert not any(word in found["unit"] for word in "千万")


@pytest.mark.parametrize("text", ["1.89千,人", "351.5亿元,", "15%,%"])
def test_a_csv_file_is_read_by_the_same_rules(tmp_path: Path, text: str) -> None:
    indicator = {"人": 11, "": 9, "%": 3}[text.rpartition(",")[2]]
    (tmp_path / "a.csv").write_text(f"指标,期间,数值,单位\n{indicator},2025,{text}\n", encoding="gb18030")
    assert one(tmp_path / "a.csv")["value"] in {1890, 351.5, 15}


@pytest.mark.parametrize(
    ("stored", "form", "expected"), [(0.15, "0%", 15), (0.148, "0.0%", 14.8), (0.07, "0.00%", 7)]
)
def test_a_cell_shown_as_a_percentage_is_read_as_it_is_shown(
    tmp_path: Path, stored: float, form: str, expected: float
) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"].number_format = form

    found = one(workbook(tmp_path / "a.xlsx", [row(3, "2025年", stored, "%")], change=change))
    assert found["value"] == expected


@pytest.mark.parametrize(
    ("indicator", "value", "unit", "word"),
    [
        (3, 0.15, "%", "15%"),
        (4, -0.5, "%", "-50%"),
        (7, "15%", "家", "百分数"),
        (9, "351.5亿", "亿元", "千、万或亿"),
        (7, "约131", "家", "不是数字"),
        (7, "131家", "家", "不是数字"),
        (7, "—", "家", "不是数字"),
        (7, "1 31", "家", "不是数字"),
        (7, 131.5, "家", "整数"),
    ],
)
def test_a_figure_with_two_readings_or_none_is_refused_with_its_cell(
    tmp_path: Path, indicator: int, value: Any, unit: str, word: str
) -> None:
    found = only(workbook(tmp_path / "a.xlsx", [row(indicator, "2025年", value, unit)], sheet="区科委"))
    assert (found.sheet, found.cell, found.row) == ("区科委", "D2", 2)
    assert word in found.message


@pytest.mark.parametrize(
    ("form", "refused"), [("0!.0,", True), ("#,##0.0,", True), ("#,##0", False), ('0"家"', False)]
)
def test_a_format_that_shows_a_number_scaled_down_is_refused(
    tmp_path: Path, form: str, refused: bool
) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"].number_format = form

    path = workbook(tmp_path / "a.xlsx", [row(7, "2025年末", 131, "家")], change=change)
    if refused:
        assert only(path).cell == "D2"
    else:
        assert one(path)["value"] == 131


# --- periods and dates --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2026年三季度", "2026-09-30"),
        ("2026-09", "2026-09-30"),
        ("2026年1-9月", "2026-09-30"),
        ("2026年1—9月", "2026-09-30"),
        ("2026年1月至9月", "2026-09-30"),
        ("2026年前三季度", "2026-09-30"),
        ("2026年上半年", "2026-06-30"),
        ("截至2026年6月底", "2026-06-30"),
        ("2026年9月30日", "2026-09-30"),
        ("2026.10", "2026-10-31"),
        (2025, "2025-12-31"),
        (2025.0, "2025-12-31"),
    ],
)
def test_a_period_in_chinese_is_read(tmp_path: Path, period: Any, end: str) -> None:
    found = one(
        workbook(
            tmp_path / "a.xlsx", [row(3, period, 15, "%", "" if period in (2025, 2025.0) else "本年累计")]
        )
    )
    assert found["period_end"].date() == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("form", "end"),
    [
        ("yyyy-mm", "2026-09-30"),
        ("mmm-yy", "2026-09-30"),
        ('yyyy"年"m"月"', "2026-09-30"),
        ("yyyy-mm-dd", "2026-09-01"),
    ],
)
def test_a_month_that_excel_made_a_date_of_is_the_month_again(tmp_path: Path, form: str, end: str) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].number_format = form

    path = workbook(tmp_path / "a.xlsx", [row(7, datetime(2026, 9, 1), 137, "家")], change=change)
    assert one(path)["period_end"].date() == date.fromisoformat(end)


@pytest.mark.parametrize(("code", "end"), [(57, "2026-09-30"), (27, "2026-09-30"), (31, "2026-09-01")])
def test_a_date_in_a_format_of_the_chinese_excel_is_a_date(tmp_path: Path, code: int, end: str) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].number_format = '"made-up"yyyy'

    path = workbook(tmp_path / "a.xlsx", [row(7, 46266, 137, "家")], change=change)
    styles = "xl/styles.xml"
    rewrite(path, styles, lambda t: t.replace('numFmtId="165"', f'numFmtId="{code}"'))
    found = rewrite(path, styles, lambda t: t.replace(f'<numFmt numFmtId="{code}"', '<numFmt numFmtId="165"'))
    assert one(found)["period_end"].date() == date.fromisoformat(end)


@pytest.mark.parametrize("period", [2026.1, 2026.5, "2026.1", "去年", "26年9月", 46266])
def test_a_period_with_two_readings_or_none_is_refused(tmp_path: Path, period: Any) -> None:
    found = only(workbook(tmp_path / "a.xlsx", [row(7, period, 137, "家")]))
    assert (found.cell, found.column) == ("B2", "period")


# --- merged, hidden, calculated ---------------------------------------------------------------------


def test_a_merged_cell_stands_for_every_row_it_covers(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.merge_cells("A2:A4")
        sheet.merge_cells("E2:E4")

    rows = [row(7, "2023年末", 112, "家"), row(None, "2024年末", 131, None), row(None, "2025年末", 139, None)]
    found = read(workbook(tmp_path / "a.xlsx", rows, change=change))
    assert [(r["indicator"], r["value"], r["unit"]) for r in found] == [
        (7, 112, "家"),
        (7, 131, "家"),
        (7, 139, "家"),
    ]


@pytest.mark.parametrize(("area", "cell"), [("D2:D3", "D2"), ("A2:B2", "A2")])
def test_a_merged_cell_that_says_too_much_is_refused(tmp_path: Path, area: str, cell: str) -> None:
    rows = [row(7, "2024年末", 131, "家"), row(7, "2025年末", 139, "家")]
    found = problems(workbook(tmp_path / "a.xlsx", rows, change=lambda sheet: sheet.merge_cells(area)))
    assert cell in {p.cell for p in found}
    assert any("合并" in p.message for p in found)


def test_a_formula_counts_with_the_result_that_was_saved(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [row(7, "2025年末", "=100+39", "家")])
    assert one(with_results(path, {"D2": "139"}))["value"] == 139


def test_a_formula_without_a_result_is_refused(tmp_path: Path) -> None:
    found = only(workbook(tmp_path / "a.xlsx", [row(7, "2025年末", "=100+39", "家")]))
    assert (found.cell, found.value) == ("D2", "=100+39")
    assert "粘贴为数值" in found.cure


def test_an_error_value_is_refused(tmp_path: Path) -> None:
    assert only(workbook(tmp_path / "a.xlsx", [row(7, "2025年末", "#DIV/0!", "家")])).cell == "D2"


def test_hidden_rows_columns_and_sheets_are_read_and_said_so(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["G"].hidden = True
        other = sheet.parent.create_sheet("区人才局")
        other.append(HEADER)
        other.append(row(11, "2025年末", 1800, "人"))
        other.sheet_state = "hidden"

    path = workbook(
        tmp_path / "a.xlsx", [row(1, "2024年末", 60, "个"), row(1, "2025年末", 64, "个")], change=change
    )
    assert [r["value"] for r in read(path)] == [60, 64, 1800]
    notes = "\n".join(check_path(path, TODAY).notes)
    assert "隐藏的第 3 行" in notes
    assert "隐藏的 G 列" in notes
    assert "区人才局: 隐藏的工作表" in notes


def test_comments_on_cells_are_named_and_kept_with_their_figure(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"].comment = Comment("张三:\n含分公司\n待审计", "张三")
        sheet["C3"].comment = Comment("[Threaded comment]\n\nOld Excel.\n\nComment:\n    未统计", "x")
        sheet["E2"].comment = Comment("不是整数 → 改", "zerobay")  # of a marked copy that was sent back

    rows = [row(1, "2024年末", 60, "个", note="年报"), row(1, "2025年末", None, "个", note="尚未统计")]
    path = workbook(tmp_path / "a.xlsx", rows, change=change)
    assert one(path)["caveat"] == "年报；批注：含分公司 待审计"
    notes = "\n".join(check_path(path, TODAY).notes)
    assert "D2 的批注“含分公司 待审计”" in notes
    assert "C3 的批注“未统计”" in notes
    assert "E2" not in notes
    assert "区科委!G3: 有说明、没有数，未入账：尚未统计；批注：未统计" in notes


def test_comments_on_a_sheet_without_a_column_for_remarks_are_named_as_not_kept(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].comment = Comment("含分公司", "张三")

    path = workbook(tmp_path / "a.xlsx", [[1, "2024年末", 60, "个"]], header=SHORT, change=change)
    assert one(path)["caveat"] == ""
    assert any("没有“说明”列，未记入" in note for note in check_path(path, TODAY).notes)


# --- sheets -------------------------------------------------------------------------------------------


def test_the_sheet_says_who_reports_and_where_a_figure_stood(tmp_path: Path) -> None:
    found = one(workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], sheet="区科委2026年"))
    assert (found["reporter"], found["place"]) == ("区科委", "区科委2026年!D2")


def test_a_title_above_and_footnotes_below_the_table_are_not_rows(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.insert_rows(1, 3)
        sheet["A1"] = "2026年指标填报表"
        sheet.merge_cells("A1:G1")
        sheet["A8"] = "注：本表数据为快报"
        sheet["A9"] = "填表人：张三"

    path = workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], change=change)
    assert one(path)["place"] == "区科委!D5"
    assert any("快报" in note for note in check_path(path, TODAY).notes)


def test_empty_and_explaining_sheets_are_passed_over(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.parent.create_sheet("Sheet3")
        sheet.parent.create_sheet("说明")["A1"] = "随便写写"

    path = workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], change=change)
    assert one(path)["value"] == 64
    assert any("空工作表" in note for note in check_path(path, TODAY).notes)


def test_a_sheet_with_content_but_no_table_is_refused(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [row(1, "2025年末", 64, "个")],
        change=lambda sheet: sheet.parent.create_sheet("杂项").append(["指标一", "六十四"]),
    )
    found = only(path)
    assert found.sheet == "杂项"
    assert "表头" in found.message


def test_a_misspelt_sheet_name_is_refused_with_the_right_one(tmp_path: Path) -> None:
    found = only(workbook(tmp_path / "a.xlsx", [row(11, "2025年末", 1800, "人")], sheet="区人材局"))
    assert "区人才局" in found.cure


@pytest.mark.parametrize("missing", ["指标序号", "期间", "数值", "单位"])
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    header = [name if name != missing else "备注1" for name in HEADER]
    found = problems(workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], header=header))
    assert any("缺少这一列" in p.message and p.sheet == "区科委" for p in found)


def test_a_figure_beside_the_table_is_not_dropped_in_silence(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["J2"] = 99

    assert only(workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], change=change)).cell == "J2"


def test_the_same_figure_on_two_sheets_is_named_with_both(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        other = sheet.parent.create_sheet("区科委 (2)")
        other.append(HEADER)
        other.append(row(1, "2025年", 65, "个"))

    found = only(workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], change=change))
    assert (found.sheet, found.row) == ("区科委 (2)", 2)
    assert "区科委 第2行" in found.message


def test_a_name_that_belongs_to_another_number_is_refused(tmp_path: Path) -> None:
    header = ("指标序号", "指标名称", "期间", "数值", "单位")
    rows = [[1, "累计集聚基金规模", "2025年末", 64, "个"], [None, "市级及以上创新平台", "2024年末", 60, "个"]]
    found = only(workbook(tmp_path / "a.xlsx", rows, header=header))
    assert (found.cell, found.row) == ("B2", 2)


def test_all_problems_of_all_sheets_come_in_one_list(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        other = sheet.parent.create_sheet("区人才局")
        other.append(HEADER)
        other.append(row(11, "2025年末", "很多", "人"))
        other.append(row(12, "2025年末", 5, "人"))

    rows = [row(1, "2025年末", "=1+1", "个"), row(3, "2025年", 0.15, "%"), row(1, "2031年", 64, "个")]
    found = problems(workbook(tmp_path / "a.xlsx", rows, change=change))
    assert {(p.sheet, p.cell) for p in found} == {
        ("区科委", "D2"),
        ("区科委", "D3"),
        ("区科委", "B4"),
        ("区科委", "F4"),  # published before 2031 began
        ("区人才局", "D2"),
        ("区人才局", "A3"),
    }


# --- size and damage --------------------------------------------------------------------------------


def test_a_million_blank_rows_are_passed_over(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [row(1, "2024年末", 60, "个"), row(1, "2025年末", 64, "个")])
    assert [r["value"] for r in read(with_blank_rows(path, 1_000_000))] == [60, 64]


def test_a_stray_cell_in_the_last_row_is_found_not_walked_to(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["XFD1048576"] = "?"

    found = only(workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")], change=change))
    assert found.cell == "XFD1048576"


def test_formulas_dragged_to_the_bottom_are_refused_in_one_sentence(tmp_path: Path) -> None:
    rows = [
        row(1, "2025年末", 64, "个"),
        *([None, None, None, '=""', None, None, None] for _ in range(20_001)),
    ]
    found = only(workbook(tmp_path / "a.xlsx", rows))
    assert "20000" in found.message
    assert "公式" in found.cure


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "空"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "密码"),
        (b"PK\x03\x04 and then nothing", "损坏"),
        (b"indicator,period\n", "不是 Excel"),
        (b"\x89PNG", "不是 Excel"),
    ],
)
def test_what_is_no_workbook_is_refused_in_one_sentence(tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    assert word in only(tmp_path / "a.xlsx").message


def test_a_workbook_cut_anywhere_causes_no_traceback(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx", [row(1, "2025年末", 64, "个")]).read_bytes()
    for part in range(1, 12):
        (tmp_path / "a.xlsx").write_bytes(whole[: len(whole) * part // 12])
        assert problems(tmp_path / "a.xlsx")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_workbook_with_broken_parts_causes_no_traceback(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")])
    assert problems(rewrite(path, part, lambda text: text[: len(text) // 2]))


# --- other kinds of file ------------------------------------------------------------------------------


def test_a_parquet_file_is_read_by_the_same_rules(tmp_path: Path) -> None:
    import pandas as pd

    path = tmp_path / "a.parquet"
    frame = pd.DataFrame(
        {
            "indicator": [7, 9, 3],
            "period": ["2025", "2026-09", "2025"],
            "value": [139.0, 0.1 + 351.4, 14.8],
            "unit": pd.Categorical(["家", "亿元", "%"]),
            "published": [date(2026, 2, 1), date(2026, 10, 9), None],
        }
    )
    frame.to_parquet(path)
    found = read(path)
    assert [r["value"] for r in found] == [139, 351.5, 14.8]
    assert [r["published"].date() for r in found] == [date(2026, 2, 1), date(2026, 10, 9), TODAY]


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else")
    assert "Parquet" in only(tmp_path / "a.parquet").message


def test_a_file_made_by_libreoffice_is_read_like_one_made_by_excel() -> None:
    found = read(Path(__file__).parent / "data" / "libreoffice.xlsx")
    assert [(r["indicator"], r["value"], str(r["period_end"].date())) for r in found] == [
        (1, 64, "2025-12-31"),
        (3, 14.8, "2025-12-31"),
        (3, 15, "2026-09-30"),
        (5, 139, "2025-12-31"),
    ]


def test_opening_a_workbook_does_not_change_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [row(1, "2025年末", 64, "个")])
    before = path.read_bytes()
    check_path(path, TODAY)
    assert path.read_bytes() == before
    assert openpyxl.load_workbook(path).sheetnames == ["区科委"]
