"""What was reported, by whom and when: every vintage of every figure, and a day's view of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.ledger.fields import KEY, Status

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ledger:
    """Validated figures with their sources.

    Attributes
    ----------
    name : str
        ``"public"``, ``"demo"`` or the path as the user gave it.
    frame : pandas.DataFrame
        One row per vintage, in the order in which they came in; columns of ``OBSERVATION_FIELDS`` plus
        ``precision`` and ``line``. ``published`` and ``period_end`` are ``datetime64[ns]`` and
        never missing; ``value`` may be missing where ``status`` is ``"withdrawn"``. Treat it as
        read-only.
    sources : pandas.DataFrame
        Columns of ``SOURCE_FIELDS``; every ``source`` of ``frame`` is in it.
    synthetic : bool
        True when any figure is made up; every output must say so.
    files : tuple of (str, str)
        Name and SHA-256 of every file read, for the manifest.
    notes : tuple of str
        What the reader should know, in Chinese and English.
    day : date or None
        ``None`` for the archive; the day for a view made by :meth:`as_of`.
    """

    name: str
    frame: pd.DataFrame
    sources: pd.DataFrame
    synthetic: bool
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    day: date | None = None

    def as_of(self, day: date) -> Ledger:
        """What was known at the end of ``day``: of every figure its latest vintage, if it stands.

        The latest is the one published last; of two of one day, the one that came in last. An
        imported row is known from the day of its import, so that the view of a past day never
        changes.

        Raises
        ------
        ParameterError
            On a view of an earlier day than this one is of: what was known before is not in it.
        """
        if self.day is not None and day < self.day:
            raise ParameterError(
                f"这是 {self.day} 的视图，看不到 {day} 的情况；请用整个账本 / "
                f"a view of {self.day} cannot tell what was known on {day}; use the whole ledger"
            )
        if day not in self._views:
            self._views[day] = self._view(day)
        return self._views[day]

    @cached_property
    def _views(self) -> dict[date, Ledger]:
        """Views made before: every indicator, unit and chart asks for that of the same day."""
        return {}

    def _view(self, day: date) -> Ledger:
        known = self.frame[self.known_from.dt.date <= day]
        latest = known.sort_values("published", kind="stable").drop_duplicates(list(KEY), keep="last")
        standing = latest[latest["status"] != str(Status.WITHDRAWN)].sort_index()
        used = self.sources[self.sources["source"].isin(standing["source"])]
        return replace(self, frame=standing, sources=used, day=day)

    @property
    def known_from(self) -> pd.Series[pd.Timestamp]:
        """Day from which each row is seen: its publication, or its import if that was later."""
        published = self.frame["published"]
        return published.where(~(self.frame["known_from"] > published), self.frame["known_from"])

    def revisions(self) -> pd.DataFrame:
        """One row per figure that was published more than once.

        Returns
        -------
        pandas.DataFrame
            The key's columns, ``vintages`` (count), ``first_value``, ``last_value``, ``change`` (in the
            unit; of the last vintage that has a value), ``first_published``, ``last_published``,
            ``days`` between the two, ``withdrawn`` (whether the last vintage takes the figure back).
        """
        ordered = self.frame.sort_values("published", kind="stable")
        ordered = ordered.assign(taken_back=ordered["status"] == str(Status.WITHDRAWN))
        ordered = ordered.assign(said=ordered["value"].where(~ordered["taken_back"]))
        groups = ordered.groupby(list(KEY), dropna=False, sort=True)
        table = groups.agg(
            vintages=("status", "size"),
            first_value=("said", "first"),
            last_value=("said", "last"),
            first_published=("published", "first"),
            last_published=("published", "last"),
            withdrawn=("taken_back", "last"),
        ).reset_index()
        table["change"] = table["last_value"] - table["first_value"]
        table["days"] = (table["last_published"] - table["first_published"]).dt.days
        return table[table["vintages"] > 1].reset_index(drop=True)
