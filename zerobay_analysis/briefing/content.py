"""What every form of the briefing says: facts and sentences, by rules, before any layout.

Each writer (deck, paper, docx, workbook, html) prints what stands here and computes nothing, so
the forms cannot disagree; :meth:`Briefing.facts` lists what a test reads back out of each file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.joint import JointOutlook, joint_outlooks
from zerobay_analysis.assessment.outliers import Outlier, outliers_text
from zerobay_analysis.assessment.outlook import (
    NO_VERDICT,
    VERDICTS,
    Grade,
    IndicatorOutlook,
    TargetOutlook,
)
from zerobay_analysis.assessment.owners import UnitOutlook, at_risk, units_of
from zerobay_analysis.assessment.pace import DeadlineStatus, TargetPace, paces
from zerobay_analysis.assessment.tracker import (
    CommitmentProgress,
    TaskProgress,
    track_commitments,
    track_tasks,
)
from zerobay_analysis.briefing import method
from zerobay_analysis.briefing.changes import Change, EarlierRun, changes_since, news_since, read_run
from zerobay_analysis.briefing.method import MethodNote
from zerobay_analysis.briefing.scenario_summary import ChanceMove, ScenarioLine, scenario_summary
from zerobay_analysis.briefing.tables import latest_text
from zerobay_analysis.briefing.unit_pages import UnitPage, unit_pages
from zerobay_analysis.briefing.words import required_text
from zerobay_analysis.charts import words
from zerobay_analysis.language import SYNTHETIC, say
from zerobay_analysis.series import Point, Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.study import Study

__all__ = [
    "DOCUMENT",
    "Answer",
    "Briefing",
    "IndicatorLine",
    "ScenarioRow",
    "Source",
    "TargetLine",
    "briefing_of",
]

DOCUMENT = "闵府发〔2026〕11号"
"""Number of the document that sets the targets."""
JOINT_RHO = 0.3
"""Dependence between indicators behind the sentence on all of them together; an assumption."""
MOST_CHANGES = 2
"""Indicators whose change or new figures the findings tell; the rest stand in the table of changes."""
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
    reference, reference_share, own, deadline : str
        How unusual the required pace is, in words and in percent, and by when it must be reached.
    """

    outlook: TargetOutlook
    pace: TargetPace
    target: str
    verdict: str
    median: str
    interval: str
    required: str
    reference: str
    reference_share: str
    own: str
    deadline: str

    @property
    def year(self) -> int:
        """Year of the target."""
        return self.outlook.year

    @property
    def at_risk(self) -> bool:
        """Whether the target has a probability and is not at least likely to be met."""
        return at_risk(self.outlook)

    @property
    def on_course(self) -> bool:
        """Whether the target is at least likely to be met."""
        return self.outlook.p_met is not None and not self.at_risk


