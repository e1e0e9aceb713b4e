"""Charts over many photos: photos as points, and how good the answers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from effnet_viz.draw.palette import BLUE

Row = Mapping[str, float | str]
SIDE = 48  # of a thumbnail on the map, in pixels


def photo_map_chart(values: Sequence[Row]) -> alt.LayerChart:
    """Thumbnails at their places, framed by the group of their Grad-CAM; hovering enlarges one.

    Args:
        values: `x`, `y`, `image` (address of a thumbnail), `photo`, `answer` and `looks` (the group) of each photo.
    """
    base = alt.Chart(alt.Data(values=list(values))).encode(
        alt.X("x:Q", title="First principal component", axis=alt.Axis(grid=False)),
        alt.Y("y:Q", title="Second principal component", axis=alt.Axis(grid=False)),
        tooltip=["image:N", "photo:N", "answer:N", "looks:N"],
    )
    frames = base.mark_square(size=(SIDE + 8) ** 2, filled=True, opacity=0.55).encode(
        alt.Color("looks:N", title="Where the network looks", legend=alt.Legend(orient="top"))
    )
    pictures = base.mark_image(width=SIDE, height=SIDE).encode(url="image:N")
    return (frames + pictures).properties(height=520)


def accuracy_bars(values: Sequence[Row]) -> alt.Chart:
    """Share of right answers by class, the worst first.

    Args:
        values: `class`, `right` (0 to 1) and `photos` of each class.
    """
    return (
        alt.Chart(alt.Data(values=list(values)))
        .mark_bar(color=BLUE)
        .encode(
            alt.X("right:Q", title="Right answers", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            alt.Y("class:N", title=None, sort=alt.EncodingSortField(field="right", order="ascending")),
            tooltip=["class:N", alt.Tooltip("right:Q", format=".1%"), "photos:Q"],
        )
        .properties(height=max(120, 20 * len(values) + 50))
    )
