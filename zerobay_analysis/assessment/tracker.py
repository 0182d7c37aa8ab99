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
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import METHODS, schedule_light
from zerobay_analysis.assessment.methods.method import Category
from zerobay_analysis.files.tables import normal
from zerobay_analysis.language import LANGUAGES, Name, Text, Word, in_language, listed
from zerobay_analysis.ledger.notation import STAGE_UNIT, STAGES, figure_label, years_of
from zerobay_analysis.ledger.observations import COUNT_UNITS
from zerobay_analysis.plan import Item, Plan, item_number

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger


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
NOTHING = Text("", "")


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
    note : str
        What its unit remarks: the definition, what blocks a task, what comes next.
    """

    value: float
    label: Name
    day: date
    observation: str
    note: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Figure:
        """The figure of a row of the ledger."""
        note = str(row["caveat"]).removeprefix("演示").strip("；")  # a made-up figure is marked elsewhere
        return cls(float(row["value"]), row["label"], row["period_end"].date(), str(row["observation"]), note)


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
    number : str
        ``C01``, or ``T07``.
    name : Text
        What is promised.
    owners : tuple of str
        Empty where the plan names none.
    figure : Figure or None
        Latest usable figure.
    schedule : Schedule or None
    status : TrackStatus
    owed : Text
        What its units are to send; empty when nothing is owed.
    unused : tuple of str
        Ledger rows that name the item in another unit, and are not used.
    """

    number: str
    name: Text
    owners: tuple[str, ...]
    figure: Figure | None
    schedule: Schedule | None
    status: TrackStatus
    owed: Text
    unused: tuple[str, ...]

    @property
    def behind(self) -> bool:
        """Whether it is behind its schedule, or blocked."""
        return self.status in (TrackStatus.BEHIND, TrackStatus.BLOCKED)

    def text(self, lang: str = "zh") -> str:
        """What is promised."""
        return self.name.get(lang)

    def missing(self, lang: str = "zh") -> str:
        """What is owed and by whom."""
        who = listed(self.owners).get(lang) or text.NO_LEAD.get(lang)
        asked = text.both("OWED_ITEM", who=who, number=self.number, name=self.name, what=self.owed)
        return asked.get(lang) if self.owed.zh else ""

    def figure_text(self, lang: str = "zh") -> str:
        """Latest figure with its day, or that there is none."""
        if self.figure is None:
            return self.status.word(lang) if self.status is TrackStatus.NO_FIGURE else "—"
        label = (
            self.status.word(lang) if self.figure.label in STAGES else in_language(self.figure.label, lang)
        )
        told = text.FIGURE_ON.fill(lang, label=label, day=self.figure.day)
        return text.SEMICOLON.get(lang).join(filter(None, (told, self.figure.note)))

    def status_text(self, lang: str = "zh") -> str:
        """Symbol and word."""
        symbol = SYMBOLS.get(self.status, "—") if self.schedule is None else self.schedule.light.symbol
        return f"{symbol} {self.status.word(lang)}"

    def progress_text(self, lang: str = "zh") -> str:
        """Figure, share done against share of the time, and how it stands."""
        if self.schedule is None:
            return self.figure_text(lang) if self.figure is not None else self.status.word(lang)
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
    unit : Name
    kind : str
        ``target``, ``recurring`` (per year) or ``condition``.
    by_year : int
    by_year_stated : bool
        False where the plan names no year and its last year is taken.
    task : int or None
    """

    id: str
    target: float
    unit: Name
    kind: str
    by_year: int
    by_year_stated: bool
    task: int | None

    def goal_text(self, lang: str = "zh") -> str:
        """How much is promised, and of a target by when; * marks a year the plan does not state."""
        year = f"{self.by_year}{'' if self.by_year_stated else '*'}"
        goal = f"{self.target:g} {in_language(self.unit, lang)}"
        return goal if self.kind != "target" else text.GOAL_BY.fill(lang, goal=goal, year=year)


@dataclass(frozen=True, kw_only=True)
class TaskProgress(Progress):
    """One of the plan's tasks; its figure is how far it is as reported.

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
    rows = _rows(plan, ledger, as_of)
    records = plan.commitments.to_dict("records")
    return tuple(_commitment(dict(record), plan, rows, as_of) for record in records)  # type: ignore[arg-type]


def track_tasks(plan: Plan, ledger: Ledger, as_of: date) -> tuple[TaskProgress, ...]:
    """Every task of the plan with its commitments and what the ledger knew on ``as_of``."""
    rows, commitments = _rows(plan, ledger, as_of), track_commitments(plan, ledger, as_of)
    span = (float(plan.years[0] - 1), float(plan.years[-1]))
    tasks = []
    for number, group, group_en in plan.tasks[["id", "group", "group_en"]].itertuples(index=False):
        item, mine = plan.items[f"T{number}"], rows.get(f"T{number}", [])
        told = [row for row in mine if row["unit"] == STAGE_UNIT and years_of(row["period_end"]) > span[0]]
        progress = _stages(item, told) if told else _progress(item, mine, "%", 100.0, *span)
        of_task = tuple(c for c in commitments if c.task == number)
        tasks.append(
            TaskProgress(id=int(number), group=Text(group, group_en), commitments=of_task, **progress)
        )
    return tuple(tasks)


