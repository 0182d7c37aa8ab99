"""Parts shared by the tests: small real notebooks, places for a ledger."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.stores import KINDS, new_schema, postgres_server

NotebookMaker = Callable[..., Path]

settings.register_profile("same", derandomize=True, deadline=None)  # one commit, one answer, at any speed
settings.register_profile("search")  # pytest --hypothesis-profile=search: other examples each time
settings.load_profile("same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whatever a shell starts in its background ignores Ctrl-C, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = (
    *("numbers", "briefing_html", "end_to_end", "briefing_render", "leadership_page", "briefing_forms"),
    *("plan_elsewhere", "store", "cluster", "suite_runs", "explorer_browser", "suite_schedule"),
    *("briefing_pictures", "decision", "explorer", "kernels", "store_versions", "fuzz"),
)
"""Files of tests that take longest: begun first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; the order of the others, and within a file, stays."""
    place = {f"test_{name}": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture
def make_notebook(tmp_path: Path) -> NotebookMaker:
    """Write a notebook with a parameters cell and one cell of code; return its path."""

    def make(name: str, parameters: str, code: str = "print('done')") -> Path:
        cells = [new_markdown_cell(f"# {name}")]
        if parameters:
            cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        cells.append(new_code_cell(code))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make


@pytest.fixture(scope="session", autouse=True)
def _briefings_are_removed() -> Iterator[None]:
    yield
    cases = sys.modules.get("tests.briefing_cases")  # heavy to import, and most sessions never do
    if cases is not None:
        cases.remove_made()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """Folder with the socket of a private PostgreSQL server."""
    with postgres_server() as socket:
        yield socket


@pytest.fixture(params=KINDS)
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder of CSV, one of Parquet, an SQLite file and a PostgreSQL database, nothing in them yet."""
    if request.param == "folder":
        return str(tmp_path / "ledger")
    if request.param == "parquet":
        imports = tmp_path / "ledger" / "imports"
        imports.mkdir(parents=True)
        (imports / "FORMAT").write_text("parquet\n", encoding="utf-8")
        return str(tmp_path / "ledger")
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return new_schema(request.getfixturevalue("postgres_socket"))
