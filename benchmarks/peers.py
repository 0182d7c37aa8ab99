"""The models that the default forecaster is measured against, in the same run.

Each peer is called as its own documentation says, one series at a time. Whatever a peer raises,
or an answer that is not finite, is its result: a refusal, recorded and never filled in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.evaluation.metrics import QUANTILES
from zerobay_analysis.forecast.trends import MEMBERS, mix

__all__ = ["PEERS", "Answer", "Peer", "Predictive", "ask", "combine", "from_quantiles", "prophet_peer"]

_Values = NDArray[np.float64]

N_PATHS = 4000
"""Sample paths of the models that simulate; quantiles are within about 2 % of their spread."""


@dataclass(frozen=True)
class Predictive:
    """Predictive distribution of one series.

    Attributes
    ----------
    quantiles : ndarray, shape (steps, 21)
        Of :data:`~.metrics.QUANTILES`, in the series' unit.
    prob_at_least : callable
        ``(target, step) -> probability``, ``step`` counted from 1.
    paths : ndarray, shape (n_paths, steps), or None
        Where the model simulates.
    """

    quantiles: _Values
    prob_at_least: Callable[[float, int], float]
    paths: _Values | None = None


@dataclass(frozen=True)
class Answer:
    """What one peer said about one series, and how long it took.

    Attributes
    ----------
    predictive : Predictive or None
        ``None`` for a refusal.
    refusal : str
        Type and words of the exception; empty when answered.
    seconds : float
        Processor time of fit and forecast together; other programs do not disturb it.
    """

    predictive: Predictive | None
    refusal: str
    seconds: float


@dataclass(frozen=True)
class Peer:
    """A model to be measured.

    Attributes
    ----------
    name : str
        Column name in every result.
    package : str
        Where it comes from; its version goes into the run's metadata.
    rival : bool
        Counts towards "the best peer". The other models are shown beside it: simple
        baselines and this package's own trend models.
    predict : callable
        ``(history, steps) -> Predictive``; raises to refuse.
    """

    name: str
    package: str
    rival: bool
    predict: Callable[[_Values, int], Predictive]


def ask(peers: Sequence[Peer], history: _Values, steps: int) -> dict[str, Answer]:
    """Ask every peer about one series, one after the other, in this process."""
    answers = {}
    for peer in peers:
        began = time.process_time()
        try:
            predictive = _finite(peer.predict(history, steps))
        except Exception as error:  # a peer may fail in any way; each is its result
            answers[peer.name] = Answer(
                None, f"{type(error).__name__}: {error}"[:200], time.process_time() - began
            )
        else:
            answers[peer.name] = Answer(predictive, "", time.process_time() - began)
    return answers


def _finite(predictive: Predictive) -> Predictive:
    if not np.all(np.isfinite(predictive.quantiles)):
        raise ForecastDeclined("the answer is not finite")
    return predictive


def combine(answers: dict[str, Answer], n: int) -> Answer:
    """The combination's answer from its members' answers in the same run.

    As :class:`~zerobay_analysis.forecast.trends.Combination`: every member at or above its
    least n that answered, with equal weight; fewer than two make a refusal.
    """
    least = {name: model.min_points for name, model in MEMBERS.items()}
    members = [answers[name] for name, minimum in least.items() if name in answers and n >= minimum]
    seconds = sum(answer.seconds for answer in members)
    paths = [
        a.predictive.paths for a in members if a.predictive is not None and a.predictive.paths is not None
    ]
    if len(paths) < 2:
        return Answer(None, "ForecastDeclined: fewer than two members answer", seconds)
    return Answer(_from_paths(mix(paths)), "", seconds)


def from_quantiles(quantiles: _Values) -> Predictive:
    """A distribution known by its quantiles, interpolated linearly on the normal scale.

    Exact for a normal distribution, tails included; shape (steps, 21) of
    :data:`~.metrics.QUANTILES`.
    """
    from scipy.stats import norm

    scores = norm.ppf(QUANTILES)
    ordered = np.sort(np.asarray(quantiles, dtype=float), axis=1)

    def prob_at_least(target: float, step: int) -> float:
        row = ordered[step - 1]
        if row[0] == row[-1]:
            return float(row[0] >= target)
        if row[0] <= target <= row[-1]:
            score = np.interp(target, row, scores)
        elif target < row[0]:
            score = scores[0] - (row[0] - target) * _slope(row[:2], scores[:2])
        else:
            score = scores[-1] + (target - row[-1]) * _slope(row[-2:], scores[-2:])
        return float(norm.sf(score))

    return Predictive(ordered, prob_at_least)


def _slope(values: _Values, scores: _Values) -> float:
    width = float(values[1] - values[0])
    return float(scores[1] - scores[0]) / width if width > 0 else np.inf


def _from_paths(paths: _Values) -> Predictive:
    return Predictive(
        quantiles=np.quantile(paths, QUANTILES, axis=0).T,
        prob_at_least=lambda target, step: float(np.mean(paths[:, step - 1] >= target)),
        paths=paths,
    )


def _statsforecast(model: str, **options: object) -> Callable[[_Values, int], Predictive]:
    """A model of statsforecast: its intervals at 10, 20, ..., 90 and 95 % are its quantiles."""

    def predict(history: _Values, steps: int) -> Predictive:
        import statsforecast.models

        levels = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95]
        fitted = getattr(statsforecast.models, model)(**options)
        answer = fitted.forecast(y=np.asarray(history, dtype=float), h=steps, level=levels)
        columns = {0.5: np.asarray(answer["mean"], dtype=float)}
        for level in levels:
            columns[round(0.5 - level / 200, 3)] = np.asarray(answer[f"lo-{level}"], dtype=float)
            columns[round(0.5 + level / 200, 3)] = np.asarray(answer[f"hi-{level}"], dtype=float)
        return from_quantiles(np.column_stack([columns[q] for q in QUANTILES]))

    return predict


def _trend(name: str, *, positive: bool = True) -> Callable[[_Values, int], Predictive]:
    """A trend model of this package, also below its least n: the library alone may refuse."""

    def predict(history: _Values, steps: int) -> Predictive:
        years = np.arange(1, len(history) + 1)
        model = MEMBERS[name]
        return _from_paths(model.sample(years, history, steps, positive=positive, n_paths=N_PATHS, seed=0))

    return predict


def _log_drift(history: _Values, steps: int) -> Predictive:
    """Random walk with drift on logarithms, Student t with the drift's own error."""
    from scipy.stats import t as student

    logs = np.log(history)
    changes = np.diff(logs)
    freedom = len(changes) - 1
    if freedom < 1:
        raise ForecastDeclined("needs three figures")
    ahead = np.arange(1, steps + 1)
    centre = logs[-1] + changes.mean() * ahead
    sd = changes.std(ddof=1) * np.sqrt(ahead + ahead**2 / len(changes))
    if sd[0] == 0:
        raise ForecastDeclined("growth is constant: no residual")
    quantiles = np.exp(np.clip(centre[:, None] + sd[:, None] * student.ppf(QUANTILES, freedom), -700, 700))

    def prob_at_least(target: float, step: int) -> float:
        if target <= 0:
            return 1.0
        return float(student.sf((np.log(target) - centre[step - 1]) / sd[step - 1], freedom))

    return Predictive(quantiles, prob_at_least)


