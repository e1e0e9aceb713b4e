"""What SE gates have to do with the class, block by block: how much they know of it, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt

from effnet_viz.draw.palette import GREY, KIND_COLOURS, RED, SKY

HEIGHT = 240  # pixels


def class_shares_along_depth(shares: Mapping[str, float]) -> alt.LayerChart:
    """Share of the gates' variance that lies between classes, 0 to 1.

    Args:
        shares: block id to its share, in the order of the blocks.
    """
    rows = [{"block": block, "share": share} for block, share in shares.items()]
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("block:N", title="Block", sort=None, axis=alt.Axis(labelAngle=0)),
        alt.Y("share:Q", title="Between classes", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        tooltip=[alt.Tooltip("block:N", title="Block"), alt.Tooltip("share:Q", title="Between classes", format=".1%")],
    )
    words = base.mark_text(dy=-8, color=GREY, fontSize=12).encode(text=alt.Text("share:Q", format=".0%"))
    return alt.layer(base.mark_bar(color=KIND_COLOURS["se"]), words).properties(height=HEIGHT)


def accuracy_lost(lost: Mapping[str, float]) -> alt.LayerChart:
    """Accuracy that is lost when one block's gates are held at their mean, in points of a hundred.

    Args:
        lost: block id to the loss as a share of all pictures, in the order of the blocks; negative for a gain.
    """
    rows = [{"block": block, "points": round(-100 * share, 1) + 0.0} for block, share in lost.items()]
    reach = max(5.0, *(abs(row["points"]) for row in rows))  # so that a fraction of a point does not look like a fall
    base = alt.Chart(alt.Data(values=rows)).encode(
        alt.X("block:N", title="Block whose gates are held", sort=None, axis=alt.Axis(labelAngle=0)),
        alt.Y("points:Q", title="Accuracy, points", scale=alt.Scale(domain=[-reach, min(reach, 5.0)])),
        tooltip=[alt.Tooltip("block:N", title="Block"), alt.Tooltip("points:Q", title="Points", format="+.1f")],
    )
    bars = base.mark_bar().encode(color=alt.condition("datum.points < 0", alt.value(RED), alt.value(SKY)))
    words = base.mark_text(dy=alt.expr("datum.points < 0 ? 10 : -8"), color=GREY, fontSize=12).encode(
        text=alt.Text("points:Q", format="+.1f")
    )
    return alt.layer(bars, words).properties(height=HEIGHT)
