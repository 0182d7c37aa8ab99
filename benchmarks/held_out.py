"""Score the packaged prior on the M4 series that it was not learned from.

    python -m benchmarks.held_out m4_yearly.parquet

One window of every held-out series and length, at a random place and at its end: the scores on which
choices were made, both counting the same. Needs the ``bench`` extra. Rates are the yearly growth of
the same series in percent. The last two tables hold histories of real series that look like noise about
a constant against such noise, and the model against Naive on such noise.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks import probabilities
from benchmarks.cells import HORIZON, OURS, run_cell
from benchmarks.peers import PEERS
from benchmarks.public_series import YearlySeries
from benchmarks.train_prior import held_out
from benchmarks.trendless import NOISE_LEVELS, simulated_noise, trendless_table
from zerobay_analysis.evaluation import metrics
from zerobay_analysis.forecast.panel import forecast_panel

Array = NDArray[np.float64]

SEED = 5
LENGTHS = (1, 3, 5, 8, 12)
RIVALS = ("Naive", "RandomWalkWithDrift")


def held_out_series(path: Path) -> list[Array]:
    """Training parts of the held-out series, in order of their names."""
    table = pd.read_parquet(path)
    table = table[table["split"] == "train"].sort_values(["series_id", "t"])
    groups = table.groupby("series_id", sort=True)["y"]
    return [y.to_numpy(dtype=np.float64) for name, y in groups if held_out(str(name))]


def windows(series: list[Array], n: int, *, latest: bool = False) -> list[YearlySeries]:
    """A history of ``n`` and the three years after it, at a random place or the end of each series."""
    rng = np.random.default_rng([SEED, n])
    enough = [y for y in series if len(y) >= n + HORIZON]
    starts = [int(rng.integers(0, len(y) - n - HORIZON + 1)) for y in enough]
    if latest:
        starts = [len(y) - n - HORIZON for y in enough]
    cuts = [y[a : a + n + HORIZON] for y, a in zip(enough, starts, strict=True)]
    return [YearlySeries(f"{i:06d}", cut[:n], cut[n:]) for i, cut in enumerate(cuts)]


def level_row(series: list[Array], n: int, *, latest: bool) -> dict[str, float]:
    """Scores of one history length; one figure gives nothing to scale an error by."""
    rivals = [peer for peer in PEERS if peer.name in RIVALS and n > 1]
    cell = run_cell("M4", n, windows(series, n, latest=latest), rivals)
    row: dict[str, float] = {"n": n}
    if rivals:
        crps = metrics.scaled_crps(cell.forecasts, [OURS, *RIVALS], ("n",)).iloc[0]
        msis = metrics.msis(cell.forecasts, [OURS, *RIVALS], ("n",)).iloc[0]
        row |= {"crps": crps[OURS], "to_naive": crps[OURS] / crps["Naive"]}
        row["to_rwd"] = crps[OURS] / crps["RandomWalkWithDrift"]
        row["msis_to_best"] = msis[OURS] / min(msis[name] for name in RIVALS)
    p, met = cell.targets[f"{OURS}-p"], cell.targets["met"]
    ece = probabilities.expected_calibration_error(cell.targets, [OURS], ("n",)).iloc[0]
    return row | {
        "cover80": metrics.coverage80(cell.forecasts, [OURS], ("n",)).iloc[0][OURS],
        "cover95": metrics.coverage95(cell.forecasts, [OURS], ("n",)).iloc[0][OURS],
        "brier": float(((p - met) ** 2).mean()),
        "ece": ece[OURS],
        "said_less_met": float((p - met).mean()),
        "right_at_80": float(met[p >= 0.8].mean()) if (p >= 0.8).any() else np.nan,
    }


def rate_row(series: list[Array], n: int, *, latest: bool) -> dict[str, float]:
    """CRPS in points of growth rates, beside what a newcomer would do."""
    growth = [g for g in (100 * np.diff(np.log(y)) for y in series) if np.abs(g).max() < 150]
    cut = windows(growth, n, latest=latest)
    past, future = np.array([one.train for one in cut]), np.array([one.test for one in cut])
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([one.name for one in cut], n),
            "ds": np.tile(np.arange(n), len(cut)),
            "y": past.ravel(),
        }
    )
    q = np.array(metrics.QUANTILES)
    table = forecast_panel(frame, HORIZON, metrics.QUANTILES, "rate")
    ours = table[[f"q{level:g}" for level in q]].to_numpy().reshape(len(cut), HORIZON, -1)
    everyone = np.quantile(np.concatenate(growth), q) + np.zeros_like(ours)
    row = {"n": n, "crps": pinball(ours, future, q), "all_growth_rates": pinball(everyone, future, q)}
    if n > 1:
        spread = np.maximum(past.std(axis=1, ddof=1), 0.1) * np.sqrt(1 + 1 / n)
        own = past.mean(axis=1)[:, None] + spread[:, None] * student.ppf(q, n - 1)
        row["own_mean_and_t"] = pinball(own[:, None, :] + np.zeros_like(ours), future, q)
    for level in (0.8, 0.95):
        low, high = (int(np.flatnonzero(np.isclose(q, p))[0]) for p in ((1 - level) / 2, (1 + level) / 2))
        inside = (future >= ours[:, :, low]) & (future <= ours[:, :, high])
        row[f"cover{level * 100:.0f}"] = float(inside.mean())
    return row


def looks_like_noise(history: Array) -> bool:
    """Whether a history looks like noise of 5 % about a constant, by what can be seen of it.

    No slope (t below 1), yearly changes of 4 to 11 % (root mean square) that take each other back.
    """
    logs = np.log(history)
    changes = np.diff(logs)
    size = float(np.sqrt(np.mean(changes**2)))
    time = np.arange(len(logs)) - (len(logs) - 1) / 2
    slope = time @ logs / (time @ time)
    residual = logs - logs.mean() - slope * time
    error = np.sqrt(residual @ residual / (len(logs) - 2) / (time @ time))
    returns = changes[1:] @ changes[:-1] < -0.2 * (changes @ changes)
    return bool(abs(slope) < error and 0.04 < size < 0.11 and returns)


def noise_row(name: str, series: list[YearlySeries]) -> dict[str, object]:
    """Ours and Naive on the histories of ``series`` that look like noise, and what they did next."""
    alike = [one for one in series if looks_like_noise(one.train)]
    rivals = [peer for peer in PEERS if peer.name == "Naive"]
    forecasts = run_cell(name, len(alike[0].train), alike, rivals).forecasts
    crps = metrics.scaled_crps(forecasts, [OURS, "Naive"], ("n",)).iloc[0]
    covered = metrics.coverage80(forecasts, [OURS, "Naive"], ("n",)).iloc[0]
    level = np.array([np.log(one.train).mean() for one in alike])
    third = np.log([one.test[HORIZON - 1] for one in alike]) - level
    return {
        "series": name,
        "n": len(alike[0].train),
        "histories": len(alike),
        "crps_to_naive": crps[OURS] / crps["Naive"],
        "cover80": covered[OURS],
        "cover80_naive": covered["Naive"],
        "away_after_3": float(np.median(np.abs(third))),
        "higher_after_3": float((third > 0).mean()),
    }


def noise_table(series: list[Array]) -> pd.DataFrame:
    """Real histories that look like noise of 5 % about a constant, and histories that are."""
    made_up = simulated_noise(0.05, 1000, seed=1)
    rows = []
    for n in (5, 8):
        cut = [YearlySeries(one.name, one.train[-n:], one.test) for one in made_up]
        rows += [noise_row("M4", windows(series, n)), noise_row("noise of 5 %", cut)]
    return pd.DataFrame(rows)


def pinball(quantiles: Array, actual: Array, levels: Array) -> float:
    """Twice the mean pinball loss over 0.05, 0.1, ... 0.95."""
    even = np.isclose(levels * 20, np.round(levels * 20))
    miss = actual[:, :, None] - quantiles[:, :, even]
    return float(2 * np.maximum(levels[even] * miss, (levels[even] - 1) * miss).mean())


def main(source: str) -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    series = held_out_series(Path(source))
    for latest in (False, True):
        print("windows at the end of their series" if latest else "windows at random places")
        table = pd.DataFrame([level_row(series, n, latest=latest) for n in LENGTHS])
        print(table.round(3).to_string(index=False))
        long = table[table["n"] >= 5]["to_rwd"]
        print(f"geometric mean of CRPS to random walk with drift, n >= 5: {np.exp(np.log(long).mean()):.3f}")
        rates = pd.DataFrame([rate_row(series, n, latest=latest) for n in (1, 2, 3, 5, 8)])
        print(rates.round(3).to_string(index=False))
    print(noise_table(series).round(3).to_string(index=False))
    made_up = trendless_table((), 3000, seed=9, levels=(0.03, *NOISE_LEVELS), lengths=(3, 4, 5, 6, 8, 12))
    print(made_up.pivot_table(index="group", columns="n", values="ratio_to_naive").round(2).to_string())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.held_out m4_yearly.parquet")
    main(sys.argv[1])
