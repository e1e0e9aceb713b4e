"""Class evidence over a photo: at its true place, with threshold, contour, a box round the strongest part."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy
from numpy import ndarray
from PIL import Image, ImageDraw

from effnet_viz.draw.maps import Scale, draw_contour, overlay
from effnet_viz.draw.numbers import figures
from effnet_viz.draw.palette import SKY, rgb
from effnet_viz.images import View

FINE = 64  # maps with more cells a side are of pixels, where single cells are noise
FINE_PERCENTILE = 99.0
READ_CELLS = 56  # finest grid whose values are shown under the pointer
HIDDEN_SIDE = 320  # pixels of the square with hidden parts
SMALL_OPACITY = 0.6  # of maps over small pictures of the input
LEVEL = 0.5  # of the map's maximum: where contour and box are drawn unless a threshold says otherwise


@dataclass(frozen=True, kw_only=True)
class EvidenceStyle:
    """How evidence is drawn; nothing here touches the network.

    Attributes:
        colour_map: name of the colour map; signed maps are drawn in `diverging`.
        opacity: 0 shows the photo alone, 1 the map alone.
        signed: whether what speaks against the class is shown too.
        threshold: share of the strongest value, 0 to 1, below which nothing is laid over the photo.
        contour: whether a line is drawn at the threshold, or at half of the maximum where there is none.
        box: whether a box is drawn round the part of that strength which holds the maximum.
    """

    colour_map: str = "magma"
    opacity: float = 0.55
    signed: bool = False
    threshold: float = 0.0
    contour: bool = False
    box: bool = False

    @property
    def level(self) -> float:
        """Share of the maximum at which contour and box are drawn."""
        return self.threshold or LEVEL


def evidence_scale(values: ndarray, *, signed: bool) -> Scale:
    """What the ends of the colours stand for: zero to the maximum, or both signs alike.

    Maps of pixels end at their 99th percentile, because a few pixels would leave all others dark.

    Args:
        values: the map, `(H, W)`.
        signed: whether negative values are shown too; the range is then centred on zero.
    """
    strength = numpy.abs(values) if signed else numpy.maximum(values, 0)
    top = float(numpy.percentile(strength, FINE_PERCENTILE) if min(values.shape) > FINE else strength.max())
    if top == 0:
        top = float(strength.max())
    return Scale(low=-top if signed else 0.0, high=top)


def scale_says(values: ndarray, scale: Scale) -> str:
    """How the picture was normalised, for its caption.

    Args:
        values: the map, `(H, W)`.
        scale: its scale, as `evidence_scale` gives it.
    """
    fine = " (the 99th percentile; stronger pixels look the same)" if min(values.shape) > FINE else ""
    zero = ", white at zero" if scale.low < 0 else ""
    return f"Colours from {figures(scale.low)} to {figures(scale.high)}{zero}{fine}."


def evidence_picture(
    photo: Image.Image, values: ndarray, view: View, style: EvidenceStyle, *, longest: int = 1000
) -> Image.Image:
    """Evidence over the whole photo, at the place that the network saw; a thin frame marks that place.

    Args:
        photo: the upright photo.
        values: `(H, W)`, signed.
        view: where on the photo the map lies.
        style: how to draw it.
        longest: longer side of the picture in pixels; at most; small photos are enlarged in whole steps.
    """
    canvas = overlay(
        photo,
        values,
        view,
        colour_map="diverging" if style.signed else style.colour_map,
        opacity=style.opacity,
        scale=evidence_scale(values, signed=style.signed),
        threshold=style.threshold,
        contour=style.level if style.contour else None,
        longest=longest,
    )
    if style.box and (box := strongest_box(values, view, style.level)):
        drawing, factor = ImageDraw.Draw(canvas), canvas.width / photo.width
        edges = [edge * factor for edge in box]
        width = max(2, longest // 250)
        drawing.rectangle(
            [edges[0] - width, edges[1] - width, edges[2] + width, edges[3] + width], outline=(0, 0, 0), width=3 * width
        )
        drawing.rectangle(edges, outline=rgb(SKY), width=width)
    return canvas


def strongest_box(values: ndarray, view: View, level: float = LEVEL) -> tuple[float, float, float, float] | None:
    """The box round the connected part that is at least `level` times the maximum and holds it, in photo pixels.

    None where nothing is positive.

    Args:
        values: the map, `(H, W)`.
        view: where on the photo the map lies.
        level: share of the maximum, 0 to 1.

    Returns:
        Left, upper, right and lower edge.
    """
    top = values.max()
    if top <= 0:
        return None
    grid = coarse(values, READ_CELLS)
    inside = grid >= level * grid.max()
    start = numpy.unravel_index(int(grid.argmax()), grid.shape)
    part, waiting = {start}, deque([start])
    while waiting:
        row, column = waiting.popleft()
        for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            if near not in part and 0 <= near[0] < grid.shape[0] and 0 <= near[1] < grid.shape[1] and inside[near]:
                part.add(near)
                waiting.append(near)
    rows, columns = [place[0] for place in part], [place[1] for place in part]
    left, upper, _, _ = view.cell_box(int(min(rows)), int(min(columns)), *grid.shape)
    _, _, right, lower = view.cell_box(int(max(rows)), int(max(columns)), *grid.shape)
    return left, upper, right, lower


def coarse(values: ndarray, side: int) -> ndarray:
    """A map with at most `side` cells along each side; finer ones are averaged.

    Args:
        values: the map, `(H, W)`.
        side: most cells along a side.

    Returns:
        `(min(H, side), min(W, side))`; the map itself where it is small enough.
    """
    height, width = values.shape
    if max(height, width) <= side:
        return values
    size = (min(side, width), min(side, height))
    return numpy.asarray(Image.fromarray(values.astype(numpy.float32)).resize(size, Image.Resampling.BOX))


def over_input(seen: Image.Image, values: ndarray, *, signed: bool, side: int) -> Image.Image:
    """Evidence over the square that the network saw, for strips and rows.

    Args:
        seen: that square.
        values: `(H, W)`, signed.
        signed: whether what speaks against the class is shown too.
        side: of the picture, in pixels.
    """
    whole = View(photo_size=seen.size, box=(0, 0, *seen.size), input_size=(seen.height, seen.width))
    return evidence_picture(seen, values, whole, EvidenceStyle(opacity=SMALL_OPACITY, signed=signed), longest=side)


def hidden_picture(seen: Image.Image, hidden: ndarray, cover: Image.Image) -> Image.Image:
    """The square that the network saw with some of its pixels hidden.

    Args:
        seen: the square.
        hidden: truth values, `(H, W)` like the square.
        cover: what is seen in their place, of the same size.
    """
    mask = Image.fromarray((hidden * 255).astype(numpy.uint8))
    return Image.composite(cover, seen, mask).resize((HIDDEN_SIDE, HIDDEN_SIDE), Image.Resampling.BICUBIC)


def outlined(picture: Image.Image, inside: ndarray) -> Image.Image:
    """A picture of a whole photo with the outline of a part of it.

    Args:
        picture: any size; changed in place.
        inside: truth values, `(H, W)` in photo pixels.
    """
    mask = Image.fromarray((inside * 255).astype(numpy.uint8)).resize(picture.size, Image.Resampling.BILINEAR)
    draw_contour(picture, numpy.asarray(mask) > 127, (0, 0))
    return picture
