"""Gate evidence as pictures: the right colour at the right place, on a scale that several share."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from effnet_viz.draw.gate_pictures import gate_picture, gate_scale, gate_tiles, gate_wall_picture, tile_photo
from effnet_viz.explain import GateEvidence, GateWall
from effnet_viz.explain.gate_baseline import MovedGate, baseline_of
from effnet_viz.images import View, open_photo


def evidence(values, photo_size=(80, 80), box=(0, 0, 80, 80)) -> GateEvidence:
    values = np.array(values, dtype=np.float32)
    return GateEvidence(
        values=values,
        pushes=np.zeros(3),
        logit=1.0,
        resting_logit=0.0,
        block="2.1",
        channel=0,
        against=None,
        view=View(photo_size=photo_size, box=box, input_size=(80, 80)),
    )


@pytest.fixture
def photo():
    return open_photo(Image.new("RGB", (80, 80), (128, 128, 128)))


def test_what_opens_is_red_and_what_closes_is_blue(photo):
    picture = np.asarray(gate_picture(evidence([[2.0, -2.0], [2.0, -2.0]]), photo, longest=80)).astype(int)
    (red, _, blue), (other_red, _, other_blue) = picture[40, 5], picture[40, 75]
    assert red > blue + 40 and other_blue > other_red + 40


def test_only_what_the_network_saw_is_coloured():
    wide = open_photo(Image.new("RGB", (120, 80), (128, 128, 128)))
    gate = evidence([[3.0]], photo_size=(120, 80), box=(20, 0, 100, 80))
    picture = np.asarray(gate_picture(gate, wide, longest=120)).astype(int)
    assert np.ptp(picture[40, 10]) == 0 and picture[40, 60, 0] > picture[40, 60, 2] + 40


@pytest.mark.parametrize("size", [(2000, 250), (250, 2000)])
def test_of_a_long_photo_the_seen_part_alone_is_shown_and_large(size):
    long = open_photo(Image.effect_noise(size, 80))
    middle = (size[0] - 250) // 2, (size[1] - 250) // 2
    gate = evidence([[3.0]], photo_size=size, box=(*middle, middle[0] + 250, middle[1] + 250))
    picture = gate_picture(gate, long, longest=500)
    assert picture.size == (500, 500)
    assert np.asarray(picture).astype(int)[:, :, 0].min() > np.asarray(picture).astype(int)[:, :, 2].min()
    place = gate_tiles([gate], [tile_photo(long)]).places[0]
    assert (place.width, place.height) == (224, 224)


def test_tiles_share_one_scale(photo):
    strong, weak = evidence([[4.0]]), evidence([[0.4]])
    assert gate_scale([strong, weak]).high == pytest.approx(4.0)
    sheet = gate_tiles([strong, weak], [photo, photo])
    assert len(sheet.places) == 2 and "one scale" in sheet.says
    first, other = (np.asarray(gate_picture(gate, photo, scale=gate_scale([strong, weak]))) for gate in (strong, weak))
    assert int(first[40, 40, 0]) - int(first[40, 40, 2]) > int(other[40, 40, 0]) - int(other[40, 40, 2]) + 20


@pytest.mark.parametrize("count", [1, 4, 12])
def test_a_wall_has_room_for_every_gate(photo, count):
    wall = GateWall(
        moved=tuple(MovedGate(block="2.1", channel=index, gate=0.9, usual=0.4) for index in range(count)),
        evidence=(evidence([[1.0, -1.0]]),) * count,
        gates={"2.1": np.full(count, 0.9)},
        baseline=baseline_of(["a"], [{"2.1": np.full(count, 0.4)}]),
    )
    picture = np.asarray(gate_wall_picture(wall, photo)).astype(int)
    # Each gate has one map with a red and a blue side: no two of them overlap.
    red = (picture[:, :, 0] > picture[:, :, 2] + 40).sum()
    single = np.asarray(gate_picture(evidence([[1.0, -1.0]]), photo, longest=224)).astype(int)[:, :, [0, 2]]
    assert red == count * (single[:, :, 0] > single[:, :, 1] + 40).sum()
