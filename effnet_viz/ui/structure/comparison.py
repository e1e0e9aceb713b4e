"""The compare page: which networks, their diagrams and controls, and the difference in one line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from effnet_viz.architecture import Comparison, ModelSpec, Plan, compare, list_variants, plan, spec
from effnet_viz.architecture.custom import LIMITS
from effnet_viz.draw.numbers import ratio, si, signed_si
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.custom_network import from_code, no_weights_sentence, tutorial_titles
from effnet_viz.ui.structure.block_pair import Pair, block_pair_card, open_pair, pick_pair
from effnet_viz.ui.structure.drawings import PEAK_NOTE, comparison_drawing, every_block_toggle, shade_switch
from effnet_viz.ui.structure.tutorial_networks import no_weights_badge
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_some

_MOST = 4


def pick_networks() -> list[ModelSpec]:
    """Left and right with a swap button between them, then up to two more for the tables."""
    titles = {name: spec(name).title for name in list_variants()} | tutorial_titles()
    if "custom_spec" in st.session_state:
        titles = {"custom": f"Your own: {st.session_state['custom_spec'].title}"} | titles
    left, middle, right, rest = st.columns([5, 1.7, 5, 4.2], vertical_alignment="bottom")
    # In the projector view room is for the drawings, in which the upper network is seen to be the upper one.
    words = {"label_visibility": "collapsed"} if on_stage() else {}
    mine = dict.fromkeys(chosen.OWN, "only the visitor who made it has")
    first = choose(left.selectbox, "Upper network", titles, key="left", default="b0", elsewhere=mine, **words)
    middle.button(":material/swap_vert:", on_click=_swap, width="stretch", key="swap", help="Swap upper and lower")
    other = choose(right.selectbox, "Lower network", titles, key="right", default="b7", elsewhere=mine, **words)
    with rest:
        more = choose_some(
            "Also in the tables",
            titles,
            key="also",
            default=(),
            limit=_MOST - 2,
            placeholder="also in the tables: up to two" if words else "up to two more",
            **words,
        )
    names = list(dict.fromkeys([first, other, *[name for name in more if name not in (first, other)]]))
    if first == other:
        names.insert(1, other)
    return [_spec(name) for name in names[:_MOST]]


def controls(networks: Sequence[ModelSpec]) -> tuple[list[Plan], Comparison, str, bool, Pair | None]:
    """The controls under the diagrams.

    Every network's plan, the first two compared, what shades them, whether every block is drawn, and the place whose
    card is open.

    A resolution that cannot be is met at its control with the reason; each network's own takes its place.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        metric = shade_switch(key="compare_shade")
        side = choose_number(
            st.number_input,
            "Resolution, px",
            *LIMITS["resolution"],
            key="compare_resolution",
            default=None,
            step=1,
            width=118,
            placeholder="own",
            help="Side of the square input image, the same for all networks. Empty: each network's own.",
        )
        every_block = every_block_toggle(key="compare_every_block")
    try:
        plans = [plan(network, side) for network in networks]
    except ValueError as error:
        error_sentence(error)
        plans = [plan(network) for network in networks]
    comparison = compare(*plans[:2])
    with row:
        pair = pick_pair(comparison)
    return plans, comparison, metric, every_block, pair


def diagrams(comparison: Comparison, metric: str, every_block: bool, pair: Pair | None) -> None:
    """Both networks on one scale, and under them the blocks that were opened.

    Args:
        comparison: both networks.
        metric: what bars and shading show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        pair: the blocks that were opened; None where none are.
    """
    comparison_drawing(comparison, metric, every_block, pair.marked if pair else (), partial(open_pair, comparison))
    if pair is not None:
        block_pair_card(comparison, pair)


def weights_marks(networks: Sequence[ModelSpec]) -> None:
    """Which of the networks nobody trained."""
    for network in networks:
        if network.family == "custom":
            with st.container(horizontal=True, vertical_alignment="center"):
                no_weights_badge(f"{network.title}: ")
                note(no_weights_sentence(network))


def _swap() -> None:
    left, right = st.session_state["left"], st.session_state["right"]
    st.session_state["left"], st.session_state["right"] = right, left


def _spec(name: str) -> ModelSpec:
    if name == "custom":
        return st.session_state["custom_spec"]
    return from_code(name) if name in tutorial_titles() else spec(name)


def headline(comparison: Comparison) -> None:
    """The difference in one line."""
    left, right = comparison.left, comparison.right
    with st.container(horizontal=True):
        st.metric(
            "Parameters",
            ratio(right.params, left.params),
            f"{comparison.params_difference:+,}".replace("-", "−"),
            delta_color="off",
            delta_arrow="off",
        )
        st.metric(
            "MACs",
            ratio(right.macs, left.macs),
            signed_si(comparison.macs_difference),
            delta_color="off",
            delta_arrow="off",
        )
        count = [len(plan.spec.block_specs()) for plan in (left, right)]
        st.metric("Blocks", f"{count[0]} → {count[1]}", ratio(count[1], count[0]), delta_color="off", delta_arrow="off")
        st.metric(
            "Resolution",
            f"{left.resolution} → {right.resolution}",
            ratio(right.resolution, left.resolution),
            delta_color="off",
            delta_arrow="off",
        )
        st.metric(
            "Peak activations",
            f"{si(right.peak_activation_bytes, 'B')}",
            f"from {si(left.peak_activation_bytes, 'B')}",
            help=PEAK_NOTE,
            delta_color="off",
            delta_arrow="off",
        )
