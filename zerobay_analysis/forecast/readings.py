"""What one indicator's evidence tells the reference-class model, as plain arrays."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ForecastDeclined, message
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Evidence, Point, Role

Array = NDArray[np.float64]

_SAME_DATE = 1e-6
RECENT_DATES, EARLIER_YEARS = 12, 12
"""Of more dates than both together, the latest ones and one of each year before them are used: twelve
annual figures are the longest history for which weights were learned (METHODOLOGY.md)."""
_RESTATED = "restated"
"""Group of figures that were taken back (``Evidence.restated``): how far they were off is unknown."""


@dataclass(frozen=True)
class Readings:
    """Figures that carry weight, one row per date and group, in order of time.

    Attributes
    ----------
    time, value, sd : ndarray, shape (n,)
        Years; indicator's unit; standard deviation of the reading in that unit.
    low, high : ndarray, shape (n,)
        What the wording allows, in the unit.
    group : ndarray of int, shape (n,)
        ``0`` for figures that inform the level; other numbers share an unknown offset each.
    doubtful : ndarray of bool, shape (n_groups + 1,)
        For each group number, whether it is as likely to have no offset at all.
    notes : tuple of str
        What the reader of the forecast should know, in Chinese.
    """

    time: Array
    value: Array
    sd: Array
    low: Array
    high: Array
    group: NDArray[np.int64]
    doubtful: NDArray[np.bool_]
    notes: tuple[str, ...]

    @property
    def level(self) -> NDArray[np.bool_]:
        """Which rows inform the level."""
        return np.asarray(self.group == 0)

    @property
    def figures(self) -> int:
        """How many figures inform growth; of every group with an offset one is spent on it."""
        return len(self.time) - int(np.unique(self.group[~self.level]).size)


def read(evidence: Evidence) -> Readings:
    """Turn evidence into readings; years to date must be readings of their years by now.

    Raises
    ------
    ForecastDeclined
        When no figure informs the level.
    """
    notes: list[str] = []
    points = _usable(evidence, notes)
    own = [p for p in points if p.role is Role.OWN]
    doubtful = [p for p in points if p.role is Role.DOUBTFUL]
    if not own and not doubtful:
        raise ForecastDeclined(message("level_unknown" if points else "no_usable_figure"))
    anchor_group = None
    if not own:
        anchor = max(doubtful, key=lambda p: (p.time, str(p.published)))
        anchor_group = anchor.group
        notes.append(
            f"没有口径确定的数据；以最近一条待核实的数据（{anchor.label or anchor.value}）为水平基准。"
        )
    restated = {p.observation for p in evidence.restated}
    if restated:
        highest = max(evidence.restated, key=lambda p: p.lower)
        notes.append(
            f"累计数后来下调：曾报的{highest.label or highest.value}（{highest.period()}）不再作为下限，"
            "从最新一期起算；下调前的数只用于判断增速。"
        )
    members: dict[tuple[Role, str] | None, list[Point]] = {None: []}  # those that inform the level first
    for p in points:
        gone = p.observation in restated
        level = p.role is Role.OWN or (p.role is Role.DOUBTFUL and p.group == anchor_group)
        key = None if level and not gone else (p.role, _RESTATED if gone else p.group)
        members.setdefault(key, []).append(p)
    if not members[None]:
        raise ForecastDeclined(message("restated_to_zero"))
    doubts = [key is not None and key[0] is Role.DOUBTFUL and key[1] != _RESTATED for key in members]
    if any(p.role is Role.PROXY for p in points):
        notes.append("另有口径不同的替代数据，只用于判断增速，不用于判断水平。")
    if any(doubts):
        notes.append("部分数据可能换过口径：按“同口径”与“有固定偏差”两种假设加权。")
    rows = [row for number, same in enumerate(members.values()) for row in _merged(same, number)]
    rows = _latest(rows, notes)
    time, group, value, sd, low, high = np.array(rows, dtype=np.float64).T
    groups, offsets = group.astype(np.int64), np.array(doubts)
    return Readings(time, value, sd, low, high, groups, offsets, tuple(notes))


def _latest(rows: list[tuple[float, ...]], notes: list[str]) -> list[tuple[float, ...]]:
    """Rows in order of time: the informative ones of the level, and as many of all other groups together.

    What the model costs grows with the cube of their number, and what lies further back says next
    to nothing about the years ahead.
    """
    rows = sorted(rows)
    level = [row for row in rows if row[1] == 0]
    others = [row for row in rows if row[1] != 0]
    kept = sorted(_informative(level) + _informative(others))
    if len(kept) < len(rows):
        notes.append(
            f"数据多：本模型只用最近 {RECENT_DATES} 个日期的数和此前最近 {EARLIER_YEARS} 年每年最后一个数"
            f"（其他口径同样）；另有 {len(rows) - len(kept)} 个未用。"
        )
    return kept


def _informative(rows: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """All rows where there are few; else the latest, and the last of each year before them."""
    if len(rows) <= RECENT_DATES + EARLIER_YEARS:
        return rows
    earlier = {(row[1], math.ceil(row[0] - _SAME_DATE)): row for row in rows[:-RECENT_DATES]}
    return list(earlier.values())[-EARLIER_YEARS:] + rows[-RECENT_DATES:]


def _usable(evidence: Evidence, notes: list[str]) -> list[Point]:
    """Points that this model can use; a note for each kind left out.

    A total of zero says nothing of growth; a flow or a stock of zero does, beside one that is not.
    """
    points = list(evidence.with_role(Role.OWN, Role.DOUBTFUL, Role.PROXY))
    level = [p.value for p in points if p.role is Role.OWN]
    awkward = evidence.indicator.kind is not Kind.CUMULATIVE and min(level, default=1.0) <= 0 and any(level)
    if evidence.indicator.kind is not Kind.RATE and not awkward:
        positive = [p for p in points if p.value > 0]
        if len(positive) < len(points):
            notes.append(f"{len(points) - len(positive)} 条非正数值未用于本模型。")
        points = positive
    return points


def _merged(points: list[Point], number: int) -> list[tuple[float, ...]]:
    """One row per date: figures of the same date are averaged by precision.

    Their disagreement stays in the standard deviation: half their range at least.
    """
    by_date: dict[int, list[Point]] = defaultdict(list)
    for p in points:
        by_date[round(p.time / _SAME_DATE)].append(p)
    rows: list[tuple[float, ...]] = []
    for same in by_date.values():
        floor = 1e-6 * max(*(abs(p.value) for p in same), 1e-6)
        value, sd = same[0].value, same[0].sd
        if len(same) > 1:
            values = np.array([p.value for p in same])
            precision = np.array([max(p.sd, floor) for p in same]) ** -2.0
            value = float((values * precision).sum() / precision.sum())
            sd = max(float(precision.sum() ** -0.5), float(np.ptp(values)) / 2)
        if sd <= 2 * floor:  # the floor stands for exact; rounding alone may lift it a little
            sd = 0.0
        low, high = min(p.lower for p in same), max(p.upper for p in same)
        rows.append((same[0].time, float(number), value, sd, low, high))
    return rows
