"""Whose turn it is on a device: one after the other, short questions before long work, else in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

_work = threading.local()


@contextmanager
def long_work() -> Iterator[None]:
    """What this thread asks a device for inside of it waits behind short questions, slice by slice."""
    before = getattr(_work, "long", False)
    _work.long = True
    try:
        yield
    finally:
        _work.long = before


@dataclass(eq=False)
class _Waiting:
    thread: int
    called: threading.Event = field(default_factory=threading.Event)


class Turns:
    """A lock that one thread holds, again and again if it likes, and that is handed on in order.

    An ordinary lock goes to whoever comes first after a release, which is nearly always the thread that released it: a
    long work of many slices would keep everybody else out.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._short: deque[_Waiting] = deque()
        self._long: deque[_Waiting] = deque()

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take a turn.

        Args:
            blocking: whether to wait for it; without, the answer says whether it could be had at once.
        """
        me = threading.get_ident()
        with self._guard:
            if self._owner in (None, me):
                self._owner = me
                self._depth += 1
                return True
            if not blocking:
                return False
            waiting = _Waiting(me)
            queue = self._long if getattr(_work, "long", False) else self._short
            queue.append(waiting)
        try:
            waiting.called.wait()
        except BaseException:
            with self._guard:
                if waiting in queue:
                    queue.remove(waiting)
                else:
                    self._hand_on()
            raise
        return True

    def release(self) -> None:
        """End a turn; who waits longest is next.

        Raises:
            RuntimeError: this thread has no turn.
        """
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("This thread does not hold the device.")
            self._depth -= 1
            if not self._depth:
                self._hand_on()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many short questions and how many long works wait."""
        with self._guard:
            return len(self._short), len(self._long)

    @property
    def busy(self) -> bool:
        """Whether somebody has the turn."""
        return self._owner is not None

    def _hand_on(self) -> None:
        queue = self._short or self._long
        if not queue:
            self._owner, self._depth = None, 0
            return
        following = queue.popleft()
        self._owner, self._depth = following.thread, 1
        following.called.set()

    def __enter__(self) -> Turns:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
