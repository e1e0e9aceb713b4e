"""What pushed a gate, and what gates notice, as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colours
from effnet_viz.draw.gate_charts import GATE_SCALE, gate_axis
from effnet_viz.draw.palette import BLUE, GREY, LABEL, RED

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain.photo_changes import Noticed

ROW, AXES, LEGEND = 21, 70, 70  # pixels for one bar or row of cells, for the axes, for the legend
MOVES_HEIGHT = 240


def pushing_channels(openers: Sequence[tuple[int, float]], closers: Sequence[tuple[int, float]]) -> alt.LayerChart:
    """The channels of the descriptor that opened a gate (red, right) and that closed it (blue, left).

    Args:
        openers: channel and push, largest first.
        closers: channel and push, most negative first.
    """
    rows = [{"channel": str(channel), "push": push} for channel, push in [*openers, *reversed(closers)]]
    frame = pandas.DataFrame(rows, columns=["channel", "push"])
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("push:Q", title="Added to the gate's logit"),
            y=alt.Y("channel:N", title="Channel", sort=None, axis=alt.Axis(labelOverlap=False)),
            color=alt.condition("datum.push > 0", alt.value(RED), alt.value(BLUE)),
            tooltip=[
                alt.Tooltip("channel:N", title="Channel"),
                alt.Tooltip("push:Q", title="Added to the logit", format="+.3f"),
            ],
        )
    )
    zero = alt.Chart(pandas.DataFrame({"push": [0]})).mark_rule(color=GREY).encode(x="push:Q")
    return alt.layer(bars, zero).properties(height=ROW * max(1, len(rows)) + AXES)


def noticed_along_depth(
    noticed: Sequence[Noticed], blocks: Sequence[str], words: Mapping[str, str], answers: Sequence[str]
) -> alt.LayerChart:
    """How far the gates of each block move when the photo is changed: one row a change, one column a block.

    Args:
        noticed: what each change did.
        blocks: ids, from the first to the last.
        words: change to words.
        answers: what each change did to the answer, for the end of its row.
    """
    rows = [
        {"change": words[one.change], "block": block, "distance": one.distance(block), "share": one.share_moved(block)}
        for one in noticed
        for block in blocks
    ]
    order = [words[one.change] for one in noticed]
    y = alt.Y("change:N", sort=order, title=None, axis=alt.Axis(labelLimit=140, labelOverlap=False))
    cells = (
        alt.Chart(pandas.DataFrame(rows))
        .mark_rect()
        .encode(
            x=alt.X("block:N", sort=list(blocks), title="Block", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=y,
            color=alt.Color(
                "distance:Q",
                title="Mean move of a gate",
                scale=alt.Scale(range=css_colours("viridis"), domainMin=0, interpolate="rgb"),
                legend=alt.Legend(orient="top", gradientLength=160, format=".2~f"),
            ),
            tooltip=[
                alt.Tooltip("change:N", title="Photo"),
                alt.Tooltip("block:N", title="Block"),
                alt.Tooltip("distance:Q", title="Mean move of a gate", format=".3f"),
                alt.Tooltip("share:Q", title="Gates that move by over 0.1", format=".0%"),
            ],
        )
    )
    said = pandas.DataFrame({"change": order, "answer": list(answers)})
    # The words stand right of the last column: the chart leaves them room there.
    labels = (
        alt.Chart(said)
        .mark_text(align="left", dx=8, color=LABEL, limit=230)
        .encode(x=alt.value("width"), y=y, text="answer:N")
    )
    return (
        alt.layer(cells, labels)
        .properties(height=ROW * len(order) + AXES + LEGEND, padding={"right": 240, "left": 5, "top": 5, "bottom": 5})
        .configure_view(stroke=None)
    )


def gates_before_and_after(before: ndarray, after: ndarray, channel: int | None = None) -> alt.LayerChart:
    """Each gate of a block on a photo and on a changed copy: on the diagonal nothing has moved.

    Args:
        before: `(C,)`.
        after: `(C,)`.
        channel: the gate to mark.
    """
    frame = pandas.DataFrame({"before": before, "after": after, "channel": numpy.arange(before.size)})
    x = alt.X("before:Q", scale=GATE_SCALE, axis=gate_axis("Gate on the photo"))
    y = alt.Y("after:Q", scale=GATE_SCALE, axis=gate_axis("Gate with the box hidden"))
    tips = [
        alt.Tooltip("channel:Q", title="Channel"),
        alt.Tooltip("before:Q", title="On the photo", format=".3f"),
        alt.Tooltip("after:Q", title="With the box hidden", format=".3f"),
    ]
    ends = pandas.DataFrame({"before": [0, 1], "after": [0, 1]})
    diagonal = alt.Chart(ends).mark_line(color=GREY, strokeDash=[4, 4]).encode(x=x, y=y)
    dots = alt.Chart(frame).mark_circle(color=RED, size=45, opacity=0.6).encode(x=x, y=y, tooltip=tips)
    layers = [diagonal, dots]
    if channel is not None:
        one = alt.Chart(frame[frame.channel == channel])
        layers.append(
            one.mark_circle(color=BLUE, size=150, opacity=1, stroke="white", strokeWidth=1.5).encode(
                x=x, y=y, tooltip=tips
            )
        )
    return alt.layer(*layers).properties(height=MOVES_HEIGHT)
