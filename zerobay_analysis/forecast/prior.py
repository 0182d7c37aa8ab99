"""The learned prior that ships with the package (made by ``benchmarks/train_prior.py``)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
        For stocks, cumulative totals and flows: relative changes. :meth:`level_for` gives them
        with the weights to use.
    lengths : ndarray of int, shape (n_lengths,)
        Numbers of figures for which there are weights, increasing from 1.
    level_log_weight : ndarray, shape (n_lengths, n_components)
        These weights, as logs.
    rate : Components
        For rates: changes in percentage points.
    rate_centre : float
        Where rates lie in the reference class, in percent. It counts as a reading of long ago:
        components that revert are drawn to it, those that wander forget it.
    """

    level: Components
    lengths: NDArray[np.int64]
    level_log_weight: NDArray[np.float64]
    rate: Components
    rate_centre: float

    def level_for(self, figures: int) -> Components:
        """``level`` with the weights for a history of so many figures.

        Between two lengths the log weights are interpolated in the log of the number; beyond the
        longest its weights stay.
        """
        at = np.interp(np.log(max(figures, 1)), np.log(self.lengths), np.arange(len(self.lengths)))
        low = int(at)
        high = min(low + 1, len(self.lengths) - 1)
        mixed = (1 - (at - low)) * self.level_log_weight[low] + (at - low) * self.level_log_weight[high]
        return replace(self.level, log_weight=mixed - np.log(np.exp(mixed).sum()))


def save_prior(prior: Prior, path: Path) -> None:
    """Write ``prior`` as a compressed ``.npz`` in single precision."""
    arrays: dict[str, np.ndarray] = {}
    for part in ("level", "rate"):
        components = getattr(prior, part)
        for field in COMPONENT_FIELDS:
            values = getattr(components, field)
            narrow = {"i": np.int16, "b": np.bool_}.get(values.dtype.kind, np.float32)
            arrays[f"{part}_{field}"] = values.astype(narrow)
    # One row per length, instead of the single one of the components themselves.
    arrays["level_log_weight"] = prior.level_log_weight.astype(np.float32)
    arrays["lengths"] = prior.lengths.astype(np.int16)
    arrays["rate_centre"] = np.asarray(prior.rate_centre)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def load_prior(path: Path = PRIOR_FILE) -> Prior:
    """Read the prior shipped with the package, or another file of the same form."""
    with np.load(path, allow_pickle=False) as stored:

        def part(name: str, log_weight: NDArray[np.float64]) -> Components:
            wide = {"i": np.int64, "b": np.bool_, "f": np.float64}
            arrays = {field: stored[f"{name}_{field}"] for field in COMPONENT_FIELDS if field != "log_weight"}
            columns = {field: a.astype(wide[a.dtype.kind]) for field, a in arrays.items()}
            return Components(log_weight=log_weight, **columns)

        by_length = stored["level_log_weight"].astype(np.float64)
        return Prior(
            level=part("level", by_length[0]),
            lengths=stored["lengths"].astype(np.int64),
            level_log_weight=by_length,
            rate=part("rate", stored["rate_log_weight"].astype(np.float64)),
            rate_centre=float(stored["rate_centre"]),
        )
