"""Drawn pictures in rows of six."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

EXAMPLES = 12
IN_A_ROW = 6
SIDE, GAP = 128, 10  # pixels, an example as shown and the space between two


def rows_of(shown: Sequence[Image.Image]) -> bytes:
    """Pictures enlarged crisply, six in a row, on a transparent ground."""
    lines = -(-len(shown) // IN_A_ROW)
    sheet = Image.new("RGBA", (IN_A_ROW * (SIDE + GAP) - GAP, lines * (SIDE + GAP) - GAP), (0, 0, 0, 0))
    for index, picture in enumerate(shown):
        place = (index % IN_A_ROW * (SIDE + GAP), index // IN_A_ROW * (SIDE + GAP))
        sheet.paste(picture.resize((SIDE, SIDE), Image.Resampling.NEAREST), place)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
