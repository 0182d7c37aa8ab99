"""The explorer answers every change, and says what is wrong instead of failing."""

from __future__ import annotations

import base64
import re

import pytest

from zerobay_analysis.explorer import Explorer
from zerobay_analysis.scenario_file import parse_scenario
from zerobay_analysis.study import Study


@pytest.fixture
def explorer() -> Explorer:
    return Explorer(Study.open("demo", "2026-11-22"), indicator=9)


def chance(explorer: Explorer, year: int) -> int:
    row = re.search(rf"<td>{year}</td><td>[^<]*</td><td>[^<]*?(\d+)%</td>", explorer.answer)
    assert row is not None, explorer.answer
    return int(row[1])


def test_speeding_up_raises_the_probability_and_the_baseline_stays(explorer: Explorer) -> None:
    before = chance(explorer, 2028)
    explorer.set("pace", -50)
    slower = chance(explorer, 2028)
    assert slower < before
    assert f"<td>{before}%</td>" in explorer.answer


def test_another_indicator_shows_its_own_chart_and_sources(explorer: Explorer) -> None:
    first = explorer.chart
    explorer.set("indicator", 7)
    assert explorer.chart != first
    assert "<svg" in explorer.chart
    assert "估值过亿" in explorer.chart


def test_a_wrong_day_is_named_and_the_last_chart_stays(explorer: Explorer) -> None:
    chart = explorer.chart
    explorer.set("as_of", "2026-13-45")
    assert 'role="alert"' in explorer.answer
    assert "2026-13-45" in explorer.answer
    assert explorer.chart == chart


def test_an_indicator_without_a_probability_says_why() -> None:
    explorer = Explorer(Study.open("public", "2026-11-22"), indicator=11)
    assert "无法给出概率" in explorer.answer
    explorer.set("pace", 20)
    assert 'role="alert"' in explorer.answer


def test_an_exported_scenario_reads_back_with_its_levers(explorer: Explorer) -> None:
    explorer.set("pace", 25)
    explorer.set("step", 30.0)
    suffix, _, content = explorer.export("yaml")
    scenario = parse_scenario(content.decode("utf-8"))
    assert suffix == "yaml"
    assert len(scenario.for_indicator(9)) == 2
    assert "&id" not in content.decode("utf-8")


@pytest.mark.parametrize(
    ("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"\xef\xbb\xbf")]
)
def test_the_view_is_exported_in_every_form(explorer: Explorer, form: str, begins: bytes) -> None:
    _, _, content = explorer.export(form)
    assert content.startswith(begins)


def test_a_download_carries_the_file_in_itself(explorer: Explorer) -> None:
    explorer.offer("csv")
    found = re.search(
        r'download="(zerobay_09_[^"]+\.csv)" href="data:text/csv;base64,([^"]+)"', explorer.download
    )
    assert found is not None
    assert b"scenario" in base64.b64decode(found[2])
