"""Figures that a person has to confirm before they count: `zerobay check` names them, `import` asks.

A figure is asked about where the other figures of its indicator make it unlikely
(:mod:`zerobay_analysis.assessment.outliers`), and where the plan's own step does
(:mod:`zerobay_analysis.assessment.consistency`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from zerobay_analysis.assessment.consistency import consistency
from zerobay_analysis.assessment.outliers import outliers
from zerobay_analysis.errors import Problem
from zerobay_analysis.ledger import Ledger
from zerobay_analysis.ledger.fields import Role, Status
from zerobay_analysis.ledger.imports import Change, ChangeKind, place_problem
from zerobay_analysis.ledger.observations import records
from zerobay_analysis.plan import Plan
from zerobay_analysis.series import evidence

Rows = Mapping[str, Mapping[str, Any]]
"""Rows by their identifier."""


def ledger_questions(ledger: Ledger, plan: Plan, day: date) -> list[Problem]:
    """One for every figure of a ledger that the others of its indicator or the plan's step speak against."""
    rows = {str(row["observation"]): row for row in records(ledger.frame)}
    return list(_questions(ledger, plan, day, ledger.name, rows))


def import_questions(
    archive: Ledger, sent: Ledger, changes: Sequence[Change], plan: Plan, file: str, today: date
) -> list[Problem]:
    """The same for every new or revised figure of a file.

    Every figure is set against all others, those on record and those of the same file.

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
    rows = dict(zip(names, (changes[place].row for place in places), strict=True))
    return list(_questions(replace(archive, frame=frame), plan, today, file, rows))


def _questions(ledger: Ledger, plan: Plan, day: date, file: str, rows: Rows) -> Iterator[Problem]:
    """Questions about those figures of a ledger that are among ``rows``."""
    valid = {name: row for name, row in rows.items() if row["status"] == Status.VALID}
    own = {name for name, row in valid.items() if row["role"] == Role.OWN}
    usable = own | {name for name, row in valid.items() if row["role"] == Role.DOUBTFUL}
    for number in sorted({row["indicator"] for name, row in valid.items() if name in usable}):
        known = evidence(ledger, plan, number, day)
        for outlier in outliers(known, own):
            row = valid[outlier.point.observation]
            text = {lang: outlier.message(lang) for lang in ("zh", "en")}
            yield place_problem(file, row, "value", f"{row['value']:g}", "implausible", **text)
        found = consistency(plan, known)
        if found and not found.agrees and known.latest and known.latest.observation in usable:
            row, text = valid[known.latest.observation], {"zh": found.finding.zh, "en": found.finding.en}
            facts = {"year": found.base_year, **text}
            yield place_problem(file, row, "value", f"{row['value']:g}", "off_plan", **facts)
