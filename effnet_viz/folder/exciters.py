"""What excites a channel: the photos in which it answers most, and the piece of each at which it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effnet_viz.explain import Model
from effnet_viz.explain.receptive_field import receptive_field_box
from effnet_viz.folder.rows import Rows

COUNT = 9


@dataclass(frozen=True, kw_only=True)
class Exciter:
    """A photo that excites a channel.

    Attributes:
        position: of the photo among the readable ones.
        value: the channel's maximum on it.
        row: of the maximum in the block's map.
        column: likewise.
        box: left, top, right, bottom in photo pixels: what the cell can see through convolutions, cut to the photo.
    """

    position: int
    value: float
    row: int
    column: int
    box: tuple[int, int, int, int]


def exciters(model: Model, rows: Rows, block: str, channel: int, count: int = COUNT) -> list[Exciter]:
    """The photos that excite a channel most, the strongest first.

    Args:
        model: the network that made the rows.
        rows: its rows.
        block: id of a block, the stem or the final convolution.
        channel: of the block's output.
        count: how many photos.

    Raises:
        ValueError: the network has no such block or channel.
    """
    if block not in rows.shapes:
        raise ValueError(f"block is {block!r}; the rows have {', '.join(rows.shapes)}.")
    channels, _, width = rows.shapes[block]
    if not 0 <= channel < channels:
        raise ValueError(f"channel is {channel}; block {block} has channels 0 to {channels - 1}.")
    found = rows.entries({f"max.{block}": [channel], f"place.{block}": [channel]})
    values, place = found[f"max.{block}"][:, 0], found[f"place.{block}"][:, 0]
    size = np.stack((rows.numbers("width"), rows.numbers("height")), axis=1)
    exciting = []
    for position in np.argsort(-values, kind="stable")[:count]:
        row, column = divmod(int(place[position]), width)
        exciting.append(
            Exciter(
                position=int(position),
                value=float(values[position]),
                row=row,
                column=column,
                box=_box(model, block, row, column, int(size[position, 0]), int(size[position, 1])),
            )
        )
    return exciting


def _box(model: Model, block: str, row: int, column: int, width: int, height: int) -> tuple[int, int, int, int]:
    """A cell's receptive field in photo pixels; at least one pixel."""
    view = model.preprocessing.view(width, height)
    left, top, right, bottom = receptive_field_box(model, block, row, column, model.preprocessing.crop)
    (x0, y0), (x1, y1) = view.to_photo(left, top), view.to_photo(right, bottom)
    x0, y0 = max(view.box[0], x0), max(view.box[1], y0)
    x1, y1 = min(view.box[2], x1), min(view.box[3], y1)
    left, top = min(int(x0), width - 1), min(int(y0), height - 1)
    return left, top, max(left + 1, min(width, round(x1))), max(top + 1, min(height, round(y1)))
