"""Which verdicts changed from run to run, and why: their ``outlook.csv`` and ``figures.csv`` side by side.

A change counts only where the word of a verdict changes; the largest move of a probability leads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from zerobay_analysis.assessment.evidence_changes import EvidenceChanges, evidence_changes, figures_frame
from zerobay_analysis.assessment.outlook import (
    NO_VERDICT,
    VERDICTS,
    IndicatorOutlook,
    marked,
    outlook_frame,
    percent,
)
from zerobay_analysis.briefing import text
from zerobay_analysis.charts.words import number
from zerobay_analysis.files.csv import csv_bytes, read_records
from zerobay_analysis.forecast.prior import range_tested
from zerobay_analysis.language import Word
from zerobay_analysis.plan import Indicator

FIGURES = "figures.csv"
"""What a run leaves for a later one to compare its figures with."""
VERDICTS_FILE = "verdicts.csv"
"""Every change of a verdict's word, over all runs."""
MAX_RUNS = 100
"""Latest runs that are compared one by one."""

Row = Mapping[str, str]


class Reason(Word):
    """Why a verdict is another; what comes first counts."""

    FIGURE = "new_figure", "新数字", "new figure"
    REVISED = "revised_figure", "修订数字", "revised figure"
    TARGET = "changed_target", "目标调整", "changed target"
    TIME = "time_passed", "时间推移", "time passed"
    MODEL = "model_version", "模型或版本更新", "model or version"


@dataclass(frozen=True)
class EarlierRun:
    """What a run left behind.

    Attributes
    ----------
    run_id, as_of, model : str
        From its manifest.
    rows : mapping of (int, int) to dict
        Its ``outlook.csv`` by indicator and year, as text.
    kept : tuple of dict, or Path
        Its :data:`FIGURES`, or the file that holds them.
    """

    run_id: str
    as_of: str
    model: str
    rows: Mapping[tuple[int, int], Row]
    kept: tuple[Mapping[str, object], ...] | Path

    @cached_property
    def figures(self) -> tuple[Mapping[str, object], ...] | None:
        """Its :data:`FIGURES`, read when first asked for; ``None`` where it left none."""
        if not isinstance(self.kept, Path):
            return self.kept
        return tuple(read_records(self.kept)) if self.kept.is_file() else None


@dataclass(frozen=True)
class Change:
    """One target whose verdict is another word than in the run before.

    Attributes
    ----------
    run_id, as_of : str
        Of the run that says so first.
    before, after : str
        Verdict with its probability.
    move : float
        By how much the probability moved; 1 where there was none, or is none any more.
    cause : str
        What of the evidence is new, or that it is the same.
    """

    run_id: str
    as_of: str
    indicator: int
    year: int
    before: str
    after: str
    move: float
    reason: Reason
    cause: str


@dataclass(frozen=True)
class Standing:
    """What one run, and those after it until the next one, said of an indicator.

    Attributes
    ----------
    run_id, as_of : str
        Of the first run that said so.
    chances : mapping of int to float or None
        Probability by target year.
    labels : mapping of int to str
        Verdict with its probability, as printed.
    cause : str
        What was new then; empty in the first run.
    runs : int
        How many runs in a row said so.
    """

    run_id: str
    as_of: str
    chances: Mapping[int, float | None]
    labels: Mapping[int, str]
    cause: str
    runs: int = 1


