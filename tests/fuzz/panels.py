"""Panels of series: sizes, types, missing and repeated values, and what is asked of them."""

from __future__ import annotations

import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd

from tests.fuzz.judging import ACCEPTED, REFUSED, Fault, speaks
from zerobay_analysis.errors import DataError, ZerobayError
from zerobay_analysis.forecast.panel import forecast_panel, prob_panel

__all__ = ["panel_frame"]

KINDS = ("stock", "cumulative", "flow", "rate")
SIZES = (1.0, 1.0, 100.0, 1e-9, 1e-300, 5e-324, 1e6, 1e12, 9.9e14, 1e15, 1.1e15, 1e100, 1e300, 1.7e308)
ODD_VALUES: tuple[Any, ...] = (
    None,
    float("nan"),
    float("inf"),
    -float("inf"),
    "139",
    "１３９",
    "1,890",
    "x",
    "",
    True,
    pd.NA,
    pd.NaT,
    Decimal("1.5"),
    Decimal("NaN"),
    10**400,
    1j,
    [1],
    date(2024, 1, 1),
    np.float32(1.5),
    "nan",
    "1e400",
    b"1",
    0.0,
    -0.0,
    -5.0,
    1e300,
)
ODD_YEARS: tuple[Any, ...] = (
    None,
    2024.5,
    "2024",
    "2024²",
    "２０２４",
    -1,
    0,
    9999,
    10000,
    10**18,
    10**30,
    True,
    pd.Timestamp(2024, 1, 1),
    date(2024, 1, 1),
    float("nan"),
    float("inf"),
    "",
    2024.0,
    np.int8(4),
    Decimal(2024),
    [2024],
)
ODD_NAMES: tuple[Any, ...] = (
    None,
    float("nan"),
    "",
    1,
    1.5,
    True,
    ("a", 1),
    pd.NA,
    "\ud800",
    "a",
    date(2024, 1, 1),
    [1],
    "x" * 10_000,
    b"a",
)


def panel_frame(random: Random, _: Path) -> str:
    """A forecast or probabilities for a frame of which something may be odd."""
    frame, odd = _frame(random)
    kind = random.choice(KINDS)
    if random.random() < 0.5:
        return _forecast(random, frame, kind, odd)
    return _probabilities(random, frame, kind, odd)


def _frame(random: Random) -> tuple[pd.DataFrame, bool]:
    rows: list[list[Any]] = []
    for number in range(random.choice((1, 1, 2, 5, 20))):
        rows += _series(random, number)
    odd = random.random() < 0.5
    for _ in range(random.choice((1, 1, 3)) if odd else 0):
        column = random.randrange(3)
        random.choice(rows)[column] = random.choice((ODD_NAMES, ODD_YEARS, ODD_VALUES)[column])
    if odd and random.random() < 0.1:
        rows.append(list(random.choice(rows)))
    huge = any(isinstance(cell, int) and abs(cell) >= 2**63 for row in rows for cell in row)  # not for pandas
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"], dtype=object if huge else None)
    frame = frame.sample(frac=1.0, random_state=random.randrange(1000))
    return (_reshaped(random, frame), True) if odd and random.random() < 0.5 else (frame, odd)


def _series(random: Random, number: int) -> list[list[Any]]:
    size, length = (
        random.choice(SIZES if random.random() < 0.2 else SIZES[:3]),
        random.choice((1, 2, 3, 5, 9, 45)),
    )
    growth = random.choice((1.0, 1.05, 1.05, 0.7, 3.0))
    end = random.choice((2024, 2025, 1999, 9999, 1))
    rows: list[list[Any]] = []
    value = size
    for back in range(length):
        if random.random() < 0.9 or not rows:
            noise = random.choice(
                (1.0, 1.0 + random.random() / 5, 1.0, -1.0 if random.random() < 0.05 else 1.0)
            )
            shown = random.choice((0.0, value)) if random.random() < 0.05 else value * noise
            rows.append([f"s{number}", end - length + 1 + back, shown])
        value *= growth
    return rows


def _reshaped(random: Random, frame: pd.DataFrame) -> pd.DataFrame:
    match random.randrange(9):
        case 0:
            return frame.astype({"unique_id": "category"}) if _hashable(frame) else frame
        case 1:
            return frame.drop(columns=random.choice(["unique_id", "ds", "y"]))
        case 2:
            return frame.iloc[:0]
        case 3:
            return pd.concat([frame, frame[["y"]]], axis=1)
        case 4:
            return frame.set_index("unique_id")
        case 5:
            return frame.set_axis([0] * len(frame))
        case 6:
            return frame.astype(object)
        case 7:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of pandas, about what stands in the frame
                return frame.convert_dtypes()
        case _:
            return frame.set_index(["unique_id"], drop=False).assign(extra=1)


