"""Lesson 6: the same photo through networks of other resolution, depth and width, one at a time, little kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy
from numpy import ndarray

from effnet_viz.architecture import BlockPlan, Plan, plan
from effnet_viz.explain import Model
from effnet_viz.explain.predict import Prediction, ranked
from effnet_viz.images import Photo

FACTORS = (0.6, 1.0, 1.5, 2.0)  # on the resolution that a network was made for
SIDES = 32  # offered resolutions are multiples of it, so that no cell of the last map hangs over the edge
MOST_MACS = 20e9  # of a resolution that is offered beside the network's own: about 50 times B0
FINEST = 4  # pixels that a cell covers; finer maps show little but the photo


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledRun:
    """What one network made of a photo.

    Attributes:
        plan: the network at the resolution at which it ran.
        shapes: pixels that a cell covers (4, 8, 16, 32) to `(C, H, W)` of the last block with such cells.
        maps: the same to the mean absolute activation of that block's channels, `(H, W)`.
        best: the most probable class.
        seconds: of one pass of one photo.
        trained: whether the parameters are trained ones.
    """

    plan: Plan
    shapes: Mapping[int, tuple[int, ...]]
    maps: Mapping[int, ndarray]
    best: Prediction
    seconds: float
    trained: bool

    @property
    def nbytes(self) -> int:
        """Bytes held by the maps."""
        return sum(values.nbytes for values in self.maps.values())


def at_resolution(model: Model, side: int) -> Model:
    """The same network given the same part of the photo with more or fewer pixels; its weights fit any size.

    Args:
        model: the network as it was trained.
        side: side of the square input, in pixels.
    """
    old = model.preprocessing
    sized = replace(old, crop=side, resize=max(side, round(old.resize * side / old.crop)))
    return replace(model, spec=replace(model.spec, resolution=side), preprocessing=sized, key=f"{model.key}@{side}")


def resolutions(model: Model) -> list[int]:
    """Resolutions to look at, in pixels: smaller than the network's own, its own, larger ones that are bearable."""
    own = model.preprocessing.crop
    sides = sorted({own if factor == 1 else max(SIDES, round(own * factor / SIDES) * SIDES) for factor in FACTORS})
    return [side for side in sides if side <= own or plan(model.spec, side).macs <= MOST_MACS]


def last_blocks(drawn: Plan) -> dict[int, BlockPlan]:
    """Pixels that a cell covers, 4 or more, to the last block with such cells; the final convolution is left out."""
    return {block.jump: block for block in drawn.blocks if block.spec is not None and block.jump >= FINEST}


def run_scaled(model: Model, photo: Photo, seconds: float) -> ScaledRun:
    """Run a network on a photo and keep a few small maps and the answer.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        seconds: of one pass, which are measured once for all photos.
    """
    drawn = plan(model.spec, model.preprocessing.crop)
    blocks = {cell: block.id for cell, block in last_blocks(drawn).items()}
    with model.lock:
        seen = model.runner.of_one(model.input(photo), [*blocks.values(), "classifier"])
        logits = seen["classifier"]
        arrays = {cell: seen[block] for cell, block in blocks.items()}
    return ScaledRun(
        plan=drawn,
        shapes=MappingProxyType({cell: values.shape for cell, values in arrays.items()}),
        maps=MappingProxyType({cell: numpy.abs(values).mean(axis=0) for cell, values in arrays.items()}),
        best=ranked(model, logits, 1)[0],
        seconds=seconds,
        trained=model.provenance.trained,
    )


def surest(runs: Mapping[int, ScaledRun]) -> int:
    """The resolution at which the network gives its answer the highest probability."""
    return max(runs, key=lambda side: runs[side].best.probability)
