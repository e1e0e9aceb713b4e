"""Compare: two networks on one scale, and where their difference comes from."""

import streamlit as st

from effnet_viz.ui.structure import comparison, drawings
from effnet_viz.ui.widgets.page_parts import download_row, note, page_header

page_header(
    "Compare",
    "Two networks on one scale, stage under stage. Blocks that only one of them has are outlined in "
    "its colour and counted; click one to open it on both sides.",
)
networks = comparison.pick_networks()
picture, numbers = st.container(), st.container()
plans, both, metric, every_block, pair = comparison.controls(networks)
with picture:
    comparison.diagrams(both, metric, every_block, pair)
with numbers:
    comparison.headline(both)
    comparison.weights_marks(networks)

st.subheader("Where the difference comes from", anchor=False)
comparison.difference(both)

st.subheader("Stage by stage", anchor=False)
rows = comparison.stage_rows(plans)
st.dataframe(rows, hide_index=True, alt="Stages of the networks beside each other")
comparison.totals_table(plans)
note(f"In brackets: how many times the first network. {drawings.MACS_NOTE}")

st.subheader("Why the ratio is not the rule of thumb", anchor=False)
comparison.ratio_explained(*plans[:2])

st.subheader("What accuracy costs", anchor=False)
comparison.accuracy(plans)
download_row(drawings.comparison_files(both, metric, every_block, rows))