def _hashable(frame: pd.DataFrame) -> bool:
    return not any(isinstance(name, list) for name in frame["unique_id"])


def _forecast(random: Random, frame: pd.DataFrame, kind: str, odd: bool) -> str:
    horizon: Any = (
        random.choice((1, 1, 3, 50, 0, -1, 51, 2.0, True, "3", None, np.int64(2), 10**30)) if odd else 3
    )
    quantiles: Any = (0.05, 0.5, 0.95)
    if odd and random.random() < 0.3:
        quantiles = random.choice(
            (
                (0.5,),
                (),
                (0, 1),
                (0.5, 0.5),
                (float("nan"),),
                "x",
                None,
                (1e-9, 1 - 1e-9),
                (0.9, 0.1),
                ((0.1,),),
                5,
                (1e-320,),
                (True,),
            )
        )
    try:
        table = forecast_panel(frame, horizon, quantiles, kind)
    except ZerobayError as error:
        return _refused(error)
    series = frame["unique_id"].nunique()
    if len(table) != series * horizon:
        raise Fault(f"{series} series for {horizon} years give {len(table)} rows")
    numbers = table.drop(columns=["unique_id", "ds"]).to_numpy(dtype=np.float64)
    ordered = numbers[:, 1:][:, np.argsort(np.asarray(quantiles, dtype=np.float64))]
    if not np.isfinite(numbers).all():
        raise Fault(f"not finite: {table[~np.isfinite(numbers).all(axis=1)].to_dict('records')[:2]}")
    if (np.diff(ordered, axis=1) < 0).any():
        raise Fault("quantiles out of order")
    if kind == "cumulative":
        _never_below(frame, table)
    return ACCEPTED


def _never_below(frame: pd.DataFrame, table: pd.DataFrame) -> None:
    """A cumulative total never falls below its last value."""
    years, values = (pd.to_numeric(frame[c]).astype(float) for c in ("ds", "y"))
    plain = pd.DataFrame(
        {"id": frame["unique_id"].astype(str).to_numpy(), "ds": years.to_numpy(), "y": values.to_numpy()}
    )
    last = plain.sort_values("ds").groupby("id")["y"].last()
    lowest = table.set_index(table["unique_id"].astype(str)).drop(columns=["unique_id", "ds"]).min(axis=1)
    short = lowest < last.reindex(lowest.index) * (1 - 1e-9 * np.sign(last.reindex(lowest.index)))
    if short.any():
        raise Fault(f"a cumulative total falls below its last value: {lowest[short].iloc[0]}")


def _probabilities(random: Random, frame: pd.DataFrame, kind: str, odd: bool) -> str:
    rows: list[list[Any]] = []
    for _ in range(random.choice((1, 3, 10))):
        at = random.randrange(max(1, len(frame)))
        name, year, value = ("s0", 2024, 1.0)
        if {"unique_id", "ds", "y"} <= set(frame.columns) and len(frame) and frame["y"].ndim == 1:
            name, year, value = frame["unique_id"].iloc[at], frame["ds"].iloc[at], frame["y"].iloc[at]
        if odd and random.random() < 0.2:
            name, year, value = random.choice(ODD_NAMES), random.choice(ODD_YEARS), random.choice(ODD_VALUES)
        else:
            year = year + random.choice((1, 2, 50)) if isinstance(year, int | np.integer) else 2030
        rows.append([name, year, value])
    huge = any(isinstance(cell, int) and abs(cell) >= 2**63 for row in rows for cell in row)
    targets = pd.DataFrame(rows, columns=["unique_id", "ds", "target"], dtype=object if huge else None)
    before = targets.copy()
    try:
        table = prob_panel(frame, targets, kind)
    except ZerobayError as error:
        return _refused(error)
    p = table["p"].to_numpy(dtype=np.float64)
    if len(table) != len(targets) or not ((p >= 0) & (p <= 1)).all():
        raise Fault(f"probabilities {p} for {len(targets)} targets")
    pd.testing.assert_frame_equal(targets, before)
    return ACCEPTED


def _refused(error: ZerobayError) -> str:
    if isinstance(error, DataError):
        speaks(error.problems)
    return REFUSED
