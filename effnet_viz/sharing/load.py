"""How busy short questions keep the devices now: whoever foretells slow work reckons with what they leave."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

OVER = 15.0  # seconds, about, that are looked back on: a class is busy for longer, one visitor's page is not
MOST = 0.9  # of the time: with more, patience in the queue lets long work in


class BusyShare:
    """Which share of the last seconds something took; what is longer ago counts less.

    Args:
        over: seconds after which it counts a third (exponential moving average).
        clock: gives seconds.
    """

    def __init__(self, over: float = OVER, clock: Callable[[], float] = time.monotonic) -> None:
        self._over, self._clock = over, clock
        self._guard = threading.Lock()
        self._seconds, self._at = 0.0, clock()

    def add(self, seconds: float) -> None:
        """It took so long until now."""
        with self._guard:
            self._seconds, self._at = self._left() + seconds, self._clock()

    @property
    def share(self) -> float:
        """From 0 to `MOST`."""
        with self._guard:
            return min(MOST, self._left() / self._over)

    def _left(self) -> float:
        return self._seconds * math.exp((self._at - self._clock()) / self._over)


SHORT_QUESTIONS = BusyShare()
"""Of all devices together."""
