"""Feature maps and evidence as pictures: normalised in a way that is named, coloured, and laid where they belong."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy
from numpy import ndarray
from PIL import Image, ImageDraw, ImageFilter

from effnet_viz.draw.colour_maps import colour
from effnet_viz.draw.numbers import figures
from effnet_viz.images import View

GAP = 4  # pixels between two maps of a grid
SEEN_FRAME = (255, 255, 255)
CRISP = 3.0  # times that a photo is enlarged from which on its pixels are shown as squares


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The numbers that the two ends of a colour map stand for."""

    low: float
    high: float

    @property
    def says(self) -> str:
        """How a picture was normalised, for its caption."""
        return f"colours from {figures(self.low)} to {figures(self.high)}"

    def apply(self, values: ndarray) -> ndarray:
        """Values as shares of the range; a range without width gives the middle."""
        width = self.high - self.low
        return (values - self.low) / width if width > 0 else numpy.full(values.shape, 0.5)


def scale_of(values: ndarray, *, signed: bool = False) -> Scale:
    """The range of the values themselves; signed values get a range centred on zero.

    Args:
        values: an array of any shape; infinities and NaN are left out.
        signed: whether the sign means something.
    """
    finite = values[numpy.isfinite(values)]
    if finite.size == 0:
        return Scale(low=0.0, high=0.0)
    if signed:
        reach = float(numpy.abs(finite).max())
        return Scale(low=-reach, high=reach)
    return Scale(low=float(finite.min()), high=float(finite.max()))


def map_image(values: ndarray, *, colour_map: str = "viridis", side: int | None = None) -> Image.Image:
    """One map as a picture, one crisp square a cell.

    Args:
        values: `(H, W)`.
        colour_map: name of the colour map, whose ends are the map's own range; `diverging` is centred on zero.
        side: longer side of the picture in pixels; cells are enlarged without smoothing.
    """
    scale = scale_of(values, signed=colour_map == "diverging")
    image = Image.fromarray(colour(scale.apply(values), colour_map))
    if side is None:
        return image
    factor = side / max(image.size)
    return image.resize(
        (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.NEAREST
    )


def overlay(
    photo: Image.Image,
    values: ndarray,
    view: View,
    *,
    colour_map: str = "magma",
    opacity: float = 0.55,
    scale: Scale | None = None,
    threshold: float = 0.0,
    contour: float | None = None,
    longest: int = 1000,
) -> Image.Image:
    """A map over the whole photo, at the place that the network saw; a thin frame marks that place.

    Args:
        photo: the upright photo.
        values: `(H, W)`, enlarged smoothly.
        view: where on the photo the map lies.
        colour_map: name of the colour map.
        opacity: 0 shows the photo alone, 1 the map alone.
        scale: what the ends of the colour map stand for; the map's own range by default.
        threshold: share of the scale's strongest value below which nothing is laid over the photo.
        contour: share of the strongest value at which a line is drawn, or None.
        longest: longer side of the picture in pixels, at most; small photos are enlarged in whole steps, so that
            their pixels stay crisp squares.
    """
    scale = scale or scale_of(values, signed=colour_map == "diverging")
    canvas = enlarged(photo, longest)
    factor = canvas.width / photo.width
    left, top, right, bottom = (round(edge * factor) for edge in view.box)
    size = (max(1, right - left), max(1, bottom - top))
    smooth = lay(
        canvas, values, (left, top), size, colour_map=colour_map, opacity=opacity, scale=scale, threshold=threshold
    )
    if contour is not None:
        draw_contour(canvas, strength(smooth, scale) >= contour, (left, top))
    if size[0] < canvas.width - 2 or size[1] < canvas.height - 2:
        ImageDraw.Draw(canvas).rectangle((left, top, left + size[0] - 1, top + size[1] - 1), outline=SEEN_FRAME)
    return canvas


def lay(
    canvas: Image.Image,
    values: ndarray,
    corner: tuple[int, int],
    size: tuple[int, int],
    *,
    colour_map: str,
    opacity: float,
    scale: Scale,
    threshold: float = 0.0,
) -> ndarray:
    """Lay one map over a picture: enlarged smoothly, coloured, mixed by its opacity. Every overlay is made here.

    Args:
        canvas: the picture; changed in place.
        values: `(H, W)`.
        corner: left and top of the map on the picture, in pixels.
        size: width and height of the map on the picture, in pixels.
        colour_map: name of the colour map.
        opacity: 0 shows the picture alone, 1 the map alone.
        scale: what the ends of the colour map stand for.
        threshold: share of the scale's strongest value below which nothing is laid.

    Returns:
        The enlarged values, `(height, width)`.
    """
    smooth = numpy.asarray(Image.fromarray(values.astype(numpy.float32)).resize(size, Image.Resampling.BICUBIC))
    coloured = Image.fromarray(colour(scale.apply(smooth), colour_map))
    mask = Image.new("L", size, round(255 * opacity))
    if threshold > 0:
        mask.paste(0, mask=Image.fromarray((strength(smooth, scale) < threshold).astype(numpy.uint8) * 255))
    canvas.paste(coloured, corner, mask)
    return smooth


def enlarged(photo: Image.Image, longest: int) -> Image.Image:
    """A photo whose longer side has about so many pixels; a small one is enlarged in whole steps, as crisp squares.

    Args:
        photo: a photo of any size; a large one is made smaller.
        longest: longer side, in pixels; whole steps can only give less.
    """
    factor = longest / max(photo.size)
    crisp = factor >= CRISP
    factor = math.floor(factor) if crisp else factor
    return photo.resize(
        (max(1, round(photo.width * factor)), max(1, round(photo.height * factor))),
        Image.Resampling.NEAREST if crisp else Image.Resampling.BICUBIC,
    )


def strength(values: ndarray, scale: Scale) -> ndarray:
    """Values as shares of the strongest, 0 to 1 and more; on a scale of one sign only that sign counts.

    Args:
        values: an array of any shape, such as `(H, W)`.
        scale: its `high` is the strongest; where its `low` is negative, both signs count.
    """
    reach = scale.high if scale.high > 0 else 1.0
    return (numpy.abs(values) if scale.low < 0 else numpy.maximum(values, 0)) / reach


def draw_contour(canvas: Image.Image, inside: ndarray, corner: tuple[int, int]) -> None:
    """A white line with a dark edge along the border of `(H, W)` truth values.

    Args:
        canvas: the picture; changed in place.
        inside: `(H, W)` truth values, one a pixel.
        corner: left and upper edge of the values on the picture, in pixels.
    """
    mask = Image.fromarray((inside * 255).astype(numpy.uint8))
    for reach, shade in ((7, (0, 0, 0)), (3, (255, 255, 255))):
        grown = numpy.asarray(mask.filter(ImageFilter.MaxFilter(reach)))
        shrunk = numpy.asarray(mask.filter(ImageFilter.MinFilter(reach)))
        canvas.paste(shade, corner, Image.fromarray((grown > shrunk).astype(numpy.uint8) * 255))


def grid_image(values: ndarray, *, columns: int, cell: int, colour_map: str = "viridis") -> Image.Image:
    """Many maps in rows, each enlarged without smoothing, on a transparent ground.

    Args:
        values: `(K, H, W)`.
        columns: maps in a row.
        cell: longer side of each map in pixels.
        colour_map: name of the colour map; each map has its own range.
    """
    pictures = [map_image(single, colour_map=colour_map, side=cell) for single in values]
    rows = math.ceil(len(pictures) / columns)
    width, height = pictures[0].size
    sheet = Image.new("RGBA", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), (0, 0, 0, 0))
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % columns * (width + GAP), index // columns * (height + GAP)))
    return sheet


