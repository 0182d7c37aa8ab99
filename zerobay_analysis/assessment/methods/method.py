"""What every official method is made of: its input, its rule, its classes, its result or its refusal."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.assessment import text
from zerobay_analysis.errors import ZerobayError
from zerobay_analysis.language import NOTHING, Text, Word
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import Evidence, Point, Precision, Role

TREND_YEARS = 5
"""Longest look back for a recent trend: Eurostat's short-term period, and the "last five annual
changes" of Destatis and of the State of Climate Action."""
TINY = 1e-9
"""A number this close to a limit of a class is at the limit."""

_SAME_TIME = 1e-6


class MethodRefused(ZerobayError):  # noqa: N818 - a refusal with a reason, not a fault
    """A method does not apply here; the message says why."""


def refuse(condition: bool, name: str, **facts: object) -> None:
    """Raise :class:`MethodRefused` with the text of that name where ``condition`` holds."""
    if condition:
        raise MethodRefused(" / ".join(text.both(f"REFUSED_{name}", **facts)))


def by_floor(value: float, floors: Mapping[str, float], below: str) -> str:
    """Key of the first class whose least value is reached, best first; ``below`` where none is."""
    return next((key for key, floor in floors.items() if value >= floor), below)


class Question(Word):
    """Which of three different questions a method answers."""

    HOW_FAR = "how_far", "走了多远", "how far"
    HOW_FAST = "how_fast", "走得多快", "how fast"
    WHERE_TO = "where_to", "走向何处", "where to"


class Status(Word):
    """The one thing that all methods can be compared on."""

    ON_TRACK = "on_track", "跟得上", "on track"
    BEHIND = "behind", "落后", "behind"
    CANNOT_SAY = "cannot_say", "不能判断", "cannot say"


@dataclass(frozen=True)
class Category:
    """One class of a method, in the words of its source.

    Attributes
    ----------
    key : str
    word : Text
    symbol : str
        One character; differs between classes of a method so that print without colour reads.
    status : Status
    """

    key: str
    word: Text
    symbol: str
    status: Status


@dataclass(frozen=True)
class Number:
    """A number that a method computed."""

    name: Text
    value: float


@dataclass(frozen=True)
class DataPoint:
    """One figure as the official methods take it: the number that was printed.

    Attributes
    ----------
    time : float
        Years, the end of year ``Y`` being ``Y`` (see :class:`zerobay_analysis.series.Point`).
    value : float
        As printed, in the indicator's unit.
    exact : bool
        False for 约, 超, 近 and the like; the methods do not know of inexact figures.
    through : float
        Share of the year that the figure covers.
    """

    time: float
    value: float
    exact: bool = True
    through: float = 1.0


@dataclass(frozen=True)
class MethodInput:
    """One target and what is known on the way to it.

    Attributes
    ----------
    indicator : Indicator
    year : int
        The target is for the end of this year, or for this year.
    target : float
    points : tuple of DataPoint
        In order of time, none after the end of ``year``, one per date. Of a flow or a rate only
        figures of whole years.
    plan_start : float
        End of the year before the plan's first target.
    within_year : DataPoint or None
        Of a flow: the latest figure of ``year`` itself, year-to-date or whole.
    """

    indicator: Indicator
    year: int
    target: float
    points: tuple[DataPoint, ...]
    plan_start: float
    within_year: DataPoint | None

    @property
    def latest(self) -> DataPoint:
        """The last point; there is one wherever a method asks."""
        return self.points[-1]

    @property
    def recent(self) -> tuple[DataPoint, ...]:
        """Points of the last :data:`TREND_YEARS` years before the latest, and the latest."""
        first = self.latest.time - TREND_YEARS - _SAME_TIME
        return tuple(point for point in self.points if point.time >= first)

    @property
    def trend_base(self) -> DataPoint:
        """Where the recent trend is measured from.

        Raises
        ------
        MethodRefused
            The latest figure stands alone in its last :data:`TREND_YEARS` years.
        """
        refuse(len(self.recent) < 2, "NO_TREND", years=TREND_YEARS)
        return self.recent[0]

    @property
    def has_plan_base(self) -> bool:
        """Whether there is a figure of the plan's start or before, and one since."""
        return self.points[0].time <= self.plan_start + _SAME_TIME < self.latest.time

    @property
    def plan_base(self) -> DataPoint:
        """The last point at or before the plan's start; without one, :attr:`trend_base`."""
        if not self.has_plan_base:
            return self.trend_base
        return [p for p in self.points if p.time <= self.plan_start + _SAME_TIME][-1]

    @property
    def recent_change(self) -> float:
        """Mean change a year over :attr:`recent`, in the unit (points for a rate)."""
        base, latest = self.trend_base, self.latest
        return (latest.value - base.value) / (latest.time - base.time)

    @property
    def projection(self) -> float:
        """Value at the end of ``year`` if :attr:`recent_change` goes on."""
        return self.latest.value + (self.year - self.latest.time) * self.recent_change

    def meets(self, value: float) -> bool:
        """Whether ``value`` is at the target or better."""
        return self.indicator.direction * (value - self.target) >= 0

    @property
    def achieved(self) -> bool:
        """Whether the latest figure meets the target already."""
        return self.meets(self.latest.value)


