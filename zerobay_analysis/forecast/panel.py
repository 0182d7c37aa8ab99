"""Many short yearly series at once: long frame in, long frame out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import DataError, ParameterError, Refused, message
from zerobay_analysis.forecast.posterior import Posterior, posterior
from zerobay_analysis.forecast.prior import GENERAL, as_shares, load_prior
from zerobay_analysis.plan import Kind

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LONGEST_HISTORY = 40
"""Only the latest points up to this many inform a series; older ones are left out."""
MAX_SIZE = 1e15
"""Size beyond which a value is refused: from about 9e15 on double precision skips whole numbers, and
squares of larger ones overflow on the way; no quantity of a plan is a thousandth of it."""
COUNT_FIGURES, SMALL_COUNT = 2, 32.0
"""Histories of so few whole numbers, in the mean below the second, are counts: those are noisier for being
small, which so few figures don't tell; from more of them the series' own noise does (tried.md)."""
CHUNK = 1000
"""Series handled at once; bounds the memory."""


_Check = tuple[NDArray[np.bool_], str, str]
"""Which rows are wrong, in which column, and the kind of problem."""


@dataclass(frozen=True)
class _Batch:
    """Series that share the pattern of their years; ``rows`` are positions in the panel."""

    rows: NDArray[np.int64]
    times: tuple[float, ...]
    values: Array


@dataclass(frozen=True)
class _Panel:
    ids: list[object]
    last_year: NDArray[np.int64]
    batches: list[_Batch]


def forecast_panel(
    frame: pd.DataFrame,
    horizon: int,
    quantiles: Sequence[float] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95),
    kind: Kind | str = Kind.STOCK,
    reference_class: str = GENERAL,
) -> pd.DataFrame:
    """Forecast every series of a long frame with a reference class.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``unique_id``, ``ds`` (whole years) and ``y``, one row per series and year, in any
        order. One point per series is enough; years may be missing; of a long series the latest
        :data:`LONGEST_HISTORY` points are used.
    horizon : int
        Years ahead of each series' own last year.
    quantiles : sequence of float
        Strictly between 0 and 1.
    kind : Kind or str
        ``"stock"``, ``"cumulative"``, ``"flow"`` for quantities, where counts with a zero and
        series with a negative value have laws of their own; ``"rate"`` for percent, where changes
        are in points. ``"cumulative"`` forecasts never fall below the last value.
    reference_class : str
        What the series are like: a name that ``zerobay classes`` lists. A class without growth
        rates of its own means the general ones where ``kind`` is ``"rate"``.

    Returns
    -------
    pandas.DataFrame
        ``unique_id, ds, mean`` and one ``q0.05``-style column per quantile, in order of
        ``unique_id`` and ``ds``. ``mean`` is the mean of the central 99 %.

    Raises
    ------
    DataError
        With every problem of the frame at once.
    ParameterError
        For a horizon, a quantile, a kind or a reference class outside its range.
    """
    import pandas as pd

    kind, horizon, wanted = _checked_kind(kind), _checked_horizon(horizon), _checked_quantiles(quantiles)
    panel = _read(frame, kind)
    n = len(panel.ids)
    found = np.empty((n, horizon, wanted.size))
    mean = np.empty((n, horizon))
    for rows, floor, answer in _answers(panel, horizon, kind, reference_class):
        for step in range(horizon):
            values, centre = answer.mixture(step).quantiles(wanted)
            found[rows, step] = np.maximum(values, floor[:, None])
            mean[rows, step] = np.maximum(centre, floor)
    columns = {
        "unique_id": np.repeat(np.asarray(panel.ids, dtype=object), horizon),
        "ds": (panel.last_year[:, None] + np.arange(1, horizon + 1)).ravel(),
        "mean": mean.ravel(),
    }
    columns |= {f"q{q:g}": found[:, :, position].ravel() for position, q in enumerate(wanted)}
    return pd.DataFrame(columns)


def prob_panel(
    frame: pd.DataFrame,
    targets: pd.DataFrame,
    kind: Kind | str = Kind.STOCK,
    reference_class: str = GENERAL,
) -> pd.DataFrame:
    """Probability that each series is at or above a target in a later year.

    Parameters
    ----------
    frame : pandas.DataFrame
        As for :func:`forecast_panel`.
    targets : pandas.DataFrame
        Columns ``unique_id``, ``ds`` (a whole year after the last year of that series) and
        ``target``; any number of rows per series.
    kind, reference_class
        As for :func:`forecast_panel`.

    Returns
    -------
    pandas.DataFrame
        ``targets`` with a column ``p``; same rows, same order.

    Raises
    ------
    DataError
        With every problem of either frame at once.
    """
    import pandas as pd

    kind = _checked_kind(kind)
    panel = _read(frame, kind)
    position, step, target = _checked_targets(panel, targets)
    p = np.empty(len(target))
    horizon = int(step.max()) if step.size else 1
    asked_of = pd.Series(position).groupby(position).indices
    for rows, floor, answer in _answers(panel, horizon, kind, reference_class):
        of_row = [asked_of.get(row, step[:0]) for row in rows.tolist()]
        mine, inside = np.concatenate(of_row), np.repeat(np.arange(len(rows)), [len(of) for of in of_row])
        for h in np.unique(step[mine]):
            which = step[mine] == h
            asked, local = mine[which], inside[which]
            mixture = answer.select(local).mixture(int(h) - 1)
            at_least = 1.0 - mixture.cdf(target[asked][:, None])[:, 0]
            p[asked] = np.where(target[asked] <= floor[local], 1.0, at_least)
    return targets.assign(p=p)


def _answers(
    panel: _Panel, horizon: int, kind: Kind, reference_class: str
) -> Iterator[tuple[NDArray[np.int64], Array, Posterior]]:
    """Posterior of each batch, in chunks: rows of the panel, floor of each, predictions."""
    ahead = tuple(float(h) for h in range(1, horizon + 1))
    shares = as_shares(reference_class)
    for batch in panel.batches:
        law = law_of(batch.values, rate=kind is Kind.RATE, small=kind is not Kind.CUMULATIVE)
        components = getattr(load_prior(), law).at(len(batch.times), shares)
        centre = load_prior().rate_centre if law == "rate" else None
        for begin in range(0, len(batch.rows), CHUNK):
            rows, values = batch.rows[begin : begin + CHUNK], batch.values[begin : begin + CHUNK]
            floor = values[:, -1] if kind is Kind.CUMULATIVE else np.full(len(rows), -np.inf)
            if law != "rate":
                floor = np.where(values.min(axis=1) >= 0, np.maximum(floor, 0.0), floor)
            unit, positive = unit_of(law, values), law == "quantity"
            answer = posterior(
                components, batch.times, values, ahead, positive=positive, unit=unit, centre=centre
            )
            yield rows, floor, answer


def law_of(values: Array, *, rate: bool, small: bool = True) -> str:
    """Part of the prior for histories on the same side of zero: ``quantity, rate, signed`` or ``count``.

    Counts are whole numbers with a zero among them and, if ``small``, the few that are small.
    """
    if rate:
        return "rate"
    whole = bool((values >= 0).all() and (values == np.round(values)).all())
    if (values > 0).all():
        few = small and values.shape[-1] <= COUNT_FIGURES and float(values.mean()) < SMALL_COUNT
        return "count" if whole and few else "quantity"
    return "count" if whole else "signed"


def unit_of(law: str, values: Array) -> Array:
    """What each row of ``values`` is divided by, see :class:`~zerobay_analysis.forecast.prior.Prior`."""
    if law == "quantity":
        return np.asarray(np.exp(np.log(values).mean(axis=1)))
    size = np.asarray(np.abs(values).mean(axis=1))
    if law == "rate":
        return np.ones(len(values))
    return np.asarray(np.sqrt(size)) if law == "count" else size


def _checked_kind(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise ParameterError(message("kind_unknown", given=kind, known=", ".join(Kind))) from None


def _checked_horizon(horizon: int) -> int:
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or not 1 <= horizon <= 50:
        raise ParameterError(message("horizon_range", given=horizon))
    return int(horizon)


def _checked_quantiles(quantiles: Sequence[float]) -> Array:
    try:
        wanted = np.asarray(list(quantiles), dtype=np.float64)
    except (TypeError, ValueError):
        wanted = np.array([np.nan])
    if wanted.ndim != 1 or wanted.size == 0 or not ((wanted > 0) & (wanted < 1)).all():
        raise ParameterError(message("quantile_range", given=quantiles))
    if len({f"{q:g}" for q in wanted}) < wanted.size:
        raise ParameterError(message("quantile_twice", given=quantiles))
    return wanted


def _read(frame: pd.DataFrame, kind: Kind) -> _Panel:
    """Check the frame and group its series by the pattern of their years."""
    _check_frame(frame, ("unique_id", "ds", "y"), "frame")
    ids = frame["unique_id"]
    years = _numbers(frame["ds"])
    values = _numbers(frame["y"])
    _check_rows(frame, years, values)
    codes, unique = _ordered_names(ids)
    order = np.lexsort((years, codes))
    codes, values = codes[order], values[order]
    whole = years[order].astype(np.int64)
    begin = np.flatnonzero(np.r_[True, np.diff(codes) > 0])
    end = np.r_[begin[1:], len(codes)]
    zero = unique[np.maximum.reduceat(np.abs(values), begin) == 0] if kind is not Kind.RATE else ()
    if len(zero):
        raise DataError(Refused("all_zero").at("frame", None, "y", name) for name in zero)
    begin = np.maximum(begin, end - LONGEST_HISTORY)
    return _Panel(
        list(unique), whole[end - 1], _batches(whole, values, begin, end, kind is not Kind.CUMULATIVE)
    )


def _ordered_names(ids: pd.Series) -> tuple[NDArray[np.int64], pd.Index[Any]]:
    """Number of each row's series, and the names in order."""
    import pandas as pd

    try:
        return pd.factorize(ids, sort=True)
    except TypeError:  # bytes beside numbers, say
        kinds = ", ".join(sorted({type(name).__name__ for name in ids}))
        raise DataError([Refused("names_unordered").at("frame", None, "unique_id", kinds)]) from None


