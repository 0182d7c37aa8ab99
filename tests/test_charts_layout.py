"""Text is measured, broken and placed so that nothing runs into anything."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.transforms import Bbox

from zerobay_analysis.charts import style
from zerobay_analysis.charts.layout import Placer, spread, text_width, wrap

FAMILY = style.font_family()
WORDS = st.text(alphabet="估值过亿元企业，。（）abc def%12", max_size=60)


@given(WORDS)
def test_breaking_lines_loses_no_character(text: str) -> None:
    joined = "".join(wrap(text, 60.0, 9.0, FAMILY))
    assert joined.replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="估值过亿元企业基金规模", min_size=1, max_size=60))
def test_chinese_lines_never_exceed_the_width(text: str) -> None:
    assert all(text_width(line, 9.0, FAMILY) <= 60.0 for line in wrap(text, 60.0, 9.0, FAMILY))


def test_no_line_begins_with_closing_punctuation_or_splits_a_word() -> None:
    lines = wrap("数据截至二〇二六年（演示），来源：SHINE与Knews。", 50.0, 9.0, FAMILY)
    assert len(lines) > 2
    assert not any(line[0] in "，。）：" for line in lines)
    assert any("SHINE" in line for line in lines)
    assert any("Knews" in line for line in lines)


def test_a_sequence_is_broken_between_its_parts_only() -> None:
    assert wrap(["大零号湾集团、", "紫竹高新区"], 70.0, 9.0, FAMILY) == ["大零号湾集团、", "紫竹高新区"]


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.floats(1, 60)), min_size=1, max_size=8).map(
        lambda pairs: sorted(pairs)
    )
)
def test_spread_intervals_keep_order_stay_inside_and_do_not_overlap(pairs: list[tuple[float, float]]) -> None:
    wanted, sizes = [p[0] for p in pairs], [p[1] for p in pairs]
    placed = spread(wanted, sizes, 0.0, 1000.0)
    edges = [(c - s / 2, c + s / 2) for c, s in zip(placed, sizes, strict=True)]
    assert edges[0][0] >= -1e-6
    assert edges[-1][1] <= 1000 + 1e-6
    assert all(after[0] >= before[1] - 1e-6 for before, after in itertools.pairwise(edges))


def test_spread_leaves_what_does_not_overlap_where_it_is() -> None:
    assert spread([10.0, 50.0], [5.0, 5.0], 0.0, 100.0) == [10.0, 50.0]


def test_a_label_goes_to_the_first_free_place_and_is_left_out_when_there_is_none() -> None:
    with style.context():
        figure = style.new_figure("slide")
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        placer = Placer(figure, axes.bbox)
        places = ((0, 8), (0, -8))
        first = placer.put(axes, "137", (0.5, 0.5), places)
        second = placer.put(axes, "137", (0.5, 0.5), places)
        third = placer.put(axes, "137", (0.5, 0.5), places)
    assert first is not None
    assert first.xyann == (0, 8)
    assert second is not None
    assert second.xyann == (0, -8)
    assert third is None
    assert len(axes.texts) == 2


@pytest.mark.parametrize("shift", [-1000.0, 2000.0])
def test_nothing_is_free_outside(shift: float) -> None:
    with style.context():
        figure = style.new_figure("slide")
    placer = Placer(figure, Bbox.from_bounds(0, 0, 100, 100))
    assert placer.free(Bbox.from_bounds(10, 10, 5, 5))
    assert not placer.free(Bbox.from_bounds(10 + shift, 10, 5, 5))
