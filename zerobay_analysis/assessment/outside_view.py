"""What became of comparable targets elsewhere: the share met, and by how much outcomes missed.

A line of its own beside the probabilities, never mixed into them: the record of such targets is
selected, and how is said with every number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zerobay_analysis.assessment import text
from zerobay_analysis.errors import DataError, Problem
from zerobay_analysis.files.csv import read_records
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.language import Text
from zerobay_analysis.plan import Plan

Z95 = 1.959964
"""Normal quantile of a 95 % interval."""
GROWTH_THEMES = ("industrial_growth", "growth")
"""Themes in which outcome minus target is in points, so that its distribution means something."""
THEMES = ("st_count", "rd_intensity", *GROWTH_THEMES)
"""Kinds of targets; how each one's record is selected is a text (data/outside_view/README.md)."""


@dataclass(frozen=True)
class OutsideView:
    """Comparable targets elsewhere of which the outcome is known.

    Attributes
    ----------
    theme : str
    met, decided : int
    low, high : float
        Wilson interval of the share met, 95 %.
    gap : tuple of float or None
        Quantiles 10, 50 and 90 % of outcome minus target, in points; growth rates only.
    """

    theme: str
    met: int
    decided: int
    low: float
    high: float
    gap: tuple[float, float, float] | None

    def outcome(self, target: float, lang: str = "zh") -> str:
        """Where such targets ended, as the share met and, of a growth target, the outcome of four in five."""
        share = f"{self.met}/{self.decided}"
        if self.gap is None:
            return share
        low, _, high = (f"{target + point:.1f}" for point in self.gap)
        return text.OUTSIDE_OUTCOME.fill(lang, share=share, low=low, high=high)

    @property
    def bias(self) -> Text:
        """How the record is selected."""
        return text[f"BIAS_{self.theme.upper()}"]

    @property
    def sentence(self) -> Text:
        """The share met with its count, interval and bias, and the gap where there is one."""
        return text.both("OUTSIDE_VIEW" if self.gap is None else "OUTSIDE_VIEW_GAP", of=self, bias=self.bias)


def wilson(met: int, decided: int) -> tuple[float, float]:
    """Wilson score interval of a share, 95 % (Wilson 1927, JASA 22, 209-212)."""
    share, z2 = met / decided, Z95**2
    centre = (share + z2 / (2 * decided)) / (1 + z2 / decided)
    half = Z95 * (share * (1 - share) / decided + z2 / (4 * decided**2)) ** 0.5 / (1 + z2 / decided)
    return max(0.0, centre - half), min(1.0, centre + half)


def outside_views(plan: Plan) -> dict[int, OutsideView]:
    """The outside view of every indicator that has one, by its number.

    ``outside_view.csv`` in the plan's folder names the theme of each indicator; it may be missing.

    Raises
    ------
    DataError
        It names a theme or an indicator that there is not.
    """
    path = plan.folder / "outside_view.csv"
    if not path.exists():
        return {}
    rows = read_records(data_dir() / "outside_view" / "targets.csv")
    known = {str(indicator.id): indicator.id for indicator in plan.indicators}
    views: dict[int, OutsideView] = {}
    problems: list[Problem] = []
    for line, named in enumerate(read_records(path), start=2):
        for column, choices in (("theme", THEMES), ("indicator", tuple(known))):
            if named[column] not in choices:
                cure = f"可选 / choose from: {', '.join(choices)}"
                message = "没有这一项 / there is none"
                problems.append(Problem(str(path), line, column, named[column], message, cure))
        if not problems:
            views[known[named["indicator"]]] = _view(named["theme"], rows)
    if problems:
        raise DataError(problems)
    return views


def _view(theme: str, rows: Sequence[Mapping[str, str]]) -> OutsideView:
    """Count one theme's targets; those of which the outcome is unclear are left out."""
    themes = GROWTH_THEMES if theme == "growth" else (theme,)
    decided = [row for row in rows if row["theme"] in themes and row["met"] in ("yes", "no")]
    met = sum(row["met"] == "yes" for row in decided)
    gap: tuple[float, float, float] | None = None
    if theme in GROWTH_THEMES:
        gaps = [float(row["outcome"]) - float(row["target"]) for row in decided if row["target"]]
        low, middle, high = np.quantile(gaps, (0.1, 0.5, 0.9)).tolist()
        gap = (low, middle, high)
    return OutsideView(theme, met, len(decided), *wilson(met, len(decided)), gap)
