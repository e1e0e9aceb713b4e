"""How long pages took to answer, of the last few thousand answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

KEPT = 5000
WINDOW = 900.0  # seconds: older answers say nothing of how it is now


@dataclass(frozen=True, kw_only=True)
class Times:
    """Of one page: how many answers there were, and their seconds."""

    count: int
    median: float
    p95: float
    worst: float


class AnswerTimes:
    """Seconds from the beginning of a page's run to its end; any number of threads may add theirs."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, str, float]] = deque(maxlen=KEPT)
        self._running = 0
        self._guard = threading.Lock()

    @property
    def running(self) -> int:
        """How many pages are being made now."""
        return self._running

    @contextmanager
    def timed(self, page: str) -> Iterator[None]:
        """Take the time of what is inside; what a click breaks off counts, too.

        Args:
            page: name of the page.
        """
        began = time.monotonic()
        with self._guard:
            self._running += 1
        try:
            yield
        finally:
            ended = time.monotonic()
            with self._guard:
                self._running -= 1
                self._kept.append((ended, page, ended - began))

    def by_page(self) -> dict[str, Times]:
        """The times of the last quarter of an hour, by page."""
        since = time.monotonic() - WINDOW
        seconds: dict[str, list[float]] = {}
        with self._guard:
            for ended, page, took in self._kept:
                if ended >= since:
                    seconds.setdefault(page, []).append(took)
        return {page: _times(sorted(took)) for page, took in sorted(seconds.items())}


def _times(took: list[float]) -> Times:
    return Times(
        count=len(took),
        median=took[(len(took) - 1) // 2],
        p95=took[max(0, round(0.95 * len(took)) - 1)],
        worst=took[-1],
    )


ANSWERS = AnswerTimes()
"""Those of this server."""
