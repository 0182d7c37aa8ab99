"""Rolling-origin backtest on one's own figures, seeing only what was known at each origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.evaluation import metrics, text
from zerobay_analysis.forecast.predictive import Forecast, Forecaster
from zerobay_analysis.forecast.trends import AnnualHistory, annual_history
from zerobay_analysis.language import SYNTHETIC, Text, say
from zerobay_analysis.series import Evidence, Role, evidence

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.ledger import Ledger
    from zerobay_analysis.plan import Plan
    from zerobay_analysis.study import Study


MAX_ORIGINS = 24
"""Days from which an indicator is forecast: with more, neighbouring ones repeat each other's answer."""
MIN_FORECASTS = 3
"""Fewer scored forecasts than this say nothing about a model; the backtest declines."""
N_PATHS = 4000
BESIDE = "ols_linear"
"""The model shown beside the study's own: the straight trend line that people draw."""
SCORES: Mapping[str, Callable[..., pd.DataFrame]] = {
    "scaled_crps": metrics.scaled_crps,
    "mase": metrics.mase,
    "msis95": metrics.msis,
    "coverage80": metrics.coverage80,
    "coverage95": metrics.coverage95,
}


@dataclass(frozen=True)
class BacktestResult:
    """How models would have done.

    Attributes
    ----------
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
    notes : tuple of Text
        Assumptions and limits.
    """

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    shared_scores: pd.DataFrame
    declined: pd.DataFrame
    notes: tuple[Text, ...]


