"""Probability, grade, required pace and verdict for every target of an indicator."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.consistency import Consistency, consistency, targets_of
from zerobay_analysis.errors import ForecastDeclined
from zerobay_analysis.language import NOTHING, SYNTHETIC, Text, editions
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import Evidence, Point, Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.forecast.predictive import Forecast
    from zerobay_analysis.forecast.prior import ClassShares


CLASS_PATHS = 4_000
"""Sample paths under each class that could be argued for; only totals hang on them, by half a point."""

WEIGHED = (Role.OWN, Role.DOUBTFUL, Role.PROXY)
"""Roles that carry weight in a model."""
HISTORY_YEARS = 5
"""Annual figures that make grade A (DESIGN: evidence grades); a data request asks for these."""


class Grade(StrEnum):
    """How much evidence stands behind a statement (DESIGN: evidence grades)."""

    A = "A"
    """5 or more annual observations of the official definition."""
    B = "B"
    """2 to 4."""
    C = "C"
    """1, or only figures of doubtful or other definition."""
    D = "D"
    """None."""


@dataclass(frozen=True)
class Verdict:
    """A plain word for a probability, with a symbol and a colour that differ in greyscale.

    Attributes
    ----------
    key : str
    word_zh, word_en : str
    symbol : str
        One character that the report's font has.
    colour : str
        ``#rrggbb``.
    floor : float or None
        Least probability for this word; ``None`` for "no probability can be given".
    """

    key: str
    word_zh: str
    word_en: str
    symbol: str
    colour: str
    floor: float | None

    def word(self, lang: str = "zh") -> str:
        """The word in the reader's language."""
        return self.word_zh if lang == "zh" else self.word_en


VERDICTS: tuple[Verdict, ...] = (
    # Words and limits: METHODS section 3. Lightness falls from good to bad in even steps, so the
    # order survives a grey print and the eye is drawn to what is at risk.
    Verdict("very_likely", "很可能", "very likely", "▲", "#cde6f0", 0.80),
    Verdict("likely", "较可能", "likely", "△", "#8cc0d8", 0.60),
    Verdict("uncertain", "难料", "toss-up", "◇", "#b98f3e", 0.40),
    Verdict("unlikely", "较难", "unlikely", "▽", "#9d4a20", 0.20),
    Verdict("very_unlikely", "很难", "very unlikely", "▼", "#611827", 0.00),
)
_FLOORS = [one.floor or 0.0 for one in VERDICTS]
VERDICT_RANGES: Mapping[Verdict, tuple[float, float]] = {
    one: (low, high) for one, low, high in zip(VERDICTS, _FLOORS, (1.0, *_FLOORS), strict=False)
}
"""Probabilities behind each word, most likely first."""
NO_VERDICT = Verdict("none", "无法给出概率", "no probability", "—", "#ffffff", None)
DISAGREES = Verdict("disagrees", "口径待核实", "in doubt", "≠", "#f3e9f7", None)
ONE_FIGURE = Verdict("one_figure", "只差一个数", "one figure missing", "○", "#ffffff", None)
OUTSIDE = Verdict("outside", "外部参照", "outside view", "◎", "#ffffff", None)
OPEN = (DISAGREES, ONE_FIGURE, OUTSIDE, NO_VERDICT)
"""What is said where no word for a probability is the answer."""


def verdict(p_met: float | None) -> Verdict:
    """Word for a probability between 0 and 1, or for its absence.

    The probability counts as it is printed, in whole percent: nobody reads "60 %, toss-up".
    """
    if p_met is None:
        return NO_VERDICT
    shown = round(100 * p_met)
    return next(v for v in VERDICTS if v.floor is not None and shown >= round(100 * v.floor))


def percent(probability: float, low: float = 0.01, high: float = 0.99) -> str:
    """Whole percent; never 0 % or 100 %, which no forecast can promise.

    Parameters
    ----------
    low, high : float
        Between these probabilities were tested (``forecast.prior.range_tested``): none beyond is
        printed.
    """
    low, high = math.ceil(100 * low - 1e-9), math.floor(100 * high + 1e-9)
    if 100 * probability < low:
        return f"<{low}%"
    if 100 * probability > high:
        return f">{high}%"
    return f"{round(100 * probability)}%"


