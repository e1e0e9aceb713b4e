"""What the structure pages share: drawings at every width of page, the chosen block, a network in five numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

import streamlit as st

from effnet_viz.architecture import Comparison, ModelSpec, Plan, plan
from effnet_viz.architecture.custom import LIMITS, check_limits
from effnet_viz.draw.block_words import card
from effnet_viz.draw.diagram import STAGES, WIDTHS, comparison_diagram, network_diagram
from effnet_viz.draw.diagram_columns import BlockBox, block_title, columns, compared_columns
from effnet_viz.draw.metrics import METRICS, time_measured
from effnet_viz.draw.network_words import field_words
from effnet_viz.draw.numbers import counted, share, si
from effnet_viz.ui.structure.tutorial_networks import built_by
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.diagram import layouts, show_diagram
from effnet_viz.ui.widgets.page_parts import error_sentence
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_toggle

MACS_NOTE = (
    "MACs are multiply-adds of convolutions and linear layers for one image; batch norm, activations and pooling are "
    "not counted. The papers' tables call them FLOPs, and do not say which layers they count: for B4 the paper has "
    f"4.2 G, here {si(plan('b4').macs)}; for Lite0 its authors have 407 M, here {si(plan('lite0').macs)}."
)
PEAK_NOTE = (
    "Most activation memory held at once for one image in float32: input and output of the running step, and what a "
    "skip connection keeps. A convolution, its batch norm and its activation count as one step, as in inference "
    "engines. Run step by step in PyTorch, it is up to twice as much."
)


def network_controls(spec: ModelSpec) -> tuple[Plan, str, bool]:
    """Under the diagram: the plan that was asked for, what shades it, and whether every block is drawn.

    A resolution or class count that cannot be is met at its control with the reason; the network's own takes its
    place.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        metric = shade_switch(key="shade")
        side = choose_number(
            st.number_input,
            "Resolution, px",
            *LIMITS["resolution"],
            key="resolution",
            default=None,
            step=1,
            width=118,
            placeholder=f"{spec.resolution:,}",
            help="Side of the square input image. Empty: the network's own.",
        )
        classes = choose_number(
            st.number_input,
            "Classes",
            *LIMITS["num_classes"],
            key="classes",
            default=None,
            step=1,
            width=118,
            placeholder=f"{spec.num_classes:,}",
            help="Outputs of the classifier. Empty: as many as the network has.",
        )
        with st.container(width="content", gap=None):
            if not on_stage():
                built_by(spec)
            every = every_block_toggle(key="every_block")
    chosen = _met_at_the_control(partial(plan, spec, side), plan(spec))
    chosen = _met_at_the_control(partial(_with_classes, chosen, classes), chosen)
    return chosen, metric, every


def _with_classes(base: Plan, classes: int | None) -> Plan:
    check_limits(num_classes=classes)
    return plan(base.spec, base.resolution, classes)


def _met_at_the_control(make: Callable[[], Plan], otherwise: Plan) -> Plan:
    """What `make` gives, or under the control the reason why it cannot."""
    try:
        return make()
    except ValueError as error:
        error_sentence(error)
        return otherwise


def shade_switch(*, key: str) -> str:
    """What diagrams are shaded by; `key` as in `choose`."""
    return switch("Bars and shading", {name: metric.short for name, metric in METRICS.items()}, key=key)


def switch(label: str, options: Mapping[str, str], key: str) -> str:
    """A few choices side by side, the first chosen in the beginning; the address carries the choice.

    Args:
        label: what is chosen.
        options: id to words.
        key: the widget's key, and the parameter's name in the address.
    """
    return choose(
        st.segmented_control, label, options, key=key, default=next(iter(options)), required=True, width="content"
    )


def every_block_toggle(*, key: str) -> bool:
    """Whether every block is drawn; `key` as in `choose`."""
    return choose_toggle(
        "Every block", key=key, help="Off: equal blocks in a row are drawn as one stack with their count."
    )


def network_drawing(shown: Plan, metric: str, every_block: bool, block_id: str) -> None:
    """The diagram of one network; a click chooses a block.

    Args:
        shown: the network.
        metric: what bars and shading show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        block_id: id of the block that is marked.
    """
    drawn, cards, members = _network_layouts(shown, metric, every_block)
    show_diagram(
        "network_diagram", drawn, cards=cards, chosen=[members[block_id]], on_pick=choose_block, opens="block_card"
    )


def still_drawing(shown: Plan) -> None:
    """The diagram of one network in which nothing can be chosen."""
    drawn, cards, _ = _network_layouts(shown, "params", False, still=True)
    show_diagram("still_diagram", drawn, cards=cards)


