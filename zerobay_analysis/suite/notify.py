"""Tells people that a run ended: webhooks and mail. Never delays a run for long and never fails it.

Addresses and passwords are in a TOML file, so that they appear neither in a list of processes nor
in a record::

    [[webhook]]
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=..."
    format = "wecom"            # json | wecom | dingtalk

    [[webhook]]
    url = "https://oapi.dingtalk.com/robot/send?access_token=..."
    format = "dingtalk"
    secret = "SEC..."           # the robot's 加签 secret; optional

    [[mail]]
    host = "smtp.example.org"
    port = 587
    starttls = true
    user = "reports"
    password = "..."
    sender = "reports@example.org"
    to = ["office@example.org"]
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, fields
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlsplit

from zerobay_analysis.errors import ParameterError, ZerobayError
from zerobay_analysis.suite.manifest import Manifest

__all__ = [
    "Mail",
    "Notice",
    "Recipients",
    "Webhook",
    "notice_of_error",
    "notice_of_run",
    "notify",
    "read_recipients",
    "telling",
]

PATIENCE = 10.0
"""Seconds that all recipients together get; who has not taken the message by then does not get it."""

FORMATS = ("json", "wecom", "dingtalk")

T = TypeVar("T")


@dataclass(frozen=True)
class Webhook:
    """An address that takes JSON by POST; ``format`` is one of ``FORMATS``."""

    url: str
    format: str = "json"
    secret: str = ""


@dataclass(frozen=True)
class Mail:
    """A mailbox behind an SMTP server."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 25
    starttls: bool = False
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Recipients:
    """Everyone to be told."""

    webhooks: tuple[Webhook, ...] = ()
    mails: tuple[Mail, ...] = ()


@dataclass(frozen=True)
class Notice:
    """What is told: a title, a few lines, and the same as fields for a program."""

    title: str
    text: str
    facts: dict[str, Any]


