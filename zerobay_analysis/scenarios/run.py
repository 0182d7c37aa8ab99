"""What if: named scenarios of dated levers on a forecast, side by side with the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, inf
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outlook import IndicatorOutlook, marked
from zerobay_analysis.assessment.pace import is_level, own_changes
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast.predictive import Forecast, apply_constraints
from zerobay_analysis.language import Text
from zerobay_analysis.ledger.notation import month_label, years_of
from zerobay_analysis.plan import Kind
from zerobay_analysis.scenarios.levers import (
    Baseline,
    BestPace,
    EarlierTrend,
    Finding,
    Halt,
    Lever,
    PeerQuarter,
    Shock,
)
from zerobay_analysis.series import Role

if TYPE_CHECKING:
    import pandas as pd

BASELINE = Text("基线", "baseline")
RETURN_YEARS, BLOW_PERCENT, BLOW_POINTS, RECOVERY_YEARS = 2.0, -10.0, -3.0, 1.5
"""Of the standing scenarios: ours, an analyst's file says otherwise. Three points are about one
standard deviation of outcome minus target of growth targets elsewhere (data/outside_view)."""
_TINY = 1e-9


@dataclass(frozen=True)
class PulledLever:
    """A lever and the indicator that it is pulled for."""

    indicator: int
    lever: Lever


@dataclass(frozen=True)
class Scenario:
    """A named set of levers; those of one indicator act in the order of their dates.

    Attributes
    ----------
    name : Text
    levers : tuple of PulledLever
    note : str
    """

    name: Text
    levers: tuple[PulledLever, ...]
    note: str = ""

    @property
    def indicators(self) -> tuple[int, ...]:
        """Indicators that it changes, in the order of the levers."""
        return tuple(dict.fromkeys(pulled.indicator for pulled in self.levers))

    def for_indicator(self, number: int) -> tuple[Lever, ...]:
        """Levers of one indicator, in the order of the file."""
        return tuple(pulled.lever for pulled in self.levers if pulled.indicator == number)

    def __add__(self, other: Scenario) -> Scenario:
        """Both together: the levers of one and of the other."""
        name = Text(f"{self.name.zh} + {other.name.zh}", f"{self.name.en} + {other.name.en}")
        note = "；".join(note for note in (self.note, other.note) if note)
        return Scenario(name, self.levers + other.levers, note)


@dataclass(frozen=True)
class ScenarioYear:
    """One target under a scenario.

    Attributes
    ----------
    p_met, p_baseline : float
        Probability that the target is met, with and without the levers.
    q10, q50, q90 : float
        Quantiles of the value under the scenario, in the unit.
    """

    year: int
    target: float
    p_met: float
    p_baseline: float
    q10: float
    q50: float
    q90: float

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
    """An indicator that a scenario cannot be run on, and why.

    Attributes
    ----------
    scenario : Scenario
    indicator : int
    reason : Text
    """

    scenario: Scenario
    indicator: int
    reason: Text


def baseline_of(outlook: IndicatorOutlook) -> Baseline:
    """What levers may know about an indicator.

    Raises
    ------
    ForecastDeclined
        There is no forecast to move; the reason is the outlook's.
    """
    if outlook.forecast is None:
        raise ForecastDeclined(" / ".join(outlook.targets[0].why))
    latest, usable = outlook.evidence.latest, outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL)
    own = [p for p in outlook.evidence.measurable if p.role is Role.OWN]
    return Baseline(
        indicator=outlook.indicator,
        years=outlook.forecast.years,
        latest=None if latest is None else (latest.time, latest.reported),
        known_until=max((p.end for p in usable), default=-inf),
        today=years_of(outlook.evidence.as_of),
        own=tuple((point.time, point.reported) for point in own),
        targets={target.year: target.target for target in outlook.targets},
        best=_best(outlook, [p.reported for p in own]),
    )


def _best(outlook: IndicatorOutlook, values: Sequence[float]) -> float | None:
    """Best change a year of a level, best value of a flow or a rate, in the wanted direction."""
    if is_level(outlook.indicator):
        values = [change.per_year for change in own_changes(outlook.evidence)]
    return max(values, key=lambda value: outlook.indicator.direction * value, default=None)


def families(outlook: IndicatorOutlook) -> tuple[Scenario, ...]:
    """The standing scenarios of one indicator, from the next year on; each may still decline.

    Best of the own record, the class's upper quarter, a halt, the return within :data:`RETURN_YEARS`
    years to the trend of the first half of the own record, and a blow in the first quarter that is made
    up in :data:`RECOVERY_YEARS` years. Left out is what makes no sense of the indicator's kind.
    """
    indicator, start = outlook.indicator, date(outlook.evidence.as_of.year + 1, 1, 1)
    blow = BLOW_POINTS if indicator.kind is Kind.RATE else BLOW_PERCENT
    levers: list[Lever] = [BestPace(start), PeerQuarter(start), Halt(start)]
    times = [p.time for p in outlook.evidence.measurable if p.role is Role.OWN]
    early = [time for time in times if time <= (times[0] + times[-1]) / 2 + _TINY]
    if is_level(indicator) and len(early) > 1:
        first, last = (ceil(time - _TINY) for time in (early[0], early[-1]))
        levers.append(EarlierTrend(start, date(first, 1, 1), date(last, 12, 31), RETURN_YEARS))
    levers.append(Shock(date(start.year, 3, 31), blow, RECOVERY_YEARS))
    return tuple(
        Scenario(lever.name, (PulledLever(indicator.id, lever),))
        for lever in levers
        if indicator.kind in lever.kinds
    )


def apply_levers(
    forecast: Forecast, levers: Sequence[Lever], base: Baseline, floor: float | None = None
) -> tuple[Forecast, tuple[Finding, ...]]:
    """The forecast with levers pulled in the order of their dates.

    Parameters
    ----------
    floor : float, optional
        Least value of a cumulative total: what its latest figure allows at least.

    Returns
    -------
    Forecast
        Same rows of paths, constraints of the indicator's kind applied again.
    tuple of Finding

    Raises
    ------
    ParameterError
        A lever does not apply to the indicator, or lacks the figures that it needs.
    """
    paths = forecast.paths
    findings: list[Finding] = []
    for lever in sorted(levers, key=lambda lever: lever.when(base)):
        lever.check(base.indicator)
        paths, found = lever.apply(paths, base)
        findings += found
    if not levers:
        return forecast, ()
    return forecast.moved(apply_constraints(paths, base.indicator, floor)), tuple(findings)


def run_scenario(scenario: Scenario, outlook: IndicatorOutlook) -> ScenarioResult:
    """One indicator under one scenario.

    Raises
    ------
    ForecastDeclined
        There is no forecast to move.
    ParameterError
        A lever does not apply here.
    """
    base = baseline_of(outlook)
    assert outlook.forecast is not None  # baseline_of has declined otherwise
    latest = outlook.evidence.latest
    # No less than the forecast itself holds possible: figures of one date may disagree.
    floor = None if latest is None else min(latest.lower, float(outlook.forecast.paths.min()))
    levers = scenario.for_indicator(outlook.indicator.id)
    forecast, findings = apply_levers(outlook.forecast, levers, base, floor)
    return ScenarioResult(
        scenario=scenario,
        outlook=outlook,
        forecast=forecast,
        years=tuple(
            _year(forecast, outlook.forecast, outlook.indicator.direction, target.year, target.target)
            for target in outlook.targets
        ),
        findings=findings,
    )


def try_scenarios(
    scenarios: Iterable[Scenario], outlooks: Iterable[IndicatorOutlook]
) -> tuple[tuple[ScenarioResult, ...], tuple[ScenarioRefusal, ...]]:
    """Every scenario on every indicator that it changes; one that cannot be run is told with its reason.

    Raises
    ------
    ParameterError
        An indicator of a scenario is not among ``outlooks``.
    """
    results: list[ScenarioResult] = []
    refused: list[ScenarioRefusal] = []
    for scenario, outlook in _pairs(scenarios, outlooks):
        try:
            results.append(run_scenario(scenario, outlook))
        except (ForecastDeclined, ParameterError) as error:
            refused.append(ScenarioRefusal(scenario, outlook.indicator.id, error.text))
    return tuple(results), tuple(refused)


def _pairs(
    scenarios: Iterable[Scenario], outlooks: Iterable[IndicatorOutlook]
) -> Iterator[tuple[Scenario, IndicatorOutlook]]:
    known: Mapping[int, IndicatorOutlook] = {outlook.indicator.id: outlook for outlook in outlooks}
    for scenario in scenarios:
        for number in scenario.indicators:
            if number not in known:
                raise ParameterError(
                    f"情景“{scenario.name.zh}”用到的指标 {number} 不在本次评估中 / "
                    f"scenario '{scenario.name.en}' needs indicator {number}, which is not assessed here"
                )
            yield scenario, known[number]


def _year(forecast: Forecast, before: Forecast, direction: int, year: int, target: float) -> ScenarioYear:
    q10, q50, q90 = forecast.quantiles((0.1, 0.5, 0.9), year)
    return ScenarioYear(
        year=year,
        target=target,
        p_met=forecast.prob_met(target, year, direction),
        p_baseline=before.prob_met(target, year, direction),
        q10=float(q10),
        q50=float(q50),
        q90=float(q90),
    )


SCENARIO_COLUMNS: Mapping[str, str] = {
    "scenario": "object",
    "indicator": "int64",
    "year": "int64",
    "date": "object",
    "type": "object",
    "value": "float64",
    "q10": "float64",
    "q90": "float64",
    "target": "float64",
    "p_met": "float64",
    "label": "object",
    "observation": "object",
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

    results, seen = tuple(results), set[int]()
    rows: list[dict[str, object]] = []
    for result in results:
        number = result.outlook.indicator.id
        if number not in seen and result.outlook.forecast is not None:
            seen.add(number)
            rows += _reported(result.outlook, BASELINE.get(lang))
            rows += _forecast_rows(result.outlook, result.outlook.forecast, BASELINE.get(lang))
        rows += _forecast_rows(result.outlook, result.forecast, result.scenario.name.get(lang))
    frame = pd.DataFrame(rows, columns=list(SCENARIO_COLUMNS)).astype(SCENARIO_COLUMNS)
    frame = frame.sort_values("indicator", kind="stable", ignore_index=True)
    return marked(frame, (result.outlook for result in results))


def _reported(outlook: IndicatorOutlook, name: str) -> list[dict[str, object]]:
    points = outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL)
    return [
        {
            "scenario": name,
            "indicator": outlook.indicator.id,
            "year": ceil(point.time - _TINY),
            "date": month_label(point.end),
            "type": "reported",
            "value": point.reported,
            "q10": point.lower,
            "q90": point.upper,
            "label": point.label,
            "observation": point.observation,
        }
        for point in points
    ]


def _forecast_rows(outlook: IndicatorOutlook, forecast: Forecast, name: str) -> list[dict[str, object]]:
    """One row per year; a year of which an exact whole figure is known needs none."""
    own = outlook.evidence.with_role(Role.OWN)
    exact = {round(p.time) for p in own if p.through >= 1 and p.lower == p.upper}
    targets = {target.year: target.target for target in outlook.targets}
    over, direction = years_of(outlook.evidence.as_of), outlook.indicator.direction
    rows: list[dict[str, object]] = []
    for year in (int(y) for y in forecast.years if int(y) not in exact):
        q10, q50, q90 = forecast.quantiles((0.1, 0.5, 0.9), year)
        target = targets.get(year)
        probability = None if target is None else forecast.prob_met(target, year, direction)
        rows.append(
            {
                "scenario": name,
                "indicator": outlook.indicator.id,
                "year": year,
                "date": f"{year}-12",
                "type": "estimated" if year <= over else "projected",
                "value": q50,
                "q10": q10,
                "q90": q90,
                "target": target,
                "p_met": probability,
                "label": "",
                "observation": "",
            }
        )
    return rows
