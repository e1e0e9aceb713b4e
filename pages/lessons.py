"""Lessons: the network explained by running it."""

import streamlit as st

from effnet_viz.ui import lessons, state
from effnet_viz.ui.furniture import error_sentence, untrained_notice
from effnet_viz.ui.shell import within_app

within_app()
try:
    model, photo, run = state.chosen_run()
except (ValueError, RuntimeError) as error:
    st.title("Lessons", anchor=False)
    error_sentence(error)
    st.stop()

number = lessons.choose_lesson()
untrained_notice(model.provenance, "The arithmetic of the lessons is the same; what the pictures mean is not.")
lessons.show_lesson(number, model, photo, run)
