"""Painting on a batch of canvases: backgrounds, colours that can be told apart, stray lines, the camera's flaws.

A canvas is ``(N, 3, H, W)`` float32, red, green and blue from 0 to 1. Every function handles the whole batch at once.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from effnet_viz.training.shape_formulas import Array, cover, local_coordinates

TURN = 2 * np.pi
CANDIDATES = 4  # colours of which the most contrasting is taken


def uniform(rng: Generator, low: float, high: float, *shape: int) -> Array:
    """Random float32 numbers between two bounds.

    Args:
        rng: source of chance.
        low: the lower bound.
        high: the upper bound.
        shape: of the array that is returned, such as ``N, 3``.
    """
    return rng.random(shape, dtype=np.float32) * np.float32(high - low) + np.float32(low)


def gradient(rng: Generator, colour: Array, size: int) -> Array:
    """Canvases that start from a colour, ``(N, 3)``, and change a little across and down.

    Args:
        rng: source of chance.
        colour: in 0..1, ``(N, 3)``, or ``(N, 1)`` for grey.
        size: height and width of the canvases, in pixels.

    Returns:
        The canvases, ``(N, 3, size, size)``, or ``(N, 1, size, size)`` for grey.
    """
    ramp = np.linspace(-0.2, 0.2, size, dtype=np.float32)
    across, down = uniform(rng, -1, 1, 2, *colour.shape)
    sideways = colour[:, :, None] + across[:, :, None] * ramp  # (N, 3, W)
    return sideways[:, :, None, :] + (down[:, :, None] * ramp)[:, :, :, None]


def contrasting(rng: Generator, *others: Array) -> Array:
    """Random colours, ``(N, 3)``: of a few candidates the one farthest from the nearest of the other colours.

    Args:
        rng: source of chance.
        others: the other colours in 0..1, each ``(N, 3)``; at least one.
    """
    drawn = uniform(rng, 0, 1, CANDIDATES, *others[0].shape)
    nearest = np.min([np.abs(drawn - other).sum(axis=-1) for other in others], axis=0)  # (candidates, N)
    return drawn[nearest.argmax(axis=0), np.arange(drawn.shape[1])]


def paint(canvas: Array, coverage: Array, colour: Array) -> None:
    """Lay one colour a picture, ``(N, 3)``, over the canvas as far as each pixel is covered, ``(N, H, W)``.

    Args:
        canvas: ``(N, 3, H, W)``; changed in place.
        coverage: share of each pixel that is covered, 0 to 1, ``(N, H, W)``.
        colour: in 0..1, ``(N, 3)``.
    """
    for channel in range(3):
        plane = canvas[:, channel]
        plane += coverage * (colour[:, channel, None, None] - plane)


def stray_lines(rng: Generator, canvas: Array, lines: int) -> None:
    """Straight strokes of any colour, length and direction, as clutter.

    Args:
        rng: source of chance.
        canvas: square, ``(N, 3, H, W)``; changed in place.
        lines: strokes on each picture.
    """
    count, _, _, size = canvas.shape
    pixel = np.ones(count, np.float32)
    for _ in range(lines):
        centre_x, centre_y = uniform(rng, 0, size, 2, count)
        x, y = local_coordinates(size, centre_x, centre_y, uniform(rng, 0, TURN, count), pixel)
        half_length, half_width = uniform(rng, 8, 40, count), uniform(rng, 0.5, 2, count)
        distance = np.maximum(np.abs(x) - half_length[:, None, None], np.abs(y) - half_width[:, None, None])
        paint(canvas, cover(distance, pixel), uniform(rng, 0, 1, count, 3))


def photograph(rng: Generator, canvas: Array, *, cast: float, noise: float) -> Array:
    """What a camera would make of the canvas: coloured light, noise, and 256 levels.

    Args:
        rng: source of chance.
        canvas: ``(N, 3, H, W)``; it is used up.
        cast: each of red, green and blue is dimmed by a share between 0 and this.
        noise: pixels are off by at most this, in 0..1; every picture has its own share of it.

    Returns:
        Pixels, ``(N, 3, H, W)`` uint8.
    """
    count = len(canvas)
    canvas *= 255 * (1 - uniform(rng, 0, cast, count, 3)[:, :, None, None])
    grain = np.frombuffer(rng.bytes(canvas.size), np.int8).reshape(canvas.shape)
    canvas += grain * uniform(rng, 0.1, 1, count)[:, None, None, None] * np.float32(noise * 255 / 128)
    return np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)
