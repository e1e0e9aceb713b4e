"""Scaling laboratory: compound scaling under one's own hands, theory beside what was shipped."""

import streamlit as st

from effnet_viz.ui.structure import drawings, scaling_controls, scaling_results
from effnet_viz.ui.widgets.page_parts import note, page_header

page_header(
    "Scaling laboratory",
    "EfficientNet grows in depth, width and resolution at once. Move phi and see what is "
    "built; choose the multipliers yourself and see whether it is a published network.",
)
with st.container(key="laboratory"):
    settings, picture = st.columns([3, 5])
with settings:
    chosen = scaling_controls.controls()
network = scaling_results.network_under(chosen)
if network is not None:
    with picture, st.container(key="pinned"):
        drawings.still_drawing(network)
    with settings:
        scaling_results.network_line(network)
        scaling_results.use_on_every_page_button(network)

st.header("Why 1.2, 1.1 and 1.15 do not give B1 to B7", anchor=False)
scaling_results.theory_beside_shipped(chosen)

if network is not None:
    st.header("How numbers are rounded", anchor=False)
    scaling_results.rounding(network)

    st.header("One dimension, or all three at equal cost", anchor=False)
    scaling_results.one_dimension(network)
note(drawings.MACS_NOTE)
