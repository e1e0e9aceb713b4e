"""The SE page: all gates at a glance, then one block: its curve, its channels, its mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, pairs_sheet
from effnet_viz.draw.gate_charts import STEPS, gates_against_evidence, gates_along_depth, mechanism_strip, sorted_gates
from effnet_viz.draw.network_words import without_se_words
from effnet_viz.draw.numbers import counted, whole_percent
from effnet_viz.draw.vega import Chart
from effnet_viz.explain import Capture, Model, SqueezeExcitationSteps, predictions_of
from effnet_viz.explain.gate_statistics import summarise_gates
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import se_steps_of
from effnet_viz.ui.session.models_and_runs import channel_evidence_of
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.url_pickers import choose, choose_channel, take_choice

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

SHOWN = 6  # channels at each end
LOW = 118  # pixels of the chart of all gates in the projector view, before it is enlarged
NEAR_HALF = 0.1  # mean distance from 0.5 up to which gates count as undecided


def untrained_consequence(run: Capture) -> str:
    """What untrained parameters mean for the gates that are seen here."""
    gates = np.concatenate(list(run.gates.values()))
    if float(np.abs(gates - 0.5).mean()) < NEAR_HALF:
        return "The gates stay near 0.5 whatever the photo: they have learned nothing yet."
    return (
        "Activations grow through many random layers and push the gates towards 0 or 1: which gates are open is "
        "random; they have learned nothing yet."
    )


def blocks_without_se(model: Model, run: Capture) -> None:
    """Names the blocks that have no gates in a network where others have.

    Args:
        model: the network.
        run: the network's run on a photo.
    """
    if words := without_se_words(model.spec):
        note(words)


def block_titles(run: Capture) -> dict[str, str]:
    """Every block with gates, id to words."""
    return {id: f"Block {id}, {gates.size:,} gates" for id, gates in run.gates.items()}


def early_overview(model: Model, photo: Photo, run: Capture) -> DeltaGenerator:
    """The gates of all blocks while it is not known yet which of them is unusual; `overview` is drawn in its place.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    place = st.empty()
    show_chart(place, spec=_hero(run, ""), width="stretch", alt=_overview_words(model, photo, run))
    return place


def overview(model: Model, photo: Photo, run: Capture, first: str) -> None:
    """The gates of all blocks along the depth; a click chooses a block.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        first: the block that is chosen in the beginning.
    """
    ids = list(run.gates)
    chosen = take_choice(block_titles(run), key="block", default=first)

    def pick() -> None:
        picked = st.session_state["gates_along_depth"].selection.get("picked")
        if picked and picked[0].get("block") in ids:
            st.session_state["block"] = picked[0]["block"]

    show_chart(
        st,
        spec=_hero(run, chosen),
        key="gates_along_depth",
        on_select=pick,
        selection_mode="picked",
        width="stretch",
        alt=_overview_words(model, photo, run),
    )


def _hero(run: Capture, chosen: str) -> Chart:
    """The chart of all gates; low in the projector view, so that the tabs under it are on the screen."""
    chart = gates_along_depth(run.gates, summarise_gates(run.gates), chosen)
    return {**chart, "height": LOW} if on_stage() else chart


def _overview_words(model: Model, photo: Photo, run: Capture) -> str:
    mean = float(np.concatenate(list(run.gates.values())).mean())
    widest = max(run.gates, key=lambda block: float(run.gates[block].std()))
    return (
        f"Gates of {len(run.gates)} blocks of {model.spec.title} on {photo.name}: mean {mean:.2f}; block {widest} is "
        "the most selective"
    )


def choose_gate(run: Capture, first: tuple[str, int]) -> tuple[str, int]:
    """The block and the channel that the rest of the page is about.

    Args:
        run: the network's run on the photo.
        first: block and channel that are chosen in the beginning.
    """
    block = choose(st.selectbox, "Block", block_titles(run), key="block", default=first[0], width=200)
    default = first[1] if block == first[0] else int(run.gates[block].argmax())
    return block, choose_channel("Channel", run.gates[block].size, default, st.slider)


def all_blocks_note(model: Model, run: Capture) -> None:
    """What the picture of all gates shows and does not, and how many are at an end.

    Args:
        model: the network.
        run: the network's run on it.
    """
    note(
        "At the top, each column is one block, each cell a range of gates: the stronger its colour, the more of the "
        "block's channels have such a gate. Line: medians; bars: the middle half. A gate multiplies its channel: 0 "
        "removes, 1 leaves as it is. It does not show whether a channel matters for the answer. Click a column to "
        f"choose its block. {_saturation(run)}"
    )
    blocks_without_se(model, run)


def _saturation(run: Capture) -> str:
    """How many gates lie beyond the dotted lines, and where most of them are."""
    summaries = summarise_gates(run.gates)
    every = summarise_gates({"": np.concatenate(list(run.gates.values()))})[0]
    most = max(summaries, key=lambda summary: summary.closed + summary.open)
    if not most.closed + most.open:
        return "No gate is saturated: none lies beyond the dotted lines at 0.1 and 0.9."
    return (
        f"Beyond the dotted lines gates are saturated: {whole_percent(every.closed)} are under 0.1 and "
        f"{whole_percent(every.open)} over 0.9, most in block {most.block} ({whole_percent(most.closed)} and "
        f"{whole_percent(most.open)})."
    )


