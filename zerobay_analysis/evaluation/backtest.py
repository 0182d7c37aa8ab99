"""Rolling-origin backtest on one's own figures, seeing only what was known at each origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.evaluation import metrics
from zerobay_analysis.forecast.predictive import Forecast, Forecaster
from zerobay_analysis.forecast.trends import AnnualHistory, annual_history
from zerobay_analysis.series import Evidence

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.plan import Plan


MAX_ORIGINS = 24
"""Days from which an indicator is forecast: with more, neighbouring ones repeat each other's answer."""
MIN_FORECASTS = 3
"""Fewer scored forecasts than this say nothing about a model; the backtest declines."""
N_PATHS = 4000


@dataclass(frozen=True)
class BacktestResult:
    """How models would have done.

    Attributes
    ----------
    final : Evidence
        What the forecasts were held against.
    forecasts : pandas.DataFrame
        One row per model, origin and year: ``model, origin, year, horizon`` (years after the
        last annual figure then known), ``n`` (annual figures then known), ``y``, ``scale``,
        ``forecast`` (median) and ``forecast-q0.05``-style quantiles, in the indicator's unit.
    scores : pandas.DataFrame
        One row per model: ``model, forecasts`` (their number), ``scaled_crps, mase, msis95,
        coverage80, coverage95``. The scale is the mean absolute annual change of the final
        series, the same for all origins. Models that declined early were spared the hardest
        origins: compare them by ``shared_scores``.
    shared_scores : pandas.DataFrame
        The same scores over the origins and years that every model in ``scores`` answered;
        empty when there are none.
    declined : pandas.DataFrame
        ``model, origin, reason`` where a model declined; it has no score there.
    notes : tuple of str
        Assumptions and limits, in Chinese and English.
    """

    final: Evidence
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    shared_scores: pd.DataFrame
    declined: pd.DataFrame
    notes: tuple[str, ...]


def backtest(
    evidence_as_of: Callable[[date], Evidence],
    final: Evidence,
    models: Sequence[Forecaster],
    origins: Iterable[date],
    horizons: Sequence[int] = (1, 2, 3),
    *,
    notes: tuple[str, ...] = (),
    n_paths: int = N_PATHS,
    seed: int = 0,
) -> BacktestResult:
    """Forecast from every origin and score against the annual figures known in the end.

    Parameters
    ----------
    evidence_as_of : callable
        What was known at the end of a day, e.g. through ``ledger.as_of``.
    final : Evidence
        Holds the outcomes: own annual figures, in their latest vintage.
    models : sequence of Forecaster
    origins : iterable of date
    horizons : sequence of int
        Years after the last annual figure known at the origin.
    notes : tuple of str
        Assumptions of the caller, kept in the result.
    n_paths, seed : int
        As for :meth:`~zerobay_analysis.forecast.predictive.Forecaster.forecast`.

    Raises
    ------
    ForecastDeclined
        When fewer than three forecasts can be scored, or the outcomes never changed; the
        message says what is missing.
    ParameterError
        When ``evidence_as_of`` shows a figure that was published after the origin.
    """
    outcomes = annual_history(final)
    scale = _scale(outcomes)
    rows: list[dict[str, object]] = []
    declined: list[tuple[str, date, str]] = []
    for origin in sorted(set(origins)):
        seen = evidence_as_of(origin)
        _no_peeking(seen, origin)
        years = _years_to_score(annual_history(seen), outcomes, horizons)
        for model in models if years else ():
            try:
                forecast = model.forecast(seen, years, n_paths=n_paths, seed=seed)
            except ForecastDeclined as refusal:
                declined.append((model.name, origin, str(refusal)))
            else:
                rows += _rows(forecast, origin, annual_history(seen), outcomes, scale)
    forecasts = pd.DataFrame(rows)
    _enough(forecasts, declined)
    return BacktestResult(
        final=final,
        forecasts=forecasts,
        scores=_scores(forecasts),
        shared_scores=_scores(_shared(forecasts)),
        declined=pd.DataFrame(declined, columns=["model", "origin", "reason"]),
        notes=(*notes, *_limits(forecasts)),
    )


def backtest_indicator(
    ledger: Ledger,
    plan: Plan,
    indicator: int,
    models: Sequence[Forecaster],
    *,
    as_of: date,
    horizons: Sequence[int] = (1, 2, 3),
    publication_lag: int | None = None,
    n_paths: int = N_PATHS,
    seed: int = 0,
) -> BacktestResult:
    """Backtest one indicator of a ledger; the origins are the days on which figures came out.

    Parameters
    ----------
    ledger : Ledger
        The archive with all its vintages.
    plan : Plan
    indicator : int
        Number in the plan.
    models : sequence of Forecaster
    as_of : date
        Nothing published later is used, not even as an outcome.
    horizons : sequence of int
    publication_lag : int, optional
        Assume that a row without its own publication date came out this many days after its
        period ended. Without it such rows count as published on the day the ledger was read,
        so they cannot be backtested. The assumption is in the result's notes.

    Raises
    ------
    ForecastDeclined, ParameterError
        As :func:`backtest`.
    """
    from zerobay_analysis.series import Role, evidence

    notes: tuple[str, ...] = ()
    ledger = replace(ledger, frame=ledger.frame[ledger.frame["indicator"] == indicator])
    if publication_lag is not None:
        ledger, assumed = _assume_published(ledger, indicator, publication_lag)
        notes = (
            f"{assumed} 个没有发布日期的数值假定在期末 {publication_lag} 天后发布；此前的修订无从得知 / "
            f"{assumed} figures without a publication date are assumed to have come out {publication_lag} "
            "days after their period; what was revised before is unknown",
        )
    days = sorted({day for day in ledger.frame["published"].dt.date if day <= as_of})
    origins = days if len(days) <= MAX_ORIGINS else _evenly(days, MAX_ORIGINS)
    if len(origins) < len(days):
        notes += (
            f"数字在 {len(days)} 个日期发布，从中均匀取 {len(origins)} 个作起点 / "
            f"figures came out on {len(days)} days; {len(origins)} of them, evenly spaced, are the origins",
        )
    # No model looks at what is mere context, and of a large ledger that is nearly everything.
    ledger = replace(ledger, frame=ledger.frame[ledger.frame["role"] != str(Role.CONTEXT)])
    return backtest(
        lambda day: evidence(ledger, plan, indicator, day),
        evidence(ledger, plan, indicator, as_of),
        models,
        origins,
        horizons,
        notes=notes,
        n_paths=n_paths,
        seed=seed,
    )


