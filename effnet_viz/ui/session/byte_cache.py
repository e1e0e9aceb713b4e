"""A cache for big things: bounded by bytes, one for all sessions, each value computed once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

PICTURES = {"max_entries": 256, "max_size": "64mb", "ttl": 3600, "show_spinner": False}
"""How encoded pictures are kept: arguments of `st.cache_data`, for each function that draws."""


class BoundedCache(Generic[Value]):
    """Keeps the most recently used values within a number of bytes.

    Streamlit's own caches are bounded by the number of entries; a capture of B0 has 5 MB, one of B7 over 100.

    Args:
        max_bytes: most bytes that all values together may take; a value that is larger by itself is not kept.
        size: bytes of a value.
    """

    def __init__(self, max_bytes: int, size: Callable[[Value], int]) -> None:
        self.max_bytes = max_bytes
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of a key, computed if it is not here; who asks meanwhile for the same waits for it."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            mine = self._computing.setdefault(key, threading.Lock())
        with mine:
            with self._guard:
                if key in self._values:
                    return self._values[key]
            try:
                value = compute()
                self._keep(key, value)
                return value
            finally:
                with self._guard:
                    self._computing.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        with self._guard:
            return key in self._values

    @property
    def nbytes(self) -> int:
        """Bytes that are kept now."""
        return self._bytes

    def _keep(self, key: Hashable, value: Value) -> None:
        with self._guard:
            if self._size(value) > self.max_bytes:
                return
            self._values[key] = value
            self._bytes += self._size(value)
            while self._bytes > self.max_bytes:
                _, oldest = self._values.popitem(last=False)
                self._bytes -= self._size(oldest)
