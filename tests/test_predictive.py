"""A forecast answers questions about its own paths."""

from __future__ import annotations

import numpy as np
import pytest

from zerobay_analysis.forecast.predictive import Forecast

FORECAST = Forecast(
    model="made_up",
    years=np.array([2026, 2028]),
    paths=np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0], [4.0, 8.0]]),
    n_points=2,
)


def test_values_are_those_of_the_year_asked_for() -> None:
    assert list(FORECAST.values(2028)) == [5, 6, 7, 8]


def test_a_year_that_was_not_forecast_is_an_error() -> None:
    with pytest.raises(KeyError):
        FORECAST.values(2027)


def test_a_target_counts_as_met_when_it_is_reached_exactly() -> None:
    assert FORECAST.prob_at_least(3, 2026) == 0.5
    assert FORECAST.prob_at_most(3, 2026) == 0.75


def test_the_table_has_one_row_a_year_and_one_column_a_quantile() -> None:
    table = FORECAST.frame(quantiles=(0.25, 0.5))
    assert list(table.columns) == ["year", "mean", "q0.25", "q0.5"]
    assert list(table["mean"]) == [2.5, 6.5]
    assert list(table["q0.5"]) == [FORECAST.quantile(0.5, 2026), FORECAST.quantile(0.5, 2028)]
