"""One cell of the benchmark: the series of one set, cut to their last n points."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.peers import Answer, Peer, ask, combine
from benchmarks.public_series import YearlySeries
from zerobay_analysis.evaluation.metrics import QUANTILES, naive_scale, quantile_column

__all__ = ["COMBINATION", "HORIZON", "OURS", "TARGET_FACTORS", "Case", "Cell", "run_cell", "select_cases"]

OURS = "reference_class"
COMBINATION = "combination"
HORIZON = 3
TARGET_FACTORS: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Targets lie this many mean steps a year away from the last value."""
SINGLE_POINT_STEP = 0.05
"""A single point has no mean step; its targets are multiples of 5 % of the value a year."""


@dataclass(frozen=True)
class Case:
    """One history and what came after it.

    Attributes
    ----------
    name : str
    history, future : ndarray
        The last n training points; the first :data:`HORIZON` test points.
    scale : float
        Mean absolute difference of the history; not a number for a single point.
    step : float
        Mean difference of the history, the base of its targets.
    """

    name: str
    history: NDArray[np.float64]
    future: NDArray[np.float64]
    scale: float
    step: float


@dataclass(frozen=True)
class Cell:
    """Everything that came out of one set at one length.

    Attributes
    ----------
    forecasts : pandas.DataFrame
        ``set, n, unique_id, ds, y, scale`` and the columns of every model, see
        :mod:`~zerobay_analysis.evaluation.metrics`; ``ds`` is the horizon.
    targets : pandas.DataFrame
        ``set, n, unique_id, factor, target, met`` and ``{model}-p``; ``met`` and ``p`` are in
        the direction of the step (at most, for a falling series).
    seconds : dict of str to float
        Processor seconds per series, by model.
    refusals : pandas.DataFrame
        ``set, n, model, refusal, series``: how often which words were given.
    left_out : dict of str to int
        Series not used, by reason.
    """

    forecasts: pd.DataFrame
    targets: pd.DataFrame
    seconds: dict[str, float]
    refusals: pd.DataFrame
    left_out: dict[str, int]


def select_cases(series: Sequence[YearlySeries], n: int) -> tuple[list[Case], dict[str, int]]:
    """Cut every usable series to its last ``n`` training points; count the others by reason."""
    cases: list[Case] = []
    left_out: Counter[str] = Counter()
    for one in series:
        history, future = one.train[-n:], one.test[:HORIZON]
        if len(one.train) < n or len(future) < HORIZON:
            left_out["shorter than n"] += 1
        elif min(one.train.min(), one.test.min()) <= 0:
            left_out["zero or negative values"] += 1
        elif n > 1 and naive_scale(history) == 0:
            left_out["scale 0"] += 1
        elif n == 1:
            cases.append(Case(one.name, history, future, np.nan, SINGLE_POINT_STEP * float(history[-1])))
        else:
            step = float(history[-1] - history[0]) / (n - 1)
            cases.append(Case(one.name, history, future, naive_scale(history), step))
    return cases, dict(left_out)


def run_cell(
    name: str,
    n: int,
    series: Sequence[YearlySeries],
    peers: Sequence[Peer],
    tick: Callable[[str], None] = lambda label: None,
) -> Cell:
    """Ask this project's forecaster and every peer about every series of a set.

    Parameters
    ----------
    name : str
        Of the set; goes into every row.
    n : int
        Points of history.
    series : sequence of YearlySeries
    peers : sequence of Peer
        Asked one series at a time; empty for ours alone.
    tick : callable
        Called with a label after each series.
    """
    cases, left_out = select_cases(series, n)
    forecasts = _forecast_rows(name, n, cases)
    targets, no_target = _target_rows(name, n, cases)
    if no_target:
        left_out = {**left_out, "targets: mean step 0 or target not positive": no_target}
    seconds = {OURS: _add_ours(forecasts, targets, cases)}
    answers: list[dict[str, Answer]] = []
    for case in cases:
        answer = ask(peers, case.history, HORIZON)
        if peers:
            answer[COMBINATION] = combine(answer, n)
        answers.append(answer)
        tick(f"{name} n={n}")
    for model in answers[0] if answers else ():
        said = [answer[model] for answer in answers]
        forecasts = forecasts.assign(**_quantile_columns(model, said))
        targets[f"{model}-p"] = _probabilities(targets, dict(zip((c.name for c in cases), said, strict=True)))
        seconds[model] = float(np.mean([one.seconds for one in said]))
    return Cell(forecasts, targets, seconds, _refusal_rows(name, n, answers), left_out)


