"""Every table of the briefing, once: its columns, its cells, and the places where each column stands.

A form asks for the columns of its place (``table.on("paper")``) and prints them; a notebook calls
``table.frame()``. A column more is one line here, and stands in every form that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.data_owed import Need, Owed, due_rule
from zerobay_analysis.assessment.outlook import (
    IndicatorOutlook,
    Verdict,
    annual_years,
    percent,
)
from zerobay_analysis.briefing import text
from zerobay_analysis.briefing.content import (
    SCHEDULE,
    Briefing,
    IndicatorLine,
    TargetLine,
    UnitPage,
    WordRow,
    YearLine,
    calibration_note,
    word_rows,
)
from zerobay_analysis.charts.words import named, number, range_label, span, supposed_label, verdict_mark
from zerobay_analysis.language import Text, editions, in_language, listed
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point, Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.assessment.conditional import Conditional
    from zerobay_analysis.assessment.outside_view import OutsideView
    from zerobay_analysis.assessment.tracker import CommitmentProgress, TaskProgress
    from zerobay_analysis.briefing.changes import Change
    from zerobay_analysis.scenarios.run import ScenarioRefusal, ScenarioResult
    from zerobay_analysis.study import Study


WIDE = "html paper annex slide risk notebook"
"""Places of what every table of targets says."""
LIGHTS = {"green": "#d5ead8", "yellow": "#f4dc9a", "red": "#dd9a8c"}
"""Colours behind the lights of the official rule, from light to dark, so that grey keeps their order."""
MIN_WEIGHT = 0.005
"""Weight below which a figure has no row of its own in the table of influence."""
MIN_SHARE = 0.01
"""Weight below which a class that an indicator may be like is not named."""
MAX_ON_SHEET, MAX_REVISIONS = 1000, 200
"""Figures of an indicator in the workbook, unless more of them carry weight; revisions in a notebook."""
MAX_ID = 16
"""Characters of a source's id that stand in a column of the paper."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        In the reader's form.
    value : object
        What a spreadsheet holds; the text where it is ``None``.
    format : str
        Number format of ``value``; that of the column where empty.
    lead : str
        What stands before the text: the target before its verdict.
    note : str
        A second line in smaller type.
    verdict : Verdict or None
        Its colour may stand behind the text, which has word and symbol already.
    link : str
        Where it leads: an anchor of the page or an address.
    anchor : str
        Of the first cell of a row: the row's name on the page.
    tint : str
        Colour behind the text of what is no verdict.
    """

    text: str
    value: Any = None
    format: str = ""
    lead: str = ""
    note: str = ""
    verdict: Verdict | None = None
    link: str = ""
    anchor: str = ""
    tint: str = ""

    @property
    def full(self) -> str:
        """All of it, the note on a line of its own."""
        first = f"{self.lead}  {self.text}" if self.lead else self.text
        return f"{first}\n{self.note}" if self.note else first

    @property
    def fill(self) -> str:
        """Colour behind the text as ``#rrggbb``; empty without a probability or a light."""
        return (
            self.verdict.colour if self.verdict is not None and self.verdict.floor is not None else self.tint
        )

    @property
    def ink(self) -> str:
        """Colour of the text; empty for the usual one."""
        from zerobay_analysis.charts import style

        return "" if self.verdict is None else style.ink(self.verdict)


@dataclass(frozen=True)
class _Kind:
    """How the values of a column are shown: alignment, number format of a sheet, text."""

    align: str = "left"
    format: str = ""
    text: Callable[[Any], str] = str


KINDS = {
    "text": _Kind(),
    "short": _Kind(),  # on one line
    "mark": _Kind("center"),
    "count": _Kind("right", "#,##0"),
    "year": _Kind("left", "0"),
    "number": _Kind("right", "General", "{:g}".format),
    "decimal": _Kind("right", "0.0", "{:.1f}".format),
    "score": _Kind("right", "0.000", "{:.3f}".format),
    "change": _Kind("right", "+#,##0.##;-#,##0.##;0", "{:+.4g}".format),
    "percent": _Kind("right", "0%", "{:.0%}".format),
    "growth": _Kind("right", "+0.0%;-0.0%;0%", "{:+.1%}".format),
    # A forecast can promise neither 0 % nor 100 %.
    "probability": _Kind("right", '[<0.01]"<1%";[>0.99]">99%";0%', percent),
    "day": _Kind("left", "yyyy-mm-dd", lambda day: f"{day:%Y-%m-%d}"),
}


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    heading : str or Text
    share : float
        Of the width of the table; on a sheet the width in characters.
    of : callable
        The value, or the cell, of one row.
    kind : str
        One of :data:`KINDS`.
    on : str
        Places where it stands, with spaces between them; everywhere where empty.
    """

    heading: str | Text
    share: float
    of: Callable[..., object]
    kind: str = "text"
    on: str = ""

    @property
    def align(self) -> str:
        """``left``, ``center`` or ``right``."""
        return KINDS[self.kind].align

    @property
    def format(self) -> str:
        """Number format of a sheet."""
        return KINDS[self.kind].format

    def cell(self, value: object, lang: str) -> Cell:
        """A value as a cell; one that is missing as a dash."""
        if isinstance(value, Cell):
            return value
        if isinstance(value, Text):
            value = value.get(lang)
        if value is None or value == "" or value != value:
            return Cell("—")
        return Cell(KINDS[self.kind].text(value), value)


@dataclass(frozen=True)
class Table:
    """A table in one language, to be printed in any form; a cell is made when it is first asked for.

    Attributes
    ----------
    lang, title : str
    columns : tuple of Column
    records : tuple
        What the rows are about; one that is a tuple is given to the columns part by part.
    empty : str
        What to say where there is no row.
    notes : tuple of str
        What stands below.
    place : str
        Where it is printed; empty where every column stands.
    """

    lang: str
    title: str
    columns: tuple[Column, ...]
    records: tuple[Any, ...]
    empty: str
    notes: tuple[str, ...] = ()
    place: str = ""

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """Heading of every column."""
        return tuple(_said(column.heading, self.lang) for column in self.columns)

    @cached_property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """Cells row by row."""
        parts = (record if isinstance(record, tuple) else (record,) for record in self.records)
        return tuple(
            tuple(column.cell(column.of(*part), self.lang) for column in self.columns) for part in parts
        )

    def on(self, place: str) -> Table:
        """Only the columns of one place."""
        kept = tuple(column for column in self.columns if not column.on or place in column.on.split())
        return replace(self, columns=kept, place=place)

    def frame(self) -> pd.DataFrame:
        """The table for a notebook, its first column as the index; without rows one cell that says so."""
        import pandas as pd

        shown = self if self.place else self.on("notebook")
        if not shown.rows:
            return pd.DataFrame({self.title: [self.empty]})
        rows = [[cell.full.replace("\n", " ") for cell in row] for row in shown.rows]
        return pd.DataFrame(rows, columns=list(shown.headings)).set_index(shown.headings[0])


def _table(
    lang: str,
    title: Text | str,
    columns: Iterable[Column],
    records: Iterable[Any],
    empty: Text = text.NONE_ON_RECORD,
    notes: Iterable[str] = (),
) -> Table:
    return Table(lang, _said(title, lang), tuple(columns), tuple(records), empty.get(lang), tuple(notes))


def _said(of: Text | str, lang: str) -> str:
    return of.get(lang) if isinstance(of, Text) else of


# --- outlook and targets ----------------------------------------------------------------------


def schedule(briefing: Briefing) -> Table:
    """序时进度表: one row per indicator on its way to this year's target, and what to do next."""
    lang, records = briefing.lang, tuple(zip(briefing.indicators, briefing.year_lines, strict=True))
    year, last = records[0][1].target.year if records else "", briefing.years[-1]

    def name(i: IndicatorLine) -> Cell:
        short = named(i.outlook.indicator, lang, short=True) if lang == "zh" else i.short
        return Cell(f"{i.number} {short}", link=f"i{i.number}")

    def figure(i: IndicatorLine, point: Point | None) -> Cell:
        if point is None:
            return Cell("—")
        shown = number(point.reported, i.outlook.indicator, lang)
        disputed = i.outlook.evidence.rivals(point)
        return Cell(text.DISPUTED.fill(lang, shown=shown) if disputed else shown, link=point.observation)

    def latest(i: IndicatorLine, s: YearLine) -> Cell:
        if s.latest is None:
            return Cell(text.NO_DATA.get(lang))
        return replace(figure(i, s.latest), note=s.latest.period(lang))

    def light(i: IndicatorLine, s: YearLine) -> Cell:
        if s.light is None or s.light.category is None:
            return Cell("—" if s.gone == "—" else text.NO_LIGHT.get(lang))
        return Cell(f"{s.light.category.symbol} {s.light.word(lang)}", tint=LIGHTS[s.light.category.key])

    def mark(i: IndicatorLine) -> str:
        shown = verdict_mark(i.lines[-1].outlook)
        return f"{shown[0]} {shown[1:]}"

    wide, semicolon = "html slide notebook sheet", text.SEMICOLON.get(lang)
    columns = (
        Column(text.INDICATOR, 24, lambda i, s: name(i)),
        Column(text.TARGET_OF.fill(lang, year=year), 12, lambda i, s: Cell(s.target.target), "number"),
        Column(text.LATEST, 28.7, latest),
        Column(text.SAME_PERIOD, 12, lambda i, s: figure(i, s.before), "number"),
        Column(text.SHARE, 12, lambda i, s: Cell(s.done), "number"),
        Column(text.TIME_GONE, 11.5, lambda i, s: Cell(s.gone), "number"),
        Column(text.LIGHT, 15.2, light),
        Column(text.PROBABILITY, 24, lambda i, s: replace(_verdict(s.target, lang), note="")),
        Column(str(last), 18, lambda i, s: mark(i), on="page paper"),
        Column(text.GRADE_SHORT, 10, lambda i, s: i.grade.value, "mark"),
        Column(text.OWNERS, 30, lambda i, s: i.owners),
        Column(text.PROBLEM_AND_STEP, 41, lambda i, s: f"{s.problem}{semicolon}{s.step}", on="page paper"),
        Column(text.PROBLEM, 30, lambda i, s: s.problem, on=wide),
        Column(text.NEXT_STEP, 40, lambda i, s: s.step, on=wide),
    )
    notes = [text.SCHEDULE_NOTE.fill(lang, m=SCHEDULE)]
    if any(t.outlook.supposed for t in briefing.targets):
        notes.append(text.SUPPOSED_NOTE.fill(lang, year=briefing.study.as_of.year - 1))
    return _table(lang, text.SCHEDULE, columns, records, notes=notes)


