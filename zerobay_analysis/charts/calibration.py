"""Reliability diagram and coverage plot: how far probabilities and intervals can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from zerobay_analysis.charts import style
from zerobay_analysis.errors import ParameterError

__all__ = ["MODEL_LABELS", "coverage", "reliability"]

MODEL_LABELS: Mapping[str, tuple[str, str]] = {
    "reference_class": ("本项目：参照类", "this project: reference class"),
    "ols_linear": ("线性趋势", "linear trend"),
    "ols_log": ("对数线性趋势（电子表格）", "log-linear trend (spreadsheet)"),
    "log_drift_t": ("对数随机游走加漂移", "log random walk with drift"),
    "holt_damped": ("阻尼霍尔特", "damped Holt"),
    "theta": ("Theta", "Theta"),
    "local_linear_trend": ("局部线性趋势", "local linear trend"),
    "combination": ("趋势模型等权组合", "equal-weight combination"),
    "Naive": ("最后值不变", "last value (Naive)"),
    "RandomWalkWithDrift": ("随机游走加漂移", "random walk with drift"),
    "statsmodels_ETS": ("statsmodels ETS", "statsmodels ETS"),
}
"""Chinese and English name of a model in a legend; another model keeps its own name."""

_MARKS = (
    (style.MEDIAN, "-", "o"),
    (style.TARGET, "--", "s"),
    (style.MUTED, ":", "^"),
    (style.INK, "-.", "D"),
    (style.PROXY, (0, (1, 1)), "v"),
)
"""Colour, line and marker, so that a black-and-white print still tells models apart."""


def reliability(
    ax: Axes,
    table: pd.DataFrame,
    models: Sequence[str] = ("reference_class", "ols_log"),
    *,
    least: int = 20,
    lang: str = "zh",
) -> Axes:
    """Share of targets met against the probability that was given; the diagonal is ideal.

    Parameters
    ----------
    ax : Axes
    table : pandas.DataFrame
        ``model, lower, upper, count, mean_p, observed``, one row per bin (of one n), as
        :func:`zerobay_analysis.evaluation.metrics.reliability_table` makes it.
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
    _check(table, models)
    ax.plot([0, 1], [0, 1], color=style.MUTED, linewidth=0.8, zorder=1)
    largest = float(table["count"].max())
    for model, (colour, line, marker) in zip(models, _MARKS, strict=False):
        bins = table[(table["model"] == model) & (table["count"] >= least)].sort_values("mean_p")
        label = _label(model, lang)
        ax.plot(bins["mean_p"], bins["observed"], color=colour, linestyle=line, linewidth=1.4, zorder=2)
        sizes = 18 + 70 * np.sqrt(bins["count"] / largest)
        ax.scatter(
            bins["mean_p"], bins["observed"], s=sizes, color=colour, marker=marker, label=label, zorder=3
        )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set_ticks(np.linspace(0, 1, 6))
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    zh = lang == "zh"
    ax.set_xlabel("模型给出的达标概率" if zh else "probability given by the model")
    ax.set_ylabel("实际达标比例" if zh else "share of targets met")
    ax.grid(visible=True)
    ax.legend(loc="upper left")
    return ax


def coverage(
    ax: Axes,
    table: pd.DataFrame,
    models: Sequence[str] = ("reference_class", "ols_log"),
    *,
    level: int = 95,
    lang: str = "zh",
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
        raise ParameterError(f"区间只有 80 和 95 / level must be 80 or 95, not {level!r}")
    _check(table, models)
    lengths = sorted(int(n) for n in table["n"].unique())
    place = {n: i for i, n in enumerate(lengths)}
    ax.axhline(level / 100, color=style.MUTED, linewidth=0.8, zorder=1)
    for model, (colour, line, marker) in zip(models, _MARKS, strict=False):
        rows = table[(table["model"] == model) & (table["answered"] > 0)].sort_values("n")
        ax.plot(
            rows["n"].map(place),
            rows[f"coverage{level}"],
            color=colour,
            linestyle=line,
            marker=marker,
            linewidth=1.4,
            label=_label(model, lang),
            zorder=2,
        )
    ax.set_xticks(range(len(lengths)), [str(n) for n in lengths])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylim(0, 1)
    zh = lang == "zh"
    ax.set_xlabel("历史年度值个数" if zh else "points of history")
    ax.set_ylabel(f"落入 {level}% 区间的比例" if zh else f"inside the {level}% interval")
    ax.grid(visible=True, axis="y")
    ax.legend(loc="lower left")
    return ax


def _check(table: pd.DataFrame, models: Sequence[str]) -> None:
    if len(models) > len(_MARKS):
        raise ParameterError(f"一张图最多 {len(_MARKS)} 个模型 / at most {len(_MARKS)} models in one chart")
    missing = [model for model in models if model not in set(table["model"])]
    if missing:
        raise ParameterError(f"表中没有模型 / not in the table: {', '.join(missing)}")


def _label(model: str, lang: str) -> str:
    names = MODEL_LABELS.get(model, (model, model))
    return names[0] if lang == "zh" else names[1]
