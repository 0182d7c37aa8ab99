"""待报数据: which figures are held, how late they came, and what each unit is asked to send, by when.

When it is due. A plan's folder names the days of the year by which material is closed, e.g. for
the half-yearly meeting of its leaders. Figures of past years and questions about figures already
sent are asked for by the next of these days. A figure of the current year is due twenty days
after its quarter; one that is overdue is asked for at once, at the latest by the next of these
days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, product
from math import ceil
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.outlook import HISTORY_YEARS, IndicatorOutlook
from zerobay_analysis.assessment.pace import is_level
from zerobay_analysis.assessment.tracker import track_commitments, track_tasks
from zerobay_analysis.language import NOTHING, Text, Word, editions, listed
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.ledger.observations import KEY, Basis, Status
from zerobay_analysis.ledger.template import Asked, form_period
from zerobay_analysis.plan import Indicator, Plan
from zerobay_analysis.series import PART, PART_OF_YEAR, Point, Precision, Role
from zerobay_analysis.series import WHOLE_YEAR as WHOLE_YEAR_BASES

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.assessment.conditional import Worth
    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.study import Study


ROUTINE_DAYS = 20
"""Days after the end of a quarter or a year within which its figure is asked for: in time for the
half-yearly meeting of the leadership. An assumption; the plan names no day."""
LATE_DAYS = 60
"""Days after the end of its period from which a figure counts as late: statistical returns are
final within two months."""
WHOLE_YEAR = 4
"""Quarter number of a year-end level or a whole year."""
MIN_PROFILE_YEARS = 2
"""Earlier years with the same months that make a year to date worth scaling."""
_SAME = 1e-6


class Held(StrEnum):
    """What is held for a period."""

    EXACT = "exact"
    INEXACT = "inexact"
    """Of the plan's definition, told in words such as 约, 超."""
    OTHER = "other"
    """Only figures of doubtful or other definition or area."""
    MISSING = "missing"
    """Due, and nothing is held."""
    AWAITED = "awaited"
    """Not due yet."""
    UNASKED = "unasked"
    """A quarter of a past year: welcome, not asked for."""


@dataclass(frozen=True)
class Cell:
    """One indicator, year and quarter.

    Attributes
    ----------
    indicator : int
    year : int
    quarter : int
        1 to 3, or :data:`WHOLE_YEAR`.
    held : Held
    late : bool
        The first figure of the official definition came more than :data:`LATE_DAYS` late.
    revised : bool
        It was published again with another value.
    conflict : bool
        Two figures of the official definition differ.
    """

    indicator: int
    year: int
    quarter: int
    held: Held
    late: bool
    revised: bool
    conflict: bool


def period_end(year: int, quarter: int) -> date:
    """Last day of a quarter."""
    return date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)


def _routine(year: int, quarter: int) -> date:
    """Day by which the figure of a quarter is asked for."""
    return period_end(year, quarter) + timedelta(days=ROUTINE_DAYS)


# --- what is held -----------------------------------------------------------------------------


def completeness(outlooks: Sequence[IndicatorOutlook], ledger: Ledger) -> tuple[Cell, ...]:
    """Every indicator by year and quarter, from the first year asked for to the current one.

    Parameters
    ----------
    outlooks : sequence of IndicatorOutlook
        All of one day.
    ledger : Ledger
        The archive, for late and revised figures; nothing published later than the outlooks'
        day is looked at.

    Returns
    -------
    tuple of Cell
        In the order of indicator, year and quarter.
    """
    if not outlooks:
        return ()
    as_of = outlooks[0].evidence.as_of
    official, cells = _official(ledger, as_of), []
    ends = official["period_end"].dt
    official.index = list(zip(official["indicator"], ends.year, ends.quarter, strict=True))
    late, revised = ({*official.index[official[flag]]} for flag in ("late", "changed"))
    for outlook in outlooks:
        held: dict[tuple[int, int], list[Point]] = {}
        for point in outlook.evidence.points:
            held.setdefault(_quarter(point), []).append(point)
        for place in product(range(as_of.year - HISTORY_YEARS, as_of.year + 1), range(1, WHOLE_YEAR + 1)):
            points, key = held.get(place, []), (outlook.indicator.id, *place)
            own = {p.reported for p in points if p.role is Role.OWN}
            conflict = len(own) > 1 and len({p.time for p in points}) == 1
            cells.append(Cell(*key, _held(points, *place, as_of), key in late, key in revised, conflict))
    return tuple(cells)


