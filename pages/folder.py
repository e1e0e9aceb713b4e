"""Many photos: what the network says of all of them, what excites a channel, which photos are alike."""

import streamlit as st

from effnet_viz.ui.folder import answers, channel, collections, computed, groups, photo_map, quality, two_sets
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.url_pickers import choose

page_header(
    "Many photos",
    "One photo proves little. The same network on many photos: its answers and its channels side by side.",
)
VIEWS = {
    "answers": ("Answers", answers.answers),
    "channel": ("What excites a channel", channel.channel),
    "groups": ("Two groups", groups.two_groups),
    "alike": ("Map of photos", photo_map.photo_map),
    "labels": ("How good the answers are", quality.quality),
    "weights": ("Two sets of weights", two_sets.two_sets),
}
try:
    model = chosen.chosen_model()
    untrained_notice(model.provenance, "Its answers are random, and no channel has learned to find anything.")
    collection = collections.choose_collection(model)
    if collection and not collection.shared and drawn_pictures.task_of(model):
        st.warning(chosen.UNFAMILIAR, icon=":material/category:")
    seen, left = computed.rows_of(model, collection) if collection else (None, None)
    if seen is not None and seen.rows.good.any():
        titles = {view: title for view, (title, _) in VIEWS.items()}
        view = choose(st.segmented_control, "View", titles, key="many_view", default="answers", required=True)
        VIEWS[view][1](seen)
    elif seen is not None and left is None:
        st.warning("None of these files can be read as a photo.", icon=":material/broken_image:")
    if left is not None:
        computed.go_on(left)
except (ValueError, RuntimeError, OSError) as error:
    error_sentence(error)
