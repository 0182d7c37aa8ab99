"""Score the reference classes on series and sources that they were not learned from.

    python -m benchmarks.classes --bench DIR --refclass DIR [--work DIR]

Reads what :mod:`benchmarks.train_classes` left in ``--work`` (or learns again where that is empty), takes
weights learned without a fifth of the series (of Chinese records without each province in turn), or without a
whole source, and holds the forecasts of what was left out against Naive, a random walk with drift, the
log-linear least-squares line and the general class. Writes ``classes.csv`` and ``scores.csv`` beside the
weights, and ``docs/benchmarks/classes.csv`` and ``classes.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr

from benchmarks import train_classes as train
from benchmarks.train_classes import CHINA, HISTORIES, HORIZON, HORIZON_OF, NBS, Answers, M, Series
from zerobay_analysis.forecast.prior import GENERAL, PRIOR_FILE, load_prior

Array = NDArray[np.float64]
Values = NDArray[np.floating]
Rows = NDArray[np.int64]

LEAST = 60
"""Windows at the ends of records from which a source is left out."""
SOURCE_LENGTHS = (1, 3, 5, 8)
"""Numbers of figures at which sources are left out."""
ROUNDS = 30
"""Rounds of the search for weights without a part; the shipped weights took twice as many."""
TESTED = 20
"""Targets that make a bin of probability a tested one."""
MAX_FITTED = 300
"""Windows of a class that AutoETS, which fits one at a time, is asked about: evenly spaced."""
EDGES = (0.0, 0.02, 0.05, *(round(0.1 * tenth, 1) for tenth in range(1, 10)), 0.95, 0.98, 1.0)
MAX_ERROR = 0.05
"""How far the share met may lie from what was said in a bin beyond 10 or 90 %."""
PAGE = Path("docs/benchmarks")
NAMES = {
    GENERAL: ("一般", "general"),
    "china_science": ("中国省级科技统计", "science and technology of Chinese provinces"),
    "china_research": ("中国省级研发", "R&D of Chinese provinces"),
    "china_market": (
        "中国省级技术市场与高技术产业",
        "technology market and high-tech industry of Chinese provinces",
    ),
    "china_output": ("中国省级产出", "output of Chinese provinces"),
    "research": ("研发与论文", "R&D and papers"),
    "patents": ("专利", "patents"),
    "firms": ("企业数", "firms"),
    "employment": ("就业与人员", "employment and staff"),
    "shares": ("比率与人均", "shares and ratios"),
}
LICENCES = {
    "m4": "M4 competition: none stated",
    CHINA: "provincial science and technology statistics: none stated",
    NBS: "NBS by province, repository states none",
    "ncses": "US federal work",
    "us_bds_state": "US federal work",
    "us_metro_kauffman": "US federal work",
    "us_bea_metro": "US federal work",
    "us_county_permits": "US federal work",
    "r_panels": "GPL packages",
    "gapminder_sg": "CC-BY-4.0",
    "unesco_education": "CC-BY-4.0",
    "oecd_gerd": "ODC-PDDL",
    "owid": "CC-BY, some third-party",
    "eurostat": "reuse with credit; repository non-commercial",
    "imf_weo": "IMF terms",
}
"""As the sources state them; the others state none. Only weights ship, no figure of any series."""


def naive(data: Answers) -> Array:
    """Distribution function of the random walk at every place."""
    past = data.history
    ahead = (HORIZON_OF + 1.0)[None, :]
    sd = np.sqrt((np.diff(past, axis=1) ** 2).mean(axis=1, keepdims=True) * ahead)
    return np.asarray(ndtr((data.place - past[:, -1:]) / np.maximum(sd, 1e-9)))


def drift(data: Answers) -> Array:
    """The same of the random walk with drift; Student's t, for its variance is estimated."""
    past = data.history
    ahead, n = (HORIZON_OF + 1.0)[None, :], past.shape[1]
    step = np.diff(past, axis=1)
    mean, variance = step.mean(axis=1, keepdims=True), step.var(axis=1, ddof=1, keepdims=True)
    sd = np.sqrt(variance * (ahead + ahead**2 / (n - 1)))
    return np.asarray(stdtr(n - 2, (data.place - past[:, -1:] - mean * ahead) / np.maximum(sd, 1e-9)))


