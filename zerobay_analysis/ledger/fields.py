"""Columns of a ledger, from ``columns.toml``, and the words that its cells may have.

A department needs four columns, ``indicator, period, value, unit``; everything else has a
default that follows from the indicator. The public record fills more of them by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zerobay_analysis.files.tables import Field
from zerobay_analysis.ledger.qualifiers import QUALIFIERS
from zerobay_analysis.plan import Kind

__all__ = [
    "BASES",
    "COUNT_UNITS",
    "FORM_COLUMNS",
    "IMPORT_FIELDS",
    "KEY",
    "OBSERVATION_FIELDS",
    "PERIOD_TYPES",
    "ROW_FIELDS",
    "SOURCE_FIELDS",
    "Basis",
    "Comparability",
    "FormColumn",
    "Role",
    "Status",
]

KEY = ("indicator", "measure", "geography", "period_end", "basis", "comparability", "reporter")
"""What makes two rows vintages of the same figure."""


class Role(StrEnum):
    """What a figure may tell a model about the official series."""

    OWN = "own"
    """Official definition and geography: informs level and growth."""
    DOUBTFUL = "doubtful"
    """Wording matches, but a change of definition is possible: as likely to carry an
    unknown constant offset as not."""
    PROXY = "proxy"
    """Other definition or geography: unknown constant offset, informs growth only."""
    OUTLIER = "outlier"
    """Kept and shown; no weight in any model, for the reason in ``caveat``."""
    CONTEXT = "context"
    """Shown beside the indicator, no weight in any model: another unit or another kind of
    count (a stock where the indicator is a flow, a figure per head)."""


class Comparability(StrEnum):
    """How a figure relates to the plan's indicator."""

    DIRECT = "direct"
    OTHER_DEFINITION = "other_definition"
    OTHER_GEOGRAPHY = "other_geography"
    CONTEXT = "context"


class Status(StrEnum):
    """Whether a vintage says what a figure is, or takes it back."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """What stretch of time a figure covers."""

    STOCK = "stock"
    CUMULATIVE = "cumulative"
    FLOW = "flow"
    RATE = "rate"
    SHARE = "share"
    YTD_FLOW = "ytd_flow"
    YTD_RATE = "ytd_rate"
    PART_FLOW = "part_flow"
    """Sum over a part of the year that does not begin in January, or of one batch."""
    PART_RATE = "part_rate"


BASES: Mapping[Kind, frozenset[Basis]] = {
    Kind.STOCK: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.CUMULATIVE: frozenset({Basis.STOCK, Basis.CUMULATIVE}),
    Kind.FLOW: frozenset({Basis.FLOW, Basis.YTD_FLOW}),
    Kind.RATE: frozenset({Basis.RATE, Basis.YTD_RATE}),
}
"""Bases that a model of each kind can use."""

_PERIOD_WORDS = {
    "year": "全年 年度 annual",
    "point": "时点 期末 年末 历年累计 stock",
    "ytd": "本年累计 年初至今 ytd",
    "part": "当期 当季 当月 part",
}
PERIOD_TYPES = {word: kind for kind, words in _PERIOD_WORDS.items() for word in words.split()}
"""What a row may say about its period, and what each means."""

COUNT_UNITS = frozenset({"个", "家"})
"""Measure words for institutions: a change of one for the other is no change of scale."""


@dataclass(frozen=True)
class FormColumn:
    """One column of the workbook that units fill in.

    Attributes
    ----------
    place : int
        The first column being 1.
    title : str
    width : float
        In characters.
    guide : str
        How to fill it in.
    example : str
    """

    place: int
    title: str
    width: float
    guide: str
    example: str


_COLUMNS = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))

_WORDS: Mapping[str, Iterable[str]] = {
    "status": Status,
    "comparability": Comparability,
    "basis": Basis,
    "role": Role,
    "qualifier": QUALIFIERS,
}
"""What a cell may say and is stored as."""


def _fields(table: str) -> tuple[Field, ...]:
    """Columns of a table, of which most may be left out or empty."""
    found = []
    for name, column in _COLUMNS[table].items():
        given = {key: value for key, value in column.items() if key not in {"form", "choices", "aliases"}}
        words = {str(word): str(word) for word in _WORDS.get(name, ()) if table == "observation"}
        choices, aliases = words | column.get("choices", {}), tuple(column.get("aliases", ()))
        options = {"required": False, "blank": True} | given
        found.append(Field(name, **options, choices=choices, aliases=aliases))
    return tuple(found)


OBSERVATION_FIELDS = _fields("observation")
"""Columns of ``observations.csv``; only the first four must be there."""

IMPORT_FIELDS = _fields("import")
"""What is known about an import, besides its rows."""

SOURCE_FIELDS = _fields("source")
"""Columns of ``sources.csv``."""

ROW_FIELDS = tuple(spec for spec in OBSERVATION_FIELDS if spec.name not in {"indicator_name", "import_id"})
"""What a store keeps of every row."""

FORM_COLUMNS = tuple(
    sorted(
        (FormColumn(**column["form"]) for column in _COLUMNS["observation"].values() if "form" in column),
        key=lambda column: column.place,
    )
)
"""Columns of a unit's sheet, from A on."""
