"""What each responsible unit answers for: targets at risk, pace, data owed, commitments, tasks.

A unit stands beside every indicator, commitment and task that the plan gives it; where the plan
names several units the responsibility is joint, and each of them carries the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text, tracker
from zerobay_analysis.assessment.data_owed import Need, Owed, owed_of
from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook, at_risk
from zerobay_analysis.assessment.pace import TargetPace, paces
from zerobay_analysis.assessment.tracker import CommitmentProgress, TaskProgress
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import in_language

if TYPE_CHECKING:
    from zerobay_analysis.study import Study


ALL = "all"
"""Stands for every unit of the plan."""


@dataclass(frozen=True)
class OwnedIndicator:
    """One indicator that a unit answers for, and what each of its targets takes, in their order."""

    outlook: IndicatorOutlook
    paces: tuple[TargetPace, ...]


@dataclass(frozen=True)
class UnitOutlook:
    """Everything one unit answers for.

    Attributes
    ----------
    unit : str
        As the plan writes it.
    indicators : tuple of OwnedIndicator
    commitments : tuple of CommitmentProgress
    tasks : tuple of TaskProgress
    owed : tuple of Owed
        Data that it is asked for now.
    upcoming : tuple of Owed
        The next figures that fall due in the ordinary way.
    """

    unit: str
    indicators: tuple[OwnedIndicator, ...]
    commitments: tuple[CommitmentProgress, ...]
    tasks: tuple[TaskProgress, ...]
    owed: tuple[Owed, ...]
    upcoming: tuple[Owed, ...]

    @property
    def targets(self) -> tuple[TargetOutlook, ...]:
        """Targets of all its indicators."""
        return tuple(target for owned in self.indicators for target in owned.outlook.targets)

    @property
    def at_risk(self) -> tuple[TargetOutlook, ...]:
        """Targets that are not at least likely to be met."""
        return tuple(filter(at_risk, self.targets))

    @property
    def on_course(self) -> tuple[TargetOutlook, ...]:
        """Targets that are at least likely to be met."""
        return tuple(t for t in self.targets if t.said.floor is not None and not at_risk(t))

    @property
    def open(self) -> tuple[TargetOutlook, ...]:
        """Targets that wait for a figure or for a definition."""
        return tuple(target for target in self.targets if target.said.floor is None)

    def text(self, lang: str = "zh") -> str:
        """The unit in one sentence."""
        owed = text.UNIT_OWED.fill(lang, n=len(self.owed))
        parts = text.SEMICOLON.get(lang).join((self._indicators_text(lang), self._promises_text(lang), owed))
        return f"{in_language(self.unit, lang)}{text.COLON.get(lang)}{parts}"

    def _indicators_text(self, lang: str) -> str:
        if not self.indicators:
            return text.UNIT_NO_INDICATOR.get(lang)
        counts = {name: len(getattr(self, name)) for name in ("targets", "on_course", "at_risk", "open")}
        joint = sum(len(owned.outlook.indicator.owners) > 1 for owned in self.indicators)
        return text.UNIT_INDICATORS.fill(lang, n=len(self.indicators), joint=joint, **counts)

    def _promises_text(self, lang: str) -> str:
        late = sum(item.behind for item in (*self.commitments, *self.tasks))
        behind = text.UNIT_BEHIND.fill(lang, n=late) if late else ""
        return text.UNIT_PROMISES.fill(lang, n=len(self.commitments), m=len(self.tasks), behind=behind)


def units_of(study: Study) -> tuple[UnitOutlook, ...]:
    """The roll-up of every unit of a study, in the order in which the plan first names them."""
    plan, ledger, day = study.plan, study.ledger, study.as_of
    commitments = tracker.track_commitments(plan, ledger, day)
    tasks = tracker.track_tasks(plan, ledger, day)
    owed, owned = owed_of(study), [OwnedIndicator(of, paces(of)) for of in study.outlooks]
    return tuple(
        UnitOutlook(
            unit=unit,
            indicators=tuple(one for one in owned if unit in one.outlook.indicator.owners),
            commitments=tuple(item for item in commitments if unit in item.owners),
            tasks=tuple(task for task in tasks if unit in task.owners),
            owed=tuple(item for item in owed if item.unit == unit and item.need is not Need.NEXT),
            upcoming=tuple(item for item in owed if item.unit == unit and item.need is Need.NEXT),
        )
        for unit in plan.units
    )


def unit_outlook(units: Iterable[UnitOutlook], name: str) -> UnitOutlook:
    """One unit by its name; raise ``ParameterError`` as :func:`known_units` does."""
    known = {unit.unit: unit for unit in units}
    return known[known_units(known, [name])[0]]


def known_units(known: Iterable[str], asked: Iterable[str]) -> tuple[str, ...]:
    """Units that are asked for, each once; every one where :data:`ALL` is among them.

    Raises
    ------
    ParameterError
        The plan gives nothing to such a unit; the message lists those it names.
    """
    names, found = tuple(known), tuple(dict.fromkeys(asked))
    for name in found:
        if name not in (*names, ALL):
            told = f"方案中没有责任单位“{name}”；可选 / no unit '{name}'; choose from: "
            raise ParameterError(told + "、".join(names))
    return names if ALL in found else found
