"""A device is handed on in order, short questions before long work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from effnet_viz.sharing.turns import SLICE, Turns, _level, long_work, new_question, others_at_work, question_began


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


def having_used_much(turns: Turns, said: list[str], go_on: threading.Event) -> threading.Thread:
    """A thread that has had a turn of 50 ms, and once it may go on waits for one more to say `much`."""
    used_up = threading.Event()

    def ask_twice() -> None:
        with turns:
            time.sleep(0.05)
        used_up.set()
        go_on.wait()
        with turns:
            said.append("much")

    thread = threading.Thread(target=ask_twice)
    thread.start()
    used_up.wait()
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


@pytest.mark.slow
def test_long_work_has_a_slice_now_and_then_however_many_ask_short_questions(monkeypatch):
    monkeypatch.setattr("effnet_viz.sharing.turns.PATIENCE", 0.1)
    turns, said, stop = Turns(), [], threading.Event()

    def ask_for_ever() -> None:
        while not stop.is_set():
            new_question()
            with turns:
                time.sleep(0.01)

    threads = [threading.Thread(target=ask_for_ever) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: turns.waiting[0] > 1)
    asking(turns, said, "long", long=True).join(10)
    assert said == ["long"]
    stop.set()
    for thread in threads:
        thread.join()


def test_who_has_used_much_waits_behind_who_has_used_little(monkeypatch):
    """Nobody says how long a question is; what it has used so far tells."""
    monkeypatch.setattr("effnet_viz.sharing.turns.LEVELS", (0.02, 1.0))
    turns, said, go_on = Turns(), [], threading.Event()
    much = having_used_much(turns, said, go_on)
    with turns:
        go_on.set()
        wait_until(lambda: turns.waiting == (1, 0))
        little = asking(turns, said, "little")
    much.join()
    little.join()
    assert said == ["little", "much"]


def test_a_question_that_began_long_ago_waits_for_newcomers_no_more(monkeypatch):
    """A map of sixteen steps waited up to three seconds before each, while a class asked for one page after another."""
    monkeypatch.setattr("effnet_viz.sharing.turns.LEVELS", (0.02, 10.0))
    monkeypatch.setattr("effnet_viz.sharing.turns.OLD", 0.2)
    turns, said, go_on = Turns(), [], threading.Event()
    much = having_used_much(turns, said, go_on)
    with turns:
        go_on.set()
        wait_until(lambda: turns.waiting == (1, 0))
        threads = [asking(turns, said, "little"), asking(turns, said, "long", long=True)]
        time.sleep(0.2)
        later = asking(turns, said, "later")
    for thread in (much, later, *threads):
        thread.join()
    assert said == ["much", "little", "later", "long"]


def test_a_part_of_a_question_began_with_it():
    turns, said = Turns(), []
    new_question()
    with turns:
        began = question_began()
        assert began is not None
        little = asking(turns, said, "little")

        def ask() -> None:
            new_question(began)
            with turns:
                said.append("part")

        part = threading.Thread(target=ask)
        part.start()
        wait_until(lambda: turns.waiting == (2, 0))
    for thread in (little, part):
        thread.join()
    assert said == ["part", "little"]


def test_a_new_question_is_short_again(monkeypatch):
    monkeypatch.setattr("effnet_viz.sharing.turns.LEVELS", (0.02, 1.0))
    new_question()  # what this thread has used before does not count
    turns = Turns()
    with turns:
        time.sleep(0.05)
    assert _level() == 1
    new_question()
    assert _level() == 0


def test_who_began_first_goes_before_who_came_later_at_every_slice():
    """Else a page of many short runs would go to the end of the queue after each of them."""
    turns, said = Turns(), []

    def ask_twice(name: str) -> None:
        for _ in range(2):
            with turns:
                said.append(name)
                time.sleep(0.05)  # the others are back in the queue by then

    threads = [threading.Thread(target=ask_twice, args=(name,)) for name in "abc"]
    with turns:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            wait_until(lambda number=number: turns.waiting == (number, 0))
    for thread in threads:
        thread.join()
    assert said == ["a", "b", "a", "b", "c", "c"]


def test_the_same_thread_may_ask_again():
    turns = Turns()
    with turns:
        with turns:
            pass
        assert turns.busy
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


def test_others_who_work_long_are_counted_once_each():
    inside, leave = threading.Barrier(3), threading.Event()

    def work() -> None:
        with long_work(), long_work():
            inside.wait()
            leave.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    assert others_at_work() == 0
    for thread in threads:
        thread.start()
    inside.wait()
    with long_work():
        assert others_at_work() == 2
    leave.set()
    for thread in threads:
        thread.join()
    with suppress(KeyError), long_work():
        raise KeyError
    assert others_at_work() == 0


def test_long_work_leaves_the_device_to_a_page_that_draws_between_two_questions(monkeypatch):
    """Else a page of ten short questions would wait for a slice before each of them."""
    monkeypatch.setattr("effnet_viz.sharing.turns.PAUSE", 0.2)
    monkeypatch.setattr("effnet_viz.sharing.turns.HELD_BACK", 10.0)
    new_question()
    turns, said = Turns(), []
    with turns:
        worker = asking(turns, said, "long", long=True)
    for _ in range(5):
        time.sleep(0.02)
        with turns:
            assert not said
    worker.join(10)
    assert said == ["long"] and not turns.busy


def test_long_work_is_held_back_only_so_long(monkeypatch):
    monkeypatch.setattr("effnet_viz.sharing.turns.HELD_BACK", 0.1)
    turns, said, stop = Turns(), [], threading.Event()

    def draw_and_ask() -> None:
        while not stop.is_set():
            new_question()
            with turns:
                pass
            time.sleep(0.01)

    page = threading.Thread(target=draw_and_ask)
    page.start()
    began = time.monotonic()
    with long_work(), turns:
        said.append("long")
    assert time.monotonic() - began < 5  # the page never ends
    stop.set()
    page.join()


def test_between_two_slices_those_go_on_that_come_first():
    new_question()
    turns, said = Turns(), []
    with long_work(), turns:
        turns.let_others()  # nobody waits
        threads = [asking(turns, said, "short"), asking(turns, said, "later long", long=True)]
        turns.let_others()
        said.append("first long")  # a turn of a moment is not worth a change
        time.sleep(SLICE)
        turns.let_others()
        said.append("first long")
        time.sleep(SLICE)
        turns.let_others()  # who waits is no shorter, and came later
        with turns:
            turns.let_others()  # in the middle of something that must not be broken off
        said.append("first long")
    for thread in threads:
        thread.join()
    assert said == ["first long", "short", "first long", "first long", "later long"]
    assert not turns.busy
