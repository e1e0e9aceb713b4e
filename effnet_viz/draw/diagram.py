"""The network as a teacher draws it: blocks in a row, wide for many channels, low for a low resolution.

A box's width follows the square root of its output channels, its height the square root of its resolution, so that
L2 fits beside B0 on one scale. Under the boxes stand bars of the chosen metric.
"""

from __future__ import annotations

from dataclasses import dataclass

from effnet_viz.architecture import Comparison, Plan, StagePlan
from effnet_viz.draw.diagram_boxes import BoxStyle, Measure, stacked
from effnet_viz.draw.diagram_columns import Column, columns, compared_columns, operator
from effnet_viz.draw.diagram_legend import legend
from effnet_viz.draw.metrics import METRICS, Metric
from effnet_viz.draw.numbers import share, si
from effnet_viz.draw.palette import LEFT, RIGHT
from effnet_viz.draw.scene import Line, Rect, Scene, Shape, Text, text_width

WIDTHS = (560, 680, 860, 1080, 1440)  # drawn for each, the page shows the widest that fits

_MARGIN = 10.0
_MOST_PER_CHANNEL = 4.6  # pixels of width for the square root of one channel


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One network: its title above the boxes where there are two, and where its lanes begin."""

    plan: Plan
    title: str = ""
    colour: str = ""
    prefix: str = ""


def network_diagram(plan: Plan, *, width: float = 1080, metric: str = "params", every_block: bool = False) -> Scene:
    """One network from the image to the classes.

    Args:
        plan: the network at its resolution.
        width: of the drawing, in CSS pixels; a network that does not fit becomes wider.
        metric: what bars and shading show, one of `METRICS`.
        every_block: False draws runs of equal blocks as one stack with its count.

    Raises:
        ValueError: the metric does not exist.
    """
    description = (
        f"{plan.spec.title} at {plan.resolution}×{plan.resolution}: {len(plan.blocks)} blocks in "
        f"{len(plan.stages)} stages, {si(plan.params)} parameters, {si(plan.macs)} MACs."
    )
    drawing = _Drawing(
        rows=(_Row(plan=plan),), columns=columns(plan, every_block=every_block), width=width, metric=_metric(metric)
    )
    return drawing.scene(f"Diagram of {plan.spec.title}", description)


def comparison_diagram(
    comparison: Comparison, *, width: float = 1080, metric: str = "params", every_block: bool = False
) -> Scene:
    """Two networks above each other on one scale, stage under stage; blocks that only one has are marked.

    Args:
        comparison: the two networks.
        width: of the drawing, in CSS pixels.
        metric: what bars and shading show, one of `METRICS`.
        every_block: False draws runs of equal blocks as one stack with its count.

    Raises:
        ValueError: the metric does not exist.
    """
    rows = tuple(
        _Row(
            plan=plan,
            title=f"{plan.spec.title}  ·  {plan.resolution}×{plan.resolution}  ·  "
            f"{si(plan.params)} parameters  ·  {si(plan.macs)} MACs",
            colour=colour,
            prefix=prefix,
        )
        for plan, colour, prefix in ((comparison.left, LEFT, "left/"), (comparison.right, RIGHT, "right/"))
    )
    title = f"{comparison.left.spec.title} above {comparison.right.spec.title}, on one scale"
    description = ". ".join(row.title.replace("  ·  ", ", ") for row in rows) + "."
    drawing = _Drawing(
        rows=rows, columns=compared_columns(comparison, every_block=every_block), width=width, metric=_metric(metric)
    )
    return drawing.scene(title, description)


def _metric(name: str) -> Metric:
    if name not in METRICS:
        raise ValueError(f"metric is {name!r}; it can be {', '.join(METRICS)}.")
    return METRICS[name]


class _Drawing:
    """Places columns and lanes once, then draws lane by lane."""

    def __init__(self, *, rows: tuple[_Row, ...], columns: list[Column], width: float, metric: Metric) -> None:
        self.rows, self.columns, self.metric = rows, columns, metric
        self.compared = len(rows) > 1
        self.narrow = width < 620  # short words
        self.small = 10.5 if width < 800 else 11.5
        self.padding = 2.5 if width < 800 else 7.0  # inside a stage, left and right
        self.between = 2.5 if width < 800 else 4.0  # stages
        tallest = min(300.0, max(150.0, width * (0.15 if self.compared else 0.2)))
        self.bars = min(84.0, max(50.0, width * (0.045 if self.compared else 0.07)))
        self.labels = [max(text_width(line, self.small) for line in self._words(column)) + 4 for column in columns]
        self.measure = self._fit(width, tallest)
        self.width = max(width, self._total(self.measure) + 2 * _MARGIN)
        self.lefts, self.widths = self._places()
        boxes = [box for column in columns for row in column.boxes for box in row]
        self.style = BoxStyle(
            measure=self.measure,
            metric=metric,
            longest_bar=self.bars,
            small=self.small,
            most_in_block=max(metric.of(box.blocks[:1]) for box in boxes),
            most_in_bar=max(metric.of(box.blocks) for box in boxes),
        )

    def scene(self, title: str, description: str) -> Scene:
        """Everything that is drawn: stages, blocks, headings, and the legend below them.

        Args:
            title: name of the drawing.
            description: the drawing in words, for who cannot see it.
        """
        items: list[Shape] = []
        y = 20.0 if self.compared else 80.0 if self.narrow else 65.0
        for index, row in enumerate(self.rows):
            top = y + 24 if self.compared else 4
            drawn, y = self._row(index, row, y + (20.0 if self.compared else 16.0))
            items += [*self._bands(top, y), *drawn]
        items += self._header()
        items += (
            legend_items := legend(
                kinds={box.kind for column in self.columns for row in column.boxes for box in row},
                has_se=any(row.plan.se_blocks for row in self.rows),
                has_stack=any(stacked(box) for column in self.columns for row in column.boxes for box in row),
                compared=self.compared,
                metric=self.metric.label,
                narrow=self.narrow,
                x=_MARGIN,
                y=y + 24,
                width=self.width - 2 * _MARGIN,
                size=self.small,
            )
        )
        bottom = max(item.y for item in legend_items if isinstance(item, Text)) + 10
        return Scene(width=self.width, height=bottom, title=title, description=description, items=tuple(items))

    # Places

    def _input_width(self, measure: Measure) -> float:
        return (
            max(
                measure.width(3),
                text_width("600²" if self.narrow else "600×600", self.small),
                text_width("Parameters", self.small - 1.5),
            )
            + self.padding
        )

    def _total(self, measure: Measure) -> float:
        stages = sum(
            max(label, *(measure.content(boxes) for boxes in column.boxes)) + 2 * self.padding
            for label, column in zip(self.labels, self.columns, strict=True)
        )
        return self._input_width(measure) + stages + self.between * len(self.columns)

    def _fit(self, width: float, tallest: float) -> Measure:
        """The widest boxes that fit."""
        count = max(sum(len(column.boxes[index]) for column in self.columns) for index in range(len(self.rows)))
        largest = max(row.plan.resolution for row in self.rows)
        room = (width - 2 * _MARGIN) / count
        gap = 6.0 if room > 40 else 4.0 if room > 20 else 2.0 if room > 8 else 1.2

        def measure(per_channel: float) -> Measure:
            return Measure(per_channel=per_channel, tallest=tallest, largest_side=largest, gap=gap)

        low, high = 0.0, _MOST_PER_CHANNEL
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if self._total(measure(middle)) <= width - 2 * _MARGIN else (low, middle)
        return measure(low)

    def _places(self) -> tuple[list[float], list[float]]:
        """Left edge and width of every stage; room that the boxes leave goes to all stages alike."""
        least = [
            max(label, *(self.measure.content(boxes) for boxes in column.boxes)) + 2 * self.padding
            for label, column in zip(self.labels, self.columns, strict=True)
        ]
        spare = (self.width - 2 * _MARGIN - self._total(self.measure)) / len(least)
        lefts, x = [], _MARGIN + self._input_width(self.measure) + self.between
        for width in least:
            lefts.append(x)
            x += width + spare + self.between
        return lefts, [width + spare for width in least]

    # Lanes

    def _words(self, column: Column) -> list[str]:
        words = [self._title(column) + " "]
        for stage in column.stages:
            if stage is not None:
                words += [*(_stage_words(stage, self.narrow) if not self.compared else ()), *self._shape_words(stage)]
        return words

    def _title(self, column: Column) -> str:
        return column.title.removeprefix("Stage ") if self.narrow else column.title

    def _bands(self, top: float, bottom: float) -> list[Shape]:
        return [
            Rect(x=x, y=top, width=width, height=bottom - top, fill="surface", radius=6)
            for x, width in zip(self.lefts, self.widths, strict=True)
        ]

    def _header(self) -> list[Shape]:
        items: list[Shape] = []
        if self.narrow:
            items.append(Text(x=_MARGIN, y=21, text="Stage", size=self.small, fill="muted"))
        for column, x, width in zip(self.columns, self.lefts, self.widths, strict=True):
            centre = x + width / 2
            items.append(
                Text(x=centre, y=21, text=self._title(column), size=self.small + 1.5, anchor="middle", bold=True)
            )
            if not self.compared:
                for line, words in enumerate(_stage_words(column.stages[0], self.narrow)):
                    items.append(
                        Text(
                            x=centre,
                            y=38 + 15 * line,
                            text=words,
                            size=self.small,
                            anchor="middle",
                            fill="text" if line == 0 else "muted",
                        )
                    )
        return items

    def _row(self, index: int, row: _Row, top: float) -> tuple[list[Shape], float]:
        """One network's boxes, shapes and bars; also where the next lane begins."""
        items: list[Shape] = []
        if row.title:
            items += [
                Rect(x=_MARGIN, y=top - 9, width=10, height=10, fill=row.colour, radius=2),
                Text(x=_MARGIN + 16, y=top, text=row.title, size=self.small + 1.5, bold=True),
            ]
            top += 14
        lift = 22.0  # room for skip arcs and counts above the tallest box
        tallest = self.measure.height(row.plan.resolution)
        axis = top + lift + tallest / 2
        shapes = axis + tallest / 2 + 22
        base = shapes + (48 if self.narrow and self.compared else 34) + self.bars
        items += self._image(row.plan, axis, shapes)
        items.append(
            Line(
                points=((_MARGIN + self._input_width(self.measure) - 4, axis), (self.width - 4, axis)),
                stroke="line",
                stroke_width=1.5,
                arrow=True,
            )
        )
        for column, x, width in zip(self.columns, self.lefts, self.widths, strict=True):
            stage, boxes = column.stages[index], column.boxes[index]
            centre = x + width / 2
            if stage is None:
                items.append(Text(x=centre, y=axis - 6, text="none", size=self.small, fill="muted", anchor="middle"))
                continue
            left = x + self.padding if self.compared else centre - self.measure.content(boxes) / 2
            items += self.style.draw(
                boxes, left=left, axis=axis, floor=shapes - 22, base=base, colour=row.colour, prefix=row.prefix
            )
            for line, words in enumerate(self._shape_words(stage)):
                items.append(
                    Text(
                        x=centre,
                        y=shapes + 14 * line,
                        text=words,
                        size=self.small,
                        anchor="middle",
                        fill="text" if line == 0 else "muted",
                    )
                )
            items += self._stage_value(stage, row.plan, centre, base)
        items += [
            Line(points=((self.lefts[0], base), (self.width - _MARGIN, base)), stroke="line"),
            *self._axis_words(base),
        ]
        return items, base + 38

    def _axis_words(self, base: float) -> list[Shape]:
        """The metric's name in the corner left of its bars, a word a line."""
        words = self.metric.label.split()
        return [
            Text(x=_MARGIN, y=base - 12 * (len(words) - 1 - line), text=word, size=self.small - 1.5, fill="muted")
            for line, word in enumerate(words)
        ]

    def _stage_value(self, stage: StagePlan, plan: Plan, centre: float, base: float) -> list[Shape]:
        value = self.metric.of(stage.blocks)
        second = share(value, self.metric.of(plan.blocks)) if self.metric.additive else ""
        return [
            Text(x=centre, y=base + 15, text=self.metric.words(value), size=self.small, anchor="middle"),
            Text(x=centre, y=base + 29, text=second, size=self.small - 0.5, anchor="middle", fill="muted"),
        ]

    def _image(self, plan: Plan, axis: float, shapes: float) -> list[Shape]:
        """The input: thin sheets, red, green and blue; grey for a single channel and for further ones."""
        grey, colours = "#8A8A8A", ("#C0392B", "#2E8B57", "#2F6FB5")
        count = min(plan.spec.in_channels, 4)
        sheet_colours = (grey,) if count == 1 else (*colours, grey)[:count]
        height, width = self.measure.height(plan.resolution), max(4.0, self.measure.width(3) / 2)
        centre = _MARGIN + self._input_width(self.measure) / 2 - 4
        sheets = [
            Rect(
                x=centre + (index - count / 2) * width,
                y=axis - height / 2,
                width=width - 1,
                height=height,
                fill=colour,
                opacity=0.7,
                radius=1,
            )
            for index, colour in enumerate(sheet_colours)
        ]
        words = (self._side(plan.resolution), f"{plan.spec.in_channels} ch")
        return [
            *sheets,
            *(
                Text(
                    x=centre,
                    y=shapes + 14 * line,
                    text=word,
                    size=self.small,
                    anchor="middle",
                    fill="text" if line == 0 else "muted",
                )
                for line, word in enumerate(words)
            ),
        ]

    def _shape_words(self, stage: StagePlan) -> list[str]:
        """Where the stage's map is, and how many channels it has; the head's before pooling."""
        channels, side, _ = stage.blocks[0].out_shape if stage.kind == "head" else stage.out_shape
        words = [self._side(side), f"{channels:,} ch"]
        if self.compared and stage.kind not in ("stem", "head"):
            if self.narrow:
                words.append(f"×{len(stage.blocks)}")
            else:
                words[1] += f"  ×{len(stage.blocks)}"
        return words

    def _side(self, side: int) -> str:
        return f"{side}²" if self.narrow else f"{side}×{side}"


def _stage_words(stage: StagePlan, narrow: bool) -> tuple[str, ...]:
    """Operator, kernel and stride, number of blocks."""
    first = stage.blocks[0]
    if stage.kind == "stem":
        return "Conv", f"3×3  /{first.stride}"
    if stage.kind == "head":
        return ("1×1", "pool", "linear") if narrow else ("Conv 1×1", "pool, linear")
    stride = f"  /{first.stride}" if first.stride > 1 else ""
    if narrow:
        name = operator(first).replace("Fused MBConv", "FMB").replace("MBConv", "MB")
        return name, f"{first.kernel}×{first.kernel}{stride}", f"×{len(stage.blocks)}"
    name = operator(first).replace("Fused MBConv", "Fused")
    return name, f"{first.kernel}×{first.kernel}{stride}  ×{len(stage.blocks)}"
