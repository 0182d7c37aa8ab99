"""Files looked at before anyone imports them: one file, or everything that lies in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zerobay_analysis.document import DOCUMENT_SUFFIXES
from zerobay_analysis.intake.annotation import CHECKED, annotate, checked_path
from zerobay_analysis.ledger import CheckReport, check_path
from zerobay_analysis.scenario_file import SCENARIO_SUFFIXES, check_scenarios
from zerobay_analysis.store import is_url
from zerobay_analysis.store.folder import IMPORTS

__all__ = ["Inspection", "inspect"]


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


def inspect(source: str, today: date | None = None, *, mark: bool = True) -> tuple[Inspection, ...]:
    """Check a file, a ledger, or every file of a folder; never raises for what is in the data.

    A YAML file is checked as a scenario.

    Parameters
    ----------
    source : str
        A file, a ledger's folder or address, or a folder of files that units have sent in.
    today : date, optional
    mark : bool
        Write a marked copy beside every workbook that has problems.
    """
    return tuple(_inspected(name, today, mark) for name in _files(source))


def _files(source: str) -> list[str]:
    """What to check: the ledger as a whole, or each file of a folder."""
    path = Path(source)
    ledger = (path / "observations.csv").is_file() or (path / IMPORTS).is_dir()
    if is_url(source) or not path.is_dir() or ledger:
        return [source]
    found = [
        str(file)
        for file in sorted(path.iterdir())
        if file.suffix.lower() in {*DOCUMENT_SUFFIXES, *SCENARIO_SUFFIXES}
        and not file.name.endswith(CHECKED)
        and not file.name.startswith(("~$", "."))
    ]
    return found or [source]


def _inspected(source: str, today: date | None, mark: bool) -> Inspection:
    path = Path(source)
    if path.suffix.lower() in SCENARIO_SUFFIXES:
        return Inspection(check_scenarios(path))
    report = check_path(source, today)
    if not mark or is_url(source) or not path.is_file():
        return Inspection(report)
    if not report.problems and not checked_path(path).exists():
        return Inspection(report)
    try:
        return Inspection(report, annotate(path, report.problems))
    except OSError as error:
        return Inspection(report, None, f"{checked_path(path).name}: {error.strerror}")