def lateness(ledger: Ledger, as_of: date) -> pd.DataFrame:
    """How long after its period each indicator's official figures first came out.

    Figures whose day of publication is unknown or inferred are only counted.

    Returns
    -------
    pandas.DataFrame
        One row per indicator that has official figures: ``indicator``, ``figures`` (first
        vintages), ``undated``, ``median_days``, ``longest_days``, ``longest_period``, ``late``
        (more than :data:`LATE_DAYS` days), ``revised`` (figures published again with another
        value).
    """
    official = _official(ledger, as_of)
    table = official.groupby("indicator").agg(
        figures=("days", "size"),
        undated=("published_inferred", "sum"),
        median_days=("dated", "median"),
        longest_days=("dated", "max"),
        late=("late", "sum"),
        revised=("changed", "sum"),
    )
    ordered = official.dropna(subset="dated").sort_values("dated", kind="stable")
    longest = ordered.groupby("indicator")["period"].last()
    table.insert(4, "longest_period", longest.reindex(table.index, fill_value=""))
    return table.reset_index()


def _official(ledger: Ledger, as_of: date) -> pd.DataFrame:
    """First vintage of every official figure that stands: ``days`` after its period, ``changed`` or not.

    ``dated`` holds the days where they are known, ``late`` whether they are too many.
    """
    rows = ledger.frame[
        (ledger.known_from.dt.date <= as_of)
        & (ledger.frame["role"] == Role.OWN)
        & (ledger.frame["status"] != Status.WITHDRAWN)
    ]
    known = rows.merge(ledger.as_of(as_of).frame[list(KEY)], on=list(KEY))
    ordered = known.sort_values("published", kind="stable").astype({"indicator": int})
    ordered["changed"] = ordered.groupby(list(KEY), dropna=False)["value"].transform("nunique") > 1
    days = (ordered["published"] - ordered["period_end"]).dt.days
    ordered["days"] = days.clip(lower=0)  # a figure of the running month came at once
    ordered["dated"] = ordered["days"].where(~ordered["published_inferred"])
    ordered["late"] = ordered["dated"] > LATE_DAYS
    return ordered.drop_duplicates(list(KEY), keep="first").copy()


def _quarter(point: Point) -> tuple[int, int]:
    """Year and quarter at whose end, or within which, a figure stands."""
    year, before = divmod(ceil(point.end * 4 - _SAME) - 1, 4)
    return year + 1, before + 1


def _held(points: Sequence[Point], year: int, quarter: int, as_of: date) -> Held:
    own = [point for point in points if point.role is Role.OWN]
    if own:
        exact = any(point.precision is Precision.EXACT for point in own)
        return Held.EXACT if exact else Held.INEXACT
    if any(point.role in (Role.DOUBTFUL, Role.PROXY) for point in points):
        return Held.OTHER
    if quarter != WHOLE_YEAR and year < as_of.year:
        return Held.UNASKED
    return Held.MISSING if _routine(year, quarter) <= as_of else Held.AWAITED


# --- what is owed -----------------------------------------------------------------------------


class Need(Word):
    """Why something is asked for, the most useful first."""

    HISTORY = "history", "补历史数", "history"
    CURRENT = "current", "补当期数", "overdue figure"
    DEFINITION = "definition", "核实口径", "confirm definition"
    CONFLICT = "conflict", "核实矛盾", "settle conflict"
    EXACT = "exact", "补准确数", "exact figure"
    PROFILE = "profile", "补往年同期数", "same months of earlier years"
    COMMITMENT = "commitment", "报承诺与任务进度", "commitments and tasks"
    NEXT = "next", "下一期", "next figure"


QUESTIONS = (Need.DEFINITION, Need.CONFLICT, Need.EXACT)
"""Needs about figures that are on record."""


