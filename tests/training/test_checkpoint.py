"""Checkpoints say what they hold, and others are turned away in one sentence."""

from __future__ import annotations

import json

import pytest
import safetensors.torch
import torch
from safetensors import safe_open

from effnet_viz.architecture import spec
from effnet_viz.loading import load, load_checkpoint
from effnet_viz.training.checkpoint import (
    FORMAT,
    read_trained_checkpoint,
    task_inside,
    to_bytes,
    write_trained_checkpoint,
)
from effnet_viz.weights.caches import ASSETS


def test_round_trip_by_path_and_by_bytes(tmp_path):
    network, tensors, facts = spec("shapes_no_se"), {"a": torch.arange(6.0).reshape(2, 3)}, {"seed": 4, "names": ["x"]}
    path = tmp_path / "network.safetensors"
    write_trained_checkpoint(path, network, tensors, facts)
    for source in (path, path.read_bytes(), to_bytes(network, tensors, facts)):
        saved = read_trained_checkpoint(source)
        assert saved.spec == network
        assert torch.equal(saved.tensors["a"], tensors["a"])
        assert saved.facts == facts


def test_anybody_can_read_it_with_safetensors(tmp_path):
    path = tmp_path / "network.safetensors"
    write_trained_checkpoint(path, spec("shapes"), {"a": torch.ones(2)}, {"held_out_accuracy": 0.5})
    with safe_open(path, framework="pt") as file:
        assert json.loads(file.metadata()["facts"]) == {"held_out_accuracy": 0.5}
        assert torch.equal(file.get_tensor("a"), torch.ones(2))


def test_checkpoint_of_another_version_is_turned_away():
    contents = safetensors.torch.save({"a": torch.ones(1)}, metadata={"format": "effnet-viz-training", "version": "0"})
    with pytest.raises(ValueError, match="version 0; this program reads version 1"):
        read_trained_checkpoint(contents)


def test_somebody_elses_file_is_turned_away():
    with pytest.raises(ValueError, match="not written by the training of this project"):
        read_trained_checkpoint(safetensors.torch.save({"a": torch.ones(1)}))


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_cut_off_file_is_turned_away(kept, tmp_path):
    path = tmp_path / "network.safetensors"
    path.write_bytes(to_bytes(spec("shapes"), {"a": torch.ones(50)}, {})[:kept])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        read_trained_checkpoint(path)


def test_file_without_a_network_is_turned_away():
    contents = safetensors.torch.save(
        {"a": torch.ones(1)}, metadata={"format": "effnet-viz-training", "version": "1", "spec": "{}"}
    )
    with pytest.raises(ValueError, match="does not say which network it holds"):
        read_trained_checkpoint(contents)


def test_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_trained_checkpoint(tmp_path / "nothing.safetensors")


def test_a_file_of_our_training_is_known_again_and_no_other():
    """Opened as anybody's checkpoint it answers as the network it is, with its classes and what it cannot know."""
    content = (ASSETS / "shapes" / "shapes.safetensors").read_bytes()
    opened, shipped = load_checkpoint(content), load("shapes")
    assert opened.class_names == shipped.class_names and opened.provenance.limits == shipped.provenance.limits != ""
    pictures = torch.rand(2, 3, 64, 64, generator=torch.manual_seed(0))
    torch.testing.assert_close(opened.network(pictures), shipped.network(pictures))
    trained = read_trained_checkpoint(content)
    forged = [{"class_names": names} for names in ({"0": "cat"}, ["<b>cat</b>"] * 24, None, 7)] + [[], 3]
    for other in [
        safetensors.torch.save(trained.tensors),
        *(to_bytes(trained.spec, trained.tensors, facts) for facts in forged[:4]),
    ]:
        assert load_checkpoint(other).provenance.limits == "" and load_checkpoint(other).class_names[0] == "class 0"
    for facts in forged:
        assert task_inside(safetensors.torch.save({}, metadata={"format": FORMAT, "facts": json.dumps(facts)})) is None