def principal_components(values: ndarray) -> Image.Image:
    """The three directions in which a layer's channels vary most, as red, green and blue.

    Args:
        values: `(C, H, W)`.

    Returns:
        A picture of `W` x `H` pixels; each component is scaled to its own range. Colours mean "alike" and "unlike"
        within the picture, and nothing else.
    """
    channels, height, width = values.shape
    flat = values.reshape(channels, -1).astype(numpy.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    if channels <= flat.shape[1]:
        _, directions = numpy.linalg.eigh(flat @ flat.T)
        components = directions[:, ::-1][:, :3].T @ flat
    else:  # fewer places than channels: the same components from the smaller of the two matrices
        strengths, places = numpy.linalg.eigh(flat.T @ flat)
        components = places[:, ::-1][:, :3].T * numpy.sqrt(strengths[::-1][:3].clip(0))[:, None]
    components = numpy.concatenate([components, numpy.zeros((3 - len(components), height * width))]).reshape(
        3, height, width
    )
    # An eigenvector's sign is arbitrary: the end of larger reach is made bright, so that pictures are stable.
    components = numpy.stack(
        [component if abs(component.max()) >= abs(component.min()) else -component for component in components]
    )
    shares = numpy.stack([scale_of(component).apply(component) for component in components], axis=-1)
    return Image.fromarray((shares * 255).round().astype(numpy.uint8))


def png(image: Image.Image) -> bytes:
    """The picture as PNG bytes, compressed lightly: pages show it once, speed matters more than size."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """A photo, or what lies over one, as JPEG bytes: a tenth of its PNG; `png` is for maps with sharp edges.

    Args:
        image: the picture.
        quality: from 1 to 95.
    """
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()