@dataclass(frozen=True)
class Owed:
    """One thing that one unit is asked for.

    Attributes
    ----------
    unit : str
        Who is asked; empty where the plan names no unit.
    together : tuple of str
        Other units that answer for the same; each is asked, one answer is enough.
    number : str
        Of the indicator, the commitment (``C01``) or the task (``T7``).
    name : Text
    need : Need
    what : Text
        What to send.
    form : Text
        In what form.
    due : date
        By when.
    rows : tuple of (str, str)
        Periods and period types of the rows of a unit's form that it is answered in.
    overdue : int
        Weeks since the routine day of the latest figure asked for; 0 where it has not passed.
    why : Text
        What it would do to the answer; empty where that was not asked.
    """

    need: Need
    what: Text
    form: Text
    due: date
    rows: tuple[tuple[str, str], ...]
    overdue: int = 0
    why: Text = NOTHING
    unit: str = ""
    together: tuple[str, ...] = ()
    number: str = ""
    name: Text = NOTHING


def next_closing(plan: Plan, as_of: date) -> date:
    """The next day after ``as_of`` on which material is closed."""
    days = [date(as_of.year + k, month, day) for k in (0, 1) for month, day in plan.closing_days]
    return min(day for day in days if day > as_of)


def due_rule(plan: Plan, lang: str = "zh") -> str:
    """How the days were set, for the reader of the list."""
    return text.both("DUE_RULE", reason=plan.closing_reason, days=ROUTINE_DAYS).get(lang)


def data_owed(
    plan: Plan,
    ledger: Ledger,
    outlooks: Sequence[IndicatorOutlook],
    as_of: date,
    worths: Mapping[int, Worth] | None = None,
) -> tuple[Owed, ...]:
    """Everything that would make the answers surer, by unit in the plan's order.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The archive.
    outlooks : sequence of IndicatorOutlook
        Of the day ``as_of``.
    as_of : date
    worths : mapping of int to Worth, optional
        What the missing figure of an indicator would do to the answer, by number.

    Returns
    -------
    tuple of Owed
        Units in the order in which the plan names them, each asked first for what would move the answer
        most, then by number and need; what concerns no named unit comes last.
    """
    cells, closing, known = completeness(outlooks, ledger), next_closing(plan, as_of), worths or {}
    change = {number: worth.change for number, worth in known.items()}
    items = list[Owed]()
    for outlook in sorted(outlooks, key=lambda one: -change.get(one.indicator.id, 0.0)):
        indicator = outlook.indicator
        mine = [cell for cell in cells if cell.indicator == indicator.id]
        why = known[indicator.id].why if indicator.id in known else NOTHING
        found = [*_past(plan, indicator, mine, as_of, closing, why), *_questions(outlook, as_of, closing)]
        found += [*_profile(outlook, closing), _next(indicator, as_of)]
        name = Text(indicator.name_zh, indicator.name_en)
        items += (item for one in found for item in _to_each(indicator.owners, str(indicator.id), name, one))
    items += _of_promises(plan, ledger, as_of, closing)
    units = [unit for outlook in outlooks for unit in outlook.indicator.owners]
    units += [item.unit for item in items if item.unit]
    place = {unit: k for k, unit in enumerate(dict.fromkeys([*units, ""]))}
    return tuple(sorted(items, key=lambda item: place[item.unit]))


def owed_of(study: Study) -> tuple[Owed, ...]:
    """What the units of a study's plan are asked for."""
    return data_owed(study.plan, study.ledger, study.outlooks, study.as_of, study.worths)


def form_rows(items: Iterable[Owed]) -> tuple[Asked, ...]:
    """What is asked for as rows of the form that a unit fills in."""
    told = ((o, o.what.zh if o.need in QUESTIONS else o.need.word()) for o in items)
    return tuple((o.unit, o.number, *row, what) for o, what in told for row in o.rows)


def _to_each(owners: tuple[str, ...], number: str, name: Text, found: Owed) -> Iterator[Owed]:
    """Ask every one of the units that answer for the same."""
    for unit in owners or ("",):
        together = tuple(other for other in owners if other != unit)
        yield replace(found, unit=unit, together=together, number=number, name=name)


