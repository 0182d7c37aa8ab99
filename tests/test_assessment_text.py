"""The sentences of the assessment: each in both languages, asked for, and filled in by its name."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from zerobay_analysis.assessment import text

WHOLE = ("HELD_PROXY", "HELD_OUTLIER", "HELD_CONTEXT")
"""Their Chinese names the figures themselves."""


@pytest.mark.parametrize("name", text.named)
def test_a_text_has_both_languages_and_no_chinese_in_its_english(name: str) -> None:
    for half in text[name]:
        list(Formatter().parse(half))  # raises where a brace is not closed
        assert half or name in WHOLE
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in text[name].en)


def test_every_text_is_asked_for_and_every_name_asked_for_exists() -> None:
    import zerobay_analysis.assessment as room

    files = Path(room.__file__).parent.rglob("*.py")
    written = "\n".join(path.read_text(encoding="utf-8") for path in files)
    asked = set(re.findall(r"\btext\.([A-Z][A-Z0-9_]+)\b", written))
    quoted = set(re.findall(r"\"([A-Z][A-Z0-9_]+)\"", written))
    families = (
        *re.findall(r"f\"([A-Z][A-Z0-9_]+_)\{", written),
        "USED_",
        "HELD_",
        "EXPECTED_",
        "RECENT_",
    )
    assert asked <= set(text.named)
    assert {n for n in text.named if n not in asked | quoted and not n.startswith(families)} == set()


def test_a_name_that_is_none_is_an_error() -> None:
    with pytest.raises(AttributeError, match="NOT_THERE"):
        _ = text.NOT_THERE


def test_a_text_in_a_text_is_in_its_own_language() -> None:
    said = text.both("GOAL_BY", goal=text.NO_LEAD, year=2028)
    assert "牵头单位" in said.zh
    assert "lead unit" in said.en
