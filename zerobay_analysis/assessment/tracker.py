"""The plan's quantified commitments and its twelve tasks: figures against the schedule.

Figures come through the same ledger as those of the indicators: a row without an indicator, of
comparability ``context``, whose ``measure`` begins with the item's number (``C01``, ``T07``)::

    indicator,period,value,unit,comparability,measure
    ,2026-06,80,次,context,C01 各类平台服务创新主体
    ,2026-06,25,%,context,T07 任务完成进度

A commitment counts from the start of the plan, so the straight line from zero at the end of 2025
to its number at the end of its year is its schedule; a yearly commitment is compared within the
year; a task is reported as the percentage done. No probability is given: a count that starts at
zero has no history to learn from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.methods import schedule_light
from zerobay_analysis.assessment.methods.method import Category
from zerobay_analysis.files.tables import normal
from zerobay_analysis.language import say
from zerobay_analysis.ledger.fields import COUNT_UNITS
from zerobay_analysis.ledger.period import years_of
from zerobay_analysis.ledger.qualifiers import phrase
from zerobay_analysis.plan import Plan, item_number

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.ledger import Ledger

__all__ = [
    "COMMITMENT_COLUMNS",
    "TASK_COLUMNS",
    "CommitmentProgress",
    "Figure",
    "Schedule",
    "TaskProgress",
    "TrackStatus",
    "commitments_frame",
    "tasks_frame",
    "track_commitments",
    "track_tasks",
]


class TrackStatus(StrEnum):
    """How an item stands."""

    DONE = "done"
    ON_SCHEDULE = "on_schedule"
    BEHIND = "behind"
    NO_FIGURE = "no_figure"
    CONDITION = "condition"
    """A limit or a definition in the plan's text, nothing to be counted."""

    def word(self, lang: str = "zh") -> str:
        """The status in the reader's language."""
        return _STATUS_WORDS[self][lang != "zh"]


_STATUS_WORDS = {
    TrackStatus.DONE: ("已完成", "done"),
    TrackStatus.ON_SCHEDULE: ("符合序时进度", "on schedule"),
    TrackStatus.BEHIND: ("落后序时进度", "behind schedule"),
    TrackStatus.NO_FIGURE: ("没有数字", "no figure"),
    TrackStatus.CONDITION: ("条件或界定，不计进度", "a condition, not counted"),
}


@dataclass(frozen=True)
class Figure:
    """One figure of the ledger for a commitment or a task.

    Attributes
    ----------
    value : float
    label : str
        As its source says it.
    day : date
        End of the period that it covers.
    observation, source : str
        Where it stands in the ledger.
    """

    value: float
    label: str
    day: date
    observation: str
    source: str


@dataclass(frozen=True)
class Schedule:
    """A figure against the straight line.

    Attributes
    ----------
    done, elapsed : float
        Share of the number and of the time.
    lag : float
        Percentage points behind; negative when ahead.
    light : Category
        By the rule of ``schedule_light``.
    at_this_pace : float
        Number at the deadline if the pace so far goes on; no forecast and no probability.
    """

    done: float
    elapsed: float
    lag: float
    light: Category
    at_this_pace: float


class _Tracked:
    """What commitments and tasks say about themselves in the same words."""

    figure: Figure | None
    schedule: Schedule | None
    status: TrackStatus

    @property
    def behind(self) -> bool:
        """Whether the latest figure is behind its schedule."""
        return self.status is TrackStatus.BEHIND

    def figure_text(self, lang: str = "zh") -> str:
        """Latest figure with its day, or that there is none."""
        if self.figure is None:
            return say(lang, "没有数字", "no figure") if self.status is TrackStatus.NO_FIGURE else "—"
        return say(
            lang, f"{self.figure.label}（{self.figure.day}）", f"{self.figure.label} ({self.figure.day})"
        )

    def status_text(self, lang: str = "zh") -> str:
        """Symbol and word."""
        symbol = "—" if self.schedule is None else self.schedule.light.symbol
        return f"{symbol} {self.status.word(lang)}"

    def progress_text(self, lang: str = "zh") -> str:
        """Figure, share done against share of the time, and how it stands."""
        if self.schedule is None:
            return self.status.word(lang)
        done, elapsed = f"{self.schedule.done:.0%}", f"{self.schedule.elapsed:.0%}"
        return say(
            lang,
            f"{self.figure_text()}，完成 {done}，到该日时间过去 {elapsed}，{self.status_text()}",
            f"{self.figure_text('en')}, {done} done when {elapsed} of the time had passed, "
            f"{self.status_text('en')}",
        )


