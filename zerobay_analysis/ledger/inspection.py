"""Files looked at before anyone imports them: one file, or everything that lies in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from zerobay_analysis.files.problems import problem, wording
from zerobay_analysis.ledger.annotation import CHECKED, annotate, checked_path
from zerobay_analysis.ledger.ledger import Ledger
from zerobay_analysis.ledger.readers import READERS
from zerobay_analysis.ledger.reading import OBSERVATIONS, SHIPPED, SYSTEM_FILES, CheckReport, check_path
from zerobay_analysis.ledger.store import is_url
from zerobay_analysis.ledger.store.folder import IMPORTS
from zerobay_analysis.plan import Plan, load_plan

__all__ = ["Inspection", "inspect"]

Notes = Callable[[Ledger, Plan, date], tuple[str, ...]]

CURES = {
    "unread_workbook": (".xls", ".xlsb", ".xlt", ".et", ".ett", ".ods", ".numbers"),
    "unread_archive": (".zip", ".rar", ".7z", ".gz"),
    "unread_text": (".txt",),
    "unread_tabs": (".tsv",),
}
"""Kind of problem of a file that is not read, by its suffix; of any other:"""
UNREAD = "unread"


@dataclass(frozen=True)
class Inspection:
    """One file's check and, for a workbook with problems, its marked copy.

    Attributes
    ----------
    report : CheckReport
    marked : Path or None
        ``None`` where there is nothing to mark or nothing to mark it in.
    unmarked : str
        Why there is no marked copy although there should be one.
    """

    report: CheckReport
    marked: Path | None = None
    unmarked: str = ""


def inspect(
    source: str,
    today: date | None = None,
    *,
    plan: Plan | None = None,
    mark: bool = True,
    notes: Notes | None = None,
    other: Mapping[str, Callable[[Path], CheckReport]] | None = None,
) -> tuple[Inspection, ...]:
    """Check a file, a ledger, or every file of a folder; never raises for what is in the data.

    Of a folder every file that is not read is a problem; hidden files, those of the system and
    marked copies are passed over.

    Parameters
    ----------
    source : str
        A file, a ledger's folder or address, or a folder of files that units have sent in.
    today : date, optional
    plan : Plan, optional
    mark : bool
        Write a marked copy beside every workbook that has problems.
    notes : callable, optional
        What else to say about figures without problems: ledger, plan and day in, notes out.
    other : mapping of str to callable, optional
        How files that hold no figures are checked, by their suffix.
    """
    today, other, known_plan = today or date.today(), other or {}, plan or load_plan()

    def checked(place: str) -> Inspection:
        form = other.get(Path(place).suffix.lower())
        return Inspection(form(Path(place))) if form else _inspected(place, today, known_plan, mark, notes)

    files = _files(source)
    read = [f.is_file() and f.suffix.lower() in {*READERS, *other} for f in files]
    if not any(known or file.is_dir() for known, file in zip(read, files, strict=True)):
        return (checked(source), *(_unread(file) for file in files))
    return tuple(
        checked(str(file)) if known else _unread(file) for known, file in zip(read, files, strict=True)
    )


def _files(source: str) -> list[Path]:
    """What to check: the ledger as a whole, or everything that lies in a folder."""
    path = Path(source)
    ledger = (path / OBSERVATIONS).is_file() or (path / IMPORTS).is_dir()
    if is_url(source) or not path.is_dir() or ledger:
        return []
    return [
        file
        for file in sorted(path.iterdir())
        if not file.name.endswith(CHECKED)
        and not file.name.startswith(("~$", "."))
        and file.name.lower() not in SYSTEM_FILES
    ]


def _unread(file: Path) -> Inspection:
    """Say that a file or a folder inside the folder was not read, and what to do."""
    suffix = file.suffix.lower()
    if file.is_dir():
        text = wording("subfolder", file=file)
    elif not file.is_file():
        text = wording("no_file")
    else:
        key = next((key for key, suffixes in CURES.items() if suffix in suffixes), UNREAD)
        facts = {"suffix": suffix or "没有扩展名的", "english": suffix or "no suffix"}
        text = wording(key, **facts)
    return Inspection(CheckReport(str(file), 0, (), (problem(str(file), None, None, "", *text),), ()))


def _inspected(source: str, today: date, plan: Plan, mark: bool, notes: Notes | None) -> Inspection:
    path = Path(source)
    report = check_path(source, today, plan=plan)
    if report.ok and report.ledger is not None and notes is not None:
        more = notes(report.ledger, plan, SHIPPED.get(source) or today)
        report = replace(report, notes=report.notes + more)
    if not mark or is_url(source) or not path.is_file():
        return Inspection(report)
    if not report.problems and not checked_path(path).exists():
        return Inspection(report)
    try:
        return Inspection(report, annotate(path, report.problems))
    except OSError as error:
        return Inspection(report, None, f"{checked_path(path).name}: {error.strerror}")
    except Exception as error:  # openpyxl raises whatever it meets in a strange workbook
        return Inspection(report, None, f"{checked_path(path).name}: {type(error).__name__}")
