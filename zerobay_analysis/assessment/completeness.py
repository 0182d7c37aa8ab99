"""Which figures are held for every year and quarter, how late they came and how they changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outlook import HISTORY_YEARS, IndicatorOutlook
from zerobay_analysis.ledger.observations import Status
from zerobay_analysis.plan import Indicator
from zerobay_analysis.series import Point, Precision, Role

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.ledger import Ledger


ROUTINE_DAYS = 20
"""Days after the end of a quarter or a year within which its figure is asked for: in time for the
half-yearly meeting of the leadership. An assumption; the plan names no day."""
LATE_DAYS = 60
"""Days after the end of its period from which a figure counts as late: statistical returns are
final within two months."""
WHOLE_YEAR = 4
"""Quarter number of a year-end level or a whole year."""
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
    late: bool = False
    revised: bool = False
    conflict: bool = False


def period_end(year: int, quarter: int) -> date:
    """Last day of a quarter."""
    return date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)


def first_year(as_of: date) -> int:
    """First year that a data request asks for."""
    return as_of.year - HISTORY_YEARS


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
    cells: list[Cell] = []
    as_of = outlooks[0].evidence.as_of
    official = _official(ledger, as_of)
    for outlook in outlooks:
        late, revised = _history(official, outlook.indicator)
        places: dict[tuple[int, int], list[Point]] = {}
        for point in outlook.evidence.points:
            places.setdefault(_place(point), []).append(point)
        for year in range(first_year(as_of), as_of.year + 1):
            for quarter in range(1, WHOLE_YEAR + 1):
                points = places.get((year, quarter), [])
                held = _held(points, year, quarter, as_of)
                own = {p.reported for p in points if p.role is Role.OWN}
                cells.append(
                    Cell(
                        indicator=outlook.indicator.id,
                        year=year,
                        quarter=quarter,
                        held=held,
                        late=(year, quarter) in late,
                        revised=(year, quarter) in revised,
                        conflict=len(own) > 1 and len({p.time for p in points}) == 1,
                    )
                )
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
    official["indicator"] = official["indicator"].astype(int)
    official["dated"] = official["days"].where(~official["published_inferred"])
    table = official.groupby("indicator").agg(
        figures=("days", "size"),
        undated=("published_inferred", "sum"),
        median_days=("dated", "median"),
        longest_days=("dated", "max"),
        late=("dated", lambda days: (days > LATE_DAYS).sum()),
        revised=("changed", "sum"),
    )
    longest = (
        official.dropna(subset="dated").sort_values("dated", kind="stable").groupby("indicator")["period"]
    )
    table.insert(4, "longest_period", longest.last().reindex(table.index, fill_value=""))
    return table.reset_index()


def _official(ledger: Ledger, as_of: date) -> pd.DataFrame:
    """First vintage of every official figure that stands: ``days`` after its period, ``changed`` or not."""
    from zerobay_analysis.ledger.observations import KEY

    rows = ledger.frame[
        (ledger.known_from.dt.date <= as_of)
        & (ledger.frame["role"] == Role.OWN)
        & (ledger.frame["status"] != Status.WITHDRAWN)
    ]
    known = rows.merge(ledger.as_of(as_of).frame[list(KEY)], on=list(KEY))
    ordered = known.sort_values("published", kind="stable")
    first: pd.DataFrame = ordered.drop_duplicates(list(KEY), keep="first").copy()
    values = ordered.groupby(list(KEY), dropna=False)["value"].nunique()
    keys = first.set_index(list(KEY)).index
    first["changed"] = [bool(values[key] > 1) for key in keys]
    days = (first["published"] - first["period_end"]).dt.days
    first["days"] = days.clip(lower=0)  # a figure of the running month came at once

    return first


def _history(
    official: pd.DataFrame, indicator: Indicator
) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """Years and quarters whose official figure came late, and those where it changed."""
    mine = official[official["indicator"] == indicator.id]
    places = [(end.year, ceil(end.month / 3)) for end in mine["period_end"]]
    late = (mine["days"] > LATE_DAYS) & ~mine["published_inferred"]
    return (
        frozenset(place for place, yes in zip(places, late, strict=True) if yes),
        frozenset(place for place, yes in zip(places, mine["changed"], strict=True) if yes),
    )


def _place(point: Point) -> tuple[int, int]:
    """Year and quarter at whose end, or within which, a figure stands."""
    quarters = ceil(point.end * 4 - _SAME)
    return (quarters - 1) // 4 + 1, (quarters - 1) % 4 + 1


def _held(points: Sequence[Point], year: int, quarter: int, as_of: date) -> Held:
    own = [point for point in points if point.role is Role.OWN]
    if own:
        exact = any(point.precision is Precision.EXACT for point in own)
        return Held.EXACT if exact else Held.INEXACT
    if any(point.role in (Role.DOUBTFUL, Role.PROXY) for point in points):
        return Held.OTHER
    if quarter != WHOLE_YEAR and year < as_of.year:
        return Held.UNASKED
    due = period_end(year, quarter) + timedelta(days=ROUTINE_DAYS)
    return Held.MISSING if due <= as_of else Held.AWAITED
