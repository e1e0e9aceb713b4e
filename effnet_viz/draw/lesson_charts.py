"""Charts of the lessons: the activation's curve, costs, times, totals on the way down, growth, contributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy
from numpy import ndarray

from effnet_viz.draw.lesson_scenes import ACTIVATION_NAMES
from effnet_viz.draw.palette import BLUE, GREEN, GREY, KIND_COLOURS, ORANGE, PINK, RED
from effnet_viz.draw.vega import Chart, coloured, either, nominal, ordinal, quantitative, rows_of

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.lessons.convolution import ConvolutionSteps
    from effnet_viz.lessons.decision import Decision
    from effnet_viz.lessons.descent import Level
    from effnet_viz.lessons.scaling import ScaledNetwork

BINS, REACH = 60, 6.0
WAY_COLOURS = {"standard": KIND_COLOURS["stem_head"], "depthwise": ORANGE, "separable": PINK}
GATING_COLOURS = {"sigmoid": RED, "softmax": BLUE}
WIDTH_COLOURS = {"multiple of 8": GREEN, "multiple of 4": ORANGE, "other": GREY}


def activation_curve(curves: Mapping[str, tuple[ndarray, ndarray]]) -> Chart:
    """An activation's curve.

    Args:
        curves: activation to the `x` and its values there; the first is drawn in full, others dashed.
    """
    rows = [
        {"x": x, "y": y, "activation": ACTIVATION_NAMES[name]}
        for name, (xs, ys) in curves.items()
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
    ]
    titles = [ACTIVATION_NAMES[name] for name in curves]
    colours = dict(zip(titles, (BLUE, GREY, GREEN), strict=False))
    return {
        "data": {"values": rows},
        "height": 260,
        "mark": {"type": "line", "strokeWidth": 3, "clip": True},
        "encoding": {
            "x": quantitative("x", title=None, scale={"domain": [-REACH, REACH], "nice": False}),
            "y": quantitative("y", title="Output", scale={"domain": [-1, REACH]}, axis={"minExtent": 44}),
            "color": coloured("activation", colours),
            "strokeDash": either(f"datum.activation === '{titles[0]}'", [1, 0], [5, 4]),
        },
    }


def input_histogram(steps: ConvolutionSteps) -> Chart:
    """How often each input of the activation occurs, on the same axis as its curve."""
    counts, edges = numpy.histogram(steps.normalised.clip(-REACH, REACH), BINS, (-REACH, REACH))
    scale = {"domain": [-REACH, REACH], "nice": False}
    return {
        "data": {"values": rows_of(low=edges[:-1].tolist(), high=edges[1:].tolist(), count=counts.tolist())},
        "height": 150,
        "mark": {"type": "bar", "color": BLUE, "opacity": 0.7},
        "encoding": {
            "x": quantitative("low", title="Input: the normalised values", scale=scale),
            "x2": {"field": "high"},
            "y": quantitative("count", title="Cells", axis={"minExtent": 44, "tickCount": 3}),
            "y2": {"datum": 0},
            "tooltip": [quantitative("low", title="From", format=".2f"), quantitative("count", title="Cells")],
        },
    }


def way_bars(values: Mapping[str, float], title: str, unit: str) -> Chart:
    """One bar for each way of convolving, from zero.

    Args:
        values: `standard`, `depthwise` and `separable` to their numbers.
        title: of the axis.
        unit: format of the tooltip, such as `,.0f`.
    """
    return {
        "data": {"values": [{"way": way, "value": value} for way, value in values.items()]},
        "height": 170,
        "mark": {"type": "bar", "height": 22},
        "encoding": {
            "y": nominal("way", sort=list(values), title=None, axis={"labelLimit": 140}),
            "x": quantitative("value", title=title, axis={"format": "~s", "tickCount": 4}),
            "color": coloured("way", WAY_COLOURS, legend=None),
            "tooltip": [nominal("way", title="Convolution"), quantitative("value", title=title, format=unit)],
        },
    }


def gatings(gates: Mapping[str, ndarray]) -> Chart:
    """Gates of the same channels by several functions, the channels in the order of the first.

    Args:
        gates: function to its gates, `(C,)`.
    """
    order = numpy.argsort(-next(iter(gates.values())), kind="stable")
    rows = [
        {"rank": rank, "gate": float(values[channel]), "channel": channel, "gating": name}
        for name, values in gates.items()
        for rank, channel in enumerate(order.tolist(), start=1)
    ]
    scale = {"domain": [1, order.size], "nice": False}
    return {
        "data": {"values": rows},
        "height": 280,
        "mark": {"type": "line", "strokeWidth": 3},
        "encoding": {
            "x": quantitative("rank", title="Channels, most open first", scale=scale),
            "y": quantitative("gate", title="Gate", scale={"domain": [0, 1]}),
            "color": coloured("gating", GATING_COLOURS),
            "tooltip": [nominal("gating"), quantitative("channel"), quantitative("gate", format=".4f")],
        },
    }


def middle_cost(costs: Mapping[int, int], middle: int) -> Chart:
    """Parameters of an SE module by the width of its middle; the block's own is marked.

    Args:
        costs: width of the middle to parameters.
        middle: the block's own width.
    """
    encoding = {
        "x": quantitative("middle", title="Width of the middle", scale={"nice": False}),
        "y": quantitative("params", title="Parameters", axis={"format": "~s"}),
        "tooltip": [quantitative("middle", title="Middle"), quantitative("params", title="Parameters", format=",")],
    }
    own = {
        "transform": [{"filter": {"field": "middle", "equal": middle}}],
        "mark": {"type": "point", "color": RED, "filled": True, "size": 160, "opacity": 1},
        "encoding": encoding,
    }
    return {
        "data": {"values": rows_of(middle=list(costs), params=list(costs.values()))},
        "height": 280,
        "layer": [{"mark": {"type": "line", "color": GREY, "strokeWidth": 2.5}, "encoding": encoding}, own],
    }


def running_totals(levels: Sequence[Level], chosen: int) -> list[Chart]:
    """Numbers of the picture, parameters so far and multiply-adds so far, stage by stage.

    Args:
        levels: the way down.
        chosen: index of the stage that is marked.
    """
    rows = [
        {
            "stage": level.stage.number,
            "values": level.values,
            "params": level.params,
            "macs": level.macs,
            "here": index == chosen,
            "reached": index <= chosen,
        }
        for index, level in enumerate(levels)
    ]
    return [
        {
            "data": {"values": rows},
            "height": 230,
            "mark": {"type": "bar", "color": colour},
            "encoding": {
                "x": ordinal("stage", title="Stage", axis={"labelAngle": 0, "labelOverlap": False}),
                "y": quantitative(field, title=None, axis={"format": "~s", "tickCount": 4}),
                "opacity": either("datum.reached", 1.0, 0.25),
                "stroke": either("datum.here", RED, colour),
                "strokeWidth": {"value": 2},
                "tooltip": [ordinal("stage", title="Stage"), quantitative(field, title=title, format=",")],
            },
        }
        for field, title, colour in (
            ("values", "Numbers held", GREY),
            ("params", "Parameters so far", BLUE),
            ("macs", "Multiply-adds so far", GREEN),
        )
    ]


def width_times(seconds: Mapping[int, float]) -> Chart:
    """Time of a 1x1 convolution by its number of channels; multiples of 8 and 4 stand out.

    Args:
        seconds: channels to seconds.
    """
    kinds = {0: "multiple of 8", 4: "multiple of 4"}
    rows = [
        {"channels": count, "time": value * 1e6, "kind": kinds.get(count % 8, "other")}
        for count, value in seconds.items()
    ]
    return {
        "data": {"values": rows},
        "height": 280,
        "mark": {"type": "bar"},
        "encoding": {
            "x": ordinal("channels", title="Channels in and out", axis={"labelAngle": 0}),
            "y": quantitative("time", title="Microseconds"),
            "color": coloured("kind", WIDTH_COLOURS),
            "tooltip": [ordinal("channels"), quantitative("time", title="Microseconds", format=".1f")],
        },
    }


def growth_bars(ways: Sequence[ScaledNetwork]) -> list[Chart]:
    """Multiply-adds and parameters of networks that grew in different ways."""
    rows = [{"network": way.title, "macs": way.plan.macs, "params": way.plan.params} for way in ways]
    return [
        {
            "data": {"values": rows},
            "height": 240,
            "mark": {"type": "bar", "color": colour, "height": 20},
            "encoding": {
                "y": nominal("network", title=None, sort=[way.title for way in ways], axis={"labelLimit": 140}),
                "x": quantitative(field, title=title, axis={"format": "~s", "tickCount": 4}),
                "tooltip": [nominal("network", title="Network"), quantitative(field, title=title, format=",")],
            },
        }
        for field, title, colour in (("macs", "Multiply-adds", GREEN), ("params", "Parameters", BLUE))
    ]


def contribution_bars(decision: Decision, channels: Sequence[int]) -> Chart:
    """What single channels and the bias add to a logit.

    Args:
        decision: the logit taken apart.
        channels: channels that get a bar of their own.
    """
    rows = [{"part": f"channel {channel}", "adds": float(decision.contributions[channel])} for channel in channels]
    rows.append({"part": "bias", "adds": decision.bias})
    return {
        "data": {"values": rows},
        "height": 70 + 24 * len(rows),
        "mark": {"type": "bar", "height": 16},
        "encoding": {
            "y": nominal("part", title=None, sort=[row["part"] for row in rows], axis={"labelOverlap": False}),
            "x": quantitative("adds", title="Adds to the logit"),
            "color": either("datum.adds > 0", BLUE, RED),
            "tooltip": [nominal("part", title="Part"), quantitative("adds", title="Adds", format="+.4f")],
        },
    }
