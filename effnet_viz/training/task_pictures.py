"""What the pictures of each task show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from effnet_viz.training.painting import TURN, contrasting, gradient, paint, photograph, stray_lines, uniform
from effnet_viz.training.shape_formulas import FARTHEST, SHAPES, TEXTURES, Array, cover, each, local_coordinates

SIZE = 64
"""Height and width of a picture, in pixels."""

ORANGE_AND_BLUE = np.array([(0.90, 0.55, 0.05), (0.10, 0.40, 0.85)], np.float32)
DOTS = 24


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledPictures:
    """A batch of pictures and the truth about them.

    Attributes:
        pixels: ``(N, 3, 64, 64)`` uint8: red, green, blue.
        labels: ``(N,)`` class numbers.
        masks: ``(N, 64, 64)`` bool: the pixels of the shape that the class is about.
    """

    pixels: Array
    labels: Array
    masks: Array


def draw_shapes(rng: Generator, count: int) -> LabelledPictures:
    """One shape with one texture, anywhere, of any size and colour, among stray lines.

    Args:
        rng: source of chance.
        count: how many pictures.
    """
    labels = rng.integers(0, len(SHAPES) * len(TEXTURES), count)
    shape, texture = np.divmod(labels, len(TEXTURES))

    ground = uniform(rng, 0.05, 0.95, count, 3)
    canvas = gradient(rng, ground, SIZE)
    stray_lines(rng, canvas, lines=3)

    radius = uniform(rng, 13, 24, count)
    reach = FARTHEST * radius
    centre_x, centre_y = reach + uniform(rng, 0, 1, 2, count) * (SIZE - 2 * reach)
    distance = each(SHAPES, shape, *local_coordinates(SIZE, centre_x, centre_y, uniform(rng, 0, TURN, count), radius))
    period = uniform(rng, 5.5, 8, count)
    phase_x, phase_y = uniform(rng, 0, 8, 2, count)
    weave = each(
        TEXTURES, texture, *local_coordinates(SIZE, phase_x, phase_y, uniform(rng, 0, TURN, count), period / TURN)
    )

    first = contrasting(rng, ground)
    second = contrasting(rng, ground, first)
    inside = cover(distance, radius)
    paint(canvas, inside, first)
    paint(canvas, inside * np.clip(0.5 - 1.5 * weave, 0, 1), second)
    return LabelledPictures(pixels=photograph(rng, canvas, cast=0.3, noise=0.1), labels=labels, masks=distance < 0)


def draw_majority(rng: Generator, count: int) -> LabelledPictures:
    """Two shapes, one orange and one blue, and dots of both colours: which shape has the colour of most dots?

    Each shape can be told from the pixels around it, but which of the two is asked is written nowhere near it: two
    quarters of the picture hold a shape each, the other two hold the dots, and only all dots together tell.

    Args:
        rng: source of chance.
        count: how many pictures.
    """
    labels = rng.integers(0, len(SHAPES), count)
    other = (labels + rng.integers(1, len(SHAPES), count)) % len(SHAPES)
    asked = rng.integers(0, 2, count)  # 0: orange, 1: blue
    colours = ORANGE_AND_BLUE + uniform(rng, -0.08, 0.08, count, 2, 3)
    of_asked, of_other = colours[np.arange(count), asked], colours[np.arange(count), 1 - asked]
    canvas = gradient(rng, uniform(rng, 0.2, 0.8, count, 1), SIZE).repeat(3, axis=1)  # grey: only dots are coloured

    quarter = rng.permuted(np.tile(np.arange(4), (count, 1)), axis=1)  # (N, 4): two for shapes, two for dots
    spot = rng.permuted(np.tile(np.arange(32), (count, 1)), axis=1)[:, :DOTS]  # of 16 places in each of the two
    home = np.take_along_axis(quarter[:, 2:], spot // 16, axis=1)
    few, dot_radius = rng.integers(8, 12, count), uniform(rng, 2.5, 3.1, count)
    for dot in range(DOTS):
        centre_x = home[:, dot] % 2 * 32 + spot[:, dot] % 4 * 8 + 4 + uniform(rng, -1, 1, count)
        centre_y = home[:, dot] // 2 * 32 + spot[:, dot] % 16 // 4 * 8 + 4 + uniform(rng, -1, 1, count)
        _paint_dot(canvas, centre_x, centre_y, dot_radius, np.where((dot < few)[:, None], of_other, of_asked))

    radius = uniform(rng, 10, 13, count)
    for number, (kind, colour) in enumerate(((other, of_other), (labels, of_asked))):
        centre_x = quarter[:, number] % 2 * 32 + 16 + uniform(rng, -2, 2, count)
        centre_y = quarter[:, number] // 2 * 32 + 16 + uniform(rng, -2, 2, count)
        distance = each(
            SHAPES, kind, *local_coordinates(SIZE, centre_x, centre_y, uniform(rng, 0, TURN, count), radius)
        )
        paint(canvas, cover(distance, radius), colour)
    return LabelledPictures(pixels=photograph(rng, canvas, cast=0.1, noise=0.1), labels=labels, masks=distance < 0)


def _paint_dot(canvas: Array, centre_x: Array, centre_y: Array, radius: Array, colour: Array) -> None:
    """Paint one dot a picture; only the 9 x 9 pixels around it are touched."""
    pixels = canvas.reshape(-1)
    x = np.int64(centre_x)[:, None] - 4 + np.arange(9)
    y = np.int64(centre_y)[:, None] - 4 + np.arange(9)
    across, down = x + 0.5 - centre_x[:, None], y + 0.5 - centre_y[:, None]
    distance = np.sqrt((across * across)[:, None, :] + (down * down)[:, :, None])
    within = np.clip(y, 0, SIZE - 1)[:, :, None] * SIZE + np.clip(x, 0, SIZE - 1)[:, None, :]
    plane = np.arange(len(canvas) * 3).reshape(-1, 3, 1, 1) * SIZE**2
    where = plane + within[:, None]
    window = pixels[where]  # (N, 3, 9, 9)
    paint(window, np.clip(0.5 + radius[:, None, None] - distance, 0, 1).astype(np.float32), colour)
    pixels[where] = window
