"""Whether a figure fits what is known besides it; one that does not has to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from zerobay_analysis.assessment.outliers import outliers
from zerobay_analysis.entries import Role, Status
from zerobay_analysis.errors import Problem
from zerobay_analysis.intake.comparison import Change, ChangeKind, place_problem
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import evidence

__all__ = ["jumps", "strangers"]

CONFIRM = ("核对；确实如此就加 --yes 确认", "check it; if it is right, confirm with --yes")


def strangers(changes: Iterable[Change], plan: Plan, file: str) -> list[Problem]:
    """One warning for every row whose reporter is not responsible for its indicator."""
    owners = {indicator.id: indicator.owners for indicator in plan.indicators}
    warnings = []
    for change in changes:
        row = change.row
        responsible = owners.get(row["indicator"] or 0, ())
        if change.kind is ChangeKind.UNCHANGED or not responsible or row["reporter"] in responsible:
            continue
        units = "、".join(responsible)
        message = (
            f"指标 {row['indicator']} 由{units}负责",
            f"another unit is responsible for indicator {row['indicator']}",
        )
        warnings.append(place_problem(file, row, "reporter", row["reporter"], message, CONFIRM))
    return warnings


def jumps(
    archive: Ledger, sent: Ledger, changes: Sequence[Change], plan: Plan, file: str, today: date
) -> list[Problem]:
    """One warning for every new or revised figure beyond the forecast's 99 % interval.

    Every figure is set against all others, those on record and those of the same file
    (:func:`~zerobay_analysis.assessment.outliers.outliers`).

    Parameters
    ----------
    archive, sent : Ledger
    changes : sequence of Change
        One for every row of ``sent``, in its order.
    """
    import pandas as pd

    changing = (ChangeKind.NEW, ChangeKind.REVISED, ChangeKind.WITHDRAWN)
    places = [place for place, change in enumerate(changes) if change.kind in changing]
    names = [f"file {place}" for place in places]
    frame = sent.frame.iloc[places].assign(observation=names)
    if len(archive.frame):
        frame = pd.concat([archive.frame, frame], ignore_index=True)
    together = replace(archive, frame=frame)
    checked = {
        name: row
        for name, row in zip(names, (changes[place].row for place in places), strict=True)
        if row["role"] == Role.OWN and row["status"] == Status.VALID
    }
    warnings = []
    for number in sorted({row["indicator"] for row in checked.values()}):
        for outlier in outliers(evidence(together, plan, number, today), checked.keys()):
            row = checked[outlier.point.observation]
            message = (outlier.message("zh"), outlier.message("en"))
            warnings.append(place_problem(file, row, "value", f"{row['value']:g}", message, CONFIRM))
    return warnings
