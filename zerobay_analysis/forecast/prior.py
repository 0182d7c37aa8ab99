"""The learned prior that ships with the package (made by ``benchmarks/train_prior.py``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from zerobay_analysis.forecast.components import Components

__all__ = ["PRIOR_FILE", "Prior", "load_prior", "save_prior"]

PRIOR_FILE = Path(__file__).with_name("prior.npz")
_FIELDS = ("shapes", "shape", "scale", "drift", "plain", "log_weight")


@dataclass(frozen=True)
class Prior:
    """What was learned from the reference class.

    Attributes
    ----------
    level : Components
        For stocks, cumulative totals and flows: relative changes.
    rate : Components
        For rates: changes in percentage points.
    """

    level: Components
    rate: Components


def save_prior(prior: Prior, path: Path) -> None:
    """Write ``prior`` as a compressed ``.npz`` in single precision."""
    arrays: dict[str, np.ndarray] = {}
    for part in ("level", "rate"):
        components = getattr(prior, part)
        for field in _FIELDS:
            values = getattr(components, field)
            narrow = {"i": np.int16, "b": np.bool_}.get(values.dtype.kind, np.float32)
            arrays[f"{part}_{field}"] = values.astype(narrow)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def load_prior(path: Path = PRIOR_FILE) -> Prior:
    """Read the prior shipped with the package, or another file of the same form."""
    with np.load(path, allow_pickle=False) as stored:

        def part(name: str) -> Components:
            return Components(
                shapes=stored[f"{name}_shapes"].astype(np.float64),
                shape=stored[f"{name}_shape"].astype(np.int64),
                scale=stored[f"{name}_scale"].astype(np.float64),
                drift=stored[f"{name}_drift"].astype(np.float64),
                plain=stored[f"{name}_plain"].astype(np.bool_),
                log_weight=stored[f"{name}_log_weight"].astype(np.float64),
            )

        return Prior(level=part("level"), rate=part("rate"))
