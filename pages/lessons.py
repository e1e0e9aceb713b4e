"""Lessons: the network explained by running it."""

import streamlit as st

from effnet_viz.ui.lessons import contents
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence

try:
    model, photo, run = chosen.chosen_run()
except (ValueError, RuntimeError) as error:
    st.title("Lessons", anchor=False)
    error_sentence(error)
    st.stop()

contents.show_lesson(contents.choose_lesson(), model, photo, run)