AT_RISK_BELOW = next(v.floor for v in VERDICTS if v.key == "likely") or 0.0
"""A target is at risk where it is not at least 较可能 (likely) to be met."""


@dataclass(frozen=True)
class TargetOutlook:
    """What can be said about one indicator and target year.

    Attributes
    ----------
    n_obs : int
        Figures that carry weight in the forecast (or would, were one possible).
    p_met : float or None
        Probability that the target is met.
    q10, q50, q90 : float or None
        Quantiles of the year's value, in the indicator's unit.
    required_per_year : float or None
        Change per year needed from the latest figure; where there is none, the step that
        the plan itself takes from the year before. In the unit (points for a rate).
    pace_from_plan : bool
        True where ``required_per_year`` is the plan's own step.
    why : Text
        Why there is, or is not, a probability.
    reference_class : str
        What the indicator was taken to be like; empty where no probability hangs on it.
    by_class : tuple of (str, float)
        ``p_met`` as it stands (under ``""``) and under each class that could be argued for.
    disagrees : bool
        Whether the plan's own steps contradict the record.
    supposed : tuple of (float, float) or None
        The missing figure if it lay on the plan's line, and the probability then: hypothetical.
    outside : tuple of (int, int) or None
        How many comparable targets elsewhere were met, of how many, where that is an answer of its own.
    """

    indicator: Indicator
    year: int
    target: float
    n_obs: int
    grade: Grade
    required_per_year: float | None
    pace_from_plan: bool
    why: Text
    p_met: float | None = None
    q10: float | None = None
    q50: float | None = None
    q90: float | None = None
    verdict: Verdict = NO_VERDICT
    reference_class: str = ""
    by_class: tuple[tuple[str, float], ...] = ()
    disagrees: bool = False
    supposed: tuple[float, float] | None = None
    outside: tuple[int, int] | None = None

    @property
    def said(self) -> Verdict:
        """What a reader is told: the word for the probability, or what the answer hangs on."""
        if self.disagrees:
            return DISAGREES
        if self.p_met is not None:
            return self.verdict
        return OUTSIDE if self.outside is not None else ONE_FIGURE if self.supposed else self.verdict

    @property
    def p_range(self) -> tuple[float | None, float | None]:
        """Least and greatest probability under the classes that could be argued for."""
        chances = [p for _, p in self.by_class]
        return min(chances, default=None), max(chances, default=None)

    @property
    def word_depends_on_class(self) -> bool:
        """Whether the verdict would be another word under a class that could be argued for."""
        return any(verdict(p) != self.verdict for _, p in self.by_class)

    @property
    def shown(self) -> str:
        """``p_met`` in percent as it may be printed: nothing beyond what was tested (:func:`percent`)."""
        from zerobay_analysis.forecast.prior import range_tested

        tested = range_tested(self.reference_class, self.n_obs) if self.reference_class else ()
        return "" if self.p_met is None else percent(self.p_met, *tested)

    def reason(self, lang: str = "zh") -> str:
        """Why there is, or is not, a probability."""
        return self.why.get(lang)


def at_risk(target: TargetOutlook) -> bool:
    """Whether a target is at risk by the word that is said; one without such a word is neither."""
    floor = target.said.floor
    return floor is not None and floor < AT_RISK_BELOW


