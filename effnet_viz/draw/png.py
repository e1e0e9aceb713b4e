"""Scenes as PNG: our own SVG, rendered."""

from __future__ import annotations

import io
from functools import cache

import resvg_py
from PIL import Image

from effnet_viz.draw.scene import LIGHT, Scene
from effnet_viz.draw.svg import FONTS, to_svg

SCALE = 2  # pixels of the picture for one pixel of the drawing
_PROBE = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" font-family="{FONTS}"><text y="9">M</text></svg>'
)


def to_png(scene: Scene) -> bytes:
    """PNG of a scene, the same drawing as its SVG in the light theme.

    Raises:
        ValueError: a machine without fonts, where words would be missing from the picture.
    """
    if not _has_fonts():
        raise ValueError(
            "This machine has no fonts, so a PNG would show no words. Install some (Debian: apt install fonts-dejavu), "
            "or take the SVG, which the browser's fonts write."
        )
    size = {"width": round(scene.width * SCALE), "height": round(scene.height * SCALE)}
    return bytes(resvg_py.svg_to_bytes(svg_string=to_svg(scene, LIGHT), **size))


@cache
def _has_fonts() -> bool:
    """Whether a letter leaves anything on the picture."""
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=_PROBE))))
    return picture.getchannel("A").getbbox() is not None