def outlook(briefing: Briefing) -> Table:
    """One row per indicator: latest figure, target and verdict for every year, grade, units."""
    lang = briefing.lang

    def brief_name(i: IndicatorLine) -> str:
        return named(i.outlook.indicator, lang, short=True)

    def short(i: IndicatorLine) -> str:
        return brief_name(i) if lang == "zh" else i.short

    def latest(i: IndicatorLine) -> Cell:
        known = i.outlook.evidence.year_to_date or i.outlook.evidence.latest
        missing = text.MISSING_NUMBER.fill(lang, figure=i.missing) if i.missing else ""
        if known is None:
            return Cell(missing or i.last, link="if-then" if missing else "")
        return Cell(i.last, link=known.observation, note=missing)

    def goal(i: IndicatorLine, k: int, *, brief: bool) -> Cell:
        line = i.lines[k]
        found = _verdict(line, lang)
        note = found.note if brief or found.note else range_label(line.outlook, lang)
        return replace(found, lead=line.target, note=note, link=f"t{i.number}-{line.year}")

    columns = [
        Column("#", 6.5, lambda i: i.number, "count"),
        Column(text.NAME_AND_UNIT, 27, lambda i: Cell(brief_name(i), link=f"i{i.number}"), on="html"),
        Column(text.SHORT_NAME, 29, short, on="paper"),
        Column(text.NAME_AND_UNIT, 27, brief_name, on="slide notebook"),
        Column(text.LATEST, 23, latest, on="html slide notebook"),
        *(
            Column(str(year), share, lambda i, k=k, brief=brief: goal(i, k, brief=brief), on=on)
            for brief, on, share in (
                (False, "html slide", 34.5),
                (True, "paper notebook", 34.5),
            )
            for k, year in enumerate(briefing.years)
        ),
        Column(text.GRADE_SHORT, 8.5, lambda i: i.grade.value, "mark"),
        Column(text.OWNERS, 23, lambda i: i.owners, on="html paper slide"),
    ]
    notes = [text.GOAL_NOTE.get(lang)]
    if any(t.outlook.supposed for t in briefing.targets):
        notes.append(text.SUPPOSED_NOTE.fill(lang, year=briefing.study.as_of.year - 1))
    return _table(lang, text.ALL_INDICATORS, columns, briefing.indicators, notes=notes)


def targets(briefing: Briefing, indicators: Iterable[IndicatorLine] | None = None, unit: str = "") -> Table:
    """One row per target: verdict, quantiles, required pace, how unusual it is, and by when.

    Places: ``html`` and ``paper`` (of one indicator), ``risk`` (the same on a slide), ``annex`` and
    ``slide`` (of all), ``unit``, ``sheet`` (outlook), ``pace`` and ``notebook``.
    """
    lang, lines = briefing.lang, tuple(briefing.indicators if indicators is None else indicators)
    title = text.INDICATORS_AND_TARGETS.get(lang)
    notes: tuple[str, ...] = ()
    if len(lines) == 1 and not unit:
        title = text.TARGETS_OF.fill(lang, number=lines[0].number)
        notes = (calibration_note(lines[0].outlook, briefing.study),) if lines[0].judged else ()
    records = [(i, t) for i in lines for t in i.lines]
    return _table(lang, title, _target_columns(lang, unit), records, text.NO_INDICATOR, notes)


def _sure(i: IndicatorLine, t: TargetLine, lang: str) -> Cell:
    """What can be counted on with 80 %; on a figure that is supposed, which one."""
    found = i.inverse
    reach = found.of(t.year)
    cell = _amount(None if reach is None else reach.confident, t, lang)
    if found.supposed is None or reach is None:
        return cell
    figure = number(found.supposed[1], t.outlook.indicator, lang)
    return Cell(text.SUPPOSED.fill(lang, figure=figure, chance=cell.text))


def _start(t: TargetLine, lang: str) -> Cell:
    return _amount(None if t.pace.latest is None else t.pace.latest.reported, t, lang)


def _period(t: TargetLine, lang: str) -> str | None:
    return None if t.pace.latest is None else t.pace.latest.period(lang)


