"""What a capture holds, against hooks on torchvision's and timm's networks with the same parameters."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
import timm
import torch
import torchvision

from effnet_viz.architecture import spec
from effnet_viz.engine import runner_of
from effnet_viz.explain import Model, Provenance, capture, maps_of, se_steps, steps_of
from effnet_viz.images import Preprocessing
from effnet_viz.network import build, for_inference
from effnet_viz.weights import load_state_dict


def stirred(network: torch.nn.Module) -> torch.nn.Module:
    """Random parameters with batch norms and biases that do something."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
            elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                module.bias.normal_(0, 1, generator=generator)
    return network.eval()


def ours_with(peer: torch.nn.Module, origin: str) -> Model:
    network = build(spec("b0", origin=origin, num_classes=10))
    load_state_dict(network, peer.state_dict())
    return Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key=origin,
        preprocessing=Preprocessing(resize=96, crop=96, interpolation="bilinear", mean=(0.5,) * 3, std=(0.25,) * 3),
        class_names=tuple("abcdefghij"),
        provenance=Provenance(kind="untrained", label="random"),
    )


def hooked(network: torch.nn.Module, names: list[str], x: torch.Tensor) -> dict[str, np.ndarray]:
    """Outputs of a peer's modules by name."""
    seen: dict[str, np.ndarray] = {}

    def reader(name: str):
        def read(module, inputs, output):
            seen[name] = output.detach()[0].numpy().copy()

        return read

    handles = [network.get_submodule(name).register_forward_hook(reader(name)) for name in names]
    with torch.no_grad():
        seen["logits"] = network(x)[0].numpy()
    for handle in handles:
        handle.remove()
    return seen


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs.reshape(ours.shape), atol=1e-4 * scale)


@pytest.fixture(scope="module")
def torchvision_pair():
    torch.manual_seed(0)
    peer = stirred(torchvision.models.efficientnet_b0(num_classes=10))
    return peer, ours_with(peer, "torchvision")


def torchvision_names() -> dict[str, str]:
    """Our block ids to torchvision's names: features.0 is the stem, features.3.1 the second block of stage 4."""
    names = {"1": "features.0", "9": "features.8"}
    for block in spec("b0").block_specs():
        stage, index = map(int, block.id.split("."))
        names[block.id] = f"features.{stage - 1}.{index - 1}"
    return names


def test_every_block_output_and_the_logits_are_torchvisions(torchvision_pair, photo):
    peer, model = torchvision_pair
    run = capture(model, photo)
    names = torchvision_names()
    assert set(run.activations) == set(names)
    theirs = hooked(peer, list(names.values()), model.input(photo))
    close(run.logits, theirs["logits"])
    for block, name in names.items():
        close(run.activations[block], theirs[name])


def test_every_gate_is_torchvisions(torchvision_pair, photo):
    peer, model = torchvision_pair
    run = capture(model, photo)
    names = {
        block: f"{name}.block.{1 if block == '2.1' else 2}.scale_activation"
        for block, name in torchvision_names().items()
        if "." in block
    }
    assert list(run.gates) == [block.id for block in spec("b0").block_specs()]
    theirs = hooked(peer, list(names.values()), model.input(photo))
    for block, name in names.items():
        np.testing.assert_allclose(run.gates[block], theirs[name].reshape(-1), atol=1e-5)


def test_steps_inside_a_block_are_torchvisions(torchvision_pair, photo):
    peer, model = torchvision_pair
    steps = steps_of(model, capture(model, photo), "4.2")
    names = [f"features.3.1.block.{index}" for index in range(4)]
    theirs = hooked(peer, names, model.input(photo))
    assert list(steps) == ["4.2.expand", "4.2.depthwise", "4.2.se", "4.2.project"]
    for ours, name in zip(steps.values(), names, strict=True):
        close(ours, theirs[name])


