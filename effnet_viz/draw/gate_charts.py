"""SE gates as charts. The axis of a gate is always 0 to 1, so that two pictures can be compared by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy
from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colours
from effnet_viz.draw.numbers import whole_percent
from effnet_viz.draw.palette import BLUE, RED, SKY, mix
from effnet_viz.draw.vega import DASHES, Chart, Piece, in_words, line_at, ordinal, quantitative, ringed, rows_of, said

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain import SqueezeExcitationSteps
    from effnet_viz.explain.gate_statistics import GateSummary

BINS = 32
# The page fits axes and legends into these heights, in pixels.
HERO_HEIGHT, CURVE_HEIGHT, STRIP_HEIGHT = 150, 330, 54
LINE = mix(BLUE, SKY, 0.5)  # readable on orange, on white and on black
GATE_SCALE = {"domain": [0, 1], "nice": False}
SATURATED = (0.1, 0.9)  # `gate_statistics` counts gates beyond these
DOTS = [2, 3]
GATE_TICKS = [0, 0.25, 0.5, 0.75, 1]


def gate_axis(field: str, title: str = "Gate", **more: Any) -> Piece:
    """The axis of gates, from closed at 0 to open at 1, with the same ticks in every chart.

    Args:
        field: name of the gate in each row.
        title: of the axis.
        **more: what else Vega-Lite knows of a channel.
    """
    axis = {"values": GATE_TICKS, "format": ".2~f"}
    return quantitative(field, title=title, scale=GATE_SCALE, axis=axis, **more)


def block_axis(blocks: Sequence[str], *, level: int = 26, **more: Any) -> Piece:
    """The axis along the depth: all blocks, also those that have no row yet.

    Args:
        blocks: ids in their order.
        level: most labels that have room side by side; more are turned.
        **more: what else Vega-Lite knows of a channel.
    """
    scale = {"domain": list(blocks), **more.pop("scale", {})}
    axis = {"labelAngle": 0 if len(blocks) <= level else -90, "labelOverlap": False}
    return ordinal("block", scale=scale, **{"axis": axis, **more})


def gates_along_depth(gates: Mapping[str, ndarray], summaries: Sequence[GateSummary], chosen: str) -> Chart:
    """All gates of a network at one glance: for every block how its gates are spread between closed and open.

    Each column is a histogram seen from above: the stronger a cell's colour, the more of the block's channels have
    such a gate. The line joins the medians, the bars reach from the first to the third quarter. Beyond the dotted lines
    gates are saturated. A click picks a block (selection `picked`, field `block`).

    Args:
        gates: block id to `(C,)`.
        summaries: of the same blocks.
        chosen: id of the block that is marked.
    """
    x = block_axis(list(gates), title=None, scale={"paddingInner": 0.12})
    column = {"x": x, "y": {"datum": 0, "scale": GATE_SCALE}, "y2": {"datum": 1}}
    median = {"x": x, "y": quantitative("median")}
    marked = {
        "transform": [{"filter": {"field": "block", "equal": chosen}}],
        "mark": {"type": "rect", "fill": None, "stroke": LINE, "strokeWidth": 3},
        "encoding": column,
    }
    histograms = {
        "data": {"name": "bins"},
        "mark": {"type": "rect", "color": RED},
        "encoding": {
            "x": x,
            "y": gate_axis("low"),
            "y2": {"field": "high"},
            "opacity": quantitative("share", scale={"domain": [0, 1], "range": [0.06, 1]}, legend=None),
        },
    }
    quarters = {
        "mark": {"type": "rule", "color": LINE, "strokeWidth": 4},
        "encoding": {"x": x, "y": quantitative("lower", scale=GATE_SCALE), "y2": {"field": "upper"}},
    }
    clicked = {
        "name": "columns",
        "mark": {"type": "rect", "opacity": 0.001, "cursor": "pointer"},
        "encoding": {
            **column,
            "tooltip": [
                ordinal("block", title="Block"),
                quantitative("channels", title="Channels"),
                quantitative("median", title="Median gate", format=".3f"),
                said("closed", title="Gates under 0.1"),
                said("open", title="Gates over 0.9"),
            ],
        },
    }
    click = {"type": "point", "fields": ["block"], "on": "click", "clear": False}
    return {
        "datasets": {"blocks": _summary_rows(summaries), "bins": _histogram_rows(gates)},
        "data": {"name": "blocks"},
        "params": [{"name": "picked", "select": click, "views": ["columns"]}],
        "height": HERO_HEIGHT,
        "layer": [
            histograms,
            *(line_at("y", edge, strokeDash=DOTS) for edge in SATURATED),
            marked,
            quarters,
            {"mark": {"type": "line", "color": LINE, "strokeWidth": 2.5}, "encoding": median},
            {"mark": ringed(LINE, 80), "encoding": median},
            clicked,
        ],
    }


def sorted_gates(gates: ndarray, channel: int | None = None) -> Chart:
    """One block's gates from the most open to the most closed; one channel can be marked.

    Args:
        gates: `(C,)`.
        channel: the channel to mark.
    """
    order = numpy.argsort(-gates, kind="stable")
    encoding = {
        "x": quantitative(
            "rank", title="Channels, most open first", scale={"domain": [1, max(2, gates.size)], "nice": False}
        ),
        "y": gate_axis("gate"),
    }
    tips = [
        quantitative("channel", title="Channel"),
        quantitative("gate", title="Gate", format=".3f"),
        quantitative("rank", title="Rank"),
    ]
    outline = {"color": RED, "strokeWidth": 2.5}
    area = {"mark": {"type": "area", "color": RED, "opacity": 0.22, "line": outline}, "encoding": encoding}
    points = {
        "mark": {"type": "point", "size": 60, "opacity": 0.001, "filled": True},
        "encoding": {**encoding, "tooltip": tips},
    }
    return {
        "data": {"values": rows_of(rank=range(1, gates.size + 1), gate=gates[order].tolist(), channel=order.tolist())},
        "height": CURVE_HEIGHT,
        "layer": [area, line_at("y", 0.5, strokeDash=DASHES), points, *marked_channel(points, channel, 130)],
    }


def marked_channel(points: Piece, channel: int | None, size: int) -> list[Piece]:
    """The layer that marks one channel among others; none where no channel is chosen.

    Args:
        points: the layer of all channels, whose rows have a `channel`.
        channel: the one to mark.
        size: area of its dot in square pixels.
    """
    if channel is None:
        return []
    only = [{"filter": {"field": "channel", "equal": channel}}]
    return [{"transform": only, "mark": ringed(BLUE, size), "encoding": points["encoding"]}]


STEPS = (  # field of the steps, title, colour map; in the order in which they are computed
    ("descriptor", "1 Squeeze", "viridis"),
    ("reduced", "2 Reduce", "diverging"),
    ("activated", "3 Activation", "diverging"),
    ("expanded", "4 Expand", "diverging"),
    ("gates", "5 Sigmoid", "gates"),
)


def mechanism_strip(se: SqueezeExcitationSteps, field: str, channel: int) -> Chart:
    """One step of SE as a strip, one stripe a number; channels in the order of their gates.

    Args:
        se: every number of the SE module.
        field: one of `STEPS`.
        channel: the channel that is framed where the step has one number for each.
    """
    values = getattr(se, field)
    by_gate = values.size == se.gates.size
    order = numpy.argsort(-se.gates, kind="stable") if by_gate else numpy.arange(values.size)
    colours = next(colours for name, _, colours in STEPS if name == field)
    rows = rows_of(
        start=range(values.size), end=range(1, values.size + 1), value=values[order].tolist(), channel=order.tolist()
    )
    x = {
        "x": quantitative("start", axis=None, scale={"domain": [0, values.size], "nice": False}),
        "x2": {"field": "end"},
    }
    stripes = {
        "mark": {"type": "rect"},
        "encoding": {
            **x,
            "color": quantitative(
                "value",
                scale={"domain": _range_of(values, colours), "range": css_colours(colours), "interpolate": "rgb"},
                legend=None,
            ),
            "tooltip": [
                quantitative("channel", title="Channel" if by_gate else "Unit"),
                quantitative("value", title="Value", format=".3f"),
            ],
        },
    }
    frame = {
        "data": {"values": [row for row in rows if row["channel"] == channel]},
        "mark": {"type": "rect", "fill": None, "stroke": BLUE, "strokeWidth": 2},
        "encoding": x,
    }
    return {"data": {"values": rows}, "height": STRIP_HEIGHT, "layer": [stripes, frame] if by_gate else [stripes]}


def _range_of(values: ndarray, colours: str) -> list[float]:
    """The values that the ends of a colour map stand for."""
    if colours == "gates":
        return [0.0, 1.0]
    if colours == "diverging":
        reach = float(numpy.abs(values).max()) or 1.0
        return [-reach, reach]
    return [float(values.min()), float(values.max())]


def gates_against_evidence(gates: ndarray, weights: ndarray, channel: int | None = None) -> Chart:
    """Each channel's gate beside its Grad-CAM weight for a class.

    Args:
        gates: `(C,)`.
        weights: `(C,)`.
        channel: the channel to mark.
    """
    reach = float(numpy.abs(weights).max()) or 1.0
    dots = {
        "mark": {"type": "circle", "color": RED, "size": 45, "opacity": 0.55},
        "encoding": {
            "x": gate_axis("gate"),
            "y": quantitative("weight", scale={"domain": [-1, 1]}, title="Grad-CAM weight, largest = 1"),
            "tooltip": [
                quantitative("channel", title="Channel"),
                quantitative("gate", title="Gate", format=".3f"),
                quantitative("weight", title="Weight", format=".3f"),
            ],
        },
    }
    rows = rows_of(gate=gates.tolist(), weight=(weights / reach).tolist(), channel=range(gates.size))
    return {
        "data": {"values": rows},
        "height": CURVE_HEIGHT,
        "layer": [line_at("y", 0), dots, *marked_channel(dots, channel, 150)],
    }


def _histogram_rows(gates: Mapping[str, ndarray]) -> list[dict[str, Any]]:
    """Rows block, low, high, share: how full each bin is, as a share of the block's fullest."""
    edges = numpy.linspace(0, 1, BINS + 1)
    bounds = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    rows = []
    for block, values in gates.items():
        counts, _ = numpy.histogram(values, edges)
        shares = (counts / counts.max()).tolist()
        rows += [
            {"block": block, "low": low, "high": high, "share": share}
            for (low, high), share in zip(bounds, shares, strict=True)
            if share
        ]
    return rows


def _summary_rows(summaries: Sequence[GateSummary]) -> list[dict[str, Any]]:
    # The quantiles are those of `gate_statistics.QUANTILES`: 0, 10, 25, 50, 75, 90 and 100%.
    rows = [
        {
            "block": block.block,
            "channels": block.channels,
            "lower": block.quantiles[2],
            "median": block.quantiles[3],
            "upper": block.quantiles[4],
            "closed": block.closed,
            "open": block.open,
        }
        for block in summaries
    ]
    return in_words(rows, whole_percent, "closed", "open")
