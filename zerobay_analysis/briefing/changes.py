"""What changed since an earlier run: its ``outlook.csv`` beside the outlook of today."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerobay_analysis.assessment.evidence_changes import evidence_changes, figures_frame
from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS, IndicatorOutlook, TargetOutlook, marked
from zerobay_analysis.briefing import text
from zerobay_analysis.charts.words import number, percent
from zerobay_analysis.files.csv import csv_bytes, read_records

__all__ = [
    "FIGURES",
    "STEP",
    "Change",
    "EarlierRun",
    "changes_since",
    "news_since",
    "previous_run",
    "read_run",
    "write_figures",
]

FIGURES = "figures.csv"
"""What a run leaves for a later one to compare its figures with."""

STEP = 0.05
"""Least move of a probability, the verdict staying, that is told: less is not worth a meeting."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class EarlierRun:
    """What an earlier run left behind.

    Attributes
    ----------
    run_id, as_of, model : str
        From its manifest.
    rows : mapping of (int, int) to dict
        Its ``outlook.csv`` by indicator and year, as text.
    figures : tuple of dict, or None
        Its :data:`FIGURES`; ``None`` where it left none.
    """

    run_id: str
    as_of: str
    model: str
    rows: Mapping[tuple[int, int], Row]
    figures: tuple[Row, ...] | None = None


@dataclass(frozen=True)
class Change:
    """One target that stands differently now.

    Attributes
    ----------
    indicator, year : int
    before, after : str
        Verdict with its probability.
    cause : str
        What of the evidence is new, or that it is the same.
    """

    indicator: int
    year: int
    before: str
    after: str
    cause: str


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
        tuple(read_records(folder / FIGURES)) if (folder / FIGURES).is_file() else None,
    )


def write_figures(outlooks: Sequence[IndicatorOutlook], folder: Path) -> None:
    """Write :data:`FIGURES`: the figures that carry weight in this run."""
    (folder / FIGURES).write_bytes(csv_bytes(marked(figures_frame(outlooks), outlooks)))


def previous_run(folder: Path, data: str) -> Path | None:
    """Latest completed run on the same data beside ``folder``; ``None`` when there is none."""
    found: list[tuple[str, Path]] = []
    for path in folder.parent.glob("*/manifest.json"):
        if path.parent.is_symlink() or path.parent.resolve() == folder.resolve():
            continue
        record = _manifest(path)
        same = record.get("parameters", {}).get("data") == data
        if same and record.get("status") == "COMPLETED" and (path.parent / "outlook.csv").is_file():
            found.append((str(record.get("finished")), path.parent))
    return max(found)[1] if found else None


def changes_since(earlier: EarlierRun, outlooks: Iterable[IndicatorOutlook], lang: str) -> tuple[Change, ...]:
    """Targets whose verdict, target or grade changed, or whose probability moved.

    Where the earlier run left no figures, those whose latest figure changed as well.
    """
    return tuple(
        Change(
            indicator=target.indicator.id,
            year=target.year,
            before=_label(before["verdict"], _float(before["p_met"]), lang),
            after=_label(target.verdict.key, target.p_met, lang),
            cause=_cause(earlier, before, outlook, target, lang),
        )
        for outlook in outlooks
        for target in outlook.targets
        if (before := earlier.rows.get((target.indicator.id, target.year))) is not None
        and _differs(before, target, by_latest=earlier.figures is None)
    )


def news_since(
    earlier: EarlierRun, outlooks: Iterable[IndicatorOutlook], lang: str
) -> tuple[tuple[int, str], ...]:
    """Indicators with new or revised figures, and which; none where the earlier run left no figures."""
    if earlier.figures is None:
        return ()
    told = ((o.indicator.id, evidence_changes(earlier.figures, o).text(lang)) for o in outlooks)
    return tuple((number, news) for number, news in told if news)


def _manifest(path: Path) -> dict[str, Any]:
    """A neighbour's record; one that cannot be read is no run to compare with."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _differs(before: Row, now: TargetOutlook, *, by_latest: bool) -> bool:
    was = _float(before["p_met"])
    moved = was is not None and now.p_met is not None and abs(now.p_met - was) >= STEP
    stated = before["verdict"] != now.verdict.key or bool(_restated(before, now, "zh"))
    return moved or stated or (by_latest and bool(_latest(before, now, "zh")))


def _restated(before: Row, now: TargetOutlook, lang: str) -> list[str]:
    """A changed target or grade."""
    news = []
    goal = _float(before["target"])
    if goal is not None and goal != now.target:
        was, new = (number(value, now.indicator, lang) for value in (goal, now.target))
        news.append(text.NEW_TARGET.fill(lang, was=was, new=new))
    if before["grade"] != now.grade.value:
        news.append(text.NEW_GRADE.fill(lang, was=before["grade"], new=now.grade))
    return news


def _latest(before: Row, now: TargetOutlook, lang: str) -> list[str]:
    """A changed latest figure: all that a run without figures can tell."""
    if (_float(before["latest_value"]), before["latest_date"]) == (now.latest_value, now.latest_date or ""):
        return []
    new = "—" if now.latest_value is None else number(now.latest_value, now.indicator, lang)
    return [text.NEW_LATEST.fill(lang, new=new, day=now.latest_date)]


def _cause(earlier: EarlierRun, before: Row, outlook: IndicatorOutlook, now: TargetOutlook, lang: str) -> str:
    """What is new: target or grade, figures, day or model; else that only the method can be."""
    news = _restated(before, now, lang)
    if earlier.figures is not None:
        news += filter(None, [evidence_changes(earlier.figures, outlook).text(lang)])
    else:
        news += _latest(before, now, lang)
        if not news and before["n_obs"] != str(now.n_obs):
            news = [text.NEW_COUNT.fill(lang, was=before["n_obs"], new=now.n_obs)]
    return text.SEMICOLON.get(lang).join(news) or _other_cause(earlier, outlook, lang)


def _other_cause(earlier: EarlierRun, outlook: IndicatorOutlook, lang: str) -> str:
    """What differs where the figures are the same."""
    day = outlook.evidence.as_of.isoformat()
    model = earlier.model if outlook.forecast is None else outlook.forecast.model
    pairs = ((text.NEW_DAY, earlier.as_of, day), (text.NEW_MODEL, earlier.model, model))
    found = [said.fill(lang, was=was, new=new) for said, was, new in pairs if was and was != new]
    if not found:
        return text.NEW_METHOD.get(lang)
    return text.SAME_FIGURES.get(lang) + text.SEMICOLON.get(lang).join(found)


def _label(key: str, probability: float | None, lang: str) -> str:
    verdict = next((v for v in VERDICTS if v.key == key), NO_VERDICT)
    word = f"{verdict.symbol} {verdict.word(lang)}"
    return word if probability is None else f"{word} {percent(probability)}"


def _float(cell: str) -> float | None:
    return float(cell) if cell else None
