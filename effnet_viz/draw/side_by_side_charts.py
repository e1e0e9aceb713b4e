"""Many photos or groups side by side, as heat maps: what would be a tangle of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy
from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colours
from effnet_viz.draw.vega import ABOVE, Chart, Piece, nominal, ordinal, quantitative

ROW, SMALL_ROW, AXES = 24, 16, 150  # pixels of a row, of a row among many, and for axes and legend
MANY = 24  # rows
NAMES, TURNED = 150, 90  # pixels, most for a name, and for one that stands upright


def gates_by_row(rows: Mapping[str, ndarray], channels: Sequence[int], row_title: str) -> Chart:
    """Some gates of one block, a column each; a row for every photo or group, from top to bottom.

    Args:
        rows: name to all `(C,)` gates of the block.
        channels: the gates that are drawn, from left to right.
        row_title: what a row is, for the readout.
    """
    values = [
        {"row": name, "channel": str(channel), "gate": float(gates[channel])}
        for name, gates in rows.items()
        for channel in channels
    ]
    return _heat_map(
        values,
        list(rows),
        nominal("channel", sort=[str(channel) for channel in channels], title="Gate", axis={"labelAngle": -90}),
        quantitative(
            "gate",
            title="Gate",
            scale={"domain": [0, 1], "range": css_colours("gates"), "interpolate": "rgb"},
            legend={**ABOVE, "gradientLength": 160, "values": [0, 0.5, 1]},
        ),
        [
            nominal("row", title=row_title),
            nominal("channel", title="Gate"),
            quantitative("gate", title="Value", format=".3f"),
        ],
    )


def distance_from_usual(photos: Mapping[str, Mapping[str, ndarray]]) -> Chart:
    """How far each photo's gates lie from their mean over all these photos: a row a photo, a column a block.

    Args:
        photos: name to its gates, block id to `(C,)`.
    """
    blocks = list(next(iter(photos.values())))
    usual = {block: numpy.mean([gates[block] for gates in photos.values()], axis=0) for block in blocks}
    values = [
        {"row": name, "block": block, "distance": float(numpy.abs(gates[block] - usual[block]).mean())}
        for name, gates in photos.items()
        for block in blocks
    ]
    return _heat_map(
        values,
        list(photos),
        ordinal("block", sort=blocks, title="Block", axis={"labelAngle": 0, "labelOverlap": True}),
        quantitative(
            "distance",
            title="Mean distance of a gate",
            scale={"range": css_colours("viridis"), "domainMin": 0, "interpolate": "rgb"},
            legend={**ABOVE, "gradientLength": 160, "format": ".2~f"},
        ),
        [
            nominal("row", title="Photo"),
            ordinal("block", title="Block"),
            quantitative("distance", title="Mean distance", format=".3f"),
        ],
    )


def likeness(names: Sequence[str], matrix: ndarray) -> Chart:
    """How alike each two photos open the gates of a block: their correlation, for every pair.

    Args:
        names: of the photos, in the order of both axes.
        matrix: `(photos, photos)` correlations.
    """
    values = [
        {"row": name, "other": other, "likeness": float(matrix[i, j])}
        for i, name in enumerate(names)
        for j, other in enumerate(names)
    ]
    low = float(matrix.min())
    return _heat_map(
        values,
        names,
        nominal("other", sort=list(names), title=None, axis={"labelAngle": -90, "labelLimit": TURNED}),
        quantitative(
            "likeness",
            title="Correlation",
            scale={"range": css_colours("viridis"), "domain": [min(low, 0.99), 1], "interpolate": "rgb"},
            legend={**ABOVE, "gradientLength": 160, "format": ".2~f"},
        ),
        [
            nominal("row", title="Photo"),
            nominal("other", title="and"),
            quantitative("likeness", title="Correlation", format=".3f"),
        ],
        TURNED,
    )


def _heat_map(
    values: list[dict], names: Sequence[str], x: Piece, colour: Piece, tips: list[Piece], more: int = 0
) -> Chart:
    row = SMALL_ROW if len(names) > MANY else ROW
    axis = {"labelLimit": NAMES, "labelOverlap": False, "labelFlush": False}
    return {
        "data": {"values": values},
        "height": row * len(names) + AXES + more,
        "mark": {"type": "rect"},
        "encoding": {
            "x": x,
            "y": nominal("row", sort=list(names), title=None, axis=axis),
            "color": colour,
            "tooltip": tips,
        },
    }
