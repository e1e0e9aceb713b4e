"""A photo on its way through one block: a few channels of every step, with the numbers of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from numpy import ndarray

from effnet_viz.explain.capture import Capture, has_se, steps_of
from effnet_viz.explain.channels import depthwise_kernel
from effnet_viz.explain.gates import se_steps
from effnet_viz.explain.model import Model

STRONG = 0.6  # share of a map's peak at the place where its filter is shown
WIDE, NARROW = 6, 4  # channels that are followed: between expansion and projection, and outside


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """The maps between two steps.

    Attributes:
        step: the step that made them, such as `expand`; `input` before the first, `output` behind the sum.
        shape: of all maps, `(C, H, W)`.
        channels: numbers of the maps that are followed.
        maps: these, `(K, H, W)`.
    """

    step: str
    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    maps: ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class OneWindow:
    """What a depthwise filter reads at one place where its result is large.

    Attributes:
        channel: number of the channel.
        row: of the result, in cells from the top, from 0.
        column: of the result, in cells from the left, from 0.
        stride: cells from one window to the next.
        before: cells that a window reaches to the left of, and above, its first one.
        kernel: the filter, `(k, k)`, with batch norm's factor folded in.
        window: the values under it, `(k, k)`; zeros beyond the edge.
        shift: what is added to the sum.
        value: the result, behind the activation.
    """

    channel: int
    row: int
    column: int
    stride: int
    before: int
    kernel: ndarray
    window: ndarray
    shift: float
    value: float

    @property
    def total(self) -> float:
        """Sum of the products, before the shift."""
        return float((self.kernel * self.window).sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockTravel:
    """Everything that a film of one block needs.

    Attributes:
        block: the block's id.
        moments: the maps from the input to the output.
        window: what the depthwise filter does at one place; None in a fused block.
        descriptor: mean of each map that enters the gates, `(C,)`; None without squeeze and excitation.
        gates: `(C,)`; None without squeeze and excitation.
        residual: whether the input is added in the end.
    """

    block: str
    moments: tuple[Moment, ...]
    window: OneWindow | None
    descriptor: ndarray | None
    gates: ndarray | None
    residual: bool


def block_travel(model: Model, run: Capture, block_id: str) -> BlockTravel:
    """Follow a photo through one block.

    Channels inside the block are those with the most open and the most closed gates among the strongest; without gates
    the strongest. Outside they are those whose values spread most.

    Args:
        model: the network.
        run: its run on the photo.
        block_id: id of a block between stem and final convolution.

    Raises:
        ValueError: it is no such block.
    """
    blocks = {block.id: block for block in model.spec.block_specs()}
    if block_id not in blocks:
        raise ValueError(f"block is {block_id!r}; a photo travels through {', '.join(blocks)}.")
    steps = {id.rpartition(".")[2]: values for id, values in steps_of(model, run, block_id).items()}
    filtered = next(name for name in ("depthwise", "fused") if name in steps)
    se = se_steps(model, run, block_id) if has_se(model, block_id) else None
    wide = _wide(steps[filtered], None if se is None else se.gates)
    entering, leaving = run.block_input(block_id), run.output(block_id)
    ends = _strongest(steps.get("project", leaving), NARROW)
    # A block that neither expands nor projects has the same channels from end to end.
    into = ends if blocks[block_id].residual else _strongest(entering, NARROW)
    moments = [_moment("input", entering, into)]
    for name, values in steps.items():
        moments.append(_moment(name, values, ends if name == "project" else wide))
    if blocks[block_id].residual:
        moments.append(_moment("output", leaving, ends))
    before = steps.get("expand", entering)
    return BlockTravel(
        block=block_id,
        moments=tuple(moments),
        window=_window(model, block_id, before, steps["depthwise"], wide[0]) if "depthwise" in steps else None,
        descriptor=None if se is None else se.descriptor,
        gates=None if se is None else se.gates,
        residual=blocks[block_id].residual,
    )


def _moment(step: str, values: ndarray, channels: tuple[int, ...]) -> Moment:
    return Moment(step=step, shape=values.shape, channels=channels, maps=values[list(channels)])


def _strongest(values: ndarray, count: int) -> tuple[int, ...]:
    order = numpy.argsort(-values.reshape(len(values), -1).std(axis=1), kind="stable")
    return tuple(order[:count].tolist())


def _wide(values: ndarray, gates: ndarray | None) -> tuple[int, ...]:
    strongest = numpy.array(_strongest(values, 4 * WIDE))
    if gates is None or len(strongest) < 2 * WIDE:
        return tuple(strongest[:WIDE].tolist())
    by_gate = strongest[numpy.argsort(-gates[strongest], kind="stable")]
    return (*by_gate[: WIDE // 2].tolist(), *by_gate[-(WIDE // 2) :].tolist())


def _window(model: Model, block_id: str, before: ndarray, after: ndarray, channel: int) -> OneWindow:
    """A place where a channel is strong but not at its peak, which ReLU6 would cut, and what the filter read there."""
    conv: Any = model.network.layer(f"{block_id}.depthwise").conv
    kernel, stride = depthwise_kernel(model, block_id, channel), int(conv.stride[0])
    size = len(kernel)
    result = after[channel]
    place = int(numpy.abs(result - STRONG * result.max()).argmin())
    row, column = (int(at) for at in numpy.unravel_index(place, result.shape))
    # At stride 2, TensorFlow's padding puts less on the left and above than symmetric padding does.
    short = max(0, (after.shape[1] - 1) * stride + size - before.shape[1])
    reach = short // 2 if model.spec.padding == "same" and stride > 1 else size // 2
    padded = numpy.pad(before[channel], ((reach, size), (reach, size)))
    window = padded[row * stride : row * stride + size, column * stride : column * stride + size]
    return OneWindow(
        channel=channel,
        row=row,
        column=column,
        stride=stride,
        before=reach,
        kernel=kernel,
        window=window,
        shift=float(conv.bias[channel]) if conv.bias is not None else 0.0,
        value=float(result[row, column]),
    )
