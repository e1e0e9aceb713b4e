"""Charts of the lessons: the activation's curve, costs, times, totals on the way down, growth, contributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.lesson_scenes import ACTIVATION_NAMES
from effnet_viz.draw.palette import BLUE, GREEN, GREY, KIND_COLOURS, ORANGE, PINK, RED

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.lessons.convolution import ConvolutionSteps
    from effnet_viz.lessons.decision import Decision
    from effnet_viz.lessons.descent import Level
    from effnet_viz.lessons.growth import Grown

BINS, REACH = 60, 6.0
WAY_COLOURS = {"standard": KIND_COLOURS["stem_head"], "depthwise": ORANGE, "separable": PINK}
GATING_COLOURS = {"sigmoid": RED, "softmax": BLUE}


def activation_curve(curves: Mapping[str, tuple[ndarray, ndarray]]) -> alt.Chart:
    """An activation's curve.

    Args:
        curves: activation to the `x` and its values there; the first is drawn in full, others dashed.
    """
    rows = [{"x": x, "y": y, "activation": ACTIVATION_NAMES[name]} for name, (xs, ys) in curves.items()
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
    own = ACTIVATION_NAMES[next(iter(curves))]
    axis = alt.X("x:Q", title=None, scale=alt.Scale(domain=[-REACH, REACH], nice=False))
    return alt.Chart(pandas.DataFrame(rows)).mark_line(strokeWidth=3, clip=True).encode(
        x=axis, y=alt.Y("y:Q", title="Output", scale=alt.Scale(domain=[-1, REACH]), axis=alt.Axis(minExtent=44)),
        color=alt.Color("activation:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=[ACTIVATION_NAMES[one] for one in curves],
                                        range=[BLUE, GREY, GREEN][:len(curves)])),
        strokeDash=alt.condition(alt.datum.activation == own, alt.value([1, 0]), alt.value([5, 4])),
    ).properties(height=260)


def input_histogram(steps: ConvolutionSteps) -> alt.Chart:
    """How often each input of the activation occurs, on the same axis as its curve."""
    counts, edges = numpy.histogram(steps.normalised.clip(-REACH, REACH), BINS, (-REACH, REACH))
    return alt.Chart(pandas.DataFrame({"low": edges[:-1], "high": edges[1:], "count": counts})).mark_bar(
        color=BLUE, opacity=0.7).encode(
        x=alt.X("low:Q", title="Input: the normalised values", scale=alt.Scale(domain=[-REACH, REACH], nice=False)),
        x2="high:Q", y=alt.Y("count:Q", title="Cells", axis=alt.Axis(minExtent=44, tickCount=3)), y2=alt.datum(0),
        tooltip=[alt.Tooltip("low:Q", title="From", format=".2f"), alt.Tooltip("count:Q", title="Cells")],
    ).properties(height=150)


def way_bars(values: Mapping[str, float], title: str, unit: str) -> alt.Chart:
    """One bar for each way of convolving, from zero.

    Args:
        values: `standard`, `depthwise` and `separable` to their numbers.
        title: of the axis.
        unit: format of the tooltip, such as `,.0f`.
    """
    frame = pandas.DataFrame([{"way": way, "value": value} for way, value in values.items()])
    return alt.Chart(frame).mark_bar(height=22).encode(
        y=alt.Y("way:N", sort=list(values), title=None, axis=alt.Axis(labelLimit=140)),
        x=alt.X("value:Q", title=title, axis=alt.Axis(format="~s", tickCount=4)),
        color=alt.Color("way:N", legend=None, scale=alt.Scale(domain=list(WAY_COLOURS),
                                                              range=list(WAY_COLOURS.values()))),
        tooltip=[alt.Tooltip("way:N", title="Convolution"), alt.Tooltip("value:Q", title=title, format=unit)],
    ).properties(height=170)


def gatings(gates: Mapping[str, ndarray]) -> alt.Chart:
    """Gates of the same channels by several functions, the channels in the order of the first.

    Args:
        gates: function to its gates, `(C,)`.
    """
    order = numpy.argsort(-next(iter(gates.values())), kind="stable")
    frame = pandas.concat([pandas.DataFrame({"rank": numpy.arange(1, order.size + 1), "gate": values[order],
                                             "channel": order, "gating": name}) for name, values in gates.items()])
    return alt.Chart(frame).mark_line(strokeWidth=3).encode(
        x=alt.X("rank:Q", title="Channels, most open first", scale=alt.Scale(domain=[1, order.size], nice=False)),
        y=alt.Y("gate:Q", title="Gate", scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("gating:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=list(GATING_COLOURS), range=list(GATING_COLOURS.values()))),
        tooltip=["gating:N", "channel:Q", alt.Tooltip("gate:Q", format=".4f")]).properties(height=280)


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
    own = alt.Chart(frame[frame.middle == middle]).mark_point(color=RED, filled=True, size=160, opacity=1).encode(
        x=x, y=y, tooltip=tips)
    return alt.layer(line, own).properties(height=280)


def running_totals(levels: Sequence[Level], chosen: int) -> list[alt.Chart]:
    """Numbers of the picture, parameters so far and multiply-adds so far, stage by stage.

    Args:
        levels: the way down.
        chosen: index of the stage that is marked.
    """
    frame = pandas.DataFrame([{"stage": level.stage.number, "values": level.values, "params": level.params,
                               "macs": level.macs, "here": index == chosen, "reached": index <= chosen}
                              for index, level in enumerate(levels)])
    charts = []
    for field, title, colour in (("values", "Numbers held", GREY), ("params", "Parameters so far", BLUE),
                                 ("macs", "Multiply-adds so far", GREEN)):
        charts.append(alt.Chart(frame).mark_bar(color=colour).encode(
            x=alt.X("stage:O", title="Stage", axis=alt.Axis(labelAngle=0, labelOverlap=False)),
            y=alt.Y(f"{field}:Q", title=None, axis=alt.Axis(format="~s", tickCount=4)),
            opacity=alt.condition(alt.datum.reached, alt.value(1.0), alt.value(0.25)),
            stroke=alt.condition(alt.datum.here, alt.value(RED), alt.value(colour)), strokeWidth=alt.value(2),
            tooltip=[alt.Tooltip("stage:O", title="Stage"), alt.Tooltip(f"{field}:Q", title=title, format=",")],
        ).properties(height=230))
    return charts


def width_times(seconds: Mapping[int, float]) -> alt.Chart:
    """Time of a 1x1 convolution by its number of channels; multiples of 8 and 4 stand out.

    Args:
        seconds: channels to seconds.
    """
    kinds = {0: "multiple of 8", 4: "multiple of 4"}
    frame = pandas.DataFrame([{"channels": count, "time": value * 1e6, "kind": kinds.get(count % 8, "other")}
                              for count, value in seconds.items()])
    return alt.Chart(frame).mark_bar().encode(
        x=alt.X("channels:O", title="Channels in and out", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("time:Q", title="Microseconds"),
        color=alt.Color("kind:N", title=None, legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=["multiple of 8", "multiple of 4", "other"],
                                        range=[GREEN, ORANGE, GREY])),
        tooltip=["channels:O", alt.Tooltip("time:Q", title="Microseconds", format=".1f")]).properties(height=280)


def growth_bars(ways: Sequence[Grown]) -> list[alt.Chart]:
    """Multiply-adds and parameters of networks that grew in different ways."""
    frame = pandas.DataFrame([{"network": one.title, "macs": one.plan.macs, "params": one.plan.params} for one in ways])
    order = [one.title for one in ways]
    return [alt.Chart(frame).mark_bar(color=colour, height=20).encode(
        y=alt.Y("network:N", sort=order, title=None, axis=alt.Axis(labelLimit=140)),
        x=alt.X(f"{field}:Q", title=title, axis=alt.Axis(format="~s", tickCount=4)),
        tooltip=["network:N", alt.Tooltip(f"{field}:Q", title=title, format=",")]).properties(height=240)
        for field, title, colour in (("macs", "Multiply-adds", GREEN), ("params", "Parameters", BLUE))]


def contribution_bars(decision: Decision, channels: Sequence[int]) -> alt.Chart:
    """What single channels and the bias add to a logit.

    Args:
        decision: the logit taken apart.
        channels: channels that get a bar of their own.
    """
    parts = decision.contributions
    rows = [{"part": f"channel {one}", "adds": float(parts[one])} for one in channels]
    rows.append({"part": "bias", "adds": decision.bias})
    return alt.Chart(pandas.DataFrame(rows)).mark_bar(height=16).encode(
        y=alt.Y("part:N", sort=[row["part"] for row in rows], title=None, axis=alt.Axis(labelOverlap=False)),
        x=alt.X("adds:Q", title="Adds to the logit"),
        color=alt.condition(alt.datum.adds > 0, alt.value(BLUE), alt.value(RED)),
        tooltip=[alt.Tooltip("part:N", title="Part"), alt.Tooltip("adds:Q", title="Adds", format="+.4f")],
    ).properties(height=70 + 24 * len(rows))


def specification(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """A chart as Vega-Lite, its data in place.

    Building and checking a chart takes some 20 ms, so the lessons keep what comes of it. Altair hands tables to a
    converter that is common to all threads, and Streamlit exchanges that one now and then; lists it leaves alone.
    """
    chart = chart.copy()
    for part in (chart, *getattr(chart, "layer", ())):
        if isinstance(part.data, pandas.DataFrame):
            part.data = alt.InlineData(values=part.data.to_dict("records"))
    spec = chart.to_dict()
    spec.pop("config", None)  # sizes of Altair's own theme
    return spec


def with_frame(strip: dict[str, Any], stripe: int) -> dict[str, Any]:
    """A strip of the SE mechanism with one of its stripes framed.

    Args:
        strip: its Vega-Lite specification.
        stripe: index from the left.
    """
    encoding = strip["layer"][0]["encoding"]
    frame = {"data": {"values": [{"start": stripe, "end": stripe + 1}]},
             "mark": {"type": "rect", "fill": None, "stroke": BLUE, "strokeWidth": 2},
             "encoding": {"x": encoding["x"], "x2": encoding["x2"]}}
    return {**strip, "layer": [*strip["layer"], frame]}
