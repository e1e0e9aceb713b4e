"""The scenes of a photo's way through a block and through the whole network, a sentence or two each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effnet_viz.draw.network_words import ACTIVATION_NAMES
from effnet_viz.draw.numbers import figures, percent, shape, signed_figures
from effnet_viz.draw.palette import KIND_COLOURS

if TYPE_CHECKING:  # these rooms import torch
    from effnet_viz.explain.block_travel import BlockTravel, Moment
    from effnet_viz.explain.network_travel import StageTravel
    from effnet_viz.explain.predict import Prediction
    from effnet_viz.lessons.decision import Decision

SLOW, QUICK = 3.0, 1.8  # seconds of a scene: inside the block, and on the way through the network
TOLD = 3  # channels that speak for the answer
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
_KINDS = {
    "expand": "pointwise",
    "project": "pointwise",
    "depthwise": "depthwise",
    "fused": "fused_mbconv",
    "squeeze": "se",
    "gates": "se",
    "se": "se",
}


@dataclass(frozen=True, kw_only=True)
class FilmScene:
    """A part of the film.

    Attributes:
        id: what is drawn: a key of `TITLES`, `network`, a stage such as `stage 4`, or `answer`.
        title: of its button.
        words: what is said to it.
        colour: of what happens, as `#RRGGBB`; empty where it has none.
        seconds: how long it plays.
    """

    id: str
    title: str
    words: str
    colour: str
    seconds: float


def block_scenes(travel: BlockTravel, activation: str) -> list[FilmScene]:
    """What happens in the block, one after the other.

    Args:
        travel: the way through the block.
        activation: of the network, a key of `ACTIVATION_NAMES`.
    """
    first = travel.moments[0]
    told = [
        (
            "input",
            f"{shape(first.shape)} numbers come into the block. {len(first.channels)} of the {first.shape[0]:,} maps "
            "are drawn. The frame follows one patch of the photo.",
        )
    ]
    for before, after in zip(travel.moments, travel.moments[1:], strict=False):
        if after.step == "se":
            told += [("squeeze", _squeeze(travel, before)), ("gates", _gates(travel, before))]
        told.append((after.step, _said(travel, before, after, activation)))
    return [
        FilmScene(id=id, title=TITLES[id], words=words, colour=KIND_COLOURS.get(_KINDS.get(id, ""), ""), seconds=SLOW)
        for id, words in told
    ]


def network_scenes(block: str, stages: Sequence[StageTravel], best: Prediction, decision: Decision) -> list[FilmScene]:
    """What happens on the way from the photo to the class.

    Args:
        block: id of the block that the film began in.
        stages: what each stage made of the photo.
        best: the most probable class.
        decision: where its logit comes from.
    """
    told = [
        FilmScene(
            id="network",
            title="Step back",
            words="The whole network to scale: a box is as high as its maps have cells, and as long as it has "
            f"channels. Block {block} belongs to {stage_name(stages, block.partition('.')[0]).lower()}.",
            colour="",
            seconds=SLOW,
        )
    ]
    told += [
        FilmScene(
            id=f"stage {one.stage}",
            title=stage_name(stages, one.stage),
            words=_stage(one),
            colour=KIND_COLOURS[one.kind],
            seconds=QUICK,
        )
        for one in stages
    ]
    return [
        *told,
        FilmScene(
            id="answer",
            title="Answer",
            words=_answer(stages[-1], best, decision),
            colour=KIND_COLOURS["classifier"],
            seconds=SLOW,
        ),
    ]


def stage_name(stages: Sequence[StageTravel], stage: str) -> str:
    """A stage's name for people.

    Args:
        stages: those of the network.
        stage: number of one of them.
    """
    return {stages[0].stage: "Stem", stages[-1].stage: "Head"}.get(stage, f"Stage {stage}")


def _stage(one: StageTravel) -> str:
    listed = ", ".join(f"{channel}: {figures(one.strengths[channel])}" for channel in one.channels)
    blocks = "" if one.kind in ("stem", "head") else f" after {one.blocks} block{'s' * (one.blocks > 1)}"
    return f"{shape(one.shape)} numbers{blocks}. The strongest channels by mean absolute activation: {listed}."


def _answer(head: StageTravel, best: Prediction, decision: Decision) -> str:
    speaks = ", ".join(
        f"{channel}: {signed_figures(decision.contributions[channel])}" for channel in decision.largest(TOLD)
    )
    return (
        f"Each of the {head.shape[0]:,} maps becomes its mean; a weighted sum of all means decides. {best.label}: "
        f"{percent(best.probability)}. Most for it speak channels {speaks}."
    )


def _said(travel: BlockTravel, before: Moment, after: Moment, activation: str) -> str:
    match after.step:
        case "expand":
            return (
                f"Each of the {after.shape[0]:,} new maps is a weighted sum of all {before.shape[0]:,}. "
                f"{len(after.channels)} of them are drawn; a thick line is a large weight, red above zero, blue below."
            )
        case "depthwise":
            return _window(travel, activation)
        case "fused":
            return f"One full convolution makes each of {after.shape[0]:,} maps from all {before.shape[0]:,}."
        case "se":
            return "Each map is multiplied by its gate: where a gate is nearly closed, the map fades."
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
        f"{figures(at.total)}; shifted by {signed_figures(at.shift)} and through {ACTIVATION_NAMES[activation]} it is "
        f"{figures(at.value)}."
    )


def _squeeze(travel: BlockTravel, before: Moment) -> str:
    means = travel.descriptor
    listed = ", ".join(f"{channel}: {figures(means[channel])}" for channel in before.channels)
    return f"Each map becomes one number, its mean. {listed}."


def _gates(travel: BlockTravel, before: Moment) -> str:
    gates = travel.gates
    listed = ", ".join(f"{channel}: {gates[channel]:.3f}" for channel in before.channels)
    return f"From all {gates.size:,} means comes one gate for each channel, 0 (closed) to 1 (open). {listed}."
