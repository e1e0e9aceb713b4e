"""A photo on its way through one block: a few channels of every step, with the numbers of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from numpy import ndarray

from effnet_viz.engine.arrays import to_array
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
        strengths: mean absolute value of every map, `(C,)`.
        weights: with which each followed map is summed from those followed before it, `(K, K before)`; None where the
            step is no 1×1 convolution.
    """

    step: str
    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    maps: ndarray
    strengths: ndarray
    weights: ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Patch:
    """What of a block's input one place of its filtered maps is made from, as shares of the map's sides.

    Attributes:
        top: upper edge; negative where the filter reaches over the map's edge.
        left: left edge.
        side: height and width.
    """

    top: float
    left: float
    side: float


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
        patch: the part of the input that is followed.
        window: what the depthwise filter does there; None in a fused block.
        descriptor: mean of each map that enters the gates, `(C,)`; None without squeeze and excitation.
        gates: `(C,)`; None without squeeze and excitation.
        residual: whether the input is added in the end.
    """

    block: str
    moments: tuple[Moment, ...]
    patch: Patch
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
    residual, narrow = blocks[block_id].residual, filtered == "depthwise" and "expand" not in steps
    entering, leaving = run.block_input(block_id), run.output(block_id)
    ends = _strongest(steps.get("project", leaving), NARROW)
    wide = _wide(steps[filtered], None if se is None else se.gates)
    if residual and (narrow or "project" not in steps):
        wide = ends  # such a block has the same channels from end to end
    into = ends if residual else wide if narrow else _strongest(entering, NARROW)
    moments = [_moment("input", entering, into)]
    for name, values in steps.items():
        followed = ends if name == "project" else wide
        weights = _weights(model, f"{block_id}.{name}", followed, moments[-1].channels)
        moments.append(_moment(name, values, followed, weights))
    if residual:
        moments.append(_moment("output", leaving, ends))
    before = steps.get("expand", entering)
    place = _Place.strong(model, f"{block_id}.{filtered}", before, steps[filtered], wide[0])
    return BlockTravel(
        block=block_id,
        moments=tuple(moments),
        patch=place.patch,
        window=_window(model, block_id, place, before, steps["depthwise"]) if filtered == "depthwise" else None,
        descriptor=None if se is None else se.descriptor,
        gates=None if se is None else se.gates,
        residual=residual,
    )


def _moment(step: str, values: ndarray, channels: tuple[int, ...], weights: ndarray | None = None) -> Moment:
    strengths = numpy.abs(values).mean(axis=(1, 2))
    return Moment(
        step=step,
        shape=values.shape,
        channels=channels,
        maps=values[list(channels)],
        strengths=strengths,
        weights=weights,
    )


def _weights(model: Model, layer: str, into: tuple[int, ...], out_of: tuple[int, ...]) -> ndarray | None:
    if not layer.endswith((".expand", ".project")):
        return None
    conv: Any = model.network.layer(layer).conv
    return to_array(conv.weight[list(into)][:, list(out_of)].reshape(1, len(into), len(out_of)))


def _strongest(values: ndarray, count: int) -> tuple[int, ...]:
    order = numpy.argsort(-values.reshape(len(values), -1).std(axis=1), kind="stable")
    return tuple(order[:count].tolist())


def _wide(values: ndarray, gates: ndarray | None) -> tuple[int, ...]:
    strongest = numpy.array(_strongest(values, 4 * WIDE))
    if gates is None or len(strongest) < 2 * WIDE:
        return tuple(strongest[:WIDE].tolist())
    by_gate = strongest[numpy.argsort(-gates[strongest], kind="stable")]
    return (*by_gate[: WIDE // 2].tolist(), *by_gate[-(WIDE // 2) :].tolist())


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A place of a filter's result: cells from the top and the left, and what its window covers of the `height`."""

    channel: int
    row: int
    column: int
    stride: int
    size: int
    before: int
    height: int

    @classmethod
    def strong(cls, model: Model, layer: str, entering: ndarray, leaving: ndarray, channel: int) -> _Place:
        """Where, not at the edge, a channel is strong but not at its peak, which ReLU6 would cut."""
        conv: Any = model.network.layer(layer).conv
        size, stride = int(conv.kernel_size[0]), int(conv.stride[0])
        result = leaving[channel]
        edge = len(result) // 4
        inner = result[edge : len(result) - edge, edge : len(result) - edge]
        place = int(numpy.abs(inner - STRONG * inner.max()).argmin())
        row, column = (edge + int(at) for at in numpy.unravel_index(place, inner.shape))
        # At stride 2, TensorFlow's padding puts less on the left and above than symmetric padding does.
        short = max(0, (leaving.shape[1] - 1) * stride + size - entering.shape[1])
        before = short // 2 if model.spec.padding == "same" and stride > 1 else size // 2
        return cls(
            channel=channel, row=row, column=column, stride=stride, size=size, before=before, height=entering.shape[1]
        )

    @property
    def patch(self) -> Patch:
        top, left = self.row * self.stride - self.before, self.column * self.stride - self.before
        return Patch(top=top / self.height, left=left / self.height, side=self.size / self.height)


def _window(model: Model, block_id: str, at: _Place, before: ndarray, after: ndarray) -> OneWindow:
    """What the depthwise filter read at a place."""
    conv: Any = model.network.layer(f"{block_id}.depthwise").conv
    padded = numpy.pad(before[at.channel], ((at.before, at.size), (at.before, at.size)))
    top, left = at.row * at.stride, at.column * at.stride
    return OneWindow(
        channel=at.channel,
        row=at.row,
        column=at.column,
        stride=at.stride,
        before=at.before,
        kernel=depthwise_kernel(model, block_id, at.channel),
        window=padded[top : top + at.size, left : left + at.size],
        shift=float(conv.bias[at.channel]) if conv.bias is not None else 0.0,
        value=float(after[at.channel, at.row, at.column]),
    )
