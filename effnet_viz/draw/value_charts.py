"""Small charts of a map's values."""

from __future__ import annotations

import numpy
from numpy import ndarray

from effnet_viz.draw.palette import BLUE
from effnet_viz.draw.vega import DASHES, Chart, line_at, quantitative, rows_of

BINS = 48


def value_histogram(values: ndarray) -> Chart:
    """How often each value occurs in a map; a dashed line marks zero.

    Args:
        values: `(H, W)`.
    """
    counts, edges = numpy.histogram(values, BINS)
    bars = {
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": quantitative("low", title="Value", scale={"nice": False}),
            "x2": {"field": "high"},
            "y": quantitative("cells", title="Cells"),
            "y2": {"datum": 0},
            "tooltip": [
                quantitative("low", title="From", format=".3f"),
                quantitative("high", title="To", format=".3f"),
                quantitative("cells", title="Cells"),
            ],
        },
    }
    return {
        "data": {"values": rows_of(low=edges[:-1].tolist(), high=edges[1:].tolist(), cells=counts.tolist())},
        "height": 200,
        "layer": [bars, line_at("x", 0, strokeDash=DASHES)],
    }