@dataclass(frozen=True)
class IndicatorOutlook:
    """One indicator: its evidence, its forecast if there is one, and its targets.

    Attributes
    ----------
    forecast : Forecast or None
        ``None`` where the model declined; the targets carry the reason.
    consistency : Consistency or None
        How the record compares with the plan's own step, where the question has a meaning.
    """

    indicator: Indicator
    evidence: Evidence
    grade: Grade
    forecast: Forecast | None
    targets: tuple[TargetOutlook, ...]
    consistency: Consistency | None = None

    @property
    def disagrees(self) -> bool:
        """Whether the record can hardly be of the plan's definition.

        Never under grade A: five years of that definition are the plan's own, and it is behind.
        """
        return self.consistency is not None and not self.consistency.agrees and self.grade is not Grade.A

    def __repr__(self) -> str:
        return f"<Outlook of indicator {self.indicator.id} {self.indicator.key}, grade {self.grade}>"

    def _repr_html_(self) -> str:
        """Name, grade and the answer for each target as a table; what Jupyter shows."""
        import pandas as pd

        spans = ["—" if t.q10 is None else f"{t.q10:.4g}–{t.q90:.4g}" for t in self.targets]
        words = [f"{t.said.symbol} {t.said.word_zh} {t.said.word_en}" for t in self.targets]
        rows = [
            (t.year, f"{t.target:g}", word, t.shown or "—", span)
            for t, word, span in zip(self.targets, words, spans, strict=True)
        ]
        heads = ["年份 year", "目标 target", "判断 verdict", "概率 probability", "80%区间 interval"]
        name = f"{self.indicator.id} {self.indicator.name()} / {self.indicator.name('en')}"
        return (
            f"<p>{escape(name)}，证据等级 grade {self.grade}</p>"
            f"{pd.DataFrame(rows, columns=heads).to_html(index=False, border=0)}"
            f"<p>{escape(self.targets[-1].reason())}</p>"
        )


def annual_years(evidence: Evidence) -> tuple[int, ...]:
    """Years for which a figure of the official definition is known, in order.

    A figure at a date inside a year counts for that year; a year-to-date flow or rate does
    not, because it is not yet the year's.
    """
    whole = (p for p in evidence.with_role(Role.OWN) if p.through >= 1 or not evidence.yearly)
    return tuple(sorted({_calendar_year(point.time) for point in whole}))


def grade(evidence: Evidence) -> Grade:
    """Evidence grade A to D of one indicator (DESIGN: evidence grades)."""
    years = len(annual_years(evidence))
    if years >= HISTORY_YEARS:
        return Grade.A
    if years >= 2:
        return Grade.B
    return Grade.C if evidence.with_role(*WEIGHED) else Grade.D


def required_per_year(
    indicator: Indicator, target: float, year: int, latest: Point | None, before: float | None
) -> tuple[float | None, bool]:
    """Change per year needed to reach ``target``, and whether it is the plan's own step.

    Parameters
    ----------
    latest : Point or None
        Where the indicator stands.
    before : float or None
        The plan's target for the year before.
    """
    if latest is not None and year > latest.time:
        return (target - latest.reported) / (year - latest.time), False
    if latest is None and before is not None and indicator.kind is not Kind.FLOW:
        return target - before, True
    return None, False


def assess_indicator(
    plan: Plan,
    evidence: Evidence,
    *,
    model: str = "reference_class",
    n_paths: int = 20_000,
    seed: int = 0,
    reference_class: str = "",
    shares: ClassShares | None = None,
    by_class: bool = True,
) -> IndicatorOutlook:
    """Assess every target of one indicator.

    Parameters
    ----------
    model : str
        Registered name of the forecaster.
    n_paths : int
        Sample paths; the sampling error of a probability is at most ``0.5 / sqrt(n_paths)``.
    seed : int
        Same inputs and seed, same numbers.
    reference_class : str
        Used instead of the class that the indicator names.
    shares : tuple of (str, float), optional
        What a whole ledger says of the classes (``forecast.reference_class``), beside which the named one is
        one that could be argued for.
    by_class : bool
        Whether to answer under each class that could be argued for, too.

    Raises
    ------
    ParameterError
        ``model`` is not registered, or there is no such class.
    """
    from zerobay_analysis.forecast import forecaster

    indicator = evidence.indicator
    targets = targets_of(plan, indicator)
    evidence_grade = grade(evidence)
    name = reference_class or indicator.reference_class
    forecast: Forecast | None = None
    try:
        years = forecast_years(evidence, targets)
        forecast = forecaster(model, shares or name).forecast(evidence, years, n_paths=n_paths, seed=seed)
        why = _support(evidence, evidence_grade)
    except ForecastDeclined as declined:
        why = declined.text if evidence.latest is not None else _absence(evidence)
    assessed = tuple(_unjudged(evidence, evidence_grade, year, targets, why) for year in targets)
    if forecast is not None:
        assessed = tuple(_judged(target, forecast) for target in assessed)
        if by_class and model == "reference_class":
            others = () if reference_class else indicator.arguable_classes
            under = {"": forecast, **_under(evidence, years, dict.fromkeys((name, *others)), seed)}
            assessed = tuple(_with_classes(target, name, under) for target in assessed)
    fits = consistency(plan, evidence)
    return IndicatorOutlook(indicator, evidence, evidence_grade, forecast, assessed, fits)