@dataclass(frozen=True)
class CommitmentProgress(_Tracked):
    """One quantified commitment of the plan's text.

    Attributes
    ----------
    id : str
    target : float
    kind : str
        ``target``, ``recurring`` (per year) or ``condition``.
    by_year : int
    by_year_stated : bool
        False where the plan names no year and its last year is taken.
    task : int or None
    owners : tuple of str
        Empty where the plan names none.
    figure : Figure or None
        Latest usable figure.
    schedule : Schedule or None
    status : TrackStatus
    missing_zh, missing_en : str
        What is owed and by whom; empty when nothing is.
    unused : tuple of str
        Ledger rows that name this commitment in another unit, and are not used.
    """

    id: str
    text_zh: str
    text_en: str
    target: float
    unit: str
    kind: str
    by_year: int
    by_year_stated: bool
    task: int | None
    owners: tuple[str, ...]
    figure: Figure | None
    schedule: Schedule | None
    status: TrackStatus
    missing_zh: str
    missing_en: str
    unused: tuple[str, ...]

    def text(self, lang: str = "zh") -> str:
        """What is promised."""
        return say(lang, self.text_zh, self.text_en)

    def goal_text(self, lang: str = "zh") -> str:
        """How much is promised, and of a target by when; * marks a year the plan does not state."""
        year = f"{self.by_year}{'' if self.by_year_stated else '*'}"
        goal = f"{self.target:g} {self.unit}"
        if self.kind != "target":
            return goal
        return say(lang, f"{goal}（{year} 年底前）", f"{goal} (by the end of {year})")

    def missing(self, lang: str = "zh") -> str:
        """What is owed and by whom."""
        return say(lang, self.missing_zh, self.missing_en)


@dataclass(frozen=True)
class TaskProgress(_Tracked):
    """One of the plan's tasks.

    Attributes
    ----------
    commitments : tuple of CommitmentProgress
        Those that belong to the task.
    figure : Figure or None
        Percentage done as reported.
    schedule : Schedule or None
        Against the time from the start to the end of the plan.
    """

    id: int
    title_zh: str
    title_en: str
    group_zh: str
    group_en: str
    owners: tuple[str, ...]
    commitments: tuple[CommitmentProgress, ...]
    figure: Figure | None
    schedule: Schedule | None
    status: TrackStatus
    missing_zh: str
    missing_en: str
    unused: tuple[str, ...]

    def title(self, lang: str = "zh") -> str:
        """What the task is."""
        return say(lang, self.title_zh, self.title_en)

    def text(self, lang: str = "zh") -> str:
        """The task with its number."""
        return say(lang, f"任务 {self.id} {self.title_zh}", f"Task {self.id}, {self.title_en}")

    def missing(self, lang: str = "zh") -> str:
        """What is owed and by whom."""
        return say(lang, self.missing_zh, self.missing_en)


def track_commitments(plan: Plan, ledger: Ledger, as_of: date) -> tuple[CommitmentProgress, ...]:
    """Every commitment of the plan with what the ledger knew about it on ``as_of``."""
    rows = _rows(ledger, as_of)
    records = plan.commitments.to_dict("records")
    return tuple(_commitment(dict(record), plan, rows, as_of) for record in records)  # type: ignore[arg-type]


def track_tasks(plan: Plan, ledger: Ledger, as_of: date) -> tuple[TaskProgress, ...]:
    """Every task of the plan with its commitments and what the ledger knew on ``as_of``."""
    rows, commitments = _rows(ledger, as_of), track_commitments(plan, ledger, as_of)
    records = plan.tasks.to_dict("records")
    return tuple(_task(dict(record), plan, rows, commitments) for record in records)  # type: ignore[arg-type]


def _context(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["indicator"].isna() & (frame["comparability"] == "context")]


def _rows(ledger: Ledger, as_of: date) -> dict[str, list[dict[str, Any]]]:
    """Rows seen on ``as_of`` by item, in order of their period."""
    found: dict[str, list[dict[str, Any]]] = {}
    context = _context(ledger.as_of(as_of).frame).sort_values("period_end", kind="stable")
    for row in context.to_dict("records"):
        number = item_number(str(row["measure"]))
        if number is not None:
            found.setdefault(number, []).append({str(name): value for name, value in row.items()})
    return found