def test_steps_and_gates_are_timms(photo):
    torch.manual_seed(0)
    peer = stirred(timm.create_model("efficientnet_b0", num_classes=10))
    model = ours_with(peer, "timm")
    run = capture(model, photo)
    theirs = hooked(
        peer,
        ["blocks.2.1.bn1", "blocks.2.1.bn2", "blocks.2.1.se", "blocks.2.1.bn3", "blocks.2.1", "blocks.5.3.se.gate"],
        model.input(photo),
    )
    steps = steps_of(model, run, "4.2")
    for step, name in {"4.2.expand": "bn1", "4.2.depthwise": "bn2", "4.2.se": "se", "4.2.project": "bn3"}.items():
        close(steps[step], theirs[f"blocks.2.1.{name}"])
    close(run.activations["4.2"], theirs["blocks.2.1"])
    np.testing.assert_allclose(run.gates["7.4"], theirs["blocks.5.3.se.gate"].reshape(-1), atol=1e-5)


def test_one_se_module_number_by_number(torchvision_pair, photo):
    _, model = torchvision_pair
    run = capture(model, photo)
    steps = se_steps(model, run, "5.2")
    se = model.network.layer("5.2.se")
    descriptor = steps.before.mean(axis=(1, 2))
    np.testing.assert_allclose(steps.descriptor, descriptor, rtol=1e-4, atol=1e-6)
    reduced = se.reduce.weight.numpy()[:, :, 0, 0] @ descriptor + se.reduce.bias.numpy()
    np.testing.assert_allclose(steps.reduced, reduced, rtol=1e-3, atol=1e-4)
    activated = reduced / (1 + np.exp(-reduced))
    np.testing.assert_allclose(steps.activated, activated, rtol=1e-3, atol=1e-4)
    expanded = se.expand.weight.numpy()[:, :, 0, 0] @ activated + se.expand.bias.numpy()
    np.testing.assert_allclose(steps.expanded, expanded, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(steps.gates, 1 / (1 + np.exp(-expanded)), atol=1e-4)
    np.testing.assert_allclose(steps.after, steps.before * steps.gates[:, None, None], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(steps.gates, run.gates["5.2"], atol=1e-6)


def test_arrays_are_read_only_and_hooks_are_gone(b0, photo):
    run = capture(b0, photo)
    with pytest.raises(ValueError, match="read-only"):
        run.activations["4.2"][0, 0, 0] = 1.0
    assert not any(module._forward_hooks for module in b0.network.modules())


def test_a_block_without_se_has_no_steps(lite0, photo):
    run = capture(lite0, photo)
    assert dict(run.gates) == {}
    with pytest.raises(ValueError, match=r"4.2.*no squeeze"):
        se_steps(lite0, run, "4.2")


def test_maps_of_block_stage_and_step(b0, photo):
    run = capture(b0, photo)
    np.testing.assert_array_equal(maps_of(b0, run, "4.2").values, run.activations["4.2"])
    np.testing.assert_array_equal(maps_of(b0, run, "4").values, run.activations["4.2"])
    assert maps_of(b0, run, "4.2.depthwise").values.shape == (240, 12, 12)
    with pytest.raises(ValueError, match=r"4.7"):
        maps_of(b0, run, "4.7")


def test_only_what_is_asked_for_is_kept(b0, photo):
    whole, part = capture(b0, photo), capture(b0, photo, keep=["4.2"])
    assert list(part.activations) == ["4.2"]
    assert part.nbytes < whole.nbytes / 5
    np.testing.assert_array_equal(part.logits, whole.logits)
    np.testing.assert_array_equal(part.block_input("5.1"), whole.activations["4.2"])
    np.testing.assert_array_equal(part.gates["7.4"], whole.gates["7.4"])
    with pytest.raises(ValueError, match=r"block '5.1' was not kept"):
        part.block_input("5.2")
    with pytest.raises(ValueError, match=r"keep has '4.9'"):
        capture(b0, photo, keep=["4.9"])


def test_models_of_one_network_share_its_runner(b0):
    assert dataclasses.replace(b0, key="another").runner is b0.runner is runner_of(b0.network)
    copied = dataclasses.replace(b0, network=copy.deepcopy(b0.network))
    assert copied.runner is not b0.runner and copied.runner.network is copied.network
