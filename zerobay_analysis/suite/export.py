"""An executed notebook as one HTML file that opens without a network."""

from __future__ import annotations

from pathlib import Path

__all__ = ["export_html"]

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
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    options = {
        "exclude_input": True,
        "embed_images": True,
        "template_name": "zerobay",
        "extra_template_basedirs": [str(_TEMPLATES)],
    }
    exporter = HTMLExporter(config=Config({"HTMLExporter": options}))
    node = nbformat.read(notebook, as_version=4)
    body, _ = exporter.from_notebook_node(node, {"metadata": {"name": title}})
    path = notebook.with_suffix(".html")
    beside = path.with_suffix(".html.new")
    beside.write_text(body, encoding="utf-8")
    beside.replace(path)
    return path
