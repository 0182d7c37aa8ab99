"""Reports that nobody waits for: ready lines for schedulers, and notification of people that a run ended.

The lines are for cron, systemd and the Windows Task Scheduler; nothing is installed. Notification goes
through apprise, never delays a run for long and never fails it.

The file of recipients has one address a line, and comments that begin with ``#``. As addresses hold
keys and passwords, they appear neither in a list of processes nor in a record or a log::

    wecombot://KEY
    dingtalk://SECRET@TOKEN/
    jsons://example.org/hook
    mailtos://USER:PASSWORD@smtp.example.org:587?from=reports@example.org&to=office@example.org
"""

from __future__ import annotations

import ipaddress
import logging
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from threading import Thread, local
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from zerobay_analysis.errors import ParameterError, ZerobayError
from zerobay_analysis.plan import load_plan
from zerobay_analysis.suite.manifest import Manifest

# --- schedules ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cadence:
    """When a report is made, in the three schedulers' own words.

    Attributes
    ----------
    title : str
    cron : str
        Five fields.
    calendar : str
        ``OnCalendar`` of systemd.
    windows : str
        Options of ``schtasks``.
    """

    title: str
    cron: str
    calendar: str
    windows: str


_SAID = tomllib.loads(Path(__file__).with_name("schedule.toml").read_text("utf-8"))
CADENCES = {name: Cadence(**told) for name, told in _SAID["cadences"].items()}


@dataclass(frozen=True)
class Schedule:
    """A report to be made again and again.

    Attributes
    ----------
    cadence : str
        A key of ``CADENCES``.
    command : tuple of str
        With absolute paths, as a scheduler knows neither a PATH nor a folder.
    out : Path
        Absolute output folder; gets ``scheduled.log`` and ``scheduled.lock``.
    """

    cadence: str
    command: tuple[str, ...]
    out: Path


def make_schedule(
    cadence: str, data: str, lang: str, model: str, out: Path, notify: Path | None = None, plan: str = ""
) -> Schedule:
    """Check what the user asked for and make every path absolute.

    Raises
    ------
    ParameterError
        The cadence or a path is wrong, or holds a character that cron and systemd cannot take.
    """
    if cadence not in CADENCES:
        raise ParameterError(f"周期“{cadence}”未知 / unknown cadence, choose from: {', '.join(CADENCES)}")
    if data not in ("public", "demo"):
        if not Path(data).exists():
            raise ParameterError(f"没有这个文件或文件夹：{data} / no such file or folder")
        data = str(Path(data).resolve())
    options = ["--data", data, "--lang", lang, "--model", model]
    if plan:
        options += ["--plan", str(load_plan(plan).folder)]
    if notify is not None:
        read_recipients(notify)
        options += ["--notify", str(notify.resolve())]
    options += ["--out", str(out.resolve())]
    if any(character in part for part in options for character in "\n\r\0"):
        raise ParameterError("路径或参数中有换行 / a path or an option holds a line break")
    return Schedule(cadence, (sys.executable, "-m", "zerobay_analysis", "report", *options), out.resolve())


def schedule_text(plan: Schedule) -> str:
    """Everything a person needs to install the schedule on any of the three systems."""
    title, units = CADENCES[plan.cadence].title, systemd_units(plan).values()
    return str(_SAID["page"].format(title, cron_line(plan), *units, windows_command(plan)))


def cron_line(plan: Schedule) -> str:
    """One line for ``crontab -e``: logs, never runs twice at once, passes the exit status on.

    A percent sign, which cron takes for a line break, is escaped.
    """
    log, lock = plan.out / "scheduled.log", plan.out / "scheduled.lock"
    parts = ["mkdir", "-p", str(plan.out)], ["flock", "-n", str(lock), *plan.command]
    text = f"{shlex.join(parts[0])} && {shlex.join(parts[1])} >> {shlex.quote(str(log))} 2>&1"
    return f"{CADENCES[plan.cadence].cron} {text.replace('%', chr(92) + '%')}"


def systemd_units(plan: Schedule) -> dict[str, str]:
    """Texts of ``zerobay-report.service`` and ``.timer``, by file name.

    A oneshot service is never started twice at once, and a timer with ``Persistent`` catches up on
    a run that was missed while the machine was off.
    """
    command = " ".join(map(_systemd_quote, plan.command))
    facts = {**asdict(CADENCES[plan.cadence]), "command": command}
    return {name: text.format(**facts) for name, text in _SAID["units"].items()}