@dataclass(frozen=True)
class ScenarioRow:
    """What one scenario does to the targets of one indicator.

    Attributes
    ----------
    label : str
        The scenario with the numbers that follow from it, or the answer to a standing question.
    assumed : str
        Its levers in words.
    chances : tuple of str
        Probability of every year's target under it, with the change in percentage points where
        there is one, e.g. ``39% (+2)``.
    moves : tuple of ChanceMove
        The numbers behind them.
    """

    label: str
    assumed: str
    chances: tuple[str, ...]
    moves: tuple[ChanceMove, ...]


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator with its targets.

    Attributes
    ----------
    name, named, short, unit : str
        Name, name with unit, short name, unit.
    owners : str
        Responsible units.
    latest : str
        Latest figure that fixes the level, with its month.
    finding : str
        The outlook in one sentence.
    reason : str
        Why there is, or is not, a probability.
    request : str
        Data owed; empty when nothing is.
    levers : tuple of str
        The plan's tasks of the same action whose units answer for this indicator.
    scenarios : tuple of ScenarioRow
        The scenarios that name it and, where it is at risk, the standing questions.
    """

    outlook: IndicatorOutlook
    name: str
    named: str
    short: str
    unit: str
    owners: str
    latest: str
    lines: tuple[TargetLine, ...]
    finding: str
    reason: str
    request: str
    levers: tuple[str, ...]
    scenarios: tuple[ScenarioRow, ...]

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
    def at_risk(self) -> tuple[TargetLine, ...]:
        """Targets at risk, in order of years."""
        return tuple(line for line in self.lines if line.at_risk)

    @property
    def lowest(self) -> float:
        """Least probability over the years; 1 where there is none."""
        return min((p for line in self.lines if (p := line.outlook.p_met) is not None), default=1.0)

    @property
    def points(self) -> tuple[Point, ...]:
        """Every figure on record."""
        return self.outlook.evidence.points

    @property
    def listed(self) -> tuple[Point, ...]:
        """Figures that a page lists."""
        return self.outlook.evidence.listed


@dataclass(frozen=True)
class Answer:
    """One of the four things that leadership asks first.

    Attributes
    ----------
    question : str
        A few words, e.g. ``有望完成的年度目标``.
    figure : str
        The number that answers it, with what it is out of.
    text : str
        The answer in a sentence; one of :attr:`Briefing.points`.
    """

    question: str
    figure: str
    text: str


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
class Briefing:
    """The whole briefing.

    Attributes
    ----------
    lang, data, model : str
    as_of : date
    run_id : str
    synthetic : str
        What every page must say about made-up data; empty for real data.
    indicators : tuple of IndicatorLine
    units : tuple of UnitOutlook
    pages : tuple of UnitPage
        One per unit, in the same order.
    refused : tuple of str
        Scenarios that could not be run on these data, and why.
    commitments : tuple of CommitmentProgress
    tasks : tuple of TaskProgress
    joint : tuple of JointOutlook
        One per target year, at :data:`JOINT_RHO`.
    earlier : EarlierRun or None
        The run compared with.
    changes : tuple of Change
    news : tuple of (int, str)
        Indicators with new or revised figures since then, and which.
    method : MethodNote
    sources : tuple of Source
    revisions : pandas.DataFrame
        Figures published more than once.
    """

    lang: str
    data: str
    model: str
    seed: int
    as_of: date
    run_id: str
    synthetic: str
    indicators: tuple[IndicatorLine, ...]
    units: tuple[UnitOutlook, ...]
    pages: tuple[UnitPage, ...]
    refused: tuple[str, ...]
    commitments: tuple[CommitmentProgress, ...]
    tasks: tuple[TaskProgress, ...]
    joint: tuple[JointOutlook, ...]
    earlier: EarlierRun | None
    changes: tuple[Change, ...]
    news: tuple[tuple[int, str], ...]
    method: MethodNote
    sources: tuple[Source, ...]
    revisions: pd.DataFrame
    outliers: tuple[Outlier, ...] = ()

    def say(self, zh: str, en: str) -> str:
        """``zh`` or ``en``, as the reader wants."""
        return say(self.lang, zh, en)

    @property
    def title(self) -> str:
        """Title of every form."""
        return self.say("“大零号湾”行动计划目标前景", "Grand neoBay action plan: target outlook")

    @property
    def years(self) -> tuple[int, ...]:
        """Target years in order."""
        return tuple(line.year for line in self.indicators[0].lines)

    @property
    def subtitle(self) -> str:
        """Plan, day and data."""
        data = {"public": ("公开记录", "the public record"), "demo": ("演示数据", "synthetic data")}
        label = self.say(*data.get(self.data, ("报送数据", "reported data")))
        first, last = self.years[0], self.years[-1]
        return self.say(
            f"{first}—{last}年行动计划（{DOCUMENT}）　数据截至{self.as_of:%Y-%m-%d}　依据：{label}",
            f"Action plan {first}-{last} ({DOCUMENT}), as of {self.as_of:%Y-%m-%d}, from {label}",
        )

    @property
    def headline(self) -> str:
        """The finding in one sentence."""
        return words.overview([line.outlook for line in self.indicators], self.lang)

    @cached_property
    def at_risk(self) -> tuple[IndicatorLine, ...]:
        """Indicators with a target at risk, least probable first."""
        return tuple(sorted((i for i in self.indicators if i.at_risk), key=lambda i: (i.lowest, i.number)))

    @property
    def owed(self) -> tuple[IndicatorLine, ...]:
        """Indicators with data owed."""
        return tuple(line for line in self.indicators if line.request)

    def verdict_counts(self, year: int | None = None) -> dict[str, int]:
        """Number of targets by key of their verdict, in the verdicts' order, for one year or all."""
        found = Counter(
            line.outlook.verdict.key
            for indicator in self.indicators
            for line in indicator.lines
            if year in (None, line.year)
        )
        return {verdict.key: found[verdict.key] for verdict in (*VERDICTS, NO_VERDICT)}

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What leadership asks first: on course, at risk and whose, what changed, what is owed."""
        s, total = self.say, len(self.targets)
        on_course = sum(line.on_course for line in self.targets)
        owed, moved = len(self.owed), len(self.changes)
        return (
            Answer(
                s("有望完成的年度目标", "Yearly targets on course"),
                f"{on_course} / {total}",
                self.counts_text,
            ),
            Answer(
                s("有风险的指标", "Indicators at risk"),
                f"{len(self.at_risk)} / {len(self.indicators)}",
                self.risks_text,
            ),
            Answer(
                s("判断有变化的目标", "Targets that changed"),
                "—" if self.earlier is None else f"{moved} / {total}",
                self.changes_text,
            ),
            Answer(
                s("待补数据的指标", "Indicators with data owed"),
                f"{owed} / {len(self.indicators)}",
                self.owed_text,
            ),
        )

    @property
    def points(self) -> tuple[str, ...]:
        """The findings, one sentence each, most important first."""
        return (*(answer.text for answer in self.answers), *self.more_points)

    @property
    def more_points(self) -> tuple[str, ...]:
        """The findings after the four answers."""
        first = (outliers_text(self.outliers, self.lang), self.worst_text if self.at_risk else "")
        return (*filter(None, first), self.together_text, self.method.trust)

    @property
    def targets(self) -> tuple[TargetLine, ...]:
        """Every target of every indicator."""
        return tuple(line for indicator in self.indicators for line in indicator.lines)

    @property
    def counts_text(self) -> str:
        """Of all targets, how many are on course, at risk or without a probability, and by which words."""
        counts, total = self.verdict_counts(), len(self.targets)
        on_course = sum(line.on_course for line in self.targets)
        risky, open_ = sum(line.at_risk for line in self.targets), counts[NO_VERDICT.key]
        zh = [f"有望完成 {on_course} 个", f"有风险 {risky} 个", f"无法给出概率 {open_} 个" * bool(open_)]
        en = [f"{on_course} on course", f"{risky} at risk", f"{open_} without a probability" * bool(open_)]
        said = [v for v in VERDICTS if counts[v.key]]
        words_zh = f"（{'，'.join(f'{v.word_zh} {counts[v.key]}' for v in said)}）" if said else ""
        words_en = f" ({', '.join(f'{counts[v.key]} {v.word_en}' for v in said)})" if said else ""
        return self.say(
            f"{total} 个年度目标中，{'，'.join(filter(None, zh))}{words_zh}。",
            f"Of {total} yearly targets: {', '.join(filter(None, en))}{words_en}.",
        )

    @property
    def risks_text(self) -> str:
        """Which indicators are at risk and whose they are, each with its least probable year."""
        if not self.at_risk:
            return self.say("没有把握低于六成的目标。", "No target with a probability is below 60%.")
        owned: dict[str, list[str]] = {}
        for line in self.at_risk:
            owned.setdefault(line.owners, []).append(f"{line.short} {words.percent(line.lowest)}")
        comma = self.say("、", ", ")
        zh = "；".join(f"{units}（{comma.join(mine)}）" for units, mine in owned.items())
        en = "; ".join(f"{units} ({comma.join(mine)})" for units, mine in owned.items())
        n = len(self.at_risk)
        return self.say(
            f"{n} 项指标有目标把握不足六成，责任单位及其最难一年的达标概率：{zh}。",
            f"{n} {'indicator has' if n == 1 else 'indicators have'} a target below 60%; whose they are, "
            f"with the probability in the hardest year: {en}.",
        )

    @property
    def worst_text(self) -> str:
        """The target least likely to be met, with its units and pace."""
        indicator = self.at_risk[0]
        line = min(indicator.at_risk, key=lambda line: line.outlook.p_met or 0.0)
        chance = words.percent(line.outlook.p_met or 0.0)
        needed = line.pace.per_year is not None and not line.pace.reached
        need = self.say(f"，需{line.required}", f", needs {line.required}") if needed else ""
        return self.say(
            f"把握最低的是{indicator.name}：{line.year} 年目标 {line.target} {indicator.unit}，"
            f"达标概率 {chance}{need}；责任单位：{indicator.owners}。",
            f"Least likely: {indicator.name}, target {line.target} ({indicator.unit}) for {line.year}, "
            f"probability {chance}{need}; responsible: {indicator.owners}.",
        )

    @property
    def together_text(self) -> str:
        """How many are met together in the last year, with the assumption behind it."""
        joint = self.joint[-1]
        n, out, year = len(joint.indicators), len(joint.left_out), joint.year
        if joint.p_all is None:
            return self.say(
                f"{out} 项指标都没有概率，无法说明一起完成多少。",
                f"None of {out} indicators has a probability, so nothing is said of all together.",
            )
        low, high, chance = joint.quantile(0.1), joint.quantile(0.9), words.percent(joint.p_all)
        return self.say(
            f"{year} 年，{n} 项有概率的指标预计完成 {joint.expected:.1f} 项（80% 区间 {low}–{high} 项），"
            f"全部完成的概率 {chance}{f'；另 {out} 项没有概率，不计' * bool(out)}"
            f"（假设指标间相关系数 {joint.rho:g}）。",
            f"In {year}, {joint.expected:.1f} of the {n} indicators with a probability are expected to "
            f"be met (80% interval {low} to {high}), all of them with probability {chance}"
            f"{f'; {out} without one left out' * bool(out)} "
            f"(correlation between indicators assumed {joint.rho:g}).",
        )

    @property
    def owed_text(self) -> str:
        """How many indicators wait for data, and from whom."""
        if not self.owed:
            return self.say("各指标历史数据齐全。", "No historical figure is missing.")
        units = Counter(unit for line in self.owed for unit in line.outlook.indicator.owners)
        listed = [self.say(f"{unit} {n} 项", f"{unit} ({n})") for unit, n in units.most_common()]
        return self.say(
            f"{len(self.owed)} 项指标待补报数据：{'、'.join(listed)}。",
            f"Figures are owed for {len(self.owed)} indicator{'s' * (len(self.owed) > 1)}: "
            f"{', '.join(listed)}.",
        )

    @property
    def changes_text(self) -> str:
        """What changed since the run compared with."""
        if self.earlier is None:
            return self.say(
                "没有可比的上次运行，本次作为基准。", "No earlier run to compare with; this one is the base."
            )
        day = self.earlier.as_of
        if not self.changes:
            return (
                self.say(
                    f"与上次（数据截至 {day}）相比，各目标的判断没有变化。",
                    f"No verdict changed since the last run (as of {day}).",
                )
                + self._quiet_news()
            )
        names = {line.number: line.short for line in self.indicators}
        last = {change.indicator: change for change in self.changes}  # its last year that changed
        told = list(last.values())[:MOST_CHANGES]
        listed = [
            self.say(
                f"{names[c.indicator]} {c.year} 年由{c.before}变为{c.after}，{c.cause}",
                f"{names[c.indicator]} {c.year} from {c.before} to {c.after}, {c.cause}",
            )
            for c in told
        ]
        if rest := len(last) - len(told):
            listed.append(self.say(f"另有 {rest} 项指标", f"and {rest} more indicator{'s' * (rest > 1)}"))
        n = len(self.changes)
        return (
            self.say(
                f"与上次（数据截至 {day}）相比，{n} 个目标的判断有变化：{'；'.join(listed)}。",
                f"{n} target{'s stand' if n > 1 else ' stands'} differently since the last run "
                f"(as of {day}): {'; '.join(listed)}.",
            )
            + self._quiet_news()
        )

    def _quiet_news(self) -> str:
        """New figures of indicators whose verdicts stayed, in a sentence; empty without any."""
        names = {line.number: line.short for line in self.indicators}
        moved = {change.indicator for change in self.changes}
        quiet = [(names[n], text) for n, text in self.news if n not in moved]
        if not quiet:
            return ""
        colon = self.say("：", ": ")
        told = [f"{name}{colon}{text}" for name, text in quiet[:MOST_CHANGES]]
        if rest := len(quiet) - len(told):
            told.append(self.say(f"另有 {rest} 项指标", f"and {rest} more indicator{'s' * (rest > 1)}"))
        listed = self.say("；", "; ").join(told)
        return self.say(
            f"有新数字而判断未变的：{listed}。", f" New figures that changed no verdict: {listed}."
        )

    def risk_notes(self, indicator: IndicatorLine) -> tuple[tuple[str, str], ...]:
        """Label and text of what stands beside an indicator at risk: units, pace, levers, evidence."""
        s, last = self.say, indicator.at_risk[-1]
        comma, stop = s("；", "; "), s("。", ".")
        deadline = last.pace.deadline
        levers = comma.join(indicator.levers) or s(
            "方案任务清单中，没有一项同类任务由本指标的责任单位负责",
            "the plan gives these units no task under this action",
        )
        notes = (
            (s("责任单位", "Owners"), indicator.owners),
            (s("最新数", "Latest figure"), indicator.latest),
            (
                s(f"{last.year} 年目标的难度", f"How hard {last.year} is"),
                f"{last.reference}{comma}{last.own}",
            ),
            (
                s("提速时限", "Latest day to speed up"),
                "" if deadline.status is DeadlineStatus.UNDEFINED else last.deadline,
            ),
            (s("抓手（方案任务）", "Levers (tasks of the plan)"), levers),
            (s("依据", "Evidence"), indicator.reason),
        )
        return tuple((label, f"{text.rstrip('。.')}{stop}") for label, text in notes if text)

    def facts(self) -> tuple[str, ...]:
        """Strings that every form must hold, whatever its layout."""
        found = [self.headline, *self.points]
        for indicator in self.indicators:
            found += [indicator.outlook.indicator.owners[0], f"{indicator.number}"]
            for line in indicator.lines:
                found += [line.target, line.verdict, line.median, line.interval, line.required]
            found.append(indicator.request)
            for row in indicator.scenarios * bool(indicator.at_risk):
                found += [row.label, *row.chances]
        for change in self.changes:
            found += [change.before, change.after]
        found += [source.publisher for source in self.sources if source.weighted]
        found.append(self.synthetic)
        return tuple(dict.fromkeys(fact for fact in found if fact))


def briefing_of(study: Study, run_id: str, previous: Path | None = None, scenario: str = "") -> Briefing:
    """Gather and word everything.

    Parameters
    ----------
    previous : Path, optional
        Folder of the run to compare with (``outlook.csv`` and ``manifest.json``).
    scenario : str
        Scenario file of the report; the shipped examples when empty.

    Raises
    ------
    DataError
        The scenario file has problems; each names its line and cure.
    OSError, ValueError, KeyError
        ``previous`` is given and cannot be read.
    """
    lang = study.lang
    levers = _levers(study)
    scenarios = scenario_summary(study, scenario)
    indicators = tuple(
        _indicator(outlook, levers[outlook.indicator.id], scenarios.of(outlook.indicator.id), lang)
        for outlook in study.outlooks
    )
    units = units_of(study)
    commitments = track_commitments(study.plan, study.ledger, study.as_of)
    tasks = track_tasks(study.plan, study.ledger, study.as_of)
    earlier = None if previous is None else read_run(previous)
    return Briefing(
        lang=lang,
        data=study.ledger.name,
        model=study.model,
        seed=study.seed,
        as_of=study.as_of,
        run_id=run_id,
        synthetic=say(lang, *SYNTHETIC) if study.synthetic else "",
        indicators=indicators,
        units=units,
        pages=unit_pages(study, units),
        refused=scenarios.refused,
        commitments=commitments,
        tasks=tasks,
        joint=tuple(j for j in joint_outlooks(study.outlooks, (JOINT_RHO,)) if j.year is not None),
        earlier=earlier,
        changes=() if earlier is None else changes_since(earlier, study.outlooks, lang),
        news=() if earlier is None else news_since(earlier, study.outlooks, lang),
        method=method.method_note(study),
        sources=_sources(study),
        revisions=study.ledger.revisions(),
        outliers=study.outliers,
    )


def _indicator(
    outlook: IndicatorOutlook, levers: tuple[str, ...], scenarios: Sequence[ScenarioLine], lang: str
) -> IndicatorLine:
    indicator = outlook.indicator
    return IndicatorLine(
        outlook=outlook,
        name=indicator.name(lang),
        named=words.named(indicator, lang),
        short=indicator.short(lang),
        unit=indicator.unit(lang),
        owners=say(lang, "、", ", ").join(indicator.owners),
        latest=latest_text(outlook, lang),
        lines=tuple(
            _line(target, pace, lang) for target, pace in zip(outlook.targets, paces(outlook), strict=True)
        ),
        finding=words.finding(outlook, lang),
        reason=outlook.targets[0].reason(lang),
        request=outlook.request(lang),
        levers=levers,
        scenarios=tuple(_scenario(line, lang) for line in scenarios),
    )


def _scenario(line: ScenarioLine, lang: str) -> ScenarioRow:
    comma = say(lang, "，", ", ")
    follows = comma.join(line.findings)
    if follows and line.text.startswith(line.findings[0]):
        label = follows  # the answer to a question needs no name
    elif follows:
        label = say(lang, f"{line.name}（{follows}）", f"{line.name} ({follows})")
    else:
        label = line.name
    chances = tuple(f"{m.after} ({m.points:+d})" if m.points else m.after for m in line.moves)
    return ScenarioRow(label, comma.join(line.levers), chances, line.moves)


def _line(target: TargetOutlook, pace: TargetPace, lang: str) -> TargetLine:
    def shown(value: float | None) -> str:
        return "—" if value is None else words.number(value, target.indicator, lang)

    return TargetLine(
        outlook=target,
        pace=pace,
        target=shown(target.target),
        verdict=words.verdict_label(target, lang),
        median=shown(target.q50),
        interval="—" if target.q10 is None else f"{shown(target.q10)}–{shown(target.q90)}",
        required=required_text(pace, lang),
        reference=pace.reference_text(lang),
        reference_share="—"
        if pace.reference_share is None or pace.from_plan
        else words.percent(pace.reference_share),
        own=pace.own_text(lang),
        deadline=pace.deadline.text(lang),
    )


def _levers(study: Study) -> dict[int, tuple[str, ...]]:
    """Tasks by indicator: same action of the plan, and a unit in common.

    The annex names the actions in the order of the text's sections, so the first action's
    indicators belong to the first group of tasks, and so on.
    """
    actions = list(dict.fromkeys(indicator.action_zh for indicator in study.plan.indicators))
    groups = list(study.plan.tasks["group"].drop_duplicates())
    title = study.plan.tasks[say(study.lang, "title", "title_en")]
    found = {}
    for indicator in study.plan.indicators:
        group = groups[actions.index(indicator.action_zh)]
        mine = study.plan.tasks["owners"].map(
            lambda owners, units=indicator.owners: bool(set(owners.split(";")) & set(units))
        )
        rows = study.plan.tasks[mine & (study.plan.tasks["group"] == group)]
        found[indicator.id] = tuple(f"{row_id}. {title[index]}" for index, row_id in rows["id"].items())
    return found


def _sources(study: Study) -> tuple[Source, ...]:
    """Sources of every figure of an indicator, those of weighted figures marked."""
    points: Sequence[Point] = [p for outlook in study.outlooks for p in outlook.evidence.points]
    used = {point.source for point in points}
    weighted = {point.source for point in points if point.role in WEIGHTED}
    known = study.ledger.as_of(study.as_of).sources.sort_values("source")
    return tuple(
        Source(
            id=str(row["source"]),
            publisher=str(row["publisher"]),
            title=str(row["title"]),
            published=str(row["published_as_stated"]),
            url=str(row["url"]) if str(row["url"]).startswith(("http://", "https://")) else "",
            weighted=row["source"] in weighted,
        )
        for row in known.to_dict("records")
        if row["source"] in used
    )
