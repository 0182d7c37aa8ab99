"""What 约, 超, 近 and 余 allow a figure to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.ledger.notation import (
    QUALIFIERS,
    Precision,
    allowed_range,
    phrase,
    precision_of,
    round_step,
)

FIGURES = st.one_of(
    st.integers(1, 10**7).map(float),
    st.tuples(st.integers(1, 99), st.integers(-1, 5)).map(lambda pair: float(f"{pair[0]}e{pair[1]}")),
)


@pytest.mark.parametrize(
    ("value", "qualifier", "allowed"),
    [
        (200, "超", (200, 250)),
        (1000, "千余名", (1000, 1200)),
        (4000, "余", (4000, 4500)),
        (600, "逾", (600, 700)),
        (460, "超", (460, 470)),
        (13000, "余", (13000, 14000)),
        (4, "首超", (4, 4.5)),
        (500, "近", (450, 500)),
        (700, "近", (650, 700)),
        (150, "exact-rounded", (145, 155)),
        (20, "约", (18, 22)),
        (660, "约", (643.5, 676.5)),
        (10, "左右", (9, 11)),
        (3496, "预计", (3408.6, 3583.4)),
        (137, "exact", (137, 137)),
        (137, "", (137, 137)),
        (-10, "超", (-12, -10)),
        (-10.2, "exact", (-10.2, -10.2)),
    ],
)
def test_a_word_allows_this_much(value: float, qualifier: str, allowed: tuple[float, float]) -> None:
    assert allowed_range(value, precision_of(qualifier)) == pytest.approx(allowed)


@given(FIGURES, st.sampled_from(list(Precision)))
def test_the_printed_figure_is_always_allowed(value: float, precision: Precision) -> None:
    lower, upper = allowed_range(value, precision)
    assert 0 <= lower <= value <= upper
    assert upper - lower <= 0.25 * value * (1 + 1e-9)
    assert (lower == upper) == (precision is Precision.EXACT)


@given(FIGURES, st.sampled_from(list(Precision)), st.integers(1, 4))
def test_the_rule_does_not_depend_on_the_unit(value: float, precision: Precision, power: int) -> None:
    scaled = allowed_range(value * 10**power, precision)
    assert scaled == pytest.approx([bound * 10**power for bound in allowed_range(value, precision)])


@given(FIGURES, st.sampled_from(list(Precision)))
def test_a_fall_is_the_mirror_of_a_rise(value: float, precision: Precision) -> None:
    lower, upper = allowed_range(value, precision)
    assert allowed_range(-value, precision) == (-upper, -lower)


@given(FIGURES)
def test_the_next_round_number_is_above_and_near(value: float) -> None:
    assert 0 < round_step(value) <= 0.25 * value * (1 + 1e-9)


def test_nothing_is_over_zero() -> None:
    assert allowed_range(0, Precision.EXACT) == (0, 0)
    with pytest.raises(ParameterError):
        allowed_range(0, Precision.AT_LEAST)


@pytest.mark.parametrize(
    ("value", "qualifier", "unit", "text"),
    [
        (200, "超", "亿元", "超200亿元"),
        (50, "逾(超)", "%", "逾50%"),
        (60, "多(余)", "家", "60多家"),
        (4.4, "左右", "%", "4.4%左右"),
        (1000, "千余名", "人", "千余名"),
        (150, "exact-rounded", "亿元", "150亿元"),
        (56708.71, "exact", "亿元", "56708.71亿元"),
    ],
)
def test_a_label_is_in_the_words_of_its_source(value: float, qualifier: str, unit: str, text: str) -> None:
    assert phrase(value, qualifier, unit) == text


def test_every_word_has_a_label() -> None:
    assert all("200" in phrase(200, word, "家") or word == "千余名" for word in QUALIFIERS)
