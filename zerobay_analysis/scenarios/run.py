"""What if: named scenarios of dated levers on a forecast, side by side with the baseline.

Every indicator at risk is asked two questions besides the scenarios that name it: what if its
recent pace goes on, and what must every year bring for its last target to be 80 % likely. What could
not be run is told with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from math import ceil, inf
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.conditional import inverse
from zerobay_analysis.assessment.outlook import IndicatorOutlook, at_risk, marked, percent
from zerobay_analysis.assessment.pace import is_level, own_changes, own_figures
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast.predictive import Forecast, apply_constraints
from zerobay_analysis.language import Text, in_language, say
from zerobay_analysis.ledger.notation import month_label, years_of
from zerobay_analysis.plan import Kind
from zerobay_analysis.scenarios import levers, text
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.levers import Baseline, Finding, Lever, PulledLever, Scenario
from zerobay_analysis.series import Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.study import Study

BASELINE = Text("基线", "baseline")
RETURN_YEARS, BLOW_PERCENT, BLOW_POINTS, RECOVERY_YEARS = 2.0, -10.0, -3.0, 1.5
"""Of the standing scenarios: ours, an analyst's file says otherwise. Three points are about one
standard deviation of outcome minus target of growth targets elsewhere (data/outside_view)."""
_TINY = 1e-9


@dataclass(frozen=True)
class ScenarioYear:
    """One target under a scenario.

    Attributes
    ----------
    p_met, p_baseline : float
        Probability that the target is met, with and without the levers.
    q50 : float
        Median of the value under the scenario, in the unit.
    """

    year: int
    p_met: float
    p_baseline: float
    q50: float

    @property
    def change(self) -> float:
        """Probability gained, minus where lost."""
        return self.p_met - self.p_baseline


@dataclass(frozen=True)
class ScenarioResult:
    """One indicator under one scenario.

    Attributes
    ----------
    scenario : Scenario
    outlook : IndicatorOutlook
        The baseline.
    forecast : Forecast
        Sample paths under the scenario, row by row those of the baseline's forecast.
    years : tuple of ScenarioYear
    findings : tuple of Finding
        Numbers that the levers report, e.g. the pace that reaching the target takes.
    """

    scenario: Scenario
    outlook: IndicatorOutlook
    forecast: Forecast
    years: tuple[ScenarioYear, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ScenarioRefusal:
    """An indicator that a scenario cannot be run on, and why."""

    scenario: Scenario
    indicator: int
    reason: Text


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


def baseline_of(outlook: IndicatorOutlook) -> Baseline:
    """What levers may know about an indicator.

    Raises
    ------
    ForecastDeclined
        There is no forecast to move; the reason is the outlook's.
    """
    if outlook.forecast is None:
        raise ForecastDeclined(" / ".join(outlook.targets[0].why))
    known, direction = outlook.evidence, outlook.indicator.direction
    own = own_figures(known)
    best = own_changes(known) if is_level(outlook.indicator) else [value for _, value in own]
    return Baseline(
        indicator=outlook.indicator,
        years=outlook.forecast.years,
        latest=None if known.latest is None else (known.latest.time, known.latest.reported),
        known_until=max((p.end for p in known.with_role(Role.OWN, Role.DOUBTFUL)), default=-inf),
        today=years_of(known.as_of),
        own=own,
        targets={target.year: target.target for target in outlook.targets},
        best=max(best, key=lambda value: direction * value, default=None),
    )


# --- running ------------------------------------------------------------------------------------


def run_scenario(scenario: Scenario, outlook: IndicatorOutlook) -> ScenarioResult:
    """One indicator under one scenario, its levers pulled in the order of their dates.

    The paths keep their rows, and the constraints of the indicator's kind are applied again.

    Raises
    ------
    ForecastDeclined
        There is no forecast to move.
    ParameterError
        A lever does not apply to the indicator, or lacks the figures that it needs.
    """
    base, before, latest = baseline_of(outlook), outlook.forecast, outlook.evidence.latest
    assert before is not None  # baseline_of has declined otherwise
    paths, findings, forecast = before.paths, list[Finding](), before
    pulled = scenario.for_indicator(base.indicator.id)
    for lever in sorted(pulled, key=lambda lever: lever.when(base)):
        lever.check(base.indicator)
        paths, found = lever.apply(paths, base)
        findings += found
    if pulled:
        # No less than the forecast itself holds possible: figures of one date may disagree.
        floor = None if latest is None else min(latest.lower, float(before.paths.min()))
        forecast = before.moved(apply_constraints(paths, base.indicator, floor))
    years = []
    for year, target in base.targets.items():
        p_met, p_baseline = (of.prob_met(target, year, base.indicator.direction) for of in (forecast, before))
        years.append(ScenarioYear(year, p_met, p_baseline, forecast.quantile(0.5, year)))
    return ScenarioResult(scenario, outlook, forecast, tuple(years), tuple(findings))


def try_scenarios(
    scenarios: Iterable[Scenario], outlooks: Iterable[IndicatorOutlook]
) -> tuple[tuple[ScenarioResult, ...], tuple[ScenarioRefusal, ...]]:
    """Every scenario on every indicator that it changes; one that cannot be run is told with its reason.

    Raises
    ------
    ParameterError
        An indicator of a scenario is not among ``outlooks``.
    """
    known = {outlook.indicator.id: outlook for outlook in outlooks}
    results: list[ScenarioResult] = []
    refused: list[ScenarioRefusal] = []
    for scenario, number in ((one, number) for one in scenarios for number in one.indicators):
        if number not in known:
            raise ParameterError(
                f"情景“{scenario.name.zh}”用到的指标 {number} 不在本次评估中 / "
                f"scenario '{scenario.name.en}' needs indicator {number}, which is not assessed here"
            )
        try:
            results.append(run_scenario(scenario, known[number]))
        except (ForecastDeclined, ParameterError) as error:
            refused.append(ScenarioRefusal(scenario, number, error.text))
    return tuple(results), tuple(refused)


def families(outlook: IndicatorOutlook) -> tuple[Scenario, ...]:
    """The standing scenarios of one indicator, from the next year on; each may still decline.

    Best of the own record, the class's upper quarter, a halt, the return within :data:`RETURN_YEARS`
    years to the trend of the first half of the own record, and a blow in the first quarter that is made
    up in :data:`RECOVERY_YEARS` years. Left out is what makes no sense of the indicator's kind.
    """
    indicator, start = outlook.indicator, date(outlook.evidence.as_of.year + 1, 1, 1)
    blow = BLOW_POINTS if indicator.kind is Kind.RATE else BLOW_PERCENT
    standing: list[Lever] = [levers.BestPace(start), levers.PeerQuarter(start), levers.Halt(start)]
    times = [time for time, _ in own_figures(outlook.evidence)]
    early = [time for time in times if time <= (times[0] + times[-1]) / 2 + _TINY]
    if is_level(indicator) and len(early) > 1:
        first, last = (ceil(time - _TINY) for time in (early[0], early[-1]))
        trend = date(first, 1, 1), date(last, 12, 31)
        standing.append(levers.EarlierTrend(start, *trend, RETURN_YEARS))
    standing.append(levers.Shock(date(start.year, 3, 31), blow, RECOVERY_YEARS))
    return tuple(_alone(indicator.id, lever) for lever in standing if indicator.kind in lever.kinds)


def _alone(indicator: int, lever: Lever, name: Text | None = None) -> Scenario:
    """A scenario of one lever, called by its name unless it has one of its own."""
    return Scenario(name or lever.name, (PulledLever(indicator, lever),))


# --- lines of a report --------------------------------------------------------------------------


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
    lines: dict[int, tuple[ScenarioLine, ...]] = {}
    for outlook in study.outlooks:
        given = (_line(of, study.lang, given=True) for of in results if of.outlook is outlook)
        asked = _questions(study, outlook) if any(map(at_risk, outlook.targets)) else ()
        if found := (*given, *asked):
            lines[outlook.indicator.id] = found
    return ScenarioSummary(dict(sorted(lines.items())), refused)


def family_lines(study: Study) -> tuple[tuple[int, ScenarioLine], ...]:
    """The standing families (:func:`families`) on every indicator that has a forecast, by number."""
    known = [outlook for outlook in study.outlooks if outlook.forecast is not None]
    results, _ = try_scenarios((one for outlook in known for one in families(outlook)), known)
    return tuple((result.outlook.indicator.id, _line(result, study.lang)) for result in results)


def _questions(study: Study, outlook: IndicatorOutlook) -> Iterator[ScenarioLine]:
    """The standing questions that this indicator has the figures for."""
    lang, number = study.lang, outlook.indicator.id
    with suppress(ForecastDeclined, ParameterError):  # too few figures for a recent pace
        yield _line(run_scenario(_alone(number, levers.HoldPace(), text.HOLD_PACE), outlook), lang)
    found = inverse(outlook, study.conditional(outlook))
    if found.supposed is None and found.needed is not None:
        lever = levers.HoldPace(date(found.start, 1, 1), found.needed)
        result = run_scenario(_alone(number, lever, text.TAKES), outlook)
        yield _line(result, lang, answer=found.needed_text(lang))


def _line(result: ScenarioResult, lang: str, *, given: bool = False, answer: str = "") -> ScenarioLine:
    """A line; the ``answer`` to a question that asks for a size is its label."""
    indicator, name = result.outlook.indicator, result.scenario.name.get(lang)
    unit = levers.change_unit(indicator, lang)
    follows = say(lang, "，", ", ").join(
        text.FOUND.fill(lang, name=f.name.get(lang), value=f.value, unit=unit) for f in result.findings
    )
    label = answer or (text.IN_BRACKETS.fill(lang, name=name, text=follows) if follows else name)
    assumed = tuple(lever.text(lang, indicator) for lever in result.scenario.for_indicator(indicator.id))
    return ScenarioLine(name, given, label, assumed, result.years)


# --- the table ----------------------------------------------------------------------------------

SCENARIO_COLUMNS: Mapping[str, str] = {
    "scenario": "object",
    **dict.fromkeys(("indicator", "year"), "int64"),
    **dict.fromkeys(("date", "type"), "object"),
    **dict.fromkeys(("value", "q10", "q90", "target", "p_met"), "float64"),
    **dict.fromkeys(("label", "observation"), "object"),
}
"""Columns of :func:`scenario_frame`.

