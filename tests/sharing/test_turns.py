"""A device is handed on in order, short questions before long work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from effnet_viz.sharing.turns import Turns, long_work


def asking(turns: Turns, said: list[str], name: str, *, long: bool = False) -> threading.Thread:
    """A thread that waits for a turn and then says its name."""

    def ask() -> None:
        with turns:
            said.append(name)

    def ask_long() -> None:
        with long_work():
            ask()

    thread = threading.Thread(target=ask_long if long else ask)
    before = turns.waiting
    thread.start()
    wait_until(lambda: turns.waiting != before)
    return thread


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_short_questions_go_first_and_else_the_order_of_coming_counts():
    turns, said = Turns(), []
    with turns:
        threads = [
            asking(turns, said, "first long", long=True),
            asking(turns, said, "second long", long=True),
            asking(turns, said, "first short"),
            asking(turns, said, "second short"),
        ]
        assert turns.waiting == (2, 2)
    for thread in threads:
        thread.join()
    assert said == ["first short", "second short", "first long", "second long"]
    assert not turns.busy


def test_a_question_waits_for_one_slice_of_a_long_work_at_most():
    """With an ordinary lock the worker takes it again before the other thread has woken."""
    turns, slices, stop = Turns(), [], threading.Event()

    def work() -> None:
        with long_work():
            while not stop.is_set():
                with turns:
                    slices.append(time.monotonic())
                    time.sleep(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(lambda: len(slices) > 1)
    for _ in range(20):
        before = len(slices)
        with turns:
            assert len(slices) - before <= 1
    stop.set()
    worker.join()


def test_the_same_thread_may_ask_again():
    turns = Turns()
    with turns, turns:
        assert turns.acquire(blocking=False)
        turns.release()
    assert not turns.busy


def test_who_has_no_turn_cannot_end_one():
    turns = Turns()
    with pytest.raises(RuntimeError, match="does not hold"):
        turns.release()


def test_an_error_ends_the_turn():
    turns = Turns()
    with pytest.raises(ValueError, match="wrong"), turns:
        raise ValueError("wrong")
    assert not turns.busy


def test_one_at_a_time_under_many_threads():
    turns, inside, most = Turns(), [], []

    def work(long: bool) -> None:
        for _ in range(50):
            with turns:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work, args=(index % 2 == 0,)) for index in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 1000 and set(most) == {1}
    assert not turns.busy and turns.waiting == (0, 0)
