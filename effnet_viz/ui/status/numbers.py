"""What there is to know about the server now, gathered without asking anything of a network."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from effnet_viz.training.background import training_queue
from effnet_viz.ui.session.answer_times import ANSWERS, Times
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS
from effnet_viz.ui.session.housekeeping import sessions
from effnet_viz.weights.memory import memory_available, memory_limit, memory_used


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The server at one moment.

    Attributes:
        sessions: visitors with an open page.
        memory: bytes by kind: `limit`, `used`, `free`, and of what is used `networks`, `results`, `uploads`, `pictures`
            (on the screens of visitors) and `promised` to work under way.
        running: pages that are being made now.
        waiting_short: questions that wait for their turn on the processor.
        waiting_long: long works that do.
        waiting_memory: works that wait for memory.
        trainings: that run or wait.
        answers: seconds by page, of the last quarter of an hour.
    """

    sessions: int
    memory: dict[str, int]
    running: int
    waiting_short: int
    waiting_long: int
    waiting_memory: int
    trainings: int
    answers: dict[str, Times]


def numbers() -> Numbers:
    """The server as it is now."""
    short, long = _waiting()
    uploads, pictures = _streamlits_own()
    return Numbers(
        sessions=sessions(),
        memory={
            "limit": memory_limit(),
            "used": memory_used(),
            "free": memory_available(),
            "networks": NETWORKS.nbytes,
            "results": CACHE.nbytes,
            "uploads": uploads,
            "pictures": pictures,
            "promised": BUDGET.promised,
        },
        running=ANSWERS.running,
        waiting_short=short,
        waiting_long=long,
        waiting_memory=BUDGET.waiting,
        trainings=len(training_queue()),
        answers=ANSWERS.by_page(),
    )


def _waiting() -> tuple[int, int]:
    """Short and long works in the queues of all devices; none as long as nobody has loaded PyTorch."""
    model = sys.modules.get("effnet_viz.explain.model")
    queues = [turns.waiting for turns in list(model._device_locks.values())] if model else []
    return sum(short for short, _ in queues), sum(long for _, long in queues)


def _streamlits_own() -> tuple[int, int]:
    """Bytes of uploads, and of pictures and files that browsers may ask for."""
    from streamlit.runtime import exists, get_instance

    if not exists():
        return 0, 0
    runtime = get_instance()
    managers = (runtime.uploaded_file_mgr, runtime.media_file_mgr._storage)
    sizes = [sum(stat.byte_length for stats in manager.get_stats().values() for stat in stats) for manager in managers]
    return sizes[0], sizes[1]
