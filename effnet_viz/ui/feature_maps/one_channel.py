"""One channel of a layer: its map, its place on the photo, its numbers, its filter, its gate."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, pairs_sheet
from effnet_viz.draw.maps import map_image, overlay, png, scale_of
from effnet_viz.draw.numbers import whole_percent
from effnet_viz.draw.value_charts import value_histogram
from effnet_viz.explain.channels import depthwise_kernel
from effnet_viz.ui.feature_maps.layer_maps import Layer
from effnet_viz.ui.feature_maps.places_on_photo import LARGE, ONE_PLACE, keep_place, peak_boxes
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import se_steps_of
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, click_image, pick_tile, picked_place
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose_channel


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
            boxes=peak_boxes(layer, int(row), int(column)),
            hint="Small frame: the cell of the peak. Dashed: all that it sees through convolutions.",
        )
    with right:
        _numbers(layer, channel)
    show_chart(st, spec=value_histogram(values), alt=f"Histogram of the values of channel {channel}")
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
        "Cells above zero": whole_percent(float((values > 0).mean())),
    }
    if layer.gates is not None:
        rows["SE gate"] = f"{layer.gates[channel]:.3f}"
    st.table(table_of({"What": name, "Value": value} for name, value in rows.items()), border="horizontal")
    if layer.step in ("depthwise", "se") and hasattr(layer.model.network.layer(layer.block.id), "depthwise"):
        kernel = depthwise_kernel(layer.model, layer.block.id, channel)
        st.markdown(f"**Its depthwise kernel, {kernel.shape[0]}×{kernel.shape[1]}**")
        show_picture(
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


@kept
def _map_picture(model_key: str, photo_digest: str, layer_id: str, channel: int, _layer: Layer) -> bytes:
    return png(map_image(_layer.maps[channel], side=LARGE))


@kept
def _overlay_picture(model_key: str, photo_digest: str, layer_id: str, channel: int, _layer: Layer) -> bytes:
    image, view = _layer.shown
    return png(overlay(image, _layer.maps[channel], view, colour_map="viridis", opacity=0.65, longest=LARGE))


def _pick_on_map(layer: Layer, key: str) -> None:
    """Go to the place of the photo that a place of the map stands for."""
    view = layer.shown[1]
    x, y = picked_place(key)
    across, down = view.to_photo(x * view.input_size[1], y * view.input_size[0])
    keep_place(layer, across / view.photo_size[0], down / view.photo_size[1])
    st.session_state["view"] = ONE_PLACE
