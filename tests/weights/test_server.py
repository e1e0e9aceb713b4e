"""The folder of checkpoints that a server names, and the question whether memory suffices."""

from __future__ import annotations

import pytest

from effnet_viz.architecture import spec
from effnet_viz.weights import CheckpointError, memory
from effnet_viz.weights.server import list_server_checkpoints, server_checkpoint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "shared"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.pth", "a.safetensors", "deep/c.PT", "notes.txt"):
        (folder / name).write_bytes(b"x")
    (tmp_path / "secret.pth").write_bytes(b"x")
    (folder / "link.pth").symlink_to(tmp_path / "secret.pth")
    monkeypatch.setenv("EFFNET_VIZ_CHECKPOINTS", str(folder))
    return folder


def test_only_checkpoints_inside_the_folder_are_listed(folder):
    assert list_server_checkpoints() == ("a.safetensors", "b.pth", "deep/c.PT")
    assert server_checkpoint("deep/c.PT") == folder / "deep" / "c.PT"


@pytest.mark.parametrize("name", ["../secret.pth", "link.pth", "notes.txt", "deep/../b.pth", "", "/etc/passwd"])
def test_nothing_outside_is_given(folder, name):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        server_checkpoint(name)


def test_without_a_folder(monkeypatch, tmp_path):
    for value in ("", str(tmp_path / "absent")):
        monkeypatch.setenv("EFFNET_VIZ_CHECKPOINTS", value)
        assert list_server_checkpoints() == ()
        with pytest.raises(CheckpointError, match="names no folder"):
            server_checkpoint("b.pth")


def test_a_network_that_does_not_fit_is_refused_with_its_size(monkeypatch):
    monkeypatch.setattr(memory, "memory_available", lambda: 2_000_000_000)
    memory.check_memory(spec("b7"))
    with pytest.raises(ValueError, match=r"EfficientNet-L2 needs about \d+\.\d GB .* this machine has 2.0 GB"):
        memory.check_memory(spec("l2"))


def test_the_memory_of_this_machine_is_known():
    assert 10**8 < memory.memory_available() < 10**14


def test_the_limit_of_a_container_counts(monkeypatch, tmp_path):
    limit, usage = tmp_path / "memory.max", tmp_path / "memory.current"
    monkeypatch.setattr(memory, "_CGROUP", [(str(limit), str(usage))])
    limit.write_text("300000000\n")
    usage.write_text("100000000\n")
    assert memory.memory_available() == 200_000_000
    limit.write_text("max\n")
    assert memory.memory_available() > 200_000_000
