"""The receptive field by arithmetic, held against what gradients say: exactly zero outside, something inside."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.architecture import spec
from effnet_viz.explain import capture
from effnet_viz.explain.receptive_field import effective_side, measured_field, receptive_field_box


def extent(field: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(field)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("layer", "row", "column"),
    [("1", 0, 0), ("1", 20, 47), ("2.1", 10, 10), ("3.1.depthwise", 9, 13), ("3.2", 11, 12), ("4.1", 5, 6)],
)
@pytest.mark.parametrize("origin", ["timm", "google"])
def test_arithmetic_and_gradient_agree_to_the_pixel(make_model, photo, layer, row, column, origin):
    model = make_model(spec("b0", origin=origin, num_classes=10))
    run = capture(model, photo)
    left, top, right, bottom = receptive_field_box(model, layer, row, column, 96)
    field = measured_field(model, run, layer, row, column)
    clipped = (max(0, left), max(0, top), min(96, right), min(96, bottom))
    assert extent(field.through_convolutions) == clipped


def test_the_stem_by_hand(b0):
    # 3x3 at stride 2, one pixel of padding: cell 5 reads pixels 9, 10, 11.
    assert receptive_field_box(b0, "1", 5, 0, 96) == (-1, 9, 2, 12)


def test_se_reaches_the_whole_image(b0, lite0, photo):
    field = measured_field(b0, capture(b0, photo), "3.2", 2, 2)
    assert (field.with_gates > 0).mean() > 0.99
    assert 0 < field.outside_share < 1
    plain = measured_field(lite0, capture(lite0, photo), "3.2", 2, 2)
    assert plain.outside_share == 0.0
    np.testing.assert_array_equal(plain.with_gates, plain.through_convolutions)


def test_one_channel_or_all(b0, photo):
    run = capture(b0, photo)
    field = measured_field(b0, run, "3.1", 5, 5, channel=2).through_convolutions
    everything = measured_field(b0, run, "3.1", 5, 5).through_convolutions
    assert field.shape == everything.shape == (96, 96)
    assert not np.allclose(field, everything)


def test_what_does_not_exist_is_named(b0, photo):
    with pytest.raises(ValueError, match=r"12, 0.*12 x 12"):
        receptive_field_box(b0, "4.2", 12, 0, 96)
    with pytest.raises(ValueError, match=r"99.*0 to 39"):
        measured_field(b0, capture(b0, photo), "4.2", 0, 0, channel=99)


def test_effective_side_by_hand():
    field = np.zeros((10, 10))
    field[2:5, 2:5] = 1.0  # nine equal pixels: 90% of the influence needs all nine
    field[0, 0] = 0.001
    assert effective_side(field) == 3.0
    assert effective_side(field, share=0.4) == 2.0
    assert effective_side(np.zeros((3, 3))) == 0.0
    with pytest.raises(ValueError, match=r"1.5"):
        effective_side(field, share=1.5)
