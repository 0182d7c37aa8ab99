"""What the given scenarios, and two standing questions, do to the probability of each target.

Every indicator at risk is asked two questions besides the scenarios that name it: what if its
recent pace goes on, and what must every year bring for its last target to be 80 % likely. What could
not be run is told with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.inverse import inverse
from zerobay_analysis.assessment.outlook import IndicatorOutlook, at_risk, percent
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.language import Text, say
from zerobay_analysis.scenarios import text
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.levers import HoldPace, Lever, change_unit
from zerobay_analysis.scenarios.run import (
    PulledLever,
    Scenario,
    ScenarioRefusal,
    ScenarioResult,
    ScenarioYear,
    families,
    run_scenario,
    try_scenarios,
)

if TYPE_CHECKING:
    from zerobay_analysis.study import Study


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
            found.setdefault(outlook.indicator.id, []).extend(_questions(study, outlook))
    return ScenarioSummary({number: tuple(lines) for number, lines in sorted(found.items())}, tuple(refused))


def family_lines(study: Study) -> tuple[tuple[int, ScenarioLine], ...]:
    """The standing families (``run.families``) on every indicator that has a forecast, by number."""
    known = [outlook for outlook in study.outlooks if outlook.forecast is not None]
    results, _ = try_scenarios((one for outlook in known for one in families(outlook)), known)
    return tuple((result.outlook.indicator.id, _line(result, study.lang)) for result in results)


def _questions(study: Study, outlook: IndicatorOutlook) -> Iterator[ScenarioLine]:
    """The standing questions that this indicator has the figures for."""
    lang = study.lang
    with suppress(ForecastDeclined, ParameterError):  # too few figures for a recent pace
        yield _line(_run(outlook, HoldPace(), text.HOLD_PACE), lang)
    found = inverse(outlook, study.conditional(outlook))
    if found.supposed is None and found.needed is not None:
        lever = HoldPace(date(found.start, 1, 1), found.needed)
        yield _line(_run(outlook, lever, text.TAKES), lang, answer=found.needed_text(lang))


def _run(outlook: IndicatorOutlook, lever: Lever, name: Text) -> ScenarioResult:
    return run_scenario(Scenario(name, (PulledLever(outlook.indicator.id, lever),)), outlook)


def _line(result: ScenarioResult, lang: str, *, given: bool = False, answer: str = "") -> ScenarioLine:
    """A line; the ``answer`` to a question that asks for a size is its label."""
    indicator, name = result.outlook.indicator, result.scenario.name.get(lang)
    unit = change_unit(indicator, lang)
    follows = say(lang, "，", ", ").join(
        text.FOUND.fill(lang, name=f.name.get(lang), value=f.value, unit=unit) for f in result.findings
    )
    label = answer or (text.IN_BRACKETS.fill(lang, name=name, text=follows) if follows else name)
    levers = tuple(lever.text(lang, indicator) for lever in result.scenario.for_indicator(indicator.id))
    return ScenarioLine(name, given, label, levers, result.years)
