"""What every form of the briefing says: facts and sentences, by rules, before any layout.

Each writer prints what stands here and in ``tables``, and computes nothing, so the forms cannot
disagree. Everything is made when it is first asked for, so a notebook pays for what it shows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.conditional import Conditional, Inverse, inverse
from zerobay_analysis.assessment.consistency import Consistency
from zerobay_analysis.assessment.data_owed import Need, Owed, next_closing, owed_of
from zerobay_analysis.assessment.joint import JointOutlook, joint_outlooks
from zerobay_analysis.assessment.methods import METHODS
from zerobay_analysis.assessment.methods.method import MethodResult, Status, method_input
from zerobay_analysis.assessment.outliers import outliers_text
from zerobay_analysis.assessment.outlook import (
    AT_RISK_BELOW,
    ONE_FIGURE,
    OPEN,
    OUTSIDE,
    VERDICT_RANGES,
    VERDICTS,
    Grade,
    IndicatorOutlook,
    TargetOutlook,
    Verdict,
    annual_years,
    at_risk,
    percent,
)
from zerobay_analysis.assessment.outside_view import OutsideView
from zerobay_analysis.assessment.owners import UnitOutlook, unit_outlook, units_of
from zerobay_analysis.assessment.pace import TargetPace, is_level, paces
from zerobay_analysis.assessment.tracker import (
    CommitmentProgress,
    TaskProgress,
    track_commitments,
    track_tasks,
)
from zerobay_analysis.briefing import text
from zerobay_analysis.briefing.changes import (
    Change,
    EarlierRun,
    Standing,
    changes_since,
    earlier_changes,
    earlier_runs,
    history,
    news_since,
    read_run,
)
from zerobay_analysis.charts import text as chart_texts
from zerobay_analysis.charts import words
from zerobay_analysis.charts.words import number
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import SYNTHETIC, Text, editions, in_language, listed
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.scenarios.run import ScenarioLine, ScenarioSummary, scenario_summary
from zerobay_analysis.series import ASSUMED, Evidence, Point, Role

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

JOINT_RHO = 0.3
"""Dependence between indicators behind the sentence on all of them together; an assumption."""
MAX_CHANGES = 2
"""Indicators whose change or new figures the findings tell; the rest stand in the table of changes."""
MAX_URGENT = 2
"""Indicators that a year's sentence names as the most urgent."""
SCHEDULE = METHODS["schedule_light"]
"""The official rule of the lights in the table of this year's schedule."""
WEIGHTED = (Role.OWN, Role.DOUBTFUL, Role.PROXY)
"""Roles of figures that carry weight."""


@dataclass(frozen=True)
class TargetLine:
    """One target as a reader sees it; every number in the reader's form, ``—`` where there is none.

    Attributes
    ----------
    outlook : TargetOutlook
    pace : TargetPace
    target, verdict, median, interval, required : str
        E.g. ``170``, ``◇ 难料 46%``, ``166``, ``120–250``, ``每年 +7.2 家``.
    """

    outlook: TargetOutlook
    pace: TargetPace
    target: str
    verdict: str
    median: str
    interval: str
    required: str

    @property
    def year(self) -> int:
        """Year of the target."""
        return self.outlook.year

    @property
    def at_risk(self) -> bool:
        """Whether it is not said to be at least likely to be met."""
        return at_risk(self.outlook)


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator with its targets.

    Attributes
    ----------
    name, named, short, unit, owners : str
        Name, name with unit, short name, unit, responsible units.
    latest : str
        Latest figure that fixes the level, with what it covers and how that compares.
    last : str
        The same without the comparison.
    finding, reason : str
        The outlook in one sentence; why there is, or is not, a probability.
    inverse : Inverse
        What it can be counted on for, and what 80 % would take.
    """

    outlook: IndicatorOutlook
    lang: str
    name: str
    named: str
    short: str
    unit: str
    owners: str
    latest: str
    last: str
    finding: str
    reason: str
    inverse: Inverse

    @cached_property
    def lines(self) -> tuple[TargetLine, ...]:
        """Targets in order of years."""
        outlook = self.outlook
        return tuple(_line(*pair, self.lang) for pair in zip(outlook.targets, paces(outlook), strict=True))

    @property
    def number(self) -> int:
        """Number in the plan."""
        return self.outlook.indicator.id

    @property
    def grade(self) -> Grade:
        """Evidence grade."""
        return self.outlook.grade

    @property
    def judged(self) -> bool:
        """Whether a probability can be given."""
        return self.outlook.forecast is not None

    @property
    def missing(self) -> str:
        """The one figure that would settle what is open, e.g. ``2025年末``; empty where nothing is."""
        if all(target.said.floor is not None for target in self.outlook.targets):
            return ""
        year = self.outlook.evidence.as_of.year - 1
        return text[f"WHOLE_OR_END_{self.outlook.indicator.kind.name}"].fill(self.lang, year=year)

    @property
    def at_risk(self) -> tuple[TargetLine, ...]:
        """Targets at risk or of a definition in doubt, in order of years."""
        return tuple(line for line in self.lines if line.at_risk or line.outlook.disagrees)

    @property
    def lowest(self) -> float:
        """Least probability over the years; 1 where there is none."""
        return min((p for target in self.outlook.targets if (p := target.p_met) is not None), default=1.0)

    @property
    def points(self) -> tuple[Point, ...]:
        """Every figure on record."""
        return self.outlook.evidence.points


@dataclass(frozen=True)
class YearLine:
    """How an indicator stands on the way to one year's target.

    Attributes
    ----------
    target : TargetLine
    latest, before : Point or None
        The latest figure, and that of the same period a year before.
    light : MethodResult or None
        What the official rule says; ``None`` without a figure of the year.
    done, gone : str
        Shares of the way and of the time; of a rate, whose months do not add up, how far it is
        from the target.
    problem, step : str
        What is wrong and what to do next, from what is known.
    """

    target: TargetLine
    latest: Point | None
    before: Point | None
    light: MethodResult | None
    done: str
    gone: str
    problem: str
    step: str


@dataclass(frozen=True)
class Source:
    """One source with what a reader needs to find it."""

    id: str
    publisher: str
    title: str
    published: str
    url: str
    weighted: bool


@dataclass(frozen=True)
class WordRow:
    """One word of the scale: what it promises, what the benchmark found.

    Attributes
    ----------
    verdict : Verdict
    low, high : float
        Probabilities that have this word.
    observed : float or None
        Share of targets met when the model said it; ``None`` when it never did.
    count : int
        How often it did.
    """

    verdict: Verdict
    low: float
    high: float
    observed: float | None
    count: int


@dataclass(frozen=True)
class MethodNote:
    """Method and calibration.

    Attributes
    ----------
    paragraphs : tuple of str
    trust, trust_short : str
        The calibration in one sentence and in half a line.
    rows : tuple of WordRow
        Most likely first; empty where the model was not measured.
    points : int or None
        Points of history at which the calibration was measured.
    provenance, grades : str
        Command, day and sets behind the calibration; what the grades mean.
    """

    paragraphs: tuple[str, ...]
    trust: str
    trust_short: str
    rows: tuple[WordRow, ...]
    points: int | None
    provenance: str
    grades: str


@dataclass(frozen=True)
class UnitPage:
    """What one unit answers for; ``tables.unit_tables`` has its tables.

    Attributes
    ----------
    anchor : str
        ``unit-01`` and so on, in the plan's order; unique within the report.
    headline : str
        The unit in one sentence.
    points : tuple of str
        What needs its attention first, one sentence each: targets at risk with the pace that they
        take, commitments and tasks behind schedule. Empty where nothing does.
    """

    anchor: str
    headline: str
    points: tuple[str, ...]
    outlook: UnitOutlook

    @property
    def unit(self) -> str:
        """The unit as the plan writes it."""
        return self.outlook.unit

    def heading(self, lang: str) -> str:
        """The unit in the reader's language, with its own name in brackets where that is another."""
        said = in_language(self.unit, lang)
        return said if said == self.unit else f"{said} ({self.unit})"


