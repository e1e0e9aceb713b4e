"""Where the stages of a diagram stand, and how wide its boxes are, so that all of them fit the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from effnet_viz.draw.diagram_boxes import Measure, stacked
from effnet_viz.draw.diagram_columns import Column
from effnet_viz.draw.scene import text_width

MARGIN = 10.0
_MOST_PER_CHANNEL = 4.6  # pixels of width for the square root of one channel


@dataclass(kw_only=True)
class Layout:
    """Sizes and places that follow from the width of the page.

    Attributes:
        columns: stages of the networks.
        labels: width that the words of each stage need.
        page: width of the page; `width` is that of the drawing, which grows where the networks do not fit.
        tallest: height of the box of highest resolution.
        largest_side: that resolution.
        small: size of the text.
        narrow: whether words are short.
        padding: room inside a stage, left and right.
        between: room between two stages.
        measure: sizes of the boxes.
        lefts: left edge of every stage.
        widths: width of every stage.
    """

    columns: Sequence[Column]
    labels: Sequence[float]
    page: float
    tallest: float
    largest_side: int
    small: float
    narrow: bool
    padding: float = field(init=False)
    between: float = field(init=False)
    measure: Measure = field(init=False)
    width: float = field(init=False)
    lefts: list[float] = field(init=False)
    widths: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.padding = 2.5 if self.page < 800 else 7.0
        self.between = 2.5 if self.page < 800 else 4.0
        self.measure = self._fit()
        self.width = max(self.page, self._total(self.measure) + 2 * MARGIN)
        self.lefts, self.widths = self._places()

    @property
    def input_width(self) -> float:
        """Width that the picture at the left end takes."""
        return self._input_width(self.measure)

    def _input_width(self, measure: Measure) -> float:
        return (
            max(
                measure.width(3),
                text_width("600²" if self.narrow else "600×600", self.small),
                text_width("Parameters", self.small - 1.5),
            )
            + self.padding
        )

    def _least(self, measure: Measure) -> list[float]:
        """The width that each stage takes at least: that of its words or of its boxes."""
        return [
            max(label, *(measure.content(boxes) for boxes in column.boxes)) + 2 * self.padding
            for label, column in zip(self.labels, self.columns, strict=True)
        ]

    def _total(self, measure: Measure) -> float:
        return self._input_width(measure) + sum(self._least(measure)) + self.between * len(self.columns)

    def _fit(self) -> Measure:
        """The widest boxes that fit."""
        rows = range(len(self.columns[0].boxes))
        count = max(sum(len(column.boxes[row]) for column in self.columns) for row in rows)
        room = (self.page - 2 * MARGIN) / count
        gap = 6.0 if room > 40 else 4.0 if room > 20 else 2.0 if room > 8 else 1.2

        def measure(per_channel: float) -> Measure:
            return Measure(per_channel=per_channel, tallest=self.tallest, largest_side=self.largest_side, gap=gap)

        low, high = 0.0, _MOST_PER_CHANNEL
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if self._total(measure(middle)) <= self.page - 2 * MARGIN else (low, middle)
        return measure(low)

    def _places(self) -> tuple[list[float], list[float]]:
        """Left edge and width of every stage; room that the boxes leave goes to all stages alike."""
        least = self._least(self.measure)
        spare = (self.width - 2 * MARGIN - self._total(self.measure)) / len(least)
        lefts, x = [], MARGIN + self.input_width + self.between
        for width in least:
            lefts.append(x)
            x += width + spare + self.between
        return lefts, [width + spare for width in least]


def stacks(columns: Sequence[Column]) -> bool:
    """Whether some box stands for several blocks."""
    return any(stacked(box) for column in columns for row in column.boxes for box in row)
