"""Lesson 4: the mobile bottleneck: wide, deep, narrow, and blocks that training leaves out at random."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import BlockPlan, Plan, plan
from effnet_viz.draw.block_words import reasons
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet, summary_image
from effnet_viz.draw.lesson_scenes import channel_profile, depth_dice
from effnet_viz.draw.numbers import counted, percent, share, si
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.explain import Capture, Model, steps_of
from effnet_viz.explain.predict import ranked
from effnet_viz.images import Photo
from effnet_viz.lessons import bottleneck
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import FusedMBConv, MBConv, StochasticDepth
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, real_code, show_scene
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.travel import show_travel
from effnet_viz.ui.widgets.url_pickers import choose, take_choice

FIRST_ROLL = 2  # of the numbered throws, the one from which on these are shown
STEP_TITLES = {
    "expand": "expand 1×1",
    "depthwise": "depthwise",
    "fused": "fused",
    "se": "after SE",
    "project": "project 1×1",
}

LEAD = """
A bottleneck is narrow in the middle. This block, from MobileNetV2, does the opposite: narrow at its
ends, wide in the middle. Four steps:

1. **Expand**: a 1×1 convolution makes more channels than come in.
2. **Depthwise**: one filter for each channel looks at neighbouring places.
3. **Squeeze and excitation** weighs the channels, where the network has it.
4. **Project**: a 1×1 convolution makes fewer channels again. No activation follows: in few channels it would destroy
   information (the reason that MobileNetV2's authors give).

In a **fused** block one full convolution takes the place of steps 1 and 2.

Where input and output have the same shape, the input is added back: $y = x + f(x)$. Choose a block.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """A block, the dice, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    drawn = plan(model.spec, run.input.shape[-1])
    with interaction:
        with st.container():
            with st.container(key="pinned"):
                block = _chosen_block(drawn)
                show_scene("lesson_scene_block", channel_profile(block, bottleneck.widths(block), low=on_stage()))
            _pictures(model, photo, run, block)
            for reason in reasons(drawn, block):
                st.markdown(f"- {reason}")
        _dice(model, photo, run, drawn)
    with code:
        shown = {"mbconv": MBConv, "fused_mbconv": FusedMBConv}[block.kind]
        real_code(shown, model.network.layer(block.id), f"block {block.id} of {model.spec.title}")
        real_code(StochasticDepth)
    dice = dice_for(model.key, photo.digest, block.id, "bottleneck")
    return Ending(
        questions=bottleneck.questions(drawn, block, dice),
        links=(
            Link(
                page="architecture",
                label=f"Architecture: block {block.id} with all its layers",
                query={"block": block.id},
            ),
            Link(
                page="feature_maps", label=f"Feature maps: every channel of block {block.id}", query={"block": block.id}
            ),
        ),
    )


def opening(model: Model, photo: Photo, run: Capture) -> None:
    """The photo on its way through the block that the lesson is about.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    titles, default = _blocks(plan(model.spec, run.input.shape[-1]))
    show_travel(model, photo, run, take_choice(titles, key="block", default=default))


LESSON = Lesson(title="Mobile bottleneck", short="Bottleneck", lead=LEAD, show=show, opening=opening)


def _blocks(drawn: Plan) -> tuple[dict[str, str], str]:
    """Title of every block that can be chosen, and the id of the one to begin with."""
    titles = {block.id: block_title(block) for block in drawn.blocks if block.spec is not None}
    return titles, bottleneck.opening_block(drawn).id


def _chosen_block(drawn: Plan) -> BlockPlan:
    titles, default = _blocks(drawn)
    return drawn.block(choose(st.selectbox, "Block", titles, key="block", default=default))


def _pictures(model: Model, photo: Photo, run: Capture, block: BlockPlan) -> None:
    """What each step makes of the photo, under its bar."""
    steps = [layer for layer in block.layers if layer.step in STEP_TITLES]
    sheet = _sheet(model.key, photo.digest, block.id, model, run)
    titles = ["input", *(STEP_TITLES[layer.step] for layer in steps), *(["sum"] if block.residual else [])]
    shapes = [block.in_shape, *(layer.out_shape for layer in steps), *([block.out_shape] if block.residual else [])]
    colours = ["", *(KIND_COLOURS[layer.kind] for layer in steps), KIND_COLOURS[block.kind]]
    pick_tile(
        "lesson_steps",
        sheet.png,
        [
            Tile(place=place, label=title, colour=colour, note=f"{shape[1]}² × {shape[0]:,}")
            for place, title, shape, colour in zip(sheet.places, titles, shapes, colours, strict=False)
        ],
        f"What the steps of block {block.id} made of the photo",
        side=88,
    )
    total = f"{block.params:,} parameters, {si(block.macs)} multiply-adds: "
    note(
        total
        + "; ".join(
            f"{STEP_TITLES[layer.step]} {share(layer.params, block.params)} and {share(layer.macs, block.macs)}"
            for layer in steps
        )
        + ". Each picture is the mean absolute activation of its channels, in its own range."
    )


@kept
def _sheet(model_key: str, photo_digest: str, block: str, _model: Model, _run: Capture) -> Sheet:
    layers = [_run.block_input(block), *steps_of(_model, _run, block).values()]
    if _model.network.layer(block).residual:
        layers.append(_run.activations[block])
    return pictures_sheet([summary_image(values, "mean") for values in layers])


def _dice(model: Model, photo: Photo, run: Capture, drawn: Plan) -> None:
    st.header("Stochastic depth: training leaves out random blocks", anchor=False)
    average = bottleneck.expected_blocks(drawn)
    chances = [block for block in drawn.blocks if block.residual]
    if not any(block.stochastic_depth for block in chances):
        st.markdown(f"{model.spec.title} has none: in training, too, all blocks run for every image.")
        return
    deepest = chances[-1]
    st.markdown(
        f"In training, a block with a skip connection is left out for some images: its input goes on unchanged. The "
        f"probability grows with depth, up to {deepest.stochastic_depth:.1%} at block {deepest.id}. So "
        f"{average:.1f} of {counted(len(chances), 'such block')} run on average, and no block can rely on the one "
        "before it."
    )
    st.button("Leave out others", icon=":material/casino:", on_click=_roll, key="roll")
    rolls = st.session_state.get("lesson_dice", 1)
    seed = FIRST_ROLL + rolls
    kept = bottleneck.roll(drawn, seed)
    show_scene("lesson_scene_dice", depth_dice(drawn, kept))
    best = ranked(model, _logits(model.key, photo.digest, seed, model, run, drawn), 1)[0]
    usual = ranked(model, run.logits, 1)[0]
    skipped = [block for block, runs in kept.items() if not runs]
    st.markdown(
        f"Draw {rolls}: {len(kept) - len(skipped)} of {len(kept)} run, without {', '.join(skipped)}. "
        if skipped
        else f"Draw {rolls}: all {len(kept)} run. "
    )
    st.markdown(
        f"This pass takes {share(bottleneck.used_macs(drawn, kept), drawn.macs)} of the multiply-adds and says "
        f"**{as_markdown(best.label)}** ({percent(best.probability)}); at inference nothing is skipped, and the "
        f"network says **{as_markdown(usual.label)}** ({percent(usual.probability)})."
    )
    note(
        "Filled: runs. Hollow, with an arrow over it: left out. Framed: has no skip connection, so it always runs. As "
        "in training, what a block adds is divided by its probability to run."
    )


def _roll() -> None:
    st.session_state["lesson_dice"] = st.session_state.get("lesson_dice", 1) + 1


@kept
def _logits(model_key: str, photo_digest: str, seed: int, _model: Model, _run: Capture, _drawn: Plan):
    return bottleneck.logits_after(_model, _run, _drawn, bottleneck.roll(_drawn, seed))
