"""The benchmark's result as one page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.cells import OURS
from benchmarks.result import BenchmarkResult
from benchmarks.standing import geometric_mean

__all__ = ["page"]

SUMMARY_LENGTHS: tuple[int, ...] = (5, 8, 12)
"""Lengths of the geometric means; at n = 3 most libraries refuse."""


def page(result: BenchmarkResult) -> str:
    """Summary, tables and what made them, in the order a reader asks."""
    about = result.metadata
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    missing = about["left_out_of_this_run"]
    parts = [
        "# 公开基准 / Public benchmark",
        f"`{about['command']}`, {about['date']}, Python {about['python']}, {about['machine']}; {versions}. "
        f"Prior {about['prior_sha256'][:12]}. "
        f"Sets: {', '.join(about['sets'])}; series per set: {about['series_per_set']}; "
        f"{about['seconds']:.0f} s on one thread."
        + (f" Not in this run: {', '.join(missing)}." if missing else "")
        + (
            f" The peers answered on {', '.join(about['peers_answered'])}, same versions."
            if "--reuse" in about["command"]
            else ""
        ),
        "Nothing was tuned on these series. A peer that refuses (raises, or answers with a number that is "
        "not finite) has a dash; nothing is filled in. Scores: scaled CRPS and MSIS lower is better; "
        "horizons 1-3, last n training points.",
        "## 摘要 / Summary",
        _summary(result),
        "## Scaled CRPS",
        _crps_grid(result),
        "Ratio: ours over the best peer's, on the series that peer answered. `statsmodels_ETS` is damped "
        "Holt on the plain scale, `ols_log` the exponential trend line of a spreadsheet with its t interval.",
        "## 区间 / Intervals",
        "Share of actual values inside the interval, and MSIS of the 95 % interval (ours over the best "
        "peer's).",
        _interval_grid(result),
        "![落入区间的比例 / coverage by points of history](coverage.png)",
        "## 目标概率 / Probability of a target three years ahead",
        "Targets at 0.25 to 2 mean steps a year, in the direction of the step (a single point: 5 % a year); "
        "M1, M3 and Tourism together. `hit_rate`: share met where the model says 80 % or more. Targets tied "
        "to the observed drift make part of the gain regression to the mean; plan targets are set that "
        "way too.",
        _grid(_shown_targets(result)),
        "![可靠性图 / reliability diagram](reliability.png)",
        "## 无趋势序列 / Series without a trend",
        "Simulated lognormal noise around a constant, and public series whose training part shows no trend "
        "(absolute t of the log-linear slope below 1, at least 12 points). Scaled CRPS.",
        _grid(result.trendless),
        "## 耗时 / Time",
        "Processor seconds per series, fit and forecast, same run, n = 8; ours is asked for the whole set "
        "at once.",
        _time_grid(result),
        "Ours by number of simulated series (n = 8, horizons 1-3, prior loaded).",
        _grid(result.speed),
        "## 未使用 / Left out",
        _grid(result.left_out),
        "",
    ]
    return "\n\n".join(parts)


def _summary(result: BenchmarkResult) -> str:
    lines = []
    for metric, label in (("scaled_crps", "scaled CRPS"), ("msis95", "MSIS 95 %")):
        for against in ("peers", "every other model"):
            rows = result.best[
                (result.best["metric"] == metric)
                & (result.best["against"] == against)
                & result.best["n"].isin(SUMMARY_LENGTHS)
            ]
            lines.append(
                f"- {label}, ours over the best of {against}, n = 5, 8, 12: geometric mean "
                f"**{geometric_mean(rows['ratio']):.3f}**, worst cell {rows['ratio'].max():.3f} "
                f"({len(rows)} cells)."
            )
    ours = result.targets[result.targets["model"] == OURS]
    for row in ours.to_dict("records"):
        sure = f"met where P ≥ 80 %: {row['hit_rate']:.0%} of {row['hit_count']}"
        lines.append(
            f"- P(target), n = {row['n']}: Brier {row['brier']:.3f}, ECE {row['ece']:.3f}, "
            + (sure if row["hit_count"] else "never 80 % or more")
            + "."
        )
    return "\n".join(lines)


def _crps_grid(result: BenchmarkResult) -> str:
    scores = result.accuracy[(result.accuracy["metric"] == "scaled_crps") & (result.accuracy["n"] > 1)]
    order = list(dict.fromkeys(scores["model"]))
    grid = scores.pivot_table(index=["set", "n"], columns="model", values="value")
    grid = grid.reindex(columns=order).reset_index()
    best = result.best[(result.best["metric"] == "scaled_crps") & (result.best["against"] == "peers")]
    grid = grid.merge(best[["set", "n", "peer", "ratio"]], on=["set", "n"], how="left")
    return _grid(grid.rename(columns={"peer": "best peer"}))


def _interval_grid(result: BenchmarkResult) -> str:
    shown = [OURS, "ols_log", "RandomWalkWithDrift", "DynamicOptimizedTheta"]
    scores = result.accuracy[result.accuracy["model"].isin(shown)]
    grid = scores.pivot_table(index=["set", "n"], columns=["model", "metric"], values="value")
    order = [(model, f"coverage{level}") for model in shown for level in (80, 95)]
    grid = grid.reindex(columns=pd.MultiIndex.from_tuples(order))
    grid.columns = pd.Index([f"{model} {metric[-2:]} %" for model, metric in order])
    best = result.best[(result.best["metric"] == "msis95") & (result.best["against"] == "peers")]
    best = best.rename(
        columns={"ours": "MSIS ours", "score": "MSIS best peer", "ratio": "MSIS ratio", "peer": "best peer"}
    )
    columns = ["set", "n", "MSIS ours", "best peer", "MSIS best peer", "MSIS ratio"]
    return _grid(grid.reset_index().merge(best[columns], on=["set", "n"], how="left"))


def _shown_targets(result: BenchmarkResult) -> pd.DataFrame:
    return result.targets[result.targets["answered"] > 0].assign(
        answered=lambda rows: [f"{share:.0%}" for share in rows["answered"]]
    )


def _time_grid(result: BenchmarkResult) -> str:
    eight = result.timing[result.timing["n"] == 8]
    mean = eight.groupby("model", sort=False)["seconds_per_series"].mean().reset_index()
    ours = mean.loc[mean["model"] == OURS, "seconds_per_series"].item()
    return _grid(
        mean.assign(times_ours=mean["seconds_per_series"] / ours), {"seconds_per_series": 5, "times_ours": 1}
    )


def _grid(table: pd.DataFrame, digits: Mapping[str, int] | int = 3) -> str:
    """Markdown table; numbers with ``digits`` decimals, a missing value as a dash."""

    def cell(column: str, value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        places = digits if isinstance(digits, int) else digits.get(column, 3)
        if np.isnan(value):
            return "—"
        return f"{value:.{places}f}" if abs(value) < 1e5 else f"{value:.0e}"

    names = [str(column) for column in table.columns]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += [
        "| " + " | ".join(cell(name, value) for name, value in zip(names, row, strict=True)) + " |"
        for row in table.itertuples(index=False, name=None)
    ]
    return "\n".join(lines)