def log_line(data: Answers) -> Array:
    """The same of the least-squares line through the logs."""
    logs = np.log(data.history)
    n = logs.shape[1]
    time = np.arange(n) - (n - 1) / 2
    slope = logs @ time / (time @ time)
    mean = logs.mean(axis=1)
    residual = logs - mean[:, None] - slope[:, None] * time
    variance = (residual**2).sum(axis=1) / (n - 2)
    at = (n - 1) / 2 + HORIZON_OF + 1.0
    sd = np.sqrt(variance[:, None] * (1 + 1 / n + at**2 / (time @ time)))
    place = np.log(np.maximum(data.place, 1e-12))
    return np.asarray(stdtr(n - 2, (place - mean[:, None] - slope[:, None] * at) / np.maximum(sd, 1e-9)))


def auto_ets(data: Answers) -> Array:
    """The same of statsforecast's AutoETS, normal around its forecasts; missing where nothing is fitted."""
    from statsforecast.models import AutoETS

    found = np.full(data.place.shape, np.nan)
    for row in np.unique(np.linspace(0, len(found) - 1, MAX_FITTED).astype(int)):
        try:
            said = AutoETS(season_length=1).forecast(data.history[row], HORIZON, level=[80])
        except Exception:  # whatever it is, the window counts for neither
            continue
        sd = np.maximum((said["hi-80"] - said["mean"]) / ndtri(0.9), 1e-9)[HORIZON_OF]
        found[row] = ndtr((data.place[row] - said["mean"][HORIZON_OF]) / sd)
    return found


PEERS = {"Naive": (2, naive), "RandomWalkWithDrift": (3, drift), "log-linear OLS": (3, log_line)}
"""Least number of figures, and the distribution function."""
if importlib.util.find_spec("statsforecast"):  # of the extra "bench"
    PEERS["AutoETS"] = (6, auto_ets)  # it refuses five


def crps(f: Values, data: Answers) -> Array:
    """Scaled CRPS of each window, one and three years ahead; capped at 50."""
    found = []
    for i, h in enumerate((0, 2)):
        place, part = data.place[:, i * M : (i + 1) * M], f[:, i * M : (i + 1) * M]
        half = np.diff(place, axis=1) / 2
        width = np.pad(half, ((0, 0), (1, 0))) + np.pad(half, ((0, 0), (0, 1)))
        y = data.outcome[:, h]
        edge = np.maximum(y - place[:, -1], 0) + np.maximum(place[:, 0] - y, 0)
        found.append(np.minimum(((part - (y[:, None] <= place)) ** 2 * width).sum(axis=1) + edge, 50))
    return np.asarray(np.mean(found, axis=0))


def scores(f: Values, data: Answers) -> dict[str, float]:
    """Scores of forecasts given as distribution functions at the places of ``data``."""
    at = f[:, 2 * M : 2 * M + HORIZON]
    p, met = steps(f, data)
    cell = np.clip((p * 10).astype(int), 0, 9)
    low, high = tested(reliability(f, data))
    return {
        "windows": len(at),
        "crps": float(crps(f, data).mean()),
        "cover80": float(((at >= 0.1) & (at <= 0.9)).mean()),
        "cover95": float(((at >= 0.025) & (at <= 0.975)).mean()),
        "ece": float(sum(abs((p - met)[cell == c].sum()) for c in range(10)) / len(p)),
        "brier": float(((p - met) ** 2).mean()),
        "bias": float((p - met).mean()),
        "right80": float(met[p >= 0.8].mean()) if (p >= 0.8).sum() >= TESTED else np.nan,
        "right20": float(1 - met[p < 0.2].mean()) if (p < 0.2).sum() >= TESTED else np.nan,
        "p_low": low,
        "p_high": high,
    }


