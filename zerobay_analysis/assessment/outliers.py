"""Figures that a person has to confirm before they count: `zerobay check` names them, `import` asks.

A figure is asked about where it lies outside what the other figures of its indicator let one expect,
and where the plan's own step speaks against it (:mod:`zerobay_analysis.assessment.consistency`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.consistency import consistency
from zerobay_analysis.errors import ForecastDeclined, Problem
from zerobay_analysis.forecast.panel import LONGEST_HISTORY
from zerobay_analysis.language import in_language
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.imports import Change, ChangeKind, place_problem
from zerobay_analysis.ledger.observations import Status, records
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import Evidence, Point, Role, evidence

INTERVAL = (0.005, 0.995)
"""A figure outside the central 99 % of what the other figures let one expect is an outlier."""

MAX_CHECKED = LONGEST_HISTORY
"""Figures of one indicator that are looked at: the latest ones, which inform the forecast."""
MAX_NAMED = 3
"""Outliers named in a sentence; of more, how many there are."""
N_PATHS = 2_000
"""Quantiles come from the distribution itself; paths only tie the years of a total together."""
SEED = 20260618
Rows = Mapping[str, Mapping[str, Any]]
"""Rows by their identifier."""


@dataclass(frozen=True)
class Outlier:
    """One figure of the plan's definition and the interval that all others give for it."""

    indicator: Indicator
    point: Point
    low: float
    high: float

    def message(self, lang: str = "zh") -> str:
        """What is unusual about the figure."""
        low, high = self.indicator.format(self.low), self.indicator.format(self.high)
        return text.OUTSIDE_INTERVAL.fill(lang, low=low, high=high)

    def text(self, lang: str = "zh") -> str:
        """The same in a sentence that names indicator, figure and period."""
        name, period = self.indicator.short(lang), self.point.period(lang)
        label, what = in_language(self.point.label, lang), self.message(lang)
        return text.OUTLIER.fill(lang, of=self, name=name, label=label, period=period, what=what)


def outliers_text(found: Sequence[Outlier], lang: str = "zh") -> str:
    """All of them in one sentence, the first few by name; empty where there is none."""
    if not found:
        return ""
    named = text.SEMICOLON.get(lang).join(outlier.text(lang) for outlier in found[:MAX_NAMED])
    more = text.MORE_OUTLIERS.fill(lang, n=len(found) - MAX_NAMED) if len(found) > MAX_NAMED else ""
    return text.CHECK_FIRST.fill(lang, named=named + more)


def outliers(known: Evidence, among: Collection[str] | None = None) -> tuple[Outlier, ...]:
    """Figures of the plan's definition beyond the forecast's 99 % interval from all others.

    A figure at a date inside a year has to lie within the wider of the intervals of the two
    year-ends, a sum of the year to date below the upper end of the whole year's, a rate of the year
    to date within the interval that other years give. Another report of the same date says nothing
    here: which of the two holds is a question of its own.

    Parameters
    ----------
    known : Evidence
    among : collection of str, optional
        Identifiers of the figures to look at; all by default.
    """
    found, answers = [], dict[object, tuple[float, float] | None]()
    asked = [p for p in known.with_role(Role.OWN) if among is None or p.observation in among]
    for point in asked[-MAX_CHECKED:]:
        interval = _expected(known, point, answers)
        if interval is not None and (point.upper < interval[0] or point.lower > interval[1]):
            found.append(Outlier(known.indicator, point, *interval))
    return tuple(found)


