"""What the given scenarios, and two standing questions, do to the probability of each target.

Every indicator at risk is asked two questions besides the scenarios that name it: what if its
recent pace goes on, and by how much must it speed up for the target to be very likely. What could
not be run is told with its reason.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outlook import VERDICTS, IndicatorOutlook, at_risk, percent
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.language import Text, say
from zerobay_analysis.plan import Kind
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.levers import ChangePace, HoldPace, Lever, change_unit
from zerobay_analysis.scenarios.run import (
    PulledLever,
    Scenario,
    ScenarioRefusal,
    ScenarioResult,
    ScenarioYear,
    run_scenario,
    try_scenarios,
)

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

__all__ = ["ScenarioLine", "ScenarioSummary", "scenario_summary"]

LIKELY_ENOUGH = VERDICTS[0].floor or 0.0
"""Probability that the second question asks for: very likely."""
SIZES = range(5, 305, 5)
"""Speed-ups in percent that are looked for: up to four times the pace of the forecast."""

HOLD_PACE = Text("保持近期速度", "the recent pace goes on")
SPEED_UP = Text("须提速多少", "the speed-up it takes")
SPEED_UP_TAKES = Text(
    "要使 {year} 年目标的把握达到 {enough}，{start} 起约须提速 {size}%",
    "a chance of {enough} in {year} takes a pace about {size}% faster from {start}",
)
SPEED_UP_FAILS = Text(
    "即使 {start} 起提速 {size}%，{year} 年目标的把握也不到 {enough}",
    "even {size}% faster from {start} the target of {year} stays below {enough}",
)
FOUND = Text("{name} {value:.3g} {unit}", "{name}: {value:.3g} {unit}")
IN_BRACKETS = Text("{name}（{text}）", "{name} ({text})")


@dataclass(frozen=True)
class ScenarioLine:
    """One scenario on one indicator, in the reader's language.

    Attributes
    ----------
    name : str
        Of the scenario.
    given : bool
        Whether it comes from a file; ``False`` for a standing question.
    label : str
        The name with the numbers that follow from it, or the answer to a standing question.
    levers : tuple of str
        What is assumed, in words.
    years : tuple of ScenarioYear
        Every target with and without the levers.
    """

    name: str
    given: bool
    label: str
    levers: tuple[str, ...]
    years: tuple[ScenarioYear, ...]

    @property
    def chances(self) -> tuple[str, ...]:
        """Probability of every year's target, with its change in points, e.g. ``39% (+2)``."""
        return tuple(
            percent(y.p_met) + (f" ({round(100 * y.change):+d})" if round(100 * y.change) else "")
            for y in self.years
        )


@dataclass(frozen=True)
class ScenarioSummary:
    """All scenarios of a report.

    Attributes
    ----------
    lines : mapping of int to tuple of ScenarioLine
        By number of the indicator, given scenarios first; indicators without any are left out.
    refused : tuple of ScenarioRefusal
        What could not be run and why.
    """

    lines: Mapping[int, tuple[ScenarioLine, ...]]
    refused: tuple[ScenarioRefusal, ...]

    def of(self, indicator: int) -> tuple[ScenarioLine, ...]:
        """Lines of one indicator; none where no scenario names it and it is not at risk."""
        return self.lines.get(indicator, ())


def scenario_summary(study: Study, path: str = "") -> ScenarioSummary:
    """Run the scenarios of a report and the standing questions.

    Parameters
    ----------
    study : Study
    path : str
        Scenario file of the report; the shipped examples when empty.

    Raises
    ------
    DataError
        The file has problems; each names its line and cure.
    """
    results, refused = try_scenarios(report_scenarios(path, study.plan), study.outlooks)
    found: dict[int, list[ScenarioLine]] = {}
    for result in results:
        found.setdefault(result.outlook.indicator.id, []).append(_line(result, study.lang, given=True))
    for outlook in study.outlooks:
        if any(map(at_risk, outlook.targets)):
            found.setdefault(outlook.indicator.id, []).extend(_questions(outlook, study.lang))
    return ScenarioSummary({number: tuple(lines) for number, lines in sorted(found.items())}, tuple(refused))


def _questions(outlook: IndicatorOutlook, lang: str) -> Iterator[ScenarioLine]:
    """The standing questions that this indicator has the figures for."""
    with suppress(ForecastDeclined, ParameterError):  # too few figures for a recent pace
        yield _line(_run(outlook, HoldPace(), HOLD_PACE), lang)
    start, target = _next_quarter(outlook.evidence.as_of), [t for t in outlook.targets if at_risk(t)][-1]
    if outlook.indicator.kind is not Kind.RATE and start.year <= target.year:
        yield _faster(outlook, start, target.year, lang)


def _faster(outlook: IndicatorOutlook, start: date, year: int, lang: str) -> ScenarioLine:
    """The least speed-up that makes the target of ``year`` very likely, to the next 5 %."""

    def result(size: int) -> ScenarioResult:
        return _run(outlook, ChangePace(start, float(size)), SPEED_UP)

    def enough(size: int) -> bool:
        return next(y.p_met for y in result(size).years if y.year == year) >= LIKELY_ENOUGH

    place = bisect_left(SIZES, x=True, key=enough)
    said = SPEED_UP_TAKES if place < len(SIZES) else SPEED_UP_FAILS
    size = SIZES[min(place, len(SIZES) - 1)]
    answer = said.fill(lang, year=year, start=start, size=size, enough=percent(LIKELY_ENOUGH))
    return _line(result(size), lang, answer=answer)


def _run(outlook: IndicatorOutlook, lever: Lever, name: Text) -> ScenarioResult:
    return run_scenario(Scenario(name, (PulledLever(outlook.indicator.id, lever),)), outlook)


def _next_quarter(day: date) -> date:
    """First day of the quarter after ``day``."""
    month = 3 * ((day.month - 1) // 3) + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1)


def _line(result: ScenarioResult, lang: str, *, given: bool = False, answer: str = "") -> ScenarioLine:
    """A line; ``answer`` to a question that asks for a size is its label."""
    indicator, name = result.outlook.indicator, result.scenario.name.get(lang)
    unit = change_unit(indicator, lang)
    follows = say(lang, "，", ", ").join(
        FOUND.fill(lang, name=f.name.get(lang), value=f.value, unit=unit) for f in result.findings
    )
    label = IN_BRACKETS.fill(lang, name=name, text=follows) if follows else name
    if answer:
        label = say(lang, "，", ", ").join(filter(None, (answer, follows)))
    levers = tuple(lever.text(lang, indicator) for lever in result.scenario.for_indicator(indicator.id))
    return ScenarioLine(name, given, label, levers, result.years)
