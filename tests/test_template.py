"""The form says what to fill in, and whoever does as it says has a file without problems."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.tables import column_names, word
from zerobay_analysis.ledger import check_path, load_ledger
from zerobay_analysis.ledger.imports import apply_import, plan_import
from zerobay_analysis.ledger.observations import FORM_COLUMNS as COLUMNS
from zerobay_analysis.ledger.observations import OBSERVATION_FIELDS
from zerobay_analysis.ledger.template import GUIDE, HEADER_ROW, write_template
from zerobay_analysis.plan import load_plan

PLAN = load_plan()
TODAY = date(2026, 11, 22)
VALUES = {1: 60, 2: 8000, 3: 14.8, 4: 6.9, 5: 98, 6: 290, 7: 130, 8: 14, 9: 351.5, 10: 300, 11: 1800}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(tmp_path_factory.mktemp("form") / "template.xlsx", PLAN, 2026)


def fill(path: Path, target: Path, last: str = "2026年1-9月") -> dict[tuple[str, int, str], float]:
    """Fill in every period that is over, as a unit would; return what was written."""
    book = openpyxl.load_workbook(path)
    written: dict[tuple[str, int, str], float] = {}
    for unit in PLAN.units:
        for row in book[unit].iter_rows(min_row=HEADER_ROW + 1):
            number, _, period, _, value, *_ = row
            if number.value not in VALUES or period.value in {"2026年末", "2026年"}:
                continue
            value.value = VALUES[number.value]
            row[10].value = datetime(2026, 10, 15)
            written[unit, number.value, period.value] = value.value
    book.save(target)
    return written


def test_each_unit_has_a_sheet_with_only_its_own_indicators(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    assert book.sheetnames == [GUIDE, *PLAN.units, "牵头单位"]
    for unit in PLAN.units:
        numbers = {row[0] for row in book[unit].iter_rows(min_row=HEADER_ROW + 1, values_only=True)} - {None}
        items = {item.id for item in PLAN.items.values() if unit in item.owners and item.counted}
        assert numbers == {i.id for i in PLAN.indicators if unit in i.owners} | items


def test_an_indicator_has_a_row_for_every_period(form: Path) -> None:
    rows = [
        row[2:4]
        for row in openpyxl.load_workbook(form)["区科委"].iter_rows(min_row=HEADER_ROW + 1, values_only=True)
        if row[0] == 5
    ]
    years = [(f"{year}年", "全年") for year in range(2021, 2026)]
    quarters = [(f"2026年1-{month}月", "本年累计") for month in (3, 6, 9)]
    assert rows == [*years, *quarters, ("2026年", "全年")]


def test_every_column_is_one_that_the_ledger_knows() -> None:
    assert {word(column.heading) for column in COLUMNS} <= set(column_names(OBSERVATION_FIELDS))


def test_unit_period_type_qualifier_and_status_are_chosen_from_lists(form: Path) -> None:
    sheet = openpyxl.load_workbook(form)["大零号湾集团"]
    lists = {str(rule.sqref)[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists["D"] == '"全年,时点,本年累计,当期"'
    assert lists["F"] == '"%,家,次,个,项,进展"'
    assert lists["E"] == '"未启动,推进中,受阻,已完成"'
    assert "约" in lists["I"]
    assert lists["J"] == '"有效,撤回"'
    assert all(len(rule) <= 257 for rule in lists.values())
    figures = [r for r in sheet.data_validations.dataValidation if r.type in {"whole", "decimal"}]
    assert len(figures) == 3 + 6, "indicators and counted commitments"
    assert all("没有的数留空" in rule.prompt for rule in figures)


def test_what_is_given_is_protected_and_what_is_asked_for_is_not(form: Path) -> None:
    sheet = openpyxl.load_workbook(form)["区科委"]
    assert sheet.protection.sheet
    assert all(cell.protection.locked for cell in sheet[HEADER_ROW])
    first = sheet[HEADER_ROW + 1]
    assert [cell.protection.locked for cell in first[:6]] == [True, True, True, True, False, True]
    assert not any(cell.protection.locked for cell in sheet[sheet.max_row])


def test_the_guide_explains_every_column_and_indicator(form: Path) -> None:
    cells = openpyxl.load_workbook(form)[GUIDE].iter_rows(values_only=True)
    text = "\n".join(str(cell) for row in cells for cell in row if cell is not None)
    assert all(column.heading in text for column in COLUMNS)
    assert all(f"{i.id} {i.name_zh}" in text for i in PLAN.indicators)


def test_the_empty_form_is_refused_as_empty(form: Path) -> None:
    (found,) = check_path(form, TODAY).problems
    assert "没有填任何数" in found.message


def test_a_filled_form_has_no_problem_and_holds_what_was_written(form: Path, tmp_path: Path) -> None:
    written = fill(form, tmp_path / "filled.xlsx")
    assert same(load_ledger(tmp_path / "filled.xlsx", today=TODAY).frame, written)


def same(frame: Any, written: dict[tuple[str, int, str], float]) -> bool:
    rows = frame.to_dict("records")
    found = {(row["reporter"], row["indicator"], row["period"]): row["value"] for row in rows}
    return bool(found == written) and all(row["published"] == datetime(2026, 10, 15) for row in rows)


def test_a_filled_form_can_be_imported_and_revised(form: Path, tmp_path: Path) -> None:
    written = fill(form, tmp_path / "filled.xlsx")
    target = str(tmp_path / "ledger")
    now = datetime(2026, 11, 22, 9, tzinfo=None).astimezone()
    batch = apply_import(plan_import(tmp_path / "filled.xlsx", target, now=now), target)
    assert batch is not None
    assert len(batch.rows) == len(written)
    book = openpyxl.load_workbook(tmp_path / "filled.xlsx")
    book["区人才局"].cell(HEADER_ROW + 5, 5).value = "1.79千"
    book["区人才局"].cell(HEADER_ROW + 4, 10).value = "撤回"
    book.save(tmp_path / "again.xlsx")
    counts = plan_import(tmp_path / "again.xlsx", target, now=now).counts
    assert {str(kind): n for kind, n in counts.items() if n} == {
        "revised": 1,
        "withdrawn": 1,
        "unchanged": len(written) - 2,
    }


def soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("未安装 LibreOffice，跳过 / LibreOffice is not installed")
    return found


def convert(path: Path, kind: str, folder: Path) -> Path:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [
        soffice(),
        profile,
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(folder / "out"),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "out" / f"{path.stem}.{kind}"


def test_libreoffice_opens_the_form_and_saves_it_without_loss(form: Path, tmp_path: Path) -> None:
    written = fill(form, tmp_path / "filled.xlsx")
    saved = convert(tmp_path / "filled.xlsx", "xlsx", tmp_path)
    assert same(load_ledger(saved, today=TODAY).frame, written)
    before, after = openpyxl.load_workbook(form), openpyxl.load_workbook(saved)
    assert after.sheetnames == before.sheetnames
    for unit in PLAN.units:
        rules = {rule.type for rule in after[unit].data_validations.dataValidation}
        assert {"list", "date"} <= rules
        assert after[unit].protection.sheet


@pytest.mark.parametrize(("year", "units"), [(26, ()), (2026, ("区科技委",))])
def test_a_wrong_year_or_unit_is_refused(tmp_path: Path, year: int, units: tuple[str, ...]) -> None:
    with pytest.raises(ParameterError):
        write_template(tmp_path / "a.xlsx", PLAN, year, units)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"mine")
    with pytest.raises(ParameterError, match="已存在"):
        write_template(tmp_path / "a.xlsx", PLAN, 2026, ("区科委",))
    assert (tmp_path / "a.xlsx").read_bytes() == b"mine"
