"""Shapes and textures as formulas over whole batches of pixels.

Every function takes coordinates of shape ``(N, H, W)`` and returns one number per pixel, so a batch of pictures is a
handful of array operations. Shapes are *signed distances*: negative inside, zero on the edge, positive outside, so one
formula yields both the smooth edge that is painted and the exact mask. Textures are signed waves, positive where the
first colour shows.

Source: the distance formulas follow Inigo Quilez, "2D distance functions", https://iquilezles.org/articles/distfunctions2d/
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray

FARTHEST = 1.1
"""No point of any shape lies farther than this from its centre."""


def circle(x: Array, y: Array) -> Array:
    """Signed distance to a disc of radius 0.85, ``(N, H, W)``.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    return np.sqrt(x * x + y * y) - 0.85


def square(x: Array, y: Array) -> Array:
    """Signed distance to a square of half side 0.75, ``(N, H, W)``.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    return np.maximum(np.abs(x), np.abs(y)) - 0.75


def triangle(x: Array, y: Array) -> Array:
    """Signed distance to an upright equilateral triangle with corners 1.1 from the centre, ``(N, H, W)``.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    return np.maximum(0.8660254 * np.abs(x) - 0.5 * y, y) - 0.55


def star(x: Array, y: Array) -> Array:
    """Signed distance to a five-pointed star with its points at distance 1.1 from the centre, ``(N, H, W)``.

    Two mirrors fold the plane onto one tenth of the star, where its edge is a single straight line.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    cos, sin = 0.8090170, 0.5877853  # of 36 degrees
    x = np.abs(x)
    y = -y
    for mirror in (cos, -cos):  # the mirrors' normals are (cos, -sin) and (-cos, -sin)
        overshoot = 2 * np.maximum(mirror * x - sin * y, 0)
        x = x - overshoot * mirror
        y = y + overshoot * sin
    x = np.abs(x)
    # The tenth that is left has the tip at (0, 1.1) and the inner corner at radius 0.5, 36 degrees from it.
    inner_x, inner_y = 0.5 * sin, 0.5 * cos
    edge_x, edge_y = inner_x, inner_y - 1.1
    return (x * -edge_y + (y - 1.1) * edge_x) / float(np.hypot(edge_x, edge_y))


def cross(x: Array, y: Array) -> Array:
    """Signed distance to a plus sign with arms 1.0 long and 0.6 wide, ``(N, H, W)``.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    x, y = np.abs(x), np.abs(y)
    return np.maximum(np.maximum(x, y) - 1.0, np.minimum(x, y) - 0.3)


def ring(x: Array, y: Array) -> Array:
    """Signed distance to a ring between the radii 0.5 and 1.0, ``(N, H, W)``.

    Args:
        x: To the right of the centre, in units, ``(N, H, W)``.
        y: Downwards from the centre, in units, ``(N, H, W)``.
    """
    return np.abs(np.sqrt(x * x + y * y) - 0.75) - 0.25


def solid(x: Array, y: Array) -> Array:
    """One colour everywhere; ``(N, H, W)``.

    Args:
        x: ``(N, H, W)``; only its shape counts.
        y: ``(N, H, W)``; not used.
    """
    return np.ones_like(x)


def stripes(x: Array, y: Array) -> Array:
    """Parallel stripes; a period is 2 pi; ``(N, H, W)``.

    Args:
        x: Across the stripes, ``(N, H, W)``.
        y: Along the stripes, ``(N, H, W)``; not used.
    """
    return np.sin(x)


def checker(x: Array, y: Array) -> Array:
    """A checkerboard; a period is 2 pi in both directions; ``(N, H, W)``.

    Args:
        x: Across the pattern, ``(N, H, W)``.
        y: Down the pattern, ``(N, H, W)``.
    """
    return 1.5 * np.sin(x) * np.sin(y)


def dots(x: Array, y: Array) -> Array:
    """Round dots of the second colour on a square lattice; a period is 2 pi in both directions; ``(N, H, W)``.

    Args:
        x: Across the pattern, ``(N, H, W)``.
        y: Down the pattern, ``(N, H, W)``.
    """
    return 0.4 - np.sin(x) - np.sin(y)


SHAPES: dict[str, Callable[[Array, Array], Array]] = {
    f.__name__: f for f in (circle, square, triangle, star, cross, ring)
}
TEXTURES: dict[str, Callable[[Array, Array], Array]] = {f.__name__: f for f in (solid, stripes, checker, dots)}


def each(formulas: dict[str, Callable[[Array, Array], Array]], kind: Array, x: Array, y: Array) -> Array:
    """Evaluate for every picture the formula of its own kind.

    Args:
        formulas: Named formulas, in the order that ``kind`` counts.
        kind: Which formula each picture takes, ``(N,)``.
        x: Coordinates, ``(N, H, W)``.
        y: Coordinates, ``(N, H, W)``.

    Returns:
        The values, ``(N, H, W)``.
    """
    values = np.empty_like(x)
    for number, formula in enumerate(formulas.values()):
        chosen = np.flatnonzero(kind == number)
        if chosen.size:
            values[chosen] = formula(x[chosen], y[chosen])
    return values


def local_coordinates(size: int, centre_x: Array, centre_y: Array, angle: Array, unit: Array) -> tuple[Array, Array]:
    """Coordinates as something sees them that lies at a centre, turned by an angle, with its own unit of length.

    Args:
        size: Height and width of the pictures in pixels.
        centre_x: Centre in pixels, ``(N,)``.
        centre_y: Centre in pixels, ``(N,)``.
        angle: Rotation in radians, ``(N,)``.
        unit: Pixels to one unit of the returned coordinates, ``(N,)``.

    Returns:
        x and y, each ``(N, size, size)`` float32.
    """
    pixels = np.arange(size, dtype=np.float32) + 0.5
    across = (pixels - centre_x[:, None]) / unit[:, None]  # (N, W)
    down = (pixels - centre_y[:, None]) / unit[:, None]  # (N, H)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = (cos * across)[:, None, :] + (sin * down)[:, :, None]
    y = (cos * down)[:, :, None] - (sin * across)[:, None, :]
    return x.astype(np.float32, copy=False), y.astype(np.float32, copy=False)


def cover(distance: Array, pixels: Array) -> Array:
    """How much of each pixel lies inside: 1 inside, 0 outside, a ramp one pixel wide across the edge.

    Args:
        distance: Signed distance in units, ``(N, H, W)``.
        pixels: Pixels to a unit, ``(N,)``.

    Returns:
        Shares in 0..1, ``(N, H, W)``. Above 0.5 exactly where ``distance`` is negative.
    """
    return np.clip(0.5 - distance * pixels[:, None, None], 0, 1)