def steps(f: Values, data: Answers) -> tuple[Values, Values]:
    """Probability of each target at a number of mean steps, and whether it was met."""
    below, asked = f[:, 2 * M + HORIZON :], np.isfinite(data.met)
    return np.where(data.rising[:, None], 1 - below, below)[asked], data.met[asked]


def reliability(f: Values, data: Answers) -> pd.DataFrame:
    """Observed share of targets met by bin of probability: ``lower, upper, count, mean_p, observed``.

    The targets at mean steps, and one at each place of the grid of the CRPS three years ahead: quantiles
    of the forecast of all components alike, from 1 to 99 %, which are there before a class has a word.
    So probabilities of every size are tested at every number of figures.
    """
    p, met = steps(f, data)
    below, reached = f[:, M : 2 * M], data.outcome[:, 2:] <= data.place[:, M : 2 * M]
    rising = data.rising[:, None]
    p = np.concatenate([p, np.where(rising, 1 - below, below).ravel()])
    met = np.concatenate([met, np.where(rising, ~reached, reached).ravel()])
    cell = np.digitize(p, EDGES[1:-1])
    found = pd.DataFrame({"cell": cell, "p": p, "met": met.astype(float)}).groupby("cell")
    table = found.agg(count=("p", "size"), mean_p=("p", "mean"), observed=("met", "mean")).reset_index()
    table.insert(0, "lower", np.array(EDGES)[table["cell"]])
    table.insert(1, "upper", np.array(EDGES)[table["cell"] + 1])
    return table.drop(columns="cell")


def tested(bins: pd.DataFrame) -> tuple[float, float]:
    """Between which probabilities percentages held: from the tenths outward, as far as every bin did.

    A bin beyond 10 or 90 % holds with :data:`TESTED` targets or more, of which a share was met within
    :data:`MAX_ERROR` of what was said; one without any target, between others that hold, is no obstacle.
    """
    enough = bins["count"] >= TESTED
    held = enough & ((bins["observed"] - bins["mean_p"]).abs() <= MAX_ERROR)
    inner = bins[enough & (bins["lower"] >= 0.1) & (bins["upper"] <= 0.9)]
    below, above = bins[bins["upper"] <= 0.1].iloc[::-1], bins[bins["lower"] >= 0.9]
    low = min([inner["lower"].min(), *below["lower"][held[below.index].cummin()]])
    high = max([inner["upper"].max(), *above["upper"][held[above.index].cummin()]])
    return max(float(low), 0.01), min(float(high), 0.99)


@dataclass(frozen=True)
class LeftOut:
    """Forecasts of windows that their weights did not see."""

    held_out: str
    rows: Rows
    f: Values


def left_out(name: str, data: Answers, series: Sequence[Series], general: Array) -> Iterator[LeftOut]:
    """A class with series left out, then with each source left out that has enough windows."""
    source = np.array([*(one.source for one in series), ""])[data.series]
    kept = np.array([*(train.held_out(one) for one in series), False])[data.series]
    if name == GENERAL:
        rows = np.flatnonzero(kept)
        yield LeftOut("series", rows, train.distribution(general, data.take(rows)))
        rows = rows[source[rows] == "m4"]
        yield LeftOut("series of M4", rows, train.distribution(general, data.take(rows)))
        return
    member = train.members(name, data, series)
    fold = np.array([*(train.fold(one) for one in series), -1])[data.series]
    f = np.full(data.cdf.shape[:2], np.nan, np.float32)
    if np.isin(source[member], (NBS, CHINA)).all():
        for out in range(5):
            rows = np.flatnonzero(member & (fold == out))
            weight = train.learned_class(name, data, series, general, fold == out, ROUNDS)
            f[rows] = train.distribution(weight, data.take(rows))
    else:  # the shipped weights never saw these
        rows = np.flatnonzero(member & kept)
        learned = load_prior().quantity
        weight = learned.log_weight[name][list(learned.lengths).index(data.history.shape[1])]
        f[rows] = train.distribution(weight, data.take(rows))
    rows = np.flatnonzero(np.isfinite(f[:, 0]))
    yield LeftOut("series", rows, f[rows])
    for one in dict.fromkeys(source[member]) if data.history.shape[1] in SOURCE_LENGTHS else ():
        rows = np.flatnonzero(member & (source == one))
        if (data.at_end[rows]).sum() >= LEAST and (member & (source != one)).sum() >= LEAST:
            weight = train.learned_class(name, data, series, general, source == one, ROUNDS)
            yield LeftOut(one, rows, train.distribution(weight, data.take(rows)))


