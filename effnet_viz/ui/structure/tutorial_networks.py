"""Official and tutorial's rounding of one network, a click apart; and the mark of networks without trained weights."""

from __future__ import annotations

import streamlit as st

from effnet_viz.architecture import ModelSpec
from effnet_viz.architecture.custom import tutorial_name, tutorial_spec
from effnet_viz.architecture.theory import TUTORIAL_PHI
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.custom_network import TUTORIAL, hand_on, no_weights_sentence
from effnet_viz.ui.widgets.page_parts import note


def tutorial_toggle(network: ModelSpec) -> None:
    """For B0 to B7: from what was published to what the tutorial builds with the same multipliers, and back."""
    name = network.name if network.name in TUTORIAL_PHI else tutorial_name(network)
    if name is None:
        return
    st.session_state["tutorial"] = name != network.name
    st.toggle(
        "Tutorial's rounding",
        key="tutorial",
        on_change=_take,
        args=(name,),
        help="The tutorial rounds channels up to a multiple of 4 (ceil4), the official code to the nearest "
        "multiple of 8, never under 90%.",
    )


def _take(name: str) -> None:
    if st.session_state["tutorial"]:
        hand_on(tutorial_spec(name))
    else:
        st.session_state["variant"] = name


def weights_mark(network: ModelSpec) -> None:
    """Says of a custom network that nobody trained it, and leads from the tutorial's to the comparison."""
    if chosen.chosen_variant() != chosen.CUSTOM:
        return
    name = tutorial_name(network)
    with st.container(horizontal=True, vertical_alignment="center"):
        no_weights_badge()
        note(no_weights_sentence(network))
        if name is not None:
            page_link(
                "compare",
                f"Compare with the official {name.upper()}",
                query_params={"left": name, "right": f"{TUTORIAL}{name}"},
            )


def no_weights_badge(of: str = "") -> None:
    """The mark itself."""
    st.badge(f"{of}no trained weights", color="gray", icon=":material/science:")
