"""待报数据: what each responsible unit is asked to send, in what form, by when.

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
from math import ceil
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.completeness import (
    ROUTINE_DAYS,
    WHOLE_YEAR,
    Cell,
    Held,
    completeness,
    period_end,
)
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.tracker import track_commitments, track_tasks
from zerobay_analysis.language import Text, Word, editions, listed
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.ledger.observations import Basis
from zerobay_analysis.ledger.template import Asked, form_period
from zerobay_analysis.plan import Indicator, Kind, Plan
from zerobay_analysis.series import PART, PART_OF_YEAR, Point, Precision, Role
from zerobay_analysis.series import WHOLE_YEAR as WHOLE_YEAR_BASES

if TYPE_CHECKING:
    from zerobay_analysis.assessment.conditional import Worth
    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.study import Study


MIN_PROFILE_YEARS = 2
"""Earlier years with the same months that make a year to date worth scaling."""
NOTHING = Text("", "")


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
    items: list[Owed] = []
    for outlook in sorted(outlooks, key=lambda one: -change.get(one.indicator.id, 0.0)):
        mine = [cell for cell in cells if cell.indicator == outlook.indicator.id]
        items += _of_indicator(plan, outlook, mine, as_of, closing, known.get(outlook.indicator.id))
    items += _of_promises(plan, ledger, as_of, closing)
    units = list(dict.fromkeys(unit for outlook in outlooks for unit in outlook.indicator.owners))
    units += [unit for unit in dict.fromkeys(item.unit for item in items) if unit and unit not in units]
    place = {unit: k for k, unit in enumerate([*units, ""])}
    return tuple(sorted(items, key=lambda item: place[item.unit]))


def owed_of(study: Study) -> tuple[Owed, ...]:
    """What the units of a study's plan are asked for."""
    return data_owed(study.plan, study.ledger, study.outlooks, study.as_of, study.worths)


def form_rows(items: Iterable[Owed]) -> tuple[Asked, ...]:
    """What is asked for as rows of the form that a unit fills in."""
    told = ((o, o.what.zh if o.need in QUESTIONS else o.need.word()) for o in items)
    return tuple((o.unit, o.number, *row, what) for o, what in told for row in o.rows)


# --- what is owed -----------------------------------------------------------------------------

_BY_YEAR = (Kind.FLOW, Kind.RATE)


def _to_each(owners: tuple[str, ...], number: str, name: Text, found: Owed) -> Iterator[Owed]:
    """Ask every one of the units that answer for the same."""
    for unit in owners or ("",):
        together = tuple(other for other in owners if other != unit)
        yield replace(found, unit=unit, together=together, number=number, name=name)


def _of_indicator(
    plan: Plan,
    outlook: IndicatorOutlook,
    cells: Sequence[Cell],
    as_of: date,
    closing: date,
    worth: Worth | None,
) -> Iterator[Owed]:
    """Needs of one indicator, once for each of its units, need by need for each unit."""
    indicator = outlook.indicator
    name = Text(indicator.name_zh, indicator.name_en)
    found = [*_past(plan, outlook, cells, as_of, closing), *_questions(outlook, as_of, closing)]
    found += [*_profile(outlook, closing), _next(outlook, as_of)]
    why = NOTHING if worth is None else worth.why
    found = [replace(one, why=why) if one.need is Need.HISTORY else one for one in found]
    asked = [list(_to_each(indicator.owners, str(indicator.id), name, one)) for one in found]
    return (item for of_unit in zip(*asked, strict=True) for item in of_unit)


def _past(
    plan: Plan, outlook: IndicatorOutlook, cells: Sequence[Cell], as_of: date, closing: date
) -> Iterator[Owed]:
    """Past years of which no official figure is held; the latest overdue quarter of this year.

    Of overdue quarters only the latest is asked for: it contains the earlier ones.
    """
    lacking = [cell for cell in cells if cell.held in (Held.MISSING, Held.OTHER)]
    years = [cell.year for cell in lacking if cell.quarter == WHOLE_YEAR and cell.year < as_of.year]
    if years:
        what = text.both("OWED_YEARS", years=listed(years), what=_year_figure(outlook.indicator))
        before = _counted_before(plan, outlook.indicator)
        what = Text(what.zh + before.zh, what.en + before.en)
        rows = tuple(form_period(outlook.indicator, year, WHOLE_YEAR) for year in years)
        late = _weeks(years[-1], WHOLE_YEAR, as_of)
        yield Owed(Need.HISTORY, what, _form(outlook.indicator, whole=True), closing, rows, late)
    held = [c.quarter for c in cells if c.year == as_of.year and c.held in (Held.EXACT, Held.INEXACT)]
    overdue = [
        cell.quarter
        for cell in lacking
        if cell.year == as_of.year
        and _routine(cell.year, cell.quarter) <= as_of
        and cell.quarter > max(held, default=0)
    ]
    if overdue:
        late = _weeks(as_of.year, overdue[-1], as_of)
        yield _period(Need.CURRENT, outlook.indicator, as_of.year, overdue[-1], closing, late)


