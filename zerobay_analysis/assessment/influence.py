"""What each figure does to the answer: the outlook again without it (leave-one-out)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zerobay_analysis.assessment.outlook import WEIGHED, IndicatorOutlook, assess_indicator
from zerobay_analysis.errors import ForecastDeclined
from zerobay_analysis.forecast.in_year import year_readings
from zerobay_analysis.forecast.readings import read
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import Evidence, Point, Role

if TYPE_CHECKING:
    from zerobay_analysis.forecast.prior import ClassShares

N_PATHS = 5000
"""Paths of each forecast; one set of random numbers for all, so that differences are sharper
than the sampling error of a single probability (0.7 points)."""


@dataclass(frozen=True)
class FigureInfluence:
    """One figure and the answer without it.

    Attributes
    ----------
    point : Point
    weight : float or None
        Its share of how far all figures together move the forecast, 0 to 1: the distance
        between the forecast with and without it (Wasserstein, in the unit, summed over the
        target years) over the sum of these distances. ``None`` for a decisive figure.
    p_met : tuple of (float or None)
        Probability of each target without it.
    q50 : tuple of (float or None)
        Median of each target year without it.
    """

    point: Point
    weight: float | None
    p_met: tuple[float | None, ...]
    q50: tuple[float | None, ...]

    @property
    def decisive(self) -> bool:
        """Whether no probability can be given without it."""
        return self.weight is None


@dataclass(frozen=True)
class Influence:
    """Every figure's part in one indicator's answer.

    Attributes
    ----------
    outlook : IndicatorOutlook
        With all figures, from the same random numbers as those without one.
    figures : tuple of FigureInfluence
        In the order of the evidence; empty where there is no forecast.
    """

    outlook: IndicatorOutlook
    figures: tuple[FigureInfluence, ...]


def leave_one_out(
    plan: Plan,
    evidence: Evidence,
    *,
    model: str = "reference_class",
    n_paths: int = N_PATHS,
    seed: int = 0,
    reference_class: str = "",
    shares: ClassShares | None = None,
) -> Influence:
    """Assess one indicator again without each of its figures in turn.

    Parameters
    ----------
    plan : Plan
    evidence : Evidence
        Figures without weight in any model (outliers, context) are not tried.
    model : str
        Registered name of the forecaster.
    n_paths, seed : int
        The same for all, so that only the figure makes the difference.
    reference_class, shares
        As for :func:`~zerobay_analysis.assessment.outlook.assess_indicator`; the same for all.

    Returns
    -------
    Influence

    Raises
    ------
    ParameterError
        ``model`` is not registered.
    """
    asked: dict[str, Any] = {"model": model, "n_paths": n_paths, "seed": seed}
    asked |= {"reference_class": reference_class, "shares": shares, "by_class": False}

    def assess(known: Evidence) -> IndicatorOutlook:
        return assess_indicator(plan, known, **asked)

    evidence = replace(evidence, points=tuple(p for p in evidence.points if p.role is not Role.CONTEXT))
    outlook = assess(evidence)
    if outlook.forecast is None:
        return Influence(outlook, ())
    tried, seen = evidence.with_role(*WEIGHED), _seen(evidence, model)
    others = [replace(evidence, points=tuple(p for p in evidence.points if p is not q)) for q in tried]
    # Early months of a year that later ones contain, and figures of long ago, change nothing.
    idle = [seen is not None and _seen(other, model) == seen for other in others]
    without = [outlook if same else assess(other) for same, other in zip(idle, others, strict=True)]
    distances = [_distance(outlook, other) for other in without]
    total = sum(filter(None, distances))
    figures = []
    for point, other, distance in zip(tried, without, distances, strict=True):
        weight = None if distance is None else distance / total if total > 0 else 0.0
        p_met, q50 = (tuple(getattr(t, name) for t in other.targets) for name in ("p_met", "q50"))
        figures.append(FigureInfluence(point, weight, p_met, q50))
    return Influence(outlook, tuple(figures))


def _seen(evidence: Evidence, model: str) -> object:
    """What a model sees of evidence: of the same its answer is the same. ``None`` where it declines."""
    known = year_readings(evidence).evidence
    if model != ReferenceClass.name:
        return known.points
    try:
        readings = read(known)
    except ForecastDeclined:
        return None
    names = ("time", "value", "sd", "low", "high", "group", "doubtful")
    return tuple(getattr(readings, name).tobytes() for name in names)


_LEVELS = tuple((i + 0.5) / 50 for i in range(50))
"""Probabilities at which two distributions are compared."""


def _distance(one: IndicatorOutlook, other: IndicatorOutlook) -> float | None:
    """Wasserstein distance of two forecasts, summed over the target years; ``None`` without a forecast."""
    if one is other:
        return 0.0
    if one.forecast is None or other.forecast is None:
        return None
    years = [target.year for target in one.targets]
    a, b = ([of.quantiles(_LEVELS, year) for year in years] for of in (one.forecast, other.forecast))
    return sum(float(np.abs(row - beside).mean()) for row, beside in zip(a, b, strict=True))
