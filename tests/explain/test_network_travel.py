"""A photo's way through the whole network: every stage's numbers are those of the run."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.architecture import plan, spec
from effnet_viz.explain import capture
from effnet_viz.explain.network_travel import network_travel


@pytest.mark.parametrize("name", ["b0", "lite0", "v2_s", "edgetpu_s"])
def test_every_stage_is_the_plans_and_its_numbers_are_the_runs(name, make_model, photo):
    model = make_model(spec(name, num_classes=4))
    run = capture(model, photo)
    stages, drawn = network_travel(model, run), plan(model.spec, run.input.shape[-1])
    assert len(stages) == len(drawn.stages)
    for one, stage in zip(stages, drawn.stages, strict=True):
        convolved = [block for block in stage.blocks if block.kind != "classifier"]
        assert (one.block, one.blocks, one.kind) == (convolved[-1].id, len(convolved), convolved[0].kind)
        assert one.shape == convolved[-1].out_shape == run.output(one.block).shape
        by_hand = np.abs(run.output(one.block)).mean(axis=(1, 2))
        np.testing.assert_allclose(one.strengths, by_hand, rtol=1e-5)
        np.testing.assert_allclose(one.side_view.mean(axis=1), by_hand, rtol=1e-5)
        assert sorted(by_hand[list(one.channels)])[::-1] == sorted(by_hand)[::-1][:4]
        np.testing.assert_array_equal(one.maps, run.output(one.block)[list(one.channels)])
