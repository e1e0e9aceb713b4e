"""Small charts of a map's values."""

from __future__ import annotations

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.palette import BLUE, GREY

BINS = 48


def value_histogram(values: ndarray) -> alt.LayerChart:
    """How often each value occurs in a map; a dashed line marks zero.

    Args:
        values: `(H, W)`.
    """
    counts, edges = numpy.histogram(values, BINS)
    frame = pandas.DataFrame({"low": edges[:-1], "high": edges[1:], "cells": counts})
    bars = (
        alt.Chart(frame)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("low:Q", title="Value", scale=alt.Scale(nice=False)),
            x2="high:Q",
            y=alt.Y("cells:Q", title="Cells"),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("low:Q", title="From", format=".3f"),
                alt.Tooltip("high:Q", title="To", format=".3f"),
                alt.Tooltip("cells:Q", title="Cells"),
            ],
        )
    )
    zero = alt.Chart(pandas.DataFrame({"low": [0]})).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x="low:Q")
    return alt.layer(bars, zero).properties(height=200)
