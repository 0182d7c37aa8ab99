"""One notebook, run by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from zerobay_analysis.briefing.webfont import write_beside
from zerobay_analysis.paths import notebooks_dir
from zerobay_analysis.suite.parameters import check_parameters
from zerobay_analysis.suite.runner import Step, StepResult, run_step

__all__ = ["find_notebook", "run_notebook"]


def find_notebook(name: Path) -> Path:
    """Return ``name`` if it is a file, else the project's notebook of that name."""
    if name.is_file():
        return name
    return notebooks_dir() / name.with_suffix(".ipynb").name


def run_notebook(name: Path, parameters: Mapping[str, object], out: Path) -> StepResult:
    """Check ``parameters``, run the notebook into ``<out>/notebooks`` and export it to HTML.

    Raises
    ------
    ParameterError
        Before any kernel starts: no such notebook or an unusable parameter.
    """
    notebook = find_notebook(name)
    checked = check_parameters(notebook, parameters)
    folder = out / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    step = Step(f"{notebook.stem}-{datetime.now():%Y%m%d-%H%M%S}", notebook.stem, notebook, checked, folder)
    result = run_step(step)
    write_beside(folder)
    return result
