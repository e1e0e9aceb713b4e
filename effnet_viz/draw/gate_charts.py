"""SE gates as charts. The axis of a gate is always 0 to 1, so that two pictures can be compared by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.palette import BLUE, GREY, RED, SKY, mix
from effnet_viz.draw.vega import Chart

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain import SqueezeExcitationTrace
    from effnet_viz.explain.gate_statistics import GateSummary

BINS = 32
# The page fits axes and legends into these heights, in pixels.
HERO_HEIGHT, SHARES_HEIGHT, CURVE_HEIGHT, STRIP_HEIGHT = 170, 190, 330, 54
LINE = mix(BLUE, SKY, 0.5)  # readable on orange, on white and on black
GATE_SCALE = alt.Scale(domain=[0, 1], nice=False)
GATE_TICKS = [0, 0.25, 0.5, 0.75, 1]


def gate_axis(title: str | None = "Gate") -> alt.Axis:
    """The axis of gates, from closed at 0 to open at 1, with the same ticks in every chart."""
    return alt.Axis(title=title, values=GATE_TICKS, format=".2~f")


def gates_along_depth(gates: Mapping[str, ndarray], summaries: Sequence[GateSummary], chosen: str) -> alt.LayerChart:
    """All gates of a network at one glance: for every block how its gates are spread between closed and open.

    Each column is a histogram seen from above: the stronger a cell's colour, the more of the block's channels have
    such a gate. The line joins the medians, the bars reach from the first to the third quarter. A click picks a block
    (selection `picked`, field `block`).

    Args:
        gates: block id to `(C,)`.
        summaries: of the same blocks.
        chosen: id of the block that is marked.
    """
    order = list(gates)
    x = alt.X(
        "block:O",
        title=None,
        scale=alt.Scale(domain=order, paddingInner=0.12),
        axis=alt.Axis(labelAngle=0 if len(order) <= 26 else -90, labelOverlap=False),
    )
    bottom, top = alt.YDatum(0, scale=GATE_SCALE), alt.Y2Datum(1)
    cells, blocks = _histograms(gates), _summary_frame(summaries)
    picked = alt.selection_point(name="picked", fields=["block"], on="click", clear=False)
    tips = [
        alt.Tooltip("block:O", title="Block"),
        alt.Tooltip("channels:Q", title="Channels"),
        alt.Tooltip("median:Q", title="Median gate", format=".3f"),
        alt.Tooltip("closed:Q", title="Gates under 0.1", format=".0%"),
        alt.Tooltip("open:Q", title="Gates over 0.9", format=".0%"),
    ]
    ground = (
        alt.Chart(blocks)
        .mark_rect(opacity=0.001, cursor="pointer")
        .encode(x=x, y=bottom, y2=top, tooltip=tips)
        .add_params(picked)
    )
    marked = alt.Chart(blocks[blocks.block == chosen]).mark_rect(color=LINE, opacity=0.2).encode(x=x, y=bottom, y2=top)
    density = (
        alt.Chart(cells)
        .mark_rect(color=RED)
        .encode(
            x=x,
            y=alt.Y("low:Q", scale=GATE_SCALE, axis=gate_axis("Gate")),
            y2="high:Q",
            opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.06, 1]), legend=None),
        )
    )
    quarters = (
        alt.Chart(blocks)
        .mark_rule(color=LINE, strokeWidth=4)
        .encode(x=x, y=alt.Y("lower:Q", scale=GATE_SCALE), y2="upper:Q")
    )
    line = alt.Chart(blocks).mark_line(color=LINE, strokeWidth=2.5).encode(x=x, y="median:Q")
    medians = (
        alt.Chart(blocks)
        .mark_point(color=LINE, filled=True, size=80, opacity=1, stroke="white", strokeWidth=1.5)
        .encode(x=x, y="median:Q")
    )
    return alt.layer(marked, density, quarters, line, medians, ground).properties(height=HERO_HEIGHT)


def saturated_shares(summaries: Sequence[GateSummary]) -> alt.Chart:
    """Share of each block's gates that are almost closed (down) and almost open (up)."""
    rows = [
        {"block": one.block, "share": sign * value, "size": value, "which": which}
        for one in summaries
        for which, value, sign in (("over 0.9", one.open, 1), ("under 0.1", one.closed, -1))
    ]
    order = [one.block for one in summaries]
    largest = max(row["size"] for row in rows)
    reach = next(step for step in (0.1, 0.25, 0.5, 1.0) if largest <= step)
    return (
        alt.Chart(pandas.DataFrame(rows))
        .mark_bar()
        .encode(
            x=alt.X(
                "block:O",
                title=None,
                scale=alt.Scale(domain=order, paddingInner=0.12),
                axis=alt.Axis(labels=False, ticks=False),
            ),
            y=alt.Y(
                "share:Q",
                title="Share of gates",
                scale=alt.Scale(domain=[-reach, reach], nice=False),
                axis=alt.Axis(values=[-reach, 0, reach], labelExpr="format(abs(datum.value), '.0%')"),
            ),
            color=alt.Color(
                "which:N",
                title="Saturated gates",
                scale=alt.Scale(domain=["over 0.9", "under 0.1"], range=[RED, GREY]),
                legend=alt.Legend(orient="top", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("block:O", title="Block"),
                alt.Tooltip("which:N", title="Gates"),
                alt.Tooltip("size:Q", title="Share", format=".1%"),
            ],
        )
        .properties(height=SHARES_HEIGHT)
    )


def sorted_gates(gates: ndarray, channel: int | None = None) -> alt.LayerChart:
    """One block's gates from the most open to the most closed; one channel can be marked.

    Args:
        gates: `(C,)`.
        channel: the channel to mark.
    """
    order = numpy.argsort(-gates, kind="stable")
    frame = pandas.DataFrame({"rank": numpy.arange(1, gates.size + 1), "gate": gates[order], "channel": order})
    x = alt.X("rank:Q", title="Channels, most open first", scale=alt.Scale(domain=[1, max(2, gates.size)], nice=False))
    y = alt.Y("gate:Q", scale=GATE_SCALE, axis=gate_axis())
    tips = [
        alt.Tooltip("channel:Q", title="Channel"),
        alt.Tooltip("gate:Q", title="Gate", format=".3f"),
        alt.Tooltip("rank:Q", title="Rank"),
    ]
    area = alt.Chart(frame).mark_area(color=RED, opacity=0.22, line={"color": RED, "strokeWidth": 2.5}).encode(x=x, y=y)
    half = alt.Chart(pandas.DataFrame({"gate": [0.5]})).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y=y)
    points = alt.Chart(frame).mark_point(size=60, opacity=0.001, filled=True).encode(x=x, y=y, tooltip=tips)
    layers = [area, half, points]
    if channel is not None:
        one = alt.Chart(frame[frame.channel == channel])
        layers += [
            one.mark_point(color=BLUE, filled=True, size=130, opacity=1, stroke="white", strokeWidth=1.5).encode(
                x=x, y=y, tooltip=tips
            )
        ]
    return alt.layer(*layers).properties(height=CURVE_HEIGHT)


