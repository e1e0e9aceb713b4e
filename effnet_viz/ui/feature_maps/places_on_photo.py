"""What the views of one channel and of one place share: their titles, and frames on the photo."""

from __future__ import annotations

import streamlit as st

from effnet_viz.explain.receptive_field import receptive_field_box
from effnet_viz.images import View
from effnet_viz.ui.feature_maps.layer_maps import Layer
from effnet_viz.ui.widgets.clickable_images import Box

LARGE = 560  # pixels, side of a picture of one map
ONE_CHANNEL, ONE_PLACE = "One channel", "One place"  # titles of the tabs


def peak_boxes(layer: Layer, row: int, column: int) -> list[Box]:
    """Frames in shares of the photo: the cell, and what convolutions let it see.

    Args:
        layer: the layer on the photo.
        row: of the cell in the layer's maps.
        column: likewise.
    """
    view = layer.shown[1]
    cell = view.cell_box(row, column, *layer.maps.shape[1:])
    field = receptive_field_box(layer.model, layer.id, row, column, layer.run.input.shape[-1])
    seen = (*view.to_photo(field[0], field[1]), *view.to_photo(field[2], field[3]))
    return [_share_box(seen, view, dashed=True), _share_box(cell, view)]


def _share_box(box: tuple[float, float, float, float], view: View, dashed: bool = False) -> Box:
    """A box in photo pixels as shares of the photo, cut where the network saw nothing."""
    width, height = view.photo_size
    left, top, right, bottom = view.box
    return Box(
        left=max(box[0], left, 0) / width,
        top=max(box[1], top, 0) / height,
        right=min(box[2], right, width) / width,
        bottom=min(box[3], bottom, height) / height,
        dashed=dashed,
    )


def keep_place(layer: Layer, x: float, y: float) -> None:
    """Make a place of the photo the one that is looked at.

    Args:
        layer: the layer, with its photo.
        x: share of the photo's width, 0 to 1.
        y: share of its height.
    """
    st.session_state[f"place_{layer.photo.digest}"] = (x, y)