``type`` is ``reported`` (a figure of the ledger, ``label`` as its source says it, ``observation``
its row), ``estimated`` (a year that was over on the day of the report without a figure) or
``projected`` (a year not over). ``value`` is the median for the last two; ``date`` is ``2026-12``."""


def scenario_frame(results: Iterable[ScenarioResult], lang: str = "zh") -> pd.DataFrame:
    """Reported figures once, then baseline and scenarios side by side, per indicator.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`SCENARIO_COLUMNS`; the baseline is called 基线 / ``baseline``, and reported
        figures belong to it. From made-up data there is one column more, ``data``, that says so.
    """
    import pandas as pd

    results, seen, rows = tuple(results), set[int](), list[tuple[object, ...]]()
    for result in results:
        outlook, before = result.outlook, result.outlook.forecast
        if outlook.indicator.id not in seen and before is not None:
            seen.add(outlook.indicator.id)
            rows += [*_reported(outlook, lang), *_forecast(outlook, before, BASELINE.get(lang))]
        rows += _forecast(outlook, result.forecast, result.scenario.name.get(lang))
    frame = pd.DataFrame(rows, columns=list(SCENARIO_COLUMNS)).astype(SCENARIO_COLUMNS)
    frame = frame.sort_values("indicator", kind="stable", ignore_index=True)
    return marked(frame, (result.outlook for result in results))


def _reported(outlook: IndicatorOutlook, lang: str) -> Iterator[tuple[object, ...]]:
    """One row per figure."""
    for p in outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL):
        place = (BASELINE.get(lang), outlook.indicator.id, ceil(p.time - _TINY), month_label(p.end))
        said = in_language(p.label, lang)
        yield (*place, "reported", p.reported, p.lower, p.upper, None, None, said, p.observation)


def _forecast(outlook: IndicatorOutlook, forecast: Forecast, name: str) -> Iterator[tuple[object, ...]]:
    """One row per year; a year of which an exact whole figure is known needs none."""
    own, indicator = outlook.evidence.with_role(Role.OWN), outlook.indicator
    exact = {round(p.time) for p in own if p.through >= 1 and p.lower == p.upper}
    targets = {target.year: target.target for target in outlook.targets}
    for year in (int(y) for y in forecast.years if int(y) not in exact):
        q10, q50, q90 = forecast.quantiles((0.1, 0.5, 0.9), year)
        target = targets.get(year)
        p_met = None if target is None else forecast.prob_met(target, year, indicator.direction)
        kind = "estimated" if year <= years_of(outlook.evidence.as_of) else "projected"
        yield name, indicator.id, year, f"{year}-12", kind, q50, q10, q90, target, p_met, "", ""
