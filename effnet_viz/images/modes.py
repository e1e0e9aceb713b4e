"""Any of Pillow's colour modes to upright RGB, at a bounded size."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from PIL import ExifTags, Image, ImageCms

MAX_EDGE = 16_384
"""No edge stays longer, in pixels: browsers draw no longer ones."""

STRIP_PIXELS = 2**20
"""Pixels of more than eight bits that are converted at once."""

_RESIZABLE = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}

_WAYS_UP = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF 2.32, table 4, tag 274: how the stored rows and columns lie, and what puts them right."""


def fit_within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The largest size of the same shape with about `pixels` pixels and no edge over `MAX_EDGE`; never larger.

    Args:
        size: width and height, in pixels.
        pixels: about how many there may be in all.
    """
    width, height = size
    factor = min(1.0, math.sqrt(pixels / (width * height)), MAX_EDGE / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def to_rgb(image: Image.Image, pixels: int) -> Image.Image:
    """A new RGB image, reduced to about `pixels` pixels where it is larger.

    Transparency is laid over white. Values of more than eight bits are scaled, see `_eight_bits`.

    Args:
        image: in any of Pillow's modes; it is left as it is.
        pixels: about how many there may be in all.
    """
    if image.mode in _RESIZABLE and "transparency" not in image.info:
        image = _reduce(image, pixels)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = _eight_bits(image)
    elif image.mode == "LAB":
        image = _from_lab(image)
    elif image.mode == "La":
        image = image.convert("LA")
    if image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = _over_white(_reduce(image.convert("RGBA"), pixels))
    return _reduce(image.convert("RGB"), pixels)


def upright(image: Image.Image, decoded: Image.Image) -> Image.Image:
    """Turn `image` the way the camera was held, as the EXIF data of the `decoded` file say.

    Unreadable EXIF data are no reason to refuse a photo: it is then left as stored. Pillow turns TIFF files itself
    and drops the tag, therefore the tag is looked up after decoding.

    Args:
        image: the photo as it is stored.
        decoded: the file it came from, after decoding; only its EXIF data are read.
    """
    try:
        way = decoded.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - the parser of EXIF data raises whatever it likes
        way = None
    return image.transpose(_WAYS_UP[way]) if way in _WAYS_UP else image


def _reduce(image: Image.Image, pixels: int) -> Image.Image:
    size = fit_within(image.size, pixels)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _over_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image)


def _from_lab(image: Image.Image) -> Image.Image:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # noqa: S101 - None is for conversions in place
    return converted


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits to eight bits.

    16-bit grey has an agreed white, 65,535. Integers of 32 bits and floats have none: white is the first of 1 (floats
    only), 255 and 65,535 that no value exceeds; values beyond all of them, or below zero, are stretched between the
    smallest and the largest. Infinite and undefined values become black.
    """
    # Row by row in strips: as floats of 64 bits, 80 million pixels at once would take most of a gigabyte.
    strips = list(_strips(image.size))
    ends = [(strip.min(), strip.max()) for strip in (_finite(image.crop(box)) for box in strips)]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    whites = [65_535] if image.mode.startswith("I;16") else [255, 65_535]
    if image.mode == "F":
        whites = [1, *whites]
    white = next((white for white in whites if high <= white), None)
    black = 0.0
    if low < 0 or white is None:
        black, white = low, max(high - low, np.finfo(np.float64).tiny)
    grey = Image.new("L", image.size)
    for box in strips:
        values = (_finite(image.crop(box)) - black) / white * 255
        grey.paste(Image.fromarray(np.rint(values).astype(np.uint8)), box[:2])
    return grey


def _strips(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of a few rows that together cover a picture of a size."""
    width, height = size
    rows = max(1, STRIP_PIXELS // width)
    yield from ((0, top, width, min(top + rows, height)) for top in range(0, height, rows))


def _finite(image: Image.Image) -> np.ndarray:
    """Values `(H, W)` as floats; infinite and undefined ones are black."""
    values = np.asarray(image).astype(np.float64)
    return np.where(np.isfinite(values), values, 0.0)
