"""A schedule's command runs as a scheduler runs it, and people are told how it ended."""

from __future__ import annotations

import json
import logging
import shlex
import shutil
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NotebookMaker
from tests.small_report import PARAMETERS
from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.suite import notify as notify_module
from zerobay_analysis.suite.journal import read_runs
from zerobay_analysis.suite.manifest import Manifest, StepRecord
from zerobay_analysis.suite.notify import (
    Mail,
    Recipients,
    Webhook,
    notice_of_run,
    notify,
    read_recipients,
    telling,
)
from zerobay_analysis.suite.schedule import (
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
        "export ZEROBAY_PRELOAD=ipykernel.ipkernel,papermill\n"
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


@contextmanager
def web(
    status: int = 200, answer: bytes = b'{"errcode": 0}', delay: float = 0
) -> Iterator[tuple[str, list[Any]]]:
    """A local web server; yields its address and the (path, body) of what it was sent."""
    taken: list[Any] = []
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, json.loads(body)))
            closing.wait(delay)
            with suppress(OSError):  # a sender without patience has gone
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?key=secret", taken
    finally:
        closing.set()
        server.shutdown()
        server.server_close()


@contextmanager
def post_office() -> Iterator[tuple[int, list[str]]]:
    """A local SMTP server; yields its port and the messages that it took."""
    taken: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 local\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    taken.append(b"".join(lines).decode("utf-8"))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], taken
        server.shutdown()


@pytest.fixture
def ended() -> Manifest:
    """The record of a run that failed."""
    manifest = Manifest("20260620-063000-public", "zerobay report", {"data": "demo"}, True, [])
    manifest.steps.append(StepRecord("b", "指标走势", "b.ipynb", {}, status="FAILED", error="ValueError: x"))
    manifest.status, manifest.seconds = "FAILED", 12.0
    return manifest


def test_each_receiver_gets_the_form_it_reads(ended: Manifest, tmp_path: Path) -> None:
    with web() as (url, taken), post_office() as (port, letters):
        hooks = tuple(Webhook(url, form, "SEC1") for form in ("json", "wecom", "dingtalk"))
        mail = Mail("127.0.0.1", "reports@example.org", ("office@example.org",), port)
        assert notify(Recipients(hooks, (mail,)), notice_of_run(ended, tmp_path)) == []
    bodies = [body for _, body in taken]
    plain = next(body for body in bodies if "run_id" in body)
    assert (plain["status"], plain["synthetic"]) == ("FAILED", True)
    assert plain["failed_steps"] == [{"name": "b", "error": "ValueError: x"}]
    wecom = next(b["markdown"] for b in bodies if "content" in b.get("markdown", {}))
    assert "指标走势" in wecom["content"]
    assert "演示" in wecom["content"]
    path, dingtalk = next((p, b["markdown"]) for p, b in taken if "title" in b.get("markdown", {}))
    assert "&timestamp=" in path
    assert "&sign=" in path
    assert "未完成" in dingtalk["title"]
    assert len(letters) == 1
    assert "office@example.org" in letters[0]


def test_dingtalks_signature_is_the_one_it_documents() -> None:
    # printf '1577262236757\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64
    expected = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "this is secret", "-binary"],
        input=b"1577262236757\nthis is secret",
        capture_output=True,
    )
    if expected.returncode:
        pytest.skip("no openssl here")
    from base64 import b64encode
    from urllib.parse import quote_plus

    made = notify_module._signature("this is secret", 1577262236757)
    assert made == f"&timestamp=1577262236757&sign={quote_plus(b64encode(expected.stdout))}"


def test_a_receiver_that_refuses_is_dead_or_slow_neither_fails_nor_delays_the_run(
    ended: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_module, "PATIENCE", 3)  # enough for the others on a busy machine
    refusal = b'{"errcode": 93000, "errmsg": "bad key"}'
    with web(500) as (broken, _), web(200, refusal) as (refusing, _), web(delay=60) as (slow, _):
        hooks = (Webhook(broken), Webhook(refusing, "wecom"), Webhook(slow))
        mail = Mail("127.0.0.1", "a@example.org", ("b@example.org",), port=1)
        started = time.monotonic()
        undelivered = notify(Recipients(hooks, (mail,)), notice_of_run(ended, tmp_path))
        assert time.monotonic() - started < 30, "the slow one takes a minute"
    assert len(undelivered) == 4
    assert "bad key" in undelivered[1]
    assert "secret" not in " ".join(undelivered)


def test_a_run_that_never_began_is_told_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with web() as (url, taken):
        (tmp_path / "who.toml").write_text(f'[[webhook]]\nurl = "{url}"\n', encoding="utf-8")
        with pytest.raises(DataError), telling(tmp_path / "who.toml"):
            raise DataError([])
    assert taken[0][1]["status"] == "FAILED"
    (tmp_path / "who.toml").write_text('[[webhook]]\nurl = "http://127.0.0.1:1/"\n', encoding="utf-8")
    with caplog.at_level(logging.WARNING), telling(tmp_path / "who.toml") as tell:
        tell(Manifest("x", "", {}, False, []), tmp_path)
    assert "not delivered" in caplog.text


def test_a_wrong_file_of_recipients_names_every_problem_before_the_run(tmp_path: Path) -> None:
    path = tmp_path / "who.toml"
    path.write_text(
        '[[webhook]]\nurl = "ftp://x"\n[[webhook]]\nadress = "x"\n[[mail]]\nhost = "x"\n[sms]\n',
        encoding="utf-8",
    )
    with pytest.raises(ParameterError) as caught:
        read_recipients(path)
    assert all(word in str(caught.value) for word in ("sms", "adress", "sender", "http(s)"))
