"""The scenes of a photo's way through a block, a sentence or two each, with the numbers of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effnet_viz.draw.network_words import ACTIVATION_NAMES
from effnet_viz.draw.numbers import shape

if TYPE_CHECKING:  # a room that imports torch
    from effnet_viz.explain.block_travel import BlockTravel, Moment

TITLES = {
    "input": "Input",
    "expand": "Expand",
    "depthwise": "Depthwise",
    "fused": "Fused",
    "squeeze": "Squeeze",
    "gates": "Excite",
    "se": "Weigh",
    "project": "Project",
    "output": "Add the input",
}


def scenes(travel: BlockTravel, activation: str) -> list[tuple[str, str]]:
    """What happens one after the other: the scene's id, a key of `TITLES`, and what is said to it.

    Args:
        travel: the way through the block.
        activation: of the network, a key of `ACTIVATION_NAMES`.
    """
    first = travel.moments[0]
    told = [
        (
            "input",
            f"{shape(first.shape)} numbers come into the block. {len(first.channels)} of the {first.shape[0]:,} maps "
            "are drawn.",
        )
    ]
    for before, after in zip(travel.moments, travel.moments[1:], strict=False):
        if after.step == "se":
            told += [("squeeze", _squeeze(travel, before)), ("gates", _gates(travel, before))]
        told.append((after.step, _said(travel, before, after, activation)))
    return told


def _said(travel: BlockTravel, before: Moment, after: Moment, activation: str) -> str:
    match after.step:
        case "expand":
            return (
                f"Each of the {after.shape[0]:,} new maps is a weighted sum of all {before.shape[0]:,}. "
                f"{len(after.channels)} of them are drawn."
            )
        case "depthwise":
            return _window(travel, activation)
        case "fused":
            return f"One full convolution makes each of {after.shape[0]:,} maps from all {before.shape[0]:,}."
        case "se":
            return "Each map is multiplied by its gate: closed ones fade."
        case "project":
            return (
                f"{before.shape[0]:,} maps become {after.shape[0]:,}, each a weighted sum of all. No activation here."
            )
    return "The block's input is added, value by value: both have the same shape."


def _window(travel: BlockTravel, activation: str) -> str:
    at = travel.window
    if at is None:
        raise ValueError(f"block {travel.block} has no depthwise filter.")
    size = len(at.kernel)
    return (
        f"One {size}×{size} filter slides over each map alone. Channel {at.channel}, framed place: the sum is "
        f"{at.total:.3g}; shifted by {at.shift:+.3g} and through {ACTIVATION_NAMES[activation]} it is {at.value:.3g}."
    )


def _squeeze(travel: BlockTravel, before: Moment) -> str:
    means = travel.descriptor
    listed = ", ".join(f"{channel}: {means[channel]:.3g}" for channel in before.channels)
    return f"Each map becomes one number, its mean. {listed}."


def _gates(travel: BlockTravel, before: Moment) -> str:
    gates = travel.gates
    listed = ", ".join(f"{channel}: {gates[channel]:.3f}" for channel in before.channels)
    return f"From all {gates.size:,} means comes one gate for each channel, 0 (closed) to 1 (open). {listed}."