STEPS = (  # field, title, colour scheme: of the trace, in the order in which they are computed
    ("descriptor", "1 Squeeze", "viridis"),
    ("reduced", "2 Reduce", "signed"),
    ("activated", "3 Activation", "signed"),
    ("expanded", "4 Expand", "signed"),
    ("gates", "5 Sigmoid", "gates"),
)


def mechanism_strip(trace: SqueezeExcitationTrace, field: str, colours: list[str]) -> alt.LayerChart:
    """One step of SE as a strip, one stripe a number; channels in the order of their gates.

    Args:
        trace: every number of the SE module.
        field: one of `STEPS`.
        colours: from the lowest to the highest value.
    """
    values = getattr(trace, field)
    by_gate = values.size == trace.gates.size
    order = numpy.argsort(-trace.gates, kind="stable") if by_gate else numpy.arange(values.size)
    frame = pandas.DataFrame(
        {
            "start": numpy.arange(values.size),
            "end": numpy.arange(values.size) + 1,
            "value": values[order],
            "channel": order,
        }
    )
    scheme = next(scheme for name, _, scheme in STEPS if name == field)
    reach = float(numpy.abs(values).max()) or 1.0
    domain = {"viridis": [float(values.min()), float(values.max())], "signed": [-reach, reach], "gates": [0, 1]}[scheme]
    x = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, values.size], nice=False))
    strip = (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=x,
            x2="end:Q",
            color=alt.Color("value:Q", scale=alt.Scale(domain=domain, range=colours, interpolate="rgb"), legend=None),
            tooltip=[
                alt.Tooltip("channel:Q", title="Channel" if by_gate else "Unit"),
                alt.Tooltip("value:Q", title="Value", format=".3f"),
            ],
        )
    )
    return alt.layer(strip).properties(height=STRIP_HEIGHT)


