"""Charts over many photos: photos as points, and how good the answers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effnet_viz.draw.palette import BLUE
from effnet_viz.draw.vega import ABOVE, Chart, nominal, quantitative

Row = Mapping[str, float | str]
SIDE = 48  # of a thumbnail on the map, in pixels


def photo_map_chart(values: Sequence[Row]) -> Chart:
    """Thumbnails at their places, framed by the group of their Grad-CAM; hovering enlarges one.

    Args:
        values: `x`, `y`, `image` (address of a thumbnail), `photo`, `answer` and `looks` (the group) of each photo.
    """
    encoding = {
        "x": quantitative("x", title="First principal component", axis={"grid": False}),
        "y": quantitative("y", title="Second principal component", axis={"grid": False}),
        "tooltip": [nominal(field) for field in ("image", "photo", "answer", "looks")],
    }
    return {
        "data": {"values": list(values)},
        "height": 520,
        "encoding": encoding,
        "layer": [
            {
                "mark": {"type": "square", "size": (SIDE + 8) ** 2, "filled": True, "opacity": 0.55},
                "encoding": {"color": nominal("looks", title="Where the network looks", legend=ABOVE)},
            },
            {"mark": {"type": "image", "width": SIDE, "height": SIDE}, "encoding": {"url": nominal("image")}},
        ],
    }


def accuracy_bars(values: Sequence[Row]) -> Chart:
    """Share of right answers by class, the worst first.

    Args:
        values: `class`, `right` (0 to 1) and `photos` of each class.
    """
    return {
        "data": {"values": list(values)},
        "height": max(120, 20 * len(values) + 50),
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": quantitative("right", title="Right answers", scale={"domain": [0, 1]}, axis={"format": "%"}),
            "y": nominal("class", title=None, sort={"field": "right", "order": "ascending"}),
            "tooltip": [nominal("class"), quantitative("right", format=".1%"), quantitative("photos")],
        },
    }