@dataclass(frozen=True)
class Briefing:
    """The whole briefing of a study.

    Parameters
    ----------
    study : Study
    run_id : str
    previous : Path, optional
        Folder of the run to compare with (``outlook.csv`` and ``manifest.json``).
    scenario : str
        Scenario file of the report; the shipped examples when empty.
    unit : str
        Whose page it is, see :meth:`of_unit`; empty for the whole plan.

    Raises
    ------
    DataError
        The scenario file has problems; each names its line and cure.
    OSError, ValueError, KeyError
        ``previous`` is given and cannot be read.
    """

    study: Study
    run_id: str = ""
    previous: Path | None = None
    scenario: str = ""
    unit: str = ""

    def prepare(self) -> Briefing:
        """Make now what every form shows, so that no process makes it again; return itself."""
        _ = self.indicators, [line.lines for line in self.indicators], self.scenarios, self.pages
        _ = (
            self.changes,
            self.log,
            self.history,
            self.news,
            self.method,
            self.sources,
            self.joint,
            self.commitments,
            self.tasks,
            self.year_lines,
        )
        _ = [(one.chances, one.even, one.confident) for _, one, _ in self.if_then], self.disagreeing
        return self

    def say(self, of: Text, **values: object) -> str:
        """A text in the reader's language, filled in."""
        return of.fill(self.lang, **values) if values else of.get(self.lang)

    def name(self, zh: object) -> str:
        """A name of the plan or the ledger in the reader's language."""
        return in_language(self.study.plan.name_of(str(zh)), self.lang)

    @property
    def lang(self) -> str:
        """Language of the reader."""
        return self.study.lang

    @property
    def synthetic(self) -> str:
        """What every page must say about made-up data; empty for real data."""
        return self.say(SYNTHETIC) if self.study.synthetic else ""

    @property
    def title(self) -> str:
        """Title of every form."""
        if self.unit:
            return self.say(text.OF_UNIT, unit=in_language(self.page(self.unit).unit, self.lang))
        return self.say(text.BRIEFING, plan=self.say(self.study.plan.name))

    @property
    def subtitle(self) -> str:
        """Plan, day and data."""
        name = f"DATA_{self.study.ledger.name.upper()}"
        data = self.say(text.named.get(name, text.REPORTED))
        first, last, day = self.years[0], self.years[-1], self.study.as_of
        document = self.study.plan.document
        return self.say(text.SUBTITLE, first=first, last=last, document=document, day=day, data=data)

    @property
    def headlines(self) -> tuple[tuple[int, str], ...]:
        """What the current year and the plan's last one hold, a sentence each."""
        outlooks, stop = tuple(i.outlook for i in self.indicators), self.say(text.STOP)
        years = words.headline_years(self.study.outlooks) if outlooks else ()
        return tuple((year, words.year_finding(outlooks, year, self.lang) + stop) for year in years)

    @property
    def headline(self) -> str:
        """What this year and the plan's last year hold, in a sentence each."""
        return self.say(text.SPACE).join(sentence for _, sentence in self.headlines)

    @property
    def years(self) -> tuple[int, ...]:
        """Target years in order."""
        return self.study.plan.years

    @cached_property
    def indicators(self) -> tuple[IndicatorLine, ...]:
        """Every indicator of the plan."""
        return tuple(map(self.line, self.study.outlooks))

    def line(self, outlook: IndicatorOutlook) -> IndicatorLine:
        """One indicator in the reader's language."""
        indicator, lang = outlook.indicator, self.lang
        return IndicatorLine(
            outlook=outlook,
            lang=lang,
            name=indicator.name(lang),
            named=words.named(indicator, lang),
            short=indicator.short(lang),
            unit=indicator.unit(lang),
            owners=listed(indicator.owners).get(lang),
            latest=latest_text(outlook, lang),
            last=latest_text(outlook, lang, brief=True),
            finding=words.finding(outlook, lang),
            reason=outlook.targets[0].reason(lang),
            inverse=inverse(outlook, self.study.conditional(outlook)),
        )

    @property
    def targets(self) -> tuple[TargetLine, ...]:
        """Every target of every indicator."""
        return tuple(line for indicator in self.indicators for line in indicator.lines)

    @cached_property
    def at_risk(self) -> tuple[IndicatorLine, ...]:
        """Indicators with a target at risk, least probable first, then those of a definition in doubt."""
        found = (i for i in self.indicators if i.at_risk)
        return tuple(sorted(found, key=lambda i: (i.outlook.disagrees, i.lowest, i.number)))

    @cached_property
    def owed(self) -> tuple[Owed, ...]:
        """What is asked for now, once for all units of it, first what would move the answers most."""
        change = {str(number): worth.change for number, worth in self.study.worths.items()}
        once: dict[object, Owed] = {}
        for item in owed_of(self.study):
            if item.need is not Need.NEXT:
                once.setdefault((item.number, item.need, item.what), item)

        def urgency(item: Owed) -> tuple[float, str]:
            return -change.get(item.number, 0.0), item.number * (item.need is Need.COMMITMENT)

        return tuple(sorted(once.values(), key=urgency))

    @cached_property
    def if_then(self) -> tuple[tuple[IndicatorLine, Conditional, OutsideView | None], ...]:
        """What the last target of every indicator hangs on, and what became of such targets elsewhere."""
        return self.if_then_of(self.indicators)

    def if_then_of(
        self, lines: Iterable[IndicatorLine]
    ) -> tuple[tuple[IndicatorLine, Conditional, OutsideView | None], ...]:
        """The same for some indicators."""
        study, views = self.study, self.study.outside_views
        return tuple((line, study.conditional(line.outlook), views.get(line.number)) for line in lines)

    @cached_property
    def disagreeing(self) -> dict[int, Consistency]:
        """Indicators whose record the plan's own steps contradict, by number."""
        found = (outlook.consistency for outlook in self.study.outlooks if outlook.disagrees)
        return {one.indicator.id: one for one in found if one is not None}

    @property
    def disagreeing_text(self) -> str:
        """Which records are most likely of another definition than the plan, and why; empty without any."""
        told = [
            self._short(n) + self.say(text.COLON) + self.say(c.finding) for n, c in self.disagreeing.items()
        ]
        return self.say(text.SEMICOLON).join(told) + self.say(text.STOP) if told else ""

    @cached_property
    def scenarios(self) -> ScenarioSummary:
        """Scenarios and standing questions."""
        return scenario_summary(self.study, self.scenario)

    def scenarios_of(self, indicator: IndicatorLine) -> tuple[ScenarioLine, ...]:
        """Scenarios that name an indicator and, where it is at risk, the standing questions."""
        return self.scenarios.of(indicator.number)

    @cached_property
    def units(self) -> tuple[UnitOutlook, ...]:
        """Every responsible unit, in the order in which the plan first names them."""
        return units_of(self.study)

    @cached_property
    def pages(self) -> tuple[UnitPage, ...]:
        """The page of every unit, in the same order."""
        return tuple(self._page(unit, f"unit-{k:02d}") for k, unit in enumerate(self.units, start=1))

    def _page(self, unit: UnitOutlook, anchor: str) -> UnitPage:
        stop, found = self.say(text.STOP), {line.number: line.inverse for line in self.indicators}
        points = tuple(point + stop for point in _points(unit, found, self.lang))
        return UnitPage(anchor, unit.text(self.lang) + stop, points, unit)

    def page(self, name: str) -> UnitPage:
        """The page of one unit.

        Raises
        ------
        ParameterError
            The plan gives nothing to such a unit; the message lists those it names.
        """
        return self.pages[self.units.index(unit_outlook(self.units, name))]

    def of_unit(self, name: str) -> Briefing:
        """The same for one unit: its indicators, what changed of them, its commitments and tasks.

        Raises
        ------
        ParameterError
            The plan gives nothing to such a unit; the message lists those it names.
        """
        page, found = self.page(name), replace(self, unit=name)
        mine = {owned.outlook.indicator.id for owned in page.outlook.indicators}
        both = [one for one in zip(self.indicators, self.year_lines, strict=True) if one[0].number in mine]
        same = {name: getattr(self, name) for name in ("earlier", "method", "pages", "units")}
        same["indicators"], same["year_lines"] = (tuple(one[k] for one in both) for k in (0, 1))
        same["changes"] = tuple(change for change in self.changes if change.indicator in mine)
        vars(found).update(same, news=tuple(new for new in self.news if new[0] in mine))
        return found

    @cached_property
    def commitments(self) -> tuple[CommitmentProgress, ...]:
        """The plan's quantified commitments."""
        return track_commitments(self.study.plan, self.study.ledger, self.study.as_of)

    @cached_property
    def tasks(self) -> tuple[TaskProgress, ...]:
        """The plan's tasks."""
        return track_tasks(self.study.plan, self.study.ledger, self.study.as_of)

    @cached_property
    def joint(self) -> tuple[JointOutlook, ...]:
        """How many targets are met together, one per target year, at :data:`JOINT_RHO`."""
        return tuple(j for j in joint_outlooks(self.study.outlooks, (JOINT_RHO,)) if j.year is not None)

    @cached_property
    def earlier(self) -> EarlierRun | None:
        """The run compared with."""
        return None if self.previous is None else read_run(self.previous)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Targets that stand differently since then."""
        return () if self.earlier is None else changes_since(self.earlier, self.study.outlooks, self.lang)

    @cached_property
    def log(self) -> tuple[Change, ...]:
        """Every change of a verdict among the earlier runs, the latest run first."""
        return earlier_changes(self._past, self.study.plan.indicators, self.lang)

    @cached_property
    def history(self) -> dict[int, tuple[Standing, ...]]:
        """What the earlier runs and this one said of each indicator, by its number."""
        return history(self._past, self.study.outlooks, self.lang)

    @cached_property
    def _past(self) -> tuple[EarlierRun, ...]:
        return () if self.previous is None else earlier_runs(self.previous)

    @cached_property
    def news(self) -> tuple[tuple[int, str], ...]:
        """Indicators with new or revised figures since then, and which."""
        return () if self.earlier is None else news_since(self.earlier, self.study.outlooks, self.lang)

    @cached_property
    def method(self) -> MethodNote:
        """How the probabilities are made, and how far to trust them."""
        return _method(self.study)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Sources of every figure of an indicator, those of weighted figures marked."""
        points = [point for outlook in self.study.outlooks for point in outlook.evidence.points]
        used = {point.source for point in points}
        weighted = {point.source for point in points if point.role in WEIGHTED}
        known = self.study.ledger.as_of(self.study.as_of).sources.sort_values("source")
        return tuple(
            Source(
                id=str(row["source"]),
                publisher=self.name(row["publisher"]),
                title=editions(str(row["title"])).get(self.lang),
                published=self._dated(row),
                url=str(row["url"]) if str(row["url"]).startswith(("http://", "https://")) else "",
                weighted=row["source"] in weighted,
            )
            for row in known.to_dict("records")
            if row["source"] in used
        )

    def _dated(self, source: Mapping[Any, Any]) -> str:
        """When a source was published, as it says so itself; else the day inferred for it."""
        stated, day = str(source["published_as_stated"]), str(source["published"])[:10]
        if re.fullmatch(r"[\d-]+", stated):
            return stated
        if not day[:1].isdigit():
            return self.say(text.UNDATED)
        return self.say(text.DATE_INFERRED, day=day) if source["published_inferred"] else day

    def verdict_counts(self, year: int) -> dict[Verdict, int]:
        """Number of one year's targets by what is said of them, in the verdicts' order."""
        found = Counter(line.outlook.said for line in self.targets if line.year == year)
        return {verdict: found[verdict] for verdict in (*VERDICTS, *OPEN)}

    @property
    def points(self) -> tuple[str, ...]:
        """The findings after the headline, one sentence each, most important first."""
        first = (
            self.disagreeing_text,
            outliers_text(self.study.outliers, self.lang),
            self.risks_text,
            self.missing_text,
        )
        return (*filter(None, first), self.changes_text, self.together_text, self.method.trust)

    @property
    def missing_text(self) -> str:
        """Which figures would settle what is open, and who holds them; empty where none is missing."""
        held: dict[str, list[str]] = {}
        for line in self.indicators:
            if line.missing:
                held.setdefault(line.owners, []).append(line.short)
        told = self.say(text.SEMICOLON).join(
            self.say(text.HELD_BY, unit=unit, names=self.say(text.LIST).join(names))
            for unit, names in held.items()
        )
        return self.say(text.MISSING_TOLD, year=self.study.as_of.year - 1, told=told) if told else ""

    @property
    def risks_text(self) -> str:
        """Which indicators are at risk and whose they are, each with its least probable year."""
        s, limit = self.say, percent(AT_RISK_BELOW)
        risky = [line for line in self.at_risk if any(target.at_risk for target in line.lines)]
        if not risky:
            return s(text.NO_RISK, limit=limit)
        owned: dict[str, list[str]] = {}
        for line in risky:
            owned.setdefault(line.owners, []).append(f"{line.short} {percent(line.lowest)}")
        units = s(text.SEMICOLON).join(
            s(text.RISKS_OF_UNIT, units=unit, risks=s(text.LIST).join(mine)) for unit, mine in owned.items()
        )
        return s(text.RISKS_TOLD, n=len(risky), limit=limit, units=units)

    def urgent(self, year: int) -> str:
        """Those targets of a year whose shown figure is worst; empty where none is at risk."""
        pairs = [(i, line) for i in self.indicators for line in i.lines if line.year == year]
        shown = sorted((_shown(line.outlook), i.number, i, line) for i, line in pairs)
        worst = [one for one in shown if one[0] < AT_RISK_BELOW][:MAX_URGENT]
        told = [self.say(text.RISK_SHORT, i=i, said=self._said(i, line)) for _, _, i, line in worst]
        return self.say(text.URGENT, told=self.say(text.SEMICOLON).join(told)) if told else ""

    def _said(self, i: IndicatorLine, line: TargetLine) -> str:
        """What is said of a target, in a sentence: the missing figure is named."""
        if line.outlook.said != ONE_FIGURE:
            return line.verdict
        missing = self.say(text.MISSING_NUMBER, figure=i.missing)
        return missing + self.say(text.COMMA) + words.supposed_label(line.outlook, self.lang)

    @cached_property
    def year_lines(self) -> tuple[YearLine, ...]:
        """How every indicator stands on the way to the target of the first headline year."""
        wanted, items = (Need.NEXT, Need.CURRENT), ((*unit.upcoming, *unit.owed) for unit in self.units)
        asked = {one.number: one for of_unit in items for one in of_unit if one.need in wanted}
        year = words.headline_years(self.study.outlooks)[0]
        return tuple(self._year_line(i, year, asked.get(f"{i.number}")) for i in self.indicators)

    def _year_line(self, i: IndicatorLine, year: int, asked: Owed | None) -> YearLine:
        evidence, s, lang = i.outlook.evidence, self.say, self.lang
        target = next(line for line in i.lines if line.year == year)
        latest = evidence.year_to_date or evidence.latest
        result = SCHEDULE.apply(method_input(evidence, self.study.plan, year))
        light = result if result.latest is not None and math.ceil(result.latest.time - 1e-6) == year else None
        fresh = latest is not None and math.ceil(latest.time - 1e-6) == year
        done, gone, lag, gap = "—", "—", 0.0, ""
        if light is not None:
            lag, done, gone = light.numbers[0].value, *(f"{n.value:.0f}%" for n in light.numbers[1:])
        elif latest is not None and fresh and evidence.indicator.kind is Kind.RATE:
            off = round(latest.reported - target.outlook.target, evidence.indicator.decimals)
            done, gone = s(text.POINTS_OFF, gap=off), f"{latest.through:.0%}"
            if evidence.indicator.direction * off < 0:
                gap = _done(latest.reported, target.outlook.target, evidence.indicator, lang)
        due = asked.due if asked else next_closing(self.study.plan, self.study.as_of)
        step = target.required
        if light is not None and latest is not None and evidence.indicator.kind is Kind.FLOW:
            step = _left(target.outlook.target - latest.reported, evidence.indicator, year, lang)
        if i.outlook.disagrees:
            step = s(text.CONFIRM_BY, due=due)
        elif not fresh and asked is not None:
            step = s(text.SEND_BY, due=due)
        short = evidence.indicator.direction * ((target.outlook.q50 or math.inf) - target.outlook.target) < 0
        late = asked is not None and asked.need is Need.CURRENT and not fresh
        told = (
            (i.outlook.disagrees, target.outlook.said.word(lang)),
            (i.missing, s(text.MISSING_NUMBER, figure=i.missing)),
            (late, s(text.MISSING_NUMBER, figure=asked.what.get(lang) if asked else "")),
            (light and light.status is Status.BEHIND, s(text.BEHIND_BY, lag=f"{lag:.0f}")),
            (gap, gap),
            (short, s(text.EXPECTED_ONLY, t=target)),
            (target.at_risk, s(text.BELOW_LIMIT, limit=percent(AT_RISK_BELOW))),
        )
        problem = next((said for yes, said in told if yes), s(text.NONE))
        return YearLine(target, latest, _year_before(evidence, latest), light, done, gone, problem, step)

    @property
    def together_text(self) -> str:
        """How many are met together in the last year, with the assumption behind it."""
        joint = self.joint[-1]
        n, out = len(joint.indicators), len(joint.left_out)
        if joint.p_all is None:
            return self.say(text.NOT_TOGETHER, out=out)
        low, high, chance = joint.quantile(0.1), joint.quantile(0.9), percent(joint.p_all)
        left_out = self.say(text.TOGETHER_OPEN, out=out) if out else ""
        return self.say(text.TOGETHER, j=joint, n=n, low=low, high=high, chance=chance, open=left_out)

    @property
    def owed_text(self) -> str:
        """How many indicators wait for data, and from whom."""
        lacking = {item.number for item in self.owed}
        owing = [o.indicator for o in self.study.outlooks if f"{o.indicator.id}" in lacking]
        if not owing:
            return self.say(text.NOTHING_OWED)
        counts = Counter(unit for indicator in owing for unit in indicator.owners)
        each = [
            self.say(text.OWED_BY_UNIT, unit=in_language(of, self.lang), n=n)
            for of, n in counts.most_common()
        ]
        return self.say(text.OWED_TOLD, n=len(owing), units=self.say(text.LIST).join(each))

    @property
    def changes_text(self) -> str:
        """What changed since the run compared with."""
        if self.earlier is None:
            return self.say(text.NO_EARLIER)
        day = self.earlier.as_of
        if not self.changes:
            return self.say(text.NO_CHANGE, day=day) + self._quiet_news()
        last = {change.indicator: change for change in reversed(self.changes)}  # its largest move
        last = {number: last[number] for number in dict.fromkeys(change.indicator for change in self.changes)}
        told = [self.say(text.CHANGED_FROM_TO, c=c, name=self._short(c.indicator)) for c in last.values()]
        first = self._first(told)
        return self.say(text.CHANGED, day=day, n=len(self.changes), told=first) + self._quiet_news()

    def history_text(self, number: int) -> str:
        """How an indicator's verdicts moved over the runs so far, in a sentence."""
        past = self.history[number]
        first, last, runs = past[0], past[-1], sum(standing.runs for standing in past)
        if runs == 1:
            return self.say(text.HISTORY_NONE)
        told = [
            self.say(text.HISTORY_YEAR, year=year, was=first.labels[year], now=label)
            for year, label in last.labels.items()
            if first.labels.get(year, label).split(" ")[0] != label.split(" ")[0]
        ]
        said = text.HISTORY_MOVED if told else text.HISTORY_SAME
        return self.say(said, first=first.as_of, n=runs, told=self.say(text.SEMICOLON).join(told))

    def _quiet_news(self) -> str:
        """New figures of indicators whose verdicts stayed, in a sentence; empty without any."""
        told = [f"{self._short(n)}{self.say(text.COLON)}{news}" for n, news in self.quiet_news]
        return self.say(text.QUIET_NEWS, told=self._first(told)) if told else ""

    @property
    def quiet_news(self) -> tuple[tuple[int, str], ...]:
        """New figures of indicators whose verdicts stayed."""
        moved = {change.indicator for change in self.changes}
        return tuple((number, news) for number, news in self.news if number not in moved)

    def _short(self, number: int) -> str:
        return self.study.plan.indicator(number).short(self.lang)

    def _first(self, told: list[str]) -> str:
        """The first :data:`MAX_CHANGES` of a list, and how many more there are."""
        more = len(told) - MAX_CHANGES
        rest = [self.say(text.MORE_INDICATORS, n=more)] if more > 0 else []
        return self.say(text.SEMICOLON).join((*told[:MAX_CHANGES], *rest))

    def risk_notes(self, indicator: IndicatorLine, *, brief: bool = False) -> tuple[tuple[str, str], ...]:
        """Label and text of what stands beside an indicator at risk; ``brief`` on a slide."""
        s, last = self.say, indicator.at_risk[-1]
        semicolon, pace, takes = s(text.SEMICOLON), last.pace, indicator.inverse
        levers = semicolon.join(self.levers(indicator, brief=brief)) or s(text.NO_LEVER)
        found = self.disagreeing.get(indicator.number)
        hard = f"{pace.reference_text(self.lang)}{semicolon}{pace.own_text(self.lang)}"
        notes = (
            (s(text.OWNERS), indicator.owners),
            (s(text.LATEST), indicator.latest),
            (s(text.DEFINITION), s(found.finding) if found is not None else ""),
            (s(text.HOW_HARD, year=last.year), hard),
            (s(text.TAKES), (takes.needed_text if brief else takes.text)(self.lang)),
            (s(text.LEVERS), levers),
            (s(text.BASIS), indicator.reason),
        )
        return tuple((label, f"{note.rstrip('。.')}{s(text.STOP)}") for label, note in notes if note)

    def levers(self, indicator: IndicatorLine, *, brief: bool = False) -> tuple[str, ...]:
        """Tasks that move an indicator, as the plan's folder names them, and unless ``brief`` why."""
        titles = {task.task: task.name.get(self.lang) for task in self.tasks}
        said, why = text.LEVER_SHORT if brief else text.LEVER, "why" if self.lang == "zh" else "why_en"
        rows = self.study.plan.levers.query("indicator == @indicator.number").to_dict("records")
        return tuple(self.say(said, n=row["task"], title=titles[row["task"]], why=row[why]) for row in rows)


