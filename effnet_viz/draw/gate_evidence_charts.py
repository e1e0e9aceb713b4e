"""What pushed a gate, and what gates notice, as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colours
from effnet_viz.draw.gate_charts import gate_axis, marked_channel
from effnet_viz.draw.numbers import whole_percent
from effnet_viz.draw.palette import BLUE, GREY, RED
from effnet_viz.draw.vega import ABOVE, DASHES, Chart, either, in_words, line_at, nominal, quantitative, rows_of, said

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain.photo_changes import Noticed

ROW, AXES, LEGEND = 21, 70, 70  # pixels for one bar, for the axes, for the legend
TWO_LINES, NAMES = 32, 190  # pixels of a row whose name has two lines, and most for the name
BREAK = "|"  # between the two
MOVES_HEIGHT = 240


def pushing_channels(openers: Sequence[tuple[int, float]], closers: Sequence[tuple[int, float]]) -> Chart:
    """The channels of the descriptor that opened a gate (red, right) and that closed it (blue, left).

    Args:
        openers: channel and push, largest first.
        closers: channel and push, most negative first.
    """
    rows = [{"channel": str(channel), "push": push} for channel, push in [*openers, *reversed(closers)]]
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": quantitative("push", title="Added to the gate's logit"),
            "y": nominal(
                "channel", title="Channel", sort=[row["channel"] for row in rows], axis={"labelOverlap": False}
            ),
            "color": either("datum.push > 0", RED, BLUE),
            "tooltip": [
                nominal("channel", title="Channel"),
                quantitative("push", title="Added to the logit", format="+.3f"),
            ],
        },
    }
    height = ROW * max(1, len(rows)) + AXES
    return {"data": {"values": rows}, "height": height, "layer": [bars, line_at("x", 0)]}


def noticed_along_depth(
    noticed: Sequence[Noticed], blocks: Sequence[str], words: Mapping[str, str], answers: Sequence[str]
) -> Chart:
    """How far the gates of each block move when the photo is changed: one row a change, one column a block.

    Args:
        noticed: what each change did.
        blocks: ids, from the first to the last.
        words: change to words.
        answers: what each change did to the answer, for the line under its name.
    """
    order = [f"{words[seen.change]}{BREAK}{answer}" for seen, answer in zip(noticed, answers, strict=True)]
    rows = [
        {
            "row": row,
            "change": words[seen.change],
            "block": block,
            "distance": seen.distance(block),
            "share": seen.share_moved(block),
        }
        for row, seen in zip(order, noticed, strict=True)
        for block in blocks
    ]
    lines = {
        "labelExpr": f"split(datum.label, '{BREAK}')",
        "labelLimit": NAMES,
        "labelOverlap": False,
        "labelOffset": -6,
    }
    return {
        "data": {"values": in_words(rows, whole_percent, "share")},
        "height": TWO_LINES * len(order) + AXES + LEGEND,
        "mark": {"type": "rect"},
        "encoding": {
            "x": nominal("block", sort=list(blocks), title="Block", axis={"labelAngle": 0, "labelOverlap": True}),
            "y": nominal("row", sort=order, title=None, axis=lines),
            "color": quantitative(
                "distance",
                title="Mean move of a gate",
                scale={"range": css_colours("viridis"), "domainMin": 0, "interpolate": "rgb"},
                legend={**ABOVE, "gradientLength": 160, "format": ".2~f"},
            ),
            "tooltip": [
                nominal("change", title="Photo"),
                nominal("block", title="Block"),
                quantitative("distance", title="Mean move of a gate", format=".3f"),
                said("share", title="Gates that move by over 0.1"),
            ],
        },
    }


def gates_before_and_after(before: ndarray, after: ndarray, channel: int | None = None) -> Chart:
    """Each gate of a block on a photo and on a changed copy: on the diagonal nothing has moved.

    Args:
        before: `(C,)`.
        after: `(C,)`.
        channel: the gate to mark.
    """
    axes = {"x": gate_axis("before", "Gate on the photo"), "y": gate_axis("after", "Gate with the box hidden")}
    diagonal = {
        "data": {"values": rows_of(before=[0, 1], after=[0, 1])},
        "mark": {"type": "line", "color": GREY, "strokeDash": DASHES},
        "encoding": axes,
    }
    dots = {
        "mark": {"type": "circle", "color": RED, "size": 45, "opacity": 0.6},
        "encoding": {
            **axes,
            "tooltip": [
                quantitative("channel", title="Channel"),
                quantitative("before", title="On the photo", format=".3f"),
                quantitative("after", title="With the box hidden", format=".3f"),
            ],
        },
    }
    return {
        "data": {"values": rows_of(before=before.tolist(), after=after.tolist(), channel=range(before.size))},
        "height": MOVES_HEIGHT,
        "layer": [diagonal, dots, *marked_channel(dots, channel, 150)],
    }