def read_recipients(path: Path) -> Recipients:
    """Read the TOML file described above.

    Raises
    ------
    ParameterError
        The file cannot be read or has something wrong in it; every problem is named.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"通知文件读不了 {path}：{error} / cannot read it") from None
    problems = [
        f"{path}: 没有 [{name}] 这一节，可写 [[webhook]]、[[mail]] / no such section: {name}"
        for name in sorted(content.keys() - {"webhook", "mail"})
    ]
    webhooks = [_entry(Webhook, entry, path, problems) for entry in content.get("webhook", [])]
    mails = [_entry(Mail, entry, path, problems) for entry in content.get("mail", [])]
    problems += [
        f"{path}: [webhook] {_host(hook.url)}: url http(s), format {'/'.join(FORMATS)}"
        for hook in webhooks
        if hook and (hook.format not in FORMATS or urlsplit(hook.url).scheme not in ("http", "https"))
    ]
    if problems:
        raise ParameterError("\n".join(problems))
    return Recipients(tuple(h for h in webhooks if h), tuple(m for m in mails if m))


@contextmanager
def telling(path: Path | None) -> Iterator[Callable[[Manifest, Path], None]]:
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
    recipients = read_recipients(path) if path is not None else Recipients()

    def tell(notice: Notice) -> None:
        for problem in notify(recipients, notice):
            logging.getLogger(__name__).warning("通知未送达 / not delivered: %s", problem)

    try:
        yield lambda manifest, folder: tell(notice_of_run(manifest, folder))
    except ZerobayError as error:
        tell(notice_of_error(error))
        raise


def notify(recipients: Recipients, notice: Notice) -> list[str]:
    """Tell everyone at once.

    Returns
    -------
    list of str
        What could not be delivered and why, without passwords or tokens; empty if all is well.
    """
    sending = [(_host(hook.url), _in_background(_post, hook, notice)) for hook in recipients.webhooks]
    sending += [(mail.host, _in_background(_send_mail, mail, notice)) for mail in recipients.mails]
    deadline = time.monotonic() + PATIENCE
    undelivered = []
    for name, future in sending:
        try:
            future.result(timeout=max(0.0, deadline - time.monotonic()))
        except Exception as error:  # a notice that fails must not fail the run
            undelivered.append(f"{name}: {type(error).__name__}: {error}"[:200])
    return undelivered


def notice_of_run(manifest: Manifest, folder: Path) -> Notice:
    """How a run ended, well or not."""
    good = manifest.status == "COMPLETED"
    title = (
        f"大零号湾报告{'完成' if good else '未完成'} / report {manifest.status.lower()}: {manifest.run_id}"
    )
    done = sum(step.status == "COMPLETED" for step in manifest.steps)
    lines = [
        f"数据 / data: {manifest.parameters.get('data')}，截至 / as of {manifest.parameters.get('as_of')}"
    ]
    if manifest.synthetic:
        lines.append("演示数据，不是真实情况 / demonstration data, not real")
    lines.append(f"步骤 / steps: {done}/{len(manifest.steps)}，用时 / took {manifest.seconds or 0:.0f} s")
    lines += [f"✗ {step.title}: {step.error}" for step in manifest.failed_steps[:10]]
    lines += [f"✗ {error}" for error in manifest.errors[:10]]
    lines.append(str((folder / "index.html").resolve()))
    failed = [{"name": step.name, "error": step.error} for step in manifest.failed_steps]
    facts: dict[str, Any] = {
        "run_id": manifest.run_id,
        "status": manifest.status,
        "seconds": manifest.seconds,
    }
    facts |= {"synthetic": manifest.synthetic, "failed_steps": failed, "errors": manifest.errors}
    return Notice(title, "\n".join(lines), {**facts, "folder": str(folder.resolve())})


def notice_of_error(error: Exception) -> Notice:
    """Why a run did not begin, or was stopped."""
    text = str(error)[:2000]
    return Notice("大零号湾报告未完成 / report failed", text, {"status": "FAILED", "errors": [text]})


def _post(hook: Webhook, notice: Notice) -> None:
    from urllib.request import Request, urlopen

    url, body = hook.url, _body(hook.format, notice)
    if hook.format == "dingtalk" and hook.secret:
        url += _signature(hook.secret, round(time.time() * 1000))
    data = json.dumps(body, ensure_ascii=False).encode("utf-8")
    request = Request(url, data, {"Content-Type": "application/json; charset=utf-8"})
    with urlopen(request, timeout=PATIENCE) as answer:
        content = answer.read(10_000)
    if hook.format != "json":  # both robots answer 200 even when they refuse
        verdict = json.loads(content)
        if verdict.get("errcode"):
            raise ConnectionRefusedError(f"errcode {verdict['errcode']}: {verdict.get('errmsg', '')}")


def _body(form: str, notice: Notice) -> dict[str, Any]:
    """Message in the form that the receiver asks for."""
    if form == "wecom":
        return {"msgtype": "markdown", "markdown": {"content": f"**{notice.title}**\n{notice.text}"}}
    if form == "dingtalk":
        text = f"#### {notice.title}\n\n" + notice.text.replace("\n", "\n\n")
        return {"msgtype": "markdown", "markdown": {"title": notice.title, "text": text}}
    return {**notice.facts, "title": notice.title, "text": notice.text}


def _signature(secret: str, milliseconds: int) -> str:
    """DingTalk's 加签: HMAC-SHA256 over the time and the secret, in Base64, as query parameters."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return f"&timestamp={milliseconds}&sign={quote_plus(base64.b64encode(digest))}"


def _send_mail(mail: Mail, notice: Notice) -> None:
    import smtplib

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = notice.title, mail.sender, ", ".join(mail.to)
    message.set_content(notice.text)
    with smtplib.SMTP(mail.host, mail.port, timeout=PATIENCE) as server:
        if mail.starttls:
            server.starttls()
        if mail.user:
            server.login(mail.user, mail.password)
        server.send_message(message)


def _in_background(function: Callable[..., None], *arguments: object) -> Future[None]:
    """Call ``function`` in a thread that does not keep the program alive."""
    future: Future[None] = Future()

    def call() -> None:
        try:
            function(*arguments)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(None)

    Thread(target=call, daemon=True).start()
    return future


def _entry(kind: type[T], entry: Mapping[str, Any], path: Path, problems: list[str]) -> T | None:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    unknown = entry.keys() - known
    if unknown:
        problems.append(
            f"{path}: 未知 / unknown: {', '.join(sorted(unknown))}；可用 / known: {', '.join(sorted(known))}"
        )
        return None
    try:
        return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()})
    except TypeError as error:
        problems.append(f"{path}: {error}")
        return None


def _host(url: str) -> str:
    return urlsplit(url).hostname or "webhook"
