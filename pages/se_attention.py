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
from effnet_viz.ui.session import chosen, drawn_pictures, trained_gates
from effnet_viz.ui.session.example_network import example_run
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.url_pickers import choose_tab

TITLE = "SE attention"

try:
    model, photo, run = chosen.chosen_run()
    own, lacks_se = model, not run.gates
    instead = trained_gates.run_of_b0(own) if lacks_se or not own.provenance.trained else None
    if instead:
        model, photo, run = instead
    elif lacks_se:
        model, photo, run = example_run()
except (ValueError, RuntimeError) as error:
    page_header(TITLE, "Which channels the network turns up and down for this photo.")
    error_sentence(error)
    st.stop()

page_header(
    TITLE,
    f"Squeeze and excitation gives every channel a gate between 0 (closed) and 1 (open), computed from the whole "
    f"photo. These are all gates of {model.spec.title} on “{photo.name}”, block by block.",
)
if instead:
    trained_gates.say_instead(own)
elif lacks_se:
    gates.without_se(own)
untrained_notice(model.provenance, gates.untrained_consequence(run))
if not model.provenance.trained:
    gates.offer_trained()

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
for part, place in choose_tab(titles, key="part").items():
    with place:
        if part == "one_gate":
            one_gate.one_gate(model, photo, run, baseline, block, channel)
        elif part == "one_block":
            gates.one_block(model, photo, run, block, channel)
            gates.saturation(model, run)
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