def _target_columns(lang: str, unit: str) -> tuple[Column, ...]:
    most = "html paper annex slide sheet notebook"
    ranged = "html annex slide notebook"

    def takes(i: IndicatorLine, t: TargetLine) -> str:
        return i.inverse.needed_text(lang) if t is i.lines[-1] else ""

    def year(i: IndicatorLine, t: TargetLine) -> Cell:
        return Cell(str(t.year), t.year, anchor=f"t{i.number}-{t.year}")

    return (
        Column("#", 5, lambda i, t: i.number, "count", "sheet pace"),
        Column(text.INDICATOR, 24, lambda i, t: i.name, on="sheet pace"),
        Column(text.INDICATOR, 20, lambda i, t: _indicator(i.outlook.indicator, lang), on="annex slide"),
        Column(
            text.INDICATOR, 22, lambda i, t: Cell(f"{i.number} {i.named}", link=f"i{i.number}"), on="unit"
        ),
        Column(text.UNIT, 10, lambda i, t: i.unit, on="sheet pace"),
        Column(
            text.SHARED_WITH, 16, lambda i, t: _partners(i.outlook.indicator.owners, unit, lang), on="unit"
        ),
        Column(text.OWNERS, 16, lambda i, t: i.owners, on="sheet"),
        Column(text.GRADE, 8, lambda i, t: i.grade.value, "mark", "sheet unit"),
        Column(text.YEAR, 8, year, "year"),
        Column(text.TARGET, 11.5, lambda i, t: _amount(t.outlook.target, t, lang), "number"),
        Column(text.FROM, 10, lambda i, t: _start(t, lang), "number", "sheet pace"),
        Column(text.FROM_PERIOD, 12, lambda i, t: _period(t, lang), on="sheet pace"),
        Column(text.GAP, 10, lambda i, t: _amount(t.pace.gap, t, lang), "number", "pace"),
        Column(text.YEARS_LEFT, 10, lambda i, t: t.pace.years_left, "decimal", "pace"),
        Column(text.PER_YEAR, 11, lambda i, t: t.pace.per_year, "change", "pace"),
        Column(text.GROWTH_A_YEAR, 11, lambda i, t: _hundredth(t.pace.growth_per_year), "growth", "pace"),
        Column(text.FIGURE_COUNT, 9, lambda i, t: t.outlook.n_obs, "count", "sheet"),
        Column(text.PROBABILITY, 11, lambda i, t: t.outlook.p_met, "probability", "sheet"),
        Column(text.VERDICT, 19, lambda i, t: replace(_verdict(t, lang), note=""), on="sheet"),
        Column(text.PROBABILITY, 25, lambda i, t: _verdict(t, lang), on=WIDE + " unit"),
        Column(text.OTHER_CLASSES, 19, lambda i, t: range_label(t.outlook, lang), on=ranged),
        Column(text.MEDIAN, 10, lambda i, t: _amount(t.outlook.q50, t, lang), "number", most),
        Column(text.LOW, 12, lambda i, t: _amount(t.outlook.q10, t, lang), "number", "sheet"),
        Column(text.HIGH, 12, lambda i, t: _amount(t.outlook.q90, t, lang), "number", "sheet"),
        Column(
            text.CONFIDENT, 19, lambda i, t: _sure(i, t, lang), "number", "html annex sheet notebook pace"
        ),
        Column(text.OTHER_CLASSES, 24, lambda i, t: range_label(t.outlook, lang), on="sheet"),
        Column(text.PLAN_LINE, 16, lambda i, t: supposed_label(t.outlook, lang), on="sheet"),
        Column(text.INTERVAL, 16, lambda i, t: t.interval, "mark", "html paper annex slide risk notebook"),
        Column(text.REQUIRED, 28, lambda i, t: t.required, on=WIDE + " unit pace"),
        Column(text.COMPARABLE, 34, lambda i, t: t.pace.reference_text(lang), on="html unit"),
        Column(
            text.AS_FAST,
            14,
            lambda i, t: None if t.pace.from_plan else t.pace.reference_share,
            "probability",
            "slide pace",
        ),
        Column(text.OWN_CHANGES, 34, lambda i, t: t.pace.own_text(lang), on="pace"),
        Column(text.MEDIAN_REACHES, 20, lambda i, t: t.pace.median_text(lang), on="pace"),
        Column(text.TAKES, 52, takes, on="pace unit"),
        Column(text.EVIDENCE, 60, lambda i, t: i.reason, on="sheet"),
        Column(text.LATEST, 40, lambda i, t: i.latest, on="sheet"),
    )


def probabilities(briefing: Briefing) -> Table:
    """The probabilities of every indicator that has some, side by side."""
    years = [
        Column(str(year), 12, lambda i, k=k: i.outlook.targets[k].p_met, "probability")
        for k, year in enumerate(briefing.years)
    ]
    columns = (Column(text.INDICATOR, 30, lambda i: i.short), *years)
    return _table(briefing.lang, text.PROBABILITY, columns, [i for i in briefing.indicators if i.judged])


def status(briefing: Briefing) -> Table:
    """One row per indicator: grade, why there is a probability or none, years and figures on record."""
    columns = (
        Column("#", 5, lambda i: i.number, "count"),
        Column(text.INDICATOR, 22, lambda i: i.short),
        Column(text.GRADE, 8, lambda i: i.grade.value, "mark"),
        Column(text.PROBABILITY, 8, lambda i: text.YES if i.judged else text.NO),
        Column(text.EVIDENCE, 60, lambda i: i.reason),
        Column(text.OWNERS, 20, lambda i: i.owners),
        Column(text.YEARS_ON_RECORD, 20, lambda i: "、".join(map(str, annual_years(i.outlook.evidence)))),
        *(
            Column(
                text[f"ROLE_{role.name}"],
                8,
                lambda i, role=role: len(i.outlook.evidence.with_role(role)),
                "count",
            )
            for role in Role
        ),
    )
    return _table(briefing.lang, text.ALL_INDICATORS, columns, briefing.indicators)


def changes(briefing: Briefing, found: Sequence[Change] | None = None) -> Table:
    """Targets whose verdict changed since the run compared with, or ``found`` among earlier runs."""
    columns = (
        Column(text.AS_OF, 12, lambda c: c.as_of, on="log sheet"),
        Column(
            text.INDICATOR,
            20,
            lambda c: _indicator(briefing.study.plan.indicator(c.indicator), briefing.lang),
        ),
        Column(text.YEAR, 7, lambda c: c.year, "year"),
        Column(text.BEFORE, 20, lambda c: c.before, "short"),
        Column(text.NOW, 20, lambda c: c.after, "short"),
        Column(text.KIND, 12, lambda c: c.reason.text, "short"),
        Column(text.CAUSE, 40, lambda c: c.cause),
    )
    if found is None:
        return _table(briefing.lang, text.CHANGES, columns, briefing.changes)
    return _table(briefing.lang, text.EARLIER_CHANGES, columns, found).on("log")


def history(briefing: Briefing, line: IndicatorLine) -> Table:
    """What the runs so far said of an indicator: one row for each that said something else."""
    columns = (
        Column(text.AS_OF, 12, lambda k, s: Cell(s.as_of, anchor=f"r{line.number}-{k}"), "short"),
        *(Column(str(y), 18, lambda k, s, y=y: s.labels.get(y), "short") for y in briefing.years),
        Column(text.CAUSE, 40, lambda k, s: s.cause),
        Column(text.RUN_ID, 20, lambda k, s: s.run_id, "short"),
    )
    return _table(briefing.lang, text.HISTORY, columns, enumerate(briefing.history[line.number]))


# --- scenarios --------------------------------------------------------------------------------


def scenarios(briefing: Briefing, indicator: IndicatorLine) -> Table:
    """One row per scenario of an indicator: its levers, and the probability of every year's target."""
    columns = (
        Column(text.WHAT_IF, 52, lambda s: s.label),
        Column(text.ASSUMED, 30, lambda s: text.COMMA.get(briefing.lang).join(s.levers), on="html"),
        *(
            Column(str(y), 16, lambda s, k=k: Cell(s.chances[k]), "count")
            for k, y in enumerate(briefing.years)
        ),
    )
    title = text.SCENARIOS_OF.fill(briefing.lang, name=indicator.short)
    return _table(briefing.lang, title, columns, briefing.scenarios_of(indicator))


def families(briefing: Briefing) -> Table:
    """The standing families of scenarios, one row per indicator and family."""
    from zerobay_analysis.scenarios.run import family_lines

    columns = (
        Column("#", 5, lambda n, s: n, "count"),
        Column(text.INDICATOR, 22, lambda n, s: briefing.study.plan.indicator(n).short(briefing.lang)),
        Column(text.SCENARIO, 40, lambda n, s: s.label),
        Column(text.ASSUMED, 40, lambda n, s: text.COMMA.get(briefing.lang).join(s.levers)),
        *(Column(str(y), 16, lambda n, s, k=k: Cell(s.chances[k])) for k, y in enumerate(briefing.years)),
    )
    return _table(briefing.lang, text.FAMILIES, columns, family_lines(briefing.study))


