"""What the film sends to the browser: small for every kind of network, and bytes that give the run's values back."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

import effnet_viz as ev
from effnet_viz.explain import capture
from effnet_viz.images import open_sample
from effnet_viz.ui.widgets.travel_data import film

MOST_BYTES = 300_000


def maps_in(packed, values):
    """The packed maps as numbers again, given what they were packed from, for the ends of each one's range."""
    steps = np.frombuffer(base64.b64decode(packed["bytes"]), np.uint8).reshape(-1, packed["rows"], packed["columns"])
    low, high = values.min(axis=(1, 2), keepdims=True), values.max(axis=(1, 2), keepdims=True)
    return low + steps / 255 * (high - low)


def told_in(data, model, run, block):
    assert len(json.dumps(data)) < MOST_BYTES
    stages = data["network"]["stages"]
    ids = [scene["id"] for scene in data["scenes"]]
    se = data["block"]["gates"] != []
    assert len(ids) == len(data["block"]["order"]) + 2 * se + len(stages) + 2 and len(set(ids)) == len(ids)
    assert np.isfinite([value for stage in stages for value in stage["values"]]).all()
    assert [stage["shape"] for stage in stages][-1] == list(run.output(run.blocks[-1]).shape)
    assert stages[data["network"]["stage"]]["name"] in ("Stage " + block.partition(".")[0], "Stem", "Head")
    assert all(len(scene["words"].split()) > 3 and scene["seconds"] > 0 for scene in data["scenes"])


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("b0", "v2_s", "b7")]


@pytest.mark.parametrize("name", ["lite0", "shapes", "shapes_no_se", *SLOW])
def test_every_kind_of_network(name):
    model = ev.load(name, weights="untrained")
    run = capture(model, open_sample("coffee"))
    blocks = [one.id for one in model.spec.block_specs()]
    for block in (blocks[0], blocks[len(blocks) // 2], blocks[-1]):
        data = film(model, run, block)
        told_in(data, model, run, block)
    stage = data["network"]["stages"][-1]
    values = run.output(run.blocks[-1])[stage["channels"]]
    np.testing.assert_allclose(maps_in(stage, values), values, atol=np.ptp(values) / 254)
