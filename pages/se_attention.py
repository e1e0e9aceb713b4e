"""SE attention: which channels the network turned up and down for this photo, and what happens when it is overruled."""

import streamlit as st

from effnet_viz.ui.se_attention import all_classes, gates, photos_compared, surgery
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.session.example_network import example_run
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice

TITLE = "SE attention"

try:
    model, photo, run = chosen.chosen_run()
    lacks_se = None if run.gates else model
    if lacks_se:
        model, photo, run = example_run()
except (ValueError, RuntimeError) as error:
    page_header(TITLE, "Which channels the network turns up and down for this photo.")
    error_sentence(error)
    st.stop()

page_header(
    TITLE,
    f"Squeeze and excitation gives every channel a gate between 0 and 1, computed from the whole photo. "
    f"These are all the gates of {model.spec.title} on “{photo.name}”.",
)
if lacks_se:
    gates.without_se(lacks_se)
untrained_notice(model.provenance, gates.untrained_consequence(run))
if not model.provenance.trained:
    gates.offer_trained()
block = gates.overview(model, photo, run)

task = drawn_pictures.task_of(model)
one_block, photos, surgical, *classes = st.tabs(
    ["One block", "Photos against each other", "Surgery", *([] if task is None else ["All classes"])],
    key="part",
    bind="query-params",
)
if one_block.open:
    with one_block:
        gates.one_block(model, photo, run, block)
if photos.open:
    with photos:
        photos_compared.compare_photos(model, photo, block)
if surgical.open:
    with surgical:
        surgery.surgery(model, photo, run, block)
for part in classes:
    if part.open and task is not None:
        with part:
            all_classes.what_gates_know(model, run, task)

gates.downloads(model, photo, run)
