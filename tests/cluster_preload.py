"""For workers of the tests' clusters: these tests may run while somebody edits the code."""

from __future__ import annotations

from typing import Any

from tests.small_report import CODE
from zerobay_analysis.suite import cluster


def dask_setup(worker: Any) -> None:
    """Called by dask when the worker starts."""
    cluster.code_digest = lambda: CODE
