"""Charts of the lessons: the activation's curve, costs, times, totals on the way down, growth, contributions.

Those that change with a slider are written as Vega-Lite says it, as dictionaries: Altair takes 20 ms for each, most of
it to check what a test checks once. The others are built once and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.lesson_scenes import ACTIVATION_NAMES
from effnet_viz.draw.palette import BLUE, GREEN, GREY, KIND_COLOURS, ORANGE, PINK, RED
from effnet_viz.draw.vega import Chart

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.lessons.convolution import ConvolutionSteps
    from effnet_viz.lessons.decision import Decision
    from effnet_viz.lessons.descent import Level
    from effnet_viz.lessons.scaling import ScaledNetwork

BINS, REACH = 60, 6.0
WAY_COLOURS = {"standard": KIND_COLOURS["stem_head"], "depthwise": ORANGE, "separable": PINK}
GATING_COLOURS = {"sigmoid": RED, "softmax": BLUE}


def activation_curve(curves: Mapping[str, tuple[ndarray, ndarray]]) -> alt.Chart:
    """An activation's curve.

    Args:
        curves: activation to the `x` and its values there; the first is drawn in full, others dashed.
    """
    rows = [
        {"x": x, "y": y, "activation": ACTIVATION_NAMES[name]}
        for name, (xs, ys) in curves.items()
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
    ]
    own = ACTIVATION_NAMES[next(iter(curves))]
    axis = alt.X("x:Q", title=None, scale=alt.Scale(domain=[-REACH, REACH], nice=False))
    return (
        alt.Chart(pandas.DataFrame(rows))
        .mark_line(strokeWidth=3, clip=True)
        .encode(
            x=axis,
            y=alt.Y("y:Q", title="Output", scale=alt.Scale(domain=[-1, REACH]), axis=alt.Axis(minExtent=44)),
            color=alt.Color(
                "activation:N",
                title=None,
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(
                    domain=[ACTIVATION_NAMES[one] for one in curves], range=[BLUE, GREY, GREEN][: len(curves)]
                ),
            ),
            strokeDash=alt.condition(alt.datum.activation == own, alt.value([1, 0]), alt.value([5, 4])),
        )
        .properties(height=260)
    )


def input_histogram(steps: ConvolutionSteps) -> Chart:
    """How often each input of the activation occurs, on the same axis as its curve."""
    counts, edges = numpy.histogram(steps.normalised.clip(-REACH, REACH), BINS, (-REACH, REACH))
    rows = [
        {"low": low, "high": high, "count": count}
        for low, high, count in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    ]
    return {
        "data": {"values": rows},
        "height": 150,
        "mark": {"type": "bar", "color": BLUE, "opacity": 0.7},
        "encoding": {
            "x": _number("low", "Input: the normalised values", scale={"domain": [-REACH, REACH], "nice": False}),
            "x2": {"field": "high"},
            "y": _number("count", "Cells", axis={"minExtent": 44, "tickCount": 3}),
            "y2": {"datum": 0},
            "tooltip": [_number("low", "From", format=".2f"), _number("count", "Cells")],
        },
    }


def way_bars(values: Mapping[str, float], title: str, unit: str) -> alt.Chart:
    """One bar for each way of convolving, from zero.

    Args:
        values: `standard`, `depthwise` and `separable` to their numbers.
        title: of the axis.
        unit: format of the tooltip, such as `,.0f`.
    """
    frame = pandas.DataFrame([{"way": way, "value": value} for way, value in values.items()])
    return (
        alt.Chart(frame)
        .mark_bar(height=22)
        .encode(
            y=alt.Y("way:N", sort=list(values), title=None, axis=alt.Axis(labelLimit=140)),
            x=alt.X("value:Q", title=title, axis=alt.Axis(format="~s", tickCount=4)),
            color=alt.Color(
                "way:N", legend=None, scale=alt.Scale(domain=list(WAY_COLOURS), range=list(WAY_COLOURS.values()))
            ),
            tooltip=[alt.Tooltip("way:N", title="Convolution"), alt.Tooltip("value:Q", title=title, format=unit)],
        )
        .properties(height=170)
    )


def gatings(gates: Mapping[str, ndarray]) -> alt.Chart:
    """Gates of the same channels by several functions, the channels in the order of the first.

    Args:
        gates: function to its gates, `(C,)`.
    """
    order = numpy.argsort(-next(iter(gates.values())), kind="stable")
    frame = pandas.concat(
        [
            pandas.DataFrame(
                {"rank": numpy.arange(1, order.size + 1), "gate": values[order], "channel": order, "gating": name}
            )
            for name, values in gates.items()
        ]
    )
    return (
        alt.Chart(frame)
        .mark_line(strokeWidth=3)
        .encode(
            x=alt.X("rank:Q", title="Channels, most open first", scale=alt.Scale(domain=[1, order.size], nice=False)),
            y=alt.Y("gate:Q", title="Gate", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(
                "gating:N",
                title=None,
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=list(GATING_COLOURS), range=list(GATING_COLOURS.values())),
            ),
            tooltip=["gating:N", "channel:Q", alt.Tooltip("gate:Q", format=".4f")],
        )
        .properties(height=280)
    )


def middle_cost(costs: Mapping[int, int], middle: int) -> alt.LayerChart:
    """Parameters of an SE module by the width of its middle; the block's own is marked.

    Args:
        costs: width of the middle to parameters.
        middle: the block's own width.
    """
    frame = pandas.DataFrame({"middle": list(costs), "params": list(costs.values())})
    x = alt.X("middle:Q", title="Width of the middle", scale=alt.Scale(nice=False))
    y = alt.Y("params:Q", title="Parameters", axis=alt.Axis(format="~s"))
    tips = [alt.Tooltip("middle:Q", title="Middle"), alt.Tooltip("params:Q", title="Parameters", format=",")]
    line = alt.Chart(frame).mark_line(color=GREY, strokeWidth=2.5).encode(x=x, y=y, tooltip=tips)
    own = (
        alt.Chart(frame[frame.middle == middle])
        .mark_point(color=RED, filled=True, size=160, opacity=1)
        .encode(x=x, y=y, tooltip=tips)
    )
    return alt.layer(line, own).properties(height=280)


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
                "x": {
                    "field": "stage",
                    "type": "ordinal",
                    "title": "Stage",
                    "axis": {"labelAngle": 0, "labelOverlap": False},
                },
                "y": _number(field, None, axis={"format": "~s", "tickCount": 4}),
                "opacity": {"condition": {"test": "datum.reached", "value": 1.0}, "value": 0.25},
                "stroke": {"condition": {"test": "datum.here", "value": RED}, "value": colour},
                "strokeWidth": {"value": 2},
                "tooltip": [{"field": "stage", "type": "ordinal", "title": "Stage"}, _number(field, title, format=",")],
            },
        }
        for field, title, colour in (
            ("values", "Numbers held", GREY),
            ("params", "Parameters so far", BLUE),
            ("macs", "Multiply-adds so far", GREEN),
        )
    ]


def width_times(seconds: Mapping[int, float]) -> alt.Chart:
    """Time of a 1x1 convolution by its number of channels; multiples of 8 and 4 stand out.

    Args:
        seconds: channels to seconds.
    """
    kinds = {0: "multiple of 8", 4: "multiple of 4"}
    frame = pandas.DataFrame(
        [
            {"channels": count, "time": value * 1e6, "kind": kinds.get(count % 8, "other")}
            for count, value in seconds.items()
        ]
    )
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("channels:O", title="Channels in and out", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("time:Q", title="Microseconds"),
            color=alt.Color(
                "kind:N",
                title=None,
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=["multiple of 8", "multiple of 4", "other"], range=[GREEN, ORANGE, GREY]),
            ),
            tooltip=["channels:O", alt.Tooltip("time:Q", title="Microseconds", format=".1f")],
        )
        .properties(height=280)
    )


def growth_bars(ways: Sequence[ScaledNetwork]) -> list[Chart]:
    """Multiply-adds and parameters of networks that grew in different ways."""
    rows = [{"network": one.title, "macs": one.plan.macs, "params": one.plan.params} for one in ways]
    return [
        {
            "data": {"values": rows},
            "height": 240,
            "mark": {"type": "bar", "color": colour, "height": 20},
            "encoding": {
                "y": _name("network", [one.title for one in ways], axis={"labelLimit": 140}),
                "x": _number(field, title, axis={"format": "~s", "tickCount": 4}),
                "tooltip": [_name("network", None, title="Network"), _number(field, title, format=",")],
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
    rows = [{"part": f"channel {one}", "adds": float(decision.contributions[one])} for one in channels]
    rows.append({"part": "bias", "adds": decision.bias})
    return {
        "data": {"values": rows},
        "height": 70 + 24 * len(rows),
        "mark": {"type": "bar", "height": 16},
        "encoding": {
            "y": _name("part", [row["part"] for row in rows], axis={"labelOverlap": False}),
            "x": _number("adds", "Adds to the logit"),
            "color": {"condition": {"test": "datum.adds > 0", "value": BLUE}, "value": RED},
            "tooltip": [_name("part", None, title="Part"), _number("adds", "Adds", format="+.4f")],
        },
    }


def _number(field: str, title: str | None, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, **more}


def _name(field: str, sort: list[str] | None, **more: Any) -> dict[str, Any]:
    return {"field": field, "type": "nominal", "title": None, **({} if sort is None else {"sort": sort}), **more}
