"""If the missing figure were this, then the targets would be that likely; and the other way round.

Nothing here is evidence: a hypothetical figure is never stored, counted or drawn as one.

The other way round: what can be reached for sure, and what 80 % would take. One statement for an
indicator, from one base: its own forecast, or, where there is none or record and plan disagree, a
figure on the plan's own line, which is then hypothetical and says so.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.consistency import MIN_YEARS_AHEAD, plan_base, targets_of
from zerobay_analysis.assessment.outlook import IndicatorOutlook, forecast_years
from zerobay_analysis.assessment.pace import is_level, recent_pace
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.files.tables import beyond
from zerobay_analysis.forecast import forecaster
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.language import Name, Text, say
from zerobay_analysis.ledger.notation import years_of
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import ASSUMED, Evidence, Point, Precision, Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.assessment.outside_view import OutsideView

CONFIDENT, EVEN = 0.8, 0.5
"""Probabilities for which a break-even figure is given: 很可能 begins at one, the odds turn at the other."""
FIFTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Middles of the fifths of a forecast: five values, each as likely as the others."""
N_PATHS = 500
"""Of a cumulative total, whose probabilities rest on them; the others' do not."""
STEPS_BESIDE = (-2, -1, 0, 1, 2)
"""Figures of the short table: the plan's own line and so many of its steps beside it."""
RATE_STEP = 2.0
"""Points between the figures of the short table where the plan has no step of its own."""
LEVEL_STEP = 0.1
"""The same for a yearly total, as a share of the target."""
_TINY = 1e-9


@dataclass(frozen=True)
class Conditional:
    """Probabilities of an indicator's targets as a function of the one figure that is missing.

    Attributes
    ----------
    targets : mapping of int to float
        Of the plan, by year.
    evidence : Evidence
        What is known; figures of other definitions stay in, those of its own make way.
    year : int
        The missing figure is of the end of this year, or of the year.
    line : float
        Where the plan's own line stands then: the middle of the short table.
    beside : bool
        Whether the figure joins those of the plan's definition instead of making them way.
    """

    targets: Mapping[int, float]
    evidence: Evidence
    year: int
    line: float
    model: str
    seed: int
    reference_class: str = ""
    beside: bool = False

    @property
    def indicator(self) -> Indicator:
        """The indicator."""
        return self.evidence.indicator

    def forecast(self, figure: float) -> Forecast | None:
        """The forecast if the missing figure were ``figure``; ``None`` where the model declines.

        Raises
        ------
        ParameterError
            The indicator cannot have this value.
        """
        known = with_figure(self.evidence, figure, self.year, beside=self.beside)
        n_paths = N_PATHS if self.indicator.kind is Kind.CUMULATIVE else 10
        asked = forecaster(self.model, self.reference_class or self.indicator.reference_class)
        try:
            return asked.forecast(known, forecast_years(known, self.targets), n_paths=n_paths, seed=self.seed)
        except ForecastDeclined:
            return None

    def probabilities(self, figure: float) -> dict[int, float | None]:
        """Probability of each target by year, if the missing figure were ``figure``."""
        forecast, direction = self.forecast(figure), self.indicator.direction
        if forecast is None:
            return dict.fromkeys(self.targets)
        return {year: forecast.prob_met(target, year, direction) for year, target in self.targets.items()}

    @cached_property
    def chances(self) -> Mapping[int, float | None]:
        """Probability of each target by year, if the figure lay on the plan's line."""
        return self.probabilities(self.line)

    @cached_property
    def even(self) -> float | None:
        """From which figure on the last target is as likely as not."""
        return self.break_even(EVEN, max(self.targets))

    @cached_property
    def confident(self) -> float | None:
        """From which figure on the last target is very likely."""
        return self.break_even(CONFIDENT, max(self.targets))

    def curve(self, points: int = 21) -> pd.DataFrame:
        """Probabilities as a function of the missing figure, from well below the plan's line to 80 %.

        Returns
        -------
        pandas.DataFrame
            One row per figure and target: ``figure``, ``year``, ``p_met``; hypothetical, all of it.
        """
        import pandas as pd

        ends = [*self.table, *(figure for figure in (self.even, self.confident) if figure is not None)]
        wanted = np.linspace(min(ends), max(ends), points).tolist()
        figures = sorted({self.inside(figure) for figure in wanted})
        rows = [(figure, year, p) for figure in figures for year, p in self.probabilities(figure).items()]
        return pd.DataFrame(rows, columns=["figure", "year", "p_met"])

    @cached_property
    def table(self) -> Mapping[float, Mapping[int, float | None]]:
        """Probabilities by year for a few figures around the plan's line, in order."""
        step = abs(self.line - min(self.targets.values())) or LEVEL_STEP * abs(self.line)
        if self.indicator.kind is Kind.RATE:
            step = RATE_STEP
        figures = sorted({self._rounded(self.line + times * step) for times in STEPS_BESIDE})
        return {figure: self.probabilities(figure) for figure in figures if self._allowed(figure)}

    def break_even(self, probability: float, year: int) -> float | None:
        """The figure from which the target of ``year`` has this probability.

        Returns
        -------
        float or None
            To :attr:`precision`; ``None`` where no figure within a factor of ten (a
            rate: within 60 points) of the plan's line gives it.
        """
        direction, rate = self.indicator.direction, self.indicator.kind is Kind.RATE
        wide = 60.0 if rate else 9 * abs(self.line)
        worse = self.line - direction * (wide if rate else 0.9 * abs(self.line))
        better = self.inside(self.line + direction * wide)

        def enough(figure: float) -> bool:
            p = self.probabilities(figure)[year] if self._allowed(figure) else None
            return p is not None and p >= probability

        if not enough(better):
            return None
        # Both in steps of the precision, so that the answer is one of them.
        first, last = round(worse / self.precision) + direction, round(better / self.precision)
        steps = range(first, last, direction)
        found = bisect_left(steps, True, key=lambda step: enough(self._rounded(step * self.precision)))
        return self._rounded((first + direction * found) * self.precision)

    @property
    def precision(self) -> float:
        """How exact a break-even figure is: about half a percent, and not finer than figures are reported."""
        rough = math.floor(math.log10(max(abs(self.line), 1e-9))) - 2
        return 10.0 ** max(rough, -self.indicator.decimals)

    def _rounded(self, figure: float) -> float:
        return round(figure, self.indicator.decimals)

    def inside(self, figure: float) -> float:
        """The figure as the indicator can have it: rounded, within its bounds."""
        low, high = self.indicator.lower, self.indicator.upper
        figure = max(figure, -math.inf if low is None else low)
        return self._rounded(min(figure, math.inf if high is None else high))

    def _allowed(self, figure: float) -> bool:
        return figure == self.inside(figure) and (self.indicator.kind is Kind.RATE or figure > 0)


