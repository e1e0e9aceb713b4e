"""Gate evidence: as Captum computes it on the unfolded network, complete for every variant, right where it is known."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from PIL import Image

import effnet_viz as ev
from effnet_viz.architecture import custom_spec, list_variants, plan, spec
from effnet_viz.explain import Capture, Model, capture, evidence_of_gates, gate_evidence, gate_evidence_of, steps_of
from effnet_viz.explain.gate_evidence import GateEvidence, evidence_from
from effnet_viz.explain.reduced_maps import all_gates, reduce_maps, reduced_maps, reduced_maps_of
from effnet_viz.images import Preprocessing, View, open_photo
from effnet_viz.loading import load
from effnet_viz.network import build
from effnet_viz.network.blocks import squeeze_excitation
from tests.explain.conftest import model_of, stir

EXACT = 1e-3  # how far a map's sum may be from what the gate's logit rose by
ROUNDING = 1e-9  # and relative to it: random parameters give V2-XL logits of 10^11, where float64 itself is this coarse
SINGLE = 1e-6  # what the network itself, in float32, may be off in a logit for each unit that was added up to it
LARGE = 20e6  # parameters


def excitation(module: torch.nn.Module, descriptors: torch.Tensor) -> torch.Tensor:
    """Descriptors `(N, C)` to the logits of the gates, `(N, C)`, by the module's own layers."""
    return module.expand(module.activation(module.reduce(descriptors[:, :, None, None])))[:, :, 0, 0]


def entering(model: Model, run: Capture, block: str) -> np.ndarray:
    """What the SE of a block gets, `(C, H, W)`."""
    steps = steps_of(model, run, block)
    return steps[list(steps)[list(steps).index(f"{block}.se") - 1]].astype(np.float64)


def assert_adds_up(module: torch.nn.Module, descriptor: np.ndarray, maps: list[GateEvidence], block: str) -> None:
    """Maps and pushes of some gates sum up to what the module's own layers make of a descriptor."""
    exact = copy.deepcopy(module).double()
    given = torch.from_numpy(descriptor)[None]
    channels = [evidence.channel for evidence in maps]
    with torch.no_grad():
        rose = (excitation(exact, given) - excitation(exact, torch.zeros_like(given)))[0].numpy()[channels]
    sums = np.array([evidence.values.sum(dtype=np.float64) for evidence in maps])
    pushed = np.array([evidence.pushes.sum(dtype=np.float64) for evidence in maps])
    np.testing.assert_allclose(sums, rose, atol=EXACT, rtol=ROUNDING, err_msg=block)
    np.testing.assert_allclose(pushed, rose, atol=EXACT, rtol=ROUNDING, err_msg=block)


def assert_complete(model: Model, photo) -> None:
    run = capture(model, photo)
    assert run.gates
    for block in run.gates:
        maps = evidence_of_gates(model, run, block)
        assert_adds_up(model.network.layer(f"{block}.se"), entering(model, run, block).mean(axis=(1, 2)), maps, block)
        gates = np.array([evidence.gate for evidence in maps])
        added = np.array([np.abs(evidence.pushes).sum() for evidence in maps])
        assert (np.abs(gates - run.gates[block]) <= EXACT + SINGLE * added).all(), block


def sizes(large: bool) -> list[str]:
    """Variants with SE, up to 20 million parameters or beyond."""
    with_se = [name for name in list_variants() if any(block.squeeze_channels for block in spec(name).block_specs())]
    return [name for name in with_se if (plan(name).params > LARGE) == large]


QUICK = ("b0", "shapes")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in sizes(large=False)]
)
def test_complete_for_every_block(make_model, photo, name):
    assert_complete(make_model(name), photo)


