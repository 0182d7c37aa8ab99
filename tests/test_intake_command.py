"""`zerobay template, check, import` as a person types them: what they print and how they end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.workbooks import workbook
from zerobay_analysis.cli import main
from zerobay_analysis.ledger.store import open_store


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str]:
    """Exit status and everything printed."""
    monkeypatch.setattr("sys.argv", ["zerobay", *arguments])
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    captured = capsys.readouterr()
    return status, captured.out + captured.err


@pytest.fixture
def zerobay(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(capsys, monkeypatch, *arguments)


ROWS = [
    [1, f"{year}年末", "时点", value, "个", None, ""]
    for year, value in zip(range(2021, 2026), (52, 55, 58, 61, 64), strict=True)
]


def test_a_good_file_is_counted_indicator_by_indicator_with_its_notes(zerobay: Any) -> None:
    workbook(Path("good.xlsx"), ROWS)
    status, said = zerobay("check", "good.xlsx")
    assert status == 0
    assert "市级及以上创新平台: 5 行" in said
    assert "没有发布日期" in said
    assert not Path("good.checked.xlsx").exists()


def test_a_bad_workbook_is_marked_in_a_copy_and_left_alone_itself(zerobay: Any) -> None:
    path = workbook(
        Path("bad.xlsx"), [*ROWS, [3, "2025年", "全年", 0.15, "%", None, ""], [1, "去年", "", "约67", "个"]]
    )
    before = path.read_bytes()
    status, said = zerobay("check", "bad.xlsx")
    assert status == 1
    assert "区科委!D7" in said
    assert path.read_bytes() == before
    book = openpyxl.load_workbook("bad.checked.xlsx")
    assert book.sheetnames == ["检查结果", "区科委"]
    marked = {c.coordinate for row in book["区科委"].iter_rows() for c in row if c.comment}
    assert marked == {"D7", "B8", "D8"}
    assert "15%" in book["区科委"]["D7"].comment.text
    assert book["区科委"]["D7"].fill.start_color.rgb.endswith("FFC7CE")
    assert book["区科委"]["D7"].value == 0.15
    listed = [row[2] for row in book["检查结果"].iter_rows(min_row=3, values_only=True)]
    assert listed == ["D7", "B8", "D8"]


def test_the_marked_copy_can_be_corrected_and_sent_back(zerobay: Any) -> None:
    workbook(Path("bad.xlsx"), [[1, "2025年末", "时点", "约67", "个", None, ""]])
    zerobay("check", "bad.xlsx")
    book = openpyxl.load_workbook("bad.checked.xlsx")
    book["区科委"]["D2"] = 67
    book.save("again.xlsx")
    assert zerobay("check", "again.xlsx")[0] == 0


def test_a_stale_marked_copy_is_replaced_once_the_file_is_right(zerobay: Any) -> None:
    workbook(Path("a.xlsx"), [[1, "2025年末", "时点", "约67", "个", None, ""]])
    zerobay("check", "a.xlsx")
    workbook(Path("a.xlsx"), ROWS)
    assert zerobay("check", "a.xlsx")[0] == 0
    assert "无问题" in openpyxl.load_workbook("a.checked.xlsx")["检查结果"]["A1"].value


def test_every_file_of_a_folder_is_checked(zerobay: Any) -> None:
    Path("sent").mkdir()
    workbook(Path("sent/good.xlsx"), ROWS)
    workbook(Path("sent/bad.xlsx"), [[1, "去年", "时点", 67, "个", None, ""]])
    Path("sent/~$good.xlsx").write_bytes(b"lock of an open file")
    Path("sent/plain.csv").write_text("指标,期间,数值,单位\n7,2025,x,家\n", encoding="gb18030")
    status, said = zerobay("check", "sent")
    assert status == 1
    assert "good.xlsx: 5 行" in said
    assert "bad.xlsx: 1 处" in said
    assert "plain.csv: 1 处" in said
    assert "~$" not in said
    assert zerobay("check", "sent")[1].count("处问题") == 2  # the marked copy is not checked itself


def test_an_import_is_shown_then_made_and_then_changes_nothing(zerobay: Any) -> None:
    workbook(Path("a.xlsx"), ROWS)
    status, said = zerobay("import", "a.xlsx", "--data", "ledger", "--dry-run")
    assert (status, Path("ledger").exists()) == (0, False)
    assert "新增 new 5" in said
    status, said = zerobay("import", "a.xlsx", "--data", "ledger", "--operator", "张三")
    assert status == 0
    assert "000001" in said
    status, said = zerobay("import", "a.xlsx", "--data", "ledger")
    assert status == 0
    assert "张三" in said
    assert "未写入" in said
    (batch,) = open_store("ledger").read()
    assert (batch.operator, batch.file_name, len(batch.rows)) == ("张三", "a.xlsx", 5)


def test_a_jump_is_not_written_without_being_confirmed(zerobay: Any) -> None:
    workbook(Path("a.xlsx"), ROWS)
    zerobay("import", "a.xlsx")
    workbook(Path("b.xlsx"), [[1, "2026年9月末", "时点", 640, "个", None, ""]])
    status, said = zerobay("import", "b.xlsx")
    assert status == 1
    assert "99%" in said.replace("\n", "")
    assert "--yes" in said
    assert len(open_store("ledger").read()) == 1
    assert zerobay("import", "b.xlsx", "--yes")[0] == 0
    assert len(open_store("ledger").read()) == 2


def test_figures_are_confirmed_cell_by_cell(zerobay: Any) -> None:
    rows = [[6, "2025年末", "时点", 198, "家", None, ""], [6, "2026年9月末", "时点", 640, "家", None, ""]]
    workbook(Path("a.xlsx"), [*ROWS, *rows], sheet="区经委")
    status, said = zerobay("import", "a.xlsx")
    assert status == 1
    assert "--confirm" in said
    assert "数值" in said
    named = re.findall(r"区经委!([A-G]\d+)", said.partition("--confirm ")[2].replace("\n", ""))
    status, said = zerobay("import", "a.xlsx", "--confirm", named[0])
    assert (status, Path("ledger").exists()) == (1, False)
    assert zerobay("import", "a.xlsx", "--confirm", "Z99")[0] == 2
    assert zerobay("import", "a.xlsx", "--confirm", ",".join(named))[0] == 0


def test_a_person_at_a_terminal_is_asked_one_by_one(zerobay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda text: not asked.append(text))
    workbook(Path("a.xlsx"), [[6, "2025年末", "时点", 198, "家", None, ""]], sheet="区经委")
    assert zerobay("import", "a.xlsx")[0] == 0
    assert len(asked) == 1
    assert asked[0].startswith("区经委!D2 数值 198：")


def test_a_bad_file_is_not_imported_and_every_problem_is_shown(zerobay: Any) -> None:
    workbook(Path("bad.xlsx"), [*ROWS, [3, "2025年", "全年", 0.15, "%", None, ""]])
    status, said = zerobay("import", "bad.xlsx")
    assert status == 1
    assert "区科委!D7" in said
    assert not Path("ledger").exists()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("import", "a.xlsx", "--data", "public"), 2),
        (("import", "a.xlsx", "--data", "mysql://host/x"), 2),
        (("import", "nowhere.xlsx"), 1),
        (("check", "nowhere.xlsx"), 1),
        (("template", "--unit", "区科技委"), 2),
        (("import",), 2),
    ],
)
def test_wrong_usage_and_wrong_data_end_differently(
    zerobay: Any, arguments: tuple[str, ...], status: int
) -> None:
    workbook(Path("a.xlsx"), ROWS)
    assert zerobay(*arguments)[0] == status


def test_the_form_is_written_where_it_is_asked_for(zerobay: Any) -> None:
    status, said = zerobay("template", "--unit", "区人才局", "--year", "2026", "--out", "forms/a.xlsx")
    assert status == 0
    assert "forms" in said
    assert openpyxl.load_workbook("forms/a.xlsx").sheetnames == ["填报说明", "区人才局"]


def lists(folder: Path) -> dict[str, int]:
    """Lists that were written, and their rows without the heading."""
    return {p.name: len(p.read_text(encoding="utf-8-sig").splitlines()) - 1 for p in folder.glob("*.txt")}


def test_a_long_list_is_printed_by_its_ends_and_is_whole_in_a_file(zerobay: Any) -> None:
    sent = Path("sent")
    sent.mkdir()
    wrong = "".join(f"7,去年,{n},家,单位{n:03}\n" for n in range(300))
    (sent / "bad.csv").write_text("指标,期间,数值,单位,报送单位\n" + wrong, encoding="utf-8")
    for written in (1, 2):
        status, said = zerobay("check", "sent")
        assert status == 1
        assert "第2行" in said
        assert "第301行" in said
        assert "第150行" not in said
        assert "300 处问题" in said
        assert said.count("\n") < 200
        assert len(lists(sent)) == written, "no list is overwritten or checked itself"
    assert lists(sent) == {"bad.problems.txt": 300, "bad.problems-2.txt": 300}
    assert "第150行" in (sent / "bad.problems.txt").read_text(encoding="utf-8-sig")


def test_a_long_import_is_shown_by_its_ends_too(zerobay: Any) -> None:
    right = "".join(f"7,2025年,{n},家,单位{n:03}\n" for n in range(300))
    Path("good.csv").write_text("指标,期间,数值,单位,报送单位\n" + right, encoding="utf-8")
    status, said = zerobay("import", "good.csv", "--data", "ledger", "--yes")
    assert status == 0
    assert "单位000" in said
    assert "单位150" not in said
    assert "新增 new 300" in said
    assert said.count("\n") < 200
    assert lists(Path())["good.changes.txt"] == 300
    assert "good.changes.txt" in said


def test_letters_with_their_forms_are_written_into_a_new_folder(zerobay: Any) -> None:
    asked = ("template", "--letters", "letters", "--unit", "区科委", "--as-of", "2026-11-22")
    assert zerobay(*asked)[0] == 0
    assert sorted(path.name for path in Path("letters").iterdir()) == ["区科委.docx", "区科委.xlsx"]
    status, said = zerobay(*asked)
    assert status == 2 and "已存在" in said
