"""SE attention: which gates this photo opens and closes, which of its places did it, and what overruling them does."""

import streamlit as st

from effnet_viz.ui.se_attention import (
    all_classes,
    changes,
    gates,
    hidden_part,
    moved,
    one_gate,
    photos_compared,
    surgery,
)
from effnet_viz.ui.se_attention.title import TITLE, title
from effnet_viz.ui.session import chosen, drawn_pictures, trained_gates
from effnet_viz.ui.session.example_network import example_run
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.url_pickers import choose_tab

try:
    model, photo, run = chosen.chosen_run()
    own = model
    if not run.gates or not own.provenance.trained:
        instead = trained_gates.run_of_b0(own)
        if instead or not run.gates:
            model, photo, run = instead or example_run()
except (ValueError, RuntimeError) as error:
    page_header(TITLE, "Which channels the network turns up and down for this photo.")
    error_sentence(error)
    st.stop()

title(own, model, photo)
untrained_notice(model.provenance, gates.untrained_consequence(run))

baseline = moved.usual_gates(model)
first = moved.first_gate(run, baseline)
gates.overview(model, photo, run, first[0])
moved.wall(model, photo, run, baseline, st.session_state["block"])
block, channel = gates.choose_gate(run, first)

task = drawn_pictures.task_of(model)
titles = {
    "one_gate": "One gate",
    "one_block": "One block",
    "changes": "What gates notice",
    "photos": "Compare photos",
    "surgery": "Surgery",
}
if task is not None:
    titles["all_classes"] = "All classes"
for part, tab in choose_tab(titles, key="part").items():
    with tab:
        if part == "one_gate":
            one_gate.one_gate(model, photo, run, baseline, block, channel)
        elif part == "one_block":
            gates.one_block(model, photo, run, block, channel)
            gates.all_blocks_note(model, run)
        elif part == "changes":
            changes.what_gates_notice(model, photo, run, block, channel)
            hidden_part.hide_a_part(model, photo, run, block, channel)
        elif part == "photos":
            photos_compared.compare_photos(model, photo, run, block)
        elif part == "surgery":
            surgery.surgery(model, photo, run, block)
        elif task is not None:
            all_classes.what_gates_know(model, run, task)

moved.downloads(model, photo, run, baseline)
