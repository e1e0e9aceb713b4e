"""The palette through the eyes of people who see fewer colours, by a published simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from effnet_viz.draw.comparison_charts import SERIES
from effnet_viz.draw.cost_charts import roofline
from effnet_viz.draw.palette import COMPARED, GREY, KIND_COLOURS, rgb

# Machado, Oliveira and Fernandes 2009 (doi 10.1109/TVCG.2009.113), severity 1, of linear red, green and blue.
SIMULATIONS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)
APART = 15.0  # of CIELAB; two shades beside each other are told apart from about 2.3
GREY_APART = 6.0  # pooling and classifier stand last in every picture or have their names, so grey need not be told


def seen(colour: str, simulation: str) -> np.ndarray:
    """CIELAB coordinates of a colour as it is seen."""
    share = np.array(rgb(colour)) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(SIMULATIONS[simulation]) @ linear, 0, 1) / WHITE
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def nearest(colours: list[str], simulation: str) -> float:
    return min(
        float(np.linalg.norm(seen(one, simulation) - seen(other, simulation)))
        for one, other in combinations(colours, 2)
    )


@pytest.mark.parametrize("simulation", SIMULATIONS)
def test_kinds_of_layers_and_compared_networks_are_told_apart(simulation):
    kinds = sorted(set(KIND_COLOURS.values()))
    assert len(kinds) == 7
    assert nearest([kind for kind in kinds if kind != GREY], simulation) > APART
    assert nearest(kinds, simulation) > GREY_APART
    assert nearest(list(COMPARED), simulation) > APART
    assert nearest(list(SERIES), simulation) > APART  # lines of photos, which nothing but their colour names


def test_points_of_the_one_grey_that_is_near_pink_have_their_names():
    step = {"id": "5.2.project", "kind": "pointwise", "macs_per_byte": 3, "macs_per_second": 3e9, "milliseconds": 1}
    last = {**step, "id": "classifier", "kind": "classifier"}
    layers = roofline({"B0": [step, last]}, 40e9, 10e9)["layer"]
    named = [layer["data"]["values"] for layer in layers if layer["encoding"].get("text", {}).get("field") == "step"]
    assert [[point["step"] for point in points] for points in named] == [["classifier"]]


def test_the_simulation_finds_colours_that_look_alike():
    assert nearest(["#D62728", "#2CA02C"], "deuteranopia") < APART  # red and green of many charts
    assert np.allclose(seen("#999999", "deuteranopia")[1:], 0, atol=0.5)  # grey stays grey
