"""Checkpoints say what they hold, and others are turned away in one sentence."""

from __future__ import annotations

import json

import pytest
import safetensors.torch
import torch
from PIL import Image
from safetensors import safe_open

from effnet_viz.architecture import spec
from effnet_viz.images import Photo, open_photo
from effnet_viz.loading import load, load_checkpoint, load_trained
from effnet_viz.network import build
from effnet_viz.training.checkpoint import (
    FORMAT,
    network_inside,
    read_trained_checkpoint,
    task_inside,
    to_bytes,
    write_trained_checkpoint,
)
from effnet_viz.training.tasks import TASKS
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


def test_a_scaled_network_of_our_training_opens_with_its_own_strides_and_resolution():
    network = spec("shapes").replace(width=1.5, depth=0.5, head_rule="official", num_classes=6)
    built, facts = build(network, seed=3), {"class_names": list(TASKS["majority"].class_names), "pictures": 1}
    with torch.no_grad():
        for norm in (module for module in built.modules() if isinstance(module, torch.nn.BatchNorm2d)):
            norm.running_mean += 0.1  # else it would count as never trained
    content = to_bytes(network, built.state_dict(), {**facts, "held_out_accuracy": 0.2})
    own, opened = load_trained(content), load_checkpoint(content)
    assert (
        opened.spec == own.spec
        and opened.preprocessing == own.preprocessing
        and "assumed" not in opened.provenance.detail
    )
    assert opened.class_names == own.class_names
    picture = drawn(64)
    torch.testing.assert_close(opened.network(opened.input(picture)), own.network(own.input(picture)))
    # Who says something else than the tensors is not believed, and who asks for another resolution has it.
    for forged in (network.replace(width=1.0), network.replace(name="b0"), network.replace(depth=2.0)):
        assert "assumed" in load_checkpoint(to_bytes(forged, built.state_dict(), facts)).provenance.detail
    assert load_checkpoint(content, resolution=96).preprocessing.crop == 96


@pytest.mark.parametrize(
    "told",
    [{"depth": 1e9}, {"width": float("nan")}, {"name": ["b0"]}, {"head_rule": {}}, {"width": "wide"}, {"name": 7}],
)
def test_a_file_that_asks_for_a_network_nobody_can_build_is_not_asked(told):
    metadata = {
        "format": FORMAT,
        "spec": json.dumps({"name": "shapes", "width": 1, "depth": 1, "head_rule": "fixed"} | told),
    }
    assert network_inside(safetensors.torch.save({}, metadata=metadata)) is None


def drawn(side: int) -> Photo:
    pixels = torch.randint(0, 256, (side, side, 3), generator=torch.manual_seed(1), dtype=torch.uint8)
    return open_photo(Image.fromarray(pixels.numpy()), name="drawn")
