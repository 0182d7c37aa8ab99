"""A real report of small notebooks: ``python -m tests.small_report FOLDER [options of zerobay report]``."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from zerobay_analysis.study import Study
from zerobay_analysis.suite import manifest, report

CODE = "these tests may run while somebody edits"
PARAMETERS = (
    'data: str = "public"\nas_of: str = "2026-11-22"\nlang: str = "zh"\nmodel: str = "reference_class"\n'
)


def finish(run: Any) -> None:
    """Stand in for the page and the papers, which are other tests' business."""
    (run.folder / "index.html").write_text("<p>page</p>", encoding="utf-8")


@cache
def study(data: str, as_of: str) -> Study:
    """The study of a run, opened once for all runs of a process: what is in it is other tests' business."""
    return Study.open(data, as_of)


def shrink(notebooks: Path, patch: Any = setattr) -> None:
    """Make the report consist of the notebooks in a folder, without charts and forms."""
    patch(report, "TITLES", {p.stem: (p.stem, p.stem) for p in sorted(notebooks.glob("*.ipynb"))})
    patch(report, "notebooks_dir", lambda: notebooks)
    patch(report, "_open_study", lambda options: study(options.data, options.as_of))
    patch(report, "part_records", lambda *_: [])
    patch(report, "part_steps", lambda *_: [])
    patch(report, "finish", finish)
    patch(manifest, "code_digest", lambda: CODE)
    cluster = sys.modules.get("zerobay_analysis.suite.cluster")
    if cluster is not None:
        patch(cluster, "code_digest", lambda: CODE)


if __name__ == "__main__":
    from zerobay_analysis.cli import main

    if "--scheduler" in sys.argv:
        import zerobay_analysis.suite.cluster  # noqa: F401 - so that it is patched, too
    shrink(Path(sys.argv[1]))
    sys.argv[:] = ["zerobay", "report", *sys.argv[2:]]
    main()
