"""Scaling laboratory: compound scaling under one's own hands, theory beside what was shipped."""

import streamlit as st

from effnet_viz.ui import laboratory, recipe, structure
from effnet_viz.ui.furniture import note, page_header
from effnet_viz.ui.shell import within_app

within_app()
page_header(
    "Scaling laboratory",
    "EfficientNet grows in depth, width and resolution at once. Move phi and see what is "
    "built; choose the multipliers yourself and see whether it has a name.",
)
chosen = recipe.controls()
network = laboratory.network_under(chosen)
if network is not None:
    laboratory.network_line(network)
    structure.still_drawing(network)
    laboratory.hand_on_button(network)

st.subheader("Why 1.2, 1.1 and 1.15 do not give B1 to B7", anchor=False)
laboratory.theory_beside_shipped(chosen)

if network is not None:
    st.subheader("How numbers are rounded", anchor=False)
    laboratory.rounding(network)

    st.subheader("One dimension, or all three at equal cost", anchor=False)
    laboratory.one_dimension(network)
note(structure.MACS_NOTE)
