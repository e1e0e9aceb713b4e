"""What a single cell of a map can see of the photo, by arithmetic and by measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
import torch
from numpy import ndarray

from effnet_viz.architecture import LayerPlan, Plan, plan
from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.hooks import watch
from effnet_viz.explain.capture import Capture, block_of, to_batch
from effnet_viz.explain.model import Model

BoxInPixels = tuple[int, int, int, int]


def receptive_field_box(model: Model, layer: str, row: int, column: int, input_size: int) -> BoxInPixels:
    """The input pixels that one cell can depend on through convolutions.

    SE's global pooling is left out: through it every cell depends on the whole image.

    Args:
        model: the network.
        layer: stage, block or step.
        row: the cell's row in the map.
        column: the cell's column.
        input_size: side of the network's input, in pixels.

    Returns:
        `(left, top, right, bottom)` in input pixels, right and bottom exclusive; it may reach beyond the image.

    Raises:
        ValueError: no such layer, or a cell outside the map.
    """
    drawn = plan(model.spec, input_size)
    path = _layers_up_to(model, drawn, layer)
    rows, columns = path[-1].out_shape[1:]
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(f"row and column are {row}, {column}; {layer} has {rows} x {columns} cells.")
    left, top, size, jump = 0, 0, 1, 1
    for step in path:
        pad = _padding_before(step, model.spec.padding)
        left -= pad * jump
        top -= pad * jump
        size += (step.kernel - 1) * jump
        jump *= step.stride
    left, top = left + column * jump, top + row * jump
    return left, top, left + size, top + size


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredField:
    """How strongly each input pixel moves one cell of a map, `(H, W)` each, not negative.

    Attributes:
        through_convolutions: gates held as they are, so that only convolutions carry the influence.
        with_gates: gates included; in a network without SE the same as the other.
        outside_share: part of the influence with gates that comes from outside the convolutions' reach, 0 to 1.
    """

    through_convolutions: ndarray
    with_gates: ndarray
    outside_share: float


def measured_field(
    model: Model, run: Capture, layer: str, row: int, column: int, channel: int | None = None
) -> MeasuredField:
    """The gradient-measured receptive field of a cell: size of the gradient at each input pixel.

    Args:
        model: the model that made the capture.
        run: the capture.
        layer: stage, block or step.
        row: the cell's row in the map.
        column: the cell's column.
        channel: one channel; None takes all channels of the cell, each weighted by its own value.

    Raises:
        ValueError: no such layer, cell or channel.

    Source: Understanding the Effective Receptive Field (arXiv 1701.04128), section 2.
    """
    left, top, right, bottom = receptive_field_box(model, layer, row, column, run.input.shape[-1])
    block = block_of(model, layer)
    gates = [f"{name}.se.gate" for name in model.runner.blocks_with_gates]
    through = _influence(model, run, block, layer, row, column, channel, frozen=gates)
    with_gates = _influence(model, run, block, layer, row, column, channel, frozen=[]) if gates else through
    outside = with_gates.copy()
    outside[max(0, top) : bottom, max(0, left) : right] = 0.0
    total = float(with_gates.sum())
    return MeasuredField(
        through_convolutions=through,
        with_gates=with_gates,
        outside_share=float(outside.sum()) / total if total > 0 else 0.0,
    )


def effective_side(field: ndarray, share: float = 0.9) -> float:
    """Side of a square with as many pixels as carry this share of the influence, in pixels; 0 without influence.

    Args:
        field: influence of each pixel of the input, `(H, W)`.
        share: of the whole influence, between 0 and 1.

    Raises:
        ValueError: the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; it lies between 0 and 1.")
    ranked = numpy.sort(field.reshape(-1).astype(numpy.float64))[::-1]
    if ranked[0] <= 0:
        return 0.0
    reached = numpy.cumsum(ranked)
    return math.sqrt(int(numpy.searchsorted(reached, share * reached[-1])) + 1)


def _influence(
    model: Model, run: Capture, block: str, layer: str, row: int, column: int, channel: int | None, frozen: list[str]
) -> ndarray:
    """Size of the gradient at each input pixel, `(H, W)`."""
    at = layer if layer.startswith(f"{block}.") else block
    x = to_batch(run.input, model.device).requires_grad_()
    with (
        torch.enable_grad(),
        model.lock,
        watch(model.network, [at], change={gate: lambda output: output.detach() for gate in frozen}) as seen,
    ):
        y = model.network.forward_before(x, block)
        model.network.layer(block)(y)
        cell = seen[at][0, :, row, column]
        if channel is not None and not 0 <= channel < len(cell):
            raise ValueError(f"channel is {channel}; {layer} has channels 0 to {len(cell) - 1}.")
        score = cell.square().sum() / 2 if channel is None else cell[channel]
        (gradient,) = torch.autograd.grad(score, x)
        return to_array(gradient.abs().sum(dim=1))


def _layers_up_to(model: Model, drawn: Plan, layer: str) -> list[LayerPlan]:
    """The convolutions on the way to a layer, in order. The skip of a residual sees no more than its convolutions."""
    block = block_of(model, layer)
    last = layer if layer.startswith(f"{block}.") else drawn.block(block).layers[-1].id
    names = [step.id for step in drawn.layers]
    if last not in names:
        raise ValueError(f"{layer!r} is part of a step; choose a block or one of its steps, such as {names[1]!r}.")
    return list(drawn.layers[: names.index(last) + 1])


def _padding_before(step: LayerPlan, padding: str) -> int:
    """Pixels padded at the left and at the top."""
    if padding == "symmetric" or step.stride == 1:
        return step.kernel // 2
    size, out = step.in_shape[1], step.out_shape[1]
    return max((out - 1) * step.stride + step.kernel - size, 0) // 2
