"""Tables that people send in: their columns, cells to types, every problem at once.

A table is described by a tuple of :class:`Field`; :func:`read_table` returns a typed frame and
the list of everything that is wrong with the file. It never guesses and never drops a row
without a :class:`~zerobay_analysis.errors.Problem`; rows without any content are not rows.

Rules that a sender has to know

- Encodings: UTF-8 (with or without BOM) and GB18030 (which includes GBK). Nothing else.
- Separator: the comma. Fields with a comma are quoted.
- Numbers: Western or full-width digits, ``1,890`` or ``1890``; no 约, no other digits (5², ①, ٣).
  A ledger's value may also have 千, 万, 亿 or a percent sign (:mod:`zerobay_analysis.ledger.units`).
- Text: at most 32,767 characters a cell, the most that a sheet holds, and none of :data:`UNFIT`.
- Dates: ``2026-06-30``, ``2026/6/30``, ``2026年6月30日``.
- Columns may be in any order. A column that is not known is an error (it may be a misspelt
  one), except where its name starts with ``x_`` or ``备注``: such columns are the sender's own.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.csv import SEND_CSV, Rows, read_rows

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

__all__ = [
    "MAX_TEXT",
    "UNFIT",
    "Field",
    "Prepare",
    "Table",
    "cell_text",
    "column_names",
    "duplicates",
    "is_own_column",
    "parse_date",
    "parse_number",
    "plain_text",
    "problem",
    "read_table",
    "table_of",
    "visible",
]

Prepare = Callable[[list[dict[str, str]], list[int]], tuple[list[dict[str, str]], list[int], list[Problem]]]
"""What may be done to rows of text before they are checked: rows and lines in, rows, lines and
problems out."""

OWN_COLUMN = ("x_", "备注")
"""Columns whose names start like this belong to the sender and are not read."""

MANY_COLUMNS = 200
"""A header wider than this is no table of ours."""

MAX_TEXT = 32_767
"""Characters that a cell of a sheet can hold; longer text would be cut in the forms."""

UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    r"\ufeff\ufffd\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # marks of damage; no characters
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""Characters that no text may have: XML cannot carry them, or a reader would see something else."""

WIDTHS: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: " ",
    0x2212: "-",
}
"""Full-width forms of ASCII, the wide blank and the minus sign, and what they are for certain."""


