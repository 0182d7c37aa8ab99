"""Of a few hundred strange inputs none ends in anything but an answer or the project's own refusal.

``make fuzz`` runs 10,000; ``python -m tests.fuzz csv:17`` runs one and leaves its file to look at.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.figures import figures
from tests.fuzz.judging import ACCEPTED, REFUSED, Expected, Fault, judge
from tests.fuzz.running import FAILED, KINDS, Result, case_numbers, run_case, run_cases

CASES = 200


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return list(run_cases(case_numbers(CASES), processes=1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_is_read_whole_or_refused_with_a_reason(results: list[Result], kind: str) -> None:
    own = [result for result in results if result.kind == kind]
    assert {r.seed for r in own} == set(range(CASES * KINDS[kind][1] // 100))
    assert [f"python -m tests.fuzz {kind}:{r.seed}  {r.detail}" for r in own if r.outcome == FAILED] == []


def test_the_inputs_are_neither_all_sound_nor_all_hopeless(results: list[Result]) -> None:
    outcomes = [result.outcome for result in results]
    assert outcomes.count(ACCEPTED) > CASES / 20
    assert outcomes.count(REFUSED) > CASES / 20


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a peak of memory")
def test_the_memory_of_a_case_is_measured(results: list[Result]) -> None:
    assert max(result.megabytes for result in results) > 1


def test_one_seed_is_one_case() -> None:
    first, again = (run_case("scenario", 5) for _ in range(2))
    assert (first.outcome, first.detail) == (again.outcome, again.detail)


# --- what the cases look for is found ------------------------------------------------------------------


def _sent(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(f"indicator,period,value,unit\n{text}", encoding="utf-8")
    return path


def test_a_figure_read_for_another_is_found(tmp_path: Path) -> None:
    path = _sent(tmp_path, "7,2024,131,家\n")
    assert judge(path, {("", 2): Expected(frozenset({131.0}), indicator=7)}) == ACCEPTED
    with pytest.raises(Fault, match=r"131.0 is read where it says \[13.0\]"):
        judge(path, {("", 2): Expected(frozenset({13.0}))})
    with pytest.raises(Fault, match="indicator 7"):
        judge(path, {("", 2): Expected(indicator=1)})


def test_a_row_that_is_lost_or_invented_is_found(tmp_path: Path) -> None:
    path = _sent(tmp_path, "7,2024,131,家\n")
    with pytest.raises(Fault, match="neither in the ledger nor among 0 problems"):
        judge(path, {("", 2): Expected(), ("", 3): Expected()})
    with pytest.raises(Fault, match="that the file does not have"):
        judge(path, {})
    with pytest.raises(Fault, match="no rows that could be read"):
        judge(path, None)


def test_a_sound_file_that_is_refused_is_found(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="nothing is wrong with it"):
        judge(_sent(tmp_path, "7,2024,131,个人\n"), {("", 2): Expected()}, certain=True)


def test_what_is_no_refusal_of_the_project_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "csv", ("figures:figures", 1))  # no case: it takes other arguments
    found = run_case("csv", 0)
    assert found.outcome == FAILED
    assert found.detail.startswith("TypeError")
    assert figures.__name__ in KINDS["csv"][0]
