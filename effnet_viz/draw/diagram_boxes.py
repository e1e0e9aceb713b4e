"""The boxes of a diagram: one block or a stack of equal ones, with its skip arc, SE mark and bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

from effnet_viz.draw.diagram_columns import BlockBox
from effnet_viz.draw.metrics import Metric
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.draw.scene import BezierCurve, Disc, Group, Line, Mark, Rect, Text

_LEAST_BOX = 3.5
_STACK = 3.0  # how far one card of a stack stands out


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Sizes that all boxes of a drawing share."""

    per_channel: float
    tallest: float
    largest_side: int
    gap: float

    def width(self, channels: int) -> float:
        """Of a box with so many output channels."""
        return max(_LEAST_BOX, self.per_channel * math.sqrt(channels))

    def height(self, side: int) -> float:
        """Of a box whose maps have so long a side."""
        return max(10.0, self.tallest * math.sqrt(side / self.largest_side))

    def content(self, boxes: tuple[BlockBox, ...]) -> float:
        """Width of a stage's boxes with the gaps between them."""
        return sum(self.width(box.channels) + stacked(box) for box in boxes) + self.gap * max(0, len(boxes) - 1)


@dataclass(frozen=True, kw_only=True)
class BoxStyle:
    """How all boxes of a drawing are drawn.

    Attributes:
        measure: sizes.
        metric: what shading and bars show.
        most_in_block: the metric's largest value of one block, shaded full.
        most_in_bar: the metric's largest value of one box, the longest bar.
        longest_bar: in pixels.
        small: size of the text.
    """

    measure: Measure
    metric: Metric
    most_in_block: float
    most_in_bar: float
    longest_bar: float
    small: float

    def draw(
        self,
        boxes: tuple[BlockBox, ...],
        *,
        left: float,
        axis: float,
        floor: float,
        base: float,
        colour: str,
        prefix: str = "",
    ) -> list[Mark]:
        """The boxes of one stage.

        Args:
            boxes: what to draw.
            left: where the first box begins.
            axis: height of the line on which boxes are centred.
            floor: height under which no box reaches, where blocks of one side only are counted.
            base: foot of the bars.
            colour: of the network, where two are compared.
            prefix: of the ids, where two are compared.
        """
        items: list[Mark] = []
        extra_from = None
        x = left
        for box in boxes:
            width = self.measure.width(box.channels)
            if box.extra and extra_from is None:
                extra_from = x
            items.append(self._box(box, x, width, axis, base, colour, prefix))
            x += width + stacked(box) + self.measure.gap
        if extra_from is not None:
            count = sum(len(box.blocks) for box in boxes if box.extra)
            y = floor + 8  # under the marks of SE, which stand on the foot of their boxes
            items += [
                Line(points=((extra_from, y), (x - self.measure.gap, y)), stroke=colour, stroke_width=2.5),
                Text(
                    x=(extra_from + x - self.measure.gap) / 2,
                    y=y + self.small - 1,
                    text=f"+{count}",
                    size=self.small,
                    fill=colour,
                    anchor="middle",
                    bold=True,
                ),
            ]
        return items

    def _box(self, box: BlockBox, x: float, width: float, axis: float, base: float, colour: str, prefix: str) -> Group:
        fill = KIND_COLOURS[box.kind]
        height = self.measure.height(box.side)
        top = axis - height / 2
        depth = self.metric.of(box.blocks[:1]) / self.most_in_block
        opacity = 0.16 + 0.84 * (math.sqrt(depth) if self.metric.additive else depth)
        radius = min(3.0, width / 3)
        outline = {"stroke": colour, "stroke_width": 2.0} if box.extra else {"stroke": fill, "stroke_width": 1.2}
        gap = self.measure.gap
        items: list[Mark] = [
            Rect(
                x=x - gap / 2,
                y=top - 20,
                width=width + gap + stacked(box),
                height=base - top + 20,
                fill="background",
                opacity=0.0,
                role="reach",
            )
        ]
        for card in range(int(stacked(box) / _STACK), 0, -1):
            items.append(
                Rect(
                    x=x + card * _STACK,
                    y=top - card * _STACK,
                    width=width,
                    height=height,
                    fill="background",
                    **outline,
                    radius=radius,
                )
            )
        items += [
            Rect(x=x, y=top, width=width, height=height, fill="background", radius=radius),
            Rect(
                x=x, y=top, width=width, height=height, fill=fill, opacity=opacity, **outline, radius=radius, role="box"
            ),
        ]
        items += self._marks(box, x, width, top, height)
        items += self._bar(box, x, width, base)
        return Group(id=prefix + box.id, label=box.label, items=tuple(items))

    def _marks(self, box: BlockBox, x: float, width: float, top: float, height: float) -> list[Mark]:
        items: list[Mark] = []
        block = box.blocks[0]
        lift = top - stacked(box)
        if block.residual:
            start, end = x + min(1.0, width / 4) + stacked(box), x + width - min(1.0, width / 4) + stacked(box)
            rise = min(11.0, 3.0 + 0.6 * width)
            items.append(
                BezierCurve(
                    points=((start, lift - 1), (start, lift - rise), (end, lift - rise), (end, lift - 1.5)),
                    stroke="muted",
                    stroke_width=min(1.3, 0.5 + width / 12),
                    arrow=width >= 12,
                )
            )
            lift -= rise - 1
        if len(box.blocks) > 1:
            items.append(
                Text(
                    x=x + width / 2 + stacked(box) / 2,
                    y=lift - 4,
                    text=f"×{len(box.blocks)}",
                    size=self.small + 0.5,
                    anchor="middle",
                    bold=True,
                )
            )
        if block.squeeze_channels:
            items.append(
                Disc(
                    x=x + width / 2,
                    y=top + height,
                    radius=min(4.5, max(2.2, width / 2)),
                    fill=KIND_COLOURS["se"],
                    stroke="surface",
                    stroke_width=1.0,
                )
            )
        return items

    def _bar(self, box: BlockBox, x: float, width: float, base: float) -> list[Mark]:
        """The metric of the box's blocks, one above the other."""
        value = self.metric.of(box.blocks)
        height = self.longest_bar * value / self.most_in_bar
        items: list[Mark] = [Rect(x=x, y=base - height, width=width, height=height, fill=KIND_COLOURS[box.kind])]
        count = len(box.blocks)
        if self.metric.additive and count > 1 and height / count > 3:
            items += [
                Line(points=((x, y), (x + width, y)), stroke="surface", stroke_width=1)
                for y in (base - height * part / count for part in range(1, count))
            ]
        return items


def stacked(box: BlockBox) -> float:
    """How far the cards behind a box stand out: one card for two blocks, two for more."""
    return _STACK * min(2, len(box.blocks) - 1)
