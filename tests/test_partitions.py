"""A partitioned panel gets the figures of the panel in one piece, or a word on why it cannot."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.forecast import forecast_panel
from zerobay_analysis.forecast.partitions import forecast_partitions

dd = pytest.importorskip("dask.dataframe", reason="needs the extra 'cluster'")


def panel(n: int = 60, seed: int = 3) -> pd.DataFrame:
    """Series of 1 to 9 years, some with gaps, some with a zero or a negative value."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(n):
        years = np.sort(rng.choice(np.arange(2014, 2025), size=rng.integers(1, 10), replace=False))
        y = np.exp(rng.normal(3, 1) + np.cumsum(rng.normal(0.05, 0.2, len(years))))
        if number % 7 == 0:
            y = y - y.mean() + 0.5
        parts.append(pd.DataFrame({"unique_id": f"park {number:03d}", "ds": years, "y": y}))
    return pd.concat(parts, ignore_index=True)


def equal(answer: object, whole: pd.DataFrame) -> None:
    """Every figure to twelve digits, whatever the order of the partitions."""
    found = answer.compute()  # type: ignore[attr-defined]
    found = found.astype({"unique_id": object}).sort_values(["unique_id", "ds"], ignore_index=True)
    pd.testing.assert_frame_equal(found, whole, rtol=1e-12, atol=0)


@pytest.mark.parametrize("partitions", [1, 2, 5, 13])
@pytest.mark.parametrize("kind", ["stock", "cumulative", "rate"])
def test_figures_do_not_depend_on_the_partitions(partitions: int, kind: str) -> None:
    frame = panel()
    parts = dd.from_pandas(frame.set_index("unique_id"), npartitions=partitions)
    answer = forecast_partitions(parts, 3, (0.1, 0.5, 0.9), kind)
    equal(answer, forecast_panel(frame, 3, (0.1, 0.5, 0.9), kind))


def test_the_reference_class_is_that_of_the_panel() -> None:
    answer = forecast_partitions(
        dd.from_pandas(panel(20), npartitions=2).set_index("unique_id"), 2, (0.5,), "stock", "patents"
    )
    equal(answer, forecast_panel(panel(20), 2, (0.5,), "stock", "patents"))
    assert not np.allclose(answer.compute()["q0.5"], forecast_panel(panel(20), 2, (0.5,))["q0.5"])
    assert list(answer.columns) == list(answer.compute().columns)
    assert (answer.dtypes == answer.compute().dtypes).all()


def test_a_series_in_several_partitions_is_refused_by_name_or_brought_together() -> None:
    frame = panel().sort_values("ds", ignore_index=True)  # by year, as a file that grew year by year
    parts = dd.from_pandas(frame, npartitions=4)
    with pytest.raises(DataError) as refused:
        forecast_partitions(parts, 2)
    (problem,) = refused.value.problems
    assert "park 00" in problem.value
    assert "shuffle=True" in problem.cure
    equal(forecast_partitions(parts, 2, shuffle=True), forecast_panel(frame, 2))


def test_whole_series_without_an_index_are_found_to_be_whole() -> None:
    frame = panel(12)
    parts = dd.concat([dd.from_pandas(part, npartitions=1) for _, part in frame.groupby("unique_id")])
    equal(forecast_partitions(parts, 1), forecast_panel(frame, 1))
    equal(
        forecast_partitions(parts[parts["unique_id"] > "park 005"], 1),
        forecast_panel(frame[frame["unique_id"] > "park 005"], 1),
    )


def test_what_is_wrong_is_said_at_once_or_names_its_partition() -> None:
    frame = panel(10)
    parts = dd.from_pandas(frame.set_index("unique_id"), npartitions=3)
    with pytest.raises(ParameterError, match="horizon"):
        forecast_partitions(parts, 0)
    with pytest.raises(ParameterError, match="Dask DataFrame"):
        forecast_partitions(frame, 1)
    with pytest.raises(DataError) as missing:
        forecast_partitions(parts[["ds"]], 1)
    assert [problem.column for problem in missing.value.problems] == ["y"]
    bad = dd.from_pandas(frame.assign(y=frame["y"].where(frame["unique_id"] != "park 004")), npartitions=1)
    with pytest.raises(DataError) as wrong:
        forecast_partitions(bad, 1).compute()
    assert wrong.value.problems[0].file == "partition of 'park 000'"


def test_a_missing_extra_names_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.dataframe", None)
    with pytest.raises(ParameterError, match=r"pip install 'zerobay_analysis\[cluster\]'"):
        forecast_partitions(panel(1), 1)  # type: ignore[arg-type]
