"""Close views of the feature page: one channel of a layer, and one place on the photo."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, maps_sheet, normalised, pairs_sheet
from effnet_viz.draw.maps import Scale, map_image, overlay, png, scale_of
from effnet_viz.draw.value_charts import value_histogram
from effnet_viz.explain.channels import depthwise_kernel, strongest_at
from effnet_viz.explain.receptive_field import MeasuredField, effective_side, measured_field, receptive_field_box
from effnet_viz.images import View
from effnet_viz.ui.feature_maps.layer_maps import Layer
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.models_and_runs import se_steps_of
from effnet_viz.ui.widgets.clickable_images import Box, Tile, click_image, pick_tile, picked_place
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.url_pickers import choose_channel

LARGE = 560  # pixels, side of a picture of one map
PHOTO = 900  # pixels, longer side of a photo that is clicked
SMALL = 200  # pixels; smaller photos are shown as crisp squares
STRONGEST = 12
ONE_CHANNEL, ONE_PLACE = "One channel", "One place"  # titles of the tabs


def one_channel(layer: Layer) -> None:
    """One channel, large: its map, its place on the photo, its numbers, its filter, its gate."""
    count = len(layer.maps)
    channel = choose_channel(f"Channel of {layer.title}", count, int(layer.statistics.mean.argmax()))
    values, statistics = layer.maps[channel], layer.statistics
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    left, middle, right = st.columns([4, 4, 3], gap="medium")
    with left:
        st.markdown("**The map**")
        key = f"map_{layer.photo.digest[:12]}_{layer.id}"
        click_image(
            key,
            _map_picture(*layer.key, channel, layer),
            on_click=lambda: _pick_on_map(layer, key),
            alt=f"Channel {channel} of {layer.title}, {values.shape[0]} by {values.shape[1]} cells.",
            hint="Click a cell to see what else is strong there.",
        )
        note(f"Viridis, {scale_of(values).says}; one square for each cell.")
    with middle:
        st.markdown("**Over the photo, peak framed**")
        click_image(
            f"peak_{layer.photo.digest[:12]}_{layer.id}",
            _overlay_picture(*layer.key, channel, layer),
            f"Channel {channel} over the photo.",
            boxes=_peak_boxes(layer, int(row), int(column)),
            hint="Small frame: the cell of the peak. Dashed: all that convolutions let it see.",
        )
    with right:
        _numbers(layer, channel)
    st.vega_lite_chart(spec=value_histogram(values), alt=f"Histogram of the values of channel {channel}")
    if layer.gates is not None:
        _before_and_after(layer, channel)
    download_row(
        [
            Download(
                label="This map (PNG)",
                name=f"{layer.model.spec.name}_{layer.id}_{channel}.png",
                mime="image/png",
                content=_map_picture(*layer.key, channel, layer),
            ),
            Download(
                label="Over the photo (PNG)",
                mime="image/png",
                name=f"{layer.model.spec.name}_{layer.id}_{channel}_photo.png",
                content=_overlay_picture(*layer.key, channel, layer),
            ),
        ]
    )
    if statistics.dead[channel]:
        note("On this photo this channel stays near zero (within 1% of the layer's peak); on another it may not.")


def _numbers(layer: Layer, channel: int) -> None:
    statistics, values = layer.statistics, layer.maps[channel]
    st.markdown("**Its numbers**")
    rows = {
        "Mean": f"{statistics.mean[channel]:.3g}",
        "Maximum": f"{statistics.maximum[channel]:.3g}",
        "Standard deviation": f"{statistics.variance[channel] ** 0.5:.3g}",
        "Rank by mean": f"{int((statistics.mean > statistics.mean[channel]).sum()) + 1:,} of {statistics.mean.size:,}",
        "Cells above zero": f"{(values > 0).mean():.0%}",
    }
    if layer.gates is not None:
        rows["SE gate"] = f"{layer.gates[channel]:.3f}"
    st.table([{"": name, "value": value} for name, value in rows.items()], border="horizontal")
    if layer.step in ("depthwise", "se") and hasattr(layer.model.network.layer(layer.block.id), "depthwise"):
        kernel = depthwise_kernel(layer.model, layer.block.id, channel)
        st.markdown(f"**Its depthwise kernel, {kernel.shape[0]}×{kernel.shape[1]}**")
        st.image(
            png(map_image(kernel, colour_map="diverging", side=180)),
            width=150,
            alt=f"Depthwise kernel of channel {channel}: " + ", ".join(f"{value:.2f}" for value in kernel.flat),
        )
        note(f"Red adds, blue subtracts, {scale_of(kernel, signed=True).says}; batch norm's factor is folded in.")


def _before_and_after(layer: Layer, channel: int) -> None:
    se = se_steps_of(layer.model, layer.run, layer.block.id)
    gate = float(se.gates[channel])
    sheet = _pair(*layer.key, channel, layer)
    st.markdown(f"**Before and after squeeze and excitation: × {gate:.3f}**")
    place = sheet.places[0]
    pick_tile(
        "gated_channel",
        sheet.png,
        [Tile(place=place, label="before | after", note=f"gate {gate:.3f}")],
        f"Channel {channel} before and after its gate of {gate:.3f}",
        side=420,
    )
    note(sheet.says)


@kept
def _pair(model_key: str, photo_digest: str, layer_id: str, channel: int, _layer: Layer) -> Sheet:
    se = se_steps_of(_layer.model, _layer.run, _layer.block.id)
    return pairs_sheet(se.before[channel : channel + 1], se.after[channel : channel + 1])


def _peak_boxes(layer: Layer, row: int, column: int) -> list[Box]:
    """Frames in shares of the photo: the cell, and what convolutions let it see."""
    view = layer.run.view
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


@kept
def _map_picture(model_key: str, photo_digest: str, layer_id: str, channel: int, _layer: Layer) -> bytes:
    return png(map_image(_layer.maps[channel], side=LARGE))


@kept
def _overlay_picture(model_key: str, photo_digest: str, layer_id: str, channel: int, _layer: Layer) -> bytes:
    return png(
        overlay(
            _layer.photo.image, _layer.maps[channel], _layer.run.view, colour_map="viridis", opacity=0.65, longest=LARGE
        )
    )


def one_place(layer: Layer) -> None:
    """What the layer knows about one place of the photo, and how far it can see from there."""
    rows, columns = layer.maps.shape[1:]
    view = layer.run.view
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
            _photo_picture(layer.photo.digest, layer),
            f"The photo: {layer.photo.name}.",
            boxes=_peak_boxes(layer, row, column),
            point=(x, y),
            crisp=max(layer.photo.image.size) < SMALL,
            on_click=lambda: _keep_place(layer, *picked_place(key)),
            hint="Click a place (or arrow keys, then Enter). Small frame: the cell of the map that covers it. "
            "Dashed: all that convolutions let this cell see.",
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
    left, top, right, bottom = layer.run.view.box
    width, height = layer.run.view.photo_size
    middle = ((left + right) / 2 / width, (top + bottom) / 2 / height)
    return st.session_state.get(f"place_{layer.photo.digest}", middle)


def _keep_place(layer: Layer, x: float, y: float) -> None:
    st.session_state[f"place_{layer.photo.digest}"] = (x, y)


def _pick_on_map(layer: Layer, key: str) -> None:
    """Go to the place of the photo that a place of the map stands for."""
    view = layer.run.view
    x, y = picked_place(key)
    across, down = view.to_photo(x * view.input_size[1], y * view.input_size[0])
    _keep_place(layer, across / view.photo_size[0], down / view.photo_size[1])
    st.session_state["view"] = ONE_PLACE


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
        st.image(
            _field_picture(*layer.key, row, column, False, layer, field),
            width="stretch",
            alt="Influence of each pixel through convolutions",
        )
        note("Influence through convolutions (size of the gradient, square root, own range).")
    if has_se:
        with columns[2]:
            st.image(
                _field_picture(*layer.key, row, column, True, layer, field),
                width="stretch",
                alt="Influence of each pixel with SE gates included",
            )
            covered = box[0] <= 0 and box[1] <= 0 and box[2] >= side and box[3] >= side
            note(
                "With SE gates: their global pooling reaches the whole image, "
                + (
                    "and so do the convolutions of this layer."
                    if covered
                    else f"and {field.outside_share:.1%} of the influence comes from outside the dashed frame."
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
    return png(overlay(_layer.photo.image, values, _layer.run.view, colour_map="magma", opacity=0.8, longest=LARGE))


@kept
def _photo_picture(photo_digest: str, _layer: Layer) -> bytes:
    image = _layer.photo.image.copy()
    if max(image.size) > PHOTO:
        image.thumbnail((PHOTO, PHOTO))
    return png(image)
