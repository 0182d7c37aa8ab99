"""Which figures came, were revised or went since an earlier run: the cause of a changed answer.

A run leaves its figures behind (:func:`figures_frame`, written as ``figures.csv``); a later run
compares its own with them. Figures are matched by what they measure and when, not by the number of
their row, so that a revised figure is told as revised and not as one gone and one new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.influence import WEIGHED
from zerobay_analysis.assessment.outlook import IndicatorOutlook, month_label
from zerobay_analysis.language import say
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIGURE_COLUMNS", "EvidenceNews", "evidence_news", "figures_frame"]

FIGURE_COLUMNS = ("indicator", "observation", "when", "group", "role", "label", "published")
"""Columns of :func:`figures_frame`, all text but the number of the indicator."""
MOST_NAMED = 3
"""Figures named one by one in a sentence; of more, the last ones and how many there are."""

_MONTHS = re.compile(r"(\d{4})-01/0?(\d+)")
"""A year to date as :func:`_when` writes it."""
_Place = tuple[str, str]
"""What a figure measures (empty for the plan's definition) and when."""


@dataclass(frozen=True)
class EvidenceNews:
    """What happened to the figures that carry weight for one indicator.

    Attributes
    ----------
    added, gone : tuple of str
        Figures with their date, e.g. ``152家（2026-10）``.
    revised : tuple of (str, str)
        The same figure before and now.
    """

    added: tuple[str, ...]
    revised: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.revised or self.gone)

    def text(self, lang: str = "zh") -> str:
        """All of it in one sentence; empty where nothing changed."""
        moved = tuple(f"{before} → {now}" for before, now in self.revised)
        parts = (
            (say(lang, "新增数字", "new"), self.added),
            (say(lang, "修订", "revised"), moved),
            (say(lang, "不再采用", "no longer used"), self.gone),
        )
        colon, stop = say(lang, "：", ": "), say(lang, "；", "; ")
        found = stop.join(f"{name}{colon}{_listed(items, lang)}" for name, items in parts if items)
        if lang != "zh":
            return _MONTHS.sub(r"\1 to month \2", found).replace("（", " (").replace("）", ")")
        return _MONTHS.sub(r"\1年1—\2月", found)


def figures_frame(outlooks: Iterable[IndicatorOutlook]) -> pd.DataFrame:
    """The figures that carry weight, one a row, columns :data:`FIGURE_COLUMNS`."""
    import pandas as pd

    rows = [
        (
            outlook.indicator.id,
            point.observation,
            _when(point, outlook.indicator),
            point.group,
            str(point.role),
            point.label,
            "" if point.published is None else point.published.isoformat(),
        )
        for outlook in outlooks
        for point in outlook.evidence.with_role(*WEIGHED)
    ]
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


def evidence_news(earlier: Iterable[Mapping[str, object]], outlook: IndicatorOutlook) -> EvidenceNews:
    """Compare one indicator's figures with those of an earlier run.

    Parameters
    ----------
    earlier : iterable of mapping
        Rows of the earlier run's ``figures.csv``, as text or typed; those of other indicators are
        passed over.
    outlook : IndicatorOutlook
        Of now.
    """
    mine = [row for row in earlier if int(str(row["indicator"])) == outlook.indicator.id]
    before = _by_place((str(r["group"] or ""), str(r["when"]), str(r["label"])) for r in mine)
    now = _by_place(
        (point.group, _when(point, outlook.indicator), point.label)
        for point in outlook.evidence.with_role(*WEIGHED)
    )
    both = [place for place in now if place in before and now[place] != before[place]]
    return EvidenceNews(
        added=tuple(_named(place, now) for place in now if place not in before),
        revised=tuple((_named(place, before), "、".join(now[place])) for place in both),
        gone=tuple(_named(place, before) for place in before if place not in now),
    )


def _by_place(figures: Iterable[tuple[str, str, str]]) -> dict[_Place, tuple[str, ...]]:
    """Labels by what is measured and when; several where sources disagree."""
    found: dict[_Place, tuple[str, ...]] = {}
    for group, when, label in figures:
        found[group, when] = tuple(sorted((*found.get((group, when), ()), label)))
    return found


def _named(place: _Place, figures: Mapping[_Place, tuple[str, ...]]) -> str:
    return f"{'、'.join(figures[place])}（{place[1]}）"


def _when(point: Point, indicator: Indicator) -> str:
    """Month at whose end a figure stands, or the months that a year to date covers."""
    if indicator.kind in (Kind.FLOW, Kind.RATE):
        months = round(12 * point.through)
        year = round(point.time)
        return str(year) if months >= 12 else f"{year}-01/{months:02d}"
    return month_label(point.time)


def _listed(items: tuple[str, ...], lang: str) -> str:
    comma = say(lang, "、", ", ")
    named = comma.join(items[-MOST_NAMED:])
    if len(items) <= MOST_NAMED:
        return named
    return named + say(lang, f"等 {len(items)} 个", f" and {len(items) - MOST_NAMED} more")
