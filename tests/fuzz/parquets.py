"""Parquet files: types, nesting, missing values, headers that lie, damaged bytes."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.figures import HEADINGS, Figure, figures
from tests.fuzz.judging import Expected, Place, judge
from tests.fuzz.texts import damaged

__all__ = ["parquet_bytes", "parquet_types"]

CODECS = ("snappy", "none", "gzip", "zstd", "brotli", "lz4")
ODD: tuple[tuple[Any, pa.DataType], ...] = (
    (float("nan"), pa.float64()),
    (float("inf"), pa.float64()),
    (-0.0, pa.float64()),
    (1e300, pa.float64()),
    (5e-324, pa.float64()),
    (None, pa.null()),
    (Decimal("1E+30"), pa.decimal256(60, 0)),
    (Decimal("0.10"), pa.decimal128(5, 2)),
    (True, pa.bool_()),
    (2**63 - 1, pa.int64()),
    (2**64 - 1, pa.uint64()),
    ([1, 2], pa.list_(pa.int64())),
    ({"a": 1}, pa.struct([("a", pa.int64())])),
    ([("a", 1)], pa.map_(pa.string(), pa.int64())),
    (b"\xff\x00", pa.binary()),
    (b"139", pa.binary()),
    (b"1234", pa.binary(4)),
    (datetime(2025, 12, 31), pa.timestamp("ns")),
    (datetime(2025, 12, 31, 20), pa.timestamp("us", "Asia/Shanghai")),
    (date(2025, 12, 31), pa.date32()),
    (date(2025, 12, 31), pa.date64()),
    (time(1, 2), pa.time64("us")),
    (timedelta(1), pa.duration("ns")),
    ("139\u0000", pa.string()),
    ("\u202e139", pa.string()),
    ("\uffff", pa.string()),
    ("x" * 100_000, pa.large_string()),
    ("", pa.string()),
    (1.5, pa.float32()),
    (0.1, pa.float32()),
    (-5, pa.int8()),
    ([], pa.list_(pa.null())),
    ([[["a"]]], pa.list_(pa.list_(pa.list_(pa.string())))),
)


def parquet_types(random: Random, folder: Path) -> str:
    """A table whose columns have any type."""
    sent = figures(random, random.randint(1, 12), odd=random.choice((0.0, 0.0, 0.3)))
    names = [random.choice(HEADINGS[name]) for name in ("indicator", "period", "value", "unit")]
    values, expected, certain = _values(random, sent)
    columns: list[Any] = [
        _indicators(random, sent),
        _periods(random, sent),
        values,
        pa.array([f.unit for f in sent]),
    ]
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        certain = False
        random.choice(_CHANGES)(random, names, columns, expected)
    path = folder / "a.parquet"
    group = random.choice((None, 1, 3))
    columns = [column.cast(pa.string()) if _unwritable(column) else column for column in columns]
    table = pa.table(columns, names=names)
    pq.write_table(
        table,
        path,
        compression=random.choice(CODECS),
        row_group_size=group if len(table) < 10_000 else None,  # a dictionary for each group: gigabytes
        use_dictionary=random.random() < 0.5 or any(pa.types.is_dictionary(c.type) for c in columns),
        version=random.choice(("1.0", "2.4", "2.6")),
        data_page_version=random.choice(("1.0", "2.0")),
    )
    rows: dict[Place, Expected] = {("", line): e for line, e in enumerate(expected, start=2)}
    return judge(path, rows, certain=certain and all(f.plain for f in sent), import_to=folder / "ledger")


def _unwritable(column: Any) -> bool:
    """A dictionary with a missing value among its words: Arrow does not write it."""
    chunks = getattr(column, "chunks", [column])
    return pa.types.is_dictionary(column.type) and any(c.dictionary.null_count for c in chunks)


def parquet_bytes(random: Random, folder: Path) -> str:
    """A sound file with damaged bytes, or one that is not what it says."""
    sent = figures(random, random.randint(1, 8), odd=0.0)
    table = pa.table(
        {name: [f.cells[name] for f in sent] for name in ("indicator", "period", "value", "unit")}
    )
    path = folder / "a.parquet"
    pq.write_table(table, path, compression=random.choice(CODECS), write_page_checksum=random.random() < 0.5)
    data = path.read_bytes()
    match random.randrange(8):
        case 0:
            data = data[: random.randrange(len(data))]
        case 1:
            data = random.choice(
                (
                    b"",
                    b"PAR1",
                    b"PAR1PAR1",
                    b"PARE" + data,
                    b"PK\x03\x04",
                    b"indicator,period\n",
                    data + b"\x00",
                    data * 2,
                )
            )
        case 2:  # the length of the footer
            data = data[:-8] + random.randbytes(4) + data[-4:]
        case _:
            data = damaged(random, data)
    path.write_bytes(data)
    try:
        count = pq.read_table(pa.BufferReader(data)).num_rows
    except Exception:  # of what it raises there is no list
        return judge(path, None)
    return judge(path, {("", line): Expected() for line in range(2, count + 2)})


# --- columns ------------------------------------------------------------------------------------------

Column = tuple[Any, list[Expected], bool]


def _values(random: Random, sent: list[Figure]) -> Column:
    """The figures in some type, what each says, and whether it says so plainly."""
    numbers = [f.number for f in sent]
    exact = [
        Expected(frozenset({n}), f.expected.ends, f.expected.indicator)
        for n, f in zip(numbers, sent, strict=True)
    ]
    whole: tuple[Any, ...] = (
        pa.int32(),
        pa.int64(),
        pa.uint32(),
        pa.float64(),
        pa.decimal128(20, 3),
        pa.decimal256(40, 0),
    )
    match random.randrange(5):
        case 0:
            return pa.array([f.value for f in sent]), [f.expected for f in sent], True
        case 1:
            return pa.array([f.value for f in sent]).dictionary_encode(), [f.expected for f in sent], True
        case 2:
            return pa.array([float(n) for n in numbers], pa.float32()), exact, True
        case 3:
            return pa.array([str(int(n)).encode() for n in numbers]), exact, False
        case _:
            kind = random.choice(whole)
            return (
                pa.array([Decimal(n) if pa.types.is_decimal(kind) else n for n in numbers], kind),
                exact,
                True,
            )


def _indicators(random: Random, sent: list[Figure]) -> Any:
    kind = random.choice((pa.int8(), pa.int64(), pa.uint16(), pa.float64(), pa.string()))
    if pa.types.is_string(kind) or any(
        not f.indicator.isdecimal() or not f.indicator.isascii() for f in sent
    ):
        return pa.array([f.indicator for f in sent])
    return pa.array([int(f.indicator) for f in sent]).cast(kind)


def _periods(random: Random, sent: list[Figure]) -> Any:
    days = [f.expected.ends and next(iter(f.expected.ends)) for f in sent]
    if random.random() < 0.3 and all(f.plain for f in sent):
        kind = random.choice((pa.date32(), pa.date64(), pa.timestamp("ms"), pa.timestamp("ns")))
        return pa.array(days, pa.date32()).cast(kind)
    return pa.array([f.period for f in sent])


Change = Callable[[Random, list[str], list[Any], list[Expected]], None]


def _odd_column(random: Random, names: list[str], columns: list[Any], expected: list[Expected]) -> None:
    at = random.randrange(len(columns))
    value, kind = random.choice(ODD)
    columns[at] = pa.array([value] * len(expected), kind)
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)
    if names[at] in HEADINGS["value"]:
        for n in range(len(expected)):
            shown = frozenset({float(value)}) if number else None
            expected[n] = Expected(shown, expected[n].ends, expected[n].indicator)
    elif names[at] in (*HEADINGS["period"], *HEADINGS["indicator"]):
        expected[:] = [Expected(e.values) for e in expected]


def _missing(random: Random, names: list[str], columns: list[Any], expected: list[Expected]) -> None:
    if not expected:
        return
    at, row = random.randrange(len(columns)), random.randrange(len(expected))
    cells = columns[at].to_pylist()
    cells[row] = None
    columns[at] = pa.array(cells, columns[at].type if not pa.types.is_dictionary(columns[at].type) else None)
    if names[at] in HEADINGS["value"]:
        expected[row] = Expected(frozenset())


def _one_more(random: Random, names: list[str], columns: list[Any], expected: list[Expected]) -> None:
    value, kind = random.choice(ODD)
    names.append(
        random.choice(
            (
                "x_own",
                "备注",
                "",
                "数值",
                "__index_level_0__",
                "caveat",
                names[0],
                "\u202e",
                "\uffff",
                "a" * 5000,
            )
        )
    )
    columns.append(pa.array([value] * len(expected), kind))


def _repeated(random: Random, _: list[str], columns: list[Any], expected: list[Expected]) -> None:
    times = random.choice((2, 2, 2, 2, 50, 300))
    columns[:] = [pa.chunked_array([column] * times) for column in columns]
    expected[:] = expected * times


def _nothing(_: Random, __: list[str], columns: list[Any], expected: list[Expected]) -> None:
    columns[:] = [column[:0] for column in columns]
    expected[:] = []


def _bomb(random: Random, names: list[str], columns: list[Any], expected: list[Expected]) -> None:
    """A short file whose cells unpack to thousands of megabytes."""
    if random.random() > 0.3 or not expected:
        return
    size, times = random.choice(((100_000, 30_000), (1000, 900_000), (4_000_000, 50)))
    columns[:] = [
        pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), column[:1].cast(pa.string()))
        if not pa.types.is_dictionary(column.type)
        else column.take(pa.array([0] * times))
        for column in columns
    ]
    expected[:] = [Expected()] * times
    names.append(random.choice(("caveat", "x_own")))
    columns.append(pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array(["x" * size])))


_CHANGES: tuple[Change, ...] = (
    _odd_column,
    _odd_column,
    _odd_column,
    _missing,
    _missing,
    _one_more,
    _one_more,
    _repeated,
    _nothing,
    _bomb,
)