def read_run(folder: Path) -> EarlierRun:
    """Read ``outlook.csv`` and ``manifest.json`` of a run's folder.

    Raises
    ------
    OSError, ValueError, KeyError
        A file is missing or is not one of ours.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    parameters = manifest["parameters"]
    return EarlierRun(
        str(manifest["run_id"]),
        str(parameters["as_of"]),
        str(parameters.get("model", "")),
        {(int(row["indicator"]), int(row["year"])): row for row in read_records(folder / "outlook.csv")},
        folder / FIGURES,
    )


def write_figures(outlooks: Sequence[IndicatorOutlook], folder: Path) -> None:
    """Write :data:`FIGURES`: the figures that carry weight in this run."""
    (folder / FIGURES).write_bytes(csv_bytes(marked(figures_frame(outlooks), outlooks)))


def write_changes(changes: Iterable[Change], outlooks: Sequence[IndicatorOutlook], folder: Path) -> None:
    """Write :data:`VERDICTS_FILE`, the latest run first."""
    import pandas as pd

    names = ("run_id", "as_of", "indicator", "year", "before", "after", "reason", "cause")
    rows = [[str(getattr(change, name)) for name in names] for change in changes]
    table = pd.DataFrame(rows, columns=list(names))
    (folder / VERDICTS_FILE).write_bytes(csv_bytes(marked(table, outlooks)))


def completed_runs(folder: Path, data: str, plan: str = "") -> list[Path]:
    """Folders of the completed runs on the same data and plan beside ``folder``, the oldest first."""
    found: list[tuple[str, Path]] = []
    for path in folder.parent.glob("*/manifest.json"):
        if path.parent.is_symlink() or path.parent.resolve() == folder.resolve():
            continue
        record = _manifest(path)
        same = _subject(record) == (data, plan)
        if same and record.get("status") == "COMPLETED" and (path.parent / "outlook.csv").is_file():
            found.append((str(record.get("finished")), path.parent))
    return [path for _, path in sorted(found)]


def previous_run(folder: Path, data: str, plan: str = "") -> Path | None:
    """Latest completed run on the same data and plan beside ``folder``; ``None`` when there is none."""
    return next(reversed(completed_runs(folder, data, plan)), None)


def earlier_runs(last: Path) -> tuple[EarlierRun, ...]:
    """The run in ``last`` and those on its data and plan that finished before it, the oldest first.

    At most :data:`MAX_RUNS`. Runs that cannot be read are passed over.
    """
    runs: list[EarlierRun] = []
    for path in completed_runs(last.parent / "none", *_subject(_manifest(last / "manifest.json"))):
        with suppress(OSError, ValueError, KeyError):
            runs.append(read_run(path))
        if path.resolve() == last.resolve():
            return tuple(runs[-MAX_RUNS:])
    return ()


def changes_since(earlier: EarlierRun, outlooks: Iterable[IndicatorOutlook], lang: str) -> tuple[Change, ...]:
    """Targets whose verdict is another word now, the largest move first."""
    outlooks = tuple(outlooks)
    return _between(earlier, _run_of(outlooks), {o.indicator.id: o.indicator for o in outlooks}, lang)


def earlier_changes(
    runs: Iterable[EarlierRun], indicators: Iterable[Indicator], lang: str
) -> tuple[Change, ...]:
    """Every change of a verdict's word from run to run, the latest run and its largest move first."""
    known = {indicator.id: indicator for indicator in indicators}
    found = [_between(before, after, known, lang) for before, after in pairwise(runs)]
    return tuple(change for of in reversed(found) for change in of)


def history(
    runs: Iterable[EarlierRun], outlooks: Iterable[IndicatorOutlook], lang: str
) -> dict[int, tuple[Standing, ...]]:
    """What the runs up to the day of ``outlooks``, and these as the last, said of each indicator.

    Returns
    -------
    dict of int to tuple of Standing
        By indicator, the earliest day first; of one day in the order in which the runs finished.
    """
    outlooks = tuple(outlooks)
    now = _run_of(outlooks)
    seen = sorted((run for run in runs if run.as_of <= now.as_of), key=lambda run: run.as_of)
    return {one.indicator.id: _standings([*seen, now], one.indicator, lang) for one in outlooks}


def _standings(runs: Sequence[EarlierRun], of: Indicator, lang: str) -> tuple[Standing, ...]:
    """One indicator's answers; runs in a row that print the same are one."""
    found: list[Standing] = []
    before: EarlierRun | None = None
    for run in runs:
        rows = {year: row for (number_, year), row in run.rows.items() if number_ == of.id}
        labels = {year: _label(row, lang) for year, row in rows.items()}
        if found and labels == found[-1].labels:
            found[-1] = replace(found[-1], runs=found[-1].runs + 1)
        elif rows:
            was = before.rows if before is not None else {}
            moved = [y for y in rows if (of.id, y) in was and _label(was[of.id, y], lang) != labels[y]]
            causes = [_cause(before, run, was[of.id, y], rows[y], of, lang)[1] for y in moved if before]
            cause = text.SEMICOLON.get(lang).join(dict.fromkeys(causes))
            chances = {year: _float(row["p_met"]) for year, row in rows.items()}
            found.append(Standing(run.run_id, run.as_of, chances, labels, cause))
        before = run
    return tuple(found)


def news_since(
    earlier: EarlierRun, outlooks: Iterable[IndicatorOutlook], lang: str
) -> tuple[tuple[int, str], ...]:
    """Indicators with new or revised figures, another target or grade, and which; none without figures."""
    if earlier.figures is None:
        return ()
    outlooks = tuple(outlooks)
    now, told = _run_of(outlooks), []
    for one in (outlook.indicator for outlook in outlooks):
        news = [evidence_changes(earlier.figures, now.figures or (), one.id).text(lang)]
        places = [place for place in now.rows if place[0] == one.id and place in earlier.rows]
        for place in places:
            news += _restated(earlier.rows[place], now.rows[place], one, lang)
        told.append((one.id, text.SEMICOLON.get(lang).join(dict.fromkeys(filter(None, news)))))
    return tuple((identifier, news) for identifier, news in told if news)


def _run_of(outlooks: Sequence[IndicatorOutlook]) -> EarlierRun:
    """The run under way, as a later one will read it."""
    table = outlook_frame(outlooks).astype(object)
    records = table.where(table.notna(), "").to_dict("records")
    rows = [{str(name): str(value) for name, value in record.items()} for record in records]
    figures = [
        {str(name): value for name, value in of.items()} for of in figures_frame(outlooks).to_dict("records")
    ]
    models = [outlook.forecast.model for outlook in outlooks if outlook.forecast is not None]
    return EarlierRun(
        "",
        outlooks[0].evidence.as_of.isoformat() if outlooks else "",
        models[0] if models else "",
        {(int(row["indicator"]), int(row["year"])): row for row in rows},
        tuple(figures),
    )