def _counted_before(plan: Plan, indicator: Indicator) -> Text:
    """What the plan before this one counted for an indicator: figures that its unit should hold."""
    rows = plan.earlier_indicators[plan.earlier_indicators["indicator"] == indicator.id].to_dict("records")
    if not rows:
        return NOTHING
    first, other = rows[0], [row for row in rows if not row["kept"]]
    names = [
        text.both(
            "COUNTED_NAME",
            name=Text(row["name"], row["name_en"]),
            change=Text(row["change"], row["change_en"]),
        )
        for row in other
    ]
    key, earlier = "COUNTED_OTHERWISE" if other else "COUNTED_BEFORE", Text(first["plan"], first["plan_en"])
    return text.both(key, plan=earlier, names=listed(names), year=first["from_year"])


def _next(outlook: IndicatorOutlook, as_of: date) -> Owed:
    """The next figure that falls due in the ordinary way."""
    year, quarter = as_of.year - 1, WHOLE_YEAR
    while _routine(year, quarter) <= as_of:
        year, quarter = (year + 1, 1) if quarter == WHOLE_YEAR else (year, quarter + 1)
    return _period(Need.NEXT, outlook.indicator, year, quarter, _routine(year, quarter))


def _questions(outlook: IndicatorOutlook, as_of: date, due: date) -> Iterator[Owed]:
    """Figures on record that need a word from the unit: definition, conflict, exact value."""
    answer = text.OWED_ANSWER
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
        told = [text.both("OWED_FIGURE", when=_when(point), label=point.label) for point in vague]
        what = text.both("OWED_EXACT", figures=listed(told))
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
    if outlook.indicator.kind not in _BY_YEAR or not part:
        return
    latest = max(part, key=lambda p: (p.time, p.through))
    known = {round(p.time) for p in own if abs(p.through - latest.through) < 1e-6} & whole
    year, months = round(latest.time), round(12 * latest.through)
    wanted = [y for y in range(year - 3, year) if y not in known]
    what = text.both("OWED_PROFILE", years=listed(wanted), months=months)
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
            yield from _to_each(item.owners, item.number, item.name, found)


def _routine(year: int, quarter: int) -> date:
    return period_end(year, quarter) + timedelta(days=ROUTINE_DAYS)


def _weeks(year: int, quarter: int, as_of: date) -> int:
    """Weeks, begun ones included, for which a figure has been overdue."""
    return max(1, ceil((as_of - _routine(year, quarter)).days / 7))


def _period(need: Need, indicator: Indicator, year: int, quarter: int, due: date, late: int = 0) -> Owed:
    """A period of this indicator that is asked for."""
    whole = quarter == WHOLE_YEAR
    name = "OWED_LEVEL" if indicator.kind not in _BY_YEAR else f"OWED_TO_DATE_{indicator.kind.name}"
    known = {"year": year, "years": year, "months": 3 * quarter, "what": _year_figure(indicator)}
    what, form = text.both("OWED_YEARS" if whole else name, **known), _form(indicator, whole=whole)
    return Owed(need, what, form, due, (form_period(indicator, year, quarter),), late)


def _year_figure(indicator: Indicator) -> Text:
    return text[f"OWED_{indicator.kind.name}"]


def _form(indicator: Indicator, *, whole: bool) -> Text:
    """Unit, period type and where to write it."""
    kind = "LEVEL" if indicator.kind not in _BY_YEAR else "YEAR" if whole else "TO_DATE"
    unit = Text(indicator.unit_zh, indicator.unit_en)
    return text.both("OWED_FORM", unit=unit, kind=text[f"FORM_{kind}"])


def _when(point: Point) -> Text:
    """What a figure covers, in a sentence, e.g. ``2024年5月`` and ``2024-05``."""
    zh, en = point.period("zh"), point.period("en")
    return Text(f"{zh[:4]}年{int(zh[5:])}月" if zh == month_label(point.end) else zh, en)
