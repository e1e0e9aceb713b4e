"""Lesson 3: squeeze and excitation, what its width costs, and what other gates would do."""

from __future__ import annotations

import random

import numpy
from numpy import ndarray

from effnet_viz.architecture import BlockPlan
from effnet_viz.explain import Capture, Model, SqueezeExcitationSteps
from effnet_viz.explain.surgery import Operation, operate
from effnet_viz.lessons.quiz import QuizQuestion, ask, ask_order

GATINGS = ("sigmoid", "softmax", "none")


def gates_by(se: SqueezeExcitationSteps, gating: str) -> ndarray:
    """Gates that another function would make of the same numbers, `(C,)`.

    Args:
        se: every number of the SE module.
        gating: `sigmoid` as trained; `softmax`, which lets the channels compete for a sum of 1; `none`, all open.

    Raises:
        ValueError: no such gating.
    """
    if gating == "sigmoid":
        return se.gates
    if gating == "softmax":
        shares = numpy.exp(se.expanded - se.expanded.max())
        return shares / shares.sum()
    if gating == "none":
        return numpy.ones_like(se.gates)
    raise ValueError(f"gating is {gating!r}; it can be {', '.join(GATINGS)}.")


def logits_with(model: Model, run: Capture, block: str, gates: ndarray) -> ndarray:
    """What the network says when a block's gates are replaced, `(num_classes,)`.

    Args:
        model: the model that made the capture.
        run: the capture; its input is run again.
        block: the block's id.
        gates: one for each channel, `(C,)`.
    """
    return operate(model, run, {block: Operation(mode="given", gates=gates)}).logits


def squeeze_params(channels: int, middle: int) -> int:
    """Parameters of an SE module with a middle of some width: two matrices and two biases.

    Args:
        channels: channels of the map that is gated.
        middle: numbers in the narrow middle.
    """
    return channels * middle + middle + middle * channels + channels


def reduce_terms(model: Model, se: SqueezeExcitationSteps, unit: int) -> tuple[ndarray, float]:
    """What each channel's mean adds to one number of the narrow middle, `(C,)`, and the bias beside it.

    Args:
        model: the model that computed the steps.
        se: every number of the SE module.
        unit: which number of the middle, from 0.
    """
    layer = model.network.layer(f"{se.block}.se.reduce")
    weight = layer.weight[unit].detach().cpu().numpy().reshape(-1)
    return weight * se.descriptor, float(layer.bias[unit])


def expand_terms(model: Model, se: SqueezeExcitationSteps, channel: int) -> tuple[ndarray, float]:
    """What each number of the middle adds to one channel's gate before the sigmoid, `(S,)`, and the bias beside it.

    Args:
        model: the model that computed the steps.
        se: every number of the SE module.
        channel: number of the channel.
    """
    layer = model.network.layer(f"{se.block}.se.expand")
    weight = layer.weight[channel].detach().cpu().numpy().reshape(-1)
    return weight * se.activated, float(layer.bias[channel])


def questions(se: SqueezeExcitationSteps, block: BlockPlan, dice: random.Random) -> list[QuizQuestion]:
    """About the block on the screen: its descriptor, its gates, its middle.

    Args:
        se: every number of the block's SE module.
        block: the block.
        dice: decide which channels are asked about, and the order of the options.
    """
    gates = se.gates
    middle = numpy.argsort(-gates)
    some = [int(middle[0]), int(middle[-1]), *dice.sample([int(index) for index in middle[1:-1]], 2)]
    dice.shuffle(some)
    weakest = min(some, key=lambda channel: gates[channel])
    channel = dice.randrange(gates.size)
    values = se.before[channel]
    wide, narrow = gates.size, se.reduced.size
    at_input = block.in_shape[0]
    if wide == at_input:  # nothing is widened before it, so both ways of counting give the same middle
        other, instead = 2 * narrow, "twice as wide"
    else:
        other = wide // 4
        instead = f"a quarter of the {wide:,} channels"
        if 4 * narrow == at_input:  # as it is, the quarter is one of the block's input
            instead += f", not of the block's {at_input:,} input channels"
    return [
        ask_order(
            dice,
            "Which of these channels does this photo turn down most?",
            [f"channel {index}" for index in some],
            f"channel {weakest}",
            "Their gates: " + ", ".join(f"{index}: {gates[index]:.3f}" for index in some) + ".",
        ),
        ask(
            dice,
            f"Channel {channel} is a map of {values.shape[0]}×{values.shape[1]} numbers. The squeeze keeps "
            "one of it. Which?",
            f"{values.mean():.3f}, its mean",
            [f"{values.max():.3f}, its largest", f"{values.sum():.3f}, its sum", f"{values.std():.3f}, its spread"],
            f"Global average pooling: the mean over {values.size:,} places is {se.descriptor[channel]:.3f}.",
        ),
        ask(
            dice,
            f"{wide:,} channels go through a middle of {narrow}. How many parameters would SE have here if the "
            f"middle were {instead}?",
            f"{squeeze_params(wide, other):,}",
            [f"{squeeze_params(wide, narrow):,}", f"{wide * wide:,}", f"{squeeze_params(wide, wide):,}"],
            f"Two matrices of {wide:,}·{other} and their biases: {squeeze_params(wide, other):,} in place of "
            f"{squeeze_params(wide, narrow):,}.",
        ),
    ]
