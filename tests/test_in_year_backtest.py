"""The year's end is told better than by scaling with the months, and as surely as is said."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from benchmarks.in_year import (
    MONTHS,
    Years,
    backtest_ledger,
    backtest_series,
    learn,
    shipped_series,
    summary,
)
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import Kind, load_plan


def seasonal(seed: int, years: int = 9) -> Years:
    """Amounts that come late in the year, around a slow growth."""
    rng = np.random.default_rng(seed)
    shares = np.array([0.05, 0.15, 0.25, 0.55]) * rng.lognormal(0, 0.08, (years, 4))
    totals = 100 * 1.06 ** np.arange(years) * rng.lognormal(0, 0.08, years)
    return Years(f"s{seed}", shares / shares.sum(axis=1, keepdims=True) * totals[:, None])


@pytest.fixture(scope="module")
def turnover() -> pd.DataFrame:
    (years,) = (s for s in shipped_series() if s.name == "elec_equip")
    return summary(backtest_series([years], Kind.FLOW, origins=8))


@pytest.fixture(scope="module")
def late() -> pd.DataFrame:
    return summary(backtest_series([seasonal(k) for k in range(12)], Kind.FLOW, origins=1))


def test_on_a_public_seasonal_series_it_beats_proportional_scaling(turnover: pd.DataFrame) -> None:
    assert (turnover["in_year"] < 0.8 * turnover["proportional"]).all()
    assert (turnover["in_year"] < turnover["ignoring"]).all()


def test_when_most_comes_late_it_beats_proportional_scaling_by_far(late: pd.DataFrame) -> None:
    assert late["months"].tolist() == list(MONTHS)
    assert (late["in_year"] < 0.3 * late["proportional"]).all()
    assert (late["in_year"] <= 1.05 * late["ignoring"]).all()
    assert late["in_year"].iloc[-1] < late["in_year"].iloc[0]


def test_the_interval_covers_about_as_often_as_it_says(turnover: pd.DataFrame, late: pd.DataFrame) -> None:
    both = pd.concat([turnover, late])
    assert 0.65 <= np.average(both["coverage80"], weights=both["cases"]) <= 0.95


def test_a_rate_is_told_better_the_further_the_year_has_gone() -> None:
    table = summary(backtest_series([seasonal(k) for k in range(8)], Kind.RATE, origins=1))
    assert table["in_year"].is_monotonic_decreasing
    assert table["in_year"].iloc[-1] < 0.7 * table["ignoring"].iloc[-1]


def test_on_the_demo_ledger_it_beats_proportional_scaling_for_flows_and_for_rates() -> None:
    cases = backtest_ledger(load_ledger("demo"), load_plan(), date(2026, 11, 22))
    table = summary(cases)
    assert set(cases["name"]) == {
        "rd_intensity",
        "industrial_output_growth",
        "st_services_growth",
        "new_high_tech_firms",
    }
    assert set(cases["year"]) == {2023, 2024, 2025}
    assert (table["cases"] >= 3).all()
    errors = table.groupby("kind")[["in_year", "proportional"]].mean()
    assert (errors["in_year"] < errors["proportional"]).all()


def test_the_demo_backtest_sees_no_later_figure() -> None:
    ledger, plan = load_ledger("demo"), load_plan()
    early = backtest_ledger(ledger, plan, date(2025, 3, 1))
    late = backtest_ledger(ledger, plan, date(2026, 11, 22))
    both = early.merge(late, on=["name", "year", "months"], suffixes=("", "_later"))
    assert len(both) == len(early) > 0
    assert (both["in_year"] == both["in_year_later"]).all()


def test_learning_finds_the_constants_of_a_made_up_class() -> None:
    """Equal independent quarters: what is left of the year is as uncertain as its length says."""
    rng = np.random.default_rng(1)
    made = [Years(str(k), 25 + rng.normal(0, 1, (40, 4))) for k in range(60)]
    table = learn(made).set_index("months")
    # var(share) over var(log change): p(1-p)/p**2 / 2 with p of the year gone, see the module
    expected = [np.sqrt((1 - m / 12) / (m / 12) / 2) for m in MONTHS]
    assert table["flow"].tolist() == pytest.approx(expected, rel=0.1)


def test_a_series_is_refused_unless_positive_and_long_enough() -> None:
    from benchmarks.in_year import _by_year

    assert _by_year("short", range(1, 20), 4) is None
    assert _by_year("zero", [0.0] * 40, 4) is None
    kept = _by_year("kept", range(1, 42), 4)
    assert kept is not None
    assert kept.table.shape == (10, 4)
