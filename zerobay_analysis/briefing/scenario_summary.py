"""What the given scenarios, and two standing questions, do to the chance of each target.

Every indicator at risk is asked two questions besides the scenarios that name it: what if its
recent pace goes on, and by how much must it speed up for the target to be very likely. What could
not be run is told with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outlook import VERDICTS, IndicatorOutlook, at_risk, percent
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.language import Text, say
from zerobay_analysis.plan import Kind
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.levers import ChangePace, HoldPace, Lever
from zerobay_analysis.scenarios.run import PulledLever, Scenario, ScenarioResult, run_scenario, try_scenarios

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.study import Study

__all__ = ["ChanceMove", "ScenarioLine", "ScenarioSummary", "scenario_summary"]

LIKELY_ENOUGH = VERDICTS[0].floor or 0.0
"""Probability that the second question asks for: very likely."""
MOST_FASTER = 300
"""Largest speed-up in percent that is looked for: four times the pace of the forecast."""


@dataclass(frozen=True)
class ChanceMove:
    """One target with and without the levers.

    Attributes
    ----------
    year : int
    before, after : str
        Probabilities in whole percent.
    points : int
        Change in percentage points.
    median : float
        Of the value under the scenario, in the unit.
    p_met : float
        Probability under the scenario.
    """

    year: int
    before: str
    after: str
    points: int
    median: float
    p_met: float


@dataclass(frozen=True)
class ScenarioLine:
    """One scenario on one indicator.

    Attributes
    ----------
    indicator : int
    name : str
        Of the scenario.
    given : bool
        Whether it comes from a file; ``False`` for a standing question.
    levers : tuple of str
        What is assumed, in words.
    moves : tuple of ChanceMove
        One per target year.
    findings : tuple of str
        Numbers that follow, e.g. the pace that reaching the target takes.
    text : str
        All of it in one sentence.
    """

    indicator: int
    name: str
    given: bool
    levers: tuple[str, ...]
    moves: tuple[ChanceMove, ...]
    findings: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class ScenarioSummary:
    """All scenarios of a report.

    Attributes
    ----------
    lines : mapping of int to tuple of ScenarioLine
        By number of the indicator, given scenarios first; indicators without any are left out.
    refused : tuple of str
        What could not be run and why, one sentence each.
    """

    lines: Mapping[int, tuple[ScenarioLine, ...]]
    refused: tuple[str, ...]

    def frame(self, study: Study) -> pd.DataFrame:
        """One row per line: indicator, where the question comes from, and the answer."""
        import pandas as pd

        lang = study.lang
        kinds = {True: say(lang, "情景文件", "scenario file"), False: say(lang, "常设问题", "standing")}
        rows = [
            (study.plan.indicator(number).short(lang), kinds[line.given], line.text)
            for number, lines in self.lines.items()
            for line in lines
        ]
        headings = (("指标", "indicator"), ("出自", "from"), ("结果", "result"))
        return pd.DataFrame(rows, columns=[say(lang, *pair) for pair in headings])

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
    lang = study.lang
    results, refused = try_scenarios(report_scenarios(path, study.plan), study.outlooks)
    found: dict[int, list[ScenarioLine]] = {}
    for result in results:
        found.setdefault(result.outlook.indicator.id, []).append(_line(result, True, lang))
    for outlook in study.outlooks:
        if any(map(at_risk, outlook.targets)):
            found.setdefault(outlook.indicator.id, []).extend(_questions(outlook, lang))
    reasons = tuple(
        f"{r.scenario.name.get(lang)}{say(lang, '：', ': ')}"
        f"{study.plan.indicator(r.indicator).short(lang)}{say(lang, '，', ', ')}{r.reason.get(lang)}"
        for r in refused
    )
    return ScenarioSummary({number: tuple(lines) for number, lines in sorted(found.items())}, reasons)


def _questions(outlook: IndicatorOutlook, lang: str) -> list[ScenarioLine]:
    """The standing questions that this indicator has the figures for."""
    lines = []
    try:
        held = run_scenario(_one(outlook, HoldPace(), ("保持近期速度", "the recent pace goes on")), outlook)
        lines.append(_line(held, False, lang))
    except (ForecastDeclined, ParameterError):
        pass  # too few figures for a recent pace; the other question stands by itself
    faster = _faster(outlook, lang)
    return lines if faster is None else [*lines, faster]


def _faster(outlook: IndicatorOutlook, lang: str) -> ScenarioLine | None:
    """The least speed-up that makes the last target at risk very likely, to the next 5 %."""
    if outlook.indicator.kind is Kind.RATE or outlook.forecast is None:
        return None
    target = [target for target in outlook.targets if at_risk(target)][-1]
    index, start = outlook.targets.index(target), _next_quarter(outlook.evidence.as_of)
    if start.year > target.year:
        return None
    name = ("须提速多少", "the speed-up it takes")

    def result(size: int) -> ScenarioResult:
        return run_scenario(_one(outlook, ChangePace(start, float(size)), name), outlook)

    sizes = range(5, MOST_FASTER + 5, 5)
    low, high = 0, len(sizes) - 1
    if result(sizes[high]).years[index].p_met < LIKELY_ENOUGH:
        return _line(
            result(sizes[high]),
            False,
            lang,
            (
                f"即使 {start} 起提速 {MOST_FASTER}%，{target.year} 年目标的把握"
                f"也不到 {percent(LIKELY_ENOUGH)}",
                f"even {MOST_FASTER}% faster from {start} the target of {target.year} stays below "
                f"{percent(LIKELY_ENOUGH)}",
            ),
        )
    while low < high:
        middle = (low + high) // 2
        if result(sizes[middle]).years[index].p_met >= LIKELY_ENOUGH:
            high = middle
        else:
            low = middle + 1
    return _line(
        result(sizes[low]),
        False,
        lang,
        (
            f"要使 {target.year} 年目标的把握达到 {percent(LIKELY_ENOUGH)}，{start} 起约须提速 {sizes[low]}%",
            f"a chance of {percent(LIKELY_ENOUGH)} in {target.year} takes a pace about {sizes[low]}% faster "
            f"from {start}",
        ),
    )


def _one(outlook: IndicatorOutlook, lever: Lever, name: tuple[str, str]) -> Scenario:
    return Scenario(Text(*name), (PulledLever(outlook.indicator.id, lever),))


def _next_quarter(day: date) -> date:
    """First day of the quarter after ``day``."""
    month = 3 * ((day.month - 1) // 3) + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1)


def _line(
    result: ScenarioResult, given: bool, lang: str, answer: tuple[str, str] | None = None
) -> ScenarioLine:
    """A line; ``answer`` to a question that asks for a size stands first in its sentence."""
    indicator, name = result.outlook.indicator, result.scenario.name.get(lang)
    levers = tuple(lever.text(lang, indicator) for lever in result.scenario.for_indicator(indicator.id))
    unit = indicator.unit(lang) if indicator.kind is not Kind.RATE else say(lang, "个百分点", "points")
    findings = tuple(
        say(lang, f"{f.name.zh} {f.value:.3g} {unit}", f"{f.name.en}: {f.value:.3g} {unit}")
        for f in result.findings
    )
    moves = tuple(
        ChanceMove(y.year, percent(y.p_baseline), percent(y.p_met), round(100 * y.change), y.q50, y.p_met)
        for y in result.years
    )
    comma = say(lang, "，", ", ")
    assumed = comma.join(lever for lever in levers if lever != name)
    head = say(lang, f"{name}（{assumed}）", f"{name} ({assumed})") if given and assumed else name
    if answer is not None:
        findings, head = (say(lang, *answer), *findings), say(lang, *answer)
    chances = comma.join(
        say(lang, f"{m.year} 年 {m.before} → {m.after}", f"{m.year} {m.before} → {m.after}") for m in moves
    )
    rest = "" if answer is not None else "".join(say(lang, "；", "; ") + text for text in findings)
    text = f"{head}{say(lang, '：', ': ')}{chances}{rest}{say(lang, '。', '.')}"
    return ScenarioLine(indicator.id, name, given, levers, moves, findings, text)
