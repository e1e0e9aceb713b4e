"""What the control groups of Linux (containers, systemd's slices) leave to this process: memory and processor time.

A process is in one group of each kind, and every group above that one limits it, too. Inside a container the paths that
the kernel names may not be there; then the root of what is mounted is the container's own group.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOUNTED = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")

# Limit, use, statistics, and the name there of what is only remembered of files; version 2, then version 1.
_MEMORY = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file"),
)
# Time that may be used in each period: version 2 in one file, version 1 in two.
_CPU = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))


def memory() -> tuple[int, int] | None:
    """Limit and use in bytes of the group that leaves least; None where no group has a limit.

    Files that the system remembers count as free: they make room for whoever asks.
    """
    limits = [group for folder in _folders("memory") for files in _MEMORY if (group := _memory_of(folder, *files))]
    return min(limits, key=lambda group: group[0] - group[1]) if limits else None


def cores() -> float | None:
    """Cores' worth of time that the groups allow; None where none has a limit."""
    shares = [share for folder in _folders("cpu") for files in _CPU if (share := _cores_of(folder, files))]
    return min(shares, default=None)


def _folders(controller: str) -> Iterator[Path]:
    """Folders of the groups that this process is in, each once, its own first."""
    try:
        lines = MEMBERSHIP.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return
    seen: set[Path] = set()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            bases = [MOUNTED, MOUNTED / "unified"]
        elif controller in controllers.split(","):
            bases = [MOUNTED / controllers, MOUNTED / controller]
        else:
            continue
        inside = PurePosixPath(path.lstrip("/"))
        for base in bases:
            for group in (inside, *inside.parents):
                folder = base / group
                if folder not in seen and folder.is_dir():
                    seen.add(folder)
                    yield folder


def _memory_of(
    folder: Path, limit_file: str, use_file: str, statistics: str, remembered: str
) -> tuple[int, int] | None:
    try:
        limit = int((folder / limit_file).read_text(encoding="ascii"))
        use = int((folder / use_file).read_text(encoding="ascii"))
    except (OSError, ValueError):  # another version, or "max"
        return None
    try:
        lines = (folder / statistics).read_text(encoding="ascii").splitlines()
        use -= next(int(line.split()[1]) for line in lines if line.startswith(f"{remembered} "))
    except (OSError, ValueError, StopIteration):
        pass  # without statistics all use counts
    return limit, max(use, 0)


def _cores_of(folder: Path, files: tuple[str, ...]) -> float | None:
    try:
        quota, period = " ".join((folder / file).read_text(encoding="ascii") for file in files).split()
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError):  # another version, or "max"
        return None
