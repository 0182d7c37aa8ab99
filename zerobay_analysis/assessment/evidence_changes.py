"""Which figures came, were revised or went since an earlier run: the cause of a changed answer.

A run leaves its figures behind (:func:`figures_frame`, written as ``figures.csv``); a later run
compares its own with them. Figures are matched by what they measure and when, not by the number of
their row, so that a revised figure is told as revised and not as one gone and one new; and by who reports
them, so that a second unit's report of the same date is new and not a revision of the first one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zerobay_analysis.assessment import text
from zerobay_analysis.assessment.outlook import WEIGHED, IndicatorOutlook
from zerobay_analysis.assessment.pace import is_level
from zerobay_analysis.language import Name, in_language, listed, say
from zerobay_analysis.ledger.notation import month_label
from zerobay_analysis.plan import Indicator
from zerobay_analysis.series import Point

if TYPE_CHECKING:
    import pandas as pd


FIGURE_COLUMNS: tuple[str, ...] = ("indicator", "observation", "when", "group", "role", "label")
FIGURE_COLUMNS += ("published", "reporter", "label_en", "reporter_en")
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
_Reports = dict[Name, tuple[Name, ...]]
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

    added: tuple[Name, ...]
    revised: tuple[tuple[Name, Name], ...]
    gone: tuple[Name, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.revised or self.gone)

    def text(self, lang: str = "zh") -> str:
        """All of it in one sentence; empty where nothing changed."""
        moved = tuple(Name(f"{was} → {now}", f"{was.en} → {now.en}") for was, now in self.revised)
        parts = ((text.ADDED, self.added), (text.REVISED, moved), (text.GONE, self.gone))
        found = text.SEMICOLON.get(lang).join(
            f"{name.get(lang)}{text.COLON.get(lang)}{_listed(items, lang)}" for name, items in parts if items
        )
        return _MONTHS.sub(say(lang, r"\1年1—\2月", r"\1 to month \2"), found)


def figures_frame(outlooks: Iterable[IndicatorOutlook]) -> pd.DataFrame:
    """The figures that carry weight, one a row, columns :data:`FIGURE_COLUMNS`."""
    import pandas as pd

    rows = [_row(of.indicator, point) for of in outlooks for point in of.evidence.with_role(*WEIGHED)]
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


def _row(of: Indicator, point: Point) -> tuple[object, ...]:
    published = "" if point.published is None else point.published.isoformat()
    place = (of.id, point.observation, _when(point, of), point.group, str(point.role), point.label)
    english = (in_language(name, "en") for name in (point.label, point.reporter))
    return (*place, published, point.reporter, *english)


def evidence_changes(earlier: Iterable[Figure], later: Iterable[Figure], indicator: int) -> EvidenceChanges:
    """Compare one indicator's figures of two runs.

    Parameters
    ----------
    earlier, later : iterable of mapping
        Rows of the runs' ``figures.csv``, as text or typed; those of other indicators are passed over.
    """
    before, now = _by_place(earlier, indicator), _by_place(later, indicator)
    added, gone, revised = list[Name](), list[Name](), list[tuple[Name, Name]]()
    for place in dict.fromkeys((*now, *before)):
        old, new = before.get(place, {}), now.get(place, {})
        if old and new and not old.keys() & new.keys():  # handed over to another unit, or an old file
            old, new = {Name(""): _labels(old)}, {Name(""): _labels(new)}
        other = bool(old and new)
        added += [_named(place, new[who], [who] * other) for who in new if who not in old]
        gone += [_named(place, old[who], [who] * other) for who in old if who not in new]
        both = [who for who in new if who in old and new[who] != old[who]]
        revised += [(_named(place, old[who]), Name(*listed(new[who]))) for who in both]
    return EvidenceChanges(tuple(added), tuple(revised), tuple(gone))


def _by_place(rows: Iterable[Figure], indicator: int) -> dict[_Place, _Reports]:
    """Labels of each reporter by what is measured and when."""
    found: dict[_Place, _Reports] = {}
    for row in (row for row in rows if int(str(row["indicator"])) == indicator):
        reports = found.setdefault((str(row["group"] or ""), str(row["when"])), {})
        who, label = (
            Name(str(row.get(name) or ""), str(row.get(f"{name}_en") or "")) for name in ("reporter", "label")
        )
        reports[who] = tuple(sorted((*reports.get(who, ()), label)))
    return found


def _labels(reports: _Reports) -> tuple[Name, ...]:
    return tuple(sorted(label for labels in reports.values() for label in labels))


def _named(place: _Place, labels: Iterable[Name], reporters: Sequence[Name] = ()) -> Name:
    """Figures with their date; with who reports them, where others report the same."""
    zh, en = listed(labels)
    of = [place[1], *filter(None, reporters)]
    return Name(f"{zh}（{'，'.join(of)}）", f"{en} ({', '.join(in_language(one, 'en') for one in of)})")


def _when(point: Point, indicator: Indicator) -> str:
    """Month at whose end a figure stands, or the months that a year to date covers."""
    if is_level(indicator):
        return month_label(point.time)
    year = round(point.time)
    return str(year) if point.months >= 12 else f"{year}-01/{point.months:02d}"


def _listed(items: tuple[Name, ...], lang: str) -> str:
    last = listed(items[-MAX_NAMED:]).get(lang)
    if len(items) <= MAX_NAMED:
        return last
    return text.AND_MORE.fill(lang, named=last, n=len(items), more=len(items) - MAX_NAMED)
