"""Briefings made once for all tests that read them, and what stands in each form's files."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers import FORMATS, FormTask, form_tasks, make_briefing
from zerobay_analysis.language import SYNTHETIC
from zerobay_analysis.study import Study
from zerobay_analysis.suite.manifest import Manifest
from zerobay_analysis.suite.pool import StepResult
from zerobay_analysis.suite.report import make_forms

DAY = "2026-11-22"
CASES = (("public", "zh"), ("demo", "en"))
"""Both data sets and both languages, without paying for all four."""


HOMES: list[Path] = []
"""Folders of the briefings made so far, see ``remove_made``."""


@dataclass(frozen=True)
class Made:
    """One run's briefings."""

    folder: Path
    briefing: Briefing
    study: Study
    results: tuple[StepResult, ...]


@cache
def study(data: str, lang: str) -> Study:
    return Study.open(data, DAY, lang=lang)


def manifest(of: Study, run_id: str = "20261122-150000-test") -> Manifest:
    parameters: dict[str, object] = {"data": of.ledger.name, "as_of": DAY, "model": of.model}
    return Manifest(run_id, "zerobay report", parameters, of.synthetic, inputs=[])


def write_briefings(
    of: Study, record: Manifest, folder: Path, formats: Sequence[str] = FORMATS
) -> list[StepResult]:
    """Write forms into ``folder`` as a run does: the page last, which links to the others."""
    briefing = make_briefing(of, record, folder)
    results = [result for task in form_tasks(briefing, folder, formats) for result in make_forms(task)]
    if "html" in formats:
        files = tuple(file for result in results for file in result.files)
        results += make_forms(FormTask(briefing, ("html",), folder, record, files))
    return sorted(results, key=lambda result: FORMATS.index(result.name))


@cache
def made(data: str, lang: str) -> Made:
    """All forms of one study, in a folder that goes with the session's last test."""
    home = Path(tempfile.mkdtemp(prefix="briefing-"))
    HOMES.append(home)
    folder = home / "run"
    folder.mkdir()
    subject = study(data, lang)
    record = manifest(subject)
    results = write_briefings(subject, record, folder)
    return Made(folder, Briefing(subject, record.run_id), subject, tuple(results))


def remove_made() -> None:
    """Delete every folder that ``made`` wrote to."""
    while HOMES:
        shutil.rmtree(HOMES.pop(), ignore_errors=True)
    made.cache_clear()


def facts(briefing: Briefing) -> list[str]:
    """Strings that every form must hold, whatever its layout, without white space."""
    found = [briefing.headline, *briefing.points]
    for indicator in briefing.indicators:
        found += [indicator.owners.split(", ")[0].split("、")[0], f"{indicator.number}"]
        for line in indicator.lines:
            found += [line.target, line.verdict, line.median, line.interval, line.required]
        for row in briefing.scenarios_of(indicator) * bool(indicator.at_risk):
            found += [row.label, *row.chances]
    found += [item.what.get(briefing.lang) for item in briefing.owed]
    for change in briefing.changes:
        found += [change.before, change.after]
    found += [source.publisher for source in briefing.sources if source.weighted]
    found.append(briefing.synthetic)
    return list(dict.fromkeys(tight(fact) for fact in found if fact))


def tight(text: str) -> str:
    """Text without white space, so that line breaks do not matter."""
    return re.sub(r"\s|\u200b", "", text)


def text_of(path: Path) -> str:
    """Everything that a reader can read in a file."""
    readers = {".pdf": _pdf, ".pptx": _pptx, ".docx": _docx, ".xlsx": _xlsx, ".html": _html}
    return tight(readers[path.suffix](path))


def _pdf(path: Path) -> str:
    from pypdf import PdfReader

    first, *others = (page.extract_text() for page in PdfReader(path).pages)
    again = "|".join(("演示数据 SYNTHETIC", *map(re.escape, SYNTHETIC)))  # a text may go on overleaf
    return re.sub(r"—\s*\d+\s*—", "", "\n".join((first, *(re.sub(again, "", text) for text in others))))


def _pptx(path: Path) -> str:
    from pptx import Presentation

    parts: list[str] = []
    for slide in Presentation(str(path)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                parts.append(shape.text_frame.text)
            if getattr(shape, "has_table", False):
                parts += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(parts)


def _docx(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if re.match(r"word/(document|header\d*|footer\d*)\.xml", n)]
        xml = "\n".join(archive.read(name).decode("utf-8") for name in names)
    return unescape(re.sub(r"<[^>]+>", "", xml))


def _xlsx(path: Path) -> str:
    from openpyxl import load_workbook

    book = load_workbook(path)
    return "\n".join(str(c.value) for s in book for row in s.iter_rows() for c in row if c.value is not None)


def _html(path: Path) -> str:
    html = path.read_text(encoding="utf-8")
    html = re.sub(r"<(style|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", html))
