"""What every official method is made of: its rule, its classes, its result or its refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import Reading, Situation
from zerobay_analysis.language import say
from zerobay_analysis.plan import Kind

__all__ = [
    "ALL_LEVELS",
    "OWN_UNIT",
    "Category",
    "Method",
    "MethodResult",
    "Number",
    "Outcome",
    "Question",
    "Status",
]

ALL_LEVELS = frozenset({Kind.STOCK, Kind.CUMULATIVE})
"""Kinds whose growth can be measured from one date to another."""

OWN_UNIT = "unit"
"""Stands for the indicator's own unit (percentage points for the change of a rate)."""


class Question(StrEnum):
    """Which of three different questions a method answers."""

    HOW_FAR = "how_far"
    HOW_FAST = "how_fast"
    WHERE_TO = "where_to"

    def word(self, lang: str = "zh") -> str:
        """The question in the reader's language."""
        return _QUESTIONS[self][lang != "zh"]


_QUESTIONS = {
    Question.HOW_FAR: ("走了多远", "how far"),
    Question.HOW_FAST: ("走得多快", "how fast"),
    Question.WHERE_TO: ("走向何处", "where to"),
}


class Status(StrEnum):
    """The one thing that all methods can be compared on."""

    ON_TRACK = "on_track"
    BEHIND = "behind"
    CANNOT_SAY = "cannot_say"

    def word(self, lang: str = "zh") -> str:
        """The status in the reader's language."""
        return _STATUSES[self][lang != "zh"]


_STATUSES = {
    Status.ON_TRACK: ("跟得上", "on track"),
    Status.BEHIND: ("落后", "behind"),
    Status.CANNOT_SAY: ("不能判断", "cannot say"),
}


@dataclass(frozen=True)
class Category:
    """One class of a method, in the words of its source.

    Attributes
    ----------
    key : str
    word_zh, word_en : str
    symbol : str
        One character; differs between classes of a method so that print without colour reads.
    status : Status
    """

    key: str
    word_zh: str
    word_en: str
    symbol: str
    status: Status

    def word(self, lang: str = "zh") -> str:
        """The class in the reader's language."""
        return say(lang, self.word_zh, self.word_en)


@dataclass(frozen=True)
class Number:
    """A number that a method computed.

    Attributes
    ----------
    unit : str
        ``""`` for a ratio or a score, ``"%"``, ``"pp"`` (percentage points) or
        :data:`OWN_UNIT`.
    """

    name_zh: str
    name_en: str
    value: float
    unit: str = ""

    def name(self, lang: str = "zh") -> str:
        """What the number is."""
        return say(lang, self.name_zh, self.name_en)


@dataclass(frozen=True)
class Outcome:
    """What a method's rule found, before it is joined with its target.

    Attributes
    ----------
    category : str
        Key of one of the method's classes.
    numbers : tuple of Number
        The deciding one first.
    base : Reading or None
        What progress is measured from; ``None`` for a flow, which starts each year at zero.
    latest : Reading
    notes : tuple of (str, str)
        What the reader should know, in Chinese and English.
    since_plan : bool
        Whether ``base`` is meant to be the start of the plan, not of the recent trend.
    """

    category: str
    numbers: tuple[Number, ...]
    base: Reading | None
    latest: Reading
    notes: tuple[tuple[str, str], ...] = ()
    since_plan: bool = False


@dataclass(frozen=True)
class MethodResult:
    """What one method says about one target, or why it says nothing.

    Attributes
    ----------
    method : str
        Identifier in the registry.
    indicator, year : int
    target : float
    category : Category or None
        ``None`` where the method refused; then ``reason`` says why.
    numbers, base, latest, notes
        As in :class:`Outcome`.
    confirmed : bool
        False where a threshold was not read in the source: print it as 未核实.
    """

    method: str
    indicator: int
    year: int
    target: float
    category: Category | None
    numbers: tuple[Number, ...]
    base: Reading | None
    latest: Reading | None
    notes: tuple[tuple[str, str], ...]
    reason_zh: str
    reason_en: str
    confirmed: bool

    @property
    def status(self) -> Status:
        """On track, behind, or not to be said by this method."""
        return Status.CANNOT_SAY if self.category is None else self.category.status

    @property
    def refused(self) -> bool:
        """Whether the method does not apply."""
        return self.category is None

    def word(self, lang: str = "zh") -> str:
        """Class with its reservation, or 不适用."""
        if self.category is None:
            return say(lang, "不适用", "does not apply")
        reservation = "" if self.confirmed else say(lang, "（分级界线未核实）", " (cut-offs unconfirmed)")
        return self.category.word(lang) + reservation

    def reason(self, lang: str = "zh") -> str:
        """Why the method refused; empty where it did not."""
        return say(lang, self.reason_zh, self.reason_en)

    def note(self, lang: str = "zh") -> str:
        """Reservations in one line."""
        return say(lang, "；", "; ").join(pair[lang != "zh"] for pair in self.notes)


