"""Every form of the briefing, written beside each other."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import file_name, write_atomically

if TYPE_CHECKING:
    from zerobay_analysis.briefing.content import Briefing
    from zerobay_analysis.briefing.figures import Pictures
    from zerobay_analysis.study import Study
    from zerobay_analysis.suite.manifest import Manifest

FILES = {
    "html": ("index.html",),
    "pdf": ("leadership.pdf", "report.pdf"),
    "pptx": ("deck.pptx",),
    "docx": ("leadership.docx", "report.docx"),
    "xlsx": ("workbook.xlsx",),
}
"""Files of every form; a form is the module of its name here, whose ``make`` gives their contents."""
FORMATS = tuple(FILES)

UNITS = "units"
"""Form of the page for leadership of single units, and the folder of its files."""
_TOGETHER = (("xlsx", "pptx"), ("pdf", "docx"), (UNITS,))
"""Forms of about the same work that show the same pictures."""


@dataclass(frozen=True)
class FormTask:
    """Some of the forms, to be written in one process.

    Attributes
    ----------
    briefing : Briefing
    formats : tuple of str
    folder : Path
        Where their files go; ``charts`` in it holds the charts that are drawn already.
    manifest : Manifest or None
        Of the page, which shows the record of the run.
    files : tuple of str
        Of the page: names of the other forms' files, to link to.
    units : tuple of str
        Whose pages to write.
    """

    briefing: Briefing
    formats: tuple[str, ...]
    folder: Path
    manifest: Manifest | None = None
    files: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @cached_property
    def pictures(self) -> Pictures:
        """The charts, drawn once for all forms of the task."""
        from zerobay_analysis.briefing.figures import Pictures

        return Pictures(self.briefing.study, self.folder / "charts")

    @property
    def templates(self) -> Path | None:
        """Folder with a unit's own Word template."""
        return own_templates(self.folder)


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

    By default since the latest completed run on the same data and plan beside ``folder``, if there is one.
    """
    from zerobay_analysis.briefing.changes import previous_run, write_changes, write_figures
    from zerobay_analysis.briefing.content import Briefing

    asked = {"data": study.ledger.name, "plan": "", "scenario": "", **manifest.parameters}
    earlier = previous or previous_run(folder, str(asked["data"]), str(asked["plan"]))
    write_figures(study.outlooks, folder)  # for a later run to compare with
    briefing = Briefing(study, manifest.run_id, earlier, str(asked["scenario"])).prepare()
    now = (replace(change, run_id=manifest.run_id) for change in briefing.changes)
    write_changes((*now, *briefing.log), study.outlooks, folder)
    return briefing


def own_templates(folder: Path) -> Path | None:
    """``templates`` beside a run's folder, where a unit's own Word template is in it."""
    beside = folder.parent / "templates"
    return beside if (beside / "paper.docx").is_file() else None


def form_tasks(
    briefing: Briefing, folder: Path, formats: Sequence[str], units: tuple[str, ...] = ()
) -> tuple[FormTask, ...]:
    """The forms asked for but the page, in groups, each for a process of its own."""
    groups = (tuple(name for name in group if name in formats) for group in _TOGETHER)
    return tuple(FormTask(briefing, group, folder, units=units) for group in groups if group)


def write_form(name: str, task: FormTask) -> tuple[str, ...]:
    """Make one form of a task; write its files beside and rename them once all of them are made.

    Returns the files' names. The page comes last, as it links to the files of the other forms.
    """
    if name == UNITS:
        return tuple(file for unit in task.units for file in _write_unit(unit, task))
    contents = importlib.import_module(f"{__name__}.{name}").make(task)
    for file, content in zip(FILES[name], contents, strict=True):
        write_atomically(task.folder / file, content)
    return FILES[name]


def unit_files(unit: str) -> tuple[str, str]:
    """Names of a unit's page as PDF and as a Word file."""
    return f"{UNITS}/{file_name(unit)}.pdf", f"{UNITS}/{file_name(unit)}.docx"


def _write_unit(unit: str, task: FormTask) -> tuple[str, str]:
    """Write one unit's page in both forms."""
    from zerobay_analysis.briefing.writers.docx import docx_bytes
    from zerobay_analysis.briefing.writers.pdf import leadership, pdf_bytes

    (task.folder / UNITS).mkdir(exist_ok=True)
    briefing = task.briefing.of_unit(unit)
    blocks = leadership(briefing)
    made = pdf_bytes(briefing, blocks), docx_bytes(briefing, blocks, task.templates)
    for name, content in zip(unit_files(unit), made, strict=True):
        write_atomically(task.folder / name, content)
    return unit_files(unit)
