"""People are told how a run ended; whoever cannot be told neither holds the run up nor leaks a key."""

from __future__ import annotations

import json
import logging
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.suite import unattended
from zerobay_analysis.suite.manifest import Manifest, StepRecord
from zerobay_analysis.suite.unattended import Recipient, notifier, notify, read_recipients, run_notification

KEY = "SECRETKEY7f3a"
"""In every address; must appear nowhere else."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextmanager
def web(
    status: int = 200, answer: bytes = b'{"errcode": 0}', delay: float = 0, endless: bool = False
) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A local web server; yields its host and port and the (path, body) of what it was sent."""
    taken: list[tuple[str, Any]] = []
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, json.loads(body)))
            closing.wait(delay)
            with suppress(OSError):  # a sender that gave up has gone
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)
                while endless and not closing.is_set():
                    self.wfile.write(bytes(100_000))

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", taken
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
    manifest.steps.append(StepRecord("b", "指标走势", status="FAILED", error="ValueError: x"))
    manifest.status, manifest.seconds = "FAILED", 12.0
    return manifest


def recipients(folder: Path, *addresses: str) -> tuple[Recipient, ...]:
    path = folder / "who.txt"
    path.write_text("# 通知谁 / whom to tell\n" + "\n".join(addresses) + "\n", encoding="utf-8")
    return read_recipients(path)


