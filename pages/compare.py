"""Compare: two networks on one scale, and where their difference comes from."""

from functools import partial

import streamlit as st

from effnet_viz.ui.structure import comparison, costs, differences
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import note, page_header
from effnet_viz.ui.widgets.url_pickers import show_tab

SAYS = "Two networks on one scale. Outlined blocks are in one of them only; click one to open it on both sides."
if on_stage():  # what is picked stands beside the title, the sentence under the drawings: both are on the screen
    with st.container(key="page_head"):
        st.title("Compare", anchor=False)
        networks = comparison.pick_networks()
else:
    page_header("Compare", SAYS)
    networks = comparison.pick_networks()
picture, first, second = st.container(), st.container(), st.container()
controls, numbers = (first, second) if on_stage() else (second, first)
with controls:
    plans, both, metric, every_block, pair = comparison.controls(networks)
with picture:
    comparison.diagrams(both, metric, every_block, pair)
with numbers:
    if on_stage():
        note(SAYS)
    comparison.headline(both)
    comparison.weights_marks(networks)

show_tab(
    {
        "difference": ("The difference", partial(differences.differences, both, plans, metric, every_block)),
        "cost": ("What they cost here", partial(costs.compared_costs, plans[:2])),
    },
    key="compared",
)
