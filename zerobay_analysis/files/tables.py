"""Tables that people send in: their columns, cells to types, every problem at once.

A table is described by a tuple of :class:`Field`; :func:`read_table` returns typed rows and
the list of everything that is wrong with the file. It never guesses and never drops a row
without a :class:`~zerobay_analysis.errors.Problem`; rows without any content are not rows.

Rules that a sender has to know

- Encodings: UTF-8 (with or without BOM) and GB18030 (which includes GBK). Nothing else.
- Separator: the comma. Fields with a comma are quoted.
- Numbers: Western or full-width digits, ``1,890`` or ``1890``; no 约, no other digits (5², ①, ٣).
  A ledger's value may also have 千, 万, 亿 or a percent sign (:mod:`zerobay_analysis.ledger.notation`).
- Text: at most 32,767 characters a cell, the most that a sheet holds, and none of
  :data:`~zerobay_analysis.files.cells.UNFIT`.
- Dates: ``2026-06-30``, ``2026/6/30``, ``2026年6月30日``.
- Columns may be in any order. A column that is not known is an error (it may be a misspelt
  one), except where its name starts with ``x_`` or ``备注``: such columns are the sender's own.
"""

from __future__ import annotations

import difflib
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.cells import MAX_TEXT, PARSERS, UNFIT, beyond, visible, word
from zerobay_analysis.files.csv import Rows, read_rows
from zerobay_analysis.files.problems import Refused

if TYPE_CHECKING:
    import pandas as pd


Row = dict[str, Any]

Prepare = Callable[[dict[str, str], int], list[Problem] | None]
"""What may be done to a row of text before its cells are checked: the row, which it may change, and
its line in; problems out, or ``None`` for a row to leave out."""

OWN_COLUMN = ("x_", "备注")
"""Columns whose names start like this belong to the sender and are not read."""

MAX_COLUMNS = 200
"""A wider header is no table of ours."""


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

    @cached_property
    def accepted(self) -> Mapping[str, str]:
        """Accepted words as :func:`~zerobay_analysis.files.cells.word` writes them."""
        return {word(choice): stored for choice, stored in self.choices.items()}

    @property
    def missing(self) -> Any:
        """What stands in a row for a cell without a value."""
        return {"text": "", "boolean": False}.get(self.kind)

    def read(self, text: str) -> tuple[Any, Refused | None]:
        """Value of a cell, and what is wrong with it."""
        given = text or self.default
        if not given:
            return self.missing, None if self.blank else Refused("blank")
        try:
            value: Any = given if self.kind == "text" else PARSERS[self.kind](given)
        except ValueError:
            return self.missing, Refused(f"not_{self.kind}")
        if self.choices and word(given) not in self.accepted:
            return value, Refused("unknown_value", **in_each_language(self.choices))
        if self.choices and self.kind == "text":
            return self.accepted[word(given)], None
        numeric = self.kind in {"integer", "number"}
        bounds = beyond(value, self.minimum, self.maximum) if numeric else ""
        return value, Refused("out_of_range", bounds=bounds) if bounds else None


@dataclass(frozen=True)
class Table:
    """A file as it was read.

    Attributes
    ----------
    file : str
        As the user named it.
    fields : sequence of Field
    rows : list of dict
        One per row of the file that has the right number of fields: values by the fields' names
        plus ``line`` (line in the file, the header being line 1). A cell that could not be read
        is missing (``None``, of a text ``""``) and named in ``problems``.
    problems : tuple of Problem
    sha256 : str
        Of the file's bytes; empty where it could not be opened.
    positions : mapping of str to int
        Position of every field in the file, the first column being 0.
    """

    file: str
    fields: Sequence[Field]
    rows: list[Row]
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    positions: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a typed frame, with their lines."""
        return typed_frame(self.rows, self.fields)


def fields_of(columns: Mapping[str, Mapping[str, Any]], **defaults: Any) -> tuple[Field, ...]:
    """Columns as a TOML table describes them, by name; ``defaults`` for what one leaves out.

    Choices are words, or words and what each is stored as.
    """
    found = []
    for name, column in columns.items():
        options = {"choices": {}, "aliases": (), **defaults, **column}
        choices, aliases = options.pop("choices"), tuple(options.pop("aliases"))
        words = choices if isinstance(choices, dict) else {str(choice): str(choice) for choice in choices}
        found.append(Field(name, **options, choices=words, aliases=aliases))
    return tuple(found)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for garbage meanwhile: it would look through a large ledger's rows again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def typed_frame(rows: Sequence[Mapping[str, Any]], fields: Sequence[Field]) -> pd.DataFrame:
    """Frame of the fields' types, and the rows' lines."""
    import pandas as pd

    types = {"integer": "Int64", "number": "float64", "boolean": "bool", "date": "datetime64[ns]"}
    columns = {
        spec.name: pd.Series([row[spec.name] for row in rows], dtype=types.get(spec.kind, "object"))
        for spec in fields
    }
    columns["line"] = pd.Series([row.get("line", 0) for row in rows], dtype="int64")
    return pd.DataFrame(columns)


def in_each_language(words: Iterable[str]) -> dict[str, Any]:
    """Words that a cell may say: the Chinese ones and the English ones, all where there is one kind."""
    listed = [*words]
    chinese = [one for one in listed if not one.isascii()] or listed
    return {
        "words": "、".join(chinese),
        "english": ", ".join([one for one in listed if one.isascii()] or listed),
    }


def column_names(fields: Sequence[Field]) -> dict[str, str]:
    """Every name that a column may have, without case and width, and its field's name."""
    return {word(a): f.name for f in fields for a in (f.name, *f.aliases)}