def _usable(
    rows: Iterable[Mapping[str, Any]], unit: str, after: float
) -> tuple[Figure | None, tuple[str, ...]]:
    """Latest figure in ``unit`` of a period that ends after ``after``; rows in other units."""
    latest: Figure | None = None
    unused = []
    units = {normal(unit), normal(unit.removesuffix("/年"))}
    units |= COUNT_UNITS if units & COUNT_UNITS else set()
    for row in rows:
        label = phrase(float(row["value"]), str(row["qualifier"]), str(row["unit"]))
        if normal(str(row["unit"])) not in units:
            unused.append(f"{row['observation']} {label}")
            continue
        day = row["period_end"].date()
        if years_of(day) > after:
            latest = Figure(float(row["value"]), label, day, str(row["observation"]), str(row["source"]))
    return latest, tuple(unused)


def _schedule(value: float, target: float, elapsed: float) -> Schedule:
    done = value / target
    lag = schedule_light.lag_points(done, elapsed)
    return Schedule(
        done=done,
        elapsed=elapsed,
        lag=lag,
        light=schedule_light.METHOD.category(schedule_light.light(lag)),
        at_this_pace=value / elapsed,
    )


def _status(schedule: Schedule | None) -> TrackStatus:
    if schedule is None:
        return TrackStatus.NO_FIGURE
    if schedule.done >= 1:
        return TrackStatus.DONE
    return TrackStatus.ON_SCHEDULE if schedule.light.key == "green" else TrackStatus.BEHIND


def _commitment(
    row: dict[str, Any], plan: Plan, rows: Mapping[str, list[dict[str, Any]]], as_of: date
) -> CommitmentProgress:
    kind, by_year, target = str(row["kind"]), int(row["by_year"]), float(row["value"])
    start = float(as_of.year - 1 if kind == "recurring" else plan.years[0] - 1)
    end = start + 1 if kind == "recurring" else float(by_year)
    owners = _split(row["owners"])
    figure, unused = _usable(rows.get(item_number(str(row["id"])) or "", []), str(row["unit"]), start)
    schedule = None
    if figure is not None and kind != "condition":
        elapsed = min(1.0, (years_of(figure.day) - start) / (end - start))
        schedule = _schedule(figure.value, target, elapsed)
    missing = ("", "")
    if figure is None and kind != "condition":
        names = (str(row["id"]), str(row["text"]), str(row["text_en"]))
        missing = _owed(names, str(row["unit"]), owners, start)
    return CommitmentProgress(
        id=str(row["id"]),
        text_zh=str(row["text"]),
        text_en=str(row["text_en"]),
        target=target,
        unit=str(row["unit"]),
        kind=kind,
        by_year=by_year,
        by_year_stated=bool(row["by_year_stated"]),
        task=None if _missing(row["task"]) else int(row["task"]),
        owners=owners,
        figure=figure,
        schedule=schedule,
        status=TrackStatus.CONDITION if kind == "condition" else _status(schedule),
        missing_zh=missing[0],
        missing_en=missing[1],
        unused=unused,
    )


def _task(
    row: dict[str, Any],
    plan: Plan,
    rows: Mapping[str, list[dict[str, Any]]],
    commitments: Iterable[CommitmentProgress],
) -> TaskProgress:
    number, start, end = int(row["id"]), float(plan.years[0] - 1), float(plan.years[-1])
    owners = _split(row["owners"])
    figure, unused = _usable(rows.get(f"T{number}", []), "%", start)
    schedule = None
    if figure is not None:
        elapsed = min(1.0, (years_of(figure.day) - start) / (end - start))
        schedule = _schedule(figure.value, 100.0, elapsed)
    missing = ("", "")
    if figure is None:
        names = (f"T{number:02d}", str(row["title"]), str(row["title_en"]))
        missing = _owed(names, "%", owners, start)
    return TaskProgress(
        id=number,
        title_zh=str(row["title"]),
        title_en=str(row["title_en"]),
        group_zh=str(row["group"]),
        group_en=str(row["group_en"]),
        owners=owners,
        commitments=tuple(c for c in commitments if c.task == number),
        figure=figure,
        schedule=schedule,
        status=_status(schedule),
        missing_zh=missing[0],
        missing_en=missing[1],
        unused=unused,
    )


