"""Photos against each other, and answers before and after surgery, as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt
import numpy
import pandas
from numpy import ndarray

from effnet_viz.draw.gate_charts import GATE_SCALE, gate_axis
from effnet_viz.draw.palette import BLUE, GREEN, GREY, ORANGE, PINK, RED, SKY

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain.gate_statistics import BlockAgreement, GroupContrast, GroupProfile
    from effnet_viz.explain.surgery import KnockOut

SERIES = (BLUE, RED, GREEN, ORANGE, PINK, SKY, GREY, "#6A51A3")
HEIGHT = 320  # pixels, axes and legend included
SAMPLED_CHANNELS = 50  # as in the SENet paper's figure 6


def _blocks(order: Sequence[str]) -> alt.X:
    return alt.X(
        "block:O",
        sort=list(order),
        title="Block",
        axis=alt.Axis(labelAngle=0 if len(order) <= 20 else -90, labelOverlap=False),
    )


def _colours(names: Sequence[str], *, legend: bool = True) -> alt.Color:
    shown = alt.Legend(orient="top", direction="horizontal", labelLimit=220) if legend else None
    return alt.Color(
        "name:N",
        sort=list(names),
        title=None,
        legend=shown,
        scale=alt.Scale(domain=list(names), range=list(SERIES[: len(names)])),
    )


def mean_gate_profiles(photos: Mapping[str, Mapping[str, ndarray]]) -> alt.Chart:
    """The mean gate of each block, one line a photo, in the order of `SERIES`; the page names the colours.

    Args:
        photos: the photo's name to its gates.
    """
    rows = [
        {"name": name, "block": block, "gate": float(values.mean())}
        for name, gates in photos.items()
        for block, values in gates.items()
    ]
    order = list(next(iter(photos.values())))
    return (
        alt.Chart(pandas.DataFrame(rows))
        .mark_line(point=alt.OverlayMarkDef(size=45))
        .encode(
            x=_blocks(order),
            y=alt.Y("gate:Q", scale=GATE_SCALE, axis=gate_axis("Mean gate")),
            color=_colours(list(photos), legend=False),
            tooltip=[
                alt.Tooltip("name:N", title="Photo"),
                alt.Tooltip("block:O", title="Block"),
                alt.Tooltip("gate:Q", title="Mean gate", format=".3f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def agreement_along_depth(found: Sequence[BlockAgreement]) -> alt.LayerChart:
    """How alike the photos' gates are, block by block: correlation, and the mean difference of a gate."""
    rows = [
        {"name": name, "block": one.block, "value": value}
        for one in found
        for name, value in (("correlation", one.correlation), ("mean difference", one.difference))
    ]
    frame = pandas.DataFrame(rows)
    low = min(0.0, float(frame.value.min()))
    chart = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=45))
        .encode(
            x=_blocks([one.block for one in found]),
            y=alt.Y("value:Q", title="Between photos", scale=alt.Scale(domain=[low, 1])),
            color=_colours(["correlation", "mean difference"]),
            tooltip=[
                alt.Tooltip("block:O", title="Block"),
                alt.Tooltip("name:N", title="Measure"),
                alt.Tooltip("value:Q", title="Value", format=".3f"),
            ],
        )
    )
    return alt.layer(chart).properties(height=HEIGHT)


