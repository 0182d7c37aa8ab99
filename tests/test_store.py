"""A ledger's place is only added to, one import at a time, the same in a folder and a database."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zerobay_analysis.errors import DataError, ParameterError, StoreMoved, StoreUnusable
from zerobay_analysis.files.tables import cell_text
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.store import Batch, FolderStore, absolute, open_store

ROW = {
    "indicator": "7",
    "measure": "估值过亿元企业",
    "geography": "大零号湾",
    "period": "2025",
    "period_end": "2025-12-31",
    "period_end_inferred": "false",
    "value": "139.5",
    "unit": "家",
    "status": "valid",
    "comparability": "direct",
    "basis": "stock",
    "role": "own",
    "reporter": "大零号湾集团",
    "published": "2026-02-10",
    "published_inferred": "false",
    "known_from": "2026-02-12",
    "caveat": '含逗号,引号"和\n换行',
    "synthetic": "false",
    "place": "大零号湾集团!E4",
}
KILLS = 10


def batch(number: int, *rows: dict[str, str]) -> Batch:
    return Batch(number, "2026-02-12T09:30:00+08:00", "张三", "", "报表.xlsx", "ab" * 32, rows or (ROW,))


def test_what_was_added_is_read_back_as_it_was(store_address: str) -> None:
    store = open_store(store_address)
    assert not store.exists()
    assert store.read() == ()
    second = batch(2, {**ROW, "value": "0.000123", "published": ""}, {**ROW, "period": "2024"})
    store.append(batch(1))
    store.append(second)
    found = open_store(store_address).read()
    assert [b.number for b in found] == [1, 2]
    assert found[1].header == second.header
    kept = [{name: cell for name, cell in row.items() if cell} for row in found[1].rows]
    assert kept == [{n: c for n, c in row.items() if c} for row in second.rows]


def test_a_number_is_given_once_and_without_a_gap(store_address: str) -> None:
    store = open_store(store_address)
    store.append(batch(1))
    before = store.read()
    for number in (1, 3):
        with pytest.raises(StoreMoved, match="重新运行"):
            store.append(batch(number))
    assert store.read() == before


def test_a_ledger_is_read_from_it_with_who_when_and_from_which_file(store_address: str) -> None:
    open_store(store_address).append(batch(1, {**ROW, "value": "139"}))
    ledger = load_ledger(store_address)
    row = ledger.frame.iloc[0]
    assert (row["value"], row["reporter"], row["import_id"]) == (139, "大零号湾集团", "000001")
    assert (row["place"], row["observation"]) == ("大零号湾集团!E4", "000001-1")
    source = ledger.sources.set_index("source").loc[row["source"]]
    assert source["title"] == "报表.xlsx"
    assert "张三" in source["note"]
    assert "ab" * 32 in source["note"]
    assert ledger.files == (("import 000001: 报表.xlsx", "ab" * 32),)
    assert ledger.as_of(date(2026, 2, 11)).frame.empty
    assert len(ledger.as_of(date(2026, 2, 12)).frame) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=12),
    number=st.decimals(-(10**12), 10**12, places=6).map(float),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_any_cell_comes_back_from_any_place(store_address: str, text: str, number: float, day: date) -> None:
    store = open_store(store_address)
    row = {
        "caveat": cell_text(text),
        "value": cell_text(number),
        "published": cell_text(day),
        "synthetic": "true",
    }
    added = batch(len(store.read()) + 1, row)
    store.append(added)
    kept = store.read()[-1].rows[0]
    assert {name: cell for name, cell in kept.items() if cell} == {n: c for n, c in row.items() if c}


CHILD = """
import sys
from zerobay_analysis.ledger.store import Batch, open_store
store, number = open_store(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
while True:
    rows = tuple({"indicator": "7", "caveat": f"{number}-{n}"} for n in range(200))
    store.append(Batch(number, "2026-02-12T09:30:00+08:00", "", "", "f", "0" * 64, rows))
    print("landed", flush=True)
    number += 1
"""


def test_killed_at_any_point_an_import_is_there_whole_or_not_at_all(store_address: str) -> None:
    random_wait = random.Random(20260618)
    store = open_store(store_address)
    landed = 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", CHILD, store_address, str(landed + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            if kill % 2:  # every other time only after one is in, however slow the machine
                assert child.stdout.readline() == b"landed\n"
            try:
                child.wait(random_wait.uniform(0.02, 0.25))
            except subprocess.TimeoutExpired:
                child.kill()
        assert child.returncode not in (0, 1), "the child must have been killed"
        batches = store.read()
        assert len(batches) >= landed
        for found in batches[landed:]:
            assert [row["caveat"] for row in found.rows] == [f"{found.number}-{n}" for n in range(200)]
        landed = len(batches)
    store.append(batch(landed + 1))
    assert landed > 0


RACER = """
import sys
from zerobay_analysis.errors import StoreMoved
from zerobay_analysis.ledger.store import Batch, open_store
store, name = open_store(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
told = 0
for n in range(15):
    while True:
        number = len(store.read()) + 1
        try:
            store.append(Batch(number, "t", name, "", "f", "0" * 64, ({"caveat": f"{name}-{n}"},) * 3))
            break
        except StoreMoved:
            told += 1
print(told, flush=True)
"""


def test_of_two_processes_at_once_both_land_and_nothing_is_lost(store_address: str) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, store_address, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdin is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        _, errors = racer.communicate(timeout=120)
        assert racer.returncode == 0, errors
    batches = open_store(store_address).read()
    assert [b.number for b in batches] == list(range(1, 31))
    for name in "ab":
        mine = [b.rows[0]["caveat"] for b in batches if b.operator == name]
        assert mine == [f"{name}-{n}" for n in range(15)]


# --- a folder ---------------------------------------------------------------------------------


def test_left_over_files_of_a_killed_import_are_not_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.append(batch(1))
    left = tmp_path / "imports" / ".000002.abc.tmp"
    left.write_text("half a", encoding="utf-8")
    assert len(store.read()) == 1
    store.append(batch(2))
    assert sorted(path.name for path in (tmp_path / "imports").iterdir()) == [
        "000001.csv",
        "000002.csv",
        "FORMAT",
    ]


@pytest.mark.parametrize("days", [-4000, -2, 0, 2, 4000])
def test_no_clock_decides_whether_another_import_still_runs(tmp_path: Path, days: int) -> None:
    store = open_store(tmp_path)
    running = tmp_path / "imports" / ".000003.abc.tmp"
    running.parent.mkdir(parents=True)
    running.write_text("half a", encoding="utf-8")
    then = running.stat().st_mtime + 86400 * days
    os.utime(running, (then, then))
    store.append(batch(1))
    store.append(batch(2))
    assert running.exists()
    store.append(batch(3))
    assert not running.exists()


def test_an_import_whose_file_was_cleared_away_is_told_that_another_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FolderStore._temporary

    def slow(store: FolderStore, name: str, content: bytes) -> Path:
        path = write(store, name, content)
        if name == "000001":
            monkeypatch.undo()
            open_store(tmp_path).append(batch(1, {**ROW, "caveat": "faster"}))
            assert not path.exists()
        return path

    monkeypatch.setattr(FolderStore, "_temporary", slow)
    with pytest.raises(StoreMoved, match="重新运行"):
        open_store(tmp_path).append(batch(1))
    (kept,) = open_store(tmp_path).read()
    assert kept.rows[0]["caveat"] == "faster"


@pytest.mark.parametrize("damage", ["cut", "renumbered", "another figure", "missing"])
def test_a_damaged_or_missing_import_is_named(tmp_path: Path, damage: str) -> None:
    store = open_store(tmp_path)
    for number in (1, 2, 3):
        store.append(batch(number, ROW, {**ROW, "period": "2024", "caveat": ""}))
    path = tmp_path / "imports" / "000002.csv"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    if damage == "cut":
        path.write_text("".join(text.splitlines(keepends=True)[:-1]), encoding="utf-8")
    elif damage == "another figure":
        path.write_text(text.replace("139.5", "149.5", 1), encoding="utf-8")
    elif damage == "renumbered":
        path.write_text(text.replace("000002,", "000003,"), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_ledger(tmp_path)
    assert any("000002" in f"{p.file}{p.message}" and "备份" in p.cure for p in caught.value.problems)


def test_a_base_record_and_imports_make_one_ledger(tmp_path: Path) -> None:
    (tmp_path / "observations.csv").write_text(
        "indicator,period,value,unit,reporter,published\n7,2024,131,家,大零号湾集团,2025-02-01\n",
        encoding="utf-8",
    )
    open_store(tmp_path).append(batch(1, {**ROW, "value": "139"}))
    ledger = load_ledger(tmp_path)
    assert list(ledger.frame["value"]) == [131, 139]
    assert set(ledger.frame["source"]) <= set(ledger.sources["source"])


def test_a_ledger_keeps_the_format_of_its_first_import(tmp_path: Path) -> None:
    open_store(tmp_path, "parquet").append(batch(1))
    open_store(tmp_path).append(batch(2))
    assert sorted(path.name for path in (tmp_path / "imports").iterdir()) == [
        "000001.parquet",
        "000002.parquet",
        "FORMAT",
    ]
    with pytest.raises(ParameterError, match="parquet"):
        open_store(tmp_path, "csv")
    with pytest.raises(ParameterError, match="csv, parquet"):
        open_store(tmp_path / "new", "xlsx")


def test_a_ledger_from_before_formats_were_written_down_is_csv(tmp_path: Path) -> None:
    open_store(tmp_path).append(batch(1))
    (tmp_path / "imports" / "FORMAT").unlink()
    open_store(tmp_path).append(batch(2))
    assert len(open_store(tmp_path).read()) == 2
    with pytest.raises(ParameterError, match="csv"):
        open_store(tmp_path, "parquet")


@pytest.mark.parametrize("damage", ["cut", "another table", "another figure"])
def test_a_damaged_parquet_import_is_named(tmp_path: Path, damage: str) -> None:
    store = open_store(tmp_path, "parquet")
    store.append(batch(1))
    path = tmp_path / "imports" / "000001.parquet"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "another table":
        pd.DataFrame({"value": [1.0]}).to_parquet(path)
    else:
        pd.read_parquet(path).assign(value="149.5").to_parquet(path)
    with pytest.raises(DataError) as caught:
        load_ledger(tmp_path)
    assert any("000001" in f"{p.file}{p.message}" and "备份" in p.cure for p in caught.value.problems)


# --- a database -------------------------------------------------------------------------------


@pytest.mark.parametrize("store_address", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize(
    "statement", ["UPDATE zerobay_observations SET value = 1", "DELETE FROM zerobay_imports"]
)
def test_a_database_refuses_to_change_what_is_there(store_address: str, statement: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from zerobay_analysis.ledger.store.sql import SqlStore

    store = SqlStore(store_address)
    store.append(batch(1))
    with (
        pytest.raises(DBAPIError, match="append-only"),
        store.engine.connect() as connection,
        connection.begin(),
    ):
        connection.execute(text(statement))
    assert len(store.read()) == 1


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("postgresql://me:secret@host/ledger", "PGPASSWORD"),
        ("postgresql://host/ledger?password=secret", "PGPASSWORD"),
        ("mysql://host/ledger", "sqlite:///"),
        ("sqlite://", "ledger.db"),
        ("postgresql://host:port/ledger", "地址"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_way_out(address: str, word: str) -> None:
    with pytest.raises(ParameterError, match=word) as caught:
        open_store(address)
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_answer_or_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "not.db").write_text("no database at all, only some text" * 50, encoding="utf-8")
    with pytest.raises(StoreUnusable, match="核对"):
        open_store(f"sqlite:///{tmp_path / 'not.db'}").read()
    with pytest.raises(StoreUnusable, match="核对"):
        open_store(f"postgresql:///ledger?host={tmp_path}").read()


def test_an_address_means_the_same_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    addresses = {name: absolute(name) for name in ("ledger", "sqlite:///ledger.db", "postgresql:///name")}
    assert addresses["ledger"] == str(tmp_path.resolve() / "ledger")
    assert addresses["postgresql:///name"] == "postgresql:///name"
    open_store("sqlite:///ledger.db").append(batch(1))
    monkeypatch.chdir(tmp_path.parent)
    assert len(open_store(addresses["sqlite:///ledger.db"]).read()) == 1


def test_an_empty_place_is_no_ledger_yet(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_ledger(f"sqlite:///{tmp_path / 'new.db'}")
    assert "import" in caught.value.problems[0].cure
    assert not (tmp_path / "new.db").exists()
