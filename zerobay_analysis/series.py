"""One indicator's evidence as a model sees it: times, values and their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from zerobay_analysis.entries import Basis, Role, cells
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.period import years_of
from zerobay_analysis.plan import Indicator, Plan
from zerobay_analysis.wording import Precision, allowed_range, phrase

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Evidence", "Point", "Precision", "Role", "evidence"]

WHOLE_YEAR = frozenset({Basis.FLOW, Basis.RATE, Basis.SHARE})
PART_OF_YEAR = frozenset({Basis.YTD_FLOW, Basis.YTD_RATE, Basis.PART_FLOW, Basis.PART_RATE})


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
        As the source says it, e.g. ``"超200亿元"``.
    published : date or None
    source : str
        Identifier in ``sources.csv`` (or of the import).
    caveat : str
        Everything a reader should know about the figure.
    reason : str
        The part of it that explains the role, in Chinese; empty for a figure that needs none.
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
        Ordered by time, then publication date.
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

    def frame(self) -> pd.DataFrame:
        """One row per point, columns as in :class:`Point` plus ``sd``."""
        import pandas as pd

        names = [field.name for field in fields(Point)]
        rows = [[getattr(point, name) for name in names] + [point.sd] for point in self.points]
        frame = pd.DataFrame(rows, columns=[*names, "sd"])
        for name in ("precision", "role"):
            frame[name] = frame[name].astype(str)
        return frame


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
    points = [_point(cells(record)) for record in mine.to_dict("records")]
    points.sort(key=lambda point: (point.time, point.published or as_of, point.observation))
    return Evidence(indicator, tuple(points), as_of, synthetic=bool(mine["synthetic"].any()))


def _point(row: dict[str, Any]) -> Point:
    precision = Precision(row["precision"])
    lower, upper = allowed_range(row["value"], precision)
    end: date = row["period_end"]
    share = years_of(end) - (end.year - 1)
    return Point(
        observation=row["observation"],
        time=float(end.year) if row["basis"] in WHOLE_YEAR | PART_OF_YEAR else years_of(end),
        value=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        reported=row["value"],
        precision=precision,
        role=Role(row["role"]),
        group=row["group"],
        through=1.0 if row["basis"] in WHOLE_YEAR else share,
        label=phrase(row["value"], row["qualifier"], row["unit"]),
        published=row["published"],
        source=row["source"],
        caveat="；".join(part for part in (row["role_reason"], row["caveat"]) if part),
        reason=row["role_reason"],
    )