def is_own_column(name: str) -> bool:
    """Whether a column that is no field of ours belongs to the sender."""
    return name.startswith(OWN_COLUMN)


def _columns(
    header: list[str], fields: Sequence[Field], file: str, line: int
) -> tuple[dict[int, str], list[Problem]]:
    """Position to field name, and what is wrong with the header."""
    names = column_names(fields)
    chinese = any(not cell.isascii() for cell in header)
    called = {f.name: f.aliases[0] if f.aliases and chinese else f.name for f in fields}
    found: dict[int, str] = {}
    problems: list[Problem] = []
    for position, cell in enumerate(header):
        name = names.get(word(cell))
        if (unfit := _unfit(cell)) is not None:
            problems.append(unfit.at(file, line, visible(cell), cell))
        elif name is None and cell and not is_own_column(cell):
            known = [name for name in names if name.isascii() != chinese]
            near = difflib.get_close_matches(word(cell), known, n=1)
            hint = near[0] if near else "、".join(called[f.name] for f in fields if f.required)
            problems.append(Refused("unknown_column", hint=hint).at(file, line, cell))
        elif name in found.values():
            problems.append(Refused("column_twice").at(file, line, cell))
        elif name is not None:
            found[position] = name
    missing = [f.name for f in fields if f.required and f.name not in found.values()]
    problems += [Refused("column_missing", name=called[name]).at(file, line, name) for name in missing]
    return found, problems


def _unfit(text: str) -> Refused | None:
    """Why a cell's text cannot be kept, ``None`` where it can."""
    found = UNFIT.search(text)
    if found is not None:
        return Refused("unfit_character", position=found.start() + 1, code=f"U+{ord(found[0]):04X}")
    return Refused("long_cell", count=len(text), limit=MAX_TEXT) if len(text) > MAX_TEXT else None


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
        Applied to every row before it is checked.
    """
    line, header = rows[0] if rows else (1, [])
    if not 2 <= len(header) < MAX_COLUMNS:
        return Table(file, fields, [], (Refused("no_header").at(file, line, None, ",".join(header)),))
    columns, problems = _columns(header, fields, file, line)
    if len(rows) < 2 and columns:
        problems.append(Refused("no_rows").at(file, line))
    blank = [position for position, name in enumerate(header) if not name]
    # Most cells of a large ledger repeat.
    readers = {spec.name: cache(spec.read) for spec in fields}
    missing = {name: read("")[0] for name, read in readers.items()}
    given, typed, fit = {*columns.values()}, [], set[str]()
    for line, cells in rows[1:]:
        if len(cells) < len(header) or any(cells[len(header) :]) or any(cells[i] for i in blank):
            ragged = Refused("ragged_row", count=len(cells), wanted=len(header) - len(blank))
            problems.append(ragged.at(file, line, None, ",".join(cells)))
            continue
        texts = {name: cells[position] for position, name in columns.items()}
        wrong = []
        if any(map(_unfit, fresh := {*texts.values()} - fit)):
            wrong = [r.at(file, line, name, text) for name, text in texts.items() if (r := _unfit(text))]
        else:
            fit |= fresh
        prepared = prepare(texts, line) if prepare is not None else []
        problems += (wrong := wrong + (prepared or []))
        if prepared is None:
            continue
        row: Row = {"line": line, **missing}
        named = {found.column for found in wrong}
        for name, text in texts.items():
            row[name], reason = readers[name](text)
            if reason is not None and name in given and name not in named:
                problems.append(reason.at(file, line, name, text))
        typed.append(row)
    positions = {name: position for position, name in columns.items()}
    return Table(file, fields, typed, tuple(problems), "", positions)


def duplicates(
    file: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], shown: Sequence[str] = ()
) -> list[Problem]:
    """One problem for every row whose ``columns`` repeat those of an earlier row.

    Parameters
    ----------
    file : str
        Named in problems.
    rows : iterable of mappings
        With their ``line`` and, if they are of several sheets, ``sheet``.
    columns : sequence of str
        The key.
    shown : sequence of str
        Columns whose values stand in the problem; all of the key by default.
    """
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    problems: list[Problem] = []
    names = shown or columns
    for row in rows:
        line, sheet = int(row["line"]), str(row.get("sheet", ""))
        before, other = first.setdefault(tuple(str(row[c]) for c in columns), (line, sheet))
        if (before, other) == (line, sheet):
            continue
        there = "" if other == sheet else f" {other} "
        reason = Refused("row_twice", first=before, sheet=there, of_sheet=there and f" of {other}")
        value = ", ".join(str(row[name]) for name in names)
        problems.append(reason.at(file, line, "+".join(names), value, sheet=sheet))
    return problems
