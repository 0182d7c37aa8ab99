"""Many series at once: sane forecasts or clear errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.forecast import panel as panel_module
from zerobay_analysis.forecast.panel import LONGEST_HISTORY, forecast_panel, prob_panel

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
COLUMNS = [f"q{q:g}" for q in QUANTILES]

histories = hnp.arrays(np.float64, st.integers(1, 9), elements=st.floats(20.0, 500.0))


def frame(values: object, name: object = "a", end: int = 2024) -> pd.DataFrame:
    numbers = np.asarray(values, dtype=np.float64)
    years = np.arange(end - len(numbers) + 1, end + 1)
    return pd.DataFrame({"unique_id": name, "ds": years, "y": numbers})


def fan(values: object, horizon: int = 3, kind: str = "stock", end: int = 2024) -> np.ndarray:
    table = forecast_panel(frame(values, end=end), horizon, QUANTILES, kind)
    return table[COLUMNS].to_numpy()


def sane(table: pd.DataFrame) -> bool:
    numbers = table.drop(columns=["unique_id", "ds"]).to_numpy(dtype=np.float64)
    quantiles = numbers[:, 1:]
    return bool(np.isfinite(numbers).all() and (np.diff(quantiles, axis=1) >= 0).all())


def problems(bad: pd.DataFrame, kind: str = "stock") -> set[tuple[int | None, str | None]]:
    with pytest.raises(DataError) as caught:
        forecast_panel(bad, 1, kind=kind)
    return {(p.row, p.column) for p in caught.value.problems}


def test_columns_and_rows_are_as_promised() -> None:
    both = pd.concat([frame([1, 2, 3], "b"), frame([5.0], "a", end=2020)])
    table = forecast_panel(both, 2, quantiles=(0.05, 0.5, 0.95))
    assert list(table.columns) == ["unique_id", "ds", "mean", "q0.05", "q0.5", "q0.95"]
    assert list(table["unique_id"]) == ["a", "a", "b", "b"]
    assert list(table["ds"]) == [2021, 2022, 2025, 2026]
    assert (table["q0.05"] < table["q0.5"]).all()
    assert (table["q0.5"] < table["q0.95"]).all()


@pytest.mark.parametrize("kind", ["stock", "cumulative", "flow", "rate"])
def test_probabilities_agree_with_quantiles(kind: str) -> None:
    series = frame([60, 70, 74, 83, 90])
    table = forecast_panel(series, 3, (0.001, 0.3, 0.5, 0.9, 0.999), kind)
    long = table.melt(id_vars=["unique_id", "ds", "mean"], value_name="target")
    long = long[long["target"] > 90.0]
    p = prob_panel(series, long[["unique_id", "ds", "target"]], kind)["p"].to_numpy()
    assert p == pytest.approx(1 - long["variable"].str[1:].astype(float).to_numpy(), abs=5e-4)


def test_quantiles_come_in_the_order_asked_for() -> None:
    table = forecast_panel(frame([60, 70, 74]), 1, quantiles=(0.9, 0.1))
    assert table["q0.9"].iloc[0] > table["q0.1"].iloc[0]


def test_a_series_gets_the_same_forecast_alone_and_in_company() -> None:
    alone = forecast_panel(frame([60, 70, 74, 83, 90], "z"), 3)
    crowd = pd.concat([frame(np.linspace(5, 50 + i, 5), f"s{i}") for i in range(30)])
    together = forecast_panel(pd.concat([crowd, frame([60, 70, 74, 83, 90], "z")]), 3)
    together = together[together["unique_id"] == "z"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together, rtol=1e-5)


def test_chunks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = pd.concat([frame(np.linspace(5, 50 + i, 5), i) for i in range(7)])
    whole = forecast_panel(crowd, 2)
    monkeypatch.setattr(panel_module, "CHUNK", 2)
    pd.testing.assert_frame_equal(whole, forecast_panel(crowd, 2), rtol=1e-5)


def test_the_order_of_the_rows_does_not_matter() -> None:
    series = pd.concat([frame([3, 4, 6, 7], "a"), frame([9, 8, 9], "b")])
    shuffled = series.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(forecast_panel(series, 2), forecast_panel(shuffled, 2))


@settings(max_examples=25, deadline=None)
@given(histories, st.sampled_from([0.001, 7.3, 1e6]))
def test_scaling_the_data_scales_the_forecast(values: np.ndarray, factor: float) -> None:
    values = values + 0.01  # amounts: a small count is no count in another unit
    assert fan(values * factor) == pytest.approx(fan(values) * factor, rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(histories, st.integers(-300, 70))
def test_shifting_the_years_shifts_the_forecast(values: np.ndarray, shift: int) -> None:
    moved = forecast_panel(frame(values, end=2024 + shift), 2)
    still = forecast_panel(frame(values), 2)
    assert list(moved["ds"]) == [year + shift for year in still["ds"]]
    pd.testing.assert_frame_equal(moved.drop(columns="ds"), still.drop(columns="ds"), rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(histories, st.sampled_from(["stock", "cumulative", "flow", "rate"]))
def test_p_falls_as_the_target_rises(values: np.ndarray, kind: str) -> None:
    targets = pd.DataFrame({"unique_id": "a", "ds": 2026, "target": np.linspace(-50, 2000, 60)})
    p = prob_panel(frame(values), targets, kind)["p"].to_numpy()
    assert (np.diff(p) <= 1e-6).all()
    assert (p >= 0).all()
    assert (p <= 1).all()


@settings(max_examples=25, deadline=None)
@given(histories)
def test_quantities_stay_positive_and_totals_never_fall(values: np.ndarray) -> None:
    assert (fan(values, kind="flow") > 0).all()
    total = np.maximum.accumulate(values)
    fans = fan(total, kind="cumulative")
    assert (fans >= total[-1] * (1 - 1e-12)).all()


def test_rates_may_be_negative_and_are_drawn_to_where_rates_lie() -> None:
    swinging = fan([7.0, -10.0, 15.0], kind="rate")
    assert (swinging[:, 0] < 0).all()
    assert swinging[-1, 2] < 15
    alone = [fan([value], kind="rate")[0, 2] for value in (-30.0, 4.0, 30.0)]
    assert -30 < alone[0] < alone[1] < alone[2] < 30


def test_a_rate_moves_in_points_so_its_spread_does_not_grow_with_its_size() -> None:
    steps = np.array([0.0, 2.0, -1.0, 1.0, 0.5, 2.0, 1.0, 0.0])
    low, high = (fan(level + steps, kind="rate")[0] for level in (5.0, 10.0))
    assert (high[-1] - high[0]) < 1.5 * (low[-1] - low[0])


def test_noise_without_a_trend_is_not_taken_for_growth() -> None:
    rng = np.random.default_rng(4)
    values = 100 * np.exp(0.15 * rng.standard_normal((200, 8)))
    crowd = pd.concat([frame(row, i) for i, row in enumerate(values)])
    middle = forecast_panel(crowd, 3, (0.5,))
    last = middle[middle["ds"] == 2027]["q0.5"].to_numpy()
    assert np.median(last) == pytest.approx(100, rel=0.06)


# Input of every kind: a sane forecast ...


@pytest.mark.parametrize(
    "values",
    [
        [42.0],
        [5.0, 5.0, 5.0, 5.0],
        [0.0, 3.0, 5.0],
        [4.0, 0.0],
        [-3.0, 2.0, 5.0, -1.0],
        [-5.0],
        [1e-9, 2e-9, 3e-9],
        [1e14, 1.1e14, 1.3e14],
        [1.0, 1e6, 3.0],
        list(np.linspace(10, 900, 500)),
        [100.0] * 39 + [500.0],
    ],
    ids=["one", "constant", "zero", "two", "signs", "minus", "tiny", "huge", "wild", "500", "late jump"],
)
@pytest.mark.parametrize("kind", ["stock", "cumulative", "flow", "rate"])
def test_an_unusual_history_gets_a_sane_forecast(values: list[float], kind: str) -> None:
    assert sane(forecast_panel(frame(values), 3, kind=kind))


def test_a_long_history_counts_by_its_latest_points() -> None:
    values = 50 + np.abs(np.cumsum(np.random.default_rng(1).standard_normal(500)))
    assert fan(values) == pytest.approx(fan(values[-LONGEST_HISTORY:]), rel=1e-9)


def test_a_constant_history_is_forecast_near_itself() -> None:
    last = fan([5.0] * 6)[0]
    assert 4.8 < last[0] <= last[2] <= last[-1] < 5.3


def test_missing_years_are_dates_not_steps() -> None:
    gappy = frame([100, 110, 120, 130])
    gappy["ds"] = [2015, 2018, 2021, 2024]
    slow, fast = forecast_panel(gappy, 3, (0.5,)), forecast_panel(frame([100, 110, 120, 130]), 3, (0.5,))
    assert slow["q0.5"].iloc[2] < fast["q0.5"].iloc[2]
    assert sane(slow)


def test_zeros_never_make_a_nonnegative_series_negative() -> None:
    assert (fan([0.0, 3.0, 0.0, 1.0]) >= 0).all()


def test_years_as_whole_floats_and_values_as_numerals_are_read() -> None:
    text = pd.DataFrame({"unique_id": "a", "ds": [2020.0, 2021.0], "y": ["3", "4"]})
    assert sane(forecast_panel(text, 1))


# ... or a clear error, with everything that is wrong at once.


def test_all_problems_are_listed_at_once() -> None:
    bad = pd.DataFrame(
        {
            "unique_id": ["a", "a", "a", "a", None, "b", "b"],
            "ds": [2020, 2020, 2021.5, 2022, 2023, "soon", 2024],
            "y": [1, 2, 3, "many", 5, 6, np.inf],
        }
    )
    assert problems(bad) == {(2, "ds"), (3, "ds"), (4, "y"), (5, "unique_id"), (6, "ds"), (7, "y")}


def test_missing_columns_are_named() -> None:
    assert problems(pd.DataFrame({"unique_id": ["a"]})) == {(None, "ds"), (None, "y")}


def test_an_empty_frame_is_refused() -> None:
    assert problems(frame([1.0]).iloc[:0]) == {(None, None)}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, None, "n/a", 10**400, 1 + 2j])
def test_a_value_that_is_no_number_is_refused(value: object) -> None:
    bad = frame([1.0, 2.0]).astype({"y": object})
    bad.loc[1, "y"] = value
    assert problems(bad) == {(2, "y")}


def test_a_column_that_stands_twice_and_a_name_that_is_none_are_refused() -> None:
    twice = pd.concat([frame([1.0]), frame([2.0])[["y"]]], axis=1)
    assert problems(twice) == {(None, "y")}
    nameless = frame([1.0, 2.0]).astype({"unique_id": object})
    nameless.at[1, "unique_id"] = [1]
    assert problems(nameless) == {(2, "unique_id")}


def test_names_without_a_common_order_are_refused() -> None:
    frame = pd.DataFrame({"unique_id": [b"a", 1], "ds": [2020, 2020], "y": [1.0, 2.0]})
    with pytest.raises(DataError, match="bytes, int"):
        forecast_panel(frame, 1)


def test_zeros_alone_are_refused_as_a_quantity_but_not_as_a_rate() -> None:
    assert problems(frame([0.0, 0.0])) == {(None, "y")}
    assert sane(forecast_panel(frame([0.0, 0.0]), 1, kind="rate"))


def test_anything_but_a_frame_is_refused() -> None:
    with pytest.raises(ParameterError, match="DataFrame"):
        forecast_panel([1, 2, 3], 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True, 51, "3"])
def test_a_horizon_out_of_range_is_refused(horizon: object) -> None:
    with pytest.raises(ParameterError, match="horizon"):
        forecast_panel(frame([1.0]), horizon)  # type: ignore[arg-type]


@pytest.mark.parametrize("quantiles", [(), (0.0,), (1.0,), (0.5, 0.5), ("x",), (np.nan,)])
def test_quantiles_out_of_range_are_refused(quantiles: object) -> None:
    with pytest.raises(ParameterError):
        forecast_panel(frame([1.0]), 1, quantiles)  # type: ignore[arg-type]


def test_an_unknown_kind_is_refused_with_the_list() -> None:
    with pytest.raises(ParameterError, match="cumulative"):
        forecast_panel(frame([1.0]), 1, kind="level")


def test_every_wrong_target_is_listed() -> None:
    targets = pd.DataFrame(
        {"unique_id": ["a", "b", "a", "a"], "ds": [2025, 2025, 2024, 2026.5], "target": [np.nan, 1, 1, 1]}
    )
    with pytest.raises(DataError) as caught:
        prob_panel(frame([1.0, 2.0]), targets)
    found = {(p.row, p.column) for p in caught.value.problems}
    assert found == {(1, "target"), (2, "unique_id"), (3, "ds"), (4, "ds")}


def test_a_target_already_reached_by_a_total_is_certain() -> None:
    targets = pd.DataFrame({"unique_id": "a", "ds": [2025, 2026], "target": [10.0, 9.0]})
    assert list(prob_panel(frame([7, 8, 10]), targets, "cumulative")["p"]) == [1.0, 1.0]


def test_a_cumulative_total_restated_downwards_starts_from_its_last_value() -> None:
    found = forecast_panel(frame([400.0, 330.0, 351.5]), 2, quantiles=(0.05, 0.5), kind="cumulative")
    assert found["q0.05"].min() >= 351.5
    assert found["q0.05"].iloc[0] < 400.0


@pytest.mark.parametrize("value", [1e300, -2e15])
def test_values_beyond_all_size_are_refused_with_their_place_in_both_frames(value: float) -> None:
    with pytest.raises(DataError, match="1e\\+15") as refused:
        forecast_panel(frame([1.0, value, 3.0]), 1)
    assert [(p.row, p.column) for p in refused.value.problems] == [(2, "y")]
    targets = pd.DataFrame({"unique_id": ["a"], "ds": [2025], "target": [value]})
    with pytest.raises(DataError, match="1e\\+15") as refused:
        prob_panel(frame([1.0, 2.0, 3.0]), targets)
    assert [(p.file, p.row, p.column) for p in refused.value.problems] == [("targets", 1, "target")]
