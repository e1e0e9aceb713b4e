"""SE attention: which channels the network turned up and down for this photo, and what happens when it is overruled."""

import streamlit as st

from effnet_viz.ui import class_gates, gate_views, generated, photo_comparison, state, surgery_views
from effnet_viz.ui.furniture import error_sentence, page_header, untrained_notice
from effnet_viz.ui.gate_data import example_run
from effnet_viz.ui.shell import within_app

within_app()

TITLE = "SE attention"

try:
    model, photo, run = state.chosen_run()
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
    gate_views.without_se(lacks_se)
untrained_notice(model.provenance, gate_views.untrained_consequence(run))
if not model.provenance.trained:
    gate_views.offer_trained()
block = gate_views.overview(model, photo, run)

task = generated.task_of(model)
one_block, photos, surgery, *classes = st.tabs(
    ["One block", "Photos against each other", "Surgery", *([] if task is None else ["All classes"])],
    key="part",
    bind="query-params",
)
if one_block.open:
    with one_block:
        gate_views.one_block(model, photo, run, block)
if photos.open:
    with photos:
        photo_comparison.compare_photos(model, photo, block)
if surgery.open:
    with surgery:
        surgery_views.surgery(model, photo, run, block)
for part in classes:
    if part.open:
        with part:
            class_gates.what_gates_know(model, run, task)

gate_views.downloads(model, photo, run)