def _under(
    evidence: Evidence, years: Sequence[int], classes: Collection[str], seed: int
) -> Mapping[str, Forecast]:
    """The forecast under each class that could be argued for, where there are several."""
    from zerobay_analysis.forecast import forecaster

    if len(classes) < 2:
        return {}
    known = {"n_paths": CLASS_PATHS, "seed": seed}
    return {name: forecaster("reference_class", name).forecast(evidence, years, **known) for name in classes}


def _with_classes(target: TargetOutlook, name: str, under: Mapping[str, Forecast]) -> TargetOutlook:
    """The target with its class and its probability under each class that could be argued for."""
    direction = target.indicator.direction
    chances = {other: of.prob_met(target.target, target.year, direction) for other, of in under.items()}
    return replace(target, reference_class=name, by_class=tuple(chances.items()))


def with_forecast(outlook: IndicatorOutlook, forecast: Forecast) -> IndicatorOutlook:
    """The same evidence and targets judged by another forecast, e.g. one under a scenario."""
    targets = tuple(replace(_judged(target, forecast), by_class=()) for target in outlook.targets)
    return replace(outlook, forecast=forecast, targets=targets)


def _judged(target: TargetOutlook, forecast: Forecast) -> TargetOutlook:
    """The target with what a forecast says of it."""
    q10, q50, q90 = forecast.quantiles((0.1, 0.5, 0.9), target.year).tolist()
    p_met = forecast.prob_met(target.target, target.year, target.indicator.direction)
    return replace(target, p_met=p_met, q10=q10, q50=q50, q90=q90, verdict=verdict(p_met))


def graded_as(outlook: IndicatorOutlook, known: Evidence) -> IndicatorOutlook:
    """An outlook on a hypothetical figure, with grade and number of figures of what is known."""
    figures, of_known = len(known.with_role(*WEIGHED)), grade(known)
    targets = tuple(replace(target, n_obs=figures, grade=of_known) for target in outlook.targets)
    return replace(outlook, grade=of_known, targets=targets)


def _in_unit(name: str, more: int) -> Callable[[IndicatorOutlook, TargetOutlook], float | None]:
    """An attribute of a target with ``more`` digits than the indicator prints."""
    return lambda o, t: _rounded(getattr(t, name), t.indicator.decimals + more)


_COLUMNS: Mapping[str, Callable[[IndicatorOutlook, TargetOutlook], object]] = {
    "indicator": lambda o, t: t.indicator.id,
    "year": lambda o, t: t.year,
    "target": lambda o, t: t.target,
    "latest_value": lambda o, t: o.evidence.latest and o.evidence.latest.reported,
    "latest_date": lambda o, t: o.evidence.latest and month_label(o.evidence.latest.time),
    "n_obs": lambda o, t: t.n_obs,
    "grade": lambda o, t: t.grade.value,
    "p_met": lambda o, t: _rounded(t.p_met, 4),
    "q10": _in_unit("q10", 1),
    "q50": _in_unit("q50", 1),
    "q90": _in_unit("q90", 1),
    "required_per_year": _in_unit("required_per_year", 2),
    "verdict": lambda o, t: t.verdict.key,
    "reference_class": lambda o, t: t.reference_class,
    "p_low": lambda o, t: _rounded(t.p_range[0], 4),
    "p_high": lambda o, t: _rounded(t.p_range[1], 4),
    "needed_over_step": lambda o, t: None if o.consistency is None else round(o.consistency.ratio, 2),
    "fits_plan": lambda o, t: "" if o.consistency is None else "no" if o.disagrees else "yes",
}
OUTLOOK_COLUMNS = tuple(_COLUMNS)
"""Columns of ``outlook.csv``; new ones come last."""


