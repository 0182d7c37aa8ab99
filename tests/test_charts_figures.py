"""Every chart shows its facts, and no text runs into another or off the picture."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from tests import charts_cases as cases
from zerobay_analysis.assessment.outlook import Grade, IndicatorOutlook, assess_indicator
from zerobay_analysis.charts import marks, style, words
from zerobay_analysis.charts.fan import fan, fan_figure
from zerobay_analysis.charts.heat import heat_figure
from zerobay_analysis.charts.layout import value_range
from zerobay_analysis.charts.multiples import multiples_figure
from zerobay_analysis.language import in_language
from zerobay_analysis.series import Precision, Role

OUTLOOKS = {f"indicator {o.indicator.id}": o for o in cases.all_eleven()} | {
    "long history": cases.long_history(),
    "flow with a year to date": cases.flow(),
    "rate below zero": cases.rate_with_falls(),
    "nearly certain": cases.outlook(
        6, (cases.point(2025, 400),), cases.paths(400, 0.05, 0.02, range(2026, 2029)), Grade.C
    ),
    "wide fan": cases.outlook(
        9, (cases.point(2023, 150),), cases.paths(150, 0.2, 0.9, range(2024, 2029)), Grade.C
    ),
}
LANGS = ("zh", "en")
TOUCHING = 0.75
"""Pixels by which two boxes may share an edge."""


def visible_texts(figure: Figure) -> list[Text]:
    """Texts of a figure as it is drawn, the watermark left out."""
    figure.draw_without_rendering()
    switched_off = {
        label
        for axes in figure.axes
        if not axes.axison
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels()
    }
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
        if text.get_gid() != "watermark" and text not in switched_off
    ]


def boxes(figure: Figure) -> tuple[list[str], NDArray[np.float64]]:
    """Texts and their boxes (x0, y0, x1, y1) in pixels, the frame round a text included."""
    with style.context():
        texts = visible_texts(figure)
        found = [(text.get_bbox_patch() or text).get_window_extent().extents for text in texts]
    return [text.get_text() for text in texts], np.array(found)


def assert_no_text_collides(figure: Figure) -> None:
    """No two texts overlap, and none leaves the figure."""
    texts, box = boxes(figure)
    outside = (box[:, :2] < 0).any(axis=1) | (box[:, 2:] > figure.bbox.max).any(axis=1)
    assert [text for text, out in zip(texts, outside, strict=True) if out] == [], "leave the figure"
    low, high = box[:, None, :2] + TOUCHING, box[:, None, 2:] - TOUCHING
    meets = (low < high.swapaxes(0, 1)).all(axis=2) & (low.swapaxes(0, 1) < high).all(axis=2)
    pairs = np.argwhere(np.triu(meets, k=1))
    assert [(texts[i], texts[j]) for i, j in pairs] == [], "overlap"


@cache
def drawn_fan(name: str, size: str, lang: str) -> Figure:
    """Fan chart of one case, drawn once for all tests that only look at it."""
    return fan_figure(OUTLOOKS[name], lang=lang, size=size)


def said(figure: Figure) -> str:
    return "\n".join(boxes(figure)[0])


@pytest.fixture(autouse=True)
def missing_glyphs_are_errors() -> Iterable[None]:
    """A character without a glyph, or a font not found, fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", ["slide", "page"])
@pytest.mark.parametrize("name", OUTLOOKS)
def test_no_text_of_a_fan_chart_collides(name: str, size: str, lang: str) -> None:
    assert_no_text_collides(drawn_fan(name, size, lang))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", ["slide", "page"])
def test_no_text_of_the_heat_table_collides(size: str, lang: str) -> None:
    assert_no_text_collides(heat_figure(cases.all_eleven(), lang=lang, size=size))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", ["wide", "full_page"])
def test_no_text_of_the_small_multiples_collides(size: str, lang: str) -> None:
    assert_no_text_collides(multiples_figure(cases.all_eleven(), lang=lang, size=size))


