"""Whether a network fits into this machine's memory, asked before it is built."""

from __future__ import annotations

import os
from pathlib import Path

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


def memory_available() -> int | None:
    """Bytes that this process can still get, or None where the system does not tell.

    A container's limit counts where there is one.
    """
    found = [value for value in (_system_memory(), _container_memory()) if value is not None]
    return min(found) if found else None


def check_memory(network: ModelSpec) -> None:
    """Refuse to build what does not fit.

    Raises:
        MemoryShortage: a ValueError that names both sizes.
    """
    needed, available = memory_needed(network), memory_available()
    if available is not None and needed > available:
        raise MemoryShortage(
            f"{network.title} needs about {needed / 1e9:.1f} GB of memory to be run; this machine has "
            f"{available / 1e9:.1f} GB left. Its structure can be shown all the same."
        )


def _system_memory() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _windows_memory()


def _windows_memory() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in (
                "total",
                "available",
                "page_total",
                "page_available",
                "virtual_total",
                "virtual_available",
                "extended",
            )
        ]

    status = Status(length=ctypes.sizeof(Status))
    windll = getattr(ctypes, "windll", None)
    return status.available if windll and windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _container_memory() -> int | None:
    for limit_file, usage_file in _CGROUP:
        try:
            limit = int(Path(limit_file).read_text(encoding="ascii"))
            usage = int(Path(usage_file).read_text(encoding="ascii"))
        except (OSError, ValueError):  # no container, or "max"
            continue
        return max(limit - usage, 0)
    return None