def scenario_targets(briefing: Briefing) -> Table:
    """Every scenario and standing question, one row per target."""
    lang = briefing.lang
    columns = (
        Column("#", 5, lambda i, s, t, y: i.number, "count"),
        Column(text.INDICATOR, 22, lambda i, s, t, y: i.short),
        Column(text.SCENARIO, 48, lambda i, s, t, y: s.label),
        Column(text.ASSUMED, 40, lambda i, s, t, y: text.COMMA.get(lang).join(s.levers)),
        Column(text.YEAR, 7, lambda i, s, t, y: y.year, "year"),
        Column(text.BASELINE, 11, lambda i, s, t, y: t.outlook.p_met, "probability"),
        Column(text.WITH_LEVERS, 11, lambda i, s, t, y: y.p_met, "probability"),
        Column(text.CHANGE, 12, lambda i, s, t, y: round(100 * y.change), "change"),
        Column(text.MEDIAN, 12, lambda i, s, t, y: _amount(y.q50, t, lang), "number"),
    )
    rows = [
        (i, s, t, y)
        for i in briefing.indicators
        for s in briefing.scenarios_of(i)
        for t, y in zip(i.lines, s.years, strict=True)
    ]
    return _table(lang, text.SCENARIOS, columns, rows)


def levers(results: Iterable[ScenarioResult], lang: str) -> Table:
    """What each scenario assumes, and the numbers that follow from it."""
    from zerobay_analysis.scenarios.levers import change_unit

    rows: list[tuple[ScenarioResult, Text, str, str]] = []
    for result in results:
        indicator = result.outlook.indicator
        unit = change_unit(indicator, lang)
        pulled = result.scenario.for_indicator(indicator.id)
        rows += [(result, text.ASSUMED, lever.text(lang, indicator), "") for lever in pulled]
        follows = text.FOLLOWS
        rows += [(result, follows, f.name.get(lang), f"{f.value:.3g} {unit}") for f in result.findings]
    columns = (
        Column(text.SCENARIO, 30, lambda r, kind, what, value: r.scenario.name.get(lang)),
        Column(text.INDICATOR, 20, lambda r, kind, what, value: r.outlook.indicator.short(lang)),
        Column(text.KIND, 10, lambda r, kind, what, value: kind),
        Column(text.WHAT, 40, lambda r, kind, what, value: what),
        Column(text.VALUE, 15, lambda r, kind, what, value: value),
    )
    return _table(lang, text.SCENARIOS, columns, rows)


def scenario_years(results: Iterable[ScenarioResult], study: Study) -> Table:
    """What is reported, estimated and projected year by year, the baseline before each scenario."""
    from zerobay_analysis.scenarios.run import scenario_frame

    lang, of = study.lang, study.plan.indicator

    def amount(r: dict[str, Any], name: str) -> str:
        return "" if r[name] != r[name] else number(r[name], of(r["indicator"]), lang)

    columns = (
        Column(text.SCENARIO, 30, lambda r: r["scenario"]),
        Column(text.INDICATOR, 20, lambda r: of(r["indicator"]).short(lang)),
        Column(text.PERIOD, 10, lambda r: r["date"], "short"),
        Column(text.KIND, 8, lambda r: text[f"TYPE_{r['type'].upper()}"]),
        Column(text.VALUE, 12, lambda r: r["label"] or amount(r, "value")),
        Column(text.INTERVAL, 16, lambda r: f"{amount(r, 'q10')}–{amount(r, 'q90')}" * (r["q10"] < r["q90"])),
        Column(text.TARGET, 10, lambda r: amount(r, "target")),
        Column(text.PROBABILITY, 10, lambda r: r["p_met"], "probability"),
    )
    return _table(lang, text.SCENARIOS, columns, scenario_frame(results, lang).to_dict("records"))


def refused(refusals: Iterable[ScenarioRefusal], study: Study) -> Table:
    """Scenarios that could not be run on these data, and why."""
    columns = (
        Column(text.SCENARIO, 30, lambda r: r.scenario.name.get(study.lang)),
        Column(text.INDICATOR, 20, lambda r: study.plan.indicator(r.indicator).short(study.lang)),
        Column(text.WHY, 60, lambda r: r.reason.get(study.lang)),
    )
    return _table(study.lang, text.NOT_RUN, columns, refusals, text.ALL_RUN)


# --- figures and sources ----------------------------------------------------------------------


def figures(
    briefing: Briefing, indicators: Iterable[IndicatorLine] | None = None, *, every: bool = False
) -> Table:
    """The figures on record that a page lists, or every one, with its use and its source."""
    lang, lines = briefing.lang, tuple(briefing.indicators if indicators is None else indicators)
    name, known = briefing.name, briefing.study.ledger.sources.set_index("source")
    addresses = known["url"]
    publishers = {source: name(of) for source, of in known["publisher"].items()}

    def source(p: Any) -> Cell:
        return Cell(_source(briefing, p.source), link=p.source)

    columns = (
        Column("#", 5, lambda i, p: i.number, "count", "paper sheet"),
        Column(text.INDICATOR, 22, lambda i, p: i.short, on="sheet"),
        Column(text.ID, 9, lambda i, p: Cell(p.observation, anchor=p.observation)),
        Column(text.FIGURE, 16, lambda i, p: in_language(p.label, lang), "short"),
        Column(text.VALUE, 12, lambda i, p: p.reported, "number", "sheet"),
        Column(text.ALLOWED_FROM, 12, lambda i, p: p.lower, "number", "sheet"),
        Column(text.ALLOWED_TO, 12, lambda i, p: p.upper, "number", "sheet"),
        Column(text.PERIOD, 14, lambda i, p: p.period(lang), "short"),
        Column(text.PUBLISHED, 12, lambda i, p: p.published, "day", "html sheet notebook"),
        Column(
            text.PRECISION, 10, lambda i, p: text[f"QUALIFIER_{p.precision.name}"], on="html sheet notebook"
        ),
        Column(text.USE, 20, lambda i, p: text[f"ROLE_{p.role.name}"]),
        Column(text.SOURCE, 9, lambda i, p: Cell(p.source, link=p.source), on="html sheet"),
        Column(text.SOURCE, 9, lambda i, p: source(p), on="paper"),
        Column(text.PUBLISHER, 26, lambda i, p: publishers.get(p.source, p.source), on="sheet notebook"),
        Column(text.ADDRESS, 40, lambda i, p: addresses.get(p.source, ""), on="sheet"),
        Column(text.CAVEAT, 40, lambda i, p: editions(p.caveat), on="html sheet notebook"),
        Column(text.CAVEAT, 38, lambda i, p: editions(p.reason or p.caveat), on="paper"),
    )
    title = text.FIGURES_AND_SOURCES.get(lang)
    if len(lines) == 1:
        title = text.FIGURES_OF.fill(lang, number=lines[0].number)
    held = {i.number: i.outlook.evidence for i in lines}
    shown = {n: e.newest(len(e.points), MAX_ON_SHEET) if every else e.listed for n, e in held.items()}
    records = [(i, p) for i in lines for p in shown[i.number]]
    left = {i.number: len(i.points) - len(shown[i.number]) for i in lines}
    unlisted = text.NOT_ON_SHEET if every else text.UNLISTED
    notes = [unlisted.fill(lang, number=number, n=n) for number, n in left.items() if n]
    return _table(lang, title, columns, records, text.NO_FIGURE, notes)


def sources(briefing: Briefing, *, weighted: bool = False) -> Table:
    """Every source of a figure of an indicator, or those of weighted figures alone."""
    columns = (
        Column(text.ID, 9, lambda s: Cell(_source(briefing, s.id), anchor=s.id), on="paper slide"),
        Column(text.ID, 9, lambda s: Cell(s.id, anchor=s.id), on="html sheet"),
        Column(text.PUBLISHER, 27, lambda s: s.publisher),
        Column(text.TITLE, 46, lambda s: Cell(s.title, link=s.url)),
        Column(text.DATE, 26, lambda s: s.published),
        Column(text.ADDRESS, 60, lambda s: s.url, on="sheet"),
        Column(text.CARRIES_WEIGHT, 10, lambda s: text.YES if s.weighted else text.NO, on="sheet"),
    )
    shown = [source for source in briefing.sources if source.weighted or not weighted]
    return _table(briefing.lang, text.SOURCES, columns, shown)