@dataclass(frozen=True)
class Worth:
    """What knowing the missing figure would do to the answer.

    Attributes
    ----------
    year : int
        The missing figure is of the end of this year, or of the year.
    by_plan : bool
        Whether it is taken to lie around the plan's line, not as the record's forecast says: :func:`worth`.
    change : float
        Expected absolute change of the probability of a target, on average over the plan's targets.
    """

    indicator: Indicator
    year: int
    by_plan: bool
    change: float

    @property
    def why(self) -> Text:
        """Why the figure is asked for, in a sentence."""
        law = text.WORTH_BY_PLAN if self.by_plan else text.WORTH_BY_RECORD
        return text.both("WORTH", year=self.year, points=round(100 * self.change), law=law)


def worth(outlook: IndicatorOutlook, asked: Conditional) -> Worth | None:
    """Value of asking an indicator for its missing figure, that of the last full year.

    Where the record fixes the level, the figure is taken to be distributed as its forecast says: five
    values in the middle of its fifths. Where it does not, or record and plan disagree, whoever set the
    targets knew the figure, so it is taken to lie within two of the plan's own steps of the plan's line
    (:data:`STEPS_BESIDE`): in three public plans the first step was 0.94, 1.33 and 2.8 times the second.
    Without a probability today the change is from the mean of the five.

    Returns
    -------
    Worth or None
        ``None`` where the figure is known, or a later one says more.
    """
    evidence, forecast = outlook.evidence, outlook.forecast
    by_plan = forecast is None or outlook.disagrees
    if forecast is not None and not by_plan:
        exact = {p.time for p in evidence.with_role(Role.OWN) if p.through >= 1 and p.lower == p.upper}
        if asked.year in exact or asked.year not in forecast.years:
            return None
        asked = replace(asked, beside=True)
        figures = tuple(asked.inside(float(q)) for q in forecast.quantiles(FIFTHS, asked.year))
    else:
        figures = tuple(asked.table)
    chances = np.array([[p for p in asked.probabilities(f).values() if p is not None] for f in figures])
    if not chances.size:
        return None
    today = [target.p_met for target in outlook.targets if target.p_met is not None]
    change = float(np.abs(chances - (today or chances.mean(axis=0))).mean())
    return Worth(evidence.indicator, asked.year, by_plan, change)


