"""What became of comparable targets elsewhere stands beside the probabilities, with its bias."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from zerobay_analysis.assessment.outside_view import outside_views, wilson
from zerobay_analysis.errors import DataError
from zerobay_analysis.plan import load_plan


def test_the_interval_is_wilsons() -> None:
    # by hand from the formula: centre (20/22 + z2/44) / (1 + z2/22) = 0.8483, half-width 0.1264
    assert wilson(20, 22) == pytest.approx((0.722, 0.975), abs=0.0005)
    assert wilson(0, 10)[0] == 0.0


def test_growth_targets_have_a_distribution_of_misses_and_counts_do_not() -> None:
    views = outside_views(load_plan())
    industry = views[4]
    assert (industry.met, industry.decided) == (16, 31)
    assert industry.gap is not None
    assert industry.gap[1] == pytest.approx(0.3)
    assert (views[8].met, views[8].decided) == (77, 231)
    assert (views[3].met, views[3].decided) == (3, 10)
    assert views[6].gap is None


def test_a_growth_target_has_the_outcomes_of_such_targets_for_an_answer() -> None:
    view = outside_views(load_plan())[4]
    assert view.gap is not None
    said = view.outcome(7.0)
    assert said.startswith("16/31；八成结果在")
    assert f"{7 + view.gap[0]:.1f}–{7 + view.gap[2]:.1f}%" in said
    counted = outside_views(load_plan())[6]
    assert counted.outcome(340) == f"{counted.met}/{counted.decided}"


def test_nothing_fits_the_funds_and_the_first_investments() -> None:
    assert {9, 10}.isdisjoint(outside_views(load_plan()))


def test_every_sentence_says_how_the_record_is_selected() -> None:
    for view in outside_views(load_plan()).values():
        assert view.bias.zh in view.sentence.zh
        assert view.bias.en in view.sentence.en
        assert f"{view.met}/{view.decided}" in view.sentence.zh


def test_a_theme_or_an_indicator_that_there_is_not_is_named_with_its_line(tmp_path: Path) -> None:
    text = "indicator,theme,why\n1,st_count,a\n99,weather,b\n"
    (tmp_path / "outside_view.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        outside_views(replace(load_plan(), folder=tmp_path))
    assert [(p.row, p.value) for p in caught.value.problems] == [(3, "99"), (3, "weather")]


def test_a_plan_without_the_table_has_no_outside_view(tmp_path: Path) -> None:
    assert outside_views(replace(load_plan(), folder=tmp_path)) == {}
