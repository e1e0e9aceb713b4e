"""Charts over many photos: how good the answers are, what tells groups apart, how two sets of weights differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from effnet_viz.draw.gate_charts import block_axis
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.palette import BLUE, GREEN, GREY, LEFT, RIGHT
from effnet_viz.draw.vega import ABOVE, DASHES, Chart, coloured, in_words, nominal, ordinal, quantitative, said

if TYPE_CHECKING:  # these rooms import pyarrow or torch
    from numpy import ndarray

Row = Mapping[str, float | str]
CHANGED, ALIKE, MOVED = "Change of weights", "Likeness of outputs (CKA)", "Mean move of gates"


def accuracy_bars(values: Sequence[Row]) -> Chart:
    """Share of right answers by class, the worst first.

    Args:
        values: `class`, `right` (0 to 1) and `photos` of each class.
    """
    return {
        "data": {"values": in_words(values, percent, "right")},
        "height": max(120, 20 * len(values) + 50),
        "mark": {"type": "bar", "color": BLUE, "height": {"band": 0.7}},
        "encoding": {
            "x": quantitative("right", title="Right answers", scale={"domain": [0, 1]}, axis={"format": "%"}),
            "y": nominal(
                "class",
                title=None,
                sort={"field": "right", "order": "ascending"},
                axis={"labelLimit": 160, "labelOverlap": False},
            ),
            "tooltip": [nominal("class"), said("right"), quantitative("photos")],
        },
    }


def calibration_chart(probability: ndarray, right: ndarray, photos: ndarray) -> Chart:
    """Stated probability against the share of right answers; on the straight line both are the same.

    Args:
        probability: mean probability in each tenth, `(B,)`, NaN where there are no photos.
        right: share of right answers in it, `(B,)`.
        photos: how many photos it holds, `(B,)`.
    """
    values = [
        {"probability": float(stated), "right": float(share), "photos": int(count)}
        for stated, share, count in zip(probability, right, photos, strict=True)
        if count
    ]
    whole: dict[str, Any] = {"domain": [0, 1]}
    axis = {"format": "%"}
    line = {
        "data": {"values": [{"probability": 0, "right": 0}, {"probability": 1, "right": 1}]},
        "mark": {"type": "line", "color": GREY, "strokeDash": DASHES},
    }
    dots = {
        "data": {"values": in_words(values, percent, "probability", "right")},
        "mark": {"type": "circle", "color": BLUE, "opacity": 0.9},
        "encoding": {
            "size": quantitative("photos", legend=None, scale={"range": [40, 500]}),
            "tooltip": [
                said("probability", title="Stated"),
                said("right", title="Right"),
                quantitative("photos", title="Photos"),
            ],
        },
    }
    return {
        "height": 300,
        "encoding": {
            "x": quantitative("probability", title="Stated probability", scale=whole, axis=axis),
            "y": quantitative("right", title="Right answers", scale=whole, axis=axis),
        },
        "layer": [line, dots],
    }


def group_differences(values: Sequence[Row], groups: Sequence[str], title: str, *, gates: bool) -> Chart:
    """What tells two groups of photos apart: a row for each gate or channel, a dot for each photo, a tick a mean.

    Args:
        values: `what` (the gate or channel), `group`, `value` and `photo` of each photo.
        groups: the two names.
        title: of the axis.
        gates: whether values are gates, whose axis reaches from 0 to 1.
    """
    what = list(dict.fromkeys(str(row["what"]) for row in values))
    scale = {"domain": [0, 1]} if gates else {"zero": False}
    encoding = {
        "x": quantitative("value", title=title, scale=scale),
        "y": nominal("what", title=None, sort=what, axis={"labelLimit": 220, "labelOverlap": False}),
        "yOffset": nominal("group", sort=list(groups)),
        "color": coloured("group", dict(zip(groups, (LEFT, RIGHT), strict=True))),
    }
    tips = [nominal("photo", title="Photo"), nominal("group", title="Group"), quantitative("value", format=".3f")]
    return {
        "data": {"values": list(values)},
        "height": 60 * len(what) + 70,
        "encoding": encoding,
        "layer": [
            {"mark": {"type": "circle", "size": 40, "opacity": 0.45}, "encoding": {"tooltip": tips}},
            {
                "mark": {"type": "tick", "thickness": 3, "size": 22, "opacity": 1},
                "encoding": {"x": quantitative("value", aggregate="mean")},
            },
        ],
    }


def apart_along_depth(apart: Mapping[str, float]) -> Chart:
    """How far two groups lie apart in each block: the mean difference, in units of the spread within groups."""
    values = [{"block": block, "apart": value} for block, value in apart.items()]
    return {
        "data": {"values": values},
        "height": 200,
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": block_axis(list(apart), title="Block"),
            "y": quantitative("apart", title="In spreads"),
            "tooltip": [ordinal("block", title="Block"), quantitative("apart", title="Apart", format=".2f")],
        },
    }


def change_along_depth(change: Mapping[str, float], alike: Mapping[str, float], moved: Mapping[str, float]) -> Chart:
    """Two sets of weights along the depth: how far the weights changed, how alike the outputs still are, gates' moves.

    Args:
        change: block id to the size of the change of its weights, as a share of their size.
        alike: block id to the linear CKA of its outputs, 0 to 1.
        moved: block id to the mean move of its gates, 0 to 1; empty without gates.
    """
    values = [
        {"block": block, "name": name, "value": value}
        for name, by_block in ((CHANGED, change), (ALIKE, alike), (MOVED, moved))
        for block, value in by_block.items()
        if value == value  # CKA is not a number where a block's outputs never change
    ]
    colours = {CHANGED: RIGHT, ALIKE: LEFT} | ({MOVED: GREEN} if moved else {})
    line = {
        "mark": {"type": "line", "point": {"size": 45}},
        "encoding": {
            "x": block_axis(list(change), level=20, title="Block"),
            "y": quantitative("value", title=None),
            "color": coloured("name", colours, sort=list(colours), legend={**ABOVE, "labelLimit": 260}),
            "tooltip": [
                ordinal("block", title="Block"), nominal("name", title="What"),
                quantitative("value", title="Value", format=".3f"),
            ],
        },
    }  # fmt: skip
    return {"data": {"values": values}, "height": 320, "layer": [line]}
