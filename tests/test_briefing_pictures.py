"""Charts in the sizes of the briefing: no colliding text, in both data sets and both languages."""

from __future__ import annotations

import pytest

from tests.briefing_cases import study
from tests.test_charts_figures import assert_no_text_collides
from zerobay_analysis.briefing.figures import PAGE, SLIDE, Pictures, completeness, heat, multiples


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("data", ["public", "demo"])
def test_no_text_collides_in_any_chart_of_any_form(data: str, lang: str) -> None:
    subject = study(data, lang)
    pictures = Pictures(subject)
    for outlook in subject.outlooks:
        number = outlook.indicator.id
        assert_no_text_collides(pictures.fan(number).figure)
        if outlook.forecast is not None:
            assert_no_text_collides(pictures.fan(number, SLIDE, titled=False).figure)
            assert_no_text_collides(pictures.fan(number, PAGE, titled=False).figure)
    assert_no_text_collides(heat(subject))
    assert_no_text_collides(multiples(subject))
    assert_no_text_collides(completeness(subject))


def test_a_chart_is_drawn_once_for_all_forms() -> None:
    pictures = Pictures(study("public", "zh"))
    assert pictures.fan(7, PAGE, titled=False) is pictures.fan(7, PAGE, titled=False)
    assert pictures.fan(7, PAGE, titled=False).description == pictures.fan(7).description
