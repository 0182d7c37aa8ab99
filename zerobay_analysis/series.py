"""One indicator's evidence as a model sees it: times, values and their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from zerobay_analysis.language import say
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.notation import Precision, allowed_range, figure_label, month_label, years_of
from zerobay_analysis.ledger.observations import Basis, Role, records
from zerobay_analysis.plan import Indicator, Kind, Plan

__all__ = ["ASSUMED", "Evidence", "Point", "Precision", "Role", "evidence"]

WHOLE_YEAR = frozenset({Basis.FLOW, Basis.RATE})
PART = frozenset({Basis.PART_FLOW, Basis.PART_RATE})
PART_OF_YEAR = frozenset({Basis.YTD_FLOW, Basis.YTD_RATE}) | PART

ASSUMED = "if"
"""Identifier of a hypothetical figure."""
_TINY = 1e-6
MAX_LISTED = 40
"""Figures of one indicator in a table of a page; data files and the workbook hold all."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Point:
    """One figure as a model sees it.

    Attributes
    ----------
    observation : str
        Identifier of the ledger row.
    time : float
        Years; the end of year ``Y`` is exactly ``Y``, the end of May 2024 is
        ``2023 + 5/12``. A flow or a rate of year ``Y`` stands at ``Y``.
    value : float
        Central value in the indicator's unit (for ``超200`` the middle of what it allows).
    lower, upper : float
        What the wording allows; equal to ``value`` for an exact figure.
    reported : float
        The figure as printed by the source, in the indicator's unit.
    precision : Precision
    role : Role
    group : str
        Figures with the same group share one unknown offset; ``""`` for ``Role.OWN``.
    through : float
        Share of the year that the figure covers: 1 for a year-end stock, a full-year flow or
        rate; 5/12 for a year-to-date figure of January to May.
    label : str
        As the source says it, e.g. ``"超200亿元"``; a :class:`Name` where its English is known.
    published : date or None
    source : str
        Identifier in ``sources.csv`` (or of the import).
    caveat : str
        Everything a reader should know about the figure.
    reason : str
        The part of it that explains the role, in Chinese; empty for a figure that needs none.
    basis : Basis or None
        What stretch of time it covers; ``None`` is a level, or whatever ``through`` says.
    written : str
        Its period as the source wrote it.
    reporter : str
        Who reports it.
    """

    observation: str
    time: float
    value: float
    lower: float
    upper: float
    reported: float
    precision: Precision
    role: Role
    group: str
    through: float
    label: str
    published: date | None
    source: str
    caveat: str
    reason: str = ""
    basis: Basis | None = None
    written: str = ""
    reporter: str = ""

    @property
    def end(self) -> float:
        """Where what the figure covers ends, on the scale of years; ``time`` unless in a year under way."""
        under_way = abs(self.time - round(self.time)) < _TINY  # a level inside a year is not there
        return self.time - 1 + self.through if under_way else self.time

    @property
    def months(self) -> int:
        """Months of its year that the figure covers, the last perhaps in part."""
        return math.ceil(12 * self.through - _TINY)

    def period(self, lang: str = "zh") -> str:
        """What the figure covers, as reported.

        ``2024-05`` for a level at the end of that month, ``2025年`` / ``2025`` for a whole year,
        ``2026年1—9月`` / ``Jan-Sep 2026`` for a year to date.
        """
        if self.basis in PART and self.written:
            return self.written
        year = math.ceil(self.time - _TINY)
        if self.months < 12 and abs(self.time - year) < _TINY:
            last = _MONTHS[self.months - 1]
            first, first_en = ("1—", "Jan-") if self.months > 1 else ("", "")
            return say(lang, f"{year}年{first}{self.months}月", f"{first_en}{last} {year}")
        return say(lang, f"{year}年", f"{year}") if self.basis in WHOLE_YEAR else month_label(self.end)

    @property
    def sd(self) -> float:
        """Standard deviation of a uniform law over what the wording allows, in the unit."""
        return float((self.upper - self.lower) / 12**0.5)