def _past(
    plan: Plan, indicator: Indicator, cells: Sequence[Cell], as_of: date, closing: date, why: Text
) -> Iterator[Owed]:
    """Past years of which no official figure is held; the latest overdue quarter of this year.

    Of overdue quarters only the latest is asked for: it contains the earlier ones.
    """
    lacking = [cell for cell in cells if cell.held in (Held.MISSING, Held.OTHER)]
    years = [cell.year for cell in lacking if cell.quarter == WHOLE_YEAR and cell.year < as_of.year]
    if years:
        asked, before = text[f"OWED_{indicator.kind.name}"], _counted_before(plan, indicator)
        what = text.both("OWED_YEARS_BEFORE", years=_spans(years), what=asked, before=before)
        rows = tuple(form_period(indicator, year, WHOLE_YEAR) for year in years)
        late = _weeks(years[-1], WHOLE_YEAR, as_of)
        yield Owed(Need.HISTORY, what, _form(indicator, whole=True), closing, rows, late, why)
    held = [c.quarter for c in cells if c.year == as_of.year and c.held in (Held.EXACT, Held.INEXACT)]
    open_ = (c.quarter for c in lacking if c.year == as_of.year and _routine(c.year, c.quarter) <= as_of)
    overdue = max(open_, default=0)
    if overdue > max(held, default=0):
        late = _weeks(as_of.year, overdue, as_of)
        yield _period(Need.CURRENT, indicator, as_of.year, overdue, closing, late)


def _counted_before(plan: Plan, indicator: Indicator) -> Text:
    """What the plan before this one counted for an indicator: figures that its unit should hold."""
    rows = plan.earlier_indicators[plan.earlier_indicators["indicator"] == indicator.id].to_dict("records")
    if not rows:
        return NOTHING
    told = [{name: Text(row[name], row[f"{name}_en"]) for name in ("plan", "name", "change")} for row in rows]
    names = [text.both("COUNTED_NAME", **of) for of, row in zip(told, rows, strict=True) if not row["kept"]]
    key, year = "COUNTED_OTHERWISE" if names else "COUNTED_BEFORE", rows[0]["from_year"]
    return text.both(key, plan=told[0]["plan"], names=listed(names), year=year)


def _next(indicator: Indicator, as_of: date) -> Owed:
    """The next figure that falls due in the ordinary way."""
    year, quarter = as_of.year - 1, WHOLE_YEAR
    while _routine(year, quarter) <= as_of:
        year, quarter = (year + 1, 1) if quarter == WHOLE_YEAR else (year, quarter + 1)
    return _period(Need.NEXT, indicator, year, quarter, _routine(year, quarter))


def _questions(outlook: IndicatorOutlook, as_of: date, due: date) -> Iterator[Owed]:
    """Figures on record that need a word from the unit: definition, conflict, exact value."""
    answer, fits, latest = text.OWED_ANSWER, outlook.consistency, outlook.evidence.latest
    if outlook.disagrees and fits is not None and latest is not None and latest.role is Role.OWN:
        known = {"when": _when(latest), "label": latest.label, "base_year": fits.base_year}
        what = text.both("OWED_WHICH_DEFINITION", **known)
        yield Owed(Need.DEFINITION, what, answer, due, _rows([latest]))
    for point in outlook.evidence.with_role(Role.DOUBTFUL):
        zh, en = editions(point.reason)
        reason = Text(f"（{zh}）" if zh else "", f" ({en})" if en != zh else "")
        what = text.both("OWED_DEFINITION", when=_when(point), label=point.label, reason=reason)
        yield Owed(Need.DEFINITION, what, answer, due, _rows([point]))
    own = outlook.evidence.with_role(Role.OWN)
    for same in _conflicts(own):
        labels = listed(point.label for point in same)
        what = text.both("OWED_CONFLICT", when=_when(same[0]), labels=labels)
        yield Owed(Need.CONFLICT, what, answer, due, _rows(same[:1]))
    vague = [p for p in own if p.precision is not Precision.EXACT and p.time > as_of.year - 6]
    if vague:
        told = listed(text.both("OWED_FIGURE", when=_when(point), label=point.label) for point in vague)
        what = text.both("OWED_EXACT", figures=told)
        yield Owed(Need.EXACT, what, _form(outlook.indicator, whole=False), due, _rows(vague))


def _rows(points: Iterable[Point]) -> tuple[tuple[str, str], ...]:
    """Rows of a form about figures that are on record."""
    kinds = dict.fromkeys(WHOLE_YEAR_BASES, "全年") | dict.fromkeys(PART_OF_YEAR - PART, "本年累计")
    kinds |= dict.fromkeys(PART, "当期")
    rows = ((p.written or p.period(), kinds.get(p.basis or Basis.STOCK, "时点")) for p in points)
    return tuple(dict.fromkeys(rows))


