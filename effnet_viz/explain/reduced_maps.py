"""All that the gates of a block see of a photo, place by place, in few numbers.

A gate sees its block's maps only through the narrow middle of its module, which is linear up to there: the maps of the
middle, `W1 x`, are enough to explain every gate of the block, and a tenth or less of the block's own maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from numpy import ndarray

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph import entering_gates
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.explain.capture import Capture, to_batch
from effnet_viz.explain.gates import check_has_gates
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View

PART = 2**21  # values of the maps that are worked on at once


@dataclass(frozen=True, kw_only=True, eq=False)
class ReducedMaps:
    """What the gates of one block see of one photo; in float64.

    Attributes:
        block: the block's id.
        maps: `(S, H, W)`, the narrow middle at every place, before its bias; the module itself has their mean.
        descriptor: `(C,)`, the mean of each map that enters.
        view: which part of the photo the maps lie on.
    """

    block: str
    maps: ndarray
    descriptor: ndarray
    view: View


def reduced_maps(model: Model, photo: Photo, block: str) -> ReducedMaps:
    """The reduced maps of one block; the network runs as far as that block.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        block: id of a block with SE, such as `7.3`.

    Raises:
        ValueError: a block without SE.
    """
    check_has_gates(model, block)
    before = entering_gates(model.network, block)
    x = model.input(photo)
    with model.lock:
        maps = model.runner.of_one(x, [before], between=model.lock.let_others)[before]
    return reduce_maps(model, block, maps, model.preprocessing.view(photo.width, photo.height))


@dataclass(frozen=True, kw_only=True, eq=False)
class AllGates:
    """The gates of every block on a photo, the answer, and what the gates see.

    Attributes:
        gates: block id to its gates, `(C,)`, each 0 to 1.
        logits: `(num_classes,)`.
        reduced: block id to what its gates see.
    """

    gates: Mapping[str, ndarray]
    logits: ndarray
    reduced: Mapping[str, ReducedMaps]


def all_gates(model: Model, photo: Photo) -> AllGates:
    """Gates and reduced maps of all blocks from one run; what enters every SE module is in memory meanwhile.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
    """
    blocks = model.runner.blocks_with_gates
    gates = {block: f"{block}.se.gate" for block in blocks}
    before = {block: entering_gates(model.network, block) for block in blocks}
    x, view = model.input(photo), model.preprocessing.view(photo.width, photo.height)
    with model.lock:
        wanted = [*gates.values(), *before.values(), CLASSIFIER]
        seen = model.runner.of_one(x, wanted, between=model.lock.let_others)
    return AllGates(
        gates={block: seen[id].reshape(-1) for block, id in gates.items()},
        logits=seen[CLASSIFIER],
        reduced={block: reduce_maps(model, block, seen[id], view) for block, id in before.items()},
    )


def reduced_maps_of(model: Model, run: Capture, block: str) -> ReducedMaps:
    """The same from a finished run: only the one block is computed again.

    Args:
        model: the model that made the capture.
        run: the capture.
        block: id of a block with SE.

    Raises:
        ValueError: a block without SE.
    """
    check_has_gates(model, block)
    before = entering_gates(model.network, block)
    with model.lock:
        x = to_batch(run.block_input(block), model.device)
        maps = to_array(model.runner.run(x, [before], start=block)[before])
    return reduce_maps(model, block, maps, run.view)


def reduce_maps(model: Model, block: str, maps: ndarray, view: View) -> ReducedMaps:
    """The same from the maps that enter the module.

    Args:
        model: the network.
        block: id of the block.
        maps: what enters its SE module, `(C, H, W)`.
        view: which part of the photo they lie on.
    """
    module: Any = model.network.layer(f"{block}.se")
    weight = module.reduce.weight.detach().double().flatten(1).cpu().numpy()  # (S, C)
    depth, height, width = maps.shape
    places = maps.reshape(depth, -1)
    # In float64, a part of the places at a time: logits of thousands then still add up to 0.001.
    chunks = numpy.array_split(places, max(1, places.size // PART), axis=1)
    middle = numpy.concatenate([weight @ chunk.astype(numpy.float64) for chunk in chunks], axis=1)  # (S, H W)
    descriptor = places.mean(axis=1, dtype=numpy.float64)
    for values in (middle, descriptor):
        values.flags.writeable = False
    return ReducedMaps(block=block, maps=middle.reshape(-1, height, width), descriptor=descriptor, view=view)
