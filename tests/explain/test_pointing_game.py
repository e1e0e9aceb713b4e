"""The pointing game on masks whose answer can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.explain import ClassEvidence
from effnet_viz.explain.pointing_game import Pointing, pointing, pointing_game
from effnet_viz.images import View
from effnet_viz.training.tasks import held_out


def evidence(values, box=(0, 0, 40, 40), photo=(40, 40), size=(40, 40)) -> ClassEvidence:
    return ClassEvidence(
        values=np.array(values, dtype=np.float32),
        target=0,
        layer="9",
        method="Grad-CAM",
        view=View(photo_size=photo, box=box, input_size=size),
    )


def test_a_map_of_pixels_is_counted_exactly():
    values = np.zeros((40, 40))
    values[:10, :10] = 3.0
    values[30:, 30:] = 1.0
    values[20, 20] = -5.0
    mask = np.zeros((40, 40))
    mask[:20, :20] = 1
    result = pointing(evidence(values), mask)
    assert result.hit and result.inside == pytest.approx(0.75) and result.area == pytest.approx(0.25)
    assert not pointing(evidence(values), mask[::-1, ::-1] * 0 + np.eye(40)[::-1]).hit


def test_only_what_the_network_saw_counts():
    mask = np.zeros((40, 80))
    mask[:, :40] = 1
    result = pointing(evidence(np.ones((4, 4)), box=(20, 0, 60, 40), photo=(80, 40)), mask)
    assert result.area == pytest.approx(0.5) and result.inside == pytest.approx(0.5)


def test_nothing_positive_lies_nowhere_and_sizes_must_fit():
    result = pointing(evidence(-np.ones((4, 4))), np.ones((40, 40)))
    assert result.inside == 0.0 and not result.hit
    with pytest.raises(ValueError, match="40 rows and 40 columns"):
        pointing(evidence(np.ones((4, 4))), np.ones((10, 10)))


def test_many_maps_are_averaged():
    game = pointing_game([Pointing(hit=True, inside=0.9, area=0.1), Pointing(hit=False, inside=0.3, area=0.3)])
    assert (game.pointing, game.pictures) == (0.5, 2)
    assert (game.energy, game.chance) == (pytest.approx(0.6), pytest.approx(0.2))
    with pytest.raises(ValueError, match="at least 1 map"):
        pointing_game([])


def test_random_maps_reach_what_chance_promises():
    rng = np.random.default_rng(0)
    masks = [mask for part in held_out("shapes", 512) for mask in part.masks]
    game = pointing_game(
        pointing(evidence(rng.random((64, 64)), box=(0, 0, 64, 64), photo=(64, 64), size=(64, 64)), mask)
        for mask in masks
    )
    assert game.energy == pytest.approx(game.chance, abs=0.01)
    assert game.pointing == pytest.approx(game.chance, abs=0.06)
