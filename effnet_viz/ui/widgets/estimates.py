"""How long slow work will take: what was foretold, corrected by what such work really took on this machine."""

from __future__ import annotations

import statistics
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from time import monotonic

REMEMBERED = 3  # runs of one kind
FRESH_S = 60.0  # after which a run says how long this kind takes, but no longer how busy the machine is
MOST = 20.0  # times, to which a correction is held


class Estimates:
    """Takes the ratio of real to foretold time of each finished work, and foretells the next by it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ratios: dict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def foretold(self, kind: str, seconds: float) -> float:
        """Seconds that work of a kind will take.

        Args:
            kind: what is done, such as `occlusion`.
            seconds: what is reckoned from passes of the network.
        """
        with self._lock:
            ratios = list(self._ratios[kind])
        if not ratios:
            return seconds
        fresh = [ratio for when, ratio in ratios if self._clock() - when <= FRESH_S]
        return seconds * statistics.median(fresh or [ratio for _, ratio in ratios])

    def learn(self, kind: str, seconds: float, took: float) -> None:
        """Finished work.

        Args:
            kind: what was done.
            seconds: what was reckoned, before any correction.
            took: what it took.
        """
        if seconds > 0 and took > 0:
            with self._lock:
                self._ratios[kind].append((self._clock(), min(MOST, max(1 / MOST, took / seconds))))


ESTIMATES = Estimates()
