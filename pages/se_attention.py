"""SE attention: which gates this photo opens and closes, which of its places did it, and what overruling them does."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

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
from effnet_viz.ui.widgets.report_offer import report_offer
from effnet_viz.ui.widgets.url_pickers import show_tab

try:
    own = chosen.chosen_model()
    gated = bool(own.runner.blocks_with_gates)
    instead = None if gated and own.provenance.trained else trained_gates.run_of_b0(own)
    # A network whose gates are not shown is not run.
    model, photo, run = instead or (chosen.chosen_run() if gated else example_run())
except (ValueError, RuntimeError) as error:
    page_header(TITLE, "Which channels the network turns up and down for this photo.")
    error_sentence(error)
    st.stop()

title(own, model, photo)
untrained_notice(model.provenance, gates.untrained_consequence(run))

with st.container():
    pinned = st.container(key="pinned")
    with pinned:
        hero = nullcontext() if moved.usual_is_known(model) else gates.early_overview(model, photo, run)
    baseline = moved.usual_gates(model)
    first = moved.first_gate(run, baseline)
    with pinned, hero:
        gates.overview(model, photo, run, first[0])
    pickers = st.container(horizontal=True, vertical_alignment="bottom")
    with pickers:
        block, channel = gates.choose_gate(run, first)

    def _one_gate() -> None:
        moved.wall(model, photo, run, baseline, block, pickers)
        one_gate.one_gate(model, photo, run, baseline, block, channel)

    def _one_block() -> None:
        gates.one_block(model, photo, run, block, channel)
        gates.all_blocks_note(model, run)

    def _what_gates_notice() -> None:
        changes.what_gates_notice(model, photo, run, block, channel)
        hidden_part.hide_a_part(model, photo, run, block, channel)

    tabs: dict[str, tuple[str, Callable[[], None]]] = {
        "one_gate": ("One gate", _one_gate),
        "one_block": ("One block", _one_block),
        "changes": ("What gates notice", _what_gates_notice),
        "photos": ("Compare photos", partial(photos_compared.compare_photos, model, photo, run, block)),
        "surgery": ("Surgery", partial(surgery.surgery, model, photo, run, block)),
    }
    task = drawn_pictures.task_of(model)
    if task is not None:
        tabs["all_classes"] = ("All classes", partial(all_classes.what_gates_know, model, task))
    show_tab(tabs, key="part")

moved.downloads(model, photo, run, baseline)
report_offer(model, photo, gates=(f"{block}:{channel}",))