def channel_profiles(photos: Mapping[str, ndarray]) -> alt.Chart:
    """One block's gates for each photo, at 50 channels sampled evenly, in the manner of the SENet paper's figure 6.

    Args:
        photos: the photo's name to `(C,)`.
    """
    rows = []
    for name, values in photos.items():
        rows += [
            {"name": name, "channel": int(channel), "gate": float(values[channel])} for channel in _sampled(values.size)
        ]
    return (
        alt.Chart(pandas.DataFrame(rows))
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("channel:Q", title="Channel", scale=alt.Scale(nice=False)),
            y=alt.Y("gate:Q", scale=GATE_SCALE, axis=gate_axis()),
            color=_colours(list(photos), legend=False),
            tooltip=[
                alt.Tooltip("name:N", title="Photo"),
                alt.Tooltip("channel:Q", title="Channel"),
                alt.Tooltip("gate:Q", title="Gate", format=".3f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def group_channels(profiles: Sequence[GroupProfile], everything: ndarray) -> alt.LayerChart:
    """One block's gates for each group: mean, spread within the group, and the mean over everything in grey.

    Groups have the colours of `SERIES`, in order; the page names them.

    Args:
        profiles: the block's gates in each group, in the order of the colours.
        everything: mean of each gate over all photos, `(C,)`.
    """
    names = [one.group for one in profiles]
    rows = []
    for name, one in zip(names, profiles, strict=True):
        rows += [
            {
                "name": name,
                "channel": int(channel),
                "gate": float(one.mean[channel]),
                "low": max(0.0, float(one.mean[channel] - one.spread[channel])),
                "high": min(1.0, float(one.mean[channel] + one.spread[channel])),
            }
            for channel in _sampled(one.mean.size)
        ]
    x = alt.X("channel:Q", title="Channel", scale=alt.Scale(nice=False))
    y = alt.Y("gate:Q", scale=GATE_SCALE, axis=gate_axis())
    frame = pandas.DataFrame(rows)
    overall = pandas.DataFrame(
        [{"channel": int(channel), "gate": float(everything[channel])} for channel in _sampled(everything.size)]
    )
    bands = (
        alt.Chart(frame)
        .mark_area(opacity=0.16)
        .encode(
            x=x, y=alt.Y("low:Q", scale=GATE_SCALE, axis=gate_axis()), y2="high:Q", color=_colours(names, legend=False)
        )
    )
    lines = (
        alt.Chart(frame)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=x,
            y=y,
            color=_colours(names, legend=False),
            tooltip=[
                alt.Tooltip("name:N", title="Group"),
                alt.Tooltip("channel:Q", title="Channel"),
                alt.Tooltip("gate:Q", title="Mean gate", format=".3f"),
            ],
        )
    )
    mean = alt.Chart(overall).mark_line(color=GREY, strokeDash=[5, 4], strokeWidth=2).encode(x=x, y=y)
    return alt.layer(bands, mean, lines).properties(height=HEIGHT)


def contrast_along_depth(found: Sequence[GroupContrast]) -> alt.Chart:
    """Spread of the group means against the spread within groups, block by block."""
    rows = [
        {"name": name, "block": one.block, "value": value}
        for one in found
        for name, value in (("between groups", one.between), ("within a group", one.within))
    ]
    return (
        alt.Chart(pandas.DataFrame(rows))
        .mark_line(point=alt.OverlayMarkDef(size=45))
        .encode(
            x=_blocks([one.block for one in found]),
            y=alt.Y("value:Q", title="Standard deviation of a gate"),
            color=_colours(["between groups", "within a group"]),
            tooltip=[
                alt.Tooltip("block:O", title="Block"),
                alt.Tooltip("name:N", title="Spread"),
                alt.Tooltip("value:Q", title="Standard deviation", format=".4f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def answers(rows: Sequence[tuple[str, float, float]]) -> alt.Chart:
    """Probabilities before and after surgery, two bars a class, on the fixed scale 0 to 1.

    Args:
        rows: class, probability as trained, probability after surgery; in the order in which they are drawn.
    """
    frame = pandas.DataFrame(
        [
            {"label": label, "name": name, "probability": value, "text": f"{value:.1%}"}
            for label, before, after in rows
            for name, value in (("as trained", before), ("after surgery", after))
        ]
    )
    names = ["as trained", "after surgery"]
    y = alt.Y(
        "label:N", sort=[label for label, _, _ in rows], title=None, axis=alt.Axis(labelLimit=260, labelFontSize=14)
    )
    offset = alt.YOffset("name:N", sort=names)
    x = alt.X("probability:Q", scale=alt.Scale(domain=[0, 1]), title="Probability", axis=alt.Axis(format="%"))
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y=y,
            yOffset=offset,
            x=x,
            color=alt.Color(
                "name:N",
                sort=names,
                title=None,
                scale=alt.Scale(domain=names, range=[BLUE, RED]),
                legend=alt.Legend(orient="top", direction="horizontal"),
            ),
            tooltip=[
                alt.Tooltip("label:N", title="Class"),
                alt.Tooltip("name:N", title="Gates"),
                alt.Tooltip("text:N", title="Probability"),
            ],
        )
    )
    return bars.properties(height=alt.Step(17))


def knock_out_chart(found: Sequence[KnockOut], order: Sequence[str], measure: str) -> alt.LayerChart:
    """What disabling each block's SE does to one class.

    Args:
        found: results so far.
        order: ids of all blocks that will be there, so that the axis stands still while they come.
        measure: `logit` or `probability`.
    """
    rows = [
        {
            "block": one.block,
            "change": one.logit_change if measure == "logit" else one.probability_change,
            "logit": one.logit_change,
            "probability": one.probability_change,
        }
        for one in found
    ]
    frame = pandas.DataFrame(rows, columns=["block", "change", "logit", "probability"])
    reach = float(frame.change.abs().max()) if len(frame) else 1.0
    axis = alt.Axis(format="+.0%") if measure == "probability" else alt.Axis(format="+.2~f")
    x = alt.X(
        "block:O",
        title="Block whose SE is disabled",
        scale=alt.Scale(domain=list(order)),
        axis=alt.Axis(labelAngle=0 if len(order) <= 26 else -90, labelOverlap=False),
    )
    y = alt.Y(
        "change:Q", title=f"Change of the {measure}", axis=axis, scale=alt.Scale(domain=[-reach or -1, reach or 1])
    )
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=x,
            y=y,
            color=alt.condition("datum.change < 0", alt.value(RED), alt.value(BLUE)),
            tooltip=[
                alt.Tooltip("block:O", title="Block"),
                alt.Tooltip("logit:Q", title="Logit", format="+.3f"),
                alt.Tooltip("probability:Q", title="Probability", format="+.1%"),
            ],
        )
    )
    zero = alt.Chart(pandas.DataFrame({"change": [0]})).mark_rule(color=GREY).encode(y=y)
    return alt.layer(zero, bars).properties(height=HEIGHT)


def _sampled(channels: int) -> ndarray:
    """Up to `SAMPLED_CHANNELS` channels, evenly spaced, first and last included."""
    return numpy.unique(numpy.linspace(0, channels - 1, min(channels, SAMPLED_CHANNELS)).round().astype(int))
