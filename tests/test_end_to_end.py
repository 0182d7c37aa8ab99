"""The main job on the real public record, from the command to the files."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli import zerobay
from zerobay_analysis.assessment.outlook import OUTLOOK_COLUMNS


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("outputs")
    done = zerobay("report", "--as-of", "2026-11-22", "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "index.html" in done.stdout
    yield folder


def latest(out: Path) -> Path:
    pointer = out / "latest.txt"
    return out / pointer.read_text("utf-8").strip() if pointer.exists() else (out / "latest").resolve()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_the_promised_folder(out: Path) -> None:
    folder = latest(out)
    for name in ("manifest.json", "outlook.csv", "index.html", "notebooks", "charts"):
        assert (folder / name).exists(), name
    for n in range(1, 12):
        assert list((folder / "notebooks").glob(f"02_trajectory_{n:02d}_*.html")), n
        assert list((folder / "charts").glob(f"fan_{n:02d}_*.svg")), n


def test_the_record_names_every_input_step_and_version(out: Path) -> None:
    record = json.loads((latest(out) / "manifest.json").read_text("utf-8"))
    assert record["status"] == "COMPLETED"
    assert record["parameters"]["seed"]
    assert {step["status"] for step in record["steps"]} == {"COMPLETED"}
    names = {entry["name"] for entry in record["inputs"]}
    assert any(name.endswith("observations.csv") for name in names)
    assert any(name.endswith("targets.csv") for name in names)
    assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in record["inputs"])


def test_outlook_csv_has_every_target_and_probabilities_for_7_and_9(out: Path) -> None:
    table = rows(latest(out) / "outlook.csv")
    assert tuple(table[0]) == OUTLOOK_COLUMNS
    assert len(table) == 33
    for row in table:
        if row["indicator"] in ("7", "9"):
            assert 0 < float(row["p_met"]) < 1
            assert row["grade"] == "C", "figures of doubtful definition"
        if row["grade"] == "D":
            assert row["p_met"] == ""
        assert (row["p_met"] == "") == (row["verdict"] == "none")


def test_the_same_inputs_give_the_same_numbers(out: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    assert zerobay("outlook", "--as-of", "2026-11-22", "--csv", again).returncode == 0
    assert rows(again) == rows(latest(out) / "outlook.csv")


def test_pages_need_no_network_and_link_to_files_that_exist(out: Path) -> None:
    folder = latest(out)
    for page in [folder / "index.html", *(folder / "notebooks").glob("*.html")]:
        html = page.read_text("utf-8")
        assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)="https?://', html), page.name
        for target in re.findall(r'(?:href|src)="([^"#:]+)"', html):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_an_earlier_day_sees_less(tmp_path: Path) -> None:
    path = tmp_path / "early.csv"
    assert zerobay("outlook", "--as-of", "2023-12-31", "--csv", path).returncode == 0
    assert all(row["p_met"] == "" for row in rows(path))
