"""Backtests of several indicators as tables to read: scores, and who is refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from zerobay_analysis.errors import ForecastDeclined
from zerobay_analysis.evaluation.backtest import BacktestResult, backtest_indicator
from zerobay_analysis.language import SYNTHETIC, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from zerobay_analysis.plan import Indicator
    from zerobay_analysis.study import Study

BESIDE = "ols_linear"
"""The model shown beside the study's own: the straight trend line that people draw."""


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
        See :func:`~zerobay_analysis.evaluation.backtest.backtest_indicator`.

    Raises
    ------
    ParameterError
        The plan has no such indicator, or there is no such model.
    """
    from zerobay_analysis.forecast import forecaster

    numbers = [one.id for one in study.plan.indicators] if indicators is None else indicators
    asked = [forecaster(name) for name in dict.fromkeys(models or (study.model, BESIDE))]
    names = {model.name: say(study.lang, model.name_zh.split("（")[0], model.name) for model in asked}
    rows: list[dict[str, object]] = []
    refused, lagged = [], []
    for indicator in [study.plan.indicator(number) for number in numbers]:
        try:
            result = backtest_indicator(
                study.ledger,
                study.plan,
                indicator.id,
                asked,
                as_of=study.as_of,
                publication_lag=publication_lag,
                seed=study.seed,
            )
        except ForecastDeclined as refusal:
            refused.append((indicator.id, indicator.short(study.lang), _half(str(refusal), study.lang)))
        else:
            rows += _rows(result, indicator, names, study.lang)
            if publication_lag is not None:
                lagged.append(f"{indicator.id}: {_half(result.notes[0], study.lang)}")
    columns = ("#", say(study.lang, "指标", "indicator"), say(study.lang, "为什么不能", "why not"))
    return BacktestTables(
        scores=pd.DataFrame(rows),
        declined=pd.DataFrame(refused, columns=list(columns)),
        notes=(*lagged, *_reading_notes(study.lang)) if rows else (),
    )


def backtest_parts(study: Study, tables: BacktestTables) -> list[RenderableType]:
    """Parts to print in a terminal, in order."""
    from rich.table import Table
    from rich.text import Text

    title = say(study.lang, "用自己的数字回测", "Backtest on one's own figures")
    parts: list[RenderableType] = []
    if len(tables.scores):
        shown = Table(title=f"{title} · {study.ledger.name} · {study.as_of}")
        for name in tables.scores.columns:
            shown.add_column(name, overflow="fold")
        for row in tables.scores.itertuples(index=False):
            shown.add_row(*map(_cell, row))
        parts.append(shown)
        parts += [Text(note, style="dim") for note in tables.notes]
    for row in tables.declined.itertuples(index=False):
        parts.append(Text(f"{row[0]} {row[1]}: {row[2]}", style="dim"))
    if study.synthetic:
        parts.append(Text(say(study.lang, *SYNTHETIC), style="bold red"))
    return parts


def _rows(
    result: BacktestResult, indicator: Indicator, names: dict[str, str], lang: str
) -> list[dict[str, object]]:
    """Scores of one indicator, a row per model that answered anything."""
    shared = result.shared_scores
    same = {} if shared.empty else shared.set_index("model")["scaled_crps"].to_dict()
    rows: list[dict[str, object]] = []
    for score in result.scores.to_dict("records"):
        of_model = result.forecasts[result.forecasts["model"] == score["model"]]
        least, most = of_model["n"].min(), of_model["n"].max()
        crps = same.get(score["model"])
        rows.append(
            {
                "#": indicator.id,
                say(lang, "指标", "indicator"): indicator.short(lang),
                say(lang, "模型", "model"): names[score["model"]],
                say(lang, "起点", "origins"): of_model["origin"].nunique(),
                say(lang, "当时年数", "years known"): f"{least}" if least == most else f"{least}–{most}",
                say(lang, "预测数", "forecasts"): score["forecasts"],
                "CRPS": round(score["scaled_crps"], 2),
                "MASE": round(score["mase"], 2),
                say(lang, "80% 区间覆盖", "80% coverage"): f"{score['coverage80']:.0%}",
                say(lang, "95% 区间覆盖", "95% coverage"): f"{score['coverage95']:.0%}",
                say(lang, "同题 CRPS", "CRPS, same questions"): None if crps is None else round(crps, 2),
            }
        )
    return rows


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if pd.isna(value) else f"{value:.2f}"
    return str(value)


def _half(text: str, lang: str) -> str:
    """One language of a message that says it in Chinese, a slash, and English."""
    chinese, slash, english = text.partition(" / ")
    return english if lang != "zh" and slash else chinese


def _reading_notes(lang: str) -> tuple[str, ...]:
    return (
        say(
            lang,
            "CRPS 与 MASE 以一年的平均变动为 1，越小越好；每个起点只看当时已发布的数字。"
            "较早拒绝的模型没答最难的题，比较时看“同题 CRPS”。",
            "CRPS and MASE are in units of a usual year's change, lower is better; each origin sees only "
            "what was published by then. A model that declined early was spared the hardest questions: "
            "compare on the same questions.",
        ),
        say(
            lang,
            "同一年份的预测彼此相关，起点再多，结果也只有几个年份；差别不大时不能断定模型优劣。",
            "Forecasts of one year are not independent and there are only a few outcome years: small "
            "differences between models prove nothing.",
        ),
    )
