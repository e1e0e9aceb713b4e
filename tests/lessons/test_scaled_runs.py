"""Lesson 6 on a photo: another resolution gives PyTorch's own maps, the plan's sizes, and leaves the network alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms import functional as transforms

from effnet_viz.architecture import plan
from effnet_viz.explain import capture
from effnet_viz.lessons import scaled_runs, scaling

OTHER = 160  # pixels


# Not a deep untrained network: its blocks amplify rounding until no two engines agree.
@pytest.mark.parametrize("name", ["b0", "lite0", "v2_b0"])
def test_a_look_at_another_resolution_is_what_the_network_gives_there(name, make_model, photo):
    model = make_model(name)
    seen = scaled_runs.run_scaled(scaled_runs.at_resolution(model, OTHER), photo, 1.0)

    x = transforms.normalize(
        transforms.to_tensor(transforms.center_crop(transforms.resize(photo.image, OTHER), [OTHER, OTHER])),
        model.preprocessing.mean,
        model.preprocessing.std,
    )
    outputs = {}
    with torch.no_grad():
        values = x[None]
        for block, layer in model.network.blocks().items():
            values = layer(values)
            outputs[block] = values[0].numpy()
        logits = model.network(x[None])[0]
    assert set(seen.maps) == {4, 8, 16, 32}
    for cell, block in scaled_runs.last_blocks(seen.plan).items():
        assert seen.shapes[cell] == outputs[block.id].shape == seen.plan.block(block.id).out_shape
        assert seen.shapes[cell][1] == OTHER // cell
        assert np.allclose(seen.maps[cell], np.abs(outputs[block.id]).mean(axis=0), rtol=1e-4)
    assert seen.best.index == int(logits.argmax())
    assert seen.best.logit == pytest.approx(float(logits.max()), abs=1e-3)


def test_at_its_own_resolution_nothing_changes(b0, photo):
    own = b0.preprocessing.crop
    same = scaled_runs.at_resolution(b0, own)
    assert same.preprocessing == b0.preprocessing
    run, seen = capture(b0, photo), scaled_runs.run_scaled(same, photo, 1.0)
    assert seen.best.index == int(run.logits.argmax())
    assert np.allclose(seen.maps[16], np.abs(run.activations["6.3"]).mean(axis=0), atol=1e-5)


def test_every_resolution_shows_the_same_part_of_the_photo(b0, photo):
    own = b0.preprocessing.view(photo.width, photo.height).box
    for side in scaled_runs.resolutions(b0):
        other = scaled_runs.at_resolution(b0, side).preprocessing.view(photo.width, photo.height)
        assert other.input_size == (side, side)
        assert np.allclose(other.box, own, atol=2)  # the photo's pixels; the resized photo has whole ones


def test_resolutions_are_its_own_and_bearable_ones(b0):
    sides = scaled_runs.resolutions(b0)
    assert sides == sorted(set(sides))
    assert b0.preprocessing.crop in sides
    assert all(plan(b0.spec, side).macs <= scaled_runs.MOST_MACS for side in sides)
    assert len(sides) >= 3


def test_little_is_kept_of_a_large_run(b0, photo):
    seen = scaled_runs.run_scaled(scaled_runs.at_resolution(b0, 320), photo, 1.0)
    assert seen.nbytes == sum(4 * (320 // cell) ** 2 for cell in (4, 8, 16, 32))


def test_examples_are_run_as_they_are_planned(photo, make_model):
    base, large, deep, native = scaling.examples()
    assert {scaled.plan.spec.name for scaled in (base, large)} == {"b0"}
    assert large.plan.macs == plan("b0", 600).macs
    assert native.plan.spec.name == "b3"
    seen = scaled_runs.run_scaled(scaled_runs.at_resolution(make_model(deep.plan.spec), 96), photo, 1.0)
    assert seen.plan.params == deep.plan.params