def conditional(
    plan: Plan,
    evidence: Evidence,
    *,
    model: str = "reference_class",
    seed: int = 0,
    reference_class: str = "",
) -> Conditional:
    """Ask what the targets hang on, for an indicator with or without a figure of the last full year.

    Parameters
    ----------
    reference_class : str
        Instead of the one that the indicator names.
    """
    asked, targets = evidence.as_of.year - 1, targets_of(plan, evidence.indicator)
    first, base = min(targets), plan_base(targets)
    line = targets[first]
    if base is not None and evidence.indicator.kind is not Kind.RATE:
        line += (line - base[1]) * (asked - first)
    return Conditional(targets, evidence, asked, line, model, seed, reference_class)


def with_figure(evidence: Evidence, figure: float, year: int, *, beside: bool = False) -> Evidence:
    """Evidence in which a hypothetical figure is the only one of the plan's definition, or one ``beside`` it.

    Raises
    ------
    ParameterError
        The indicator cannot have this value.
    """
    indicator, value = evidence.indicator, float(figure)
    outside = beyond(figure, indicator.lower, indicator.upper)
    if outside or (indicator.whole_number and figure != round(figure)):
        raise ParameterError(
            f"指标 {indicator.id} 的数不能是 {figure:g} / "
            f"indicator {indicator.id} cannot have the value {figure:g}"
        )
    assumed = Point(
        observation=ASSUMED,
        time=float(year),
        value=value,
        lower=value,
        upper=value,
        reported=value,
        precision=Precision.EXACT,
        role=Role.OWN,
        group="",
        through=1.0,
        label=Name(f"假设{figure:g}{indicator.unit_zh}", f"supposed {figure:g} {indicator.unit_en}"),
        published=evidence.as_of,
        source="",
        caveat="假设的数，不是记录 / hypothetical, not on record",
    )
    gone = () if beside else (Role.OWN, Role.DOUBTFUL)
    points = [*(p for p in evidence.points if p.role not in gone), assumed]
    return replace(evidence, points=tuple(sorted(points, key=lambda point: point.time)))


def answered(outlook: IndicatorOutlook, asked: Conditional, view: OutsideView | None) -> IndicatorOutlook:
    """An outlook whose targets say what they hang on, where word and probability alone are not the answer.

    A record that the plan's own steps contradict is told as such; a target without figures of its own
    hangs on one missing figure, or has the outside view. Nothing here is evidence.

    Parameters
    ----------
    asked : Conditional
        What its targets hang on.
    view : OutsideView or None
        What became of comparable targets elsewhere.
    """
    if outlook.forecast is not None and not outlook.disagrees:
        return outlook
    outside = None if view is None or view.gap is None else (view.met, view.decided)
    known = (asked.chances[target.year] for target in outlook.targets)
    supposed = (None if p is None else (asked.line, p) for p in known)
    targets = tuple(
        replace(target, disagrees=outlook.disagrees, supposed=of, outside=outside)
        for target, of in zip(outlook.targets, supposed, strict=True)
    )
    return replace(outlook, targets=targets)


