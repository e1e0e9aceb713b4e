"""One budget of memory for the whole server: what work is going to take is asked for before it begins.

    with BUDGET.room_for(memory_to_load(spec), spec.title):
        load(spec)

What is free is what machine, container and setting leave now, less what others have been promised and not yet taken.
Where that is too little, kept results and networks go first, those before the others that are quickly made again; then
one waits for those who are at work; then it is said in a sentence.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS
from effnet_viz.ui.session.housekeeping import hand_back
from effnet_viz.weights.memory import MemoryShortage, memory_available, memory_limit

PATIENCE = 20.0  # seconds that one waits for memory which others hold only as long as they work
SPARE = min(memory_limit() // 4, 2**30)  # bytes that stay free: for pages, small works, what was estimated too low
ROUNDS = 3  # of making room: what was let go of lies between values that stay, so the system may get less of it
SMALL = 96 * 2**20  # bytes; who needs less is not asked, as for a gradient of B0: the spare is for them


class Budget:
    """Promises of memory.

    Args:
        available: bytes that can be had now.
        make_room: lets go of what is kept, at least as many bytes if there are so many.
        patience: seconds that somebody waits for others to finish.
    """

    def __init__(
        self, available: Callable[[], int], make_room: Callable[[int], None], patience: float = PATIENCE
    ) -> None:
        self._available, self._make_room, self._patience = available, make_room, patience
        self._changed = threading.Condition()
        self._promised = 0
        self._waiting = 0

    @property
    def promised(self) -> int:
        """Bytes that work under way has been promised."""
        return self._promised

    @property
    def waiting(self) -> int:
        """How many wait for memory."""
        return self._waiting

    @contextmanager
    def room_for(self, needed: int, title: str) -> Iterator[None]:
        """Memory for as long as a work takes; afterwards what it still holds is seen as used.

        Args:
            needed: bytes at its peak.
            title: what needs them, for the sentence.

        Raises:
            MemoryShortage: they cannot be had; a ValueError that names both sizes and what one can do.
        """
        self._promise(needed, title)
        try:
            yield
        finally:
            with self._changed:
                self._promised -= needed
                self._changed.notify_all()

    def _promise(self, needed: int, title: str) -> None:
        with self._changed:
            if needed <= SMALL:
                self._promised += needed
                return
            for times in range(1, ROUNDS + 1):
                if (missing := self._missing(needed)) > 0:
                    self._make_room(times * missing)
            give_up = time.monotonic() + self._patience
            self._waiting += 1
            try:
                while self._missing(needed) > 0:
                    left = give_up - time.monotonic()
                    if not self._promised or left <= 0:
                        raise self._shortage(needed, title)
                    self._changed.wait(left)
            finally:
                self._waiting -= 1
            self._promised += needed

    def _missing(self, needed: int) -> int:
        return needed + self._promised + SPARE - self._available()

    def _shortage(self, needed: int, title: str) -> MemoryShortage:
        free = max(0, self._available() - self._promised - SPARE)
        return MemoryShortage(
            f"{title} needs about {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free on this server. Wait "
            "until others are done, or choose a smaller network, such as Lite0. Its structure can be shown at once."
        )


def _let_go(wanted: int) -> None:
    """Let go of what is quickly made again, but of no more than half: one visitor does not undo a class's work."""
    freed = CACHE.shrink(min(wanted, CACHE.nbytes // 2))
    if freed < wanted:
        NETWORKS.shrink(min(wanted - freed, NETWORKS.nbytes // 2))
    hand_back()


BUDGET = Budget(memory_available, _let_go)
"""The one of this server."""
