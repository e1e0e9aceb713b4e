"""Architecture: one network drawn to scale, and every block of it opened."""

import streamlit as st

from effnet_viz.ui import state, structure, structure_tables
from effnet_viz.ui.block_card import block_card
from effnet_viz.ui.furniture import download_row, error_sentence, note, page_header
from effnet_viz.ui.shell import within_app
from effnet_viz.ui.tutorial import weights_mark

within_app()
try:
    spec = state.chosen_spec()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

page_header(
    spec.title,
    "From the image on the left to the classes on the right: maps get smaller, channels get more. "
    "Rest on a block to read it, click it to open it.",
)
weights_mark(spec)
picture = st.container()
shown, metric, every_block = structure.network_controls(spec)
block_id = block_card(shown)
with picture:
    structure.network_drawing(shown, metric, every_block, block_id)

structure.totals(shown)
level = structure.switch("Table", structure_tables.LEVELS, key="table")
structure_tables.structure_table(shown, level, block_id)
note(f"{structure.MACS_NOTE} Numbers: {spec.source}.")
download_row(structure.network_files(shown, metric, every_block, level))