def _subject(record: Mapping[str, Any]) -> tuple[str, str]:
    """Data and plan of a run, by which runs are compared."""
    asked = record.get("parameters", {})
    return str(asked.get("data")), str(asked.get("plan", ""))


def _manifest(path: Path) -> dict[str, Any]:
    """A neighbour's record; one that cannot be read is no run to compare with."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _changed(before: EarlierRun, after: EarlierRun) -> list[tuple[int, int]]:
    """Targets of both whose verdict is another word."""
    both = (place for place in after.rows if place in before.rows)
    return [place for place in both if before.rows[place]["verdict"] != after.rows[place]["verdict"]]


def _between(
    before: EarlierRun, after: EarlierRun, indicators: Mapping[int, Indicator], lang: str
) -> tuple[Change, ...]:
    """The changes from one run to the next, the largest move first."""
    found = []
    for number_, year in _changed(before, after):
        if number_ not in indicators:
            continue
        was, now = before.rows[number_, year], after.rows[number_, year]
        then, later = _float(was["p_met"]), _float(now["p_met"])
        reason, cause = _cause(before, after, was, now, indicators[number_], lang)
        move = 1.0 if then is None or later is None else abs(later - then)
        labels = _label(was, lang), _label(now, lang)
        found.append(Change(after.run_id, after.as_of, number_, year, *labels, move, reason, cause))
    return tuple(sorted(found, key=lambda change: -change.move))


def _restated(was: Row, now: Row, of: Indicator, lang: str) -> list[str]:
    """A changed target or grade."""
    news = []
    old, new = _float(was["target"]), _float(now["target"])
    if old is not None and new is not None and old != new:
        news.append(text.NEW_TARGET.fill(lang, was=number(old, of, lang), new=number(new, of, lang)))
    if was["grade"] != now["grade"]:
        news.append(text.NEW_GRADE.fill(lang, was=was["grade"], new=now["grade"]))
    return news


def _latest(was: Row, now: Row, of: Indicator, lang: str) -> list[str]:
    """A changed latest figure: all that a run without figures can tell."""
    value = _float(now["latest_value"])
    if (_float(was["latest_value"]), was["latest_date"]) == (value, now["latest_date"]):
        return []
    new = "—" if value is None else number(value, of, lang)
    return [text.NEW_LATEST.fill(lang, new=new, day=now["latest_date"])]


def _cause(
    before: EarlierRun, after: EarlierRun, was: Row, now: Row, of: Indicator, lang: str
) -> tuple[Reason, str]:
    """Why a verdict changed: figures, target, the day, or else the model; and what is new in words."""
    news = _restated(was, now, of, lang)
    figures = EvidenceChanges((), (), ())
    if before.figures is not None and after.figures is not None:
        figures = evidence_changes(before.figures, after.figures, of.id)
        news += filter(None, [figures.text(lang)])
        newer = bool(figures.added)
    else:
        latest = _latest(was, now, of, lang)
        newer = bool(latest) or was["n_obs"] != now["n_obs"]
        news += latest
        if not news and newer:
            news = [text.NEW_COUNT.fill(lang, was=was["n_obs"], new=now["n_obs"])]
    if newer:
        reason = Reason.FIGURE
    elif figures:
        reason = Reason.REVISED
    elif _float(was["target"]) != _float(now["target"]):
        reason = Reason.TARGET
    else:
        reason = Reason.TIME if before.as_of != after.as_of and before.model == after.model else Reason.MODEL
    return reason, text.SEMICOLON.get(lang).join(news) or _other_cause(before, after, lang)


def _other_cause(before: EarlierRun, after: EarlierRun, lang: str) -> str:
    """What differs where the figures are the same."""
    pairs = (
        (text.NEW_DAY, before.as_of, after.as_of),
        (text.NEW_MODEL, before.model, after.model),
    )
    found = [said.fill(lang, was=was, new=new) for said, was, new in pairs if was and was != new]
    if not found:
        return text.NEW_METHOD.get(lang)
    return text.SAME_FIGURES.get(lang) + text.SEMICOLON.get(lang).join(found)


def _label(row: Row, lang: str) -> str:
    """Verdict with its probability, as printed: no percentage beyond what its class was tested for."""
    verdict = next((v for v in VERDICTS if v.key == row["verdict"]), NO_VERDICT)
    word, chance = f"{verdict.symbol} {verdict.word(lang)}", _float(row["p_met"])
    return (
        word
        if chance is None
        else f"{word} {percent(chance, *_tested(row.get('reference_class', ''), row['n_obs']))}"
    )


@cache
def _tested(reference_class: str, figures: str) -> tuple[float, ...]:
    with suppress(LookupError):  # no class, or one that there is no more
        return range_tested(reference_class, int(figures))
    return ()


def _float(cell: str) -> float | None:
    return float(cell) if cell else None
