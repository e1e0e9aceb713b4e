"""Whether a network fits into this machine's memory, asked before it is built."""

from __future__ import annotations

import math
import os
from pathlib import Path

import psutil

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.weights.catalogue import tensor_bytes

SETTING = "EFFNET_VIZ_MEMORY"
"""Environment variable: gigabytes that this server may take, where that is less than the machine has."""

# Limit, use, and statistics with the name of the part of the use that is only remembered files; cgroup v2, then v1.
_CGROUP = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat", "inactive_file"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat",
        "total_inactive_file",
    ),
)


class MemoryShortage(ValueError):
    """A network that does not fit into this machine's memory, said in a plain sentence."""


def memory_needed(network: ModelSpec) -> int:
    """Bytes that building a network, filling it and showing one photo to it take at most.

    Parameters are there three times for a moment (the file's, the network's, the folded copy's). Of the photo's run
    every block's output is kept, beside what the largest block needs while it runs.
    """
    drawn = plan(network, max(network.resolution, network.total_stride))
    kept = 4 * sum(math.prod(block.out_shape) for block in drawn.blocks)
    return 3 * tensor_bytes(network) + 2 * drawn.peak_activation_bytes + kept


def memory_limit() -> int:
    """Bytes that this process may have: the machine's, its container's, or the setting's, whichever is least.

    Raises:
        ValueError: the setting is not a number of gigabytes.
    """
    container = _container_memory()
    limits = [psutil.virtual_memory().total] if container is None else [psutil.virtual_memory().total, container[0]]
    return min([*limits, *([] if (own := _own_limit()) is None else [own])])


def memory_used() -> int:
    """Bytes of memory that this process holds."""
    return psutil.Process().memory_info().rss


def memory_available() -> int:
    """Bytes that this process can still get: the least that machine, container and setting leave."""
    left = [psutil.virtual_memory().available]
    if (container := _container_memory()) is not None:
        left.append(max(container[0] - container[1], 0))
    if (own := _own_limit()) is not None:
        left.append(max(own - memory_used(), 0))
    return min(left)


def check_memory(network: ModelSpec) -> None:
    """Refuse to build what does not fit.

    Raises:
        MemoryShortage: a ValueError that names both sizes.
    """
    needed, available = memory_needed(network), memory_available()
    if needed > available:
        raise MemoryShortage(
            f"{network.title} needs about {needed / 1e9:.1f} GB of memory to be run; this machine has "
            f"{available / 1e9:.1f} GB left. Its structure can be shown all the same."
        )


def _own_limit() -> int | None:
    """What the setting allows, in bytes; None where there is none."""
    said = os.environ.get(SETTING, "").strip()
    if not said:
        return None
    try:
        gigabytes = float(said)
    except ValueError:
        gigabytes = math.nan
    if not 0 < gigabytes < math.inf:
        raise ValueError(f"{SETTING} is {said!r}; write the gigabytes that the server may take, such as 4.")
    return int(gigabytes * 1e9)


def _container_memory() -> tuple[int, int] | None:
    """Limit and use of the container, which psutil does not know; None without a limit.

    Files that the system remembers count as free: they make room for whoever asks.
    """
    for limit_file, use_file, statistics_file, remembered in _CGROUP:
        try:
            limit = int(Path(limit_file).read_text(encoding="ascii"))
            use = int(Path(use_file).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no container, or "max"
            continue
        try:
            lines = Path(statistics_file).read_text(encoding="ascii").splitlines()
            use -= next(int(line.split()[1]) for line in lines if line.startswith(f"{remembered} "))
        except (OSError, ValueError, StopIteration):
            pass  # without statistics all use counts
        return limit, max(use, 0)
    return None
