"""Overview: the first thing anyone sees."""

import streamlit as st

from effnet_viz.draw.network_words import block_steps_words, channels_words, family_words
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.overview import first_screen
from effnet_viz.ui.overview.photo_and_answer import photo_and_answer
from effnet_viz.ui.session import chosen, trained_gates
from effnet_viz.ui.widgets.page_parts import error_sentence, note, untrained_notice
from effnet_viz.ui.widgets.plain_text import as_markdown

try:
    network, photo = chosen.chosen_spec(), chosen.chosen_photo()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

first_screen.steady_title(f"{network.title} looks at “{as_markdown(photo.name)}”")
st.markdown("EfficientNet names what a photo shows; its networks grow in depth, width and resolution together.")
try:
    with st.spinner("Loading the network"):
        model, photo, run = chosen.chosen_run()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

untrained_notice(
    model.provenance, "The answer below is random; one of EfficientNet-Lite0, which is trained, means something."
)
try:
    photo_and_answer(model, photo, run)
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

st.markdown("**The journey of the photo through the network**")
first_screen.journey_strip(model, photo, run)
note(
    "Each picture is the mean absolute activation of a stage's last block, scaled to its own range; a click opens it "
    f"in Feature maps. Maps get smaller, and {channels_words(network)}. In the end one number for each channel is "
    "left; these numbers give the answer."
)

st.markdown("**The network that gave this answer**")
first_screen.network_card(model, run)

st.divider()
st.markdown(
    f"{family_words(model.spec)} {block_steps_words(model.spec)} Everything on this page is computed by this network."
)
with st.container(horizontal=True):
    page_link("compare", "Compare B0 with B7", query_params={"left": "b0", "right": "b7"}, width="content")
    page_link("se_attention", "See SE attention", width="content")
    page_link("evidence", "Check the evidence", width="content")
    page_link("architecture", "Look inside the network", width="content")
    page_link("lessons", "Start the lessons", width="content")
if not trained_gates.here():
    trained_gates.offer("overview_b0", st.container())
    note("For SE attention on your own photos: the smallest EfficientNet with gates. Everything else works without it.")
