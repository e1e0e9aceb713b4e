"""Photos against each other, and answers before and after surgery, as charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy import ndarray

from effnet_viz.draw.gate_charts import block_axis, gate_axis
from effnet_viz.draw.numbers import percent, points
from effnet_viz.draw.palette import BLUE, GREEN, ORANGE, PINK, RED, SKY
from effnet_viz.draw.vega import ABOVE, Chart, Piece, coloured, either, line_at, nominal, ordinal, quantitative

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain.gate_statistics import BlockAgreement, GroupContrast
    from effnet_viz.explain.surgery import KnockOut

SERIES = (BLUE, RED, GREEN, ORANGE, PINK, SKY, "#8B5A2B")  # a brown: nobody takes it for another of these
HEIGHT = 320  # pixels, axes and legend included
DOTTED_LINES = {"type": "line", "point": {"size": 45}}


def _colours(names: Sequence[str], *, legend: bool) -> Piece:
    """The colours of `SERIES` in their order."""
    shown = {**ABOVE, "labelLimit": 220} if legend else None
    return coloured("name", dict(zip(names, SERIES, strict=False)), sort=list(names), legend=shown)


def _along_depth(rows: list[dict[str, Any]], names: Sequence[str], y: Piece, tips: list[Piece], legend: bool) -> Chart:
    """A line for each name, with one point for each block; rows have `name`, `block` and what `y` draws."""
    blocks = list(dict.fromkeys(row["block"] for row in rows))
    line = {
        "mark": DOTTED_LINES,
        "encoding": {
            "x": block_axis(blocks, level=20, title="Block"),
            "y": y,
            "color": _colours(names, legend=legend),
            "tooltip": tips,
        },
    }
    # As a layer, because Streamlit leaves empty room above the legend of a chart of one mark.
    return {"data": {"values": rows}, "height": HEIGHT, "layer": [line]}


def mean_gate_profiles(photos: Mapping[str, Mapping[str, ndarray]]) -> Chart:
    """The mean gate of each block, one line a photo, in the order of `SERIES`; the page names the colours.

    Args:
        photos: the photo's name to its gates.
    """
    rows = [
        {"name": name, "block": block, "gate": float(values.mean())}
        for name, gates in photos.items()
        for block, values in gates.items()
    ]
    tips = [
        nominal("name", title="Photo"),
        ordinal("block", title="Block"),
        quantitative("gate", title="Mean gate", format=".3f"),
    ]
    return _along_depth(rows, list(photos), gate_axis("gate", "Mean gate"), tips, legend=False)


def agreement_along_depth(agreements: Sequence[BlockAgreement]) -> Chart:
    """How alike the photos' gates are, block by block: correlation, and the mean difference of a gate."""
    rows = [
        {"name": name, "block": block.block, "value": value}
        for block in agreements
        for name, value in (("correlation", block.correlation), ("mean difference", block.difference))
    ]
    low = min(0.0, *(row["value"] for row in rows))
    tips = [
        ordinal("block", title="Block"),
        nominal("name", title="Measure"),
        quantitative("value", title="Value", format=".3f"),
    ]
    y = quantitative("value", title="Between photos", scale={"domain": [low, 1]})
    return _along_depth(rows, ["correlation", "mean difference"], y, tips, legend=True)


def contrast_along_depth(contrasts: Sequence[GroupContrast]) -> Chart:
    """Spread of the group means against the spread within groups, block by block."""
    rows = [
        {"name": name, "block": block.block, "value": value}
        for block in contrasts
        for name, value in (("between groups", block.between), ("within a group", block.within))
    ]
    tips = [
        ordinal("block", title="Block"),
        nominal("name", title="Spread"),
        quantitative("value", title="Standard deviation", format=".4f"),
    ]
    y = quantitative("value", title="Standard deviation of a gate")
    return _along_depth(rows, ["between groups", "within a group"], y, tips, legend=True)


def answers_before_and_after(rows: Sequence[tuple[str, float, float]]) -> Chart:
    """Probabilities before and after surgery, two bars a class, on the fixed scale 0 to 1.

    Args:
        rows: class, probability before, probability after surgery; in the order in which they are drawn.
    """
    colours = {"before": BLUE, "after surgery": RED}
    bars = [
        {"label": label, "name": name, "probability": value, "text": percent(value)}
        for label, *values in rows
        for name, value in zip(colours, values, strict=True)
    ]
    labels = {"labelLimit": 260, "labelFontSize": 14}
    return {
        "data": {"values": bars},
        "height": {"step": 17},
        "mark": {"type": "bar"},
        "encoding": {
            "y": nominal("label", sort=[label for label, _, _ in rows], title=None, axis=labels),
            "yOffset": nominal("name", sort=list(colours)),
            "x": quantitative("probability", scale={"domain": [0, 1]}, title="Probability", axis={"format": "%"}),
            "color": coloured("name", colours, sort=list(colours)),
            "tooltip": [
                nominal("label", title="Class"),
                nominal("name", title="Gates"),
                nominal("text", title="Probability"),
            ],
        },
    }


def knock_out_chart(results: Sequence[KnockOut], order: Sequence[str], measure: str) -> Chart:
    """What disabling each block's SE does to one class.

    Args:
        results: results so far.
        order: ids of all blocks that will be there, so that the axis stands still while they come.
        measure: `logit` or `probability`.
    """
    rows = [
        {
            "block": result.block,
            "change": result.logit_change if measure == "logit" else 100 * result.probability_change,
            "logit": result.logit_change,
            "probability": points(result.probability_change),
        }
        for result in results
    ]
    reach = max((abs(row["change"]) for row in rows), default=1.0) or 1.0
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": block_axis(order, title="Block whose SE is disabled"),
            "y": quantitative(
                "change",
                title=f"Change of the {measure}" + (", points" if measure == "probability" else ""),
                axis={"format": "+.2~f"},
                scale={"domain": [-reach, reach], "nice": False},
            ),
            "color": either("datum.change < 0", RED, BLUE),
            "tooltip": [
                ordinal("block", title="Block"),
                quantitative("logit", title="Logit", format="+.3f"),
                nominal("probability", title="Probability"),
            ],
        },
    }
    return {"data": {"values": rows}, "height": HEIGHT, "layer": [line_at("y", 0), bars]}
