"""Architecture: one network drawn to scale, and every block of it opened."""

import streamlit as st

from effnet_viz.ui.session import chosen
from effnet_viz.ui.structure import drawings, tables
from effnet_viz.ui.structure.block_card import block_card
from effnet_viz.ui.structure.tutorial_networks import weights_mark
from effnet_viz.ui.widgets.page_parts import download_row, error_sentence, note, page_header

try:
    spec = chosen.chosen_spec()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

page_header(
    spec.title,
    "From the image on the left to the classes on the right: maps get smaller, channels get more. "
    "Point at a block to read about it, click it to open it.",
)
weights_mark(spec)
picture = st.container()
shown, metric, every_block = drawings.network_controls(spec)
block_id = block_card(shown)
with picture:
    drawings.network_drawing(shown, metric, every_block, block_id)

drawings.totals(shown)
level = drawings.switch("Table", tables.LEVELS, key="table")
tables.structure_table(shown, level, block_id)
note(f"{drawings.MACS_NOTE} Numbers: {spec.source}.")
download_row(drawings.network_files(shown, metric, every_block, level))