def robots(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Let the robots of WeCom and DingTalk be a local server."""
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"http://{host}/wecom?key={{key}}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", f"http://{host}/dingtalk?access_token={{token}}")


def test_each_receiver_gets_the_form_it_reads(
    ended: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web() as (host, taken), post_office() as (port, letters):
        robots(monkeypatch, host)
        mail = f"mailto://127.0.0.1:{port}?from=reports@example.org&to=office@example.org"
        everyone = recipients(
            tmp_path, f"json://{host}/hook", f"wecombot://{KEY}", f"dingtalk://SEC1@{KEY}/", mail
        )
        assert notify(everyone, run_notification(ended, tmp_path)) == []
    sent = {path.partition("?")[0]: (path, body) for path, body in taken}
    plain = sent["/hook"][1]
    assert (plain["status"], plain["synthetic"]) == ("FAILED", True)
    assert plain["failed_steps"] == [{"name": "b", "error": "ValueError: x"}]
    wecom = sent["/wecom"][1]["text"]["content"]
    assert all(word in wecom for word in ("未完成", "指标走势", "演示", "index.html"))
    path, dingtalk = sent["/dingtalk"]
    assert "timestamp=" in path
    assert "sign=" in path
    assert "未完成" in dingtalk["text"]["content"]
    assert len(letters) == 1
    assert "office@example.org" in letters[0]


def test_a_long_message_is_cut_to_what_a_robot_takes(
    ended: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended.errors = ["磁盘已满" * 400] * 20
    with web() as (host, taken):
        robots(monkeypatch, host)
        assert notify(recipients(tmp_path, f"wecombot://{KEY}"), run_notification(ended, tmp_path)) == []
    content = taken[0][1]["text"]["content"]
    assert len(content.encode()) <= 2048
    assert "index.html" in content


def test_a_receiver_that_refuses_is_dead_slow_or_lies_neither_fails_nor_delays_the_run(
    ended: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(unattended, "TIMEOUT", 3)  # enough for the others on a busy machine
    refusal = f'{{"errcode": 93000, "errmsg": "bad key {KEY}"}}'.encode()
    with (
        web(500) as (broken, _),
        web(200, refusal) as (refusing, _),
        web(delay=60) as (slow, _),
        web(endless=True) as (endless, _),
    ):
        robots(monkeypatch, refusing)
        everyone = recipients(
            tmp_path,
            f"json://{broken}/{KEY}",
            f"wecombot://{KEY}",
            f"dingtalk://{KEY}@{KEY}/",
            f"json://{slow}/{KEY}",
            f"mailto://user:{KEY}@127.0.0.1:1?from=a@example.org&to=b@example.org",
            f"json://{endless}/{KEY}",
            f"json://user:{KEY}@127.0.0.1:1/{KEY}?key={KEY}",
        )
        started = time.monotonic()
        with caplog.at_level(logging.DEBUG, "apprise"):
            undelivered = notify(everyone, run_notification(ended, tmp_path))
        assert time.monotonic() - started < 30, "the slow one takes a minute"
    assert [line.partition(":")[0] for line in undelivered] == [
        "127.0.0.1",
        "WeCom Bot",
        "DingTalk",
        "127.0.0.1",
        "127.0.0.1",
        "127.0.0.1",
    ]
    for line, reason in zip(
        undelivered,
        ("error 500", "error 93000", "error 93000", "not done in 3 s", "Refused", "Refused"),
        strict=True,
    ):
        assert reason in line
    assert KEY not in " ".join(undelivered) + caplog.text


def test_a_run_that_never_began_is_told_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "who.txt"
    with web() as (host, taken):
        path.write_text(f"json://{host}/hook\n", encoding="utf-8")
        with pytest.raises(DataError), notifier(path):
            raise DataError([])
    assert taken[0][1]["status"] == "FAILED"
    path.write_text("json://127.0.0.1:1/\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING), notifier(path) as tell:
        tell(Manifest("x", "", {}, False, []), tmp_path)
    assert "not delivered" in caplog.text


WRONG = {
    f"json://127.0.0.1:80 80/{KEY}": "127.0.0.1",
    f"json://hooks.example.org/{KEY} {KEY}": "hooks.example.org",
    f"json://hooks.example.org:99999/{KEY}": "hooks.example.org",
    f"jsons://user:{KEY}@hooks.example.org:port/{KEY}": "hooks.example.org",
    f"jsons://user:{KEY}@hooks.example.org:0/": "hooks.example.org",
    f"wecombot://{KEY} x": "",
    f"wecombot://{KEY}.{KEY}!": "",
    f"dingtalk://{KEY}@": "",
    f"mailto://user:{KEY}@smtp.example.org:70000?to=a@b.c": "smtp.example.org",
    f"https://example.org/hook?key={KEY}": "example.org",
    f"nothing://{KEY}": "",
    KEY: "",
    f"json://[{KEY}/": "",
}
"""Addresses that are no use, and the host that may be named."""


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_named_before_the_run_by_its_line_and_host_without_its_key(
    address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ParameterError) as caught:
        recipients(tmp_path, "json://127.0.0.1/", address)
    said = str(caught.value)
    assert "line 3: " in said
    assert WRONG[address] in said
    assert KEY.lower() not in (said + caplog.text + "".join(capfd.readouterr())).lower()


def test_every_wrong_line_is_named_at_once_and_a_file_of_the_old_form_gets_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        recipients(tmp_path, "ftp://x", "json://127.0.0.1/", "json://a b/")
    assert all(word in str(caught.value) for word in ("line 2", "line 4", "wecombot://"))
    with pytest.raises(ParameterError, match=r"以前的格式.*wecombot://"):
        recipients(tmp_path, "[[webhook]]", f'url = "https://example.org/{KEY}"')
    with pytest.raises(ParameterError, match="cannot read"):
        read_recipients(tmp_path / "absent")


def test_nothing_of_an_address_gets_into_the_log_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "who.txt").write_text(
        f"wecombot://{KEY}\njson://127.0.0.1:1/{KEY}?key={KEY}\n", encoding="utf-8"
    )
    code = (
        "import logging, sys; from pathlib import Path; from zerobay_analysis.suite.manifest import Manifest;"
        "from zerobay_analysis.suite.unattended import notifier; logging.basicConfig(level=logging.INFO)\n"
        "with notifier(Path(sys.argv[1])) as tell: tell(Manifest('x', '', {}, False, []), Path('x'))"
    )
    dead = {"https_proxy": f"http://user:{KEY}@127.0.0.1:1", "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "who.txt")],
        env={**os.environ, **dead},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "WeCom Bot: " in done.stderr
    assert "through the proxy 127.0.0.1" in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_a_proxy_does_not_swallow_what_is_for_this_machine_or_its_network(
    ended: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with web() as (host, taken), web() as (proxy, swallowed):
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        port = host.rpartition(":")[2]
        everyone = recipients(tmp_path, f"json://{host}/a", f"json://localhost:{port}/b")
        assert notify(everyone, run_notification(ended, tmp_path)) == []
        assert {path for path, _ in taken} == {"/a", "/b"}
        assert swallowed == []
        unknown = recipients(tmp_path, "json://reports.company.invalid/c")
        with caplog.at_level(logging.WARNING):
            assert notify(unknown, run_notification(ended, tmp_path)) == []
        assert len(swallowed) == 1
        assert "reports.company.invalid" in caplog.text
        assert "through the proxy 127.0.0.1" in caplog.text
