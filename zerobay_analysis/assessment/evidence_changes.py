"""Which figures came, were revised or went since an earlier run: the cause of a changed answer.

A run leaves its figures behind (:func:`figures_frame`, written as ``figures.csv``); a later run
compares its own with them. Figures are matched by what they measure and when, not by the number of
their row, so that a revised figure is told as revised and not as one gone and one new; and by who reports
them, so that a second unit's report of the same date is new and not a revision of the first one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.influence import WEIGHED
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point

if TYPE_CHECKING:
    import pandas as pd


FIGURE_COLUMNS = ("indicator", "observation", "when", "group", "role", "label", "published", "reporter")
"""Columns of :func:`figures_frame`, all text but the number of the indicator. Files written before
there was a ``reporter`` are compared without it."""
MAX_NAMED = 3
"""Figures named one by one in a sentence; of more, the last ones and how many there are."""

_MONTHS = re.compile(r"(\d{4})-01/0?(\d+)")
"""A year to date as :func:`_when` writes it."""
Figure = Mapping[str, object]
"""A row of ``figures.csv``."""
_Place = tuple[str, str]
"""What a figure measures (empty for the plan's definition) and when."""
_Reports = dict[str, tuple[str, ...]]
"""Labels by reporter; several where one source disagrees with itself."""


@dataclass(frozen=True)
class EvidenceChanges:
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
        parts = ((text.ADDED, self.added), (text.REVISED, moved), (text.GONE, self.gone))
        found = text.SEMICOLON.get(lang).join(
            f"{name.get(lang)}{text.COLON.get(lang)}{_listed(items, lang)}" for name, items in parts if items
        )
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
            point.reporter,
        )
        for outlook in outlooks
        for point in outlook.evidence.with_role(*WEIGHED)
    ]
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


def evidence_changes(earlier: Iterable[Figure], later: Iterable[Figure], indicator: int) -> EvidenceChanges:
    """Compare one indicator's figures of two runs.

    Parameters
    ----------
    earlier, later : iterable of mapping
        Rows of the runs' ``figures.csv``, as text or typed; those of other indicators are passed over.
    """
    mine = ([row for row in rows if int(str(row["indicator"])) == indicator] for rows in (earlier, later))
    before, now = map(_by_place, mine)
    added: list[str] = []
    revised: list[tuple[str, str]] = []
    gone: list[str] = []
    for place in dict.fromkeys((*now, *before)):
        old, new = before.get(place, {}), now.get(place, {})
        if old and new and not old.keys() & new.keys():  # handed over to another unit, or an old file
            old, new = {"": _labels(old)}, {"": _labels(new)}
        other = place in before and place in now
        added += [_named(place, new[who], who * other) for who in new if who not in old]
        gone += [_named(place, old[who], who * other) for who in old if who not in new]
        both = [who for who in new if who in old and new[who] != old[who]]
        revised += [(_named(place, old[who]), "、".join(new[who])) for who in both]
    return EvidenceChanges(tuple(added), tuple(revised), tuple(gone))


def _by_place(rows: Iterable[Figure]) -> dict[_Place, _Reports]:
    """Labels of each reporter by what is measured and when."""
    found: dict[_Place, _Reports] = {}
    for row in rows:
        reports = found.setdefault((str(row["group"] or ""), str(row["when"])), {})
        who = str(row.get("reporter") or "")
        reports[who] = tuple(sorted((*reports.get(who, ()), str(row["label"]))))
    return found


def _labels(reports: _Reports) -> tuple[str, ...]:
    return tuple(sorted(label for labels in reports.values() for label in labels))


def _named(place: _Place, labels: Iterable[str], reporter: str = "") -> str:
    """Figures with their date; with who reports them, where others report the same."""
    return f"{'、'.join(labels)}（{'，'.join(filter(None, (place[1], reporter)))}）"


def _when(point: Point, indicator: Indicator) -> str:
    """Month at whose end a figure stands, or the months that a year to date covers."""
    if indicator.kind in (Kind.FLOW, Kind.RATE):
        year = round(point.time)
        return str(year) if point.months >= 12 else f"{year}-01/{point.months:02d}"
    return month_label(point.time)


def _listed(items: tuple[str, ...], lang: str) -> str:
    named = text.LIST.get(lang).join(items[-MAX_NAMED:])
    if len(items) <= MAX_NAMED:
        return named
    return text.AND_MORE.fill(lang, named=named, n=len(items), more=len(items) - MAX_NAMED)
