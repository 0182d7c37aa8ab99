"""Where the present growth leads, as a share of the way from base to target.

UN DESA Statistics Division, SDG Progress Chart 2023, technical note, "indicators with explicit
numerical target": the actual growth rate from base to latest is extended to the target year.
"""

from __future__ import annotations

from zerobay_analysis.assessment.methods.cagr_ratio import cagr
from zerobay_analysis.assessment.methods.method import (
    ALL_LEVELS,
    OWN_UNIT,
    Category,
    Method,
    Number,
    Outcome,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.situation import Reading, Situation

__all__ = ["ACCELERATE_FROM", "METHOD", "ON_TRACK_FROM", "chart_class", "compound_projection"]

ON_TRACK_FROM = 0.95
ACCELERATE_FROM = 0.10
"""Least share of the way expected at the target year for the class."""


def compound_projection(base: Reading, latest: Reading, year: int) -> float:
    """Value at the end of ``year`` if the growth rate from base to latest goes on."""
    rate = cagr(base.value, latest.value, latest.time - base.time)
    return float(latest.value * (1 + rate) ** (year - latest.time))


def chart_class(share: float) -> str:
    """Key of the class for the expected share of the way."""
    if share >= ON_TRACK_FROM:
        return "on_track"
    return "accelerate" if share >= ACCELERATE_FROM else "stagnation"


def _judge(given: Situation) -> Outcome:
    base, latest = given.trend_base, given.latest
    expected = compound_projection(base, latest, given.year)
    numbers = [Number("按现增速的预计数", "value at present growth", expected, OWN_UNIT)]
    if given.achieved:
        return Outcome("on_track", tuple(numbers), base, latest, (("最新数已达标", "achieved already"),))
    way = given.target - base.value
    if given.indicator.direction * way <= 0:
        raise MethodRefused(
            "基期已达到目标而后回落，无法计算比例",
            "the base met the target and the latest does not: no share of a way can be computed",
        )
    share = (expected - base.value) / way
    numbers.insert(0, Number("预计走完的比例", "expected share of the way", 100 * share, "%"))
    return Outcome(chart_class(share), tuple(numbers), base, latest)


METHOD = Method(
    id="un_progress_chart",
    name_zh="联合国进展图",
    name_en="UN Progress Chart",
    question=Question.WHERE_TO,
    kinds=ALL_LEVELS,
    least_points=2,
    rule_zh="按现年均增速推至目标年，走完的比例：≥95% 跟得上，10–95% 须加快，<10% 停滞或倒退",
    rule_en="Share of the way at present growth: >=95 % on track, 10-95 % accelerate, <10 % stagnation",
    source="UN DESA, SDG Progress Chart 2023, Technical Note",
    categories=(
        Category("on_track", "已达标或跟得上", "met or on track", "▲", Status.ON_TRACK),
        Category("accelerate", "有进展，须加快", "fair progress, acceleration needed", "△", Status.BEHIND),
        Category("stagnation", "停滞或倒退", "stagnation or regression", "▼", Status.BEHIND),
    ),
    judge=_judge,
)
