"""A photo on its way through the whole network: what each stage made of it, and which channels were strongest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy
from numpy import ndarray

from effnet_viz.explain.capture import Capture
from effnet_viz.explain.model import Model

FOLLOWED = 4  # channels of a stage


@dataclass(frozen=True, kw_only=True, eq=False)
class StageTravel:
    """The maps behind the last block of a stage.

    Attributes:
        stage: its number as text, `1` for the stem.
        block: id of the block.
        blocks: how many the stage has.
        kind: of its first block, as the plan names kinds.
        shape: of the maps, `(C, H, W)`.
        strengths: mean absolute value of every map, `(C,)`.
        side_view: the same of every row of every map, `(C, H)`: the maps seen from the side.
        channels: numbers of the strongest maps, the strongest first.
        maps: these, `(K, H, W)`.
    """

    stage: str
    block: str
    blocks: int
    kind: str
    shape: tuple[int, int, int]
    strengths: ndarray
    side_view: ndarray
    channels: tuple[int, ...]
    maps: ndarray


def network_travel(model: Model, run: Capture) -> tuple[StageTravel, ...]:
    """Follow a photo from stage to stage.

    Args:
        model: the network.
        run: its run on the photo.
    """
    kinds = {block.id: block.operator for block in model.spec.block_specs()}
    stages: list[StageTravel] = []
    for stage, members in groupby(run.blocks, key=lambda block: block.partition(".")[0]):
        blocks = list(members)
        values = run.output(blocks[-1])
        side_view = numpy.abs(values).mean(axis=2)
        strengths = side_view.mean(axis=1)
        channels = tuple(numpy.argsort(-strengths, kind="stable")[:FOLLOWED].tolist())
        stages.append(
            StageTravel(
                stage=stage,
                block=blocks[-1],
                blocks=len(blocks),
                kind=kinds.get(blocks[0], "head" if stages else "stem"),
                shape=values.shape,
                strengths=strengths,
                side_view=side_view,
                channels=channels,
                maps=values[list(channels)],
            )
        )
    return tuple(stages)
