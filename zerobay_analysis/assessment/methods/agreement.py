"""How many methods say the same about a target, and why they differ where they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.methods.method import MethodResult, Question, Status
from zerobay_analysis.assessment.methods.registry import METHODS, apply_methods
from zerobay_analysis.assessment.outlook import IndicatorOutlook, Verdict
from zerobay_analysis.language import say
from zerobay_analysis.plan import Plan

if TYPE_CHECKING:
    pass

__all__ = ["Agreement", "agreement", "agreements"]


@dataclass(frozen=True)
class Agreement:
    """All methods on one target.

    Attributes
    ----------
    indicator, year : int
    target : float
    results : tuple of MethodResult
        In the registry's order.
    p_met : float or None
        The probability beside them; ``None`` where none can be given.
    verdict : Verdict
    """

    indicator: int
    year: int
    target: float
    results: tuple[MethodResult, ...]
    p_met: float | None
    verdict: Verdict

    def having(self, status: Status) -> tuple[str, ...]:
        """Identifiers of the methods that say ``status`` (refusals apart)."""
        return tuple(r.method for r in self.results if not r.refused and r.status is status)

    @property
    def refused(self) -> tuple[str, ...]:
        """Identifiers of the methods that do not apply."""
        return tuple(r.method for r in self.results if r.refused)

    def by_question(self, question: Question) -> Status | None:
        """What the methods that answer ``question`` say; ``None`` where they differ."""
        said = {
            r.status
            for r in self.results
            if METHODS[r.method].question is question and r.status is not Status.CANNOT_SAY
        }
        if not said:
            return Status.CANNOT_SAY
        return said.pop() if len(said) == 1 else None

    def summary(self, lang: str = "zh") -> str:
        """One sentence: how many of how many agree."""
        on, behind = len(self.having(Status.ON_TRACK)), len(self.having(Status.BEHIND))
        if on + behind == 0:
            return say(lang, "各官方方法均不能判断", "no official method can say")
        return say(
            lang,
            f"{on + behind} 种方法能判断：{on} 种认为跟得上，{behind} 种认为落后",
            f"{on + behind} methods can say: {on} on track, {behind} behind",
        )

    def why(self, lang: str = "zh") -> str:
        """Why they differ, by the question they answer; empty where all agree."""
        if not self.having(Status.ON_TRACK) or not self.having(Status.BEHIND):
            return ""
        parts = []
        for question in Question:
            said = self.by_question(question)
            if said is Status.CANNOT_SAY:
                continue
            word = self._divided(question, lang) if said is None else said.word(lang)
            parts.append(say(lang, f"看“{question.word()}”的{word}", f"{question.word('en')}: {word}"))
        return say(lang, "，", "; ").join(parts)

    def _divided(self, question: Question, lang: str) -> str:
        """Who stands alone among the methods that answer one question."""
        camps = {
            status: [
                METHODS[r.method].name(lang)
                for r in self.results
                if METHODS[r.method].question is question and not r.refused and r.status is status
            ]
            for status in (Status.ON_TRACK, Status.BEHIND)
        }
        status = min(camps, key=lambda status: len(camps[status]))
        names = say(lang, "、", ", ").join(camps[status])
        return say(
            lang,
            f"说法不一（{names}认为{status.word()}）",
            f"divided ({names} {status.word('en')})",
        )


def agreement(outlook: IndicatorOutlook, plan: Plan) -> tuple[Agreement, ...]:
    """All methods on every target of one indicator, the probability beside them."""
    return tuple(
        Agreement(
            indicator=outlook.indicator.id,
            year=target.year,
            target=target.target,
            results=apply_methods(outlook.evidence, plan, target.year),
            p_met=target.p_met,
            verdict=target.verdict,
        )
        for target in outlook.targets
    )


def agreements(outlooks: Iterable[IndicatorOutlook], plan: Plan) -> tuple[Agreement, ...]:
    """All methods on every target of several indicators."""
    return tuple(found for outlook in outlooks for found in agreement(outlook, plan))
