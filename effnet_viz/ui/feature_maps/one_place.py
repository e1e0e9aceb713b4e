"""One place on the photo: the channels that are strong there, and how far a cell sees."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, maps_sheet, normalised
from effnet_viz.draw.maps import Scale, overlay, png, scale_of
from effnet_viz.draw.numbers import percent
from effnet_viz.explain.channels import strongest_at
from effnet_viz.explain.receptive_field import MeasuredField, effective_side, measured_field, receptive_field_box
from effnet_viz.ui.feature_maps.layer_maps import Layer
from effnet_viz.ui.feature_maps.places_on_photo import LARGE, ONE_CHANNEL, keep_place, peak_boxes
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, click_image, pick_tile, picked_place
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import show_picture

PHOTO = 900  # pixels, longer side of a photo that is clicked
SMALL = 200  # pixels; smaller photos are shown as crisp squares
STRONGEST = 12


def one_place(layer: Layer) -> None:
    """What the layer knows about one place of the photo, and how far it can see from there."""
    rows, columns = layer.maps.shape[1:]
    view = layer.shown[1]
    x, y = _place(layer)
    across, down = view.to_input(x * view.photo_size[0], y * view.photo_size[1])
    inside = 0 <= across < view.input_size[1] and 0 <= down < view.input_size[0]
    row = min(rows - 1, max(0, int(down * rows / view.input_size[0])))
    column = min(columns - 1, max(0, int(across * columns / view.input_size[1])))
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.markdown("**Pick a place**")
        key = f"photo_{layer.photo.digest[:12]}"
        click_image(
            key,
            _photo_picture(layer.photo.digest, layer.run.view.box, layer),
            f"The photo: {layer.photo.name}.",
            boxes=peak_boxes(layer, row, column),
            point=(x, y),
            crisp=max(layer.photo.image.size) < SMALL,
            on_click=lambda: keep_place(layer, *picked_place(key)),
            hint="Click a place (or arrow keys, then Enter). Small frame: the cell of the map that covers it. "
            "Dashed: all that it sees through convolutions.",
        )
        if not inside:
            note(
                "The network did not see this place: it lies outside the square that was cut from the photo. "
                "The nearest cell is shown."
            )
    with right:
        _strongest(layer, row, column)
    st.markdown("**How far this cell sees**")
    field = _field(*layer.key, row, column, layer)
    _reach(layer, field, row, column)


def _place(layer: Layer) -> tuple[float, float]:
    """The place that was picked on this photo, in shares of the photo; at first the middle of what was seen."""
    view = layer.shown[1]
    left, top, right, bottom = view.box
    width, height = view.photo_size
    middle = ((left + right) / 2 / width, (top + bottom) / 2 / height)
    return st.session_state.get(f"place_{layer.photo.digest}", middle)


def _strongest(layer: Layer, row: int, column: int) -> None:
    strongest = strongest_at(layer.maps, row, column, STRONGEST)
    channels = tuple(channel for channel, _ in strongest)

    def pick(index: int) -> None:
        st.session_state["channel"] = channels[index]
        st.session_state["view"] = ONE_CHANNEL

    st.markdown(f"**Strongest of {len(layer.maps):,} channels at row {row}, column {column} of {layer.title}**")
    sheet = _strongest_sheet(*layer.key, channels, layer)
    pick_tile(
        "strongest",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"{channel}",
                note=f"{value:.3g} here",
                title=f"channel {channel}, {value:.3g} at this place",
            )
            for place, (channel, value) in zip(sheet.places, strongest, strict=True)
        ],
        "Channels that are strongest at the place",
        side=84,
        on_pick=pick,
    )
    note(sheet.says)


@kept
def _strongest_sheet(
    model_key: str, photo_digest: str, layer_id: str, channels: tuple[int, ...], _layer: Layer
) -> Sheet:
    maps = _layer.maps
    shares, says = normalised(maps[list(channels)], by="map", layer=scale_of(maps), fixed=Scale(low=0, high=1))
    return maps_sheet(shares, "viridis", says)


@kept(spinner="Measuring the receptive field")
def _field(model_key: str, photo_digest: str, layer_id: str, row: int, column: int, _layer: Layer) -> MeasuredField:
    return measured_field(_layer.model, _layer.run, layer_id, row, column)


def _reach(layer: Layer, field: MeasuredField, row: int, column: int) -> None:
    box = receptive_field_box(layer.model, layer.id, row, column, layer.run.input.shape[-1])
    size, side = box[2] - box[0], layer.run.input.shape[-1]
    has_se = field.with_gates is not field.through_convolutions
    columns = st.columns(3 if has_se else 2, gap="medium")
    with columns[0]:
        st.metric(
            "In theory, through convolutions",
            f"{size} px",
            help=f"Side of the square of input pixels that can matter; the input has {side} px.",
        )
        st.metric(
            "Measured: 90% of the influence",
            f"{effective_side(field.through_convolutions):.0f} px",
            help="Side of a square with as many pixels as carry 90% of the gradient.",
        )
    with columns[1]:
        show_picture(
            _field_picture(*layer.key, row, column, False, layer, field),
            alt="Influence of each pixel through convolutions",
        )
        note("Influence through convolutions (size of the gradient, square root, own range).")
    if has_se:
        with columns[2]:
            show_picture(
                _field_picture(*layer.key, row, column, True, layer, field),
                alt="Influence of each pixel with SE gates included",
            )
            covered = box[0] <= 0 and box[1] <= 0 and box[2] >= side and box[3] >= side
            note(
                "With SE gates: their global pooling reaches the whole image, "
                + (
                    "and so do the convolutions of this layer."
                    if covered
                    else f"and {percent(field.outside_share)} of the influence comes from outside the dashed frame."
                )
            )


@kept
def _field_picture(
    model_key: str,
    photo_digest: str,
    layer_id: str,
    row: int,
    column: int,
    with_gates: bool,
    _layer: Layer,
    _field: MeasuredField,
) -> bytes:
    values = np.sqrt(_field.with_gates if with_gates else _field.through_convolutions)
    image, view = _layer.shown
    return png(overlay(image, values, view, colour_map="magma", opacity=0.8, longest=LARGE))


@kept
def _photo_picture(photo_digest: str, seen: tuple[float, float, float, float], _layer: Layer) -> bytes:
    image = _layer.shown[0].copy()
    if max(image.size) > PHOTO:
        image.thumbnail((PHOTO, PHOTO))
    return png(image)