def influence(briefing: Briefing, outlook: IndicatorOutlook) -> Table:
    """What each figure does to the answer: its weight, and every probability without it.

    In brackets, in percentage points, what the figure adds. Figures that move nothing are
    counted in the last row.
    """
    from zerobay_analysis.assessment.influence import leave_one_out

    lang, study = briefing.lang, briefing.study
    found = leave_one_out(
        study.plan,
        outlook.evidence,
        model=study.model,
        seed=study.seed,
        reference_class=study.reference_class,
        shares=study.class_shares.get(outlook.indicator.id),
    )

    def without(p: float | None, p_met: float | None) -> str:
        return "—" if p is None or p_met is None else f"{p:.0%} ({round(100 * (p_met - p)):+d})"

    rows: list[tuple[str, ...]] = []
    for figure in found.figures:
        point, weight = figure.point, figure.weight
        if weight is None or weight >= MIN_WEIGHT:
            shown = text.DECISIVE.get(lang) if weight is None else f"{weight:.0%}"
            chances = (without(p, t.p_met) for p, t in zip(figure.p_met, found.outlook.targets, strict=True))
            rows.append(
                (
                    in_language(point.label, lang),
                    point.period(lang),
                    text[f"ROLE_{point.role.name}"].get(lang),
                    shown,
                    *chances,
                )
            )
    if idle := len(found.figures) - len(rows):
        others, nothing = text.OTHER_FIGURES.fill(lang, n=idle), ("—",) * len(found.outlook.targets)
        rows.append((others, "—", "—", f"<{MIN_WEIGHT:.1%}", *nothing))
    without_it = [text.WITHOUT_IT.fill(lang, year=t.year) for t in found.outlook.targets]
    headings: list[Text | str] = [text.FIGURE, text.PERIOD, text.USE, text.WEIGHT, *without_it]
    return _plain(lang, text.FIGURES_AND_SOURCES, headings, rows)


def lateness(briefing: Briefing) -> Table:
    """How long after its period each indicator's official figures came out, and how many changed."""
    from zerobay_analysis.assessment.data_owed import LATE_DAYS, lateness

    late = text.OVER_DAYS.fill(briefing.lang, days=LATE_DAYS)
    columns = (
        Column("#", 5, lambda r: r["indicator"], "count"),
        Column(
            text.INDICATOR, 22, lambda r: briefing.study.plan.indicator(r["indicator"]).short(briefing.lang)
        ),
        Column(text.OFFICIAL_FIGURES, 10, lambda r: r["figures"], "count"),
        Column(text.DAY_UNKNOWN, 10, lambda r: r["undated"], "count"),
        Column(text.DAYS_TO_PUBLICATION, 12, lambda r: r["median_days"], "number"),
        Column(text.LONGEST_DAYS, 10, lambda r: r["longest_days"], "number"),
        Column(text.LONGEST_PERIOD, 12, lambda r: r["longest_period"]),
        Column(late, 10, lambda r: r["late"], "count"),
        Column(text.REVISED, 10, lambda r: r["revised"], "count"),
    )
    rows = lateness(briefing.study.ledger, briefing.study.as_of).to_dict("records")
    return _table(briefing.lang, text.PUBLISHED, columns, rows)


def conflicts(briefing: Briefing) -> Table:
    """Figures that contradict each other; all are kept."""
    known = briefing.study.ledger.as_of(briefing.study.as_of).frame
    known = known[known["conflict"] != ""].sort_values(["conflict", "period_end", "observation"])
    columns = (
        Column(text.GROUP, 8, lambda r: r["conflict"]),
        Column(text.ID, 8, lambda r: r["observation"]),
        Column(text.AREA, 12, lambda r: briefing.name(r["geography"])),
        Column(text.MEASURE, 26, lambda r: briefing.name(r["measure"])),
        Column(text.PERIOD, 12, lambda r: r["period"]),
        Column(text.VALUE, 12, lambda r: r["value"], "number"),
        Column(text.UNIT, 10, lambda r: briefing.name(r["unit"])),
        Column(text.WHAT_CONFLICTS, 60, lambda r: editions(r["conflict_note"])),
    )
    return _table(briefing.lang, text.FIGURE, columns, known.to_dict("records"))


def revisions(briefing: Briefing, most: int = MAX_REVISIONS) -> Table:
    """Figures published more than once, with how far and how late they moved; the ``most`` latest."""
    columns = (
        Column("#", 5, lambda r: r["indicator"], "count"),
        Column(text.MEASURE, 26, lambda r: briefing.name(r["measure"])),
        Column(text.AREA, 12, lambda r: briefing.name(r["geography"])),
        Column(text.PERIOD, 12, lambda r: r["period_end"], "day"),
        Column(text.VINTAGES, 10, lambda r: r["vintages"], "count"),
        Column(text.FIRST, 12, lambda r: r["first_value"], "number"),
        Column(text.LAST, 12, lambda r: r["last_value"], "number"),
        Column(text.REVISED_BY, 12, lambda r: r["change"], "change"),
        Column(text.FIRST_PUBLISHED, 14, lambda r: r["first_published"], "day"),
        Column(text.LAST_PUBLISHED, 14, lambda r: r["last_published"], "day"),
        Column(text.DAYS_APART, 10, lambda r: r["days"], "number"),
    )
    table = briefing.study.ledger.revisions()
    left = len(table) - most
    if left > 0:
        table = table.loc[table["last_published"].sort_values(kind="stable").index[left:].sort_values()]
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    notes = [text.EARLIER_REVISIONS.fill(briefing.lang, n=left)] if left > 0 else []
    return _table(briefing.lang, text.REVISIONS, columns, rows, notes=notes)


def earlier(briefing: Briefing) -> Table:
    """Targets of the earlier round and whether the record shows them met."""
    from zerobay_analysis.assessment.earlier_round import earlier_round

    lang, study = briefing.lang, briefing.study
    table = earlier_round(study.plan, study.ledger.as_of(study.as_of)).astype({"target_year": object})
    not_stated = text.NOT_STATED
    columns = (
        Column(text.INDICATOR, 24, lambda r: briefing.name(r["name"])),
        Column(text.YEAR, 8, lambda r: not_stated if r["target_year"] is None else r["target_year"]),
        Column(text.TARGET, 12, lambda r: f"{r['target']:g} {briefing.name(r['unit'])}", "short"),
        Column(text.FIGURE, 18, lambda r: in_language(r["figure"], lang)),
        Column(text.MET, 14, lambda r: r[f"met_{lang}"]),
        Column(text.EVIDENCE, 40, lambda r: r[f"reason_{lang}"]),
    )
    rows = table.where(table.notna(), None).to_dict("records")
    return _table(lang, text.EARLIER_ROUND, columns, rows)


# --- units, commitments, data owed ------------------------------------------------------------


def units(briefing: Briefing) -> Table:
    """One row per responsible unit; joint responsibility counts in full for each."""
    lang = briefing.lang

    def named_all(unit: Any) -> str:
        indicators = [owned.outlook.indicator for owned in unit.indicators]
        return text.LIST.get(lang).join(f"{one.id} {one.short(lang)}" for one in indicators)

    columns = (
        Column(text.UNIT, 20, lambda u, page: Cell(page.heading(lang), link=page.anchor), "short"),
        Column(text.INDICATOR, 40, lambda u, page: named_all(u)),
        Column(text.ON_COURSE, 10, lambda u, page: len(u.on_course), "count"),
        Column(text.AT_RISK, 10, lambda u, page: len(u.at_risk), "count"),
        Column(text.OPEN_TARGETS, 12, lambda u, page: len(u.open), "count"),
        Column(text.COMMITMENT, 12, lambda u, page: len(u.commitments), "count"),
        Column(text.TASK, 8, lambda u, page: len(u.tasks), "count"),
        Column(text.OWED, 12, lambda u, page: len(u.owed), "count"),
        Column(text.WHAT_COMES_FIRST, 80, lambda u, page: "\n".join(page.points), on="sheet"),
    )
    rows = zip(briefing.units, briefing.pages, strict=True)
    return _table(lang, text.UNITS, columns, rows, notes=[text.COUNTED_FOR_EACH.get(lang)])


