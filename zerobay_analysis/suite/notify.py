"""Tells people that a run ended, through apprise. Never delays a run for long and never fails it.

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
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread, local
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zerobay_analysis.errors import ParameterError, ZerobayError
from zerobay_analysis.suite.manifest import Manifest

if TYPE_CHECKING:
    from apprise import NotifyBase

__all__ = ["Notification", "Recipient", "notifier", "notify", "read_recipients", "run_notification"]

TIMEOUT = 10.0
"""Seconds that all recipients together get; who has not taken the message by then does not get it."""
MAX_BYTES = 1900
"""Length of a message; WeCom's robot takes 2,048 bytes."""
MAX_ANSWER = 10_000
"""Bytes of an answer that are read."""
ROBOTS = ("wecombot", "dingtalk")
"""Services that answer 200 also when they refuse, and say so in ``errcode``."""
OLD_FORM = re.compile(r"^\s*\[\[?(webhook|mail)\]\]?", re.MULTILINE)
CURE = (
    "每行写一个地址 / write one address a line: wecombot://KEY, dingtalk://SECRET@TOKEN/, "
    "jsons://HOST/PATH, mailtos://USER:PASSWORD@HOST:587?from=FROM&to=TO (docs/operations.md)"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notification:
    """A title, a few lines, and the same as fields for a program."""

    title: str
    text: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Recipient:
    """Whom to tell, and the host or service under which problems are reported, never with a key."""

    name: str
    service: NotifyBase


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
    if OLD_FORM.search(content):
        raise ParameterError(f"{path} 是以前的格式 / is of the old form; {CURE}")
    found: list[Recipient] = []
    problems: list[str] = []
    for number, line in enumerate(content.splitlines(), start=1):
        address = line.strip()
        if not address or address.startswith("#"):
            continue
        read = _recipient(address)
        if isinstance(read, str):
            problems.append(f"{path}: 第 {number} 行 / line {number}: {read}")
        else:
            found.append(read)
    if problems:
        raise ParameterError("\n".join([*problems, CURE]))
    return tuple(found)


@contextmanager
def notifier(path: Path | None) -> Iterator[Callable[[Manifest, Path], None]]:
    """Read the recipients, then tell them what happens inside ``with``.

    Yields
    ------
    callable
        Takes the manifest and the folder of the run that ended. An error that leaves ``with`` is told
        as well. What cannot be delivered is logged, nothing more.

    Raises
    ------
    ParameterError
        At once, if the file of recipients is wrong.
    """
    recipients = read_recipients(path) if path is not None else ()

    def tell(notification: Notification) -> None:
        for problem in notify(recipients, notification):
            _log.warning("通知未送达 / not delivered: %s", problem)

    try:
        yield lambda manifest, folder: tell(run_notification(manifest, folder))
    except ZerobayError as error:
        text = str(error)[:2000]
        facts = {"status": "FAILED", "errors": [text]}
        tell(Notification("大零号湾报告未完成 / report failed", text, facts))
        raise


def notify(recipients: tuple[Recipient, ...], notification: Notification) -> list[str]:
    """Tell everyone at once.

    Returns
    -------
    list of str
        What could not be delivered and why, without passwords or keys; empty if all is well.
    """
    reasons: list[list[str]] = [[f"{TIMEOUT:g} 秒内没有完成 / not done in {TIMEOUT:g} s"] for _ in recipients]

    def send(place: int) -> None:
        _seen.reasons = []
        try:
            delivered = _send(recipients[place].service, notification)
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
    return [f"{recipient.name}: {', '.join(dict.fromkeys(why))}" for recipient, why in failed if why]


def run_notification(manifest: Manifest, folder: Path) -> Notification:
    """How a run ended, well or not."""
    good = manifest.status == "COMPLETED"
    title = (
        f"大零号湾报告{'完成' if good else '未完成'} / report {manifest.status.lower()}: {manifest.run_id}"
    )
    done = sum(step.status == "COMPLETED" for step in manifest.steps)
    lines = [
        str((folder / "index.html").resolve()),
        f"数据 / data: {manifest.parameters.get('data')}，截至 / as of {manifest.parameters.get('as_of')}",
        f"步骤 / steps: {done}/{len(manifest.steps)}，用时 / took {manifest.seconds or 0:.0f} s",
    ]
    if manifest.synthetic:
        lines.append("演示数据，不是真实情况 / demonstration data, not real")
    lines += [f"✗ {step.title}: {step.error}" for step in manifest.failed_steps[:10]]
    lines += [f"✗ {error}" for error in manifest.errors[:10]]
    facts: dict[str, Any] = {
        "run_id": manifest.run_id,
        "status": manifest.status,
        "seconds": manifest.seconds,
        "synthetic": manifest.synthetic,
        "failed_steps": [{"name": step.name, "error": step.error} for step in manifest.failed_steps],
        "errors": manifest.errors,
        "folder": str(folder.resolve()),
    }
    return Notification(title, "\n".join(lines), facts)


def _recipient(address: str) -> Recipient | str:
    """The service behind an address, or what is wrong with it, in words that hold no key."""
    import apprise

    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [_Reasons()], False
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
    service = apprise.Apprise.instantiate(address)
    if service is None:
        return f"{host}apprise 不认识这个地址 / not an address that apprise knows"
    module: Any = sys.modules[type(service).__module__]
    if hasattr(module, "requests"):
        module.requests = _careful(service.secure_protocol in ROBOTS)
    has_host = "{host}" in "".join(service.templates)
    return Recipient(str(service.host if has_host else service.service_name), service)


def _send(service: Any, notification: Notification) -> bool:
    service.socket_connect_timeout = service.socket_read_timeout = TIMEOUT
    if service.secure_protocol == "jsons":
        service.payload_extras = dict(notification.facts)
    text = notification.text.encode()[:MAX_BYTES].decode(errors="ignore")
    return bool(service.notify(title=notification.title, body=text))


_seen = local()
"""``reasons``: what went wrong in this thread, in words that hold no address and no key."""


class _Reasons(logging.Handler):
    """Takes apprise's messages, as they hold addresses with keys, and keeps what is safe of them."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING or not hasattr(_seen, "reasons"):
            return
        status = re.search(r"error=(-?\d+)", record.getMessage())
        if status:
            _seen.reasons.append(f"error {status[1]}")
        error = sys.exc_info()[1]
        while error is not None:
            _seen.reasons.append(type(error).__name__)
            error = error.__cause__ or error.__context__


def _careful(robot: bool) -> SimpleNamespace:
    """``requests`` for a service of apprise: past a proxy where it should be, and not to be lied to."""
    import requests
    from requests.utils import get_environ_proxies, select_proxy

    def send(method: str, url: str, **options: Any) -> Any:
        host = urlsplit(url).hostname or ""
        proxy = urlsplit(select_proxy(url, get_environ_proxies(url)) or "").hostname
        private = _is_private(host) if proxy else None
        if private:
            options["proxies"] = {"http": "", "https": ""}
        elif proxy:
            _seen.reasons.append(f"经代理 / through the proxy {proxy}")
            if private is None:
                _log.warning(
                    "本机查不到 %s，通知经代理 / not known here, sent through the proxy %s", host, proxy
                )
        answer = requests.request(method, url, stream=True, **options)
        answer._content = answer.raw.read(MAX_ANSWER, decode_content=True)  # an answer may have no end
        answer.close()
        if robot and answer.ok:
            found = re.search(rb'"errcode"\s*:\s*(-?\d+)', answer.content)
            answer.status_code = int(found[1] if found else 502) or 200
        return answer

    return SimpleNamespace(**{**vars(requests), "request": send, "post": partial(send, "post")})


def _is_private(host: str) -> bool | None:
    """Whether a host is on this machine or in its own network; ``None`` if its name is not known here."""
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return None
    return not any(ipaddress.ip_address(address).is_global for address in found)
