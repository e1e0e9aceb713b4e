"""EfficientNet, made visible: the table of pages, and the pickers that all of them share."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "assets" / "icon.png"
st.set_page_config(page_title="EfficientNet, made visible", page_icon=str(ICON), layout="wide")

from effnet_viz.ui.custom_network import sync_address  # noqa: E402  (the page is configured first)
from effnet_viz.ui.shell import run_page  # noqa: E402
from effnet_viz.ui.sidebar import sidebar, take_wanted_network  # noqa: E402

pages = {
    "": [st.Page("pages/overview.py", title="Overview", icon=":material/visibility:", default=True)],
    "Structure": [
        st.Page("pages/architecture.py", title="Architecture", icon=":material/account_tree:", url_path="architecture"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:", url_path="compare"),
        st.Page("pages/scaling.py", title="Scaling laboratory", icon=":material/open_in_full:", url_path="scaling"),
    ],
    "Your photo": [
        st.Page("pages/feature_maps.py", title="Feature maps", icon=":material/grid_view:", url_path="feature_maps"),
        st.Page("pages/se_attention.py", title="SE attention", icon=":material/tune:", url_path="se_attention"),
        st.Page("pages/evidence.py", title="Class evidence", icon=":material/search:", url_path="evidence"),
    ],
    "Lessons": [
        st.Page("pages/lessons.py", title="Lessons", icon=":material/school:", url_path="lessons"),
        st.Page("pages/train.py", title="Train one", icon=":material/model_training:", url_path="train"),
    ],
}
STRUCTURE = ("architecture", "compare", "scaling")  # these run without torch

page = st.navigation(pages, position="top")
take_wanted_network()
sync_address()
sidebar(runs_network=page.url_path not in STRUCTURE)
run_page(page)
