"""Columns of a ledger, from ``columns.toml``, and the words that its cells may have.

A department needs four columns, ``indicator, period, value, unit``; everything else has a
default that follows from the indicator. The public record fills more of them by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zerobay_analysis.files.tables import Field, fields_of
from zerobay_analysis.ledger.notation import QUALIFIERS
from zerobay_analysis.plan import Kind

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
    format : str
        Number format of its cells; as text, a sheet does not turn 2026-09 into a date.
    choices : sequence of str
        Words of its drop-down list.
    wrong : str
        What is said about anything else.
    """

    place: int
    title: str
    width: float
    guide: str
    example: str
    format: str = ""
    choices: Sequence[str] = ()
    wrong: str = ""


_COLUMNS = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))

PERIOD_TYPES = {word: kind for kind, words in _COLUMNS["periods"].items() for word in words}
"""What a row may say about its period, and what each means."""

FORM = _COLUMNS["form"]
"""Texts of the workbook that units fill in."""

_WORDS: Mapping[str, Iterable[str]] = {
    "status": Status,
    "comparability": Comparability,
    "basis": Basis,
    "role": Role,
    "qualifier": QUALIFIERS,
}
"""What a cell of an observation may say and is stored as, besides the words of ``columns.toml``."""


def _fields(table: str) -> tuple[Field, ...]:
    """Columns of a table, of which most may be left out or empty."""
    columns = {}
    for name, column in _COLUMNS[table].items():
        own = _WORDS.get(name, ()) if table == "observation" else ()
        words = {str(word): str(word) for word in own} | column.get("choices", {})
        columns[name] = {key: value for key, value in column.items() if key != "form"} | {"choices": words}
    return fields_of(columns, required=False, blank=True)


OBSERVATION_FIELDS = _fields("observation")
"""Columns of ``observations.csv``; only the first four must be there."""

IMPORT_FIELDS = _fields("import")
"""What is known about an import, besides its rows."""

SOURCE_FIELDS = _fields("source")
"""Columns of ``sources.csv``."""

SENT_ONLY = frozenset({"indicator_name", "numerator", "denominator"})
"""Columns of a sender's file that are checked or turned into others, and not kept."""

ROW_FIELDS = tuple(spec for spec in OBSERVATION_FIELDS if spec.name not in {*SENT_ONLY, "import_id"})
"""What a store keeps of every row."""

_FORM_COLUMNS = [FormColumn(**c["form"]) for c in _COLUMNS["observation"].values() if "form" in c]
FORM_COLUMNS = tuple(sorted(_FORM_COLUMNS, key=lambda column: column.place))
"""Columns of a unit's sheet, from A on."""
