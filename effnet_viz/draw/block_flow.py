"""The inside of one block: steps in a row, the shape on every edge, the skip above, SE's narrow middle below."""

from __future__ import annotations

import itertools
import math

from effnet_viz.architecture import BlockPlan, LayerPlan
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.numbers import shape, si
from effnet_viz.draw.palette import KIND_COLOURS, text_on
from effnet_viz.draw.scene import BezierCurve, Disc, Group, Line, Mark, Rect, Scene, Text

WIDTHS = (560, 760, 1080)

_AXIS = 104.0  # height of the line through all steps
_TALLEST = 84.0
_STEP_HEIGHT = 46.0
_MARGIN = 12.0
_NAMES = {
    "expand": "Expand",
    "depthwise": "Depthwise",
    "se": "SE",
    "project": "Project",
    "fused": "Fused conv",
    "stem": "Convolution",
    "head": "Convolution",
    "pool": "Average pool",
    "classifier": "Linear",
}


def block_flow(block: BlockPlan, *, width: float = 760) -> Scene:
    """A block from its input to its output.

    Args:
        block: the block.
        width: of the drawing, in CSS pixels.
    """
    drawing = _Flow(block, width)
    description = "; ".join(
        f"{_NAMES[layer.step]} {shape(layer.in_shape)} to {shape(layer.out_shape)}" for layer in block.layers
    )
    return Scene(
        width=width,
        height=drawing.height,
        title=f"Inside {block_title(block)}",
        description=description,
        items=tuple(drawing.items()),
    )


