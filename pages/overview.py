"""Overview: the first thing anyone sees."""

import streamlit as st

from effnet_viz.draw.network_words import block_steps_words
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.overview import first_screen
from effnet_viz.ui.session import chosen, models_and_runs, trained_gates
from effnet_viz.ui.widgets.page_parts import error_sentence, note, untrained_notice
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

try:
    network, photo = chosen.chosen_spec(), chosen.chosen_photo()
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

st.title(f"{network.title} looks at “{as_markdown(photo.name)}”", anchor=False)
notice = st.container()
left, middle, right = st.columns(3, gap="medium")
with left:
    st.markdown("**The photo**")
    show_picture(first_screen.photo_picture(photo.digest, photo), alt=chosen.photo_alt())

# From here on PyTorch is needed, which a server that has just started is still loading.
try:
    with middle, st.spinner("Loading the network"):
        model, photo, run = chosen.chosen_run()
        best, *others = first_screen.best_classes(model, run, 5)
        evidence = models_and_runs.evidence_of(model, run, best.index)
except (ValueError, RuntimeError) as error:
    with middle:
        error_sentence(error)
    st.stop()

with notice:
    untrained_notice(
        model.provenance, "The answer below is random; choose other weights on the left for one that means something."
    )
with middle:
    st.markdown(f"**What speaks for “{as_markdown(best.label)}”**")
    show_picture(
        first_screen.evidence_picture(model.key, photo.digest, best.index, evidence, photo),
        alt=f"Grad-CAM for {best.label} over the photo",
    )
    note(first_screen.evidence_says(evidence))
with right:
    st.markdown("**The answer**")
    first_screen.predictions_bars([best, *others])
    note(as_markdown(f"Weights: {model.provenance.label}. {model.provenance.detail}"))

st.markdown("**The journey of the photo through the network**")
first_screen.journey_strip(model, photo, run)
page_link(
    "architecture",
    "Watch the photo travel, through a block and through the whole network",
    query_params={"block": first_screen.travelled_block(model), "travel": "true"},
    width="content",
)
note(
    "Each picture is the mean absolute activation of a stage's last block, scaled to its own range. Maps get smaller, "
    "and behind stage 2 there are more and more channels. In the end one number for each channel is left; these "
    "numbers give the answer."
)

st.markdown("**The network that gave this answer**")
first_screen.network_card(model, run)

st.divider()
st.markdown(
    "EfficientNet is a family of image classifiers by Mingxing Tan and Quoc V. Le at Google (2019) that grow in depth, "
    f"width and resolution together. {block_steps_words(model.spec)} Everything on this page is computed by "
    "this network."
)
with st.container(horizontal=True):
    page_link("compare", "Compare B0 with B7", query_params={"left": "b0", "right": "b7"}, width="content")
    gated = trained_gates.VARIANT if trained_gates.here() else "shapes"
    page_link("se_attention", "See SE attention", query_params={"variant": gated}, width="content")
    page_link("evidence", "Check the evidence", width="content")
    page_link("architecture", "Look inside the network", width="content")
    page_link("lessons", "Start the lessons", width="content")
if not trained_gates.here():
    trained_gates.offer("overview_b0", st.container())
    note("For SE attention on your own photos: the smallest EfficientNet with gates. Everything else works without it.")