@dataclass(frozen=True)
class Field:
    """One column of a table.

    Attributes
    ----------
    name : str
        Column name in the file and in the frame.
    kind : {"text", "integer", "number", "boolean", "date"}
        ``text`` stays a string (empty where blank); the frame's types are ``Int64``,
        ``float64``, ``bool`` and ``datetime64[ns]`` for the others.
    required : bool
        The column must be in the file; a column that is not gets ``default`` in every row.
    blank : bool
        Cells may be empty; they take ``default``.
    default : str
        As it would stand in the file.
    choices : mapping of str to str
        Accepted words (compared without case and width) and what each is stored as; empty
        where any text will do.
    minimum, maximum : float or None
        Least and greatest number.
    aliases : tuple of str
        Other names of the column, e.g. its Chinese name.
    note : str
        What the column means, in Chinese with English after " / "; the codebook prints it.
    """

    name: str
    kind: Literal["text", "integer", "number", "boolean", "date"] = "text"
    required: bool = True
    blank: bool = False
    default: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A file as it was read.

    Attributes
    ----------
    file : str
        As the user named it.
    frame : pandas.DataFrame
        One row per row of the file that has the right number of fields, columns as in the
        fields plus ``line`` (line in the file, the header being line 1). A cell that could
        not be read is missing here and named in ``problems``.
    problems : tuple of Problem
    sha256 : str
        Of the file's bytes; empty where it could not be opened.
    positions : mapping of str to int
        Position of every field in the file, the first column being 0.
    """

    file: str
    frame: pd.DataFrame
    problems: tuple[Problem, ...]
    sha256: str
    positions: Mapping[str, int] = field(default_factory=dict)


def problem(
    file: str,
    row: int | None,
    column: str | None,
    value: object,
    message: Iterable[str],
    cure: Iterable[str],
) -> Problem:
    """Build a problem from Chinese and English halves, shown as ``中文 / English``."""
    shown = UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value)[:60])
    shown = shown if len(str(value)) <= 60 else shown[:57] + "…"
    return Problem(file, row, column, shown, " / ".join(message), " / ".join(cure))


# --- cells ---------------------------------------------------------------------------------


@functools.lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """``text`` with full-width letters, digits and signs made Western, and no outer blanks.

    Nothing else is made equal: NFKC would read 5² as 52, ① as 1 and Ⅳ as IV.
    """
    return text.translate(WIDTHS).strip()


def parse_number(text: str) -> float:
    """Read a plain number (``1,890``, ``１８９０``, ``-3.5``); raise ``ValueError`` otherwise."""
    plain = normal(text)
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", plain):
        raise ValueError(text)
    return float(plain)


def parse_integer(text: str) -> int:
    """Read a whole number; ``7.0`` counts as one. Raise ``ValueError`` otherwise."""
    number = parse_number(text)
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def parse_date(text: str) -> date:
    """Read a full date with ``-``, ``/``, ``.`` or 年月日; raise ``ValueError`` otherwise."""
    match = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", normal(text))
    if match is None:
        raise ValueError(text)
    if not 1900 <= int(match[1]) <= 2200:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))


def parse_boolean(text: str) -> bool:
    """Read true/false, 是/否 or 1/0; raise ``ValueError`` otherwise."""
    words = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    try:
        return words[normal(text).casefold()]
    except KeyError as error:
        raise ValueError(text) from error


def plain_text(number: float | Decimal) -> str:
    """``number`` at the 15 digits that a sheet shows, without exponent or needless zeros."""
    if isinstance(number, float):
        number = Decimal(f"{number:.15g}")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@functools.lru_cache(maxsize=65_536)
def visible(text: str) -> str:
    """``text`` with a blank for every character of :data:`UNFIT`, trimmed.

    For rows taken in before such characters were refused.
    """
    return UNFIT.sub(" ", text).strip()


def cell_text(value: Any) -> str:
    """A typed value as it would stand in a file, so that reading it gives the value back."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain_text(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return visible(str(value))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "integer": parse_integer,
    "number": parse_number,
    "boolean": parse_boolean,
    "date": parse_date,
}

WRONG_KIND: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "integer": (("不是整数", "not a whole number"), ("只写数字，如 7", "write digits only, e.g. 7")),
    "number": (
        ("不是数字", "not a number"),
        (
            "只写数字；单位写在 unit 列，约、超等字写在 qualifier 列",
            "write digits only; the unit and words like 约 or 超 have their own columns",
        ),
    ),
    "boolean": (("不是是/否", "neither true nor false"), ("写 true 或 false", "write true or false")),
    "date": (
        ("不是完整日期", "not a full date"),
        ("写成 2026-06-30 的形式", "write it like 2026-06-30"),
    ),
}


def readable(text: str, spec: Field) -> bool:
    """Whether a non-empty cell is of the field's kind."""
    if spec.kind == "text":
        return True
    try:
        PARSERS[spec.kind](text)
    except ValueError:
        return False
    return True


def within(text: str, spec: Field) -> bool:
    """Whether a readable number lies within the field's bounds."""
    if spec.kind not in {"integer", "number"} or not readable(text, spec):
        return True
    number = parse_number(text)
    return (spec.minimum is None or number >= spec.minimum) and (
        spec.maximum is None or number <= spec.maximum
    )


def accepted(spec: Field) -> Mapping[str, str]:
    """Accepted words of a field as :func:`word` writes them, and what each is stored as."""
    return {word(choice): stored for choice, stored in spec.choices.items()}


