"""Gate evidence over a photo, blue where it closes and red where it opens; one gate, or a wall of many."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy
from numpy import ndarray
from PIL import Image, ImageDraw, ImageFont

from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.maps import Scale, overlay
from effnet_viz.images import Photo
from effnet_viz.images.view import is_elongated, large_part

if TYPE_CHECKING:  # that room imports torch
    from collections.abc import Sequence

    from effnet_viz.explain import GateEvidence, GateWall

OPACITY = 0.55
TILE, LARGE, LONGEST = 224, 900, 8192  # pixels, longer side
COLUMNS, GAP, LINE = 4, 10, 20  # of a wall as one picture; pixels
SIZE = 14  # of its words
PAPER, INK = (255, 255, 255), (17, 17, 17)


def evidence_density(evidence: GateEvidence) -> ndarray:
    """The map so that its mean, not its sum, is what the logit rose by; then maps of all sizes can share a scale."""
    return evidence.values * evidence.values.size


def gate_scale(maps: Sequence[GateEvidence]) -> Scale:
    """One scale for several maps, centred on zero, so that they can be compared by eye."""
    reach = max(float(numpy.abs(evidence_density(evidence)).max()) for evidence in maps)
    return Scale(low=-reach, high=reach)


def gate_picture(
    evidence: GateEvidence, photo: Photo, *, scale: Scale | None = None, longest: int = LARGE
) -> Image.Image:
    """A gate's evidence over the photo, which is grey: red opens, blue closes, white does neither.

    A colour stands for what the gate's logit would rise by if all of the photo were like this place. Of a portrait or
    a panorama the part that the network saw is shown alone, so that it is large.

    Args:
        evidence: the evidence.
        photo: the photo that it is about.
        scale: what the ends of the colours stand for; the map's own range, centred on zero, by default.
        longest: longer side of the picture in pixels, at most `LONGEST`.

    Raises:
        ValueError: a side that no picture can have.
    """
    if not 1 <= longest <= LONGEST:
        raise ValueError(f"longest is {longest}; a side of the picture can have 1 to {LONGEST:,} pixels.")
    return _painted(evidence, photo.image, scale or gate_scale([evidence]), longest)


def tile_photo(photo: Photo) -> Photo:
    """A photo as small as a tile, for `gate_tiles`: who draws many gates on it reduces it once.

    Args:
        photo: the photo; its copy keeps its digest.
    """
    return replace(photo, image=_reduced(photo.image, TILE))


def gate_tiles(maps: Sequence[GateEvidence], photos: Sequence[Photo], scale: Scale | None = None) -> Sheet:
    """Small pictures of several gates, or of one gate on several photos, on one sheet and on one scale.

    Args:
        maps: the evidence, one a tile.
        photos: the photo of each, or what `tile_photo` made of it.
        scale: what the ends of the colours stand for; the largest value of all maps by default.
    """
    scale = scale or gate_scale(maps)
    small = {photo.digest: _reduced(photo.image, TILE) for photo in photos}  # once, not for every gate
    pictures = [
        _painted(evidence, small[photo.digest], scale, TILE) for evidence, photo in zip(maps, photos, strict=True)
    ]
    return pictures_sheet(pictures, f"All on one scale: {scale.says}; red opens, blue closes, white does neither.")


def _painted(evidence: GateEvidence, image: Image.Image, scale: Scale, longest: int) -> Image.Image:
    """Evidence over an image of the photo, which may be smaller than the photo itself.

    The image is grey, so that every colour in the picture is evidence.
    """
    image = image.convert("L").convert("RGB")
    width, height = evidence.view.photo_size
    across, down = image.width / width, image.height / height
    left, top, right, bottom = evidence.view.box
    view = replace(evidence.view, photo_size=image.size, box=(left * across, top * down, right * across, bottom * down))
    image, view = large_part(image, view)
    density = evidence_density(evidence)
    return overlay(image, density, view, colour_map="diverging", opacity=OPACITY, scale=scale, longest=longest)


def _reduced(image: Image.Image, longest: int) -> Image.Image:
    """An image whose shown part has about so many pixels on its longer side, at most."""
    factor = min(1.0, longest / (min(image.size) if is_elongated(image.size) else max(image.size)))
    return image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))


def gate_wall_picture(wall: GateWall, photo: Photo) -> Image.Image:
    """The gates that a photo moves most, each with its evidence, its value here and its usual value.

    Args:
        wall: the gates.
        photo: the photo that they are about.
    """
    scale = gate_scale(wall.evidence)
    pictures = [gate_picture(evidence, photo, scale=scale, longest=TILE) for evidence in wall.evidence]
    width, height = pictures[0].size
    cell = max(width, TILE), height + 2 * LINE
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    size = (columns * (cell[0] + GAP) + GAP, rows * (cell[1] + GAP) + GAP + LINE)
    canvas, font = Image.new("RGB", size, PAPER), ImageFont.load_default(SIZE)
    drawing = ImageDraw.Draw(canvas)
    for index, (picture, gate) in enumerate(zip(pictures, wall.moved, strict=True)):
        x, y = GAP + index % columns * (cell[0] + GAP), GAP + index // columns * (cell[1] + GAP)
        canvas.paste(picture, (x, y))
        drawing.text((x, y + height + 2), f"Block {gate.block}, gate {gate.channel}", INK, font)
        drawing.text((x, y + height + 2 + LINE), f"{gate.gate:.2f} here, usually {gate.usual:.2f}", INK, font)
    words = f"Red opens, blue closes, white does neither; {scale.says}"
    drawing.text((GAP, size[1] - LINE), words, INK, font)
    return canvas