# --- the questions asked the other way round ------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """What one year can be counted on for.

    Attributes
    ----------
    even, confident : float
        The value that is reached with 50 % and with 80 % probability, in whole steps of the
        indicator's last digit.
    """

    year: int
    target: float
    even: float
    confident: float


@dataclass(frozen=True)
class Inverse:
    """One indicator's statement.

    Attributes
    ----------
    supposed : (int, float) or None
        Year and value of the hypothetical figure that the answer starts from.
    reach : tuple of Reach
        One per target, in order of years; empty where no answer can be given at all.
    start : int
        First year that can still be planned: half of it at least is to come.
    needed : float or None
        What the years from ``start`` to the last target must bring for 80 %: the median change a year
        of a level, the median yearly value of a flow or a rate, the spread of the forecast staying as
        it is. ``None`` where no such year is left.
    recent : float or None
        The same of recent years, by the indicator's own figures.
    expected : float or None
        The same by the median of the forecast.
    """

    indicator: Indicator
    supposed: tuple[int, float] | None
    reach: tuple[Reach, ...]
    start: int
    needed: float | None
    recent: float | None
    expected: float | None = None

    def of(self, year: int) -> Reach | None:
        """What ``year`` can be counted on for."""
        return next((reach for reach in self.reach if reach.year == year), None)

    def text(self, lang: str = "zh") -> str:
        """The statement: what the last year can be counted on for, and what 80 % would take."""
        if not self.reach:
            return ""
        last = self.reach[-1]
        confident, even = self._said(last.confident, lang), self._said(last.even, lang)
        reach = text.REACH.fill(lang, year=last.year, confident=confident, even=even)
        return self.base_text(lang) + reach + say(lang, "；", "; ") + self._needed_text(lang)

    def needed_text(self, lang: str = "zh") -> str:
        """Its second half: what 80 % on the last target takes, with what recent years brought."""
        return self.base_text(lang) + self._needed_text(lang) if self.reach else ""

    def base_text(self, lang: str = "zh") -> str:
        """The hypothetical figure that the answer starts from; empty where it starts from the record."""
        if self.supposed is None:
            return ""
        said = text.SUPPOSED_LEVEL if is_level(self.indicator) else text.SUPPOSED_YEARLY
        return said.fill(lang, year=self.supposed[0], base=self._said(self.supposed[1], lang))

    def _needed_text(self, lang: str) -> str:
        indicator, last, level = self.indicator, self.reach[-1], is_level(self.indicator)
        if self.needed is None:
            return text.NO_TIME.fill(lang, year=last.year)
        beside, known = ("EXPECTED", self.expected) if self.recent is None else ("RECENT", self.recent)
        recent = "" if known is None else self._said(known, lang, step=level)
        falls = indicator.kind is Kind.STOCK and indicator.direction < 0
        holds = indicator.kind is Kind.STOCK and indicator.direction * self.needed <= 0
        sure = indicator.direction * (last.confident - last.target) >= 0
        said = text.HELD if holds or (level and self.needed == 0) else text.ENOUGH if sure else text.NEEDED
        what = f"WHAT_{indicator.kind.name}_{'UP' if indicator.direction > 0 else 'DOWN'}"
        return said.fill(
            lang,
            start=self.start,
            year=last.year,
            target=self._said(last.target, lang),
            what=text[what].get(lang),
            needed=self._said(-self.needed if falls else self.needed, lang, step=level),
            recent=recent and text[f"{beside}_{'LEVEL' if level else 'YEARLY'}"].fill(lang, recent=recent),
        )

    def _said(self, value: float, lang: str, *, step: bool = False) -> str:
        """A value with its unit."""
        unit, digits = self.indicator.unit(lang), self.indicator.decimals + (step and abs(value) < 10)
        shown = f"{value:,.{0 if float(value).is_integer() else digits}f}"
        return f"{shown}{'' if lang == 'zh' or unit == '%' else ' × ' if unit[:1].isdigit() else ' '}{unit}"


def inverse(outlook: IndicatorOutlook, asked: Conditional) -> Inverse:
    """Answer for an indicator what can be counted on, and what its last target would take.

    Parameters
    ----------
    asked : Conditional
        What its targets hang on: the base where the record gives none.
    """
    indicator, evidence, latest = outlook.indicator, outlook.evidence, outlook.evidence.latest
    forecast, recent, supposed = outlook.forecast, recent_pace(evidence), None
    base = None if latest is None else (latest.time, latest.reported)
    if forecast is None or outlook.disagrees:
        forecast, recent, supposed = asked.forecast(asked.line), None, (asked.year, asked.line)
        base = (float(asked.year), asked.line)
    start = math.ceil(years_of(evidence.as_of) + MIN_YEARS_AHEAD - _TINY)
    if forecast is None:
        return Inverse(indicator, supposed, (), start, None, recent)
    reach = tuple(
        Reach(year, target, *(reachable(forecast, indicator, p, year) for p in (EVEN, CONFIDENT)))
        for year, target in asked.targets.items()
    )
    needed, expected = None, None
    if start <= reach[-1].year:
        needed, expected = _needed(forecast, indicator, reach[-1], start, base)
    return Inverse(indicator, supposed, reach, start, needed, recent, expected)


def reachable(forecast: Forecast, indicator: Indicator, probability: float, year: int) -> float:
    """The best value of ``year`` that is reached with ``probability``, to the indicator's last digit."""
    direction, step = indicator.direction, 10.0**-indicator.decimals
    quantile = forecast.quantile(1 - probability if direction > 0 else probability, year)
    value = direction * math.floor(direction * quantile / step + _TINY) * step
    return round(value, indicator.decimals)


def _needed(
    forecast: Forecast, indicator: Indicator, last: Reach, start: int, base: tuple[float, float] | None
) -> tuple[float, float]:
    """Median change a year (of a flow or a rate: value) that makes ``last`` 80 % likely, and as it is."""
    direction, digits = indicator.direction, indicator.decimals
    unsure, middle = forecast.quantiles((1 - CONFIDENT if direction > 0 else CONFIDENT, EVEN), last.year)
    level, years = 0.0, 1.0
    if is_level(indicator):
        time, level = base if base is not None else (start - 1.0, 0.0)
        if start - 1 in forecast.years:
            time, level = start - 1.0, forecast.quantile(EVEN, start - 1)
        years = last.year - time
    goal, expected = ((value - level) / years for value in (last.target + middle - unsure, middle))
    digits += is_level(indicator) and abs(goal) < 10
    needed = math.ceil(direction * goal * 10**digits - _TINY) / 10**digits * direction
    return float(needed), round(float(expected), digits)