@pytest.fixture(scope="module")
def public_record() -> tuple[IndicatorOutlook, ...]:
    """The shipped public record, assessed with few paths."""
    from zerobay_analysis.ledger import load_ledger
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.series import evidence

    plan, ledger, day = load_plan(), load_ledger("public"), date(2026, 11, 22)
    return tuple(
        assess_indicator(plan, evidence(ledger, plan, i.id, day), n_paths=2000) for i in plan.indicators
    )


@pytest.mark.parametrize("lang", LANGS)
def test_no_text_collides_on_the_public_record(
    public_record: tuple[IndicatorOutlook, ...], lang: str
) -> None:
    publishers = {point.source: "新华社（转 东南网）" for o in public_record for point in o.evidence.points}
    for outlook in public_record:
        assert_no_text_collides(fan_figure(outlook, publishers=publishers, lang=lang))
    assert_no_text_collides(heat_figure(public_record, lang=lang))
    assert_no_text_collides(multiples_figure(public_record, lang=lang))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", OUTLOOKS)
def test_a_fan_chart_says_targets_probabilities_grade_day_and_sources(name: str, lang: str) -> None:
    outlook = OUTLOOKS[name]
    text = said(drawn_fan(name, "slide", lang))
    for target in outlook.targets:
        assert words.number(target.target, outlook.indicator, lang) in text
        if target.p_met is not None:
            assert words.verdict_label(target, lang) in text
    flat = text.replace("\n", "").replace(" ", "")
    grade = "证据等级" if lang == "zh" else "evidencegrade"
    assert f"{grade}{outlook.grade}" in flat
    assert "2026-11-22" in flat
    assert ("来源" if lang == "zh" else "Sources") in flat
    assert outlook.indicator.unit(lang) in text
    if outlook.forecast is None:
        assert words.without_probability(outlook, lang).replace(" ", "") in flat


def test_the_latest_figure_is_named_in_its_sources_words() -> None:
    assert "超200" in said(fan_figure(OUTLOOKS["indicator 9"]))
    assert "over 200" in said(fan_figure(OUTLOOKS["indicator 9"], lang="en"))


def test_every_figure_is_drawn_by_definition_and_exactness() -> None:
    outlook = cases.outlook(
        7,
        (
            cases.point(2021, 100),
            cases.point(2022, 110, Precision.ABOUT, width=5),
            cases.point(2023, 120, role=Role.DOUBTFUL),
            cases.point(2024, 90, role=Role.PROXY),
            cases.point(2025, 160, role=Role.OUTLIER),
        ),
    )
    with style.context():
        axes = style.new_figure("slide").add_axes((0.1, 0.1, 0.8, 0.8))
        fan(axes, outlook)
    drawn = {
        line.get_marker(): line.get_markerfacecolor()
        for line in axes.get_lines()
        if line.get_marker() not in ("None", "o")
    }
    assert drawn == {"s": style.INK, "D": style.PROXY, "x": style.PROXY}
    circles = [line.get_markerfacecolor() for line in axes.get_lines() if line.get_marker() == "o"]
    assert circles == [style.INK, style.PAPER]


def test_a_figure_far_out_of_range_stands_at_the_edge_with_an_arrow() -> None:
    outlook = OUTLOOKS["indicator 2"]
    limit = marks.limits(outlook)
    assert not limit.holds(101_800)
    assert "10.18万 ↑" in said(fan_figure(outlook))


def test_a_95_percent_band_cut_off_by_the_edge_says_how_far_it_goes() -> None:
    outlook = OUTLOOKS["wide fan"]
    assert outlook.forecast is not None
    reach = outlook.forecast.quantile(0.975, 2028)
    assert not marks.limits(outlook).holds(reach)
    told = next(text for text in said(fan_figure(outlook)).splitlines() if text.startswith("95%"))
    assert float(told.removeprefix("95% ↑")) == pytest.approx(reach, rel=0.01)


