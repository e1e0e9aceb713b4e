"""What feeds a channel of a block: a block's output is a weighted sum of its inner channels, each behind its gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy import ndarray

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph import entering_gates
from effnet_viz.explain.gates import check_has_gates
from effnet_viz.explain.model import Model
from effnet_viz.explain.reduced_maps import ReducedMaps, reduce_maps
from effnet_viz.images import Photo


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelFeeders:
    """What the inner channels of a block add to each of its outputs on one photo, at one place for each output.

    Attributes:
        added: `(C, G)` float16: channel of the output, inner channel. Their sum over the inner channels is the output
            before its bias, and before the block's input is added where the block has a way round.
        reduced: what the gates of the block see of the photo.
    """

    added: ndarray
    reduced: ReducedMaps

    def of(self, channel: int) -> ndarray:
        """What each inner channel adds to one output, `(G,)`."""
        added: ndarray = self.added[channel].astype(numpy.float32)
        return added


def channel_feeders(model: Model, photo: Photo, block: str, places: Sequence[int]) -> ChannelFeeders:
    """Which gated channels make the outputs of a block what they are.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        block: id of a block with SE.
        places: for each channel of the block's output the place that is asked about, counted row by row.

    Raises:
        ValueError: a block without SE, or not one place for each channel.
    """
    check_has_gates(model, block)
    before, after = entering_gates(model.network, block), f"{block}.se"
    x = model.input(photo)
    with model.lock:
        seen = model.runner.run(x, [before, after])
        entering, gated = to_array(seen[before]), to_array(seen[after])
    project: Any = model.network.layer(f"{block}.project")
    # A fused block without widening has nothing to narrow: each output is its own gated channel.
    weight = (
        project.conv.weight.detach().flatten(1).cpu().numpy() if hasattr(project, "conv") else numpy.eye(len(gated))
    )
    if len(places) != len(weight):
        raise ValueError(f"places has {len(places)} entries; block {block} gives {len(weight)} channels.")
    added = weight * gated.reshape(len(gated), -1)[:, list(places)].T  # (C, G)
    largest = numpy.finfo(numpy.float16).max
    return ChannelFeeders(
        added=added.clip(-largest, largest).astype(numpy.float16),
        reduced=reduce_maps(model, block, entering, model.preprocessing.view(photo.width, photo.height)),
    )
