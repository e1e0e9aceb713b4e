"""Whose turn it is on a device: one at a time, short questions before long ones, else in the order they came.

How long a question is nobody knows beforehand, so what it has used of the device tells: whoever has used more than a
moment waits behind those that have not, and long work behind everybody. This is a multi-level feedback queue, after
Corbato, Merwin-Daggett and Daley 1962 (An experimental time-sharing system).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

LEVELS = (0.3, 2.0)  # seconds of the device: what has used less is short, what has used more is long work
LONG = len(LEVELS)
PATIENCE = 3.0
"""Seconds after which whoever waits is next: a full class of short questions must not keep long work out.

After one second a class that asks for more than the device can do would stand in one row, in the order of its coming.
A page of four short questions would then wait as long as a page of thirty does for its first four."""


class _Question(threading.local):
    """What this thread has asked for since its question began."""

    since: float | None = None
    used = 0.0
    long = False


_question = _Question()
_at_work: set[int] = set()  # threads that are in long work; a set's own changes are never seen half done


def new_question() -> None:
    """What this thread asks from now on is something new, as the next page of a visitor is."""
    _question.since, _question.used = None, 0.0


@contextmanager
def long_work() -> Iterator[None]:
    """What this thread asks a device for inside of it waits behind all shorter questions, slice by slice."""
    before, me = _question.long, threading.get_ident()
    _question.long = True
    _at_work.add(me)
    try:
        yield
    finally:
        _question.long = before
        if not before:
            _at_work.discard(me)


def others_at_work() -> int:
    """How many others do long work now: with them a device is shared, slice by slice."""
    return len(_at_work - {threading.get_ident()})


def _level() -> int:
    return LONG if _question.long else sum(_question.used >= most for most in LEVELS)


@dataclass(order=True)
class _Waiting:
    level: int
    since: float
    number: int
    thread: int = field(compare=False)
    queued: float = field(default_factory=time.monotonic, compare=False)
    called: threading.Event = field(default_factory=threading.Event, compare=False)


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
        self._queue: list[_Waiting] = []
        self._numbers = itertools.count()

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take a turn.

        Args:
            blocking: whether to wait for it; without, the answer says whether it could be had at once.
        """
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                self._depth += 1
                return True
            if self._owner is None:
                self._give(me)
                return True
            if not blocking:
                return False
            if _question.since is None:
                _question.since = time.monotonic()
            waiting = _Waiting(_level(), _question.since, next(self._numbers), me)
            heapq.heappush(self._queue, waiting)
        try:
            waiting.called.wait()
        except BaseException:
            with self._guard:
                if waiting in self._queue:
                    self._leave(waiting)
                else:
                    self._hand_on()
            raise
        return True

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
                _question.used += time.monotonic() - self._began
                self._hand_on()

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

    def _leave(self, waiting: _Waiting) -> None:
        self._queue.remove(waiting)
        heapq.heapify(self._queue)

    def _hand_on(self) -> None:
        if not self._queue:
            self._owner, self._depth = None, 0
            return
        following = min(self._queue, key=lambda waiting: waiting.queued)
        if time.monotonic() - following.queued < PATIENCE:
            following = self._queue[0]
        self._leave(following)
        self._give(following.thread)
        following.called.set()

    def __enter__(self) -> Turns:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
