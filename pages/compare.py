"""Compare: two networks on one scale, and where their difference comes from."""

import streamlit as st

from effnet_viz.ui import comparing, structure
from effnet_viz.ui.furniture import download_row, note, page_header
from effnet_viz.ui.shell import within_app

within_app()
page_header(
    "Compare",
    "Two networks on one scale, stage under stage. Blocks that only one of them has are outlined in "
    "its colour and counted; click one to open it on both sides.",
)
networks = comparing.pick_networks()
picture, numbers = st.container(), st.container()
plans, comparison, metric, every_block, pair = comparing.controls(networks)
with picture:
    comparing.diagrams(comparison, metric, every_block, pair)
with numbers:
    comparing.headline(comparison)
    comparing.weights_marks(networks)

st.subheader("Where the difference comes from", anchor=False)
comparing.difference(comparison)

st.subheader("Stage by stage", anchor=False)
rows = comparing.stage_rows(plans)
st.dataframe(rows, hide_index=True, alt="Stages of the networks beside each other")
comparing.totals_table(plans)
note(f"In brackets: how many times the first network. {structure.MACS_NOTE}")

st.subheader("Why the ratio is not the rule of thumb", anchor=False)
comparing.ratio_explained(*plans[:2])

st.subheader("What accuracy costs", anchor=False)
comparing.accuracy(plans)
download_row(structure.comparison_files(comparison, metric, every_block, rows))
