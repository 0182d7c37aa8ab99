"""How figures changed after they were first published: how often, how late, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerobay_analysis.ledger.fields import KEY, Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["figures_revised"]


def figures_revised(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per figure of an archive's rows that was published more than once.

    Returns
    -------
    pandas.DataFrame
        The key's columns, ``vintages`` (count), ``first_value``, ``last_value``, ``change`` (in the
        unit; of the last vintage that has a value), ``first_published``, ``last_published``,
        ``days`` between the two, ``withdrawn`` (whether the last vintage takes the figure back).
    """
    ordered = frame.sort_values("published", kind="stable")
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
