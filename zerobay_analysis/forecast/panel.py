"""Many short yearly series at once: long frame in, long frame out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import DataError, ParameterError, Problem
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


_TOO_LARGE = (
    f"绝对值超过 {MAX_SIZE:g} / beyond {MAX_SIZE:g} in size",
    "核对单位和小数点，或换用更大的单位 / check unit and decimal point, or use a larger unit",
)
_Check = tuple[NDArray[np.bool_], str, str, str]
"""Which rows are wrong, the column, what is wrong with it, and the cure."""
_NOT_A_NUMBER = "不是有限的数 / not a finite number"


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

    kind = _checked_kind(kind)
    horizon = _checked_horizon(horizon)
    wanted = _checked_quantiles(quantiles)
    panel = _read(frame, kind)
    n = len(panel.ids)
    found = np.empty((n, horizon, wanted.size))
    mean = np.empty((n, horizon))
    for rows, floor, answer in _answers(panel, horizon, kind, reference_class):
        for step in range(horizon):
            values, centre = answer.mixture(step).quantiles(wanted)
            found[rows, step] = np.maximum(values, floor[:, None])
            mean[rows, step] = np.maximum(centre, floor)
    ahead = np.arange(1, horizon + 1)
    table = pd.DataFrame(
        {
            "unique_id": np.repeat(np.asarray(panel.ids, dtype=object), horizon),
            "ds": (panel.last_year[:, None] + ahead).ravel(),
            "mean": mean.ravel(),
        }
    )
    for position, q in enumerate(wanted):
        table[f"q{q:g}"] = found[:, :, position].ravel()
    return table


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
    kind = _checked_kind(kind)
    panel = _read(frame, kind)
    position, step, target = _checked_targets(panel, targets)
    p = np.empty(len(target))
    horizon = int(step.max()) if step.size else 1
    order = np.argsort(position, kind="stable")
    for rows, floor, answer in _answers(panel, horizon, kind, reference_class):
        place = {int(row): i for i, row in enumerate(rows)}
        first = np.searchsorted(position[order], rows, side="left")
        final = np.searchsorted(position[order], rows, side="right")
        mine = np.concatenate([order[a:b] for a, b in zip(first, final, strict=True)] or [order[:0]])
        inside = np.array([place[int(position[i])] for i in mine], dtype=np.int64)
        for h in np.unique(step[mine]):
            which = step[mine] == h
            asked, local = mine[which], inside[which]
            mixture = answer.select(local).mixture(int(h) - 1)
            at_least = 1.0 - mixture.cdf(target[asked][:, None])[:, 0]
            p[asked] = np.where(target[asked] <= floor[local], 1.0, at_least)
    result = targets.copy()
    result["p"] = p
    return result


def _answers(
    panel: _Panel, horizon: int, kind: Kind, reference_class: str
) -> Iterator[tuple[NDArray[np.int64], Array, Posterior]]:
    """Posterior of each batch, in chunks: rows of the panel, floor of each, predictions."""
    ahead = tuple(float(h) for h in range(1, horizon + 1))
    shares = as_shares(reference_class)
    for batch in panel.batches:
        law = law_of(batch.values, rate=kind is Kind.RATE, small=kind is not Kind.CUMULATIVE)
        components = getattr(load_prior(), law).at(len(batch.times), shares)
        for begin in range(0, len(batch.rows), CHUNK):
            rows, values = batch.rows[begin : begin + CHUNK], batch.values[begin : begin + CHUNK]
            floor = values[:, -1] if kind is Kind.CUMULATIVE else np.full(len(rows), -np.inf)
            if law != "rate":
                floor = np.where(values.min(axis=1) >= 0, np.maximum(floor, 0.0), floor)
            answer = posterior(
                components,
                batch.times,
                values,
                ahead,
                positive=law == "quantity",
                unit=unit_of(law, values),
                centre=load_prior().rate_centre if law == "rate" else None,
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
        known = ", ".join(k.value for k in Kind)
        raise ParameterError(
            f"未知类别 {kind!r}；可选 / unknown kind {kind!r}; choose from: {known}"
        ) from None


def _checked_horizon(horizon: int) -> int:
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or not 1 <= horizon <= 50:
        raise ParameterError(
            f"预测年数须为 1 到 50 的整数，而不是 {horizon!r} / horizon must be a whole number from 1 to 50"
        )
    return int(horizon)


def _checked_quantiles(quantiles: Sequence[float]) -> Array:
    try:
        wanted = np.asarray(list(quantiles), dtype=np.float64)
    except (TypeError, ValueError):
        wanted = np.array([np.nan])
    if wanted.ndim != 1 or wanted.size == 0 or not ((wanted > 0) & (wanted < 1)).all():
        raise ParameterError(
            f"分位数须在 0 与 1 之间，而不是 {quantiles!r} / quantiles must lie strictly between 0 and 1"
        )
    if len({f"{q:g}" for q in wanted}) < wanted.size:
        raise ParameterError(f"分位数重复 / a quantile stands twice: {quantiles!r}")
    return wanted


def _read(frame: pd.DataFrame, kind: Kind) -> _Panel:
    """Check the frame and group its series by the pattern of their years."""
    _require_columns(frame, ("unique_id", "ds", "y"), "frame")
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
        message = "全部为零，无从判断量级 / every value is zero, so its size is unknown"
        cure = "去掉该序列，或补上非零年份 / leave the series out or add a year that is not zero"
        raise DataError([Problem("frame", None, "y", str(name), message, cure) for name in zero])
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
        message = "序列名的类型不同，排不出顺序 / names of series are of kinds that have no common order"
        cure = "都写成文字 / write all of them as text"
        raise DataError([Problem("frame", None, "unique_id", kinds, message, cure)]) from None


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


def _require_columns(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(f"{name} 须为 pandas.DataFrame / {name} must be a pandas.DataFrame")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        cure = f"需要列 / needs the columns: {', '.join(columns)}"
        raise DataError(
            Problem(name, None, column, "", "缺少这一列 / column is missing", cure) for column in missing
        )
    if frame.empty:
        nothing = ("没有任何数据行 / no rows", "至少给出一行 / give at least one row")
        raise DataError([Problem(name, None, None, "", *nothing)])
    problems = [
        Problem(name, None, column, "", "列重复 / column stands twice", "只留一列 / keep one of them")
        for column in columns
        if isinstance(frame[column], pd.DataFrame)
    ]
    message, cure = "不能作序列名 / no name of a series", "写成文字或数字 / write a text or a number"
    if not problems and frame["unique_id"].dtype == object:
        problems = [
            Problem(name, row, "unique_id", _shown(one), message, cure)
            for row, one in enumerate(frame["unique_id"], start=1)
            if not _hashable(one)
        ]
    if problems:
        raise DataError(problems)


def _numbers(column: pd.Series) -> Array:
    """A column as floating-point numbers; what is none, or too large to be one, is missing."""
    import pandas as pd

    if column.dtype.kind in "Oc":
        odd = [isinstance(c, complex) or (isinstance(c, int) and abs(c) >= 2**63) for c in column]
        column = column.astype(object).mask(np.array(odd, dtype=np.bool_))
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _hashable(name: object) -> bool:
    try:
        hash(name)
    except TypeError:
        return False
    return True


def _shown(cell: object) -> str:
    """A cell as text that can be printed, whatever it is."""
    return str(cell).encode("utf-8", "backslashreplace").decode("utf-8")


def _refuse(frame: pd.DataFrame, name: str, checks: Iterable[_Check]) -> None:
    """Raise for every row that a check marks; row numbers count from 1, without the header."""
    problems = [
        Problem(name, int(row) + 1, column, _shown(frame[column].iloc[row]), message, cure)
        for bad, column, message, cure in checks
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
    once = ("同一序列同一年出现两次 / year stands twice", "每年只留一行 / keep one row per year")
    checks = (
        (nameless, "unique_id", "序列名为空 / no name", "填写 unique_id / fill it in"),
        (bad_year, "ds", "不是整数年份 / not a whole year", "写成 2024 这样的年份 / write 2024"),
        (~np.isfinite(values), "y", _NOT_A_NUMBER, "删去该行或填上数值 / drop the row or fill it in"),
        (np.isfinite(values) & (np.abs(values) > MAX_SIZE), "y", *_TOO_LARGE),
        (twice, "ds", *once),
    )
    _refuse(frame, "frame", checks)


def _checked_targets(
    panel: _Panel, targets: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Row of the panel, years ahead and value of every target."""
    import pandas as pd

    _require_columns(targets, ("unique_id", "ds", "target"), "targets")
    position = pd.Index(panel.ids).get_indexer(pd.Index(targets["unique_id"]))
    years = _numbers(targets["ds"])
    value = _numbers(targets["target"])
    step = years - panel.last_year[position]
    unknown, after = position < 0, (step >= 1) & (step <= 50) & (step == np.round(step))
    same = ("没有这个序列 / no such series", "与 frame 的 unique_id 一致 / use one of frame")
    late = (
        "不是该序列最后一年之后 1 到 50 年的整数年份 / not 1 to 50 whole years after the last",
        "改成以后的年份 / give a later year",
    )
    checks = (
        (unknown, "unique_id", *same),
        (~unknown & ~after, "ds", *late),
        (~np.isfinite(value), "target", _NOT_A_NUMBER, "填上目标值 / fill it in"),
        (np.isfinite(value) & (np.abs(value) > MAX_SIZE), "target", *_TOO_LARGE),
    )
    _refuse(targets, "targets", checks)
    return position.astype(np.int64), step.astype(np.int64), value
