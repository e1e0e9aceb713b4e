"""Many photos as small squares on one sheet, pieces of photos, and two maps of the same photo."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy import ndarray
from PIL import Image, ImageDraw

from effnet_viz.draw.feature_pictures import Place, Sheet
from effnet_viz.draw.gate_pictures import OPACITY, evidence_density, gate_scale
from effnet_viz.draw.maps import Scale, lay, png
from effnet_viz.images import Preprocessing

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain import GateEvidence

SIDE = 128  # pixels of a square
QUALITY = 85
MAP_OPACITY = 0.6
FRAME, EDGE = (255, 255, 255), (0, 0, 0)  # of a marked cell: seen on light and on dark ground
Box = tuple[float, float, float, float]


def seen_square(photo: Image.Image, preprocessing: Preprocessing, side: int = SIDE) -> Image.Image:
    """The part of a photo that the network sees, as a square; the photo may be a small copy of itself.

    Args:
        photo: an upright photo.
        preprocessing: says which part.
        side: of the square, in pixels.
    """
    view = preprocessing.view(photo.width, photo.height)
    return photo.convert("RGB").resize((side, side), Image.Resampling.BILINEAR, box=_within(view.box, photo.size))


def piece(photo: Image.Image, box: Box, cell: Box) -> Image.Image:
    """A piece of a photo as a square that shows all of it, with a frame round one cell.

    Args:
        photo: an upright photo, or a small copy of it.
        box: left, top, right and bottom of the piece, in pixels of this image.
        cell: of the frame, likewise.
    """
    left, top, right, bottom = _within(box, photo.size)
    scale = SIDE / max(right - left, bottom - top)
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    cut = photo.convert("RGB").resize(size, Image.Resampling.BILINEAR, box=(left, top, right, bottom))
    edges = [(cell[0] - left) * scale, (cell[1] - top) * scale, (cell[2] - left) * scale, (cell[3] - top) * scale]
    x0, x1 = (min(max(edge, 0), size[0] - 1) for edge in (edges[0], edges[2]))
    y0, y1 = (min(max(edge, 0), size[1] - 1) for edge in (edges[1], edges[3]))
    drawing = ImageDraw.Draw(cut)
    for step, shade in ((0, EDGE), (1, FRAME)):
        if x1 - x0 > 2 * step and y1 - y0 > 2 * step:
            drawing.rectangle((x0 + step, y0 + step, x1 - step, y1 - step), outline=shade)
    square = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    square.paste(cut, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return square


def squares_sheet(pictures: Sequence[Image.Image], says: str = "") -> Sheet:
    """Equally large pictures on one near-square sheet, as JPEG: hundreds of photos take little room.

    Pictures with an alpha channel make a PNG.

    Args:
        pictures: at least one, `side` x `side` pixels each.
        says: a sentence for the caption.
    """
    side = pictures[0].width
    columns = math.ceil(math.sqrt(len(pictures)))
    sheet = Image.new(pictures[0].mode, (columns * side, math.ceil(len(pictures) / columns) * side))
    places = []
    for index, picture in enumerate(pictures):
        x, y = index % columns * side, index // columns * side
        sheet.paste(picture, (x, y))
        places.append(Place(x=x, y=y, width=side, height=side))
    if sheet.mode == "RGBA":
        return Sheet(png=png(sheet), places=tuple(places), says=says)
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=QUALITY)
    return Sheet(png=buffer.getvalue(), places=tuple(places), says=says)


def looks_sheet(squares: Sequence[Image.Image | None], maps: Sequence[ndarray]) -> Sheet:
    """Where a network looks: maps over what it sees of photos, or by themselves, on one sheet; each has its own range.

    Args:
        squares: equally large, one for each map; None shows the map alone.
        maps: `(H, W)` each, not negative.
    """
    side = next((square.width for square in squares if square is not None), SIDE)
    pictures = []
    for square, values in zip(squares, maps, strict=True):
        ground = Image.new("RGB", (side, side)) if square is None else square.copy()
        pictures.append(_mapped(ground, values, 1.0 if square is None else MAP_OPACITY))
    return squares_sheet(pictures)


def _mapped(square: Image.Image, values: ndarray, opacity: float) -> Image.Image:
    high = float(values.max())
    scale = Scale(low=0.0, high=high if high > 0 else 1.0)
    lay(square, values, (0, 0), square.size, colour_map="magma", opacity=opacity, scale=scale)
    return square


def gate_squares(maps: Sequence[GateEvidence], photos: Sequence[Image.Image], preprocessing: Preprocessing) -> Sheet:
    """One gate on several photos as squares of what the network sees, on one scale: red opens, blue closes.

    Args:
        maps: the evidence, one a photo.
        photos: the photos, or small copies of them.
        preprocessing: says which part of them the network sees.
    """
    scale = gate_scale(maps)
    pictures = []
    for evidence, photo in zip(maps, photos, strict=True):
        square = seen_square(photo, preprocessing).convert("L").convert("RGB")  # grey: every colour is evidence
        lay(
            square, evidence_density(evidence), (0, 0), square.size,
            colour_map="diverging", opacity=OPACITY, scale=scale,
        )  # fmt: skip
        pictures.append(square)
    return squares_sheet(pictures, f"All on one scale: {scale.says}; red opens, blue closes, white does neither.")


def _within(box: Box, size: tuple[int, int]) -> Box:
    """A box cut to a picture; at least one pixel of it."""
    left, top = min(max(box[0], 0), size[0] - 1), min(max(box[1], 0), size[1] - 1)
    return left, top, min(max(box[2], left + 1), size[0]), min(max(box[3], top + 1), size[1])
