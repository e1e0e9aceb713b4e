"""What the server cleans up while nobody waits."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from effnet_viz.sharing import allocator
from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS
from effnet_viz.weights.memory import memory_available, memory_limit, memory_used

EVERY = 20.0  # seconds between two looks
SHORT = 1.0  # seconds between two looks at freed memory: a class at work fills a gigabyte with it in twenty
FREED = 128 * 2**20  # bytes of it that are worth a trim
GROWTH = 64 * 2**20  # bytes; less is not worth a pause
TIGHT = min(memory_limit() // 5, 2**30)  # bytes left; with fewer, kept results go, before the system ends the server
WORTH = 32 * 2**20  # bytes of kept results; fewer are not worth a pause
_ended: list[Any] = []  # sessions that are to be emptied as soon as their scripts have stopped


def start_housekeeping(warm_up: Callable[[], None]) -> None:
    """Clean up in the background as long as the process lives.

    Args:
        warm_up: makes ready what the next first visitor sees.
    """
    threading.Thread(target=_keep_house, args=(warm_up,), name="housekeeping", daemon=True).start()


def give_memory_back() -> None:
    """Collect what ended sessions left, and hand free memory to the system, the engine's scratch memory too."""
    gc.collect()
    hand_back()


def hand_back() -> None:
    """Hand free memory to the system, the engine's scratch memory too.

    Kept results and networks are free as soon as they are let go, without a collection, which stops all sessions for
    about a fifth of a second.
    """
    if (engine := sys.modules.get("effnet_viz.engine.sessions")) is not None:
        with suppress(engine.EngineError):  # there is none
            engine.free_scratch()
    allocator.trim()


def sessions() -> int:
    """How many visitors are here."""
    from streamlit.runtime import exists, get_instance

    manager = getattr(get_instance(), "_session_mgr", None) if exists() else None  # none where a page is tried alone
    return 0 if manager is None else manager.num_active_sessions()


def end_left_sessions(manager: Any) -> int:
    """End the sessions whose browsers have not come back in time; returns how many.

    Streamlit keeps them two minutes for a browser that lost its connection. After that it forgets them only when
    another visitor leaves, and with them their uploads, pictures and downloads, which could be fetched all the while.

    Args:
        manager: Streamlit's `WebsocketSessionManager`, whose storage has no name for this.
    """
    with manager._storage_lock:
        left = [info for _, info in manager._session_storage._cache.expire()]
    for info in left:
        info.session.shutdown()
        _ended.append(info.session)
    _empty_ended()
    return len(left)


def _empty_ended() -> None:
    """Take from sessions that have ended what they hold: uploads, and networks in the closures of their fragments.

    Streamlit's loop for messages keeps the session that it looked at last until somebody else comes.
    """
    for session in list(_ended):
        if session._scriptrunner is not None:  # its script has not come to its end yet
            continue
        _ended.remove(session)
        session.session_state.clear()
        session._fragment_storage._fragments.clear()


def _end_left_sessions() -> int:
    from streamlit.runtime import exists, get_instance

    if not exists():
        return 0
    runtime = get_instance()
    ended = end_left_sessions(runtime._session_mgr)
    runtime.media_file_mgr.remove_orphaned_files()  # downloads go at the second asking
    return ended


def ease() -> bool:
    """Let go of kept results where memory is nearly out; returns whether it did.

    Works that take too little to be asked about take it, many at once, beside those that were promised theirs.
    """
    missing = TIGHT - memory_available()
    if missing <= 0 or CACHE.nbytes < WORTH:
        return False
    CACHE.shrink(max(missing, WORTH))
    hand_back()
    return True


def _keep_house(warm_up: Callable[[], None]) -> None:
    tidy, here_before, memory = memory_used(), 0, allocator.FreedSinceTrim(FREED)
    while True:
        for _ in range(round(EVERY / SHORT)):
            time.sleep(SHORT)
            memory.look()
            ease()
        ended = _end_left_sessions()
        here = sessions()
        if here_before and not here:
            CACHE.clear()
            NETWORKS.clear()
            give_memory_back()
            warm_up()
        if ended or here < here_before or memory_used() > tidy + GROWTH:
            give_memory_back()
            tidy = memory_used()
        here_before = here
