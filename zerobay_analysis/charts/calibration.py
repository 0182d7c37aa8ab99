"""Reliability diagram and coverage plot: how far probabilities and intervals can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from zerobay_analysis.charts import style, text
from zerobay_analysis.charts.save import tell
from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.language import Text


def model_name(model: str) -> Text:
    """Name of a model in a legend; one without a name of its own keeps that of the registry."""
    return text.named.get(f"MODEL_{model}", Text(model, model))


SHOWN = ("reference_class", "ols_log")
"""Models of a diagram, in the order of emphasis, where no others are asked for."""
_COLOURS = (style.MEDIAN, style.TARGET, style.MUTED, style.INK, style.PROXY)
_DASHES = ("", (4, 2), (1, 1.6), (5, 2, 1, 2), (1, 1))
_MARKERS = ("o", "s", "^", "D", "v")
"""Line and marker differ as well, so that a black-and-white print still tells models apart."""


def reliability(
    ax: Axes, table: pd.DataFrame, models: Sequence[str] = SHOWN, *, least: int = 20, lang: str = "zh"
) -> Axes:
    """Share of targets met against the probability that was given; the diagonal is ideal.

    Parameters
    ----------
    ax : Axes
    table : pandas.DataFrame
        ``model, lower, upper, count, mean_p, observed``, one row per bin (of one n), as
        :func:`benchmarks.probabilities.reliability_table` makes it.
    models : sequence of str
        At most five, in the order of emphasis.
    least : int
        Bins with fewer targets are not drawn: their share is chance.
    lang : {"zh", "en"}

    Raises
    ------
    ParameterError
        When ``table`` lacks one of ``models``, or there are more than five.
    """
    import seaborn

    rows = _rows(table[table["count"] >= least], table, models, lang)
    ax.axline((0, 0), slope=1, color=style.MUTED, linewidth=0.8, zorder=1)
    look = _lines(ax, rows, "mean_p", "observed", models)
    ax.legend(loc="upper left", handlelength=3)
    area = 18 + 70 * np.sqrt(rows["count"] / table["count"].max())
    look |= {"size": area, "sizes": (area.min(), area.max()), "legend": False}
    seaborn.scatterplot(rows, **look, zorder=3)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    ax.set(xlabel=text.GIVEN.get(lang), ylabel=text.SHARE_MET.get(lang))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(np.linspace(0, 1, 6))
    ax.grid(visible=True)
    for of, x, y, n in zip(*(rows[name] for name in ("label", "mean_p", "observed", "count")), strict=True):
        tell(ax, (x,), (y,), f"{of}: {x:.0%} → {y:.0%} (n={n})")
    return ax


def coverage(
    ax: Axes, table: pd.DataFrame, models: Sequence[str] = SHOWN, *, level: int = 95, lang: str = "zh"
) -> Axes:
    """Share of actual values inside an interval, by points of history; the line is its promise.

    Parameters
    ----------
    ax : Axes
    table : pandas.DataFrame
        ``model, n, answered`` and ``coverage80`` / ``coverage95``, as
        :func:`zerobay_analysis.evaluation.calibration.calibration_table` gives it. A model that
        answered nothing at an n has no mark there.
    models : sequence of str
        At most five, in the order of emphasis.
    level : {80, 95}
    lang : {"zh", "en"}

    Raises
    ------
    ParameterError
        When ``table`` lacks one of ``models``, there are more than five, or for another level.
    """
    if level not in (80, 95):
        raise ParameterError(message("interval_level", level=level))
    rows = _rows(table[table["answered"] > 0], table, models, lang)
    lengths, share = sorted(int(n) for n in table["n"].unique()), f"coverage{level}"
    ax.axhline(level / 100, color=style.MUTED, linewidth=0.8, zorder=1)
    rows = rows.assign(place=rows["n"].map(lengths.index))
    _lines(ax, rows, "place", share, models)
    ax.legend(loc="lower left", handlelength=3)
    ax.set_xticks(range(len(lengths)), [str(n) for n in lengths])
    ax.set(ylim=(0, 1), xlabel=text.POINTS_HELD.get(lang), ylabel=text.INSIDE.fill(lang, level=level))
    ax.grid(visible=True, axis="y")
    for of, x, y in zip(rows["label"], rows["place"], rows[share], strict=True):
        tell(ax, (x,), (y,), f"{of}: {y:.0%}")
    return ax


def _rows(kept: pd.DataFrame, table: pd.DataFrame, models: Sequence[str], lang: str) -> pd.DataFrame:
    """Rows of the models, in the order of emphasis, with their names as ``label``."""
    if len(models) > len(_MARKERS):
        raise ParameterError(message("chart_models", most=len(_MARKERS)))
    if missing := [model for model in models if model not in set(table["model"])]:
        raise ParameterError(message("models_not_measured", missing=", ".join(missing)))
    labels = {model: model_name(model).get(lang) for model in models}
    rows = kept[kept["model"].isin(models)]
    return rows.assign(label=pd.Categorical(rows["model"].map(labels), [*labels.values()]))


def _lines(ax: Axes, rows: pd.DataFrame, x: str, y: str, models: Sequence[str]) -> dict[str, Any]:
    """Draw a line for every model; return the look that seaborn gives to whatever else is drawn of them."""
    import seaborn

    count = len(models)
    look = {"x": x, "y": y, "hue": "label", "style": "label", "ax": ax}
    look |= {"palette": list(_COLOURS[:count]), "markers": list(_MARKERS[:count])}
    dashes = list(_DASHES[:count])
    seaborn.lineplot(rows, **look, dashes=dashes, estimator=None, linewidth=1.4, zorder=2)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return look
