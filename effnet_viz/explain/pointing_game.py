"""Where the answer is known: does the map lie on the thing itself?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy
from numpy import ndarray
from PIL import Image

from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.faithfulness import enlarge
from effnet_viz.explain.gate_evidence import GateEvidence


@dataclass(frozen=True, kw_only=True)
class Pointing:
    """A map beside the true place of what the class is about.

    Attributes:
        hit: whether the map's strongest pixel lies on it; a map without positive evidence hits nothing.
        inside: share of the map's positive part that lies on it, 0 to 1.
        area: share of what the network sees that it covers: what a map at random would have there.
    """

    hit: bool
    inside: float
    area: float


@dataclass(frozen=True, kw_only=True)
class PointingGame:
    """How well a method's maps find the true place, over many pictures.

    Attributes:
        pointing: share of the maps whose strongest pixel lies on it (the pointing game), 0 to 1.
        energy: share of the maps' positive part that lies on it, on average, 0 to 1.
        chance: share of the picture that it covers, on average: what both would be for a map at random.
        pictures: number of maps.
    """

    pointing: float
    energy: float
    chance: float
    pictures: int


def pointing(evidence: ClassEvidence | GateEvidence, mask: ndarray, *, either_sign: bool = False) -> Pointing:
    """Compare a map with the true place.

    Args:
        evidence: the map.
        mask: truth values, `(H, W)` in photo pixels.
        either_sign: whether what speaks against counts like what speaks for: where does it look at all?

    Raises:
        ValueError: the mask has another size than the photo.

    Source: pointing game, Zhang et al. 2018 (arXiv 1608.00507), without its tolerance margin; its energy, Score-CAM
        (arXiv 1910.01279), section 4.3.
    """
    width, height = evidence.view.photo_size
    if mask.shape != (height, width):
        raise ValueError(f"mask has shape {mask.shape}; the photo has {height} rows and {width} columns.")
    side = evidence.view.input_size
    picture = Image.fromarray((mask > 0).astype(numpy.uint8) * 255)
    true = numpy.asarray(picture.resize((side[1], side[0]), Image.Resampling.NEAREST, box=evidence.view.box)) > 127
    values = numpy.abs(evidence.values) if either_sign else numpy.maximum(evidence.values, 0)
    positive = numpy.maximum(enlarge(values, side).numpy(), 0)
    total = float(positive.sum())
    return Pointing(
        hit=total > 0 and bool(true.reshape(-1)[positive.argmax()]),
        area=float(true.mean()),
        inside=float(positive[true].sum()) / total if total > 0 else 0.0,
    )


def pointing_game(pointings: Iterable[Pointing]) -> PointingGame:
    """Many maps beside their true places, in three numbers.

    Raises:
        ValueError: there are no maps.
    """
    pointings = list(pointings)
    if not pointings:
        raise ValueError("found is empty; at least 1 map is needed.")
    hits, inside, areas = (
        float(numpy.mean([getattr(picture, name) for picture in pointings])) for name in ("hit", "inside", "area")
    )
    return PointingGame(pointing=hits, energy=inside, chance=areas, pictures=len(pointings))
