"""Levers: what a scenario changes about a forecast, each a pure function of sample paths.

A lever moves every sample path, so the probability under a scenario follows from the paths like
any other. Levels (stocks and cumulative totals) are moved through their growth since a date;
flows and rates, which start anew each year, through the share of each year after it. Levers with a
size of zero change nothing, to the last bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.assessment.pace import is_level, mean_change, peer_growth
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import Text
from zerobay_analysis.ledger.notation import years_of
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.scenarios import text

Array = NDArray[np.float64]

_TINY = 1e-9


@dataclass(frozen=True)
class Baseline:
    """What a lever may know about the forecast that it moves.

    Attributes
    ----------
    indicator : Indicator
    years : ndarray of int, shape (n_years,)
        Columns of the paths.
    latest : tuple of (float, float) or None
        Time and value of the latest figure that carries the level (of a flow or a rate: of the
        latest whole year).
    known_until : float
        Time up to which figures tell what happened; minus infinity without a figure. Later than
        ``latest`` for a flow or a rate with a figure of the year to date.
    today : float
        Day of the assessment; a lever without a date of its own begins then.
    own : tuple of (float, float)
        Times and values of the figures of the plan's definition, in order of time.
    targets : mapping of int to float
    best : float or None
        Best change a year of a level, or best value of a flow or a rate, by the own figures.
    """

    indicator: Indicator
    years: NDArray[np.int64]
    latest: tuple[float, float] | None
    known_until: float
    today: float
    own: tuple[tuple[float, float], ...]
    targets: Mapping[int, float]
    best: float | None = None

    def from_time(self, start: date | None) -> float:
        """Time at which a lever begins: never before the latest figure, which is a fact."""
        return max(self.known_until, self.today if start is None else _begin(start))

    def after(self, time: float) -> Array:
        """Share of each year that lies after ``time``; shape (n_years,)."""
        return np.clip(self.years - time, 0.0, 1.0)

    def level_at(self, paths: Array, time: float) -> Array:
        """Value of every path at ``time``, straight between known times; shape (n_paths,)."""
        times, values = self.years.astype(np.float64), paths
        if self.latest is not None and self.latest[0] < times[0] - _TINY:  # it stands before the first year
            first = np.full((len(paths), 1), self.latest[1])
            times, values = np.append(self.latest[0], times), np.concatenate([first, paths], axis=1)
        if time <= times[0]:
            return values[:, 0]
        right = int(np.searchsorted(times, time - _TINY))
        if right >= len(times):
            return values[:, -1]
        if abs(times[right] - time) < _TINY:
            return values[:, right]
        share = (time - times[right - 1]) / (times[right] - times[right - 1])
        return np.asarray((1 - share) * values[:, right - 1] + share * values[:, right])


@dataclass(frozen=True)
class Finding:
    """A number that a lever found on the way, e.g. the pace that reaching the target takes."""

    name: Text
    value: float


Moved = tuple[Array, tuple[Finding, ...]]
LEVERS: dict[str, type[Lever]] = {}
"""Every lever by its identifier."""


class Lever(ABC):
    """One thing that is done to a forecast; see the module's notes.

    A subclass gives its identifier. Its name and, where it does not apply to a kind of indicator, why,
    stand in ``text.toml``; its fields are what an analyst writes in a file (:data:`form.KEYS`).
    """

    id: ClassVar[str]
    name: ClassVar[Text]
    kinds: ClassVar[frozenset[Kind]]

    def __init_subclass__(cls, key: str) -> None:
        """Register the lever."""
        cls.id, cls.name = key, text[f"NAME_{key.upper()}"]
        cls.kinds = frozenset(kind for kind in Kind if cls.why_not(kind) is None)
        LEVERS[key] = cls

    @classmethod
    def why_not(cls, kind: Kind) -> Text | None:
        """Why the lever does not apply to a kind of indicator; ``None`` where it does."""
        return text.named.get(f"WHY_NOT_{cls.id.upper()}_{kind.name}")

    def when(self, base: Baseline) -> float:
        """Time at which it begins to act; levers act in this order."""
        given = vars(self)
        return years_of(given["day"]) if "day" in given else base.from_time(given["start"])

    def check(self, indicator: Indicator) -> None:
        """Raise ``ParameterError`` where the lever cannot be pulled for ``indicator``."""
        why, short = self.why_not(indicator.kind), Text(indicator.short_zh, indicator.short_en)
        _reject(why is not None, "FOR_THIS_KIND", name=self.name, n=indicator.id, short=short, why=why)

    @abstractmethod
    def apply(self, paths: Array, base: Baseline) -> Moved:
        """Moved paths (the given ones stay as they are) and what was found.

        Raises
        ------
        ParameterError
            The figures that the lever needs are not there, or its date is in the past.
        """

    def text(self, lang: str, indicator: Indicator) -> str:
        """The lever in words."""
        given = vars(self)
        start, year, percent = given.get("start"), given.get("year"), given.get("percent", 0)
        how = "_SLOWER" if percent < 0 else "" if given.get("per_year") is None else "_AT"
        return text[f"LEVER_{self.id.upper()}{how}"].fill(
            lang,
            lever=self,
            size=abs(percent),
            since="" if start is None else text.SINCE.fill(lang, start=start),
            which=text.EVERY_TARGET.get(lang) if year is None else year,
            unit=change_unit(indicator, lang),
            percent=text.POINTS.get(lang) if indicator.kind is Kind.RATE else "%",
            of=indicator,
        )


def _begin(start: date) -> float:
    """The beginning of a day on the scale of years."""
    return years_of(start - timedelta(days=1))


def _reject(condition: bool, name: str, /, **facts: object) -> None:
    if condition:
        raise ParameterError(" / ".join(text.both(f"NOT_{name}", **facts)))


def change_unit(indicator: Indicator, lang: str = "zh") -> str:
    """Unit of a change of the indicator: percentage points for a rate."""
    return indicator.unit(lang) if indicator.kind is not Kind.RATE else text.POINTS_UNIT.get(lang)


def _follow(paths: Array, base: Baseline, time: float, pace: float) -> Moved:
    """The median keeps a change a year from ``time`` on; of a flow or a rate a value every year."""
    if not is_level(base.indicator):
        moved = _recentred(paths, np.full(len(base.years), pace), base.after(time))
        return moved, (Finding(Text("每年保持", "held every year"), pace),)
    level = float(np.median(base.level_at(paths, time)))
    moved = _recentred(paths, level + pace * (base.years - time), base.years > time)
    return moved, (Finding(Text("保持的每年变动", "change a year held"), pace),)


def _recentred(paths: Array, line: NDArray[Any], weight: NDArray[Any]) -> Array:
    """Shift every path so that the median moves towards ``line`` by ``weight``; spread stays."""
    medians = np.median(paths, axis=0)
    return np.asarray(paths + np.where(weight > 0, (line - medians) * weight, 0.0))


@dataclass(frozen=True)
class HoldPace(Lever, key="hold_pace"):
    """The recent pace goes on: the median follows it, the spread of the forecast stays.

    The recent pace is the mean change a year of the own figures of the last five years, or
    ``per_year`` where given (in the unit). A flow or a rate stays at its latest whole-year value,
    or at ``per_year``. Without ``start`` it begins today.
    """

    start: date | None = None
    per_year: float | None = None

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        level = is_level(base.indicator)
        pace = mean_change(base.own, level=level) if self.per_year is None else self.per_year
        if pace is None:
            raise ParameterError(" / ".join(text.both("NOT_RECENT", n=1 + level)))
        return _follow(paths, base, self.when(base), pace)


@dataclass(frozen=True)
class ReachTarget(Lever, key="reach_target"):
    """The median reaches the target exactly; the pace that takes is reported.

    Without ``start`` it begins today: the past cannot be changed. Without ``year`` it passes through
    every target that is left, in straight lines.
    """

    start: date | None = None
    year: int | None = None

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        time = self.when(base)
        goals = {y: t for y, t in sorted(base.targets.items()) if y > time and self.year in (None, y)}
        which = text.AFTER_THAT_DATE if self.year is None else Text(f"{self.year}", f"for {self.year}")
        _reject(not goals, "NO_TARGET", which=which)
        if not is_level(base.indicator):
            line = np.array([goals.get(int(year), 0.0) for year in base.years])
            found = tuple(Finding(Text(f"{y} 年须达到", f"needed in {y}"), t) for y, t in goals.items())
            return _recentred(paths, line, np.isin(base.years, [*goals])), found
        level = float(np.median(base.level_at(paths, time)))
        times, values = [time, *goals], [level, *goals.values()]
        paces = np.diff(values) / np.diff(times)
        beyond = np.maximum(base.years - times[-1], 0)
        line = np.interp(base.years, times, values) + paces[-1] * beyond
        found = tuple(
            Finding(Text(f"至 {year} 年每年须变动", f"change a year needed to {year}"), float(pace))
            for year, pace in zip(goals, paces, strict=True)
        )
        return _recentred(paths, line, base.years > time), found


@dataclass(frozen=True)
class ChangePace(Lever, key="pace"):
    """Speed up or slow down by a percentage from a date.

    A level's growth in the wanted direction since ``start`` is multiplied; a path that moves the
    wrong way stays. A flow is multiplied for the part of each year after ``start``.
    """

    start: date
    percent: float

    def __post_init__(self) -> None:
        _reject(self.percent < -100, "SO_SLOW")

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        time, factor = self.when(base), self.percent / 100
        if not is_level(base.indicator):
            return paths * (1 + factor * base.after(time)), ()
        direction = base.indicator.direction
        gained = np.maximum(direction * (paths - base.level_at(paths, time)[:, None]), 0.0)
        return paths + direction * factor * gained * (base.years > time), ()


@dataclass(frozen=True)
class Step(Lever, key="step"):
    """A one-off change on a day: a level keeps it, a flow or a rate has it in that year only."""

    day: date
    amount: float

    def check(self, indicator: Indicator) -> None:
        """See :meth:`Lever.check`."""
        super().check(indicator)
        _reject(indicator.kind is Kind.CUMULATIVE and self.amount < 0, "FALLING", n=indicator.id)

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        _reject(years_of(self.day) <= base.known_until + _TINY, "PAST", day=self.day)
        time = years_of(self.day)
        hit = base.years >= time - _TINY
        if not is_level(base.indicator):
            hit &= base.years < time + 1 - _TINY
        return paths + self.amount * hit, ()


@dataclass(frozen=True)
class Attrition(Lever, key="attrition"):
    """A share of the stock lapses every year from a date on, beyond what the forecast holds.

    What the forecast adds in a year starts to lapse in the next; what it loses it loses in
    proportion to what is still there.
    """

    start: date
    percent_per_year: float

    def __post_init__(self) -> None:
        _reject(not 0 <= self.percent_per_year <= 100, "A_SHARE")

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        time, moved = self.when(base), paths.copy()
        lost = np.zeros(len(paths))
        for column, (year, share) in enumerate(zip(base.years, base.after(time), strict=True)):
            kept = (1 - self.percent_per_year / 100) ** share
            before, now = base.level_at(paths, max(float(year) - 1, time)), paths[:, column]
            stays = np.divide(np.minimum(now, before), before, out=np.ones_like(now), where=before > 0)
            left = (before - lost) * kept * stays + np.maximum(now - before, 0.0)
            lost = now - left if share > 0 else lost
            moved[:, column] = now - lost
        return moved, ()


@dataclass(frozen=True)
class Shock(Lever, key="shock"):
    """A blow on a day that fades along a straight line.

    ``size`` is in percent, in percentage points for a rate. A stock is lower by it; a flow and the
    additions to a cumulative total are, averaged over each year.
    """

    day: date
    size: float
    recovery_years: float

    def __post_init__(self) -> None:
        _reject(self.size < -100, "SO_HARD")
        _reject(self.recovery_years <= 0, "AT_ONCE")

    def _left(self, time: Array) -> Array:
        """Share of the blow that is left at ``time``."""
        since = time - years_of(self.day)
        return np.where(since >= -_TINY, np.clip(1 - since / self.recovery_years, 0.0, 1.0), 0.0)

    def _left_over_year(self, years: NDArray[np.int64]) -> Array:
        """The same averaged over each year: the integral of a triangle."""
        day, length = years_of(self.day), self.recovery_years

        def area(time: Array) -> Array:
            since = np.clip(time - day, 0.0, length)
            return np.asarray(since - since**2 / (2 * length))

        end = years.astype(np.float64)
        return np.asarray(area(end) - area(end - 1.0))

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        _reject(years_of(self.day) <= base.known_until + _TINY, "PAST", day=self.day)
        kind, averaged = base.indicator.kind, self._left_over_year(base.years)
        if kind is Kind.RATE:
            return paths + self.size * averaged, ()
        if kind is Kind.STOCK:
            return paths * (1 + self.size / 100 * self._left(base.years.astype(np.float64))), ()
        if kind is Kind.FLOW:
            return paths * (1 + self.size / 100 * averaged), ()
        before = np.stack([base.level_at(paths, float(year) - 1) for year in base.years], axis=1)
        fewer = (paths - before) * (self.size / 100 * averaged)
        return paths + np.cumsum(fewer, axis=1), ()


@dataclass(frozen=True)
class EarlierTrend(Lever, key="earlier_trend"):
    """Return, within some years, to the straight line of an earlier period."""

    start: date
    trend_from: date
    trend_to: date
    over_years: float

    def __post_init__(self) -> None:
        _reject(self.over_years <= 0, "RETURN_AT_ONCE")
        _reject(self.trend_to <= self.trend_from, "BACKWARDS")

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        time = self.when(base)
        first, last = _begin(self.trend_from), years_of(self.trend_to)
        inside = [(t, v) for t, v in base.own if first - _TINY <= t <= last + _TINY]
        _reject(len(inside) < 2, "NO_TREND", first=self.trend_from, last=self.trend_to)
        (t0, v0), (t1, v1) = inside[0], inside[-1]
        pace = (v1 - v0) / (t1 - t0)
        weight = np.clip((base.years - time) / self.over_years, 0.0, 1.0)
        moved = _recentred(paths, v1 + pace * (base.years - t1), weight)
        return moved, (Finding(Text("早先趋势每年变动", "change a year of the earlier trend"), pace),)


@dataclass(frozen=True)
class BestPace(Lever, key="best_pace"):
    """Every year is like the best of the indicator's own record; the spread of the forecast stays.

    The best change a year of a level, the best value of a flow or a rate, in the wanted direction.
    Without ``start`` it begins today.
    """

    start: date | None = None

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        if base.best is None:
            raise ParameterError(" / ".join(text.NOT_BEST))
        return _follow(paths, base, self.when(base), base.best)


@dataclass(frozen=True)
class PeerQuarter(Lever, key="peer_quarter"):
    """The pace of the upper quarter of the indicator's reference class; the spread of the forecast stays.

    A factor a year that a quarter of comparable series keep up for three years. Without ``start`` it
    begins today.
    """

    start: date | None = None

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        time, growth = self.when(base), peer_growth(base.indicator)
        if is_level(base.indicator):
            level, ahead = float(np.median(base.level_at(paths, time))), np.maximum(base.years - time, 0.0)
            moved = _recentred(paths, level * growth**ahead, base.years > time)
        else:
            latest = base.latest or (float(base.years[0]), float(np.median(paths[:, 0])))
            moved = _recentred(paths, latest[1] * growth ** (base.years - latest[0]), base.after(time))
        return moved, (Finding(Text("每年为上年的倍数", "factor a year"), growth),)


@dataclass(frozen=True)
class Halt(Lever, key="halt"):
    """Nothing is added any more: a level stays where it is, a flow ends; the spread of the forecast stays."""

    start: date | None = None

    def apply(self, paths: Array, base: Baseline) -> Moved:
        """See :meth:`Lever.apply`."""
        if is_level(base.indicator):
            return _follow(paths, base, self.when(base), 0.0)[0], ()
        return paths * (1 - base.after(self.when(base))), ()


@dataclass(frozen=True)
class PulledLever:
    """A lever and the indicator that it is pulled for."""

    indicator: int
    lever: Lever


@dataclass(frozen=True)
class Scenario:
    """A named set of levers; those of one indicator act in the order of their dates.

    Attributes
    ----------
    name : Text
    levers : tuple of PulledLever
    note : str
    """

    name: Text
    levers: tuple[PulledLever, ...]
    note: str = ""

    @property
    def indicators(self) -> tuple[int, ...]:
        """Indicators that it changes, in the order of the levers."""
        return tuple(dict.fromkeys(pulled.indicator for pulled in self.levers))

    def for_indicator(self, number: int) -> tuple[Lever, ...]:
        """Levers of one indicator, in the order of the file."""
        return tuple(pulled.lever for pulled in self.levers if pulled.indicator == number)
