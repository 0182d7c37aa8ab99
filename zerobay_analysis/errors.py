"""Everything that can be wrong, in words that name the place and the cure; most stand in ``errors.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from zerobay_analysis.language import Text

UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    r"\ufeff\ufffd\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # marks of damage; no characters
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""Characters that no text may have: XML cannot carry them, or a reader would see something else."""

MAX_SHOWN = 60
"""Characters of a value that a problem shows."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one place of a file that a person sent in.

    Attributes
    ----------
    file : str
        The file as the user named it.
    row : int or None
        Line number in the file, the header being line 1; ``None`` when the
        whole file or column is meant.
    column : str or None
        Column name; ``None`` when the whole row is meant.
    value : str
        The offending value as it stands in the file.
    message : str
        What is wrong, in Chinese.
    cure : str
        What to do about it, in Chinese.
    sheet : str
        Worksheet, empty for a file that has none.
    cell : str
        The cell's address on that sheet, e.g. ``"E7"``; empty where no single cell is meant.
    heading : str
        What the file itself calls the column, where that is known.
    """

    file: str
    row: int | None
    column: str | None
    value: str
    message: str
    cure: str
    sheet: str = ""
    cell: str = ""
    heading: str = ""

    @property
    def place(self) -> str:
        """Where in the file, as a reader looks for it: ``单位!E7``, ``单位 第7行``, ``第7行``."""
        if self.cell:
            return f"{self.sheet}!{self.cell}"
        row = "" if self.row is None else f"第{self.row}行"
        return f"{self.sheet} {row}".strip()

    def __str__(self) -> str:
        place = self.file
        if self.place:
            place += f" {self.place}"
        if self.column is not None:
            place += f" [{self.heading or self.column}]"
        value = f" “{self.value}”" if self.value else ""
        return f"{place}{value}: {self.message} → {self.cure}"


@cache
def _texts() -> Mapping[str, list[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def message(key: str, **facts: object) -> str:
    """A sentence of ``errors.toml`` without a place, filled in, as ``中文 / English``."""
    return " / ".join(text.format(**facts) for text in _texts()[key])


def problem(
    file: str, row: int | None, column: str | None, value: object, message: Iterable[str], cure: Iterable[str]
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
        Kind of problem in ``errors.toml``.
    row, column, value
        As in :class:`Problem`, as far as they are known.
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


class ZerobayError(Exception):
    """Base of every error that this package raises on purpose."""

    @property
    def text(self) -> Text:
        """The message in both languages, which it has with `` / `` between them."""
        zh, _, en = str(self).partition(" / ")
        return Text(zh, en or zh)


class DataError(ZerobayError):
    """Input data has problems; ``problems`` lists all of them at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(problems, key=lambda p: (p.file, p.sheet, p.row or 0, p.column or "", p.message))
        )
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"数据有 {len(self.problems)} 处问题 / {len(self.problems)} problems:\n{lines}")


class ParameterError(ZerobayError):
    """A parameter is unknown, of the wrong type or outside its range."""


class StoreUnusable(ZerobayError):  # noqa: N818 - says what is unusable
    """A place for a ledger cannot be read or written; the message says why and what to do."""


class StoreMoved(ZerobayError):  # noqa: N818 - a reason to look again, not a fault
    """Another import landed in the meantime; compare with the ledger again and retry."""


class ForecastDeclined(ZerobayError):  # noqa: N818 - a refusal with a reason, not a fault
    """A model declines because the evidence is below its stated minimum."""


class FontError(ZerobayError):
    """No font with Chinese glyphs can be loaded; nothing is drawn without one."""


class RunFailed(ZerobayError):  # noqa: N818 - says what happened, as the other messages do
    """A run cannot begin or cannot go on; the message says why and what to do."""


class RunInterrupted(ZerobayError):  # noqa: N818 - asked for, not a fault
    """The user stopped the run; the message says what is done and how to go on."""
