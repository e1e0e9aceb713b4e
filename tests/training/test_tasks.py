"""Generated pictures: the same for the same seed, and the mask is where the shape is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from effnet_viz.training import painting, shape_formulas, task_pictures
from effnet_viz.training.tasks import HELD_OUT_SEED, TASKS, held_out, pictures

TASK_NAMES = list(TASKS)


@pytest.mark.parametrize("task", TASK_NAMES)
def test_same_seed_same_pictures(task):
    first, again = pictures(task, 7, 3, 16), pictures(task, 7, 3, 16)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.masks, again.masks)


@pytest.mark.parametrize("task", TASK_NAMES)
@pytest.mark.parametrize(("seed", "index"), [(8, 3), (7, 4), (HELD_OUT_SEED, 3)])
def test_other_seed_or_index_other_pictures(task, seed, index):
    assert not np.array_equal(pictures(task, 7, 3, 16).pixels, pictures(task, seed, index, 16).pixels)


@pytest.mark.parametrize("task", TASK_NAMES)
def test_shapes_types_and_ranges(task):
    drawn = pictures(task, 0, 0, 32)
    assert drawn.pixels.shape == (32, 3, 64, 64)
    assert drawn.pixels.dtype == np.uint8
    assert drawn.masks.shape == (32, 64, 64)
    assert drawn.masks.dtype == bool
    area = drawn.masks.mean(axis=(1, 2))
    assert area.min() > 0.02
    assert area.max() < 0.5


@pytest.mark.parametrize("task", TASK_NAMES)
def test_every_class_is_equally_likely(task):
    classes = len(TASKS[task].class_names)
    labels = np.concatenate([batch.labels for batch in held_out(task)])
    counts = np.bincount(labels, minlength=classes)
    assert len(counts) == classes
    expected = len(labels) / classes
    assert np.abs(counts - expected).max() < 4 * np.sqrt(expected)


@pytest.mark.parametrize("task", TASK_NAMES)
def test_pictures_are_neither_dark_nor_blown_out(task):
    pixels = pictures(task, 1, 0, 64).pixels
    assert 80 < pixels.mean() < 150
    assert pixels.std() > 40


def _silhouette(name: str, centre: tuple[float, float], radius: float, angle: float) -> np.ndarray:
    """The shape drawn by Pillow, at eight times the size."""
    zoom = 8
    image = Image.new("1", (64 * zoom, 64 * zoom))
    drawing = ImageDraw.Draw(image)

    def polygon(points):
        turned = [(np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y) for x, y in points]
        drawing.polygon([((centre[0] + radius * x) * zoom, (centre[1] + radius * y) * zoom) for x, y in turned], fill=1)

    def disc(size, fill):
        box = [(c + side * radius * size) * zoom for side in (-1, 1) for c in centre]
        drawing.ellipse(box, fill=fill)

    def around(radii, count):
        turns = [2 * np.pi * k / count - np.pi / 2 for k in range(count)]
        return [
            (radii[k % len(radii)] * np.cos(turn), radii[k % len(radii)] * np.sin(turn)) for k, turn in enumerate(turns)
        ]

    if name == "circle":
        disc(0.85, 1)
    elif name == "ring":
        disc(1.0, 1)
        disc(0.5, 0)
    elif name == "square":
        polygon([(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)])
    elif name == "triangle":
        polygon(around([1.1], 3))
    elif name == "star":
        polygon(around([1.1, 0.5], 10))
    else:
        polygon([(-1, -0.3), (1, -0.3), (1, 0.3), (-1, 0.3)])
        polygon([(-0.3, -1), (0.3, -1), (0.3, 1), (-0.3, 1)])
    return np.asarray(image).reshape(64, zoom, 64, zoom).mean(axis=(1, 3)) > 0.5


@pytest.mark.parametrize("number", range(len(shape_formulas.SHAPES)))
@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_formulas_draw_the_shapes_that_pillow_draws(number, angle):
    name = list(shape_formulas.SHAPES)[number]
    ones = np.ones(1, np.float32)
    x, y = shape_formulas.local_coordinates(64, 30 * ones, 35 * ones, angle * ones, 20 * ones)
    inside = shape_formulas.each(shape_formulas.SHAPES, np.array([number]), x, y)[0] < 0
    expected = _silhouette(name, (30, 35), 20, angle)
    assert (inside != expected).sum() < 0.03 * expected.sum()


@pytest.mark.parametrize("task", TASK_NAMES)
def test_mask_is_where_the_shapes_pixels_are(task, monkeypatch):
    """Each picture is drawn twice with the same chance, the second time without its last shape: they differ there."""
    monkeypatch.setattr(task_pictures, "photograph", lambda rng, canvas, **flaws: canvas.copy())
    whole = pictures(task, 5, 0, 64)
    calls = []
    monkeypatch.setattr(task_pictures, "paint", lambda *arguments: calls.append(arguments))
    pictures(task, 5, 0, 64)
    strokes = {"shapes": 2, "majority": 1}[task]  # of the shape asked: its ground and its second colour, or one colour

    def skip_the_last(*arguments):
        painted.append(0)
        if len(painted) <= len(calls) - strokes:
            painting.paint(*arguments)

    painted = []
    monkeypatch.setattr(task_pictures, "paint", skip_the_last)
    without = pictures(task, 5, 0, 64)
    changed = np.abs(whole.pixels - without.pixels).max(axis=1)
    grown = ndimage.binary_dilation(whole.masks, np.ones((1, 3, 3)), iterations=2)
    assert (changed[~grown] < 1e-6).all()  # nothing of the shape lies outside the mask, but for its smooth edge
    assert (changed[whole.masks] > 0.02).mean() > 0.97  # and nothing but the shape lies inside


def test_majority_has_more_dots_in_the_colour_of_the_shape_that_is_asked(monkeypatch):
    dots = []
    monkeypatch.setattr(task_pictures, "_paint_dot", lambda canvas, x, y, radius, colour: dots.append(colour))
    monkeypatch.setattr(task_pictures, "photograph", lambda rng, canvas, **flaws: canvas.copy())
    drawn = pictures("majority", 2, 0, 64)
    orange_dots = (np.stack(dots)[..., 0] > np.stack(dots)[..., 2]).sum(axis=0)
    warmth = drawn.pixels[:, 0] - drawn.pixels[:, 2]
    orange_shape = np.array([values[mask].mean() > 0 for values, mask in zip(warmth, drawn.masks, strict=True)])
    assert len(dots) == 24
    assert np.array_equal(orange_dots > 12, orange_shape)
    assert 0.25 < orange_shape.mean() < 0.75


def test_held_out_set_is_fixed_and_cut_to_size():
    sizes = [len(batch.labels) for batch in held_out("shapes", 300)]
    assert sizes == [128, 128, 44]
    first, whole = next(iter(held_out("shapes", 5))), pictures("shapes", HELD_OUT_SEED, 0, 128)
    assert np.array_equal(first.pixels, whole.pixels[:5])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense", 0, 0, 1), "the tasks are shapes"),
        (("shapes", -1, 0, 1), "seed is -1"),
        (("shapes", 0, -1, 1), "index is -1"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        pictures(*arguments)