def _expected(
    known: Evidence, point: Point, answers: dict[object, tuple[float, float] | None]
) -> tuple[float, float] | None:
    """Interval of a figure given all others; ``None`` where they give none or it holds the figure for sure.

    ``answers`` keeps those found before: several months of one year can have the same.
    """
    same = {p.observation for p in (point, *known.rivals(point))}
    to_date = known.yearly and point.through < 1
    if to_date and known.indicator.kind is Kind.RATE:
        same |= {p.observation for p in known.with_role(Role.OWN) if abs(p.time - point.time) < 1e-6}
    last = math.ceil(point.time - 1e-9)
    years = [last - 1, last] if point.time < last else [last]
    to_date_flow = to_date and known.indicator.kind is Kind.FLOW
    # Exact figures settle the ends of years: no forecast of them can leave out these values.
    own = [p for p in known.measurable if p.role is Role.OWN][-LONGEST_HISTORY:]
    exact = (p for p in own if p.time in years and 0 < p.lower == p.upper and not known.rivals(p))
    ends = [p.value for p in exact if p.observation not in same]
    if ends and point.lower <= max(ends) and (to_date_flow or point.upper >= min(ends)):
        return None
    asked = (frozenset(same), tuple(years))
    if asked not in answers:
        others = tuple(other for other in known.points if other.observation not in same)
        answers[asked] = _interval(replace(known, points=others), years, to_date_flow)
    return answers[asked]


def _interval(others: Evidence, years: list[int], to_date_flow: bool) -> tuple[float, float] | None:
    """Interval of the ends of ``years`` that ``others`` give."""
    from zerobay_analysis.forecast import forecaster

    try:
        forecast = forecaster("reference_class").forecast(others, years, n_paths=N_PATHS, seed=SEED)
    except ForecastDeclined:
        return None
    low = min(forecast.quantile(INTERVAL[0], year) for year in years)
    high = max(forecast.quantile(INTERVAL[1], year) for year in years)
    return (0.0 if to_date_flow else low), high


def ledger_questions(ledger: Ledger, plan: Plan, day: date) -> list[Problem]:
    """One for every figure of a ledger that the others of its indicator or the plan's step speak against."""
    rows = {str(row["observation"]): row for row in records(ledger.frame)}
    return list(_questions(ledger, plan, day, ledger.name, rows))


def import_questions(
    archive: Ledger, sent: Ledger, changes: Sequence[Change], plan: Plan, file: str, today: date
) -> list[Problem]:
    """The same for every new or revised figure of a file.

    Every figure is set against all others, those on record and those of the same file.

    Parameters
    ----------
    archive, sent : Ledger
    changes : sequence of Change
        One for every row of ``sent``, in its order.
    """
    import pandas as pd

    changing = (ChangeKind.NEW, ChangeKind.REVISED, ChangeKind.WITHDRAWN)
    places = [place for place, change in enumerate(changes) if change.kind in changing]
    names = [f"file {place}" for place in places]
    frame = sent.frame.iloc[places].assign(observation=names)
    if len(archive.frame):
        frame = pd.concat([archive.frame, frame], ignore_index=True)
    rows = dict(zip(names, (changes[place].row for place in places), strict=True))
    return list(_questions(replace(archive, frame=frame), plan, today, file, rows))


def _questions(ledger: Ledger, plan: Plan, day: date, file: str, rows: Rows) -> Iterator[Problem]:
    """Questions about those figures of a ledger that are among ``rows``."""
    valid = {name: row for name, row in rows.items() if row["status"] == Status.VALID}
    own = {name for name, row in valid.items() if row["role"] == Role.OWN}
    usable = own | {name for name, row in valid.items() if row["role"] == Role.DOUBTFUL}
    for number in sorted({row["indicator"] for name, row in valid.items() if name in usable}):
        known = evidence(ledger, plan, number, day)
        for outlier in outliers(known, own):
            row = valid[outlier.point.observation]
            told = {lang: outlier.message(lang) for lang in ("zh", "en")}
            yield place_problem(file, row, "value", f"{row['value']:g}", "implausible", **told)
        found = consistency(plan, known)
        if found and not found.agrees and known.latest and known.latest.observation in usable:
            row = valid[known.latest.observation]
            facts = {"year": found.base_year, "zh": found.finding.zh, "en": found.finding.en}
            yield place_problem(file, row, "value", f"{row['value']:g}", "off_plan", **facts)