@dataclass(frozen=True)
class Evidence:
    """All figures known about one indicator on a day.

    Attributes
    ----------
    indicator : Indicator
    points : tuple of Point
        Ordered by time, then publication date, then as they came in.
    as_of : date
        Nothing published later is in ``points``.
    synthetic : bool
        True when any figure is made up for demonstration; outputs must say so.
    """

    indicator: Indicator
    points: tuple[Point, ...]
    as_of: date
    synthetic: bool = False

    def with_role(self, *roles: Role) -> tuple[Point, ...]:
        """Points that have one of ``roles``."""
        return tuple(point for point in self.points if point.role in roles)

    @cached_property
    def listed(self) -> tuple[Point, ...]:
        """Figures that a page lists: all where they are few, else the latest, those that count first."""
        return self.newest(MAX_LISTED // 2, MAX_LISTED)

    def newest(self, counted: int, most: int) -> tuple[Point, ...]:
        """All points where there are no more than ``most``, else the latest.

        Of those that are more than context the last ``counted``, then as much context as there is room for.
        """
        if len(self.points) <= most:
            return self.points
        used = [p for p in self.points if p.role is not Role.CONTEXT][-counted:]
        context = self.with_role(Role.CONTEXT)
        kept = {id(p) for p in (*used, *context[max(len(context) + len(used) - most, 0) :])}
        return tuple(p for p in self.points if id(p) in kept)

    @property
    def hypothetical(self) -> bool:
        """Whether a figure is among them that is supposed, not on record."""
        return any(point.observation == ASSUMED for point in self.points)

    @property
    def yearly(self) -> bool:
        """Whether the indicator begins anew every year, so that the first months are not the year."""
        return self.indicator.kind in (Kind.FLOW, Kind.RATE)

    @cached_property
    def restated(self) -> tuple[Point, ...]:
        """Figures of a cumulative total that a later one of the same kind falls below.

        Such a total cannot fall: whoever reports less than before takes the earlier figure back.
        It stays on record, but neither bounds the total nor says where it stood.
        """
        if self.indicator.kind is not Kind.CUMULATIVE:
            return ()
        gone: list[Point] = []
        later: dict[tuple[Role, str], float] = {}  # the least that figures of later dates allow
        points = reversed(self.with_role(Role.OWN, Role.DOUBTFUL))
        for _, same in groupby(points, key=lambda p: round(p.time / _TINY)):
            of_date = list(same)
            gone += [p for p in of_date if p.lower > later.get((p.role, p.group), math.inf)]
            for p in of_date:
                later[p.role, p.group] = min(p.upper, later.get((p.role, p.group), math.inf))
        return tuple(reversed(gone))

    @cached_property
    def measurable(self) -> tuple[Point, ...]:
        """Own and doubtful figures from which a level or a change is measured, in order of time.

        Of a flow or a rate only whole years; of several reports of one date the one published
        last, of one day the one that came in last; what was restated is left out.
        """
        gone = {p.observation for p in self.restated}
        return tuple(
            {
                (round(p.time / _TINY), p.role): p
                for p in self.with_role(Role.OWN, Role.DOUBTFUL)
                if p.observation not in gone and (p.through >= 1 or not self.yearly)
            }.values()
        )

    @property
    def latest(self) -> Point | None:
        """The figure that says where the indicator stands: what every form starts from.

        The last of :attr:`measurable` of the plan's definition; where there is none, the last
        doubtful one.
        """
        own = [point for point in self.measurable if point.role is Role.OWN]
        best = own or self.measurable
        return best[-1] if best else None

    def rivals(self, point: Point) -> tuple[Point, ...]:
        """Other standing reports of what ``point`` is about that say another number, last first."""
        return tuple(
            p
            for p in reversed(self.with_role(point.role))
            if abs(p.time - point.time) < _TINY
            and abs(p.through - point.through) < _TINY
            and p.reported != point.reported
        )

    def reaching(self, year: int, through: float | None = None) -> Point | None:
        """Own figure of a flow or a rate that covers most of ``year``, or exactly ``through`` of it.

        Of several the one published last, as for :attr:`latest`.
        """
        points = [
            p
            for p in reversed(self.with_role(Role.OWN))
            if abs(p.time - year) < _TINY and (through is None or abs(p.through - through) < _TINY)
        ]
        return max(points, key=lambda p: round(p.through / _TINY), default=None)

    @property
    def year_to_date(self) -> Point | None:
        """First months of a flow's or a rate's year under way, where they are newer than ``latest``."""
        if not self.yearly:
            return None
        newest = max((p.time for p in self.with_role(Role.OWN)), default=0.0)
        found = self.reaching(round(newest))
        return found if found is not None and found.through < 1 else None


def evidence(ledger: Ledger, plan: Plan, indicator_number: int, as_of: date) -> Evidence:
    """Everything the ledger knew about one indicator at the end of a day.

    Parameters
    ----------
    ledger : Ledger
        The archive, or a view of a day not before ``as_of``.
    plan : Plan
    indicator_number : int
    as_of : date
        Figures and revisions published later are not seen.

    Returns
    -------
    Evidence
        All roles, also those without weight; the models choose with :meth:`Evidence.with_role`.

    Raises
    ------
    ParameterError
        If the plan has no such indicator.
    """
    indicator = plan.indicator(indicator_number)
    seen = ledger.as_of(as_of).frame
    mine = seen[seen["indicator"] == indicator_number]
    points = [_point(record, plan) for record in records(mine)]
    points.sort(key=lambda point: (point.time, point.published or as_of))  # stable: of one day as they came
    return Evidence(indicator, tuple(points), as_of, synthetic=bool(mine["synthetic"].any()))


def _point(row: dict[str, Any], plan: Plan) -> Point:
    precision = Precision(row["precision"])
    lower, upper = allowed_range(row["value"], precision)
    end: date = row["period_end"]
    share = years_of(end) - (end.year - 1)
    basis = Basis(row["basis"])
    return Point(
        time=float(end.year) if basis in WHOLE_YEAR | PART_OF_YEAR else years_of(end),
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        reported=row["value"],
        precision=precision,
        role=Role(row["role"]),
        through=1.0 if basis in WHOLE_YEAR else share,
        label=figure_label(row, plan.names),
        caveat="\n".join(part for part in (row["role_reason"], row["caveat"], row["written"]) if part),
        reason=row["role_reason"],
        basis=basis,
        written=row["period"],
        reporter=plan.name_of(row["reporter"]),
        **{name: row[name] for name in ("observation", "group", "published", "source")},
    )