def _evenly(days: Sequence[date], count: int) -> list[date]:
    """``count`` of ``days``, evenly spaced, the first and the last among them."""
    return [days[i * (len(days) - 1) // (count - 1)] for i in range(count)]


def _assume_published(ledger: Ledger, indicator: int, lag: int) -> tuple[Ledger, int]:
    frame = ledger.frame.copy()
    undated = frame["published_inferred"] & (frame["indicator"] == indicator)
    frame.loc[undated, "published"] = frame.loc[undated, "period_end"] + pd.Timedelta(days=lag)
    return replace(ledger, frame=frame), int(undated.sum())


def _scale(outcomes: AnnualHistory) -> float:
    n = len(outcomes.years)
    if n < 2:
        raise ForecastDeclined(
            f"回测至少需要两个年度值，现有 {n} 个 / a backtest needs two annual figures, there are {n}"
        )
    scale = metrics.naive_scale(outcomes.values)
    if scale == 0:
        raise ForecastDeclined(
            "各年度值完全相同，无法衡量误差 / all annual figures are equal, so errors have no scale"
        )
    return scale


def _no_peeking(seen: Evidence, origin: date) -> None:
    later = [point.observation for point in seen.points if point.published and point.published > origin]
    if later or seen.as_of > origin:
        raise ParameterError(
            f"起点 {origin} 看到了之后发布的数值 / origin {origin} sees later figures: {', '.join(later)}"
        )


def _years_to_score(known: AnnualHistory, outcomes: AnnualHistory, horizons: Sequence[int]) -> list[int]:
    if not len(known.years):
        return []
    ahead = sorted(int(known.years[-1]) + horizon for horizon in set(horizons))
    return [year for year in ahead if year in outcomes.years]


def _rows(
    forecast: Forecast, origin: date, known: AnnualHistory, outcomes: AnnualHistory, scale: float
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for year in (int(year) for year in forecast.years):
        quantiles = forecast.quantiles(metrics.QUANTILES, year)
        columns = [metrics.quantile_column("forecast", q) for q in metrics.QUANTILES]
        rows.append(
            {
                "model": forecast.model,
                "origin": origin,
                "year": year,
                "horizon": year - int(known.years[-1]),
                "n": len(known.years),
                "y": float(outcomes.values[outcomes.years == year][0]),
                "scale": scale,
                "forecast": forecast.quantile(0.5, year),
                **dict(zip(columns, quantiles, strict=True)),
            }
        )
    return rows


def _enough(forecasts: pd.DataFrame, declined: Sequence[tuple[str, date, str]]) -> None:
    counts = forecasts["model"].value_counts() if len(forecasts) else pd.Series(dtype=int)
    best = int(counts.max()) if len(counts) else 0
    if best >= MIN_FORECASTS:
        return
    why = f"；最近一次拒绝的原因：{declined[-1][2]}" if declined else ""
    raise ForecastDeclined(
        f"历史太短：能与结果对照的预测只有 {best} 个，至少需要 {MIN_FORECASTS} 个"
        f"（没有发布日期的数值不能回测，可设 publication_lag）{why} / "
        f"the history is too short: {best} forecasts can be held against an outcome, {MIN_FORECASTS} are "
        "needed (figures without a publication date cannot be backtested; publication_lag assumes one)"
    )


def _shared(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Rows of the origins and years that every model answered."""
    answered = forecasts.groupby(["origin", "year"])["model"].transform("nunique")
    return forecasts[answered == forecasts["model"].nunique()]


def _scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """One row per model; every metric over all its origins and horizons."""
    table = forecasts.groupby("model", sort=False).size().rename("forecasts").reset_index()
    for name, metric in (
        ("scaled_crps", metrics.scaled_crps),
        ("mase", metrics.mase),
        ("msis95", metrics.msis),
        ("coverage80", metrics.coverage80),
        ("coverage95", metrics.coverage95),
    ):
        score = metric(forecasts, ["forecast"], ("model",)).rename(columns={"forecast": name})
        table = table.merge(score, on="model")
    return table


def _limits(forecasts: pd.DataFrame) -> tuple[str, ...]:
    origins, years = forecasts["origin"].nunique(), forecasts["year"].nunique()
    return (
        f"{origins} 个起点、{years} 个结果年份；同一年份的预测彼此相关，差别不大时不能断定模型优劣 / "
        f"{origins} origins, {years} outcome years; forecasts of one year are not independent, so small "
        "differences between models prove nothing",
    )
