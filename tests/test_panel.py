"""Many series at once: sane forecasts or clear errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zerobay_analysis.errors import DataError
from zerobay_analysis.forecast.panel import forecast_panel, prob_panel


def frame(values: list[float], name: str = "a", end: int = 2024) -> pd.DataFrame:
    years = np.arange(end - len(values) + 1, end + 1)
    return pd.DataFrame({"unique_id": name, "ds": years, "y": values})


def test_columns_and_rows_are_as_promised() -> None:
    both = pd.concat([frame([1, 2, 3], "b"), frame([5.0], "a", end=2020)])
    table = forecast_panel(both, 2, quantiles=(0.05, 0.5, 0.95))
    assert list(table.columns) == ["unique_id", "ds", "mean", "q0.05", "q0.5", "q0.95"]
    assert list(table["unique_id"]) == ["a", "a", "b", "b"]
    assert list(table["ds"]) == [2021, 2022, 2025, 2026]
    assert (table["q0.05"] < table["q0.5"]).all()
    assert (table["q0.5"] < table["q0.95"]).all()


def test_probabilities_agree_with_quantiles() -> None:
    series = frame([60, 70, 74, 83, 90])
    table = forecast_panel(series, 3, quantiles=(0.1, 0.5, 0.9))
    targets = table.melt(
        id_vars=["unique_id", "ds"], value_vars=["q0.1", "q0.5", "q0.9"], value_name="target"
    )
    p = prob_panel(series, targets[["unique_id", "ds", "target"]])["p"].to_numpy()
    wanted = 1 - targets["variable"].str[1:].astype(float).to_numpy()
    assert p == pytest.approx(wanted, abs=1e-3)


def test_all_problems_are_listed_at_once() -> None:
    bad = pd.DataFrame(
        {"unique_id": ["a", "a", "a", "a"], "ds": [2020, 2020, 2021.5, 2022], "y": [1, 2, 3, "many"]}
    )
    with pytest.raises(DataError) as caught:
        forecast_panel(bad, 1)
    assert {(p.row, p.column) for p in caught.value.problems} == {(2, "ds"), (3, "ds"), (4, "y")}