def backtest(
    evidence_as_of: Callable[[date], Evidence],
    final: Evidence,
    models: Sequence[Forecaster],
    origins: Iterable[date],
    horizons: Sequence[int] = (1, 2, 3),
    *,
    notes: Iterable[Text] = (),
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
    notes : iterable of Text
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
    scale, rows, declined = _scale(outcomes), list[pd.DataFrame](), list[tuple[str, date, str]]()
    for origin in sorted(set(origins)):
        seen = evidence_as_of(origin)
        later = [p.observation for p in seen.points if p.published and p.published > origin]
        if later or seen.as_of > origin:
            raise ParameterError(_told("SEES_LATER", origin=origin, later=", ".join(later)))
        known = annual_history(seen)
        last = known.years[-1:].tolist()
        years = sorted({year + h for year in last for h in horizons}.intersection(outcomes.years.tolist()))
        for model in models if years else ():
            try:
                forecast = model.forecast(seen, years, n_paths=n_paths, seed=seed)
            except ForecastDeclined as refusal:
                declined.append((model.name, origin, str(refusal)))
            else:
                rows.append(_rows(forecast, origin, known, outcomes).assign(scale=scale))
    forecasts = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    _enough(forecasts, declined)
    counts = {"origins": forecasts["origin"].nunique(), "years": forecasts["year"].nunique()}
    refused = pd.DataFrame(declined, columns=["model", "origin", "reason"])
    told = (*notes, text.both("LIMITS", **counts))
    return BacktestResult(forecasts, _scores(forecasts), _scores(_shared(forecasts)), refused, told)


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
    notes: list[Text] = []
    frame = ledger.frame[ledger.frame["indicator"] == indicator].copy()
    if publication_lag is not None:
        undated = frame["published_inferred"]
        frame.loc[undated, "published"] = frame["period_end"] + pd.Timedelta(days=publication_lag)
        notes.append(text.both("LAG_ASSUMED", n=int(undated.sum()), lag=publication_lag))
    origins = days = sorted({day for day in frame["published"].dt.date if day <= as_of})
    if len(days) > MAX_ORIGINS:  # evenly spaced, the first and the last among them
        origins = [days[i * (len(days) - 1) // (MAX_ORIGINS - 1)] for i in range(MAX_ORIGINS)]
        notes.append(text.both("SOME_ORIGINS", days=len(days), n=len(origins)))
    # No model looks at what is mere context, and of a large ledger that is nearly everything.
    known = replace(ledger, frame=frame[frame["role"] != str(Role.CONTEXT)])
    seen = partial(evidence, known, plan, indicator)
    return backtest(seen, seen(as_of), models, origins, horizons, notes=notes, n_paths=n_paths, seed=seed)


def _told(name: str, **facts: object) -> str:
    """A sentence in both languages, as an error says it."""
    return " / ".join(text.both(name, **facts))


def _scale(outcomes: AnnualHistory) -> float:
    n = len(outcomes.years)
    if n < 2:
        raise ForecastDeclined(_told("TWO_FIGURES", n=n))
    scale = metrics.naive_scale(outcomes.values)
    if scale == 0:
        raise ForecastDeclined(_told("NO_SCALE"))
    return scale


def _rows(forecast: Forecast, origin: date, known: AnnualHistory, outcomes: AnnualHistory) -> pd.DataFrame:
    """One row per year, with what came of it."""
    table = forecast.frame(metrics.QUANTILES).drop(columns="mean")
    actual = dict(zip(outcomes.years.tolist(), outcomes.values.tolist(), strict=True))
    return table.rename(columns=lambda name: name if name == "year" else f"forecast-{name}").assign(
        model=forecast.model,
        origin=origin,
        horizon=table["year"] - int(known.years[-1]),
        n=len(known.years),
        y=[float(actual[year]) for year in table["year"]],
        forecast=table["q0.5"],
    )


def _enough(forecasts: pd.DataFrame, declined: Sequence[tuple[str, date, str]]) -> None:
    best = int(forecasts["model"].value_counts().max()) if len(forecasts) else 0
    if best < MIN_FORECASTS:
        why = text.both("LAST_REFUSAL", reason=declined[-1][2]) if declined else ""
        raise ForecastDeclined(_told("TOO_SHORT", best=best, least=MIN_FORECASTS, why=why))


def _shared(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Rows of the origins and years that every model answered."""
    answered = forecasts.groupby(["origin", "year"])["model"].transform("nunique")
    return forecasts[answered == forecasts["model"].nunique()]


def _scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """One row per model; every metric over all its origins and horizons."""
    table = forecasts.groupby("model", sort=False).size().rename("forecasts").reset_index()
    for name, metric in SCORES.items():
        score = metric(forecasts, ["forecast"], ("model",)).rename(columns={"forecast": name})
        table = table.merge(score, on="model")
    return table


# --- as tables ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BacktestTables:
    """What models would have scored on a ledger's own figures.

    Attributes
    ----------
    scores : pandas.DataFrame
        One row per indicator and model, headed in the study's language: number and name of the
        indicator, model, origins, annual figures known at them, forecasts scored, scaled CRPS and
        mean absolute scaled error (in units of a usual year's change), share of outcomes inside
        the 80 and 95 % intervals, and the scaled CRPS on the questions that every model answered.
    declined : pandas.DataFrame
        Number and name of each indicator that cannot be backtested, and the reason.
    notes : tuple of str
        What has to be known to read the scores, in the study's language; none without scores.
    """

    scores: pd.DataFrame
    declined: pd.DataFrame
    notes: tuple[str, ...]


def backtest_tables(
    study: Study,
    indicators: Sequence[int] | None = None,
    *,
    models: Sequence[str] | None = None,
    publication_lag: int | None = None,
) -> BacktestTables:
    """Backtest indicators of a study on its own ledger, as of its day.

    Parameters
    ----------
    study : Study
    indicators : sequence of int, optional
        Numbers in the plan; all of them by default.
    models : sequence of str, optional
        Registered names; the study's own and the straight line by default.
    publication_lag : int, optional
        See :func:`backtest_indicator`.

    Raises
    ------
    ParameterError
        The plan has no such indicator, or there is no such model.
    """
    from zerobay_analysis.forecast import forecaster

    numbers = [one.id for one in study.plan.indicators] if indicators is None else indicators
    asked = [forecaster(name) for name in dict.fromkeys(models or (study.model, BESIDE))]
    names = {model.name: say(study.lang, model.name_zh.split("（")[0], model.name) for model in asked}
    lang, rows, refused, notes = study.lang, list[tuple[object, ...]](), [], []
    known: Any = {"as_of": study.as_of, "publication_lag": publication_lag, "seed": study.seed}
    for indicator in [study.plan.indicator(number) for number in numbers]:
        try:
            result = backtest_indicator(study.ledger, study.plan, indicator.id, asked, **known)
        except ForecastDeclined as refusal:
            refused.append((indicator.id, indicator.short(lang), refusal.text.get(lang)))
        else:
            rows += [(indicator.id, indicator.short(lang), *row) for row in _scored(result, names)]
            if publication_lag is not None:
                notes.append(f"{indicator.id}: {result.notes[0].get(lang)}")
    notes += [text.UNITS.get(lang), text.FEW_YEARS.get(lang)]
    scored, why = ([text[name].get(lang) for name in heads] for heads in (HEADINGS, WHY))
    scores = pd.DataFrame(rows, columns=scored) if rows else pd.DataFrame()
    return BacktestTables(scores, pd.DataFrame(refused, columns=why), tuple(notes) if rows else ())


def backtest_parts(study: Study, tables: BacktestTables) -> list[RenderableType]:
    """Parts to print in a terminal, in order."""
    from rich.table import Column, Table
    from rich.text import Text as Line

    parts: list[RenderableType] = []
    if len(tables.scores):
        title = f"{text.TITLE.get(study.lang)} · {study.ledger.name} · {study.as_of}"
        shown = Table(*(Column(name, overflow="fold") for name in tables.scores.columns), title=title)
        for row in tables.scores.itertuples(index=False):
            shown.add_row(*map(_cell, row))
        parts.append(shown)
        parts += [Line(note, style="dim") for note in tables.notes]
    for row in tables.declined.itertuples(index=False):
        parts.append(Line(f"{row[0]} {row[1]}: {row[2]}", style="dim"))
    if study.synthetic:
        parts.append(Line(say(study.lang, *SYNTHETIC), style="bold red"))
    return parts


HEADINGS = (
    *("NUMBER", "INDICATOR", "MODEL", "ORIGINS", "YEARS_KNOWN", "FORECASTS", "CRPS", "MASE"),
    *("COVERAGE80", "COVERAGE95", "SAME_CRPS"),
)
WHY = ("NUMBER", "INDICATOR", "WHY_NOT")


def _scored(result: BacktestResult, names: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    """Scores of one indicator, a row per model that answered anything."""
    shared = result.shared_scores
    same = {} if shared.empty else shared.set_index("model")["scaled_crps"].to_dict()
    for score in result.scores.to_dict("records"):
        of_model = result.forecasts[result.forecasts["model"] == score["model"]]
        least, most = of_model["n"].min(), of_model["n"].max()
        years, crps = f"{least}" if least == most else f"{least}–{most}", same.get(score["model"])
        errors = (round(score["scaled_crps"], 2), round(score["mase"], 2))
        covered = (f"{score['coverage80']:.0%}", f"{score['coverage95']:.0%}")
        asked = (names[score["model"]], of_model["origin"].nunique(), years, score["forecasts"])
        yield (*asked, *errors, *covered, None if crps is None else round(crps, 2))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if pd.isna(value) else f"{value:.2f}"
    return str(value)