@pytest.mark.parametrize("name", sizes(large=True))
def test_complete_for_every_block_of_large_variants(name):
    """Block by block, each with random parameters and maps of its size: L2 as a whole would take gigabytes."""
    chosen = spec(name)
    kinds = {
        (block.wide_channels, block.squeeze_channels): block for block in chosen.block_specs() if block.squeeze_channels
    }
    for block in kinds.values():
        module = squeeze_excitation(block, chosen.activation)
        model = SimpleNamespace(network=SimpleNamespace(layer=lambda _, module=module: module))
        maps = 3 * torch.randn(block.wide_channels, 3, 4).numpy()
        reduced = reduce_maps(model, block.id, maps, View(photo_size=(4, 3), box=(0, 0, 4, 3), input_size=(3, 4)))
        gates = torch.randperm(block.wide_channels)[:16].tolist()
        descriptor = maps.mean(axis=(1, 2), dtype=np.float64)
        assert_adds_up(module, descriptor, evidence_from(model, reduced, gates), block.id)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b7", "v2_m"])
def test_complete_for_whole_large_networks(make_model, photo, name):
    assert_complete(make_model(name), photo)


def test_complete_for_custom_and_trained_networks(make_model, photo):
    assert_complete(make_model(custom_spec(width=0.3, depth=0.4, rounding="ceil4", se_ratio=0.6, num_classes=5)), photo)
    assert_complete(load("shapes"), photo)


def test_equals_captum_on_the_unfolded_network(b0, make_model, photo):
    run = capture(b0, photo)
    torch.manual_seed(7)
    plain = stir(build(spec("b0", num_classes=10))).double()
    block, channels = "4.2", [0, 17, 200]
    before = {}
    handle = plain.layer(f"{block}.depthwise").register_forward_hook(lambda _, __, output: before.update(x=output))
    with torch.no_grad():
        plain(b0.input(photo).double())
    handle.remove()
    maps = before["x"].detach()
    descriptor = maps.mean(dim=(2, 3))
    module = plain.layer(f"{block}.se")
    attribute = IntegratedGradients(lambda d: excitation(module, d)).attribute
    for channel, evidence in zip(channels, evidence_of_gates(b0, run, block, channels), strict=True):
        pushes = attribute(descriptor, torch.zeros_like(descriptor), target=channel, n_steps=64)[0]
        expected = ((pushes / descriptor[0])[:, None, None] * maps[0]).sum(dim=0) / maps[0, 0].numel()
        np.testing.assert_allclose(evidence.pushes, pushes.numpy(), atol=1e-4)
        np.testing.assert_allclose(evidence.values, expected.numpy(), atol=1e-5)


def red_detector() -> Model:
    """A network whose block 2.1 has one channel that is bright where the photo is red, and opens gate 3 by it."""
    network = build(custom_spec(width=0.5, depth=0.4, num_classes=2, se_ratio=0.5)).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.weight.zero_()
                if module.bias is not None:
                    module.bias.zero_()
        stem, block = network.layer("1"), network.layer("2.1")
        stem.conv.weight[0, :, 1, 1] = torch.tensor([2.0, -1.0, -1.0])
        block.depthwise.conv.weight[0, 0, 1, 1] = 5.0
        block.se.reduce.weight[1, 0] = 4.0
        block.se.expand.weight[3, 1] = 6.0
        block.se.expand.weight[4, 1] = -6.0
        block.se.expand.bias[3] = -2.0
    return model_of(network, "red")


def test_a_known_place_opens_a_gate():
    model = red_detector()
    image = Image.new("RGB", (96, 96), (90, 90, 90))
    image.paste((255, 0, 0), (64, 16, 80, 32))
    photo = open_photo(image)
    opened, closed = (gate_evidence(model, photo, "2.1", channel) for channel in (3, 4))
    row, column = np.unravel_index(opened.values.argmax(), opened.values.shape)
    left, top, right, bottom = opened.view.cell_box(int(row), int(column), *opened.values.shape)
    assert 64 <= left and right <= 80 and 16 <= top and bottom <= 32
    assert opened.resting_logit == pytest.approx(-2.0) and opened.gate > opened.resting_gate
    inside = opened.values[8:16, 32:40].sum() / opened.values.sum()
    assert inside > 1, "the grey ground is a little against it, so the red square holds more than all of the sum"
    np.testing.assert_allclose(closed.values, -opened.values, atol=1e-6)
    assert [channel for channel, _ in opened.openers()] == [0] and opened.closers() == []
    assert [channel for channel, _ in closed.closers()] == [0] and closed.openers() == []


