"""Ready lines for cron, systemd and the Windows Task Scheduler. Installs nothing by itself."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.plan import load_plan


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


CADENCES = {
    "monthly": Cadence(
        "每月 3 日 6:30 / monthly, on the 3rd", "30 6 3 * *", "*-*-03 06:30:00", "/SC MONTHLY /D 3"
    ),
    "quarterly": Cadence(
        "每季首月 21 日 6:30 / quarterly, on the 21st of its first month",
        "30 6 21 1,4,7,10 *",
        "*-01,04,07,10-21 06:30:00",
        "/SC MONTHLY /M JAN,APR,JUL,OCT /D 21",
    ),
    "half-yearly": Cadence(
        "会商前、数据截止次日：1、7 月 21 日 6:30 / before the half-yearly 会商: 21 January, 21 July",
        "30 6 21 1,7 *",
        "*-01,07-21 06:30:00",
        "/SC MONTHLY /M JAN,JUL /D 21",
    ),
}
"""Units send their figures within twenty days of a quarter (``assessment.data_owed``): a report is made
the day after, so that no briefing is written before the figures that it is about are due."""


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
    from zerobay_analysis.suite.notify import read_recipients

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
    units = systemd_units(plan)
    lines = [f"# {CADENCES[plan.cadence].title}", "", "# cron: crontab -e", cron_line(plan)]
    for name, text in units.items():
        lines += ["", f"# systemd: ~/.config/systemd/user/{name}", text.rstrip()]
    lines += ["", "# systemctl --user daemon-reload && systemctl --user enable --now zerobay-report.timer"]
    return "\n".join([*lines, "", "# Windows", windows_command(plan)])


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
    cadence = CADENCES[plan.cadence]
    command = " ".join(_systemd_quote(part) for part in plan.command)
    service = (
        f"[Unit]\nDescription=zerobay 报告 / report\n\n[Service]\nType=oneshot\nExecStart={command}\n"
        "Nice=5\nTimeoutStartSec=1h\n"
    )
    timer = (
        f"[Unit]\nDescription={cadence.title}\n\n[Timer]\nOnCalendar={cadence.calendar}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {"zerobay-report.service": service, "zerobay-report.timer": timer}


def windows_command(plan: Schedule) -> str:
    """One ``schtasks`` command; the scheduler itself does not start a task that still runs."""
    task = f'cmd /c "{subprocess.list2cmdline(plan.command)} >> {plan.out}\\scheduled.log 2>&1"'
    options = [*CADENCES[plan.cadence].windows.split(), "/ST", "06:30", "/TR", task]
    return subprocess.list2cmdline(["schtasks", "/Create", "/TN", "zerobay-report", *options])


def _systemd_quote(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
