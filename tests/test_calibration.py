"""What ships about calibration, and the two charts that show it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmarks import probabilities
from benchmarks.calibration import build_calibration, prior_sha256
from zerobay_analysis.charts import calibration as charts
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.evaluation import calibration, metrics
from zerobay_analysis.forecast import forecaster_names


def small_run() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two lengths; ``m`` answers both, ``late`` only n = 5."""
    forecasts = pd.DataFrame({"n": [3, 3, 5, 5], "unique_id": list("abab"), "y": [1.0, 9.0, 1.0, 2.0]})
    targets = pd.DataFrame({"n": [3, 3, 5, 5, 5], "met": [1, 0, 1, 1, 0], "m-p": [0.9, 0.85, 0.5, 0.1, 0.1]})
    targets["late-p"] = [np.nan, np.nan, 1.0, 0.8, 0.79]
    for model in ("m", "late"):
        forecasts[model] = 1.0
        for q in metrics.QUANTILES:
            forecasts[metrics.quantile_column(model, q)] = 4 * q
    late = [name for name in forecasts if name.startswith("late")]
    forecasts.loc[forecasts["n"] == 3, late] = np.nan
    return forecasts, targets


def test_the_calibration_of_a_run_matches_the_hand_worked_example() -> None:
    table = build_calibration(*small_run(), ["m", "late"]).set_index(["model", "n"])
    assert table.loc[("m", 3), "coverage80"] == 0.5
    assert table.loc[("m", 5), "coverage95"] == 1.0
    assert table.loc[("m", 3), ["observed_very_likely", "count_very_likely"]].tolist() == [0.5, 2]
    assert table.loc[("m", 5), ["observed_very_unlikely", "count_very_unlikely"]].tolist() == [0.5, 2]
    assert table.loc[("late", 5), ["observed_very_likely", "count_very_likely"]].tolist() == [1.0, 2]
    assert table.loc[("late", 5), "count_likely"] == 1
    assert table.loc[("late", 3), ["answered", "count_very_likely"]].tolist() == [0, 0]
    assert np.isnan(table.loc[("late", 3), "coverage80"])


def test_every_registered_model_ships_with_its_measured_calibration() -> None:
    table = calibration.calibration_table()
    assert not table.duplicated(["model", "n"]).any()
    assert set(forecaster_names()) <= set(table["model"])
    assert {3, 5, 8, 12} <= set(table["n"])
    shares = table[["coverage80", "coverage95", "answered", "brier", "ece"]]
    assert shares.stack().between(0, 1).all()
    assert {"command", "date", "versions", "sets"} <= set(calibration.calibration_source())


def test_the_shipped_table_was_measured_on_the_shipped_prior() -> None:
    # after a change of the prior: run the benchmark, then replace the table (docs/benchmarks/README.md)
    assert calibration.calibration_source()["prior_sha256"] == prior_sha256()


def test_the_words_of_the_default_model_hold_in_the_shipped_table() -> None:
    # the words are used only because this holds (METHODS, section 3)
    for n in (5, 8, 12):
        row = calibration.calibration_at("reference_class", n)
        assert row["observed_very_likely"] > row["observed_likely"] > row["observed_uncertain"]
        assert row["observed_uncertain"] > row["observed_unlikely"] > row["observed_very_unlikely"]


def test_between_measured_lengths_the_shorter_one_speaks() -> None:
    assert calibration.calibration_at("reference_class", 7)["n"] == 5
    assert calibration.calibration_at("reference_class", 40)["n"] == 12
    with pytest.raises(ParameterError, match="nobody"):
        calibration.calibration_at("nobody", 5)


def test_a_reader_cannot_change_the_shipped_table() -> None:
    mine = calibration.calibration_table()
    mine["ece"] = -1.0
    assert (calibration.calibration_table()["ece"].dropna() >= 0).all()


def test_the_reliability_diagram_draws_bins_with_enough_targets() -> None:
    p = np.repeat([0.05, 0.55, 0.95], [30, 30, 5])
    table = probabilities.reliability_table(pd.DataFrame({"met": (p > 0.5).astype(int), "m-p": p}), ["m"])
    ax = Figure().subplots()
    assert charts.reliability(ax, table, ["m"], least=20) is ax
    assert len(ax.collections[0].get_offsets()) == 2
    assert ax.get_xlabel() == "模型给出的达标概率"
    english = charts.reliability(Figure().subplots(), table, ["m"], lang="en")
    assert english.get_ylabel() == "share of targets met"


def test_the_coverage_plot_has_no_mark_where_a_model_refused() -> None:
    table = build_calibration(*small_run(), ["m", "late"])
    ax = Figure().subplots()
    assert charts.coverage(ax, table, ["m", "late"], level=80) is ax
    drawn = [line for line in ax.get_lines() if len(line.get_xdata()) and line.get_alpha() != 0]
    promise, full, late = drawn
    assert set(promise.get_ydata()) == {0.8}
    assert len(full.get_xdata()) == 2
    assert len(late.get_xdata()) == 1


@pytest.mark.parametrize("call", [charts.reliability, charts.coverage])
def test_a_chart_of_a_model_that_was_not_measured_is_refused(call) -> None:
    table = build_calibration(*small_run(), ["m"]).assign(mean_p=0.5, observed=0.5, count=30)
    with pytest.raises(ParameterError, match="other"):
        call(Figure().subplots(), table, ["m", "other"])
    with pytest.raises(ParameterError, match="5"):
        call(Figure().subplots(), table, ["m"] * 6)