def unit_tables(briefing: Briefing, page: UnitPage) -> dict[str, Table]:
    """What one unit answers for: ``targets``, ``commitments``, ``tasks``, ``owed``, ``upcoming``."""
    unit, mine = page.outlook, {owned.outlook.indicator.id for owned in page.outlook.indicators}
    lines = [line for line in briefing.indicators if line.number in mine]
    found = {
        "targets": targets(briefing, lines, page.unit),
        "commitments": commitments(briefing, unit.commitments, page.unit),
        "tasks": tasks(briefing, unit.tasks, page.unit),
        "owed": requests(briefing, unit.owed, text.ASKED_NOW, text.NO_REQUEST),
        "upcoming": requests(briefing, unit.upcoming, text.ASKED_NEXT, text.NONE),
    }
    return {key: table.on("unit") for key, table in found.items()}


def commitments(
    briefing: Briefing, items: Sequence[CommitmentProgress] | None = None, unit: str = ""
) -> Table:
    """The plan's quantified commitments: done, against the time that has passed, and owed."""
    lang, shown = briefing.lang, briefing.commitments if items is None else items
    extra = (
        Column(text.PROMISED, 18, lambda c: c.goal_text(lang), "short", "html notebook unit"),
        Column(text.NUMBER, 10, lambda c: c.target, "number", "sheet"),
        Column(text.UNIT, 10, lambda c: in_language(c.unit, lang), on="sheet"),
        Column(text.YEAR, 8, lambda c: c.by_year, "year", "sheet"),
    )
    notes = [text.YEAR_NOT_STATED.get(lang)] if any(not c.by_year_stated for c in shown) else []
    rows = [(c, c.id, c.text(lang)) for c in shown]
    columns = _promised(lang, text.COMMITMENT, unit, extra)
    return _table(lang, text.COMMITMENTS, columns, rows, text.NO_COMMITMENT, notes)


def tasks(briefing: Briefing, items: Iterable[TaskProgress] | None = None, unit: str = "") -> Table:
    """The plan's tasks with their units and what the ledger says of them."""
    lang = briefing.lang
    extra = (Column(text.COMMITMENTS, 14, lambda t: ", ".join(c.id for c in t.commitments), on="notebook"),)
    rows = [(t, t.id, t.name.get(lang)) for t in (briefing.tasks if items is None else items)]
    return _table(lang, text.TASKS, _promised(lang, text.TASK, unit, extra), rows, text.NO_TASK)


def owed(briefing: Briefing, number: int | None = None) -> Table:
    """What is asked for, a row an indicator or a request that promises share; or only of one indicator."""
    items = [item for item in briefing.owed if number is None or item.number == str(number)]
    lang = briefing.lang
    notes = text.EFFECT_NOTE.get(lang), due_rule(briefing.study.plan, lang)
    title, empty = text.OWED.get(lang), text.NO_REQUEST.get(lang)
    return replace(letter(briefing, items), title=title, empty=empty, notes=notes)


def letter(briefing: Briefing, items: Iterable[Owed], unit: str = "") -> Table:
    """What one unit is asked for, a row an indicator; promises of which the same is asked stand together.

    Without a unit, of all units: only what the same units are asked stands together.
    """
    lang = briefing.lang
    groups: dict[object, list[Owed]] = {}
    for item in items:
        who = frozenset() if unit else frozenset((item.unit, *item.together))
        key = (item.what.zh, who) if item.need is Need.COMMITMENT else item.number
        groups.setdefault(key, []).append(item)

    def named(*group: Owed) -> Cell:
        told = "\n".join(dict.fromkeys(f"{o.number} {o.name.get(lang)}" for o in group))
        return Cell(told, link=_link(group[0].number))

    def effect(*group: Owed) -> int | None:
        found = briefing.study.worths.get(int(group[0].number)) if group[0].number.isdigit() else None
        return None if found is None else round(100 * found.change)

    semicolon, everywhere = text.SEMICOLON.get(lang).strip() + "\n", "html paper slide sheet notebook"
    columns = (
        Column(text.ITEM, 44, named),
        Column(text.OWNERS, 36, lambda o, *_: _owners((o.unit, *o.together), lang), on=everywhere),
        Column(text.PLEASE_SEND, 66, lambda *g: semicolon.join(dict.fromkeys(o.what.get(lang) for o in g))),
        Column(text.EFFECT, 14, effect, "count", everywhere),
        Column(text.DUE, 26, lambda *g: min(o.due for o in g), "day"),
        Column(text.WEEKS_LATE, 12, lambda *g: max(o.overdue for o in g) or None, "count"),
    )
    return _table(lang, text.LETTER_ITEMS, columns, map(tuple, groups.values()))


def if_then(briefing: Briefing, lines: Sequence[IndicatorLine] | None = None) -> Table:
    """What indicators' targets hang on, all of them by default: the one missing figure, hypothetical."""
    found_of = briefing.if_then if lines is None else briefing.if_then_of(lines)
    lang, last = briefing.lang, briefing.years[-1]

    def asked(i: IndicatorLine, found: Conditional, view: OutsideView | None) -> str:
        return text[f"WHOLE_OR_END_{found.indicator.kind.name}"].fill(lang, year=found.year)

    def figure(value: float | None, indicator: Indicator) -> Cell:
        if value is None:
            return Cell("—")
        return Cell(f"{number(value, indicator, lang)} {indicator.unit(lang)}", value)

    def chance(year: int) -> Callable[..., Cell]:
        def of(i: IndicatorLine, found: Conditional, view: OutsideView | None) -> Cell:
            p = found.chances.get(year)
            return Cell("—") if p is None else Cell(percent(p), p)

        return of

    def elsewhere(i: IndicatorLine, found: Conditional, view: OutsideView | None) -> str:
        if view is None:
            return text.NOTHING_FITS.get(lang)
        return view.outcome(found.targets[last], lang)

    columns = (
        Column("#", 5, lambda i, f, v: Cell(str(i.number), i.number, link=f"i{i.number}")),
        Column(text.INDICATOR, 16, lambda i, f, v: i.short),
        Column(text.MISSING_FIGURE, 15, asked),
        Column(text.PLAN_LINE, 14, lambda i, f, v: figure(f.line, f.indicator), "number"),
        *(
            Column(text.THEN_CHANCE.fill(lang, year=year), 11, chance(year), "probability")
            for year in briefing.years
        ),
        Column(
            text.EVEN_FROM.fill(lang, year=last), 13, lambda i, f, v: figure(f.even, f.indicator), "number"
        ),
        Column(
            text.CONFIDENT_FROM.fill(lang, year=last),
            13,
            lambda i, f, v: figure(f.confident, f.indicator),
            "number",
        ),
        Column(text.OUTSIDE, 18, elsewhere),
    )
    sentences = dict.fromkeys(view.sentence.get(lang) for _, _, view in found_of if view is not None)
    notes = (text.IF_THEN_NOTE.get(lang), *sentences)
    return _table(lang, text.IF_THEN, columns, found_of, notes=notes)


def requests(briefing: Briefing, items: Iterable[Owed], title: Text, empty: Text) -> Table:
    """What is asked for, in what form and by when."""
    lang = briefing.lang
    columns = (
        Column(text.UNIT, 16, lambda o: in_language(o.unit, lang) or text.NO_UNIT, on="sheet"),
        Column(text.ITEM, 24, lambda o: Cell(f"{o.number} {o.name.get(lang)}", link=_link(o.number))),
        Column(text.OWNERS, 24, lambda o: _owners((o.unit, *o.together), lang), on="notebook"),
        Column(text.NEED, 14, lambda o: o.need.word(lang)),
        Column(text.PLEASE_SEND, 50, lambda o: o.what),
        Column(text.WORTH, 40, lambda o: o.why, on="notebook unit sheet"),
        Column(text.FORM, 40, lambda o: o.form),
        Column(text.DUE, 12, lambda o: o.due, "day"),
        Column(text.WEEKS_LATE, 10, lambda o: o.overdue or None, "count", "notebook sheet"),
        Column(text.ONE_ANSWER_WITH, 20, lambda o: listed(o.together).get(lang), on="unit sheet"),
    )
    return _table(lang, title, columns, items, empty)


# --- official methods -------------------------------------------------------------------------