def required_text(pace: TargetPace, lang: str) -> str:
    """What the target needs from the latest comparable figure, with its unit.

    In the target's own year the whole step is told: a rate per year would mislead.
    """
    indicator = pace.indicator
    step_of_a_rate = pace.from_plan and indicator.kind is Kind.RATE  # its targets mostly stay
    if pace.per_year is None or step_of_a_rate:
        return "—"
    if pace.reached and pace.latest is not None:
        yearly = indicator.kind in (Kind.FLOW, Kind.RATE)
        return (text.REACHED_IN if yearly else text.REACHED).fill(lang, year=round(pace.latest.time))
    unit = _counted(indicator, lang, step=True)
    ends = pace.years_left is not None and (pace.years_left < 1 or (pace.under_way and is_level(indicator)))
    if ends and pace.gap is not None:
        return _left(pace.gap * indicator.direction, indicator, pace.year, lang)
    step = f"{_signed(pace.per_year, indicator.decimals + (abs(pace.per_year) < 10))} {unit}"
    return (text.PLAN_STEP if pace.from_plan else text.A_YEAR).fill(lang, step=step)


def _shown(target: TargetOutlook) -> float:
    """The share that a reader sees beside a target: its probability, or what stands in for one; 1 without."""
    if target.said == ONE_FIGURE and target.supposed is not None:
        return target.supposed[1]
    outside = target.outside if target.said == OUTSIDE else None
    return outside[0] / outside[1] if outside else 1.0 if target.p_met is None else target.p_met