def outlook_frame(outlooks: Iterable[IndicatorOutlook]) -> pd.DataFrame:
    """Rows of ``outlook.csv``: one per indicator and year, columns :data:`OUTLOOK_COLUMNS`.

    From made-up data there is one column more (:func:`marked`).
    """
    import pandas as pd

    outlooks = tuple(outlooks)
    rows = [[of(outlook, t) for of in _COLUMNS.values()] for outlook in outlooks for t in outlook.targets]
    return marked(pd.DataFrame(rows, columns=list(OUTLOOK_COLUMNS)), outlooks)


def marked(table: pd.DataFrame, outlooks: Iterable[IndicatorOutlook]) -> pd.DataFrame:
    """``table`` with a last column ``data`` that says so in every row where data are made up."""
    if not any(outlook.evidence.synthetic for outlook in outlooks):
        return table
    return table.assign(data=" / ".join(SYNTHETIC))


def _unjudged(
    evidence: Evidence, evidence_grade: Grade, year: int, targets: Mapping[int, float], why: Text
) -> TargetOutlook:
    """A target before a forecast says anything of it."""
    indicator, target, latest = evidence.indicator, targets[year], evidence.latest
    pace, pace_from_plan = required_per_year(indicator, target, year, latest, targets.get(year - 1))
    return TargetOutlook(
        indicator=indicator,
        year=year,
        target=target,
        n_obs=len(evidence.with_role(*WEIGHED)),
        grade=evidence_grade,
        required_per_year=pace,
        pace_from_plan=pace_from_plan,
        why=why,
    )


def forecast_years(evidence: Evidence, targets: Iterable[int]) -> Sequence[int]:
    """Every year from the latest figure, or from the first target where that is earlier."""
    latest, years = evidence.latest, sorted(targets)
    first = evidence.as_of.year if latest is None else _calendar_year(latest.time)
    return range(min(first, years[0]), years[-1] + 1)


def _support(evidence: Evidence, evidence_grade: Grade) -> Text:
    """How many figures of each use stand behind a probability, and what is not final about them."""
    used, more, fallen = _counted(evidence, "USED", WEIGHED), _under_way(evidence), _fallen(evidence)
    return text.both("SUPPORT", grade=evidence_grade, used=used, more=more, fallen=fallen)


def _counted(evidence: Evidence, name: str, roles: Iterable[Role]) -> Text:
    """How many figures have each of the roles, in words; those that none has are left out."""
    counts = {role: len(evidence.with_role(role)) for role in roles}
    told = [text.both(f"{name}_{role.name}", n=n) for role, n in counts.items() if n]
    return Text("，".join(one.zh for one in told), ", ".join(one.en for one in told))


def _fallen(evidence: Evidence) -> Text:
    """That a cumulative total was restated downwards; empty where none was."""
    latest, gone = evidence.latest, evidence.restated
    if latest is None or not gone:
        return NOTHING
    highest = max(gone, key=lambda point: (point.lower, point.time))
    then, now = (Text(point.period("zh"), point.period("en")) for point in (highest, latest))
    return text.both("FALLEN", was=highest.label, then=then, latest=latest.label, now=now)


def _under_way(evidence: Evidence) -> Text:
    """How much is in of the latest year that is not over; empty where none is."""
    from zerobay_analysis.forecast.in_year import share_of_year_in

    for year in (evidence.as_of.year, evidence.as_of.year - 1):
        share = share_of_year_in(evidence, year)
        if share >= 1:
            break
        if share > 0:
            return text.both("UNDER_WAY", year=year, months=round(12 * share), share=f"{share:.0%}")
    return NOTHING


def _absence(evidence: Evidence) -> Text:
    """Why there is no probability: what the record holds instead, figure by figure."""
    if not evidence.points:
        return text.NO_FIGURE
    figures = "；".join(f"{point.label}（{editions(point.reason).zh}）" for point in evidence.points)
    held = _counted(evidence, "HELD", (Role.PROXY, Role.OUTLIER, Role.CONTEXT))
    return text.both("NO_LEVEL", figures=Text(figures, held.en))


def _calendar_year(time: float) -> int:
    return int(month_label(time)[:4])


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
