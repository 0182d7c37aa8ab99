"""Every form of the briefing, written beside each other; one that fails does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import write_atomically

if TYPE_CHECKING:
    from zerobay_analysis.briefing.content import Briefing
    from zerobay_analysis.briefing.pictures import Pictures
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.manifest import Manifest

__all__ = [
    "FILES",
    "FORMATS",
    "BriefingResult",
    "FormTask",
    "form_tasks",
    "make_briefing",
    "parse_formats",
    "write_forms",
    "write_page",
]

FILES = {
    "html": ("index.html",),
    "pdf": ("leadership.pdf", "report.pdf"),
    "pptx": ("deck.pptx",),
    "docx": ("leadership.docx", "report.docx"),
    "xlsx": ("workbook.xlsx",),
}
"""Files of every form, in the order in which they are written; the page comes last, to link to them."""
FORMATS = tuple(FILES)

_TOGETHER = (("xlsx", "pptx"), ("pdf", "docx"))


@dataclass(frozen=True)
class BriefingResult:
    """How one form went.

    Attributes
    ----------
    format : str
    files : tuple of str
        Names of what was written, in the run's folder.
    seconds : float
    error : str
        Why it failed; empty when it did not.
    """

    format: str
    files: tuple[str, ...]
    seconds: float
    error: str = ""

    @property
    def completed(self) -> bool:
        """Whether the form is there."""
        return not self.error


def parse_formats(text: str) -> tuple[str, ...]:
    """Read ``html,pdf``; raise ``ParameterError`` for a form that does not exist."""
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise ParameterError(
            f"没有这种形式：{', '.join(unknown) or '（空）'}；可选 {', '.join(FORMATS)} / "
            f"unknown format; choose from {', '.join(FORMATS)}"
        )
    return names


def make_briefing(study: Study, manifest: Manifest, folder: Path, previous: Path | None = None) -> Briefing:
    """What every form says, with the changes since ``previous``.

    By default since the latest completed run on the same data beside ``folder``, if there is one.
    """
    from zerobay_analysis.briefing.changes import previous_run, write_figures
    from zerobay_analysis.briefing.content import briefing_of

    earlier = previous or previous_run(folder, str(manifest.parameters.get("data", study.ledger.name)))
    write_figures(study.outlooks, folder)  # for a later run to compare with
    return briefing_of(study, manifest.run_id, earlier, str(manifest.parameters.get("scenario", "")))


@dataclass(frozen=True)
class FormTask:
    """Some of the forms, to be written in one process.

    Attributes
    ----------
    formats : tuple of str
        Without ``html``, which comes last.
    folder : Path
        Where their files go.
    templates : Path, optional
        Folder with a unit's own ``paper.docx``: ``templates`` beside ``folder``, if it has one.
    """

    study: Study
    briefing: Briefing
    formats: tuple[str, ...]
    folder: Path
    templates: Path | None = None


def form_tasks(
    study: Study, briefing: Briefing, folder: Path, formats: Sequence[str]
) -> tuple[FormTask, ...]:
    """The forms asked for, in groups of about the same work whose forms show the same pictures."""
    templates = None
    if "docx" in formats:
        from zerobay_analysis.briefing.docx import own_templates

        templates = own_templates(folder)
    groups = (tuple(name for name in group if name in formats) for group in _TOGETHER)
    return tuple(FormTask(study, briefing, group, folder, templates) for group in groups if group)


def write_forms(task: FormTask) -> list[BriefingResult]:
    """Write the forms of one task; one that fails does not stop the others."""
    from zerobay_analysis.briefing.pictures import Pictures

    pictures = Pictures(task.study)
    makers = {name: _maker(name, task.briefing, pictures, task.templates) for name in task.formats}
    return [_attempt(name, task.folder, make) for name, make in makers.items()]


def write_page(
    study: Study, manifest: Manifest, briefing: Briefing, folder: Path, others: Sequence[BriefingResult]
) -> BriefingResult:
    """Write the page, which links to the files of the other forms and shows ``folder/charts``."""
    from zerobay_analysis.briefing.pictures import Pictures

    made = {file: file for result in others for file in result.files}
    pictures = Pictures(study, folder / "charts")
    return _attempt("html", folder, lambda: [_page(study, manifest, briefing, pictures, made)])


def _maker(
    name: str, briefing: Briefing, pictures: Pictures, templates: Path | None
) -> Callable[[], Sequence[bytes]]:
    """What makes the files of one form, in the order of :data:`FILES`."""

    def make() -> Sequence[bytes]:
        if name == "xlsx":
            from zerobay_analysis.briefing.workbook import workbook_bytes

            return [workbook_bytes(briefing)]
        if name == "pptx":
            from zerobay_analysis.briefing.deck import deck_bytes

            return [deck_bytes(briefing, pictures)]
        from zerobay_analysis.briefing.paper import leadership, pdf_bytes, report

        papers = [leadership(briefing), report(briefing, pictures)]
        if name == "pdf":
            return [pdf_bytes(briefing, blocks) for blocks in papers]
        from zerobay_analysis.briefing.docx import docx_bytes

        return [docx_bytes(briefing, blocks, templates) for blocks in papers]

    return make


def _page(
    study: Study, manifest: Manifest, briefing: Briefing, pictures: Pictures, files: dict[str, str]
) -> bytes:
    from zerobay_analysis.briefing.html import render_index

    return render_index(study, manifest, briefing, pictures, files).encode("utf-8")


def _attempt(name: str, folder: Path, make: Callable[[], Sequence[bytes]]) -> BriefingResult:
    """Make one form; write its files beside and rename them once all of them are made."""
    started = time.perf_counter()
    try:
        for file, content in zip(FILES[name], make(), strict=True):
            write_atomically(folder / file, content)
    except Exception as error:
        return BriefingResult(name, (), _since(started), f"{type(error).__name__}: {error}")
    return BriefingResult(name, FILES[name], _since(started))


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 2)
