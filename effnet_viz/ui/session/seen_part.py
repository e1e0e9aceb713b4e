"""What the network sees of a photo, as a picture on which parts can be hidden, and what the network says then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numpy import ndarray
from PIL import Image

from effnet_viz.draw.maps import enlarged, jpeg
from effnet_viz.images import Photo, View
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Box, drag_boxes

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain import Capture, Model

LONGEST = 640  # pixels of the picture that boxes are drawn on
PixelBox = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hidden:
    """What a network said of a photo with hidden parts.

    Attributes:
        gates: block id to its gates, `(C,)`, each 0 to 1.
        logits: `(num_classes,)`.
        probabilities: `(num_classes,)`.
    """

    gates: Mapping[str, ndarray]
    logits: ndarray
    probabilities: ndarray


def hide_with_boxes(
    key: str, photo: Photo, view: View, *, boxes: Sequence[Box] = (), limit: int, hint: str
) -> tuple[PixelBox, ...]:
    """The seen part of a photo, on which boxes are drawn and moved; they blur it, as the network gets it.

    Args:
        key: the widget's key.
        photo: the photo.
        view: which part of it the network sees.
        boxes: what is hidden in the beginning, in shares of the seen part.
        limit: most boxes.
        hint: a sentence under the picture.

    Returns:
        `(left, top, right, bottom)` of each box, in photo pixels.
    """
    from effnet_viz.explain.replacement import BLUR

    drawn = drag_boxes(
        key,
        seen_jpeg(photo.digest, view.box, LONGEST, photo),
        f"{photo.name}, to hide a part of.",
        boxes,
        limit=limit,
        live=True,
        blur=BLUR,
        hint=hint,
    )
    left, top, right, bottom = view.box
    width, height = right - left, bottom - top
    return tuple(
        (left + box.left * width, top + box.top * height, left + box.right * width, top + box.bottom * height)
        for box in drawn
    )


@kept
def run_without(model_key: str, photo_digest: str, boxes: tuple[PixelBox, ...], _model: Model, _run: Capture) -> Hidden:
    """What the network says with parts of the photo blurred. No maps: a hand that moves asks for many of them.

    Args:
        model_key: stands for the network.
        photo_digest: stands for the photo.
        boxes: what is hidden, in photo pixels.
        _model: the network.
        _run: its run on the whole photo.
    """
    from effnet_viz.explain.manual_occlusion import capture_hidden

    after = capture_hidden(_model, _run, boxes) if boxes else _run
    return Hidden(gates=after.gates, logits=after.logits, probabilities=after.probabilities)


@kept
def seen_jpeg(photo_digest: str, box: PixelBox, longest: int, _photo: Photo) -> bytes:
    """The seen part of a photo.

    Args:
        photo_digest: stands for the photo.
        box: the seen part, in photo pixels.
        longest: longer side of the picture in pixels, at most.
        _photo: the photo.
    """
    return jpeg(enlarged(seen_image(_photo, box), longest))


def seen_image(photo: Photo, box: PixelBox) -> Image.Image:
    """The seen part of a photo, cut out.

    Args:
        photo: the photo.
        box: the seen part, in photo pixels.
    """
    return photo.image.crop(tuple(round(edge) for edge in box))
