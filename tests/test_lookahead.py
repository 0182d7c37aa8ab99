"""Values kept by key, and computed ahead in a thread while nobody asks."""

from __future__ import annotations

import threading

import pytest

from zerobay_analysis import explorer
from zerobay_analysis.explorer import Lookahead


class Counted:
    """Squares, with a record of who asked for which."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.threads: set[str] = set()

    def __call__(self, key: int) -> int:
        self.asked.append(key)
        self.threads.add(threading.current_thread().name)
        if key < 0:
            raise ValueError(key)
        return key * key


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_value_is_computed_once_and_kept(counted: Counted) -> None:
    kept: Lookahead[int, int] = Lookahead(counted, 8)
    assert [kept.get(3), kept.get(3), kept.get(4)] == [9, 9, 16]
    assert counted.asked == [3, 4]


def test_the_value_asked_for_longest_ago_goes_first(counted: Counted) -> None:
    kept: Lookahead[int, int] = Lookahead(counted, 2)
    for key in (1, 2, 1, 3, 1, 2):
        kept.get(key)
    assert counted.asked == [1, 2, 3, 2]


def test_what_is_announced_is_computed_in_a_thread_of_its_own(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "PAUSE", 0.0)
    kept: Lookahead[int, int] = Lookahead(counted, 8)
    done = threading.Event()
    slow: Lookahead[int, int] = Lookahead(lambda key: kept.get(key) if key else done.set() or 0, 8)
    slow.ahead([1, 2, 0])
    assert done.wait(timeout=30)
    assert counted.asked == [1, 2]
    assert counted.threads == {"lookahead"}


def test_a_new_announcement_replaces_what_was_to_come(counted: Counted) -> None:
    kept: Lookahead[int, int] = Lookahead(counted, 8)
    kept.get(7)  # so that the thread rests for a moment
    kept.ahead([1, 2, 3])
    kept.ahead([3, 4])
    kept.finish()
    assert 2 not in counted.asked
    assert kept.get(4) == 16


def test_a_failure_is_told_to_who_asks_and_tried_again(counted: Counted) -> None:
    kept: Lookahead[int, int] = Lookahead(counted, 8)
    kept.ahead([-1])
    kept.finish()
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            kept.get(-1)


def test_two_who_ask_at_once_get_one_computation(counted: Counted) -> None:
    gate = threading.Event()

    def compute(key: int) -> int:
        assert gate.wait(timeout=30)
        return counted(key)

    kept: Lookahead[int, int] = Lookahead(compute, 8)
    found: list[int] = []
    askers = [threading.Thread(target=lambda: found.append(kept.get(5))) for _ in range(4)]
    for asker in askers:
        asker.start()
    gate.set()
    for asker in askers:
        asker.join(timeout=30)
    assert found == [25] * 4
    assert counted.asked == [5]
