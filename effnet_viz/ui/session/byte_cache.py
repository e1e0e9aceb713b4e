"""What is computed once for everybody: one cache, bounded by bytes.

What goes first is what takes least time for its bytes to be made again, and of such the least recently used: this is
GreedyDual-Size, after Cao and Irani 1997 (Cost-aware WWW proxy caching algorithms). By age alone, B7's runs of 150 MB
pushed out what the gates of a network usually are: 0.3 MB, and three seconds of a whole class's time.
"""

from __future__ import annotations

import functools
import heapq
import inspect
import itertools
import sys
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from effnet_viz.weights.memory import memory_limit

Parameters = ParamSpec("Parameters")
Value = TypeVar("Value")

MAX_BYTES = min(512 * 2**20, memory_limit() // 10)
"""For all results together: a server of 4 GB also holds torch, the networks, and the runs of the moment."""

QUICK = 0.01  # seconds: what took less is worth as much, so that chance does not decide

MAX_NETWORK_BYTES = min(2 * 2**30, memory_limit() // 5)
"""For all networks together, with what the engine holds of them; B7 takes 266 MB twice, beside it a class's three."""


@dataclass(eq=False)
class _Computation:
    """A value that one thread computes and that others wait for."""

    ended: threading.Event = field(default_factory=threading.Event)
    succeeded: bool = False
    value: Any = None


@dataclass(eq=False)
class _Kept:
    """A value with its bytes and the seconds it took; what is first in order is let go first."""

    value: Any
    size: int
    seconds: float
    order: tuple[float, int] = (0.0, 0)  # what it is worth, and when it was last used


class ByteCache:
    """Keeps what is dearest to make again within a number of bytes, one cache for all threads.

    Values are shared between sessions, so nobody may change them. What was let go but is still held by somebody, as a
    network on a visitor's screen is, is found again when it is asked for, and kept again: a second one would only take
    the same memory once more.

    Args:
        max_bytes: most bytes that all values together may take. Of values that are larger by themselves only the latest
            is kept, apart from the others: else every rerun would compute it again while everybody waits.
        growing: whether values take more the longer they are used, and are to be measured again.
        left: told of each value that is let go, which somebody may still hold.
    """

    def __init__(
        self, max_bytes: int, *, growing: bool = False, left: Callable[[Any], None] = lambda value: None
    ) -> None:
        self.max_bytes, self._growing, self._left = max_bytes, growing, left
        self._values: dict[Hashable, _Kept] = {}
        self._heap: list[tuple[tuple[float, int], int, Hashable]] = []  # every key with its order, or an earlier one
        self._uses = itertools.count()
        self._age = 0.0  # worth of the last value that was let go: what comes or is used now is worth that much more
        self._nbytes = 0
        self._oversized: dict[Hashable, _Kept] = {}
        self._elsewhere: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._guard = threading.Lock()
        self._under_way: dict[Hashable, _Computation] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of a key, computed if it is not here; who asks meanwhile for the same waits for it.

        Args:
            key: stands for everything that the value depends on.
            compute: makes the value. Where it fails, its error goes to the caller, and the next who waits tries again.
        """
        while True:
            self.peek(key)  # what is still held somewhere is kept again
            with self._guard:
                if (here := self._here(key)) is not None:
                    return here.value
                computation = self._under_way.get(key)
                if computation is None:
                    mine = self._under_way[key] = _Computation()
                    break
            computation.ended.wait()
            if computation.succeeded:
                return computation.value
        try:
            began = time.monotonic()
            mine.value = compute()
            mine.succeeded = True
            self.put(key, mine.value, time.monotonic() - began)
            return mine.value
        finally:
            with self._guard:
                del self._under_way[key]
            mine.ended.set()

    def peek(self, key: Hashable) -> Any:
        """The value of a key if it is here, else None; nothing is computed and nobody waits."""
        with self._guard:
            if (here := self._here(key)) is not None:
                return here.value
            held = self._elsewhere.get(key)
        if held is not None:
            self.put(key, held)
        return held

    def put(self, key: Hashable, value: Any, seconds: float = 0.0) -> None:
        """Keep a value that was computed elsewhere, in place of an older one.

        Args:
            key: stands for everything that the value depends on.
            value: shared between sessions, so nobody may change it.
            seconds: that it took.
        """
        kept, left = _Kept(value, size_of(value), seconds), []
        with self._guard:
            if (replaced := self._values.pop(key, None)) is not None:
                self._nbytes -= replaced.size
            self._oversized.pop(key, None)
            with suppress(TypeError):  # numbers, bytes, lists: nothing that is worth finding again
                self._elsewhere[key] = value
            if kept.size > self.max_bytes:
                left = list(self._oversized.values())
                self._oversized = {key: kept}
            else:
                self._measure_again()
                while self._nbytes + kept.size > self.max_bytes:  # others: whoever asked for this one needs it now
                    left.append(self._forget_one())
                self._values[key] = kept
                self._nbytes += kept.size
                self._used(kept)
                self._push(key, kept)
        for each in left:
            self._left(each.value)

    def in_use(self, value: Any) -> None:
        """Somebody works with a value: others that are worth as much go before it.

        Args:
            value: it counts only where it is kept.
        """
        with self._guard:
            for kept in self._values.values():
                if kept.value is value:
                    self._used(kept)

    def shrink(self, wanted: int) -> int:
        """Forget what is worth least until so many bytes are free, or nothing is left; returns how many are.

        Args:
            wanted: bytes.
        """
        with self._guard:
            self._measure_again()
            left = list(self._oversized.values())
            self._oversized.clear()
            freed = sum(kept.size for kept in left)
            while self._values and freed < wanted:
                left.append(self._forget_one())
                freed += left[-1].size
        for kept in left:
            self._left(kept.value)
        return freed

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            left = [*self._values.values(), *self._oversized.values()]
            self._values.clear()
            self._heap.clear()
            self._oversized.clear()
            self._elsewhere.clear()
            self._nbytes = 0
        for kept in left:
            self._left(kept.value)

    @property
    def nbytes(self) -> int:
        """Bytes that are kept now."""
        with self._guard:
            return self._nbytes + sum(kept.size for kept in self._oversized.values())

    def _used(self, kept: _Kept) -> None:
        kept.order = self._age + max(kept.seconds, QUICK) / max(kept.size, 1), next(self._uses)

    def _push(self, key: Hashable, kept: _Kept) -> None:
        heapq.heappush(self._heap, (kept.order, next(self._uses), key))

    def _forget_one(self) -> _Kept:
        while True:
            order, _, key = heapq.heappop(self._heap)
            kept = self._values.get(key)
            if kept is None:  # it was replaced
                continue
            if kept.order <= order:
                break
            self._push(key, kept)  # it was used since
        del self._values[key]
        self._nbytes -= kept.size
        self._age = order[0]
        return kept

    def _measure_again(self) -> None:
        """Values that grow: a network has more sessions of its engine the more of it was asked for."""
        if not self._growing:
            return
        for kept in self._values.values():
            kept.size = size_of(kept.value)
        self._nbytes = sum(kept.size for kept in self._values.values())

    def _here(self, key: Hashable) -> _Kept | None:
        kept = self._values.get(key)
        if kept is not None:
            self._used(kept)
        return kept or self._oversized.get(key)


def _without_sessions(model: Any) -> None:
    """Half of what a network takes goes at once, also where it is on somebody's screen: it is made anew if need be."""
    model.runner.forget_sessions()


CACHE = ByteCache(MAX_BYTES)
"""The one cache of results."""

NETWORKS = ByteCache(MAX_NETWORK_BYTES, growing=True, left=_without_sessions)
"""Networks apart from results, so that a class that looks at many photos need not load its network again."""


def kept(
    function: Callable[Parameters, Value] | None = None, *, spinner: str | None = None, networks: bool = False
) -> Callable[Parameters, Value]:
    """A function whose answers are kept in the one cache.

    Args:
        function: what is computed. Its parameters are the key and must be hashable; those whose names begin with an
            underscore are left out of it, and what the value takes from them must be in the others (a model's key, a
            photo's digest).
        networks: whether the answers are networks.
        spinner: words beside a turning wheel while it is computed.
    """
    if function is None:
        return functools.partial(kept, spinner=spinner, networks=networks)
    signature = inspect.signature(function)
    counted = [name for name in signature.parameters if not name.startswith("_")]
    where = (function.__module__, function.__qualname__)

    @functools.wraps(function)
    def from_cache(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Value:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        key = (where, *(given.arguments[name] for name in counted))

        def compute() -> Value:
            visited = spinner and get_script_run_ctx(suppress_warning=True)
            with st.spinner(spinner) if visited else nullcontext():
                return function(*args, **kwargs)

        return (NETWORKS if networks else CACHE).get(key, compute)

    return from_cache


def size_of(value: Any) -> int:
    """Bytes that a value holds: arrays, tensors, pictures, bytes and text, also inside of collections and dataclasses.

    What is met twice counts once. A value that knows its `nbytes` is believed.
    """
    seen: set[int] = set()

    def count(part: Any) -> int:
        if id(part) in seen:
            return 0
        seen.add(id(part))
        known = getattr(part, "nbytes", None)
        if isinstance(known, int):
            return known
        if hasattr(part, "parameters") and hasattr(part, "buffers"):  # a network
            return sum(map(count, (*part.parameters(), *part.buffers())))
        if hasattr(part, "getbands"):  # a Pillow image
            return part.width * part.height * len(part.getbands())
        own = sys.getsizeof(part, 64)
        if isinstance(part, Mapping):
            return own + sum(count(key) + count(value) for key, value in part.items())
        if isinstance(part, (tuple, list, set, frozenset)):
            return own + sum(map(count, part))
        if is_dataclass(part) and not isinstance(part, type):
            return own + sum(count(getattr(part, each.name)) for each in fields(part))
        return own

    return count(value)
