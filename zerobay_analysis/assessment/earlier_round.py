"""Whether the record shows the targets of an earlier round met."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from zerobay_analysis.assessment import text
from zerobay_analysis.language import Name, Text, Word, listed
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.notation import Precision, allowed_range, figure_label
from zerobay_analysis.ledger.observations import records
from zerobay_analysis.plan import Plan


class Met(Word):
    """What the record says about an earlier target."""

    YES = "met", "达到", "met"
    """A figure of the target year is at least the target."""
    NO = "not_met", "未达到", "not met"
    """The figure of the year's end is below the target and its wording leaves no room."""
    NOT_SHOWN = "not_shown", "记录未能证明达到", "not shown as met"
    """The record does not settle it."""
    NOT_DUE = "not_due", "未到期", "not due"
    """The target year is not over."""


TARGET = ("plan", "name", "indicator", "target_year", "target", "unit")
FIGURE = ("figure", "figure_date", "observation", "source")
SAID = ("met", "met_zh", "met_en", "reason_zh", "reason_en")


@dataclass(frozen=True)
class _Figure:
    """One figure of the record beside a target."""

    label: Name
    end: date
    observation: str
    source: str
    lower: float
    upper: float

    @property
    def dated(self) -> Name:
        """The figure with the month at whose end it stands."""
        return Name(f"{self.label}（{self.end:%Y-%m}）", f"{self.label.en} ({self.end:%Y-%m})")


def earlier_round(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    """Compare the earlier round's targets with the record.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
        The archive, or a day's view; a target year is due once it has ended by that day.

    Returns
    -------
    pandas.DataFrame
        One row per target, corroborating sources merged: ``targets`` (ids), ``plan``, ``name``,
        ``indicator`` (or missing), ``target_year`` (or missing), ``target``, ``unit``, ``figure``
        (in its source's words), ``figure_date``, ``observation``, ``source`` (of the figure),
        ``met`` (:class:`Met`), ``met_zh``, ``met_en``, ``reason_zh``, ``reason_en``. Only figures of
        the same measure, geography and unit are compared.
    """
    day = ledger.day or ledger.frame["published"].max().date()
    rows = []
    keys = ["plan", "name", "measure", "geography", "target_year", "target", "unit"]
    for _, group in plan.earlier_targets.groupby(keys, sort=False, dropna=False):
        target = records(group.head(1))[0]
        met, shown, reason = _judge(target, _figures(ledger, target, plan), day)
        known = (";".join(group["id"]), *(target[name] for name in TARGET))
        figure = ("", None, "", "") if shown is None else (*vars(shown).values(),)[: len(FIGURE)]
        rows.append((*known, *figure, str(met), *met.text, *reason))
    table = pd.DataFrame(rows, columns=["targets", *TARGET, *FIGURE, *SAID])
    return table.astype({"indicator": "Int64", "target_year": "Int64"})


def _figures(ledger: Ledger, target: dict[str, Any], plan: Plan) -> list[_Figure]:
    """Figures that count the same thing, oldest first."""
    frame, found = ledger.frame, []
    for name in ("measure", "geography", "unit"):
        frame = frame[frame[name] == target[name]]
    for row in records(frame.sort_values(["period_end", "published"], kind="stable")):
        precision = Precision(row["precision"])
        lower, upper = allowed_range(row["value"], precision)
        if precision in {Precision.AT_LEAST, Precision.A_LITTLE_OVER}:
            upper = float("inf")  # taken at its word, 超600 does not say that 1000 was missed
        label = figure_label(row, plan.names)
        found.append(_Figure(label, row["period_end"], row["observation"], row["source"], lower, upper))
    return found


def _reached(value: float, target: dict[str, Any]) -> bool:
    """Whether ``value`` meets the target: 超过 70 wants more than 70, 600 以上 includes 600."""
    return bool(value > target["target"] if "超过" in target["qualifier"] else value >= target["target"])


_Judgement = tuple[Met, _Figure | None, Text]
"""Status, the figure to show, the reason."""


def _judge(target: dict[str, Any], figures: list[_Figure], day: date) -> _Judgement:
    """Judge a target by the last figure of its year; without one, name the nearest after it."""
    year = None if target["target_year"] is None else int(target["target_year"])
    latest = figures[-1] if figures else None
    if year is not None and date(year, 12, 31) > day:
        return Met.NOT_DUE, latest, text.both("YEAR_NOT_OVER", year=year)
    if latest is None:
        return Met.NOT_SHOWN, None, text.NONE_COMPARABLE
    if year is None:
        met = Met.YES if _reached(latest.lower, target) else Met.NOT_SHOWN
        return met, latest, text.both("NO_TARGET_YEAR", latest=latest.dated)
    within = [figure for figure in figures if figure.end.year == year]
    if not within:
        shown = next((figure for figure in figures if figure.end.year > year), latest)
        return Met.NOT_SHOWN, shown, text.both("NONE_OF_YEAR", year=year, shown=shown.dated)
    shown, met = within[-1], Met.NOT_SHOWN
    if _reached(shown.lower, target):
        met = Met.YES
    elif shown.end == date(year, 12, 31) and not _reached(shown.upper, target):
        met = Met.NO
    return met, shown, text.both("FIGURES_OF_YEAR", year=year, known=listed(one.dated for one in within))
