"""What does a gate notice? The same photo in changed copies, and how far the gates move with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy
from numpy import ndarray
from PIL import Image, ImageFilter, ImageOps

from effnet_viz.explain.capture import Capture, capture
from effnet_viz.explain.model import Model
from effnet_viz.explain.replacement import BLUR
from effnet_viz.images import Photo, Preprocessing, open_photo

MOVED = 0.1  # a gate that changes by more has noticed
NOISE = 40.0  # standard deviation of the noise, of 255
DARK = 0.4  # what is left of the light
CAST = (1.0, 0.75, 0.5)  # factors of red, green and blue: light of an evening lamp
PATCHES = 4  # a side, when patches are shuffled
SEED = 0

Square = tuple[int, int, int, int]
Paint = Callable[[Image.Image, Preprocessing], Image.Image]


def _blur(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(image.size) * BLUR / 2))


def _noise(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    # Grains as large as a pixel of the network's input: finer ones would be averaged away before it sees them.
    factor = min(1.0, preprocessing.resize / min(image.size))
    rows, columns = (max(1, round(side * factor)) for side in (image.height, image.width))
    grains = numpy.random.default_rng(SEED).normal(0, NOISE, (3, rows, columns)).astype(numpy.float32)
    noisy = [
        numpy.asarray(band) + numpy.asarray(Image.fromarray(grain).resize(image.size, Image.Resampling.NEAREST))
        for band, grain in zip(image.split(), grains, strict=True)
    ]
    return Image.fromarray(numpy.stack(noisy, axis=-1).clip(0, 255).round().astype(numpy.uint8))


def _scaled(red: float, green: float, blue: float) -> Paint:
    factors = (red, 0, 0, 0, 0, green, 0, 0, 0, 0, blue, 0)
    return lambda image, preprocessing: image.convert("RGB", factors)


def _half_hidden(left: bool) -> Paint:
    def paint(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
        x0, y0, x1, y1 = _seen(image, preprocessing)
        middle = (x0 + x1) // 2
        hidden = image.copy()
        colour = tuple(round(255 * value) for value in preprocessing.mean)
        hidden.paste(colour, (x0, y0, middle, y1) if left else (middle, y0, x1, y1))
        return hidden

    return paint


def _shuffled(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    x0, y0, x1, y1 = _seen(image, preprocessing)
    side = min(x1 - x0, y1 - y0) // PATCHES
    if side == 0:
        return image
    corners = [(x0 + column * side, y0 + row * side) for row in range(PATCHES) for column in range(PATCHES)]
    order = numpy.random.default_rng(SEED).permutation(len(corners))
    shuffled = image.copy()
    for (x, y), source in zip(corners, order, strict=True):
        from_x, from_y = corners[source]
        shuffled.paste(image.crop((from_x, from_y, from_x + side, from_y + side)), (x, y))
    return shuffled


CHANGES: Mapping[str, tuple[str, Paint]] = MappingProxyType(
    {
        "grey": ("in grey", lambda image, _: image.convert("L").convert("RGB")),
        "cast": ("in warm light", _scaled(*CAST)),
        "dark": ("darker", _scaled(DARK, DARK, DARK)),
        "blur": ("blurred", _blur),
        "noise": ("noisy", _noise),
        "mirror": ("mirrored", lambda image, _: ImageOps.mirror(image)),
        "flip": ("upside down", lambda image, _: ImageOps.flip(image)),
        "left": ("left half hidden", _half_hidden(left=True)),
        "right": ("right half hidden", _half_hidden(left=False)),
        "patches": ("patches shuffled", _shuffled),
    }
)


def changed(photo: Photo, change: str, preprocessing: Preprocessing) -> Photo:
    """A changed copy of a photo; the same call always gives the same pixels.

    What is hidden or shuffled is the part that the network sees; hidden halves get the colour that normalisation takes
    to zero.

    Args:
        photo: any photo; it is left as it is.
        change: one of `CHANGES`.
        preprocessing: of the model, for what it sees of the photo and for that colour.

    Raises:
        ValueError: no such change.
    """
    if change not in CHANGES:
        raise ValueError(f"change is {change!r}; it can be {', '.join(CHANGES)}.")
    words, paint = CHANGES[change]
    return open_photo(paint(photo.image, preprocessing), name=f"{photo.name}, {words}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Noticed:
    """What a change of the photo did to the gates and to the answer.

    Attributes:
        change: one of `CHANGES`.
        photo: the changed copy.
        gates: block id to its `(C,)` gates on the copy.
        before: block id to its `(C,)` gates on the photo itself.
        probability: of the photo's own class on the copy, 0 to 1.
        winner: index of the class that is most probable on the copy.
    """

    change: str
    photo: Photo
    gates: Mapping[str, ndarray]
    before: Mapping[str, ndarray]
    probability: float
    winner: int

    def distance(self, block: str) -> float:
        """How far a gate of the block moves on average, 0 to 1."""
        return float(numpy.abs(self.gates[block] - self.before[block]).mean())

    def share_moved(self, block: str) -> float:
        """Share of the block's gates that move by more than `MOVED`, 0 to 1."""
        return float((numpy.abs(self.gates[block] - self.before[block]) > MOVED).mean())


def notice(model: Model, photo: Photo, run: Capture, changes: Sequence[str] = tuple(CHANGES)) -> Iterator[Noticed]:
    """Show a network changed copies of a photo, one result a copy as it is found.

    Args:
        model: the model that made the capture.
        photo: the photo.
        run: the capture of the photo.
        changes: some of `CHANGES`.

    Raises:
        ValueError: no such change.
    """
    target = int(run.logits.argmax())
    for change in changes:
        copy = changed(photo, change, model.preprocessing)
        there = capture(model, copy, keep=())
        yield Noticed(
            change=change,
            photo=copy,
            gates=there.gates,
            before=run.gates,
            probability=float(there.probabilities[target]),
            winner=int(there.logits.argmax()),
        )


def _seen(image: Image.Image, preprocessing: Preprocessing) -> Square:
    """What the network sees of a picture, in whole pixels."""
    left, top, right, bottom = preprocessing.view(image.width, image.height).box
    return max(0, round(left)), max(0, round(top)), min(image.width, round(right)), min(image.height, round(bottom))
