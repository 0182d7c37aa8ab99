"""Whether a figure fits what is known besides it; one that does not has to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from zerobay_analysis.assessment.outliers import outliers
from zerobay_analysis.entries import Role, Status, cells
from zerobay_analysis.errors import Problem
from zerobay_analysis.intake.comparison import Change, ChangeKind, place_problem
from zerobay_analysis.ledger import Ledger, frame_of
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


def jumps(archive: Ledger, changes: Iterable[Change], plan: Plan, file: str, today: date) -> list[Problem]:
    """One warning for every new or revised figure beyond the forecast's 99 % interval.

    Every figure is set against all others, those on record and those of the same file
    (:func:`~zerobay_analysis.assessment.outliers.outliers`).
    """
    changed = [c for c in changes if c.kind in (ChangeKind.NEW, ChangeKind.REVISED, ChangeKind.WITHDRAWN)]
    own = {f"file {n}": c.row for n, c in enumerate(changed)}
    rows = [cells(record) for record in archive.frame.to_dict("records")]
    rows += [{**row, "observation": name} for name, row in own.items()]
    frame, _ = frame_of(rows, today)
    together = replace(archive, frame=frame)
    checked = {
        name: row for name, row in own.items() if row["role"] == Role.OWN and row["status"] == Status.VALID
    }
    warnings = []
    for number in sorted({row["indicator"] for row in checked.values()}):
        for outlier in outliers(evidence(together, plan, number, today), checked.keys()):
            row = checked[outlier.point.observation]
            message = (outlier.message("zh"), outlier.message("en"))
            warnings.append(place_problem(file, row, "value", f"{row['value']:g}", message, CONFIRM))
    return warnings
