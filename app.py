"""EfficientNet, made visible: the server. `streamlit run app.py` starts it; the pages are in `pages/`."""

import streamlit as st

from effnet_viz.ui.classroom.news_route import ROUTES as CLASSROOM
from effnet_viz.ui.first_page_route import ROUTES as FIRST_PAGE
from effnet_viz.ui.navigation import MAIN_SCRIPT
from effnet_viz.ui.session.upload_room import MIDDLEWARE
from effnet_viz.ui.status.routes import ROUTES as STATUS
from effnet_viz.ui.warm_up import lifespan

app = st.App(MAIN_SCRIPT, lifespan=lifespan, routes=[*FIRST_PAGE, *STATUS, *CLASSROOM], middleware=MIDDLEWARE)