class _Flow:
    def __init__(self, block: BlockPlan, width: float) -> None:
        self.block = block
        self.small = 10.5 if width < 700 else 12.0
        self.channels = max(layer.out_shape[0] for layer in block.layers)
        self.side = max(_side(layer.in_shape) for layer in block.layers)
        steps = len(block.layers)
        ends = (1.6 if block.residual else 0.0) * 46
        per_step = (width - 2 * _MARGIN - ends) / (steps + 0.46)
        self.step_width = min(150.0, 0.54 * per_step)
        self.edge_width = min(170.0, per_step - self.step_width)
        used = steps * (self.step_width + self.edge_width) + self.edge_width + ends
        self.left = (width - used) / 2
        self.drop = 30.0 if width < 700 else 0.0  # numbers of steps stand below the shapes where both need room
        self.height = self.drop + (262.0 if block.squeeze_channels else 192.0)

    def items(self) -> list[Mark]:
        """Everything from left to right."""
        block, x = self.block, self.left
        items: list[Mark] = []
        first = x + self.edge_width / 2
        items += self._tensor(block.in_shape, first)
        end = first
        for layer in block.layers:
            start = x + self.edge_width
            items += self._arrow(end + self._slab(layer.in_shape) / 2 + 2, start - 1)
            items.append(self._step(layer, start))
            x = start + self.step_width
            end = x + self.edge_width / 2
            items += self._arrow(x + 1, end - self._slab(layer.out_shape) / 2 - 2)
            items += self._tensor(layer.out_shape, end)
        tail = end + self._slab(block.out_shape) / 2 + 2
        if block.residual:
            plus = end + self.edge_width / 2 + 18
            items += self._arrow(tail, plus - 11)
            items += self._skip(first, plus)
            items += self._arrow(plus + 11, plus + 44)
        return items

    def _slab(self, tensor: tuple[int, ...]) -> float:
        """A tensor is drawn as in the network's diagram: wide for channels, high for resolution."""
        return max(2.5, min(34.0, 0.5 * self.edge_width) * math.sqrt(tensor[0] / self.channels))

    def _tensor(self, tensor: tuple[int, ...], centre: float) -> list[Mark]:
        height = max(8.0, _TALLEST * math.sqrt(_side(tensor) / self.side))
        width = self._slab(tensor)
        foot = _AXIS + _TALLEST / 2 + 18
        sizes = [f"{tensor[1]}×{tensor[2]}", f"×{tensor[0]:,}"] if len(tensor) == 3 else [f"{tensor[0]:,}", ""]
        return [
            Rect(
                x=centre - width / 2,
                y=_AXIS - height / 2,
                width=width,
                height=height,
                fill="text",
                opacity=0.22,
                stroke="muted",
                radius=2,
            ),
            *(
                Text(x=centre, y=foot + 14 * line, text=words, size=self.small, anchor="middle", bold=line == 1)
                for line, words in enumerate(sizes)
            ),
        ]

    def _arrow(self, start: float, end: float) -> list[Mark]:
        return [Line(points=((start, _AXIS), (end, _AXIS)), stroke="muted", stroke_width=1.5, arrow=True)]

    def _step(self, layer: LayerPlan, x: float) -> Group:
        colour = KIND_COLOURS[layer.kind]
        centre, top = x + self.step_width / 2, _AXIS - _STEP_HEIGHT / 2
        detail = {"se": "squeeze, excite", "pool": "no weights", "classifier": "with bias"}.get(
            layer.step, f"{layer.kernel}×{layer.kernel}" + (f", stride {layer.stride}" if layer.stride > 1 else "")
        )
        if self.step_width < 84:
            detail = detail.replace("squeeze, excite", "gates").replace("stride ", "/")
        foot = _AXIS + _TALLEST / 2 + 18 + self.drop
        items: list[Mark] = [
            Rect(x=x, y=top, width=self.step_width, height=_STEP_HEIGHT, fill=colour, radius=7, role="box"),
            Text(
                x=centre,
                y=_AXIS - 3,
                text=_NAMES[layer.step],
                size=self.small + 0.5,
                fill=text_on(colour),
                anchor="middle",
                bold=True,
            ),
            Text(x=centre, y=_AXIS + 13, text=detail, size=self.small - 0.5, fill=text_on(colour), anchor="middle"),
            Text(x=centre, y=foot, text=f"{si(layer.params)} param.", size=self.small, fill="muted", anchor="middle"),
            Text(x=centre, y=foot + 14, text=f"{si(layer.macs)} MACs", size=self.small, fill="muted", anchor="middle"),
        ]
        if layer.inner_layers:
            items += self._narrow_middle(layer, centre)
        return Group(
            id=layer.id,
            label=f"{_NAMES[layer.step]}: {shape(layer.in_shape)} to {shape(layer.out_shape)}, "
            f"{layer.params:,} parameters, {layer.macs:,} MACs",
            items=tuple(items),
        )

    def _narrow_middle(self, layer: LayerPlan, centre: float) -> list[Mark]:
        """SE as an hourglass: descriptor, narrow middle, gates."""
        colour = KIND_COLOURS["se"]
        squeeze, reduce, expand = layer.inner_layers
        wide, narrow = squeeze.out_shape[0], reduce.out_shape[0]
        reach = min(74.0, self.step_width / 2 + self.edge_width * 0.42)
        top, tall = 190.0 + self.drop, 40.0
        low = max(4.0, tall * math.sqrt(narrow / wide))
        axis = top + tall / 2
        bars = [
            (centre - reach, tall, f"{wide:,}", "average"),
            (centre, low, f"{narrow:,}", "reduce"),
            (centre + reach, tall, f"{expand.out_shape[0]:,}", "gates 0–1"),
        ]
        items: list[Mark] = []
        for (x, height, *_), (x2, height2, *_) in itertools.pairwise(bars):
            for side in (-1, 1):
                items.append(
                    Line(
                        points=((x + 4, axis + side * height / 2), (x2 - 4, axis + side * height2 / 2)),
                        stroke=colour,
                        stroke_width=1.2,
                        dashed=True,
                    )
                )
        for x, height, size, words in bars:
            items += [
                Rect(x=x - 4, y=axis - height / 2, width=8, height=height, fill=colour, radius=2),
                Text(x=x, y=top + tall + 14, text=size, size=self.small, anchor="middle", bold=True),
                Text(x=x, y=top + tall + 27, text=words, size=self.small - 1, anchor="middle", fill="muted"),
            ]
        return items

    def _skip(self, start: float, plus: float) -> list[Mark]:
        """The input's way over the block to the sum."""
        top = _AXIS - _TALLEST / 2 - 6
        probability = self.block.stochastic_depth
        words = "skip: the input is added"
        if probability:
            words += f"  ·  stochastic depth {100 * probability:.1f}% in training"
        return [
            BezierCurve(
                points=((start, top), (start + 6, 14), (plus - 6, 14), (plus, _AXIS - 11)), stroke_width=1.8, arrow=True
            ),
            Text(x=(start + plus) / 2, y=17, text=words, size=self.small, fill="muted", anchor="middle"),
            Disc(x=plus, y=_AXIS, radius=10, fill="background", stroke="muted", stroke_width=1.8),
            Line(points=((plus - 5, _AXIS), (plus + 5, _AXIS)), stroke="text", stroke_width=1.8),
            Line(points=((plus, _AXIS - 5), (plus, _AXIS + 5)), stroke="text", stroke_width=1.8),
        ]


def _side(tensor: tuple[int, ...]) -> int:
    return tensor[1] if len(tensor) == 3 else 1
