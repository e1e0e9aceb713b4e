"""A photo's way through a block: every number is that of the run, and one window by hand gives its value."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from effnet_viz.architecture import spec
from effnet_viz.explain import capture, steps_of
from effnet_viz.explain.block_travel import block_travel


@pytest.mark.parametrize(
    ("name", "origin"), [("b0", "timm"), ("b0", "google"), ("lite0", "google"), ("v2_s", "timm"), ("edgetpu_s", "timm")]
)
def test_every_block_is_travelled_with_the_runs_own_numbers(name, origin, make_model, photo):
    model = make_model(spec(name, origin=origin, num_classes=4))
    run = capture(model, photo)
    for block in [part for part in model.spec.block_specs() if part.id.endswith((".1", ".2"))]:
        travel = block_travel(model, run, block.id)
        steps = {id.rpartition(".")[2]: values for id, values in steps_of(model, run, block.id).items()}
        whole = {"input": run.block_input(block.id), "output": run.output(block.id), **steps}
        assert [moment.step for moment in travel.moments] == ["input", *steps, *(["output"] if block.residual else [])]
        for moment in travel.moments:
            np.testing.assert_array_equal(moment.maps, whole[moment.step][list(moment.channels)])
            assert moment.shape == whole[moment.step].shape and len(set(moment.channels)) == len(moment.channels)
        if block.squeeze_channels:
            np.testing.assert_array_equal(travel.gates, run.gates[block.id])
            filtered = travel.moments[[moment.step for moment in travel.moments].index("se") - 1]
            np.testing.assert_allclose(
                travel.descriptor[list(filtered.channels)], filtered.maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6
            )
        else:
            assert travel.gates is None and travel.descriptor is None
        assert (travel.window is None) == (block.operator == "fused_mbconv")
        if travel.window is not None:
            summed = torch.tensor(travel.window.total + travel.window.shift)
            by_hand = model.network.layer(f"{block.id}.depthwise").activation(summed)
            assert travel.window.value == pytest.approx(float(by_hand), rel=1e-3, abs=1e-5)
            assert (
                travel.window.value
                == whole["depthwise"][travel.window.channel, travel.window.row, travel.window.column]
            )


@pytest.mark.parametrize("block", ["1", "9", "4.9", ""])
def test_what_is_no_block_is_refused(block, lite0, photo):
    with pytest.raises(ValueError, match=r"a photo travels through 2\.1, 3\.1"):
        block_travel(lite0, capture(lite0, photo), block)


def test_a_map_is_the_weighted_sum_that_its_lines_stand_for(make_model, photo):
    model = make_model(spec("b0", num_classes=4))
    run = capture(model, photo)
    travel = block_travel(model, run, "3.2")
    moments = {moment.step: moment for moment in travel.moments}
    for step, before in (("expand", "input"), ("project", "se")):
        conv = model.network.layer(f"3.2.{step}").conv
        expected = conv.weight[list(moments[step].channels)][:, list(moments[before].channels), 0, 0].detach().numpy()
        np.testing.assert_array_equal(moments[step].weights, expected)
    assert all(moments[step].weights is None for step in ("input", "depthwise", "se", "output"))
    window, patch = travel.window, travel.patch
    _, height, _ = moments["expand"].shape
    assert patch.top * height == pytest.approx(window.row * window.stride - window.before)
    assert patch.side * height == pytest.approx(len(window.kernel))
