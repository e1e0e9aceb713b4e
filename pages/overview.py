"""Overview: the first thing anyone sees."""

import streamlit as st

from effnet_viz.ui import overview, state
from effnet_viz.ui.furniture import error_sentence, note, untrained_notice
from effnet_viz.ui.shell import within_app

within_app()
try:
    model, photo, run = state.chosen_run()
    best = overview.answer(model, run)
    evidence = overview.evidence_for(model, photo, best.index)
except (ValueError, RuntimeError) as error:
    error_sentence(error)
    st.stop()

st.title(f"{model.spec.title} looks at “{photo.name}”", anchor=False)
untrained_notice(
    model.provenance, "The answer below is chance; choose other weights on the left for one that means something."
)

left, middle, right = st.columns(3, gap="medium")
with left:
    st.markdown("**The photo**")
    st.image(overview.photo_picture(photo.digest, photo), alt=state.photo_alt(), width="stretch")
with middle:
    st.markdown(f"**What speaks for “{best.label}”**")
    st.image(
        overview.evidence_picture(model.key, photo.digest, best.index, evidence, photo),
        width="stretch",
        alt=f"Grad-CAM for {best.label} over the photo",
    )
    note(overview.evidence_says(evidence))
with right:
    st.markdown("**The answer**")
    overview.predictions_bars(overview.predictions_of(model, run, 5))
    note(f"Weights: {model.provenance.label}. {model.provenance.detail}")

st.markdown("**The journey of the photo through the network**")
overview.journey_strip(model, photo, run)
note(
    "Each picture is the mean absolute activation of a stage's last block, scaled to its own range: maps get smaller "
    "and channels more, until one vector of numbers is left to decide from."
)

st.markdown("**The network that did it**")
overview.network_card(model, run)

st.divider()
st.markdown(
    "EfficientNet is a family of image classifiers that grow in depth, width and resolution together. Each is a chain "
    "of small blocks: widen, filter every channel by itself, let the whole photo decide which channels count "
    "(squeeze and excitation), narrow again. Everything here is computed from the network on the left."
)
with st.container(horizontal=True):
    st.page_link(
        "pages/compare.py",
        label="Compare B0 with B7",
        icon=":material/compare:",
        query_params={"left": "b0", "right": "b7"},
        width="content",
    )
    st.page_link(
        "pages/se_attention.py",
        label="See SE attention",
        icon=":material/tune:",
        query_params={"variant": "shapes"},
        width="content",
    )
    st.page_link("pages/evidence.py", label="Check the evidence", icon=":material/search:", width="content")
    st.page_link("pages/architecture.py", label="Open the network", icon=":material/account_tree:", width="content")
    st.page_link("pages/lessons.py", label="Take the lessons", icon=":material/school:", width="content")
