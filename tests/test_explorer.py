"""The explorer answers every change, and says what is wrong instead of failing."""

from __future__ import annotations

import asyncio
import base64
import re
from io import BytesIO

import pandas as pd
import pytest

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.explorer import Explorer
from zerobay_analysis.scenarios.form import parse_scenarios
from zerobay_analysis.study import Study


@pytest.fixture
def explorer() -> Explorer:
    return Explorer(Study.open("demo", "2026-11-22"), indicator=9)


def chance(explorer: Explorer, year: int) -> int:
    return int(re.findall(r"(\d+)%", cells(explorer, year)[2])[0])


def cells(explorer: Explorer, year: int) -> list[str]:
    """What stands in the row of a year."""
    rows = [re.findall(r"<td[^>]*>([^<]*)", row) for row in explorer.answer.split("<tr>")]
    return next(row for row in rows if row[:1] == [str(year)])


def test_speeding_up_raises_the_probability_and_the_baseline_stays(explorer: Explorer) -> None:
    before = chance(explorer, 2028)
    explorer.set("pace", -50)
    slower = chance(explorer, 2028)
    assert slower < before
    assert cells(explorer, 2028)[3].startswith(f"{before}%")


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


def test_an_indicator_without_a_probability_says_what_it_hangs_on_and_switches_its_levers_off() -> None:
    explorer = Explorer(Study.open("public", "2026-11-22"), indicator=11)
    assert "若1790则" in explorer.answer
    assert "不能给出概率" in explorer.answer  # the reason
    explorer.set("pace", 20)
    assert 'role="alert"' in explorer.answer
    with pytest.raises(ParameterError, match="pull a lever"):
        explorer.export("yaml")


def test_a_figure_can_be_tried_is_marked_everywhere_and_stays_nowhere() -> None:
    study = Study.open("public", "2026-11-22")
    explorer = Explorer(study, indicator=11)
    before = explorer.answer, explorer.chart
    assert "patternUnits" not in explorer.chart
    explorer.set("supposed", "2,050")
    assert chance(explorer, 2028) > 60
    told = "假设2025年：海外人才 2050 人，不是记录"
    assert told in explorer.answer and told in explorer.chart
    assert "【假设】海外人才" in explorer.chart and "假设2050" in explorer.chart
    assert "patternUnits" in explorer.chart  # hatched
    assert told in explorer.export("csv")[2].decode("utf-8")
    explorer.set("pace", 20)  # a lever on top of it
    assert told in explorer.answer and "情景假设" in explorer.answer
    explorer.set("pace", 0)
    explorer.set("supposed", "many")
    assert "不是数" in explorer.answer
    explorer.set("supposed", "")
    assert (explorer.answer, explorer.chart) == before
    explorer.set("supposed", "2050")
    explorer.set("indicator", 6)  # a figure of another indicator
    assert "假设" not in explorer.answer
    assert study.supposed == () and "假设" not in str(study)


def test_two_models_or_classes_stand_side_by_side_under_the_same_levers(explorer: Explorer) -> None:
    alone = explorer.answer, explorer.chart
    for beside in ("ols_linear", explorer.choices("beside")[2]):
        explorer.set("beside", beside)
        own = Explorer(Study.open("demo", "2026-11-22"), indicator=9)
        own.set("model", beside)
        for percent in (0, 20):
            explorer.set("pace", percent)
            own.set("pace", percent)
            told = cells(explorer, 2028)[3]
            assert told == cells(own, 2028)[2]
            assert told.split()[-1] in explorer.chart and "参照类模型" in explorer.chart
            assert ("（假设）" in explorer.chart) is bool(percent)
        explorer.set("pace", 0)
    explorer.set("beside", "reference_class")  # with itself there is nothing to compare
    assert (explorer.answer, explorer.chart) == alone


def test_a_model_that_declines_beside_another_says_why_once() -> None:
    explorer = Explorer(Study.open("public", "2026-11-22", lang="en"), indicator=9)
    explorer.set("beside", "theta")
    assert explorer.answer.count('role="alert"') == explorer.answer.count("theta: needs") == 1
    assert "Theta: no probability" in explorer.chart
    explorer.set("pace", 20)  # moves the one that has a forecast
    assert explorer.answer.count('role="alert"') == 1 and "(hypothetical)" in explorer.chart


def test_a_lever_that_an_indicator_does_not_have_is_told_and_the_rest_stays_true(explorer: Explorer) -> None:
    explorer.set("pace", 20)
    explorer.set("indicator", 4)  # a rate: speeding it up is ambiguous
    assert "有歧义" in explorer.answer
    assert "工业增速" in explorer.chart
    explorer.set("step", 2.0)
    (rates,) = parse_scenarios(explorer.export("yaml")[2].decode("utf-8"))
    assert [lever.id for lever in rates.for_indicator(4)] == ["step"]
    explorer.set("indicator", 9)
    assert "有歧义" not in explorer.answer
    (both,) = parse_scenarios(explorer.export("yaml")[2].decode("utf-8"))
    assert [lever.id for lever in both.for_indicator(9)] == ["pace", "step"]


def test_the_answer_tells_the_pace_how_rare_it_is_and_by_when(explorer: Explorer) -> None:
    explorer.set("indicator", 7)
    assert "可比序列" in explorer.answer
    assert "每年 +" in explorer.answer
    assert "八成把握可达" in explorer.answer