@dataclass(frozen=True)
class Method:
    """One official way to say how a target stands.

    Attributes
    ----------
    id : str
    name_zh, name_en : str
    question : Question
    kinds : frozenset of Kind
        Kinds of indicator that it applies to.
    least_points : int
        Figures of the plan's definition that it needs at least.
    rule_zh, rule_en : str
        The rule in one line.
    source : str
    confirmed : bool
    categories : tuple of Category
        Best first.
    judge : callable
        The rule itself; raises :class:`MethodRefused`.
    """

    id: str
    name_zh: str
    name_en: str
    question: Question
    kinds: frozenset[Kind]
    least_points: int
    rule_zh: str
    rule_en: str
    source: str
    categories: tuple[Category, ...]
    judge: Callable[[Situation], Outcome]
    confirmed: bool = True

    def name(self, lang: str = "zh") -> str:
        """Name in the reader's language."""
        return say(lang, self.name_zh, self.name_en)

    def category(self, key: str) -> Category:
        """One of the method's classes."""
        return next(category for category in self.categories if category.key == key)

    def apply(self, given: Situation) -> MethodResult:
        """Judge one target; a refusal is a result with a reason."""
        outcome: Outcome | None = None
        reason = ("", "")
        try:
            self._check(given)
            outcome = self.judge(given)
        except MethodRefused as refused:
            reason = (refused.zh, refused.en)
        return MethodResult(
            method=self.id,
            indicator=given.indicator.id,
            year=given.year,
            target=given.target,
            category=None if outcome is None else self.category(outcome.category),
            numbers=() if outcome is None else outcome.numbers,
            base=None if outcome is None else outcome.base,
            latest=None if outcome is None else outcome.latest,
            notes=() if outcome is None else (*outcome.notes, *_remarks(given, outcome)),
            reason_zh=reason[0],
            reason_en=reason[1],
            confirmed=self.confirmed,
        )

    def _check(self, given: Situation) -> None:
        """Refuse what no rule can judge."""
        kind = given.indicator.kind
        if given.indicator.direction not in (1, -1):
            raise MethodRefused("指标没有写明方向（越大越好或越小越好）", "the indicator has no direction")
        if kind not in self.kinds:
            raise MethodRefused(*_WRONG_KIND[kind])
        if kind is Kind.FLOW:
            return  # compared within the year; the rule looks for that year's figure
        known = len(given.readings)
        if known < self.least_points:
            raise MethodRefused(
                f"方案口径的数字有 {known} 个，至少需要 {self.least_points} 个",
                f"{known} figures of the plan's definition; {self.least_points} are needed",
            )


_WRONG_KIND = {
    Kind.FLOW: (
        "年度新增数的目标按年计，只做年内进度比较",
        "the target is per year: it is compared within the year only",
    ),
    Kind.RATE: (
        "增速、强度类指标按百分点比较，不计算增速的增速",
        "a rate is compared in points: growth of a growth rate means nothing",
    ),
    Kind.STOCK: ("不适用于存量指标", "does not apply to a stock"),
    Kind.CUMULATIVE: ("不适用于累计指标", "does not apply to a cumulative total"),
}


def _remarks(given: Situation, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """What every method has to say about its inputs."""
    remarks: list[tuple[str, str]] = []
    if outcome.since_plan and outcome.base is not None and not given.has_plan_base:
        start = int(given.plan_start)
        if outcome.latest.time <= given.plan_start:
            zh, en = "之后尚无数字", f"no figure since the end of {start}"
        else:
            zh, en = "及以前没有数字", f"no figure of the end of {start} or before"
        remarks.append((f"{start} 年末{zh}，改以较早的数字为基期", f"{en}: an earlier base is used"))
    if given.indicator.kind is Kind.RATE and outcome.latest.time < given.year:
        latest = int(outcome.latest.time)
        remarks.append(
            (
                f"最新是 {latest} 年的数，不等于 {given.year} 年的数",
                f"the latest rate is of {latest}, not of {given.year}",
            )
        )
    used = [reading for reading in (outcome.base, outcome.latest) if reading is not None]
    if not all(reading.exact for reading in used):
        remarks.append(("用到约数，按所写数字计算", "an inexact figure is taken as printed"))
    return tuple(remarks)
