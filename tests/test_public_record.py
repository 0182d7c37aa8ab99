"""The public record is whole, cited, and nothing in it says more than its source."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.language import CHINESE, editions
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.observations import BASES, OBSERVATION_FIELDS, SOURCE_FIELDS
from zerobay_analysis.plan import PLAN_TABLES, load_plan

COLLECTED = date(2026, 11, 22)


def rows(name: str) -> list[dict[str, str]]:
    with (data_dir() / "public" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


OBSERVATIONS = rows("observations")
SOURCES = {row["source"]: row for row in rows("sources")}


def of(indicator: int) -> list[dict[str, str]]:
    return [row for row in OBSERVATIONS if row["indicator"] == str(indicator)]


@pytest.mark.filterwarnings("error")
def test_it_loads_without_a_warning() -> None:
    ledger = load_ledger("public")
    assert len(ledger.frame) == 170
    assert ledger.notes == ()
    assert not ledger.synthetic


def test_it_holds_170_figures_of_four_kinds_of_comparability() -> None:
    counts = {
        word: sum(row["comparability"] == word for row in OBSERVATIONS)
        for word in ("direct", "other_definition", "other_geography", "context")
    }
    assert counts == {"direct": 6, "other_definition": 11, "other_geography": 19, "context": 134}
    assert len(OBSERVATIONS) == 170
    assert [len(of(i)) for i in range(1, 12)] == [2, 4, 2, 5, 6, 4, 2, 3, 3, 2, 3]
    assert all((row["indicator"] == "") == (row["comparability"] == "context") for row in OBSERVATIONS)


def test_every_figure_leads_to_its_source() -> None:
    assert len(SOURCES) == 82
    assert {row["source"] for row in OBSERVATIONS} == set(SOURCES)
    assert all(source["publisher"] for source in SOURCES.values())


def test_an_inferred_date_is_marked_and_is_the_latest_possible() -> None:
    for source in SOURCES.values():
        stated, day = source["published_as_stated"], date.fromisoformat(source["published"])
        assert day <= COLLECTED
        whole = re.fullmatch(r"\d{4}-\d\d-\d\d", stated) is not None
        assert (source["published_inferred"] == "false") == whole
        if whole:
            assert stated == source["published"]
        elif re.match(r"20\d\d \(|n\.d\. \(20\d\d\)", stated):  # only a year is known
            assert (day.month, day.day) == (12, 31)


def test_secondary_copies_are_marked_and_no_bare_ip_is_an_address() -> None:
    for source in SOURCES.values():
        assert not re.match(r"https?://\d+(\.\d+){3}", source["url"])
        if source["source_class"] in {"mirror", "syndicated"}:
            assert source["copy"] == "二手转载"


def test_a_conflict_names_at_least_two_figures_and_what_conflicts() -> None:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in OBSERVATIONS:
        assert bool(row["conflict"]) == bool(row["conflict_note"])
        if row["conflict"]:
            groups.setdefault(row["conflict"], []).append(row)
    assert all(len(group) > 1 for group in groups.values())
    assert all(len({row["conflict_note"] for row in group}) == 1 for group in groups.values())
    assert {"112", "137"} in [{row["value"] for row in group} for group in groups.values()]
    stock = next(group for group in groups.values() if group[0]["indicator"] == "5")
    assert [row["value"] for row in stock] == ["660", "660", "706", "600", "500"]


def test_roles_follow_the_reading_notes() -> None:
    roles = {i: [row["role"] for row in of(i)] for i in range(1, 12)}
    assert roles == {
        1: ["proxy", "proxy"],
        2: ["proxy", "context", "context", "context"],
        3: ["proxy", "proxy"],
        4: ["outlier", "proxy", "proxy", "proxy", "context"],
        5: ["context"] * 6,
        6: ["own", "context", "context", "context"],
        7: ["doubtful", "doubtful"],
        8: ["proxy", "proxy", "context"],
        9: ["doubtful", "doubtful", "context"],
        10: ["context", "proxy"],
        11: ["proxy"] * 3,
    }
    assert len({row["group"] for row in of(7)}) == 2
    assert {row["group"] for row in of(9) if row["role"] == "doubtful"} == {"基金联盟"}
    assert len({row["group"] for row in of(5) if row["geography"] == "大零号湾"}) == 1
    assert len({row["group"] for row in of(11)}) == 1
    assert all(row["role_reason"] for row in OBSERVATIONS)


def test_a_figure_with_weight_is_of_the_indicators_kind() -> None:
    for row in OBSERVATIONS:
        if row["role"] in {"own", "doubtful", "proxy"}:
            assert row["basis"] in BASES[load_plan().indicator(int(row["indicator"])).kind], row[
                "observation"
            ]


def test_a_target_of_another_plan_is_marked_and_has_no_weight() -> None:
    targets = [row for row in OBSERVATIONS if "目标数" in row["caveat"]]
    assert len(targets) == 3
    for row in targets:
        assert (row["role"], row["indicator"]) == ("context", "")
        assert row["measure"].endswith("目标")


def test_no_figure_of_2025_is_comparable_except_one() -> None:
    direct = [row for row in OBSERVATIONS if row["comparability"] == "direct" and row["period"] >= "2025"]
    assert [(row["indicator"], row["value"], row["period"]) for row in direct] == [("6", "198", "2025-08")]


# --- datapackage.json ------------------------------------------------------------------------


def package() -> dict[str, Any]:
    return dict(json.loads((data_dir() / "datapackage.json").read_text(encoding="utf-8")))


def valid(folder: Path) -> Any:
    from frictionless import Package

    return Package(str(folder / "datapackage.json")).validate()


def test_the_package_and_its_data_are_valid() -> None:
    report = valid(data_dir())
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_the_package_would_notice_a_dangling_source(tmp_path: Path) -> None:
    for name in ("plan", "public", "demo", "outside_view"):
        shutil.copytree(data_dir() / name, tmp_path / name)
    shutil.copy(data_dir() / "datapackage.json", tmp_path)
    path = tmp_path / "public" / "observations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",S01,", ",S99,", 1), encoding="utf-8")
    assert not valid(tmp_path).valid


def test_the_package_describes_every_table_as_the_library_reads_it() -> None:
    fields = {name: spec for name, (spec, _) in PLAN_TABLES.items()}
    fields |= {"observations": OBSERVATION_FIELDS, "sources": SOURCE_FIELDS}
    fields |= {"demo-observations": OBSERVATION_FIELDS, "demo-sources": SOURCE_FIELDS}
    types = {"text": "string"}
    read_as_text = {"outside-view", "outside-view-targets"}
    for resource in package()["resources"]:
        if resource["name"] in read_as_text:
            continue
        name = resource["name"].replace("earlier-", "earlier_")
        known = {spec.name: types.get(spec.kind, spec.kind) for spec in fields.pop(name)}
        with (data_dir() / resource["path"]).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        described = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        assert list(described) == header
        assert described.items() <= known.items()
        assert all(field["description"] for field in resource["schema"]["fields"])
    assert fields == {}


@pytest.mark.parametrize("column", ["caveat", "role_reason", "conflict_note"])
def test_what_is_said_of_a_figure_is_said_in_both_editions(column: str) -> None:
    for told in {row[column] for row in OBSERVATIONS if row[column]} - {"GDP"}:
        zh, en = editions(told)
        assert zh != en, told
        assert not CHINESE.search(en)
        assert set(re.findall(r"[A-Za-z]{3,}", zh)) <= {"GDP", "SHINE", "readhub"}, zh
