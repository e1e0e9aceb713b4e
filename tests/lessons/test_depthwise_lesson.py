"""Lesson 2's formulas against built layers and against the plan."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from effnet_viz.architecture import list_variants, plan
from effnet_viz.lessons import depthwise
from effnet_viz.lessons.depthwise import Convolution

EXAMPLES = [
    Convolution(in_channels=3, out_channels=64, kernel=3, size=8),
    Convolution(in_channels=40, out_channels=16, kernel=5, size=7),
    Convolution(in_channels=1, out_channels=1, kernel=7, size=1),
]


@pytest.mark.parametrize("convolution", EXAMPLES)
def test_weights_are_those_of_built_layers(convolution):
    built = depthwise.layers_of(convolution)
    counts = {way: sum(weight.numel() for weight in layer.parameters()) for way, layer in built.items()}
    assert counts == {
        "standard": convolution.standard,
        "depthwise": convolution.depthwise,
        "separable": convolution.separable,
    }
    outputs = {
        way: layer(torch.zeros(1, convolution.in_channels, convolution.size, convolution.size)).shape
        for way, layer in built.items()
    }
    side = (convolution.size, convolution.size)
    assert outputs == {
        "standard": (1, convolution.out_channels, *side),
        "depthwise": (1, convolution.in_channels, *side),
        "separable": (1, convolution.out_channels, *side),
    }


@pytest.mark.parametrize("convolution", EXAMPLES)
def test_the_ratio_is_one_by_outputs_and_one_by_kernel_squared(convolution):
    assert convolution.separable / convolution.standard == pytest.approx(convolution.ratio)
    assert convolution.ratio == pytest.approx(1 / convolution.out_channels + 1 / convolution.kernel**2)


@pytest.mark.parametrize("name", list_variants())
def test_costs_are_the_plans(name):
    drawn = plan(name)
    for block, convolution in depthwise.convolutions_in(drawn).items():
        filtered, mixed = drawn.layer(f"{block}.depthwise"), drawn.layer(f"{block}.project")
        assert convolution.macs(convolution.depthwise) == filtered.macs
        assert convolution.macs(convolution.pointwise) == mixed.macs
        assert convolution.depthwise == filtered.params - 2 * convolution.in_channels  # batch norm has two a channel
        assert convolution.pointwise == mixed.params - 2 * convolution.out_channels


def test_the_notes_example():
    convolution = Convolution(in_channels=3, out_channels=64, kernel=3, size=1)
    assert (convolution.standard, convolution.depthwise, convolution.pointwise) == (64 * 3 * 3 * 3, 27, 192)


def test_what_is_timed_is_bounded():
    huge = Convolution(in_channels=1152, out_channels=1152, kernel=7, size=224)
    size = depthwise.measured_size(huge)
    assert huge.standard * size**2 <= 2 * depthwise.MEASURED_MACS or size == depthwise.SMALLEST
    small = Convolution(in_channels=8, out_channels=8, kernel=3, size=14)
    times = depthwise.measure(small)
    assert times.size == small.size
    assert min(times.standard, times.depthwise, times.separable) > 0


@given(
    sizes=st.tuples(*[st.integers(1, 1152)] * 2, st.sampled_from([3, 5, 7]), st.integers(1, 224)),
    seconds=st.tuples(*[st.floats(1e-7, 10.0)] * 3),
)
def test_the_words_follow_the_numbers_whatever_comes(sizes: tuple[int, ...], seconds: tuple[float, ...]):
    convolution = Convolution(**dict(zip(("in_channels", "out_channels", "kernel", "size"), sizes, strict=True)))
    times = depthwise.Times(**dict(zip(depthwise.WAYS, seconds, strict=True)), size=sizes[3], threads=1)
    said = depthwise.time_words(convolution, times)
    work, time = convolution.separable / convolution.standard, seconds[2] / seconds[0]
    assert f"**{100 * work:.1f}%**" in said and f"**{100 * time:.1f}%**" in said
    slower, faster = "waits for memory" in said, "is the slower one" in said
    assert slower == (time > 1.15 * work) and faster == (1.15 * time < work)
    if slower or faster:
        times_named = float(re.search(r"\*\*([\d.]+) times\*\*", said)[1])
        assert times_named == pytest.approx(max(time / work, work / time), abs=0.051)
    else:
        assert "about as long in both" in said


@given(seconds=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=9))
def test_several_measurements_become_their_median(seconds: list[float]):
    measured = [depthwise.Times(standard=s, depthwise=2 * s, separable=3 * s, size=7, threads=1) for s in seconds]
    whole = depthwise.median_of(measured)
    assert whole.standard == pytest.approx(float(np.median(seconds)))
    assert whole.separable == pytest.approx(float(np.median([3 * s for s in seconds])))
