"""How many methods say the same about a target, and why they differ where they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import apply_methods
from zerobay_analysis.assessment.methods.method import MethodResult, Question, Status
from zerobay_analysis.assessment.outlook import IndicatorOutlook, Verdict
from zerobay_analysis.plan import Plan


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

    def having(self, status: Status, question: Question | None = None) -> tuple[MethodResult, ...]:
        """Results of the methods that say ``status`` (refusals apart), on one question or on all."""
        return tuple(
            r
            for r in self.results
            if not r.refused and r.status is status and question in (None, r.method.question)
        )

    def by_question(self, question: Question) -> Status | None:
        """What the methods that answer ``question`` say; ``None`` where they differ."""
        said = [s for s in (Status.ON_TRACK, Status.BEHIND) if self.having(s, question)]
        return said[0] if len(said) == 1 else None if said else Status.CANNOT_SAY

    def summary(self, lang: str = "zh") -> str:
        """One sentence: how many of how many agree."""
        on, behind = len(self.having(Status.ON_TRACK)), len(self.having(Status.BEHIND))
        if on + behind == 0:
            return text.NO_METHOD_SAYS.get(lang)
        return text.METHODS_SAY.fill(lang, n=on + behind, on=on, behind=behind)

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
            parts.append(text.METHODS_WHY.fill(lang, question=question.word(lang), word=word))
        return text.COMMA_WHY.get(lang).join(parts)

    def _divided(self, question: Question, lang: str) -> str:
        """Who stands alone among the methods that answer one question."""
        camps = [self.having(status, question) for status in (Status.ON_TRACK, Status.BEHIND)]
        alone = min(camps, key=len)
        names = text.LIST.get(lang).join(result.method.name.get(lang) for result in alone)
        return text.METHODS_DIVIDED.fill(lang, names=names, word=alone[0].status.word(lang))


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