def timed_drawing(shown: Plan, milliseconds: Mapping[str, float]) -> None:
    """The diagram of one network with measured time as its bars; a click chooses a block.

    Args:
        shown: the network.
        milliseconds: of every block, by id.
    """
    time = time_measured(milliseconds)
    draw = partial(network_diagram, shown, metric=time, every_block=True)
    drawn = layouts([draw(width=width) for width in WIDTHS], [draw(width=width, stage=True) for width in STAGES])
    cards = {
        block.id: {
            "title": block_title(block),
            "rows": [
                ["Time here", f"{time.words(time.of([block]))}, {share(time.of([block]), time.of(shown.blocks))}"]
            ],
        }
        for block in shown.blocks
    }
    show_diagram("timed_diagram", drawn, cards=cards, on_pick=choose_block, opens="block_card")


@lru_cache(maxsize=32)
def _network_layouts(shown: Plan, metric: str, every_block: bool, still: bool = False):
    draw = partial(network_diagram, shown, metric=metric, every_block=every_block)
    # In the projector view the still one stays on the screen with its controls under it: it must be low.
    large = [draw(width=width, stage=True, explained=not still) for width in STAGES]
    drawn = layouts([draw(width=width) for width in WIDTHS], large)
    boxes = [box for column in columns(shown, every_block=every_block) for box in column.boxes[0]]
    return drawn, {box.id: card(shown, box.blocks) for box in boxes}, _members(boxes)


def comparison_drawing(
    comparison: Comparison, metric: str, every_block: bool, chosen: Sequence[str], on_pick: Callable[[str], None]
) -> None:
    """Two networks on one scale; hover tells, a click chooses.

    Args:
        comparison: the upper (left) and the lower (right) network.
        metric: what shades the blocks.
        every_block: whether equal blocks are drawn one by one.
        chosen: blocks that are marked, such as `left/4.2`.
        on_pick: called with the id of the box that was clicked.
    """
    drawn, cards, members = _comparison_layouts(comparison, metric, every_block)
    show_diagram(
        "comparison_diagram",
        drawn,
        cards=cards,
        chosen=[members[block] for block in chosen],
        on_pick=on_pick,
        opens="block_pair_card",
    )


@lru_cache(maxsize=32)
def _comparison_layouts(comparison: Comparison, metric: str, every_block: bool):
    draw = partial(comparison_diagram, comparison, metric=metric, every_block=every_block)
    # In the projector view without its legend: so both networks stand on the screen beside what changes them.
    large = [draw(width=width, stage=True, explained=False) for width in STAGES]
    drawn = layouts([draw(width=width) for width in WIDTHS], large)
    cards, members = {}, {}
    for column in compared_columns(comparison, every_block=every_block):
        for name, side, boxes in zip(("left", "right"), (comparison.left, comparison.right), column.boxes, strict=True):
            cards |= {f"{name}/{box.id}": card(side, box.blocks) for box in boxes}
            members |= {f"{name}/{block}": f"{name}/{box}" for block, box in _members(boxes).items()}
    return drawn, cards, members


def _members(boxes: Sequence[BlockBox]) -> dict[str, str]:
    """For every block the id of the box in which it is drawn."""
    return {block.id: box.id for box in boxes for block in box.blocks}


def choose_block(block_id: str) -> None:
    """Open a block's card."""
    st.session_state["block"] = block_id


def block_picker(shown: Plan) -> str:
    """Which block's card is open; the address can name it."""
    inner = [block for block in shown.blocks if block.spec]
    first = next(
        (block.id for block in inner if block.squeeze_channels and block.residual and block.expansion != 1),
        next((block.id for block in inner if block.residual and block.expansion != 1), inner[0].id),
    )
    return choose(
        st.selectbox,
        "Block",
        {block.id: block_title(block) for block in shown.blocks},
        key="block",
        default=first,
        label_visibility="collapsed",
    )


def totals(shown: Plan) -> None:
    """The network in five numbers."""
    last = next(block for block in reversed(shown.blocks) if block.kind == "head")
    with st.container(horizontal=True):
        st.metric("Parameters", si(shown.params), help=f"{shown.params:,}")
        st.metric("MACs", si(shown.macs), help=f"{shown.macs:,}. {MACS_NOTE}")
        st.metric(
            "Share of SE",
            share(shown.se_params, shown.params),
            help=f"{shown.se_params:,} parameters in {counted(len(shown.se_blocks), 'squeeze-and-excitation module')}"
            if shown.se_blocks
            else "This network has no squeeze and excitation.",
        )
        st.metric("Peak activations", si(shown.peak_activation_bytes, "B"), help=PEAK_NOTE)
        st.metric("Receptive field", f"{last.receptive_field:,} px", help=field_words(shown))
