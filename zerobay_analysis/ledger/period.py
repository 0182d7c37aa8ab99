"""Periods as people write them: 2025, 2025-06, 2025Q2, 2025年1-9月, 2025-06-30."""

from __future__ import annotations

import calendar
import functools
import math
import re
from dataclasses import dataclass
from datetime import date

from zerobay_analysis.files.cells import normal

__all__ = ["Period", "month_label", "parse_period", "years_of"]

_QUARTER = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to ``end``, both included; a single day is its own start and end."""

    start: date
    end: date

    @property
    def is_year(self) -> bool:
        """Whether the period is a calendar year."""
        return self.from_january and (self.end.month, self.end.day) == (12, 31)

    @property
    def from_january(self) -> bool:
        """Whether the period begins with its year, so that a sum over it is a year-to-date sum."""
        return (self.start.month, self.start.day) == (1, 1) and self.start.year == self.end.year


def _months(year: int, first: int, last: int) -> Period:
    if not 1 <= first <= last <= 12:
        raise ValueError(f"{year}-{first}-{last}")
    return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


@functools.lru_cache(maxsize=4096)
def parse_period(text: str) -> Period:
    """Read a period.

    Understands ``2025``, ``2025年末``, ``2025-06``, ``2025年6月``, ``2025Q2``, ``2025年二季度``,
    ``2025H1``, ``2025年上半年``, ``2025年1-9月`` and full dates. ``2025.1`` is refused: a sheet may
    have made it out of ``2025.10``.

    Raises
    ------
    ValueError
        For anything else; nothing is guessed.
    """
    plain = re.sub(r"\s+", "", normal(text)).upper()
    plain = re.sub("[\u2010-\u2015\u2212]", "-", plain).removeprefix("截至").removeprefix("截止")
    match = re.fullmatch(r"((?:19|20|21)[0-9]{2})(.*)", plain)
    if match is None:
        raise ValueError(text)
    year, rest = int(match[1]), match[2]
    if re.fullmatch(r"|年|年末|年底|年度|年全年", rest):
        return _months(year, 1, 12)
    if found := re.fullmatch(r"[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", rest):
        day = date(year, int(found[1]), int(found[2]))
        return Period(day, day)
    if rest == ".1":  # Excel shortens 2026.10 to this
        raise ValueError(text)
    if found := re.fullmatch(r"[-/.]([0-9]{1,2})|年([0-9]{1,2})月[份末底]?", rest):
        month = int(found[1] or found[2])
        return _months(year, month, month)
    if found := re.fullmatch(r"年([0-9]{1,2})月?[-~至到]([0-9]{1,2})月[份末底]?", rest):
        return _months(year, int(found[1]), int(found[2]))
    if found := re.fullmatch(r"[-年]?Q([1-4])|年第?([一二三四1-4])季度?[末底]?", rest):
        quarter = _QUARTER[found[1] or found[2]]
        return _months(year, 3 * quarter - 2, 3 * quarter)
    if re.fullmatch(r"-?H1|年?上半年[末底]?", rest):
        return _months(year, 1, 6)
    if re.fullmatch(r"-?H2|年?下半年[末底]?", rest):
        return _months(year, 7, 12)
    if found := re.fullmatch(r"年前([一二三1-3])季度?", rest):
        return _months(year, 1, 3 * _QUARTER[found[1]])
    raise ValueError(text)


def month_label(time: float) -> str:
    """``2024-05`` for every day of May 2024 on the scale of :func:`years_of`, whose last is its end."""
    months = math.ceil(time * 12 - 1e-6)
    return f"{(months - 1) // 12 + 1}-{(months - 1) % 12 + 1:02d}"


def years_of(day: date) -> float:
    """A day on the scale of years: the end of year ``Y`` is ``Y``, of May 2024 ``2023 + 5/12``."""
    days = calendar.monthrange(day.year, day.month)[1]
    return day.year - 1 + (day.month - 1 + day.day / days) / 12
