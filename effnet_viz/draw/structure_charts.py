"""Charts of structure: where a difference comes from, and what accuracy costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from effnet_viz.architecture.difference import Contribution
from effnet_viz.architecture.published import Accuracy
from effnet_viz.draw.numbers import ratio, si, signed_si
from effnet_viz.draw.palette import COMPARED, KIND_COLOURS, KIND_LABELS, LABEL, LEFT, RIGHT
from effnet_viz.draw.vega import ABOVE, OWN_COLOUR, Chart, Piece, nominal, quantitative

_SI = ".3~s"
_FAMILIES = {"b": "V1", "lite": "Lite", "edgetpu": "EdgeTPU", "v2_": "V2", "v2_b": "V2-B"}
# Families whose points have names, on the side where no other family's points lie.
_LABELLED = {"V1": {"align": "left", "dx": 6, "dy": 11}, "V2": {"align": "right", "dx": -4, "dy": -10}}
_SHAPES = ("circle", "triangle-down", "cross", "square", "diamond")


_UPRIGHT_WHERE_NARROW = {  # numbers over bars that stand too near each other for a line
    "angle": {"expr": "width < 480 ? -90 : 0"},
    "align": {"expr": "width < 480 ? 'left' : 'center'"},
    "baseline": "middle",
    "dx": {"expr": "width < 480 ? 6 : 0"},
    "dy": {"expr": "width < 480 ? 0 : -10"},
}


def waterfall(contributions: Sequence[Contribution], left: str, right: str, unit: str) -> Chart:
    """From one network's total to the other's, one bar for each part.

    Args:
        contributions: the parts, which sum to the difference.
        left: title of the network the bars start from.
        right: title of the network they lead to.
        unit: what is counted, such as `parameters`.
    """
    level = sum(part.left for part in contributions)
    rows = [{"part": left, "start": 0, "end": level, "colour": LEFT, "text": si(level), "words": f"{si(level)} {unit}"}]
    for part in contributions:
        rows.append(
            {
                "part": KIND_LABELS.get(part.title, part.title.capitalize()) if part.title != "SE" else "SE",
                "start": level,
                "end": level + part.difference,
                "colour": KIND_COLOURS[part.kind],
                "text": signed_si(part.difference),
                "words": f"{si(part.left)} → {si(part.right)} {unit}, {ratio(part.right, part.left)}",
            }
        )
        level += part.difference
    rows.append(
        {"part": right, "start": 0, "end": level, "colour": RIGHT, "text": si(level), "words": f"{si(level)} {unit}"}
    )
    for row in rows:
        row["top"] = max(row["start"], row["end"])
    x = nominal(
        "part",
        sort=[row["part"] for row in rows],
        title=None,
        axis={"labelAngle": -35, "labelLimit": 150, "labelOverlap": False},
    )
    title = unit.capitalize() if unit != "MACs" else unit
    scale = _close_up([row["end"] for row in rows])
    rows[0]["start"] = rows[-1]["start"] = scale.get("domain", (0,))[0]
    return {
        "data": {"values": rows},
        "height": 330,
        "layer": [
            {
                "mark": {"type": "bar", "size": 34, "cornerRadius": 2},
                "encoding": {
                    "x": x,
                    "y": quantitative("start", title=title, axis={"format": ".5~s"}, scale=scale),
                    "y2": {"field": "end"},
                    "color": OWN_COLOUR,
                    "tooltip": [
                        nominal("part", title="Part"),
                        nominal("words", title="From, to"),
                        nominal("text", title="Change"),
                    ],
                },
            },
            {
                "mark": {"type": "text", "fontSize": 12, "fontWeight": 600, "color": LABEL, **_UPRIGHT_WHERE_NARROW},
                "encoding": {"x": x, "y": quantitative("top"), "text": nominal("text")},
            },
        ],
    }


def _close_up(levels: Sequence[int]) -> Piece:
    """A scale that begins at nothing, or for totals that hardly differ just below them: else no bar could be seen."""
    low, high = min(levels), max(levels)
    if high - low > high / 20 or high == low:
        return {"zero": True}
    return {"domain": [low - (high - low) / 2, high + (high - low) / 4], "nice": False}


def begins_at_nothing(chart: Chart) -> bool:
    """Whether the bars of a waterfall have their whole length."""
    return "domain" not in chart["layer"][0]["encoding"]["y"]["scale"]


def accuracy_chart(points: Sequence[Accuracy], quantity: str, chosen: Mapping[str, str]) -> Chart:
    """Published top-1 accuracy against cost, the chosen networks in their colours.

    Args:
        points: what is published.
        quantity: `params` or `macs`.
        chosen: name of a variant to its title, in the order of their colours.
    """
    words = {"params": "Parameters", "macs": "MACs"}[quantity]
    rows = [{**row, "chosen": row["variant"] in chosen} for row in _accuracy_rows(tuple(points))]
    x = quantitative(
        quantity,
        title=f"{words} (logarithmic)",
        scale={"type": "log", "nice": False, "padding": 24},
        axis={"format": _SI, "grid": True, "values": [m * 10**e for e in range(5, 13) for m in (1, 2, 5)]},
    )
    y = quantitative("top1", title="ImageNet top-1, %", scale={"zero": False, "padding": 20})
    families, names = list(_FAMILIES.values()), list(chosen)
    point = {
        "x": x,
        "y": y,
        "shape": nominal(
            "family", title="Family", sort=families, legend=ABOVE, scale={"domain": families, "range": list(_SHAPES)}
        ),
        "fillOpacity": nominal(
            "by", title="Weights by", legend=ABOVE, scale={"domain": ["google", "torchvision"], "range": [0.85, 0.0]}
        ),
        "tooltip": [
            nominal("title", title="Network"),
            quantitative("top1", title="Top-1, %"),
            quantitative(quantity, title=words, format=_SI),
            quantitative("resolution", title="Resolution"),
            nominal("data", title="Trained on"),
            nominal("source", title="Source"),
        ],
    }
    colour = nominal("variant", legend=None, scale={"domain": names, "range": list(COMPARED[: len(names)])})
    return {
        "data": {"values": rows},
        "height": 440,
        "layer": [
            {
                "transform": _only("datum.by == 'google'"),
                "mark": {"type": "line", "color": LABEL, "opacity": 0.35, "strokeWidth": 1.5},
                "encoding": {"x": x, "y": y, "detail": nominal("family"), "order": quantitative(quantity)},
            },
            {
                "transform": _only("!datum.chosen"),
                "mark": {"type": "point", "size": 60, "color": LABEL, "fill": LABEL},
                "encoding": point,
            },
            {
                "transform": _only("datum.chosen"),
                "mark": {"type": "point", "size": 190, "strokeWidth": 2.5},
                "encoding": {**point, "color": colour, "fill": colour},
            },
            *(
                {
                    "transform": _only(f"datum.by == 'google' && !datum.chosen && datum.family == '{family}'"),
                    "mark": {"type": "text", "fontSize": 11, "color": LABEL, **position},
                    "encoding": {"x": x, "y": y, "text": nominal("short")},
                }
                for family, position in _LABELLED.items()
            ),
            {
                "transform": _only("datum.by == 'google' && datum.chosen"),
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 11,
                    "dy": 15,
                    "fontSize": 15,
                    "fontWeight": "bold",
                    "color": LABEL,
                },
                "encoding": {"x": x, "y": y, "text": nominal("short")},
            },
        ],
    }


@lru_cache(maxsize=2)
def _accuracy_rows(points: tuple[Accuracy, ...]) -> tuple[dict[str, Any], ...]:
    plans = [point.plan for point in points]
    return tuple(
        {
            "variant": point.variant,
            "title": plan.spec.title,
            "top1": point.top1,
            "params": plan.params,
            "macs": plan.macs,
            "by": point.by,
            "data": point.data,
            "source": point.source,
            "resolution": point.resolution,
            "family": _family(point.variant),
            "short": point.variant.upper().replace("_", "-"),
        }
        for point, plan in zip(points, plans, strict=True)
    )


def _family(variant: str) -> str:
    """The family that a variant's name begins with."""
    if variant.startswith("v2_b"):
        return _FAMILIES["v2_b"]
    return next((title for start, title in _FAMILIES.items() if variant.startswith(start)), _FAMILIES["b"])


def _only(condition: str) -> list[Piece]:
    return [{"filter": condition}]
