"""Where the network's square input lies on the photo, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PIL import Image

LONG = 1.6  # longer side over the shorter from which on the seen square would be small on the whole photo


@dataclass(frozen=True, kw_only=True)
class View:
    """The part of a photo that the network saw.

    Coordinates are continuous and in pixels, x to the right, y down, the origin at the top left corner: pixel `i`
    covers `i` to `i + 1`, and its centre is `i + 0.5`. A box is `(left, top, right, bottom)`.

    Attributes:
        photo_size: `(width, height)` of the whole photo, in pixels.
        box: What was seen, in photo pixels; fractions of pixels occur, because the crop is cut after resizing.
        input_size: `(H, W)` of the network's input, in pixels.
    """

    photo_size: tuple[int, int]
    box: tuple[float, float, float, float]
    input_size: tuple[int, int]

    @property
    def whole(self) -> bool:
        """Whether the network saw all of the photo."""
        left, top, right, bottom = self.box
        width, height = self.photo_size
        return left <= 0 and top <= 0 and right >= width and bottom >= height

    @property
    def elongated(self) -> bool:
        """Whether the photo is a portrait or a panorama of which the network saw a small part."""
        return is_elongated(self.photo_size)

    def cell_box(self, row: int, column: int, rows: int, columns: int) -> tuple[float, float, float, float]:
        """Where on the photo one cell of a map lies.

        A map of the input, `(rows, columns)` cells, divides the box evenly. A cell stands for its place in the map:
        what it was computed from, its receptive field, is larger.

        Args:
            row: Row of the cell, from 0.
            column: Column of the cell, from 0.
            rows: Number of rows of the map.
            columns: Number of columns of the map.

        Returns:
            `(left, top, right, bottom)` in photo pixels.

        Raises:
            ValueError: The cell is not in the map.
        """
        if not 0 <= row < rows:
            raise ValueError(f"row must be from 0 to {rows - 1} in a map of {rows} rows, not {row}")
        if not 0 <= column < columns:
            raise ValueError(f"column must be from 0 to {columns - 1} in a map of {columns} columns, not {column}")
        height, width = self.input_size
        left, top = self.to_photo(column * width / columns, row * height / rows)
        right, bottom = self.to_photo((column + 1) * width / columns, (row + 1) * height / rows)
        return left, top, right, bottom

    def to_input(self, x: float, y: float) -> tuple[float, float]:
        """A point of the photo in input pixels; outside `0..W`, `0..H` when the network did not see it.

        Args:
            x: from the photo's left, in pixels.
            y: from its top.
        """
        left, top, right, bottom = self.box
        height, width = self.input_size
        return (x - left) / (right - left) * width, (y - top) / (bottom - top) * height

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """A point of the input in photo pixels: the inverse of `to_input`.

        Args:
            x: from the input's left, in pixels.
            y: from its top.
        """
        left, top, right, bottom = self.box
        height, width = self.input_size
        return left + x / width * (right - left), top + y / height * (bottom - top)


def is_elongated(size: tuple[int, int]) -> bool:
    """Whether a photo of this size is a portrait or a panorama of which a network sees a small part."""
    return max(size) > LONG * min(size)


def large_part(photo: Image.Image, view: View) -> tuple[Image.Image, View]:
    """What is shown of a photo: all of it, but of a portrait or a panorama the seen part alone, so that it is large.

    Args:
        photo: the upright photo.
        view: which part of it the network saw.

    Returns:
        The picture, and where on it the network looked.
    """
    if not view.elongated:
        return photo, view
    left, top, right, bottom = view.box
    x, y = math.floor(left), math.floor(top)
    part = photo.crop((x, y, math.ceil(right), math.ceil(bottom)))
    return part, replace(view, photo_size=part.size, box=(left - x, top - y, right - x, bottom - y))