@pytest.mark.parametrize("name", OUTLOOKS)
def test_targets_official_figures_and_the_80_percent_interval_are_always_in_range(name: str) -> None:
    outlook = OUTLOOKS[name]
    limit = marks.limits(outlook)
    for target in outlook.targets:
        assert limit.holds(target.target)
        assert limit.x[0] < target.year < limit.x[1]
        if target.q10 is not None and target.q90 is not None:
            assert limit.holds(target.q10)
            assert limit.holds(target.q90)
    for point in outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL):
        assert limit.holds(point.reported)
        assert limit.x[0] < marks.place(outlook, point) < limit.x[1]


@pytest.mark.parametrize("name", OUTLOOKS)
def test_a_path_leads_from_the_latest_figure_to_each_target_and_the_key_tells_its_pace(name: str) -> None:
    outlook = OUTLOOKS[name]
    start = outlook.evidence.latest
    ends = {
        tuple(map(tuple, np.asarray(line.get_xydata()).tolist()))
        for line in drawn_fan(name, "slide", "zh").axes[0].get_lines()
        if str(line.get_gid()).startswith("target.t") and line.is_dashed()
    }
    if start is None:
        assert ends == set() and words.paces(outlook) == ""
        return
    ahead = [t for t in outlook.targets if t.target > start.reported]
    here = (marks.place(outlook, start), start.reported)
    assert ends == {(here, (float(t.year), t.target)) for t in ahead}
    for target in outlook.targets if outlook.targets[0].required_per_year else ():
        step = r"已达到" if target not in ahead else r"[^、]*\+[\d.,]+"
        assert re.search(rf"{target.year}年[^、]*{step}", words.paces(outlook))


def test_a_levels_target_of_this_year_tells_its_whole_step_and_a_flows_its_step_a_year() -> None:
    assert "2026年底前 +112、2027年 每年+49" in words.paces(OUTLOOKS["indicator 6"])
    assert "2026年 每年+" in words.paces(OUTLOOKS["rate below zero"])


@pytest.mark.parametrize("name", OUTLOOKS)
def test_the_day_is_a_line_with_its_date_below(name: str) -> None:
    outlook, figure = OUTLOOKS[name], drawn_fan(name, "slide", "zh")
    (line,) = [line for line in figure.axes[0].get_lines() if line.get_gid() == marks.TODAY]
    year_end = 2025 + (10 + 22 / 30) / 12
    assert line.get_xdata()[0] == pytest.approx(year_end + 0.5 * outlook.evidence.yearly)
    assert "截至 2026-11-22" in said(figure)


def test_a_level_is_a_curve_that_never_overshoots_and_a_flow_a_step_a_year() -> None:
    level, yearly = OUTLOOKS["long history"], OUTLOOKS["flow with a year to date"]
    assert level.forecast is not None and yearly.forecast is not None
    levels = (0.025, 0.1, 0.5, 0.9, 0.975)
    times, rows = marks.path(level, level.forecast, levels)
    assert np.isfinite(rows).all() and (np.diff(rows, axis=0) >= 0).all()
    for year in level.forecast.years:
        within = (times >= year - 1) & (times <= year)
        ends = rows[:, within][:, [0, -1]]
        assert rows[:, within][:, -1] == pytest.approx(level.forecast.quantiles(levels, int(year)))
        assert (rows[:, within] <= ends.max(axis=1)[:, None] + 1e-9).all()
        assert (rows[:, within] >= ends.min(axis=1)[:, None] - 1e-9).all()
    times, rows = marks.path(yearly, yearly.forecast, levels)
    assert [round(float(t), 2) for t in times[:5]] == [
        2025.58,
        2026.42,
        pytest.approx(np.nan, nan_ok=True),
        2026.58,
        2027.42,
    ]
    assert (rows[:, 0] == yearly.forecast.quantiles(levels, 2026)).all()
    assert (rows[:, 0] == rows[:, 1]).all()