def word(text: str) -> str:
    """``text`` without differences of case and width."""
    return normal(text).casefold()


# --- rows to fields --------------------------------------------------------------------------


def column_names(fields: Sequence[Field]) -> dict[str, str]:
    """Every name that a column may have, as :func:`word` writes it, and its field's name."""
    return {word(a): f.name for f in fields for a in (f.name, *f.aliases)}


def is_own_column(name: str) -> bool:
    """Whether a column that is no field of ours belongs to the sender."""
    return name.startswith(OWN_COLUMN)


def _columns(
    header: list[str], fields: Sequence[Field], file: str, line: int
) -> tuple[dict[int, str], list[Problem]]:
    """Position to field name, and what is wrong with the header."""
    names = column_names(fields)
    found: dict[int, str] = {}
    problems: list[Problem] = []
    for position, cell in enumerate(header):
        name = names.get(word(cell))
        unfit = _unfit(file, line, visible(cell), cell)
        if unfit is not None:
            problems.append(unfit)
        elif name is None and not is_own_column(cell):
            near = difflib.get_close_matches(word(cell), list(names), n=1)
            hint = near[0] if near else ", ".join(f.name for f in fields if f.required)
            if cell:
                message = ("不认识的列", "unknown column")
                cure = (
                    f"改成 {hint}；自用的列名前加 x_",
                    f"rename it to {hint}, or start its name with x_ to keep it for yourself",
                )
                problems.append(problem(file, line, cell, "", message, cure))
        elif name in found.values():
            message = ("列重复", "column given twice")
            problems.append(problem(file, line, cell, "", message, ("只留一列", "keep one of them")))
        elif name is not None:
            found[position] = name
    for spec in fields:
        if spec.required and spec.name not in found.values():
            other = f"（或 {spec.aliases[0]}）" if spec.aliases else ""
            problems.append(
                problem(
                    file,
                    line,
                    spec.name,
                    "",
                    ("缺少这一列", "column missing"),
                    (f"加上列 {spec.name}{other}", f"add the column {spec.name}"),
                )
            )
    return found, problems


def _texts(
    rows: Rows, header: list[str], columns: Mapping[int, str], file: str
) -> tuple[list[list[str]], list[int], list[Problem]]:
    """Cells of our columns and their lines; a row with another number of fields is a problem."""
    texts: list[list[str]] = []
    lines: list[int] = []
    problems: list[Problem] = []
    blank = [position for position, name in enumerate(header) if not name]
    positions = list(columns)
    fit: set[str] = set()  # most cells of a large ledger repeat
    for line, cells in rows:
        if len(cells) < len(header) or any(cells[len(header) :]) or any(cells[i] for i in blank):
            message = (
                f"这一行有 {len(cells)} 个字段，表头有 {len([h for h in header if h])} 个",
                f"{len(cells)} fields where the header has {len([h for h in header if h])}",
            )
            cure = ("补齐或删去多余的逗号；含逗号的文字加引号", "fix the commas; quote text that has one")
            problems.append(problem(file, line, None, ",".join(cells), message, cure))
            continue
        texts.append([cells[position] for position in positions])
        lines.append(line)
        if fit.issuperset(texts[-1]):
            continue
        for name, text in zip(columns.values(), texts[-1], strict=True):
            found = None if text in fit else _unfit(file, line, name, text)
            if found is None:
                fit.add(text)
            else:
                problems.append(found)
    return texts, lines, problems


def _unfit(file: str, line: int, column: str, text: str) -> Problem | None:
    """Why a cell's text cannot be kept, ``None`` where it can."""
    found = UNFIT.search(text)
    if found is not None:
        code = f"U+{ord(found[0]):04X}"
        message = (
            f"第 {found.start() + 1} 个字符是 {code}，看不见、会颠倒文字方向，或不是字符",
            f"character {found.start() + 1} is {code}: invisible, turning the text round, or none at all",
        )
        cure = ("删去它，或重新输入这一格", "delete it or retype the cell")
        return problem(file, line, column, text, message, cure)
    if len(text) > MAX_TEXT:
        message = (f"有 {len(text)} 个字，超过 {MAX_TEXT}", f"{len(text)} characters, more than {MAX_TEXT}")
        return problem(file, line, column, text, message, ("缩短", "shorten it"))
    return None


