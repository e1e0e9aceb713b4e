"""Changed copies of a photo, pixel by pixel against numpy, and what the gates make of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from effnet_viz.explain import capture
from effnet_viz.explain.photo_changes import CHANGES, changed, notice
from effnet_viz.images import Preprocessing, open_photo

STEPS = Preprocessing(resize=64, crop=64, interpolation="bilinear", mean=(0.5, 0.4, 0.3), std=(1, 1, 1))


@pytest.fixture
def square():
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return open_photo(Image.fromarray(pixels), name="square")


def pixels_of(photo) -> np.ndarray:
    return np.asarray(photo.image).astype(int)


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_differs_is_the_same_each_time_and_leaves_the_photo(square, change):
    before = pixels_of(square)
    first, other = changed(square, change, STEPS), changed(square, change, STEPS)
    assert first.digest == other.digest != square.digest
    assert first.image.size == square.image.size and first.image.mode == "RGB"
    assert (pixels_of(first) != before).mean() > 0.3
    np.testing.assert_array_equal(pixels_of(square), before)


def test_each_change_does_what_it_is_called(square):
    before = pixels_of(square)
    copies = {change: pixels_of(changed(square, change, STEPS)) for change in CHANGES}
    np.testing.assert_array_equal(copies["mirror"], before[:, ::-1])
    np.testing.assert_array_equal(copies["flip"], before[::-1])
    assert np.ptp(copies["grey"], axis=2).max() == 0
    np.testing.assert_allclose(copies["dark"], before * 0.4, atol=1)
    np.testing.assert_allclose(copies["cast"], before * [1, 0.75, 0.5], atol=1)
    np.testing.assert_array_equal(copies["left"][:, :32], np.broadcast_to([128, 102, 76], (64, 32, 3)))
    np.testing.assert_array_equal(copies["left"][:, 32:], before[:, 32:])
    np.testing.assert_array_equal(copies["right"][:, :32], before[:, :32])
    assert np.abs(np.diff(copies["blur"], axis=1)).mean() < np.abs(np.diff(before, axis=1)).mean() / 2
    np.testing.assert_array_equal(np.sort(copies["patches"].reshape(-1)), np.sort(before.reshape(-1)))
    grey = open_photo(Image.new("RGB", (200, 64), (128, 128, 128)))
    assert pixels_of(changed(grey, "noise", STEPS)).std() == pytest.approx(40, rel=0.05)


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3)])
@pytest.mark.parametrize("change", CHANGES)
def test_any_shape_of_photo_can_be_changed(size, change):
    photo = open_photo(Image.new("RGB", size, (200, 10, 60)))
    assert changed(photo, change, STEPS).image.size == size


def test_an_unknown_change_is_named(square):
    with pytest.raises(ValueError, match="'melted'"):
        changed(square, "melted", STEPS)


def test_what_gates_notice_is_what_a_run_on_the_copy_gives(b0, photo):
    run = capture(b0, photo)
    (noticed,) = notice(b0, photo, run, ["flip"])
    turned = capture(b0, changed(photo, "flip", b0.preprocessing))
    moves = np.abs(turned.gates["3.1"] - run.gates["3.1"])
    assert noticed.distance("3.1") == pytest.approx(moves.mean())
    assert noticed.share_moved("3.1") == pytest.approx((moves > 0.1).mean())
    assert noticed.probability == pytest.approx(turned.probabilities[run.logits.argmax()])
    assert noticed.winner == turned.logits.argmax()