def _year_before(evidence: Evidence, point: Point | None) -> Point | None:
    """The figure of the same period a year before."""
    if point is None or evidence.yearly:
        return None if point is None else evidence.reaching(round(point.time) - 1, point.through)
    same = (p for p in reversed(evidence.measurable) if p.role is point.role)
    return next((p for p in same if abs(point.time - 1 - p.time) < 0.01), None)


def latest_text(outlook: IndicatorOutlook, lang: str, *, brief: bool = False) -> str:
    """Where the indicator stands: its latest figure and what that covers, or ``—``.

    Of a flow's or a rate's year under way its first months, those of last year and how far the
    target is, unless ``brief``. Several standing reports of one date are all told, the one that
    counts first.
    """
    evidence = outlook.evidence
    so_far, latest = evidence.year_to_date, evidence.latest
    if so_far is None or brief:
        known = so_far or latest
        if known is None:
            return "—"
        period = known.period(lang)
        if so_far is not None:
            period = period.replace(f"{round(known.time)}年", "").replace(f" {round(known.time)}", "")
        return f"{_reported(known, outlook, lang)} ({period})"
    year = round(so_far.time)
    before = _year_before(evidence, so_far)
    was = text.NOT_KNOWN.get(lang) if before is None else _reported(before, outlook, lang, unit=True)
    colon = "" if lang == "zh" else ": "
    parts = [
        f"{so_far.period(lang)}{colon}{_reported(so_far, outlook, lang, unit=True)}",
        text.YEAR_BEFORE.fill(lang, was=was),
    ]
    target = next((t.target for t in outlook.targets if t.year == year), None)
    if target is not None:
        parts.append(_done(so_far.reported, target, outlook.indicator, lang))
    return text.COMMA.get(lang).join(parts)