def one_block(model: Model, photo: Photo, run: Capture, block: str, channel: int) -> None:
    """A block's gates: sorted, against the evidence, its extreme channels, and how the numbers come about.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: the block's id.
        channel: number of the gate that is marked.
    """
    se = se_steps_of(model, run, block)
    count = se.gates.size
    slot = st.container()
    target = watched_class(model, run, "Evidence for")
    evidence = channel_evidence_of(model, run, f"{block}.se", target)
    label = model.class_names[evidence.target]
    with slot:
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(f"**The {count:,} gates of block {block}, sorted**")
            show_chart(
                st,
                spec=sorted_gates(se.gates, channel),
                key="gate_curve",
                alt=f"Gates of block {block} from {se.gates.max():.2f} down to {se.gates.min():.2f}",
            )
        with right:
            st.markdown(f"**Gate against evidence for “{as_markdown(label)}”**")
            show_chart(
                st,
                spec=gates_against_evidence(se.gates, evidence.weights, channel),
                key="gate_evidence",
                alt=f"Gate of each channel beside its Grad-CAM weight for {label}",
            )
        note(
            "A gate is computed before the answer, so an open gate is no evidence for a class. "
            f"Blue: channel {channel}."
        )
    _extremes(model, photo, se, channel)
    _mechanism(model, se, channel)


def watched_class(model: Model, run: Capture, label: str) -> int:
    """The class that the visitor looks at, one of the ten most probable; the first of them until another is chosen.

    Args:
        model: the network.
        run: the network's run on the photo.
        label: words of the picker.
    """
    best = [prediction.index for prediction in predictions_of(model, run, min(10, model.spec.num_classes))]
    wanted = st.session_state.get("watched_by_choice")
    st.session_state["watched"] = wanted if wanted in best else best[0]

    def choose() -> None:
        st.session_state["watched_by_choice"] = st.session_state["watched"]

    return st.selectbox(
        label,
        best,
        key="watched",
        format_func=lambda index: model.class_names[index],
        width=320,
        persist_state="session",
        on_change=choose,
    )


def _extremes(model: Model, photo: Photo, se: SqueezeExcitationSteps, channel: int) -> None:
    order = np.argsort(-se.gates, kind="stable")
    left, right = st.columns(2, gap="medium")
    ends = (
        ("open", left, "Turned up most: before | after", order[:SHOWN]),
        ("closed", right, "Turned down most: before | after", order[::-1][:SHOWN]),
    )
    for key, column, title, channels in ends:
        shown = tuple(channels.tolist())

        def pick(index: int, shown: tuple[int, ...] = shown) -> None:
            st.session_state["channel"] = shown[index]

        with column:
            st.markdown(f"**{title}**")
            sheet = _pairs(model.key, photo.digest, se.block, shown, se)
            pick_tile(
                f"extremes_{key}",
                sheet.png,
                [
                    Tile(place=place, label=f"channel {channel}", note=f"× {se.gates[channel]:.3f}")
                    for place, channel in zip(sheet.places, shown, strict=True)
                ],
                f"{title}: channels of block {se.block}",
                side=112,
                on_pick=pick,
                chosen=shown.index(channel) if channel in shown else None,
            )
    note(
        "Maps before and after they are multiplied by their gate. Each pair has the range of its map before, zero "
        "included."
    )


@kept
def _pairs(
    model_key: str, photo_digest: str, block: str, channels: tuple[int, ...], _se: SqueezeExcitationSteps
) -> Sheet:
    return pairs_sheet(_se.before[list(channels)], _se.after[list(channels)])


def _numbers(values: np.ndarray) -> str:
    if values.size == 1:
        return f"1 number, {values.min():.2f}"
    return f"{values.size:,} numbers, {values.min():.2f} to {values.max():.2f}"


def _mechanism(model: Model, se: SqueezeExcitationSteps, channel: int) -> None:
    st.markdown("**How the gates come about, with this photo's numbers**")
    for field, title, _ in STEPS:
        values = getattr(se, field)
        words = title.replace("Activation", {"silu": "SiLU"}.get(model.spec.activation, model.spec.activation))
        left, right = st.columns([2, 7], vertical_alignment="center")
        left.markdown(f"**{words}**  \n{_numbers(values)}")
        show_chart(
            right, spec=mechanism_strip(se, field, channel), key=f"strip_{field}", alt=f"{words}: {_numbers(values)}"
        )
    note(
        "Steps with one number for each channel are in the order of the gates, most open first; the narrow middle is "
        "in its own order. Step 1 goes from low (dark) to high, steps 2 to 4 are blue below zero and red above, step 5 "
        "goes from closed (dark) to open (bright)."
    )
    st.markdown(
        f"Channel {channel}: the mean of its map is {se.descriptor[channel]:.3f}. All {se.descriptor.size:,} "
        f"means go through {counted(se.reduced.size, 'number')} and come back as {se.expanded[channel]:+.3f} for this "
        f"channel. The sigmoid makes {se.gates[channel]:.3f} of it, and all its map is multiplied by that."
    )