def test_a_year_to_date_stands_in_its_year_tied_to_the_same_months_of_the_year_before() -> None:
    history = tuple(cases.point(2020 + i, v) for i, v in enumerate([70, 92, 81, 110, 96, 105]))
    parts = [(2025, 20, 0.25), (2025, 48, 0.5), (2026, 25, 0.25), (2026, 55, 0.5)]
    points = (*history, *(cases.point(year, v, through=share) for year, v, share in parts))
    outlook = cases.outlook(5, points, cases.paths(100, 0.01, 0.15, range(2026, 2029)), Grade.A)
    with style.context():
        axes = style.new_figure("slide").add_axes((0.1, 0.1, 0.8, 0.8))
        fan(axes, outlook)
    half = {line.get_gid() for line in axes.get_lines() if line.get_fillstyle() == "left"}
    assert half == {"figure.o2025-48.", "figure.o2026-55."}
    ties = [
        np.asarray(line.get_xydata()).tolist() for line in axes.get_lines() if line.get_gid() == marks.TREND
    ]
    assert [[2025.0, 48.0], [2026.0, 55.0]] in ties
    assert "◐" in words.key(outlook, marks.drawn(outlook))


def test_every_value_axis_starts_at_zero_or_says_that_it_does_not() -> None:
    for outlook in OUTLOOKS.values():
        low, high = marks.limits(outlook).y
        assert low == 0 or low < 0 or low > 0.3 * high
        assert ("纵轴不从0起" in words.key(outlook, (), from_zero=low <= 0)) == (low > 0)
    assert value_range(40, 100)[0] == 0 and value_range(50, 100)[0] > 0 and value_range(-3, 9)[0] < -3


def test_a_scenario_is_held_against_the_baseline_on_the_same_axes() -> None:
    base = OUTLOOKS["long history"]
    moved = dataclasses.replace(base, forecast=cases.paths(127, 0.2, 0.05, range(2026, 2029)))
    figure = fan_figure(moved, base=base)
    assert figure.axes[0].get_ylim() == fan_figure(base, base=moved).axes[0].get_ylim()
    assert "无情景" in said(figure)
    assert_no_text_collides(figure)


@pytest.mark.parametrize(
    "build",
    [fan_figure, lambda o: heat_figure([o]), lambda o: multiples_figure([o])],
    ids=["fan", "heat", "multiples"],
)
def test_made_up_data_is_watermarked_and_real_data_is_not(
    build: Callable[[IndicatorOutlook], Figure],
) -> None:
    marked = [
        [text.get_text() for text in build(outlook).findobj(Text) if text.get_gid() == "watermark"]
        for outlook in (cases.flow(synthetic=True), cases.flow(synthetic=False))
    ]
    assert marked == [["演示数据"], []]


@pytest.mark.parametrize("lang", LANGS)
def test_the_heat_table_has_number_target_verdict_grade_and_owner_of_every_indicator(lang: str) -> None:
    outlooks = cases.all_eleven()
    text = said(heat_figure(outlooks, lang=lang))
    for outlook in outlooks:
        assert f"\n{outlook.indicator.id}\n" in text
        owner = in_language(outlook.indicator.owners[0], lang)
        assert all(word in text for word in owner.split())
        for target in outlook.targets:
            assert words.number(target.target, outlook.indicator, lang) in text
            assert words.verdict_label(target, lang) in text


def test_small_multiples_show_every_probability_and_its_absence() -> None:
    outlooks = cases.all_eleven()
    text = said(multiples_figure(outlooks))
    for outlook in outlooks:
        for target in outlook.targets:
            assert target.p_met is None or words.verdict_mark(target) in text
    assert text.count("— 无法给出概率") == 9 + 1  # the key has one


def test_a_figure_keeps_its_font_outside_the_house_style() -> None:
    figure = fan_figure(OUTLOOKS["indicator 7"])
    mpl.rcParams["font.family"] = ["DejaVu Sans"]
    families = {tuple(text.get_fontfamily()) for text in visible_texts(figure)}
    assert families == {(style.font_family(),)}