def _done(value: float, target: float, indicator: Indicator, lang: str) -> str:
    """Share of a flow's target that is in; of a rate, which does not add up, the points to it."""
    if indicator.kind is Kind.FLOW and target > 0:
        said = text.SHARE_DONE if indicator.direction > 0 else text.SHARE_USED
        return said.fill(lang, share=f"{value / target:.0%}")
    gap = number(round(abs(value - target), indicator.decimals), indicator, lang)
    return (text.ABOVE_TARGET if value >= target else text.BELOW_TARGET).fill(lang, gap=gap)


def _reported(point: Point, outlook: IndicatorOutlook, lang: str, *, unit: bool = False) -> str:
    """The number that counts; with others reported for the same, all of them and which one counts."""
    indicator = outlook.indicator
    shown = number(point.reported, indicator, lang)
    if point.observation == ASSUMED:
        shown = text.ASSUMED.get(lang) + ("" if lang == "zh" else " ") + shown
    rivals = dict.fromkeys(number(p.reported, indicator, lang) for p in outlook.evidence.rivals(point))
    every = " / ".join((shown, *rivals))
    if unit:
        space = "" if lang == "zh" or indicator.unit(lang) == "%" else " "
        every += space + _counted(indicator, lang)
    return text.TO_RECONCILE.fill(lang, every=every, counts=shown) if rivals else every


