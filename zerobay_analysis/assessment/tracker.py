"""The plan's quantified commitments and its twelve tasks: figures against the schedule.

Figures come through the same ledger as those of the indicators: in the workbook of a unit a row with
the item's number (``C01``, ``T07``) in place of the indicator's, in a ledger a row without an
indicator, of comparability ``context``, whose ``measure`` begins with the number::

    indicator,period,value,unit,comparability,measure
    ,2026-06,80,次,context,C01 各类平台服务创新主体

A commitment counts from the start of the plan, so the straight line from zero at the end of 2025
to its number at the end of its year is its schedule; a yearly commitment is compared within the
year. A task is told in words (未启动, 推进中, 受阻, 已完成): a percentage of work that nobody can count
says nothing, though ledgers that hold one are read. No probability is given: a count that starts at
zero has no history to learn from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import METHODS, schedule_light
from zerobay_analysis.assessment.methods.method import Category
from zerobay_analysis.files.tables import normal
from zerobay_analysis.language import LANGUAGES, NOTHING, Name, Text, Word, editions, in_language, listed
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.notation import STAGE_UNIT, STAGES, figure_label, years_of
from zerobay_analysis.ledger.observations import COUNT_UNITS, records
from zerobay_analysis.plan import Item, Plan, item_number


class TrackStatus(Word):
    """How an item stands."""

    DONE = "done", "已完成", "done"
    ON_SCHEDULE = "on_schedule", "符合序时进度", "on schedule"
    BEHIND = "behind", "落后序时进度", "behind schedule"
    NOT_STARTED = "not_started", "未启动", "not started"
    UNDER_WAY = "under_way", "推进中", "under way"
    BLOCKED = "blocked", "受阻", "blocked"
    NO_FIGURE = "no_figure", "没有数字", "no figure"
    CONDITION = "condition", "条件或界定，不计进度", "a condition, not counted"
    """A limit or a definition in the plan's text, nothing to be counted."""


STAGE_STATUS = {status.word(): status for status in TrackStatus if status.word() in STAGES}
"""How an item stands by the word of its unit."""
GRAVEST = (TrackStatus.BLOCKED, TrackStatus.NOT_STARTED, TrackStatus.UNDER_WAY, TrackStatus.DONE)
SYMBOLS = dict(zip(GRAVEST, ("×", "○", "→", "●"), strict=True))


@dataclass(frozen=True)
class Figure:
    """One figure of the ledger for a commitment or a task.

    Attributes
    ----------
    value : float
    label : Name
        As its source says it.
    day : date
        End of the period that it covers.
    observation : str
        Where it stands in the ledger.
    note : Text
        What its unit remarks: the definition, what blocks a task, what comes next.
    """

    value: float
    label: Name
    day: date
    observation: str
    note: Text

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Figure:
        """The figure of a row of the ledger."""
        zh, en = editions(row["caveat"])  # a made-up figure is marked elsewhere
        note = Text(zh.removeprefix("演示").strip("；"), en.removeprefix("made up").strip("; "))
        return cls(row["value"], row["label"], row["period_end"], row["observation"], note)


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
class Progress(Item):
    """A commitment or a task, and what the ledger knows about it.

    Attributes
    ----------
    figure : Figure or None
        Latest usable figure.
    schedule : Schedule or None
    status : TrackStatus
    owed : Text
        What its units are to send; empty when nothing is owed.
    unused : tuple of str
        Ledger rows that name the item in another unit, and are not used.
    task : int or None
        Number of the task that it is, or belongs to.
    """

    figure: Figure | None
    schedule: Schedule | None = None
    status: TrackStatus
    owed: Text = NOTHING
    unused: tuple[str, ...] = ()
    task: int | None

    @property
    def behind(self) -> bool:
        """Whether it is behind its schedule, or blocked."""
        return self.status in (TrackStatus.BEHIND, TrackStatus.BLOCKED)

    def text(self, lang: str = "zh") -> str:
        """What is promised; a task with its number."""
        return self.name.get(lang)

    def missing(self, lang: str = "zh") -> str:
        """What is owed and by whom."""
        who = listed(self.owners).get(lang) or text.NO_LEAD.get(lang)
        asked = text.both("OWED_ITEM", who=who, number=self.id, name=self.name, what=self.owed)
        return asked.get(lang) if self.owed.zh else ""

    def figure_text(self, lang: str = "zh") -> str:
        """Latest figure with its day, or that there is none."""
        if self.figure is None:
            return self.status.word(lang) if self.status is TrackStatus.NO_FIGURE else "—"
        staged = self.figure.label in STAGES
        label = self.status.word(lang) if staged else in_language(self.figure.label, lang)
        told = text.FIGURE_ON.fill(lang, label=label, day=self.figure.day)
        return text.SEMICOLON.get(lang).join(filter(None, (told, self.figure.note.get(lang))))

    def status_text(self, lang: str = "zh") -> str:
        """Symbol and word."""
        symbol = SYMBOLS.get(self.status, "—") if self.schedule is None else self.schedule.light.symbol
        return f"{symbol} {self.status.word(lang)}"

    def progress_text(self, lang: str = "zh") -> str:
        """Figure, share done against share of the time, and how it stands."""
        if self.schedule is None:
            return self.figure_text(lang) if self.figure is not None else self.status.word(lang)
        figure, status = self.figure_text(lang), self.status_text(lang)
        return text.PROGRESS.fill(lang, figure=figure, of=self.schedule, status=status)