def windows_command(plan: Schedule) -> str:
    """One ``schtasks`` command; the scheduler itself does not start a task that still runs."""
    task = f'cmd /c "{subprocess.list2cmdline(plan.command)} >> {plan.out}\\scheduled.log 2>&1"'
    options = [*CADENCES[plan.cadence].windows.split(), "/ST", "06:30", "/TR", task]
    return subprocess.list2cmdline(["schtasks", "/Create", "/TN", "zerobay-report", *options])


def _systemd_quote(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


# --- notification --------------------------------------------------------------------------------

TIMEOUT = 10.0
"""Seconds that all recipients together get; who has not taken the message by then does not get it."""
MAX_BYTES = 1900
"""Length of a message; WeCom's robot takes 2,048 bytes."""
MAX_ANSWER = 10_000
"""Bytes of an answer that are read; an answer may have no end."""
CURE = (
    "每行写一个地址 / write one address a line: wecombot://KEY, dingtalk://SECRET@TOKEN/, "
    "jsons://HOST/PATH, mailtos://USER:PASSWORD@HOST:587?from=FROM&to=TO (docs/operations.md)"
)

_log = logging.getLogger(__name__)
_seen = local()
"""``reasons``: what went wrong in this thread, in words that hold no address and no key."""


@dataclass(frozen=True)
class Notification:
    """A title, a few lines, and the same as fields for a program."""

    title: str
    text: str
    facts: dict[str, Any]


Recipient = tuple[str, Any]
"""The host or name under which problems are reported, never with a key; and an apprise service."""


def read_recipients(path: Path) -> tuple[Recipient, ...]:
    """Read the file described above.

    Raises
    ------
    ParameterError
        The file cannot be read or has something wrong in it; every problem is named by its line.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ParameterError(f"通知文件读不了 {path}：{type(error).__name__} / cannot read it") from None
    if re.search(r"^\s*\[\[?(webhook|mail)\]\]?", content, re.MULTILINE):
        raise ParameterError(f"{path} 是以前的格式 / is of the old form; {CURE}")
    lines = enumerate(map(str.strip, content.splitlines()), start=1)
    read = [(number, _recipient(line)) for number, line in lines if line and not line.startswith("#")]
    problems = [f"{path}: 第 {n} 行 / line {n}: {found}" for n, found in read if isinstance(found, str)]
    if problems:
        raise ParameterError("\n".join([*problems, CURE]))
    return tuple(found for _, found in read if not isinstance(found, str))


@contextmanager
def notifier(path: Path | None) -> Iterator[Callable[[Manifest, Path], None]]:
    """Read the recipients, then notify them of what happens inside ``with``.

    Yields
    ------
    callable
        Takes the manifest and the folder of the run that ended. An error that leaves ``with`` is
        notified as well. What cannot be delivered is logged, nothing more.

    Raises
    ------
    ParameterError
        At once, if the file of recipients is wrong.
    """
    recipients = read_recipients(path) if path is not None else ()

    def send(notification: Notification) -> None:
        for problem in notify(recipients, notification):
            _log.warning("通知未送达 / not delivered: %s", problem)

    try:
        yield lambda manifest, folder: send(run_notification(manifest, folder))
    except ZerobayError as error:
        text = str(error)[:2000]
        facts = {"status": "FAILED", "errors": [text]}
        send(Notification("zerobay 报告未完成 / report failed", text, facts))
        raise


def notify(recipients: tuple[Recipient, ...], notification: Notification) -> list[str]:
    """Notify everyone at once.

    Returns
    -------
    list of str
        What could not be delivered and why, without passwords or keys; empty if all is well.
    """
    reasons: list[list[str]] = [[f"{TIMEOUT:g} 秒内没有完成 / not done in {TIMEOUT:g} s"] for _ in recipients]

    def send(place: int) -> None:
        _seen.reasons = []
        _, service = recipients[place]
        service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT
        if service.secure_protocol == "jsons":
            service.payload_extras = dict(notification.facts)
        text = notification.text.encode()[:MAX_BYTES].decode(errors="ignore")
        try:
            delivered = service.notify(title=notification.title, body=text)
            reasons[place] = [] if delivered else _seen.reasons or ["原因不明 / no reason given"]
        except BaseException as error:  # a notification that fails must not fail the run
            reasons[place] = [type(error).__name__]

    # Daemons, as none may keep the program alive.
    threads = [Thread(target=send, args=(place,), daemon=True) for place in range(len(recipients))]
    deadline = time.monotonic() + TIMEOUT
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    failed = zip(recipients, reasons, strict=True)
    return [f"{name}: {', '.join(dict.fromkeys(why))}" for (name, _), why in failed if why]


def run_notification(manifest: Manifest, folder: Path) -> Notification:
    """How a run ended, well or not."""
    word = "完成" if manifest.status == "COMPLETED" else "未完成"
    done = f"{len(manifest.completed_steps)}/{len(manifest.steps)}"
    lines = [
        str((folder / "index.html").resolve()),
        f"数据 / data: {manifest.parameters.get('data')}，截至 / as of {manifest.parameters.get('as_of')}",
        f"步骤 / steps: {done}，用时 / took {manifest.seconds or 0:.0f} s",
    ]
    if manifest.synthetic:
        lines.append("演示数据，不是真实情况 / demonstration data, not real")
    lines += [f"✗ {step.title}: {step.error}" for step in manifest.failed_steps[:10]]
    lines += [f"✗ {error}" for error in manifest.errors[:10]]
    names = ("run_id", "status", "seconds", "synthetic", "errors")
    facts = {name: getattr(manifest, name) for name in names}
    facts["failed_steps"] = [{"name": step.name, "error": step.error} for step in manifest.failed_steps]
    facts["folder"] = str(folder.resolve())
    title = f"zerobay 报告{word} / report {manifest.status.lower()}: {manifest.run_id}"
    return Notification(title, "\n".join(lines), facts)


def _recipient(address: str) -> Recipient | str:
    """The service behind an address, or what is wrong with it, in words that hold no key."""
    import apprise

    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [_Reasons(logging.WARNING)], False
    logger.setLevel(logging.DEBUG)
    name: str = ""
    port: int | None = 0
    with suppress(ValueError):
        name = urlsplit(address).hostname or ""
        port = urlsplit(address).port
    # Only what is surely a host: some services have their key in the place of one.
    host = f"{name}: " if re.fullmatch(r"localhost|[\w-]+(\.[\w-]+)+", name) else ""
    if port == 0:
        return f"{host}主机或端口不对，端口为 1—65535 / wrong host or port; a port is 1-65535"
    if re.search(r"\s", address):
        return f"{host}地址中有空格 / a space in the address"
    service: Any = apprise.Apprise.instantiate(address)
    if service is None:
        return f"{host}apprise 不认识这个地址 / not an address that apprise knows"
    module: Any = sys.modules[type(service).__module__]
    if hasattr(module, "requests"):
        own = {"request": _request, "post": partial(_request, "post")}
        module.requests = SimpleNamespace(**{**vars(sys.modules["requests"]), **own})
    has_host = "{host}" in "".join(service.templates)
    return str(service.host if has_host else service.service_name), service


class _Reasons(logging.Handler):
    """Receives apprise's messages, as they hold addresses with keys, and keeps what is safe of them."""

    def emit(self, record: logging.LogRecord) -> None:
        reasons = getattr(_seen, "reasons", [])
        reasons += [f"error {code}" for code in re.findall(r"error=(-?\d+)", record.getMessage())]
        error = sys.exc_info()[1]
        while error is not None:
            reasons.append(type(error).__name__)
            error = error.__cause__ or error.__context__


def _request(method: str, url: str, **options: Any) -> Any:
    """``requests.request`` for apprise: past a proxy where it should be, and a refusal is an error.

    Robots answer 200 also when they refuse, and say so in ``errcode``.
    """
    import requests
    from requests.utils import get_environ_proxies, select_proxy

    host = urlsplit(url).hostname or ""
    proxy = urlsplit(select_proxy(url, get_environ_proxies(url)) or "").hostname
    private = _is_private(host) if proxy else None
    if private:
        options["proxies"] = {"http": "", "https": ""}
    elif proxy:
        _seen.reasons.append(f"经代理 / through the proxy {proxy}")
        if private is None:
            _log.warning("本机查不到 %s，通知经代理 / not known here, sent through the proxy %s", host, proxy)
    with requests.request(method, url, stream=True, **options) as answer:
        answer._content = answer.raw.read(MAX_ANSWER, decode_content=True)
    refused = re.search(rb'"errcode"\s*:\s*(-?[1-9]\d*)', answer.content)
    if answer.ok and refused:
        answer.status_code = int(refused[1])
    return answer


def _is_private(host: str) -> bool | None:
    """Whether a host is on this machine or in its own network; ``None`` if its name is not known here."""
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return None
    return not any(ipaddress.ip_address(address).is_global for address in found)
