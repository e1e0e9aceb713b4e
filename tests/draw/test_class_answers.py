"""What a class answered, as charts and as a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from effnet_viz.draw.class_answers import choice_bars, number_histogram, taps_picture


def jpeg(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_bars_hold_the_counts():
    assert [row["people"] for row in choice_bars(["a", "b"], [3, 0])["data"]["values"]] == [3, 0]


def test_the_right_option_is_marked_also_where_nobody_chose_it():
    for right, labels in ((None, ["1. a", "2. b"]), (1, ["1. a", "✓ 2. b"])):
        assert [row["option"] for row in choice_bars(["a", "b"], [3, 0], right)["data"]["values"]] == labels


def test_every_number_is_counted_once_also_equal_ones_and_none():
    for numbers in ([], [2.0], [2.0, 2.0], [-1.0, 0.5, 7.0]):
        chart = number_histogram(numbers, right=3.0)
        assert sum(row["people"] for row in chart["data"]["values"]) == len(numbers)
        assert list(chart["layer"][1]["data"]["values"][0].values()) == [3.0]


def test_the_picture_is_warm_where_people_tapped_and_untouched_elsewhere():
    plain = jpeg((40, 60, 80))
    shown = pixels(taps_picture(plain, [(0.25, 0.5)] * 3))
    assert shown.shape == (200, 300, 3)
    assert np.abs(shown[100, 75] - 255).max() < 30  # the dot
    assert np.abs(shown[100, 250] - (40, 60, 80)).max() < 12
    changed = np.abs(shown - pixels(plain)).sum(axis=2) > 60
    assert abs(np.argwhere(changed)[:, 1].mean() - 75) < 3 and abs(np.argwhere(changed)[:, 0].mean() - 100) < 3


def test_no_taps_leave_the_picture_and_the_right_place_is_ringed():
    plain = jpeg((40, 60, 80))
    assert np.abs(pixels(taps_picture(plain, [])) - pixels(plain)).max() < 12
    ringed = pixels(taps_picture(plain, [], (0.5, 0.5)))
    assert np.abs(ringed - pixels(plain)).max(axis=2)[80:120, 130:170].max() > 80
    assert np.abs(ringed - pixels(plain)).max(axis=2)[:, :90].max() < 12
