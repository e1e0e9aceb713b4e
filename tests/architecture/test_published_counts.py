"""Parameters, MACs and SE shares of every published variant, against the papers and the peers."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from effnet_viz.architecture import list_variants, plan, spec

# name: resolution, parameters (counted in torchvision's and timm's networks), GMACs, and the last digit of the GMACs.
PUBLISHED = {
    "b0": (224, 5_288_548, 0.386, 0.001),
    "b1": (240, 7_794_184, 0.687, 0.001),
    "b2": (260, 9_109_994, 0.994, 0.001),
    "b3": (300, 12_233_232, 1.827, 0.001),
    "b4": (380, 19_341_616, 4.394, 0.001),
    "b5": (456, 30_389_784, 10.266, 0.001),
    "b6": (528, 43_040_704, 19.068, 0.001),
    "b7": (600, 66_347_960, 37.746, 0.001),
    "b8": (672, 87_413_142, 62.597, 0.001),
    "l2": (800, 480_309_308, 475.7, 0.1),
    "lite0": (224, 4_652_008, None, None),
    "lite1": (240, 5_416_680, None, None),
    "lite2": (260, 6_092_072, None, None),
    "lite3": (280, 8_197_096, None, None),
    "lite4": (300, 13_006_568, None, None),
    "edgetpu_s": (224, 5_438_392, None, None),
    "edgetpu_m": (240, 6_899_496, None, None),
    "edgetpu_l": (300, 10_589_712, None, None),
    "v2_s": (384, 21_458_488, 8.366, 0.001),
    "v2_m": (480, 54_139_356, 24.582, 0.001),
    "v2_l": (480, 118_515_272, 56.080, 0.001),
    "v2_xl": (512, 208_119_808, 93.353, 0.001),
    "v2_b0": (224, 7_139_704, 0.718, 0.001),
    "v2_b1": (240, 8_141_052, 1.197, 0.001),
    "v2_b2": (260, 10_096_086, 1.698, 0.001),
    "v2_b3": (300, 14_358_406, 3.011, 0.001),
}
SE = {  # blocks with SE, blocks without, SE parameters, share in percent
    "b0": (16, 0, 636_540, 12.0),
    "b4": (32, 0, 3_146_448, 16.3),
    "b7": (55, 0, 11_973_104, 18.0),
    "v2_s": (30, 10, 3_700_088, 17.2),
}
NO_SE = ("lite0", "lite1", "lite2", "lite3", "lite4", "edgetpu_s", "edgetpu_m", "edgetpu_l")


def test_every_published_variant_is_listed_once_from_small_to_large():
    assert [name for name in list_variants() if spec(name).family != "shapes"] == list(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_resolution_and_macs_equal_the_published_ones(name):
    resolution, params, giga_macs, digit = PUBLISHED[name]
    planned = plan(name)
    assert planned.resolution == resolution
    assert planned.params == params
    if giga_macs is not None:
        assert planned.macs / 1e9 == pytest.approx(giga_macs, abs=digit / 2)


def test_l2_at_its_smaller_resolution_equals_the_noisy_student_paper():
    assert plan("l2", resolution=475).macs / 1e9 == pytest.approx(170.9, abs=0.05)


def peer(name: str) -> torch.nn.Module:
    """Torchvision's network of a variant where there is one, else timm's, without memory for its parameters."""
    with torch.device("meta"):
        if spec(name).origin == "torchvision":
            return torchvision.models.get_model(f"efficientnet_{name}").eval()
        edgetpu = {"edgetpu_s": "es", "edgetpu_m": "em", "edgetpu_l": "el"}
        if name.startswith("v2"):
            return timm.create_model(f"tf_efficientnet{name}").eval()
        return timm.create_model(f"tf_efficientnet_{edgetpu.get(name, name)}").eval()


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_macs_and_parameters_equal_those_counted_in_the_peers_network(name):
    network = peer(name)
    planned = plan(name)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.empty(1, 3, planned.resolution, planned.resolution, device="meta"))
    assert planned.macs == counter.get_total_flops() / 2  # a multiply-add counts as two operations there
    assert planned.params == sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("name", SE)
def test_squeeze_excitation_in_numbers(name):
    with_se, without, params, percent = SE[name]
    planned = plan(name)
    blocks = [block for block in planned.blocks if block.kind in ("mbconv", "fused_mbconv")]
    assert len(planned.se_blocks) == with_se
    assert len(blocks) - len(planned.se_blocks) == without
    assert planned.se_params == params == sum(block.se_params for block in blocks)
    assert 100 * planned.se_params / planned.params == pytest.approx(percent, abs=0.05)


@pytest.mark.parametrize("name", NO_SE)
def test_lite_and_edgetpu_have_no_squeeze_excitation(name):
    planned = plan(name)
    assert not planned.spec.has_se
    assert planned.se_blocks == ()
    assert planned.se_params == 0


def test_squeeze_width_is_a_quarter_of_the_blocks_input_channels():
    block = plan("b0").block("3.1")
    assert (block.in_shape[0], block.expanded_channels, block.squeeze_channels) == (16, 96, 4)
    reduce, expand = block.layers[2].inner_layers[1:]
    assert reduce.params == 96 * 4 + 4
    assert expand.params == 4 * 96 + 96


def test_class_count_and_input_channels_change_the_ends_only():
    usual, other = plan("b0"), plan(spec("b0", num_classes=10, in_channels=1))
    assert usual.params - other.params == 990 * (1280 + 1) + 9 * 2 * 32
    assert plan("b0", num_classes=10).params == usual.params - 990 * (1280 + 1)
    assert [block.params for block in usual.blocks[1:-1]] == [block.params for block in other.blocks[1:-1]]
