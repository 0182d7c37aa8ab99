"""A table is defined once: its columns have places, its cells a value and a text, its words two languages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from tests.briefing_cases import study
from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS
from zerobay_analysis.briefing import tables, text
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.tables import Cell, Column
from zerobay_analysis.language import Text

PLACES = ("html", "paper", "annex", "page", "slide", "risk", "sheet", "pace", "unit", "notebook", "terminal")
WORDS = text.named


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("count", 3, "3"),
        ("percent", 0.256, "26%"),
        ("probability", 0.001, "<1%"),
        ("day", date(2026, 3, 1), "2026-03-01"),
        ("text", Text("是", "yes"), "yes"),
        ("number", float("nan"), "—"),
        ("text", "", "—"),
        ("text", None, "—"),
    ],
)
def test_a_value_is_shown_by_its_kind_and_a_missing_one_as_a_dash(
    kind: str, value: object, shown: str
) -> None:
    assert Column("x", 1, lambda row: row, kind).cell(value, "en").text == shown


def test_a_column_stands_in_its_places_only() -> None:
    table = tables.targets(Briefing(study("public", "zh")))
    everywhere = [column for column in table.columns if not column.on]
    assert {column.heading for column in everywhere} == {text.YEAR, text.TARGET}
    for column in table.columns:
        assert set(column.on.split()) <= set(PLACES), column.heading
        for place in PLACES:
            assert (column in table.on(place).columns) == (not column.on or place in column.on.split())


def test_a_notebook_shows_what_every_form_shows() -> None:
    table = tables.targets(Briefing(study("demo", "en")))
    frame = table.frame()
    assert frame.index.name == "Year"
    columns = [
        "Target",
        "Probability",
        "Other classes",
        "Median",
        "80% sure of",
        "80% interval",
        "Required pace",
    ]
    assert list(frame.columns) == columns
    shown = {cell.text for row in table.on("paper").rows for cell in row}
    assert set(frame["Probability"]) <= shown


def test_a_verdict_brings_its_colour_and_none_without_a_probability() -> None:
    assert [Cell("", verdict=verdict).fill for verdict in VERDICTS] == [v.colour for v in VERDICTS]
    assert Cell("", verdict=NO_VERDICT).fill == ""
    assert Cell("").ink == ""
    assert Cell("67%", lead="310").full == "310  67%"


@pytest.mark.parametrize("name", WORDS)
def test_every_text_is_there_in_both_languages_and_can_be_filled(name: str) -> None:
    for half in WORDS[name]:
        list(Formatter().parse(half))  # raises where a brace is not closed
        assert half or name == "SPACE"
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in WORDS[name].en)


def test_every_text_that_is_asked_for_exists_and_every_other_is_gone() -> None:
    package = Path(tables.__file__).parents[1]
    files = [*package.glob("*.py"), *package.glob("briefing/**/*.py"), *package.glob("briefing/**/*.j2")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in files)
    asked = set(re.findall(r"\btext\.([A-Z][A-Z0-9_]+)\b", written))
    families = tuple(f"{name}_" for name in ("ROLE", "QUALIFIER", "KIND", "TYPE", "WHOLE_OR_END", "DATA"))
    assert {name for name in asked if name not in WORDS} == set()
    assert {name for name in WORDS if name not in asked and not name.startswith(families)} == set()


def test_of_many_revisions_the_latest_are_listed_and_the_others_counted() -> None:
    briefing = Briefing(study("demo", "en"))
    every, one = tables.revisions(briefing), tables.revisions(briefing, 1)
    published = [row[9].value for row in every.rows]
    assert [row[9].value for row in one.rows] == [max(published)]
    assert (every.notes, one.notes) == ((), ("The latest revisions only; 1 earlier ones are in the ledger.",))


def test_an_inferred_day_is_said_to_be_inferred_and_an_unknown_one_unknown() -> None:
    for lang, inferred, unknown in (("zh", "（推定）", "日期不详"), ("en", "(inferred)", "undated")):
        days = [source.published for source in Briefing(study("public", lang), "x").sources]
        assert any(day.endswith(inferred) for day in days)
        assert all(
            day.endswith(inferred) or day == unknown or not any(c.isalpha() for c in day) for day in days
        )