def method_input(evidence: Evidence, plan: Plan, year: int) -> MethodInput:
    """What the methods may know about one indicator and target year.

    Only figures of the official definition enter (``Role.OWN``): a step between two definitions
    is no progress.

    Raises
    ------
    ParameterError
        The plan has no target for ``year``.
    """
    indicator = evidence.indicator
    own = [p for p in evidence.measurable if p.role is Role.OWN and p.time <= year + _SAME_TIME]
    points, last, within = tuple(map(_data_point, own)), evidence.reaching(year), None
    if last is not None and indicator.kind is Kind.FLOW:
        within = _data_point(last)
    start, target = float(plan.years[0] - 1), plan.target(indicator.id, year)
    return MethodInput(indicator, year, target, points, start, within)


def _data_point(point: Point) -> DataPoint:
    return DataPoint(point.time, point.reported, point.precision is Precision.EXACT, point.through)


@dataclass(frozen=True)
class Outcome:
    """What a method's rule found.

    Attributes
    ----------
    category : str
        Key of one of the method's classes.
    numbers : mapping of str to float
        The deciding one first, by the keys of ``methods.toml``.
    notes : tuple of Text
        What the reader should know.
    """

    category: str
    numbers: Mapping[str, float]
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class MethodResult:
    """What one method says about one target, or why it says nothing.

    Attributes
    ----------
    method : Method
    category : Category or None
        ``None`` where the method refused; then ``reason`` says why.
    numbers : tuple of Number
    base : DataPoint or None
        What progress is measured from; ``None`` for a flow, which starts each year at zero.
    latest : DataPoint or None
    notes : tuple of Text
    reason : Text
    """

    method: Method
    category: Category | None = None
    numbers: tuple[Number, ...] = ()
    base: DataPoint | None = None
    latest: DataPoint | None = None
    notes: tuple[Text, ...] = ()
    reason: Text = NOTHING

    @property
    def status(self) -> Status:
        """On track, behind, or not to be said by this method."""
        return Status.CANNOT_SAY if self.category is None else self.category.status

    @property
    def refused(self) -> bool:
        """Whether the method does not apply."""
        return self.category is None

    def word(self, lang: str = "zh") -> str:
        """Class, with 未核实 where a threshold was not read in the source; or 不适用."""
        if self.category is None:
            return text.DOES_NOT_APPLY.get(lang)
        confirmed = self.method.confirmed
        return self.category.word.get(lang) + ("" if confirmed else text.UNCONFIRMED_CUTS.get(lang))

    def note(self, lang: str = "zh") -> str:
        """Reservations in one line."""
        return text.SEMICOLON.get(lang).join(note.get(lang) for note in self.notes)


