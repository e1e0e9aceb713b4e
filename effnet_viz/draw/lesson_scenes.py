"""Drawings of the lessons: one window's sum, which channel reads which, width, the dice of stochastic depth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy
from numpy import ndarray

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.colour_maps import colour
from effnet_viz.draw.palette import GREEN, KIND_COLOURS, text_on
from effnet_viz.draw.scene import BezierCurve, Disc, Line, Mark, Rect, Scene, Text

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.lessons.convolution import ConvolutionSteps, Window

WIDTH = 660.0  # CSS pixels that the drawings are laid out for: what a small projector leaves beside the sidebar
SHOWN = 6  # channels drawn of many
STEP_NAMES = {
    "input": "input",
    "expand": "expand",
    "depthwise": "depthwise",
    "fused": "fused",
    "se": "SE",
    "project": "project",
}


def window_sum(steps: ConvolutionSteps, window: Window) -> Scene:
    """The numbers under the kernel, the kernel, their products, and what becomes of the sum.

    Args:
        steps: the convolution.
        window: one of its windows.
    """
    channels, size, _ = window.patch.shape
    cell = 44.0 if size == 3 else 30.0
    grid, between = size * cell, 34.0
    used = 3 * grid + 2 * between
    left, top, step = (WIDTH - used) / 2, 30.0, size * cell + 16
    items: list[Mark] = []
    for column, (title, values) in enumerate(
        (("what lies there", window.patch), ("kernel", steps.kernel), ("products", window.products))
    ):
        x = left + column * (grid + between)
        reach = float(numpy.abs(values).max()) or 1.0
        items.append(Text(x=x + grid / 2, y=18, text=title, size=14, anchor="middle", fill="muted"))
        for channel in range(channels):
            items += _numbers(values[channel], reach, x, top + channel * step, cell)
        if column:
            sign = "×" if column == 1 else "="
            items.append(
                Text(x=x - between / 2, y=top + (channels * step - 16) / 2 + 7, text=sign, size=20, anchor="middle")
            )
    foot = top + channels * step + 12
    moved = window.total - steps.mean
    says = [
        f"sum {window.total:.3f}",
        f"normalised ({window.total:.3f} {_minus(steps.mean)}) / {steps.deviation:.3f} = {window.normalised:.3f}"
        if steps.deviation != 1
        else f"shifted {window.total:.3f} + {-steps.mean:.3f} = {moved:.3f}",
        f"{ACTIVATION_NAMES[steps.activation]} {window.activated:.3f}",
    ]
    items.append(Text(x=WIDTH / 2, y=foot, text="   →   ".join(says), size=15, anchor="middle", bold=True))
    return Scene(
        width=WIDTH,
        height=foot + 12,
        title="The sum of one window",
        items=tuple(items),
        description=f"{window.products.size} products with the sum {window.total:.3f}, after normalisation "
        f"{window.normalised:.3f}, after the activation {window.activated:.3f}",
    )


ACTIVATION_NAMES = {"silu": "SiLU", "relu6": "ReLU6", "relu": "ReLU"}


def _minus(value: float) -> str:
    """What is taken away, with one sign."""
    return f"+ {-value:.3f}" if value < 0 else f"− {value:.3f}"


def _numbers(values: ndarray, reach: float, x: float, y: float, cell: float) -> list[Mark]:
    items: list[Mark] = []
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            red, green, blue = colour(numpy.array((value / reach + 1) / 2), "diverging").tolist()
            fill = f"#{red:02X}{green:02X}{blue:02X}"
            items += [
                Rect(x=x + column * cell, y=y + row * cell, width=cell - 2, height=cell - 2, fill=fill, radius=3),
                Text(
                    x=x + (column + 0.5) * cell - 1,
                    y=y + (row + 0.5) * cell + 4,
                    text=f"{value:.2f}",
                    size=14 if cell > 40 else 10.5,
                    fill=text_on(fill),
                    anchor="middle",
                ),
            ]
    return items


def connections(way: str, inputs: int, outputs: int, kernel: int, *, width: float = 320.0) -> Scene:
    """Which input channels reach which output channels.

    Args:
        way: `standard`, `depthwise` or `separable`.
        inputs: input channels.
        outputs: output channels.
        kernel: side of the spatial kernel.
        width: of the drawing, in CSS pixels.
    """
    height = 196.0
    columns = {"standard": [inputs, outputs], "depthwise": [inputs] * 2, "separable": [inputs, inputs, outputs]}[way]
    xs = [34 + index * (width - 68) / (len(columns) - 1) for index in range(len(columns))]
    names = ["in", "filtered", "out"] if len(columns) == 3 else ["in", "out"]
    items: list[Mark] = []
    for index in range(len(columns) - 1):
        mixes = way == "standard" or index == 1
        kind = "depthwise" if not mixes else "pointwise" if index == 1 else "stem_head"
        for start in range(min(SHOWN, columns[index])):
            for end in range(min(SHOWN, columns[index + 1])):
                if mixes or start == end:
                    items.append(
                        Line(
                            points=(
                                (xs[index] + 9, _level(start, columns[index])),
                                (xs[index + 1] - 9, _level(end, columns[index + 1])),
                            ),
                            stroke=KIND_COLOURS[kind],
                            stroke_width=1.2 if mixes else 2.6,
                        )
                    )
        side = f"{kernel}×{kernel}" if index == 0 else "1×1"
        items.append(Text(x=(xs[index] + xs[index + 1]) / 2, y=14, text=side, size=14, anchor="middle", bold=True))
    for x, count, name in zip(xs, columns, names, strict=True):
        for index in range(min(SHOWN, count)):
            items.append(Disc(x=x, y=_level(index, count), radius=8, fill="surface", stroke="text", stroke_width=1.6))
        items.append(Text(x=x, y=height - 22, text=f"{count:,}", size=14, anchor="middle", bold=True))
        items.append(Text(x=x, y=height - 6, text=name, size=14, anchor="middle", fill="muted"))
    return Scene(
        width=width,
        height=height,
        title=f"Connections of a {way} convolution",
        items=tuple(items),
        description={
            "standard": "every input channel reaches every output channel",
            "depthwise": "every input channel reaches one output channel only",
            "separable": "each channel is filtered by itself, then all are mixed",
        }[way],
    )


def _level(index: int, count: int) -> float:
    shown = min(SHOWN, count)
    return 88 + (index - (shown - 1) / 2) * 22


def channel_profile(block: BlockPlan, widths: list[tuple[str, int]], *, low: bool = False) -> Scene:
    """A block's channels as they grow and shrink, bars around a middle line, to scale.

    Args:
        block: the block.
        widths: step and channels behind it.
        low: True draws it low and wide, for the projector view, in which it stays on the screen.
    """
    width, tallest = (900.0, 96.0) if low else (WIDTH, 168.0)
    axis = tallest / 2 + 48
    height = axis + tallest / 2 + 46
    most = max(channels for _, channels in widths)
    step = width / (len(widths) + (1 if block.residual else 0))
    kinds = {layer.step: layer.kind for layer in block.layers}
    tops, items = [], []
    for index, (name, channels) in enumerate(widths):
        x = (index + 0.5) * step
        tall = max(5.0, tallest * channels / most)
        fill = KIND_COLOURS[kinds[name]] if name in kinds else "muted"
        tops.append((x, axis - tall / 2))
        items += [
            Rect(x=x - 15, y=axis - tall / 2, width=30, height=tall, fill=fill, radius=4),
            Text(x=x, y=height - 24, text=f"{channels:,}", size=16, anchor="middle", bold=True),
            Text(x=x, y=height - 6, text=STEP_NAMES[name], size=14, anchor="middle", fill="muted"),
        ]
    lines: list[Mark] = []
    for (x, top), (x2, top2) in itertools.pairwise(tops):
        for mirrored in (False, True):
            ys = (2 * axis - top, 2 * axis - top2) if mirrored else (top, top2)
            lines.append(Line(points=((x + 15, ys[0]), (x2 - 15, ys[1])), stroke="muted", dashed=True))
    if block.residual:
        plus = len(widths) * step + step / 2
        (first, top), last = tops[0], tops[-1][0]
        lines += [
            BezierCurve(
                points=((first, top - 4), (first + 30, 2), (plus - 40, 2), (plus, axis - 16)),
                stroke_width=2.2,
                arrow=True,
            ),
            Line(points=((last + 18, axis), (plus - 16, axis)), stroke="muted", stroke_width=2.0, arrow=True),
            Disc(x=plus, y=axis, radius=14, fill=GREEN),
            Text(x=plus, y=axis + 6, text="+", size=20, anchor="middle", fill=text_on(GREEN), bold=True),
            Text(x=plus, y=height - 6, text="sum", size=14, anchor="middle", fill="muted"),
        ]
    return Scene(
        width=width,
        height=height,
        title=f"Channels inside block {block.id}",
        items=(*lines, *items),
        description=", ".join(f"{STEP_NAMES[name]} {channels}" for name, channels in widths)
        + (", the input is added" if block.residual else ", no skip"),
    )


def depth_dice(plan: Plan, kept: Mapping[str, bool]) -> Scene:
    """The blocks of a network in one pass of training: which run, which are jumped over.

    Args:
        plan: the network.
        kept: for every block with a skip, whether it runs.
    """
    blocks = [block for block in plan.blocks if block.spec is not None]
    columns = min(len(blocks), 16)
    rows = math.ceil(len(blocks) / columns)
    step, row_height = WIDTH / columns, 84.0
    side = min(34.0, step - 8)
    items: list[Mark] = []
    for index, block in enumerate(blocks):
        x, y = (index % columns + 0.5) * step, 46 + index // columns * row_height
        colour_of = KIND_COLOURS[block.kind]
        if kept.get(block.id, True):
            items.append(Rect(x=x - side / 2, y=y - side / 2, width=side, height=side, fill=colour_of, radius=5))
            if not block.residual:
                items.append(
                    Rect(
                        x=x - side / 2 - 3,
                        y=y - side / 2 - 3,
                        width=side + 6,
                        height=side + 6,
                        stroke="text",
                        stroke_width=1.6,
                        radius=7,
                    )
                )
        else:
            items += [
                Rect(
                    x=x - side / 2,
                    y=y - side / 2,
                    width=side,
                    height=side,
                    stroke=colour_of,
                    stroke_width=1.6,
                    radius=5,
                ),
                BezierCurve(
                    points=((x - step / 2, y), (x - side / 2, y - 40), (x + side / 2, y - 40), (x + step / 2, y)),
                    stroke="text",
                    stroke_width=2.0,
                    arrow=True,
                ),
            ]
        items.append(Text(x=x, y=y + side / 2 + 18, text=block.id, size=12, anchor="middle", fill="muted"))
    skipped = [block for block, runs in kept.items() if not runs]
    return Scene(
        width=WIDTH,
        height=rows * row_height + 6,
        title="Blocks that run in this pass",
        items=tuple(items),
        description=f"skipped: {', '.join(skipped) or 'none'}",
    )
