"""A backtest sees what was known at each origin, nothing later, and says when it cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.evaluation.backtest import MAX_ORIGINS, backtest, backtest_indicator
from zerobay_analysis.forecast import forecaster
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.forecast.trends import annual_history
from zerobay_analysis.ledger import Ledger, load_ledger
from zerobay_analysis.plan import load_plan
from zerobay_analysis.series import Evidence, evidence

TODAY = date(2026, 11, 22)
INDICATOR = 7
VALUES = {2018: 40, 2019: 52, 2020: 60, 2021: 75, 2022: 83, 2023: 98, 2024: 110, 2025: 119}


class LastValue:
    """Says that the last known figure stays, give or take ten; keeps what it saw."""

    name = "last_value"
    name_zh = "最后值"
    min_points = 1

    def __init__(self) -> None:
        self.seen: list[Evidence] = []

    def forecast(
        self, evidence: Evidence, years: Sequence[int], *, n_paths: int = 20_000, seed: int = 0
    ) -> Forecast:
        self.seen.append(evidence)
        history = annual_history(evidence)
        spread = np.linspace(-10, 10, n_paths)[:, None]
        paths = history.values[-1] + np.repeat(spread, len(years), axis=1)
        return Forecast(self.name, np.array(years, dtype=np.int64), paths, len(history.years))


def write_ledger(
    folder: Path, rows: Sequence[str], header: str = "indicator,period,value,unit,published"
) -> Ledger:
    path = folder / "figures.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return load_ledger(path, today=TODAY)


def dated(values: dict[int, int] = VALUES) -> list[str]:
    return [f"{INDICATOR},{year},{value},家,{year + 1}-03-01" for year, value in values.items()]


def test_each_origin_is_scored_against_the_years_that_came_after(tmp_path: Path) -> None:
    model = LastValue()
    result = backtest_indicator(write_ledger(tmp_path, dated()), load_plan(), INDICATOR, [model], as_of=TODAY)
    rows = result.forecasts
    # origins with 1 to 7 known years: horizons 1, 2, 3 except where the record ends
    assert len(rows) == 5 * 3 + 2 + 1
    row = rows[(rows["origin"] == date(2022, 3, 1)) & (rows["horizon"] == 2)].iloc[0]
    assert (row["year"], row["n"], row["y"], row["forecast"]) == (2023, 4, 98, 75)
    assert row["scale"] == pytest.approx(np.mean(np.diff(list(VALUES.values()))))


def test_scores_match_the_hand_worked_example(tmp_path: Path) -> None:
    values = {2021: 100, 2022: 104, 2023: 130, 2024: 130}
    result = backtest_indicator(
        write_ledger(tmp_path, dated(values)),
        load_plan(),
        INDICATOR,
        [LastValue()],
        as_of=TODAY,
        horizons=[1],
    )
    score = result.scores.iloc[0]
    assert score["forecasts"] == 3
    assert score["mase"] == pytest.approx((4 + 26 + 0) / 3 / 10)  # mean absolute change is 10
    assert score["coverage80"] == pytest.approx(2 / 3)  # plus or minus 8 holds 4 and 0, not 26


def test_no_model_sees_what_was_published_after_the_origin(tmp_path: Path) -> None:
    model = LastValue()
    revision = f"{INDICATOR},2021,95,家,2024-06-01"
    ledger = write_ledger(tmp_path, [*dated(), revision])
    result = backtest_indicator(ledger, load_plan(), INDICATOR, [model], as_of=TODAY, horizons=[1])
    for seen in model.seen:
        assert all(point.published is not None and point.published <= seen.as_of for point in seen.points)
    rows = result.forecasts.set_index("origin")
    assert rows.loc[date(2022, 3, 1), "forecast"] == 75  # first vintage, as known then
    assert rows.loc[date(2021, 3, 1), "y"] == 95  # held against the latest vintage
    assert date(2024, 6, 1) in rows.index  # a revision is news, so it is an origin


def test_of_many_days_of_publication_evenly_spaced_ones_are_the_origins(tmp_path: Path) -> None:
    monthly = [
        f"{INDICATOR},{year}-{month:02d},{value + month},家,{year}-{month + 1:02d}-20"
        for year, value in VALUES.items()
        for month in range(1, 12)
    ]
    ledger = write_ledger(tmp_path, [*dated(), *monthly])
    result = backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=TODAY)
    assert len(result.forecasts["origin"].unique()) <= MAX_ORIGINS
    assert any(f"均匀取 {MAX_ORIGINS} 个作起点" in note.zh for note in result.notes)


def test_nothing_after_the_given_day_is_used_not_even_as_an_outcome(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, dated())
    result = backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=date(2023, 12, 31))
    assert result.forecasts["year"].max() == 2022


def test_an_evidence_function_that_peeks_is_refused(tmp_path: Path) -> None:
    ledger, plan = write_ledger(tmp_path, dated()), load_plan()
    final = evidence(ledger, plan, INDICATOR, TODAY)
    with pytest.raises(ParameterError, match="之后发布"):
        backtest(lambda day: final, final, [LastValue()], [date(2022, 3, 1)])


def test_a_short_history_is_declined_in_both_languages(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, dated({2023: 98, 2024: 110}))
    with pytest.raises(ForecastDeclined, match=r"历史太短.*只有 1 个.* / the history is too short: 1 "):
        backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=TODAY)
    with pytest.raises(ForecastDeclined, match="两个年度值"):
        backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=date(2024, 4, 1))


def test_figures_that_never_change_are_declined(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, dated(dict.fromkeys(VALUES, 50)))
    with pytest.raises(ForecastDeclined, match="完全相同"):
        backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=TODAY)


def test_figures_without_a_publication_date_need_an_assumption_that_is_stated(tmp_path: Path) -> None:
    rows = [f"{INDICATOR},{year},{value},家" for year, value in VALUES.items()]
    ledger = write_ledger(tmp_path, rows, "indicator,period,value,unit")
    with pytest.raises(ForecastDeclined, match="publication_lag"):
        backtest_indicator(ledger, load_plan(), INDICATOR, [LastValue()], as_of=TODAY)
    result = backtest_indicator(
        ledger, load_plan(), INDICATOR, [LastValue()], as_of=TODAY, publication_lag=60
    )
    assert len(result.forecasts) == 18
    assert any("60 天" in note.zh for note in result.notes)


def test_a_model_that_declines_early_is_scored_only_where_it_answered(tmp_path: Path) -> None:
    models = [forecaster("reference_class"), forecaster("ols_linear"), forecaster("theta")]
    result = backtest_indicator(
        write_ledger(tmp_path, dated()), load_plan(), INDICATOR, models, as_of=TODAY, n_paths=500
    )
    scores = result.scores.set_index("model")
    assert scores.loc["reference_class", "forecasts"] == 18
    assert scores.loc["ols_linear", "forecasts"] == 18 - 2 * 3
    assert scores.loc["theta", "forecasts"] == 18 - 4 * 3
    assert result.shared_scores["forecasts"].tolist() == [6, 6, 6]
    theta = scores.loc["theta"]
    assert result.shared_scores.set_index("model").loc["theta"].equals(theta)
    assert set(result.declined["model"]) == {"ols_linear", "theta"}
    assert result.declined["reason"].str.contains("至少需要").all()
    assert np.isfinite(result.scores.drop(columns="model").to_numpy(dtype=float)).all()
