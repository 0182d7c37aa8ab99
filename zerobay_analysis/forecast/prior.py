"""The learned reference classes that ship with the package (made by ``benchmarks/train_classes.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ParameterError, message

if TYPE_CHECKING:
    import pandas as pd


Array = NDArray[np.float64]

GENERAL = "general"
"""The class of everything that names no other."""
PRIOR_FILE = Path(__file__).with_name("classes") / "weights.npz"
PARTS = ("quantity", "rate", "signed", "count")

ClassShares = tuple[tuple[str, float], ...]
"""Classes and how much each counts beforehand; the shares sum to one."""


def unit_variogram(shapes: Array, lags: Array) -> Array:
    """Variance of ``Y(t) - Y(u)`` around its drift, for components of scale 1.

    Parameters
    ----------
    shapes : ndarray, shape (n_shapes, 7)
        One row per shape; columns ``walk, slope_variance, slope_decay, level_variance, level_decay,
        noise, trend_variance``, defined in METHODOLOGY.md.
    lags : ndarray of float, any shape
        ``t - u`` in years; the sign does not matter.

    Returns
    -------
    ndarray, shape (n_shapes, *lags.shape)
        Sum of a random walk, an integrated Ornstein-Uhlenbeck slope, an Ornstein-Uhlenbeck
        level, a reading error of each date, and a slope that is constant but unknown.
    """
    lag = np.abs(np.asarray(lags, dtype=np.float64))
    column = (slice(None),) + (None,) * lag.ndim
    walk, slope, slope_decay, level, level_decay, noise, trend = (row[column] for row in shapes.T)
    rate = -np.log(slope_decay)
    smooth = 2.0 * (rate * lag + np.expm1(-rate * lag)) / rate**2
    reverting = -2.0 * np.expm1(np.log(level_decay) * lag)
    return np.asarray(
        walk * lag + slope * smooth + level * reverting + 2.0 * noise * (lag > 1e-9) + trend * lag**2
    )


@dataclass(frozen=True)
class Components:
    """A mixture of Gaussian processes with stationary increments.

    Component ``k`` has drift ``drift[k]`` a year and variogram
    ``scale[k] ** 2 * unit_variogram(shapes[shape[k]])`` on its own scale of measurement.

    Attributes
    ----------
    shapes : ndarray, shape (n_shapes, 7)
        Columns as :func:`unit_variogram` takes them; the one-year variogram without the trend column is 1.
    shape : ndarray of int, shape (n_components,)
        Row of ``shapes``.
    scale : ndarray, shape (n_components,)
        Standard deviation of a year's change.
    drift : ndarray, shape (n_components,)
        Mean change a year.
    plain : ndarray of bool, shape (n_components,)
        True on the plain scale, False on the log scale.
    log_weight : ndarray, shape (n_components,)
        Log of the learned prior weight.
    jump : ndarray, shape (n_components,)
        Standard deviation of a lasting jump of the level, as a multiple of ``scale``; 0 where the
        component has none.
    jump_rate : ndarray, shape (n_components,)
        Probability of a jump in any one year; at most one in the past and one ahead count.
    """

    shapes: Array
    shape: NDArray[np.int64]
    scale: Array
    drift: Array
    plain: NDArray[np.bool_]
    log_weight: Array
    jump: Array
    jump_rate: Array

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.scale)

    def take(self, rows: NDArray[np.int64]) -> Components:
        """Some of the components, their weights as they are."""
        return replace(
            self, **{name: getattr(self, name)[rows] for name in COMPONENT_FIELDS if name != "shapes"}
        )


COMPONENT_FIELDS = tuple(field.name for field in fields(Components))


@dataclass(frozen=True)
class Learned:
    """Shared components, and the weights of every class for a history of any length.

    Attributes
    ----------
    components : Components
        Their own weights are of no meaning: :meth:`at` gives those to use.
    lengths : ndarray of int, shape (n_lengths,)
        Numbers of figures for which there are weights, increasing from 1.
    log_weight : mapping of str to ndarray, shape (n_lengths, n_components)
        By class; every part has :data:`GENERAL`.
    """

    components: Components
    lengths: NDArray[np.int64]
    log_weight: Mapping[str, NDArray[np.float64]]

    def at(self, figures: int, shares: ClassShares = ((GENERAL, 1.0),)) -> Components:
        """The components with the weights of a class for a history of so many figures.

        Between two lengths the log weights are interpolated in the log of the number; beyond the
        longest its weights stay. A class without weights in this part counts as the general one.
        """
        at = np.interp(np.log(max(figures, 1)), np.log(self.lengths), np.arange(len(self.lengths)))
        low = int(at)
        high = min(low + 1, len(self.lengths) - 1)
        total = np.zeros(self.components.count)
        for name, share in shares:
            table = self.log_weight.get(name, self.log_weight[GENERAL])
            weight = np.exp((1 - (at - low)) * table[low] + (at - low) * table[high])
            total += share * weight / weight.sum()
        return replace(self.components, log_weight=np.log(np.maximum(total, 1e-300)))


@dataclass(frozen=True)
class Prior:
    """What was learned from the reference classes.

    Attributes
    ----------
    quantity : Learned
        Stocks, totals, flows and shares: relative changes, on the log and on the plain scale.
    rate : Learned
        Growth rates: changes in percentage points.
    signed, count : Learned
        Quantities that change sign, in their mean size; counts with a zero, in the spread of a
        Poisson count of their mean. The general class alone.
    rate_centre : float
        Where growth rates lie, in percent. It counts as a reading of long ago: components that
        revert are drawn to it, those that drift forget it.
    """

    quantity: Learned
    rate: Learned
    signed: Learned
    count: Learned
    rate_centre: float


@lru_cache(maxsize=4)
def load_prior(path: Path = PRIOR_FILE) -> Prior:
    """Read the classes shipped with the package, or another file of the same form."""
    wide = {"i": np.int64, "b": np.bool_, "f": np.float64}
    with np.load(path, allow_pickle=False) as stored:

        def part(name: str) -> Learned:
            columns = {field: stored[f"{name}_{field}"] for field in COMPONENT_FIELDS}
            names, weights = stored[f"{name}_classes"].tolist(), stored[f"{name}_weights"]
            return Learned(
                Components(**{field: a.astype(wide[a.dtype.kind]) for field, a in columns.items()}),
                stored[f"{name}_lengths"].astype(np.int64),
                dict(zip(names, weights.astype(np.float64), strict=True)),
            )

        return Prior(**{name: part(name) for name in PARTS}, rate_centre=float(stored["rate_centre"]))


@cache
def class_table() -> pd.DataFrame:
    """The classes there are: ``name, name_zh, name_en, scale, series, sources, years, licence, ...``."""
    import pandas as pd

    return pd.read_csv(PRIOR_FILE.with_name("classes.csv"), encoding="utf-8", keep_default_na=False)


def series_learned_from(name: str = GENERAL) -> int:
    """How many series a class was learned from."""
    table = class_table()
    return int(table.loc[table["name"] == name, "series"].iloc[0])


@cache
def class_scores() -> pd.DataFrame:
    """How well each class did on series it was not learned from, at the ends of their records.

    Returns
    -------
    pandas.DataFrame
        One row per class ``name``, ``held_out`` (``series``, or the source left out) and ``n``, number
        of figures: ``windows``, ``crps_to_general``, ``cover80``, ``cover95``, ``ece``, ``brier``, ``bias``,
        ``right80``, ``right20``, and ``p_low``, ``p_high``, between which probabilities were tested and held
        (on series left out; see :func:`class_bins`).
    """
    import pandas as pd

    return pd.read_csv(PRIOR_FILE.with_name("scores.csv"), encoding="utf-8")


@cache
def class_bins() -> pd.DataFrame:
    """Observed share of targets met by bin of probability, on the series that :func:`class_scores` is of.

    Returns
    -------
    pandas.DataFrame
        ``name, n, lower, upper, count, mean_p, observed``.
    """
    import pandas as pd

    return pd.read_csv(PRIOR_FILE.with_name("reliability.csv"), encoding="utf-8")


def held_out_scores(name: str, figures: int) -> dict[str, Any]:
    """The row of :func:`class_scores` of a class on series left out, at no more than so many figures."""
    table = class_scores()
    rows = table[(table["name"] == name) & (table["held_out"] == "series") & (table["n"] <= max(figures, 1))]
    return dict(rows.sort_values("n").iloc[-1])


def range_tested(name: str, figures: int) -> tuple[float, float]:
    """Between which probabilities a class was tested at so many figures: no percentage beyond is shown."""
    last = held_out_scores(name, figures)
    return float(last["p_low"]), float(last["p_high"])


def as_shares(reference_class: str | ClassShares) -> ClassShares:
    """One class by name, or several with their shares.

    Raises
    ------
    ParameterError
        When there is no such class; the message lists those there are.
    """
    shares = ((reference_class, 1.0),) if isinstance(reference_class, str) else reference_class
    known = list(load_prior().quantity.log_weight)
    for name, _ in shares:
        if name not in known:
            raise ParameterError(message("no_such_class", name=name, known=", ".join(known)))
    return shares
