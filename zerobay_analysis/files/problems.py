"""Problems with what people send in; the texts and cures of most stand in ``problems.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.cells import UNFIT

__all__ = ["Refused", "problem", "wording"]

Wording = tuple[tuple[str, str], tuple[str, str]]
"""Message and cure, each in Chinese and English."""

MAX_SHOWN = 60
"""Characters of a value that a problem shows."""


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, list[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def wording(key: str, **facts: object) -> Wording:
    """Message and cure of a kind of problem, with what the case at hand is about."""
    chinese, english, cure_zh, cure_en = (text.format(**facts) for text in _texts()[key])
    return (chinese, english), (cure_zh, cure_en)


def problem(
    file: str,
    row: int | None,
    column: str | None,
    value: object,
    message: Iterable[str],
    cure: Iterable[str],
) -> Problem:
    """Build a problem from Chinese and English halves, shown as ``中文 / English``."""
    text = str(value)
    shown = UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:MAX_SHOWN])
    shown = shown if len(text) <= MAX_SHOWN else shown[: MAX_SHOWN - 3] + "…"
    return Problem(file, row, column, shown, " / ".join(message), " / ".join(cure))


class Refused(Exception):  # noqa: N818 - a reason, caught where the place is known
    """Something that cannot be read.

    Parameters
    ----------
    key : str
        Kind of problem in ``problems.toml``.
    row, column, value
        As in :class:`~zerobay_analysis.errors.Problem`, as far as they are known.
    **facts
        What the texts need.
    """

    def __init__(
        self, key: str, row: int | None = None, column: str | None = None, value: str = "", **facts: object
    ) -> None:
        super().__init__(key)
        self.row, self.column, self.value = row, column, value
        self.message, self.cure = wording(key, **facts)

    def at(self, file: str, row: int | None = None, column: str | None = None, value: str = "") -> Problem:
        """The problem in its file, at a place that was not known where it was raised."""
        place = (self.row or row, self.column or column, self.value or value)
        return problem(file, *place, self.message, self.cure)
