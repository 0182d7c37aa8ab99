"""Everything that can be wrong, in words that name the place and the cure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zerobay_analysis.language import Text


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
