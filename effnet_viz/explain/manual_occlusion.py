"""The student's own deletion test: hide rectangles of the photo and ask the network again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import torch
from numpy import ndarray
from PIL import Image, ImageFilter

from effnet_viz.explain.capture import Capture, capture_input, to_tensor
from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.evidence_question import question_of
from effnet_viz.explain.faithfulness import check_points_somewhere, confidence, orders, ranks_of
from effnet_viz.explain.model import Model
from effnet_viz.explain.replacement import BLUR, check_replacement, replaced
from effnet_viz.images import Photo, Preprocessing, View, open_photo

DRAWS = 5

PixelBox = tuple[float, float, float, float]


def hide(photo: Photo, boxes: Sequence[PixelBox], preprocessing: Preprocessing, replacement: str = "blur") -> Photo:
    """A photo with rectangles hidden.

    Args:
        photo: the photo; it is left as it is.
        boxes: `(left, top, right, bottom)` in photo pixels each; parts outside the photo do not matter.
        preprocessing: of the model, for the colour that is zero after normalisation.
        replacement: one of `REPLACEMENTS`.

    Raises:
        ValueError: no such replacement.
    """
    check_replacement(replacement)
    image = photo.image.copy()
    cover = cover_of(photo.image, preprocessing, replacement)
    for left, top, right, bottom in boxes:
        pixels = (
            max(0, round(left)),
            max(0, round(top)),
            min(image.width, round(right)),
            min(image.height, round(bottom)),
        )
        if pixels[0] < pixels[2] and pixels[1] < pixels[3]:
            image.paste(cover.crop(pixels), pixels)
    return open_photo(image, name=f"{photo.name}, partly hidden")


def cover_of(image: Image.Image, preprocessing: Preprocessing, replacement: str) -> Image.Image:
    """What is seen where the photo is hidden, as large as the photo.

    Args:
        image: the photo, in RGB.
        preprocessing: of the model, for the colour that is zero after normalisation.
        replacement: one of `REPLACEMENTS`.
    """
    if replacement == "blur":
        return image.filter(ImageFilter.GaussianBlur(min(image.size) * BLUR))
    if replacement == "mean":
        colour = numpy.asarray(image).reshape(-1, 3).mean(axis=0)
    else:
        colour = 255 * numpy.array(preprocessing.mean)
    return Image.new("RGB", image.size, tuple(round(value) for value in colour))


def hidden_share(view: View, boxes: Sequence[PixelBox]) -> float:
    """The share of what the network sees that the boxes cover together, 0 to 1.

    Args:
        view: which part of the photo the input is.
        boxes: `(left, top, right, bottom)` in photo pixels each; they may overlap.
    """
    return float(_covered(view, boxes).mean())


def capture_hidden(model: Model, run: Capture, boxes: Sequence[PixelBox], replacement: str = "blur") -> Capture:
    """A run with rectangles of its input hidden, quick enough to follow a hand: its logits and gates, no maps.

    `hide` covers the photo before it is resized, this the input itself: the borders of a box differ by a pixel.

    Args:
        model: the model that made the capture.
        run: the capture of the whole photo.
        boxes: `(left, top, right, bottom)` in photo pixels each; parts outside of what the network sees do not matter.
        replacement: one of `REPLACEMENTS`.

    Raises:
        ValueError: no such replacement.
    """
    x = to_tensor(model, run.input)
    hidden = torch.from_numpy(_covered(run.view, boxes)).to(x.device)
    digest = f"{run.photo_digest} without {tuple(boxes)}"
    return capture_input(model, torch.where(hidden, replaced(x, replacement), x), run.view, digest)


def _covered(view: View, boxes: Sequence[PixelBox]) -> ndarray:
    """Which pixels of the input lie in one of the boxes, `(H, W)`."""
    height, width = view.input_size
    columns, rows = numpy.arange(width) + 0.5, numpy.arange(height) + 0.5
    covered = numpy.zeros((height, width), dtype=bool)
    for left, top, right, bottom in boxes:
        (x0, y0), (x1, y1) = view.to_input(left, top), view.to_input(right, bottom)
        covered |= ((rows >= y0) & (rows < y1))[:, None] & ((columns >= x0) & (columns < x1))[None]
    return covered


@dataclass(frozen=True, kw_only=True)
class HandTest:
    """What hiding by hand did, beside hiding as much by the map and at random; all are probabilities of the class.

    Attributes:
        share: share of what the network sees that is hidden, 0 to 1.
        before: on the whole photo.
        by_hand: with the student's rectangles hidden.
        by_map: with as many pixels hidden where the map is strongest.
        at_random: with as many pixels hidden in shuffled places, the mean over some draws.
    """

    share: float
    before: float
    by_hand: float
    by_map: float
    at_random: float


def hand_test(
    model: Model,
    run: Capture,
    hidden_run: Capture,
    evidence: ClassEvidence,
    boxes: Sequence[PixelBox],
    replacement: str = "blur",
) -> HandTest:
    """Compare rectangles drawn by hand with the map's own choice and with chance.

    Args:
        model: the model that made both captures.
        run: the capture of the whole photo.
        hidden_run: the capture of the photo that `hide` gave.
        evidence: the map of the whole photo.
        boxes: the rectangles, in photo pixels.
        replacement: what took their place.

    Raises:
        ValueError: the map points nowhere, or no such replacement.
    """
    check_points_somewhere(evidence)
    question = question_of(model, run, evidence.target, evidence.against)
    share = hidden_share(run.view, boxes)
    images, cover = question.images, replaced(question.images, replacement)
    side = images.shape[2:]
    count = round(share * side[0] * side[1])
    scores = []
    with torch.no_grad():
        for values in (order for index, order in enumerate(orders(evidence.values, DRAWS)) if index != 1):
            hidden = (ranks_of(values, side) < count).reshape(1, 1, *side).to(images.device)
            scores.append(float(confidence(question, torch.where(hidden, cover, images))))
        before = float(confidence(question, images))
        by_hand = float(confidence(question, to_tensor(model, hidden_run.input)))
    return HandTest(
        share=share, before=before, by_hand=by_hand, by_map=scores[0], at_random=float(numpy.mean(scores[1:]))
    )