def _counted(indicator: Indicator, lang: str, *, step: bool = False) -> str:
    """Unit after a number; one that begins with a number itself, as ``100m yuan``, after a ×.

    A ``step`` of a rate is in points.
    """
    points = step and indicator.kind is Kind.RATE
    unit = text.PERCENTAGE_POINTS.get(lang) if points else indicator.unit(lang)
    return f"× {unit}" if unit[:1].isdigit() else unit


def _left(gap: float, indicator: Indicator, year: int, lang: str) -> str:
    """What is left to do by the end of a year."""
    step = f"{_signed(gap, indicator.decimals)} {_counted(indicator, lang, step=True)}"
    return text.BY_YEAR_END.fill(lang, step=step, year=year)


def _signed(value: float, digits: int) -> str:
    """With its sign, at most ``digits`` decimals, none for a whole number."""
    return f"{value:+,.0f}" if float(value).is_integer() else f"{value:+,.{digits}f}"


def _line(target: TargetOutlook, pace: TargetPace, lang: str) -> TargetLine:
    def shown(value: float | None) -> str:
        return "—" if value is None else number(value, target.indicator, lang)

    return TargetLine(
        outlook=target,
        pace=pace,
        target=shown(target.target),
        verdict=words.verdict_label(target, lang),
        median=shown(target.q50),
        interval="—" if target.q10 is None else f"{shown(target.q10)}–{shown(target.q90)}",
        required=required_text(pace, lang),
    )


