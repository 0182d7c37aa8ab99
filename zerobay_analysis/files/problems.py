"""What can be wrong with what people send in or ask for; most texts and cures stand in ``problems.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from zerobay_analysis.errors import Problem
from zerobay_analysis.files.cells import UNFIT

MAX_SHOWN = 60
"""Characters of a value that a problem shows."""


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, list[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def message(key: str, **facts: object) -> str:
    """A sentence of ``problems.toml`` without a place, filled in, as ``中文 / English``."""
    return " / ".join(text.format(**facts) for text in _texts()[key])


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


class Refused(Exception):  # noqa: N818 - a reason, raised or kept until the place is known
    """Something that cannot be read or accepted, and what to do about it.

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
        self.texts = [text.format(**facts) for text in _texts()[key]]

    def at(
        self, file: str, row: int | None = None, column: str | None = None, value: object = "", **sheet: Any
    ) -> Problem:
        """The problem in its file, at a place not known before; ``sheet`` and ``cell`` where it has them."""
        place = (self.row or row, self.column or column, self.value or value)
        return replace(problem(file, *place, self.texts[:2], self.texts[2:]), **sheet)
