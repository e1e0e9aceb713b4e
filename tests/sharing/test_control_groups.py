"""What control groups leave counts, not what the machine has: version 1, version 2, inside and outside of containers.

The files are those that a kernel writes; how they are laid out is told in cgroups(7).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from effnet_viz.sharing import control_groups
from effnet_viz.sharing.cores import cores
from effnet_viz.weights.memory import memory_available, memory_limit

MB = 10**6


@pytest.fixture
def kernel(monkeypatch, tmp_path: Path):
    """Write what `/proc/self/cgroup` and files below `/sys/fs/cgroup` say."""
    monkeypatch.setattr(control_groups, "MOUNTED", tmp_path / "mounted")
    monkeypatch.setattr(control_groups, "MEMBERSHIP", tmp_path / "membership")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)

    def write(membership: str, **files: object) -> None:
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "mounted" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")

    return write


V1 = "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n"
V2 = "0::/user.slice/app.scope\n"


def test_without_groups_the_machine_counts(kernel):
    kernel("")
    assert control_groups.memory() is None
    assert cores() == 64


@pytest.mark.parametrize(
    ("membership", "folder", "names", "remembered"),
    [
        (V2, "user.slice/app.scope", ("memory.max", "memory.current"), "inactive_file"),
        (V2, ".", ("memory.max", "memory.current"), "inactive_file"),
        (V1, "memory/docker/abc", ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_inactive_file"),
        (V1, "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_inactive_file"),
    ],
    ids=["v2", "v2 in a container", "v1", "v1 in a container"],
)
def test_the_limit_of_memory(kernel, membership: str, folder: str, names: tuple[str, str], remembered: str):
    """A group that has read a large file is not full: what the system remembers of it makes room."""
    limit, use = (f"{folder}/{name}" for name in names)
    kernel(membership, **{limit: 300 * MB, use: 250 * MB})
    assert memory_available() == 50 * MB
    kernel(membership, **{f"{folder}/memory.stat": f"anon 7\n{remembered} {150 * MB}"})
    assert memory_available() == 200 * MB
    assert memory_limit() == 300 * MB
    kernel(membership, **{limit: "max"})
    assert control_groups.memory() is None


def test_of_groups_within_groups_the_one_that_leaves_least_counts(kernel):
    kernel(V2, **{"user.slice/app.scope/memory.max": "max", "user.slice/app.scope/memory.current": 100 * MB})
    kernel(V2, **{"user.slice/memory.max": 500 * MB, "user.slice/memory.current": 460 * MB})
    assert memory_available() == 40 * MB


@pytest.mark.parametrize(("said", "expected"), [("max 100000", 64), ("200000 100000", 2), ("50000 100000", 1)])
def test_the_share_of_cores_in_version_2(kernel, said: str, expected: int):
    kernel(V2, **{"user.slice/app.scope/cpu.max": said})
    assert cores() == expected


@pytest.mark.parametrize(("quota", "expected"), [(-1, 64), (350_000, 3)])
def test_the_share_of_cores_in_version_1(kernel, quota: int, expected: int):
    folder = "cpu,cpuacct/docker/abc"
    kernel(V1, **{f"{folder}/cpu.cfs_quota_us": quota, f"{folder}/cpu.cfs_period_us": 100_000})
    assert cores() == expected