def _points(unit: UnitOutlook, found: Mapping[int, Inverse], lang: str) -> Iterable[str]:
    """Indicators at risk by their last target at risk, then what is behind schedule."""
    for owned in unit.indicators:
        risky = [pair for pair in zip(owned.outlook.targets, owned.paces, strict=True) if at_risk(pair[0])]
        if not risky:
            continue
        target, pace = risky[-1]
        goal = f"{number(target.target, target.indicator, lang)} {target.indicator.unit(lang)}"
        parts = [
            text.UNIT_TARGET.fill(lang, year=target.year, goal=goal),
            words.verdict_label(target, lang),
            text.UNIT_REQUIRED.fill(lang, pace=required_text(pace, lang)),
        ]
        parts += filter(None, [found[target.indicator.id].needed_text(lang)])
        yield target.indicator.short(lang) + text.COLON.get(lang) + text.SEMICOLON.get(lang).join(parts)
    promised: tuple[CommitmentProgress | TaskProgress, ...] = (*unit.commitments, *unit.tasks)
    for item in promised:
        if item.behind:
            yield item.text(lang) + text.COLON.get(lang) + item.progress_text(lang)


def _method(study: Study) -> MethodNote:
    """Word the method and how its probabilities held, on the classes and at the lengths used here."""
    from zerobay_analysis.evaluation.calibration import calibration_source

    lang, source = study.lang, calibration_source()
    row = _calibration(study)
    said = text.UNTESTED.get(lang), text.UNTESTED_SHORT.get(lang)
    if held := _held(study.outlooks, study.model, lang, text.HELD):
        short = _held(study.outlooks, study.model, lang, text.TRUST_SHORT)
        said = text.TRUST_IN.fill(lang, held=held), short
    versions = ", ".join(f"{name} {version}" for name, version in source["versions"].items())
    made = f"{source['command']} · {source['date']} · {', '.join(source['sets'])} · {versions}"
    return MethodNote(
        paragraphs=_paragraphs(study),
        trust=said[0],
        trust_short=said[1],
        rows=() if row is None else word_rows(row),
        points=None if row is None else int(row["n"]),
        provenance=text.CALIBRATION_SOURCE.fill(lang, text=made),
        grades=chart_texts.GRADES.get(lang),
    )


