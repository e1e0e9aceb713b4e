"""A layer's channels, one number each: how strong, how varied, how much they matter for a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
import torch
from numpy import ndarray

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.hooks import watch
from effnet_viz.explain.capture import Capture, block_of, to_batch
from effnet_viz.explain.checks import check_target
from effnet_viz.explain.model import Model

RELU6_CEILING = 6.0
DEAD_SHARE = 0.01  # of the layer's largest absolute value
SATURATED_SHARE = 0.5  # of a map's cells


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelStatistics:
    """What each channel of a layer did on one photo; every array is `(C,)`.

    Attributes:
        mean: average over the map.
        maximum: largest value of the map.
        variance: of the map's values.
        dead: whether the map stays within 1% of the layer's largest absolute value from zero.
        saturated: whether at least half of the map lies at the ceiling of the activation; only ReLU6 has one.
    """

    mean: ndarray
    maximum: ndarray
    variance: ndarray
    dead: ndarray
    saturated: ndarray


def channel_statistics(values: ndarray, *, ceiling: float | None = None) -> ChannelStatistics:
    """Statistics of each channel of `(C, H, W)` maps.

    Args:
        values: the maps.
        ceiling: the largest value that the activation lets through, None where there is no such value.
    """
    flat = values.reshape(len(values), -1)
    peak = numpy.abs(flat).max(axis=1)
    at_ceiling = flat >= ceiling * (1 - 1e-6) if ceiling else numpy.zeros_like(flat, dtype=bool)
    return ChannelStatistics(
        mean=flat.mean(axis=1),
        maximum=flat.max(axis=1),
        variance=flat.var(axis=1),
        dead=peak <= DEAD_SHARE * peak.max(),
        saturated=at_ceiling.mean(axis=1) >= SATURATED_SHARE,
    )


def ceiling_of(model: Model, layer: str) -> float | None:
    """The largest value that a layer's activation lets through: 6 behind a ReLU6, else None.

    The last step of a block is linear, and so is the sum behind it.

    Args:
        model: the network with its preprocessing.
        layer: stage, block or step, such as `1`, `4.2` or `4.2.expand`.
    """
    step = layer.split(".")[2] if layer.count(".") == 2 else ""
    activated = step in ("expand", "depthwise", "fused") or layer in ("1", str(model.spec.head_stage))
    return RELU6_CEILING if model.spec.activation == "relu6" and activated else None


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelEvidence:
    """How much each channel of a layer speaks for a class; arrays are `(C,)`.

    Attributes:
        weights: Grad-CAM's weights: mean gradient of the class's logit over the channel's map.
        contributions: weight times the sum of the map: what the channel adds to the Grad-CAM map in all.
        target: index of the class.
        layer: the layer's id.
    """

    weights: ndarray
    contributions: ndarray
    target: int
    layer: str


def channel_evidence(model: Model, run: Capture, layer: str, target: int | None = None) -> ChannelEvidence:
    """Grad-CAM's weight of each channel of a layer, from a finished run; only what lies behind it is differentiated.

    Args:
        model: the model that made the capture.
        run: the capture.
        layer: block or step, such as `4.2` or `4.2.se`.
        target: index of the class; None takes the most probable.

    Raises:
        ValueError: no such layer or class.

    Source: Grad-CAM (arXiv 1610.02391), equation 1.
    """
    check_target(model, target)
    target = int(run.logits.argmax()) if target is None else target
    block = block_of(model, layer)
    at = layer if layer.startswith(f"{block}.") else block
    x = to_batch(run.block_input(block), model.device)
    with (
        torch.enable_grad(),
        model.lock,
        watch(model.network, [at], change={at: lambda output: output.detach().requires_grad_()}) as seen,
    ):
        logits = model.network.forward_from(x, block)
        (gradient,) = torch.autograd.grad(logits[0, target], seen[at])
        weights = gradient.mean(dim=(2, 3), keepdim=True)
        contributions = (weights * seen[at].detach()).sum(dim=(2, 3))
        return ChannelEvidence(
            weights=to_array(weights).reshape(-1), contributions=to_array(contributions), target=target, layer=layer
        )


def depthwise_kernel(model: Model, block_id: str, channel: int) -> ndarray:
    """The filter that a block lays over one channel, `(k, k)`, with batch norm's factor folded in.

    Args:
        model: the network with its preprocessing.
        block_id: id of a block with a depthwise convolution, such as `4.2`.
        channel: number of the expanded channel, from 0.

    Raises:
        ValueError: the block has no depthwise convolution, or no such channel.
    """
    block: Any = model.network.layer(block_id)
    if not hasattr(block, "depthwise"):
        raise ValueError(f"Block {block_id!r} of {model.spec.title} has no depthwise convolution.")
    weight = block.depthwise.conv.weight
    if not 0 <= channel < len(weight):
        raise ValueError(f"channel is {channel}; block {block_id} has expanded channels 0 to {len(weight) - 1}.")
    return to_array(weight[channel])  # a filter is (1, k, k): it reads one channel


def strongest_at(values: ndarray, row: int, column: int, count: int) -> list[tuple[int, float]]:
    """The channels that are strongest at one place of `(C, H, W)` maps: pairs of channel and value, largest first.

    Args:
        values: the maps, `(C, H, W)`.
        row: of the place, in cells from the top, from 0.
        column: of the place, in cells from the left, from 0.
        count: how many channels at most.

    Raises:
        ValueError: the place is not in the map.
    """
    _, height, width = values.shape
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"row and column are {row}, {column}; the map has {height} x {width} cells.")
    here = values[:, row, column]
    return [(int(channel), float(here[channel])) for channel in numpy.argsort(-here, kind="stable")[:count]]