def test_a_picture_under_levers_says_what_is_assumed(explorer: Explorer) -> None:
    assert "情景假设" not in explorer.chart
    explorer.set("pace", 25)
    assert "情景假设，不是基线预测：2027-01-01 起提速 25%" in explorer.chart
    assert "情景假设，不是基线预测：2027-01-01 起提速 25%" in explorer.answer
    assert "情景假设" in explorer.export("svg")[2].decode("utf-8")
    explorer.set("pace", 0)
    assert "情景假设" not in explorer.export("svg")[2].decode("utf-8")


def test_going_back_to_a_view_shows_the_same_again(explorer: Explorer) -> None:
    first = explorer.answer, explorer.chart
    explorer.set("pace", 30)
    explorer.set("indicator", 10)
    explorer.set("indicator", 9)
    explorer.set("pace", 0)
    assert (explorer.answer, explorer.chart) == first


def test_looking_ahead_changes_no_answer() -> None:
    study = Study.open("demo", "2026-11-22")
    ready, fresh = Explorer(study, indicator=9), Explorer(study, indicator=1)
    ready.look_ahead()
    ready.set("indicator", 1)
    assert (ready.answer, ready.chart) == (fresh.answer, fresh.chart)


def test_the_table_comes_before_the_fan_where_changes_may_follow(explorer: Explorer) -> None:
    async def drag() -> tuple[str, str]:
        before = explorer.chart
        for size in (5, 10, 15):
            explorer.set("pace", size)
            assert explorer.chart == before  # the table is there, the fan waits
        await asyncio.sleep(1.0)
        return before, explorer.chart

    before, after = asyncio.run(drag())
    assert after != before
    other = Explorer(Study.open("demo", "2026-11-22"), indicator=9)
    other.set("pace", 15)
    assert after == other.chart  # only the last of them was drawn


def test_an_exported_scenario_reads_back_with_its_levers(explorer: Explorer) -> None:
    explorer.set("pace", 25)
    explorer.set("step", 30.0)
    suffix, _, content = explorer.export("yaml")
    (scenario,) = parse_scenarios(content.decode("utf-8"))
    assert suffix == "yaml"
    assert len(scenario.for_indicator(9)) == 2
    assert "&id" not in content.decode("utf-8")


@pytest.mark.parametrize(
    ("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("csv", b"\xef\xbb\xbf")]
)
def test_the_view_is_exported_in_every_form(explorer: Explorer, form: str, begins: bytes) -> None:
    _, _, content = explorer.export(form)
    assert content.startswith(begins)


def test_an_export_of_two_models_has_the_rows_of_both_and_says_which_declines(explorer: Explorer) -> None:
    explorer.set("pace", 20)
    alone = frame(explorer)
    explorer.set("beside", "ols_linear")
    both = frame(explorer)
    assert both["model"].unique().tolist() == ["参照类模型", "线性趋势（最小二乘）"]
    first = both[both["model"] == "参照类模型"].drop(columns="model")
    pd.testing.assert_frame_equal(first.reset_index(drop=True), alone)
    explorer.set("model", "ols_linear")  # with itself there is nothing to compare
    other = both[both["model"] != "参照类模型"].drop(columns="model")
    pd.testing.assert_frame_equal(other.reset_index(drop=True), frame(explorer))
    declining = Explorer(Study.open("public", "2026-11-22", lang="en"), indicator=9)
    declining.set("beside", "theta")
    told = frame(declining).iloc[-1]
    assert (told["model"], told["type"]) == ("theta", "declined") and "needs" in told["label"]


def frame(explorer: Explorer) -> pd.DataFrame:
    return pd.read_csv(BytesIO(explorer.export("csv")[2]))


def test_a_download_carries_the_file_in_itself(explorer: Explorer) -> None:
    explorer.offer("csv")
    found = re.search(
        r'download="(zerobay_09_[^"]+\.csv)" href="data:text/csv;base64,([^"]+)"', explorer.download
    )
    assert found is not None
    assert b"scenario" in base64.b64decode(found[2])


def offered(explorer: Explorer) -> str:
    found = re.search(r'base64,([^"]+)"', explorer.download)
    assert found is not None, explorer.download
    return base64.b64decode(found[1]).decode("utf-8")


def test_an_offered_scenario_follows_the_view(explorer: Explorer) -> None:
    explorer.offer("yaml")
    assert "pull a lever" in explorer.download
    explorer.set("pace", 25)
    assert offered(explorer) == explorer.export("yaml")[2].decode("utf-8")
    explorer.set("pace", 30)
    assert offered(explorer) == explorer.export("yaml")[2].decode("utf-8")
    explorer.set("as_of", "2026-13-45")
    assert explorer.download == ""
    explorer.set("as_of", "2026-11-22")
    assert "percent: 30" in offered(explorer)


def test_no_link_to_an_earlier_view_stands_while_a_new_one_is_drawn(explorer: Explorer) -> None:
    async def pull() -> tuple[str, str]:
        explorer.set("pace", 5)
        explorer.offer("yaml")
        explorer.set("pace", 10)
        between = explorer.download
        await asyncio.sleep(1.0)
        return between, explorer.download

    between, after = asyncio.run(pull())
    assert between == ""
    assert "a download" in after
