"""How figures changed after they were first published: how often, how late, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zerobay_analysis.entries import Status
from zerobay_analysis.ledger import KEY

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.ledger import Ledger

__all__ = ["figures_revised", "revision_table"]


def figures_revised(ledger: Ledger) -> pd.DataFrame:
    """One row per figure that was published more than once.

    Returns
    -------
    pandas.DataFrame
        The key's columns, ``vintages`` (count), ``first_value``, ``last_value``, ``change`` (in the
        unit; of the last vintage that has a value), ``first_published``, ``last_published``,
        ``days`` between the two, ``withdrawn`` (whether the last vintage takes the figure back).
    """
    table = _figures(ledger)
    revised = table[table["vintages"] > 1].reset_index(drop=True)
    return revised.drop(columns=["late_days", "dated"])


def revision_table(ledger: Ledger) -> pd.DataFrame:
    """How reliable each indicator's figures are when they first appear.

    Parameters
    ----------
    ledger : Ledger
        The archive; a view of a day has lost the earlier vintages.

    Returns
    -------
    pandas.DataFrame
        One row per indicator with a figure: ``indicator``, ``figures``, ``revised`` (count),
        ``withdrawn`` (count), ``share_revised`` (of ``figures``), ``late_days_median`` and
        ``late_days_max`` (from the period's end to the first publication, of figures with a stated
        date), ``revision_days_median`` (from the first to the last vintage), ``change_mean``,
        ``change_abs_mean``, ``change_abs_max`` (in the unit), ``change_percent_median`` (absolute,
        of the first value). Revision figures are missing where nothing was revised.
    """
    import pandas as pd

    figures = _figures(ledger)
    figures = figures[figures["indicator"].notna()]
    rows = []
    for number, group in figures.groupby("indicator", sort=True):
        revised = group[group["vintages"] > 1]
        change = revised["change"].dropna()
        relative = (revised["change"] / revised["first_value"].where(revised["first_value"] != 0)).abs()
        late = group.loc[group["dated"], "late_days"]
        rows.append(
            {
                "indicator": int(str(number)),
                "figures": len(group),
                "revised": len(revised),
                "withdrawn": int(group["withdrawn"].sum()),
                "share_revised": len(revised) / len(group),
                "late_days_median": late.median(),
                "late_days_max": late.max(),
                "revision_days_median": revised["days"].median(),
                "change_mean": change.mean(),
                "change_abs_mean": change.abs().mean(),
                "change_abs_max": change.abs().max(),
                "change_percent_median": 100 * relative.median(),
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "indicator",
    "figures",
    "revised",
    "withdrawn",
    "share_revised",
    "late_days_median",
    "late_days_max",
    "revision_days_median",
    "change_mean",
    "change_abs_mean",
    "change_abs_max",
    "change_percent_median",
]


def _figures(ledger: Ledger) -> pd.DataFrame:
    """One row per figure with its first and last vintage."""
    ordered = ledger.frame.sort_values("published", kind="stable")
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
        dated=("published_inferred", lambda inferred: not inferred.iloc[0]),
    ).reset_index()
    table["change"] = table["last_value"] - table["first_value"]
    table["days"] = (table["last_published"] - table["first_published"]).dt.days
    table["late_days"] = (table["first_published"] - table["period_end"]).dt.days
    table["dated"] = table["dated"].astype(bool)
    return table
