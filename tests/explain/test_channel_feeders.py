"""What feeds a channel: the parts add up to what the block's last convolution gives at the place."""

from __future__ import annotations

import numpy as np
import pytest

import effnet_viz as ev
from effnet_viz.explain.channel_feeders import channel_feeders
from effnet_viz.images import open_sample
from tests.explain.conftest import make_model  # noqa: F401


@pytest.mark.parametrize("block", ["2.1", "6.2"])
def test_parts_add_up_to_the_output_before_its_bias(make_model, block):  # noqa: F811
    model, photo = make_model("b0"), open_sample("coffee")
    projected = ev.feature_maps(model, photo, f"{block}.project").values
    flat = projected.reshape(len(projected), -1)
    places = flat.argmax(axis=1)
    fed = channel_feeders(model, photo, block, places.tolist())
    bias = model.network.layer(f"{block}.project").conv.bias.numpy()
    at_place = flat[np.arange(len(flat)), places]
    scale = np.abs(fed.added.astype(np.float32)).sum(axis=1)
    np.testing.assert_allclose(
        (fed.added.astype(np.float32).sum(axis=1) + bias - at_place) / scale, np.zeros(len(flat)), atol=1e-3
    )
    gated = ev.feature_maps(model, photo, f"{block}.se").values
    assert fed.added.shape == (len(projected), len(gated))


def test_a_block_without_gates_and_too_few_places_are_refused(make_model):  # noqa: F811
    photo = open_sample("coffee")
    with pytest.raises(ValueError, match=r"6\.2"):
        channel_feeders(make_model("lite0"), photo, "6.2", [0] * 112)
    with pytest.raises(ValueError, match="places has 3 entries"):
        channel_feeders(make_model("b0"), photo, "6.2", [0, 1, 2])
