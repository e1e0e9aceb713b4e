"""Whether a network fits into this machine's memory, asked before it is built."""

from __future__ import annotations

from pathlib import Path

import psutil

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.weights.catalogue import tensor_bytes

_CGROUP = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


class MemoryShortage(ValueError):
    """A network that does not fit into this machine's memory, said in a plain sentence."""


def memory_needed(network: ModelSpec) -> int:
    """Bytes that building a network, filling it and showing one photo to it take at most.

    Parameters are there three times for a moment (the file's, the network's, the folded copy's); the activations of
    one photo come on top.
    """
    return (
        3 * tensor_bytes(network)
        + 2 * plan(network, max(network.resolution, network.total_stride)).peak_activation_bytes
    )


def memory_available() -> int:
    """Bytes that this process can still get; a container's limit counts where there is one."""
    machine, container = psutil.virtual_memory().available, _container_memory()
    return machine if container is None else min(machine, container)


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


def _container_memory() -> int | None:
    """What the container may still take, which psutil does not know; None without a limit."""
    for limit_file, usage_file in _CGROUP:
        try:
            limit = int(Path(limit_file).read_text(encoding="ascii"))
            usage = int(Path(usage_file).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no container, or "max"
            continue
        return max(limit - usage, 0)
    return None
