"""The channels of a layer on a page of tiles: sorted, normalised and coloured as asked for."""

from __future__ import annotations

import io
import math

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, maps_over_photo, maps_sheet, normalised
from effnet_viz.draw.maps import Scale, grid_image, png, scale_of
from effnet_viz.ui.feature_maps.journey import tile
from effnet_viz.ui.feature_maps.layer_maps import SORTS, Layer, sort_values, sorted_channels, sorts_of
from effnet_viz.ui.feature_maps.places_on_photo import ONE_CHANNEL
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import pick_tile
from effnet_viz.ui.widgets.colour_legend import colour_legend
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_page, choose_toggle

PAGE = 64  # channels at once
SIDE = 84  # CSS pixels of a tile
NORMALISED = {"map": "Each map", "layer": "Whole layer", "fixed": "Fixed range"}
CHANNEL_COLOURS = ("viridis", "magma", "diverging", "grey")
UNDER = {
    "mean": "its mean",
    "maximum": "its maximum",
    "variance": "its variance",
    "gate": "its SE gate",
    "evidence": "what it adds to the evidence for the most probable class",
    "index": "its mean",
}


def channel_grid(layer: Layer) -> None:
    """The channels of a layer, sorted, paged and normalised as asked for; a click opens one."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = choose(
            st.selectbox,
            "Sort by",
            {name: SORTS[name] for name in sorts_of(layer)},
            key="sort",
            default="mean",
            width=170,
        )
        by = choose(st.segmented_control, "Brightness from", NORMALISED, key="normalise", default="map", required=True)
        colours = {name: name for name in CHANNEL_COLOURS}
        colour_map = choose(st.selectbox, "Colours", colours, key="map_colours", default=CHANNEL_COLOURS[0], width=130)
        over = choose_toggle("Over the photo", key="over")
    fixed = _fixed_range(layer) if by == "fixed" else Scale(low=0.0, high=1.0)
    opacity = 0.0
    if over:
        opacity = choose_number(
            st.slider,
            "Opacity of the maps",
            0.0,
            1.0,
            key="map_opacity",
            default=0.6,
            whole=False,
            step=0.05,
            width=320,
        )
    order = sorted_channels(layer, sort)
    pages = math.ceil(order.size / PAGE)
    slot = st.container()
    page = choose_page(pages, key="page") if pages > 1 else 1
    shown = order[(page - 1) * PAGE : page * PAGE]
    sheet = _channels_sheet(*layer.key, tuple(shown.tolist()), by, colour_map, fixed, over, opacity, layer)
    values = sort_values(layer, sort)

    def pick(index: int) -> None:
        st.session_state["channel"] = int(shown[index])
        st.session_state["view"] = ONE_CHANNEL

    with slot:
        pick_tile(
            "channels",
            sheet.png,
            [
                tile(
                    sheet,
                    index,
                    label=f"{channel}",
                    note=f"{values[channel]:.3g}",
                    title=f"channel {channel}: {UNDER[sort]} is {values[channel]:.3g}",
                )
                for index, channel in enumerate(shown.tolist())
            ],
            f"Channels of {layer.title}",
            chosen=_place_of(shown),
            side=SIDE,
            smooth=over,
            on_pick=pick,
        )
    colour_legend(*(("negative", "positive") if colour_map == "diverging" else ("low", "high")), colour_map)
    note(f"{sheet.says} {_counted(layer)} Under each map its channel number and {UNDER[sort]}.")
    download_row(
        [
            Download(
                label="These maps (PNG)",
                name=f"{_file(layer)}_channels.png",
                mime="image/png",
                content=lambda: png(grid_image(layer.maps[shown], columns=8, cell=112, colour_map=colour_map)),
            ),
            Download(
                label="All values (NPZ)",
                name=f"{_file(layer)}.npz",
                mime="application/octet-stream",
                content=lambda: _arrays(layer),
            ),
        ]
    )


def _place_of(shown: np.ndarray) -> int | None:
    positions = np.flatnonzero(shown == st.session_state.get("channel", -1))
    return int(positions[0]) if positions.size else None


def _fixed_range(layer: Layer) -> Scale:
    whole = scale_of(layer.maps)
    with st.container(horizontal=True):
        low = st.number_input("Darkest", value=0.0, step=0.1, key="darkest", width=140)
        high = st.number_input(
            "Brightest", value=float(f"{max(whole.high, 0.1):.2g}"), step=0.1, key="brightest", width=140
        )
    return Scale(low=low, high=high)


def _counted(layer: Layer) -> str:
    statistics = layer.statistics
    dead = (
        f"{int(statistics.dead.sum()):,} of {statistics.dead.size:,} channels are near zero on this photo (within 1% "
        "of the layer's peak; another photo may show something in them)"
    )
    if layer.model.spec.activation != "relu6":
        return f"{dead}."
    return f"{dead}, {int(statistics.saturated.sum()):,} saturated (half of the map or more at ReLU6's ceiling of 6)."


@kept
def _channels_sheet(
    model_key: str,
    photo_digest: str,
    layer_id: str,
    channels: tuple[int, ...],
    by: str,
    colour_map: str,
    fixed: Scale,
    over: bool,
    opacity: float,
    _layer: Layer,
) -> Sheet:
    maps = _layer.maps
    shares, says = normalised(
        maps[list(channels)], by=by, layer=scale_of(maps), fixed=fixed, signed=colour_map == "diverging"
    )
    if not over:
        return maps_sheet(shares, colour_map, says)
    return maps_over_photo(_layer.model.preprocessing.input_image(_layer.photo), shares, colour_map, opacity, says)


def _arrays(layer: Layer) -> bytes:
    """All maps of a layer, and its gates where it has any, as an NPZ archive."""
    buffer = io.BytesIO()
    np.savez(buffer, maps=layer.maps, **({} if layer.gates is None else {"gates": layer.gates}))
    return buffer.getvalue()


def _file(layer: Layer) -> str:
    return f"{layer.model.spec.name}_{layer.id}"
