"""What changed since an earlier run: its ``outlook.csv`` beside the outlook of today."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS, IndicatorOutlook, TargetOutlook
from zerobay_analysis.charts.words import number, percent
from zerobay_analysis.language import say

__all__ = ["STEP", "Change", "EarlierRun", "changes_since", "previous_run", "read_run"]

STEP = 0.05
"""Least move of a probability, the verdict staying, that is told: less is not worth a meeting."""

_WORDS = {verdict.key: verdict for verdict in (*VERDICTS, NO_VERDICT)}


@dataclass(frozen=True)
class EarlierRun:
    """What an earlier run left behind.

    Attributes
    ----------
    run_id, as_of, model : str
        From its manifest.
    rows : mapping of (int, int) to dict
        Its ``outlook.csv`` by indicator and year, as text.
    """

    run_id: str
    as_of: str
    model: str
    rows: Mapping[tuple[int, int], Mapping[str, str]]


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
    with (folder / "outlook.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {(int(row["indicator"]), int(row["year"])): row for row in csv.DictReader(file)}
    parameters = manifest["parameters"]
    return EarlierRun(
        str(manifest["run_id"]), str(parameters["as_of"]), str(parameters.get("model", "")), rows
    )


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
    """Targets whose verdict, target, latest figure or grade changed, or whose probability moved."""
    found = []
    for outlook in outlooks:
        for target in outlook.targets:
            before = earlier.rows.get((target.indicator.id, target.year))
            if before is not None and _differs(before, target):
                found.append(
                    Change(
                        indicator=target.indicator.id,
                        year=target.year,
                        before=_label(before["verdict"], _float(before["p_met"]), lang),
                        after=_label(target.verdict.key, target.p_met, lang),
                        cause=_cause(before, target, lang),
                    )
                )
    return tuple(found)


def _manifest(path: Path) -> dict[str, Any]:
    """A neighbour's record; one that cannot be read is no run to compare with."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _differs(before: Mapping[str, str], now: TargetOutlook) -> bool:
    was = _float(before["p_met"])
    moved = was is not None and now.p_met is not None and abs(now.p_met - was) >= STEP
    return moved or before["verdict"] != now.verdict.key or bool(_news(before, now, "zh"))


def _news(before: Mapping[str, str], now: TargetOutlook, lang: str) -> list[str]:
    news = []
    goal, latest = _float(before["target"]), _float(before["latest_value"])
    if goal != now.target and goal is not None:
        was, new = number(goal, now.indicator, lang), number(now.target, now.indicator, lang)
        news.append(say(lang, f"目标由 {was} 改为 {new}", f"target {was} is now {new}"))
    if (latest, before["latest_date"]) != (now.latest_value, now.latest_date or ""):
        new = "—" if now.latest_value is None else number(now.latest_value, now.indicator, lang)
        news.append(
            say(lang, f"最新数 {new}（{now.latest_date}）", f"latest figure {new} ({now.latest_date})")
        )
    if before["grade"] != now.grade.value:
        was = before["grade"]
        news.append(say(lang, f"证据等级 {was}→{now.grade}", f"evidence grade {was} to {now.grade}"))
    return news


def _cause(before: Mapping[str, str], now: TargetOutlook, lang: str) -> str:
    news = _news(before, now, lang)
    if news:
        return say(lang, "；", "; ").join(news)
    if before["n_obs"] != str(now.n_obs):
        was = before["n_obs"]
        return say(lang, f"参与测算的数字 {was}→{now.n_obs} 个", f"figures used: {was} to {now.n_obs}")
    return say(lang, "数字未变；截止日期或模型不同", "same figures; other day or model")


def _label(key: str, probability: float | None, lang: str) -> str:
    verdict = _WORDS.get(key, NO_VERDICT)
    word = f"{verdict.symbol} {verdict.word(lang)}"
    return word if probability is None else f"{word} {percent(probability)}"


def _float(text: str) -> float | None:
    return float(text) if text else None
