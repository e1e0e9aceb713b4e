"""The journey of a photo through the blocks, and the inside of a block."""

from __future__ import annotations

import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet, summary_image
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.explain import Capture, Model, steps_of
from effnet_viz.images import Photo
from effnet_viz.ui.feature_maps.layer_maps import OUTPUT, STEP_TITLES, Layer, network_plan, steps_of_block
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose, put_choice, take_choice

MOMENT = 88  # CSS pixels of the tile of a block: ten stand in a row beside the sidebar
WRAPPED = 24  # more blocks than these scroll sideways; in the projector view all do, to stay on the screen
SUMMARIES = {"mean": "Strength", "components": "Three components as colours"}
SUMMARY_NOTES = {
    "mean": "Mean absolute activation over a block's channels: bright where activations are large. Each picture has "
    "its own range; it does not show which channels are active.",
    "components": "The three directions in which a block's channels vary most, as red, green and blue: places of one "
    "colour look alike to the network. Colours mean nothing between two pictures.",
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
    summary = choose(
        st.segmented_control, "A picture of each block", SUMMARIES, key="summary", default="mean", required=True
    )
    default = default_block(drawn)
    chosen = take_choice({block.id: block_title(block) for block in blocks}, key="block", default=default)

    def pick(index: int) -> None:
        if index > 0:
            st.session_state["block"] = ids[index - 1]

    sheet = _journey_sheet(model.key, photo.digest, summary, model, photo, run)
    tiles = [
        tile(
            sheet,
            0,
            label="input",
            note=f"{run.input.shape[1]}² × {run.input.shape[0]}",
            title="what the network saw of the photo",
        )
    ]
    tiles += [
        tile(
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
    in_a_row = on_stage() or len(tiles) > WRAPPED
    pick_tile(
        "journey",
        sheet.png,
        tiles,
        f"What each block of {model.spec.title} made of the photo",
        chosen=ids.index(chosen) + 1,
        side=MOMENT,
        row=in_a_row,
        filled=not in_a_row,
        on_pick=pick,
    )
    put_choice(key="block", default=default)
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
        titles[-1] = "With the skip"
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
        tile(
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
    put_choice(key="step", default=default)
    return Layer(model=model, photo=photo, run=run, block=block, step=chosen)


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


def tile(sheet: Sheet, index: int, **words: str) -> Tile:
    """One picture of a sheet as a tile.

    Args:
        sheet: the pictures.
        index: which of them.
        **words: what else the tile has, as `Tile` calls it.
    """
    return Tile(place=sheet.places[index], **words)
