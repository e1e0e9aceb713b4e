"""Lessons: the network explained by running it."""

import streamlit as st

from effnet_viz.ui.lessons import contents
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, untrained_notice

try:
    model, photo, run = chosen.chosen_run()
except (ValueError, RuntimeError) as error:
    st.title("Lessons", anchor=False)
    error_sentence(error)
    st.stop()

number = contents.choose_lesson()
untrained_notice(model.provenance, "The arithmetic of the lessons is the same; what the pictures mean is not.")
contents.show_lesson(number, model, photo, run)
