"""Class evidence: where on the photo a class was found, how other methods see it, and whether to believe it."""

import streamlit as st

from effnet_viz.ui.evidence import by_hand, choice, one_map, side_by_side, trust
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice

page_header(
    "Class evidence", "Where on the photo the network found its class, and whether that picture can be believed."
)
try:
    model, photo, run = chosen.chosen_run()
    untrained_notice(
        model.provenance,
        "The map is as random as the answer: it shows the arithmetic of the method, and nothing that was learned.",
    )
    asked = choice.choose(model, photo, run)
    parts = st.tabs(["Evidence", "Side by side", "Can it be trusted?", "By hand"], key="part", bind="query-params")
    views = (one_map.evidence, side_by_side.side_by_side, trust.trust, by_hand.by_hand)
    for part, view in zip(parts, views, strict=True):
        if part.open:
            with part:
                view(asked)
except (ValueError, RuntimeError) as error:
    error_sentence(error)
