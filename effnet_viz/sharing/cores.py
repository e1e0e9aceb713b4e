"""How many cores this process may use, which is not always how many the machine has."""

from __future__ import annotations

import os

from effnet_viz.sharing import control_groups


def cores() -> int:
    """Whole cores for this process: the machine's, those it is bound to, or its container's share; at least 1."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = control_groups.cores()
    return max(1, bound if share is None else min(bound, int(share)))
