"""What SE gates have to do with the class, block by block: how much they know of it, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping

from effnet_viz.draw.numbers import whole_percent
from effnet_viz.draw.palette import KIND_COLOURS, LABEL, RED, SKY
from effnet_viz.draw.vega import Chart, either, in_words, nominal, quantitative, said

HEIGHT = 240  # pixels


def class_shares_along_depth(shares: Mapping[str, float]) -> Chart:
    """Share of the gates' variance that lies between classes, 0 to 1.

    Args:
        shares: block id to its share, in the order of the blocks.
    """
    rows = [{"block": block, "share": share} for block, share in shares.items()]
    encoding = {
        "x": nominal("block", title="Block", sort=None, axis={"labelAngle": 0}),
        "y": quantitative("share", title="Between classes", scale={"domain": [0, 1]}, axis={"format": "%"}),
        "tooltip": [nominal("block", title="Block"), said("share", title="Between classes")],
    }
    return {
        "data": {"values": in_words(rows, whole_percent, "share")},
        "height": HEIGHT,
        "encoding": encoding,
        "layer": [
            {"mark": {"type": "bar", "color": KIND_COLOURS["se"]}},
            {"mark": {"type": "text", "dy": -8, "color": LABEL, "fontSize": 12}, "encoding": {"text": said("share")}},
        ],
    }


def accuracy_lost(lost: Mapping[str, float]) -> Chart:
    """Accuracy that is lost when one block's gates are held at their mean, in points of a hundred.

    Args:
        lost: block id to the loss as a share of all pictures, in the order of the blocks; negative for a gain.
    """
    rows = [{"block": block, "points": round(-100 * share, 1) + 0.0} for block, share in lost.items()]
    reach = max(5.0, *(abs(row["points"]) for row in rows))  # so that a fraction of a point does not look like a fall
    encoding = {
        "x": nominal("block", title="Block whose gates are held", sort=None, axis={"labelAngle": 0}),
        "y": quantitative("points", title="Accuracy, points", scale={"domain": [-reach, min(reach, 5.0)]}),
        "tooltip": [nominal("block", title="Block"), quantitative("points", title="Points", format="+.1f")],
    }
    words = {"type": "text", "dy": {"expr": "datum.points < 0 ? 10 : -8"}, "color": LABEL, "fontSize": 12}
    return {
        "data": {"values": rows},
        "height": HEIGHT,
        "encoding": encoding,
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"color": either("datum.points < 0", RED, SKY)}},
            {"mark": words, "encoding": {"text": quantitative("points", format="+.1f")}},
        ],
    }
