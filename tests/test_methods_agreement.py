"""How many methods agree, and why they differ."""

from __future__ import annotations

from pathlib import Path

from tests.decision_cases import outlook, plan_with, point
from zerobay_analysis.assessment.methods import METHODS, agreement, apply_methods
from zerobay_analysis.assessment.methods.method import Question, Status
from zerobay_analysis.plan import Kind, load_plan

STEADY = [point(2020 + i, 100 + 10 * i) for i in range(7)]  # 100 in 2020 to 160 at the end of 2026


def test_methods_agree_on_a_target_that_the_trend_passes() -> None:
    # 160 + 2 * 10 = 180 in 2028, target 170: every method that can say says on track.
    found = agreement(outlook(Kind.STOCK, STEADY), load_plan())[-1]
    assert (found.target.year, found.target.target) == (2028, 170)
    assert not found.having(Status.BEHIND)
    on_track = [result.method.id for result in found.having(Status.ON_TRACK)]
    assert "cagr_ratio" in on_track and len(on_track) >= 8
    assert len(on_track) + len(found.having(Status.CANNOT_SAY)) + sum(
        r.refused for r in found.results
    ) == len(METHODS)
    assert found.summary() == f"{len(on_track)} 种方法能判断：{len(on_track)} 种认为跟得上，0 种认为落后"
    assert found.summary("en") == f"{len(on_track)} methods can say: {len(on_track)} on track, 0 behind"
    assert found.why() == ""


def test_disagreement_is_explained_by_the_question() -> None:
    # Flat for years, a leap in 2026: far along since 2025, but not fast over five years.
    leap = [*(point(2021 + i, 100) for i in range(5)), point(2026, 125)]
    plan = plan_with(7, {2026: 120, 2027: 130, 2028: 150})
    found = agreement(outlook(Kind.STOCK, leap, {2026: 120, 2027: 130, 2028: 150}), plan)[-1]
    assert found.by_question(Question.HOW_FAR) is Status.ON_TRACK
    assert found.by_question(Question.HOW_FAST) is Status.BEHIND
    assert "走了多远”的跟得上" in found.why("zh")
    assert "how fast: behind" in found.why("en")


def test_methods_that_answer_one_question_differently_are_named() -> None:
    # Target 182: 22 in two years at 10 a year is 1.1 times the pace (behind), while growth of 7.8 %
    # a year since 2021 is more than the 7.5 % that the target needs (on track).
    plan = plan_with(7, {2028: 182})
    found = agreement(outlook(Kind.STOCK, STEADY, {2028: 182}), plan)[-1]
    assert found.by_question(Question.HOW_FAST) is None
    assert "看“走得多快”的说法不一（加速倍数认为落后）" in found.why("zh")
    assert "how fast: divided (Acceleration factor behind)" in found.why("en")


def test_without_evidence_nobody_can_say() -> None:
    found = agreement(outlook(Kind.STOCK, []), load_plan())[0]
    assert found.target.p_met is None
    assert all(r.refused for r in found.results)
    assert "不能判断" in found.summary("zh")


def test_results_name_the_inputs_of_every_number() -> None:
    results = apply_methods(outlook(Kind.STOCK, STEADY).evidence, load_plan(), 2028)
    assert [result.method.id for result in results] == list(METHODS)
    used = {result.method.id: result for result in results}
    assert used["cagr_ratio"].base.time == 2021  # five years before the latest
    assert used["schedule_light"].base.time == 2025  # the plan's start
    assert all(result.latest.value == 160 for result in results)


def test_the_registry_says_what_each_method_needs() -> None:
    assert all(len(method.source.en) > 10 for method in METHODS.values())
    assert {method.question.word("en") for method in METHODS.values()} == {"how far", "how fast", "where to"}
    for method in METHODS.values():
        symbols = [category.symbol for category in method.categories]
        assert len(set(symbols)) == len(symbols), method.id


def test_the_page_on_methods_lists_every_method_as_it_is() -> None:
    page = (Path(__file__).parent.parent / "docs" / "methods.md").read_text(encoding="utf-8")
    table = page.split("## Number of points required")[1].split("## Base and latest")[0]
    rows = {cells[1].strip(" `"): cells for line in table.splitlines() if len(cells := line.split("|")) == 6}
    for method in METHODS.values():
        assert int(rows[method.id][2].split()[0]) == method.min_points
        kinds = "all" if method.kinds == set(Kind) else ", ".join(k for k in Kind if k in method.kinds)
        assert rows[method.id][4].strip() == kinds
