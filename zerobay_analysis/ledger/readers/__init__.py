"""Readers of the files that a unit sends in: each makes sheets of text of one kind of file.

A kind of file is a function of the file's name and bytes, and a line in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import Refused
from zerobay_analysis.files.csv import Document, Sheet, csv_rows, opened
from zerobay_analysis.files.tables import MAX_COLUMNS, MAX_TEXT, OWN_COLUMN, cell_text, plain_text
from zerobay_analysis.ledger.readers.excel import read_workbook

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


MAX_ROWS = 1_000_000
"""A longer table is no list of figures; it is refused before it fills the memory."""
MAX_UNPACKED = 500_000_000
"""Bytes of all columns as the file declares them."""
MAX_CHARACTERS = 100_000_000
"""Characters of all cells; a short file can say a long word a million times."""
BATCH = 1_000
WORDS = ("string", "large_string")
PLAIN = ("integer", "floating", "decimal", "boolean", "date", "timestamp", "null", *WORDS)
"""Types of columns whose cells are single values."""


def read_parquet(_file: str, data: bytes) -> Document:
    """Read every column of a Parquet file as text; line 1 stands for the column names."""
    try:
        return Document((Sheet("", list(_rows(data))),))
    except Refused:
        raise
    except Exception as error:  # a damaged file makes pyarrow raise whatever it meets
        raise Refused("damaged_parquet", reason=type(error).__name__) from error


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Names, then row after row, as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pq.ParquetFile(pa.BufferReader(data))
    _measure(plain.metadata)
    schema = plain.schema_arrow
    words = [item.name for item in schema if _is(item.type, WORDS)]
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
                raise Refused("many_characters", limit=MAX_CHARACTERS)
            yield line, row


def _measure(metadata: pq.FileMetaData) -> None:
    """Refuse what is too large by what the file says of itself."""
    if metadata.num_rows > MAX_ROWS:
        raise Refused("many_rows", limit=MAX_ROWS)
    if metadata.num_columns > MAX_COLUMNS:
        raise Refused("many_columns", limit=MAX_COLUMNS)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > MAX_UNPACKED:
        raise Refused("large_unpacked")


def _short(name: str, column: pa.Array) -> None:
    """Refuse a column with a cell of more text than a sheet can hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    if _is(words.type, WORDS) and (pc.max(pc.binary_length(words)).as_py() or 0) > 4 * MAX_TEXT:
        raise Refused("long_text", column=name, limit=MAX_TEXT)


def _texter(item: pa.Field) -> Callable[[Any], str]:
    """How a cell of a column becomes text; refuse a column whose cells have no plain one."""
    import numpy as np
    import pyarrow as pa

    kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise Refused("time_zone", column=item.name, zone=kind.tz)
    if _is(kind, ("float16", "float32")):
        return lambda value: _text(value if value is None else float(str(np.float32(value))))
    if not _is(kind, PLAIN) and not item.name.startswith(OWN_COLUMN):
        raise Refused("nested_column", column=item.name, kind=kind)
    return _text


def _is(kind: pa.DataType, names: tuple[str, ...]) -> bool:
    """Whether a type of Arrow is one of those named."""
    import pyarrow as pa

    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def _text(value: Any) -> str:
    """One cell as it would stand in a CSV file; numbers at the digits that a sheet shows."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float | Decimal) and value == value:
        return plain_text(value)
    part_of_day = isinstance(value, datetime) and value.time() != time()
    return str(value) if part_of_day else cell_text(value)


__all__ = ["READERS", "WORKBOOK_SUFFIXES", "read_document"]

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")

READERS: Mapping[str, Callable[[str, bytes], Document]] = {
    **dict.fromkeys(WORKBOOK_SUFFIXES, read_workbook),
    ".csv": csv_rows,
    ".parquet": read_parquet,
}
"""How files are read, by their suffix; anything else is taken for CSV and refused as such."""


def read_document(path: Path) -> Document:
    """Read a file by its kind."""
    return opened(path, READERS.get(path.suffix.lower(), csv_rows))
