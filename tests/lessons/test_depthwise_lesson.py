"""Lesson 2's formulas against built layers and against the plan."""

from __future__ import annotations

import pytest
import torch

from effnet_viz.architecture import list_variants, plan
from effnet_viz.lessons import depthwise
from effnet_viz.lessons.depthwise import Convolution

EXAMPLES = [
    Convolution(in_channels=3, out_channels=64, kernel=3, size=8),
    Convolution(in_channels=40, out_channels=16, kernel=5, size=7),
    Convolution(in_channels=1, out_channels=1, kernel=7, size=1),
]


@pytest.mark.parametrize("one", EXAMPLES)
def test_weights_are_those_of_built_layers(one):
    built = depthwise.layers_of(one)
    counts = {way: sum(weight.numel() for weight in layer.parameters()) for way, layer in built.items()}
    assert counts == {"standard": one.standard, "depthwise": one.depthwise, "separable": one.separable}
    outputs = {way: layer(torch.zeros(1, one.in_channels, one.size, one.size)).shape for way, layer in built.items()}
    side = (one.size, one.size)
    assert outputs == {
        "standard": (1, one.out_channels, *side),
        "depthwise": (1, one.in_channels, *side),
        "separable": (1, one.out_channels, *side),
    }


@pytest.mark.parametrize("one", EXAMPLES)
def test_the_ratio_is_one_by_outputs_and_one_by_kernel_squared(one):
    assert one.separable / one.standard == pytest.approx(one.ratio)
    assert one.ratio == pytest.approx(1 / one.out_channels + 1 / one.kernel**2)


@pytest.mark.parametrize("name", list_variants())
def test_costs_are_the_plans(name):
    drawn = plan(name)
    for block, one in depthwise.convolutions_in(drawn).items():
        filtered, mixed = drawn.layer(f"{block}.depthwise"), drawn.layer(f"{block}.project")
        assert one.macs(one.depthwise) == filtered.macs
        assert one.macs(one.pointwise) == mixed.macs
        assert one.depthwise == filtered.params - 2 * one.in_channels  # batch norm has two a channel
        assert one.pointwise == mixed.params - 2 * one.out_channels


def test_the_notes_example():
    one = Convolution(in_channels=3, out_channels=64, kernel=3, size=1)
    assert (one.standard, one.depthwise, one.pointwise) == (64 * 3 * 3 * 3, 27, 192)


def test_what_is_timed_is_bounded():
    huge = Convolution(in_channels=1152, out_channels=1152, kernel=7, size=224)
    size = depthwise.measured_size(huge)
    assert huge.standard * size**2 <= 2 * depthwise.MEASURED_MACS or size == depthwise.SMALLEST
    small = Convolution(in_channels=8, out_channels=8, kernel=3, size=14)
    times = depthwise.measure(small)
    assert times.size == small.size
    assert min(times.standard, times.depthwise, times.separable) > 0
