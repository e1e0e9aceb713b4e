"""Charts of scaling: what each phi would have given, and networks of equal cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

from effnet_viz.architecture.equal_cost import EqualCost
from effnet_viz.architecture.plan import Plan
from effnet_viz.architecture.theory import Shipped
from effnet_viz.draw.numbers import si
from effnet_viz.draw.palette import BLUE, GREEN, GREY, LABEL, ORANGE
from effnet_viz.draw.vega import DASHES, OWN_COLOUR, Chart, coloured, line_at, nominal, quantitative

_DIMENSIONS = {"depth": BLUE, "width": GREEN, "resolution": ORANGE}


def implied_phi_chart(rows: Sequence[Shipped]) -> Chart:
    """For every released variant, how far the phi behind each coefficient lies from the nearest single phi."""
    values = [
        {
            "variant": row.name.upper(),
            "dimension": name,
            "phi": phi,
            "nearest": row.best.phi,
            "off": phi - row.best.phi,
            "shipped": shipped,
        }
        for row in rows
        for name, phi, shipped in (
            ("depth", row.phi_depth, f"{row.spec.depth:g}"),
            ("width", row.phi_width, f"{row.spec.width:g}"),
            ("resolution", row.phi_resolution, f"{row.spec.resolution} px"),
        )
        if not math.isnan(phi)
    ]
    names = list(_DIMENSIONS)
    return {
        "data": {"values": values},
        "height": 280,
        "layer": [
            line_at("y", 0, strokeDash=DASHES),
            {
                "mark": {"type": "point", "filled": True, "size": 150, "opacity": 0.95},
                "encoding": {
                    "x": nominal("variant", title=None, axis={"labelAngle": 0}),
                    "y": quantitative("off", title="phi minus the best single phi", axis={"grid": False}),
                    "xOffset": nominal("dimension", sort=names),
                    "shape": nominal("dimension", sort=names, title="phi behind"),
                    "color": coloured("dimension", _DIMENSIONS, sort=names, title="phi behind"),
                    "tooltip": [
                        nominal("variant", title="Variant"),
                        nominal("dimension", title="Dimension"),
                        nominal("shipped", title="Shipped"),
                        quantitative("phi", title="Implied phi", format=".2f"),
                        quantitative("nearest", title="Nearest single phi", format=".2f"),
                    ],
                },
            },
        ],
    }


def equal_cost_chart(compound: Plan, equal_cost: Sequence[EqualCost], quantity: str, title: str) -> Chart:
    """One quantity of four networks of about the same cost.

    Args:
        compound: all three dimensions scaled.
        equal_cost: one dimension scaled.
        quantity: an attribute of a plan.
        title: of the chart.
    """
    plans = {"all three": compound} | {
        f"{scaled.dimension} only": scaled.plan for scaled in equal_cost if scaled.plan is not None
    }
    rows = [
        {
            "way": way,
            "value": getattr(plan, quantity),
            "text": si(getattr(plan, quantity)),
            "colour": BLUE if plan is compound else GREY,
        }
        for way, plan in plans.items()
    ]
    y = nominal("way", sort=list(plans), title=None, axis={"labelLimit": 120})
    x = quantitative("value", title=None, axis=None, scale={"domain": [0, 1.25 * max(row["value"] for row in rows)]})
    return {
        "data": {"values": rows},
        "height": 150,
        "title": title,
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadius": 2},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": OWN_COLOUR,
                    "tooltip": [nominal("way", title="Scaled"), nominal("text", title=title)],
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 12, "color": LABEL},
                "encoding": {"y": y, "x": quantitative("value"), "text": nominal("text")},
            },
        ],
    }