def _calibration(study: Study) -> dict[str, Any] | None:
    """Calibration at the median number of figures that fix the level, over the indicators judged."""
    from zerobay_analysis.evaluation.calibration import calibration_at

    counts = sorted(
        len(outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL))
        for outlook in study.outlooks
        if outlook.forecast is not None
    )
    try:
        return calibration_at(study.model, counts[len(counts) // 2] if counts else 0)
    except ParameterError:
        return None


def _held(outlooks: Iterable[IndicatorOutlook], model: str, lang: str, of: Text) -> str:
    """How 80 % ranges and probabilities held on histories of the same classes that nothing was learned from.

    Of another model than the reference classes, on the public series of its benchmark; empty
    where it was not tested.
    """
    from zerobay_analysis.evaluation.calibration import calibration_at
    from zerobay_analysis.forecast.prior import held_out_scores

    covers, errors = set(), set()
    for outlook in outlooks:
        first = outlook.targets[0]
        if outlook.forecast is None:
            continue
        if first.reference_class:
            scores = held_out_scores(first.reference_class, first.n_obs)
            cover, error = scores["cover80"], scores["ece"]
        else:
            try:
                row = calibration_at(model, max(1, len(annual_years(outlook.evidence))))
            except ParameterError:
                continue
            cover, error = row["coverage80"], row["ece"]
        covers.add(round(10 * cover))
        errors.add(max(1, round(100 * error)))
    if not covers:
        return ""
    to = text.TO.get(lang)
    times, points = (to.join(map(str, sorted({min(s), max(s)}))) for s in (covers, errors))
    return of.fill(lang, times=times, points=points)


def calibration_note(outlook: IndicatorOutlook, study: Study) -> str:
    """What one indicator was taken to be like, and how probabilities of that class held at as few figures."""
    from zerobay_analysis.forecast.prior import class_table

    if outlook.forecast is None:
        return text.NOTHING_TO_CALIBRATE.get(study.lang)
    held = _held([outlook], study.model, study.lang, text.HELD)
    if not outlook.targets[0].reference_class:
        return text.TRUST_IN.fill(study.lang, held=held) if held else text.UNTESTED.get(study.lang)
    row = class_table().set_index("name").loc[outlook.targets[0].reference_class]
    reason = outlook.indicator.class_reason if study.lang == "zh" else ""
    return text.CLASS_NOTE.fill(
        study.lang,
        name=row[f"name_{study.lang}"],
        series=row["series"],
        sources=1 + str(row["sources"]).count(";"),
        reason=f"；{reason}" if reason else "",
        n=outlook.targets[0].n_obs,
        held=held,
    )


def word_rows(row: dict[str, Any]) -> tuple[WordRow, ...]:
    """The scale with what one row of the calibration table found."""
    found = []
    for verdict, (low, high) in VERDICT_RANGES.items():
        count = int(row[f"count_{verdict.key}"])
        found.append(WordRow(verdict, low, high, row[f"observed_{verdict.key}"] if count else None, count))
    return tuple(found)


def _paragraphs(study: Study) -> tuple[str, ...]:
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.forecast.prior import series_learned_from

    lang = study.lang
    name = Text(forecaster(study.model).name_zh, study.model).get(lang)
    model = text.LEARNING_MODEL if study.model == "reference_class" else text.OTHER_MODEL
    scale = [f"{v.symbol} {v.word(lang)} {words.span(*edges)}" for v, edges in VERDICT_RANGES.items()]
    return (
        model.fill(lang, name=name, series=series_learned_from()),
        text.FIGURES_USED.get(lang),
        text.WORDS_USED.fill(lang, scale=text.COMMA.get(lang).join(scale), limit=percent(AT_RISK_BELOW)),
        text.PACE_COUNTED.fill(lang, seed=study.seed),
    )
