"""Official progress methods: one rule per file, registered here, and what they say about a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.assessment.methods.method import Method, MethodResult, Question, Status
from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import Evidence

METHODS: Mapping[str, Method] = {
    name: m.described(name, import_module(f"{__name__}.{name}").judge) for name in m.DESCRIBED
}
"""A module each, in the order of ``methods.toml``: how far, how fast, where to."""


def apply_methods(evidence: Evidence, plan: Plan, year: int) -> tuple[MethodResult, ...]:
    """What every method says about one indicator's target for ``year``.

    Raises
    ------
    ParameterError
        The plan has no target for ``year``.
    """
    given = m.method_input(evidence, plan, year)
    return tuple(method.apply(given) for method in METHODS.values())


@dataclass(frozen=True)
class Agreement:
    """How many methods say the same about a target, and why they differ where they do.

    Attributes
    ----------
    target : TargetOutlook
        With the probability that stands beside them.
    results : tuple of MethodResult
        In the registry's order.
    """

    target: TargetOutlook
    results: tuple[MethodResult, ...]

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
        said = text.METHODS_SAY if on + behind else text.NO_METHOD_SAYS
        return said.fill(lang, n=on + behind, on=on, behind=behind)

    def why(self, lang: str = "zh") -> str:
        """Why they differ, by the question they answer; empty where all agree."""
        if not self.having(Status.ON_TRACK) or not self.having(Status.BEHIND):
            return ""
        said = {question: self.by_question(question) for question in Question}
        words = {q: self._divided(q, lang) if s is None else s.word(lang) for q, s in said.items()}
        return text.COMMA_WHY.get(lang).join(
            text.METHODS_WHY.fill(lang, question=question.word(lang), word=words[question])
            for question in Question
            if said[question] is not Status.CANNOT_SAY
        )

    def _divided(self, question: Question, lang: str) -> str:
        """Who stands alone among the methods that answer one question."""
        alone = min((self.having(s, question) for s in (Status.ON_TRACK, Status.BEHIND)), key=len)
        names = text.LIST.get(lang).join(result.method.name.get(lang) for result in alone)
        return text.METHODS_DIVIDED.fill(lang, names=names, word=alone[0].status.word(lang))


def agreement(outlook: IndicatorOutlook, plan: Plan) -> tuple[Agreement, ...]:
    """All methods on every target of one indicator, the probability beside them."""
    return tuple(Agreement(t, apply_methods(outlook.evidence, plan, t.year)) for t in outlook.targets)
