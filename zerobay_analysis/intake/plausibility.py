"""Whether a figure fits what is known besides it; one that does not has to be confirmed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from zerobay_analysis.entries import Basis, Role, Status, cells
from zerobay_analysis.errors import ForecastDeclined, Problem
from zerobay_analysis.intake.comparison import Change, ChangeKind, place_problem
from zerobay_analysis.ledger import Ledger, frame_of
from zerobay_analysis.plan import Plan

if TYPE_CHECKING:
    from zerobay_analysis.series import Evidence, Point

__all__ = ["INTERVAL", "jumps", "strangers"]

INTERVAL = (0.005, 0.995)
"""A figure outside the central 99 % of what the other figures let one expect is a jump."""

N_PATHS = 20_000
SEED = 20260618
CONFIRM = ("核对；确实如此就加 --yes 确认", "check it; if it is right, confirm with --yes")


def strangers(changes: Iterable[Change], plan: Plan, file: str) -> list[Problem]:
    """One warning for every row whose reporter is not responsible for its indicator."""
    owners = {indicator.id: indicator.owners for indicator in plan.indicators}
    warnings = []
    for change in changes:
        row = change.row
        responsible = owners.get(row["indicator"] or 0, ())
        if change.kind is ChangeKind.UNCHANGED or not responsible or row["reporter"] in responsible:
            continue
        units = "、".join(responsible)
        message = (
            f"指标 {row['indicator']} 由{units}负责",
            f"another unit is responsible for indicator {row['indicator']}",
        )
        warnings.append(place_problem(file, row, "reporter", row["reporter"], message, CONFIRM))
    return warnings


def jumps(archive: Ledger, changes: Iterable[Change], plan: Plan, file: str, today: date) -> list[Problem]:
    """One warning for every new or revised figure beyond the forecast's 99 % interval.

    Every figure is set against the default forecast from all others, those on record and those of
    the same file. A figure at a date inside a year has to lie within the wider of the intervals of
    the two year-ends, a sum of the year to date below the upper end of the whole year's.
    """
    from zerobay_analysis.series import evidence

    changed = [c for c in changes if c.kind in (ChangeKind.NEW, ChangeKind.REVISED, ChangeKind.WITHDRAWN)]
    own = {f"file {n}": c.row for n, c in enumerate(changed)}
    rows = [cells(record) for record in archive.frame.to_dict("records")]
    rows += [{**row, "observation": name} for name, row in own.items()]
    frame, _ = frame_of(rows, today)
    together = replace(archive, frame=frame)
    checked = {
        name: row for name, row in own.items() if row["role"] == Role.OWN and row["status"] == Status.VALID
    }
    warnings = []
    for number in sorted({row["indicator"] for row in checked.values()}):
        known = evidence(together, plan, number, today)
        for point in known.points:
            row = checked.get(point.observation)
            interval = None if row is None else _expected(known, point, str(row["basis"]))
            if row is None or interval is None or not _outside(point, interval):
                continue
            low, high = (plan.indicator(number).format(bound) for bound in interval)
            message = (
                f"超出按其余数字推算的 99% 区间 {low}–{high}",
                f"outside the 99 % interval {low} to {high} that the other figures give",
            )
            warnings.append(place_problem(file, row, "value", _shown(row), message, CONFIRM))
    return warnings


def _shown(row: Any) -> str:
    return f"{row['value']:g}"


def _expected(known: Evidence, point: Point, basis: str) -> tuple[float, float] | None:
    """Interval of a figure given all others; ``None`` where they give none."""
    from zerobay_analysis.forecast import forecaster

    others = tuple(other for other in known.points if other.observation != point.observation)
    last = math.ceil(point.time - 1e-9)
    inside = point.time < last
    years = [last - 1, last] if inside else [last]
    try:
        forecast = forecaster("reference_class").forecast(
            replace(known, points=others), years, n_paths=N_PATHS, seed=SEED
        )
    except ForecastDeclined:
        return None
    low = min(forecast.quantile(INTERVAL[0], year) for year in years)
    high = max(forecast.quantile(INTERVAL[1], year) for year in years)
    return (0.0 if basis == Basis.YTD_FLOW else low), high


def _outside(point: Point, interval: tuple[float, float]) -> bool:
    return point.upper < interval[0] or point.lower > interval[1]
