"""Photos as points on a plane: hovering shows one large, a click picks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effnet_viz.draw.feature_pictures import Place
from effnet_viz.ui.widgets.clickable_images import register
from effnet_viz.ui.widgets.pictures import picture_address

_points = register("points")


@dataclass(frozen=True, kw_only=True)
class PhotoPoint:
    """A photo on the plane.

    Attributes:
        x: from left to right, 0 to 1.
        y: from below to above, 0 to 1.
        colour: of its frame or dot, as `#RRGGBB`.
        title: shown beside it, several lines if need be.
        place: of its picture on the sheet; None draws a dot.
    """

    x: float
    y: float
    colour: str
    title: str
    place: Place | None


def photo_points(key: str, sheet: bytes, points: Sequence[PhotoPoint], alt: str) -> int | None:
    """Draw photos as points; returns the index of the one that was picked just now, else None.

    Args:
        key: the widget's key.
        sheet: one picture that holds the small pictures, as PNG or JPEG.
        points: the photos.
        alt: what all of them show.
    """
    result = _points(
        key=key,
        on_picked_change=lambda: None,
        data={
            "sheet": picture_address(sheet, key),
            # `asdict` of thousands of points would take longer than all else of the page.
            "points": [vars(point) | {"place": point.place and vars(point.place)} for point in points],
            "alt": alt,
        },
    )
    picked = result.get("picked")
    return picked if isinstance(picked, int) and 0 <= picked < len(points) else None
