"""An executed notebook as one HTML file that opens without a network."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.files.disk import write_atomically
from zerobay_analysis.suite.imports import quick_imports

if TYPE_CHECKING:
    import nbformat
    from nbconvert import HTMLExporter

__all__ = ["export_html", "html_of"]

_one_at_a_time = threading.Lock()  # an exporter keeps its state in itself
_TEMPLATES = Path(__file__).parent / "templates"


def export_html(notebook: Path, title: str) -> Path:
    """Write ``<notebook>.html`` beside the notebook, without its code cells.

    Parameters
    ----------
    notebook : Path
        An executed notebook.
    title : str
        Title of the page.
    """
    with quick_imports():
        import nbformat
    path = notebook.with_suffix(".html")
    body = html_of(nbformat.read(notebook, as_version=4), title)
    write_atomically(path, body.encode("utf-8"))
    return path


def html_of(notebook: nbformat.NotebookNode, title: str) -> str:
    """The page of a notebook, as text."""
    with _one_at_a_time:
        body, _ = _exporter().from_notebook_node(notebook, {"metadata": {"name": title}})
    return str(body)


@cache
def _exporter() -> HTMLExporter:
    """One exporter per process: it compiles its templates once."""
    from traitlets.config import Config

    with quick_imports():
        from nbconvert import HTMLExporter
    options = {
        "exclude_input": True,
        "embed_images": True,
        "template_name": "zerobay",
        "extra_template_basedirs": [str(_TEMPLATES)],
    }
    return HTMLExporter(config=Config({"HTMLExporter": options}))
