"""Small plans and evidence whose answers are known, for the tests from forecast to decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from zerobay_analysis.assessment.methods.method import DataPoint, MethodInput
from zerobay_analysis.assessment.outlook import (
    Grade,
    IndicatorOutlook,
    assess_indicator,
)
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.ledger.notation import Precision
from zerobay_analysis.plan import Indicator, Kind, Plan, load_plan
from zerobay_analysis.series import Evidence, Point

AS_OF = date(2026, 6, 30)
BY_KIND = {Kind.STOCK: 7, Kind.CUMULATIVE: 9, Kind.FLOW: 5, Kind.RATE: 4}
"""An indicator of the shipped plan of each kind."""


def indicator(kind: Kind = Kind.STOCK, **changes: object) -> Indicator:
    """An indicator of the shipped plan, with some attributes changed."""
    return replace(load_plan().indicator(BY_KIND[kind]), **changes)  # type: ignore[arg-type]


def method_input(
    values: Mapping[float, float],
    target: float,
    year: int,
    *,
    kind: Kind = Kind.STOCK,
    plan_start: float = 2025.0,
    direction: int = 1,
    within_year: DataPoint | None = None,
) -> MethodInput:
    """A target and exact figures by time."""
    return MethodInput(
        indicator=indicator(kind, direction=direction),
        year=year,
        target=target,
        points=tuple(DataPoint(time, value) for time, value in sorted(values.items())),
        plan_start=plan_start,
        within_year=within_year,
    )


def point(time: float, value: float, *, through: float = 1.0, role: str = "own", **changes: object) -> Point:
    """An exact figure."""
    from zerobay_analysis.series import Role

    made = Point(
        observation=f"t{time:g}",
        time=time,
        value=value,
        lower=value,
        upper=value,
        reported=value,
        precision=Precision.EXACT,
        role=Role(role),
        group="" if role == "own" else "g",
        through=through,
        label=f"{value:g}",
        published=date(int(time) + 1, 1, 15),
        source="S1",
        caveat="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def to_date(year: int, months: int, value: float, **changes: object) -> Point:
    """A year-to-date figure of the first ``months``, known at their end."""
    named = {"observation": f"{year}-{months}", "published": date(year, months, 28)}
    return point(float(year), value, through=months / 12, **{**named, **changes})  # type: ignore[arg-type]


def evidence(kind: Kind, points: Sequence[Point], as_of: date = AS_OF) -> Evidence:
    """Evidence of one indicator of the shipped plan."""
    return Evidence(indicator(kind), tuple(sorted(points, key=lambda p: p.time)), as_of)


def plan_with(number: int, targets: Mapping[int, float]) -> Plan:
    """The shipped plan with other targets for one indicator."""
    plan = load_plan()
    others = plan.targets[plan.targets["indicator"] != number]
    mine = pd.DataFrame({"indicator": number, "year": list(targets), "target": list(targets.values())})
    return replace(plan, targets=pd.concat([others, mine], ignore_index=True))


def outlook(
    kind: Kind, points: Sequence[Point], targets: Mapping[int, float] | None = None
) -> IndicatorOutlook:
    """Assess an indicator of the shipped plan from a few figures."""
    plan = load_plan() if targets is None else plan_with(BY_KIND[kind], targets)
    return assess_indicator(plan, evidence(kind, points), n_paths=4000, seed=1)


def with_paths(base: IndicatorOutlook, years: Sequence[int], paths: np.ndarray) -> IndicatorOutlook:
    """The same outlook with a forecast of known paths."""
    forecast = Forecast("made", np.asarray(years, dtype=np.int64), np.asarray(paths, dtype=float), 1)
    targets = tuple(
        replace(t, p_met=forecast.prob_at_least(t.target, t.year), q50=forecast.quantile(0.5, t.year))
        for t in base.targets
    )
    return replace(base, forecast=forecast, targets=targets, grade=Grade.B)