@dataclass(frozen=True)
class Method:
    """One official way to say how a target stands.

    Attributes
    ----------
    id : str
    name : Text
    question : Question
    kinds : frozenset of Kind
        Kinds of indicator that it applies to.
    rule : Text
        The rule in one line.
    source : Text
    categories : tuple of Category
        Best first.
    numbers : mapping of str to Text
        What its numbers are called.
    judge : callable
        The rule itself, given input, base and latest figure; raises :class:`MethodRefused`.
    since_plan : bool
        Whether the base is the start of the plan, not that of the recent trend.
    confirmed : bool
    min_points : int
        Figures of the plan's definition that it needs.
    """

    id: str
    name: Text
    question: Question
    kinds: frozenset[Kind]
    rule: Text
    source: Text
    categories: tuple[Category, ...]
    numbers: Mapping[str, Text]
    judge: Callable[[MethodInput, DataPoint, DataPoint], Outcome]
    since_plan: bool = False
    confirmed: bool = True
    min_points: int = 2

    def category(self, key: str) -> Category:
        """One of the method's classes."""
        return next(category for category in self.categories if category.key == key)

    def apply(self, given: MethodInput) -> MethodResult:
        """Judge one target; a refusal is a result with a reason."""
        try:
            base, latest = self._ends(given)
            found = self.judge(given, base, latest)
        except MethodRefused as refused:
            return MethodResult(self, reason=refused.text)
        numbers = tuple(Number(self.numbers[key], value) for key, value in found.numbers.items())
        start = None if given.indicator.kind is Kind.FLOW else base
        notes = (*found.notes, *self._remarks(given, base, latest))
        return MethodResult(self, self.category(found.category), numbers, start, latest, notes)

    def _ends(self, given: MethodInput) -> tuple[DataPoint, DataPoint]:
        """Base and latest figure; refuses what no rule can judge."""
        kind, year, known = given.indicator.kind, given.year, len(given.points)
        refuse(given.indicator.direction not in (1, -1), "NO_DIRECTION")
        refuse(kind not in self.kinds, f"KIND_{kind.name}")
        if kind is Kind.FLOW:  # compared within the year
            if given.within_year is None:
                raise MethodRefused(" / ".join(text.both("REFUSED_NO_YEAR", year=year)))
            return DataPoint(year - 1, 0.0), given.within_year
        refuse(known < self.min_points, "TOO_FEW", n=known, least=self.min_points)
        return given.plan_base if self.since_plan else given.trend_base, given.latest

    def _remarks(self, given: MethodInput, base: DataPoint, latest: DataPoint) -> list[Text]:
        """What every method has to say about its input."""
        remarks: list[Text] = []
        kind, start = given.indicator.kind, int(given.plan_start)
        if self.since_plan and kind is not Kind.FLOW and not given.has_plan_base:
            missing = "SINCE" if latest.time <= given.plan_start else "BEFORE"
            remarks.append(text.both(f"NONE_{missing}", year=start))
        if kind is Kind.RATE and latest.time < given.year:
            remarks.append(text.both("OTHER_YEAR", of=int(latest.time), year=given.year))
        if not (base.exact and latest.exact):
            remarks.append(text.AS_PRINTED)
        return remarks


DESCRIBED = tomllib.loads(Path(__file__).with_name("methods.toml").read_text(encoding="utf-8"))


def described(identifier: str, judge: Callable[[MethodInput, DataPoint, DataPoint], Outcome]) -> Method:
    """The method of that name as ``methods.toml`` describes it, with its rule."""
    of = DESCRIBED[identifier]
    return Method(
        id=identifier,
        name=Text(*of["name"]),
        question=Question[of["question"].upper()],
        kinds=frozenset(map(Kind, of["kinds"])),
        rule=Text(*of["rule"]),
        source=Text(*sources) if isinstance(sources := of["source"], list) else Text(sources, sources),
        categories=tuple(
            Category(key, Text(zh, en), symbol, Status[status.upper()])
            for key, zh, en, symbol, status in of["classes"]
        ),
        numbers={key: Text(*name) for key, name in of["numbers"].items()},
        judge=judge,
        **{name: of[name] for name in ("since_plan", "confirmed", "min_points") if name in of},
    )
