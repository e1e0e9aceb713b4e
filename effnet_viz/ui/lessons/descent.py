"""Lesson 5: the feature extractor: smaller maps, more channels, and round numbers of them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import Plan, plan
from effnet_viz.draw.diagram_columns import operator
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet, summary_image
from effnet_viz.draw.lesson_charts import running_totals, width_times
from effnet_viz.draw.network_words import input_words
from effnet_viz.draw.numbers import share, si
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons import descent
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network.efficientnet import build_feature_extractor
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, asked_for, real_code
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose_number

LEAD = """
From stem to head the blocks form one chain, the **feature extractor**. Along it maps get smaller and, behind
stage 2, channels more: maps say less exactly where something is, and more about what it is. A stage is several blocks
of one kind in a row;
**only its first block may have stride 2**, and then halves height and width, so everything after it costs a quarter.
The last step is a 1×1 convolution that prepares the features for the classifier. Choose a stage.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """The way down, strides, round numbers, and the code.

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
            _way_down(model, photo, run, drawn)
            _strides(drawn)
        _round_numbers()
    with code:
        real_code(build_feature_extractor)
    return Ending(
        questions=descent.questions(drawn, dice_for(model.key, photo.digest, "descent")),
        links=(
            Link(
                page="architecture",
                label="Architecture: this network drawn to scale, stage by stage",
                query={"table": "stages"},
            ),
        ),
    )


LESSON = Lesson(title="Feature extractor", short="Extractor", lead=LEAD, show=show)


def _way_down(model: Model, photo: Photo, run: Capture, drawn: Plan) -> None:
    levels = descent.levels(drawn)
    pinned = st.container(key="pinned")
    down = choose_number(pinned.slider, "How far down", 1, len(levels), key="down", default=len(levels))

    def pick(index: int) -> None:
        st.session_state["down"] = max(1, index)

    sheet = _sheet(model.key, photo.digest, model, photo, run)
    tiles = []
    for index, place in enumerate(sheet.places[: down + 1]):
        channels, side = run.input.shape[:2] if index == 0 else levels[index - 1].shape[:2]
        stage = None if index == 0 else levels[index - 1].stage
        tiles.append(
            Tile(
                place=place,
                label="input" if stage is None else f"stage {stage.number}",
                note=f"{side}² × {channels:,}",
                colour="" if stage is None else KIND_COLOURS[stage.kind],
            )
        )
    with pinned:
        pick_tile(
            "lesson_descent", sheet.png, tiles, "What each stage made of the photo", chosen=down, side=88, on_pick=pick
        )
    here = levels[down - 1]
    before = run.input.size if down == 1 else levels[down - 2].values
    st.markdown(
        f"**After stage {here.stage.number}** the photo is {here.shape[0]:,} maps of {here.shape[1]}×{here.shape[2]}: "
        f"{here.values:,} numbers, {here.values / before:.2g} times as many as before it. So far {si(here.params)} "
        f"parameters ({share(here.params, drawn.params)}) and {si(here.macs)} multiply-adds "
        f"({share(here.macs, drawn.macs)}) are used."
    )
    totals = running_totals(levels, down - 1)
    for column, chart, name in zip(
        st.columns(3), totals, ("Numbers held", "Parameters so far", "Multiply-adds so far"), strict=True
    ):
        column.markdown(f"**{name}**")
        show_chart(column, spec=chart, alt=f"Bars: {name}, stage by stage")


@kept
def _sheet(model_key: str, photo_digest: str, _model: Model, _photo: Photo, _run: Capture) -> Sheet:
    seen = _model.preprocessing.input_image(_photo)
    seen.thumbnail((160, 160))
    ids = [level.block for level in descent.levels(plan(_model.spec, _run.input.shape[-1]))]
    return pictures_sheet([seen, *(summary_image(_run.activations[block], "mean") for block in ids)])


def _strides(drawn: Plan) -> None:
    st.header("Where it gets smaller", anchor=False)
    stem, head = drawn.blocks[0], drawn.block(str(drawn.spec.head_stage))
    st.markdown(
        f"The stem makes {stem.out_shape[0]} channels from the photo ({input_words(drawn.spec.in_channels)}) and "
        f"halves height and width once. After the last stage a 1×1 convolution brings {head.in_shape[0]} channels to "
        f"{head.out_shape[0]:,} for the classifier."
    )
    rows = [
        {
            "Stage": stage.number,
            "Operator": operator(block),
            "Strides of its blocks": " ".join(str(block.stride) for block in stage.blocks),
            "Maps": f"{block.in_shape[1]} → {stage.out_shape[1]}",
            "Channels": f"{block.in_shape[0]:,} → {stage.out_shape[0]:,}",
        }
        for stage in drawn.stages
        if stage.kind not in ("stem", "head")
        for block in stage.blocks[:1]
    ]
    st.dataframe(table_of(rows), hide_index=True, width="stretch")


def _round_numbers() -> None:
    st.header("Why channel counts are round", anchor=False)
    tenths = choose_number(st.slider, "Width multiplier, in tenths", 5, 40, key="tenths", default=11)
    width = tenths / 10
    rows = descent.rounded(width)
    st.dataframe(
        table_of(
            {
                "Stage": row.stage,
                "Channels × width": f"{row.exact:.1f}",
                "Up to a multiple of 4": row.multiple_of_4,
                "To a multiple of 8 (published)": row.multiple_of_8,
            }
            for row in rows
        ),
        hide_index=True,
        width="stretch",
    )
    st.markdown(
        f"{descent.exact_words(width)} Most published networks take the nearest multiple of 8, and the next one up "
        "where more than a tenth would be lost; V2-B0 to B3 take the nearest multiple of 8 only. Rounding up to a "
        r"multiple of 4 is $4\lceil c/4 \rceil$; many tutorials cut off the decimals first, "
        r"$4\lceil \lfloor c \rfloor/4 \rceil$. Some notes say “to the nearest multiple of 4”, but this rounds up. "
        "Processors load and multiply 4, 8 or 16 numbers at once; the last few numbers take as long as a full load."
    )
    around = rows[2].multiple_of_8
    if not asked_for(around, f"Measure around {around} channels", key="measure_widths"):
        return
    seconds = _measured(around)
    show_chart(st, spec=width_times(seconds), alt="Time of a 1×1 convolution by its number of channels")
    eights = [seconds[count] / count**2 for count in seconds if count % 8 == 0]
    others = [seconds[count] / count**2 for count in seconds if count % 4]
    gain = (sum(others) / len(others)) / (sum(eights) / len(eights))
    st.markdown(
        f"A multiply-add takes **{gain:.2f} times** as long at counts that 4 does not divide as at multiples "
        "of 8, on this machine now."
    )
    note(
        f"Median of repeated runs of a 1×1 convolution on maps of {descent.TIMED_SIDE}×{descent.TIMED_SIDE}, "
        "float32, one image, on this machine's processor. Other processors have other steps."
    )


@kept(spinner="Measuring")
def _measured(channels: int) -> dict[int, float]:
    return descent.measure_widths(channels)
