"""Metrics against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import probabilities
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.evaluation import metrics


def _one_row(y: float = 10.0, scale: float = 2.0, **columns: float) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": ["a"], "ds": [1], "y": [y], "scale": [scale], **columns})


def _with_quantiles(frame: pd.DataFrame, model: str, values: dict[float, float]) -> pd.DataFrame:
    return frame.assign(**{metrics.quantile_column(model, q): v for q, v in values.items()})


def test_the_scaled_error_matches_the_hand_worked_example() -> None:
    frame = pd.concat([_one_row(10, 2, m=8.0), _one_row(5, 2, m=6.0)])
    assert metrics.mase(frame, ["m"])["m"].item() == pytest.approx((1 + 0.5) / 2)


def test_crps_of_a_certain_forecast_is_the_scaled_absolute_error() -> None:
    frame = _with_quantiles(_one_row(10, 2), "m", dict.fromkeys(metrics.CRPS_QUANTILES, 7.0))
    # every quantile is 7: pinball q*3, whose mean over 0.05..0.95 is 1.5; twice that over 2
    assert metrics.scaled_crps(frame, ["m"])["m"].item() == pytest.approx(3 / 2)


def test_crps_is_capped_at_fifty_row_by_row() -> None:
    rows = [_one_row(1000, 1), _one_row(0, 1)]
    frame = _with_quantiles(pd.concat(rows), "m", dict.fromkeys(metrics.CRPS_QUANTILES, 0.0))
    assert metrics.scaled_crps(frame, ["m"])["m"].item() == pytest.approx((50 + 0) / 2)


def test_msis_adds_forty_times_the_miss() -> None:
    ends = {0.025: 4.0, 0.975: 9.0}
    inside = _with_quantiles(_one_row(8, 2), "m", ends)
    above = _with_quantiles(_one_row(10, 2), "m", ends)
    below = _with_quantiles(_one_row(3, 2), "m", ends)
    assert metrics.msis(inside, ["m"])["m"].item() == pytest.approx(5 / 2)
    assert metrics.msis(above, ["m"])["m"].item() == pytest.approx((5 + 40) / 2)
    assert metrics.msis(below, ["m"])["m"].item() == pytest.approx((5 + 40) / 2)


def test_coverage_counts_the_ends_as_inside() -> None:
    frame = pd.concat([_one_row(y) for y in (1.0, 2.0, 4.0, 5.0)])
    frame = _with_quantiles(frame, "m", {0.1: 2.0, 0.9: 4.0, 0.025: 1.0, 0.975: 4.5})
    assert metrics.coverage80(frame, ["m"])["m"].item() == 0.5
    assert metrics.coverage95(frame, ["m"])["m"].item() == 0.75


def test_brier_and_calibration_error_match_the_hand_worked_example() -> None:
    frame = pd.DataFrame({"set": "s", "met": [1, 0, 1, 1], "m-p": [0.8, 0.8, 0.25, 1.0]})
    by = ["set"]
    assert probabilities.brier(frame, ["m"], by)["m"].item() == pytest.approx((0.04 + 0.64 + 0.5625 + 0) / 4)
    # bins: 0.8 (n=2, observed 0.5), 0.25 (n=1, observed 1), 1.0 (n=1, observed 1)
    error = probabilities.expected_calibration_error(frame, ["m"], by)["m"].item()
    assert error == pytest.approx((2 * 0.3 + 0.75 + 0) / 4)


def test_a_probability_on_an_edge_belongs_to_the_bin_above() -> None:
    frame = pd.DataFrame({"met": [1, 1, 1], "m-p": [0.3, 0.7, 1.0]})
    table = probabilities.reliability_table(frame, ["m"])
    assert table["lower"].tolist() == [0.3, 0.7, 0.9]
    assert table["upper"].tolist() == [0.4, 0.8, 1.0]


def test_a_refusal_has_no_score_and_does_not_enter_the_mean() -> None:
    frame = pd.concat([_one_row(10, 2, m=8.0, silent=np.nan), _one_row(10, 2, m=np.nan, silent=np.nan)])
    assert metrics.mase(frame, ["m", "silent"])["m"].item() == 1.0
    assert np.isnan(metrics.mase(frame, ["m", "silent"])["silent"].item())
    assert probabilities.answered(frame, ["m", "silent"])[["m", "silent"]].to_numpy().tolist() == [[0.5, 0.0]]


def test_coverage_of_a_refusal_is_missing_not_zero() -> None:
    frame = _with_quantiles(_one_row(), "m", {0.1: np.nan, 0.9: np.nan})
    assert np.isnan(metrics.coverage80(frame, ["m"])["m"].item())


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ParameterError, match=r"m-q0\.025"):
        metrics.msis(_one_row(), ["m"])
    with pytest.raises(ParameterError, match="other"):
        metrics.mase(_one_row(), ["other"])
    with pytest.raises(ParameterError, match="scale"):
        metrics.mase(_one_row(m=1.0).drop(columns="scale"), ["m"])


def test_every_metric_has_one_row_per_series_and_one_column_per_model() -> None:
    frame = pd.concat([_one_row().assign(unique_id=name) for name in "ab"]).assign(m=1.0, k=2.0, met=1)
    for model in ("m", "k"):
        frame = _with_quantiles(frame, model, {q: 10 * q for q in metrics.QUANTILES})
        frame[f"{model}-p"] = 0.4
    for metric in (
        metrics.mase,
        metrics.scaled_crps,
        metrics.msis,
        metrics.coverage80,
        metrics.coverage95,
        probabilities.brier,
        probabilities.expected_calibration_error,
        probabilities.answered,
    ):
        result = metric(frame, ["m", "k"])
        assert list(result.columns) == ["unique_id", "m", "k"], metric.__name__
        assert result["unique_id"].tolist() == ["a", "b"], metric.__name__


@given(
    factor=st.floats(1e-3, 1e3),
    y=st.floats(-100, 100),
    values=st.lists(st.floats(-100, 100), min_size=21, max_size=21),
)
def test_scaled_scores_do_not_depend_on_the_unit(factor: float, y: float, values: list[float]) -> None:
    quantiles = dict(zip(metrics.QUANTILES, sorted(values), strict=True))
    one = _with_quantiles(_one_row(y, 3.0), "m", quantiles)
    other = _with_quantiles(
        _one_row(y * factor, 3.0 * factor), "m", {q: v * factor for q, v in quantiles.items()}
    )
    for metric in (metrics.scaled_crps, metrics.msis):
        assert metric(one, ["m"])["m"].item() == pytest.approx(metric(other, ["m"])["m"].item(), rel=1e-6)
