"""Where the answer is known: gates that know the class look at the shape that the class is about."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from effnet_viz.explain import capture, evidence_of_gates
from effnet_viz.explain.pointing_game import pointing, pointing_game
from effnet_viz.images import open_photo
from effnet_viz.loading import load
from effnet_viz.training.evaluation import between_class_shares, evaluate
from effnet_viz.training.tasks import held_out

GATES, PICTURES = 12, 128


@pytest.mark.slow
def test_gates_that_know_the_class_look_at_the_shape():
    model = load("shapes")
    said = evaluate(model.network, "shapes", 512)
    block = list(said.gates)[-1]
    knowing = np.argsort(-between_class_shares(said.gates[block], said.labels))[:GATES].tolist()
    by_channel = {channel: [] for channel in knowing}
    for batch in held_out("shapes", PICTURES):
        for pixels, mask in zip(batch.pixels, batch.masks, strict=True):
            run = capture(model, open_photo(Image.fromarray(pixels.transpose(1, 2, 0))))
            for evidence in evidence_of_gates(model, run, block, knowing):
                by_channel[evidence.channel].append(pointing(evidence, mask, either_sign=True))
    for channel, maps in by_channel.items():
        assert pointing_game(maps).pointing > 2 * pointing_game(maps).chance, f"gate {channel} of block {block}"
    every = pointing_game(hit for maps in by_channel.values() for hit in maps)
    assert every.pictures == GATES * PICTURES and every.pointing > 0.5 > 2 * every.chance
