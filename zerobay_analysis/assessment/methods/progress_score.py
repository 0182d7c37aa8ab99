"""The ratio of ``cagr_ratio`` as a score between -5 and 5 that can be averaged over indicators.

Open SDG, docs/progress-methodology.md: linear from -5 at R = -60 % to 0 at 60 % to 5 at 130 %;
each class takes a quarter of the range; an achieved target scores 5 whatever its trend.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods import method as m
from zerobay_analysis.assessment.methods.cagr_ratio import growth_ratio

BEST = 5.0
"""Largest score, and minus the smallest."""
HALF = 2.5
"""Scores from here are on track; from 0 accelerate; from minus this limited."""
BEND = 0.6
"""Ratio at which the score is 0 and its slope changes."""
UPPER_SLOPE, UPPER_OFFSET = 7.1429, -4.2857
LOWER_SLOPE, LOWER_OFFSET = 4.1667, -2.5

_TINY = 1e-3  # the published coefficients are rounded: 0.95 scores 2.50006 and 1.3 scores 5.00007


def score(ratio: float) -> float:
    """Score of a ratio of observed to required growth."""
    upper = ratio >= BEND
    value = UPPER_SLOPE * ratio + UPPER_OFFSET if upper else LOWER_SLOPE * ratio + LOWER_OFFSET
    return max(-BEST, min(BEST, value))


def score_class(value: float) -> str:
    """Key of the class that a score, or a mean of scores, belongs to."""
    floors = {"on_track": HALF - _TINY, "accelerate": -_TINY, "limited": -HALF - _TINY}
    return m.by_floor(value, floors, "deterioration")


def judge(given: m.MethodInput, base: m.DataPoint, latest: m.DataPoint) -> m.Outcome:
    """See :class:`method.Method`."""
    if given.achieved:
        return m.Outcome("achieved", {"score": BEST})
    ratio = growth_ratio(base, latest, given.target, given.year, given.indicator.direction)
    return m.Outcome(score_class(score(ratio)), {"score": score(ratio), "ratio": ratio})
