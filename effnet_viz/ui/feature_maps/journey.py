"""From the whole to the details: the journey of a photo, the inside of a block, the channels of a layer."""

from __future__ import annotations

import io
import math

import numpy as np
import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.feature_pictures import (
    Sheet,
    maps_over_photo,
    maps_sheet,
    normalised,
    pictures_sheet,
    summary_image,
)
from effnet_viz.draw.maps import Scale, grid_image, png, scale_of
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.explain import Capture, Model, steps_of
from effnet_viz.images import Photo
from effnet_viz.ui.feature_maps.channel_views import ONE_CHANNEL
from effnet_viz.ui.feature_maps.layer_maps import (
    OUTPUT,
    SORTS,
    STEP_TITLES,
    Layer,
    network_plan,
    sort_values,
    sorted_channels,
    sorts_of,
    steps_of_block,
)
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.colour_legend import colour_legend
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_page, choose_toggle, take_choice

PAGE = 64  # channels at once
SIDE, MOMENT = 84, 92  # CSS pixels of a channel's tile, and of a block's
WRAPPED = 24  # more blocks than these scroll sideways
SUMMARIES = {"mean": "Strength", "components": "Three components as colours"}
SUMMARY_NOTES = {
    "mean": "Mean absolute activation over a block's channels: bright where activations are large. Each picture has "
    "its own range; it does not show which channels are active.",
    "components": "The three directions in which a block's channels vary most, as red, green and blue: places of one "
    "colour look alike to the network. Colours mean nothing between two pictures.",
}
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


def default_block(drawn: Plan) -> str:
    """A block that is worth beginning with: maps still large, shapes already found."""
    ids = [block.id for block in drawn.blocks]
    return next((id for id in ("4.2", "4.1", "3.2") if id in ids), ids[len(ids) // 3])


def journey(model: Model, photo: Photo, run: Capture) -> BlockPlan:
    """One picture for every block, from pixels to head; returns the block that is chosen.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    drawn = network_plan(model, run)
    blocks = [block for block in drawn.blocks if len(block.out_shape) == 3]
    ids = [block.id for block in blocks]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        summary = choose(
            st.segmented_control, "A picture of each block", SUMMARIES, key="summary", default="mean", required=True
        )
    with right:
        chosen = choose(
            st.selectbox,
            "Block",
            {block.id: block_title(block) for block in blocks},
            key="block",
            default=default_block(drawn),
        )

    def pick(index: int) -> None:
        if index > 0:
            st.session_state["block"] = ids[index - 1]

    sheet = _journey_sheet(model.key, photo.digest, summary, model, photo, run)
    tiles = [
        _tile(
            sheet,
            0,
            label="input",
            note=f"{run.input.shape[1]}² × {run.input.shape[0]}",
            title="what the network saw of the photo",
        )
    ]
    tiles += [
        _tile(
            sheet,
            index,
            label={"stem": "stem", "head": "head"}.get(block.kind, block.id),
            note=f"{block.out_shape[1]}² × {block.out_shape[0]:,}",
            colour=KIND_COLOURS[block.kind],
            title=f"{block_title(block)}: {block.out_shape[0]:,} channels of "
            f"{block.out_shape[1]} by {block.out_shape[2]} cells",
        )
        for index, block in enumerate(blocks, start=1)
    ]
    pick_tile(
        "journey",
        sheet.png,
        tiles,
        f"What each block of {model.spec.title} made of the photo",
        chosen=ids.index(chosen) + 1,
        side=MOMENT,
        row=len(tiles) > WRAPPED,
        on_pick=pick,
    )
    note(SUMMARY_NOTES[summary])
    return drawn.block(chosen)


@kept
def _journey_sheet(
    model_key: str, photo_digest: str, summary: str, _model: Model, _photo: Photo, _run: Capture
) -> Sheet:
    seen = _model.preprocessing.input_image(_photo)
    seen.thumbnail((160, 160))
    return pictures_sheet([seen, *(summary_image(values, summary) for values in _run.activations.values())])


def inside_block(model: Model, photo: Photo, run: Capture, block: BlockPlan) -> Layer:
    """The steps of a block in a row; returns the layer that is chosen.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: one of the network's blocks.
    """
    steps = steps_of_block(block)
    default = "depthwise" if "depthwise" in steps else steps[0]
    titles = ["Input", *(STEP_TITLES[step] for step in steps)]
    if block.residual:
        titles[-1] = "Sum with the input"
    offered = dict(zip(steps, titles[1:], strict=True))
    chosen = take_choice(offered, key="step", default=default)

    def pick(index: int) -> None:
        if index > 0:
            st.session_state["step"] = steps[index - 1]

    sheet = _steps_sheet(model.key, photo.digest, block.id, model, run)
    shapes = [
        block.in_shape,
        *(layer.out_shape for layer in block.layers if layer.step in STEP_TITLES),
        block.out_shape,
    ]
    tiles = [
        _tile(
            sheet,
            index,
            label=title,
            note=f"{shape[1]}² × {shape[0]:,}",
            colour=_step_colour(block, (["", *steps])[index]),
        )
        for index, (title, shape) in enumerate(zip(titles, shapes, strict=True))
    ]
    pick_tile(
        "inside",
        sheet.png,
        tiles,
        f"The steps inside block {block.id}",
        side=104,
        chosen=steps.index(chosen) + 1,
        on_pick=pick,
    )
    step = choose(st.segmented_control, "Layer to look into", offered, key="step", default=default, required=True)
    return Layer(model=model, photo=photo, run=run, block=block, step=step)


@kept
def _steps_sheet(model_key: str, photo_digest: str, block_id: str, _model: Model, _run: Capture) -> Sheet:
    inner = list(steps_of(_model, _run, block_id).values())
    layers = [_run.block_input(block_id), *inner, _run.activations[block_id]]
    return pictures_sheet([summary_image(values, "mean") for values in layers])


def _step_colour(block: BlockPlan, step: str) -> str:
    kinds = {
        "expand": "pointwise",
        "depthwise": "depthwise",
        "fused": "fused_mbconv",
        "se": "se",
        "project": "pointwise",
        OUTPUT: block.kind,
    }
    return KIND_COLOURS[kinds[step]] if step else ""


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
                _tile(
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


def _tile(sheet: Sheet, index: int, **words: str) -> Tile:
    place = sheet.places[index]
    return Tile(place=place, **words)


def _file(layer: Layer) -> str:
    return f"{layer.model.spec.name}_{layer.id}"
