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
  :data:`~zerobay_analysis.errors.UNFIT`.
- Dates: ``2026-06-30``, ``2026/6/30``, ``2026年6月30日``.
- Columns may be in any order. A column that is not known is an error (it may be a misspelt
  one), except where its name starts with ``x_`` or ``备注``: such columns are the sender's own.
"""

from __future__ import annotations

import difflib
import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zerobay_analysis.errors import UNFIT, Problem, Refused
from zerobay_analysis.files.csv import Rows, csv_rows, opened

if TYPE_CHECKING:
    import pandas as pd


MAX_TEXT = 32_767
"""Characters that a cell of a sheet can hold; longer text would be cut in the forms."""

WIDTHS: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: " ",
    0x2212: "-",
}
"""Full-width forms of ASCII, the wide blank and the minus sign, and what they are for certain."""


@lru_cache(maxsize=65_536)
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


def beyond(value: float, low: float | None, high: float | None) -> str:
    """Bounds that a value is not within, e.g. ``≥ 0 ≤ 100``; empty where it is."""
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    return " ".join(f"{sign} {end:g}" for sign, end in (("≥", low), ("≤", high)) if end is not None)


def parse_date(text: str) -> date:
    """Read a full date with ``-``, ``/``, ``.`` or 年月日; raise ``ValueError`` otherwise."""
    match = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", normal(text))
    if match is None or not 1900 <= int(match[1]) <= 2200:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3]))


BOOLEANS = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}


def plain_text(number: float | Decimal) -> str:
    """``number`` at the 15 digits that a sheet shows, without exponent or needless zeros."""
    if isinstance(number, float):
        number = Decimal(f"{number:.15g}")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=65_536)
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
    if isinstance(value, date):  # or an instant, of which the day counts
        return value.isoformat()[:10]
    return visible(str(value))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "integer": parse_integer,
    "number": parse_number,
    "boolean": lambda text: BOOLEANS[word(text)],
    "date": parse_date,
}


def word(text: str) -> str:
    """``text`` without differences of case and width."""
    return normal(text).casefold()


# --- columns and rows ---

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

    @cached_property
    def accepted(self) -> Mapping[str, str]:
        """Accepted words as :func:`word` writes them."""
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
            value = PARSERS[self.kind](given)
        except (ValueError, KeyError):
            return self.missing, Refused(f"not_{self.kind}")
        if bounds := beyond(value, self.minimum, self.maximum):
            return value, Refused("out_of_range", bounds=bounds)
        if self.choices and word(given) not in self.accepted:
            return value, Refused("unknown_value", **each_language(self.choices))
        return self.accepted[word(given)] if self.choices and self.kind == "text" else value, None


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
    sheet : str
        Worksheet, empty for a file that has none.
    """

    file: str
    fields: Sequence[Field]
    rows: list[Row]
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    positions: Mapping[str, int] = field(default_factory=dict)
    sheet: str = ""

    def cell(self, line: int, column: str) -> str:
        """Address of a cell on the sheet, empty for a column that the sheet has not."""
        from openpyxl.utils import get_column_letter

        place = self.positions.get(column)
        return "" if place is None else f"{get_column_letter(place + 1)}{line}"

    def placed(self, found: Problem) -> Problem:
        """A problem with its sheet and, where one is meant, its cell."""
        if not self.sheet:
            return found
        cell = "" if found.row is None else self.cell(found.row, (found.column or "").partition("+")[0])
        return replace(found, sheet=self.sheet, cell=cell)


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


def each_language(words: Iterable[str]) -> dict[str, Any]:
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
        elif name is None and cell and not cell.startswith(OWN_COLUMN):
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
    content = opened(path, csv_rows)
    table = table_of(content.file, content.rows, fields)
    # A file that is no CSV has no header to complain about either.
    problems = content.problems + (table.problems if content.rows else ())
    return replace(table, problems=problems, sha256=content.sha256)


def table_of(
    file: str, rows: Rows, fields: Sequence[Field], prepare: Prepare | None = None, sheet: str = ""
) -> Table:
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
    sheet : str
        Named in problems.
    """
    line, header = rows[0] if rows else (1, [])
    if not 2 <= len(header) < MAX_COLUMNS:
        nothing = Refused("no_header").at(file, line, None, ",".join(header), sheet=sheet)
        return Table(file, fields, [], (nothing,), sheet=sheet)
    columns, problems = _columns(header, fields, file, line)
    if len(rows) < 2 and columns:
        problems.append(Refused("no_rows").at(file, line))
    blank = [position for position, name in enumerate(header) if not name]
    # Most cells of a large ledger repeat.
    unfit, readers = cache(_unfit), {spec.name: cache(spec.read) for spec in fields}
    missing = {name: read("")[0] for name, read in readers.items()}
    given, typed = {*columns.values()}, []
    for line, cells in rows[1:]:
        if len(cells) < len(header) or any(cells[len(header) :]) or any(cells[i] for i in blank):
            ragged = Refused("ragged_row", count=len(cells), wanted=len(header) - len(blank))
            problems.append(ragged.at(file, line, None, ",".join(cells)))
            continue
        texts = {name: cells[position] for position, name in columns.items()}
        wrong = [r.at(file, line, name, text) for name, text in texts.items() if (r := unfit(text))]
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
    table = Table(file, fields, typed, (), "", positions, sheet)
    return replace(table, problems=tuple(map(table.placed, problems)))


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
