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
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import schedule_light
from zerobay_analysis.assessment.methods.method import Category
from zerobay_analysis.files.cells import normal
from zerobay_analysis.language import Text, Word
from zerobay_analysis.ledger.fields import COUNT_UNITS
from zerobay_analysis.ledger.notation import phrase, years_of
from zerobay_analysis.plan import Plan, item_number

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger


class TrackStatus(Word):
    """How an item stands."""

    DONE = "done", "已完成", "done"
    ON_SCHEDULE = "on_schedule", "符合序时进度", "on schedule"
    BEHIND = "behind", "落后序时进度", "behind schedule"
    NO_FIGURE = "no_figure", "没有数字", "no figure"
    CONDITION = "condition", "条件或界定，不计进度", "a condition, not counted"
    """A limit or a definition in the plan's text, nothing to be counted."""


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
    observation : str
        Where it stands in the ledger.
    """

    value: float
    label: str
    day: date
    observation: str


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
    """

    done: float
    elapsed: float
    lag: float
    light: Category


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A commitment or a task, and what the ledger knows about it.

    Attributes
    ----------
    name : Text
        What is promised.
    owners : tuple of str
        Empty where the plan names none.
    figure : Figure or None
        Latest usable figure.
    schedule : Schedule or None
    status : TrackStatus
    owed : Text
        What is owed and by whom; empty when nothing is.
    unused : tuple of str
        Ledger rows that name the item in another unit, and are not used.
    """

    name: Text
    owners: tuple[str, ...]
    figure: Figure | None
    schedule: Schedule | None
    status: TrackStatus
    owed: Text
    unused: tuple[str, ...]

    @property
    def behind(self) -> bool:
        """Whether the latest figure is behind its schedule."""
        return self.status is TrackStatus.BEHIND

    def text(self, lang: str = "zh") -> str:
        """What is promised."""
        return self.name.get(lang)

    def missing(self, lang: str = "zh") -> str:
        """What is owed and by whom."""
        return self.owed.get(lang)

    def figure_text(self, lang: str = "zh") -> str:
        """Latest figure with its day, or that there is none."""
        if self.figure is None:
            return self.status.word(lang) if self.status is TrackStatus.NO_FIGURE else "—"
        return text.FIGURE_ON.fill(lang, label=self.figure.label, day=self.figure.day)

    def status_text(self, lang: str = "zh") -> str:
        """Symbol and word."""
        symbol = "—" if self.schedule is None else self.schedule.light.symbol
        return f"{symbol} {self.status.word(lang)}"

    def progress_text(self, lang: str = "zh") -> str:
        """Figure, share done against share of the time, and how it stands."""
        if self.schedule is None:
            return self.status.word(lang)
        return text.PROGRESS.fill(
            lang,
            figure=self.figure_text(lang),
            done=f"{self.schedule.done:.0%}",
            elapsed=f"{self.schedule.elapsed:.0%}",
            status=self.status_text(lang),
        )


@dataclass(frozen=True, kw_only=True)
class CommitmentProgress(Progress):
    """One quantified commitment of the plan's text.

    Attributes
    ----------
    id : str
    target : float
    unit : str
    kind : str
        ``target``, ``recurring`` (per year) or ``condition``.
    by_year : int
    by_year_stated : bool
        False where the plan names no year and its last year is taken.
    task : int or None
    """

    id: str
    target: float
    unit: str
    kind: str
    by_year: int
    by_year_stated: bool
    task: int | None

    def goal_text(self, lang: str = "zh") -> str:
        """How much is promised, and of a target by when; * marks a year the plan does not state."""
        year = f"{self.by_year}{'' if self.by_year_stated else '*'}"
        goal = f"{self.target:g} {self.unit}"
        return goal if self.kind != "target" else text.GOAL_BY.fill(lang, goal=goal, year=year)


@dataclass(frozen=True, kw_only=True)
class TaskProgress(Progress):
    """One of the plan's tasks; its figure is the percentage done as reported.

    Attributes
    ----------
    id : int
    group : Text
    commitments : tuple of CommitmentProgress
        Those that belong to the task.
    """

    id: int
    group: Text
    commitments: tuple[CommitmentProgress, ...]

    def title(self, lang: str = "zh") -> str:
        """What the task is."""
        return self.name.get(lang)

    def text(self, lang: str = "zh") -> str:
        """The task with its number."""
        return text.TASK.fill(lang, n=self.id, name=self.name.get(lang))


def track_commitments(plan: Plan, ledger: Ledger, as_of: date) -> tuple[CommitmentProgress, ...]:
    """Every commitment of the plan with what the ledger knew about it on ``as_of``."""
    rows = _rows(ledger, as_of)
    records = plan.commitments.to_dict("records")
    return tuple(_commitment(dict(record), plan, rows, as_of) for record in records)  # type: ignore[arg-type]


def track_tasks(plan: Plan, ledger: Ledger, as_of: date) -> tuple[TaskProgress, ...]:
    """Every task of the plan with its commitments and what the ledger knew on ``as_of``."""
    rows, commitments = _rows(ledger, as_of), track_commitments(plan, ledger, as_of)
    start, end = float(plan.years[0] - 1), float(plan.years[-1])
    tasks = []
    for row in plan.tasks.to_dict("records"):
        number, name = int(row["id"]), Text(str(row["title"]), str(row["title_en"]))
        tasks.append(
            TaskProgress(
                id=number,
                group=Text(str(row["group"]), str(row["group_en"])),
                commitments=tuple(c for c in commitments if c.task == number),
                **_progress(f"T{number:02d}", name, row["owners"], rows, "%", 100.0, start, end),
            )
        )
    return tuple(tasks)


def _commitment(row: dict[str, Any], plan: Plan, rows: _Rows, as_of: date) -> CommitmentProgress:
    kind, by_year, target = str(row["kind"]), int(row["by_year"]), float(row["value"])
    start = float(as_of.year - 1 if kind == "recurring" else plan.years[0] - 1)
    end = start + 1 if kind == "recurring" else float(by_year)
    number, unit, name = str(row["id"]), str(row["unit"]), Text(str(row["text"]), str(row["text_en"]))
    progress = _progress(number, name, row["owners"], rows, unit, target, start, end)
    if kind == "condition":
        progress |= {"schedule": None, "status": TrackStatus.CONDITION, "owed": Text("", "")}
    return CommitmentProgress(
        id=number,
        target=target,
        unit=unit,
        kind=kind,
        by_year=by_year,
        by_year_stated=bool(row["by_year_stated"]),
        task=None if row["task"] != row["task"] or row["task"] is None else int(row["task"]),
        **progress,
    )


_Rows = Mapping[str, list[dict[str, Any]]]
"""Rows by item, in order of their period."""


def _rows(ledger: Ledger, as_of: date) -> _Rows:
    """Rows for commitments and tasks seen on ``as_of``."""
    found: dict[str, list[dict[str, Any]]] = {}
    frame = ledger.as_of(as_of).frame
    context = frame[frame["indicator"].isna() & (frame["comparability"] == "context")]
    for row in context.sort_values("period_end", kind="stable").to_dict("records"):
        number = item_number(str(row["measure"]))
        if number is not None:
            found.setdefault(number, []).append({str(name): value for name, value in row.items()})
    return found


def _progress(
    number: str, name: Text, owners: object, rows: _Rows, unit: str, target: float, start: float, end: float
) -> dict[str, Any]:
    """What is common to commitments and tasks; from ``start`` to ``end``."""
    who = tuple(owner.strip() for owner in str(owners).split(";") if owner.strip())
    figure, unused = _latest(rows.get(item_number(number) or "", []), unit, start)
    schedule = None
    if figure is not None:
        elapsed = min(1.0, (years_of(figure.day) - start) / (end - start))
        done = figure.value / target
        lag = schedule_light.lag_points(done, elapsed)
        light = schedule_light.METHOD.category(schedule_light.light(lag))
        schedule = Schedule(done, elapsed, lag, light)
    return {
        "name": name,
        "owners": who,
        "figure": figure,
        "schedule": schedule,
        "status": _status(schedule),
        "owed": _owed(number, name, unit, who, start) if figure is None else Text("", ""),
        "unused": unused,
    }


def _latest(
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
            latest = Figure(float(row["value"]), label, day, str(row["observation"]))
    return latest, tuple(unused)


def _status(schedule: Schedule | None) -> TrackStatus:
    if schedule is None:
        return TrackStatus.NO_FIGURE
    if schedule.done >= 1:
        return TrackStatus.DONE
    return TrackStatus.ON_SCHEDULE if schedule.light.key == "green" else TrackStatus.BEHIND


def _owed(number: str, name: Text, unit: str, owners: tuple[str, ...], start: float) -> Text:
    """What to send."""
    how = "SHARE" if unit == "%" else "YEARLY" if unit.endswith("/年") else "TOTAL"
    what = text.both(f"OWED_{how}", since=int(start) + 1, unit=unit.removesuffix("/年"))
    who = "、".join(owners) or text.NO_LEAD
    return text.both("OWED_ITEM", who=who, number=number, name=name, what=what)
