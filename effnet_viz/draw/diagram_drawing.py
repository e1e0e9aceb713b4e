"""One or two networks drawn lane by lane, as `diagram` asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effnet_viz.architecture import Plan, StagePlan
from effnet_viz.draw.diagram_boxes import BoxStyle
from effnet_viz.draw.diagram_columns import Column, stage_words
from effnet_viz.draw.diagram_layout import MARGIN, Layout, stacks
from effnet_viz.draw.diagram_legend import legend
from effnet_viz.draw.metrics import Metric
from effnet_viz.draw.numbers import share
from effnet_viz.draw.scene import Line, Mark, Rect, Scene, Text, text_width


@dataclass(frozen=True, kw_only=True)
class DiagramRow:
    """One network: its title above the boxes where there are two, and where its lanes begin."""

    plan: Plan
    title: str = ""
    colour: str = ""
    prefix: str = ""


class Drawing:
    """Draws lane by lane, at the places of one layout."""

    def __init__(
        self, *, rows: tuple[DiagramRow, ...], columns: list[Column], width: float, metric: Metric, stage: bool
    ) -> None:
        self.rows, self.columns, self.metric = rows, columns, metric
        self.compared, self.stage = len(rows) > 1, stage
        self.narrow = stage or width < 620  # short words
        self.low = stage and self.compared  # the boxes of both stand on one screen
        self.small = 10.5 if width < 800 else 11.5
        self.smallest = self.small if stage else self.small - 1.5
        if stage:
            tallest, self.bars = (42.0, 14.0) if self.compared else (72.0, 30.0)
        elif self.compared:
            tallest, self.bars = min(200.0, max(92.0, width * 0.085)), min(84.0, max(36.0, width * 0.04))
        else:
            tallest, self.bars = min(300.0, max(150.0, width * 0.2)), min(84.0, max(50.0, width * 0.07))
        labels = [max(text_width(line, self.small) for line in self._words(column)) + 4 for column in columns]
        self.layout = Layout(
            columns=columns,
            labels=labels,
            page=width,
            tallest=tallest,
            largest_side=max(row.plan.resolution for row in rows),
            small=self.small,
            narrow=self.narrow,
        )
        self.measure, self.width = self.layout.measure, self.layout.width
        boxes = [box for column in columns for row in column.boxes for box in row]
        self.style = BoxStyle(
            measure=self.measure,
            metric=metric,
            longest_bar=self.bars,
            small=self.small,
            most_in_block=max(metric.of(box.blocks[:1]) for box in boxes),
            most_in_bar=max(metric.of(box.blocks) for box in boxes),
        )

    def scene(self, title: str, description: str, *, explained: bool = True) -> Scene:
        """Everything that is drawn: stages, blocks, headings, and the legend below them.

        Args:
            title: name of the drawing.
            description: the drawing in words, for who cannot see it.
            explained: whether the legend stands under it.
        """
        items: list[Mark] = []
        y = 20.0 if self.compared else 65.0 if self.stage or not self.narrow else 80.0
        above = 16.0 if self.stage or not self.compared else 20.0
        for index, row in enumerate(self.rows):
            top = y + above + 4 if self.compared else 4
            drawn, y = self._row(index, row, y + above)
            items += [*self._bands(top, y), *drawn]
        items += self._header()
        if explained:
            legend_items = self._legend(y + 24)
            items += legend_items
            y = max(item.y for item in legend_items if isinstance(item, Text)) + 10
        return Scene(width=self.width, height=y, title=title, description=description, items=tuple(items))

    def _legend(self, top: float) -> list[Mark]:
        return legend(
            kinds={box.kind for column in self.columns for row in column.boxes for box in row},
            has_se=any(row.plan.se_blocks for row in self.rows),
            has_stack=stacks(self.columns),
            compared=self.compared,
            metric=self.metric.label,
            narrow=self.narrow,
            x=MARGIN,
            y=top,
            width=self.width - 2 * MARGIN,
            size=self.small,
        )

    def _words(self, column: Column) -> list[str]:
        words = [self._title(column) + " "]
        for stage in column.stages:
            if stage is not None:
                words += [*(stage_words(stage, self.narrow) if not self.compared else ()), *self._shape_words(stage)]
        return words

    def _title(self, column: Column) -> str:
        return column.title.removeprefix("Stage ") if self.narrow else column.title

    def _bands(self, top: float, bottom: float) -> list[Mark]:
        return [
            Rect(x=x, y=top, width=width, height=bottom - top, fill="surface", radius=6)
            for x, width in zip(self.layout.lefts, self.layout.widths, strict=True)
        ]

    def _header(self) -> list[Mark]:
        items: list[Mark] = []
        if self.narrow:
            items.append(Text(x=MARGIN, y=21, text="Stage", size=self.small, fill="muted"))
        for column, x, width in zip(self.columns, self.layout.lefts, self.layout.widths, strict=True):
            centre = x + width / 2
            items.append(
                Text(x=centre, y=21, text=self._title(column), size=self.small + 1.5, anchor="middle", bold=True)
            )
            if not self.compared:
                items += self._lines(stage_words(column.stages[0], self.narrow), centre, 38, 15)
        return items

    def _row(self, index: int, row: DiagramRow, top: float) -> tuple[list[Mark], float]:
        """One network's boxes, shapes and bars; also where the next lane begins."""
        items: list[Mark] = []
        if row.title:
            items += [
                Rect(x=MARGIN, y=top - 9, width=10, height=10, fill=row.colour, radius=2),
                Text(x=MARGIN + 16, y=top, text=row.title, size=self.small + 1.5, bold=True),
            ]
            top += 14
        lift = 16.0 if self.stage else 22.0  # room for skip arcs and counts above the tallest box
        tallest = self.measure.height(row.plan.resolution)
        axis = top + lift + tallest / 2
        floor = axis + tallest / 2
        shapes = floor + (29 if self.compared else 22)  # between them the counts of what one network has alone
        words = 48 if self.narrow and self.compared and not self.stage else 19 if self.low else 22 if self.stage else 34
        base = shapes + words + self.bars
        items += self._image(row.plan, axis, shapes)
        items.append(
            Line(
                points=((MARGIN + self.layout.input_width - 4, axis), (self.width - 4, axis)),
                stroke="line",
                stroke_width=1.5,
                arrow=True,
            )
        )
        for column, x, width in zip(self.columns, self.layout.lefts, self.layout.widths, strict=True):
            stage, boxes = column.stages[index], column.boxes[index]
            centre = x + width / 2
            if stage is None:
                items.append(Text(x=centre, y=axis - 6, text="none", size=self.small, fill="muted", anchor="middle"))
                continue
            left = x + self.layout.padding if self.compared else centre - self.measure.content(boxes) / 2
            items += self.style.draw(
                boxes, left=left, axis=axis, floor=floor, base=base, colour=row.colour, prefix=row.prefix
            )
            items += self._lines(self._shape_words(stage), centre, shapes, 14)
            items += self._stage_value(stage, row.plan, centre, base)
        items += [
            Line(points=((self.layout.lefts[0], base), (self.width - MARGIN, base)), stroke="line"),
            *self._axis_words(base),
        ]
        return items, base + (19 if self.low else 38)

    def _axis_words(self, base: float) -> list[Mark]:
        """The metric's name in the corner left of its bars, a word a line."""
        words = self.metric.label.split()
        return [
            Text(x=MARGIN, y=base - 12 * (len(words) - 1 - line), text=word, size=self.smallest, fill="muted")
            for line, word in enumerate(words)
        ]

    def _stage_value(self, stage: StagePlan, plan: Plan, centre: float, base: float) -> list[Mark]:
        value = self.metric.of(stage.blocks)
        words = [Text(x=centre, y=base + 15, text=self.metric.words(value), size=self.small, anchor="middle")]
        if self.low:
            return words
        second = share(value, self.metric.of(plan.blocks)) if self.metric.additive else ""
        return [
            *words,
            Text(
                x=centre,
                y=base + 29,
                text=second,
                size=max(self.smallest, self.small - 0.5),
                anchor="middle",
                fill="muted",
            ),
        ]

    def _image(self, plan: Plan, axis: float, shapes: float) -> list[Mark]:
        """The input: thin sheets, red, green and blue; grey for a single channel and for further ones."""
        grey, colours = "#8A8A8A", ("#C0392B", "#2E8B57", "#2F6FB5")
        count = min(plan.spec.in_channels, 4)
        sheet_colours = (grey,) if count == 1 else (*colours, grey)[:count]
        height, width = self.measure.height(plan.resolution), max(4.0, self.measure.width(3) / 2)
        centre = MARGIN + self.layout.input_width / 2 - 4
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
        return [*sheets, *self._lines(words, centre, shapes, 14)]

    def _lines(self, words: Sequence[str], centre: float, top: float, apart: float) -> list[Mark]:
        """Words below each other, the first of them stronger."""
        return [
            Text(
                x=centre,
                y=top + apart * line,
                text=text,
                size=self.small,
                anchor="middle",
                fill="text" if line == 0 else "muted",
            )
            for line, text in enumerate(words)
        ]

    def _shape_words(self, stage: StagePlan) -> list[str]:
        """Where the stage's map is, and how many channels it has; the head's before pooling."""
        channels, side, _ = stage.blocks[0].out_shape if stage.kind == "head" else stage.out_shape
        words = [self._side(side), f"{channels:,} ch"]
        if self.compared and stage.kind not in ("stem", "head") and not self.stage:
            if self.narrow:
                words.append(f"×{len(stage.blocks)}")
            else:
                words[1] += f"  ×{len(stage.blocks)}"
        return words

    def _side(self, side: int) -> str:
        return f"{side}²" if self.narrow else f"{side}×{side}"
