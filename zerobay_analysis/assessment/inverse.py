"""The questions asked the other way round: what can be reached for sure, and what 80 % would take.

One statement for an indicator, from one base: its own forecast, or, where there is none or record and
plan disagree, a figure on the plan's own line, which is then hypothetical and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.conditional import CONFIDENT, EVEN, Conditional
from zerobay_analysis.assessment.consistency import MIN_YEARS_AHEAD
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.pace import is_level, recent_pace
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.language import say
from zerobay_analysis.ledger.notation import years_of
from zerobay_analysis.plan import Indicator, Kind

_TINY = 1e-9


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
        year, base = self.supposed
        return text[f"SUPPOSED_{self._how}"].fill(lang, year=year, base=self._said(base, lang))

    @property
    def _how(self) -> str:
        return "LEVEL" if is_level(self.indicator) else "YEARLY"

    def _needed_text(self, lang: str) -> str:
        indicator, last, level = self.indicator, self.reach[-1], is_level(self.indicator)
        if self.needed is None:
            return text.NO_TIME.fill(lang, year=last.year)
        known = self.expected if self.recent is None else self.recent
        beside = "EXPECTED" if self.recent is None else "RECENT"
        recent = "" if known is None else self._said(known, lang, step=level)
        holds = indicator.kind is Kind.STOCK and indicator.direction * self.needed <= 0
        sure = indicator.direction * (last.confident - last.target) >= 0
        said = text.HELD if holds or (level and self.needed == 0) else text.ENOUGH if sure else text.NEEDED
        what = f"WHAT_{indicator.kind.name}_{'UP' if indicator.direction > 0 else 'DOWN'}"
        falls = indicator.kind is Kind.STOCK and indicator.direction < 0
        return said.fill(
            lang,
            start=self.start,
            year=last.year,
            target=self._said(last.target, lang),
            what=text[what].get(lang),
            needed=self._said(-self.needed if falls else self.needed, lang, step=level),
            recent=recent and text[f"{beside}_{self._how}"].fill(lang, recent=recent),
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
    indicator, evidence = outlook.indicator, outlook.evidence
    forecast, recent = outlook.forecast, recent_pace(evidence)
    supposed = None
    if forecast is None or outlook.disagrees:
        supposed, recent = (asked.year, asked.line), None
        forecast = asked.forecast(asked.line)
    start = math.ceil(years_of(evidence.as_of) + MIN_YEARS_AHEAD - _TINY)
    if forecast is None:
        return Inverse(indicator, supposed, (), start, None, recent)
    reach = tuple(
        Reach(year, target, *(reachable(forecast, indicator, p, year) for p in (EVEN, CONFIDENT)))
        for year, target in asked.targets.items()
    )
    base = (float(supposed[0]), supposed[1]) if supposed else None
    latest = evidence.latest
    if base is None and latest is not None:
        base = latest.time, latest.reported
    if start > reach[-1].year:
        return Inverse(indicator, supposed, reach, start, None, recent)
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
