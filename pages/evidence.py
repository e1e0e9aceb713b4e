"""Class evidence: where on the photo a class was found, how other methods see it, and whether to believe it."""

import streamlit as st

from effnet_viz.ui import evidence_choice, evidence_rivals, evidence_views, hand_views, state, trust_views
from effnet_viz.ui.furniture import error_sentence, page_header, untrained_notice
from effnet_viz.ui.shell import within_app

within_app()

page_header(
    "Class evidence", "Where on the photo the network found its class, and whether that picture can be believed."
)
try:
    model, photo, run = state.chosen_run()
    untrained_notice(
        model.provenance,
        "The map is as random as the answer: it shows the arithmetic of the method, and nothing that was learned.",
    )
    asked = evidence_choice.choose(model, photo, run)
    parts = st.tabs(["Evidence", "Side by side", "Can it be trusted?", "By hand"], key="part", bind="query-params")
    views = (evidence_views.evidence, evidence_rivals.side_by_side, trust_views.trust, hand_views.by_hand)
    for part, view in zip(parts, views, strict=True):
        if part.open:
            with part:
                view(asked)
except (ValueError, RuntimeError) as error:
    error_sentence(error)
