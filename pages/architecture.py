"""Architecture: one network drawn to scale, and every block of it opened."""

from functools import partial

import streamlit as st

from effnet_viz.draw.network_words import channels_words
from effnet_viz.ui.session import chosen
from effnet_viz.ui.structure import costs, drawings, eight_bits, onnx_file, tables
from effnet_viz.ui.structure.block_card import block_card
from effnet_viz.ui.structure.tutorial_networks import built_by, weights_mark
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import error_sentence, note, page_header
from effnet_viz.ui.widgets.url_pickers import show_tab

try:
    spec = chosen.chosen_spec()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

SAYS = (
    f"From the image on the left to the classes on the right. Maps get smaller; {channels_words(spec)}. Point at a "
    "block to read about it, click it to open it."
)
if on_stage():  # controls above the picture, sentences under it: the whole picture is on the screen with its controls
    with st.container(key="page_head"):
        st.title(spec.title, anchor=False)
        built_by(spec)
    controls, picture = st.container(), st.container()
    note(SAYS)
    weights_mark(spec)
else:
    page_header(spec.title, SAYS)
    weights_mark(spec)
    picture, controls = st.container(), st.container()
with controls:
    shown, metric, every_block = drawings.network_controls(spec)
block_id = block_card(shown)
with picture:
    drawings.network_drawing(shown, metric, every_block, block_id)

drawings.totals(shown)
show_tab(
    {
        "tables": ("Tables", partial(tables.structure_tables, shown, metric, every_block, block_id)),
        "cost": ("What it costs here", partial(costs.cost, shown)),
        "eight_bits": ("Eight bits", eight_bits.eight_bits),
        "onnx": ("ONNX file", onnx_file.onnx_file),
    },
    key="beneath",
)
