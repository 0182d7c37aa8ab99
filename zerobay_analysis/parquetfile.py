"""A Parquet file as rows of text, or the reason why it is none."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

from zerobay_analysis.document import Document, Sheet
from zerobay_analysis.errors import Problem
from zerobay_analysis.tables import cell_text, plain_text, problem

__all__ = ["MOST_ROWS", "read_parquet"]

MOST_ROWS = 1_000_000
"""A longer table is no list of figures; it is refused before it fills the memory."""


def read_parquet(path: Path) -> Document:
    """Read every column of a Parquet file as text; line 1 stands for the column names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = ("打不开文件", f"cannot be opened ({error.strerror})")
        cure = ("核对路径和权限", "check the path and the permissions")
        return _refused(problem(file, None, None, "", message, cure))
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        if source.metadata.num_rows > MOST_ROWS:
            message = (f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows")
            cure = ("只留指标数据", "keep the rows of the indicators only")
            return _refused(problem(file, None, None, source.metadata.num_rows, message, cure), sha256)
        table = source.read()
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        message = ("不是 Parquet 文件，或已损坏", f"not a Parquet file, or damaged ({type(error).__name__})")
        cure = ("重新导出", "export it again")
        return _refused(problem(file, None, None, "", message, cure), sha256)
    header = [str(name) for name in table.column_names]
    cells = [[_text(value) for value in column] for column in columns]
    rows = [(1, header), *((n, list(row)) for n, row in enumerate(zip(*cells, strict=True), start=2))]
    return Document(file, (Sheet("", rows),), (), (), sha256)


def _refused(found: Problem, sha256: str = "") -> Document:
    return Document(found.file, (), (found,), (), sha256)


def _text(value: Any) -> str:
    """One cell as it would stand in a CSV file; numbers at the digits that a sheet shows."""
    if isinstance(value, float | Decimal) and value == value:
        return plain_text(value)
    return cell_text(value)
