"""Many feature maps on one sheet, so that a page sends one picture and the browser cuts it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy import ndarray
from PIL import Image

from effnet_viz.draw.colour_maps import colour, palette
from effnet_viz.draw.maps import Scale, lay, png, principal_components, scale_of

LONGEST = 160  # pixels of a map on a sheet; larger maps are averaged down
NORMALISATIONS = ("map", "layer", "fixed")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one picture lies on a sheet, in the sheet's pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Many pictures in one PNG.

    Attributes:
        png: the encoded sheet.
        places: where each picture lies, in order.
        says: how the pictures were normalised, for a caption.
    """

    png: bytes
    places: tuple[Place, ...]
    says: str


def normalised(values: ndarray, *, by: str, layer: Scale, fixed: Scale, signed: bool = False) -> tuple[ndarray, str]:
    """Maps as shares of a range, and the sentence that says which range.

    Args:
        values: `(K, H, W)`.
        by: `map`: each map's own range; `layer`: one range for the whole layer; `fixed`: a given range.
        layer: smallest and largest value of the whole layer.
        fixed: the given range.
        signed: whether the ranges are centred on zero.

    Returns:
        `(K, H, W)` values, 0 to 1 inside the range; a range without width gives the middle.

    Raises:
        ValueError: no such normalisation.
    """
    if by == "map":
        low = values.min(axis=(1, 2), keepdims=True)
        high = values.max(axis=(1, 2), keepdims=True)
        if signed:
            high = numpy.maximum(numpy.abs(low), numpy.abs(high))
            low = -high
        width = high - low
        shares = numpy.where(width > 0, (values - low) / numpy.where(width > 0, width, 1), 0.5)
        return shares, "Each map has its own range, so brightness cannot be compared between maps."
    if by == "layer":
        scale = _centred(layer) if signed else layer
        return scale.apply(values), f"All maps share the layer's range: {scale.says}."
    if by == "fixed":
        scale = _centred(fixed) if signed else fixed
        return scale.apply(values), f"All maps share a fixed range: {scale.says}; what lies beyond is cut off."
    raise ValueError(f"by is {by!r}; it can be {', '.join(NORMALISATIONS)}.")


def _centred(scale: Scale) -> Scale:
    reach = max(abs(scale.low), abs(scale.high))
    return Scale(low=-reach, high=reach)


def maps_sheet(shares: ndarray, colour_map: str, says: str = "") -> Sheet:
    """Equally large maps on one sheet, near-square.

    Args:
        shares: `(K, H, W)`, 0 to 1.
        colour_map: name of the colour map.
        says: how the maps were normalised.
    """
    shares = _smaller(shares)
    count, height, width = shares.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    indices = numpy.zeros((rows * columns, height, width), dtype=numpy.uint8)
    indices[:count] = (numpy.nan_to_num(shares).clip(0, 1) * 255).round()
    sheet = indices.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    image = Image.fromarray(sheet)
    image.putpalette(palette(colour_map))
    return Sheet(
        png=png(image),
        says=says,
        places=tuple(
            Place(x=index % columns * width, y=index // columns * height, width=width, height=height)
            for index in range(count)
        ),
    )


def maps_over_photo(seen: Image.Image, shares: ndarray, colour_map: str, opacity: float, says: str = "") -> Sheet:
    """The same, each map enlarged smoothly and laid over what the network saw.

    Args:
        seen: the part of the photo that went into the network.
        shares: `(K, H, W)`, 0 to 1.
        colour_map: name of the colour map.
        opacity: 0 shows the photo alone, 1 the map alone.
        says: how the maps were normalised.
    """
    ground = seen.resize((LONGEST, LONGEST)).convert("RGB")
    pictures = []
    for share in shares:
        picture = ground.copy()
        lay(
            picture, share, (0, 0), picture.size, colour_map=colour_map, opacity=opacity, scale=Scale(low=0.0, high=1.0)
        )
        pictures.append(picture)
    return pictures_sheet(pictures, says)


def pictures_sheet(pictures: Sequence[Image.Image], says: str = "") -> Sheet:
    """Pictures of any size side by side.

    Args:
        pictures: at least one, from left to right.
        says: how they were normalised, for the caption.
    """
    width = sum(picture.width for picture in pictures)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)))
    places, x = [], 0
    for picture in pictures:
        sheet.paste(picture, (x, 0))
        places.append(Place(x=x, y=0, width=picture.width, height=picture.height))
        x += picture.width
    return Sheet(png=png(sheet), places=tuple(places), says=says)


def summary_image(values: ndarray, summary: str) -> Image.Image:
    """One picture for a whole layer.

    Args:
        values: `(C, H, W)`.
        summary: `mean` is the mean of the absolute values, scaled to the picture's own range; `components` the first
            three principal components as red, green and blue.

    Raises:
        ValueError: no such summary.
    """
    if summary == "components":
        return _limited(principal_components(values))
    if summary == "mean":
        mean = _smaller(numpy.abs(values).mean(axis=0)[None])[0]
        return Image.fromarray(colour(scale_of(mean).apply(mean), "viridis"))
    raise ValueError(f"summary is {summary!r}; it can be mean or components.")


def pairs_sheet(before: ndarray, after: ndarray) -> Sheet:
    """Maps before and after reweighting, side by side on the range of the first: a closed gate makes a map flat.

    Args:
        before: `(K, H, W)`.
        after: `(K, H, W)`.
    """
    low = numpy.minimum(before.min(axis=(1, 2), keepdims=True), 0)
    high = numpy.maximum(before.max(axis=(1, 2), keepdims=True), 0)
    width = numpy.where(high > low, high - low, 1)
    left, right = (colour(_smaller((values - low) / width), "viridis") for values in (before, after))
    gap = max(1, left.shape[2] // 14)
    pairs = []
    for first, other in zip(left, right, strict=True):
        pair = Image.new("RGBA", (first.shape[1] + gap + other.shape[1], first.shape[0]))
        pair.paste(Image.fromarray(first), (0, 0))
        pair.paste(Image.fromarray(other), (first.shape[1] + gap, 0))
        pairs.append(pair)
    return _transparent_sheet(pairs, "Each pair has the range of its map before reweighting, zero included.")


def _transparent_sheet(pictures: Sequence[Image.Image], says: str) -> Sheet:
    """Equally large pictures with an alpha channel, below each other."""
    width, height = pictures[0].size
    sheet = Image.new("RGBA", (width, height * len(pictures)))
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (0, index * height))
    return Sheet(
        png=png(sheet),
        says=says,
        places=tuple(Place(x=0, y=index * height, width=width, height=height) for index in range(len(pictures))),
    )


def _smaller(values: ndarray) -> ndarray:
    """Maps averaged over squares of cells, so that none is longer than `LONGEST`; `(K, H, W)`."""
    factor = math.ceil(max(values.shape[1:]) / LONGEST)
    if factor == 1:
        return values
    count, height, width = values.shape
    height, width = height // factor * factor, width // factor * factor
    return values[:, :height, :width].reshape(count, height // factor, factor, width // factor, factor).mean((2, 4))


def _limited(image: Image.Image) -> Image.Image:
    image.thumbnail((LONGEST, LONGEST))
    return image
