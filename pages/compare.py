"""Compare: two networks on one scale, and where their difference comes from."""

from functools import partial

import streamlit as st

from effnet_viz.ui.structure import comparison, costs, differences
from effnet_viz.ui.widgets.page_parts import page_header
from effnet_viz.ui.widgets.url_pickers import show_tab

page_header(
    "Compare", "Two networks on one scale. Outlined blocks are in one of them only; click one to open it on both sides."
)
networks = comparison.pick_networks()
picture, numbers = st.container(), st.container()
plans, both, metric, every_block, pair = comparison.controls(networks)
with picture:
    comparison.diagrams(both, metric, every_block, pair)
with numbers:
    comparison.headline(both)
    comparison.weights_marks(networks)

show_tab(
    {
        "difference": ("The difference", partial(differences.differences, both, plans, metric, every_block)),
        "cost": ("What they cost here", partial(costs.compared_costs, plans[:2])),
    },
    key="compared",
)