def methods(lang: str) -> Table:
    """Every official method: its question, its rule, its source, and whether that was read."""
    from zerobay_analysis.assessment.methods import METHODS

    def kinds(m: Any) -> str:
        return text.LIST.get(lang).join(
            text[f"KIND_{kind.name}"].get(lang) for kind in Kind if kind in m.kinds
        )

    def classes(m: Any) -> str:
        return " / ".join(f"{c.symbol} {c.word.get(lang)}" for c in m.categories)

    def identified(m: Any) -> str:
        return "\n".join((m.name.get(lang), m.id, *([] if m.confirmed else [text.UNCONFIRMED.get(lang)])))

    columns = (
        Column(text.METHOD, 18, lambda m: m.name, on="notebook"),
        Column(text.METHOD, 18, identified, on="terminal"),
        Column(text.QUESTION, 14, lambda m: m.question.text),
        Column(text.KINDS, 12, kinds),
        Column(text.RULE, 40, lambda m: m.rule, on="notebook"),
        Column(text.RULE, 40, lambda m: f"{m.rule.get(lang)}\n{classes(m)}", on="terminal"),
        Column(text.CLASSES, 30, classes, on="notebook"),
        Column(text.LEAST_POINTS, 8, lambda m: m.min_points, "count", "notebook"),
        Column(
            text.CUT_OFFS_CONFIRMED, 10, lambda m: "✓" if m.confirmed else text.UNCONFIRMED, on="notebook"
        ),
        Column(text.SOURCE, 30, lambda m: m.source),
    )
    return _table(lang, text.OFFICIAL_METHODS, columns, METHODS.values())


def judgements(briefing: Briefing, outlook: IndicatorOutlook) -> Table:
    """What every method says about the targets of one indicator, a column per year."""
    from zerobay_analysis.assessment.methods import METHODS
    from zerobay_analysis.assessment.methods import agreement as agreed

    lang, found = briefing.lang, agreed(outlook, briefing.study.plan)
    rows: list[tuple[object, ...]] = [
        (method.name, method.question.text, *(_judgement(one.results[k], lang) for one in found))
        for k, method in enumerate(METHODS.values())
    ]
    goals = (f"{line.target}  {line.verdict}" for line in briefing.line(outlook).lines)
    rows.append((text.TARGET_AND_PROBABILITY, "", *goals))
    refused: dict[str, dict[str, None]] = {}
    for result in (r for one in found for r in one.results if r.refused):
        refused.setdefault(result.reason.get(lang), {})[result.method.name.get(lang)] = None
    notes = [f"{one.target.year}: {one.summary(lang)}" for one in found]
    notes += [f"{text.LIST.get(lang).join(m)}{text.COLON.get(lang)}{why}" for why, m in refused.items()]
    headings: list[Text | str] = [text.METHOD, text.QUESTION, *(str(one.target.year) for one in found)]
    return replace(_plain(lang, text.OFFICIAL_METHODS, headings, rows), notes=tuple(notes))


def agreement(briefing: Briefing) -> Table:
    """Per indicator and year: the probability, how many methods agree, and why they differ."""
    from zerobay_analysis.assessment.methods import agreement as agreed

    lang = briefing.lang

    def chance(a: Any) -> str | None:
        target = a.target
        return None if target.p_met is None else f"{target.verdict.symbol} {percent(target.p_met)}"

    columns = (
        Column("#", 5, lambda a: a.target.indicator.id, "count"),
        Column(text.INDICATOR, 22, lambda a: a.target.indicator.short(lang)),
        Column(text.YEAR, 7, lambda a: a.target.year, "year"),
        Column(text.PROBABILITY, 12, chance),
        Column(text.OFFICIAL_METHODS, 30, lambda a: a.summary(lang)),
        Column(text.WHY_THEY_DIFFER, 50, lambda a: a.why(lang)),
    )
    found = (one for outlook in briefing.study.outlooks for one in agreed(outlook, briefing.study.plan))
    return _table(lang, text.OFFICIAL_METHODS, columns, found)


def method_results(briefing: Briefing, outlook: IndicatorOutlook, year: int) -> Table:
    """What each method says about one target, with its deciding number or its reason to refuse."""
    from zerobay_analysis.assessment.methods import apply_methods

    lang = briefing.lang

    def deciding(r: Any) -> str | None:
        return f"{r.numbers[0].name.get(lang)} {r.numbers[0].value:.3g}" if r.numbers else None

    columns = (
        Column(text.METHOD, 18, lambda r: r.method.name),
        Column(text.QUESTION, 14, lambda r: r.method.question.text),
        Column(text.VERDICT, 18, lambda r: _judgement(r, lang)),
        Column(text.DECIDING_NUMBER, 22, deciding),
        Column(text.WHY_IT_REFUSES, 30, lambda r: r.reason),
        Column(text.NOTE, 30, lambda r: r.note(lang)),
    )
    results = apply_methods(outlook.evidence, briefing.study.plan, year)
    return _table(lang, text.OFFICIAL_METHODS, columns, results)


# --- together, method and trust ---------------------------------------------------------------


def joint(briefing: Briefing) -> Table:
    """How many targets are met together, and the probability of every number, at three dependences."""
    from zerobay_analysis.assessment.joint import joint_outlooks

    found = [one for one in joint_outlooks(briefing.study.outlooks) if one.indicators]
    most = max((len(one.distribution) for one in found), default=0)
    columns = (
        Column(text.YEAR, 10, lambda j: text.ALL_YEARS if j.year is None else str(j.year)),
        Column(text.DEPENDENCE, 10, lambda j: j.rho, "number"),
        Column(text.EXPECTED, 12, lambda j: f"{j.expected:.1f} / {len(j.indicators)}"),
        Column(text.INTERVAL, 12, lambda j: f"{j.quantile(0.1)} – {j.quantile(0.9)}"),
        Column(text.ALL_MET, 12, lambda j: j.p_all or 0.0, "probability"),
        Column(text.LEFT_OUT, 16, lambda j: "、".join(map(str, j.left_out))),
        *(
            Column(
                text.NUMBER_MET.fill(briefing.lang, n=n),
                6,
                lambda j, n=n: dict(enumerate(j.distribution)).get(n),
                "probability",
            )
            for n in range(most)
        ),
    )
    return _table(briefing.lang, text.ALL_YEARS, columns, found)


def calibration(briefing: Briefing) -> Table:
    """What each word promises, and how often targets were met when it was said."""
    columns = (
        Column(text.WORD, 24, lambda r: f"{r.verdict.symbol} {r.verdict.word(briefing.lang)}"),
        Column(text.SAID, 16, lambda r: span(r.low, r.high), "mark"),
        Column(text.SAID_MIDDLE, 16, lambda r: (r.low + r.high) / 2, "percent", "sheet"),
        Column(text.OBSERVED, 20, lambda r: r.observed, "percent"),
        Column(text.TIMES_SAID, 16, lambda r: r.count, "count"),
    )
    note = briefing.method
    title = text.CALIBRATION.fill(briefing.lang, n=note.points)
    return _table(briefing.lang, title, columns, note.rows)


def calibration_words(study: Study) -> Table:
    """How often targets were met when the model said each word, by points of history."""
    from zerobay_analysis.evaluation.calibration import calibration_table

    def said(row: WordRow) -> str | None:
        return f"{row.observed:.0%} (n={row.count})" if row.count else None

    records = calibration_table().query("model == @study.model").to_dict("records")
    found = [(r["n"], word_rows({str(name): value for name, value in r.items()})) for r in records]
    scale = found[0][1] if found else ()
    words = [f"{w.verdict.symbol} {w.verdict.word(study.lang)} {span(w.low, w.high)}" for w in scale]
    rows = [(Cell(str(n)), *map(said, row)) for n, row in found]
    return _plain(study.lang, text.OBSERVED, [text.POINTS_OF_HISTORY, *words], rows)


def calibration_models(study: Study) -> Table:
    """Coverage and probability scores of every model by points of history."""
    from zerobay_analysis.charts.calibration import model_name
    from zerobay_analysis.evaluation.calibration import calibration_table

    columns = (
        Column(text.MODEL, 24, lambda r: model_name(r["model"])),
        Column(text.POINTS_OF_HISTORY, 10, lambda r: r["n"], "count"),
        Column(text.ANSWERED, 10, lambda r: r["answered"], "percent"),
        Column(text.COVERAGE_80, 10, lambda r: r["coverage80"], "percent"),
        Column(text.COVERAGE_95, 10, lambda r: r["coverage95"], "percent"),
        Column("Brier", 8, lambda r: r["brier"], "score"),
        Column("ECE", 8, lambda r: r["ece"], "score"),
    )
    return _table(study.lang, text.OBSERVED, columns, calibration_table().to_dict("records"))


