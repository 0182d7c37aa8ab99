"""A ledger written by an earlier version is read, and gets the columns it lacks at the next import."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import zerobay_analysis
from tests.stores import new_schema
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.ledger.store import Batch, open_store

WRITTEN = Path(__file__).parent / "data" / "ledger_2026_11"
"""The same two imports in a folder, an SQLite file and a PostgreSQL dump, by the version of that month."""

KINDS = ("folder", "sqlite", "postgres")

NEXT_VERSION = """
import sys
from zerobay_analysis.cli import main
from zerobay_analysis.ledger.store import open_store

_, written, sent = sys.argv
for arguments in (["check", written], ["import", sent, "--data", written, "--yes"], ["check", written]):
    sys.argv = ["zerobay", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
print(open_store(written).read()[-1].rows[0]["checked_by"])
"""
"""What a process of the next version does, in one start of Python."""


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the package as it would be with a column more in each list."""
    folder = tmp_path_factory.mktemp("next")
    package = Path(zerobay_analysis.__file__).parent
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data").symlink_to(data_dir())
    with (folder / package.name / "ledger" / "columns.toml").open("a", encoding="utf-8") as columns:
        columns.write("\n[observation.checked_by]\n\n[import.approved_by]\nrequired = true\n")
    return folder


@pytest.fixture(params=KINDS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a copy of the old ledger."""
    if request.param == "folder":
        shutil.copytree(WRITTEN / "folder", tmp_path / "ledger")
        return str(tmp_path / "ledger")
    if request.param == "sqlite":
        shutil.copy(WRITTEN / "ledger.db", tmp_path)
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    address = new_schema(request.getfixturevalue("postgres_socket"))
    execute(address, (WRITTEN / "postgres.sql").read_text(encoding="utf-8"))
    return address


def execute(address: str, statements: str) -> None:
    """Run SQL at a database."""
    if address.startswith("sqlite"):
        with sqlite3.connect(address.removeprefix("sqlite:///")) as connection:
            connection.executescript(statements)
        connection.close()
        return
    import psycopg

    host, schema = re.findall(r"host=([^&]+)&options=-csearch_path%3D(\w+)", address)[0]
    options = f"-c search_path={schema}"
    with psycopg.connect(host=host, user="zerobay", dbname="postgres", options=options) as connection:
        connection.execute(statements.encode())


def said(batches: tuple[Batch, ...]) -> list[object]:
    """What imports say, without the columns that are empty."""
    return [(b.header, [{n: c for n, c in row.items() if c} for row in b.rows]) for b in batches]


def test_it_is_read_whole(written: str) -> None:
    ledger = load_ledger(written)
    assert list(ledger.frame["indicator"]) == [7, 7, 9, 7, 9]
    assert list(ledger.frame["value"])[:4] == [131, 139, 86.5, 141]
    assert list(ledger.frame["status"]) == ["valid", "valid", "valid", "valid", "withdrawn"]
    assert ledger.frame["caveat"].iloc[0] == '含逗号,引号"和说明'
    assert [batch.operator for batch in open_store(written).read()] == ["张三", "李四"]


def test_the_next_version_adds_its_columns_and_loses_nothing(
    written: str, next_version: Path, tmp_path: Path
) -> None:
    sent = tmp_path / "sent.csv"
    sent.write_text(
        "indicator,period,value,unit,reporter,checked_by\n7,2023,120,家,大零号湾集团,王五\n", encoding="utf-8"
    )
    before = said(open_store(written).read())
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(next_version)}
    done = subprocess.run(
        [sys.executable, "-c", NEXT_VERSION, written, str(sent)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        cwd=next_version,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("王五")
    if written.startswith(("sqlite", "postgresql")):  # a file of the next version is for that version
        return
    assert said(open_store(written).read()[:2]) == before


@pytest.mark.parametrize("written", ["sqlite", "postgres"], indirect=True)
def test_a_column_that_is_missing_today_is_added_at_the_next_import(written: str) -> None:
    execute(written, "ALTER TABLE zerobay_observations DROP COLUMN role_reason")
    before = said(open_store(written).read())
    assert len(load_ledger(written).frame) == 5
    row = {**open_store(written).read()[0].rows[0], "period": "2023", "role_reason": "说明"}
    row.update(period_end="2023-12-31")
    open_store(written).append(Batch(3, "2026-12-01T09:30:00+08:00", "王五", "", "f", "ab" * 32, (row,)))
    found = open_store(written).read()
    assert said(found[:2]) == before
    assert found[2].rows[0]["role_reason"] == "说明"
    with pytest.raises(Exception, match="append-only"):
        execute(written, "UPDATE zerobay_observations SET role_reason = ''")


@pytest.mark.parametrize("written", ["sqlite", "postgres"], indirect=True)
def test_two_imports_at_once_add_a_column_once(written: str) -> None:
    execute(written, "ALTER TABLE zerobay_observations DROP COLUMN role_reason")
    code = (
        "import sys\nfrom zerobay_analysis.ledger.store import Batch, open_store\n"
        "from zerobay_analysis.errors import StoreMoved\n"
        "store = open_store(sys.argv[1])\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "try:\n    store.append(Batch(3, 't', '', '', 'f', '0' * 64, ({'role_reason': 'x'},)))\n"
        "except StoreMoved:\n    print('moved')\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    racers = [
        subprocess.Popen([sys.executable, "-c", code, written], text=True, encoding="utf-8", **pipes)
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    ends = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0], ends
    assert sorted(out for out, _ in ends) == ["", "moved\n"]
    assert open_store(written).read()[2].rows[0]["role_reason"] == "x"
