"""What can be said of a target today, where its word and probability alone are not the answer.

A record that the plan's own steps contradict is told as such; a target without figures of its own
hangs on one missing figure, or has the outside view. Nothing here is evidence.
"""

from __future__ import annotations

from dataclasses import replace

from zerobay_analysis.assessment.conditional import conditional
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.outside_view import OutsideView
from zerobay_analysis.plan import Plan


def answered(
    plan: Plan, outlook: IndicatorOutlook, view: OutsideView | None, *, model: str, seed: int, name: str = ""
) -> IndicatorOutlook:
    """An outlook whose targets say what they hang on.

    Parameters
    ----------
    view : OutsideView or None
        What became of comparable targets elsewhere.
    model, seed, name
        Forecaster, its seed, and the reference class used instead of the indicator's own, if any.
    """
    if outlook.forecast is not None and not outlook.disagrees:
        return outlook
    asked = conditional(plan, outlook.evidence, model=model, seed=seed, reference_class=name)
    chances = asked.probabilities(asked.line)
    outside = None if view is None or view.gap is None else (view.met, view.decided)
    targets = tuple(
        replace(
            target,
            disagrees=outlook.disagrees,
            supposed=None if (p := chances[target.year]) is None else (asked.line, p),
            outside=outside,
        )
        for target in outlook.targets
    )
    return replace(outlook, targets=targets)