def _forecast_rows(name: str, n: int, cases: Sequence[Case]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "set": name,
            "n": n,
            "unique_id": np.repeat([case.name for case in cases], HORIZON),
            "ds": np.tile(np.arange(1, HORIZON + 1), len(cases)),
            "y": np.concatenate([case.future for case in cases]),
            "scale": np.repeat([case.scale for case in cases], HORIZON),
        }
    )


def _target_rows(name: str, n: int, cases: Sequence[Case]) -> tuple[pd.DataFrame, int]:
    """One row per series and factor, three years ahead; those without a sensible target counted."""
    rows = pd.DataFrame(
        {
            "set": name,
            "n": n,
            "unique_id": np.repeat([case.name for case in cases], len(TARGET_FACTORS)),
            "factor": np.tile(TARGET_FACTORS, len(cases)),
        }
    )
    step = np.repeat([case.step for case in cases], len(TARGET_FACTORS))
    last = np.repeat([case.history[-1] for case in cases], len(TARGET_FACTORS))
    actual = np.repeat([case.future[-1] for case in cases], len(TARGET_FACTORS))
    rows["target"] = last + HORIZON * rows["factor"] * step
    rows["rising"] = step > 0
    rows["met"] = np.where(rows["rising"], actual >= rows["target"], actual <= rows["target"]).astype(int)
    sensible = (step != 0) & (rows["target"] > 0)
    return rows[sensible].reset_index(drop=True), int((~sensible).sum())


def _add_ours(forecasts: pd.DataFrame, targets: pd.DataFrame, cases: Sequence[Case]) -> float:
    """Ask the default forecaster about the whole panel at once; columns are added in place.

    Returns the processor seconds per series of the forecast.
    """
    from zerobay_analysis.forecast.panel import forecast_panel, prob_panel

    n = len(cases[0].history)
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([case.name for case in cases], n),
            "ds": np.tile(np.arange(1, n + 1), len(cases)),
            "y": np.concatenate([case.history for case in cases]),
        }
    )
    began = time.process_time()
    answer = forecast_panel(frame, HORIZON, QUANTILES)
    seconds = (time.process_time() - began) / len(cases)
    answer["ds"] -= n
    aligned = forecasts[["unique_id", "ds"]].merge(answer, on=["unique_id", "ds"], validate="one_to_one")
    for q in QUANTILES:
        forecasts[quantile_column(OURS, q)] = aligned[f"q{q:g}"]
    forecasts[OURS] = aligned["q0.5"]
    asked = targets[["unique_id", "target"]].assign(ds=n + HORIZON)
    at_least = prob_panel(frame, asked)["p"]
    targets[f"{OURS}-p"] = np.where(targets["rising"], at_least, 1 - at_least)
    return seconds


def _quantile_columns(model: str, said: Sequence[Answer]) -> dict[str, NDArray[np.float64]]:
    """Columns of one model, rows in the order of the cases; a refusal leaves them empty."""
    silent = np.full((HORIZON, len(QUANTILES)), np.nan)
    stacked = np.concatenate(
        [one.predictive.quantiles if one.predictive is not None else silent for one in said]
    )
    columns = {quantile_column(model, q): stacked[:, i] for i, q in enumerate(QUANTILES)}
    columns[model] = columns[quantile_column(model, 0.5)]
    return columns


def _probabilities(targets: pd.DataFrame, said: dict[str, Answer]) -> list[float]:
    values = []
    for row in targets.itertuples():
        predictive = said[str(row.unique_id)].predictive
        if predictive is None:
            values.append(np.nan)
            continue
        at_least = predictive.prob_at_least(float(str(row.target)), HORIZON)
        values.append(at_least if row.rising else 1 - at_least)
    return values


def _refusal_rows(name: str, n: int, answers: Sequence[dict[str, Answer]]) -> pd.DataFrame:
    counted = Counter(
        (model, answer.refusal) for said in answers for model, answer in said.items() if answer.refusal
    )
    rows = [(name, n, model, words, count) for (model, words), count in counted.items()]
    return pd.DataFrame(rows, columns=["set", "n", "model", "refusal", "series"])