def _conflicts(own: Sequence[Point]) -> Iterator[list[Point]]:
    """Official figures of one date and stretch that differ."""
    groups: dict[tuple[int, int], list[Point]] = {}
    for point in own:
        groups.setdefault((round(12 * point.time), round(12 * point.through)), []).append(point)
    return (same for same in groups.values() if len({point.reported for point in same}) > 1)


def _profile(outlook: IndicatorOutlook, closing: date) -> Iterator[Owed]:
    """Same months of earlier years, where a year to date cannot be scaled for want of them."""
    own = outlook.evidence.with_role(Role.OWN)
    whole = {round(p.time) for p in own if p.through >= 1}
    part = [p for p in own if p.through < 1 and round(p.time) not in whole]
    if is_level(outlook.indicator) or not part:
        return
    latest = max(part, key=lambda p: (p.time, p.through))
    known = {round(p.time) for p in own if abs(p.through - latest.through) < 1e-6} & whole
    year, months = round(latest.time), round(12 * latest.through)
    wanted = [y for y in range(year - 3, year) if y not in known]
    what = text.both("OWED_PROFILE", years=_spans(wanted), months=months)
    rows = tuple((f"{y}年1-{months}月", "本年累计") for y in wanted)
    if len(known) < MIN_PROFILE_YEARS:
        yield Owed(Need.PROFILE, what, _form(outlook.indicator, whole=False), closing, rows)


def _of_promises(plan: Plan, ledger: Ledger, as_of: date, closing: date) -> Iterator[Owed]:
    """Commitments and tasks of which no figure is held."""
    end = date(closing.year, closing.month, 1) - timedelta(days=1)
    row = (f"{end.year}年末" if end.month == 12 else f"{end.year}年{end.month}月末", "时点")
    for item in (*track_commitments(plan, ledger, as_of), *track_tasks(plan, ledger, as_of)):
        if item.owed.zh:
            found = Owed(Need.COMMITMENT, item.owed, text.OWED_PROMISE, closing, (row,))
            yield from _to_each(item.owners, item.id, item.name, found)


def _spans(years: Iterable[int]) -> Text:
    """Years, three or more in a row as a span: 2019、2021—2025."""
    found: list[object] = []
    for _, of in groupby(enumerate(years), key=lambda pair: pair[1] - pair[0]):
        run = [year for _, year in of]
        found += [Text(f"{run[0]}—{run[-1]}", f"{run[0]}-{run[-1]}")] if len(run) > 2 else run
    return listed(found)


def _weeks(year: int, quarter: int, as_of: date) -> int:
    """Weeks, begun ones included, for which a figure has been overdue."""
    return max(1, ceil((as_of - _routine(year, quarter)).days / 7))


def _period(need: Need, indicator: Indicator, year: int, quarter: int, due: date, late: int = 0) -> Owed:
    """A period of this indicator that is asked for."""
    whole = quarter == WHOLE_YEAR
    name = "OWED_LEVEL" if is_level(indicator) else f"OWED_TO_DATE_{indicator.kind.name}"
    asked, months = text[f"OWED_{indicator.kind.name}"], 3 * quarter
    what = text.both("OWED_YEARS" if whole else name, year=year, years=year, months=months, what=asked)
    rows = (form_period(indicator, year, quarter),)
    return Owed(need, what, _form(indicator, whole=whole), due, rows, late)


def _form(indicator: Indicator, *, whole: bool) -> Text:
    """Unit, period type and where to write it."""
    kind = "LEVEL" if is_level(indicator) else "YEAR" if whole else "TO_DATE"
    unit = Text(indicator.unit_zh, indicator.unit_en)
    return text.both("OWED_FORM", unit=unit, kind=text[f"FORM_{kind}"])


def _when(point: Point) -> Text:
    """What a figure covers, in a sentence, e.g. ``2024年5月`` and ``2024-05``."""
    zh, en = point.period("zh"), point.period("en")
    return Text(f"{zh[:4]}年{int(zh[5:])}月" if zh == month_label(point.end) else zh, en)
