"""A real report of small notebooks: ``python -m tests.small_report FOLDER [options of zerobay report]``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from zerobay_analysis.suite import environment, report, reuse
from zerobay_analysis.suite.manifest import Manifest
from zerobay_analysis.suite.progress import Progress

CODE = "these tests may run while somebody edits"
PARAMETERS = (
    'data: str = "public"\nas_of: str = "2026-11-22"\nlang: str = "zh"\nmodel: str = "reference_class"\n'
)


def finish_forms(
    forms: Any, study: Any, options: Any, manifest: Manifest, folder: Path, progress: Progress
) -> None:
    """Stand in for the page and the papers, which are other tests' business."""
    (folder / "index.html").write_text("<p>page</p>", encoding="utf-8")
    progress.advance("index.html")


def shrink(notebooks: Path, patch: Any = setattr) -> None:
    """Make the report consist of the notebooks in a folder, without charts."""
    patch(report, "TITLES", {p.stem: (p.stem, p.stem) for p in sorted(notebooks.glob("*.ipynb"))})
    patch(report, "notebooks_dir", lambda: notebooks)
    patch(report, "start_forms", lambda *_: None)
    patch(report, "finish_forms", finish_forms)
    patch(report, "write_charts", bool)  # any importable function of one argument will do
    patch(report, "write_owed", bool)
    for module in (reuse, environment):
        patch(module, "code_digest", lambda: CODE)


if __name__ == "__main__":
    from zerobay_analysis.cli import main

    shrink(Path(sys.argv[1]))
    sys.argv[:] = ["zerobay", "report", *sys.argv[2:]]
    main()
