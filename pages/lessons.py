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
untrained_notice(
    model.provenance, "The calculations of the lessons are the same, but the pictures and answers mean nothing."
)
contents.show_lesson(number, model, photo, run)
