"""What each figure does to the answer, and that figures in conflict make it less sure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decision_cases import evidence, point
from zerobay_analysis.assessment.influence import Influence, leave_one_out
from zerobay_analysis.assessment.outlook import assess_indicator
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.ledger import load_ledger
from zerobay_analysis.plan import Kind, load_plan
from zerobay_analysis.series import Evidence, Point
from zerobay_analysis.series import evidence as known_evidence

LEVELS = {2021: 95.0, 2022: 101.0, 2023: 108.0, 2024: 115.0, 2025: 123.0}


def levels() -> list[Point]:
    return [point(float(year), value) for year, value in LEVELS.items()]


def influence(known: Evidence) -> Influence:
    return leave_one_out(load_plan(), known, n_paths=2000, seed=3)


def relative_width(points: list[Point], kind: Kind = Kind.STOCK, year: int = 2026) -> float:
    known = evidence(kind, points)
    made = ReferenceClass().forecast(known, [2025, 2026, 2028], n_paths=4000, seed=5)
    low, middle, high = (made.quantile(q, year) for q in (0.1, 0.5, 0.9))
    return (high - low) / middle


# --- leave one out ----------------------------------------------------------------------------


def test_weights_are_shares_and_the_latest_level_weighs_most() -> None:
    found = influence(evidence(Kind.STOCK, levels()))
    weights = [figure.weight for figure in found.figures]
    assert len(weights) == 5
    assert sum(w for w in weights if w is not None) == pytest.approx(1.0)
    assert np.argmax([w or 0 for w in weights]) == 4


def test_the_answer_without_a_figure_is_the_outlook_without_it() -> None:
    points = levels()
    found = influence(evidence(Kind.STOCK, points))
    plain = assess_indicator(load_plan(), evidence(Kind.STOCK, points[:-1]), n_paths=2000, seed=3)
    assert found.figures[-1].p_met == tuple(t.p_met for t in plain.targets)
    assert found.figures[-1].q50 == tuple(t.q50 for t in plain.targets)


def test_a_high_last_figure_raises_the_probability_and_a_low_one_lowers_it() -> None:
    base = levels()[:-1]
    for value, sign in ((150.0, 1), (112.0, -1)):
        found = influence(evidence(Kind.STOCK, [*base, point(2025.0, value)]))
        (last,) = (figure for figure in found.figures if figure.point.time == 2025)
        assert sign * (found.outlook.targets[-1].p_met - last.p_met[-1]) > 0.02


def test_the_only_figure_that_fixes_the_level_is_decisive() -> None:
    other = [point(float(y), 3 * v, role="proxy", group="全区") for y, v in LEVELS.items()]
    found = influence(evidence(Kind.STOCK, [*other, point(2025.0, 123.0, observation="own")]))
    decisive = {f.point.observation: f.decisive for f in found.figures}
    assert [name for name, yes in decisive.items() if yes] == ["own"]
    (own,) = (f for f in found.figures if f.decisive)
    assert own.p_met == (None, None, None)
    assert sum(f.weight or 0 for f in found.figures) == pytest.approx(1.0)


def test_without_a_forecast_there_is_nothing_to_weigh() -> None:
    found = influence(evidence(Kind.STOCK, [point(2025.0, 300, role="proxy", group="全区")]))
    assert found.figures == ()


def test_outliers_and_early_months_that_later_ones_contain_weigh_nothing() -> None:
    ledger, plan = load_ledger("demo"), load_plan()
    found = influence(known_evidence(ledger, plan, 4, date(2026, 11, 22)))
    names = {f.point.label: f.weight for f in found.figures if f.point.time == 2026}
    assert "超42%" not in {f.point.label for f in found.figures}
    assert names["6.9%"] == names["7.5%"] == 0.0
    assert (names["7.1%"] or 0) > 0.1


def test_the_same_seed_gives_the_same_weights() -> None:
    known = evidence(Kind.STOCK, levels())
    assert influence(known).figures == influence(known).figures


# --- conflicts --------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.floats(0.03, 0.4), st.booleans())
def test_a_conflicting_figure_at_the_same_date_widens_the_interval(size: float, above: bool) -> None:
    points = levels()
    other = replace(
        point(2025.0, 123.0 * (1 + size if above else 1 / (1 + size))), observation="conflict", source="S2"
    )
    for year in (2025, 2026, 2028):
        assert relative_width([*points, other], year=year) > relative_width(points, year=year)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 8.0))
def test_a_conflicting_rate_widens_the_interval(size: float) -> None:
    points = [point(float(year), value / 10) for year, value in LEVELS.items()]
    other = replace(point(2025.0, 12.3 + size), observation="conflict")

    def width(known: list[Point]) -> float:
        made = ReferenceClass().forecast(evidence(Kind.RATE, known), [2026], n_paths=4000, seed=5)
        return made.quantile(0.9, 2026) - made.quantile(0.1, 2026)

    assert width([*points, other]) > width(points)


def test_the_further_two_figures_disagree_the_less_sure_is_the_year() -> None:
    def width(value: float) -> float:
        other = replace(point(2025.0, value), observation="conflict")
        return relative_width([*levels(), other], year=2025)

    widths = [width(value) for value in (124.0, 128.0, 135.0, 150.0)]
    assert widths == sorted(widths)
    assert widths[0] > 0


def test_both_figures_of_a_conflict_are_weighed() -> None:
    ledger, plan = load_ledger("demo"), load_plan()
    found = influence(known_evidence(ledger, plan, 7, date(2026, 11, 22)))
    of_2025 = [f for f in found.figures if f.point.time == 2025]
    assert len(of_2025) == 2
    assert all(f.weight is not None and f.weight > 0 for f in of_2025)