def _owed(names: tuple[str, str, str], unit: str, owners: tuple[str, ...], start: float) -> tuple[str, str]:
    """What to send, in Chinese and English; ``names`` are number, Chinese and English name."""
    number, zh, en = names
    who, since = "、".join(owners), int(start) + 1
    if unit == "%":
        what, what_en = "完成进度（%）", "percentage done"
    elif unit.endswith("/年"):
        what, what_en = f"{since} 年至今的数（{unit.removesuffix('/年')}）", f"count of {since} to date"
    else:
        what, what_en = f"{since} 年起的累计数（{unit}）", f"count since the start of {since} ({unit})"
    lead_zh, lead_en = who or "牵头单位（方案未列）", who or "lead unit (none named in the plan)"
    return (
        f"请{lead_zh}提供{number}“{zh}”{what}及数据日期",
        f"{lead_en}: please send {number} '{en}', {what_en}, with its date",
    )


def _split(owners: object) -> tuple[str, ...]:
    return tuple(name.strip() for name in str(owners).split(";") if name.strip())


def _missing(value: object) -> bool:
    import pandas as pd

    return bool(pd.isna(value))  # type: ignore[call-overload]


COMMITMENT_COLUMNS: Mapping[str, str] = {
    "commitment": "object",
    "text": "object",
    "target": "float64",
    "unit": "object",
    "kind": "object",
    "by_year": "int64",
    "by_year_stated": "bool",
    "task": "Int64",
    "owners": "object",
    "value": "float64",
    "label": "object",
    "day": "object",
    "observation": "object",
    "done": "float64",
    "elapsed": "float64",
    "lag": "float64",
    "at_this_pace": "float64",
    "status": "object",
    "word": "object",
    "symbol": "object",
    "missing": "object",
    "unused": "object",
}
"""Columns of :func:`commitments_frame`: shares between 0 and 1, ``lag`` in percentage points,
``status`` a key, ``text``, ``word`` and ``missing`` in the reader's language."""

TASK_COLUMNS: Mapping[str, str] = {
    "task": "int64",
    "title": "object",
    "group": "object",
    "owners": "object",
    "commitments": "object",
    **{name: COMMITMENT_COLUMNS[name] for name in list(COMMITMENT_COLUMNS)[9:]},
}
"""Columns of :func:`tasks_frame`; ``value`` is the percentage done."""


def commitments_frame(found: Iterable[CommitmentProgress], lang: str = "zh") -> pd.DataFrame:
    """One row per commitment, columns :data:`COMMITMENT_COLUMNS`."""
    import pandas as pd

    rows = [
        {
            "commitment": item.id,
            "text": item.text(lang),
            "target": item.target,
            "unit": item.unit,
            "kind": item.kind,
            "by_year": item.by_year,
            "by_year_stated": item.by_year_stated,
            "task": item.task,
            "owners": "、".join(item.owners),
            **_progress(item, lang),
        }
        for item in found
    ]
    return pd.DataFrame(rows, columns=list(COMMITMENT_COLUMNS)).astype(COMMITMENT_COLUMNS)


def tasks_frame(found: Iterable[TaskProgress], lang: str = "zh") -> pd.DataFrame:
    """One row per task, columns :data:`TASK_COLUMNS`."""
    import pandas as pd

    rows = [
        {
            "task": item.id,
            "title": item.title(lang),
            "group": say(lang, item.group_zh, item.group_en),
            "owners": "、".join(item.owners),
            "commitments": ", ".join(commitment.id for commitment in item.commitments),
            **_progress(item, lang),
        }
        for item in found
    ]
    return pd.DataFrame(rows, columns=list(TASK_COLUMNS)).astype(TASK_COLUMNS)


def _progress(item: CommitmentProgress | TaskProgress, lang: str) -> dict[str, object]:
    figure, schedule = item.figure, item.schedule
    return {
        "value": None if figure is None else figure.value,
        "label": "" if figure is None else figure.label,
        "day": "" if figure is None else figure.day.isoformat(),
        "observation": "" if figure is None else figure.observation,
        "done": None if schedule is None else schedule.done,
        "elapsed": None if schedule is None else schedule.elapsed,
        "lag": None if schedule is None else schedule.lag,
        "at_this_pace": None if schedule is None else schedule.at_this_pace,
        "status": str(item.status),
        "word": item.status.word(lang),
        "symbol": "—" if schedule is None else schedule.light.symbol,
        "missing": item.missing(lang),
        "unused": "; ".join(item.unused),
    }