def prophet_peer() -> Peer:
    """Prophet with its defaults for yearly data (no seasonality), 1,000 samples.

    Raises
    ------
    ParameterError
        When prophet is not installed.
    """
    try:
        import prophet
    except ImportError as error:
        raise ParameterError(
            '没有安装 prophet / prophet is not installed: pip install -e ".[prophet]"'
        ) from error

    import logging

    import pandas as pd

    logging.getLogger("cmdstanpy").disabled = True  # it reports every single fit

    def predict(history: _Values, steps: int) -> Predictive:
        dates = pd.date_range("2000-12-31", periods=len(history) + steps, freq="YE")
        np.random.seed(0)  # noqa: NPY002 - prophet samples from the global generator
        model = prophet.Prophet(
            yearly_seasonality=False,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=1000,
        )
        model.fit(pd.DataFrame({"ds": dates[: len(history)], "y": history}))
        samples = model.predictive_samples(pd.DataFrame({"ds": dates[len(history) :]}))
        return _from_paths(np.asarray(samples["yhat"], dtype=float).T)

    return Peer("Prophet", "prophet", True, predict)


PEERS: tuple[Peer, ...] = (
    Peer("Naive", "statsforecast", True, _statsforecast("Naive")),
    Peer("RandomWalkWithDrift", "statsforecast", True, _statsforecast("RandomWalkWithDrift")),
    Peer("AutoETS", "statsforecast", True, _statsforecast("AutoETS", season_length=1)),
    Peer(
        "DynamicOptimizedTheta",
        "statsforecast",
        True,
        _statsforecast("DynamicOptimizedTheta", season_length=1),
    ),
    Peer("AutoARIMA", "statsforecast", True, _statsforecast("AutoARIMA", season_length=1)),
    Peer("statsmodels_ETS", "statsmodels", True, _trend("holt_damped", positive=False)),
    Peer("ols_log", "zerobay_analysis", True, _trend("ols_log")),
    Peer("log_drift_t", "zerobay_analysis", False, _log_drift),
    Peer("ols_linear", "zerobay_analysis", False, _trend("ols_linear")),
    Peer("holt_damped", "statsmodels", False, _trend("holt_damped")),
    Peer("theta", "statsmodels", False, _trend("theta")),
    Peer("local_linear_trend", "statsmodels", False, _trend("local_linear_trend")),
)
"""In the order of the results. ``statsmodels_ETS`` is damped Holt on the plain scale, as most
people run it; ``holt_damped`` is this package's trend model, on the log scale."""
