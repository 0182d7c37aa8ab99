"""A schedule's command runs as a scheduler runs it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NotebookMaker
from tests.small_report import PARAMETERS
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.suite.manifest import read_runs
from zerobay_analysis.suite.unattended import (
    CADENCES,
    cron_line,
    make_schedule,
    schedule_text,
    systemd_units,
    windows_command,
)

ROOT = Path(__file__).parent.parent


def as_cron(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of a crontab line as cron does: bare environment, other folder, no terminal."""
    command = line.split(" ", 5)[5].replace("\\%", "%")
    bare = {"HOME": str(folder), "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env=bare,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
    )


@pytest.fixture
def line(make_notebook: NotebookMaker, tmp_path: Path) -> str:
    """A crontab line whose report consists of one small notebook, in a folder with an awkward name."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    make_notebook("a", PARAMETERS).replace(folder / "a.ipynb")
    plan = make_schedule("monthly", "public", "zh", "reference_class", tmp_path / "输出 100% out")
    small = (
        "export ZEROBAY_PRELOAD=ipykernel.ipkernel\n"
        f"cd {shlex.quote(str(ROOT))} && {{python}} -m tests.small_report {shlex.quote(str(folder))}"
    )
    runner = tmp_path / "runner"
    runner.write_text(f'#!/bin/sh\nshift 3\n{small.format(python=sys.executable)} "$@"\n', encoding="utf-8")
    runner.chmod(0o755)
    return cron_line(plan).replace(shlex.quote(sys.executable), shlex.quote(str(runner)))


needs_cron = pytest.mark.skipif(shutil.which("flock") is None, reason="the cron line uses flock")


@needs_cron
def test_the_cron_line_runs_as_cron_runs_it(line: str, tmp_path: Path) -> None:
    done = as_cron(line, tmp_path)
    out = tmp_path / "输出 100% out"
    log = (out / "scheduled.log").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), log
    assert [run.status for run in read_runs(out)] == ["COMPLETED"]
    assert (out / "latest" / "index.html").is_file()
    assert "[1/" in log, "plain lines, as there is no terminal"


@needs_cron
def test_a_failed_scheduled_run_has_a_status_and_a_second_one_does_not_begin(
    line: str, tmp_path: Path, make_notebook: NotebookMaker
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="the cron line uses flock")
    make_notebook("b", PARAMETERS, "1 / 0").replace(tmp_path / "notebooks" / "b.ipynb")
    out = tmp_path / "输出 100% out"
    out.mkdir()
    with (out / "scheduled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert as_cron(line, tmp_path).returncode == 1
    assert read_runs(out) == []
    assert as_cron(line, tmp_path).returncode == 1
    assert [run.status for run in read_runs(out)] == ["FAILED"]
    assert "ZeroDivisionError" in (out / "scheduled.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("cadence", CADENCES)
def test_every_scheduler_gets_absolute_paths(cadence: str, tmp_path: Path) -> None:
    plan = make_schedule(cadence, "demo", "en", "reference_class", tmp_path / "o")
    for text in (cron_line(plan), windows_command(plan), systemd_units(plan)["zerobay-report.service"]):
        assert sys.executable in text
        assert str((tmp_path / "o").resolve()) in text
    assert len(CADENCES[cadence].cron.split()) == 5
    assert CADENCES[cadence].calendar in schedule_text(plan)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("cadence", CADENCES)
def test_systemd_accepts_the_units(cadence: str, tmp_path: Path) -> None:
    calendar = CADENCES[cadence].calendar
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)
    plan = make_schedule(cadence, "demo", "en", "reference_class", tmp_path / "o")
    for name, text in systemd_units(plan).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / name) for name in systemd_units(plan)]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_wrong_schedule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="half-yearly"):
        make_schedule("weekly", "demo", "zh", "reference_class", tmp_path)
    with pytest.raises(ParameterError, match="absent"):
        make_schedule("monthly", str(tmp_path / "absent.csv"), "zh", "reference_class", tmp_path)
    with pytest.raises(ParameterError, match="line break"):
        make_schedule("monthly", "demo", "zh", "a\nb", tmp_path)