def classes(lang: str) -> Table:
    """The reference classes: what they were learned from, and how they did on series held out."""
    from zerobay_analysis.forecast.prior import class_scores, class_table

    scores = class_scores().query("held_out == 'series'").set_index(["name", "n"])

    def held(n: int) -> Column:
        def said(row: dict[str, Any]) -> str:
            of = scores.loc[(row["name"], n)]
            return f"{of['ece']:.3f} {of['cover80']:.2f}"

        return Column(f"n={n}", 10, said)

    columns = (
        Column(text.NAME, 14, lambda r: r["name"]),
        Column(text.CLASS, 30, lambda r: r[f"name_{lang}"]),
        Column(text.SERIES, 8, lambda r: f"{r['series']:,}"),
        Column(text.SOURCES, 8, lambda r: len(r["sources"].split(";")), "count"),
        Column(text.YEARS, 10, lambda r: f"{r['first_year']}-{r['last_year']}"),
        *(held(n) for n in (1, 3, 5, 8)),
    )
    rows = class_table().to_dict("records")
    return _table(lang, text.CLASSES_HELD_OUT, columns, rows, notes=[text.ECE_AND_COVER.get(lang)])


def pooling(study: Study) -> Table:
    """What the ledger as a whole says of each indicator's class: weights and probability, before and after.

    Only indicators with a probability: the others have no figures that could tell.
    """
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.forecast.prior import class_table

    lang, names = study.lang, class_table().set_index("name")[f"name_{study.lang}"]
    rows: list[tuple[object, ...]] = []
    for i in study.outlooks if study.class_shares else ():
        if i.forecast is None:
            continue
        number, own = i.indicator.id, i.indicator.reference_class
        shares = dict(study.class_shares[number])
        also = sorted(((s, of) for of, s in shares.items() if of != own and s >= MIN_SHARE), reverse=True)
        others = text.LIST.get(lang).join(f"{names[of]} {s:.0%}" for s, of in also)
        years = i.forecast.years.tolist()
        alone = forecaster(reference_class=own).forecast(i.evidence, years, seed=study.seed)
        pairs = ((t, alone.prob_met(t.target, t.year, i.indicator.direction)) for t in i.targets)
        chances = (f"{t.year} {percent(before)} → {percent(t.p_met or 0.0)}" for t, before in pairs)
        weight, answer = f"100% → {shares[own]:.0%}", text.SEMICOLON.get(lang).join(chances)
        rows.append((Cell(str(number)), i.indicator.short(lang), names[own], weight, others, answer))
    headings = ("#", text.INDICATOR, text.CLASS, text.CLASS_WEIGHT, text.ALSO_LIKE, text.PROBABILITY)
    table = _plain(lang, text.POOLED, headings, rows)
    return replace(table, empty=text.NOT_POOLED.get(lang), notes=(text.POOLED_NOTE.get(lang),))


def findings(briefing: Briefing) -> Table:
    """The findings and how they were made, one sentence a row."""
    method = briefing.method
    rows = (*(told for _, told in briefing.headlines), *briefing.points, *method.paragraphs, method.grades)
    return _plain(briefing.lang, text.OVERALL, (text.OVERALL,), [(row,) for row in rows], 110)


def assumptions(briefing: Briefing) -> Table:
    """Model, seed, data and day; method and grades."""
    study, method = briefing.study, briefing.method
    rows: list[tuple[Text, object]] = [
        (text.MODEL, study.model),
        (text.SEED, Cell(str(study.seed), study.seed)),
        (text.DATA_NAME, study.ledger.name),
        (text.AS_OF, Cell(study.as_of.isoformat(), study.as_of)),
        (text.RUN_ID, briefing.run_id),
        (text.CORRELATION, briefing.joint[-1].rho),
        *((text.METHOD, paragraph) for paragraph in method.paragraphs),
        (text.GRADE, method.grades),
        (text.CALIBRATION_FROM, method.provenance),
    ]
    columns = (
        Column(text.ITEM, 34, lambda item, value: item),
        Column(text.VALUE_OR_NOTE, 110, lambda item, value: value),
    )
    return _table(briefing.lang, text.ASSUMED, columns, rows)


# --- parts of the above -----------------------------------------------------------------------


def _plain(
    lang: str,
    title: Text,
    headings: Sequence[Text | str],
    rows: Iterable[tuple[object, ...]],
    share: float = 16,
) -> Table:
    """A table whose rows hold their cells already."""
    columns = [Column(heading, share, lambda *row, k=k: row[k]) for k, heading in enumerate(headings)]
    return _table(lang, title, columns, rows)


def _promised(lang: str, heading: Text, unit: str, extra: Iterable[Column]) -> list[Column]:
    """Columns of commitments and of tasks, ``extra`` after the first; a row has its name and title."""
    wide = "html sheet notebook"
    return [
        Column(heading, 40, lambda item, name, title: Cell(f"{name} {title}", link=name), on="unit"),
        Column(text.ID, 6, lambda item, name, title: Cell(name, anchor=name), on=wide),
        Column(heading, 40, lambda item, name, title: title, on=wide),
        *(replace(column, of=lambda item, *_, of=column.of: of(item)) for column in extra),
        Column(text.OWNERS, 40, lambda item, *_: _owners(item.owners, lang), on="html sheet notebook"),
        Column(text.SHARED_WITH, 20, lambda item, *_: _partners(item.owners, unit, lang), on="unit"),
        Column(text.LATEST, 18, lambda item, *_: item.figure_text(lang)),
        Column(text.DONE, 8, lambda item, *_: item.schedule and item.schedule.done, "percent"),
        Column(text.ELAPSED, 8, lambda item, *_: item.schedule and item.schedule.elapsed, "percent"),
        Column(text.PROGRESS, 18, lambda item, *_: item.status_text(lang), "short"),
        Column(text.MISSING, 40, lambda item, *_: item.missing(lang), on="notebook"),
    ]


def _judgement(result: Any, lang: str) -> str | None:
    """What one official method says; ``None`` where it refuses."""
    return None if result.category is None else f"{result.category.symbol} {result.word(lang)}"


def _indicator(indicator: Indicator, lang: str) -> Cell:
    return Cell(f"{indicator.id} {indicator.short(lang)}", link=f"i{indicator.id}")


def _verdict(line: TargetLine, lang: str) -> Cell:
    """What is said of a target; of one that record and plan disagree on, the other answer as well."""
    other = supposed_label(line.outlook, lang) if line.outlook.disagrees else ""
    return Cell(line.verdict, verdict=line.outlook.said, note=other)


def _amount(value: float | None, line: TargetLine, lang: str) -> Cell:
    """A number in the indicator's unit, with one digit more on a sheet."""
    if value is None:
        return Cell("—")
    indicator = line.outlook.indicator
    digits = indicator.decimals
    form = "#,##0" if digits == 0 else "#,##0." + "#" * digits
    return Cell(number(value, indicator, lang), round(value, digits + 1), form)


def _hundredth(value: float | None) -> float | None:
    return None if value is None else value / 100


def _owners(owners: Iterable[str], lang: str) -> str:
    return listed(filter(None, owners)).get(lang) or text.NOBODY_NAMED.get(lang)


def _partners(owners: Iterable[str], unit: str, lang: str) -> str:
    return listed(other for other in owners if other != unit).get(lang)


def _link(number: str) -> str:
    """Anchor of what a unit is asked for: an indicator's number has a letter before it."""
    return f"i{number}" if number.isdigit() else number


def _source(briefing: Briefing, name: str) -> str:
    """A source's id; where a file has only titles, a long one is its place in the list of sources."""
    places = {source.id: place for place, source in enumerate(briefing.sources, start=1)}
    if len(name) <= MAX_ID or name not in places:
        return name
    return text.PLACE_OF_SOURCE.fill(briefing.lang, n=places[name])