def test_mean_and_difference_are_sums_of_single_gates(b0, photo):
    run = capture(b0, photo)
    every = evidence_of_gates(b0, run, "5.1")
    mean = gate_evidence_of(b0, run, "5.1")
    difference = gate_evidence_of(b0, run, "5.1", 3, against=8)
    np.testing.assert_allclose(mean.values, np.mean([evidence.values for evidence in every], axis=0), atol=1e-5)
    np.testing.assert_allclose(difference.values, every[3].values - every[8].values, atol=1e-5)
    assert difference.logit == pytest.approx(every[3].logit - every[8].logit, abs=1e-5)
    assert mean.gate is None and difference.gate is None and every[3].channel == 3


def test_what_the_gates_see_is_the_narrow_middle_at_every_place(b0, photo):
    run = capture(b0, photo)
    reduced = reduced_maps_of(b0, run, "4.2")
    module = b0.network.layer("4.2.se")
    maps = torch.from_numpy(entering(b0, run, "4.2"))[None]
    with torch.no_grad():
        middle = copy.deepcopy(module.reduce).double()(maps)[0] - module.reduce.bias.double()[:, None, None]
    np.testing.assert_allclose(reduced.maps, middle.numpy(), atol=1e-6)
    np.testing.assert_allclose(reduced_maps(b0, photo, "4.2").maps, reduced.maps, atol=1e-6)
    assert reduced.maps.size < maps.numel() / 10 and not reduced.maps.flags.writeable


def test_the_public_name_is_the_same_from_a_photo(b0, photo):
    evidence = ev.gate_evidence(b0, photo, block="3.2", channel=5)
    np.testing.assert_allclose(evidence.values, gate_evidence_of(b0, capture(b0, photo), "3.2", 5).values, atol=1e-6)
    assert not evidence.values.flags.writeable


def test_pushes_are_sorted_both_ways(b0, photo):
    evidence = gate_evidence_of(b0, capture(b0, photo), "6.1", 2)
    assert [push for _, push in evidence.openers(5)] == sorted(evidence.pushes[evidence.pushes > 0], reverse=True)[:5]
    assert [push for _, push in evidence.closers(5)] == sorted(evidence.pushes[evidence.pushes < 0])[:5]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2.1", 32), "channel is 32; block 2.1 has gates 0 to 31"),
        (("2.1", -1), "channel is -1"),
        (("2.1", 3, 99), "against is 99"),
        (("2.1", 3, 3), "the gate itself"),
        (("9", 0), "no squeeze-and-excitation"),
    ],
)
def test_what_does_not_exist_is_named(b0, photo, arguments, words):
    with pytest.raises(ValueError, match=words):
        gate_evidence(b0, photo, *arguments)


def test_the_whole_of_a_wide_photo_is_not_covered(b0):
    evidence = gate_evidence(b0, open_photo(Image.new("RGB", (300, 100), (9, 99, 9))), "2.1", 0)
    assert evidence.view == Preprocessing(**vars(b0.preprocessing)).view(300, 100)


def test_one_run_gives_the_gates_of_all_blocks_and_what_they_see(b0, photo):
    every = all_gates(b0, photo)
    run = capture(b0, photo)
    assert list(every.gates) == list(every.reduced) == list(run.gates)
    np.testing.assert_allclose(every.logits, run.logits, atol=1e-5)
    for block, maps in every.reduced.items():
        single = reduced_maps(b0, photo, block)
        np.testing.assert_allclose(every.gates[block], run.gates[block], atol=1e-6)
        np.testing.assert_allclose(maps.maps, single.maps, atol=1e-5 * np.abs(single.maps).max())
        np.testing.assert_allclose(maps.descriptor, single.descriptor, atol=1e-5 * np.abs(single.descriptor).max())
        assert maps.view == single.view