def _batches(
    years: NDArray[np.int64],
    values: Array,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    small: bool,
) -> list[_Batch]:
    """Series with the same years relative to their last one, and the same law."""
    groups: dict[tuple[str, bytes], list[int]] = {}
    for row, (a, b) in enumerate(zip(begin, end, strict=True)):
        key = (law_of(values[a:b], rate=False, small=small), (years[a:b] - years[b - 1]).tobytes())
        groups.setdefault(key, []).append(row)
    batches = []
    for (_, pattern), rows in groups.items():
        times = tuple(np.frombuffer(pattern, dtype=np.int64).astype(float))
        index = begin[rows][:, None] + np.arange(len(times))
        batches.append(_Batch(np.asarray(rows, dtype=np.int64), times, values[index]))
    return batches


def _check_frame(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(message("not_a_frame", name=name))
    require_columns(frame.columns, columns, name)
    problems = [Refused("panel_empty").at(name)] if frame.empty else []
    if not problems:
        twice = [column for column in columns if isinstance(frame[column], pd.DataFrame)]
        problems = [Refused("panel_column_twice").at(name, None, column) for column in twice]
    if not problems and frame["unique_id"].dtype == object:
        problems = [
            Refused("no_series_name").at(name, row, "unique_id", one)
            for row, one in enumerate(frame["unique_id"], start=1)
            if not pd.api.types.is_hashable(one)
        ]
    if problems:
        raise DataError(problems)


def require_columns(held: Collection[object], columns: tuple[str, ...], name: str) -> None:
    """Raise a ``DataError`` for every column that the frame ``name`` does not hold."""
    missing = [column for column in columns if column not in held]
    if missing:
        needed = Refused("panel_column_missing", columns=", ".join(columns))
        raise DataError(needed.at(name, None, column) for column in missing)


def _numbers(column: pd.Series) -> Array:
    """A column as floating-point numbers; what is none, or too large to be one, is missing."""
    import pandas as pd

    if column.dtype.kind in "Oc":
        odd = [isinstance(c, complex) or (isinstance(c, int) and abs(c) >= 2**63) for c in column]
        column = column.astype(object).mask(np.array(odd, dtype=np.bool_))
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse(frame: pd.DataFrame, name: str, checks: Iterable[_Check]) -> None:
    """Raise for every row that a check marks; row numbers count from 1, without the header."""
    problems = [
        Refused(key, size=MAX_SIZE).at(name, int(row) + 1, column, frame[column].iloc[row])
        for bad, column, key in checks
        for row in np.flatnonzero(bad)
    ]
    if problems:
        raise DataError(problems)


def _check_rows(frame: pd.DataFrame, years: Array, values: Array) -> None:
    """Refuse everything that is wrong with single rows."""
    import pandas as pd

    bad_year = ~np.isfinite(years) | (years != np.round(years)) | (np.abs(years) > 9999)
    known = pd.DataFrame({"id": frame["unique_id"].to_numpy(), "ds": years})
    nameless, twice = frame["unique_id"].isna().to_numpy(), known.duplicated().to_numpy() & ~bad_year
    checks = (
        (nameless, "unique_id", "series_nameless"),
        (bad_year, "ds", "not_whole_year"),
        (~np.isfinite(values), "y", "y_not_finite"),
        (np.isfinite(values) & (np.abs(values) > MAX_SIZE), "y", "too_large_to_forecast"),
        (twice, "ds", "year_twice"),
    )
    _refuse(frame, "frame", checks)


def _checked_targets(
    panel: _Panel, targets: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Row of the panel, years ahead and value of every target."""
    import pandas as pd

    _check_frame(targets, ("unique_id", "ds", "target"), "targets")
    position = pd.Index(panel.ids).get_indexer(pd.Index(targets["unique_id"]))
    years = _numbers(targets["ds"])
    value = _numbers(targets["target"])
    step = years - panel.last_year[position]
    unknown, after = position < 0, (step >= 1) & (step <= 50) & (step == np.round(step))
    checks = (
        (unknown, "unique_id", "no_such_series"),
        (~unknown & ~after, "ds", "year_not_ahead"),
        (~np.isfinite(value), "target", "target_not_finite"),
        (np.isfinite(value) & (np.abs(value) > MAX_SIZE), "target", "too_large_to_forecast"),
    )
    _refuse(targets, "targets", checks)
    return position.astype(np.int64), step.astype(np.int64), value