def class_rows(
    name: str, n: int, data: Answers, series: Sequence[Series], general: Array
) -> tuple[list[dict[str, object]], list[pd.DataFrame]]:
    """Scores of one class at one length, at the ends of records and at random places.

    Also its bins of probability on series left out, at the ends of their records.
    """
    rows: list[dict[str, object]] = []
    bins: list[pd.DataFrame] = []
    for out in left_out(name, data, series, general):
        for place, at_end in (("end", True), ("random", False)):
            mine = np.flatnonzero(data.at_end[out.rows] == at_end)
            if len(mine) < LEAST:
                continue
            part, f = data.take(out.rows[mine]), out.f[mine]
            found = scores(f, part)
            if at_end and out.held_out == "series":
                bins.append(reliability(f, part).assign(name=name, n=n))
            row: dict[str, object] = {"name": name, "held_out": out.held_out, "place": place, "n": n, **found}
            if out.held_out != "series":  # what is shown to a reader rests on series left out
                row |= {"p_low": np.nan, "p_high": np.nan}
            beside = scores(train.distribution(general, part), part)
            row |= {
                "crps_to_general": found["crps"] / beside["crps"],
                "ece_general": beside["ece"],
                "cover80_general": beside["cover80"],
            }
            own = crps(f, part)
            for peer, (least, law) in PEERS.items():
                if n >= least and (at_end or law is not auto_ets):
                    said = crps(law(part), part)
                    both = np.isfinite(said)
                    row[f"crps_to_{peer}"] = float(own[both].mean() / said[both].mean())
            rows.append(row)
    return rows, bins


def described(series: Sequence[Series], growth: Sequence[Series]) -> pd.DataFrame:
    """What each class was learned from."""
    rows = []
    for name, (zh, en) in NAMES.items():
        mine = [one for one in series if not train.held_out(one)]
        mine = [
            one for one in mine if (one.source != CHINA if name == GENERAL else train.CLASSES[name][1](one))
        ]
        sources = sorted({one.source for one in mine})
        years = [
            year
            for one in mine
            if one.source != "m4"
            for year in (one.last_year - len(one.y) + 1, one.last_year)
        ]
        rates = {
            GENERAL: len([one for one in growth if not train.held_out(one)]),
            "china_output": sum(one.cell == "nbs" for one in growth),
        }
        rows.append(
            {
                "name": name,
                "name_zh": zh,
                "name_en": en,
                "drawn_to": train.CLASSES[name][0] if name != GENERAL else "",
                "series": len(mine),
                "growth_rate_series": rates.get(name, 0),
                "sources": ";".join(sources),
                "first_year": min(years),
                "last_year": max(years),
                "licences": "; ".join(dict.fromkeys(LICENCES.get(one, "none stated") for one in sources)),
            }
        )
    return pd.DataFrame(rows)


def rate_rows(work: Path, growth: Sequence[Series]) -> list[dict[str, object]]:
    """The same for growth rates: series held out, by source."""
    rows: list[dict[str, object]] = []
    for n in HISTORIES:
        data, general = pickle.loads((work / f"rate{n}.pickle").read_bytes())
        kept = np.array([train.held_out(one) for one in growth])[data.series]
        cell = np.array([one.cell for one in growth])[data.series]
        f = train.distribution(general, data)
        for label, mine in (
            ("signed growth rates", np.char.startswith(cell, "signed")),
            ("all growth rates", cell != ""),
        ):
            for place, at_end in (("end", True), ("random", False)):
                part = np.flatnonzero(mine & kept & (data.at_end == at_end))
                found = scores(f[part], data.take(part))
                rows.append(
                    {"name": f"general ({label})", "held_out": "series", "place": place, "n": n, **found}
                )
    return rows


