"""Charts of what a network costs: bars in the order of its blocks, the two roofs of a machine, and errors by depth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from effnet_viz.architecture import Plan
from effnet_viz.draw.numbers import percent, si
from effnet_viz.draw.palette import COMPARED, KIND_COLOURS, KIND_LABELS, LABEL
from effnet_viz.draw.vega import Chart, in_words, nominal, quantitative, said

REST = "rest"  # time of a block that is in none of its steps
KINDS = ("stem_head", "fused_mbconv", "pointwise", "depthwise", "se", "classifier", REST)  # from the ground up
WORDS = {**KIND_LABELS, "classifier": "Pooling and classifier", REST: "Adding skips, moving data"}
COLOURS = {**KIND_COLOURS, REST: "#CFCFCF"}

BAR_HEIGHT, ROOF_HEIGHT, ERROR_HEIGHT = 170, 440, 300  # in pixels, words of the axes included
LEGEND_HEIGHT, NETWORKS_HEIGHT = 110, 100  # of the kinds above, and of two titles below, with the page's margins
# Two columns would be cut on a phone.
LEGEND = {"orient": "top", "title": None, "labelLimit": 260, "columns": {"expr": "width < 380 ? 1 : 2"}}
LINE_HEIGHT = 40  # of a name in the roofline, in pixels, with room for the words around the plot and large words
NAME_WIDTH = 0.28  # of the roofline's plot that a name takes on a phone, to the right of its dot; most of it
AXIS = 62  # pixels left of the bars, the same in all charts, so that a block's bars stand above each other

Row = Mapping[str, Any]


def counted_rows(plan: Plan, quantity: str, batch: int) -> list[dict[str, Any]]:
    """What is known of every step without running it, for `block_bars`.

    Args:
        plan: the network.
        quantity: `macs` or `bytes`.
        batch: photos at once.
    """
    return [
        {
            "block": block.id,
            "step": layer.id,
            "kind": layer.kind,
            "value": batch * layer.macs if quantity == "macs" else layer.bytes_moved(batch),
        }
        for block in plan.blocks
        for layer in block.layers
    ]


def timed_rows(blocks: Iterable[Row], steps: Iterable[Row]) -> list[dict[str, Any]]:
    """Milliseconds of every step, and what is left of its block's, for `block_bars`.

    Args:
        blocks: rows of a profile's blocks.
        steps: rows of its steps, in the same order.
    """
    left = {block["id"]: block["milliseconds"] for block in blocks}
    rows = []
    for step in steps:
        block = next((name for name in left if f"{step['id']}.".startswith(f"{name}.")), "classifier")
        taken = min(step["milliseconds"], left[block])  # medians of parts can sum to more than that of the whole
        left[block] -= taken
        rows.append({"block": block, "step": step["id"], "kind": step["kind"], "value": taken})
    return rows + [{"block": name, "step": name, "kind": REST, "value": value} for name, value in left.items()]


def block_bars(rows: Sequence[Row], blocks: Sequence[str], title: str, *, legend: bool, unit: str = "s") -> Chart:
    """One bar a block, put together from its steps in the colours of their kinds.

    Args:
        rows: `block`, `step`, `kind` and `value` of every step.
        blocks: ids from left to right; a network need not have all of them.
        title: of the vertical axis.
        legend: whether the colours are named above.
        unit: d3's format of the values.
    """
    whole = sum(row["value"] for row in rows) or 1
    kinds = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
    values = [
        {**row, "kind": WORDS[row["kind"]], "order": KINDS.index(row["kind"]), "share": row["value"] / whole}
        for row in rows
    ]
    return {
        "data": {"values": in_words(values, percent, "share")},
        "height": BAR_HEIGHT + (LEGEND_HEIGHT if legend else 0),
        "mark": {"type": "bar"},
        "encoding": {
            "x": nominal(
                "block", title=None, scale={"domain": list(blocks)}, axis={"labelAngle": 0, "labelOverlap": "greedy"}
            ),
            "y": quantitative(
                "value", title=title, axis={"format": unit, "tickCount": 4, "minExtent": AXIS, "maxExtent": AXIS}
            ),
            "color": nominal(
                "kind",
                scale={"domain": [WORDS[kind] for kind in kinds], "range": [COLOURS[kind] for kind in kinds]},
                legend=LEGEND if legend else None,
            ),
            "order": quantitative("order"),
            "tooltip": [
                nominal("step", title="Step"),
                nominal("kind", title="Kind"),
                quantitative("value", title=title, format=f".3{unit[-1]}"),
                said("share", title="Of the network"),
            ],
        },
    }


def roofline(steps: Mapping[str, Sequence[Row]], macs_per_second: float, bytes_per_second: float) -> Chart:
    """Every step of one or two networks under the two roofs of the machine, on logarithmic axes.

    Args:
        steps: title of a network to the rows of its steps.
        macs_per_second: the flat roof.
        bytes_per_second: slope of the other one.

    Source: Roofline, Williams et al. 2009 (doi 10.1145/1498765.1498785).
    """
    points = [
        {
            "network": title,
            "step": step["id"],
            "kind": WORDS[step["kind"]],
            "intensity": step["macs_per_byte"],
            "speed": step["macs_per_second"],
            "milliseconds": step["milliseconds"],
        }
        for title, rows in steps.items()
        for step in rows
        if step["macs_per_second"] > 0
    ]
    kinds = [kind for kind in KINDS if any(point["kind"] == WORDS[kind] for point in points)]
    balance = macs_per_second / bytes_per_second
    low = min([balance / 10, *(point["intensity"] for point in points)]) / 1.5
    high = max([balance * 10, *(point["intensity"] for point in points)]) * 1.5
    slowest = min([low * bytes_per_second, *(point["speed"] for point in points)])
    fastest = max([macs_per_second, *(point["speed"] for point in points)])
    grey = [point for point in points if point["kind"] == WORDS["classifier"]]
    gap = (fastest / slowest) ** (LINE_HEIGHT / ROOF_HEIGHT)
    names_of_dots = _names_under_dots(grey, points, (high / low) ** NAME_WIDTH, gap)
    bottom = min([slowest, *(name["speed"] / gap for name in names_of_dots)]) / 1.5
    x = quantitative(
        "intensity",
        title="Multiply-adds for every byte that is moved",
        scale={"type": "log", "domain": [low, high], "nice": False},
        axis={"format": "~g", "tickCount": 5},
    )
    y = quantitative(
        "speed",
        title="Multiply-adds a second",
        scale={"type": "log", "domain": [bottom, fastest * 2.2], "nice": False},
        axis={"format": "~s", "tickCount": 5, "minExtent": AXIS, "maxExtent": AXIS},
    )
    roofs = [
        {"intensity": low, "speed": low * bytes_per_second},
        {"intensity": balance, "speed": macs_per_second},
        {"intensity": high, "speed": macs_per_second},
    ]
    beside_slope = low * (balance / low) ** 0.8  # high up, where there is room to the left also on a phone
    names = [
        {"intensity": high, "speed": macs_per_second, "words": f"arithmetic: {si(macs_per_second)}/s"},
        {
            "intensity": beside_slope,
            "speed": beside_slope * bytes_per_second,
            "words": f"memory: {si(bytes_per_second, 'B')}/s",
        },
    ]
    text = {"type": "text", "color": LABEL, "fontSize": 12}
    return {
        "height": ROOF_HEIGHT + (NETWORKS_HEIGHT if len(steps) > 1 else 0),
        "layer": [
            {
                "data": {"values": roofs},
                "mark": {"type": "line", "color": LABEL, "strokeWidth": 2},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": names[:1]},
                "mark": {**text, "align": "right", "dy": -9},
                "encoding": {"x": x, "y": y, "text": {"field": "words"}},
            },
            {
                "data": {"values": names[1:]},
                "mark": {**text, "align": "right", "dx": -10, "dy": -7},
                "encoding": {"x": x, "y": y, "text": {"field": "words"}},
            },
            {  # from a dot to its name, where that stands under others
                "data": {"values": names_of_dots},
                "mark": {"type": "rule", "color": LABEL},
                "encoding": {"x": x, "y": {**y, "field": "dot"}, "y2": {"field": "speed"}},
            },
            {  # their grey is near the pink of pointwise convolutions for some eyes, so they have their names
                "data": {"values": names_of_dots},
                "mark": {**text, "align": "left", "dx": -8, "dy": 20},
                "encoding": {"x": x, "y": y, "text": {"field": "step"}},
            },
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "opacity": 0.8},
                "encoding": {
                    "x": x,
                    "y": y,
                    "size": quantitative("milliseconds", scale={"range": [25, 400]}, legend=None),
                    "color": nominal(
                        "kind",
                        scale={"domain": [WORDS[kind] for kind in kinds], "range": [COLOURS[kind] for kind in kinds]},
                        legend=LEGEND,
                    ),
                    "shape": nominal(
                        "network",
                        scale={"domain": list(steps), "range": ["circle", "diamond"][: len(steps)]},
                        legend=(  # its own black would be lost in the dark theme
                            {
                                **LEGEND,
                                "orient": "bottom",  # two titles do not fit beside the kinds on a phone
                                "symbolFillColor": LABEL,
                                "symbolStrokeColor": LABEL,
                            }
                            if len(steps) > 1
                            else None
                        ),
                    ),
                    "tooltip": [
                        nominal("network", title="Network"),
                        nominal("step", title="Step"),
                        nominal("kind", title="Kind"),
                        quantitative("milliseconds", title="Milliseconds", format=".3f"),
                        quantitative("intensity", title="Multiply-adds a byte", format=".3g"),
                        quantitative("speed", title="Multiply-adds a second", format=".3s"),
                    ],
                },
            },
        ],
    }


def _names_under_dots(points: Sequence[Row], others: Sequence[Row], width: float, gap: float) -> list[dict[str, Any]]:
    """Names under every dot that they could touch, no two on one line; dots in one column share theirs.

    Args:
        points: `step`, `intensity` and `speed` of the dots that get names.
        others: the same of all dots.
        width: of a name: how many times as large the intensity is at its right end.
        gap: how many times faster the line above is.
    """
    names: list[dict[str, Any]] = []
    beside = width**0.25  # half a dot, and where the name begins
    for point in sorted(points, key=lambda point: -point["speed"]):
        left = point["intensity"]
        if any(name["step"] == point["step"] and left / beside < name["intensity"] < left * beside for name in names):
            continue
        near = [other["speed"] for other in others if left / beside < other["intensity"] < left * width]
        speed = min([*near, *(name["speed"] / gap for name in names)])
        names.append({"step": point["step"], "intensity": left, "dot": point["speed"], "speed": speed})
    return names


def error_by_depth(curves: Mapping[str, Mapping[str, float]]) -> Chart:
    """How far a block's output stands above its error, along the depth of networks.

    Args:
        curves: title of a network to block ids and decibels.
    """
    ids = {block for curve in curves.values() for block in curve}
    order = sorted(ids, key=lambda block: tuple(map(int, block.split("."))))
    values = [
        {"network": title, "block": block, "decibels": value}
        for title, curve in curves.items()
        for block, value in curve.items()
    ]
    return {
        "data": {"values": values},
        "height": ERROR_HEIGHT,
        "mark": {"type": "line", "point": {"size": 60}, "strokeWidth": 3},
        "encoding": {
            "x": nominal(
                "block", title="Block", scale={"domain": order}, axis={"labelAngle": 0, "labelOverlap": "greedy"}
            ),
            "y": quantitative("decibels", title="Signal to noise, dB"),
            "color": nominal(
                "network",
                scale={"domain": list(curves), "range": list(COMPARED[: len(curves)])},
                legend={"orient": "top", "title": None, "labelLimit": 400},
            ),
            "tooltip": [
                nominal("network", title="Network"),
                nominal("block", title="Block"),
                quantitative("decibels", title="dB", format=".1f"),
            ],
        },
    }
