"""The default forecaster on single indicators."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast import DEFAULT_FORECASTER, forecaster, forecaster_names
from zerobay_analysis.forecast.panel import forecast_panel
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.forecast.reference_class import ReferenceClass
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Point, Precision, Role

YEARS = (2026, 2027, 2028)


def indicator(kind: Kind = Kind.STOCK, **changes: object) -> Indicator:
    base = Indicator(
        id=7,
        key="firms",
        name_zh="企业",
        name_en="Firms",
        short_zh="企业",
        short_en="Firms",
        action_zh="",
        kind=kind,
        unit_zh="家",
        unit_en="firms",
        direction=1,
        decimals=0,
        whole_number=False,
        lower=None,
        upper=None,
        owners=("区科委",),
        document="doc",
        section="annex 1",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def point(
    time: float,
    value: float,
    half: float = 0.0,
    role: Role = Role.OWN,
    group: str = "",
    through: float = 1.0,
) -> Point:
    return Point(
        observation=f"{group}{time}",
        time=time,
        value=value,
        lower=value - half,
        upper=value + half,
        reported=value,
        precision=Precision.EXACT,
        role=role,
        group=group,
        through=through,
        label=f"{value:g}家",
        published=date(2026, 1, 31),
        source="s",
        caveat="",
    )


def evidence(*points: Point, of: Indicator | None = None) -> Evidence:
    ordered = tuple(sorted(points, key=lambda p: p.time))
    return Evidence(indicator=of or indicator(), points=ordered, as_of=date(2026, 6, 30))


def history(*values: float, end: int = 2025, of: Indicator | None = None) -> Evidence:
    first = end - len(values) + 1
    return evidence(*(point(first + i, v) for i, v in enumerate(values)), of=of)


def run(given: Evidence, years: tuple[int, ...] = YEARS, seed: int = 0, n_paths: int = 20_000) -> Forecast:
    return ReferenceClass().forecast(given, years, n_paths=n_paths, seed=seed)


def width(forecast: Forecast, year: int) -> float:
    return forecast.quantile(0.9, year) - forecast.quantile(0.1, year)


def test_is_the_default_and_an_unknown_name_is_refused_with_the_list() -> None:
    assert forecaster().name == DEFAULT_FORECASTER == forecaster_names()[0]
    with pytest.raises(ParameterError, match=r"reference_class.*ols_linear"):
        forecaster("magic")


def test_exact_yearly_figures_give_what_the_panel_gives() -> None:
    values = [70.0, 81.0, 88.0, 97.0, 112.0]
    import pandas as pd

    frame = pd.DataFrame({"unique_id": "a", "ds": range(2021, 2026), "y": values})
    panel = forecast_panel(frame, 3, quantiles=(0.1, 0.5, 0.9))
    single = run(history(*values), n_paths=200_000)
    for row, year in zip(panel.itertuples(index=False), YEARS, strict=True):
        got = [single.quantile(q, year) for q in (0.1, 0.5, 0.9)]
        assert got == pytest.approx(list(row[-3:]), rel=0.01)


def test_one_figure_is_enough_and_is_the_centre() -> None:
    forecast = run(history(100.0))
    assert 95 < forecast.quantile(0.5, 2026) < 110
    assert forecast.n_points == 1


def test_only_proxies_are_declined_with_a_reason_in_both_languages() -> None:
    given = evidence(
        point(2023, 500, role=Role.PROXY, group="p"), point(2024, 550, role=Role.PROXY, group="p")
    )
    with pytest.raises(ForecastDeclined, match=r"水平无法确定.*do not determine the level"):
        run(given)


def test_a_proxy_informs_growth_but_not_level() -> None:
    alone = run(history(100.0))
    proxies = [point(2018 + i, 5000 * 1.2**i, role=Role.PROXY, group="p") for i in range(8)]
    informed = run(evidence(point(2025, 100.0), *proxies))
    assert informed.quantile(0.5, 2028) > 1.2 * alone.quantile(0.5, 2028)
    assert informed.quantile(0.5, 2026) < 150


def test_an_outlier_changes_nothing() -> None:
    base = [point(2024, 100.0), point(2025, 104.0)]
    with_outlier = evidence(*base, point(2023, 900.0, role=Role.OUTLIER))
    assert np.array_equal(run(with_outlier).paths, run(evidence(*base)).paths)


def test_only_doubtful_figures_anchor_on_the_latest_and_say_so() -> None:
    given = evidence(
        point(2023, 112, role=Role.DOUBTFUL, group="a"),
        point(2023 + 5 / 12, 137, role=Role.DOUBTFUL, group="b"),
    )
    forecast = run(given, (2024, 2025, 2026))
    assert 130 < forecast.quantile(0.5, 2024) < 165
    assert any("基准" in note for note in forecast.notes)


def test_a_doubtful_jump_is_half_believed() -> None:
    sure = run(evidence(point(2024, 100), point(2025, 150)))
    doubt = run(evidence(point(2024, 100, role=Role.DOUBTFUL, group="d"), point(2025, 150)))
    alone = run(evidence(point(2025, 150)))
    medians = [f.quantile(0.5, 2028) for f in (alone, doubt, sure)]
    assert medians == sorted(medians)
    assert medians[2] - medians[0] > 1


def test_a_rounded_figure_widens_the_forecast() -> None:
    exact = run(evidence(point(2024, 205), point(2025, 210)))
    vague = run(evidence(point(2024, 205), point(2025, 210, half=40)))
    assert width(vague, 2026) > width(exact, 2026)


def test_a_year_already_reported_exactly_is_not_uncertain() -> None:
    forecast = run(history(90, 95, 103, 110), (2024, 2025, 2026))
    assert np.allclose(forecast.values(2025), 110, rtol=1e-6)
    assert np.allclose(forecast.values(2024), 103, rtol=1e-6)
    assert width(forecast, 2026) > 1


def test_the_same_seed_gives_the_same_paths() -> None:
    assert np.array_equal(run(history(3, 4, 5)).paths, run(history(3, 4, 5)).paths)
    assert not np.array_equal(run(history(3, 4, 5)).paths, run(history(3, 4, 5), seed=1).paths)
