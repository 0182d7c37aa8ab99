"""One indicator's evidence as a model sees it: times, values and their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from zerobay_analysis.plan import Indicator

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Evidence", "Point", "Precision", "Role"]


class Precision(StrEnum):
    """How exact the source's own wording makes a figure."""

    EXACT = "exact"
    ABOUT = "about"  # 约, 左右
    AT_LEAST = "at_least"  # 超, 逾, 突破
    JUST_UNDER = "just_under"  # 近
    A_LITTLE_OVER = "a_little_over"  # 余, 多
    EXPECTED = "expected"  # 预计


class Role(StrEnum):
    """What a figure may tell a model about the official series."""

    OWN = "own"
    """Official definition and geography: informs level and growth."""
    DOUBTFUL = "doubtful"
    """Wording matches, but a change of definition is possible: as likely to carry an
    unknown constant offset as not."""
    PROXY = "proxy"
    """Other definition or geography: unknown constant offset, informs growth only."""
    OUTLIER = "outlier"
    """Kept and shown; no weight in any model, for the reason in ``caveat``."""


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
        raise NotImplementedError
