"""Probability, grade, required pace and verdict for one target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from zerobay_analysis.plan import Indicator

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Grade", "TargetOutlook", "Verdict"]


class Grade(StrEnum):
    """How much evidence stands behind a probability (DESIGN: evidence grades)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True)
class Verdict:
    """A plain word for a probability, with a symbol and a colour that differ in greyscale."""

    key: str
    word_zh: str
    word_en: str
    symbol: str
    colour: str
    floor: float | None
    """Least probability for this word; ``None`` for "no probability can be given"."""

    def word(self, lang: str = "zh") -> str:
        """The word in the reader's language."""
        return self.word_zh if lang == "zh" else self.word_en


@dataclass(frozen=True)
class TargetOutlook:
    """What can be said about one indicator and target year."""

    indicator: Indicator
    year: int
    target: float
    latest_value: float | None
    latest_date: str | None
    n_obs: int
    grade: Grade
    p_met: float | None
    q10: float | None
    q50: float | None
    q90: float | None
    required_per_year: float | None
    verdict: Verdict
    reason_zh: str
    reason_en: str
    request_zh: str
    request_en: str


def outlook_frame(outlooks: list[TargetOutlook]) -> pd.DataFrame:
    """Rows of ``outlook.csv``: one per indicator and year, columns as in DESIGN."""
    raise NotImplementedError
