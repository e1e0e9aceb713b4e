"""Whose turn it is on a device: one at a time, short questions before long ones, else in the order they came.

How long a question is nobody knows beforehand, so what it has used of the device tells: whoever has used more than a
moment waits behind those that have not, and long work behind everybody. This is a multi-level feedback queue, after
Corbato, Merwin-Daggett and Daley 1962 (An experimental time-sharing system).

A page asks some ten times and draws in between. Long work that took each of these pauses would make it wait for ten
slices, so after a short question the device stays free for a moment: anticipatory scheduling, after Iyer and Druschel
2001 (Anticipatory scheduling: a disk scheduling framework to overcome deceptive idleness).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from effnet_viz.sharing.load import SHORT_QUESTIONS

LEVELS = (0.3, 2.0)  # seconds of the device: what has used less is short, what has used more is long work
LONG = len(LEVELS)
PATIENCE = 3.0
"""Seconds after which whoever waits is next: a full class of short questions must not keep long work out.

After one second a class that asks for more than the device can do would stand in one row, in the order of its coming.
A page of four short questions would then wait as long as a page of thirty does for its first four."""

OLD = 2.0
"""Seconds since a question began after which it goes before newer ones, however much it has used, unless it is long.

Else one of many turns, each broken off for newcomers, could wait out `PATIENCE` before every one of them."""

SLICE = 0.05  # seconds of a turn that are not worth a change: in a class, each costs the wait for several others
PAUSE = 0.05  # seconds that a page draws between two questions, about: so long long work leaves the device free
HELD_BACK = 0.5  # seconds that it does so at most before each slice


class _Question(threading.local):
    """What this thread has asked for since its question began."""

    since: float | None = None
    used = 0.0
    long = False


_question = _Question()
_at_work: set[int] = set()  # threads that are in long work
_at_work_guard = threading.Lock()


def new_question(since: float | None = None) -> None:
    """What this thread asks from now on is something new, as the next page of a visitor is.

    Args:
        since: when the question began that this is a part of, by `question_began`; None begins with the first turn.
    """
    _question.since, _question.used = since, 0.0


def question_began() -> float | None:
    """When this thread asked for its first turn since `new_question`; None if it has not yet."""
    return _question.since


@contextmanager
def long_work() -> Iterator[None]:
    """What this thread asks a device for inside of it waits behind all shorter questions, slice by slice."""
    before, me = _question.long, threading.get_ident()
    _question.long = True
    with _at_work_guard:
        _at_work.add(me)
    try:
        yield
    finally:
        _question.long = before
        if not before:
            with _at_work_guard:
                _at_work.discard(me)


def others_at_work() -> int:
    """How many others do long work now: with them a device is shared, slice by slice."""
    with _at_work_guard:
        return len(_at_work - {threading.get_ident()})


def soon_over(thread: threading.Thread) -> None:
    """Nobody waits for what a thread does, and it ends with its present step: nobody is told to reckon with it.

    Args:
        thread: in long work, perhaps.
    """
    with _at_work_guard:
        _at_work.discard(thread.ident or 0)


def _level(now_using: float = 0.0) -> int:
    return LONG if _question.long else sum(_question.used + now_using >= most for most in LEVELS)


@dataclass(eq=False)
class _Waiting:
    level: int
    since: float
    number: int
    thread: int
    queued: float = field(default_factory=time.monotonic)
    called: threading.Event = field(default_factory=threading.Event)

    def place(self, now: float) -> tuple[int, float, int]:
        """Who has the smallest is next."""
        old = self.level < LONG and now - self.since >= OLD
        return (0 if old else self.level), self.since, self.number


class Turns:
    """A lock that one thread holds, again and again if it likes, and that is handed on in order.

    An ordinary lock goes to whoever comes first after a release, which is nearly always the thread that released it: a
    long work of many slices would keep everybody else out.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._began = 0.0
        self._last_short = -PAUSE  # when a question that was no long work ended its turn
        self._queue: list[_Waiting] = []
        self._numbers = itertools.count()

    def acquire(self) -> None:
        """Wait for a turn and take it."""
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                self._depth += 1
                return
            if _question.since is None:
                _question.since = time.monotonic()
            level = _level()
            if self._owner is None and not (level == LONG and self._more_is_coming()):
                self._give(me)
                return
            waiting = _Waiting(level, _question.since, next(self._numbers), me)
            self._queue.append(waiting)
        try:
            while not waiting.called.wait(PAUSE if level == LONG else None):
                with self._guard:
                    if self._owner is None:  # it was left free for short questions
                        self._hand_on()
        except BaseException:
            with self._guard:
                if waiting in self._queue:
                    self._queue.remove(waiting)
                else:
                    self._hand_on()
            raise

    def release(self) -> None:
        """End a turn; the shortest question is next, of two such the one that began first.

        Raises:
            RuntimeError: this thread has no turn.
        """
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("This thread does not hold the device.")
            self._depth -= 1
            if not self._depth:
                now = time.monotonic()
                _question.used += now - self._began
                if _level() != LONG:
                    self._last_short = now
                    SHORT_QUESTIONS.add(now - self._began)
                self._hand_on()

    def let_others(self) -> None:
        """In the middle of a turn, between two steps: whoever would be before this thread in the queue has one now.

        After less than `SLICE` nobody has: a map of B0 is made of sixteen steps of 10 ms.
        """
        now = time.monotonic()
        with self._guard:
            level = _level(now - self._began)
            me = _Waiting(level, _question.since or now, next(self._numbers), threading.get_ident())
            mine = me.place(now)
            go_on = self._owner != me.thread or self._depth > 1 or now - self._began < SLICE
            go_on |= all(mine < waiting.place(now) for waiting in self._queue)
        if not go_on:
            self.release()
            self.acquire()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many short questions and how many long works wait."""
        with self._guard:
            long = sum(waiting.level == LONG for waiting in self._queue)
            return len(self._queue) - long, long

    @property
    def busy(self) -> bool:
        """Whether somebody has the turn."""
        return self._owner is not None

    def _give(self, thread: int) -> None:
        self._owner, self._depth, self._began = thread, 1, time.monotonic()

    def _more_is_coming(self, waiting_since: float | None = None) -> bool:
        """Whether long work leaves a free device to the pages that draw, which it does for a while."""
        now = time.monotonic()
        patient = waiting_since is None or now - waiting_since < HELD_BACK
        return patient and now - self._last_short < PAUSE

    def _hand_on(self) -> None:
        if not self._queue:
            self._owner, self._depth = None, 0
            return
        now = time.monotonic()
        following = min(self._queue, key=lambda waiting: waiting.queued)
        if now - following.queued < PATIENCE:
            following = min(self._queue, key=lambda waiting: waiting.place(now))
        if following.level == LONG and self._more_is_coming(following.queued):
            self._owner, self._depth = None, 0
            return
        self._queue.remove(following)
        self._give(following.thread)
        following.called.set()

    def __enter__(self) -> Turns:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