# --- rows to a typed frame --------------------------------------------------------------------


def _schema_column(spec: Field) -> pa.Column:
    """Pandera's view of a field; the name of a check says what its failure means."""
    import pandera.pandas as pa

    words = accepted(spec)
    checks: dict[str, Callable[[str], bool]] = {}
    if not spec.blank:
        checks["blank"] = bool
    if spec.kind != "text":
        checks["kind"] = lambda text: not text or readable(text, spec)
    if spec.minimum is not None or spec.maximum is not None:
        checks["range"] = lambda text: not text or within(text, spec)
    if words:
        checks["choice"] = lambda text: not text or word(text) in words
    # No dtype: every cell is text by construction, and testing that takes most of pandera's time.
    return pa.Column(
        checks=[pa.Check(functools.partial(_passes, check), error=name) for name, check in checks.items()]
    )


def _passes(check: Callable[[str], bool], column: pd.Series[str]) -> pd.Series[bool]:
    """Which cells of a column pass; every text is looked at once."""
    return ~column.isin([text for text in set(column) if not check(text)])


def _check(frame: pd.DataFrame, fields: Sequence[Field], file: str) -> list[Problem]:
    """Check every cell against its field with pandera, all failures at once."""
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    specs = {spec.name: spec for spec in fields}
    schema = pa.DataFrameSchema({spec.name: _schema_column(spec) for spec in fields})
    try:
        schema.validate(frame[list(specs)], lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        lines = frame["line"].tolist()
        return [
            _cell_problem(file, lines[int(row)], specs[str(column)], str(check), str(value))
            for row, column, check, value in zip(
                cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True
            )
        ]
    return []


def _cell_problem(file: str, line: int, spec: Field, check: str, value: str) -> Problem:
    if check == "blank":
        message, cure = (
            ("不能为空", "must not be empty"),
            ("填上，或删去这一行", "fill it or delete the row"),
        )
    elif check == "kind":
        message, cure = WRONG_KIND[spec.kind]
    elif check == "range":
        low = "" if spec.minimum is None else f"≥ {spec.minimum:g}"
        high = "" if spec.maximum is None else f"≤ {spec.maximum:g}"
        bounds = " ".join(part for part in (low, high) if part)
        message, cure = (("超出范围", "out of range"), (f"应 {bounds}", f"must be {bounds}"))
    else:
        words = "、".join(spec.choices)
        message, cure = (("不认识的取值", "unknown value"), (f"可用：{words}", f"use one of: {words}"))
    return problem(file, line, spec.name, value, message, cure)


def _typed(frame: pd.DataFrame, fields: Sequence[Field]) -> pd.DataFrame:
    """Frame of the fields' types; a cell that cannot be read is missing (``""`` for text)."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for spec in fields:
        texts = [text or spec.default for text in frame[spec.name]]
        if spec.kind == "text":
            words = accepted(spec)
            stored = {t: words.get(word(t), t) for t in set(texts)} if words else {}
            columns[spec.name] = [stored[t] for t in texts] if words else texts
            continue
        read = {t: PARSERS[spec.kind](t) if t and readable(t, spec) else None for t in set(texts)}
        values = [read[t] for t in texts]
        if spec.kind == "integer":
            columns[spec.name] = pd.array(values, dtype="Int64")
        elif spec.kind == "number":
            columns[spec.name] = pd.array(values, dtype="Float64").to_numpy(
                dtype="float64", na_value=float("nan")
            )
        elif spec.kind == "boolean":
            columns[spec.name] = [bool(value) for value in values]
        else:
            columns[spec.name] = pd.to_datetime(pd.Series(values, dtype="object"))
    typed = pd.DataFrame(columns, columns=[spec.name for spec in fields])
    typed["line"] = frame["line"].to_numpy(dtype="int64")
    return typed


def read_table(path: Path, fields: Sequence[Field]) -> Table:
    """Read a CSV file and check every cell.

    Parameters
    ----------
    path : Path
    fields : sequence of Field
        The columns; see the module's notes for what a file may look like.

    Returns
    -------
    Table
        With all problems of the file; raising them is the caller's, who may have more.
    """
    content = read_rows(path)
    table = table_of(content.file, content.rows, fields)
    # A file that is no CSV has no header to complain about either.
    problems = content.problems + (table.problems if content.rows else ())
    return replace(table, problems=problems, sha256=content.sha256)


def table_of(file: str, rows: Rows, fields: Sequence[Field], prepare: Prepare | None = None) -> Table:
    """Check rows of text, the first being the header, and give them their types.

    Parameters
    ----------
    file : str
        Named in problems.
    rows : list of (int, list of str)
        Line and cells.
    fields : sequence of Field
    prepare : callable, optional
        Applied to the rows before they are checked; it may leave rows out.
    """
    import pandas as pd

    names = [spec.name for spec in fields]
    line, header = rows[0] if rows else (1, [])
    problems: list[Problem] = []
    columns: dict[int, str] = {}
    if len(header) in range(2, MANY_COLUMNS):
        columns, problems = _columns(header, fields, file, line)
    else:
        message = ("表头不是逗号分隔的列名", "the header is not a comma-separated list of columns")
        problems.append(problem(file, line, None, ",".join(header), message, SEND_CSV))
        rows = rows[:1]
    texts, lines, ragged = _texts(rows[1:], header, columns, file)
    if len(rows) < 2 and columns:
        message = ("只有表头，没有数据", "a header and no rows")
        problems.append(problem(file, line, None, "", message, SEND_CSV))
    found = list(columns.values())
    prepared: list[Problem] = []
    if prepare is None:
        frame = pd.DataFrame(texts, columns=found, dtype="object")
    else:
        cells, lines, prepared = prepare([dict(zip(found, row, strict=True)) for row in texts], lines)
        frame = pd.DataFrame(cells, columns=names, dtype="object")
    del texts
    frame = frame.reindex(columns=names).fillna("")
    frame["line"] = lines
    given = [spec for spec in fields if spec.name in found]
    named = {(p.row, p.column) for p in (*prepared, *ragged)}
    checked = [p for p in _check(frame, given, file) if (p.row, p.column) not in named]
    problems += ragged + prepared + checked
    positions = {name: position for position, name in columns.items()}
    return Table(file, _typed(frame, fields), tuple(problems), "", positions)


def duplicates(table: Table, columns: Sequence[str], shown: Iterable[str] | None = None) -> list[Problem]:
    """One problem for every row whose ``columns`` repeat those of an earlier row.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        The key.
    shown : iterable of str, optional
        Columns whose values stand in the problem; all of the key by default.
    """
    if not table.frame[list(columns)].astype(str).duplicated().any():
        return []
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    problems: list[Problem] = []
    names = list(shown if shown is not None else columns)
    for record in table.frame.to_dict("records"):
        key = tuple(str(record[column]) for column in columns)
        line, sheet = int(record["line"]), str(record.get("sheet", ""))
        if key in first:
            row, other = first[key]
            there = "" if other == sheet else f" {other} "
            message = (f"与{there}第{row}行重复", f"repeats line {row}{there and ' of' + there}".rstrip())
            cure = (
                "删去一行；若是修订，请写上各自的发布日期",
                "delete one; for a revision give each row its own publication date",
            )
            value = ", ".join(str(record[name]) for name in names)
            found = problem(table.file, line, "+".join(names), value, message, cure)
            problems.append(replace(found, sheet=sheet))
        first.setdefault(key, (line, sheet))
    return problems
