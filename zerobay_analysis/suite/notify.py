"""Notifies people that a run ended, through apprise. Never delays a run for long and never fails it.

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
from typing import Any
from urllib.parse import urlsplit

from zerobay_analysis.errors import ParameterError, ZerobayError
from zerobay_analysis.suite.manifest import Manifest

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


@dataclass(frozen=True)
class Recipient:
    """An apprise service, and its host or name under which problems are reported, never with a key."""

    name: str
    service: Any


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
    return tuple(found for _, found in read if isinstance(found, Recipient))


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
        service = recipients[place].service
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
    return [f"{recipient.name}: {', '.join(dict.fromkeys(why))}" for recipient, why in failed if why]


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
    facts = {name: getattr(manifest, name) for name in names} | {
        "failed_steps": [{"name": step.name, "error": step.error} for step in manifest.failed_steps],
        "folder": str(folder.resolve()),
    }
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
    return Recipient(str(service.host if has_host else service.service_name), service)


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
