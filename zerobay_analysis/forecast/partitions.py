"""A panel too large for one machine: Dask DataFrame in, Dask DataFrame out (extra ``cluster``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from zerobay_analysis.errors import DataError, ParameterError, Refused, message
from zerobay_analysis.forecast.panel import forecast_panel, require_columns
from zerobay_analysis.forecast.prior import GENERAL
from zerobay_analysis.plan import Kind

if TYPE_CHECKING:
    import dask.dataframe as dd
    import pandas as pd


NAMED = 5
"""Series that an error names, of those that have it."""


def forecast_partitions(
    frame: dd.DataFrame,
    horizon: int,
    quantiles: Sequence[float] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95),
    kind: Kind | str = Kind.STOCK,
    reference_class: str = GENERAL,
    *,
    shuffle: bool = False,
) -> dd.DataFrame:
    """Forecast every series of a partitioned panel; each figure is that of ``forecast_panel``.

    A series is forecast on its own, without random numbers, so that neither the number of
    partitions nor their order changes a figure, but for the rounding in the thirteenth digit and
    after: sums over many series at once are added in another order. A series must lie whole in one
    partition.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
        Columns ``unique_id``, ``ds`` and ``y`` as for ``forecast_panel``; ``unique_id`` may be the
        index instead.
    horizon, quantiles, kind, reference_class
        As for ``forecast_panel``.
    shuffle : bool
        Bring every series into one partition first, which moves the whole panel once. Without it,
        the names alone are read to make sure of that; with ``unique_id`` as an index with known
        divisions (``frame.set_index("unique_id")``) nothing need be read.

    Returns
    -------
    dask.dataframe.DataFrame
        Columns of ``forecast_panel``, as many partitions as ``frame``, not computed yet; within a
        partition in order of ``unique_id`` and ``ds``. ``unique_id`` keeps its type.

    Raises
    ------
    ParameterError
        For a horizon, a quantile, a kind or a reference class outside its range, at once.
    DataError
        At once: a column is missing, or a series lies in several partitions. When computed: the
        problems of the rows of one partition, which its first series names.
    """
    frame, whole = _with_names(frame)
    asked = {"horizon": horizon, "quantiles": tuple(quantiles), "kind": kind}
    asked["reference_class"] = reference_class
    meta = _meta(frame._meta, asked)
    if shuffle:
        frame = frame.shuffle("unique_id", npartitions=frame.npartitions)
    elif not whole:
        _require_whole_series(frame)
    forecast = frame.map_partitions(_forecast, asked, meta=meta, enforce_metadata=False)
    return cast("dd.DataFrame", forecast)


def _with_names(frame: dd.DataFrame) -> tuple[dd.DataFrame, bool]:
    """The frame with a column ``unique_id``, and whether its divisions say that series are whole."""
    try:
        import dask.dataframe as dd
    except ImportError:
        raise ParameterError(message("no_partitions_package")) from None
    if not isinstance(frame, dd.DataFrame):
        raise ParameterError(message("not_partitioned", given=type(frame).__name__))
    whole = frame.index.name == "unique_id" and frame.known_divisions
    if "unique_id" not in frame.columns and frame.index.name == "unique_id":
        frame = frame.reset_index()
    require_columns(frame.columns, ("unique_id", "ds", "y"), "frame")
    return frame[["unique_id", "ds", "y"]], whole


def _meta(like: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    """Columns and types of the answer; checks the parameters by asking for one small forecast."""
    import pandas as pd

    one = forecast_panel(pd.DataFrame({"unique_id": ["a"], "ds": [2025], "y": [1.0]}), **asked)
    return one.iloc[:0].astype({"unique_id": like["unique_id"].dtype})


def _require_whole_series(frame: dd.DataFrame) -> None:
    """Read the names alone and refuse a series that lies in several partitions."""
    names = frame["unique_id"].map_partitions(lambda part: part.drop_duplicates()).compute()
    twice = sorted({str(name) for name in names[names.duplicated()]})
    if twice:
        left = f" 等 {len(twice)} 个 / {len(twice)} in all" if len(twice) > NAMED else ""
        problem = Refused("series_split").at("frame", None, "unique_id")
        raise DataError([replace(problem, value=", ".join(twice[:NAMED]) + left)])


def _forecast(part: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    """Forecast of one partition; none for one without rows, as a filter or a shuffle can leave."""
    if part.empty:
        return _meta(part, asked)
    try:
        answer = forecast_panel(part, **asked)
    except DataError as error:
        place = f"partition of '{part['unique_id'].iloc[0]}'"
        raise DataError([replace(problem, file=place) for problem in error.problems]) from None
    return answer.astype({"unique_id": part["unique_id"].dtype})
