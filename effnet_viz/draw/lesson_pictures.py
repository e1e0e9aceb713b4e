"""Pictures of the lessons: what each step of a convolution makes of the photo, what a resolution shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
from numpy import ndarray
from PIL import Image, ImageDraw

from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.maps import map_image, png, scale_of
from effnet_viz.draw.palette import DARK_TEXT, ORANGE

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.lessons.convolution import ConvolutionSteps

SIDE = 336  # pixels of a picture
SEEN_SIDE = 224  # of a small picture among several
STRONGEST_SIDE = 160  # of a single channel among many
CELLS = (255, 255, 255)


def input_picture(steps: ConvolutionSteps, box: tuple[int, int, int, int] | None) -> bytes:
    """What the kernel slides over, as PNG: grey, or red, green and blue, with one window framed.

    Args:
        steps: the convolution.
        box: left, top, right, bottom of the window, in pixels of the input; None frames nothing.
    """
    low, high = scale_of(steps.image).low, scale_of(steps.image).high
    shares = (steps.image - low) / ((high - low) or 1.0)
    pixels = (shares * 255).round().astype(numpy.uint8)
    image = Image.fromarray(pixels[0] if len(pixels) != 3 else pixels.transpose(1, 2, 0)).convert("RGB")
    factor = max(1, SIDE // max(image.size))
    image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    return png(image if box is None else _framed(image, tuple(edge * factor for edge in box)))


def step_pictures(steps: ConvolutionSteps, index: int | None) -> list[bytes]:
    """After convolution and after normalisation (blue to red, centred on zero), after the activation (viridis).

    Args:
        steps: the convolution.
        index: the output value that is framed, counted row by row; None frames nothing.
    """
    pictures = []
    for values, colours in (
        (steps.convolved, "diverging"),
        (steps.normalised, "diverging"),
        (steps.activated, "viridis"),
    ):
        image = map_image(values, colour_map=colours, side=SIDE)
        if index is None:
            pictures.append(png(image))
            continue
        row, column = divmod(index, steps.convolved.shape[1])
        cell = image.width / values.shape[1]
        edges = (column * cell, row * cell, (column + 1) * cell, (row + 1) * cell)
        pictures.append(png(_framed(image, edges)))
    return pictures


def seen_at(photo: Image.Image, box: tuple[float, float, float, float], sizes: list[tuple[int, int]]) -> list[bytes]:
    """A photo at several resolutions, brought to one size, with the cells of the last map drawn on, as PNGs.

    Args:
        photo: the upright photo.
        box: left, top, right, bottom of what the network sees, in pixels of the photo.
        sizes: side of the input in pixels, and side of the last map in cells.
    """
    pictures = []
    for pixels, across in sizes:
        seen = photo.resize((pixels, pixels), Image.Resampling.BICUBIC, box=box)
        way = Image.Resampling.NEAREST if pixels < SEEN_SIDE else Image.Resampling.BOX
        seen = seen.resize((SEEN_SIDE, SEEN_SIDE), way)
        ground = Image.new("RGB", seen.size, CELLS)
        mask = Image.new("L", seen.size, 0)
        drawing = ImageDraw.Draw(mask)
        for line in range(1, across):
            at = round(line * SEEN_SIDE / across)
            drawing.line((at, 0, at, SEEN_SIDE), fill=110)
            drawing.line((0, at, SEEN_SIDE, at), fill=110)
        pictures.append(png(Image.composite(ground, seen, mask)))
    return pictures


def strongest_maps(maps: ndarray, seen: Image.Image) -> Sheet:
    """Single channels over what the network saw: the photo stays bright where the channel is active.

    Args:
        maps: `(K, H, W)`, 0 or more.
        seen: the part of the photo that went into the network.
    """
    size = (STRONGEST_SIDE, STRONGEST_SIDE)
    ground = numpy.asarray(seen.convert("RGB").resize(size), dtype=numpy.float32)
    pictures = []
    for values in maps:
        smooth = Image.fromarray(scale_of(values).apply(values).astype(numpy.float32))
        share = numpy.asarray(smooth.resize(size, Image.Resampling.BICUBIC)).clip(0, 1)
        pictures.append(Image.fromarray((ground * (0.12 + 0.88 * share[..., None])).round().astype(numpy.uint8)))
    return pictures_sheet(pictures)


def _framed(image: Image.Image, edges: tuple[float, ...]) -> Image.Image:
    """A frame that is seen on light and dark: orange within black, a little outside the edges."""
    left, top, right, bottom = (round(edge) for edge in edges)
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((left - 4, top - 4, right + 3, bottom + 3), outline=DARK_TEXT, width=1)
    drawing.rectangle((left - 3, top - 3, right + 2, bottom + 2), outline=ORANGE, width=3)
    return image