def _commitment(row: dict[str, Any], plan: Plan, rows: _Rows, as_of: date) -> CommitmentProgress:
    kind, by_year, target = str(row["kind"]), int(row["by_year"]), float(row["value"])
    start = float(as_of.year - 1 if kind == "recurring" else plan.years[0] - 1)
    end = start + 1 if kind == "recurring" else float(by_year)
    number = str(item_number(row["id"]))
    item = plan.items[number]
    progress = _progress(item, rows.get(number, []), item.unit, target, start, end)
    if kind == "condition":
        progress |= {"schedule": None, "status": TrackStatus.CONDITION, "owed": NOTHING}
    return CommitmentProgress(
        id=item.id,
        target=target,
        unit=item.unit,
        kind=kind,
        by_year=by_year,
        by_year_stated=bool(row["by_year_stated"]),
        task=None if row["task"] != row["task"] or row["task"] is None else int(row["task"]),
        **progress,
    )


_Rows = Mapping[str, list[dict[str, Any]]]
"""Rows by item, in order of their period."""


def _rows(plan: Plan, ledger: Ledger, as_of: date) -> _Rows:
    """Rows for commitments and tasks seen on ``as_of``."""
    found: dict[str, list[dict[str, Any]]] = {}
    frame = ledger.as_of(as_of).frame
    context = frame[frame["indicator"].isna() & (frame["comparability"] == "context")]
    for row in context.sort_values("period_end", kind="stable").to_dict("records"):
        number = item_number(str(row["measure"]))
        if number is not None:
            names = {"label": figure_label(row, plan.names), "reporter": plan.name_of(row["reporter"])}
            found.setdefault(number, []).append({str(name): of for name, of in row.items()} | names)
    return found


def _stages(item: Item, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A task by the words of its units: of the latest day the gravest, and a question where they differ."""
    last = rows[-1]["period_end"]
    told = {row["reporter"]: row for row in rows if row["period_end"] == last}
    stages = {who: STAGE_STATUS[STAGES[int(row["value"])]] for who, row in told.items()}
    gravest = min(stages, key=lambda who: GRAVEST.index(stages[who]))
    row, status, owed = told[gravest], stages[gravest], NOTHING
    if len({*stages.values()}) > 1:
        said = [
            Text(*(f"{in_language(who, lang)} {s.word(lang)}" for lang in LANGUAGES))
            for who, s in stages.items()
        ]
        owed = text.both("OWED_STAGES", said=listed(said))
    told_so = {"figure": Figure.of(row), "schedule": None, "status": status, "owed": owed, "unused": ()}
    return {"number": item.id, "name": item.name, "owners": item.owners, **told_so}


def _progress(
    item: Item, rows: Iterable[Mapping[str, Any]], unit: str, target: float, start: float, end: float
) -> dict[str, Any]:
    """What is common to commitments and tasks; from ``start`` to ``end``."""
    figure, unused = _latest(rows, unit, start)
    schedule = None
    if figure is not None:
        elapsed = min(1.0, (years_of(figure.day) - start) / (end - start))
        done = figure.value / target
        lag = schedule_light.lag_points(done, elapsed)
        light = METHODS["schedule_light"].category(schedule_light.light(lag))
        schedule = Schedule(done, elapsed, lag, light)
    return {
        "number": item.id,
        "name": item.name,
        "owners": item.owners,
        "figure": figure,
        "schedule": schedule,
        "status": _status(schedule),
        "owed": _owed(item, start) if figure is None else NOTHING,
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
        figure = Figure.of(row)
        if normal(str(row["unit"])) not in units:
            unused.append(f"{figure.observation} {figure.label}")
        elif years_of(figure.day) > after:
            latest = figure
    return latest, tuple(unused)


def _status(schedule: Schedule | None) -> TrackStatus:
    if schedule is None:
        return TrackStatus.NO_FIGURE
    if schedule.done >= 1:
        return TrackStatus.DONE
    return TrackStatus.ON_SCHEDULE if schedule.light.key == "green" else TrackStatus.BEHIND


def _owed(item: Item, start: float) -> Text:
    """What to send."""
    how = "STAGE" if not item.unit else "YEARLY" if item.unit.endswith("/年") else "TOTAL"
    return text.both(
        f"OWED_{how}", since=int(start) + 1, unit=Name(item.unit.removesuffix("/年"), item.unit.en)
    )