@dataclass(frozen=True, kw_only=True)
class CommitmentProgress(Progress):
    """One quantified commitment of the plan's text.

    Attributes
    ----------
    target : float
    kind : str
        ``target``, ``recurring`` (per year) or ``condition``.
    by_year : int
    by_year_stated : bool
        False where the plan names no year and its last year is taken.
    """

    target: float
    kind: str
    by_year: int
    by_year_stated: bool

    def goal_text(self, lang: str = "zh") -> str:
        """How much is promised, and of a target by when; * marks a year the plan does not state."""
        year = f"{self.by_year}{'' if self.by_year_stated else '*'}"
        goal = f"{self.target:g} {in_language(self.unit, lang)}"
        return goal if self.kind != "target" else text.GOAL_BY.fill(lang, goal=goal, year=year)


@dataclass(frozen=True, kw_only=True)
class TaskProgress(Progress):
    """One of the plan's tasks; its figure is how far it is as reported, ``commitments`` belong to it."""

    commitments: tuple[CommitmentProgress, ...]

    def text(self, lang: str = "zh") -> str:
        """The task with its number."""
        return text.TASK.fill(lang, n=self.task, name=self.name.get(lang))


def track_commitments(plan: Plan, ledger: Ledger, as_of: date) -> tuple[CommitmentProgress, ...]:
    """Every commitment of the plan with what the ledger knew about it on ``as_of``."""
    found, tracked = _rows(plan, ledger, as_of), []
    for row in records(plan.commitments):
        start, end = float(plan.years[0] - 1), float(row["by_year"])
        if row["kind"] == "recurring":
            start, end = as_of.year - 1.0, float(as_of.year)
        number = str(item_number(row["id"]))
        item, rows = plan.items[number], found.get(number, [])
        progress = _counted(item, rows, item.unit, row["value"], start, end)
        if not item.counted:
            progress |= {"schedule": None, "status": TrackStatus.CONDITION, "owed": NOTHING}
        told = {name: row[name] for name in ("task", "kind", "by_year", "by_year_stated")}
        tracked.append(CommitmentProgress(**vars(item), **progress, **told, target=row["value"]))
    return tuple(tracked)


def track_tasks(plan: Plan, ledger: Ledger, as_of: date) -> tuple[TaskProgress, ...]:
    """Every task of the plan with its commitments and what the ledger knew on ``as_of``."""
    found, commitments = _rows(plan, ledger, as_of), track_commitments(plan, ledger, as_of)
    start, end, tracked = float(plan.years[0] - 1), float(plan.years[-1]), []
    for task in plan.tasks["id"].astype(int):
        item, rows = plan.items[f"T{task}"], found.get(f"T{task}", [])
        told = [row for row in rows if row["unit"] == STAGE_UNIT and years_of(row["period_end"]) > start]
        progress = _staged(told) if told else _counted(item, rows, "%", 100.0, start, end)
        mine = tuple(one for one in commitments if one.task == task)
        tracked.append(TaskProgress(**vars(item), **progress, task=task, commitments=mine))
    return tuple(tracked)


def _rows(plan: Plan, ledger: Ledger, as_of: date) -> Mapping[str, list[dict[str, Any]]]:
    """Rows for commitments and tasks seen on ``as_of`` by item, in order of their period."""
    found: dict[str, list[dict[str, Any]]] = {}
    frame = ledger.as_of(as_of).frame
    context = frame[frame["indicator"].isna() & (frame["comparability"] == "context")]
    for row in records(context.sort_values("period_end", kind="stable")):
        number = item_number(str(row["measure"]))
        if number is not None:
            names = {"label": figure_label(row, plan.names), "reporter": plan.name_of(row["reporter"])}
            found.setdefault(number, []).append(row | names)
    return found


def _staged(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A task by the words of its units: of the latest day the gravest, and a question where they differ."""
    told = {row["reporter"]: row for row in rows if row["period_end"] == rows[-1]["period_end"]}
    stages = {who: STAGE_STATUS[STAGES[int(row["value"])]] for who, row in told.items()}
    gravest = min(stages, key=lambda who: GRAVEST.index(stages[who]))
    progress = {"figure": Figure.of(told[gravest]), "status": stages[gravest]}
    if len({*stages.values()}) == 1:
        return progress
    said = (
        Text(*(f"{in_language(who, lang)} {s.word(lang)}" for lang in LANGUAGES)) for who, s in stages.items()
    )
    return progress | {"owed": text.both("OWED_STAGES", said=listed(said))}


def _counted(
    item: Item, rows: Iterable[Mapping[str, Any]], unit: str, target: float, start: float, end: float
) -> dict[str, Any]:
    """An item by the latest figure in ``unit`` of a period that ends after ``start``, else what to send."""
    plain = unit.removesuffix("/年")
    units = {normal(unit), normal(plain)}
    units |= COUNT_UNITS if units & COUNT_UNITS else set()
    figure, unused = None, []
    for row in rows:
        told = Figure.of(row)
        if normal(row["unit"]) not in units:
            unused.append(f"{told.observation} {told.label}")
        elif years_of(told.day) > start:
            figure = told
    if figure is None:
        how = "STAGE" if not item.unit else "YEARLY" if item.unit.endswith("/年") else "TOTAL"
        owed = text.both(f"OWED_{how}", since=int(start) + 1, unit=Name(plain, item.unit.en))
        return {"figure": None, "status": TrackStatus.NO_FIGURE, "owed": owed, "unused": tuple(unused)}
    elapsed, done = min(1.0, (years_of(figure.day) - start) / (end - start)), figure.value / target
    lag = schedule_light.lag_points(done, elapsed)
    light = METHODS["schedule_light"].category(schedule_light.light(lag))
    status = TrackStatus.ON_SCHEDULE if light.key == "green" else TrackStatus.BEHIND
    return {
        "figure": figure,
        "schedule": Schedule(done, elapsed, lag, light),
        "status": TrackStatus.DONE if done >= 1 else status,
        "unused": tuple(unused),
    }