def with_frame(strip: Chart, stripe: int) -> Chart:
    """A strip of the SE mechanism with one of its stripes framed.

    Args:
        strip: its Vega-Lite specification.
        stripe: index from the left.
    """
    encoding = strip["layer"][0]["encoding"]
    frame = {
        "data": {"values": [{"start": stripe, "end": stripe + 1}]},
        "mark": {"type": "rect", "fill": None, "stroke": BLUE, "strokeWidth": 2},
        "encoding": {"x": encoding["x"], "x2": encoding["x2"]},
    }
    return {**strip, "layer": [*strip["layer"], frame]}


def gates_against_evidence(gates: ndarray, weights: ndarray, channel: int | None = None) -> alt.LayerChart:
    """Each channel's gate beside its Grad-CAM weight for a class.

    Args:
        gates: `(C,)`.
        weights: `(C,)`.
        channel: the channel to mark.
    """
    reach = float(numpy.abs(weights).max()) or 1.0
    frame = pandas.DataFrame({"gate": gates, "weight": weights / reach, "channel": numpy.arange(gates.size)})
    x = alt.X("gate:Q", scale=GATE_SCALE, axis=gate_axis())
    y = alt.Y("weight:Q", scale=alt.Scale(domain=[-1, 1]), title="Grad-CAM weight, largest = 1")
    tips = [
        alt.Tooltip("channel:Q", title="Channel"),
        alt.Tooltip("gate:Q", title="Gate", format=".3f"),
        alt.Tooltip("weight:Q", title="Weight", format=".3f"),
    ]
    zero = alt.Chart(pandas.DataFrame({"weight": [0]})).mark_rule(color=GREY).encode(y=y)
    dots = alt.Chart(frame).mark_circle(color=RED, size=45, opacity=0.55).encode(x=x, y=y, tooltip=tips)
    layers = [zero, dots]
    if channel is not None:
        layers.append(
            alt.Chart(frame[frame.channel == channel])
            .mark_circle(color=BLUE, size=150, opacity=1, stroke="white", strokeWidth=1.5)
            .encode(x=x, y=y, tooltip=tips)
        )
    return alt.layer(*layers).properties(height=CURVE_HEIGHT)


def _histograms(gates: Mapping[str, ndarray]) -> pandas.DataFrame:
    """Rows block, low, high, share: how full each bin is, as a share of the block's fullest."""
    rows = []
    edges = numpy.linspace(0, 1, BINS + 1)
    for block, values in gates.items():
        counts, _ = numpy.histogram(values, edges)
        rows += [
            {"block": block, "low": edges[place], "high": edges[place + 1], "share": count / counts.max()}
            for place, count in enumerate(counts)
            if count
        ]
    return pandas.DataFrame(rows)


def _summary_frame(summaries: Sequence[GateSummary]) -> pandas.DataFrame:
    # The quantiles are those of `gate_statistics.QUANTILES`: 0, 10, 25, 50, 75, 90 and 100%.
    return pandas.DataFrame(
        [
            {
                "block": one.block,
                "channels": one.channels,
                "lower": one.quantiles[2],
                "median": one.quantiles[3],
                "upper": one.quantiles[4],
                "closed": one.closed,
                "open": one.open,
            }
            for one in summaries
        ]
    )
