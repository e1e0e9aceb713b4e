"""Hiding by hand: pixels, shares, and the comparison with the map's own choice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from effnet_viz.explain import capture, grad_cam_of, predict
from effnet_viz.explain.manual_occlusion import capture_hidden, hand_test, hidden_share, hide
from effnet_viz.images import Preprocessing, View, open_photo
from tests.explain.conftest import noise_photo

PREPROCESSING = Preprocessing(resize=32, crop=32, interpolation="bilinear", mean=(0.5, 0.25, 0.75), std=(1, 1, 1))


@pytest.fixture
def gradient():
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[..., 0] = np.arange(60)[None] * 4
    pixels[..., 1] = np.arange(40)[:, None] * 6
    return open_photo(Image.fromarray(pixels))


@pytest.mark.parametrize("replacement", ["grey", "mean", "blur"])
def test_only_the_box_changes(gradient, replacement):
    hidden = np.asarray(hide(gradient, [(10, 5, 30, 25)], PREPROCESSING, replacement).image)
    before = np.asarray(gradient.image)
    outside = np.ones((40, 60), dtype=bool)
    outside[5:25, 10:30] = False
    np.testing.assert_array_equal(hidden[outside], before[outside])
    inside = hidden[5:25, 10:30].reshape(-1, 3)
    if replacement == "grey":
        np.testing.assert_array_equal(np.unique(inside, axis=0), [[128, 64, 191]])
    elif replacement == "mean":
        np.testing.assert_array_equal(np.unique(inside, axis=0), [np.rint(before.reshape(-1, 3).mean(axis=0))])
    else:
        blurred = gradient.image.filter(ImageFilter.GaussianBlur(40 / 14))
        np.testing.assert_array_equal(hidden[5:25, 10:30], np.asarray(blurred)[5:25, 10:30])


def test_boxes_may_reach_beyond_the_photo(gradient):
    hidden = hide(gradient, [(-20, -20, 1000, 3), (55, 38, 90, 90), (70, 50, 80, 60)], PREPROCESSING, "grey")
    assert hidden.image.size == (60, 40)
    assert hidden.digest != gradient.digest


def test_no_such_replacement(gradient):
    with pytest.raises(ValueError, match="replacement is 'pink'"):
        hide(gradient, [], PREPROCESSING, "pink")


def test_the_hidden_share_counts_what_the_network_sees_once():
    view = View(photo_size=(200, 100), box=(50, 0, 150, 100), input_size=(100, 100))
    assert hidden_share(view, [(50, 0, 100, 100)]) == pytest.approx(0.5)
    assert hidden_share(view, [(0, 0, 100, 100), (75, 0, 125, 50)]) == pytest.approx(0.5 + 0.25 * 0.5)
    assert hidden_share(view, [(0, 0, 50, 100)]) == 0.0


def test_a_hidden_part_of_the_input_is_what_the_network_sees_of_the_hidden_photo(b0):
    """A photo as large as the input: hiding before and after it is prepared is then the same."""
    side = b0.preprocessing.crop
    photo = noise_photo(3, (side, side))
    # A grey that is a whole number in a photo, too.
    model = replace(b0, preprocessing=replace(b0.preprocessing, mean=(0.2, 0.4, 0.6)))
    run, boxes = capture(model, photo), [(10, 20, 50, 70), (60, 0, 90, 30)]
    by_photo = capture(model, hide(photo, boxes, model.preprocessing, "grey"), keep=())
    by_input = capture_hidden(model, run, boxes, "grey")
    for block, gates in by_photo.gates.items():
        np.testing.assert_allclose(by_input.gates[block], gates, atol=1e-6)
    assert np.abs(by_input.gates["4.1"] - run.gates["4.1"]).max() > 5e-4
    assert by_input.activations == {} and by_input.photo_digest != run.photo_digest
    np.testing.assert_array_equal(capture_hidden(model, run, []).logits, run.logits)


def test_the_whole_photo_hidden_is_the_same_by_hand_by_map_and_at_random(b0, photo):
    run = capture(b0, photo)
    evidence = grad_cam_of(b0, run, 2)
    everything = [(0, 0, photo.width, photo.height)]
    after = capture(b0, hide(photo, everything, b0.preprocessing, "grey"))
    test = hand_test(b0, run, after, evidence, everything, "grey")
    assert test.share == 1.0 and test.by_map == pytest.approx(test.at_random, abs=1e-6)
    assert test.by_hand == pytest.approx(test.by_map, abs=0.01)  # 8-bit grey is not exactly the mean colour
    assert test.before == pytest.approx(
        {prediction.index: prediction.probability for prediction in predict(b0, photo, 10)}[2], abs=1e-5
    )


def test_nothing_hidden_changes_nothing(b0, photo):
    run = capture(b0, photo)
    test = hand_test(b0, run, run, grad_cam_of(b0, run, 2), [], "blur")
    assert (test.share, test.by_hand, test.by_map, test.at_random) == pytest.approx(
        (0.0, test.before, test.before, test.before), abs=1e-5
    )
