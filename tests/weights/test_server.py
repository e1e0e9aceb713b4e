"""The folder of checkpoints that a server names, and the question whether memory suffices."""

from __future__ import annotations

import math
import os

import pytest

from effnet_viz.architecture import custom_spec, plan, spec
from effnet_viz.explain import capture
from effnet_viz.images import open_sample, samples
from effnet_viz.loading import load
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


def test_listing_a_folder_asks_nothing_of_each_file(folder, monkeypatch):
    """Every rerun lists it: to look at each of 20,000 files, and at each folder above them, took 0.6 to 2.4 s."""
    for number in range(50):
        (folder / "deep" / f"{number:02}.pth").touch()
    asked = []
    for name in ("stat", "lstat", "readlink"):
        plain = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, plain=plain, **kwargs: asked.append(args) or plain(*args, **kwargs))
    assert len(list_server_checkpoints()) == 53
    assert len(asked) < 50


def test_a_place_that_is_closed_hides_only_itself(folder, tmp_path, monkeypatch):
    (folder / "closed").mkdir()
    (folder / "round.pth").symlink_to(folder / "round.pth")
    scandir = os.scandir

    def closed(place):
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", closed)
    assert list_server_checkpoints() == ("a.safetensors", "b.pth", "deep/c.PT")


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


def test_the_setting_is_a_limit_too(monkeypatch):
    monkeypatch.setenv(memory.SETTING, "1.5")
    assert memory.memory_limit() == 1_500_000_000
    assert memory.memory_available() < 1_500_000_000
    for nonsense in ("much", "-3", "nan"):
        monkeypatch.setenv(memory.SETTING, nonsense)
        with pytest.raises(ValueError, match=f"EFFNET_VIZ_MEMORY is '{nonsense}'; write the gigabytes"):
            memory.memory_limit()


@pytest.mark.parametrize("network", ["b0", "lite0", "v2_s"])
def test_the_estimate_covers_what_a_run_keeps(network):
    drawn = plan(network)
    run = capture(load(network, weights="untrained", device="cpu"), open_sample(samples()[0].name))
    assert memory.memory_needed(drawn.spec) > run.nbytes + 4 * drawn.params
    maps = sum(output.nbytes for output in (*run.activations.values(), run.logits))
    side = run.input.shape[-1]
    assert memory.memory_to_run(drawn.spec, side) - memory.memory_to_run(drawn.spec, side, maps=False) == maps


def test_a_narrow_network_for_huge_pictures_needs_much_memory():
    """Its weights are small, but every block's output is kept: one link to it filled a server of 4 GB."""
    network = custom_spec(width=0.25, depth=20, resolution=3000)
    outputs = sum(4 * math.prod(block.out_shape) for block in plan(network).blocks)
    assert memory.memory_needed(network) > outputs > 2_000_000_000


def test_a_training_is_known_to_take_most_of_a_gigabyte():
    """Its process was seen to hold 784 MB of its own at most, with this network and batch."""
    assert memory.memory_to_train(spec("shapes"), 64) == pytest.approx(0.8e9, rel=0.1)


def test_what_enters_the_gates_is_known():
    """Of B0, 9.226 MB: summed over the arrays of a run. A network without SE has no gates."""
    assert memory.bytes_before_gates(spec("b0"), 224) == 9_226_112
    assert memory.bytes_before_gates(spec("lite0"), 224) == 0


def test_a_gradient_to_an_early_block_needs_the_most():
    """Captum's Grad-CAM of B7 at 600 pixels was seen to take 3.9 GB; a map at the last block takes next to nothing."""
    b7 = spec("b7")
    needed = [memory.memory_to_explain(b7, 600, block) for block in ("1", "4.2", "9")]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] == pytest.approx(3.9e9, rel=0.2)
    assert needed[-1] < 50_000_000
