"""Official networks, those rounded up to 4, and what tutorials build: a click apart, with their marks."""

from __future__ import annotations

import streamlit as st

from effnet_viz.architecture import ModelSpec
from effnet_viz.architecture.custom import (
    TUTORIAL_EXAMPLE,
    TUTORIAL_HABITS,
    ceil4_name,
    ceil4_spec,
    tutorial_name,
    tutorial_spec,
)
from effnet_viz.architecture.theory import TUTORIAL_PHI
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.custom_network import CEIL4, TUTORIAL, no_weights_sentence, use_on_every_page
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import note

WAYS = {"official": "Official", "ceil4": "Rounded up to 4", "tutorial": "Tutorial"}


def built_by(network: ModelSpec) -> None:
    """For B0 to B7: what was published, its multipliers rounded up to 4, or what tutorials build under that name."""
    names = {
        # A checkpoint of a variant was trained by its visitor: no click may take another network for it unasked.
        "official": chosen.chosen_variant() if chosen.chosen_variant() in TUTORIAL_PHI else None,
        "tutorial": tutorial_name(network),
        "ceil4": ceil4_name(network),
    }
    way = next((key for key, name in names.items() if name is not None), None)
    if way is None:
        return
    st.session_state["tutorial"] = way
    st.segmented_control(
        "Built by",
        list(WAYS),
        key="tutorial",
        format_func=WAYS.get,
        required=True,
        label_visibility="collapsed" if on_stage() else "visible",  # there it stands beside the title
        on_change=_take,
        args=(names[way],),
        help="Official: published multipliers, channels at the nearest multiple of 8, never under 90%. Rounded up to "
        "4: the same multipliers, channels up to a multiple of 4. Tutorial: depth 1.2^phi and width 1.1^phi with a "
        "phi from a table, channels 4·⌈⌊c·w⌋/4⌉.",
    )


def _take(name: str) -> None:
    way = st.session_state["tutorial"]
    if way == "official":
        st.session_state["variant"] = name
    else:
        use_on_every_page({"ceil4": ceil4_spec, "tutorial": tutorial_spec}[way](name))


def weights_mark(network: ModelSpec) -> None:
    """Says of a custom network that nobody trained it, and leads from one with a name to the comparison."""
    if chosen.chosen_variant() != chosen.CUSTOM:
        return
    tutorials, rounded = tutorial_name(network), ceil4_name(network)
    with st.container(horizontal=True, vertical_alignment="center"):
        no_weights_badge()
        note(no_weights_sentence(network))
        if name := tutorials or rounded:
            page_link(
                "compare",
                f"Compare with the official {name.upper()}",
                query_params={"left": name, "right": f"{TUTORIAL if tutorials else CEIL4}{name}"},
            )
    if tutorials:
        note(tutorial_rules(tutorials))


def tutorial_rules(name: str) -> str:
    """How tutorials come from a variant's name to a network, with a link to an example."""
    network = tutorial_spec(name)
    return (
        f"Many tutorials take phi = {TUTORIAL_PHI[name]:g} for {name.upper()} ([an example]({TUTORIAL_EXAMPLE})): "
        f"depth 1.2^phi = {network.depth:.4g}, width 1.1^phi = {network.width:.4g}. Channels are 4·⌈⌊c·w⌋/4⌉, the "
        f"stem has ⌊32·w⌋ = {network.scaled_stem_channels}, the head ⌈1,280·w⌉ = {network.scaled_head_channels:,}. "
        f"Such code often differs in more, which is not drawn here: {'; '.join(TUTORIAL_HABITS)}."
    )


def no_weights_badge(of: str = "") -> None:
    """The mark itself."""
    st.badge(f"{of}no trained weights", color="gray", icon=":material/science:")
