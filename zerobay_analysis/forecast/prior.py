"""The learned prior that ships with the package (made by ``benchmarks/train_prior.py``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from zerobay_analysis.forecast.components import COMPONENT_FIELDS, Components

__all__ = ["PRIOR_FILE", "SERIES_LEARNED_FROM", "Prior", "load_prior", "save_prior"]

PRIOR_FILE = Path(__file__).with_name("prior.npz")

SERIES_LEARNED_FROM = 18_405
"""Yearly series of M4 that the shipped prior was learned from; another fifth of M4 was held out
(``training_series`` of ``benchmarks/train_prior.py``)."""


@dataclass(frozen=True)
class Prior:
    """What was learned from the reference class.

    Attributes
    ----------
    level : Components
        For stocks, cumulative totals and flows: relative changes.
    rate : Components
        For rates: changes in percentage points.
    rate_centre : float
        Where rates lie in the reference class, in percent. It counts as a reading of long ago:
        components that revert are drawn to it, those that wander forget it.
    """

    level: Components
    rate: Components
    rate_centre: float


def save_prior(prior: Prior, path: Path) -> None:
    """Write ``prior`` as a compressed ``.npz`` in single precision."""
    arrays: dict[str, np.ndarray] = {}
    for part in ("level", "rate"):
        components = getattr(prior, part)
        for field in COMPONENT_FIELDS:
            values = getattr(components, field)
            narrow = {"i": np.int16, "b": np.bool_}.get(values.dtype.kind, np.float32)
            arrays[f"{part}_{field}"] = values.astype(narrow)
    arrays["rate_centre"] = np.asarray(prior.rate_centre)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def load_prior(path: Path = PRIOR_FILE) -> Prior:
    """Read the prior shipped with the package, or another file of the same form."""
    with np.load(path, allow_pickle=False) as stored:

        def part(name: str) -> Components:
            wide = {"i": np.int64, "b": np.bool_, "f": np.float64}
            arrays = {field: stored[f"{name}_{field}"] for field in COMPONENT_FIELDS}
            return Components(**{field: a.astype(wide[a.dtype.kind]) for field, a in arrays.items()})

        return Prior(level=part("level"), rate=part("rate"), rate_centre=float(stored["rate_centre"]))
