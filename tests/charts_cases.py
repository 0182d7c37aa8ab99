"""Hand-made evidence and forecasts for the chart tests, one for every situation."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np

from zerobay_analysis.assessment.outlook import Grade, IndicatorOutlook, TargetOutlook, verdict
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.language import Text
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import Evidence, Point, Precision, Role

AS_OF = date(2026, 11, 22)


def point(
    time: float,
    reported: float,
    precision: Precision = Precision.EXACT,
    role: Role = Role.OWN,
    width: float = 0.0,
    **changes: object,
) -> Point:
    """A figure; ``width`` is how far the wording lets it stray, upwards for 超, 余 and both ways else."""
    up = precision in (Precision.AT_LEAST, Precision.A_LITTLE_OVER)
    made = Point(
        observation=f"o{time}-{reported}",
        time=time,
        value=reported + (width / 2 if up else 0.0),
        lower=reported - (0.0 if up else width),
        upper=reported + width,
        reported=reported,
        precision=precision,
        role=role,
        group="" if role is Role.OWN else "企业完成融资家数|大零号湾",
        through=1.0,
        label="",
        published=date(2024, 4, 6),
        source=f"s{int(time)}",
        caveat="",
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def paths(start: float, drift: float, noise: float, years: range, rate: bool = False) -> Forecast:
    """Random walk with drift: in logarithms, or in points for a rate."""
    rng = np.random.default_rng(7)
    steps = rng.normal(drift, noise, size=(4000, len(years))).cumsum(axis=1)
    values = start + steps if rate else start * np.exp(steps)
    return Forecast(model="reference_class", years=np.array(years, dtype=np.int64), paths=values, n_points=2)


def outlook(
    number: int,
    points: tuple[Point, ...] = (),
    forecast: Forecast | None = None,
    grade: Grade = Grade.D,
    synthetic: bool = False,
) -> IndicatorOutlook:
    """Outlook of one indicator from hand-made parts."""
    plan = load_plan()
    one = plan.indicator(number)
    latest = next((p for p in reversed(points) if p.role in (Role.OWN, Role.DOUBTFUL)), None)
    targets = []
    for year in plan.years:
        target = plan.target(number, year)
        p = None if forecast is None else forecast.prob_at_least(target, year)
        q = [None if forecast is None else forecast.quantile(level, year) for level in (0.1, 0.5, 0.9)]
        targets.append(
            TargetOutlook(
                indicator=one,
                year=year,
                target=target,
                n_obs=len(points),
                grade=grade,
                p_met=p,
                q10=q[0],
                q50=q[1],
                q90=q[2],
                required_per_year=None
                if latest is None or year <= latest.time
                else (target - latest.reported) / (year - latest.time),
                pace_from_plan=False,
                verdict=verdict(p),
                why=Text(
                    "公开渠道没有方案口径的数据，只有其他口径的数字，不能确定水平",
                    "the public record has no figure of the plan's definition; the level is not known",
                ),
            )
        )
    return IndicatorOutlook(
        indicator=one,
        evidence=Evidence(one, points, AS_OF, synthetic),
        grade=grade,
        forecast=forecast,
        targets=tuple(targets),
    )


def all_eleven() -> tuple[IndicatorOutlook, ...]:
    """Like the public record: two indicators with a forecast, the rest thin or empty."""
    proxy, doubtful, outlier = Role.PROXY, Role.DOUBTFUL, Role.OUTLIER
    about, over = Precision.ABOUT, Precision.AT_LEAST
    return (
        outlook(1, (point(2022.25, 20, about, proxy, 2), point(2025.6, 32, role=proxy)), grade=Grade.C),
        outlook(2, (point(2022, 101800, role=proxy), point(2025.6, 17406, role=proxy)), grade=Grade.C),
        outlook(3, (point(2022, 4, over, proxy, 1),), grade=Grade.C),
        outlook(
            4,
            (
                point(2023, 50, over, outlier, 5, through=11 / 12),
                point(2024, 3.5, role=proxy),
                point(2025, 4.6, role=proxy),
            ),
        ),
        outlook(5),
        outlook(6, (point(2024.4, 198, role=doubtful), point(2024, 319, role=proxy)), grade=Grade.C),
        outlook(
            7,
            (point(2023, 112), point(2023 + 5 / 12, 137, role=doubtful)),
            paths(137, 0.06, 0.14, range(2024, 2029)),
            Grade.B,
        ),
        outlook(8, (point(2023, 16, role=proxy),), grade=Grade.C),
        outlook(
            9,
            (point(2023, 150, about, doubtful, 5), point(2023 + 5 / 12, 200, over, doubtful, 20)),
            paths(210, 0.16, 0.2, range(2024, 2029)),
            Grade.C,
        ),
        outlook(
            10,
            (point(2019, 40, over, proxy, 5), point(2023, 60, Precision.A_LITTLE_OVER, proxy, 5)),
            grade=Grade.C,
        ),
        outlook(
            11,
            (
                point(2021, 965, role=proxy),
                point(2022 + 9 / 12, 1000, over, proxy, 99),
                point(2023 + 11 / 12, 1500, role=proxy),
            ),
            grade=Grade.C,
        ),
    )


def long_history(synthetic: bool = True) -> IndicatorOutlook:
    """Thirteen years of department figures with figures inside the last years."""
    level = [60, 64, 66, 72, 75, 80, 83, 90, 97, 101, 110, 118, 127]
    points = tuple(point(2013 + i, v) for i, v in enumerate(level))
    return outlook(7, points, paths(127, 0.06, 0.05, range(2026, 2029)), Grade.A, synthetic)


def flow(synthetic: bool = True) -> IndicatorOutlook:
    """A yearly flow with a year-to-date figure."""
    points = tuple(point(2020 + i, v) for i, v in enumerate([70, 92, 81, 110, 96, 105]))
    points += (point(2026, 55, through=0.5),)
    return outlook(5, points, paths(100, 0.01, 0.15, range(2025, 2029)), Grade.A, synthetic)


def rate_with_falls(synthetic: bool = True) -> IndicatorOutlook:
    """A rate that was negative once."""
    points = tuple(point(2020 + i, v) for i, v in enumerate([7.0, -10.2, 15.1, 3.4, 6.0, 5.2]))
    return outlook(4, points, paths(5.2, 0.0, 5.0, range(2025, 2029), rate=True), Grade.A, synthetic)