def score(bench: Path, refclass: Path, work: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The table of the classes, the table of their scores, and their bins of probability."""
    series = train.read_series(bench, refclass)
    growth = train.rate_series(refclass, series)
    rows: list[dict[str, object]] = []
    bins: list[pd.DataFrame] = []
    for n in HISTORIES:
        data, general = pickle.loads((work / f"quantity{n}.pickle").read_bytes())
        for name in NAMES:
            found, binned = class_rows(name, n, data, series, general)
            rows, bins = rows + found, bins + binned
            print(f"  n = {n}: {name}", flush=True)
    return described(series, growth), pd.DataFrame(rows + rate_rows(work, growth)), pd.concat(bins)


SHOWN = (
    *("windows", "crps_to_general", "crps_to_Naive", "crps_to_RandomWalkWithDrift", "crps_to_log-linear OLS"),
    "crps_to_AutoETS",
    *("cover80", "cover95", "ece", "brier", "bias", "right80", "right20"),
)


def page(table: pd.DataFrame, every: pd.DataFrame) -> str:
    """The page of the class benchmark, in Markdown."""
    parts = [
        "# Reference classes on series and sources they did not learn from",
        "Made by `python -m benchmarks.classes`; every row is in [classes.csv](classes.csv). A window is a "
        "history of *n* figures and the three years after it. CRPS is a share of the general class's, of "
        "Naive's, of a random walk with drift's, of the log-linear least-squares line's and, from more than "
        "five figures on and on at most 300 windows, of AutoETS's (statsforecast); bias is the mean "
        "probability less the share met; right80, right20: share met at P >= 80 %, missed at P < 20 %.",
        markdown(
            table[["name", "drawn_to", "series", "growth_rate_series", "first_year", "last_year", "sources"]]
        ),
    ]
    shown = [column for column in SHOWN if column in every]
    for place, words in (("end", "at the ends of records"), ("random", "at random places")):
        mine = every[(every["held_out"] == "series") & (every["place"] == place)]
        parts += [f"## Series left out, windows {words}", markdown(mine[["name", "n", *shown]])]
    mine = every[(every["held_out"] != "series") & (every["place"] == "end")]
    parts += [
        "## A source left out, windows at the ends of records",
        markdown(mine[["name", "held_out", "n", *shown]]),
    ]
    return "\n\n".join(parts) + "\n"


def markdown(table: pd.DataFrame) -> str:
    """A table in Markdown; numbers with three digits after the point."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if np.isnan(value) else f"{value:.3f}"
        return str(value).replace(";", ", ")

    rows = [list(table.columns), ["---"] * table.shape[1], *table.itertuples(index=False, name=None)]
    return "\n".join("| " + " | ".join(cell(value) for value in row) + " |" for row in rows)


def main() -> None:
    """Score and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--refclass", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("outputs/classes"))
    options = parser.parse_args()
    if not (options.work / f"rate{HISTORIES[-1]}.pickle").exists():
        options.work.mkdir(parents=True, exist_ok=True)
        train.learn(options.bench, options.refclass, options.work)
    table, every, bins = score(options.bench, options.refclass, options.work)
    shipped = every[(every["place"] == "end") & every["name"].isin(list(NAMES))]
    kept = [
        "name",
        "held_out",
        "n",
        "windows",
        "crps_to_general",
        "cover80",
        "cover95",
        "ece",
        "brier",
        "bias",
        "right80",
        "right20",
        "p_low",
        "p_high",
    ]
    table.to_csv(PRIOR_FILE.with_name("classes.csv"), index=False)
    shipped[kept].round(3).to_csv(PRIOR_FILE.with_name("scores.csv"), index=False)
    kept = ["name", "n", "lower", "upper", "count", "mean_p", "observed"]
    bins[kept].round(4).to_csv(PRIOR_FILE.with_name("reliability.csv"), index=False)
    every.round(4).to_csv(PAGE / "classes.csv", index=False)
    (PAGE / "classes.md").write_text(page(table, every.round(3)), encoding="utf-8")


if __name__ == "__main__":
    main()
