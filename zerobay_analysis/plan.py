"""What the plan promises: indicators, yearly targets, commitments, tasks and their owners.

The tables under ``data/plan/`` transcribe 闵府发〔2026〕11号; every row carries the
document number and the section it stands in (a target row through its indicator).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Indicator", "Kind", "Plan", "load_plan"]


class Kind(StrEnum):
    """What a figure counts; it decides the mathematics, here and nowhere else."""

    STOCK = "stock"
    """Level at a date; may fall."""
    CUMULATIVE = "cumulative"
    """累计 total at a date; never falls."""
    FLOW = "flow"
    """Sum over the year; the target is per year."""
    RATE = "rate"
    """Percent for the year; differences in percentage points, never growth of growth."""


@dataclass(frozen=True)
class Indicator:
    """One line of the plan's annex 1.

    Attributes
    ----------
    id : int
        Number in annex 1 (1 to 11 in this plan).
    key : str
        Short identifier for file names, e.g. ``"fund_size"``.
    kind : Kind
        See :class:`Kind`.
    unit_zh, unit_en : str
        Unit of every value and target of this indicator.
    direction : int
        ``+1`` where more is better, ``-1`` where less is better.
    decimals : int
        Digits after the decimal point when a value is printed.
    whole_number : bool
        True for counts: a value is a whole number, so "at least 170" means 169.5 or more.
    lower, upper : float or None
        Bounds that the value cannot leave, ``None`` where there is none.
    owners : tuple of str
        Responsible units, in the plan's order; more than one is joint responsibility.
    document, section : str
        Where the plan says so.
    """

    id: int
    key: str
    name_zh: str
    name_en: str
    short_zh: str
    short_en: str
    action_zh: str
    kind: Kind
    unit_zh: str
    unit_en: str
    direction: int
    decimals: int
    whole_number: bool
    lower: float | None
    upper: float | None
    owners: tuple[str, ...]
    document: str
    section: str

    def name(self, lang: str = "zh") -> str:
        """Full name in the language of the reader (``"zh"`` or ``"en"``)."""
        return self.name_zh if lang == "zh" else self.name_en

    def short(self, lang: str = "zh") -> str:
        """Short name for a chart or a table cell."""
        return self.short_zh if lang == "zh" else self.short_en

    def unit(self, lang: str = "zh") -> str:
        """Unit in the language of the reader."""
        return self.unit_zh if lang == "zh" else self.unit_en

    def format(self, value: float) -> str:
        """``value`` with this indicator's digits, without a thousands separator."""
        return f"{value:.{self.decimals}f}"


@dataclass(frozen=True)
class Plan:
    """The whole plan as data.

    Attributes
    ----------
    indicators : tuple of Indicator
        In the plan's order.
    targets : pandas.DataFrame
        ``indicator`` (int), ``year`` (int), ``target`` (float), in the indicator's unit.
    commitments : pandas.DataFrame
        Quantified commitments of the plan's text, with section and owners.
    tasks : pandas.DataFrame
        The 12 tasks with their responsible units.
    earlier_targets : pandas.DataFrame
        Targets of the earlier round and of the fund alliance, with sources.
    """

    indicators: tuple[Indicator, ...]
    targets: pd.DataFrame
    commitments: pd.DataFrame
    tasks: pd.DataFrame
    earlier_targets: pd.DataFrame

    def indicator(self, number: int) -> Indicator:
        """Return indicator number ``number``; raise ``ParameterError`` if the plan has none."""
        from zerobay_analysis.errors import ParameterError

        for indicator in self.indicators:
            if indicator.id == number:
                return indicator
        known = ", ".join(str(i.id) for i in self.indicators)
        raise ParameterError(f"计划中没有指标 {number}；可选 / no indicator {number}; choose from: {known}")

    def target(self, number: int, year: int) -> float:
        """Target of indicator ``number`` for ``year`` in the indicator's unit."""
        from zerobay_analysis.errors import ParameterError

        rows = self.targets[(self.targets["indicator"] == number) & (self.targets["year"] == year)]
        if rows.empty:
            raise ParameterError(
                f"指标 {number} 没有 {year} 年目标 / indicator {number} has no target for {year}"
            )
        return float(rows["target"].iloc[0])

    @property
    def years(self) -> tuple[int, ...]:
        """Target years in order."""
        return tuple(sorted({int(year) for year in self.targets["year"]}))


@lru_cache(maxsize=4)
def load_plan(folder: Path | None = None) -> Plan:
    """Read and check the plan's tables.

    Parameters
    ----------
    folder : Path, optional
        Folder with the five CSV files; by default the shipped ``data/plan``.

    Raises
    ------
    DataError
        With every problem of every table at once.
    """
    raise NotImplementedError
