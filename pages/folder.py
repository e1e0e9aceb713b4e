"""Many photos: what the network says of all of them, what excites a channel, which photos are alike."""

import streamlit as st

from effnet_viz.ui.folder import collections, computed, views
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.url_pickers import choose

page_header(
    "Many photos",
    "One photo proves little. The same network on many photos: its answers and its channels side by side.",
)
try:
    model = chosen.chosen_model()
    untrained_notice(model.provenance, "Its answers are random, and no channel has learned to find anything.")
    collection = collections.choose_collection(model)
    rows = computed.rows_of(model, collection) if collection else None
    if rows is not None and rows.good.any():
        titles = {
            "answers": "Answers",
            "channel": "What excites a channel",
            "alike": "Map of photos",
            "labels": "How good the answers are",
        }
        view = choose(st.segmented_control, "View", titles, key="many_view", default="answers", required=True)
        if view == "channel":
            views.channel(model, rows)
        elif view == "alike":
            views.alike(rows)
        elif view == "labels":
            views.labels(rows)
        else:
            views.answers(rows)
    elif rows is not None:
        st.warning("None of these files can be read as a photo.", icon=":material/broken_image:")
except (ValueError, RuntimeError, OSError) as error:
    error_sentence(error)
