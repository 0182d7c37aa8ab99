"""One notebook, run by hand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from zerobay_analysis.briefing.webfont import write_beside
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import notebooks_dir, readable
from zerobay_analysis.suite.kernels import server
from zerobay_analysis.suite.parameters import check_parameters
from zerobay_analysis.suite.runner import Step, StepResult, run_step

__all__ = ["find_notebook", "run_notebook"]


def find_notebook(name: Path) -> Path:
    """Return ``name`` if it is a file, else the project's notebook of that name; no path is taken for one."""
    if name.is_file() or name.name != str(name) or not name.name:
        return name
    return notebooks_dir() / name.with_suffix(".ipynb").name


def run_notebook(name: Path, parameters: Mapping[str, object], out: Path) -> StepResult:
    """Check ``parameters``, run the notebook into ``<out>/notebooks`` and export it to HTML.

    Raises
    ------
    ParameterError
        Before any kernel starts: no such notebook, an unusable parameter, or an unusable folder.
    """
    if server.supported():
        server.start()  # imports meanwhile
    notebook = find_notebook(name)
    checked = check_parameters(notebook, parameters)
    folder = out / "notebooks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claimed = _claim(folder, readable(notebook.stem), notebook)
    except OSError as error:
        raise ParameterError(
            f"写不进 {folder}：{error.strerror}；换一个 --out / cannot write there: choose another --out"
        ) from error
    step = Step(claimed.stem, notebook.stem, notebook, checked, folder)
    result = run_step(step)
    write_beside(folder)
    return result


def _claim(folder: Path, stem: str, notebook: Path) -> Path:
    """Take a name that no other run has, also of the same second, by putting the notebook there."""
    name = f"{stem}-{datetime.now():%Y%m%d-%H%M%S}"
    for number in count(1):
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}.ipynb"
        with suppress(FileExistsError), path.open("xb") as stream:
            stream.write(notebook.read_bytes())
            return path
    raise AssertionError("unreachable")
