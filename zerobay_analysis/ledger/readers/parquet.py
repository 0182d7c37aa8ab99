"""A Parquet file as rows of text, or the reason why it is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.csv import file_bytes
from zerobay_analysis.files.tables import MANY_COLUMNS, MAX_TEXT, is_own_column, plain_text, problem
from zerobay_analysis.ledger.readers.document import Document, Sheet

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["MAX_ROWS", "read_parquet"]

MAX_ROWS = 1_000_000
"""A longer table is no list of figures; it is refused before it fills the memory."""
MAX_UNPACKED = 500_000_000
"""Bytes of all columns as the file declares them."""
MAX_CHARACTERS = 100_000_000
"""Characters of all cells; a short file can say a long word a million times."""
BATCH = 1_000

EXPORT = ("重新导出", "export it again")
ONLY_FIGURES = ("只留指标数据", "keep the rows of the indicators only")


class _Refusal(Exception):  # noqa: N818 - a refusal with a reason
    """The file cannot be read; carries the (Chinese, English) and the cure, and the column."""

    def __init__(self, message: tuple[str, str], cure: tuple[str, str], column: str | None = None) -> None:
        super().__init__(message[0])
        self.message, self.cure, self.column = message, cure, column


def read_parquet(path: Path) -> Document:
    """Read every column of a Parquet file as text; line 1 stands for the column names."""
    file = str(path)
    data = file_bytes(path)
    if isinstance(data, Problem):
        return Document(file, (), (data,), (), "")
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        rows = list(_rows(data))
    except _Refusal as refusal:
        found = problem(file, None, refusal.column, "", refusal.message, refusal.cure)
        return Document(file, (), (found,), (), sha256)
    except Exception as error:  # a damaged file makes pyarrow raise whatever it meets
        message = ("不是 Parquet 文件，或已损坏", f"not a Parquet file, or damaged ({type(error).__name__})")
        found = problem(file, None, None, "", message, EXPORT)
        return Document(file, (), (found,), (), sha256)
    return Document(file, (Sheet("", rows),), (), (), sha256)


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Names, then row after row, as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pq.ParquetFile(pa.BufferReader(data))
    _measure(plain.metadata)
    schema = plain.schema_arrow
    words = [
        item.name for item in schema if pa.types.is_string(item.type) or pa.types.is_large_string(item.type)
    ]
    names = [str(name) for name in schema.names]
    texts = [_texter(item) for item in schema]
    # Kept as numbers into a list of words, a column of one long word stays as small as in the file.
    source = pq.ParquetFile(pa.BufferReader(data), read_dictionary=words)
    yield 1, names
    line, characters = 1, 0
    for batch in source.iter_batches(batch_size=BATCH, use_threads=False):
        for name, column in zip(names, batch.columns, strict=True):
            _short(name, column)
        columns = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            line += 1
            row = [text(cell) for text, cell in zip(texts, cells, strict=True)]
            characters += sum(map(len, row))
            if characters > MAX_CHARACTERS:
                raise _Refusal(("文字过多", f"more than {MAX_CHARACTERS} characters"), ONLY_FIGURES)
            yield line, row


def _measure(metadata: pq.FileMetaData) -> None:
    """Refuse what is too large by what the file says of itself."""
    if metadata.num_rows > MAX_ROWS:
        raise _Refusal((f"超过 {MAX_ROWS} 行", f"more than {MAX_ROWS} rows"), ONLY_FIGURES)
    if metadata.num_columns > MANY_COLUMNS:
        raise _Refusal((f"超过 {MANY_COLUMNS} 列", f"more than {MANY_COLUMNS} columns"), ONLY_FIGURES)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > MAX_UNPACKED:
        raise _Refusal(("解压后过大", "too large when unpacked"), ONLY_FIGURES)


def _short(name: str, column: pa.Array) -> None:
    """Refuse a column with a cell of more text than a sheet can hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    if not pa.types.is_string(words.type) and not pa.types.is_large_string(words.type):
        return
    if (pc.max(pc.binary_length(words)).as_py() or 0) > 4 * MAX_TEXT:
        raise _Refusal(
            (f"有格超过 {MAX_TEXT} 字", f"a cell of more than {MAX_TEXT} characters"), ONLY_FIGURES, name
        )


def _texter(item: pa.Field) -> Callable[[Any], str]:
    """How a cell of a column becomes text; refuse a column whose cells have no plain one."""
    import numpy as np
    import pyarrow as pa

    kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        message = (
            f"时间带时区 {kind.tz}，分不清是哪一天",
            f"instants in {kind.tz}: the day depends on the zone",
        )
        raise _Refusal(message, ("改成日期后重新导出", "export it as dates"), item.name)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return lambda value: _text(value if value is None else float(str(np.float32(value))))
    known = (
        pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_date,
        pa.types.is_timestamp, pa.types.is_string, pa.types.is_large_string, pa.types.is_null,
    )  # fmt: skip
    if not any(is_kind(kind) for is_kind in known) and not is_own_column(item.name):
        message = (f"列的类型是 {kind}，不是一格一个值", f"a column of type {kind}, not of single values")
        cure = ("改成文字或数字后重新导出", "export it as text or numbers")
        raise _Refusal(message, cure, item.name)
    return _text


def _text(value: Any) -> str:
    """One cell as it would stand in a CSV file; numbers at the digits that a sheet shows."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return plain_text(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value == value.replace(hour=0, minute=0, second=0, microsecond=0)
            else str(value)
        )
    return value.isoformat() if isinstance(value, date) else str(value).strip()
